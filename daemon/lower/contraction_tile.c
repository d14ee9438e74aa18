/*
 * One register tile of a contraction: the loop over reduced elements with
 * all accumulators in registers, and what follows the sum.
 *
 * The finished tile goes through a small buffer that stays in the first
 * level cache: the epilogue is then one loop over rows and vectors, written
 * once, instead of one copy an accumulator.
 */
#include "lower/contraction_code.h"

#include <stdio.h>

enum { TILE_ROWS = 16, TILE_VECTORS = 4 };

/* The accumulators and where the tile lies. */
struct tile {
        struct contraction_code *code;
        const struct contraction_block *block;
        const struct thread_expr *sum[TILE_ROWS][TILE_VECTORS];
        const struct thread_expr *row, *column; /* first of each */
        const struct thread_expr *left, *right, *sums;
        const struct thread_expr *row_number[TILE_ROWS]; /* left direct */
};

static const struct thread_expr *literal(struct tile *tile, int64_t value)
{
        return thread_int(tile->code->program, value);
}

/* base + value, value a literal. */
static const struct thread_expr *plus(struct tile *tile,
                                      const struct thread_expr *base,
                                      int64_t value)
{
        return thread_add(tile->code->program, base, literal(tile, value));
}

static int64_t element(const struct tile *tile, int64_t r, int64_t v)
{
        return r * tile->code->tile_columns + v * tile->code->lanes;
}

/* --- accumulators ----------------------------------------------------------
 */

/* Accumulators are named variables: an array indexed by unrolled loops is
 * what compilers spill. */
static void clear_sums(struct tile *tile)
{
        struct contraction_code *code = tile->code;
        char name[32];

        for (int64_t r = 0; r < code->tile_rows; r++)
                for (int64_t v = 0; v < code->choice.vectors; v++) {
                        snprintf(name, sizeof name, "sum_%d_%d", (int)r,
                                 (int)v);
                        tile->sum[r][v] = thread_var(
                                code->program, name,
                                thread_constant(
                                        code->program,
                                        thread_vector(code->form->dtype,
                                                      code->lanes),
                                        0));
                }
}

/* Go on where the chunk before left off. */
static void load_sums(struct tile *tile)
{
        struct contraction_code *code = tile->code;

        for (int64_t r = 0; r < code->tile_rows; r++)
                for (int64_t v = 0; v < code->choice.vectors; v++)
                        thread_assign(code->program, tile->sum[r][v],
                                      thread_load(code->program, code->sums,
                                                  plus(tile, tile->sums,
                                                       element(tile, r, v)),
                                                  code->lanes));
}

/* Store all accumulators at array[base ...], row by row. */
static void save_sums(struct tile *tile, struct thread_array *array,
                      const struct thread_expr *base)
{
        struct contraction_code *code = tile->code;

        for (int64_t r = 0; r < code->tile_rows; r++)
                for (int64_t v = 0; v < code->choice.vectors; v++)
                        thread_store(code->program, array,
                                     plus(tile, base, element(tile, r, v)),
                                     tile->sum[r][v]);
}

/* --- the loop over reduced elements
 * ------------------------------------------
 */

/* Vector v of the right operand at a reduced element. */
static const struct thread_expr *right_vector(struct tile *tile,
                                              const struct thread_expr *step,
                                              int64_t v, bool whole)
{
        struct contraction_code *code = tile->code;
        struct thread_program *program = code->program;
        const struct index *vector = code->form->vector;
        const struct vector_memo *memo = code->scope.memo;
        const struct thread_expr *value;
        char name[32];

        if (code->right) {
                value = thread_load(
                        program, code->right,
                        plus(tile,
                             thread_add(program, tile->right,
                                        contraction_panel(code,
                                                          code->tile_columns,
                                                          step)),
                             v * code->lanes),
                        code->lanes);
        } else {
                vector_bind_lanes(
                        &code->scope, vector,
                        thread_add(program,
                                   vector_lower(&code->scope, vector->lo),
                                   plus(tile, tile->column, v * code->lanes)),
                        code->lanes,
                        whole ? NULL
                              : contraction_active(code,
                                                   plus(tile, tile->column,
                                                        v * code->lanes)));
                value = contraction_operand_value(code, &code->form->right);
                vector_bind_lanes(&code->scope, vector, NULL, 1, NULL);
                code->scope.memo = memo;
        }
        snprintf(name, sizeof name, "right_%d", (int)v);
        return thread_let(program, name, value);
}

/* Row r of the left operand there: a scalar that meets the vectors by
 * broadcast, which costs a load port but no shuffle. */
static const struct thread_expr *left_element(struct tile *tile,
                                              const struct thread_expr *step,
                                              int64_t r)
{
        struct contraction_code *code = tile->code;
        struct thread_program *program = code->program;
        const struct contraction_indices *rows = &code->form->rows;
        char name[32];

        snprintf(name, sizeof name, "left_%d", (int)r);
        if (code->left)
                return thread_let(
                        program, name,
                        thread_load(
                                program, code->left,
                                plus(tile,
                                     thread_add(program, tile->left,
                                                contraction_panel(
                                                        code, code->tile_rows,
                                                        step)),
                                     r),
                                1));
        contraction_bind(code, rows, rows->count, tile->row_number[r]);
        return thread_let(program, name,
                          contraction_operand_value(code, &code->form->left));
}

/* One reduced element: every row times every vector. */
static void multiply_step(struct tile *tile, const struct thread_expr *step,
                          bool whole)
{
        struct contraction_code *code = tile->code;
        struct thread_program *program = code->program;
        const struct thread_expr *right[TILE_VECTORS];

        if (code->right && code->choice.prefetch)
                thread_prefetch(
                        program, code->right,
                        plus(tile,
                             thread_add(program, tile->right,
                                        contraction_panel(code,
                                                          code->tile_columns,
                                                          step)),
                             code->choice.prefetch * code->tile_columns));
        for (int64_t v = 0; v < code->choice.vectors; v++)
                right[v] = right_vector(tile, step, v, whole);
        for (int64_t r = 0; r < code->tile_rows; r++) {
                const struct thread_expr *left = left_element(tile, step, r);

                for (int64_t v = 0; v < code->choice.vectors; v++)
                        thread_assign(program, tile->sum[r][v],
                                      thread_add(program, tile->sum[r][v],
                                                 thread_mul(program, left,
                                                            right[v])));
        }
}

static void multiply_loop(struct tile *tile, bool whole)
{
        struct contraction_code *code = tile->code;
        struct thread_program *program = code->program;
        int unroll = (int)code->choice.unroll;
        struct contraction_inner loop;

        if (!code->left || !code->right) {
                contraction_inner_begin(code, tile->block->k,
                                        tile->block->depth, unroll, &loop);
                multiply_step(tile, loop.step, whole);
                contraction_inner_end(code, &loop);
                return;
        }
        loop.step = thread_loop(
                program, "k", literal(tile, 0), tile->block->depth, 1,
                unroll > 1 ? THREAD_UNROLLED : THREAD_SERIAL, unroll);
        multiply_step(tile, loop.step, whole);
        thread_end(program);
}

/* Rows are clamped so that a tile past the end reads what exists. */
static void number_rows(struct tile *tile)
{
        struct contraction_code *code = tile->code;
        struct thread_program *program = code->program;
        const struct thread_expr *last =
                thread_sub(program, code->rows, literal(tile, 1));

        for (int64_t r = 0; r < code->tile_rows; r++)
                tile->row_number[r] = thread_let(
                        program, "row_r",
                        thread_min(program, plus(tile, tile->row, r), last));
}

static void multiply(struct tile *tile)
{
        struct contraction_code *code = tile->code;
        struct thread_program *program = code->program;

        if (!code->left)
                number_rows(tile);
        if (code->right ||
            thread_is_multiple(program, code->columns, code->tile_columns)) {
                multiply_loop(tile, true);
                return;
        }
        thread_if(program, contraction_is_whole(code, tile->column));
        multiply_loop(tile, true);
        thread_else(program);
        multiply_loop(tile, false);
        thread_end(program);
}

/* --- the tile -------------------------------------------------------------
 */

static void finish(struct tile *tile)
{
        save_sums(tile, tile->code->tile, literal(tile, 0));
        contraction_finish_tile(tile->code, tile->row, tile->column);
}

/* A split sum: the raw tile goes where its part keeps whole tiles. */
static void finish_part(struct tile *tile, const struct thread_expr *row,
                        const struct thread_expr *column)
{
        struct contraction_code *code = tile->code;
        struct thread_program *program = code->program;
        const struct contraction_block *block = tile->block;
        const struct thread_expr *matrices =
                thread_mul(program, code->batch, code->others);
        const struct thread_expr *number;

        number =
                thread_add(program, thread_mul(program, block->part, matrices),
                           block->matrix);
        number = thread_add(program,
                            thread_mul(program, number, code->row_tiles), row);
        number = thread_add(program,
                            thread_mul(program, number, code->column_tiles),
                            column);
        number = thread_let(
                program, "at",
                thread_mul(
                        program, number,
                        literal(tile, code->tile_rows * code->tile_columns)));
        save_sums(tile, code->part, number);
}

void contraction_tile(struct contraction_code *code,
                      const struct contraction_block *block,
                      const struct thread_expr *row,
                      const struct thread_expr *column,
                      const struct thread_expr *left,
                      const struct thread_expr *right,
                      const struct thread_expr *sums)
{
        struct thread_program *program = code->program;
        struct tile tile = {
                .code = code,
                .block = block,
                .left = left,
                .right = right,
                .sums = sums,
        };

        if (code->choice.right == CONTRACTION_DOT) {
                contraction_dot_tile(code, block, row, column);
                return;
        }
        tile.row = thread_let(program, "row",
                              contraction_panel(code, code->tile_rows, row));
        tile.column = thread_let(
                program, "column",
                contraction_panel(code, code->tile_columns, column));
        clear_sums(&tile);
        if (block->chunk) {
                thread_if(program, thread_less(program, literal(&tile, 0),
                                               block->chunk));
                load_sums(&tile);
                thread_end(program);
        }
        multiply(&tile);
        if (block->chunk) {
                thread_if(program,
                          thread_less(program, plus(&tile, block->chunk, 1),
                                      block->chunks));
                save_sums(&tile, code->sums, sums);
                thread_else(program);
        }
        if (block->part)
                finish_part(&tile, row, column);
        else
                finish(&tile);
        if (block->chunk)
                thread_end(program);
}
