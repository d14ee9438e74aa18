/*
 * Class row: tasks of whole rows. What a row needs is in passes.c, how a
 * pass is emitted in row_pass.c; here are the schedule's fields, the tasks,
 * and where values wait between passes.
 */
#include "lower/row.h"

#include <stdio.h>

#include "lower/ragged.h"
#include "lower/row_late.h"
#include "lower/row_pass.h"
#include "lower/row_split.h"

bool row_applies(const struct spec *spec, const struct target *target)
{
        struct arena *arena = arena_new(THREAD_ARENA_BYTES);
        struct passes *passes =
                arena ? arena_alloc(arena, sizeof *passes) : NULL;
        bool applies = passes && passes_find(passes, arena, spec, false);

        (void)target;
        arena_free(arena);
        return applies;
}

/* --- the schedule space --- */

/* The output that may hold staged value i until it becomes part of it: of
 * the working precision, stored once by a later pass over the same range,
 * with nothing read between from that place. */
static const struct pass_output *staging_output(const struct passes *passes,
                                                int i)
{
        const struct pass_staged *staged = &passes->staged[i];
        enum dtype real = vector_real(passes->spec);

        for (int k = 0; k < passes->output_count; k++) {
                const struct pass_output *output = &passes->output[k];
                bool taken = false;

                for (int before = 0; before < i; before++)
                        if (staging_output(passes, before) == output)
                                taken = true;
                if (!taken && output->range == staged->range &&
                    output->pass > staged->from &&
                    output->item->statement->target->dtype == real &&
                    output->item->statement->target->role == TENSOR_OUT)
                        return output;
        }
        return NULL;
}

/* Is the value read by a pass behind the one that stores the output? */
static bool fits_output(const struct passes *passes, int i)
{
        const struct pass_output *output = staging_output(passes, i);

        if (!output)
                return false;
        for (int p = output->pass + 1; p < passes->pass_count; p++)
                if (passes->pass[p].range == passes->staged[i].range)
                        return false;
        return true;
}

static int64_t longest_range(const struct passes *passes,
                             const struct binding *workload)
{
        int64_t longest = 1;

        for (int i = 0; i < passes->range_count; i++) {
                int64_t length = passes_length(passes, i, workload);

                longest = length > longest ? length : longest;
        }
        return longest;
}

/* Does the data come from memory? */
static bool is_large(const struct passes *passes,
                     const struct binding *workload,
                     const struct target *target)
{
        return plan_bytes(passes->spec, workload) > (double)target->l2_bytes;
}

/* Rows that come from memory and that the nearest cache does not hold. */
static bool is_long(const struct passes *passes,
                    const struct binding *workload,
                    const struct target *target, int64_t length)
{
        return is_large(passes, workload, target) &&
               length * (int64_t)sizeof(float) >= target->l1_bytes;
}

/* Some 32 KiB a task, or 64 rows of what comes from memory: where a task
 * begins, so does what is fetched ahead; but eight tasks a thread, four of
 * long rows. */
static int64_t rows_guess(const struct passes *passes,
                          const struct binding *workload,
                          const struct target *target, int64_t length)
{
        int64_t total = 1, guess = length > 8192 ? 1 : 8192 / length;
        int64_t threads = target->threads > 0 ? target->threads : 1;

        if (is_large(passes, workload, target))
                guess = guess > 64 ? guess : 64;
        for (int i = 0; i < passes->row_count; i++)
                total *= plan_value(passes->row[i]->hi, workload);
        total /= (is_long(passes, workload, target, length) ? 4 : 8) * threads;
        if (guess > total)
                guess = total;
        return guess > 0 ? guess : 1;
}

/* Enough for the latency of an addition, which two sums at once, or a
 * function of each element, hide as well; and more so a row's way from
 * memory, which its later pass does not find in the nearest cache. */
static int64_t copies_guess(const struct passes *passes,
                            const struct binding *workload,
                            const struct target *target, int64_t length)
{
        if (!passes->row_count && plan_has_variants(&passes->plan))
                return 1;
        if (!passes->moments.count)
                return 4;
        return is_long(passes, workload, target, length) ? 1 : 2;
}

/* One stream from memory alone is worth it. */
static int64_t hint_guess(const struct passes *passes,
                          const struct binding *workload,
                          const struct target *target)
{
        return passes->row_count && passes->pass_count == 1 &&
                               is_large(passes, workload, target)
                       ? 16
                       : 0;
}

/* Work-items: a group a row, or, where there are no rows, single items that
 * take parts of a pass. */
static void add_item_fields(const struct passes *passes,
                            const struct binding *workload,
                            const struct target *target,
                            struct schedule_space *space)
{
        static const int64_t flags[] = {0, 1, -1};
        static const int64_t parts[] = {16, 64, 256, -1};
        int64_t length = longest_range(passes, workload);

        if (!passes->row_count) {
                plan_field(space, "parts", "work-items of a pass", parts, 64);
                plan_field_fix(space, passes->spec, false);
                return;
        }
        plan_field_group(space, target, length > 128 ? 128 : length);
        if (passes->staged_count)
                plan_field(space, "stage",
                           "a value that later passes read is 0: computed "
                           "again, 1: kept in the output",
                           flags, 0);
        plan_field_fix(space, passes->spec, false);
}

static void add_fields(const struct passes *passes,
                       const struct binding *workload,
                       const struct target *target,
                       struct schedule_space *space)
{
        static const int64_t few[] = {1, 2, 4, -1};
        static const int64_t flags[] = {0, 1, -1};
        static const int64_t rows[] = {1, 2, 4, 8, 16, 32, 64, 128, -1};
        static const int64_t places[] = {0, 1, 2, -1};
        int widest = plan_field_vector(space, passes->spec, target);
        int64_t length = longest_range(passes, workload);

        plan_field(space, "copies", "accumulators of a reduction", few,
                   length >= 16 * widest
                           ? copies_guess(passes, workload, target, length)
                           : 1);
        if (passes->moments.count)
                plan_field(space, "moments",
                           "1: sums, and sums of squared deviations, in one "
                           "pass",
                           flags, 1);
        plan_field(space, "unroll", "vectors a round of a storing pass", few,
                   2);
        if (passes->row_count)
                plan_field(space, "rows", "rows a task", rows,
                           rows_guess(passes, workload, target, length));
        else
                plan_field(space, "parts", "tasks of a pass", rows,
                           length / 4096 < 8 * target->threads
                                   ? length / 4096
                                   : 8 * target->threads);
        if (passes->staged_count && passes->row_count)
                plan_field(space, "stage",
                           "a value that later passes read is 0: computed "
                           "again, 1: kept in the output, 2: in a buffer",
                           places, 2);
        if (row_pass_has_next(passes))
                plan_field(space, "next",
                           "1: the next row is fetched while this one is "
                           "computed",
                           flags,
                           8 * length <= target->l1_bytes &&
                                   is_large(passes, workload, target));
        plan_field_hint(space, hint_guess(passes, workload, target));
        if (row_late_applies(passes))
                plan_field(
                        space, "late",
                        "1: a row is ended while the next one is computed",
                        flags,
                        (passes->pass_count > 2 || row_late_reduces(passes)) &&
                                !passes->moments.count &&
                                plan_streams(passes->spec, workload, target));
        plan_field(space, "stream", "1: stores go around the caches", flags,
                   plan_streams(passes->spec, workload, target));
        if (plan_has_variants(&passes->plan))
                plan_field(space, "math",
                           "1: exp, tanh and erf with fewer operations", flags,
                           1);
        plan_field_fix(space, passes->spec, false);
}

/* The passes of a spec in an arena; NULL with err filled. */
static struct passes *find(struct arena *arena, const struct spec *spec,
                           bool one_pass, struct error *err)
{
        struct passes *passes = arena_alloc(arena, sizeof *passes);

        if (!passes) {
                error_memory(err);
                return NULL;
        }
        if (!passes_find(passes, arena, spec, one_pass)) {
                error_set(err, ERR_UNSUPPORTED,
                          "kernel %s does not work on rows", spec->name);
                return NULL;
        }
        passes_find_staged(passes);
        return passes;
}

int row_fields(const struct spec *spec, const struct binding *workload,
               const struct target *target, struct schedule_space *space,
               struct error *err)
{
        struct arena *arena = arena_new(THREAD_ARENA_BYTES);
        struct passes *passes;

        if (!arena)
                return error_memory(err);
        passes = find(arena, spec, false, err);
        if (passes && target->items)
                add_item_fields(passes, workload, target, space);
        else if (passes)
                add_fields(passes, workload, target, space);
        arena_free(arena);
        return passes ? 0 : ERR_UNSUPPORTED;
}

/* --- the program --- */

/* Buffers of the open stage for what waits between passes. */
static void place_staged(struct vector_scope *scope, struct row_emit *emit)
{
        struct thread_program *program = scope->program;
        const struct passes *passes = emit->passes;
        char name[16];

        for (int i = 0; i < passes->staged_count; i++) {
                const struct index *index =
                        &passes->range[passes->staged[i].range].index;
                const struct pass_output *output = staging_output(passes, i);

                if (emit->choice->stage == ROW_LOCAL) {
                        snprintf(name, sizeof name, i ? "kept_%d" : "row", i);
                        emit->buffer[i] = thread_local_buffer(
                                program, name, scope->real,
                                emit->choice->late
                                        ? row_late_elements(scope, index)
                                        : vector_lower(scope, index->hi));
                        emit->offset[i] = thread_int(program, 0);
                }
                if (emit->choice->stage == ROW_OUTPUT &&
                    fits_output(passes, i))
                        emit->buffer[i] = thread_tensor(
                                program, output->item->statement->target);
        }
}

/* Where the row begins in the outputs that hold staged values. */
static void place_rows(struct vector_scope *scope, struct row_emit *emit)
{
        struct thread_program *program = scope->program;
        const struct passes *passes = emit->passes;

        for (int i = 0; i < passes->staged_count; i++) {
                const struct statement *s;
                const struct pass_output *output = staging_output(passes, i);

                if (!emit->buffer[i] || emit->buffer[i]->space == THREAD_LOCAL)
                        continue;
                s = output->item->statement;
                for (int k = passes->row_count; k < s->index_count; k++)
                        vector_bind(scope, s->index[k],
                                    thread_int(program, 0));
                emit->offset[i] =
                        vector_offset(scope, s->target, s->subscript);
                for (int k = passes->row_count; k < s->index_count; k++)
                        scope->index[s->index[k]->number].base = NULL;
        }
}

/* The row whose indices are bound. */
static void emit_row(struct vector_scope *scope, struct row_emit *emit)
{
        const struct vector_memo *memo = scope->memo;

        row_pass_bind_outputs(scope, emit->passes);
        place_rows(scope, emit);
        row_pass_all(scope, emit);
        scope->memo = memo;
}

static const struct thread_expr *row_total(struct vector_scope *scope,
                                           const struct passes *passes)
{
        const struct thread_expr *rows = thread_int(scope->program, 1);

        for (int i = 0; i < passes->row_count; i++)
                rows = thread_mul(scope->program, rows,
                                  vector_lower(scope, passes->row[i]->hi));
        return rows;
}

static const char *row_name(const struct passes *passes)
{
        return passes->row_count == 1 ? passes->row[0]->name : "row";
}

static void emit_rows(struct vector_scope *scope, struct row_emit *emit,
                      const struct thread_expr *first,
                      const struct thread_expr *last)
{
        const struct passes *passes = emit->passes;
        struct plan_rows rows;

        if (emit->choice->late) {
                row_late_rows(scope, emit, first, last);
                return;
        }
        (void)plan_rows_begin(scope, &rows, passes->row_count, passes->row,
                              first, last);
        emit_row(scope, emit);
        plan_rows_end(scope, &rows);
}

static void emit_stage(struct vector_scope *scope, struct row_emit *emit,
                       const char *stage)
{
        struct thread_program *program = scope->program;
        const struct passes *passes = emit->passes;
        const struct thread_expr *total = row_total(scope, passes);
        const struct thread_expr *size =
                thread_int(program, emit->choice->rows);
        const struct thread_expr *task, *first, *last;

        task = thread_stage_begin(program, stage,
                                  thread_blocks(program, total, size));
        if (emit->choice->group)
                emit->item = thread_group(program, emit->choice->group);
        place_staged(scope, emit);
        row_pass_ends(scope, emit);
        if (emit->choice->rows == 1) {
                const struct vector_memo *memo = scope->memo;

                plan_bind_rows(
                        scope, passes->row_count, passes->row,
                        thread_declare(program, row_name(passes), task));
                emit_row(scope, emit);
                scope->memo = memo;
        } else {
                first = thread_let(program, "first",
                                   thread_mul(program, task, size));
                last = thread_let(program, "last",
                                  thread_min(program,
                                             thread_add(program, first, size),
                                             total));
                emit_rows(scope, emit, first, last);
        }
        thread_stage_end(program);
}

void row_read_choice(const struct passes *passes,
                     const struct schedule *schedule,
                     struct row_choice *choice)
{
        choice->lanes = (int)schedule_get(schedule, "vector", 1);
        choice->group = (int)schedule_get(schedule, "group", 0);
        choice->copies = (int)schedule_get(schedule, "copies", 1);
        choice->unroll = (int)schedule_get(schedule, "unroll", 1);
        choice->rows = schedule_get(schedule, "rows", 1);
        choice->balance = schedule_get(schedule, "balance", 0);
        choice->stage = (int)schedule_get(schedule, "stage", ROW_RECOMPUTE);
        choice->stream = schedule_get(schedule, "stream", 0) != 0;
        choice->hint = 1024 * schedule_get(schedule, "hint", 0);
        choice->next = schedule_get(schedule, "next", 0) &&
                       schedule_get(schedule, "vector", 1) > 1 &&
                       row_pass_has_next(passes);
        choice->late = schedule_get(schedule, "late", 0) && choice->rows > 1 &&
                       choice->stage != ROW_OUTPUT && !choice->group &&
                       row_late_applies(passes);
}

static void add_labels(struct vector_scope *scope, const struct passes *passes)
{
        for (int i = 0; i < passes->label_count; i++)
                vector_label_add(scope, passes->label[i].value,
                                 passes->label[i].name);
}

void row_block(struct vector_scope *scope, const struct passes *passes,
               const struct row_choice *choice,
               const struct thread_expr *first, const struct thread_expr *last)
{
        struct row_emit emit = {.passes = passes, .choice = choice};
        const struct vector_label *labels = scope->labels;

        add_labels(scope, passes);
        place_staged(scope, &emit);
        row_pass_ends(scope, &emit);
        emit_rows(scope, &emit, first, last);
        scope->labels = labels;
}

void row_stage(struct vector_scope *scope, const struct passes *passes,
               const struct schedule *schedule, const char *name)
{
        struct row_choice choice;
        struct row_emit emit = {.passes = passes, .choice = &choice};
        const struct vector_label *labels = scope->labels;

        row_read_choice(passes, schedule, &choice);
        add_labels(scope, passes);
        if (passes->row_count)
                emit_stage(scope, &emit, name);
        else
                row_split_stages(scope, &emit,
                                 schedule_get(schedule, "parts", 8));
        scope->labels = labels;
}

int row_lower(const struct spec *spec, const struct binding *workload,
              const struct target *target, const struct schedule *schedule,
              struct thread_program *program, struct error *err)
{
        struct passes *passes =
                find(program->arena, spec,
                     schedule_get(schedule, "moments", 0), err);
        struct vector_scope scope;
        char name[2 * LIMIT_NAME_BYTES];

        (void)target;
        if (!passes)
                return ERR_UNSUPPORTED;
        vector_open(&scope, program);
        if (!scope.index)
                return error_memory(err);
        scope.hold = true;
        scope.variant = (int)schedule_get(schedule, "math", 0);
        plan_fix(program, workload, schedule);
        plan_place(&passes->plan, &scope);
        snprintf(name, sizeof name, "%s_rows", spec->name);
        row_stage(&scope, passes, schedule, name);
        return 0;
}
