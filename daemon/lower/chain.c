/*
 * Class chain: the schedule's fields, and one stage whose tasks take a block
 * of rows through all products and row passes of a chain; see chain.h.
 *
 * A tensor between two statements of the chain is a buffer of the task, which
 * holds the block's rows from its first one on: reads and writes of it skip
 * the batch indices and take the rows in front of the block off, so that the
 * pieces of other classes need not know. Statements in front of the chain and
 * behind it are stages of the contraction class.
 */
#include "lower/chain.h"

#include <stdio.h>

#include "core/text.h"
#include "lower/chain_plan.h"
#include "lower/contraction_code.h"
#include "lower/regroup.h"
#include "lower/rewrite.h"
#include "lower/row.h"

enum { CHAIN_ARENA_BYTES = 32 << 20 };

/* Stages in all: packing for each product, what is not in the chain. */
static bool can_lower(const struct chain_plan *chain)
{
        int stages = 1 + 4 * chain->plan.form_count;

        for (int s = 0; s < chain->plan.spec->statement_count; s++)
                if (chain->plan.role[s] == CONTRACTION_SEPARATE &&
                    !chain_plan_has(chain, s))
                        stages++;
        return stages <= LIMIT_STAGES;
}

static bool is_chain(struct arena *arena, const struct spec *spec)
{
        struct chain_plan *chain = arena_alloc(arena, sizeof *chain);

        return chain && chain_plan_make(arena, spec, chain) &&
               can_lower(chain);
}

bool chain_applies(const struct spec *spec, const struct target *target)
{
        struct arena *arena = arena_new(CHAIN_ARENA_BYTES);
        bool applies = arena && regroup_best(arena, spec, NULL, is_chain) >= 0;

        (void)target;
        arena_free(arena);
        return applies;
}

static int make_plan(struct arena *arena, const struct spec *spec, int order,
                     struct chain_plan **chain, struct error *err)
{
        const struct spec *regrouped =
                order >= 0 ? regroup_make(arena, spec, order) : NULL;

        *chain = arena_alloc(arena, sizeof **chain);
        if (*chain && regrouped && chain_plan_make(arena, regrouped, *chain) &&
            can_lower(*chain))
                return 0;
        if (arena_failed(arena))
                return error_memory(err);
        return error_set(err, ERR_UNSUPPORTED,
                         "%s has no products and row values that follow each "
                         "other on the same rows",
                         spec->name);
}

/* --- the schedule space -------------------------------------------------- */

/* The largest product of the chain. */
static void main_shape(const struct chain_plan *chain,
                       const struct binding *workload,
                       struct contraction_shape *shape)
{
        double most = -1;

        for (int s = chain->first; s < chain->end; s++) {
                struct contraction_shape other;
                double work;

                if (chain->plan.role[s] != CONTRACTION_SUM)
                        continue;
                contraction_shape_of(chain->plan.form[s], workload, &other);
                other.margin = false; /* needs a stage in front */
                work = other.matrices * other.rows * other.columns *
                       other.inner;
                if (work > most) {
                        most = work;
                        *shape = other;
                }
        }
}

/* Bytes that a row of the block keeps between statements. */
static double row_bytes(const struct chain_plan *chain,
                        const struct binding *workload)
{
        double bytes = 0;

        for (int s = chain->first; s < chain->end; s++) {
                const struct tensor *tensor =
                        chain->plan.spec->statement[s]->target;
                double row = 4;

                if (!chain->resident[tensor->number])
                        continue;
                for (int d = chain->lead; d < tensor->rank; d++)
                        row *= (double)spec_eval_size(tensor->extent[d],
                                                      workload);
                bytes += row;
        }
        return bytes;
}

static struct schedule_field *find_field(struct schedule_space *space,
                                         const char *name)
{
        for (int f = 0; f < space->count; f++)
                if (text_equal(space->field[f].name, name))
                        return &space->field[f];
        return NULL;
}

static void drop_field(struct schedule_space *space, const char *name)
{
        struct schedule_field *field = find_field(space, name);

        if (!field)
                return;
        space->count--;
        for (; field < &space->field[space->count]; field++)
                field[0] = field[1];
}

static int64_t guessed(struct schedule_space *space, const char *name)
{
        const struct schedule_field *field = find_field(space, name);

        return field ? field->value[field->guess] : 0;
}

static void set_guess(struct schedule_space *space, const char *name,
                      int64_t value)
{
        struct schedule_field *field = find_field(space, name);

        for (int v = 0; field && v < field->count; v++)
                if (field->value[v] == value)
                        field->guess = v;
}

/* Never all rows: a block has a largest size, whatever the workload. */
static void bound_block(struct schedule_space *space)
{
        struct schedule_field *field = find_field(space, "row_blocks");
        int kept = 0;

        for (int v = 0; v < field->count; v++)
                if (field->value[v] > 0)
                        field->value[kept++] = field->value[v];
        if (kept == 0)
                field->value[kept++] = 1;
        field->count = kept;
}

/* A block that leaves half of the second level cache to the operands, and
 * four tasks a thread where there are enough rows. */
static void guess_block(const struct chain_plan *chain,
                        const struct binding *workload,
                        const struct target *target,
                        const struct contraction_shape *shape,
                        struct schedule_space *space)
{
        double tile = (double)guessed(space, "rows");
        double tiles = shape->rows / tile;
        double most = (double)target->l2_bytes / 2 /
                      (tile * (row_bytes(chain, workload) + 1));
        double share = shape->batch * tiles / (4.0 * target->threads);
        struct schedule_field *field = find_field(space, "row_blocks");

        if (share < most)
                most = share;
        field->guess = 0;
        for (int v = 1; v < field->count; v++)
                if ((double)field->value[v - 1] < tiles &&
                    (double)field->value[v] <= most)
                        field->guess = v;
        /* What every block would pack again is packed once. */
        if ((double)guessed(space, "row_blocks") < tiles &&
            guessed(space, "right") == CONTRACTION_LOCAL)
                set_guess(space, "right", CONTRACTION_SHARED);
}

static void add_fields(const struct chain_plan *chain,
                       const struct binding *workload,
                       const struct target *target,
                       struct schedule_space *space)
{
        static const int64_t places[] = {0, 2, -1};
        static const int64_t few[] = {1, 2, 4, -1};
        struct contraction_shape shape = {0};
        bool staged = false;

        main_shape(chain, workload, &shape);
        contraction_choice_space(&shape, target, space);
        space->class = SCHEDULE_CHAIN;
        drop_field(space, "column_blocks");
        drop_field(space, "split");
        drop_field(space, "batch");
        bound_block(space);
        guess_block(chain, workload, target, &shape, space);
        for (int s = chain->first; s < chain->end; s++)
                staged |= chain_plan_has(chain, s) && chain->passes[s] &&
                          chain->passes[s]->staged_count;
        plan_field(space, "copies", "accumulators of a row's reduction", few,
                   2);
        if (staged)
                plan_field(space, "stage",
                           "a value that later passes of a row read is 0: "
                           "computed again, 2: kept",
                           places, 2);
}

int chain_fields(const struct spec *spec, const struct binding *workload,
                 const struct target *target, struct schedule_space *space,
                 struct error *err)
{
        struct arena *arena = arena_new(CHAIN_ARENA_BYTES);
        struct chain_plan *chain;
        int best, rc;

        if (!arena)
                return error_memory(err);
        best = regroup_best(arena, spec, workload, is_chain);
        rc = make_plan(arena, spec, best, &chain, err);
        if (rc == 0) {
                add_fields(chain, workload, target, space);
                regroup_field(arena, spec, workload, best, space);
        }
        arena_free(arena);
        return rc;
}

/* --- the stage ------------------------------------------------------------
 */

struct chain_code {
        struct thread_program *program;
        const struct chain_plan *chain;
        struct contraction_storage *storage;
        struct contraction_choice choice;
        struct row_choice row;
        struct contraction_code *product[CONTRACTION_STATEMENTS];
        const struct contraction_code *first; /* of the products */
        /* The task's block. */
        const struct thread_expr *batch, *tile, *tile_end, *row_begin,
                *row_end;
        const struct thread_expr
                *before[LIMIT_TENSORS]; /* offset of residents */
};

static bool reads_chain(const struct chain_plan *chain,
                        const struct contraction_operand *operand)
{
        for (int s = chain->first; s < chain->end; s++)
                for (int i = 0; chain_plan_has(chain, s) && i < operand->count;
                     i++)
                        if (rewrite_reads(
                                    operand->factor[i],
                                    chain->plan.spec->statement[s]->target))
                                return true;
        return false;
}

/* One product's code, with the stages that pack for it in front. */
static int open_product(struct chain_code *c, int s,
                        const struct binding *workload, struct error *err)
{
        const struct contraction_form *form = c->chain->plan.form[s];
        struct contraction_code *code =
                arena_alloc(c->program->arena, sizeof *code);
        struct contraction_shape shape;

        if (!code)
                return error_memory(err);
        code->program = c->program;
        code->form = form;
        code->storage = c->storage;
        code->choice = c->choice;
        contraction_shape_of(form, workload, &shape);
        contraction_choice_adapt(&code->choice, &shape);
        if (code->choice.left == CONTRACTION_SHARED &&
            reads_chain(c->chain, &form->left))
                code->choice.left = shape.left_direct ? CONTRACTION_DIRECT
                                                      : CONTRACTION_LOCAL;
        contraction_prepare(code);
        c->product[s] = code;
        if (!c->first)
                c->first = code;
        return 0;
}

/* Elements of a resident tensor for one row. */
static const struct thread_expr *row_elements(struct chain_code *c,
                                              const struct tensor *tensor)
{
        const struct thread_expr *product = thread_int(c->program, 1);
        struct vector_scope scope;

        vector_open(&scope, c->program);
        for (int d = c->chain->lead; d < tensor->rank; d++)
                product = thread_mul(c->program, product,
                                     vector_lower(&scope, tensor->extent[d]));
        return product;
}

static void open_residents(struct chain_code *c)
{
        struct thread_program *program = c->program;
        const struct thread_expr *rows =
                thread_min(program, c->first->row_tiles,
                           thread_int(program, c->choice.row_blocks));

        rows = thread_mul(program, rows,
                          thread_int(program, c->first->tile_rows));
        for (int s = c->chain->first; s < c->chain->end; s++) {
                const struct tensor *tensor =
                        c->chain->plan.spec->statement[s]->target;
                const struct thread_expr *row;

                if (!c->chain->resident[tensor->number])
                        continue;
                row = row_elements(c, tensor);
                c->storage->array[tensor->number] = contraction_place(
                        program, tensor, thread_mul(program, rows, row));
                c->before[tensor->number] = thread_let(
                        program, "before",
                        thread_sub(program, thread_int(program, 0),
                                   thread_mul(program, c->row_begin, row)));
        }
}

static const struct thread_expr *larger(struct chain_code *c,
                                        const struct thread_expr *a,
                                        const struct thread_expr *b)
{
        if (!a || !b)
                return a ? a : b;
        return thread_equal(a, b) ? a : thread_max(c->program, a, b);
}

static struct thread_array *open_buffer(struct chain_code *c, const char *name,
                                        const struct thread_expr *elements)
{
        return elements ? thread_local_buffer(c->program, name,
                                              c->first->form->dtype, elements)
                        : NULL;
}

/* One after the other, the products use the same buffers. */
static void open_buffers(struct chain_code *c)
{
        struct contraction_buffers all = {0}, own;
        struct thread_array *left, *right, *sums, *tile;

        for (int s = c->chain->first; s < c->chain->end; s++) {
                if (!c->product[s])
                        continue;
                contraction_measure_buffers(c->product[s], &own);
                all.left = larger(c, all.left, own.left);
                all.right = larger(c, all.right, own.right);
                all.sums = larger(c, all.sums, own.sums);
                all.tile = larger(c, all.tile, own.tile);
        }
        left = open_buffer(c, "left", all.left);
        right = open_buffer(c, "right", all.right);
        sums = open_buffer(c, "sums", all.sums);
        tile = open_buffer(c, "tile", all.tile);
        for (int s = c->chain->first; s < c->chain->end; s++) {
                struct contraction_code *code = c->product[s];

                if (!code)
                        continue;
                if (code->choice.left == CONTRACTION_LOCAL)
                        code->left = left;
                if (code->choice.right == CONTRACTION_LOCAL)
                        code->right = right;
                code->sums = sums;
                code->tile = tile;
        }
}

/* What names mean inside the stage. */
static void place_residents(struct chain_code *c, struct vector_scope *scope)
{
        for (int t = 0; t < c->chain->plan.spec->tensor_count; t++) {
                scope->storage[t].array = c->storage->array[t];
                if (!c->before[t])
                        continue;
                scope->storage[t].offset = c->before[t];
                scope->storage[t].skip = c->chain->batch;
        }
}

static void write_product(struct chain_code *c, int s)
{
        struct contraction_code *code = c->product[s];
        struct thread_program *program = c->program;
        const struct statement *statement = c->chain->plan.spec->statement[s];
        struct contraction_block block = {
                .matrix = c->batch,
                .row = c->tile,
                .row_end = c->tile_end,
                .column = thread_int(program, 0),
                .column_end = code->column_tiles,
        };
        bool several = code->form->columns.count > 1;

        thread_comment(program, "%s", plan_text(program, statement));
        contraction_scope_open(code);
        if (!code->scope.index)
                return;
        place_residents(c, &code->scope);
        if (several)
                block.matrix = thread_add(
                        program, thread_mul(program, c->batch, code->others),
                        thread_for(program, "other", thread_int(program, 0),
                                   code->others, 1));
        block.batch = contraction_bind_matrix(code, block.matrix);
        contraction_multiply(code, &block);
        if (several)
                thread_end(program);
}

static void write_rows(struct chain_code *c, int s)
{
        struct thread_program *program = c->program;
        const struct thread_expr *before =
                thread_mul(program, c->batch, c->first->rows);
        struct vector_scope scope;

        vector_open(&scope, program);
        if (!scope.index)
                return;
        scope.hold = true;
        scope.variant = (int)c->choice.math;
        place_residents(c, &scope);
        row_block(&scope, c->chain->passes[s], &c->row,
                  thread_let(program, "first",
                             thread_add(program, before, c->row_begin)),
                  thread_let(program, "last",
                             thread_add(program, before, c->row_end)));
}

/* The task's block of rows, from its number. */
static void open_block(struct chain_code *c, const struct thread_expr *task)
{
        struct thread_program *program = c->program;
        const struct thread_expr *tiles = c->first->row_tiles;
        const struct thread_expr *size =
                thread_int(program, c->choice.row_blocks);
        const struct thread_expr *blocks = thread_let(
                program, "blocks", thread_blocks(program, tiles, size));

        c->batch = thread_let(program, "batch",
                              thread_quotient(program, task, blocks));
        c->tile = thread_let(
                program, "tile",
                thread_mul(program, thread_remainder(program, task, blocks),
                           size));
        c->tile_end =
                thread_let(program, "tile_end",
                           thread_min(program, tiles,
                                      thread_add(program, c->tile, size)));
        c->row_begin = thread_let(
                program, "row_begin",
                thread_mul(program, c->tile,
                           thread_int(program, c->first->tile_rows)));
        c->row_end = thread_let(
                program, "row_end",
                thread_min(
                        program, c->first->rows,
                        thread_mul(program, c->tile_end,
                                   thread_int(program, c->first->tile_rows))));
}

static void write_stage(struct chain_code *c)
{
        struct thread_program *program = c->program;
        const struct thread_expr *tasks, *task;
        char name[LIMIT_NAME_BYTES + 32];

        tasks = thread_mul(
                program, c->first->batch,
                thread_blocks(program, c->first->row_tiles,
                              thread_int(program, c->choice.row_blocks)));
        snprintf(name, sizeof name, "%.48s_block", program->spec->name);
        task = thread_stage_begin(program, name, tasks);
        thread_stage_comment(program,
                             "A block of rows through all of it; what lies "
                             "between two statements stays in the task's "
                             "buffers.");
        open_block(c, task);
        open_residents(c);
        open_buffers(c);
        for (int s = c->chain->first; s < c->chain->end; s++) {
                if (!chain_plan_has(c->chain, s))
                        continue;
                if (c->product[s])
                        write_product(c, s);
                else if (!c->chain->joined[s])
                        write_rows(c, s);
        }
        thread_stage_end(program);
        for (int t = 0; t < c->chain->plan.spec->tensor_count; t++)
                if (c->chain->resident[t])
                        c->storage->array[t] = NULL;
}

/* --- the program ----------------------------------------------------------
 */

static void read_choice(const struct schedule *schedule, struct chain_code *c)
{
        enum dtype real = vector_real(c->chain->plan.spec);

        contraction_choice_read(schedule, &c->choice);
        c->choice.column_blocks = 0;
        if (c->choice.row_blocks == 0)
                c->choice.row_blocks = 1;
        c->choice.split = 1;
        c->choice.batch = 1;
        c->row = (struct row_choice){
                .lanes = (int)(c->choice.vector / (int64_t)dtype_bytes(real)),
                .copies = (int)schedule_get(schedule, "copies", 1),
                .unroll = 2,
                .stage = (int)schedule_get(schedule, "stage", ROW_RECOMPUTE),
        };
}

static int check_choice(const struct chain_code *c,
                        const struct target *target, struct error *err)
{
        int element = (int)dtype_bytes(vector_real(c->chain->plan.spec));

        if (c->choice.vector > target->vector_bytes)
                return error_set(err, ERR_UNSUPPORTED,
                                 "vectors of %d bytes on a device with %d",
                                 (int)c->choice.vector, target->vector_bytes);
        if (!contraction_choice_fits(&c->choice, element))
                return error_set(err, ERR_UNSUPPORTED,
                                 "%d x %d accumulators do not fit the "
                                 "registers",
                                 (int)c->choice.rows, (int)c->choice.vectors);
        return 0;
}

/* Scratch for what others than the chain read. */
static void place_shared(struct chain_code *c)
{
        for (int s = c->chain->first; s < c->chain->end; s++) {
                const struct tensor *tensor =
                        c->chain->plan.spec->statement[s]->target;

                if (chain_plan_has(c->chain, s) &&
                    tensor->role != TENSOR_OUT &&
                    !c->chain->resident[tensor->number])
                        c->storage->array[tensor->number] =
                                contraction_place(c->program, tensor, NULL);
        }
}

static int write_chain(struct chain_code *c, const struct binding *workload,
                       struct error *err)
{
        place_shared(c);
        for (int s = c->chain->first; s < c->chain->end; s++)
                if (c->chain->plan.role[s] == CONTRACTION_SUM) {
                        int rc = open_product(c, s, workload, err);

                        if (rc)
                                return rc;
                }
        write_stage(c);
        return 0;
}

int chain_lower(const struct spec *spec, const struct binding *workload,
                const struct target *target, const struct schedule *schedule,
                struct thread_program *program, struct error *err)
{
        struct contraction_storage storage = {0};
        struct chain_code code = {.program = program, .storage = &storage};
        char text[SCHEDULE_TEXT_BYTES];
        struct chain_plan *chain;
        int rc = make_plan(program->arena, spec,
                           (int)schedule_get(schedule, "order", 0), &chain,
                           err);

        if (rc)
                return rc;
        regroup_limit(program, spec, chain->plan.spec);
        thread_respec(program, chain->plan.spec);
        code.chain = chain;
        read_choice(schedule, &code);
        rc = check_choice(&code, target, err);
        if (rc)
                return rc;
        schedule_print(schedule, text);
        thread_describe(program, "Schedule: %s.", text);
        plan_fix(program, workload, schedule);
        for (int s = 0; rc == 0 && s < program->spec->statement_count; s++) {
                if (s == chain->first)
                        rc = write_chain(&code, workload, err);
                if (s < chain->first || s >= chain->end)
                        contraction_write_statement(program, &chain->plan, s,
                                                    workload, &code.choice,
                                                    &storage);
        }
        return rc;
}
