/*
 * What is worth staging: values with a costly function that one pass computes
 * and a later one over the same range needs again.
 */
#include "lower/passes.h"
#include "lower/rewrite.h"

/* Is needle, an expression over a range, part of haystack? */
static bool contains(const struct expr *haystack, const struct expr *needle)
{
        if (rewrite_equal(haystack, needle))
                return true;
        if (haystack->op == EXPR_READ || haystack->op == EXPR_REDUCE)
                return false;
        for (int i = 0; i < haystack->count; i++)
                if (contains(haystack->arg[i], needle))
                        return true;
        return false;
}

/* The first pass over range that computes value; -1: none before `before`. */
static int computed_by(const struct passes *passes, const struct expr *value,
                       int range, int before)
{
        for (int p = 0; p < before; p++) {
                if (passes->pass[p].range != range)
                        continue;
                for (int i = 0; i < passes->reduction_count; i++)
                        if (passes_of_reduction(passes, i) == p &&
                            contains(passes->reduction[i].term, value))
                                return p;
                for (int i = 0; i < passes->output_count; i++)
                        if (passes->output[i].pass == p &&
                            contains(passes->output[i].value, value))
                                return p;
        }
        return -1;
}

static bool is_staged(const struct passes *passes, const struct expr *value)
{
        for (int i = 0; i < passes->staged_count; i++)
                if (rewrite_equal(passes->staged[i].value, value))
                        return true;
        return false;
}

static bool visit_call(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_CALL && expr->kind == KIND_REAL &&
            expr->value.function != FN_MIN && expr->value.function != FN_MAX &&
            expr->value.function != FN_ABS && expr->value.function != FN_SIGN)
                *found = true;
        return !*found;
}

/* The largest parts of expr, in pass `pass`, that an earlier one computes. */
static void stage_parts(struct passes *passes, const struct expr *expr,
                        int range, int pass)
{
        bool costly = false;
        int from;

        if (expr->op == EXPR_REDUCE || expr->op == EXPR_READ ||
            !vector_depends(expr, &passes->range[range].index))
                return;
        expr_walk(expr, visit_call, &costly);
        if (!costly)
                return;
        from = expr->kind == KIND_REAL ? computed_by(passes, expr, range, pass)
                                       : -1;
        if (from >= 0) {
                if (passes->staged_count < PASSES_STAGED &&
                    !is_staged(passes, expr)) {
                        struct pass_staged *staged =
                                &passes->staged[passes->staged_count++];

                        staged->value = expr;
                        staged->range = range;
                        staged->from = from;
                }
                return;
        }
        for (int i = 0; i < expr->count; i++)
                stage_parts(passes, expr->arg[i], range, pass);
}

void passes_find_staged(struct passes *passes)
{
        for (int p = 0; p < passes->pass_count; p++) {
                int range = passes->pass[p].range;

                if (passes->range[range].ragged ||
                    passes->range[range].outer_count)
                        continue;
                for (int i = 0; i < passes->reduction_count; i++)
                        if (passes_of_reduction(passes, i) == p)
                                stage_parts(passes, passes->reduction[i].term,
                                            range, p);
                for (int i = 0; i < passes->output_count; i++)
                        if (passes->output[i].pass == p)
                                stage_parts(passes, passes->output[i].value,
                                            range, p);
        }
}
