/*
 * Statements that update (y[f(i)] += e and the like) as C: the box starts
 * from `init`, then one pass over the iteration space keeps what hits the
 * box. The honest flavour makes a second pass from the end.
 */
#include "spec/oracle_update.h"

#include "spec/oracle_express.h"

static void open_target_loops(struct oracle_emit *emit)
{
        int rank = emit->statement->target->rank;

        for (int d = 0; d < rank; d++)
                buf_printf(emit->out,
                           "for (I q%d = lo[%d]; q%d < hi[%d]; q%d++) {\n", d,
                           d, d, d, d);
        buf_puts(emit->out, "{\nU8 U = 0; (void)U;\nconst I o = ");
        oracle_print_offset(emit, emit->statement->target);
        buf_puts(emit->out, ";\n");
}

static void close_target_loops(struct oracle_emit *emit)
{
        for (int d = 0; d <= emit->statement->target->rank; d++)
                buf_putc(emit->out, '}');
        buf_putc(emit->out, '\n');
}

static void print_start(struct oracle_emit *emit)
{
        const struct statement *statement = emit->statement;
        const struct tensor *target = statement->target;

        open_target_loops(emit);
        oracle_print_store(
                emit, oracle_init_tensor(target) ? NULL : target->init, false);
        if (statement->update == UPDATE_ADD && target->kind == KIND_REAL)
                buf_printf(emit->out, "e%d[o] += UNIT * ABS(v%d[o]);\n",
                           target->number, target->number);
        if (statement->update == UPDATE_SCATTER)
                buf_printf(emit->out, "w%d[o] = 0;\n", target->number);
        close_target_loops(emit);
}

static void print_combine(struct oracle_emit *emit)
{
        const struct statement *statement = emit->statement;
        const struct tensor *target = statement->target;
        const char *name = statement->update == UPDATE_MAX ? "max" : "min";
        int t = target->number;
        struct buf *out = emit->out;

        if (statement->update == UPDATE_SCATTER) {
                buf_printf(out,
                           "if (w%d[o]) fail(c, FAIL_COLLISION, %d, %d);\n"
                           "w%d[o] = 1;\n",
                           t, statement->line, statement->column, t);
                oracle_print_store(emit, statement->value, false);
                return;
        }
        if (target->kind != KIND_REAL) {
                buf_printf(out, "k%d[o] = %s(%s", t,
                           oracle_wrap(target->dtype),
                           statement->update == UPDATE_ADD   ? "iadd(c, "
                           : statement->update == UPDATE_MAX ? "max_ii("
                                                             : "min_ii(");
                buf_printf(out, "k%d[o], ", t);
                oracle_print_integer(emit, statement->value);
                if (statement->update == UPDATE_ADD)
                        buf_printf(out, ", %d, %d", statement->line,
                                   statement->column);
                buf_puts(out, "));\n");
        } else if (emit->class->exact[t]) {
                buf_printf(out, "v%d[o] = %s_xx(v%d[o], ", t, name, t);
                oracle_print_real(emit, statement->value);
                buf_puts(out, ");\n");
        } else if (statement->update == UPDATE_ADD) {
                buf_puts(out, "const P t = ");
                oracle_print_pair(emit, statement->value);
                buf_printf(out, ";\n%s(%d, o, t);\n",
                           emit->reverse ? "GATHER_LAST" : "GATHER", t);
        } else {
                buf_printf(out, "PUT(%d, o, %s_pp(AT(%d, o), ", t, name, t);
                oracle_print_pair(emit, statement->value);
                buf_puts(out, "));\n");
        }
        if (emit->class->soft[t])
                buf_printf(out, "u%d[o] |= U;\n", t);
}

/* A subscript that another rounding may change hit some element that this one
 * did not: none is sure. */
static void print_strays(struct oracle_emit *emit)
{
        const struct tensor *target = emit->statement->target;

        buf_puts(emit->out, "if (stray) {\n");
        open_target_loops(emit);
        if (target->kind == KIND_REAL)
                buf_printf(emit->out, "e%d[o] = INFINITE;\n", target->number);
        buf_printf(emit->out, "u%d[o] = 1;\n", target->number);
        close_target_loops(emit);
        buf_puts(emit->out, "}\n}\n");
}

/* One pass over the iteration space; hits outside the box are skipped. */
static void print_pass(struct oracle_emit *emit)
{
        const struct statement *statement = emit->statement;
        const struct tensor *target = statement->target;
        int drop = emit->class->reduce_count + statement->number + 1;
        int count = statement->index_count, t = target->number;
        struct buf *out = emit->out;
        bool strays = false;

        for (int d = 0; d < target->rank; d++)
                strays |= oracle_is_soft(emit->class, statement->subscript[d]);
        if (strays)
                buf_puts(out, "{\nU8 stray = 0;\n");
        for (int i = 0; i < count; i++)
                oracle_print_loop(emit, statement->index[i], "",
                                  i == count - 1 ? drop : 0, statement->index,
                                  i);
        buf_puts(out, "do {\nU8 U = 0; (void)U;\n");
        for (int d = 0; d < target->rank; d++) {
                buf_printf(out, "const I q%d = ", d);
                oracle_print_integer(emit, statement->subscript[d]);
                buf_puts(out, ";\n");
        }
        if (strays)
                buf_puts(out, "stray |= U;\n");
        for (int d = 0; d < target->rank; d++)
                buf_printf(out,
                           "if (!INSIDE(q%d, n%d_%d)) {\n"
                           "fail(c, FAIL_OUTSIDE, %d, %d); continue; }\n",
                           d, t, d, statement->line, statement->column);
        for (int d = 0; d < target->rank; d++)
                buf_printf(out,
                           "if (q%d < lo[%d] || q%d >= hi[%d]) continue;\n", d,
                           d, d, d);
        buf_puts(out, "const I o = ");
        oracle_print_offset(emit, target);
        buf_puts(out, ";\n");
        oracle_print_reductions(emit, statement->value);
        print_combine(emit);
        buf_puts(out, "} while (0);\n");
        for (int i = 0; i < count; i++)
                buf_putc(out, '}');
        buf_putc(out, '\n');
        if (strays)
                print_strays(emit);
        emit->scope_count = 0;
}

void oracle_print_update(struct oracle_emit *emit)
{
        const struct statement *statement = emit->statement;
        const struct tensor *target = statement->target;

        print_start(emit);
        print_pass(emit);
        if (emit->honest && statement->update == UPDATE_ADD &&
            target->kind == KIND_REAL) {
                emit->reverse = true;
                print_pass(emit);
                emit->reverse = false;
        }
        if (!oracle_rounds(target))
                return;
        open_target_loops(emit);
        buf_printf(emit->out, "PUT(%d, o, cast_%s(AT(%d, o)));\n",
                   target->number, dtype_name(target->dtype), target->number);
        close_target_loops(emit);
}
