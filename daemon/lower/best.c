/* Selections by a filter in lanes in front of a heap. */
#include "lower/best_inner.h"

#include <stdio.h>
#include <string.h>

#include "lower/node.h"
#include "lower/rewrite.h"

/* --- what is selected --- */

static bool is_selection(const struct statement *s)
{
        return s->update == UPDATE_DEFINE && expr_selects(s->value) &&
               s->value->op == EXPR_REDUCE &&
               s->value->value.reduce.count == 1 && select_rank(s) >= 0;
}

static bool is_bottom(const struct statement *s)
{
        enum reduction op = s->value->value.reduce.reduction;

        return op == RED_BOTTOM || op == RED_ARGBOTTOM;
}

/* The indices of b's statement become those of a's. */
static const struct expr *renamed(struct arena *arena,
                                  const struct statement *a,
                                  const struct statement *b,
                                  const struct expr *expr)
{
        const struct index *from[LIMIT_RANK + 1];
        const struct expr *to[LIMIT_RANK + 1];
        int count = 0;

        for (int i = 0; i <= a->index_count; i++) {
                bool last = i == a->index_count;

                from[count] =
                        last ? b->value->value.reduce.index[0] : b->index[i];
                to[count++] = node_index(arena,
                                         last ? a->value->value.reduce.index[0]
                                              : a->index[i]);
        }
        return rewrite_substitute(arena, expr, count, from, to);
}

static bool is_same_list(struct arena *arena, const struct statement *a,
                         const struct statement *b)
{
        const struct index *x = a->value->value.reduce.index[0];
        const struct index *y = b->value->value.reduce.index[0];
        const struct expr *term, *low, *high;

        if (a->index_count != b->index_count || is_bottom(a) != is_bottom(b) ||
            select_rank(a) != select_rank(b))
                return false;
        for (int i = 0; i < a->index_count; i++)
                if (!rewrite_same_range(a->index[i], b->index[i]))
                        return false;
        term = renamed(arena, a, b, b->value->arg[0]);
        low = renamed(arena, a, b, y->lo);
        high = renamed(arena, a, b, y->hi);
        return term && low && high && rewrite_equal(a->value->arg[0], term) &&
               rewrite_equal(x->lo, low) && rewrite_equal(x->hi, high);
}

/* The same for all lists: room for one is over sizes alone. */
static bool is_fixed(const struct statement *s, const struct expr *length)
{
        for (int i = 0; i < s->index_count; i++)
                if (vector_depends(length, s->index[i]))
                        return false;
        return true;
}

bool best_find(struct best *selection, const struct plan *plan, int i)
{
        const struct statement *s = plan->item[i].statement;
        const struct index *term;

        memset(selection, 0, sizeof *selection);
        if (!is_selection(s))
                return false;
        term = s->value->value.reduce.index[0];
        if (s->value->arg[0]->kind == KIND_BOOLEAN ||
            !vector_can(s->value->arg[0], term) || term->data_dependent)
                return false;
        selection->statement[0] = s;
        selection->item[0] = i;
        selection->count = 1;
        selection->mergeable = term->lo->op == EXPR_INTEGER &&
                               term->lo->value.integer == 0 &&
                               is_fixed(s, term->hi);
        selection->everything =
                selection->mergeable &&
                rewrite_equal(term->hi, s->index[select_rank(s)]->hi);
        for (int k = i + 1; k < plan->count && selection->count < 2; k++)
                if (is_selection(plan->item[k].statement) &&
                    is_same_list(plan->arena, s, plan->item[k].statement)) {
                        selection->statement[1] = plan->item[k].statement;
                        selection->item[1] = k;
                        selection->count = 2;
                }
        return true;
}

/* --- the schedule space --- */

void best_fields(const struct best *selection, const struct binding *workload,
                 const struct target *target, struct schedule_space *space)
{
        static const int64_t pieces[] = {1, 2, 4, 8, 16, 32, -1};
        static const int64_t flags[] = {0, 1, -1};
        const struct statement *s = selection->statement[0];
        int64_t lists = 1, threads = target->threads > 0 ? target->threads : 1;
        int64_t length =
                plan_value(s->value->value.reduce.index[0]->hi, workload);
        int64_t taken = plan_value(s->index[select_rank(s)]->hi, workload);

        for (int i = 0; i < s->index_count; i++)
                if (i != select_rank(s))
                        lists *= plan_value(s->index[i]->hi, workload);
        if (selection->mergeable)
                plan_field(space, "merge",
                           "1: lists are sorted by merging, 0: filtered",
                           flags, selection->everything || 8 * taken > length);
        if (selection->everything)
                return;
        plan_field(space, "ordered",
                   "what is kept lies 1: in a row, 0: in a heap", flags,
                   taken <= 128);
        plan_field(space, "pieces", "tasks of a list", pieces,
                   lists < threads && length > 32768 ? 2 * threads : 1);
}

/* --- lists --- */

/* The indices of a statement that are not its rank. */
static int list_indices(const struct statement *s, const struct index **index)
{
        int count = 0;

        for (int i = 0; i < s->index_count; i++)
                if (i != select_rank(s))
                        index[count++] = s->index[i];
        return count;
}

const struct thread_expr *best_lists(struct vector_scope *scope,
                                     const struct best *selection)
{
        const struct thread_expr *lists = thread_int(scope->program, 1);
        const struct index *index[LIMIT_RANK];
        int count = list_indices(selection->statement[0], index);

        for (int i = 0; i < count; i++)
                lists = thread_mul(scope->program, lists,
                                   vector_lower(scope, index[i]->hi));
        return lists;
}

void best_bind(struct vector_scope *scope, const struct best *selection,
               const struct thread_expr *list)
{
        const struct index *own[LIMIT_RANK], *other[LIMIT_RANK];
        int count = list_indices(selection->statement[0], own);

        plan_bind_rows(scope, count, own, list);
        if (selection->count < 2)
                return;
        list_indices(selection->statement[1], other);
        for (int i = 0; i < count; i++)
                scope->index[other[i]->number] = scope->index[own[i]->number];
}

static const struct thread_expr *begin_stage(struct vector_scope *scope,
                                             const struct best *selection,
                                             const char *suffix,
                                             const struct thread_expr *tasks)
{
        struct thread_program *program = scope->program;
        const struct statement *s = selection->statement[0];
        const struct thread_expr *task;
        char name[2 * LIMIT_NAME_BYTES + 16];

        snprintf(name, sizeof name, "%s_%s%s", program->spec->name,
                 s->target->name, suffix);
        task = thread_stage_begin(program, name, tasks);
        thread_stage_comment(program, "%s", plan_text(program, s));
        return task;
}

const struct thread_expr *best_begin(
        struct vector_scope *scope, const struct best_run *run,
        void (*before)(struct vector_scope *scope, void *data), void *data)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *lists, *rows, *task, *first, *list;

        lists = best_lists(scope, run->selection);
        rows = thread_int(program, run->rows);
        task = begin_stage(scope, run->selection, "",
                           thread_blocks(program, lists, rows));
        before(scope, data);
        first = thread_let(program, "first", thread_mul(program, task, rows));
        list = thread_for(
                program, "list", first,
                thread_min(program, thread_add(program, first, rows), lists),
                1);
        best_bind(scope, run->selection, list);
        return list;
}

/* --- the filter --- */

static void offer_one(struct select *s, const struct best_run *run,
                      const struct thread_expr *low,
                      const struct thread_expr *high)
{
        struct vector_scope *scope = s->scope;
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        const struct expr *term = s->expr->arg[0];
        const struct index *index = run->term;
        struct element element;

        element.place = thread_for(program, index->name, low, high, 1);
        vector_bind(scope, index, element.place);
        element.key = thread_let(program, "key",
                                 vector_lower_as(scope, term, term->kind));
        best_keep_offer(s, run, element);
        thread_end(program);
        vector_bind(scope, index, NULL);
        scope->memo = memo;
}

/* A round of vectors from base on: does any lane come before the root? Keys
 * go to run->block. */
static const struct thread_expr *some_before(struct select *s,
                                             const struct best_run *run,
                                             const struct thread_expr *base)
{
        struct vector_scope *scope = s->scope;
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        const struct expr *term = s->expr->arg[0];
        const struct thread_expr *root, *some, *copy, *at, *key, *wins;
        enum dtype dtype = s->keys->type.dtype;
        enum dtype mask = dtype_bytes(dtype) == 8 ? DTYPE_I64 : DTYPE_I32;

        root = thread_let(program, "root", best_keep_last(s, run).key);
        root = thread_broadcast(program, root, run->lanes);
        some = thread_var(
                program, "some",
                thread_constant(program, thread_vector(mask, run->lanes), 0));
        copy = thread_loop(program, "c", thread_int(program, 0),
                           thread_int(program, run->copies), 1,
                           THREAD_UNROLLED, run->copies);
        at = thread_mul(program, copy, thread_int(program, run->lanes));
        vector_bind_lanes(scope, run->term, thread_add(program, base, at),
                          run->lanes, NULL);
        key = vector_lower_as(scope, term, term->kind);
        key = thread_let(program, "keys_here",
                         thread_broadcast(program, key, run->lanes));
        thread_store(program, run->block, at, key);
        wins = s->bottom ? select_greater(s, root, key)
                         : select_greater(s, key, root);
        thread_assign(program, some,
                      thread_binary(program, THREAD_OR, some, wins));
        thread_end(program);
        vector_bind(scope, run->term, NULL);
        scope->lanes = 1;
        scope->memo = memo;
        return thread_binary(program, THREAD_NE,
                             thread_horizontal(program, RED_ANY, some),
                             thread_int(program, 0));
}

/* Keep the best of the terms low..high. */
static void offer_terms(struct select *s, const struct best_run *run,
                        const struct thread_expr *low,
                        const struct thread_expr *high)
{
        struct thread_program *program = s->scope->program;
        int64_t step = (int64_t)run->lanes * run->copies;
        const struct thread_expr *full, *rounds, *base, *l;
        struct element element;

        full = thread_let(
                program, "full",
                thread_min(program, thread_add(program, low, s->taken), high));
        offer_one(s, run, low, full);
        rounds = thread_quotient(program, thread_sub(program, high, full),
                                 thread_int(program, step));
        rounds = thread_let(program, "rounds",
                            thread_add(program, full,
                                       thread_mul(program, rounds,
                                                  thread_int(program, step))));
        base = thread_for(program, run->term->name, full, rounds, step);
        thread_if(program, some_before(s, run, base));
        l = thread_for(program, "l", thread_int(program, 0),
                       thread_int(program, step), 1);
        element.key = thread_let(program, "key",
                                 thread_load(program, run->block, l, 1));
        element.place = thread_add(program, base, l);
        best_keep_offer(s, run, element);
        thread_end(program);
        thread_end(program);
        thread_end(program);
        offer_one(s, run, rounds, high);
}

/* --- stages --- */

struct opening {
        struct select *select;
        struct best_run *run;
};

/* What the lists of a task share. */
static void open_task(struct vector_scope *scope, void *data)
{
        struct opening *opening = data;
        struct thread_program *program = scope->program;
        struct select *s = opening->select;
        struct best_run *run = opening->run;
        enum dtype dtype = vector_dtype(scope, s->expr->arg[0]->kind);

        best_keep_open(s, run);
        run->block = thread_local_buffer(
                program, "block", dtype,
                thread_int(program, (int64_t)run->lanes * run->copies));
}

static void open_guard(const struct select *s)
{
        struct thread_program *program = s->scope->program;

        if (select_may_be_empty(program, s->taken))
                thread_if(program, thread_less(program, thread_int(program, 0),
                                               s->taken));
}

static void close_guard(const struct select *s)
{
        if (select_may_be_empty(s->scope->program, s->taken))
                thread_end(s->scope->program);
}

static void whole_lists(struct vector_scope *scope, struct select *s,
                        struct best_run *run)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        struct opening opening = {s, run};

        best_begin(scope, run, open_task, &opening);
        open_guard(s);
        plan_hoist(scope, s->expr->arg[0], run->term);
        best_keep_clear(s, run);
        offer_terms(s, run, vector_lower(scope, run->term->lo),
                    vector_lower(scope, run->term->hi));
        best_keep_write(s, run);
        close_guard(s);
        thread_end(program);
        thread_stage_end(program);
        scope->memo = memo;
}

/* What the tasks of a list kept: slot k of piece p of list l is element
 * (l * pieces + p) * taken + k. */
struct kept {
        struct thread_array *keys, *places;
};

static void pieces_stage(struct vector_scope *scope, struct select *s,
                         struct best_run *run, const struct kept *kept)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *pieces = thread_int(program, run->pieces);
        const struct thread_expr *task, *low, *high, *end, *chunk, *slot, *at;
        struct opening opening = {s, run};
        struct element element;

        task = begin_stage(scope, run->selection, "_pieces",
                           thread_mul(program,
                                      best_lists(scope, run->selection),
                                      pieces));
        open_task(scope, &opening);
        best_bind(scope, run->selection,
                  thread_let(program, "list",
                             thread_quotient(program, task, pieces)));
        plan_hoist(scope, s->expr->arg[0], run->term);
        low = vector_lower(scope, run->term->lo);
        end = vector_lower(scope, run->term->hi);
        chunk = thread_blocks(program, thread_sub(program, end, low), pieces);
        low = thread_add(program, low,
                         thread_mul(program,
                                    thread_remainder(program, task, pieces),
                                    chunk));
        low = thread_let(program, "start", thread_min(program, low, end));
        high = thread_let(
                program, "end",
                thread_min(program, thread_add(program, low, chunk), end));
        open_guard(s);
        best_keep_clear(s, run);
        offer_terms(s, run, low, high);
        slot = thread_for(program, "slot", thread_int(program, 0), s->taken,
                          1);
        at = thread_let(program, "to",
                        thread_add(program,
                                   thread_mul(program, task, s->taken), slot));
        element = best_keep_at(s, run, slot);
        thread_store(program, kept->keys, at, element.key);
        thread_store(program, kept->places, at, element.place);
        thread_end(program);
        close_guard(s);
        thread_stage_end(program);
        scope->memo = memo;
}

static void join_stage(struct vector_scope *scope, struct select *s,
                       struct best_run *run, const struct kept *kept)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        struct opening opening = {s, run};
        const struct thread_expr *list, *all, *q, *at;
        struct element element;

        run->rows = 1;
        list = best_begin(scope, run, open_task, &opening);
        open_guard(s);
        best_keep_clear(s, run);
        all = thread_let(program, "kept",
                         thread_mul(program, s->taken,
                                    thread_int(program, run->pieces)));
        q = thread_for(program, "q", thread_int(program, 0), all, 1);
        at = thread_let(
                program, "from",
                thread_add(program, thread_mul(program, list, all), q));
        element.key = thread_let(program, "key",
                                 thread_load(program, kept->keys, at, 1));
        element.place = thread_let(program, "place",
                                   thread_load(program, kept->places, at, 1));
        best_keep_offer(s, run, element);
        thread_end(program);
        best_keep_write(s, run);
        close_guard(s);
        thread_end(program);
        thread_stage_end(program);
        scope->memo = memo;
}

static void lists_in_pieces(struct vector_scope *scope, struct select *s,
                            struct best_run *run)
{
        struct thread_program *program = scope->program;
        enum dtype dtype = vector_dtype(scope, s->expr->arg[0]->kind);
        const struct thread_expr *elements =
                thread_mul(program, best_lists(scope, run->selection),
                           thread_mul(program, s->taken,
                                      thread_int(program, run->pieces)));
        struct kept kept;

        kept.keys =
                thread_scratch(program, "kept_keys", dtype, elements, false);
        kept.places = thread_scratch(program, "kept_places", DTYPE_I64,
                                     elements, false);
        pieces_stage(scope, s, run, &kept);
        join_stage(scope, s, run, &kept);
}

void best_stages(struct vector_scope *scope, const struct best *selection,
                 const struct schedule *schedule)
{
        const struct statement *statement = selection->statement[0];
        struct best_run run = {
                .selection = selection,
                .term = statement->value->value.reduce.index[0],
                .lanes = (int)schedule_get(schedule, "vector", 4),
                .copies = (int)schedule_get(schedule, "copies", 1),
                .rows = schedule_get(schedule, "rows", 1),
                .pieces = schedule_get(schedule, "pieces", 1),
                .ordered = schedule_get(schedule, "ordered", 0) != 0};
        struct select s = {.scope = scope,
                           .expr = statement->value,
                           .bottom = is_bottom(statement)};

        if (!scope->index)
                return;
        if (selection->mergeable && schedule_get(schedule, "merge", 0)) {
                best_sort(scope, &run);
                return;
        }
        s.taken = vector_lower(scope,
                               statement->index[select_rank(statement)]->hi);
        if (run.pieces > 1 && !selection->everything)
                lists_in_pieces(scope, &s, &run);
        else
                whole_lists(scope, &s, &run);
}
