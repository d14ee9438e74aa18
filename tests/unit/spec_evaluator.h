/*
 * The value of every output of a spec in double, straight from the checked
 * tree and with no other module's help: what lowerings are compared with on
 * small shapes.
 */
#ifndef KEVO_TESTS_SPEC_EVALUATOR_H
#define KEVO_TESTS_SPEC_EVALUATOR_H

#include <math.h>
#include <stdlib.h>

#include "spec/spec.h"

struct evaluator {
        const struct spec *spec;
        const struct binding *binding;
        double *tensor[LIMIT_TENSORS]; /* by number, row-major */
        int64_t index[1024];           /* values, by index number */
};

static double evaluator_value(struct evaluator *e, const struct expr *expr);

static double evaluator_read(struct evaluator *e, const struct expr *expr)
{
        const struct read *read = &expr->value.read;
        int64_t extent[LIMIT_RANK], at = 0;

        spec_tensor_elements(read->tensor, e->binding, extent);
        for (int d = 0; d < read->tensor->rank; d++) {
                int64_t s = (int64_t)evaluator_value(e, read->subscript[d]);

                if (s < 0 || s >= extent[d])
                        return read->fallback
                                       ? evaluator_value(e, read->fallback)
                                       : NAN;
                at = at * extent[d] + s;
        }
        return e->tensor[read->tensor->number][at];
}

static double evaluator_reduce(struct evaluator *e, const struct expr *expr,
                               int depth, double total)
{
        const struct index *index;

        if (depth == expr->value.reduce.count) {
                double term = evaluator_value(e, expr->arg[0]);

                switch (expr->value.reduce.reduction) {
                case RED_MAX:
                        return fmax(total, term);
                case RED_MIN:
                        return fmin(total, term);
                case RED_PROD:
                        return total * term;
                default:
                        return total + term;
                }
        }
        index = expr->value.reduce.index[depth];
        for (int64_t i = (int64_t)evaluator_value(e, index->lo);
             i < (int64_t)evaluator_value(e, index->hi); i++) {
                e->index[index->number] = i;
                total = evaluator_reduce(e, expr, depth + 1, total);
        }
        return total;
}

static double evaluator_call(struct evaluator *e, const struct expr *expr)
{
        double a = evaluator_value(e, expr->arg[0]);
        double b = expr->count > 1 ? evaluator_value(e, expr->arg[1]) : 0;

        switch (expr->value.function) {
        case FN_MAX:
                return fmax(a, b);
        case FN_MIN:
                return fmin(a, b);
        case FN_EXP:
                return exp(a);
        case FN_LOG:
                return log(a);
        case FN_SQRT:
                return sqrt(a);
        case FN_RSQRT:
                return 1 / sqrt(a);
        case FN_TANH:
                return tanh(a);
        case FN_ERF:
                return erf(a);
        case FN_ABS:
                return fabs(a);
        default:
                return NAN;
        }
}

static double evaluator_start(enum reduction reduction)
{
        return reduction == RED_MAX    ? -INFINITY
               : reduction == RED_MIN  ? INFINITY
               : reduction == RED_PROD ? 1
                                       : 0;
}

static double evaluator_binary(struct evaluator *e, const struct expr *expr)
{
        double a = evaluator_value(e, expr->arg[0]);
        double b = evaluator_value(e, expr->arg[1]);

        switch (expr->op) {
        case EXPR_ADD:
                return a + b;
        case EXPR_SUB:
                return a - b;
        case EXPR_MUL:
                return a * b;
        case EXPR_DIV:
                return a / b;
        case EXPR_FLOOR_DIV:
                return floor(a / b);
        case EXPR_FLOOR_MOD:
                return a - b * floor(a / b);
        case EXPR_LT:
                return a < b;
        case EXPR_LE:
                return a <= b;
        case EXPR_EQ:
                return a == b;
        default:
                return NAN;
        }
}

static double evaluator_value(struct evaluator *e, const struct expr *expr)
{
        switch (expr->op) {
        case EXPR_INTEGER:
        case EXPR_BOOLEAN:
                return (double)expr->value.integer;
        case EXPR_REAL:
                return expr->value.real;
        case EXPR_SIZE:
                return (double)e->binding->size[expr->value.size->number];
        case EXPR_PARAM:
                return e->binding->param[expr->value.param->number];
        case EXPR_INDEX:
                return (double)e->index[expr->value.index->number];
        case EXPR_READ:
                return evaluator_read(e, expr);
        case EXPR_NEGATE:
                return -evaluator_value(e, expr->arg[0]);
        case EXPR_CAST:
                return dtype_round(expr->dtype,
                                   evaluator_value(e, expr->arg[0]));
        case EXPR_SELECT:
                return evaluator_value(
                        e,
                        expr->arg[evaluator_value(e, expr->arg[0]) != 0 ? 1
                                                                        : 2]);
        case EXPR_CALL:
                return evaluator_call(e, expr);
        case EXPR_REDUCE:
                return evaluator_reduce(
                        e, expr, 0,
                        evaluator_start(expr->value.reduce.reduction));
        default:
                return evaluator_binary(e, expr);
        }
}

static void evaluator_define(struct evaluator *e,
                             const struct statement *statement, int depth)
{
        const struct tensor *target = statement->target;
        const struct index *index;
        int64_t extent[LIMIT_RANK], at = 0;
        double value;

        if (depth < statement->index_count) {
                index = statement->index[depth];
                for (int64_t i = (int64_t)evaluator_value(e, index->lo);
                     i < (int64_t)evaluator_value(e, index->hi); i++) {
                        e->index[index->number] = i;
                        evaluator_define(e, statement, depth + 1);
                }
                return;
        }
        spec_tensor_elements(target, e->binding, extent);
        for (int d = 0; d < target->rank; d++)
                at = at * extent[d] +
                     (int64_t)evaluator_value(e, statement->subscript[d]);
        value = evaluator_value(e, statement->value);
        if (target->dtype != DTYPE_NONE && dtype_is_float(target->dtype))
                value = dtype_round(target->dtype, value);
        e->tensor[target->number][at] = value;
}

/* Evaluate all definitions of spec; input[n] is the data of tensor number n
 * in its own dtype. e->tensor is allocated: evaluator_dispose. */
static inline void evaluator_run(struct evaluator *e, const struct spec *spec,
                                 const struct binding *binding,
                                 void *const *input)
{
        e->spec = spec;
        e->binding = binding;
        for (int t = 0; t < spec->tensor_count; t++) {
                const struct tensor *tensor = spec->tensor[t];
                int64_t count = spec_tensor_elements(tensor, binding, NULL);

                e->tensor[t] = calloc((size_t)count + 1, sizeof(double));
                for (int64_t i = 0; tensor->role == TENSOR_IN && i < count;
                     i++)
                        e->tensor[t][i] =
                                dtype_load(tensor->dtype, input[t], i);
        }
        for (int s = 0; s < spec->statement_count; s++)
                evaluator_define(e, spec->statement[s], 0);
}

static inline void evaluator_dispose(struct evaluator *e)
{
        for (int t = 0; t < e->spec->tensor_count; t++)
                free(e->tensor[t]);
}

#endif
