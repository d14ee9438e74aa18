/* See oracle_select.h. */
#include "spec/oracle_select.h"

#include "spec/oracle_express.h"

static bool is_real(const struct expr *select)
{
        return select->arg[0]->kind == KIND_REAL;
}

static int number_of(const struct oracle_emit *emit, const struct expr *select)
{
        return oracle_reduce_number(emit->class, select);
}

/* Values lie within their error; for an index undecided comparisons count,
 * which are widened 4 times. */
void oracle_print_list(struct oracle_emit *emit, const struct expr *select)
{
        enum reduction reduction = select->value.reduce.reduction;

        buf_printf(emit->out, "%s s%d = {.bottom = %d, .width = %d};\n",
                   is_real(select) ? "L" : "LI", number_of(emit, select),
                   reduction == RED_BOTTOM || reduction == RED_ARGBOTTOM,
                   reduction_is_position(reduction) ? 4 : 1);
}

void oracle_print_unlist(struct oracle_emit *emit, const struct expr *select)
{
        buf_printf(emit->out, "%s_free(&s%d);\n",
                   is_real(select) ? "list" : "listi",
                   number_of(emit, select));
}

void oracle_print_gather(struct oracle_emit *emit, const struct expr *select)
{
        const struct index *const *index = select->value.reduce.index;
        const struct expr *term = select->arg[0];
        struct buf *out = emit->out;
        int n = number_of(emit, select), before;
        bool real = is_real(select);

        buf_printf(out, "s%d.n = 0;\n", n);
        oracle_print_invariant(emit, select);
        before = emit->scope_count;
        oracle_print_loop(emit, index[0], "", n + 1, index, 0);
        oracle_print_reductions(emit, term);
        buf_printf(out, "%s(c, &s%d, ", real ? "list_p" : "listi", n);
        (real ? oracle_print_pair : oracle_print_integer)(emit, term);
        buf_printf(out, ", i%d);\n}\n", index[0]->number);
        emit->scope_count = before;
        buf_printf(out, "%s_order(c, &s%d);\n", real ? "list" : "listi", n);
}

/* The argument "rank, line, column" with what stands between. */
static void print_get(struct oracle_emit *emit, const struct expr *select,
                      const char *get)
{
        buf_printf(emit->out, "%s(c, &s%d, ", get, number_of(emit, select));
        oracle_print_integer(emit, select->arg[1]);
        if (is_real(select) &&
            reduction_is_position(select->value.reduce.reduction))
                buf_printf(emit->out, ", FORCED(%d), &%s",
                           emit->statement->target->number, oracle_flag(emit));
        buf_printf(emit->out, ", %d, %d)", select->line, select->column);
}

void oracle_print_rank(struct oracle_emit *emit, const struct expr *select)
{
        bool position = reduction_is_position(select->value.reduce.reduction);
        int n = number_of(emit, select);
        const char *exact = oracle_is_exact(emit->class, select) ? ".v" : "";

        if (!is_real(select)) {
                buf_printf(emit->out, "const I r%d = ", n);
                print_get(emit, select, "listi_get");
                buf_puts(emit->out, position ? ".at;\n" : ".v;\n");
        } else if (position) {
                buf_printf(emit->out, "const I r%d = ", n);
                print_get(emit, select, "list_at");
                buf_puts(emit->out, ";\n");
        } else {
                buf_printf(emit->out, "const %s r%d = ", *exact ? "R" : "P",
                           n);
                print_get(emit, select, "list_value");
                buf_printf(emit->out, "%s;\n", exact);
        }
        emit->scope[emit->scope_count++] = select;
}
