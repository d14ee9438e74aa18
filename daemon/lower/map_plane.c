/*
 * Which items are planes, and what their lanes ask; see map_plane.h. With row
 * and column a plane's own indices, element row * width + column, a tap reads
 * shift elements behind it. Where its column is inside, so is its row if and
 * only if that place is inside of the plane: nothing else is asked of rows.
 */
#include "lower/map_plane.h"

#include "lower/node.h"
#include "lower/size_poly.h"
#include "spec/oracle_form.h"

/* --- which items --- */

/* Places inside of a plane and their distance from its ends fit i64: tensors
 * themselves are far smaller. */
static const double farthest = 5e18;
/* Columns, and what they are compared with, fit i32. */
static const double widest = 1 << 30;

static bool depends(const struct map_plane *plane, const struct expr *expr)
{
        return vector_depends(expr, plane->in.row) ||
               vector_depends(expr, plane->in.column);
}

/* Row and column of a read, each with a shift of its own, and nothing else
 * that is not the same for the plane or surely inside. */
static bool walks(const struct map_plane *plane, const struct read *read)
{
        const struct tensor *tensor = read->tensor;
        int last = tensor->rank - 1;
        const struct expr *row, *column;

        if (last < 1 ||
            (read->safety != READ_PROVED && read->safety != READ_ELSE) ||
            !size_poly_equal(tensor->extent[last], plane->in.column->hi))
                return false;
        for (int d = 0; d < last - 1; d++)
                if (depends(plane, read->subscript[d]) ||
                    (read->safety == READ_ELSE && !(read->inside >> d & 1) &&
                     !vector_spans(read->subscript[d], tensor->extent[d])))
                        return false;
        row = read->subscript[last - 1];
        column = read->subscript[last];
        return vector_step(row, plane->in.row) == 1 &&
               !vector_depends(row, plane->in.column) &&
               vector_step(column, plane->in.column) == 1 &&
               !vector_depends(column, plane->in.row) &&
               oracle_magnitude(row) * oracle_magnitude(tensor->extent[last]) +
                               oracle_magnitude(column) <=
                       farthest;
}

static bool fits(const struct map_plane *plane, const struct expr *expr)
{
        const struct read *read = &expr->value.read;
        bool still = true;

        if (expr->op == EXPR_INDEX)
                return !depends(plane, expr);
        if (expr->op == EXPR_READ) {
                for (int d = 0; d < read->tensor->rank; d++)
                        if (depends(plane, read->subscript[d]))
                                still = false;
                return (still || walks(plane, read)) &&
                       (!read->fallback || fits(plane, read->fallback));
        }
        for (int i = 0;
             expr->op == EXPR_REDUCE && i < expr->value.reduce.count; i++)
                if (depends(plane, expr->value.reduce.index[i]->lo) ||
                    depends(plane, expr->value.reduce.index[i]->hi))
                        return false;
        for (int i = 0; i < expr->count; i++)
                if (!fits(plane, expr->arg[i]))
                        return false;
        return true;
}

static bool is_whole_range(const struct index *index)
{
        return node_is_integer(index->lo, 0) && vector_is_size(index->hi);
}

/* Is the result stored plane by plane? */
static bool is_stored_so(const struct map_plane *plane,
                         const struct statement *s)
{
        const struct tensor *target = s->target;
        int last = target->rank - 1;

        for (int d = 0; d < last - 1; d++)
                if (depends(plane, s->subscript[d]))
                        return false;
        return last > 0 &&
               node_is_index(s->subscript[last - 1], plane->in.row) &&
               node_is_index(s->subscript[last], plane->in.column) &&
               size_poly_equal(target->extent[last], plane->in.column->hi);
}

bool map_plane_find(struct map_plane *plane, struct arena *arena,
                    const struct plan_item *item)
{
        const struct statement *s = item->statement;
        int count = s->index_count;

        *plane = (struct map_plane){0};
        if (count < 2 || !item->value || item->pair)
                return false;
        plane->in.row = s->index[count - 2];
        plane->in.column = s->index[count - 1];
        return is_whole_range(plane->in.row) &&
               is_whole_range(plane->in.column) &&
               oracle_magnitude(plane->in.column->hi) <= widest &&
               is_stored_so(plane, s) && fits(plane, item->value) &&
               map_split_find(&plane->split, arena, item->value,
                              plane->in.column);
}

/* --- columns --- */

/* i64 or i32 as wide as the lanes. */
static const struct thread_expr *in_lanes(struct vector_scope *scope,
                                          const struct map_plane *plane,
                                          const struct thread_expr *value)
{
        return thread_cast(scope->program, value, plane->in.type.dtype);
}

/* The columns of what lies `distance` behind, less than a row: each stays
 * below the width, whatever that is. */
static const struct thread_expr *behind(struct vector_scope *scope,
                                        const struct map_plane *plane,
                                        const struct thread_expr *columns,
                                        const struct thread_expr *distance)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *next = thread_let(
                program, "next",
                thread_sub(program, columns,
                           in_lanes(scope, plane,
                                    thread_sub(program, plane->width,
                                               distance))));

        return thread_add(
                program, next,
                thread_select(program,
                              thread_less(program, next,
                                          thread_constant(program,
                                                          plane->in.type, 0)),
                              in_lanes(scope, plane, plane->width),
                              thread_constant(program, plane->in.type, 0)));
}

void map_plane_open(struct vector_scope *scope, struct map_plane *plane,
                    const struct thread_expr *low, int lanes)
{
        struct thread_program *program = scope->program;
        const struct index *column = plane->in.column;
        int64_t first;

        plane->in.type = thread_vector(
                scope->real == DTYPE_F64 ? DTYPE_I64 : DTYPE_I32, lanes);
        plane->width = vector_lower(scope, column->hi);
        /* Without any column nothing runs, but this is in front. */
        if (!plan_positive(column->hi))
                plane->width = thread_max(program, plane->width,
                                          thread_int(program, 1));
        plane->width = thread_let(program, "width", plane->width);
        plane->step = thread_let(program, "step",
                                 thread_remainder(program,
                                                  thread_int(program, lanes),
                                                  plane->width));
        plane->start = thread_let(
                program, "columns",
                thread_remainder(program, thread_iota(program, plane->in.type),
                                 in_lanes(scope, plane, plane->width)));
        if (thread_known(program, low, &first) && first == 0)
                return;
        plane->start =
                thread_let(program, "start",
                           behind(scope, plane, plane->start,
                                  thread_let(program, "skipped",
                                             thread_remainder(program, low,
                                                              plane->width))));
}

/* The least or largest shift of a read's taps. */
static const struct thread_expr *shift(struct vector_scope *scope,
                                       const struct map_plane *plane,
                                       const struct read *read, bool largest)
{
        struct thread_program *program = scope->program;
        int last = read->tensor->rank - 1;

        return thread_add(
                program,
                thread_mul(program,
                           map_split_extreme(scope, &plane->split,
                                             read->subscript[last - 1],
                                             largest),
                           vector_lower(scope, read->tensor->extent[last])),
                map_split_extreme(scope, &plane->split, read->subscript[last],
                                  largest));
}

void map_plane_begin(struct vector_scope *scope, struct map_plane *plane,
                     int lanes, const struct thread_expr *low,
                     const struct thread_expr *high,
                     const struct thread_expr **from,
                     const struct thread_expr **to)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *zero = thread_int(program, 0);

        *from = zero;
        *to = high;
        vector_bind(scope, plane->in.column, zero);
        for (int i = 0; i < plane->split.count; i++) {
                const struct read *read = &plane->split.read[i]->value.read;
                const struct tensor *tensor = read->tensor;
                const struct thread_expr *size = thread_mul(
                        program,
                        vector_lower(scope, tensor->extent[tensor->rank - 2]),
                        vector_lower(scope, tensor->extent[tensor->rank - 1]));

                *from = thread_max(
                        program, *from,
                        thread_sub(program, zero,
                                   shift(scope, plane, read, false)));
                *to = thread_min(program, *to,
                                 thread_sub(program, size,
                                            shift(scope, plane, read, true)));
        }
        scope->index[plane->in.column->number].base = NULL;
        map_split_vectors(scope, lanes, low, high, from, to);
        plane->in.columns = thread_var(program, "columns", plane->start);
        plane->in.inside = false;
        scope->plane = &plane->in;
}

void map_plane_next(struct vector_scope *scope, const struct map_plane *plane)
{
        thread_assign(scope->program, plane->in.columns,
                      behind(scope, plane, plane->in.columns, plane->step));
}

void map_plane_end(struct vector_scope *scope)
{
        scope->plane = NULL;
}

/* --- hints --- */

static void fetch(struct vector_scope *scope, const struct map_plane *plane,
                  const struct read *read, int64_t bytes)
{
        struct thread_program *program = scope->program;
        int last = read->tensor->rank - 1;
        struct vector_bound *bound = &scope->index[plane->in.column->number],
                            saved = *bound;
        const struct expr *subscript[LIMIT_RANK];

        for (int d = 0; d <= last; d++) {
                subscript[d] = read->subscript[d];
                if (d < last - 1 &&
                    map_split_reduces(&plane->split, subscript[d]))
                        return;
        }
        subscript[last - 1] = node_index(program->arena, plane->in.row);
        subscript[last] = node_index(program->arena, plane->in.column);
        bytes /= (int64_t)dtype_bytes(read->tensor->dtype);
        bound->base =
                thread_add(program, saved.base, thread_int(program, bytes));
        bound->lanes = false;
        thread_prefetch(program, thread_tensor(program, read->tensor),
                        vector_offset(scope, read->tensor, subscript));
        *bound = saved;
}

void map_plane_fetch(struct vector_scope *scope, const struct map_plane *plane,
                     int64_t bytes)
{
        const struct vector_memo *memo = scope->memo;

        if (!bytes || scope->active)
                return;
        scope->memo = NULL; /* what is held was read at the index itself */
        for (int i = 0; i < plane->split.count; i++) {
                const struct read *read = &plane->split.read[i]->value.read;

                if (read->tensor->role == TENSOR_IN &&
                    map_split_is_first(&plane->split, i))
                        fetch(scope, plane, read, bytes);
        }
        scope->memo = memo;
}
