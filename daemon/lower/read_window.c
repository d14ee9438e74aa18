/*
 * Guarded reads of vectors that lie together in memory: windows, of which the
 * lanes from one to another are inside, and planes, whose lanes go on from row
 * to row (map_plane.h).
 */
#include "lower/read_inner.h"

/* --- windows --- */

bool read_is_window(const struct read *read, const struct read_place *place,
                    const struct read_place *memory)
{
        int last = read->tensor->rank - 1;

        if (memory->lanes || !read_step(memory->stride) || last < 0 ||
            !read_step(place[last].stride))
                return false;
        for (int d = 0; d < last; d++)
                if (place[d].stride || place[d].lanes)
                        return false;
        return true;
}

static const struct thread_expr *window_mask(struct vector_scope *scope,
                                             const struct thread_expr *first,
                                             const struct thread_expr *last)
{
        struct thread_program *program = scope->program;
        enum dtype wide = scope->real == DTYPE_F64 ? DTYPE_I64 : DTYPE_I32;
        const struct thread_expr *lane =
                thread_iota(program, thread_vector(wide, scope->lanes));

        return read_both(
                program,
                thread_binary(program, THREAD_LE,
                              thread_cast(program, first, wide), lane),
                thread_less(program, lane, thread_cast(program, last, wide)));
}

static bool is_zero(const struct thread_expr *expr)
{
        return (expr->op == THREAD_REAL && expr->value.real == 0) ||
               (expr->op == THREAD_INTEGER && expr->value.integer == 0);
}

/* The first lane that is `distance` elements or more away, at most `most`:
 * a window is at most the lanes wide, so that its ends fit i32. */
static const struct thread_expr *clamp_lanes(
        struct vector_scope *scope, const struct thread_expr *distance,
        int step, const struct thread_expr *most)
{
        struct thread_program *program = scope->program;

        if (step > 1)
                distance = thread_binary(
                        program, THREAD_CEIL_DIV,
                        thread_max(program, distance, thread_int(program, 0)),
                        thread_int(program, step));
        return thread_max(program, thread_min(program, distance, most),
                          thread_int(program, 0));
}

/* Sums and products of sizes, indices from 0 on and literals. */
static bool is_never_below(const struct expr *expr)
{
        switch (expr->op) {
        case EXPR_INTEGER:
                return expr->value.integer >= 0;
        case EXPR_SIZE:
                return true;
        case EXPR_INDEX:
                return expr->value.index->lo->op == EXPR_INTEGER &&
                       expr->value.index->lo->value.integer >= 0;
        case EXPR_ADD:
        case EXPR_MUL:
                return is_never_below(expr->arg[0]) &&
                       is_never_below(expr->arg[1]);
        default:
                return false;
        }
}

/* The lanes of a window of elements `step` apart, the first one `at`, that are
 * inside of an extent; at below 0 only if `below`. */
static void window_ends(struct vector_scope *scope,
                        const struct thread_expr *at,
                        const struct thread_expr *extent, int step, bool below,
                        const struct thread_expr **first,
                        const struct thread_expr **last)
{
        struct thread_program *program = scope->program;

        *last = clamp_lanes(scope, thread_sub(program, extent, at), step,
                            *last);
        if (below)
                *first = clamp_lanes(scope,
                                     thread_unary(program, THREAD_NEGATE, at),
                                     step, thread_int(program, scope->lanes));
}

const struct thread_expr *read_window(struct vector_scope *scope,
                                      const struct expr *expr,
                                      struct thread_array *array,
                                      const struct read_place *place,
                                      const struct read_place *memory,
                                      const struct thread_expr *scalar,
                                      bool guarded)
{
        struct thread_program *program = scope->program;
        const struct read *read = &expr->value.read;
        int d = read->tensor->rank - 1;
        int step = read_step(memory->stride);
        const struct thread_expr *first, *last, *value, *fallback;

        first = thread_int(program, 0);
        last = scope->active ? scope->active
                             : thread_int(program, scope->lanes);
        if (guarded)
                window_ends(scope, place[d].base,
                            vector_lower(scope, read->tensor->extent[d]), step,
                            !is_never_below(read->subscript[d]), &first,
                            &last);
        if (scalar)
                last = thread_select(program, scalar, last,
                                     thread_int(program, 0));
        first = thread_let(program, "from", first);
        last = thread_let(program, "to", last);
        value = read_from_storage(
                scope,
                thread_load_window(program, array, memory->base, step,
                                   scope->lanes, first, last),
                expr->kind);
        fallback = read_fallback(scope, read, expr->kind);
        if (is_zero(fallback) && expr->kind != KIND_BOOLEAN)
                return value;
        return thread_select(program, window_mask(scope, first, last), value,
                             fallback);
}

/* --- planes --- */

/* The lanes whose column is inside where the read's is `shift` behind it,
 * NULL: all. Bounds from 0 to the width fit the type of columns. */
static const struct thread_expr *column_mask(struct vector_scope *scope,
                                             const struct thread_expr *width,
                                             const struct thread_expr *shift)
{
        struct thread_program *program = scope->program;
        const struct vector_plane *plane = scope->plane;
        const struct thread_expr *zero = thread_int(program, 0), *low, *high;
        const struct thread_expr *mask = NULL;
        int64_t literal = 0;
        bool known = thread_known(program, shift, &literal);

        low = thread_min(
                program,
                thread_max(program, thread_sub(program, zero, shift), zero),
                width);
        high = thread_min(
                program,
                thread_max(program, thread_sub(program, width, shift), zero),
                width);
        if (!known || literal < 0)
                mask = thread_binary(
                        program, THREAD_LE,
                        thread_cast(program, low, plane->type.dtype),
                        plane->columns);
        if (!known || literal > 0)
                mask = read_both(program, mask,
                                 thread_less(program, plane->columns,
                                             thread_cast(program, high,
                                                         plane->type.dtype)));
        return mask;
}

/* A subscript in column 0 of the plane. */
static const struct thread_expr *column_shift(struct vector_scope *scope,
                                              const struct expr *subscript)
{
        struct vector_bound
                *bound = &scope->index[scope->plane->column->number],
                saved = *bound;
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *shift;

        scope->memo = NULL;
        *bound = (struct vector_bound){thread_int(scope->program, 0), false};
        shift = vector_lower(scope, subscript);
        *bound = saved;
        scope->memo = memo;
        return shift;
}

bool read_is_in_plane(const struct vector_scope *scope,
                      const struct read *read)
{
        return scope->plane && read->safety == READ_ELSE &&
               read->tensor->rank > 0 &&
               vector_depends(read->subscript[read->tensor->rank - 1],
                              scope->plane->column);
}

const struct thread_expr *read_plane(struct vector_scope *scope,
                                     const struct expr *expr,
                                     struct thread_array *array,
                                     const struct read_place *place,
                                     const struct read_place *memory)
{
        struct thread_program *program = scope->program;
        const struct read *read = &expr->value.read;
        int d = read->tensor->rank - 1;
        const struct thread_expr *width =
                vector_lower(scope, read->tensor->extent[d]);
        const struct thread_expr *mask, *value, *at, *size;
        const struct thread_expr *fallback =
                read_fallback(scope, read, expr->kind);
        const struct thread_expr *first = thread_int(program, 0);
        const struct thread_expr *last =
                scope->active ? scope->active
                              : thread_int(program, scope->lanes);

        mask = column_mask(scope, width,
                           column_shift(scope, read->subscript[d]));
        if (scope->plane->inside) {
                value = thread_load_part(program, array, memory->base,
                                         scope->lanes, scope->active);
        } else {
                at = thread_add(program,
                                thread_mul(program, place[d - 1].base, width),
                                place[d].base);
                size = thread_mul(
                        program,
                        vector_lower(scope, read->tensor->extent[d - 1]),
                        width);
                window_ends(scope, at, size, 1, true, &first, &last);
                first = thread_let(program, "from", first);
                last = thread_let(program, "to", last);
                value = thread_load_window(program, array, memory->base, 1,
                                           scope->lanes, first, last);
                if (!is_zero(fallback) || expr->kind == KIND_BOOLEAN)
                        mask = read_both(program, mask,
                                         window_mask(scope, first, last));
        }
        value = read_from_storage(scope, value, expr->kind);
        return mask ? thread_select(program, mask, value, fallback) : value;
}
