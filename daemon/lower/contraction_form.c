/*
 * Recognise contractions; see contraction_form.h.
 *
 * Index sets are bit masks over the statement's own indices (low half) and
 * the reduced ones (high half), so that the classification reads like the
 * definition. Nothing here knows about schedules or code.
 */
#include "lower/contraction_form.h"

#include <string.h>

enum { MASK_REDUCED = 16 };

/* What a walk over an expression found. */
struct survey {
        const struct contraction_form *form;
        uint32_t indices;       /* of the statement and the sum */
        int sums;               /* EXPR_REDUCE nodes */
        const struct expr *sum; /* the last of them */
        bool reads, any_index;
};

static uint32_t index_bit(const struct contraction_form *form,
                          const struct index *index)
{
        const struct statement *statement = form->statement;

        for (int i = 0; i < statement->index_count; i++)
                if (statement->index[i] == index)
                        return 1u << i;
        for (int i = 0; form->sum && i < form->sum->value.reduce.count; i++)
                if (form->sum->value.reduce.index[i] == index)
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

bool contraction_is_elementwise(const struct expr *expr)
{
        static const struct statement none;
        struct contraction_form form = {.statement = &none};

        return survey_of(&form, expr).sums == 0;
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

/* --- factors ------------------------------------------------------------ */

struct factors {
        struct contraction_operand all;
        bool failed;
};

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

/* --- fused statements -----------------------------------------------------
 */

struct fusion {
        const struct contraction_form *form;
        struct contraction_fused *fused;
        const struct statement *statement;
        bool mapped, fits;
};

bool contraction_form_fuses(const struct contraction_form *form, int s)
{
        for (int i = 0; i < form->fused_count; i++)
                if (form->fused[i].statement->number == s)
                        return true;
        return false;
}

/* The contraction's index that subscript d of a fused tensor stands for. */
static const struct index *tile_index(const struct contraction_form *form,
                                      const struct tensor *tensor, int d)
{
        const struct expr *subscript = tensor->defined_by->subscript[d];
        const struct index *index = subscript->value.index;

        for (int f = 0; f < form->fused_count; f++) {
                const struct contraction_fused *fused = &form->fused[f];

                if (fused->statement != tensor->defined_by)
                        continue;
                for (int i = 0; i < fused->statement->index_count; i++)
                        if (fused->statement->index[i] == index)
                                return fused->index[i];
        }
        return index;
}

/* One read of a tile's tensor: every subscript a bare index, and the same
 * correspondence as in every other read. */
static bool map_read(struct fusion *fusion, const struct read *read)
{
        const struct statement *statement = fusion->statement;
        int found = 0;

        for (int d = 0; d < read->tensor->rank; d++) {
                const struct expr *subscript = read->subscript[d];
                const struct index *tile;
                int i = 0;

                if (subscript->op != EXPR_INDEX)
                        return false;
                while (i < statement->index_count &&
                       statement->index[i] != subscript->value.index)
                        i++;
                if (i == statement->index_count)
                        return false;
                tile = tile_index(fusion->form, read->tensor, d);
                if (fusion->fused->index[i] && fusion->fused->index[i] != tile)
                        return false;
                found += !fusion->fused->index[i];
                fusion->fused->index[i] = tile;
        }
        return fusion->mapped ? found == 0 : found == statement->index_count;
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
            contraction_form_fuses(fusion->form, defined->number)) {
                fusion->fits = map_read(fusion, &expr->value.read);
                fusion->mapped = true;
        } else if (defined->number > fusion->form->statement->number) {
                fusion->fits = false;
        }
        return fusion->fits;
}

/* Equal trees over sizes; polynomials written differently count as
 * different, which only costs a fusion. */
static bool same_extent(const struct expr *a, const struct expr *b)
{
        if (a->op != b->op || a->count != b->count)
                return false;
        if (a->op == EXPR_INTEGER && a->value.integer != b->value.integer)
                return false;
        if (a->op == EXPR_SIZE && a->value.size != b->value.size)
                return false;
        for (int i = 0; i < a->count; i++)
                if (!same_extent(a->arg[i], b->arg[i]))
                        return false;
        return a->op != EXPR_READ && a->op != EXPR_INDEX;
}

/* Every element of the tile is an element of the statement's target. */
static bool same_ranges(const struct contraction_fused *fused)
{
        for (int i = 0; i < fused->statement->index_count; i++) {
                const struct index *own = fused->statement->index[i];

                if (!same_extent(own->lo, fused->index[i]->lo) ||
                    !same_extent(own->hi, fused->index[i]->hi))
                        return false;
        }
        return true;
}

static void find_fused(const struct spec *spec, struct contraction_form *form)
{
        for (int s = form->statement->number + 1; s < spec->statement_count;
             s++) {
                struct contraction_fused *fused =
                        &form->fused[form->fused_count];
                struct fusion fusion = {
                        .form = form,
                        .fused = fused,
                        .statement = spec->statement[s],
                        .fits = true,
                };

                if (form->fused_count == CONTRACTION_FUSED)
                        break;
                *fused = (struct contraction_fused){
                        .statement = spec->statement[s]};
                if (spec->statement[s]->update != UPDATE_DEFINE ||
                    spec->statement[s]->index_count !=
                            form->statement->index_count)
                        continue;
                expr_walk(spec->statement[s]->value, fusion_visit, &fusion);
                if (fusion.fits && fusion.mapped && same_ranges(fused))
                        form->fused_count++;
        }
}

/* --- the whole ------------------------------------------------------------
 */

/* The index that runs fastest in the last tensor stored from the tile. */
static const struct index *stored_index(const struct contraction_form *form,
                                        int d)
{
        for (int f = form->fused_count - 1; f >= 0; f--) {
                const struct statement *last = form->fused[f].statement;

                if (last->target->role != TENSOR_OUT)
                        continue;
                return tile_index(form, last->target, d);
        }
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

static enum dtype accumulator(const struct spec *spec)
{
        for (int t = 0; t < spec->tensor_count; t++)
                if (spec->tensor[t]->dtype == DTYPE_F64)
                        return DTYPE_F64;
        return DTYPE_F32;
}

bool contraction_form_find(const struct spec *spec,
                           const struct statement *statement,
                           struct contraction_form *form)
{
        struct factors factors = {0};
        struct survey survey;

        *form = (struct contraction_form){.statement = statement};
        if (statement->update != UPDATE_DEFINE || statement->index_count == 0)
                return false;
        survey = survey_of(form, statement->value);
        if (survey.sums != 1 ||
            survey.sum->value.reduce.reduction != RED_SUM ||
            survey.sum->kind != KIND_REAL)
                return false;
        form->sum = survey.sum;
        form->inner.count = survey.sum->value.reduce.count;
        memcpy(form->inner.index, survey.sum->value.reduce.index,
               sizeof(form->inner.index));
        form->dtype = accumulator(spec);
        if (!has_plain_ranges(form))
                return false;
        collect_factors(&factors, survey.sum->arg[0], false);
        if (factors.failed || factors.all.count < 2)
                return false;
        find_fused(spec, form);
        for (int d = statement->index_count - 1; d >= 0; d--)
                if (split_at(form, &factors.all, stored_index(form, d)))
                        return true;
        return false;
}

bool contraction_form_exists(const struct spec *spec)
{
        struct contraction_form form;

        for (int s = 0; s < spec->statement_count; s++)
                if (contraction_form_find(spec, spec->statement[s], &form))
                        return true;
        return false;
}

bool contraction_is_contiguous(const struct contraction_operand *operand,
                               const struct index *index)
{
        const struct expr *factor = operand->factor[0], *last;

        if (operand->count != 1 || operand->divides[0] || operand->negative ||
            factor->op != EXPR_READ || factor->value.read.tensor->rank == 0)
                return false;
        last = factor->value.read
                       .subscript[factor->value.read.tensor->rank - 1];
        return last->op == EXPR_INDEX && last->value.index == index;
}
