/*
 * What held values are called in a program: the name of the intermediate that
 * they are, or of what they come from.
 */
#include <stdio.h>

#include "core/arena.h"
#include "lower/rewrite.h"
#include "lower/vector.h"

void vector_label_add(struct vector_scope *scope, const struct expr *value,
                      const char *name)
{
        struct vector_label *label =
                arena_alloc(scope->program->arena, sizeof *label);

        if (!label)
                return;
        *label = (struct vector_label){value, name, scope->labels};
        scope->labels = label;
}

const char *vector_label_of(const struct vector_scope *scope,
                            const struct expr *expr)
{
        for (const struct vector_label *l = scope->labels; l; l = l->next)
                if (rewrite_equal(l->value, expr))
                        return l->name;
        return NULL;
}

void vector_name(const struct vector_scope *scope, const struct expr *expr,
                 char *name, size_t size)
{
        const char *label = vector_label_of(scope, expr);

        if (label)
                snprintf(name, size, "%s", label);
        else if (expr->op == EXPR_READ)
                snprintf(name, size, "%s_v", expr->value.read.tensor->name);
        else if (expr->op == EXPR_CALL)
                snprintf(name, size, "%s_v",
                         function_name(expr->value.function));
        else if (expr->op == EXPR_REDUCE)
                snprintf(name, size, "%s_v",
                         reduction_name(expr->value.reduce.reduction));
        else if (expr->op == EXPR_DIV)
                snprintf(name, size, "%s",
                         expr->arg[0]->op == EXPR_REAL ? "inverse" : "ratio");
        else
                snprintf(name, size, "value");
}
