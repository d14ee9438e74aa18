/*
 * Rows that are written one segment behind the other,
 *
 *   y[off[b] + p, d] = x[b, p, d]     for b in 0..B,
 *                                     p in 0..min(L, off[b + 1] - off[b])
 *
 * with off from 0 to the number of rows. Every row of y is in one segment, so
 * that whoever writes a segment also sets to its init what is left of it.
 */
#include "lower/node.h"
#include "lower/ragged.h"
#include "lower/rewrite.h"
#include "lower/scatter_inner.h"

/* off[row + 1] - off[row], or the least of that and others? */
static bool is_within(const struct expr *length, const struct index *row,
                      const struct tensor *off)
{
        if (length->op == EXPR_CALL && length->value.function == FN_MIN)
                return is_within(length->arg[0], row, off) ||
                       is_within(length->arg[1], row, off);
        return length->op == EXPR_SUB &&
               ragged_offset(length->arg[0], row, 1) == off &&
               ragged_offset(length->arg[1], row, 0) == off;
}

/* Is the length the same for all of a segment? */
static bool is_even(const struct statement *s, const struct index *place)
{
        for (int i = 1; i < s->index_count; i++)
                if (vector_depends(place->hi, s->index[i]))
                        return false;
        return true;
}

/* Does row name every segment of off? */
static bool is_every(const struct index *row, const struct tensor *off)
{
        const struct expr *entries = off->extent[0];

        return node_is_integer(row->lo, 0) && entries->op == EXPR_ADD &&
               rewrite_equal(entries->arg[0], row->hi) &&
               node_is_integer(entries->arg[1], 1);
}

/* Are all but the first subscripts indices of their own, over all of their
 * extents? */
static bool whole_rows(const struct statement *s)
{
        for (int d = 1; d < s->target->rank; d++) {
                const struct index *index = scatter_plain(s, d);

                if (!index)
                        return false;
                for (int k = 0; k < s->target->rank; k++)
                        if (k != d && vector_depends(s->subscript[k], index))
                                return false;
        }
        return true;
}

void scatter_find_place(struct scatter *scatter)
{
        const struct statement *s = scatter->statement;
        const struct index *row = s->index_count > 1 ? s->index[0] : NULL;
        const struct index *place;
        const struct tensor *off;
        const struct expr *at;

        if (s->update != UPDATE_SCATTER || s->target->rank == 0 || !row ||
            row != scatter->cut)
                return;
        at = s->subscript[0];
        off = at->op == EXPR_ADD ? ragged_offset(at->arg[0], row, 0) : NULL;
        place = off ? scatter_index(s, at->arg[1]) : NULL;
        if (place && place == s->index[1] && node_is_integer(place->lo, 0) &&
            is_even(s, place) && is_within(place->hi, row, off) &&
            is_every(row, off) &&
            rewrite_equal(off->offsets, s->target->extent[0]) &&
            s->index_count == s->target->rank + 1 && whole_rows(s))
                scatter->place = place;
}

/* off[row], or of the segment behind. */
static const struct thread_expr *segment(struct vector_scope *scope,
                                         const struct scatter *scatter,
                                         int64_t further)
{
        struct thread_program *program = scope->program;
        const struct statement *s = scatter->statement;
        const struct tensor *off = s->subscript[0]->arg[0]->value.read.tensor;
        const struct thread_expr *row = scope->index[s->index[0]->number].base;

        return thread_cast(
                program,
                thread_load(
                        program, thread_tensor(program, off),
                        thread_add(program, row, thread_int(program, further)),
                        1),
                DTYPE_I64);
}

void scatter_init_rest(struct vector_scope *scope, struct scatter_run *run,
                       const struct thread_expr *end)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *low, *high,
                *width = scatter_row_elements(scope,
                                              run->scatter->statement->target);

        end = thread_max(program, end, thread_int(program, 0));
        low = thread_add(program, segment(scope, run->scatter, 0), end);
        high = segment(scope, run->scatter, 1);
        scatter_init(
                scope, run,
                thread_let(program, "left", thread_mul(program, low, width)),
                thread_let(program, "next", thread_mul(program, high, width)));
}
