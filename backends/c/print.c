/*
 * The C printer: header lines, the helpers in use, one function a stage.
 *
 * What is printed is read and merged by people, so names come from the spec,
 * lines are wrapped at 79 columns, and nothing is printed that is not used.
 * A printed source is a pure function of its arguments: no static or
 * thread-local data, no imports beyond the math library.
 */
#include "backends/c/print.h"

#include <stdio.h>

#include "backends/c/prelude.h"
#include "backends/c/print_expr.h"
#include "backends/c/print_line.h"
#include "core/limits.h"

static void line_expr(struct printer *p, const struct thread_expr *expr)
{
        print_expr(p->program, &p->prelude, expr, &p->line);
}

/* --- statements --- */

static void put_block(struct printer *p, const struct thread_block *block);

static void put_declare(struct printer *p, const struct thread_statement *s)
{
        buf_printf(&p->line,
                   "%s%s %s = ", s->variable->assigned ? "" : "const ",
                   prelude_type(&p->prelude, s->variable->type).text,
                   s->variable->name);
        line_expr(p, s->value);
        buf_putc(&p->line, ';');
        print_line(p);
}

/* A variable that nothing reads is neither declared nor assigned. */
static bool is_idle(const struct thread_statement *s)
{
        return (s->kind == THREAD_DECLARE || s->kind == THREAD_ASSIGN) &&
               !s->variable->used;
}

/* Is this one statement, short enough to do without braces? */
static bool is_simple(const struct thread_block *block)
{
        const struct thread_statement *s = block->first;

        return s && !s->next && !is_idle(s) &&
               (s->kind == THREAD_ASSIGN || s->kind == THREAD_STORE);
}

/* A loop's or condition's body behind its head, which is in p->line without
 * its brace; wrapped text gets braces. */
static void put_body(struct printer *p, const struct thread_block *block,
                     bool braces)
{
        if (braces)
                buf_puts(&p->line, " {");
        print_line(p);
        p->indent++;
        put_block(p, block);
        p->indent--;
}

/* variable op= rest, when the assignment has that form. */
static bool put_update(struct printer *p, const struct thread_statement *s)
{
        static const struct {
                enum thread_op op;
                const char *text;
        } forms[] = {
                {THREAD_ADD, "+="}, {THREAD_SUB, "-="}, {THREAD_MUL, "*="}};
        const struct thread_expr *value = s->value;

        for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
                if (value->op != forms[i].op ||
                    value->arg[0]->op != THREAD_VARIABLE ||
                    value->arg[0]->value.variable != s->variable)
                        continue;
                buf_printf(&p->line, "%s %s ", s->variable->name,
                           forms[i].text);
                line_expr(p, value->arg[1]);
                return true;
        }
        return false;
}

static void put_assign(struct printer *p, const struct thread_statement *s)
{
        if (!put_update(p, s)) {
                buf_printf(&p->line, "%s = ", s->variable->name);
                line_expr(p, s->value);
        }
        buf_putc(&p->line, ';');
        print_line(p);
}

/* array[at] += value */
static bool put_store_update(struct printer *p,
                             const struct thread_statement *s)
{
        const struct thread_expr *value = s->value;

        if (value->op != THREAD_ADD || value->arg[0]->op != THREAD_LOAD ||
            value->arg[0]->value.array != s->array ||
            !thread_equal(value->arg[0]->arg[0], s->offset))
                return false;
        buf_puts(&p->line, " += ");
        line_expr(p, value->arg[1]);
        return true;
}

static void put_store(struct printer *p, const struct thread_statement *s)
{
        const struct thread_array *array = s->array;
        struct thread_type type = s->value->type;
        const char *helper = s->active   ? "store_part"
                             : s->stream ? "stream"
                                         : "store";

        if (array->space == THREAD_PRIVATE || type.lanes == 1) {
                print_element(p->program, &p->prelude, array, s->offset,
                              &p->line);
                if (!put_store_update(p, s)) {
                        buf_puts(&p->line, " = ");
                        line_expr(p, s->value);
                }
                buf_putc(&p->line, ';');
                print_line(p);
                return;
        }
        if (s->stream && !s->active)
                p->streams = true;
        buf_printf(&p->line, "%s(",
                   prelude_helper(&p->prelude, helper, type).text);
        print_address(p->program, &p->prelude, array, s->offset, &p->line);
        buf_puts(&p->line, ", ");
        line_expr(p, s->value);
        if (s->active) {
                buf_puts(&p->line, ", ");
                line_expr(p, s->active);
        }
        buf_puts(&p->line, ");");
        print_line(p);
}

static void put_for(struct printer *p, const struct thread_statement *s)
{
        const char *name = s->variable->name;

        if (s->loop == THREAD_UNROLLED) {
                buf_printf(&p->line, "#pragma GCC unroll %d",
                           s->unroll > 0 ? s->unroll : 65534);
                print_line(p);
        }
        if (s->loop == THREAD_INDEPENDENT) {
                buf_puts(&p->line, "#pragma GCC ivdep");
                print_line(p);
        }
        buf_printf(&p->line, "for (int64_t %s = ", name);
        line_expr(p, s->low);
        buf_printf(&p->line, "; %s < ", name);
        print_operand(p->program, &p->prelude, s->high, &p->line);
        if (s->step == 1)
                buf_printf(&p->line, "; %s++)", name);
        else
                buf_printf(&p->line, "; %s += %lld)", name,
                           (long long)s->step);
        put_body(p, &s->body, !is_simple(&s->body));
        if (!is_simple(&s->body)) {
                buf_puts(&p->line, "}");
                print_line(p);
        }
}

static void put_if(struct printer *p, const struct thread_statement *s)
{
        bool braces = !is_simple(&s->body) ||
                      (s->otherwise.first && !is_simple(&s->otherwise));

        buf_puts(&p->line, "if (");
        line_expr(p, s->value);
        buf_puts(&p->line, ")");
        put_body(p, &s->body, braces);
        if (s->otherwise.first) {
                buf_puts(&p->line, braces ? "} else" : "else");
                put_body(p, &s->otherwise, braces);
        }
        if (braces) {
                buf_puts(&p->line, "}");
                print_line(p);
        }
}

static void put_statement(struct printer *p, const struct thread_statement *s)
{
        switch (s->kind) {
        case THREAD_DECLARE:
                put_declare(p, s);
                break;
        case THREAD_ASSIGN:
                put_assign(p, s);
                break;
        case THREAD_STORE:
                put_store(p, s);
                break;
        case THREAD_FOR:
                put_for(p, s);
                break;
        case THREAD_IF:
                put_if(p, s);
                break;
        case THREAD_COMMENT:
                print_comment(p, s->text);
                break;
        case THREAD_ARRAY:
                buf_printf(&p->line, "%s %s[%lld];",
                           prelude_type(&p->prelude, s->array->type).text,
                           s->array->name,
                           (long long)s->array->elements->value.integer);
                print_line(p);
                break;
        case THREAD_BARRIER:
                error_set(&p->prelude.failure, ERR_UNSUPPORTED,
                          "C has tasks, no groups of work-items");
                break;
        case THREAD_TURN:
                buf_printf(&p->line, "%s(%s);",
                           prelude_helper(&p->prelude, "turn", s->array->type)
                                   .text,
                           print_name(s->array->name).text);
                print_line(p);
                break;
        case THREAD_PREFETCH:
                buf_puts(&p->line, "__builtin_prefetch(");
                print_address(p->program, &p->prelude, s->array, s->offset,
                              &p->line);
                buf_puts(&p->line, ");");
                print_line(p);
                break;
        }
}

static bool is_declaration(const struct thread_statement *s)
{
        return s->kind == THREAD_DECLARE || s->kind == THREAD_ARRAY;
}

static void put_block(struct printer *p, const struct thread_block *block)
{
        for (const struct thread_statement *s = block->first; s; s = s->next) {
                const struct thread_statement *next = s->next;

                if (is_idle(s))
                        continue;
                while (next && is_idle(next))
                        next = next->next;
                put_statement(p, s);
                /* A blank line behind each group of declarations. */
                if (is_declaration(s) && next && !is_declaration(next))
                        buf_putc(&p->body, '\n');
        }
}

/* --- stages --- */

static void put_arguments(struct printer *p, const struct thread_stage *stage)
{
        const struct thread_program *program = p->program;
        const struct spec *spec = program->spec;

        buf_printf(&p->line, "void %s(int64_t task",
                   print_name(stage->name).text);
        for (int i = 0; i < stage->array_count; i++) {
                const struct thread_array *array = stage->array[i];

                buf_printf(&p->line, ", %s%s *restrict %s",
                           stage->stores[i] ? "" : "const ",
                           prelude_type(&p->prelude, array->type).text,
                           print_name(array->name).text);
        }
        for (int i = 0; i < spec->size_count; i++)
                if (program->fixed[i] < 0)
                        buf_printf(&p->line, ", int64_t %s",
                                   print_name(spec->size[i]->name).text);
        for (int i = 0; i < spec->param_count; i++)
                buf_printf(&p->line, ", %s %s",
                           prelude_type(&p->prelude,
                                        thread_scalar(spec->param[i]->dtype))
                                   .text,
                           print_name(spec->param[i]->name).text);
        buf_putc(&p->line, ')');
        print_line(p);
}

static void put_stage(struct printer *p, const struct thread_stage *stage)
{
        p->streams = false;
        buf_putc(&p->body, '\n');
        if (stage->comment)
                print_comment(p, stage->comment);
        put_arguments(p, stage);
        buf_puts(&p->body, "{\n");
        p->indent = 1;
        put_block(p, &stage->block);
        if (p->streams) {
                prelude_helper(&p->prelude, "stream_end",
                               thread_scalar(DTYPE_I32));
                buf_puts(&p->body, "        stream_end();\n");
        }
        p->indent = 0;
        buf_puts(&p->body, "}\n");
}

/* --- the header --- */

static void put_stage_line(struct printer *p, struct buf *out,
                           const struct thread_stage *stage)
{
        buf_printf(out, "// kevo: stage %s tasks ",
                   print_name(stage->name).text);
        print_header_expr(&p->prelude, stage->tasks, out);
        for (int i = 0; i < stage->array_count; i++)
                if (stage->array[i]->space == THREAD_LOCAL) {
                        buf_puts(out, " local ");
                        print_header_buffer(&p->prelude, stage->array[i], out);
                }
        buf_puts(out, " args");
        for (int i = 0; i < stage->array_count; i++)
                buf_printf(out, " %s", stage->array[i]->name);
        buf_putc(out, '\n');
}

static void put_header(struct printer *p, struct buf *out)
{
        const struct thread_program *program = p->program;

        print_header_lines(&p->prelude, program, out);
        for (int i = 0; i < program->stage_count; i++)
                put_stage_line(p, out, program->stage[i]);
}

static void put_all(struct printer *p, const char *origin, struct buf *out)
{
        const struct thread_program *program = p->program;

        for (int i = 0; i < program->stage_count; i++)
                put_stage(p, program->stage[i]);
        put_header(p, out);
        print_top_comment(program, origin, out);
        if (p->prelude.uses_math)
                buf_puts(out, "#include <math.h>\n");
        if (p->prelude.uses_bool)
                buf_puts(out, "#include <stdbool.h>\n");
        buf_puts(out, "#include <stdint.h>\n");
        if (p->prelude.types.length) {
                buf_putc(out, '\n');
                buf_add(out, p->prelude.types.data, p->prelude.types.length);
        }
        if (p->prelude.text.length) {
                buf_putc(out, '\n');
                buf_add(out, p->prelude.text.data, p->prelude.text.length);
                /* Each helper ends with a blank line, each stage begins
                 * with one. */
                buf_add(out, p->body.data + 1, p->body.length - 1);
        } else {
                buf_add(out, p->body.data, p->body.length);
        }
}

int c_print(const struct thread_program *program, const char *origin,
            struct buf *out, struct error *err)
{
        struct printer p = {.program = program};
        int rc;

        prelude_init(&p.prelude, program->nonfinite);
        buf_init(&p.body, LIMIT_SOURCE_BYTES);
        buf_init(&p.line, LIMIT_SOURCE_BYTES);
        put_all(&p, origin, out);
        rc = buf_check(&p.body, "the printed source", err);
        if (!rc)
                rc = buf_check(&p.line, "a line of the source", err);
        if (!rc)
                rc = prelude_check(&p.prelude, err);
        buf_dispose(&p.line);
        buf_dispose(&p.body);
        prelude_dispose(&p.prelude);
        return rc ? rc : buf_check(out, "the source", err);
}
