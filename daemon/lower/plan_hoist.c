/*
 * What a loop need not repeat: values that do not depend on its index are
 * held in front of it, divisions by such values become products.
 */
#include "lower/plan.h"

#include "lower/node.h"

static bool visit_worth(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_READ || expr->op == EXPR_CALL ||
            expr->op == EXPR_REDUCE || expr->op == EXPR_DIV)
                *found = true;
        return !*found;
}

static bool is_worth_hoisting(const struct expr *expr)
{
        bool found = false;

        expr_walk(expr, visit_worth, &found);
        return found && !vector_is_size(expr);
}

/* What means something at this place: every index is bound or reduced. */
struct meaning {
        const struct vector_scope *scope;
        const struct expr *whole;
        bool refused;
};

static bool visit_reduced(const struct expr *expr, void *data)
{
        int *number = data;

        for (int i = 0;
             expr->op == EXPR_REDUCE && i < expr->value.reduce.count; i++)
                if (expr->value.reduce.index[i]->number == *number)
                        *number = -1;
        return *number >= 0;
}

static bool visit_meaning(const struct expr *expr, void *data)
{
        struct meaning *meaning = data;
        int number;

        if (expr->op != EXPR_INDEX ||
            meaning->scope->index[expr->value.index->number].base)
                return true;
        /* Not bound: then some reduction of the whole must bind it. */
        number = expr->value.index->number;
        expr_walk(meaning->whole, visit_reduced, &number);
        meaning->refused = number >= 0;
        return !meaning->refused;
}

static bool means_something(const struct vector_scope *scope,
                            const struct expr *expr)
{
        struct meaning meaning = {scope, expr, false};

        expr_walk(expr, visit_meaning, &meaning);
        return !meaning.refused;
}

static void hoist_one(struct vector_scope *scope, const struct expr *expr)
{
        const struct thread_expr *value = vector_lower(scope, expr);
        char name[LIMIT_NAME_BYTES + 8];

        if (value->op == THREAD_VARIABLE)
                return;
        vector_name(scope, expr, name, sizeof name);
        value = thread_let(scope->program, name, value);
        vector_hold(scope, expr, value);
}

void plan_hoist(struct vector_scope *scope, const struct expr *expr,
                const struct index *index)
{
        if (!vector_depends(expr, index) && means_something(scope, expr)) {
                if (is_worth_hoisting(expr))
                        hoist_one(scope, expr);
                return;
        }
        /* A branch may guard what it reads; a reduction has indices that
         * mean nothing out here; a subscript is the read's business. */
        if (expr->op == EXPR_SELECT)
                plan_hoist(scope, expr->arg[0], index);
        if (expr->op == EXPR_SELECT || expr->op == EXPR_REDUCE ||
            expr->op == EXPR_READ || expr->op == EXPR_AND ||
            expr->op == EXPR_OR)
                return;
        for (int i = 0; i < expr->count; i++)
                plan_hoist(scope, expr->arg[i], index);
}

static const struct expr *inverse_of(struct arena *arena,
                                     const struct expr *expr)
{
        struct expr one = {.op = EXPR_REAL,
                           .kind = KIND_REAL,
                           .line = expr->line,
                           .column = expr->column,
                           .value.real = 1};

        return node_binary(arena, EXPR_MUL, expr->arg[0],
                           node_binary(arena, EXPR_DIV, node_keep(arena, one),
                                       expr->arg[1]));
}

const struct expr *plan_reciprocals(struct arena *arena,
                                    const struct expr *expr,
                                    const struct index *index)
{
        struct expr *made;

        if (expr->count == 0 || !vector_depends(expr, index))
                return expr;
        made = arena_alloc(arena, sizeof *made);
        if (!made)
                return NULL;
        *made = *expr;
        for (int i = 0; i < expr->count; i++) {
                made->arg[i] = plan_reciprocals(arena, expr->arg[i], index);
                if (!made->arg[i])
                        return NULL;
        }
        if (expr->op != EXPR_DIV || !vector_depends(expr->arg[0], index) ||
            vector_depends(expr->arg[1], index))
                return made;
        return inverse_of(arena, made);
}
