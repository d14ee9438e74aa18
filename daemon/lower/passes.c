/*
 * Finding the passes of a row kernel. Every condition here is about work:
 * a reduction that would be repeated for every element, or for rows that it
 * does not depend on, makes a kernel something else than a row kernel.
 */
#include "lower/passes.h"

#include <string.h>

#include "lower/lookup.h"
#include "lower/node.h"
#include "lower/pass_range.h"
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

/* --- the rows --- */

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
        return true;
}

/* --- reductions --- */

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

/* Positions among keys that may be NaN need more than a comparison. */
static bool has_nonfinite(const struct spec *spec)
{
        for (int i = 0; i < spec->tensor_count; i++)
                if (spec->tensor[i]->nonfinite)
                        return true;
        return false;
}

static void add_reduction(struct finder *finder, const struct expr *expr)
{
        struct passes *passes = finder->passes;
        struct pass_reduction *made;
        const struct expr *term;
        struct lookup search;
        int range = -1;

        if (find_reduction(passes, expr) >= 0)
                return;
        if (lookup_take(&search, expr) ||
            passes->reduction_count == PASSES_REDUCTIONS ||
            !depends_on_all_rows(passes, expr)) {
                finder->refused = true;
                return;
        }
        term = pass_range_rewrite(passes, expr->arg[0],
                                  expr->value.reduce.count,
                                  expr->value.reduce.index, &range);
        if (!term ||
            !vector_is_contiguous(term, &passes->range[range].index, 1) ||
            !vector_can(term, &passes->range[range].index) ||
            (is_position(expr->value.reduce.reduction) &&
             (expr->value.reduce.count > 1 || passes->row_count == 0 ||
              has_nonfinite(passes->spec)))) {
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

/* --- outputs --- */

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
                value = pass_range_rewrite(passes, value, inner,
                                           &s->index[passes->row_count],
                                           &output->range);
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

        for (int i = 0; i < passes->row_count; i++)
                to[i] = node_index(passes->arena, passes->row[i]);
        return rewrite_substitute(passes->arena, value, passes->row_count,
                                  statement->index, to);
}

/* --- passes --- */

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

/* --- labels --- */

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
        if (value && passes->one_pass)
                value = moments_apply(&passes->moments, passes->arena, value);
        if (value && inner > 0)
                value = pass_range_rewrite(passes, value, inner,
                                           &s->index[passes->row_count],
                                           &range);
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

/* --- all of it --- */

/* The items' values in the row indices of the first item. */
static bool find_values(struct passes *passes,
                        const struct expr *value[PLAN_ITEMS])
{
        const struct plan *plan = &passes->plan;

        for (int i = 0; i < plan->count; i++) {
                value[i] = in_rows(passes, plan->item[i].statement,
                                   plan->item[i].value);
                if (!value[i] ||
                    (!has_nonfinite(passes->spec) &&
                     !moments_find(&passes->moments, passes->arena, value[i])))
                        return false;
        }
        for (int i = 0; i < plan->count && passes->one_pass; i++) {
                value[i] = moments_apply(&passes->moments, passes->arena,
                                         value[i]);
                if (!value[i])
                        return false;
        }
        return true;
}

static bool find_all(struct passes *passes)
{
        struct finder finder = {passes, NULL, false};
        const struct expr *value[PLAN_ITEMS];

        if (reads_stored(&passes->plan) || !find_rows(passes) ||
            !find_values(passes, value))
                return false;
        for (int i = 0; i < passes->plan.count; i++) {
                const struct plan_item *item = &passes->plan.item[i];

                finder.statement = item->statement;
                collect(&finder, value[i], NULL);
                if (finder.refused || !add_output(passes, item, value[i]))
                        return false;
        }
        order_passes(passes);
        find_labels(passes);
        return passes->reduction_count > 0 &&
               passes->pass_count < PASSES_PASSES;
}

bool passes_find(struct passes *passes, struct arena *arena,
                 const struct spec *spec, bool one_pass)
{
        memset(passes, 0, sizeof *passes);
        passes->arena = arena;
        passes->spec = spec;
        passes->one_pass = one_pass;
        return plan_make(&passes->plan, arena, spec, PLAN_REDUCTIONS) &&
               find_all(passes);
}

bool passes_find_items(struct passes *passes, const struct plan *plan,
                       const struct plan_item *item, int count)
{
        memset(passes, 0, sizeof *passes);
        passes->arena = plan->arena;
        passes->spec = plan->spec;
        passes->plan = *plan;
        passes->plan.count = count;
        memcpy(passes->plan.item, item, (size_t)count * sizeof *item);
        passes->plan.alone = true;
        return find_all(passes);
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
