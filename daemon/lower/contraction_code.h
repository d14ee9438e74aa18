/*
 * State shared by the files that write a contraction's stages into a thread
 * program: contraction_stage.c opens the stages around the product,
 * contraction_product.c walks a task's block of tiles, contraction_pack.c
 * copies operands into panels, contraction_tile.c multiplies one register
 * tile, contraction_finish.c stores what follows.
 *
 * A panel holds, for every reduced element in turn, the `rows` (or columns)
 * of one register tile next to each other, padded to a whole tile:
 *
 *   left  panel: element (k, r) at k * tile_rows + r
 *   right panel: element (k, c) at k * tile_columns + c
 *
 * Rows past the end repeat the last row; columns past the end hold anything.
 * What is computed from them is never stored.
 */
#ifndef KEVO_LOWER_CONTRACTION_CODE_H
#define KEVO_LOWER_CONTRACTION_CODE_H

#include "lower/contraction_choice.h"
#include "lower/vector.h"

/* Where tensors that are neither inputs nor outputs are kept, by number. */
struct contraction_storage {
        struct thread_array *array[LIMIT_TENSORS];
};

/* A code is made for one form. Expressions hold the problem in sizes. */
struct contraction_code {
        struct thread_program *program;
        const struct contraction_form *form;
        const struct contraction_storage *storage;
        struct contraction_choice choice;
        int lanes;                       /* of a vector along the columns */
        int dot_lanes;                   /* along the reduced elements */
        int64_t tile_rows, tile_columns; /* of a register tile */
        const struct thread_expr *batch, *others; /* matrices = their product:
                                   batch indices, columns but the vector */
        const struct thread_expr *rows, *columns, *inner;
        const struct thread_expr *row_tiles, *column_tiles;
        struct vector_scope scope;         /* of the open stage */
        struct thread_array *left, *right; /* panels, or NULL: direct */
        struct thread_array *sums;         /* tiles between parts of the sum */
        struct thread_array *tile;         /* one finished tile */
        struct thread_array *part;         /* of a split sum, by part */
};

/* The block that a task works on. */
struct contraction_block {
        const struct thread_expr *matrix, *batch; /* linear numbers */
        const struct thread_expr *row, *row_end;  /* in tiles */
        const struct thread_expr *column, *column_end;
        const struct thread_expr *k, *depth; /* first reduced element of this
                                                chunk and their number */
        const struct thread_expr *chunk, *chunks; /* NULL: only one */
        const struct thread_expr *part; /* of a split sum, NULL: whole */
};

/* Scope for the stage that is about to open. */
void contraction_scope_open(struct contraction_code *code);
/* Bind indices to the linear number of their combination, last fastest. */
void contraction_bind(struct contraction_code *code,
                      const struct contraction_indices *indices, int count,
                      const struct thread_expr *linear);
/* The same for batch indices and the columns but the vector, from the number
 * of a matrix; returns the number among the batch indices alone. */
const struct thread_expr *contraction_bind_matrix(
        struct contraction_code *code, const struct thread_expr *matrix);
const struct thread_expr *contraction_extent(struct contraction_code *code,
                                             const struct index *index);
const struct thread_expr *contraction_matrices(struct contraction_code *code);
/* "y_product": a name for a stage or an array of this form. */
enum { CONTRACTION_NAME = LIMIT_NAME_BYTES + 32 };
void contraction_name(const struct contraction_code *code, const char *verb,
                      char name[CONTRACTION_NAME]);
/* Product of the extents of the first count indices. */
const struct thread_expr *contraction_extents(
        struct contraction_code *code,
        const struct contraction_indices *indices, int count);
/* The operand's value for what is bound. */
const struct thread_expr *contraction_operand_value(
        struct contraction_code *code,
        const struct contraction_operand *operand);

/* The loop over reduced elements k .. k + depth, which binds their indices;
 * step is the number within. Several indices count along, the last one
 * fastest: a division for each element would cost as much as its copy. */
struct contraction_inner {
        const struct thread_expr *step;
        const struct thread_expr *counter[LIMIT_RANK];
};

void contraction_inner_begin(struct contraction_code *code,
                             const struct thread_expr *k,
                             const struct thread_expr *depth, int unroll,
                             struct contraction_inner *loop);
void contraction_inner_end(struct contraction_code *code,
                           const struct contraction_inner *loop);

/* Elements that a panel of depth `depth` holds. */
const struct thread_expr *contraction_panel(struct contraction_code *code,
                                            int64_t width,
                                            const struct thread_expr *depth);

/* Copy one panel: reduced elements k .. k + depth of row tile `row`, or of
 * column tile `column`, to code->left or code->right at offset. */
void contraction_pack_left(struct contraction_code *code,
                           const struct thread_expr *row,
                           const struct thread_expr *k,
                           const struct thread_expr *depth,
                           const struct thread_expr *offset);
void contraction_pack_right(struct contraction_code *code,
                            const struct thread_expr *column,
                            const struct thread_expr *k,
                            const struct thread_expr *depth,
                            const struct thread_expr *offset);

/* Multiply one tile of a block and store what is finished. left and right
 * are the panels' offsets (unused where an operand is direct), sums that of
 * the tile's accumulators between chunks. */
void contraction_tile(struct contraction_code *code,
                      const struct contraction_block *block,
                      const struct thread_expr *row,
                      const struct thread_expr *column,
                      const struct thread_expr *left,
                      const struct thread_expr *right,
                      const struct thread_expr *sums);

/* Lanes in use of a vector whose first column is `column`: 0 to all. */
const struct thread_expr *contraction_active(struct contraction_code *code,
                                             const struct thread_expr *column);
/* Does the tile whose first column is `column` lie inside all columns? */
const struct thread_expr *contraction_is_whole(
        struct contraction_code *code, const struct thread_expr *column);
/* Store the tile in code->tile, whose first row and column are given. */
void contraction_finish_tile(struct contraction_code *code,
                             const struct thread_expr *row,
                             const struct thread_expr *column);
/* The same tile with the reduced elements in the lanes: CONTRACTION_DOT. */
void contraction_dot_tile(struct contraction_code *code,
                          const struct contraction_block *block,
                          const struct thread_expr *row,
                          const struct thread_expr *column);

/* Everything behind the sum for the bound indices: the statement's value,
 * the fused statements, their stores. sum is scalar or as wide as the
 * scope. */
void contraction_store_results(struct contraction_code *code,
                               const struct thread_expr *sum);
/* May that be done with the vector index in the lanes? */
bool contraction_stores_vectors(const struct contraction_form *form);

/* Elements of a task's own buffers; NULL: it has none of that kind. */
struct contraction_buffers {
        const struct thread_expr *left, *right, *sums, *tile;
};

/* The parts of a product stage, for a class that has several products in
 * one: the problem as expressions and the stages that pack what is shared;
 * what buffers it needs, which the class opens in its stage and puts in code;
 * the block's share of one matrix whose indices are bound. */
void contraction_prepare(struct contraction_code *code);
void contraction_measure_buffers(struct contraction_code *code,
                                 struct contraction_buffers *buffers);
void contraction_multiply(struct contraction_code *code,
                          struct contraction_block *block);
/* The product stage. */
void contraction_write_product(struct contraction_code *code);
/* The stage of a statement that is no part of a form. */
void contraction_write_rest(struct thread_program *program,
                            const struct statement *statement,
                            const struct expr *value,
                            const struct contraction_storage *storage,
                            const struct contraction_choice *choice);
/* All stages of statement s of a plan, none for one that is inlined or
 * fused; storage gains the tensor that it keeps. */
struct contraction_plan;
void contraction_write_statement(struct thread_program *program,
                                 const struct contraction_plan *plan, int s,
                                 const struct binding *workload,
                                 const struct contraction_choice *choice,
                                 struct contraction_storage *storage);
/* An array for a tensor that is no argument: scratch, or with elements a
 * buffer of the open stage's tasks. */
struct thread_array *contraction_place(struct thread_program *program,
                                       const struct tensor *tensor,
                                       const struct thread_expr *elements);
/* All stages of one form. */
void contraction_write(struct thread_program *program,
                       const struct contraction_form *form,
                       const struct contraction_choice *choice,
                       const struct contraction_storage *storage);
/* The same with its right operand in a copy (CONTRACTION_MARGIN). */
void contraction_write_margin(struct thread_program *program,
                              const struct contraction_form *form,
                              const struct contraction_choice *choice,
                              struct contraction_storage *storage);

#endif
