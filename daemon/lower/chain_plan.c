/*
 * Finding chains; see chain_plan.h. First it is decided what is stored (the
 * rest is inlined), then the contraction class finds its forms among that,
 * then the longest run of statements on the same rows is taken.
 */
#include "lower/chain_plan.h"

#include <string.h>

#include "lower/rewrite.h"

/* --- what is stored --- */

static bool choose_inlined(const struct tensor *tensor, void *data)
{
        const struct chain_plan *chain = data;

        return !chain->rows.stored[tensor->number];
}

/* Row values that a statement reads: intermediates with a reduction. */
struct candidates {
        const struct chain_plan *chain;
        int count;
        int tensor[LIMIT_TENSORS];
};

static bool visit_candidate(const struct expr *expr, void *data)
{
        struct candidates *c = data;
        const struct tensor *t = expr->value.read.tensor;

        if (expr->op == EXPR_READ && t->defined_by &&
            !c->chain->rows.stored[t->number] && c->count < LIMIT_TENSORS &&
            rewrite_has_reduction(c->chain->plan.value[t->defined_by->number]))
                c->tensor[c->count++] = t->number;
        return true;
}

/* Is statement s a contraction with that value? */
static bool is_form(struct arena *arena, struct chain_plan *chain,
                    const struct statement *statement,
                    const struct expr *value)
{
        struct contraction_form form;

        chain->plan.value[statement->number] = value;
        return contraction_form_find(arena, &chain->plan, statement, &form);
}

/* The value of a statement with what is not stored inlined. Row values that
 * would make it a contraction by being stored are. */
static const struct expr *decide_value(struct arena *arena,
                                       struct chain_plan *chain,
                                       const struct statement *statement,
                                       bool *form)
{
        struct candidates c = {.chain = chain};
        const struct expr *value;

        if (rewrite_has_reduction(statement->value))
                expr_walk(statement->value, visit_candidate, &c);
        for (int i = 0; i < c.count; i++)
                chain->rows.stored[c.tensor[i]] = true;
        value = rewrite_inline(arena, statement->value, choose_inlined, chain);
        *form = value && is_form(arena, chain, statement, value);
        if (*form || c.count == 0)
                return value;
        for (int i = 0; i < c.count; i++)
                chain->rows.stored[c.tensor[i]] = false;
        return rewrite_inline(arena, statement->value, choose_inlined, chain);
}

/* What is read with `else` has no value outside its tensor. */
static bool visit_else(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_READ && expr->value.read.safety == READ_ELSE &&
            expr->value.read.tensor->defined_by)
                *found = true;
        return !*found;
}

static bool decide(struct arena *arena, struct chain_plan *chain)
{
        const struct spec *spec = chain->plan.spec;
        bool guarded = false;

        for (int s = 0; s < spec->statement_count; s++)
                chain->plan.role[s] = CONTRACTION_INLINED;
        for (int s = 0; s < spec->statement_count; s++) {
                const struct statement *statement = spec->statement[s];
                const struct expr *value;
                bool form;

                if (statement->update != UPDATE_DEFINE)
                        return false;
                value = decide_value(arena, chain, statement, &form);
                if (!value)
                        return false;
                expr_walk(value, visit_else, &guarded);
                chain->plan.value[s] = value;
                if (form || statement->target->role == TENSOR_OUT)
                        chain->rows.stored[statement->target->number] = true;
        }
        /* Once more, with all that is stored. */
        for (int s = 0; s < spec->statement_count; s++) {
                chain->plan.value[s] =
                        rewrite_inline(arena, spec->statement[s]->value,
                                       choose_inlined, chain);
                if (!chain->plan.value[s])
                        return false;
                if (chain->rows.stored[spec->statement[s]->target->number])
                        chain->plan.role[s] = CONTRACTION_SEPARATE;
        }
        return !guarded;
}

/* --- the rows --- */

/* The statement's own indices in the order: batch, rows, columns. */
static bool has_order(const struct contraction_form *form)
{
        const struct statement *s = form->statement;
        int at = 0;

        for (int i = 0; i < form->batch.count; i++)
                if (s->index[at++]->number != form->batch.index[i]->number)
                        return false;
        for (int i = 0; i < form->rows.count; i++)
                if (s->index[at++]->number != form->rows.index[i]->number)
                        return false;
        for (int d = 0; d < s->target->rank; d++)
                if (s->subscript[d]->op != EXPR_INDEX ||
                    s->subscript[d]->value.index->number !=
                            s->index[d]->number)
                        return false;
        return true;
}

/* Same ranges of the leading indices as the chain's first statement. */
static bool has_rows(const struct chain_plan *chain,
                     const struct statement *statement)
{
        const struct statement *first =
                chain->plan.spec->statement[chain->first];

        if (statement->index_count < chain->lead)
                return false;
        for (int k = 0; k < chain->lead; k++)
                if (!rewrite_same_range(statement->index[k], first->index[k]))
                        return false;
        return true;
}

/* Reads of what the chain made before, at the statement's own rows? */
struct alignment {
        const struct chain_plan *chain;
        const struct statement *statement; /* whose indices the rows are */
        int end;
        bool aligned;
};

static bool visit_alignment(const struct expr *expr, void *data)
{
        struct alignment *a = data;
        const struct read *read = &expr->value.read;
        const struct statement *made;

        if (expr->op != EXPR_READ || !read->tensor->defined_by)
                return a->aligned;
        made = read->tensor->defined_by;
        if (made->number < a->chain->first)
                return a->aligned;
        if (made->number >= a->end || read->safety != READ_PROVED ||
            read->tensor->rank < a->chain->lead)
                a->aligned = false;
        for (int k = 0; a->aligned && k < a->chain->lead; k++)
                if (read->subscript[k]->op != EXPR_INDEX ||
                    read->subscript[k]->value.index->number !=
                            a->statement->index[k]->number)
                        a->aligned = false;
        return a->aligned;
}

static bool is_aligned(const struct chain_plan *chain,
                       const struct statement *statement,
                       const struct expr *value, int end)
{
        struct alignment a = {chain, statement, end, true};

        expr_walk(value, visit_alignment, &a);
        return a.aligned;
}

/* What is fused behind a product stores the same rows. */
static bool fuses_rows(const struct chain_plan *chain,
                       const struct contraction_form *form)
{
        for (int f = 0; f < form->fused_count; f++) {
                const struct contraction_fused *fused = &form->fused[f];

                if (fused->statement->target->rank < chain->lead ||
                    !is_aligned(chain, form->statement, fused->value,
                                chain->plan.spec->statement_count))
                        return false;
                for (int k = 0; k < chain->lead; k++)
                        if (fused->subscript[k]->op != EXPR_INDEX ||
                            fused->subscript[k]->value.index->number !=
                                    form->statement->index[k]->number)
                                return false;
        }
        return true;
}

static bool joins_product(const struct chain_plan *chain, int s)
{
        const struct contraction_form *form = chain->plan.form[s];

        return has_order(form) && form->batch.count == chain->batch &&
               form->batch.count + form->rows.count == chain->lead &&
               fuses_rows(chain, form);
}

/* Row passes of some statements together; NULL when they are not of that
 * kind. None of them is read from memory by the others. */
static struct passes *find_passes(struct arena *arena,
                                  const struct chain_plan *chain,
                                  const int *statement, int count)
{
        struct passes *passes = arena_alloc(arena, sizeof *passes);
        struct plan_item item[PLAN_ITEMS];
        struct plan plan = chain->rows;

        for (int i = 0; i < count; i++) {
                item[i].statement = chain->plan.spec->statement[statement[i]];
                plan.stored[item[i].statement->target->number] = false;
        }
        for (int i = 0; i < count; i++) {
                item[i].value = plan_inlined(&plan, item[i].statement->value);
                if (!item[i].value)
                        return NULL;
        }
        if (!passes || !passes_find_items(passes, &plan, item, count) ||
            passes->row_count != chain->lead)
                return NULL;
        passes_find_staged(passes);
        return passes;
}

static bool joins(struct arena *arena, struct chain_plan *chain, int s)
{
        const struct statement *statement = chain->plan.spec->statement[s];

        if (!has_rows(chain, statement) ||
            !is_aligned(chain, statement, chain->plan.value[s], s))
                return false;
        if (chain->plan.role[s] == CONTRACTION_SUM)
                return joins_product(chain, s);
        chain->passes[s] = find_passes(arena, chain, &s, 1);
        return chain->passes[s] != NULL;
}

static bool is_emitted(const struct chain_plan *chain, int s)
{
        return chain->plan.role[s] == CONTRACTION_SUM ||
               chain->plan.role[s] == CONTRACTION_SEPARATE;
}

bool chain_plan_has(const struct chain_plan *chain, int s)
{
        return s >= chain->first && s < chain->end && is_emitted(chain, s);
}

/* The chain that begins with product `first`; its number of statements. */
static int find_end(struct arena *arena, struct chain_plan *chain, int first)
{
        const struct contraction_form *form = chain->plan.form[first];
        int count = 0;

        chain->first = first;
        chain->batch = form->batch.count;
        chain->lead = form->batch.count + form->rows.count;
        chain->end = first;
        for (int s = first; s < chain->plan.spec->statement_count; s++) {
                if (!is_emitted(chain, s))
                        continue;
                if (!joins(arena, chain, s))
                        break;
                count++;
                chain->end = s + 1;
        }
        return count;
}

/* --- row values that are computed together --- */

/* Does statement s only read what is there before `leader`, or what the
 * group itself makes? */
struct needs {
        const struct chain_plan *chain;
        const int *group;
        int count;
        bool met;
};

static bool visit_needs(const struct expr *expr, void *data)
{
        struct needs *needs = data;
        const struct statement *made;
        bool inside = false;

        if (expr->op != EXPR_READ || !expr->value.read.tensor->defined_by)
                return needs->met;
        made = expr->value.read.tensor->defined_by;
        for (int i = 0; i < needs->count; i++)
                inside |= made->number == needs->group[i];
        needs->met = inside || made->number < needs->group[0];
        return needs->met;
}

/* Row values join the group before them where they can wait for nothing that
 * comes in between: what they have in common is then computed once. */
static void join_rows(struct arena *arena, struct chain_plan *chain)
{
        int group[PLAN_ITEMS], count = 0;

        for (int s = chain->first; s < chain->end; s++) {
                struct needs needs = {chain, group, count, count > 0};
                struct passes *passes;

                if (!chain->passes[s] || !is_emitted(chain, s))
                        continue;
                expr_walk(chain->plan.value[s], visit_needs, &needs);
                group[count] = s;
                passes = needs.met && count + 1 < PLAN_ITEMS
                                 ? find_passes(arena, chain, group, count + 1)
                                 : NULL;
                if (passes) {
                        chain->passes[group[0]] = passes;
                        chain->joined[s] = true;
                        count++;
                } else {
                        group[0] = s;
                        count = 1;
                }
        }
}

/* Kept by the task: no argument, and nobody else reads it. */
static void find_resident(struct chain_plan *chain)
{
        const struct spec *spec = chain->plan.spec;

        for (int s = chain->first; s < chain->end; s++) {
                const struct tensor *tensor = spec->statement[s]->target;
                bool outside = tensor->role == TENSOR_OUT;

                for (int r = chain->end; r < spec->statement_count; r++)
                        if (chain->plan.role[r] != CONTRACTION_INLINED &&
                            rewrite_reads(chain->plan.value[r], tensor))
                                outside = true;
                chain->resident[tensor->number] =
                        chain_plan_has(chain, s) && !outside;
        }
}

bool chain_plan_make(struct arena *arena, const struct spec *spec,
                     struct chain_plan *chain)
{
        memset(chain, 0, sizeof *chain);
        chain->plan.spec = spec;
        chain->rows.arena = arena;
        chain->rows.spec = spec;
        if (spec->statement_count > CONTRACTION_STATEMENTS ||
            !decide(arena, chain) ||
            !contraction_plan_forms(arena, &chain->plan))
                return false;
        for (int s = 0; s < spec->statement_count; s++)
                if (chain->plan.role[s] == CONTRACTION_SUM &&
                    find_end(arena, chain, s) > 1) {
                        join_rows(arena, chain);
                        find_resident(chain);
                        return !arena_failed(arena);
                }
        return false;
}
