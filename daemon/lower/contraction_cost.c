/*
 * The cost model of contractions: cycles of one call, good enough to order
 * choices; measurement decides (docs/lowering.md).
 *
 * One step of a register tile costs the largest of its arithmetic, its loads
 * and the latency of one accumulator, plus what the caches that hold the
 * panels add. Packing, tile ends, tasks and barriers are added; padding
 * follows from whole tiles and imbalance from whole tasks. The constants are
 * of a current x86 core (Zen 4, Golden Cove) and are deliberately coarse.
 */
#include "lower/contraction_choice.h"

#include <math.h>

#include "lower/contraction_plan.h"
#include "lower/margin.h"
#include "lower/plan.h"
#include "lower/rewrite.h"
#include "lower/vector.h"

/* One accumulator takes an addition every FMA_LATENCY cycles; a step's own
 * arithmetic (counter, addresses) is shared by the unrolled ones. */
static const double FMA_LATENCY = 4, STEP_OVERHEAD = 0.4;
/* The end of a tile, and of each accumulator: through the buffer and out. */
static const double TILE_CYCLES = 40, VECTOR_CYCLES = 3;
static const double SUM_CYCLES = 8;  /* of adding up one accumulator */
static const double LIBM_CYCLES = 8; /* saved by a variant, a vector */
static const double TASK_CYCLES = 200, STAGE_CYCLES = 4000;
/* Bytes a cycle of one core from each level. */
static const double L2_BYTES = 32, LLC_BYTES = 12, MEMORY_BYTES = 5;

/* --- shape --------------------------------------------------------------- */

static double extent_of(const struct index *index,
                        const struct binding *binding)
{
        return (double)(spec_eval_size(index->hi, binding) -
                        spec_eval_size(index->lo, binding));
}

static double extents_of(const struct contraction_indices *indices, int count,
                         const struct binding *binding)
{
        double product = 1;

        for (int i = 0; i < count; i++)
                product *= extent_of(indices->index[i], binding);
        return product;
}

/* Cycles an element, relative to a copy: three nodes of a tree a cycle. */
static double operand_cost(const struct contraction_operand *operand)
{
        double nodes = 0;

        if (contraction_plain_read(operand))
                return 1;
        for (int i = 0; i < operand->count; i++)
                nodes += rewrite_count(operand->factor[i]);
        return 1 + nodes / 3;
}

/* May a copy with margins be read where the right operand is? */
static bool has_margin(const struct contraction_form *form)
{
        const struct contraction_operand *right = &form->right;

        return right->count == 1 && !right->divides[0] && !right->negative &&
               margin_can(right->factor[0]) &&
               contraction_is_contiguous(right, form->vector, VECTOR_STEPS);
}

/* Neighbours in memory are neighbours along index. */
static bool is_along(const struct contraction_operand *operand,
                     const struct index *index)
{
        return vector_depends(operand->factor[0], index) &&
               contraction_is_contiguous(operand, index, 1);
}

static bool has_variants(const struct contraction_form *form)
{
        bool found = plan_has_variant(form->value);

        for (int f = 0; f < form->fused_count; f++)
                found |= plan_has_variant(form->fused[f].value);
        return found;
}

void contraction_shape_of(const struct contraction_form *form,
                          const struct binding *binding,
                          struct contraction_shape *shape)
{
        const struct contraction_indices *columns = &form->columns;
        bool single = form->inner.count == 1;

        *shape = (struct contraction_shape){
                .batch = extents_of(&form->batch, form->batch.count, binding),
                .rows = extents_of(&form->rows, form->rows.count, binding),
                .columns = extent_of(form->vector, binding),
                .inner = extents_of(&form->inner, form->inner.count, binding),
                .element_bytes = (int)dtype_bytes(form->dtype),
                .variants = has_variants(form),
                .right_contiguous = contraction_is_contiguous(
                        &form->right, form->vector, VECTOR_STEPS),
                .left_cost = operand_cost(&form->left),
                .right_cost = operand_cost(&form->right),
        };
        shape->matrices = shape->batch *
                          extents_of(columns, columns->count - 1, binding);
        shape->left_direct = contraction_plain_read(&form->left);
        shape->dot = single && shape->left_direct &&
                     contraction_plain_read(&form->right) &&
                     is_along(&form->left, form->inner.index[0]) &&
                     is_along(&form->right, form->inner.index[0]);
        shape->right_direct = shape->right_contiguous &&
                              contraction_plain_read(&form->right);
        shape->right_apart =
                !contraction_is_contiguous(&form->right, form->vector, 1);
        shape->margin = has_margin(form);
        if (shape->margin)
                shape->margin_elements =
                        margin_elements(form->right.factor[0], binding);
}

const struct contraction_form *contraction_choice_form(
        const struct contraction_plan *plan, const struct binding *binding)
{
        const struct contraction_form *largest = NULL;
        double most = -1;

        for (int s = 0; s < plan->spec->statement_count; s++) {
                struct contraction_shape shape;
                double work;

                if (!plan->form[s])
                        continue;
                contraction_shape_of(plan->form[s], binding, &shape);
                work = shape.matrices * shape.rows * shape.columns *
                       shape.inner;
                if (work > most) {
                        most = work;
                        largest = plan->form[s];
                }
        }
        return largest;
}

/* --- cost ---------------------------------------------------------------- */

/* A choice with "all" resolved, in numbers that the formulas use. */
struct blocking {
        double lanes, tile_rows, tile_columns, tile_row_count,
                tile_column_count, row_blocks, column_blocks, depth, inner,
                chunks, tasks;
};

/* 0 means all of them; at least one, so that nothing divides by 0. */
static double at_most(double choice, double all)
{
        return choice > 0 && choice < all ? choice : fmax(all, 1);
}

static void resolve(const struct contraction_choice *choice,
                    const struct contraction_shape *shape,
                    const struct target *target, struct blocking *b)
{
        b->lanes = (double)choice->vector / shape->element_bytes;
        b->tile_rows = (double)choice->rows;
        b->tile_columns = (double)choice->vectors * b->lanes;
        if (choice->right == CONTRACTION_DOT)
                b->tile_columns = (double)choice->vectors;
        b->tile_row_count = ceil(shape->rows / b->tile_rows);
        b->tile_column_count = ceil(shape->columns / b->tile_columns);
        b->row_blocks = at_most((double)choice->row_blocks, b->tile_row_count);
        b->inner = ceil(shape->inner / (double)choice->split);
        b->depth = at_most((double)choice->depth, b->inner);
        b->chunks = ceil(b->inner / b->depth);
        b->tasks = ceil(shape->matrices / (double)choice->batch) *
                   (double)choice->split *
                   ceil(b->tile_row_count / b->row_blocks);
        b->column_blocks =
                at_most((double)choice->column_blocks, b->tile_column_count);
        if (!choice->column_blocks && target->threads > 1)
                b->column_blocks =
                        ceil(b->tile_column_count /
                             ceil(CONTRACTION_TASKS * target->threads /
                                  fmax(b->tasks, 1)));
        b->column_blocks = fmax(b->column_blocks, 1);
        b->tasks *= ceil(b->tile_column_count / b->column_blocks);
}

/* Cycles to bring bytes from the level that holds `resident` bytes. */
static double transfer(double bytes, double resident,
                       const struct target *target)
{
        if (resident <= 0.6 * (double)target->l1_bytes)
                return 0;
        if (resident <= 0.6 * (double)target->l2_bytes)
                return bytes / L2_BYTES;
        if (resident <= 0.8 * (double)target->llc_bytes / target->threads)
                return bytes / LLC_BYTES;
        return bytes / MEMORY_BYTES;
}

/* Does a tile read the right operand's rows where they lie apart? */
static bool is_direct(const struct contraction_choice *choice)
{
        return choice->right == CONTRACTION_DIRECT ||
               choice->right == CONTRACTION_MARGIN;
}

/* Cycles of one step over a reduced element in one register tile. */
static double step_cycles(const struct contraction_choice *choice,
                          const struct contraction_shape *shape,
                          const struct blocking *b,
                          const struct target *target)
{
        double per_cycle = choice->vector >= 64 ? 1 : 2;
        double bytes = shape->element_bytes;
        double arithmetic =
                (double)(choice->rows * choice->vectors) / per_cycle;
        double loads = (double)(choice->rows + choice->vectors) / 2;
        double wide = choice->right == CONTRACTION_DOT ? b->lanes : 1;
        double left = b->tile_rows * bytes * wide;
        double right = b->tile_columns * bytes * wide;
        double left_panel = left * b->depth / wide;
        double right_panel = right * b->depth / wide;
        double step = fmax(fmax(arithmetic, loads), FMA_LATENCY);
        double memory, all = shape->columns * shape->inner * bytes;

        if (!target->fma)
                step = fmax(step, 2 * arithmetic);
        if (choice->rows_outer)
                memory = transfer(left, left_panel + right_panel, target) /
                                 b->column_blocks +
                         transfer(right, right_panel * b->column_blocks,
                                  target);
        else
                memory = transfer(right, left_panel + right_panel, target) /
                                 b->row_blocks +
                         transfer(left,
                                  left_panel * b->row_blocks + right_panel,
                                  target);
        /* The right operand comes in once a task whatever the order. */
        memory += transfer(right, all, target) / b->row_blocks;
        /* Addresses of rows beside those of taps do not fit the registers. */
        if (choice->left == CONTRACTION_DIRECT)
                memory += (choice->right == CONTRACTION_MARGIN ? 0.4 : 0.02) *
                          b->tile_rows;
        if (is_direct(choice) && shape->right_apart)
                memory += 4 * (double)choice->vectors;
        if (is_direct(choice) && shape->columns > b->tile_columns)
                memory += 0.5 * (double)choice->vectors;
        /* Rows of memory that are pages apart: few at a time are fetched
         * ahead. More rows of a result pay for their packing instead. */
        if (is_direct(choice) && shape->rows <= 4 &&
            shape->columns * bytes >= 4096 && b->depth > 16)
                memory += 6 * (double)choice->vectors;
        return step + STEP_OVERHEAD / (double)choice->unroll + 0.7 * memory;
}

/* Cycles of packing in all tasks together. */
static double packing_cycles(const struct contraction_choice *choice,
                             const struct contraction_shape *shape,
                             const struct blocking *b)
{
        double left = shape->rows * shape->inner * shape->left_cost;
        double right = b->tile_column_count * b->tile_columns * shape->inner *
                       shape->right_cost;
        double cycles = 0;

        right *= shape->right_contiguous ? 2 / b->lanes : 1.2;
        if (choice->left == CONTRACTION_LOCAL)
                cycles += left * shape->matrices *
                          ceil(b->tile_column_count / b->column_blocks);
        if (choice->left == CONTRACTION_SHARED)
                cycles += left * shape->batch;
        if (choice->right == CONTRACTION_LOCAL)
                cycles += right * shape->matrices *
                          ceil(b->tile_row_count / b->row_blocks);
        if (choice->right == CONTRACTION_SHARED)
                cycles += 1.3 * right * shape->matrices;
        if (choice->right == CONTRACTION_MARGIN)
                cycles += 3 / b->lanes * shape->margin_elements;
        return cycles;
}

/* Barriers of the stages around the product. */
static double stage_cycles(const struct contraction_choice *choice,
                           const struct target *target)
{
        int stages = (choice->left == CONTRACTION_SHARED) +
                     (choice->right == CONTRACTION_SHARED) +
                     (choice->right == CONTRACTION_MARGIN) +
                     (choice->split > 1);

        return stages * (target->threads > 1 ? STAGE_CYCLES : 200);
}

/* The last panel of a direct right operand is read lane by lane where no
 * instruction loads a part of a vector. */
static double tail_cycles(const struct contraction_choice *choice,
                          const struct contraction_shape *shape,
                          const struct blocking *b)
{
        double tail = fmod(shape->columns, b->tile_columns);

        if (!is_direct(choice) || tail == 0 ||
            (choice->vector >= 32 && shape->element_bytes == 4))
                return 0;
        return shape->matrices * b->tile_row_count * shape->inner * tail * 1.5;
}

double contraction_choice_cost(const struct contraction_choice *choice,
                               const struct contraction_shape *shape,
                               const struct target *target)
{
        struct blocking b;
        double tiles, steps, cycles, threads = target->threads, ends;

        resolve(choice, shape, target, &b);
        tiles = shape->matrices * b.tile_row_count * b.tile_column_count *
                (double)choice->split;
        ends = TILE_CYCLES +
               VECTOR_CYCLES * (double)(choice->rows * choice->vectors);
        steps = b.inner;
        if (choice->right == CONTRACTION_DOT) {
                steps = ceil(steps / b.lanes);
                ends += SUM_CYCLES * (double)(choice->rows * choice->vectors);
        }
        cycles = tiles * steps * step_cycles(choice, shape, &b, target) +
                 tiles * b.chunks * ends + b.tasks * TASK_CYCLES;
        /* Tiles that wait between chunks are written and read again. */
        if (b.chunks > 1)
                cycles +=
                        tiles * b.chunks *
                        transfer(2 * b.tile_rows * b.tile_columns *
                                         shape->element_bytes,
                                 b.row_blocks * b.column_blocks * b.tile_rows *
                                         b.tile_columns * shape->element_bytes,
                                 target);
        cycles += packing_cycles(choice, shape, &b);
        cycles += tail_cycles(choice, shape, &b);
        if (choice->split > 1) {
                double parts = shape->matrices * shape->rows * shape->columns *
                               (double)choice->split;

                cycles += parts / b.lanes * 2 +
                          transfer(2 * parts * shape->element_bytes,
                                   parts * shape->element_bytes, target);
        }
        if (shape->variants && !choice->math)
                cycles += shape->matrices * shape->rows * shape->columns *
                          LIBM_CYCLES / b.lanes;
        /* Whole tasks on whole threads. */
        cycles *= ceil(b.tasks / threads) / b.tasks;
        return cycles + stage_cycles(choice, target);
}
