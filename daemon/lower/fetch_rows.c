/*
 * See fetch_rows.h. The hints behind the last row lie outside of the tensor;
 * a hint is no access.
 */
#include "lower/fetch_rows.h"

#include "lower/plan.h"
#include "lower/rewrite.h"

/* --- which --- */

/* x[.., row, .., data]: what is in front of the last subscript needs no look
 * at memory and is the same for all of a row. */
static bool is_row_gather(const struct fetch_rows *rows,
                          const struct expr *expr)
{
        const struct read *read = &expr->value.read;
        int last = expr->op == EXPR_READ ? read->tensor->rank - 1 : 0;
        bool moves = false;

        if (last < 1 || read->safety != READ_PROVED ||
            read->tensor->role != TENSOR_IN ||
            !vector_depends(read->subscript[last], rows->inner) ||
            !rewrite_has_read(read->subscript[last]))
                return false;
        for (int d = 0; d < last; d++) {
                if (vector_depends(read->subscript[d], rows->inner) ||
                    rewrite_has_read(read->subscript[d]))
                        return false;
                moves |= vector_depends(read->subscript[d], rows->row);
        }
        return moves;
}

static bool visit(const struct expr *expr, void *data)
{
        struct fetch_rows *rows = data;

        if (rows->count == FETCH_ROWS || !is_row_gather(rows, expr))
                return true;
        for (int i = 0; i < rows->count; i++)
                if (rewrite_equal(rows->read[i], expr))
                        return true;
        rows->read[rows->count++] = expr;
        return true;
}

bool fetch_rows_find(struct fetch_rows *rows, const struct expr *expr,
                     const struct index *row, const struct index *inner)
{
        *rows = (struct fetch_rows){.row = row, .inner = inner};
        expr_walk(expr, visit, rows);
        return rows->count > 0;
}

static int line_of(const struct tensor *tensor)
{
        int size = (int)dtype_bytes(tensor->dtype);

        return size < FETCH_LINE_BYTES ? FETCH_LINE_BYTES / size : 1;
}

static const struct expr *width_of(const struct tensor *tensor)
{
        return tensor->extent[tensor->rank - 1];
}

bool fetch_rows_pays(const struct fetch_rows *rows, int64_t length,
                     const struct binding *workload)
{
        for (int i = 0; i < rows->count; i++) {
                const struct tensor *tensor = rows->read[i]->value.read.tensor;

                if (plan_value(width_of(tensor), workload) / line_of(tensor) >
                    length)
                        return false;
        }
        return true;
}

/* --- the hints --- */

void fetch_rows_open(struct vector_scope *scope, struct fetch_rows *rows,
                     const struct thread_expr *length, int lanes)
{
        struct thread_program *program = scope->program;

        rows->lanes = lanes;
        for (int i = 0; i < rows->count; i++) {
                const struct tensor *tensor = rows->read[i]->value.read.tensor;
                const struct thread_expr *all = thread_blocks(
                        program, vector_lower(scope, width_of(tensor)),
                        thread_int(program, line_of(tensor)));

                all = thread_mul(program, all, thread_int(program, lanes));
                /* A row may be empty, and then nothing asks for this. */
                rows->lines[i] = thread_let(
                        program, "lines",
                        thread_blocks(program, all,
                                      thread_max(program, length,
                                                 thread_int(program, 1))));
        }
}

/* The first element of the next row. */
static const struct thread_expr *next_row(struct vector_scope *scope,
                                          const struct fetch_rows *rows,
                                          const struct read *read)
{
        static const struct expr zero = {.op = EXPR_INTEGER,
                                         .kind = KIND_INTEGER};
        const struct expr *subscript[LIMIT_RANK];
        struct vector_bound saved = scope->index[rows->row->number];
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *offset;
        int last = read->tensor->rank - 1;

        for (int d = 0; d < last; d++)
                subscript[d] = read->subscript[d];
        subscript[last] = &zero;
        vector_bind(scope, rows->row,
                    thread_add(scope->program, saved.base,
                               thread_int(scope->program, 1)));
        /* What is held is of this row. */
        scope->memo = NULL;
        offset = vector_offset(scope, read->tensor, subscript);
        scope->memo = memo;
        scope->index[rows->row->number] = saved;
        return offset;
}

void fetch_rows_step(struct vector_scope *scope, const struct fetch_rows *rows)
{
        struct thread_program *program = scope->program;

        for (int i = 0; i < rows->count; i++) {
                const struct read *read = &rows->read[i]->value.read;
                const struct thread_expr *first, *l;
                const struct thread_expr *at =
                        scope->index[rows->inner->number].base;
                int line = line_of(read->tensor);

                /* Vectors in front of this one fetched theirs. */
                first = thread_mul(
                        program,
                        thread_quotient(program, at,
                                        thread_int(program, rows->lanes)),
                        rows->lines[i]);
                first = thread_let(
                        program, "next",
                        thread_add(program, next_row(scope, rows, read),
                                   thread_mul(program, first,
                                              thread_int(program, line))));
                l = thread_for(program, "l", thread_int(program, 0),
                               rows->lines[i], 1);
                thread_prefetch(
                        program, thread_tensor(program, read->tensor),
                        thread_add(program, first,
                                   thread_mul(program, l,
                                              thread_int(program, line))));
                thread_end(program);
        }
}
