/*
 * Reductions of the oracle as loops: an accumulator s<n>, loops over the
 * indices, and the value r<n>. What several places of a statement share is
 * computed once; what does not depend on a loop's indices is computed before
 * it. See oracle_emit.h.
 */
#include "spec/oracle_reduce.h"

#include <stdio.h>

#include "spec/oracle_express.h"
#include "spec/oracle_interval.h"

/* The reduction in scope that equals expr, or NULL. */
static const struct expr *in_scope(const struct oracle_emit *emit,
                                   const struct expr *expr)
{
        for (int i = 0; i < emit->scope_count; i++)
                if (oracle_same(emit->scope[i], expr))
                        return emit->scope[i];
        return NULL;
}

void oracle_print_reduced(struct oracle_emit *emit, const struct expr *expr)
{
        const struct expr *reduce = in_scope(emit, expr);
        int n = reduce ? oracle_reduce_number(emit->class, reduce) : -1;
        bool pair = (expr->arg[0]->kind == KIND_REAL) &&
                    !oracle_is_extreme(expr->value.reduce.reduction);

        if (emit->lane && pair)
                buf_printf(emit->out, "((P){r%dv[l], r%de[l]})", n, n);
        else
                buf_printf(emit->out, emit->lane ? "r%d[l]" : "r%d", n);
}

/* drop > 0: the mutation number that leaves out the last turn while the
 * outer indices stand at their first. */
void oracle_print_loop(struct oracle_emit *emit, const struct index *index,
                       const char *stop, int drop,
                       const struct index *const *outer, int outer_count)
{
        struct buf *out = emit->out;
        int n = index->number;

        buf_printf(out, "for (I l%d = ", n);
        oracle_print_integer(emit, index->lo);
        buf_printf(out, ", h%d = ", n);
        oracle_print_integer(emit, index->hi);
        if (drop) {
                buf_printf(out, " - (c->drop == %d", drop);
                for (int i = 0; i < outer_count; i++)
                        buf_printf(out, " && i%d == l%d", outer[i]->number,
                                   outer[i]->number);
                buf_puts(out, ")");
        }
        if (emit->reverse)
                buf_printf(out, ", i%d = h%d - 1; i%d >= l%d%s%s; i%d--) {\n",
                           n, n, n, n, stop,
                           index->data_dependent ? " && !c->code" : "", n);
        else
                buf_printf(out, ", i%d = l%d; i%d < h%d%s%s; i%d++) {\n", n, n,
                           n, n, stop,
                           index->data_dependent ? " && !c->code" : "", n);
}

static void print_terms(struct oracle_emit *emit, const struct expr *reduce,
                        int n)
{
        int before = emit->scope_count;

        oracle_print_reductions(emit, reduce->arg[0]);
        if (!emit->lane) {
                oracle_print_term(emit, reduce, n);
        } else {
                if (oracle_is_extreme(reduce->value.reduce.reduction))
                        buf_printf(emit->out, "c%d++;\n", n);
                buf_printf(emit->out,
                           "for (I l = 0; l < n; l++) {\n"
                           "const I i%d = j + l;\n",
                           emit->lane->number);
                oracle_print_term(emit, reduce, n);
                buf_puts(emit->out, "}\n");
        }
        emit->scope_count = before;
}

/* A reduction inside the term that does not depend on the term's indices is
 * computed once, unless that could make an empty max of nothing. */
void oracle_print_invariant(struct oracle_emit *emit,
                            const struct expr *reduce)
{
        const struct expr *list[ORACLE_SCOPE];
        int count = oracle_reductions(reduce->arg[0], list, ORACLE_SCOPE);
        bool fixed;

        for (int i = 0; i < count && i < ORACLE_SCOPE; i++) {
                fixed = true;
                for (int k = 0; k < reduce->value.reduce.count; k++)
                        fixed &= !oracle_mentions(
                                list[i], reduce->value.reduce.index[k]);
                for (int k = 0; k < list[i]->value.reduce.count; k++)
                        fixed &= !list[i]->value.reduce.index[k]
                                          ->data_dependent;
                if (fixed)
                        oracle_print_reductions(emit, list[i]);
        }
}

static bool running_here(const struct oracle_emit *emit,
                         const struct expr *reduce)
{
        return emit->scan && oracle_is_running(reduce, emit->scan);
}

/* A running reduction goes on from where the last element left it. */
static void print_further(struct oracle_emit *emit, const struct expr *reduce)
{
        int n = oracle_reduce_number(emit->class, reduce);
        const struct index *index = reduce->value.reduce.index[0];

        buf_printf(emit->out, "for (const I h%d = ", index->number);
        oracle_print_integer(emit, index->hi);
        buf_printf(emit->out, " - (c->drop == %d); i%d < h%d; i%d++) {\n",
                   n + 1, index->number, index->number, index->number);
        print_terms(emit, reduce, n);
        buf_puts(emit->out, "}\n");
}

static void print_loops(struct oracle_emit *emit, const struct expr *reduce,
                        const char *stop)
{
        int n = oracle_reduce_number(emit->class, reduce);
        int count = reduce->value.reduce.count;
        const struct index *const *index = reduce->value.reduce.index;

        for (int i = 0; i < count; i++)
                oracle_print_loop(emit, index[i], stop,
                                  i == count - 1 ? n + 1 : 0, index, i);
        print_terms(emit, reduce, n);
        for (int i = 0; i < count; i++)
                buf_puts(emit->out, "}");
        buf_putc(emit->out, '\n');
}

/* Bisect the range l to h: its start ('l') or end ('h') goes behind the
 * entries that stand in this order to the key. */
static void print_bound(struct oracle_emit *emit,
                        const struct oracle_interval *interval, char end,
                        const char *order)
{
        void (*print)(struct oracle_emit *, const struct expr *) =
                interval->key->kind == KIND_REAL ? oracle_print_real
                                                 : oracle_print_integer;
        struct buf *out = emit->out;
        int n = interval->index->number;

        buf_printf(out,
                   "{\nI from = l%d, to = h%d;\nwhile (from < to) {\n"
                   "const I i%d = from + (to - from) / 2;\nif (",
                   n, n, n);
        print(emit, interval->entry);
        buf_printf(out, " %s ", order);
        print(emit, interval->key);
        buf_printf(out,
                   ") from = i%d + 1; else to = i%d;\n}\n%c%d = from;\n}\n", n,
                   n, end, n);
}

/* The loop over the terms of an interval; or their number. */
static void print_interval(struct oracle_emit *emit, const struct expr *reduce,
                           const char *stop,
                           const struct oracle_interval *interval)
{
        struct buf *out = emit->out;
        int n = interval->index->number;
        int number = oracle_reduce_number(emit->class, reduce);
        bool equal = interval->comparison == EXPR_EQ;
        bool strict = interval->comparison == EXPR_LT;

        buf_printf(out, "{\nI l%d = ", n);
        oracle_print_integer(emit, interval->index->lo);
        buf_printf(out, ", h%d = ", n);
        oracle_print_integer(emit, interval->index->hi);
        buf_printf(out, " - (c->drop == %d);\n", number + 1);
        if (equal || interval->swapped)
                print_bound(emit, interval, 'l', strict ? "<=" : "<");
        if (equal || !interval->swapped)
                print_bound(emit, interval, 'h', strict ? "<" : "<=");
        if (interval->length) {
                buf_printf(out, "if (h%d > l%d) s%d = h%d - l%d;\n}\n", n, n,
                           number, n, n);
                return;
        }
        buf_printf(out, "for (I i%d = l%d; i%d < h%d%s; i%d++) {\n", n, n, n,
                   n, stop, n);
        print_terms(emit, reduce, number);
        buf_puts(out, "}\n}\n");
}

static void print_reduction(struct oracle_emit *emit,
                            const struct expr *reduce)
{
        struct oracle_interval interval;
        int n = oracle_reduce_number(emit->class, reduce);
        enum reduction reduction = reduce->value.reduce.reduction;
        bool reverse = emit->reverse;
        char stop[32] = "";

        emit->reverse = false;
        oracle_print_invariant(emit, reduce);
        if (reduction == RED_ANY || reduction == RED_ALL)
                snprintf(stop, sizeof stop, " && s%d != %d", n,
                         reduction == RED_ANY);
        if (running_here(emit, reduce)) {
                print_further(emit, reduce);
        } else {
                oracle_open_terms(emit, reduce, n);
                if (oracle_interval_find(reduce, &interval))
                        print_interval(emit, reduce, stop, &interval);
                else
                        print_loops(emit, reduce, stop);
        }
        oracle_close_terms(emit, reduce, n);
        emit->reverse = reverse;
}

void oracle_print_reductions(struct oracle_emit *emit, const struct expr *expr)
{
        const struct expr *list[ORACLE_SCOPE];
        int count = oracle_reductions(expr, list, ORACLE_SCOPE);

        for (int i = 0; i < count; i++) {
                if (i < ORACLE_SCOPE && in_scope(emit, list[i]))
                        continue;
                if (emit->scope_count == ORACLE_SCOPE || i == ORACLE_SCOPE) {
                        emit->out->failed = ERR_LIMIT;
                        return;
                }
                print_reduction(emit, list[i]);
                emit->scope[emit->scope_count++] = list[i];
        }
}

void oracle_print_running(struct oracle_emit *emit, const struct expr *expr)
{
        const struct expr *list[ORACLE_SCOPE];
        int count = oracle_reductions(expr, list, ORACLE_SCOPE);
        const struct index *index;
        int n;

        for (int i = 0; i < count && i < ORACLE_SCOPE; i++) {
                if (!running_here(emit, list[i]))
                        continue;
                n = oracle_reduce_number(emit->class, list[i]);
                index = list[i]->value.reduce.index[0];
                oracle_open_terms(emit, list[i], n);
                buf_printf(emit->out, "I i%d = ", index->number);
                oracle_print_integer(emit, index->lo);
                buf_printf(emit->out, "; const I l%d = i%d; (void)l%d;\n",
                           index->number, index->number, index->number);
        }
}
