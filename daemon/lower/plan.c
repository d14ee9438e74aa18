/*
 * Plans: which tensors are stored, what their definitions become, and how
 * their iteration may be flattened.
 *
 * An undeclared intermediate has no storage of its own by the language's
 * rules, so inlining it is always allowed; the question is only what is
 * computed twice. Elementwise definitions are inlined freely; reductions only
 * by a class that computes equal ones once. A declared tensor that is inlined
 * keeps its rounding as a cast (rewrite.c).
 */
#include "lower/plan.h"

#include <ctype.h>
#include <string.h>

#include "lower/rewrite.h"
#include "lower/wrap_around.h"

/* --- what is stored --- */

/* Neither inlined nor rewritten: a stage as it is written. */
static bool is_whole(const struct statement *statement)
{
        return statement->update != UPDATE_DEFINE ||
               expr_selects(statement->value);
}

static bool is_inlined(const struct tensor *tensor, void *data)
{
        const struct plan *plan = data;

        return !plan->stored[tensor->number];
}

struct else_reads {
        const struct plan *plan;
        bool *stored;
};

/* What is read with `else` must lie in memory. */
static bool visit_else(const struct expr *expr, void *data)
{
        struct else_reads *reads = data;

        if (expr->op == EXPR_READ && expr->value.read.safety == READ_ELSE &&
            expr->value.read.tensor->defined_by)
                reads->stored[expr->value.read.tensor->number] = true;
        return true;
}

const struct expr *plan_inlined(struct plan *plan, const struct expr *expr)
{
        return rewrite_inline(plan->arena, expr, is_inlined, plan);
}

/* Decide in the order of the file: a definition only reads earlier ones. An
 * output that is read later is inlined there too (its rounding stays), so
 * `stored` here means: cannot be inlined. */
static bool decide(struct plan *plan, unsigned flags)
{
        const struct spec *spec = plan->spec;
        struct else_reads reads = {plan, plan->stored};

        for (int i = 0; i < spec->statement_count; i++)
                expr_walk(spec->statement[i]->value, visit_else, &reads);
        for (int i = 0; i < spec->statement_count; i++) {
                const struct statement *s = spec->statement[i];
                const struct expr *value;

                if (is_whole(s)) {
                        plan->stored[s->target->number] = true;
                        continue;
                }
                value = plan_inlined(plan, s->value);
                if (!value)
                        return false;
                if ((!(flags & PLAN_REDUCTIONS) &&
                     rewrite_has_reduction(value)) ||
                    ((flags & PLAN_KEEP) &&
                     plan_keeps(spec, s->target, value)))
                        plan->stored[s->target->number] = true;
        }
        return true;
}

/* --- what is needed --- */

struct needs {
        struct plan *plan;
        bool needed[LIMIT_TENSORS];
        bool changed;
};

static bool visit_needs(const struct expr *expr, void *data)
{
        struct needs *needs = data;

        if (expr->op == EXPR_READ && expr->value.read.tensor->defined_by &&
            !needs->needed[expr->value.read.tensor->number]) {
                needs->needed[expr->value.read.tensor->number] = true;
                needs->changed = true;
        }
        return true;
}

/* From the last statement to the first: who reads what is stored. */
static void find_needs(struct needs *needs, const struct expr *const *value)
{
        const struct spec *spec = needs->plan->spec;

        for (int i = spec->statement_count - 1; i >= 0; i--) {
                const struct statement *s = spec->statement[i];

                if (s->target->role == TENSOR_OUT)
                        needs->needed[s->target->number] = true;
                if (!needs->needed[s->target->number])
                        continue;
                expr_walk(value[i], visit_needs, needs);
                for (int k = 0; k < s->target->rank; k++)
                        expr_walk(s->subscript[k], visit_needs, needs);
                for (int k = 0; k < s->index_count; k++) {
                        expr_walk(s->index[k]->lo, visit_needs, needs);
                        expr_walk(s->index[k]->hi, visit_needs, needs);
                }
                if (s->target->init)
                        expr_walk(s->target->init, visit_needs, needs);
        }
}

/* Ranges and subscripts of updates are not rewritten: what they read must
 * be stored. */
static void store_bounds(struct plan *plan)
{
        const struct spec *spec = plan->spec;
        struct needs needs = {.plan = plan};

        for (int i = 0; i < spec->statement_count; i++) {
                const struct statement *s = spec->statement[i];

                if (!is_whole(s))
                        continue;
                expr_walk(s->value, visit_needs, &needs);
                for (int k = 0; k < s->target->rank; k++)
                        expr_walk(s->subscript[k], visit_needs, &needs);
                for (int k = 0; k < s->index_count; k++) {
                        expr_walk(s->index[k]->lo, visit_needs, &needs);
                        expr_walk(s->index[k]->hi, visit_needs, &needs);
                }
                if (s->target->init)
                        expr_walk(s->target->init, visit_needs, &needs);
        }
        for (int i = 0; i < LIMIT_TENSORS; i++)
                plan->stored[i] |= needs.needed[i];
}

bool plan_make(struct plan *plan, struct arena *arena, const struct spec *spec,
               unsigned flags)
{
        const struct expr *value[LIMIT_SPEC_STATEMENTS];
        struct needs needs = {.plan = plan};

        memset(plan, 0, sizeof *plan);
        plan->arena = arena;
        plan->spec = spec;
        store_bounds(plan);
        if (!decide(plan, flags))
                return false;
        for (int i = 0; i < spec->statement_count; i++) {
                const struct statement *s = spec->statement[i];

                value[i] =
                        is_whole(s) ? s->value : plan_inlined(plan, s->value);
                if (!value[i])
                        return false;
                if (is_whole(s) || s->index_count == 0 ||
                    (flags & PLAN_REDUCTIONS))
                        continue;
                value[i] = wrap_around(arena, value[i],
                                       s->index[s->index_count - 1]);
                if (!value[i])
                        return false;
        }
        find_needs(&needs, value);
        for (int i = 0; i < spec->statement_count; i++) {
                const struct statement *s = spec->statement[i];

                if (!needs.needed[s->target->number])
                        continue;
                if (plan->count == PLAN_ITEMS)
                        return false;
                plan->stored[s->target->number] = true;
                plan->item[plan->count].statement = s;
                plan->item[plan->count++].value =
                        is_whole(s) ? NULL : value[i];
        }
        return plan->count > 0;
}

void plan_place(const struct plan *plan, struct vector_scope *scope)
{
        for (int i = 0; i < plan->count; i++) {
                const struct tensor *tensor = plan->item[i].statement->target;

                if (tensor->role == TENSOR_OUT)
                        continue;
                scope->storage[tensor->number].array = thread_scratch(
                        scope->program, tensor->name,
                        vector_stored(scope, tensor),
                        vector_elements(scope->program, tensor), false);
        }
}

/* --- for people --- */

/* Does a line that ends with c go on in the next one? */
static bool goes_on(char c)
{
        return c && strchr("+-*/%,<>=&|?:^(", c) != NULL;
}

const char *plan_text(struct thread_program *program,
                      const struct statement *statement)
{
        const char *c = program->spec->text;
        char text[240];
        size_t n = 0;
        int depth = 0;

        for (int line = 1; c && *c && line < statement->line; c++)
                line += *c == '\n';
        for (; c && *c && n + 1 < sizeof text; c++) {
                if (*c == '#')
                        c += strcspn(c, "\n");
                depth += (*c == '(' || *c == '[') - (*c == ')' || *c == ']');
                if ((*c == '\n' && depth <= 0 &&
                     !goes_on(n ? text[n - 1] : ',')) ||
                    (*c == ';' && depth <= 0) || *c == '}' || !*c)
                        break;
                if (!isspace((unsigned char)*c))
                        text[n++] = *c;
                else if (n && text[n - 1] != ' ')
                        text[n++] = ' ';
        }
        while (n && text[n - 1] == ' ')
                n--;
        text[n] = 0;
        return arena_strdup(program->arena, text);
}
