/*
 * The meaning of a checked spec, taken literally and slowly: a second,
 * independent implementation of the language's values (not of their error
 * scale) for tests of the oracle. Reals are double, integers int64_t; tmp and
 * out tensors round at the store. All of the language, no optimisation.
 */
#ifndef KEVO_TESTS_SPEC_INTERPRETER_H
#define KEVO_TESTS_SPEC_INTERPRETER_H

#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "spec/spec.h"

/* Either number by the kind of the expression. */
struct meaning {
        double real;
        int64_t integer;
};

struct interpreter {
        const struct spec *spec;
        const struct binding *binding;
        /* By tensor number, row-major; exact is before the rounding of an
         * output, as the oracle gives it. */
        struct meaning *tensor[LIMIT_TENSORS], *exact[LIMIT_TENSORS];
        int64_t index[2048];
};

static inline struct meaning meaning_of(struct interpreter *p,
                                        const struct expr *expr);

static inline int64_t integer_of(struct interpreter *p,
                                 const struct expr *expr)
{
        return meaning_of(p, expr).integer;
}

static inline double real_of(struct interpreter *p, const struct expr *expr)
{
        struct meaning m = meaning_of(p, expr);

        return expr->kind == KIND_REAL ? m.real : (double)m.integer;
}

static inline struct meaning real_meaning(double real)
{
        return (struct meaning){real, 0};
}

static inline struct meaning integer_meaning(int64_t integer)
{
        return (struct meaning){(double)integer, integer};
}

static inline struct meaning read_meaning(struct interpreter *p,
                                          const struct expr *expr)
{
        const struct read *read = &expr->value.read;
        int64_t extent[LIMIT_RANK], at = 0, s;

        spec_tensor_elements(read->tensor, p->binding, extent);
        for (int d = 0; d < read->tensor->rank; d++) {
                s = integer_of(p, read->subscript[d]);
                if (s < 0 || s >= extent[d])
                        return meaning_of(p, read->fallback);
                at = at * extent[d] + s;
        }
        return p->tensor[read->tensor->number][at];
}

/* Accumulator of a reduction. */
struct reduced {
        struct meaning value, key;
        int64_t count;
};

static inline void take_term(struct interpreter *p, const struct expr *expr,
                             struct reduced *r)
{
        const struct expr *term = expr->arg[0];
        struct meaning t = meaning_of(p, term);
        bool real = term->kind == KIND_REAL, first = r->count++ == 0;
        bool less = real ? t.real < r->key.real : t.integer < r->key.integer;
        bool more = real ? t.real > r->key.real : t.integer > r->key.integer;
        int64_t at = p->index[expr->value.reduce.index[0]->number];

        switch (expr->value.reduce.reduction) {
        case RED_SUM:
                r->value.real += t.real;
                r->value.integer += t.integer;
                break;
        case RED_PROD:
                r->value.real = first ? t.real : r->value.real * t.real;
                r->value.integer =
                        first ? t.integer : r->value.integer * t.integer;
                break;
        case RED_MAX:
                if (first || more)
                        r->value = r->key = t;
                break;
        case RED_MIN:
                if (first || less)
                        r->value = r->key = t;
                break;
        case RED_ARGMAX:
        case RED_ARGMIN:
                if (first ||
                    (expr->value.reduce.reduction == RED_ARGMAX ? more
                                                                : less)) {
                        r->key = t;
                        r->value = integer_meaning(at);
                }
                break;
        case RED_ANY:
                r->value.integer |= t.integer;
                break;
        default:
                r->value.integer &= t.integer;
                break;
        }
}

static inline void reduce_from(struct interpreter *p, const struct expr *expr,
                               int depth, struct reduced *r)
{
        const struct index *index;
        int64_t hi;

        if (depth == expr->value.reduce.count) {
                take_term(p, expr, r);
                return;
        }
        index = expr->value.reduce.index[depth];
        hi = integer_of(p, index->hi);
        for (int64_t i = integer_of(p, index->lo); i < hi; i++) {
                p->index[index->number] = i;
                reduce_from(p, expr, depth + 1, r);
        }
}

/* One key of a selection; sorted by the C library. */
struct selected {
        struct meaning key;
        int64_t at;
        bool real, bottom;
};

static inline int selected_order(const void *left, const void *right)
{
        const struct selected *a = left, *b = right;
        double x = a->key.real, y = b->key.real;
        int order = (a->key.integer > b->key.integer) -
                    (a->key.integer < b->key.integer);

        if (a->real && (isnan(x) || isnan(y)))
                order = isnan(x) - isnan(y);
        else if (a->real)
                order = (x > y) - (x < y);
        if (order)
                return a->bottom ? order : -order;
        return (a->at > b->at) - (a->at < b->at);
}

static inline struct meaning select_meaning(struct interpreter *p,
                                            const struct expr *expr)
{
        enum reduction reduction = expr->value.reduce.reduction;
        const struct index *index = expr->value.reduce.index[0];
        int64_t lo = integer_of(p, index->lo), n = 0;
        int64_t hi = integer_of(p, index->hi);
        int64_t rank = integer_of(p, expr->arg[1]);
        struct selected *list =
                calloc((size_t)(hi > lo ? hi - lo : 1), sizeof *list);
        struct meaning m;

        for (int64_t i = lo; i < hi; i++) {
                p->index[index->number] = i;
                list[n].key = meaning_of(p, expr->arg[0]);
                list[n].at = i;
                list[n].real = expr->arg[0]->kind == KIND_REAL;
                list[n++].bottom =
                        reduction == RED_BOTTOM || reduction == RED_ARGBOTTOM;
        }
        ck_assert(rank >= 0 && rank < n);
        qsort(list, (size_t)n, sizeof *list, selected_order);
        m = reduction == RED_TOP || reduction == RED_BOTTOM
                    ? list[rank].key
                    : integer_meaning(list[rank].at);
        free(list);
        return m;
}

static inline struct meaning reduce_meaning(struct interpreter *p,
                                            const struct expr *expr)
{
        struct reduced r = {0};

        if (expr->value.reduce.reduction >= RED_TOP)
                return select_meaning(p, expr);
        if (expr->value.reduce.reduction == RED_ALL)
                r.value.integer = 1;
        if (expr->value.reduce.reduction == RED_PROD)
                r.value = integer_meaning(1);
        reduce_from(p, expr, 0, &r);
        return r.value;
}

static inline double one_argument(enum function function, double a)
{
        switch (function) {
        case FN_SQRT:
                return sqrt(a);
        case FN_RSQRT:
                return 1 / sqrt(a);
        case FN_EXP:
                return exp(a);
        case FN_EXP2:
                return exp2(a);
        case FN_EXPM1:
                return expm1(a);
        case FN_LOG:
                return log(a);
        case FN_LOG2:
                return log2(a);
        case FN_LOG10:
                return log10(a);
        case FN_LOG1P:
                return log1p(a);
        case FN_SIN:
                return sin(a);
        case FN_COS:
                return cos(a);
        case FN_TAN:
                return tan(a);
        case FN_ASIN:
                return asin(a);
        case FN_ACOS:
                return acos(a);
        case FN_ATAN:
                return atan(a);
        case FN_SINH:
                return sinh(a);
        case FN_COSH:
                return cosh(a);
        case FN_TANH:
                return tanh(a);
        case FN_ASINH:
                return asinh(a);
        case FN_ACOSH:
                return acosh(a);
        case FN_ATANH:
                return atanh(a);
        case FN_ERF:
                return erf(a);
        case FN_ERFC:
                return erfc(a);
        case FN_LGAMMA:
                return lgamma(a);
        case FN_TGAMMA:
                return tgamma(a);
        case FN_FLOOR:
                return floor(a);
        case FN_CEIL:
                return ceil(a);
        case FN_TRUNC:
                return trunc(a);
        case FN_ROUND:
                return nearbyint(a);
        case FN_SIGN:
                return a > 0 ? 1 : a < 0 ? -1 : a;
        default:
                return fabs(a);
        }
}

static inline double two_arguments(enum function function, double a, double b)
{
        switch (function) {
        case FN_MIN:
                return a < b ? a : b;
        case FN_MAX:
                return a > b ? a : b;
        case FN_ATAN2:
                return atan2(a, b);
        case FN_POW:
                return pow(a, b);
        case FN_FMOD:
                return fmod(a, b);
        case FN_HYPOT:
                return hypot(a, b);
        default:
                return copysign(a, b);
        }
}

static inline int64_t integer_call(enum function function, int64_t a,
                                   int64_t b)
{
        switch (function) {
        case FN_ABS:
                return a < 0 ? -a : a;
        case FN_SIGN:
                return (a > 0) - (a < 0);
        case FN_MIN:
                return a < b ? a : b;
        case FN_MAX:
                return a > b ? a : b;
        case FN_DIV:
                return a / b;
        case FN_REM:
                return a % b;
        default:
                return a;
        }
}

static inline struct meaning call_meaning(struct interpreter *p,
                                          const struct expr *expr)
{
        enum function f = expr->value.function;

        if (f == FN_ISNAN)
                return integer_meaning(isnan(real_of(p, expr->arg[0])));
        if (f == FN_ISINF)
                return integer_meaning(isinf(real_of(p, expr->arg[0])) != 0);
        if (expr->kind != KIND_REAL)
                return integer_meaning(integer_call(
                        f, integer_of(p, expr->arg[0]),
                        expr->count > 1 ? integer_of(p, expr->arg[1]) : 1));
        if (expr->count == 1)
                return real_meaning(one_argument(f, real_of(p, expr->arg[0])));
        return real_meaning(two_arguments(f, real_of(p, expr->arg[0]),
                                          real_of(p, expr->arg[1])));
}

static inline struct meaning binary_real(struct interpreter *p,
                                         const struct expr *expr)
{
        double a = real_of(p, expr->arg[0]), b = real_of(p, expr->arg[1]);

        switch (expr->op) {
        case EXPR_ADD:
                return real_meaning(a + b);
        case EXPR_SUB:
                return real_meaning(a - b);
        case EXPR_MUL:
                return real_meaning(a * b);
        case EXPR_DIV:
                return real_meaning(a / b);
        case EXPR_FLOOR_DIV:
                return real_meaning(floor(a / b));
        case EXPR_FLOOR_MOD:
                return real_meaning(a - b * floor(a / b));
        case EXPR_LT:
                return integer_meaning(a < b);
        case EXPR_LE:
                return integer_meaning(a <= b);
        case EXPR_EQ:
                return integer_meaning(a == b);
        default:
                return integer_meaning(a != b);
        }
}

static inline struct meaning binary_integer(struct interpreter *p,
                                            const struct expr *expr)
{
        int64_t a = integer_of(p, expr->arg[0]);
        int64_t b = integer_of(p, expr->arg[1]);
        int64_t q = b ? a / b - (a % b != 0 && (a % b < 0) != (b < 0)) : 0;

        switch (expr->op) {
        case EXPR_ADD:
                return integer_meaning(a + b);
        case EXPR_SUB:
                return integer_meaning(a - b);
        case EXPR_MUL:
                return integer_meaning(a * b);
        case EXPR_FLOOR_DIV:
                return integer_meaning(q);
        case EXPR_FLOOR_MOD:
                return integer_meaning(a - q * b);
        case EXPR_LT:
                return integer_meaning(a < b);
        case EXPR_LE:
                return integer_meaning(a <= b);
        case EXPR_EQ:
                return integer_meaning(a == b);
        case EXPR_NE:
                return integer_meaning(a != b);
        case EXPR_BIT_AND:
                return integer_meaning(a & b);
        case EXPR_BIT_OR:
                return integer_meaning(a | b);
        case EXPR_BIT_XOR:
                return integer_meaning(a ^ b);
        case EXPR_SHL:
                return integer_meaning((int64_t)((uint64_t)a << b));
        default:
                return integer_meaning(a >> b);
        }
}

static inline int64_t wrapped(enum dtype dtype, int64_t value)
{
        int64_t box = 0;

        if (dtype == DTYPE_NONE || dtype == DTYPE_BOOL)
                return value;
        dtype_store_int(dtype, &box, 0, value);
        return dtype_load_int(dtype, &box, 0);
}

static inline struct meaning cast_meaning(struct interpreter *p,
                                          const struct expr *expr)
{
        const struct expr *arg = expr->arg[0];

        if (expr->kind == KIND_REAL)
                return real_meaning(dtype_round(expr->dtype, real_of(p, arg)));
        if (expr->kind == KIND_BOOLEAN)
                return integer_meaning(real_of(p, arg) != 0);
        if (arg->kind == KIND_REAL)
                return integer_meaning(
                        wrapped(expr->dtype, (int64_t)real_of(p, arg)));
        return integer_meaning(wrapped(expr->dtype, integer_of(p, arg)));
}

static inline struct meaning meaning_of(struct interpreter *p,
                                        const struct expr *expr)
{
        bool real = expr->count == 2 && (expr->arg[0]->kind == KIND_REAL ||
                                         expr->arg[1]->kind == KIND_REAL);
        struct meaning m;

        switch (expr->op) {
        case EXPR_INTEGER:
        case EXPR_BOOLEAN:
                return integer_meaning(expr->value.integer);
        case EXPR_REAL:
                return real_meaning(expr->value.real);
        case EXPR_SIZE:
                return integer_meaning(
                        p->binding->size[expr->value.size->number]);
        case EXPR_PARAM:
                m.real = p->binding->param[expr->value.param->number];
                m.integer = (int64_t)m.real;
                return m;
        case EXPR_INDEX:
                return integer_meaning(p->index[expr->value.index->number]);
        case EXPR_READ:
                return read_meaning(p, expr);
        case EXPR_NEGATE:
                m = meaning_of(p, expr->arg[0]);
                return (struct meaning){-m.real, -m.integer};
        case EXPR_NOT:
                return integer_meaning(!integer_of(p, expr->arg[0]));
        case EXPR_BIT_NOT:
                return integer_meaning(~integer_of(p, expr->arg[0]));
        case EXPR_CAST:
                return cast_meaning(p, expr);
        case EXPR_AND:
                return integer_meaning(integer_of(p, expr->arg[0]) &&
                                       integer_of(p, expr->arg[1]));
        case EXPR_OR:
                return integer_meaning(integer_of(p, expr->arg[0]) ||
                                       integer_of(p, expr->arg[1]));
        case EXPR_SELECT: {
                const struct expr *arm =
                        expr->arg[integer_of(p, expr->arg[0]) ? 1 : 2];

                return expr->kind == KIND_REAL
                               ? real_meaning(real_of(p, arm))
                               : integer_meaning(integer_of(p, arm));
        }
        case EXPR_CALL:
                return call_meaning(p, expr);
        case EXPR_REDUCE:
                return reduce_meaning(p, expr);
        default:
                return real || expr->kind == KIND_REAL
                               ? binary_real(p, expr)
                               : binary_integer(p, expr);
        }
}

static inline struct meaning combined(const struct statement *s,
                                      struct meaning old, struct meaning new)
{
        bool real = s->target->kind == KIND_REAL;

        switch (s->update) {
        case UPDATE_ADD:
                return (struct meaning){old.real + new.real,
                                        old.integer + new.integer};
        case UPDATE_MAX:
                return (real ? new.real > old.real : new.integer > old.integer)
                               ? new
                               : old;
        case UPDATE_MIN:
                return (real ? new.real < old.real : new.integer < old.integer)
                               ? new
                               : old;
        default:
                return new;
        }
}

static inline void run_statement_from(struct interpreter *p,
                                      const struct statement *s, int depth)
{
        const struct tensor *target = s->target;
        int64_t extent[LIMIT_RANK], at = 0, hi;
        struct meaning m;

        if (depth < s->index_count) {
                hi = integer_of(p, s->index[depth]->hi);
                for (int64_t i = integer_of(p, s->index[depth]->lo); i < hi;
                     i++) {
                        p->index[s->index[depth]->number] = i;
                        run_statement_from(p, s, depth + 1);
                }
                return;
        }
        spec_tensor_elements(target, p->binding, extent);
        for (int d = 0; d < target->rank; d++)
                at = at * extent[d] + integer_of(p, s->subscript[d]);
        m = target->kind == KIND_REAL
                    ? real_meaning(real_of(p, s->value))
                    : integer_meaning(integer_of(p, s->value));
        p->exact[target->number][at] =
                combined(s, p->exact[target->number][at], m);
}

static inline void run_statement(struct interpreter *p,
                                 const struct statement *s)
{
        const struct tensor *target = s->target;
        int t = target->number;
        int64_t count = spec_tensor_elements(target, p->binding, NULL);
        bool whole = target->init && target->init->op == EXPR_READ;
        struct meaning *m;

        for (int64_t i = 0; target->init && i < count; i++) {
                m = &p->exact[t][i];
                *m = whole ? p->tensor[target->init->value.read.tensor->number]
                                      [i]
                           : meaning_of(p, target->init);
                if (target->kind == KIND_REAL && !whole)
                        m->real = real_of(p, target->init);
        }
        run_statement_from(p, s, 0);
        for (int64_t i = 0; i < count; i++) {
                p->exact[t][i].integer =
                        wrapped(target->dtype, p->exact[t][i].integer);
                p->tensor[t][i] = p->exact[t][i];
                if (target->kind == KIND_REAL && target->dtype != DTYPE_NONE)
                        p->tensor[t][i].real = dtype_round(
                                target->dtype, p->exact[t][i].real);
        }
}

static inline void interpreter_run(struct interpreter *p,
                                   const struct spec *spec,
                                   const struct binding *binding,
                                   void *const *input)
{
        p->spec = spec;
        p->binding = binding;
        for (int t = 0; t < spec->tensor_count; t++) {
                const struct tensor *tensor = spec->tensor[t];
                int64_t n = spec_tensor_elements(tensor, binding, NULL);

                p->tensor[t] = calloc((size_t)n + 1, sizeof **p->tensor);
                p->exact[t] = calloc((size_t)n + 1, sizeof **p->exact);
                for (int64_t i = 0; tensor->role == TENSOR_IN && i < n; i++) {
                        if (dtype_is_float(tensor->dtype))
                                p->tensor[t][i].real =
                                        dtype_load(tensor->dtype, input[t], i);
                        else
                                p->tensor[t][i] =
                                        integer_meaning(dtype_load_int(
                                                tensor->dtype, input[t], i));
                }
        }
        for (int s = 0; s < spec->statement_count; s++)
                run_statement(p, spec->statement[s]);
}

static inline void interpreter_dispose(struct interpreter *p)
{
        for (int t = 0; t < p->spec->tensor_count; t++) {
                free(p->tensor[t]);
                free(p->exact[t]);
        }
}

#endif
