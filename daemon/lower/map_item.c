/*
 * The sweep over a row of one item, with all that its body does beside the
 * value itself; see map_item.h.
 */
#include "lower/map_item.h"

#include "lower/fetch.h"
#include "lower/fetch_taps.h"
#include "lower/map_jam.h"
#include "lower/map_space.h"
#include "lower/map_split.h"
#include "lower/sweep.h"
#include "lower/taps.h"

bool map_item_open(struct map_item *map, struct arena *arena,
                   const struct plan_item *item,
                   const struct schedule *schedule)
{
        const struct statement *s = item->statement;

        *map = (struct map_item){.item = item};
        map->stream = schedule_get(schedule, "stream", 0) &&
                      s->target->role == TENSOR_OUT;
        map->hint = 1024 * schedule_get(schedule, "hint", 0);
        map->inner = s->index[s->index_count - 1];
        map->collapsed = plan_collapse(item);
        map->value = plan_reciprocals(arena, item->value, map->inner);
        if (item->pair)
                map->pair = plan_reciprocals(arena, item->pair, map->inner);
        return map->value && (!item->pair || map->pair);
}

static const struct thread_expr *map_value(struct vector_scope *scope,
                                           const struct map_item *map,
                                           const struct expr *value)
{
        return map->item->statement->target->kind == KIND_REAL
                       ? vector_lower_real(scope, value)
                       : vector_lower(scope, value);
}

static void map_body(struct vector_scope *scope,
                     const struct thread_expr *copy, void *data)
{
        const struct map_item *map = data;
        const struct statement *s = map->item->statement;
        const struct fetch_order order = {&map->value, 1, map->inner,
                                          map->row};
        const struct thread_expr *value;

        (void)copy;
        if (map->row)
                fetch_ahead(scope, map->value, map->row);
        fetch_rows_step(scope, &map->fetch);
        fetch_along(scope, &order, map->hint);
        if (map->plane)
                map_plane_fetch(scope, map->plane, map->hint);
        value = map_value(scope, map, map->value);
        if (map->pair)
                vector_write_pair(scope, s->target, s->subscript, value,
                                  map_value(scope, map, map->pair),
                                  map->stream);
        else
                vector_write(scope, s->target, s->subscript, value,
                             map->stream);
        if (map->plane)
                map_plane_next(scope, map->plane);
}

int map_item_lanes(const struct plan_item *item,
                   const struct schedule *schedule)
{
        return map_is_vectorised(item)
                       ? (int)schedule_get(schedule, "vector", 1)
                       : 1;
}

/* Rounds of several vectors that share the loops of reductions, then single
 * ones. */
static void run(struct vector_scope *scope, struct map_item *map,
                struct sweep *sweep)
{
        struct map_jam jam;

        if (sweep->copies > 1 && sweep->lanes > 1 &&
            map_jam_find(&jam, map->value, map->inner))
                map_jam_run(scope, &jam, sweep, map_body, map);
        sweep->copies = 1;
        sweep_run(scope, sweep, map_body, map);
}

/* In front of the vectors that are inside, these, and behind them. */
static void run_split(struct vector_scope *scope, struct map_item *map,
                      const struct map_split *split, const struct sweep *all)
{
        struct thread_program *program = scope->program;
        struct map_item inside = *map, border = *map;
        struct sweep front = *all, middle = *all, back = *all, whole = *all;
        const struct thread_expr *from, *to, *row;

        if (map->row && all->low->op == THREAD_INTEGER)
                fetch_taps(scope, split, map->row, map->inner, map->hint);
        inside.value = split->value;
        border.value = split->border;
        front.copies = back.copies = whole.copies = 1;
        row = map_split_row(scope, split, map->inner, all->lanes, all->low,
                            all->high, &from, &to);
        front.high = middle.low = from;
        middle.high = middle.whole = back.low = to;
        if (row)
                thread_if(program, row);
        sweep_run(scope, &front, map_body, &border);
        run(scope, &inside, &middle);
        sweep_run(scope, &back, map_body, &border);
        if (!row)
                return;
        thread_else(program);
        sweep_run(scope, &whole, map_body, map);
        thread_end(program);
}

/* So too for planes. */
static void run_plane(struct vector_scope *scope, struct map_item *map,
                      const struct sweep *all)
{
        struct map_plane *plane = map->plane;
        struct sweep front = *all, middle = *all, back = *all;
        struct vector_taps taps;

        front.copies = middle.copies = back.copies = 1;
        taps_find(&taps, map->value, map->inner);
        taps_open(scope, &taps, all->lanes);
        map_plane_begin(scope, plane, all->lanes, all->low, all->high,
                        &middle.low, &middle.high);
        front.high = middle.low;
        middle.whole = back.low = middle.high;
        sweep_run(scope, &front, map_body, map);
        plane->in.inside = true;
        sweep_run(scope, &middle, map_body, map);
        plane->in.inside = false;
        sweep_run(scope, &back, map_body, map);
        map_plane_end(scope);
        scope->taps = NULL;
}

void map_item_row(struct vector_scope *scope, struct map_item *map,
                  const struct thread_expr *low,
                  const struct thread_expr *high,
                  const struct schedule *schedule)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        struct sweep sweep = {
                .index = map->inner,
                .name = map->collapsed > 1 ? "e" : map->inner->name,
                .low = low,
                .high = high,
                .lanes = map_item_lanes(map->item, schedule),
                .copies = 1,
                .unroll = (int)schedule_get(schedule, "unroll", 1)};
        struct map_split split;

        plan_bind_collapsed(scope, map->item, map->collapsed);
        if (!high)
                sweep.high = thread_let(program, "end",
                                        vector_lower(scope, map->inner->hi));
        plan_hoist(scope, map->value, map->inner);
        if (map->pair)
                plan_hoist(scope, map->pair, map->inner);
        sweep.copies = (int)schedule_get(schedule, "copies", 1);
        if (sweep.lanes == 1)
                scope->terms = (int)schedule_get(schedule, "vector", 1);
        if (map->merged)
                lookup_merge(scope, &map->lookups->lookup[0], &sweep, map_body,
                             map);
        else if (map->lookups)
                lookup_run(scope, map->lookups, &sweep, map_body, map);
        else if (map->plane)
                run_plane(scope, map, &sweep);
        else if (sweep.lanes > 1 && map->collapsed == 1 && !map->pair &&
                 map_split_find(&split, program->arena, map->value,
                                map->inner))
                run_split(scope, map, &split, &sweep);
        else
                run(scope, map, &sweep);
        scope->terms = 0;
        scope->memo = memo;
}
