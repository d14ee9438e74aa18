/*
 * Accumulators of reductions: their start, one more term, their end. In
 * lanes they are arrays, so that the compiler can work on several elements
 * of the output at once while each element is still summed in order.
 */
#include "spec/oracle_reduce.h"

#include "spec/oracle_express.h"

static bool is_real(const struct expr *reduce)
{
        return reduce->arg[0]->kind == KIND_REAL;
}

bool oracle_is_extreme(enum reduction reduction)
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

static void open_lanes(struct oracle_emit *emit, const struct expr *reduce,
                       int n)
{
        struct buf *out = emit->out;

        if (oracle_is_extreme(reduce->value.reduce.reduction))
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

        if (oracle_is_extreme(reduction))
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

static void term_lanes(struct oracle_emit *emit, const struct expr *reduce,
                       int n)
{
        const struct expr *term = reduce->arg[0];
        struct buf *out = emit->out;

        if (oracle_is_extreme(reduce->value.reduce.reduction)) {
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
        if (oracle_is_extreme(reduction)) {
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

static void close_lanes(struct oracle_emit *emit, const struct expr *reduce,
                        int n)
{
        if (oracle_is_extreme(reduce->value.reduce.reduction))
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

        if (oracle_is_extreme(reduction)) {
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

void oracle_open_terms(struct oracle_emit *emit, const struct expr *reduce,
                       int n)
{
        (emit->lane ? open_lanes : open_one)(emit, reduce, n);
}

void oracle_print_term(struct oracle_emit *emit, const struct expr *reduce,
                       int n)
{
        (emit->lane ? term_lanes : term_one)(emit, reduce, n);
}

void oracle_close_terms(struct oracle_emit *emit, const struct expr *reduce,
                        int n)
{
        (emit->lane ? close_lanes : close_one)(emit, reduce, n);
}
