/*
 * The schedule space of class map: which fields a plan has, and what to guess
 * at a workload.
 */
#include "lower/map_space.h"

#include "lower/fetch.h"
#include "lower/fetch_taps.h"
#include "lower/map.h"
#include "lower/map_jam.h"
#include "lower/map_pair.h"
#include "lower/map_plane.h"
#include "lower/map_rows.h"
#include "lower/map_turn.h"
#include "lower/margin.h"
#include "lower/row_late.h"

bool map_plan(struct plan *plan, struct arena *arena, const struct spec *spec,
              const struct target *target, bool keep)
{
        return plan_make(plan, arena, spec, keep ? PLAN_KEEP : 0) &&
               (target->items || map_pair_split(plan));
}

bool map_is_vectorised(const struct plan_item *item)
{
        const struct statement *s = item->statement;

        return item->value && s->index_count > 0 &&
               vector_can(item->value, s->index[s->index_count - 1]) &&
               (!item->pair ||
                vector_can(item->pair, s->index[s->index_count - 1]));
}

bool map_find_fetch(struct fetch_rows *fetch, const struct plan_item *item)
{
        const struct statement *s = item->statement;
        int last = s->index_count - 1;

        return item->value && last > 0 && plan_collapse(item) == 1 &&
               fetch_rows_find(fetch, item->value, s->index[last - 1],
                               s->index[last]);
}

static bool has_jam(const struct plan *plan)
{
        for (int i = 0; i < plan->count; i++) {
                const struct statement *s = plan->item[i].statement;
                struct map_jam jam;

                if (map_is_vectorised(&plan->item[i]) &&
                    map_jam_find(&jam, plan->item[i].value,
                                 s->index[s->index_count - 1]))
                        return true;
        }
        return false;
}

static bool visit_taps(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_REDUCE)
                *found |= margin_inside(expr->arg[0]);
        return !*found;
}

bool map_has_taps(const struct expr *value)
{
        bool found = false;

        expr_walk(value, visit_taps, &found);
        return found;
}

struct copied {
        const struct binding *workload;
        double elements;
};

static bool visit_copied(const struct expr *expr, void *data)
{
        struct copied *copied = data;

        if (margin_can(expr))
                copied->elements += margin_elements(expr, copied->workload);
        return true;
}

/* A copy pays where rows are shorter than a vector, so that none is inside of
 * them as a whole, and where it is not much larger than the result. */
static bool guess_margin(const struct plan *plan,
                         const struct binding *workload, bool is_short)
{
        struct copied copied = {.workload = workload};
        double results = 0;

        for (int i = 0; i < plan->count; i++) {
                const struct plan_item *item = &plan->item[i];

                if (!item->value || !map_has_taps(item->value))
                        continue;
                expr_walk(item->value, visit_copied, &copied);
                results += (double)spec_tensor_elements(
                        item->statement->target, workload, NULL);
        }
        return is_short && copied.elements < 2 * results;
}

static bool any_taps(const struct plan *plan)
{
        for (int i = 0; i < plan->count; i++)
                if (plan->item[i].value && map_has_taps(plan->item[i].value))
                        return true;
        return false;
}

static bool has_plane(const struct plan *plan, const struct plan_item *item)
{
        struct map_plane plane;

        return map_is_vectorised(item) &&
               map_plane_find(&plane, plan->arena, item);
}

static bool any_planes(const struct plan *plan)
{
        for (int i = 0; i < plan->count; i++)
                if (has_plane(plan, &plan->item[i]))
                        return true;
        return false;
}

/* Rows of taps that hints go ahead of. */
static bool any_ahead(const struct plan *plan)
{
        for (int i = 0; i < plan->count; i++) {
                const struct plan_item *item = &plan->item[i];
                const struct statement *s = item->statement;
                int last = s->index_count - 1;
                struct map_split split;

                if (map_is_vectorised(item) && last > 0 && !item->pair &&
                    map_split_find(&split, plan->arena, item->value,
                                   s->index[last]) &&
                    fetch_taps_applies(&split, s->index[last - 1],
                                       s->index[last]))
                        return true;
        }
        return false;
}

/* Rows and their length of the last stored tensor at a workload. */
static void workload_shape(const struct plan *plan,
                           const struct binding *workload, int64_t *rows,
                           int64_t *length)
{
        const struct plan_item *last = &plan->item[plan->count - 1];
        const struct statement *s = last->statement;
        int inner = last->value ? plan_collapse(last) : s->index_count;

        if (has_plane(plan, last))
                inner = 2;

        *rows = *length = 1;
        for (int i = 0; i < s->index_count; i++) {
                int64_t *product = i < s->index_count - inner ? rows : length;

                *product *= plan_value(s->index[i]->hi, workload);
        }
}

static int64_t at_least_one(int64_t value)
{
        return value > 0 ? value : 1;
}

/* Does the last stored tensor read another one along its rows' index? */
static bool is_turned(const struct plan *plan)
{
        struct map_turn turn;

        return map_turn_find(&turn, &plan->item[plan->count - 1]);
}

/* Transposes: stores around the caches wait for no memory, so tasks go along
 * rows of what is read. Stores that read a line first want whole rows of the
 * result, so that few places are open at once. */
static enum map_turn_order guess_turn(bool streams)
{
        return streams ? MAP_TURN_READ_ROWS : MAP_TURN_RESULT_ROWS;
}

/* Tasks of some 32 KiB, and of 256 KiB where data comes from memory: wherever
 * a task begins, the processor's own fetching ahead does too. But enough of
 * them for every thread to have eight. */
static void add_task_fields(const struct plan *plan,
                            const struct binding *workload,
                            const struct target *target, bool streams,
                            struct schedule_space *space)
{
        static const int64_t several[] = {1,  2,   4,   8,    16, 32,
                                          64, 128, 256, 1024, -1};
        static const int64_t blocks[] = {0,    64,    128,   512,    2048,
                                         8192, 32768, 65536, 131072, -1};
        int64_t rows, length, share, guess, threads = target->threads;
        int64_t task = streams ? 65536 : 8192;
        const struct passes *again = map_rows_with_next(plan);
        bool turned = is_turned(plan);

        workload_shape(plan, workload, &rows, &length);
        share = at_least_one(rows / (8 * at_least_one(threads)));
        guess = at_least_one(task / at_least_one(length));
        if (turned && guess_turn(streams) == MAP_TURN_READ_ROWS) {
                guess = 64;
                share = at_least_one(length / (2 * at_least_one(threads)));
        } else if (turned) {
                guess = 128;
                share = at_least_one(rows / (2 * at_least_one(threads)));
        } else if (again && streams) {
                int64_t total = 1;

                for (int i = 0; i < again->row_count; i++)
                        total *= plan_value(again->row[i]->hi, workload);
                guess = 64;
                share = at_least_one(total / (8 * at_least_one(threads)));
        }
        plan_field(space, "rows", "rows a task", several,
                   guess < share ? guess : share);
        share = length / (8 * at_least_one(threads));
        guess = length > 32768 ? task : 0;
        if (rows == 1)
                guess = share < task ? share : task;
        if (turned)
                guess = 0;
        plan_field(space, "block", "elements of a row a task, 0: all", blocks,
                   guess);
}

/* Eight tasks a thread, each with some rows: it has a row of sums, too, so
 * that there are never more tasks than rows. */
static void add_sums_field(const struct plan *plan,
                           const struct binding *workload,
                           const struct target *target,
                           struct schedule_space *space)
{
        static const int64_t tasks[] = {0, 8, 16, 32, 64, 128, 256, -1};
        const struct plan_item *item = map_rows_has_sums(plan);
        int64_t some[sizeof tasks / sizeof *tasks];
        int count = 0;
        int64_t rows = 1, guess = 8 * at_least_one(target->threads);

        if (!item)
                return;
        for (int i = 0; i < item->statement->index_count; i++)
                rows *= plan_value(item->statement->index[i]->hi, workload);
        while (tasks[count] >= 0 && tasks[count] <= rows) {
                some[count] = tasks[count];
                count++;
        }
        some[count] = -1;
        plan_field(space, "sums",
                   "tasks that add up sums over the rows they take; 0: none, "
                   "these sums are stages of their own",
                   some, guess < rows / 4 ? guess : rows / 4);
}

/* Rows from memory whose second pass reduces as the first one does. */
static bool guess_late(const struct plan *plan, bool streams)
{
        const struct passes *again = map_rows_with_next(plan);

        return streams && again && row_late_applies(again) &&
               row_late_reduces(again);
}

/* Of rows that are gone over twice. */
static void add_again_fields(const struct plan *plan, bool streams,
                             struct schedule_space *space)
{
        static const int64_t flags[] = {0, 1, -1};
        const struct passes *again = map_rows_with_next(plan);

        if (!again)
                return;
        plan_field(space, "next",
                   "1: the next row is fetched while this one is computed",
                   flags, 1);
        if (row_late_applies(again))
                plan_field(space, "late",
                           "1: a row is ended while the next one is computed",
                           flags, guess_late(plan, streams));
}

/* KiB ahead: the next row's data where a row is several pieces. */
static int64_t guess_hint(const struct plan *plan, bool streams, bool gathers)
{
        const struct plan_item *last = &plan->item[plan->count - 1];
        const struct statement *s = last->statement;

        if (any_planes(plan))
                return streams ? 8 : 2;
        if (!streams)
                return 0;
        if (any_ahead(plan) || guess_late(plan, streams))
                return 8;
        if (gathers || map_rows_with_next(plan))
                return 0;
        return map_is_vectorised(last) &&
                               fetch_is_split(last->value,
                                              s->index[s->index_count - 1])
                       ? 8
                       : 2;
}

/* Planes are stored in whole lines, which pays sooner than for rows that
 * begin anywhere in a line. */
static bool guess_streams(const struct plan *plan,
                          const struct binding *workload,
                          const struct target *target)
{
        return plan_streams(plan->spec, workload, target) ||
               (any_planes(plan) &&
                plan_bytes(plan->spec, workload) > (double)target->l2_bytes);
}

void map_add_fields(const struct plan *plan, const struct binding *workload,
                    const struct target *target, struct schedule_space *space)
{
        static const int64_t few[] = {1, 2, 4, -1};
        static const int64_t copies[] = {1, 2, 4, 8, -1};
        static const int64_t flags[] = {0, 1, -1};
        static const int64_t turns[] = {0, 1, 2, -1};
        bool streams = guess_streams(plan, workload, target);
        int64_t rows, length;
        struct fetch_rows fetch;
        bool gathers = map_find_fetch(&fetch, &plan->item[plan->count - 1]);
        int widest = plan_field_vector(space, plan->spec, target);

        workload_shape(plan, workload, &rows, &length);
        if (has_jam(plan))
                plan_field(space, "copies",
                           "vectors that share the loops of a reduction",
                           copies,
                           map_rows_with_next(plan) ? 2
                           : length / widest < 8    ? length / widest
                                                    : 8);
        plan_field(space, "unroll", "vectors a round of the loop", few, 2);
        if (any_taps(plan))
                plan_field(space, "margin",
                           "1: guarded reads from copies with margins", flags,
                           guess_margin(plan, workload, length < widest));
        if (any_planes(plan))
                plan_field(space, "plane",
                           "1: vectors go on from row to row of an image",
                           flags, 1);
        if (is_turned(plan))
                plan_field(space, "turn",
                           "transposes by squares in registers, along the "
                           "rows 1: of the result, 2: of what is read",
                           turns, guess_turn(streams));
        if (plan_has_kept(plan))
                plan_field(space, "keep",
                           "1: what reductions would compute again is stored",
                           flags, 1);
        add_task_fields(plan, workload, target, streams, space);
        add_again_fields(plan, streams, space);
        if (gathers)
                plan_field(space, "fetch",
                           "1: rows that are gathered within are fetched "
                           "while the row before is computed",
                           flags, fetch_rows_pays(&fetch, length, workload));
        add_sums_field(plan, workload, target, space);
        if (!is_turned(plan))
                plan_field_hint(space, guess_hint(plan, streams, gathers));
        plan_field(space, "stream", "1: stores go around the caches", flags,
                   streams);
        if (plan_has_variants(plan) && !plan_has_unbounded_exp(plan))
                plan_field(space, "math",
                           "1: exp, tanh and erf with fewer operations", flags,
                           1);
        /* With literal distances between rows a transpose is some 10 % faster:
         * its squares are nothing but addresses. Taps are so by half: which
         * lanes are inside near the border is a literal, too. */
        plan_field_fix(space, plan->spec,
                       (is_turned(plan) && streams) || any_taps(plan));
}

/* Work-items: neighbours take neighbouring elements. Stages that reduce over
 * what lies together are groups, by the row class's means. */
static void add_item_fields(const struct target *target,
                            const struct spec *spec,
                            struct schedule_space *space)
{
        static const int64_t blocks[] = {1, 2, 4, 8, -1};

        plan_field(space, "block", "elements a work-item", blocks, 1);
        plan_field_group(space, target, 64);
        plan_field_fix(space, spec, false);
}

int map_fields(const struct spec *spec, const struct binding *workload,
               const struct target *target, struct schedule_space *space,
               struct error *err)
{
        struct arena *arena = arena_new(THREAD_ARENA_BYTES);
        struct plan plan;
        int rc = 0;

        if (!arena)
                return error_memory(err);
        if (!map_plan(&plan, arena, spec, target, false))
                rc = error_set(err, ERR_UNSUPPORTED,
                               "kernel %s is too large to inline", spec->name);
        else if (target->items)
                add_item_fields(target, spec, space);
        else
                map_add_fields(&plan, workload, target, space);
        arena_free(arena);
        return rc;
}
