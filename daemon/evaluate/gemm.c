/* See gemm.h. */
#include "evaluate/gemm.h"

#include <stdint.h>

/* The index that a subscript is, or NULL. */
static const struct index *bare(const struct expr *expr)
{
        return expr && expr->op == EXPR_INDEX ? expr->value.index : NULL;
}

/* Position of a tensor among the inputs, -1 when it is none. */
static int input_number(const struct spec *spec, const struct tensor *tensor)
{
        int n = 0;

        if (tensor->role != TENSOR_IN)
                return -1;
        for (int i = 0; i < tensor->number; i++)
                n += spec->tensor[i]->role == TENSOR_IN;
        return n;
}

/* Does the index run over the whole of dimension d? */
static bool is_whole(const struct tensor *tensor, int d,
                     const struct index *index, const struct binding *binding)
{
        return !index->data_dependent &&
               spec_eval_size(index->lo, binding) == 0 &&
               spec_eval_size(index->hi, binding) ==
                       spec_eval_size(tensor->extent[d], binding);
}

struct search {
        const struct spec *spec;
        const struct binding *binding;
        const struct index *t, *i, *j, *k; /* t NULL: no batch */
        struct gemm *gemm;
};

/* Is read the operand with rows `row` and columns `column`? */
static bool reads(const struct search *s, const struct expr *expr,
                  const struct index *row, const struct index *column)
{
        const struct read *read = &expr->value.read;
        const struct index *want[3] = {s->t, row, column};
        int skip = s->t ? 0 : 1;

        if (read->tensor->rank != 3 - skip)
                return false;
        for (int d = 0; d < read->tensor->rank; d++) {
                const struct index *index = bare(read->subscript[d]);

                if (!index || index != want[d + skip] ||
                    !is_whole(read->tensor, d, index, s->binding))
                        return false;
        }
        return true;
}

/* One order of the two factors. */
static bool match(struct search *s, const struct expr *left,
                  const struct expr *right)
{
        struct gemm *g = s->gemm;

        g->trans_a = reads(s, left, s->k, s->i);
        g->trans_b = reads(s, right, s->j, s->k);
        if ((!g->trans_a && !reads(s, left, s->i, s->k)) ||
            (!g->trans_b && !reads(s, right, s->k, s->j)))
                return false;
        g->a = input_number(s->spec, left->value.read.tensor);
        g->b = input_number(s->spec, right->value.read.tensor);
        return g->a >= 0 && g->b >= 0;
}

static bool match_product(struct search *s, const struct expr *sum,
                          enum dtype dtype)
{
        const struct expr *term, *left, *right;

        if (sum->op != EXPR_REDUCE || sum->value.reduce.reduction != RED_SUM ||
            sum->value.reduce.count != 1)
                return false;
        s->k = sum->value.reduce.index[0];
        term = sum->arg[0];
        if (term->op != EXPR_MUL)
                return false;
        left = term->arg[0];
        right = term->arg[1];
        if (left->op != EXPR_READ || right->op != EXPR_READ ||
            left->value.read.safety == READ_ELSE ||
            right->value.read.safety == READ_ELSE ||
            left->value.read.tensor->dtype != dtype ||
            right->value.read.tensor->dtype != dtype)
                return false;
        return match(s, left, right) || match(s, right, left);
}

static bool match_bias(struct search *s, const struct expr *expr,
                       enum dtype dtype)
{
        const struct read *read = &expr->value.read;

        if (expr->op != EXPR_READ || read->tensor->rank != 1 ||
            read->tensor->dtype != dtype || bare(read->subscript[0]) != s->j ||
            !is_whole(read->tensor, 0, s->j, s->binding))
                return false;
        s->gemm->bias = input_number(s->spec, read->tensor);
        return s->gemm->bias >= 0;
}

static bool match_value(struct search *s, const struct expr *value,
                        enum dtype dtype)
{
        s->gemm->bias = -1;
        if (value->op != EXPR_ADD)
                return match_product(s, value, dtype);
        return (match_product(s, value->arg[0], dtype) &&
                match_bias(s, value->arg[1], dtype)) ||
               (match_product(s, value->arg[1], dtype) &&
                match_bias(s, value->arg[0], dtype));
}

bool gemm_find(const struct spec *spec, const struct binding *binding,
               struct gemm *g)
{
        struct search s = {.spec = spec, .binding = binding, .gemm = g};
        const struct statement *only;
        const struct tensor *out;
        int rank;

        *g = (struct gemm){.batch = 1, .bias = -1};
        if (spec->statement_count != 1)
                return false;
        only = spec->statement[0];
        out = only->target;
        rank = out->rank;
        if (only->update != UPDATE_DEFINE || out->role != TENSOR_OUT ||
            rank < 2 || rank > 3 || only->index_count != rank ||
            (out->dtype != DTYPE_F32 && out->dtype != DTYPE_F64))
                return false;
        s.t = rank == 3 ? only->index[0] : NULL;
        s.i = only->index[rank - 2];
        s.j = only->index[rank - 1];
        if (!match_value(&s, only->value, out->dtype))
                return false;
        g->f64 = out->dtype == DTYPE_F64;
        g->batch = s.t ? spec_eval_size(s.t->hi, binding) : 1;
        g->m = spec_eval_size(s.i->hi, binding);
        g->n = spec_eval_size(s.j->hi, binding);
        g->k = spec_eval_size(s.k->hi, binding);
        return g->m <= INT32_MAX && g->n <= INT32_MAX && g->k <= INT32_MAX;
}
