/*
 * Reductions of the oracle as loops: an accumulator s<n>, loops over the
 * indices, and the value r<n>; in lanes the accumulators are arrays, so that
 * the compiler can work on several elements of the output at once while each
 * element is still summed in order. See oracle_emit.h.
 */
#include "spec/oracle_express.h"

#include <stdio.h>

static bool is_real(const struct expr *reduce)
{
        return reduce->arg[0]->kind == KIND_REAL;
}

static bool is_extreme(enum reduction reduction)
{
        return reduction == RED_MAX || reduction == RED_MIN;
}

static bool is_arg(enum reduction reduction)
{
        return reduction == RED_ARGMAX || reduction == RED_ARGMIN;
}

/* "sum" or "prod", "max" or "min" by the reduction. */
static const char *name_of(const struct expr *reduce)
{
        return reduction_name(reduce->value.reduce.reduction);
}

/* The reduction in scope that equals expr, or NULL. */
static const struct expr *in_scope(const struct oracle_emit *emit,
                                   const struct expr *expr)
{
        for (int i = 0; i < emit->scope_count; i++)
                if (oracle_same(emit->scope[i], expr))
                        return emit->scope[i];
        return NULL;
}

/* C type of a max or min. */
static const char *extreme_type(const struct oracle_emit *emit,
                                const struct expr *reduce)
{
        if (!is_real(reduce))
                return "I";
        return oracle_is_exact(emit->class, reduce) ? "R" : "P";
}

static const char *extreme_start(const struct oracle_emit *emit,
                                 const struct expr *reduce)
{
        bool max = reduce->value.reduce.reduction == RED_MAX;

        if (!is_real(reduce))
                return max ? "LEAST" : "MOST";
        if (oracle_is_exact(emit->class, reduce))
                return max ? "-INFINITE" : "INFINITE";
        return max ? "px(-INFINITE)" : "px(INFINITE)";
}

/* ---- accumulators ---- */

static void open_lanes(struct oracle_emit *emit, const struct expr *reduce,
                       int n)
{
        struct buf *out = emit->out;

        if (is_extreme(reduce->value.reduce.reduction))
                buf_printf(out,
                           "%s r%d[%d]; I c%d = 0;\n"
                           "for (I l = 0; l < n; l++) r%d[l] = %s;\n",
                           extreme_type(emit, reduce), n, emit->width, n, n,
                           extreme_start(emit, reduce));
        else if (is_real(reduce))
                buf_printf(out,
                           "R r%dv[%d], r%de[%d];\n"
                           "for (I l = 0; l < n; l++) "
                           "r%dv[l] = r%de[l] = 0;\n",
                           n, emit->width, n, emit->width, n, n);
        else
                buf_printf(out,
                           "I r%d[%d], f%d = 0;\n"
                           "for (I l = 0; l < n; l++) r%d[l] = 0;\n",
                           n, emit->width, n, n);
}

static void open_one(struct oracle_emit *emit, const struct expr *reduce,
                     int n)
{
        enum reduction reduction = reduce->value.reduce.reduction;
        struct buf *out = emit->out;

        if (is_extreme(reduction))
                buf_printf(out, "%s s%d = %s; I c%d = 0;\n",
                           extreme_type(emit, reduce), n,
                           extreme_start(emit, reduce), n);
        else if (is_arg(reduction))
                buf_printf(out, "A%s s%d; arg%s_open(c, &s%d);\n",
                           is_real(reduce) ? "" : "I", n,
                           is_real(reduce) ? "" : "i", n);
        else if (reduction == RED_ANY || reduction == RED_ALL)
                buf_printf(out, "int s%d = %d;\n", n, reduction == RED_ALL);
        else if (is_real(reduce))
                buf_printf(out, "S s%d; %s_open(c, &s%d);\n", n,
                           name_of(reduce), n);
        else
                buf_printf(out, "I s%d = %d;\n", n, reduction == RED_PROD);
}

/* ---- one term ---- */

static void term_lanes(struct oracle_emit *emit, const struct expr *reduce,
                       int n)
{
        const struct expr *term = reduce->arg[0];
        struct buf *out = emit->out;

        if (is_extreme(reduce->value.reduce.reduction)) {
                buf_printf(out, "r%d[l] = %s_%s(r%d[l], ", n, name_of(reduce),
                           !is_real(reduce)                       ? "ii"
                           : oracle_is_exact(emit->class, reduce) ? "xx"
                                                                  : "pp",
                           n);
                (is_real(reduce) ? oracle_print_real
                                 : oracle_print_integer)(emit, term);
                buf_puts(out, ");\n");
        } else if (!is_real(reduce)) {
                buf_puts(out, "const I t = ");
                oracle_print_integer(emit, term);
                buf_printf(out,
                           ", w = (I)((unsigned long)r%d[l] + "
                           "(unsigned long)t);\n"
                           "f%d |= (r%d[l] ^ w) & (t ^ w); r%d[l] = w;\n",
                           n, n, n, n);
        } else if (oracle_is_exact(emit->class, term)) {
                buf_puts(out, "const R t = ");
                oracle_print_real(emit, term);
                buf_printf(out, ";\nr%dv[l] += t; r%de[l] += UNIT * ABS(t);\n",
                           n, n);
        } else {
                buf_puts(out, "const P t = ");
                oracle_print_real(emit, term);
                buf_printf(out,
                           ";\nr%dv[l] += t.v; "
                           "r%de[l] += t.e + UNIT * ABS(t.v);\n",
                           n, n);
        }
}

/* The position of the current indices, counted in the last fastest. */
static void print_position(struct oracle_emit *emit, const struct expr *reduce)
{
        int count = reduce->value.reduce.count;
        const struct index *const *index = reduce->value.reduce.index;

        if (count == 1) {
                buf_printf(emit->out, "i%d", index[0]->number);
                return;
        }
        for (int i = 0; i < count; i++)
                buf_putc(emit->out, '(');
        for (int i = 0; i < count; i++) {
                if (i)
                        buf_printf(emit->out, " * (h%d - l%d) + ",
                                   index[i]->number, index[i]->number);
                buf_printf(emit->out, "i%d - l%d)", index[i]->number,
                           index[i]->number);
        }
}

static void term_arg(struct oracle_emit *emit, const struct expr *reduce,
                     int n)
{
        bool min = reduce->value.reduce.reduction == RED_ARGMIN;
        bool real = is_real(reduce);

        buf_printf(emit->out, "%s(c, &s%d, ", real ? "arg_p" : "argi", n);
        if (min)
                buf_puts(emit->out, real ? "neg_p(" : "~(");
        (real ? oracle_print_pair : oracle_print_integer)(emit,
                                                          reduce->arg[0]);
        buf_puts(emit->out, min ? "), " : ", ");
        print_position(emit, reduce);
        buf_printf(emit->out, real ? ", FORCED(%d));\n" : ");\n",
                   emit->statement->target->number);
}

static void term_one(struct oracle_emit *emit, const struct expr *reduce,
                     int n)
{
        const struct expr *term = reduce->arg[0];
        enum reduction reduction = reduce->value.reduce.reduction;
        struct buf *out = emit->out;

        if (is_arg(reduction)) {
                term_arg(emit, reduce, n);
                return;
        }
        if (is_extreme(reduction)) {
                buf_printf(out, "c%d++; s%d = %s_%s(s%d, ", n, n,
                           name_of(reduce),
                           !is_real(reduce)                       ? "ii"
                           : oracle_is_exact(emit->class, reduce) ? "xx"
                                                                  : "pp",
                           n);
                (is_real(reduce) ? oracle_print_real
                                 : oracle_print_integer)(emit, term);
        } else if (reduction == RED_ANY || reduction == RED_ALL) {
                buf_printf(out, "s%d = %s(s%d, ", n,
                           reduction == RED_ANY ? "or_t" : "and_t", n);
                oracle_print_test(emit, term);
        } else if (is_real(reduce)) {
                buf_printf(out, "%s_%c(c, &s%d, ", name_of(reduce),
                           oracle_is_exact(emit->class, term) ? 'x' : 'p', n);
                oracle_print_real(emit, term);
        } else {
                buf_printf(out, "s%d = %s(c, s%d, ", n,
                           reduction == RED_SUM ? "iadd" : "imul", n);
                oracle_print_integer(emit, term);
                buf_printf(out, ", %d, %d", reduce->line, reduce->column);
        }
        buf_puts(out, ");\n");
}

/* ---- the value ---- */

static void close_lanes(struct oracle_emit *emit, const struct expr *reduce,
                        int n)
{
        if (is_extreme(reduce->value.reduce.reduction))
                buf_printf(emit->out,
                           "if (!c%d) fail(c, FAIL_EMPTY, %d, %d);\n", n,
                           reduce->line, reduce->column);
        else if (!is_real(reduce))
                buf_printf(emit->out, "if (f%d < 0) overflow(c, %d, %d);\n", n,
                           reduce->line, reduce->column);
}

static void close_one(struct oracle_emit *emit, const struct expr *reduce,
                      int n)
{
        enum reduction reduction = reduce->value.reduce.reduction;
        struct buf *out = emit->out;

        if (is_extreme(reduction)) {
                buf_printf(out,
                           "if (!c%d) fail(c, FAIL_EMPTY, %d, %d);\n"
                           "const %s r%d = s%d;\n",
                           n, reduce->line, reduce->column,
                           extreme_type(emit, reduce), n, n);
        } else if (is_arg(reduction)) {
                buf_printf(out, "if (!s%d.n) fail(c, FAIL_EMPTY, %d, %d);\n",
                           n, reduce->line, reduce->column);
                if (is_real(reduce))
                        buf_printf(out,
                                   "const I r%d = arg_close(c, &s%d, "
                                   "FORCED(%d), &%s);\n",
                                   n, n, emit->statement->target->number,
                                   oracle_flag(emit));
                else
                        buf_printf(out, "const I r%d = s%d.at;\n", n, n);
        } else if (reduction == RED_ANY || reduction == RED_ALL) {
                buf_printf(out, "const int r%d = s%d;\n", n, n);
        } else if (is_real(reduce)) {
                buf_printf(out, "const P r%d = %s_close(c, &s%d);\n", n,
                           name_of(reduce), n);
        } else {
                buf_printf(out, "const I r%d = s%d;\n", n, n);
        }
}

void oracle_print_reduced(struct oracle_emit *emit, const struct expr *expr)
{
        const struct expr *reduce = in_scope(emit, expr);
        int n = reduce ? oracle_reduce_number(emit->class, reduce) : -1;
        bool pair = is_real(expr) && !is_extreme(expr->value.reduce.reduction);

        if (emit->lane && pair)
                buf_printf(emit->out, "((P){r%dv[l], r%de[l]})", n, n);
        else
                buf_printf(emit->out, emit->lane ? "r%d[l]" : "r%d", n);
}

/* ---- loops ---- */

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
                term_one(emit, reduce, n);
        } else {
                if (is_extreme(reduce->value.reduce.reduction))
                        buf_printf(emit->out, "c%d++;\n", n);
                buf_printf(emit->out,
                           "for (I l = 0; l < n; l++) {\n"
                           "const I i%d = j + l;\n",
                           emit->lane->number);
                term_lanes(emit, reduce, n);
                buf_puts(emit->out, "}\n");
        }
        emit->scope_count = before;
}

/* A reduction inside the term that does not depend on the term's indices is
 * computed once, unless that could make an empty max of nothing. */
static void print_invariant(struct oracle_emit *emit,
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

static void print_reduction(struct oracle_emit *emit,
                            const struct expr *reduce)
{
        int n = oracle_reduce_number(emit->class, reduce);
        enum reduction reduction = reduce->value.reduce.reduction;
        int count = reduce->value.reduce.count;
        const struct index *const *index = reduce->value.reduce.index;
        bool reverse = emit->reverse;
        char stop[32] = "";

        emit->reverse = false;
        print_invariant(emit, reduce);
        if (reduction == RED_ANY || reduction == RED_ALL)
                snprintf(stop, sizeof stop, " && s%d != %d", n,
                         reduction == RED_ANY);
        if (running_here(emit, reduce)) {
                buf_printf(emit->out, "for (const I h%d = ", index[0]->number);
                oracle_print_integer(emit, index[0]->hi);
                buf_printf(emit->out,
                           " - (c->drop == %d); i%d < h%d; i%d++) {\n", n + 1,
                           index[0]->number, index[0]->number,
                           index[0]->number);
        } else {
                (emit->lane ? open_lanes : open_one)(emit, reduce, n);
                for (int i = 0; i < count; i++)
                        oracle_print_loop(emit, index[i], stop,
                                          i == count - 1 ? n + 1 : 0, index,
                                          i);
        }
        print_terms(emit, reduce, n);
        for (int i = 0; i < count; i++)
                buf_puts(emit->out, "}");
        buf_putc(emit->out, '\n');
        (emit->lane ? close_lanes : close_one)(emit, reduce, n);
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
                open_one(emit, list[i], n);
                buf_printf(emit->out, "I i%d = ", index->number);
                oracle_print_integer(emit, index->lo);
                buf_printf(emit->out, "; const I l%d = i%d; (void)l%d;\n",
                           index->number, index->number, index->number);
        }
}
