/*
 * The product stage of a contraction: a task finds its block of tiles, walks
 * the sum in chunks, packs what it packs for itself, and runs the register
 * tiles; see contraction_code.h.
 */
#include "lower/contraction_code.h"

/* --- sizes of what a task holds ---------------------------------------------
 */

/* Tiles of a full block: the schedule's number, or all of them. */
static const struct thread_expr *or_all(struct contraction_code *code,
                                        int64_t blocks,
                                        const struct thread_expr *all)
{
        return blocks ? thread_int(code->program, blocks) : all;
}

/* The same for a buffer: a schedule made for a large problem must not ask
 * for a large buffer in a small one. */
static const struct thread_expr *at_most(struct contraction_code *code,
                                         int64_t blocks,
                                         const struct thread_expr *all)
{
        return thread_min(code->program, or_all(code, blocks, all), all);
}

/* Reduced elements of one part of the sum. */
static const struct thread_expr *part_depth(struct contraction_code *code)
{
        return thread_blocks(code->program, code->inner,
                             thread_int(code->program, code->choice.split));
}

/* Reduced elements that a task packs at a time. */
static const struct thread_expr *chunk_depth(struct contraction_code *code)
{
        if (code->choice.depth)
                return thread_int(code->program, code->choice.depth);
        return part_depth(code);
}

/* Elements of the task's own buffers: panels that it packs, tiles whose sum
 * is not complete yet, and the tile that is being finished. */
void contraction_measure_buffers(struct contraction_code *code,
                                 struct contraction_buffers *buffers)
{
        struct thread_program *program = code->program;
        const struct contraction_choice *choice = &code->choice;
        const struct thread_expr *depth = chunk_depth(code);
        const struct thread_expr *rows =
                at_most(code, choice->row_blocks, code->row_tiles);
        const struct thread_expr *columns =
                at_most(code, choice->column_blocks, code->column_tiles);
        const struct thread_expr *size =
                thread_int(program, code->tile_rows * code->tile_columns);

        *buffers = (struct contraction_buffers){NULL, NULL, NULL, NULL};
        if (choice->left == CONTRACTION_LOCAL)
                buffers->left = thread_mul(
                        program, rows,
                        contraction_panel(code, code->tile_rows, depth));
        if (choice->right == CONTRACTION_LOCAL)
                buffers->right = thread_mul(
                        program, columns,
                        contraction_panel(code, code->tile_columns, depth));
        if (choice->depth)
                buffers->sums = thread_mul(
                        program, thread_mul(program, rows, columns), size);
        if (choice->split == 1)
                buffers->tile = size;
}

static struct thread_array *open_buffer(struct contraction_code *code,
                                        const char *name,
                                        const struct thread_expr *elements)
{
        return elements ? thread_local_buffer(code->program, name,
                                              code->form->dtype, elements)
                        : NULL;
}

static void open_buffers(struct contraction_code *code)
{
        struct contraction_buffers buffers;

        contraction_measure_buffers(code, &buffers);
        if (buffers.left)
                code->left = open_buffer(code, "left", buffers.left);
        if (buffers.right)
                code->right = open_buffer(code, "right", buffers.right);
        code->sums = open_buffer(code, "sums", buffers.sums);
        code->tile = open_buffer(code, "tile", buffers.tile);
}

/* Offset of a tile's panel: shared ones hold every matrix and the whole sum,
 * local ones the block's chunk. */
static const struct thread_expr *panel_offset(struct contraction_code *code,
                                              bool local, int64_t width,
                                              const struct thread_expr *first,
                                              const struct thread_expr *tile,
                                              const struct thread_expr *matrix,
                                              const struct thread_expr *tiles,
                                              const struct thread_expr *k)
{
        struct thread_program *program = code->program;

        if (local)
                return thread_mul(
                        program, thread_sub(program, tile, first),
                        contraction_panel(code, width, chunk_depth(code)));
        tile = thread_add(program, thread_mul(program, matrix, tiles), tile);
        return thread_add(
                program,
                thread_mul(program, tile,
                           contraction_panel(code, width, code->inner)),
                contraction_panel(code, width, k));
}

static const struct thread_expr *left_offset(struct contraction_code *code,
                                             const struct contraction_block *b,
                                             const struct thread_expr *row)
{
        if (!code->left)
                return NULL;
        return thread_let(code->program, "left_panel",
                          panel_offset(code,
                                       code->choice.left == CONTRACTION_LOCAL,
                                       code->tile_rows, b->row, row, b->batch,
                                       code->row_tiles, b->k));
}

static const struct thread_expr *right_offset(
        struct contraction_code *code, const struct contraction_block *b,
        const struct thread_expr *column)
{
        if (!code->right)
                return NULL;
        return thread_let(code->program, "right_panel",
                          panel_offset(code,
                                       code->choice.right == CONTRACTION_LOCAL,
                                       code->tile_columns, b->column, column,
                                       b->matrix, code->column_tiles, b->k));
}

/* Where a tile waits between chunks: tiles of the block in row-major order. */
static const struct thread_expr *sums_offset(struct contraction_code *code,
                                             const struct contraction_block *b,
                                             const struct thread_expr *row,
                                             const struct thread_expr *column)
{
        struct thread_program *program = code->program;
        const struct thread_expr *tile;

        if (!b->chunk)
                return NULL;
        tile = thread_mul(program, thread_sub(program, row, b->row),
                          thread_sub(program, b->column_end, b->column));
        tile = thread_add(program, tile,
                          thread_sub(program, column, b->column));
        return thread_let(
                program, "sums_at",
                contraction_panel(code, code->tile_rows * code->tile_columns,
                                  tile));
}

/* Copy the block's part of this chunk. Right before left: the left panels
 * are the ones that the first tiles want in the nearest cache. */
static void pack_locally(struct contraction_code *code,
                         const struct contraction_block *b)
{
        struct thread_program *program = code->program;
        const struct thread_expr *tile;

        if (code->choice.right == CONTRACTION_LOCAL) {
                tile = thread_for(program, "tile", b->column, b->column_end,
                                  1);
                contraction_pack_right(code, tile, b->k, b->depth,
                                       right_offset(code, b, tile));
                thread_end(program);
        }
        if (code->choice.left == CONTRACTION_LOCAL) {
                tile = thread_for(program, "tile", b->row, b->row_end, 1);
                contraction_pack_left(code, tile, b->k, b->depth,
                                      left_offset(code, b, tile));
                thread_end(program);
        }
}

/* All tiles of the block for this chunk. The inner loop reuses the panel of
 * the outer one, which should be the one that fits the nearest cache. */
static void multiply_tiles(struct contraction_code *code,
                           const struct contraction_block *b)
{
        struct thread_program *program = code->program;
        const struct thread_expr *row, *column, *left, *right;

        if (code->choice.rows_outer) {
                row = thread_for(program, "row_tile", b->row, b->row_end, 1);
                left = left_offset(code, b, row);
                column = thread_for(program, "column_tile", b->column,
                                    b->column_end, 1);
                right = right_offset(code, b, column);
        } else {
                column = thread_for(program, "column_tile", b->column,
                                    b->column_end, 1);
                right = right_offset(code, b, column);
                row = thread_for(program, "row_tile", b->row, b->row_end, 1);
                left = left_offset(code, b, row);
        }
        contraction_tile(code, b, row, column, left, right,
                         sums_offset(code, b, row, column));
        thread_end(program);
        thread_end(program);
}

/* The reduced elements low .. high of a task's part of the sum. */
static void bound_part(struct contraction_code *code,
                       const struct contraction_block *b,
                       const struct thread_expr **low,
                       const struct thread_expr **high)
{
        struct thread_program *program = code->program;
        const struct thread_expr *depth = part_depth(code);

        *low = thread_int(program, 0);
        *high = code->inner;
        if (!b->part)
                return;
        *low = thread_let(program, "low",
                          thread_min(program, code->inner,
                                     thread_mul(program, b->part, depth)));
        *high = thread_let(program, "high",
                           thread_min(program, code->inner,
                                      thread_add(program, *low, depth)));
}

/* Opens the loop over chunks of low .. high. */
static void open_chunks(struct contraction_code *code,
                        struct contraction_block *b,
                        const struct thread_expr *low,
                        const struct thread_expr *high)
{
        struct thread_program *program = code->program;
        const struct thread_expr *step =
                thread_int(program, code->choice.depth);

        /* An empty sum still has one chunk: it stores zeros. */
        b->chunks = thread_let(
                program, "chunks",
                thread_max(program, thread_int(program, 1),
                           thread_blocks(program,
                                         thread_sub(program, high, low),
                                         step)));
        b->chunk = thread_for(program, "chunk", thread_int(program, 0),
                              b->chunks, 1);
        b->k = thread_let(
                program, "first_k",
                thread_add(program, low, thread_mul(program, b->chunk, step)));
        b->depth = thread_let(
                program, "depth",
                thread_min(program, step, thread_sub(program, high, b->k)));
}

/* One matrix of a task: its part of the sum, chunk by chunk. */
void contraction_multiply(struct contraction_code *code,
                          struct contraction_block *b)
{
        struct thread_program *program = code->program;
        const struct thread_expr *low, *high;

        bound_part(code, b, &low, &high);
        if (code->choice.depth) {
                open_chunks(code, b, low, high);
        } else {
                b->k = low;
                b->depth = thread_let(program, "depth",
                                      thread_sub(program, high, low));
        }
        pack_locally(code, b);
        multiply_tiles(code, b);
        if (code->choice.depth)
                thread_end(program);
}

/* How many tasks there would be if each took all columns: matrices x parts of
 * the sum x blocks of rows. */
static const struct thread_expr *tasks_but_columns(
        struct contraction_code *code)
{
        struct thread_program *program = code->program;
        const struct contraction_choice *choice = &code->choice;
        const struct thread_expr *tasks =
                thread_blocks(program, contraction_matrices(code),
                              thread_int(program, choice->batch));

        tasks = thread_mul(program, tasks, thread_int(program, choice->split));
        if (choice->row_blocks)
                tasks = thread_mul(
                        program, tasks,
                        thread_blocks(
                                program, code->row_tiles,
                                thread_int(program, choice->row_blocks)));
        return tasks;
}

/* Tiles of a task along the columns; NULL: all of them. Where nothing says
 * how many and there would be few tasks, they are shared out: a schedule made
 * for a large problem serves small ones too. */
static const struct thread_expr *column_block(struct contraction_code *code)
{
        struct thread_program *program = code->program;
        const struct contraction_choice *choice = &code->choice;
        const struct thread_expr *one = thread_int(program, 1), *shares;

        if (choice->column_blocks)
                return thread_int(program, choice->column_blocks);
        if (choice->threads < 2)
                return NULL;
        shares = thread_blocks(
                program,
                thread_int(program, CONTRACTION_TASKS * choice->threads),
                thread_max(program, tasks_but_columns(code), one));
        return thread_max(program,
                          thread_blocks(program, code->column_tiles, shares),
                          one);
}

/* Peel the block of tiles first .. end off a task's number; returns what
 * is left of the number. size NULL: all tiles. */
static const struct thread_expr *take_block(struct contraction_code *code,
                                            const struct thread_expr *task,
                                            const struct thread_expr *size,
                                            const struct thread_expr *tiles,
                                            const struct thread_expr **first,
                                            const struct thread_expr **end)
{
        struct thread_program *program = code->program;
        const struct thread_expr *blocks;

        *first = thread_int(program, 0);
        *end = tiles;
        if (!size)
                return task;
        size = thread_let(program, "block", size);
        blocks = thread_blocks(program, tiles, size);
        *first = thread_let(program, "first",
                            thread_mul(program,
                                       thread_remainder(program, task, blocks),
                                       size));
        *end = thread_let(
                program, "end",
                thread_min(program, tiles, thread_add(program, *first, size)));
        return thread_let(program, "rest",
                          thread_quotient(program, task, blocks));
}

/* Split a task's number into block, part and matrices; returns the last. */
static const struct thread_expr *locate_block(struct contraction_code *code,
                                              const struct thread_expr *task,
                                              struct contraction_block *b)
{
        struct thread_program *program = code->program;
        const struct contraction_choice *choice = &code->choice;
        const struct thread_expr *parts = thread_int(program, choice->split);

        task = take_block(code, task, column_block(code), code->column_tiles,
                          &b->column, &b->column_end);
        task = take_block(code, task,
                          choice->row_blocks
                                  ? thread_int(program, choice->row_blocks)
                                  : NULL,
                          code->row_tiles, &b->row, &b->row_end);
        if (choice->split == 1)
                return task;
        b->part = thread_let(program, "part",
                             thread_remainder(program, task, parts));
        return thread_let(program, "rest",
                          thread_quotient(program, task, parts));
}

/* The columns run fastest, so that neighbouring tasks share left panels. */
static const struct thread_expr *product_tasks(struct contraction_code *code)
{
        const struct thread_expr *tasks = tasks_but_columns(code);
        const struct thread_expr *block = column_block(code);

        if (!block)
                return tasks;
        return thread_mul(
                code->program, tasks,
                thread_blocks(code->program, code->column_tiles, block));
}

void contraction_write_product(struct contraction_code *code)
{
        struct thread_program *program = code->program;
        struct contraction_block block = {0};
        const struct thread_expr *task, *group, *size;
        char name[CONTRACTION_NAME];

        contraction_scope_open(code);
        if (!code->scope.index)
                return;
        contraction_name(code, "product", name);
        task = thread_stage_begin(program, name, product_tasks(code));
        thread_stage_comment(
                program,
                "Register tiles of %d rows and %d columns; the sum over the "
                "reduced elements stays in registers.",
                (int)code->tile_rows, (int)code->tile_columns);
        open_buffers(code);
        block.matrix = group = locate_block(code, task, &block);
        if (code->choice.batch > 1) {
                size = thread_int(program, code->choice.batch);
                group = thread_let(program, "first_matrix",
                                   thread_mul(program, group, size));
                block.matrix = thread_for(
                        program, "matrix", group,
                        thread_min(program, contraction_matrices(code),
                                   thread_add(program, group, size)),
                        1);
        }
        block.batch = contraction_bind_matrix(code, block.matrix);
        contraction_multiply(code, &block);
        if (code->choice.batch > 1)
                thread_end(program);
        thread_stage_end(program);
}
