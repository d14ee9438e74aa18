/*
 * A register tile with the reduced elements in the lanes: both operands lie
 * along them in memory (x w^T), so nothing is packed and every accumulator
 * is added up at the end. Few rows never pay for packing the weights.
 */
#include "lower/contraction_code.h"

#include <stdio.h>

enum { DOT_ROWS = 16, DOT_COLUMNS = 4 };

struct dot {
        struct contraction_code *code;
        const struct contraction_block *block;
        const struct thread_expr *sum[DOT_ROWS][DOT_COLUMNS];
        const struct thread_expr *row[DOT_ROWS], *column[DOT_COLUMNS];
};

static const struct thread_expr *literal(struct dot *dot, int64_t value)
{
        return thread_int(dot->code->program, value);
}

/* first + number, or the last one below end: past the end, what exists is
 * read again and not stored. */
static const struct thread_expr *clamped(struct dot *dot, const char *name,
                                         const struct thread_expr *first,
                                         int64_t number,
                                         const struct thread_expr *end)
{
        struct thread_program *program = dot->code->program;

        return thread_let(
                program, name,
                thread_min(program,
                           thread_add(program, first, literal(dot, number)),
                           thread_sub(program, end, literal(dot, 1))));
}

static void open_sums(struct dot *dot)
{
        struct contraction_code *code = dot->code;
        char name[32];

        for (int64_t r = 0; r < code->tile_rows; r++)
                for (int64_t c = 0; c < code->tile_columns; c++) {
                        snprintf(name, sizeof(name), "sum_%d_%d", (int)r,
                                 (int)c);
                        dot->sum[r][c] = thread_var(
                                code->program, name,
                                thread_constant(
                                        code->program,
                                        thread_vector(code->form->dtype,
                                                      code->dot_lanes),
                                        0));
                }
}

/* The operand along the lanes for one row or column that is bound. */
static const struct thread_expr *take_vector(
        struct dot *dot, const struct contraction_operand *operand,
        const char *side, int64_t number)
{
        char name[32];

        snprintf(name, sizeof(name), "%s_%d", side, (int)number);
        return thread_let(dot->code->program, name,
                          contraction_operand_value(dot->code, operand));
}

/* dot_lanes reduced elements from k on, or the `active` last ones. */
static void multiply_step(struct dot *dot, const struct thread_expr *k,
                          const struct thread_expr *active)
{
        struct contraction_code *code = dot->code;
        struct thread_program *program = code->program;
        const struct contraction_form *form = code->form;
        const struct index *inner = form->inner.index[0];
        const struct thread_expr *right[DOT_COLUMNS];

        vector_bind_lanes(
                &code->scope, inner,
                thread_add(program, vector_lower(&code->scope, inner->lo), k),
                code->dot_lanes, active);
        for (int64_t c = 0; c < code->tile_columns; c++) {
                vector_bind(&code->scope, form->vector, dot->column[c]);
                right[c] = take_vector(dot, &form->right, "right", c);
        }
        for (int64_t r = 0; r < code->tile_rows; r++) {
                const struct thread_expr *left;

                contraction_bind(code, &form->rows, form->rows.count,
                                 dot->row[r]);
                left = take_vector(dot, &form->left, "left", r);
                for (int64_t c = 0; c < code->tile_columns; c++)
                        thread_assign(program, dot->sum[r][c],
                                      thread_add(program, dot->sum[r][c],
                                                 thread_mul(program, left,
                                                            right[c])));
        }
        vector_bind_lanes(&code->scope, inner, NULL, 1, NULL);
}

static void multiply(struct dot *dot)
{
        struct contraction_code *code = dot->code;
        struct thread_program *program = code->program;
        const struct thread_expr *lanes = literal(dot, code->dot_lanes);
        const struct thread_expr *whole, *k;
        int unroll = (int)code->choice.unroll;

        whole = thread_let(
                program, "whole",
                thread_mul(program,
                           thread_quotient(program, code->inner, lanes),
                           lanes));
        k = thread_loop(program, "k", literal(dot, 0), whole, code->dot_lanes,
                        unroll > 1 ? THREAD_UNROLLED : THREAD_SERIAL, unroll);
        multiply_step(dot, k, NULL);
        thread_end(program);
        if (thread_is_multiple(program, code->inner, code->dot_lanes))
                return;
        thread_if(program, thread_less(program, whole, code->inner));
        multiply_step(dot, whole,
                      thread_let(program, "active",
                                 thread_sub(program, code->inner, whole)));
        thread_end(program);
}

void contraction_dot_tile(struct contraction_code *code,
                          const struct contraction_block *block,
                          const struct thread_expr *row,
                          const struct thread_expr *column)
{
        struct thread_program *program = code->program;
        const struct thread_expr *low =
                vector_lower(&code->scope, code->form->vector->lo);
        struct dot dot = {.code = code, .block = block};

        row = thread_let(program, "row",
                         contraction_panel(code, code->tile_rows, row));
        column = thread_let(
                program, "column",
                contraction_panel(code, code->tile_columns, column));
        for (int64_t r = 0; r < code->tile_rows; r++)
                dot.row[r] = clamped(&dot, "row_r", row, r, code->rows);
        for (int64_t c = 0; c < code->tile_columns; c++)
                dot.column[c] = thread_add(
                        program, low,
                        clamped(&dot, "column_c", column, c, code->columns));
        open_sums(&dot);
        multiply(&dot);
        for (int64_t r = 0; r < code->tile_rows; r++)
                for (int64_t c = 0; c < code->tile_columns; c++)
                        thread_store(program, code->tile,
                                     literal(&dot, r * code->tile_columns + c),
                                     thread_horizontal(program, RED_SUM,
                                                       dot.sum[r][c]));
        contraction_finish_tile(code, row, column);
}
