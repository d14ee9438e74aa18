/*
 * Reductions in place: the loops over reduced indices, in order, with one
 * accumulator (of as many lanes as the term has). What a reduction starts
 * from and how it takes a step is told here for every class; a class that
 * wants the reduced index itself in the lanes writes its own loops.
 */
#include <math.h>

#include "lower/fetch.h"
#include "lower/narrow.h"
#include "lower/reduce_search.h"
#include "lower/rewrite.h"
#include "lower/taps.h"

/* Most steps of a reduction that are written one after the other, and the
 * nodes of all of them. */
enum { REDUCE_WRITTEN = 32, REDUCE_WRITTEN_NODES = 1024 };

static double identity_real(enum reduction reduction)
{
        switch (reduction) {
        case RED_PROD:
                return 1;
        case RED_MAX:
                return -INFINITY;
        case RED_MIN:
                return INFINITY;
        default:
                return 0;
        }
}

static int64_t identity_integer(enum reduction reduction)
{
        switch (reduction) {
        case RED_PROD:
        case RED_ALL:
                return 1;
        case RED_MAX:
                return INT64_MIN;
        case RED_MIN:
                return INT64_MAX;
        default:
                return 0;
        }
}

const struct thread_expr *reduce_identity(struct thread_program *program,
                                          enum reduction reduction,
                                          struct thread_type type)
{
        const struct thread_expr *scalar;
        int64_t whole = identity_integer(reduction);

        if (dtype_is_float(type.dtype))
                scalar = thread_real(program, type.dtype,
                                     identity_real(reduction));
        else if (type.dtype == DTYPE_BOOL)
                scalar = thread_cast(program, thread_int(program, whole),
                                     DTYPE_BOOL);
        else if (reduction == RED_ANY || reduction == RED_ALL) /* a mask */
                scalar = thread_cast(program, thread_int(program, -whole),
                                     type.dtype);
        else
                scalar = thread_cast(program, thread_int(program, whole),
                                     type.dtype);
        return thread_broadcast(program, scalar, type.lanes);
}

const struct thread_expr *reduce_step(struct thread_program *program,
                                      enum reduction reduction,
                                      const struct thread_expr *total,
                                      const struct thread_expr *term)
{
        switch (reduction) {
        case RED_PROD:
                return thread_mul(program, total, term);
        case RED_MAX:
                return thread_max(program, total, term);
        case RED_MIN:
                return thread_min(program, total, term);
        case RED_ANY:
                return thread_binary(program, THREAD_OR, total, term);
        case RED_ALL:
                return thread_binary(program, THREAD_AND, total, term);
        default:
                return thread_add(program, total, term);
        }
}

/* What a person would call the accumulator. */
static const char *total_name(enum reduction reduction)
{
        switch (reduction) {
        case RED_PROD:
                return "product";
        case RED_MAX:
                return "largest";
        case RED_MIN:
                return "smallest";
        case RED_SUM:
                return "total";
        default:
                return "found";
        }
}

/* Loop headers of every reduced index; the caller's loops are then open. */
void reduce_open_loops(struct vector_scope *scope, const struct expr *expr,
                       struct vector_bound *saved)
{
        for (int i = 0; i < expr->value.reduce.count; i++) {
                const struct index *index = expr->value.reduce.index[i];
                const struct thread_expr *low, *high;

                low = vector_lower(scope, index->lo);
                high = vector_lower(scope, index->hi);
                saved[i] = scope->index[index->number];
                /* The same index further out: its held values are not ours. */
                if (saved[i].base)
                        scope->memo = NULL;
                vector_bind(
                        scope, index,
                        thread_for(scope->program, index->name, low, high, 1));
        }
}

void reduce_close_loops(struct vector_scope *scope, const struct expr *expr,
                        const struct vector_bound *saved)
{
        for (int i = expr->value.reduce.count - 1; i >= 0; i--) {
                scope->index[expr->value.reduce.index[i]->number] = saved[i];
                thread_end(scope->program);
        }
}

/* The term's lanes: those of what it depends on, or of weights that it reads.
 * Lowering it once into a block that is thrown away would hide this, so ask
 * the tree. */
int reduce_lanes(const struct vector_scope *scope, const struct expr *term)
{
        struct index probe = {0};

        if (scope->lanes == 1)
                return 1;
        if (taps_has(scope, term))
                return scope->lanes;
        for (int i = 0; i < scope->index_count; i++) {
                probe.number = i;
                if (scope->index[i].lanes && vector_depends(term, &probe))
                        return scope->lanes;
        }
        return 1;
}

/* A truth in lanes as a mask as wide as the working precision. */
static const struct thread_expr *as_mask(struct vector_scope *scope,
                                         const struct thread_expr *value,
                                         int lanes)
{
        enum dtype wide = scope->real == DTYPE_F64 ? DTYPE_I64 : DTYPE_I32;

        value = thread_broadcast(scope->program, value, lanes);
        return thread_cast(scope->program, value, wide);
}

static const struct index *innermost(const struct expr *expr)
{
        return expr->value.reduce.index[expr->value.reduce.count - 1];
}

/* --- one step after the other --- */

/* How often the loops of a reduction run, when that is a literal and few, of
 * little text; else 0. */
static int64_t literal_steps(const struct expr *expr)
{
        int64_t steps = 1;

        for (int i = 0; i < expr->value.reduce.count; i++) {
                const struct index *index = expr->value.reduce.index[i];
                int64_t low, high;

                if (index->lo->op != EXPR_INTEGER ||
                    index->hi->op != EXPR_INTEGER)
                        return 0;
                low = index->lo->value.integer;
                high = index->hi->value.integer;
                if (low >= high || high - low > REDUCE_WRITTEN ||
                    steps * (high - low) > REDUCE_WRITTEN)
                        return 0;
                steps *= high - low;
        }
        return !rewrite_has_reduction(expr->arg[0]) &&
                               steps * rewrite_count(expr->arg[0]) <=
                                       REDUCE_WRITTEN_NODES
                       ? steps
                       : 0;
}

/* Its step `number` of them, the last index fastest. */
static void bind_step(struct vector_scope *scope, const struct expr *expr,
                      int64_t number)
{
        for (int i = expr->value.reduce.count - 1; i >= 0; i--) {
                const struct index *index = expr->value.reduce.index[i];
                int64_t low = index->lo->value.integer;
                int64_t count = index->hi->value.integer - low;

                vector_bind(scope, index,
                            thread_int(scope->program, low + number % count));
                number /= count;
        }
}

void reduce_take_step(struct vector_scope *scope, const struct expr *expr,
                      const struct thread_expr *total)
{
        struct thread_program *program = scope->program;
        enum reduction reduction = expr->value.reduce.reduction;
        const struct expr *term = expr->arg[0];
        struct thread_type type = total->type;
        const struct thread_expr *value;

        fetch_ahead(scope, term, innermost(expr));
        if (expr->kind == KIND_REAL)
                value = vector_lower_real(scope, term);
        else
                value = vector_lower(scope, term);
        if (expr->kind == KIND_BOOLEAN && type.lanes > 1)
                value = as_mask(scope, value, type.lanes);
        if (expr->kind == KIND_INTEGER && term->kind == KIND_BOOLEAN)
                value = thread_select(program, value, thread_int(program, 1),
                                      thread_int(program, 0));
        if (expr->kind == KIND_INTEGER)
                value = thread_cast(program, value, type.dtype);
        thread_assign(program, total,
                      reduce_step(program, reduction, total, value));
}

/* Every step in the text by itself: what a tap asks is then a literal. */
static void take_written(struct vector_scope *scope, const struct expr *expr,
                         const struct thread_expr *total, int64_t steps)
{
        struct vector_bound saved[LIMIT_RANK];
        const struct vector_memo *memo = scope->memo;
        int count = expr->value.reduce.count;

        for (int i = 0; i < count; i++)
                saved[i] = scope->index[expr->value.reduce.index[i]->number];
        for (int64_t step = 0; step < steps; step++) {
                /* The same index further out: its held values are not ours. */
                for (int i = 0; i < count; i++)
                        if (saved[i].base)
                                scope->memo = NULL;
                bind_step(scope, expr, step);
                reduce_take_step(scope, expr, total);
                scope->memo = memo;
        }
        for (int i = 0; i < count; i++)
                scope->index[expr->value.reduce.index[i]->number] = saved[i];
}

static const struct thread_expr *reduce_plain(struct vector_scope *scope,
                                              const struct expr *expr)
{
        struct thread_program *program = scope->program;
        enum reduction reduction = expr->value.reduce.reduction;
        const struct vector_memo *memo = scope->memo;
        struct vector_bound saved[LIMIT_RANK];
        const struct thread_expr *total;
        struct thread_type type = {vector_dtype(scope, expr->kind),
                                   reduce_lanes(scope, expr->arg[0])};
        int64_t steps = literal_steps(expr);

        if (type.lanes > 1)
                type.dtype = narrow_total(scope, expr);
        if (type.dtype == DTYPE_BOOL && type.lanes > 1)
                type.dtype = scope->real == DTYPE_F64 ? DTYPE_I64 : DTYPE_I32;
        total = thread_var(program, total_name(reduction),
                           reduce_identity(program, reduction, type));
        if (steps && scope->plane && scope->plane->inside) {
                take_written(scope, expr, total, steps);
        } else {
                reduce_open_loops(scope, expr, saved);
                reduce_take_step(scope, expr, total);
                reduce_close_loops(scope, expr, saved);
        }
        scope->memo = memo;
        return expr->kind == KIND_INTEGER
                       ? thread_cast(program, total, DTYPE_I64)
                       : total;
}

/* --- argmax and argmin --- */

/* Is key better than best? The first of equals stays; the first NaN wins for
 * good where inputs may be NaN. */
static const struct thread_expr *better(struct vector_scope *scope,
                                        enum reduction reduction,
                                        const struct thread_expr *key,
                                        const struct thread_expr *best)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *wins =
                reduction == RED_ARGMAX ? thread_less(program, best, key)
                                        : thread_less(program, key, best);

        if (!program->nonfinite || !dtype_is_float(key->type.dtype))
                return wins;
        return thread_binary(
                program, THREAD_OR, wins,
                thread_binary(program, THREAD_AND,
                              thread_binary(program, THREAD_NE, key, key),
                              thread_binary(program, THREAD_EQ, best, best)));
}

/* The index whose key is best. The first index always replaces nothing: a
 * separate `found` is not needed because ranges are not empty, and position
 * starts at the first index. */
static const struct thread_expr *reduce_position(struct vector_scope *scope,
                                                 const struct expr *expr)
{
        struct thread_program *program = scope->program;
        enum reduction reduction = expr->value.reduce.reduction;
        const struct expr *term = expr->arg[0];
        const struct index *index = expr->value.reduce.index[0];
        const struct vector_memo *memo = scope->memo;
        struct vector_bound saved[LIMIT_RANK];
        int lanes = reduce_lanes(scope, term);
        const struct thread_expr *best, *position, *key, *wins;
        struct thread_type type = {vector_dtype(scope, term->kind), lanes};

        if (type.dtype == DTYPE_BOOL)
                type.dtype = DTYPE_I64;
        best = thread_var(
                program, "best",
                reduce_identity(program,
                                reduction == RED_ARGMAX ? RED_MAX : RED_MIN,
                                type));
        position = thread_var(program, reduction_name(reduction),
                              thread_broadcast(program,
                                               vector_lower(scope, index->lo),
                                               lanes));
        reduce_open_loops(scope, expr, saved);
        key = vector_lower(scope, term);
        if (term->kind == KIND_BOOLEAN)
                key = thread_select(program, key, thread_int(program, 1),
                                    thread_int(program, 0));
        key = thread_let(program, "key",
                         thread_broadcast(program, key, lanes));
        wins = thread_let(program, "wins",
                          better(scope, reduction, key, best));
        thread_assign(program, best, thread_select(program, wins, key, best));
        thread_assign(program, position,
                      thread_select(program, wins,
                                    scope->index[index->number].base,
                                    position));
        reduce_close_loops(scope, expr, saved);
        scope->memo = memo;
        return position;
}

const struct thread_expr *vector_reduce(struct vector_scope *scope,
                                        const struct expr *expr)
{
        enum reduction reduction = expr->value.reduce.reduction;
        struct lookup lookup;

        if (!scope->index)
                return thread_int(scope->program, 0);
        if (reduce_is_search(scope, expr, &lookup))
                return reduce_search(scope, &lookup);
        if (reduction_selects(reduction))
                thread_fail(scope->program, ERR_UNSUPPORTED,
                            "%s inside an expression",
                            reduction_name(reduction));
        if (reduction != RED_ARGMAX && reduction != RED_ARGMIN)
                return reduce_plain(scope, expr);
        if (expr->value.reduce.count != 1)
                thread_fail(scope->program, ERR_UNSUPPORTED,
                            "%s over several indices",
                            reduction_name(reduction));
        return reduce_position(scope, expr);
}
