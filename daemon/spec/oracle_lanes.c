/* See oracle_lanes.h. */
#include "spec/oracle_lanes.h"

#include "spec/oracle_interval.h"

/* What one index would be as the lane of a statement. */
struct lane_search {
        const struct oracle_class *class;
        const struct statement *statement;
        const struct index *index;
        bool free;      /* no range depends on the index */
        bool supported; /* only sums, max and min */
        int contiguous; /* reads with the index in their unit dimension */
        int apart;      /* reads that use it otherwise */
};

/* The index plus something that does not change along the lanes. */
static bool steps_by_one(const struct expr *subscript,
                         const struct index *index)
{
        switch (subscript->op) {
        case EXPR_INDEX:
                return subscript->value.index == index;
        case EXPR_ADD:
                return steps_by_one(subscript->arg[0], index) !=
                       steps_by_one(subscript->arg[1], index);
        case EXPR_SUB:
                return steps_by_one(subscript->arg[0], index) &&
                       !oracle_mentions(subscript->arg[1], index);
        default:
                return false;
        }
}

static void search_ranges(struct lane_search *s, const struct expr *reduce)
{
        enum reduction reduction = reduce->value.reduce.reduction;
        struct oracle_interval interval;
        const struct index *k;

        /* Every lane would have an interval of its own. */
        if (oracle_interval_find(reduce, &interval))
                s->supported &= !interval.length &&
                                !oracle_mentions(interval.key, s->index);
        s->supported &= reduction == RED_SUM || reduction == RED_MAX ||
                        reduction == RED_MIN;
        for (int i = 0; i < reduce->value.reduce.count; i++) {
                k = reduce->value.reduce.index[i];
                s->free &= !oracle_mentions(k->lo, s->index) &&
                           !oracle_mentions(k->hi, s->index);
        }
}

static bool visit_lane(const struct expr *expr, void *data)
{
        struct lane_search *s = data;
        const struct read *read = &expr->value.read;
        int unit;

        if (expr->op == EXPR_REDUCE)
                search_ranges(s, expr);
        if (expr->op != EXPR_READ || !oracle_mentions(expr, s->index))
                return true;
        unit = s->class->unit[read->tensor->number];
        if (steps_by_one(read->subscript[unit], s->index))
                s->contiguous++;
        else
                s->apart++;
        return true;
}

/* Only what the reductions read counts: the rest is read once. */
static struct lane_search search(const struct oracle_class *class,
                                 const struct statement *statement, int d)
{
        const struct expr *list[LIMIT_RANK];
        struct lane_search s = {.class = class,
                                .statement = statement,
                                .index = statement->index[d],
                                .free = true,
                                .supported = true};
        int count = oracle_reductions(statement->value, list, LIMIT_RANK);

        s.supported = count <= LIMIT_RANK;
        for (int i = 0; i < count && i < LIMIT_RANK; i++)
                expr_walk(list[i], visit_lane, &s);
        return s;
}

static bool may_have_lanes(const struct statement *statement)
{
        const struct expr *list[1];

        return statement->update == UPDATE_DEFINE &&
               oracle_scan_dimension(statement) < 0 &&
               oracle_reductions(statement->value, list, 1) > 0 &&
               !oracle_has_conditional(statement->value);
}

int oracle_lane_dimension(const struct oracle_class *class,
                          const struct statement *statement, int *width)
{
        struct lane_search s;
        int best = -1, score, best_score = -1;

        *width = 1;
        if (!may_have_lanes(statement))
                return -1;
        for (int d = 0; d < statement->target->rank; d++) {
                s = search(class, statement, d);
                score = s.contiguous ? 2 : s.apart == 0 ? 0 : 1;
                if (!s.free || !s.supported || score < best_score)
                        continue;
                best = d;
                best_score = score;
                *width = score == 2 ? ORACLE_LANES : ORACLE_LANES_APART;
        }
        return best;
}

/* ---- layouts ---- */

struct layout_search {
        bool fixed[LIMIT_TENSORS]; /* must stay as it is */
};

/* Gathers and whole reads keep a tensor as it lies. */
static bool visit_fixed(const struct expr *expr, void *data)
{
        struct layout_search *layout = data;
        const struct read *read = &expr->value.read;

        if (expr->op != EXPR_READ)
                return true;
        if (expr->kind != KIND_REAL)
                layout->fixed[read->tensor->number] = true;
        for (int d = 0; d < read->tensor->rank; d++)
                if (oracle_reads_data(read->subscript[d]))
                        layout->fixed[read->tensor->number] = true;
        return true;
}

/* The dimension that should be contiguous for this index to be the lane, or
 * -1: the index stands in one subscript only, and the read is repeated for
 * some other index of the target. */
static int wanted_unit(const struct statement *statement,
                       const struct expr *expr, const struct index *index)
{
        const struct read *read = &expr->value.read;
        bool repeated = false;
        int wanted = -1;

        for (int d = 0; d < statement->index_count; d++)
                repeated |= !oracle_mentions(expr, statement->index[d]);
        for (int d = 0; d < read->tensor->rank && repeated; d++) {
                if (!oracle_mentions(read->subscript[d], index))
                        continue;
                if (wanted >= 0 || !steps_by_one(read->subscript[d], index))
                        return -1;
                wanted = d;
        }
        return wanted;
}

static void lay_out_contraction(struct oracle_class *class,
                                struct layout_search *layout,
                                const struct statement *statement,
                                const struct expr *reduce)
{
        const struct expr *factor[LIMIT_RANK];
        const struct index *index;
        struct lane_search s;
        int count, unit, t;

        if (!oracle_is_contraction(reduce, factor, &count))
                return;
        for (int d = statement->target->rank - 1; d >= 0; d--) {
                index = statement->index[d];
                s = search(class, statement, d);
                for (int i = 0; s.free && s.supported && i < count; i++) {
                        t = factor[i]->value.read.tensor->number;
                        unit = wanted_unit(statement, factor[i], index);
                        if (unit < 0 || layout->fixed[t])
                                continue;
                        class->unit[t] = unit;
                        layout->fixed[t] = true;
                        return;
                }
        }
}

void oracle_choose_layout(struct oracle_class *class)
{
        const struct spec *spec = class->spec;
        const struct statement *statement;
        const struct expr *list[LIMIT_RANK];
        struct layout_search layout = {{false}};
        int count, width;

        for (int t = 0; t < spec->tensor_count; t++)
                class->unit[t] = spec->tensor[t]->rank - 1;
        for (int s = 0; s < spec->statement_count; s++) {
                statement = spec->statement[s];
                expr_walk(statement->value, visit_fixed, &layout);
                layout.fixed[statement->target->number] |=
                        statement->target->role != TENSOR_INTERMEDIATE ||
                        statement->update != UPDATE_DEFINE;
                if (oracle_init_tensor(statement->target))
                        layout.fixed[oracle_init_tensor(statement->target)
                                             ->number] = true;
        }
        for (int s = 0; s < spec->statement_count; s++) {
                statement = spec->statement[s];
                if (oracle_lane_dimension(class, statement, &width) < 0 ||
                    width == ORACLE_LANES)
                        continue;
                count = oracle_reductions(statement->value, list, LIMIT_RANK);
                for (int i = 0; i < count && i < LIMIT_RANK; i++)
                        lay_out_contraction(class, &layout, statement,
                                            list[i]);
        }
}
