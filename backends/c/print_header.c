/*
 * The header lines that are the same in every language, and expressions in
 * them: integers over sizes in the notation of the kernel language.
 */
#include "backends/c/print_expr.h"

/* Binding strength, weakest first. */
enum level { LEVEL_ANY, LEVEL_ADD, LEVEL_MUL, LEVEL_ONE };

static void put_header(struct prelude *prelude, const struct thread_expr *expr,
                       struct buf *out, enum level level)
{
        static const char *const texts[] = {
                [THREAD_ADD] = "+",        [THREAD_SUB] = "-",
                [THREAD_MUL] = "*",        [THREAD_DIV] = "//",
                [THREAD_FLOOR_DIV] = "//", [THREAD_REM] = "%",
                [THREAD_FLOOR_MOD] = "%",  [THREAD_MIN] = "min",
                [THREAD_MAX] = "max",      [THREAD_CEIL_DIV] = "ceil"};
        enum level own = expr->op == THREAD_ADD || expr->op == THREAD_SUB
                                 ? LEVEL_ADD
                                 : LEVEL_MUL;

        if (expr->op == THREAD_INTEGER) {
                buf_printf(out, "%lld", (long long)expr->value.integer);
        } else if (expr->op == THREAD_SIZE) {
                buf_puts(out, expr->value.size->name);
        } else if (expr->op == THREAD_NEGATE) {
                buf_putc(out, '-');
                put_header(prelude, expr->arg[0], out, LEVEL_ONE);
        } else if (expr->op == THREAD_MIN || expr->op == THREAD_MAX ||
                   expr->op == THREAD_CEIL_DIV) {
                buf_printf(out, "%s(", texts[expr->op]);
                put_header(prelude, expr->arg[0], out, LEVEL_ANY);
                buf_puts(out, ", ");
                put_header(prelude, expr->arg[1], out, LEVEL_ANY);
                buf_putc(out, ')');
        } else if (expr->op >= THREAD_ADD && expr->op <= THREAD_FLOOR_MOD) {
                if (own < level)
                        buf_putc(out, '(');
                put_header(prelude, expr->arg[0], out, own);
                buf_printf(out, own == LEVEL_ADD ? " %s " : "%s",
                           texts[expr->op]);
                put_header(prelude, expr->arg[1], out, (enum level)(own + 1));
                if (own < level)
                        buf_putc(out, ')');
        } else if (!prelude->failure.code) {
                error_set(&prelude->failure, ERR_INTERNAL,
                          "a header expression that is not over sizes");
        }
}

void print_header_expr(struct prelude *prelude, const struct thread_expr *expr,
                       struct buf *out)
{
        put_header(prelude, expr, out, LEVEL_ANY);
}

void print_header_buffer(struct prelude *prelude,
                         const struct thread_array *array, struct buf *out)
{
        buf_printf(out, "%s %s[", array->name, dtype_name(array->type.dtype));
        print_header_expr(prelude, array->elements, out);
        buf_putc(out, ']');
}

void print_header_lines(struct prelude *prelude,
                        const struct thread_program *program, struct buf *out)
{
        const struct spec *spec = program->spec;

        buf_printf(out, "// kevo: kernel %s\n", spec->name);
        for (int i = 0; i < program->when_count; i++)
                buf_printf(out, "%s%s%s", i ? " && " : "// kevo: when ",
                           program->when[i],
                           i + 1 < program->when_count ? "" : "\n");
        for (int i = 0; i < spec->size_count; i++)
                if (program->fixed[i] >= 0)
                        buf_printf(out, "// kevo: fix %s\n",
                                   spec->size[i]->name);
        for (int i = 0; i < program->array_count; i++) {
                const struct thread_array *array = program->array[i];

                if (array->space != THREAD_SCRATCH)
                        continue;
                buf_puts(out, "// kevo: scratch ");
                print_header_buffer(prelude, array, out);
                buf_puts(out, array->zero ? " zero\n" : "\n");
        }
}
