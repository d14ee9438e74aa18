/*
 * What becomes of each statement of a spec: inlined, summed, fused behind a
 * sum, or a stage of its own; see contraction_plan.h.
 */
#include "lower/contraction_plan.h"

#include "lower/node.h"
#include "lower/rewrite.h"

/* --- fused statements --------------------------------------------------- */

struct fusion {
        const struct contraction_plan *plan;
        const struct contraction_form *form;
        struct contraction_fused *fused;
        bool mapped, fits;
};

static bool is_fused(const struct contraction_form *form,
                     const struct statement *statement)
{
        for (int i = 0; i < form->fused_count; i++)
                if (form->fused[i].statement == statement)
                        return true;
        return false;
}

/* The contraction's index that runs over dimension d of a tile's tensor. */
const struct index *contraction_tile_index(const struct contraction_form *form,
                                           const struct tensor *tensor, int d)
{
        const struct expr *subscript = tensor->defined_by->subscript[d];

        for (int f = 0; f < form->fused_count; f++)
                if (form->fused[f].statement == tensor->defined_by)
                        subscript = form->fused[f].subscript[d];
        return subscript->value.index;
}

/* One read of a tile's tensor: every subscript a bare index, and the same
 * correspondence as in every other read. */
static bool map_read(struct fusion *fusion, const struct read *read)
{
        const struct statement *statement = fusion->fused->statement;
        const struct index **map = fusion->fused->index;
        int found = 0;

        for (int d = 0; d < read->tensor->rank; d++) {
                const struct expr *subscript = read->subscript[d];
                const struct index *tile;
                int i = 0;

                if (subscript->op != EXPR_INDEX)
                        return false;
                while (i < statement->index_count &&
                       !contraction_same_index(statement->index[i],
                                               subscript->value.index))
                        i++;
                tile = contraction_tile_index(fusion->form, read->tensor, d);
                if (i == statement->index_count ||
                    (map[i] && !contraction_same_index(map[i], tile)))
                        return false;
                found += !map[i];
                map[i] = tile;
        }
        return found == (fusion->mapped ? 0 : statement->index_count);
}

static bool fusion_visit(const struct expr *expr, void *data)
{
        struct fusion *fusion = data;
        const struct statement *defined;

        if (expr->op == EXPR_REDUCE)
                fusion->fits = false;
        if (expr->op != EXPR_READ || !fusion->fits)
                return fusion->fits;
        defined = expr->value.read.tensor->defined_by;
        if (!defined)
                return true;
        if (defined == fusion->form->statement ||
            is_fused(fusion->form, defined)) {
                fusion->fits = expr->value.read.safety == READ_PROVED &&
                               map_read(fusion, &expr->value.read);
                fusion->mapped = true;
        } else if (defined->number > fusion->form->statement->number) {
                fusion->fits = false;
        }
        return fusion->fits;
}

/* Rewrite a fused statement into the contraction's indices. */
static bool adopt(struct arena *arena, const struct contraction_plan *plan,
                  struct contraction_fused *fused)
{
        const struct statement *statement = fused->statement;
        const struct expr *to[LIMIT_RANK];

        for (int i = 0; i < statement->index_count; i++) {
                to[i] = node_index(arena, fused->index[i]);
                if (!rewrite_same_range(statement->index[i], fused->index[i]))
                        return false;
        }
        for (int d = 0; d < statement->target->rank; d++)
                fused->subscript[d] = rewrite_substitute(
                        arena, statement->subscript[d], statement->index_count,
                        statement->index, to);
        fused->value = rewrite_substitute(
                arena, plan->value[statement->number], statement->index_count,
                statement->index, to);
        return fused->value && !arena_failed(arena);
}

void contraction_find_fused(struct arena *arena,
                            const struct contraction_plan *plan,
                            struct contraction_form *form)
{
        const struct spec *spec = plan->spec;

        for (int s = form->statement->number + 1; s < spec->statement_count;
             s++) {
                const struct statement *statement = spec->statement[s];
                struct contraction_fused fused = {.statement = statement};
                struct fusion fusion = {
                        .plan = plan,
                        .form = form,
                        .fused = &fused,
                        .fits = true,
                };

                if (form->fused_count == CONTRACTION_FUSED ||
                    plan->role[s] != CONTRACTION_SEPARATE ||
                    statement->update != UPDATE_DEFINE ||
                    statement->index_count != form->statement->index_count)
                        continue;
                expr_walk(plan->value[s], fusion_visit, &fusion);
                if (fusion.fits && fusion.mapped && adopt(arena, plan, &fused))
                        form->fused[form->fused_count++] = fused;
        }
}

/* --- the plan ------------------------------------------------------------ */

/* Read once an element and cheap to say again. */
static bool is_inlined(const struct statement *statement)
{
        return statement->update == UPDATE_DEFINE &&
               (statement->target->role == TENSOR_INTERMEDIATE ||
                statement->target->role == TENSOR_TMP) &&
               !rewrite_has_reduction(statement->value);
}

static bool choose_inlined(const struct tensor *tensor, void *data)
{
        (void)data;
        return tensor->defined_by && is_inlined(tensor->defined_by);
}

/* Kept: an output, or read by a statement that is not part of the form. */
static bool is_stored(const struct contraction_plan *plan,
                      const struct contraction_form *form,
                      const struct statement *statement)
{
        if (statement->target->role == TENSOR_OUT)
                return true;
        for (int s = 0; s < plan->spec->statement_count; s++)
                if (!is_fused(form, plan->spec->statement[s]) &&
                    plan->role[s] != CONTRACTION_INLINED &&
                    rewrite_reads(plan->value[s], statement->target))
                        return true;
        return false;
}

bool contraction_plan_forms(struct arena *arena, struct contraction_plan *plan)
{
        const struct spec *spec = plan->spec;

        for (int s = 0; s < spec->statement_count; s++) {
                struct contraction_form *form;

                if (plan->role[s] != CONTRACTION_SEPARATE)
                        continue;
                form = arena_alloc(arena, sizeof(*form));
                if (!form || !contraction_form_find(arena, plan,
                                                    spec->statement[s], form))
                        continue;
                plan->role[s] = CONTRACTION_SUM;
                plan->form[s] = form;
                plan->form_count++;
                for (int f = 0; f < form->fused_count; f++)
                        plan->role[form->fused[f].statement->number] =
                                CONTRACTION_FUSED_IN;
                form->stored = is_stored(plan, form, spec->statement[s]);
        }
        return plan->form_count > 0 && !arena_failed(arena);
}

bool contraction_plan_make(struct arena *arena, const struct spec *spec,
                           struct contraction_plan *plan)
{
        *plan = (struct contraction_plan){.spec = spec};
        if (spec->statement_count > CONTRACTION_STATEMENTS)
                return false;
        for (int s = 0; s < spec->statement_count; s++) {
                plan->value[s] =
                        rewrite_inline(arena, spec->statement[s]->value,
                                       choose_inlined, NULL);
                if (!plan->value[s])
                        return false;
                if (is_inlined(spec->statement[s]))
                        plan->role[s] = CONTRACTION_INLINED;
        }
        return contraction_plan_forms(arena, plan);
}
