/*
 * Values of functions that reductions would compute again and again: those of
 * w[p] = exp(e[p]) in y[v, d] = sum[p] w[p] * x[p, d] once for every d.
 */
#include "lower/plan.h"

#include "spec/functions.h"

/* Loops around a place of an expression. */
enum { KEEP_LOOPS = 4 * LIMIT_RANK };

struct place {
        const struct tensor *tensor; /* whose reads are looked at */
        const struct index *loop[KEEP_LOOPS];
        int loops, reductions;
        bool repeated;
};

/* off[v]..off[v + 1]: the values of p are shared among those of v. */
static bool shares(const struct expr *read, const struct place *place,
                   const struct index *index)
{
        for (int i = 0; i < place->loops; i++) {
                const struct index *inner = place->loop[i];

                if (vector_depends(read, inner) &&
                    (vector_depends(inner->lo, index) ||
                     vector_depends(inner->hi, index)))
                        return true;
        }
        return false;
}

static void look_at_read(struct place *place, const struct expr *read)
{
        if (read->value.read.tensor != place->tensor || !place->reductions)
                return;
        for (int i = 0; i < place->loops; i++)
                if (!vector_depends(read, place->loop[i]) &&
                    !shares(read, place, place->loop[i]))
                        place->repeated = true;
}

static void look(struct place *place, const struct expr *expr)
{
        int loops = place->loops, reductions = place->reductions;

        if (expr->op == EXPR_READ) {
                look_at_read(place, expr);
                for (int d = 0; d < expr->value.read.tensor->rank; d++)
                        look(place, expr->value.read.subscript[d]);
                return;
        }
        if (expr->op == EXPR_REDUCE) {
                place->reductions++;
                for (int i = 0;
                     i < expr->value.reduce.count && place->loops < KEEP_LOOPS;
                     i++)
                        place->loop[place->loops++] =
                                expr->value.reduce.index[i];
        }
        for (int i = 0; i < expr->count; i++)
                look(place, expr->arg[i]);
        place->loops = loops;
        place->reductions = reductions;
}

static bool is_repeated(const struct spec *spec, const struct tensor *tensor)
{
        struct place place = {.tensor = tensor};

        for (int i = 0; i < spec->statement_count; i++) {
                const struct statement *s = spec->statement[i];

                for (place.loops = 0; place.loops < s->index_count;
                     place.loops++)
                        place.loop[place.loops] = s->index[place.loops];
                look(&place, s->value);
        }
        return place.repeated;
}

/* Functions that take longer than a load: all but such as abs and floor. */
static bool visit_costly(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_CALL &&
            function_row(expr->value.function)->kind == FUNCTION_REAL)
                *found = true;
        return !*found;
}

bool plan_keeps(const struct spec *spec, const struct tensor *tensor,
                const struct expr *value)
{
        bool costly = false;

        expr_walk(value, visit_costly, &costly);
        return costly && tensor->role != TENSOR_OUT &&
               is_repeated(spec, tensor);
}

bool plan_has_kept(const struct plan *plan)
{
        struct plan kept;

        return plan_make(&kept, plan->arena, plan->spec, PLAN_KEEP) &&
               kept.count > plan->count && 2 * kept.count <= LIMIT_STAGES;
}
