/*
 * Finding the passes of a row kernel. Every condition here is about work:
 * a reduction that would be repeated for every element, or for rows that it
 * does not depend on, makes a kernel something else than a row kernel.
 */
#include "lower/passes.h"

#include <string.h>

#include "lower/rewrite.h"

/* Reductions around the expression that is looked at. */
struct around {
        const struct index *index;
        const struct around *outer;
};

struct finder {
        struct passes *passes;
        const struct statement *statement;
        bool refused;
};

/* --- the rows
 * ---------------------------------------------------------------- */

static void widen_rows(const struct statement *s, const struct expr *expr,
                       int *rows)
{
        if (expr->op == EXPR_REDUCE) {
                for (int i = *rows; i < s->index_count; i++)
                        if (vector_depends(expr, s->index[i]))
                                *rows = i + 1;
                return;
        }
        for (int i = 0; i < expr->count; i++)
                widen_rows(s, expr->arg[i], rows);
}

static bool visit_defined(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_READ && expr->value.read.tensor->defined_by)
                *found = true;
        return !*found;
}

/* Does a value read what another statement stores? Rows would have to wait
 * for each other. */
static bool reads_stored(const struct plan *plan)
{
        bool found = false;

        for (int i = 0; i < plan->count && !found && !plan->alone; i++)
                if (plan->item[i].value)
                        expr_walk(plan->item[i].value, visit_defined, &found);
        return found;
}

/* How many leading indices reductions depend on; 0: none. */
static bool find_rows(struct passes *passes)
{
        const struct plan *plan = &passes->plan;
        const struct statement *first;
        int rows = 0;

        for (int i = 0; i < plan->count; i++)
                if (plan->item[i].value)
                        widen_rows(plan->item[i].statement,
                                   plan->item[i].value, &rows);
        passes->row_count = rows;
        first = plan->item[0].statement;
        for (int i = 0; i < plan->count; i++) {
                const struct statement *s = plan->item[i].statement;

                if (!plan->item[i].value || s->index_count < rows)
                        return false;
                for (int k = 0; k < rows; k++)
                        if (!rewrite_same_range(s->index[k], first->index[k]))
                                return false;
        }
        for (int k = 0; k < rows; k++)
                passes->row[k] = first->index[k];
        return rows > 0;
}

/* --- ranges
 * ------------------------------------------------------------------- */

static bool visit_ragged(const struct expr *expr, void *data)
{
        bool *ragged = data;

        if (expr->op == EXPR_INDEX || expr->op == EXPR_READ)
                *ragged = true;
        return !*ragged;
}

static struct expr *new_expr(struct passes *passes, enum expr_op op, int count)
{
        struct expr *expr = arena_alloc(passes->arena, sizeof *expr);

        if (!expr)
                return NULL;
        expr->op = op;
        expr->kind = KIND_INTEGER;
        expr->count = count;
        return expr;
}

/* The product of the indices' ends; they start at 0. */
static const struct expr *length_of(struct passes *passes, int count,
                                    const struct index *const *index)
{
        const struct expr *product = index[0]->hi;

        for (int i = 1; i < count; i++) {
                struct expr *mul = new_expr(passes, EXPR_MUL, 2);

                if (!mul)
                        return NULL;
                mul->arg[0] = product;
                mul->arg[1] = index[i]->hi;
                product = mul;
        }
        return product;
}

static bool same_bounds(const struct index *a, const struct index *b)
{
        return rewrite_equal(a->lo, b->lo) && rewrite_equal(a->hi, b->hi);
}

/* Is this a range that is known already? */
static int find_range(const struct passes *passes,
                      const struct pass_range *range)
{
        for (int i = 0; i < passes->range_count; i++) {
                const struct pass_range *known = &passes->range[i];
                bool same = known->outer_count == range->outer_count &&
                            same_bounds(&known->index, &range->index);

                for (int k = 0; same && k < range->outer_count; k++)
                        same = same_bounds(&known->outer[k], &range->outer[k]);
                if (same)
                        return i;
        }
        return -1;
}

/* Number the indices of a new range and keep it; -1: too many. */
static int add_range(struct passes *passes, struct pass_range *range)
{
        int first = passes->spec->index_count +
                    passes->range_count * (PASSES_OUTER + 1);

        if (passes->range_count == PASSES_RANGES)
                return -1;
        range->index.number = first;
        expr_walk(range->index.lo, visit_ragged, &range->ragged);
        expr_walk(range->index.hi, visit_ragged, &range->ragged);
        for (int k = 0; k < range->outer_count; k++) {
                range->outer[k].number = first + 1 + k;
                expr_walk(range->outer[k].lo, visit_ragged, &range->ragged);
                expr_walk(range->outer[k].hi, visit_ragged, &range->ragged);
        }
        passes->range[passes->range_count] = *range;
        return passes->range_count++;
}

/* How many of the last indices walk through memory together in expr. */
static int together(const struct expr *expr, int count,
                    const struct index *const *index)
{
        for (int first = 0; first < count - 1; first++)
                if (plan_runs_together(expr, count - first, &index[first]))
                        return count - first;
        return 1;
}

static const struct expr *use_of(struct passes *passes,
                                 const struct index *index)
{
        struct expr *use = new_expr(passes, EXPR_INDEX, 0);

        if (use)
                use->value.index = index;
        return use;
}

/* Do bounds of these indices depend on one of them? */
static bool is_nested(int count, const struct index *const *index)
{
        for (int i = 0; i < count; i++)
                for (int k = 0; k < count; k++)
                        if (vector_depends(index[i]->lo, index[k]) ||
                            vector_depends(index[i]->hi, index[k]))
                                return true;
        return false;
}

/*
 * expr, which runs over `count` indices, in the indices of one range: the
 * last ones run together where they can, their last one carrying the number
 * and the others 0. NULL when memory or ranges are out; *range tells which.
 */
static const struct expr *in_range(struct passes *passes,
                                   const struct expr *expr, int count,
                                   const struct index *const *index,
                                   int *range)
{
        int inner = together(expr, count, index), outer = count - inner;
        const struct expr *to[LIMIT_RANK];
        struct pass_range made = {.outer_count = outer};
        struct expr *zero = new_expr(passes, EXPR_INTEGER, 0);

        if (!zero || outer > PASSES_OUTER || is_nested(count, index))
                return NULL;
        for (int k = 0; k < outer; k++)
                made.outer[k] = *index[k];
        made.index = *index[count - 1];
        if (inner > 1) {
                made.index.name = "e";
                made.index.hi = length_of(passes, inner, &index[outer]);
        }
        if (!made.index.hi)
                return NULL;
        *range = find_range(passes, &made);
        if (*range < 0)
                *range = add_range(passes, &made);
        if (*range < 0)
                return NULL;
        for (int k = 0; k < count; k++) {
                const struct pass_range *r = &passes->range[*range];

                to[k] = k < outer       ? use_of(passes, &r->outer[k])
                        : k < count - 1 ? zero
                                        : use_of(passes, &r->index);
                if (!to[k])
                        return NULL;
        }
        return rewrite_substitute(passes->arena, expr, count, index, to);
}

/* --- terms
 * ---------------------------------------------------------------------- */

/* Subscript `index` itself, plus or minus what does not depend on it. */
static bool is_shifted(const struct expr *s, const struct index *index)
{
        if (s->op == EXPR_INDEX)
                return true;
        if (s->op == EXPR_ADD && !vector_depends(s->arg[0], index))
                return is_shifted(s->arg[1], index);
        return (s->op == EXPR_ADD || s->op == EXPR_SUB) &&
               !vector_depends(s->arg[1], index) &&
               is_shifted(s->arg[0], index);
}

struct strides {
        const struct index *index;
        bool refused;
};

static bool visit_stride(const struct expr *expr, void *data)
{
        struct strides *strides = data;
        const struct read *read = &expr->value.read;

        if (expr->op != EXPR_READ)
                return !strides->refused;
        for (int d = 0; d < read->tensor->rank; d++) {
                const struct expr *s = read->subscript[d];

                if (vector_depends(s, strides->index) &&
                    (d < read->tensor->rank - 1 ||
                     !is_shifted(s, strides->index)))
                        strides->refused = true;
        }
        return !strides->refused;
}

bool passes_is_contiguous(const struct expr *expr, const struct index *index)
{
        struct strides strides = {index, false};

        expr_walk(expr, visit_stride, &strides);
        return !strides.refused;
}

/* --- reductions
 * ------------------------------------------------------------------- */

static bool is_inside(const struct expr *expr, const struct around *around)
{
        for (; around; around = around->outer)
                if (vector_depends(expr, around->index))
                        return true;
        return false;
}

static bool depends_on_inner(const struct finder *finder,
                             const struct expr *expr)
{
        const struct statement *s = finder->statement;

        for (int i = finder->passes->row_count; i < s->index_count; i++)
                if (vector_depends(expr, s->index[i]))
                        return true;
        return false;
}

static bool depends_on_all_rows(const struct passes *passes,
                                const struct expr *expr)
{
        for (int i = 0; i < passes->row_count; i++)
                if (!vector_depends(expr, passes->row[i]))
                        return false;
        return true;
}

static int find_reduction(const struct passes *passes, const struct expr *key)
{
        for (int i = 0; i < passes->reduction_count; i++)
                if (rewrite_equal(passes->reduction[i].key, key))
                        return i;
        return -1;
}

struct levels {
        const struct passes *passes;
        int level;
};

static bool visit_level(const struct expr *expr, void *data)
{
        struct levels *levels = data;
        int found;

        if (expr->op != EXPR_REDUCE)
                return true;
        found = find_reduction(levels->passes, expr);
        if (found >= 0 &&
            levels->passes->reduction[found].level > levels->level)
                levels->level = levels->passes->reduction[found].level;
        return true;
}

/* The highest level of the reductions in expr; 0: none. */
static int level_of(const struct passes *passes, const struct expr *expr)
{
        struct levels levels = {passes, 0};

        expr_walk(expr, visit_level, &levels);
        return levels.level;
}

static bool is_position(enum reduction reduction)
{
        return reduction == RED_ARGMAX || reduction == RED_ARGMIN;
}

static void add_reduction(struct finder *finder, const struct expr *expr)
{
        struct passes *passes = finder->passes;
        struct pass_reduction *made;
        const struct expr *term;
        int range = -1;

        if (find_reduction(passes, expr) >= 0)
                return;
        if (passes->reduction_count == PASSES_REDUCTIONS ||
            !depends_on_all_rows(passes, expr)) {
                finder->refused = true;
                return;
        }
        term = in_range(passes, expr->arg[0], expr->value.reduce.count,
                        expr->value.reduce.index, &range);
        if (!term ||
            !passes_is_contiguous(term, &passes->range[range].index) ||
            !vector_can(term, &passes->range[range].index) ||
            (is_position(expr->value.reduce.reduction) &&
             expr->value.reduce.count > 1)) {
                finder->refused = true;
                return;
        }
        term = plan_reciprocals(passes->arena, term,
                                &passes->range[range].index);
        if (!term) {
                finder->refused = true;
                return;
        }
        made = &passes->reduction[passes->reduction_count];
        made->key = expr;
        made->term = term;
        made->range = range;
        made->level = 1 + level_of(passes, term);
        passes->reduction_count++;
}

/* Inner reductions before the outer ones that need them. */
static void collect(struct finder *finder, const struct expr *expr,
                    const struct around *around)
{
        if (finder->refused)
                return;
        if (expr->op == EXPR_READ) {
                const struct read *read = &expr->value.read;

                for (int i = 0; i < read->tensor->rank; i++)
                        collect(finder, read->subscript[i], around);
                if (read->fallback)
                        collect(finder, read->fallback, around);
        }
        if (expr->op != EXPR_REDUCE) {
                for (int i = 0; i < expr->count; i++)
                        collect(finder, expr->arg[i], around);
                return;
        }
        if (depends_on_inner(finder, expr)) {
                finder->refused = true;
                return;
        }
        struct around inner[LIMIT_RANK];

        for (int i = 0; i < expr->value.reduce.count; i++) {
                inner[i].index = expr->value.reduce.index[i];
                inner[i].outer = i ? &inner[i - 1] : around;
        }
        collect(finder, expr->arg[0], &inner[expr->value.reduce.count - 1]);
        if (!finder->refused && !is_inside(expr, around))
                add_reduction(finder, expr);
}

/* --- outputs
 * ------------------------------------------------------------------------ */

static bool add_output(struct passes *passes, const struct plan_item *item,
                       const struct expr *value)
{
        struct pass_output *output = &passes->output[passes->output_count];
        const struct statement *s = item->statement;
        int inner = s->index_count - passes->row_count;

        output->item = item;
        output->value = value;
        output->range = -1;
        output->pass = -1;
        if (inner > 0) {
                value = in_range(passes, value, inner,
                                 &s->index[passes->row_count], &output->range);
                if (!value ||
                    !vector_can(value, &passes->range[output->range].index))
                        return false;
                value = plan_reciprocals(passes->arena, value,
                                         &passes->range[output->range].index);
                if (!value)
                        return false;
                output->value = value;
        }
        passes->output_count++;
        return true;
}

/* The item's value in the row indices of the first item. */
static const struct expr *in_rows(struct passes *passes,
                                  const struct statement *statement,
                                  const struct expr *value)
{
        const struct expr *to[LIMIT_RANK];

        for (int i = 0; i < passes->row_count; i++) {
                to[i] = use_of(passes, passes->row[i]);
                if (!to[i])
                        return NULL;
        }
        return rewrite_substitute(passes->arena, value, passes->row_count,
                                  statement->index, to);
}

/* --- passes
 * ---------------------------------------------------------------------------
 */

static int find_pass(const struct passes *passes, int level, int range)
{
        for (int i = 0; i < passes->pass_count; i++)
                if (passes->pass[i].level == level &&
                    passes->pass[i].range == range)
                        return i;
        return -1;
}

static void add_pass(struct passes *passes, int level, int range)
{
        if (find_pass(passes, level, range) >= 0 ||
            passes->pass_count == PASSES_PASSES)
                return;
        passes->pass[passes->pass_count].level = level;
        passes->pass[passes->pass_count++].range = range;
}

int passes_of_reduction(const struct passes *passes, int reduction)
{
        return find_pass(passes, passes->reduction[reduction].level,
                         passes->reduction[reduction].range);
}

/* In the order of levels; stores ride with the first pass that may. */
static void order_passes(struct passes *passes)
{
        for (int level = 1; level <= PASSES_REDUCTIONS; level++)
                for (int i = 0; i < passes->reduction_count; i++)
                        if (passes->reduction[i].level == level)
                                add_pass(passes, level,
                                         passes->reduction[i].range);
        for (int i = 0; i < passes->output_count; i++) {
                struct pass_output *output = &passes->output[i];
                int level = level_of(passes, output->value);

                if (output->range < 0)
                        continue;
                for (int k = passes->pass_count - 1; k >= 0; k--)
                        if (passes->pass[k].range == output->range &&
                            passes->pass[k].level > level)
                                output->pass = k;
                if (output->pass < 0) {
                        add_pass(passes, PASSES_REDUCTIONS + 1, output->range);
                        output->pass = find_pass(passes, PASSES_REDUCTIONS + 1,
                                                 output->range);
                }
        }
}

/* --- labels */

static void add_label(struct passes *passes, const struct statement *s)
{
        struct pass_label *label = &passes->label[passes->label_count];
        const struct expr *value;
        int range, inner = s->index_count - passes->row_count;

        if (passes->label_count == PASSES_LABELS || inner < 0)
                return;
        for (int k = 0; k < passes->row_count; k++)
                if (!rewrite_same_range(s->index[k], passes->row[k]))
                        return;
        value = plan_inlined(&passes->plan, s->value);
        if (value)
                value = in_rows(passes, s, value);
        if (value && inner > 0)
                value = in_range(passes, value, inner,
                                 &s->index[passes->row_count], &range);
        if (!value)
                return;
        label->value = value;
        label->name = s->target->name;
        passes->label_count++;
}

/* What people called the values that were inlined. */
static void find_labels(struct passes *passes)
{
        const struct spec *spec = passes->spec;

        for (int i = 0; i < spec->statement_count; i++)
                if (spec->statement[i]->update == UPDATE_DEFINE &&
                    spec->statement[i]->target->role != TENSOR_OUT)
                        add_label(passes, spec->statement[i]);
}

/* --- all of it */

static bool find_all(struct passes *passes)
{
        struct finder finder = {passes, NULL, false};

        if (reads_stored(&passes->plan) || !find_rows(passes))
                return false;
        for (int i = 0; i < passes->plan.count; i++) {
                const struct plan_item *item = &passes->plan.item[i];
                const struct expr *value =
                        in_rows(passes, item->statement, item->value);

                if (!value)
                        return false;
                finder.statement = item->statement;
                collect(&finder, value, NULL);
                if (finder.refused || !add_output(passes, item, value))
                        return false;
        }
        order_passes(passes);
        find_labels(passes);
        return passes->reduction_count > 0 &&
               passes->pass_count < PASSES_PASSES;
}

bool passes_find(struct passes *passes, struct arena *arena,
                 const struct spec *spec)
{
        memset(passes, 0, sizeof *passes);
        passes->arena = arena;
        passes->spec = spec;
        return plan_make(&passes->plan, arena, spec, true) && find_all(passes);
}

bool passes_find_item(struct passes *passes, const struct plan *plan,
                      const struct plan_item *item)
{
        memset(passes, 0, sizeof *passes);
        passes->arena = plan->arena;
        passes->spec = plan->spec;
        passes->plan = *plan;
        passes->plan.count = 1;
        passes->plan.item[0] = *item;
        passes->plan.alone = true;
        return find_all(passes);
}

/* --- staging
 * -----------------------------------------------------------------------------
 */

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

int64_t passes_length(const struct passes *passes, int range,
                      const struct binding *workload)
{
        const struct pass_range *r = &passes->range[range];

        int64_t length;

        if (r->ragged)
                return 1;
        length = plan_value(r->index.hi, workload) -
                 plan_value(r->index.lo, workload);
        for (int k = 0; k < r->outer_count; k++)
                length *= plan_value(r->outer[k].hi, workload) -
                          plan_value(r->outer[k].lo, workload);
        return length;
}
