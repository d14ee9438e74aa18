/*
 * How much work a planned box is: operations counted by the form of the
 * statements and the average lengths of their ranges (oracle_plan.h).
 */
#include <math.h>

#include "spec/oracle_interval.h"
#include "spec/oracle_plan.h"

static double middle(struct oracle_span span)
{
        return 0.5 * ((double)span.low + (double)span.high);
}

/* off[b]..off[b + 1]: the rows share the whole. */
static const struct tensor *ragged(const struct index *index)
{
        const struct expr *lo = index->lo, *hi = index->hi;

        if (lo->op != EXPR_READ || hi->op != EXPR_READ ||
            lo->value.read.tensor != hi->value.read.tensor ||
            !lo->value.read.tensor->offsets)
                return NULL;
        return lo->value.read.tensor;
}

/* How many turns the loop over an index takes on average. */
static double turns(const struct oracle_plan *plan, const struct index *index)
{
        const struct tensor *offsets = ragged(index);
        double rows, total;

        if (offsets) {
                rows = (double)plan
                               ->extent[offsets->number][offsets->rank - 1] -
                       1;
                total = (double)spec_eval_size(offsets->offsets,
                                               plan->binding);
                return total / (rows > 1 ? rows : 1);
        }
        total = middle(oracle_plan_promise(plan, index->hi)) -
                middle(oracle_plan_promise(plan, index->lo));
        return total < 0 || total >= 0x1p59 ? 1 : total;
}

struct keys {
        const struct oracle_plan *plan;
        double count;
};

static bool visit_keys(const struct expr *expr, void *data)
{
        const struct oracle_span *span;
        struct keys *keys = data;

        if (expr->op == EXPR_INDEX) {
                span = &keys->plan->index[expr->value.index->number];
                keys->count *= (double)(span->high - span->low) + 1;
        }
        return true;
}

/* Terms and steps of an interval of a sorted input: the keys share its
 * entries. */
static double interval_turns(const struct oracle_plan *plan,
                             const struct oracle_interval *interval,
                             double entries)
{
        struct keys keys = {plan, 1};
        double steps = log2(entries + 1);

        if (interval->length || entries < 1)
                return steps;
        expr_walk(interval->key, visit_keys, &keys);
        return fmax(steps, entries / fmax(keys.count, 1));
}

static struct oracle_work work_of(struct oracle_plan *plan,
                                  const struct expr *expr,
                                  const struct index *scan)
{
        struct oracle_work work = {0}, part;
        struct oracle_interval interval;
        const struct expr *factor[LIMIT_RANK];
        double times = 1;
        int factors;

        if (expr->op == EXPR_READ) {
                if (expr->value.read.safety == READ_ELSE)
                        work = work_of(plan, expr->value.read.fallback, NULL);
                return work;
        }
        if (expr->op == EXPR_REDUCE) {
                for (int i = 0; i < expr->value.reduce.count; i++) {
                        oracle_plan_open_index(plan,
                                               expr->value.reduce.index[i]);
                        times *= turns(plan, expr->value.reduce.index[i]);
                }
                if (scan && oracle_is_running(expr, scan))
                        times = 1;
                else if (oracle_interval_find(expr, &interval))
                        times = interval_turns(plan, &interval, times);
        }
        for (int i = 0; i < expr->count; i++) {
                part = work_of(plan, expr->arg[i],
                               expr->op == EXPR_REDUCE ? NULL : scan);
                work.operations += times * part.operations;
                work.multiply_adds += times * part.multiply_adds;
        }
        if (expr->count > 0)
                work.operations += times;
        if (expr_selects(expr))
                work.operations += times * log2(times + 1);
        if (oracle_is_contraction(expr, factor, &factors))
                work.multiply_adds += times * (factors - 1);
        return work;
}

struct oracle_work oracle_plan_work(struct oracle_plan *plan,
                                    const struct statement *statement)
{
        double times = 1;
        int scan = plan->no_scans ? -1 : oracle_scan_dimension(statement);
        int rank = oracle_rank_dimension(statement);
        struct oracle_work work;

        oracle_plan_open_statement(plan, statement);
        work = work_of(plan, statement->value,
                       scan >= 0 ? statement->index[scan] : NULL);
        for (int i = 0; i < statement->index_count; i++)
                if (i == rank)
                        continue; /* one list serves all ranks */
                else if (statement->update == UPDATE_DEFINE)
                        times *= (double)(plan->index[statement->index[i]
                                                              ->number]
                                                  .high -
                                          plan->index[statement->index[i]
                                                              ->number]
                                                  .low +
                                          1);
                else
                        times *= turns(plan, statement->index[i]);
        if (statement->update != UPDATE_DEFINE &&
            statement->update != UPDATE_SCATTER)
                work.operations += 1;
        work.operations *= times;
        work.multiply_adds *= times;
        return work;
}

double oracle_plan_operations(struct oracle_plan *plan)
{
        const struct statement *statement;
        double sum = 0;

        for (int s = 0; s < plan->spec->statement_count; s++) {
                statement = plan->spec->statement[s];
                if (plan->need[statement->target->number].needed)
                        sum += oracle_plan_work(plan, statement).operations +
                               (double)oracle_plan_elements(plan,
                                                            statement->target);
        }
        return sum;
}
