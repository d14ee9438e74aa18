/*
 * The place of the first tap of a row, and the lines from there on; see
 * fetch_taps.h.
 */
#include "lower/fetch_taps.h"

enum { LINE_BYTES = 64, ROWS_MOST = 8 };

/* Rows of the image for each row of the result; 0: not a fixed number. */
static int64_t rows_of(const struct map_split *split, const struct read *read,
                       const struct index *row, const struct index *inner)
{
        int last = read->tensor->rank - 1;
        int64_t rows;

        if (last < 1 || read->tensor->role != TENSOR_IN ||
            vector_depends(read->subscript[last], row) ||
            vector_depends(read->subscript[last - 1], inner))
                return 0;
        for (int d = 0; d < last - 1; d++)
                if (vector_depends(read->subscript[d], row) ||
                    vector_depends(read->subscript[d], inner) ||
                    map_split_reduces(split, read->subscript[d]))
                        return 0;
        rows = vector_step(read->subscript[last - 1], row);
        return rows > 0 && rows <= ROWS_MOST ? rows : 0;
}

bool fetch_taps_applies(const struct map_split *split, const struct index *row,
                        const struct index *inner)
{
        for (int i = 0; i < split->count; i++)
                if (rows_of(split, &split->read[i]->value.read, row, inner))
                        return true;
        return false;
}

/* Where the first tap of the row's first element lies. */
static const struct thread_expr *first_place(struct vector_scope *scope,
                                             const struct map_split *split,
                                             const struct read *read,
                                             const struct index *inner)
{
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *place;

        scope->memo = NULL; /* what is held was read at the index itself */
        vector_bind(scope, inner, thread_int(scope->program, 0));
        for (int i = 0; i < split->index_count; i++)
                vector_bind(scope, split->index[i],
                            vector_lower(scope, split->index[i]->lo));
        place = vector_offset(scope, read->tensor, read->subscript);
        for (int i = 0; i < split->index_count; i++)
                scope->index[split->index[i]->number].base = NULL;
        scope->index[inner->number].base = NULL;
        scope->memo = memo;
        return place;
}

void fetch_taps(struct vector_scope *scope, const struct map_split *split,
                const struct index *row, const struct index *inner,
                int64_t bytes)
{
        struct thread_program *program = scope->program;

        for (int i = 0; bytes && i < split->count; i++) {
                const struct read *read = &split->read[i]->value.read;
                const struct tensor *tensor = read->tensor;
                int64_t rows = rows_of(split, read, row, inner);
                int64_t size = (int64_t)dtype_bytes(tensor->dtype);
                const struct thread_expr *place, *line;

                if (!rows || !map_split_is_first(split, i))
                        continue;
                place = thread_let(
                        program, "ahead",
                        thread_add(program,
                                   first_place(scope, split, read, inner),
                                   thread_int(program, bytes / size)));
                line = thread_for(
                        program, "line", thread_int(program, 0),
                        thread_mul(program, thread_int(program, rows),
                                   vector_lower(
                                           scope,
                                           tensor->extent[tensor->rank - 1])),
                        LINE_BYTES / size);
                thread_prefetch(program, thread_tensor(program, tensor),
                                thread_add(program, place, line));
                thread_end(program);
        }
}
