/*
 * The stages of a contraction: shared packing, the product, and the sum of
 * the parts of a split sum; see contraction_code.h.
 */
#include "lower/contraction_code.h"

#include <stdio.h>
#include <string.h>

#include "lower/margin.h"

/* --- scope ----------------------------------------------------------------
 */

void contraction_scope_open(struct contraction_code *code)
{
        vector_open(&code->scope, code->program);
        code->scope.variant = (int)code->choice.math;
        for (int t = 0; t < LIMIT_TENSORS; t++)
                code->scope.storage[t].array = code->storage->array[t];
}

const struct thread_expr *contraction_extent(struct contraction_code *code,
                                             const struct index *index)
{
        return thread_sub(code->program, vector_lower(&code->scope, index->hi),
                          vector_lower(&code->scope, index->lo));
}

const struct thread_expr *contraction_extents(
        struct contraction_code *code,
        const struct contraction_indices *indices, int count)
{
        const struct thread_expr *product = thread_int(code->program, 1);

        for (int i = 0; i < count; i++)
                product = thread_mul(
                        code->program, product,
                        contraction_extent(code, indices->index[i]));
        return product;
}

void contraction_bind(struct contraction_code *code,
                      const struct contraction_indices *indices, int count,
                      const struct thread_expr *linear)
{
        struct thread_program *program = code->program;

        for (int i = count - 1; i >= 0; i--) {
                const struct index *index = indices->index[i];
                const struct thread_expr *value = linear;

                if (i > 0) {
                        const struct thread_expr *extent =
                                contraction_extent(code, index);

                        linear = thread_let(program, "rest", linear);
                        value = thread_remainder(program, linear, extent);
                        linear = thread_quotient(program, linear, extent);
                }
                value = thread_add(
                        program, vector_lower(&code->scope, index->lo), value);
                vector_bind(&code->scope, index,
                            thread_let(program, index->name, value));
        }
}

const struct thread_expr *contraction_bind_matrix(
        struct contraction_code *code, const struct thread_expr *matrix)
{
        struct thread_program *program = code->program;
        const struct contraction_form *form = code->form;
        const struct thread_expr *batch = matrix;

        if (form->columns.count > 1) {
                batch = thread_let(
                        program, "batch",
                        thread_quotient(program, matrix, code->others));
                contraction_bind(
                        code, &form->columns, form->columns.count - 1,
                        thread_remainder(program, matrix, code->others));
        }
        contraction_bind(code, &form->batch, form->batch.count, batch);
        return batch;
}

void contraction_name(const struct contraction_code *code, const char *verb,
                      char name[CONTRACTION_NAME])
{
        snprintf(name, CONTRACTION_NAME, "%.48s_%s",
                 code->form->statement->target->name, verb);
}

/* --- shared packing ---------------------------------------------------------
 */

const struct thread_expr *contraction_matrices(struct contraction_code *code)
{
        return thread_mul(code->program, code->batch, code->others);
}

/* Left panels of every batch: shared by all columns outside of the vector
 * index too. */
static void stage_left(struct contraction_code *code)
{
        struct thread_program *program = code->program;
        const struct contraction_form *form = code->form;
        const struct thread_expr *panel, *tasks, *task, *row;
        char name[CONTRACTION_NAME];

        contraction_scope_open(code);
        if (!code->scope.index)
                return;
        panel = contraction_panel(code, code->tile_rows, code->inner);
        tasks = thread_mul(program, code->batch, code->row_tiles);
        contraction_name(code, "left", name);
        code->left = thread_scratch(program, name, form->dtype,
                                    thread_mul(program, tasks, panel), false);
        contraction_name(code, "pack_left", name);
        task = thread_stage_begin(program, name, tasks);
        thread_stage_comment(program,
                             "One panel of %d rows of the left operand.",
                             (int)code->tile_rows);
        row = thread_let(program, "tile",
                         thread_remainder(program, task, code->row_tiles));
        contraction_bind(code, &form->batch, form->batch.count,
                         thread_quotient(program, task, code->row_tiles));
        contraction_pack_left(code, row, thread_int(program, 0), code->inner,
                              thread_let(program, "panel",
                                         thread_mul(program, task, panel)));
        thread_stage_end(program);
}

/* Right panels of every matrix. */
static void stage_right(struct contraction_code *code)
{
        struct thread_program *program = code->program;
        const struct contraction_form *form = code->form;
        const struct thread_expr *panel, *tasks, *task, *column;
        char name[CONTRACTION_NAME];

        contraction_scope_open(code);
        if (!code->scope.index)
                return;
        panel = contraction_panel(code, code->tile_columns, code->inner);
        tasks = thread_mul(program, contraction_matrices(code),
                           code->column_tiles);
        contraction_name(code, "right", name);
        code->right = thread_scratch(program, name, form->dtype,
                                     thread_mul(program, tasks, panel), false);
        contraction_name(code, "pack_right", name);
        task = thread_stage_begin(program, name, tasks);
        thread_stage_comment(program,
                             "One panel of %d columns of the right operand.",
                             (int)code->tile_columns);
        column = thread_let(
                program, "tile",
                thread_remainder(program, task, code->column_tiles));
        contraction_bind_matrix(
                code, thread_let(program, "matrix",
                                 thread_quotient(program, task,
                                                 code->column_tiles)));
        contraction_pack_right(code, column, thread_int(program, 0),
                               code->inner,
                               thread_let(program, "panel",
                                          thread_mul(program, task, panel)));
        thread_stage_end(program);
}

/* --- a split sum ------------------------------------------------------------
 */

/* All parts of the element at `at` of the first one. */
static const struct thread_expr *add_parts(struct contraction_code *code,
                                           const struct thread_expr *at,
                                           const struct thread_expr *stride,
                                           int lanes)
{
        struct thread_program *program = code->program;
        const struct thread_expr *sum =
                thread_load(program, code->part, at, lanes);

        for (int64_t p = 1; p < code->choice.split; p++)
                sum = thread_add(
                        program, sum,
                        thread_load(
                                program, code->part,
                                thread_add(program, at,
                                           contraction_panel(code, p, stride)),
                                lanes));
        return thread_let(program, "sum", sum);
}

/* One row of a tile that starts at `at` in the first part. */
static void sum_row(struct contraction_code *code,
                    const struct thread_expr *tile,
                    const struct thread_expr *at,
                    const struct thread_expr *stride)
{
        struct thread_program *program = code->program;
        const struct index *vector = code->form->vector;
        int lanes = contraction_stores_vectors(code->form) ? code->lanes : 1;
        const struct thread_expr *first =
                contraction_panel(code, code->tile_columns, tile);
        const struct thread_expr *wide, *c, *active = NULL;

        wide = thread_let(
                program, "wide",
                thread_min(program, thread_int(program, code->tile_columns),
                           thread_sub(program, code->columns, first)));
        c = thread_for(program, "c", thread_int(program, 0), wide, lanes);
        if (lanes > 1)
                active = thread_let(program, "active",
                                    thread_min(program,
                                               thread_int(program, lanes),
                                               thread_sub(program, wide, c)));
        vector_bind_lanes(&code->scope, vector,
                          thread_add(program,
                                     vector_lower(&code->scope, vector->lo),
                                     thread_add(program, first, c)),
                          lanes, active);
        contraction_store_results(
                code, add_parts(code,
                                thread_let(program, "at",
                                           thread_add(program, at, c)),
                                stride, lanes));
        vector_bind_lanes(&code->scope, vector, NULL, 1, NULL);
        thread_end(program);
}

/* The rows of row tile number `task`. */
static void sum_tiles(struct contraction_code *code,
                      const struct thread_expr *task,
                      const struct thread_expr *row,
                      const struct thread_expr *stride)
{
        struct thread_program *program = code->program;
        const struct contraction_indices *rows = &code->form->rows;
        const struct thread_expr *zero = thread_int(program, 0), *tile, *r,
                                 *at;
        int64_t size = code->tile_rows * code->tile_columns;

        tile = thread_for(program, "tile", zero, code->column_tiles, 1);
        r = thread_for(program, "r", zero,
                       thread_min(program,
                                  thread_int(program, code->tile_rows),
                                  thread_sub(program, code->rows, row)),
                       1);
        contraction_bind(code, rows, rows->count, thread_add(program, row, r));
        at = thread_add(program, thread_mul(program, task, code->column_tiles),
                        tile);
        at = thread_add(program, contraction_panel(code, size, at),
                        contraction_panel(code, code->tile_columns, r));
        sum_row(code, tile, at, stride);
        thread_end(program);
        thread_end(program);
}

/* Parts are kept as whole tiles, so that a split product stores like an
 * unsplit one; here they are added and the epilogue runs. */
static void stage_sum(struct contraction_code *code)
{
        struct thread_program *program = code->program;
        const struct thread_expr *task, *tasks, *matrix, *row, *stride;
        int64_t size = code->tile_rows * code->tile_columns;
        char name[CONTRACTION_NAME];

        contraction_scope_open(code);
        if (!code->scope.index)
                return;
        contraction_name(code, "sum", name);
        tasks = thread_mul(program, contraction_matrices(code),
                           code->row_tiles);
        task = thread_stage_begin(program, name, tasks);
        thread_stage_comment(program, "Add the %d parts of the sum.",
                             (int)code->choice.split);
        stride = thread_let(program, "stride",
                            contraction_panel(code, size,
                                              thread_mul(program, tasks,
                                                         code->column_tiles)));
        matrix = thread_let(program, "matrix",
                            thread_quotient(program, task, code->row_tiles));
        row = thread_let(program, "row",
                         contraction_panel(code, code->tile_rows,
                                           thread_remainder(program, task,
                                                            code->row_tiles)));
        contraction_bind_matrix(code, matrix);
        sum_tiles(code, task, row, stride);
        thread_stage_end(program);
}

/* --- all of it
 * --------------------------------------------------------------- */

/* The problem as expressions over sizes, and the register tile. A tile of
 * dot products is stored by lanes only when it has four columns. */
static void measure(struct contraction_code *code)
{
        struct thread_program *program = code->program;
        const struct contraction_form *form = code->form;

        contraction_scope_open(code);
        if (!code->scope.index)
                return;
        code->lanes =
                (int)(code->choice.vector / (int64_t)dtype_bytes(form->dtype));
        code->tile_rows = code->choice.rows;
        code->tile_columns = code->choice.vectors * code->lanes;
        if (code->choice.right == CONTRACTION_DOT) {
                code->dot_lanes = code->lanes;
                code->tile_columns = code->choice.vectors;
                code->lanes = code->tile_columns == 4 ? 4 : 1;
        }
        code->batch =
                contraction_extents(code, &form->batch, form->batch.count);
        code->others = contraction_extents(code, &form->columns,
                                           form->columns.count - 1);
        code->rows = contraction_extents(code, &form->rows, form->rows.count);
        code->columns = contraction_extent(code, form->vector);
        code->inner =
                contraction_extents(code, &form->inner, form->inner.count);
        code->row_tiles = thread_blocks(program, code->rows,
                                        thread_int(program, code->tile_rows));
        code->column_tiles =
                thread_blocks(program, code->columns,
                              thread_int(program, code->tile_columns));
}

void contraction_prepare(struct contraction_code *code)
{
        measure(code);
        if (code->choice.left == CONTRACTION_SHARED)
                stage_left(code);
        if (code->choice.right == CONTRACTION_SHARED)
                stage_right(code);
}

void contraction_write(struct thread_program *program,
                       const struct contraction_form *form,
                       const struct contraction_choice *choice,
                       const struct contraction_storage *storage)
{
        struct contraction_code code = {
                .program = program,
                .form = form,
                .storage = storage,
                .choice = *choice,
        };
        char name[CONTRACTION_NAME];

        contraction_prepare(&code);
        if (choice->split > 1) {
                const struct thread_expr *tiles = thread_mul(
                        program, contraction_matrices(&code), code.row_tiles);

                tiles = thread_mul(program, tiles, code.column_tiles);
                contraction_name(&code, "part", name);
                code.part = thread_scratch(
                        program, name, form->dtype,
                        contraction_panel(&code,
                                          choice->split * code.tile_rows *
                                                  code.tile_columns,
                                          tiles),
                        false);
        }
        contraction_write_product(&code);
        if (choice->split > 1)
                stage_sum(&code);
}

void contraction_write_margin(struct thread_program *program,
                              const struct contraction_form *form,
                              const struct contraction_choice *choice,
                              struct contraction_storage *storage)
{
        struct margins margins = {.arena = program->arena,
                                  .spec = program->spec};
        struct contraction_form own = *form;
        struct thread_array **kept;

        own.right.factor[0] = margin_rewrite(&margins, form->right.factor[0]);
        if (!own.right.factor[0] || !margins.count) {
                thread_fail(program, ERR_UNSUPPORTED,
                            "no room for a copy with margins");
                return;
        }
        kept = &storage->array[margins.margin[0]->tensor.number];
        *kept = contraction_place(program, &margins.margin[0]->tensor, NULL);
        contraction_write_rest(program, &margins.margin[0]->statement,
                               margins.margin[0]->statement.value, storage,
                               choice);
        contraction_write(program, &own, choice, storage);
        *kept = NULL;
}
