/*
 * Finding prefixes in a definition, and what both ways of computing them
 * share. A reduction is a prefix when its range is 0..j or 0..j + 1 for an
 * index j of the statement and its term does not depend on j; whatever else
 * the value holds must be fit for lanes.
 */
#include "lower/prefix_inner.h"

#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "lower/rewrite.h"

/* --- what is a prefix --- */

static bool is_literal(const struct expr *expr, int64_t value)
{
        return expr->op == EXPR_INTEGER && expr->value.integer == value;
}

/* j of the range 0..j or 0..j + 1, or NULL. */
static const struct index *range_axis(const struct index *range,
                                      bool *exclusive)
{
        const struct expr *high = range->hi;

        if (!is_literal(range->lo, 0))
                return NULL;
        *exclusive = high->op == EXPR_INDEX;
        if (*exclusive)
                return high->value.index;
        if (high->op != EXPR_ADD)
                return NULL;
        if (high->arg[0]->op == EXPR_INDEX && is_literal(high->arg[1], 1))
                return high->arg[0]->value.index;
        if (high->arg[1]->op == EXPR_INDEX && is_literal(high->arg[0], 1))
                return high->arg[1]->value.index;
        return NULL;
}

static bool has_operation(enum reduction op)
{
        return op == RED_SUM || op == RED_PROD || op == RED_MAX ||
               op == RED_MIN;
}

static int position_of(const struct statement *s, const struct index *index)
{
        for (int i = 0; i < s->index_count; i++)
                if (s->index[i]->number == index->number)
                        return i;
        return -1;
}

/* Take expr when it is a prefix that goes with those found so far. */
static bool add_prefix(struct prefix *prefix, const struct expr *expr)
{
        const struct statement *s = prefix->item->statement;
        const struct index *axis, *k = expr->value.reduce.index[0];
        bool exclusive;
        int at;

        if (expr->value.reduce.count != 1 || expr->kind == KIND_BOOLEAN ||
            !has_operation(expr->value.reduce.reduction))
                return false;
        axis = range_axis(k, &exclusive);
        at = axis ? position_of(s, axis) : -1;
        if (at < 0 || vector_depends(expr->arg[0], axis) ||
            !vector_can(expr->arg[0], k))
                return false;
        if (prefix->count &&
            (prefix->axis != at || prefix->exclusive != exclusive))
                return false;
        for (int i = 0; i < prefix->count; i++)
                if (rewrite_equal(prefix->reduction[i], expr))
                        return true;
        if (prefix->count == PREFIX_REDUCTIONS)
                return false;
        prefix->axis = at;
        prefix->exclusive = exclusive;
        prefix->reduction[prefix->count++] = expr;
        return true;
}

/* Does some reduction in expr run as far as an index of the statement? */
struct far {
        const struct statement *statement;
        bool found;
};

static bool visit_far(const struct expr *expr, void *data)
{
        struct far *far = data;
        bool exclusive;

        if (expr->op == EXPR_REDUCE && expr->value.reduce.count == 1) {
                const struct index *axis =
                        range_axis(expr->value.reduce.index[0], &exclusive);

                if (axis && position_of(far->statement, axis) >= 0)
                        far->found = true;
        }
        return !far->found;
}

static bool holds_prefix(const struct statement *s, const struct expr *expr)
{
        struct far far = {s, false};

        expr_walk(expr, visit_far, &far);
        return far.found;
}

static bool collect(struct prefix *prefix, const struct expr *expr,
                    const struct index *lanes)
{
        const struct statement *s = prefix->item->statement;

        if (!holds_prefix(s, expr))
                return vector_can(expr, lanes);
        if (expr->op == EXPR_REDUCE)
                return add_prefix(prefix, expr);
        /* A subscript is looked at by reads alone, a divisor of integers by
         * vector_can. */
        if (expr->op == EXPR_READ || expr->op == EXPR_FLOOR_DIV ||
            expr->op == EXPR_FLOOR_MOD ||
            (expr->op == EXPR_CALL && expr->kind == KIND_INTEGER))
                return false;
        for (int i = 0; i < expr->count; i++)
                if (!collect(prefix, expr->arg[i], lanes))
                        return false;
        return true;
}

/* Lanes across the axis: may the terms be lowered with the last index in
 * them? */
static bool fits_columns(const struct prefix *prefix, const struct index *last)
{
        for (int i = 0; i < prefix->count; i++)
                if (!vector_can(prefix->reduction[i]->arg[0], last))
                        return false;
        return true;
}

bool prefix_find(struct prefix *prefix, const struct plan *plan,
                 const struct plan_item *item)
{
        const struct statement *s = item->statement;
        const struct index *last;

        memset(prefix, 0, sizeof *prefix);
        prefix->item = item;
        if (s->update != UPDATE_DEFINE || !s->index_count ||
            !holds_prefix(s, item->value))
                return false;
        last = s->index[s->index_count - 1];
        prefix->value = plan_reciprocals(plan->arena, item->value, last);
        if (!prefix->value || !collect(prefix, prefix->value, last) ||
            !prefix->count)
                return false;
        return prefix->axis == s->index_count - 1 ||
               fits_columns(prefix, last);
}

/* --- what both ways share --- */

const struct index *prefix_axis(const struct prefix *prefix)
{
        return prefix->item->statement->index[prefix->axis];
}

static const struct index *term_index(const struct prefix *prefix, int r)
{
        return prefix->reduction[r]->value.reduce.index[0];
}

const struct thread_expr *prefix_terms(struct vector_scope *scope,
                                       const struct prefix *prefix)
{
        const struct thread_expr *extent =
                vector_lower(scope, prefix_axis(prefix)->hi);

        if (!prefix->exclusive)
                return extent;
        return thread_sub(scope->program, extent,
                          thread_int(scope->program, 1));
}

static void bind_one(struct vector_scope *scope, const struct index *index,
                     const struct thread_expr *base, int lanes,
                     const struct thread_expr *active)
{
        if (lanes > 1)
                vector_bind_lanes(scope, index, base, lanes, active);
        else
                vector_bind(scope, index, base);
}

void prefix_bind(struct vector_scope *scope, const struct prefix *prefix,
                 const struct thread_expr *base, int lanes,
                 const struct thread_expr *active)
{
        struct thread_program *program = scope->program;

        for (int r = 0; r < prefix->count; r++)
                bind_one(scope, term_index(prefix, r), base, lanes, active);
        if (prefix->exclusive)
                base = thread_add(program, base, thread_int(program, 1));
        bind_one(scope, prefix_axis(prefix), base, lanes, active);
}

void prefix_unbind(struct vector_scope *scope, const struct prefix *prefix)
{
        for (int r = 0; r < prefix->count; r++)
                vector_bind(scope, term_index(prefix, r), NULL);
        vector_bind(scope, prefix_axis(prefix), NULL);
}

struct thread_type prefix_type(const struct vector_scope *scope,
                               const struct prefix *prefix, int r, int lanes)
{
        return (struct thread_type){
                vector_dtype(scope, prefix->reduction[r]->kind), lanes};
}

enum reduction prefix_operation(const struct prefix *prefix, int r)
{
        return prefix->reduction[r]->value.reduce.reduction;
}

const struct thread_expr *prefix_term(struct vector_scope *scope,
                                      const struct prefix *prefix, int r,
                                      int lanes)
{
        const struct expr *reduction = prefix->reduction[r];

        return thread_broadcast(
                scope->program,
                vector_lower_as(scope, reduction->arg[0], reduction->kind),
                lanes);
}

void prefix_write(struct vector_scope *scope, const struct prefix_run *run)
{
        const struct prefix *prefix = run->prefix;
        const struct statement *s = prefix->item->statement;

        vector_write(scope, s->target, s->subscript,
                     vector_lower_as(scope, prefix->value, s->target->kind),
                     run->stream);
}

void prefix_write_first(struct vector_scope *scope,
                        const struct prefix_run *run)
{
        struct thread_program *program = scope->program;
        const struct prefix *prefix = run->prefix;
        const struct vector_memo *memo = scope->memo;
        const struct index *axis = prefix_axis(prefix);
        const struct thread_expr *zero = thread_int(program, 0);
        bool certain = plan_positive(axis->hi);

        if (!certain)
                thread_if(program, thread_less(program, zero,
                                               vector_lower(scope, axis->hi)));
        vector_bind(scope, axis, zero);
        for (int r = 0; r < prefix->count; r++)
                vector_hold(scope, prefix->reduction[r],
                            reduce_identity(program,
                                            prefix_operation(prefix, r),
                                            prefix_type(scope, prefix, r, 1)));
        prefix_write(scope, run);
        vector_bind(scope, axis, NULL);
        scope->memo = memo;
        if (!certain)
                thread_end(program);
}

void prefix_stages(struct vector_scope *scope, const struct prefix *prefix,
                   const struct schedule *schedule)
{
        const struct statement *s = prefix->item->statement;
        struct prefix_run run = {
                .prefix = prefix,
                .lanes = (int)schedule_get(schedule, "vector", 4),
                .copies = (int)schedule_get(schedule, "copies", 1),
                .unroll = (int)schedule_get(schedule, "unroll", 1),
                .stream = schedule_get(schedule, "stream", 0) &&
                          s->target->role == TENSOR_OUT};

        if (!scope->index)
                return;
        if (prefix->axis == s->index_count - 1)
                prefix_row_stages(scope, &run, schedule);
        else
                prefix_column_stage(scope, &run, schedule);
}
