/*
 * Packing of operands into panels; see contraction_code.h.
 *
 * The copy is where an operand's own work happens once an element instead of
 * once a multiplication: widening of f16, prologues, guards of reads outside,
 * the gather behind a convolution's implicit matrix.
 */
#include "lower/contraction_code.h"

#include "lower/node.h"
#include "lower/plan.h"
#include "lower/sweep.h"

/* Rows or columns that one inner loop packs side by side. */
enum { PACK_WIDTH = 8, PACK_AHEAD = 64, PACK_ROWS = 16 };

const struct thread_expr *contraction_panel(struct contraction_code *code,
                                            int64_t width,
                                            const struct thread_expr *depth)
{
        return thread_mul(code->program, depth,
                          thread_int(code->program, width));
}

const struct thread_expr *contraction_operand_value(
        struct contraction_code *code,
        const struct contraction_operand *operand)
{
        struct thread_program *program = code->program;
        const struct thread_expr *product = NULL;

        for (int pass = 0; pass < 2; pass++)
                for (int i = 0; i < operand->count; i++) {
                        const struct thread_expr *value;

                        if (operand->divides[i] != (pass == 1))
                                continue;
                        value = vector_lower_real(&code->scope,
                                                  operand->factor[i]);
                        if (!product && pass == 1)
                                product = thread_real(program,
                                                      code->form->dtype, 1);
                        if (!product)
                                product = value;
                        else
                                product = thread_binary(program,
                                                        pass ? THREAD_DIV
                                                             : THREAD_MUL,
                                                        product, value);
                }
        if (operand->negative)
                product = thread_unary(program, THREAD_NEGATE, product);
        return product;
}

/* number, or the last one below end. */
static const struct thread_expr *clamp(struct contraction_code *code,
                                       const struct thread_expr *number,
                                       const struct thread_expr *end)
{
        struct thread_program *program = code->program;

        return thread_min(program, number,
                          thread_sub(program, end, thread_int(program, 1)));
}

/* Counters for the element k, several indices deep. */
static void open_counters(struct contraction_code *code,
                          const struct thread_expr *k,
                          struct contraction_inner *loop)
{
        struct thread_program *program = code->program;
        const struct contraction_indices *inner = &code->form->inner;

        for (int i = inner->count - 1; i >= 0; i--) {
                const struct index *index = inner->index[i];
                const struct thread_expr *at = k, *extent;

                if (i > 0) {
                        extent = contraction_extent(code, index);
                        /* An empty sum has no elements, but this is in front
                         * of the loop over them. */
                        if (!node_is_integer(index->lo, 0) ||
                            !plan_positive(index->hi))
                                extent = thread_max(program, extent,
                                                    thread_int(program, 1));
                        k = thread_let(program, "rest", k);
                        at = thread_remainder(program, k, extent);
                        k = thread_quotient(program, k, extent);
                }
                loop->counter[i] = thread_var(
                        program, index->name,
                        thread_add(program,
                                   vector_lower(&code->scope, index->lo), at));
        }
}

void contraction_inner_begin(struct contraction_code *code,
                             const struct thread_expr *k,
                             const struct thread_expr *depth, int unroll,
                             struct contraction_inner *loop)
{
        struct thread_program *program = code->program;
        const struct contraction_indices *inner = &code->form->inner;

        if (inner->count > 1)
                open_counters(code, k, loop);
        loop->step = thread_loop(
                program, "k", thread_int(program, 0), depth, 1,
                unroll > 1 ? THREAD_UNROLLED : THREAD_SERIAL, unroll);
        if (inner->count > 1)
                for (int i = 0; i < inner->count; i++)
                        vector_bind(&code->scope, inner->index[i],
                                    loop->counter[i]);
        else
                contraction_bind(code, inner, inner->count,
                                 thread_add(program, k, loop->step));
}

void contraction_inner_end(struct contraction_code *code,
                           const struct contraction_inner *loop)
{
        struct thread_program *program = code->program;
        const struct contraction_indices *inner = &code->form->inner;
        int opened = 0;

        for (int i = inner->count - 1; inner->count > 1 && i >= 0; i--) {
                const struct index *index = inner->index[i];

                thread_assign(program, loop->counter[i],
                              thread_add(program, loop->counter[i],
                                         thread_int(program, 1)));
                if (i == 0)
                        break;
                thread_if(
                        program,
                        thread_binary(program, THREAD_EQ, loop->counter[i],
                                      vector_lower(&code->scope, index->hi)));
                thread_assign(program, loop->counter[i],
                              vector_lower(&code->scope, index->lo));
                opened++;
        }
        while (opened--)
                thread_end(program);
        thread_end(program);
}

/* One element of a panel; memo entries end with it. */
static void pack_element(struct contraction_code *code,
                         const struct contraction_operand *operand,
                         struct thread_array *panel,
                         const struct thread_expr *offset)
{
        const struct vector_memo *memo = code->scope.memo;

        thread_store(code->program, panel, offset,
                     contraction_operand_value(code, operand));
        code->scope.memo = memo;
}

/* A hint for what comes next along the first of several rows in memory. It
 * also keeps gcc from vectorising across the reduced elements, which for
 * rows that are apart is 2.6 times slower than taking one of each. */
static void hint_next(struct contraction_code *code,
                      const struct contraction_operand *operand)
{
        const struct read *read = contraction_plain_read(operand);
        struct thread_array *array;

        if (!read)
                return;
        array = code->scope.storage[read->tensor->number].array;
        if (!array)
                array = thread_tensor(code->program, read->tensor);
        thread_prefetch(code->program, array,
                        thread_add(code->program,
                                   vector_offset(&code->scope, read->tensor,
                                                 read->subscript),
                                   thread_int(code->program, PACK_AHEAD)));
}

/* The rows of a tile, the last one again past the end. */
static void number_rows(struct contraction_code *code,
                        const struct thread_expr *row,
                        const struct thread_expr **number)
{
        struct thread_program *program = code->program;
        const struct thread_expr *first =
                contraction_panel(code, code->tile_rows, row);

        for (int64_t r = 0; r < code->tile_rows; r++)
                number[r] =
                        thread_let(program, "row",
                                   clamp(code,
                                         thread_add(program, first,
                                                    thread_int(program, r)),
                                         code->rows));
}

/* Every reduced element takes one of each row. */
static void pack_elements(struct contraction_code *code,
                          const struct thread_expr *row,
                          const struct thread_expr *k,
                          const struct thread_expr *depth,
                          const struct thread_expr *offset)
{
        struct thread_program *program = code->program;
        const struct contraction_indices *rows = &code->form->rows;
        const struct thread_expr *number[PACK_ROWS];
        struct contraction_inner loop;

        number_rows(code, row, number);
        contraction_inner_begin(code, k, depth, 1, &loop);
        offset = thread_let(program, "to",
                            thread_add(program, offset,
                                       contraction_panel(code, code->tile_rows,
                                                         loop.step)));
        for (int64_t r = 0; r < code->tile_rows; r++) {
                contraction_bind(code, rows, rows->count, number[r]);
                if (r == 0)
                        hint_next(code, &code->form->left);
                pack_element(
                        code, &code->form->left, code->left,
                        thread_add(program, offset, thread_int(program, r)));
        }
        contraction_inner_end(code, &loop);
}

/* A row's work done in vectors along the reduced elements, whose lanes then
 * part. */
struct scatter {
        struct contraction_code *code;
        const struct thread_expr *k, *offset; /* of the first element */
};

static void scatter_body(struct vector_scope *scope,
                         const struct thread_expr *copy, void *data)
{
        struct scatter *scatter = data;
        struct contraction_code *code = scatter->code;
        struct thread_program *program = code->program;
        const struct index *inner = code->form->inner.index[0];
        const struct thread_expr *value, *at;

        (void)copy;
        value = thread_let(program, "value",
                           contraction_operand_value(code, &code->form->left));
        at = thread_sub(program, scope->index[inner->number].base, scatter->k);
        at = thread_let(
                program, "to",
                thread_add(program, scatter->offset,
                           contraction_panel(code, code->tile_rows, at)));
        for (int l = 0; l < scope->lanes; l++) {
                if (scope->active)
                        thread_if(program,
                                  thread_less(program, thread_int(program, l),
                                              scope->active));
                thread_store(
                        program, code->left,
                        thread_add(program, at,
                                   thread_int(program, l * code->tile_rows)),
                        thread_lane(program, value, l));
                if (scope->active)
                        thread_end(program);
        }
}

static void pack_along(struct contraction_code *code,
                       const struct thread_expr *row,
                       const struct thread_expr *k,
                       const struct thread_expr *depth,
                       const struct thread_expr *offset)
{
        struct thread_program *program = code->program;
        const struct contraction_indices *rows = &code->form->rows;
        const struct index *inner = code->form->inner.index[0];
        const struct thread_expr *low, *r;
        const struct vector_memo *memo = code->scope.memo;
        struct scatter scatter = {.code = code};
        struct sweep sweep = {
                .index = inner,
                .name = inner->name,
                .lanes = code->lanes,
                .copies = 1,
                .unroll = 1,
        };

        low = thread_add(program, vector_lower(&code->scope, inner->lo), k);
        scatter.k = sweep.low = thread_let(program, "low", low);
        sweep.high = thread_add(program, sweep.low, depth);
        r = thread_for(program, "r", thread_int(program, 0),
                       thread_int(program, code->tile_rows), 1);
        scatter.offset = thread_add(program, offset, r);
        row = thread_add(program,
                         contraction_panel(code, code->tile_rows, row), r);
        contraction_bind(
                code, rows, rows->count,
                thread_let(program, "row", clamp(code, row, code->rows)));
        sweep_run(&code->scope, &sweep, scatter_body, &scatter);
        code->scope.memo = memo;
        thread_end(program);
}

/* Worth the scatter: more than a copy, and neighbours along the elements. */
static bool is_work_along(const struct contraction_code *code)
{
        const struct contraction_operand *left = &code->form->left;
        const struct contraction_indices *inner = &code->form->inner;

        if (inner->count != 1 || contraction_plain_read(left) ||
            !contraction_is_contiguous(left, inner->index[0], 1))
                return false;
        for (int i = 0; i < left->count; i++)
                if (!vector_can(left->factor[i], inner->index[0]))
                        return false;
        return true;
}

void contraction_pack_left(struct contraction_code *code,
                           const struct thread_expr *row,
                           const struct thread_expr *k,
                           const struct thread_expr *depth,
                           const struct thread_expr *offset)
{
        if (is_work_along(code))
                pack_along(code, row, k, depth, offset);
        else
                pack_elements(code, row, k, depth, offset);
}

const struct thread_expr *contraction_active(struct contraction_code *code,
                                             const struct thread_expr *column)
{
        struct thread_program *program = code->program;

        return thread_max(
                program, thread_int(program, 0),
                thread_min(program, thread_int(program, code->lanes),
                           thread_sub(program, code->columns, column)));
}

const struct thread_expr *contraction_is_whole(
        struct contraction_code *code, const struct thread_expr *column)
{
        struct thread_program *program = code->program;

        return thread_binary(
                program, THREAD_LE,
                thread_add(program, column,
                           thread_int(program, code->tile_columns)),
                code->columns);
}

/* Neighbours in memory: whole vectors, the last ones in part. */
static void pack_vectors(struct contraction_code *code,
                         const struct thread_expr *first,
                         const struct thread_expr *k,
                         const struct thread_expr *depth,
                         const struct thread_expr *offset, bool whole)
{
        struct thread_program *program = code->program;
        const struct index *vector = code->form->vector;
        const struct thread_expr *low = vector_lower(&code->scope, vector->lo);
        struct contraction_inner loop;

        contraction_inner_begin(code, k, depth, 1, &loop);
        offset = thread_add(
                program, offset,
                thread_mul(program, loop.step,
                           thread_int(program, code->tile_columns)));
        for (int64_t v = 0; v < code->choice.vectors; v++) {
                const struct thread_expr *at =
                        thread_int(program, v * code->lanes);
                const struct thread_expr *column =
                        thread_add(program, first, at);
                const struct thread_expr *active =
                        whole ? NULL : contraction_active(code, column);

                vector_bind_lanes(&code->scope, vector,
                                  thread_add(program, low, column),
                                  code->lanes, active);
                pack_element(code, &code->form->right, code->right,
                             thread_add(program, offset, at));
        }
        vector_bind_lanes(&code->scope, vector, NULL, 1, NULL);
        contraction_inner_end(code, &loop);
}

/* Columns apart in memory: some at a time, each read along its own rows. */
static void pack_apart(struct contraction_code *code,
                       const struct thread_expr *first,
                       const struct thread_expr *k,
                       const struct thread_expr *depth,
                       const struct thread_expr *offset)
{
        struct thread_program *program = code->program;
        const struct index *vector = code->form->vector;
        const struct thread_expr *low = vector_lower(&code->scope, vector->lo);
        const struct thread_expr *number[PACK_WIDTH], *group;
        struct contraction_inner loop;
        int64_t width = PACK_WIDTH;

        while (code->tile_columns % width)
                width /= 2;
        group = thread_for(program, "c", thread_int(program, 0),
                           thread_int(program, code->tile_columns), width);
        first = thread_add(program, first, group);
        for (int64_t c = 0; c < width; c++)
                number[c] = thread_let(
                        program, "column",
                        thread_add(program, low,
                                   clamp(code,
                                         thread_add(program, first,
                                                    thread_int(program, c)),
                                         code->columns)));
        contraction_inner_begin(code, k, depth, 1, &loop);
        offset = thread_let(
                program, "to",
                thread_add(
                        program, thread_add(program, offset, group),
                        thread_mul(program, loop.step,
                                   thread_int(program, code->tile_columns))));
        for (int64_t c = 0; c < width; c++) {
                vector_bind(&code->scope, vector, number[c]);
                if (c == 0)
                        hint_next(code, &code->form->right);
                pack_element(
                        code, &code->form->right, code->right,
                        thread_add(program, offset, thread_int(program, c)));
        }
        contraction_inner_end(code, &loop);
        thread_end(program);
}

void contraction_pack_right(struct contraction_code *code,
                            const struct thread_expr *column,
                            const struct thread_expr *k,
                            const struct thread_expr *depth,
                            const struct thread_expr *offset)
{
        struct thread_program *program = code->program;
        const struct contraction_form *form = code->form;
        const struct thread_expr *width =
                thread_int(program, code->tile_columns);
        const struct thread_expr *first = thread_let(
                program, "first", thread_mul(program, column, width));
        bool vectors = contraction_is_contiguous(&form->right, form->vector,
                                                 VECTOR_STEPS);

        for (int i = 0; i < form->right.count; i++)
                vectors = vectors &&
                          vector_can(form->right.factor[i], form->vector);
        if (!vectors) {
                pack_apart(code, first, k, depth, offset);
                return;
        }
        if (thread_is_multiple(program, code->columns, code->tile_columns)) {
                pack_vectors(code, first, k, depth, offset, true);
                return;
        }
        thread_if(program, contraction_is_whole(code, first));
        pack_vectors(code, first, k, depth, offset, true);
        thread_else(program);
        pack_vectors(code, first, k, depth, offset, false);
        thread_end(program);
}
