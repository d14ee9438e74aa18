/*
 * Recognise contractions; see contraction_form.h.
 *
 * Index sets are bit masks over the statement's own indices (low half) and
 * the reduced ones (high half), so that the classification reads like the
 * definition. Nothing here knows about schedules or code.
 */
#include "lower/contraction_plan.h"

#include <string.h>

#include "lower/vector.h"

enum { MASK_REDUCED = 16 };

/* What a walk over an expression found. */
struct survey {
        const struct contraction_form *form;
        uint32_t indices;       /* of the statement and the sum */
        int sums;               /* EXPR_REDUCE nodes */
        const struct expr *sum; /* the last of them */
        bool reads, any_index;
};

/* 0 for indices of nested scopes, which no operand is classified by. */
static uint32_t index_bit(const struct contraction_form *form,
                          const struct index *index)
{
        const struct statement *statement = form->statement;

        for (int i = 0; i < statement->index_count; i++)
                if (contraction_same_index(statement->index[i], index))
                        return 1u << i;
        for (int i = 0; form->sum && i < form->sum->value.reduce.count; i++)
                if (contraction_same_index(form->sum->value.reduce.index[i],
                                           index))
                        return 1u << (MASK_REDUCED + i);
        return 0;
}

static bool survey_visit(const struct expr *expr, void *data)
{
        struct survey *survey = data;

        if (expr->op == EXPR_INDEX) {
                survey->any_index = true;
                survey->indices |= index_bit(survey->form, expr->value.index);
        } else if (expr->op == EXPR_READ) {
                survey->reads = true;
        } else if (expr->op == EXPR_REDUCE) {
                survey->sums++;
                survey->sum = expr;
        }
        return true;
}

static struct survey survey_of(const struct contraction_form *form,
                               const struct expr *expr)
{
        struct survey survey = {.form = form};

        expr_walk(expr, survey_visit, &survey);
        return survey;
}

/* Over sizes alone: neither other indices nor data. */
static bool is_plain_range(const struct index *index)
{
        static const struct statement none;
        struct contraction_form form = {.statement = &none};
        struct survey lo = survey_of(&form, index->lo);
        struct survey hi = survey_of(&form, index->hi);

        return !index->data_dependent && !lo.any_index && !hi.any_index &&
               !lo.reads && !hi.reads;
}

bool contraction_same_index(const struct index *a, const struct index *b)
{
        return a->number == b->number;
}

/* --- factors ------------------------------------------------------------ */

struct factors {
        struct contraction_operand all;
        bool failed;
};

/* Flatten products and quotients; a sign is kept aside. Anything else is one
 * factor, to be evaluated where the operand is read. */
static void collect_factors(struct factors *factors, const struct expr *expr,
                            bool divides)
{
        struct contraction_operand *all = &factors->all;

        if (expr->kind == KIND_REAL && expr->op == EXPR_MUL) {
                collect_factors(factors, expr->arg[0], divides);
                collect_factors(factors, expr->arg[1], divides);
        } else if (expr->kind == KIND_REAL && expr->op == EXPR_DIV) {
                collect_factors(factors, expr->arg[0], divides);
                collect_factors(factors, expr->arg[1], !divides);
        } else if (expr->op == EXPR_NEGATE) {
                all->negative = !all->negative;
                collect_factors(factors, expr->arg[0], divides);
        } else if (all->count == CONTRACTION_FACTORS) {
                factors->failed = true;
        } else {
                all->factor[all->count] = expr;
                all->divides[all->count++] = divides;
        }
}

static void add_factor(struct contraction_operand *operand,
                       const struct contraction_operand *from, int i)
{
        operand->factor[operand->count] = from->factor[i];
        operand->divides[operand->count++] = from->divides[i];
}

/* --- classification ------------------------------------------------------ */

/* The statement's indices in mask, in the order of the statement. */
static void pick_indices(const struct contraction_form *form, uint32_t mask,
                         struct contraction_indices *indices)
{
        const struct statement *statement = form->statement;

        indices->count = 0;
        for (int i = 0; i < statement->index_count; i++)
                if (mask & 1u << i)
                        indices->index[indices->count++] = statement->index[i];
}

/* Split the factors around one vector index: the ones that hold it, and
 * those whose free indices all belong to them, are the right operand. */
static bool split_at(struct contraction_form *form,
                     const struct contraction_operand *all,
                     const struct index *vector)
{
        const uint32_t free_mask = (1u << MASK_REDUCED) - 1;
        uint32_t bit = index_bit(form, vector), mask[CONTRACTION_FACTORS];
        uint32_t left = 0, right = 0;
        bool left_reads = false, right_reads = false;

        form->left = (struct contraction_operand){.negative = all->negative};
        form->right = (struct contraction_operand){0};
        for (int i = 0; i < all->count; i++) {
                mask[i] = survey_of(form, all->factor[i]).indices & free_mask;
                if (mask[i] & bit)
                        right |= mask[i];
        }
        for (int i = 0; i < all->count; i++) {
                bool reads = survey_of(form, all->factor[i]).reads;

                if (mask[i] && (mask[i] & ~right) == 0) {
                        add_factor(&form->right, all, i);
                        right_reads |= reads;
                } else {
                        add_factor(&form->left, all, i);
                        left |= mask[i];
                        left_reads |= reads;
                }
        }
        if (!left_reads || !right_reads || !(left & ~right) || (left & bit))
                return false;
        if ((left | right) != (1u << form->statement->index_count) - 1)
                return false;
        pick_indices(form, left & right, &form->batch);
        pick_indices(form, left & ~right, &form->rows);
        pick_indices(form, right & ~left & ~bit, &form->columns);
        form->columns.index[form->columns.count++] = vector;
        form->vector = vector;
        return true;
}

/* --- one statement --------------------------------------------------------
 */

/* The index that runs along dimension d of the last output stored from the
 * tile. */
static const struct index *stored_index(const struct contraction_form *form,
                                        int d)
{
        for (int f = form->fused_count - 1; f >= 0; f--)
                if (form->fused[f].statement->target->role == TENSOR_OUT)
                        return contraction_tile_index(
                                form, form->fused[f].statement->target, d);
        return form->statement->subscript[d]->value.index;
}

static bool has_plain_ranges(const struct contraction_form *form)
{
        const struct statement *statement = form->statement;

        for (int i = 0; i < statement->index_count; i++)
                if (!is_plain_range(statement->index[i]))
                        return false;
        for (int i = 0; i < form->inner.count; i++)
                if (!is_plain_range(form->inner.index[i]))
                        return false;
        return true;
}

bool contraction_form_find(struct arena *arena,
                           const struct contraction_plan *plan,
                           const struct statement *statement,
                           struct contraction_form *form)
{
        struct factors factors = {0};
        struct survey survey;

        *form = (struct contraction_form){
                .statement = statement,
                .value = plan->value[statement->number],
                .dtype = vector_real(plan->spec),
        };
        if (statement->update != UPDATE_DEFINE || statement->index_count == 0)
                return false;
        survey = survey_of(form, form->value);
        if (survey.sums != 1 ||
            survey.sum->value.reduce.reduction != RED_SUM ||
            survey.sum->kind != KIND_REAL)
                return false;
        form->sum = survey.sum;
        form->inner.count = survey.sum->value.reduce.count;
        memcpy(form->inner.index, survey.sum->value.reduce.index,
               sizeof(form->inner.index));
        if (!has_plain_ranges(form))
                return false;
        collect_factors(&factors, survey.sum->arg[0], false);
        if (factors.failed || factors.all.count < 2)
                return false;
        contraction_find_fused(arena, plan, form);
        for (int d = statement->index_count - 1; d >= 0; d--)
                if (split_at(form, &factors.all, stored_index(form, d)))
                        return true;
        return false;
}

/* --- operands ------------------------------------------------------------ */

const struct read *contraction_plain_read(
        const struct contraction_operand *operand)
{
        const struct expr *factor = operand->factor[0];

        if (operand->count != 1 || operand->divides[0] || operand->negative ||
            factor->op != EXPR_READ || factor->value.read.safety == READ_ELSE)
                return NULL;
        return &factor->value.read;
}

bool contraction_is_contiguous(const struct contraction_operand *operand,
                               const struct index *index, int most)
{
        for (int i = 0; i < operand->count; i++)
                if (!vector_is_contiguous(operand->factor[i], index, most))
                        return false;
        return true;
}
