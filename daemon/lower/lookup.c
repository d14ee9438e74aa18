/*
 * Binary searches in lanes. With n entries and t the largest power of two in
 * n, one comparison decides whether the answer lies in the first t - 1 places
 * or from n - t + 1 on; from there every step halves t, and no step can leave
 * the table, so that nothing needs a mask. (Method: the uniform binary search
 * of Knuth, The Art of Computer Programming 3, 6.2.1, in Shar's form.)
 */
#include "lower/lookup.h"

/* --- what the length decides --- */

/* range->from and ->entries are set. */
static void open_range(struct thread_program *program,
                       struct lookup_range *range)
{
        const struct thread_expr *twice;

        range->top = thread_var(program, "top", thread_int(program, 1));
        range->steps = thread_var(program, "steps", thread_int(program, 0));
        thread_for(program, "s", thread_int(program, 0),
                   thread_int(program, 40), 1);
        twice = thread_mul(program, range->top, thread_int(program, 2));
        thread_if(program,
                  thread_binary(program, THREAD_LE, twice, range->entries));
        thread_assign(program, range->top, twice);
        thread_assign(
                program, range->steps,
                thread_add(program, range->steps, thread_int(program, 1)));
        thread_end(program);
        thread_end(program);
}

void lookup_open(struct vector_scope *scope, struct lookups *lookups)
{
        struct thread_program *program = scope->program;

        for (int i = 0; i < lookups->count; i++) {
                struct lookup *lookup = &lookups->lookup[i];

                lookup->entries =
                        thread_let(program, "entries",
                                   vector_lower(scope, lookup->index->hi));
                lookup->all = (struct lookup_range){
                        thread_int(program, 0), lookup->entries, NULL, NULL};
                open_range(program, &lookup->all);
        }
}

/* --- the search --- */

/* A round of vectors that search together. */
struct round {
        const struct lookups *lookups;
        const struct index *index;
        int lanes, copies;
        struct thread_array *key[LOOKUPS], *place[LOOKUPS];
        struct lookup_range range[LOOKUPS];         /* where the keys can be */
        const struct thread_expr *reached[LOOKUPS]; /* by keys that rise: a
                                                       variable */
};

const struct thread_expr *lookup_entry(struct vector_scope *scope,
                                       const struct lookup *lookup,
                                       const struct thread_expr *place)
{
        struct thread_program *program = scope->program;
        struct thread_array *array = thread_tensor(program, lookup->table);
        const struct thread_expr *at =
                thread_add(program, place, thread_int(program, lookup->shift));
        const struct thread_expr *entry =
                at->type.lanes > 1
                        ? thread_gather(program, array, at, NULL, false)
                        : thread_load(program, array, at, 1);

        return thread_cast(program, entry,
                           vector_dtype(scope, lookup->compared));
}

/* Does the answer lie behind this entry? */
static const struct thread_expr *is_behind(struct vector_scope *scope,
                                           const struct lookup *lookup,
                                           const struct thread_expr *entry,
                                           const struct thread_expr *key)
{
        return thread_binary(scope->program, lookup_order(lookup), entry, key);
}

static const struct thread_expr *open_copies(struct thread_program *program,
                                             const struct round *round)
{
        return thread_loop(program, "c", thread_int(program, 0),
                           thread_int(program, round->copies), 1,
                           THREAD_UNROLLED, round->copies);
}

static const struct thread_expr *of(struct thread_program *program,
                                    struct thread_array *array,
                                    const struct thread_expr *copy)
{
        return thread_load(program, array, copy, array->type.lanes);
}

/* The first comparison of vector `copy`. */
static void search_first(struct vector_scope *scope, const struct round *round,
                         int i, const struct thread_expr *copy)
{
        struct thread_program *program = scope->program;
        const struct lookup *lookup = &round->lookups->lookup[i];
        const struct lookup_range *range = &round->range[i];
        const struct thread_expr *one = thread_int(program, 1);
        const struct thread_expr *key, *behind, *start;

        key = vector_lower_as(scope, lookup->key, lookup->compared);
        key = thread_let(program, "key",
                         thread_broadcast(program, key, round->lanes));
        thread_store(program, round->key[i], copy, key);
        start = thread_add(program, range->from, range->top);
        behind = is_behind(
                scope, lookup,
                lookup_entry(scope, lookup, thread_sub(program, start, one)),
                key);
        start = thread_sub(
                program,
                thread_add(program, range->from,
                           thread_add(program, range->entries, one)),
                range->top);
        thread_store(program, round->place[i], copy,
                     thread_select(program, behind, start, range->from));
}

static void search_rest(struct vector_scope *scope, const struct round *round,
                        int i)
{
        struct thread_program *program = scope->program;
        const struct lookup *lookup = &round->lookups->lookup[i];
        const struct thread_expr *half, *copy, *place, *entry;

        half = thread_var(program, "half", round->range[i].top);
        thread_for(program, "s", thread_int(program, 0), round->range[i].steps,
                   1);
        thread_assign(program, half,
                      thread_quotient(program, half, thread_int(program, 2)));
        copy = open_copies(program, round);
        place = of(program, round->place[i], copy);
        entry = lookup_entry(
                scope, lookup,
                thread_add(program, place,
                           thread_sub(program, half, thread_int(program, 1))));
        thread_store(program, round->place[i], copy,
                     thread_select(program,
                                   is_behind(scope, lookup, entry,
                                             of(program, round->key[i], copy)),
                                   thread_add(program, place, half), place));
        thread_end(program);
        thread_end(program);
}

/* --- what was asked for --- */

/* The key is the entry at its place, which is clamped to the table. */
static const struct thread_expr *is_found(struct vector_scope *scope,
                                          const struct lookup *lookup,
                                          const struct thread_expr *place,
                                          const struct thread_expr *clamped,
                                          const struct thread_expr *key)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *same = thread_binary(
                program, THREAD_EQ, lookup_entry(scope, lookup, clamped), key);
        const struct thread_expr *inside =
                thread_less(program, place, lookup->entries);

        /* Masks of one width meet. */
        if (same->type.lanes > 1)
                inside = thread_cast(program, inside, same->type.dtype);
        return thread_binary(program, THREAD_AND, same, inside);
}

static const struct thread_expr *answer(struct vector_scope *scope,
                                        const struct lookup *lookup,
                                        const struct thread_expr *place,
                                        const struct thread_expr *key)
{
        struct thread_program *program = scope->program;
        enum dtype dtype = vector_dtype(scope, lookup->reduction->kind);
        const struct thread_expr *clamped, *found, *then;

        if (lookup->kind != LOOKUP_EQUAL && !lookup_counts_front(lookup))
                place = thread_sub(program, lookup->entries, place);
        if (lookup->kind != LOOKUP_EQUAL)
                return thread_cast(program, place, dtype);
        clamped = thread_let(program, "clamped",
                             thread_min(program, place,
                                        thread_sub(program, lookup->entries,
                                                   thread_int(program, 1))));
        found = is_found(scope, lookup, place, clamped, key);
        if (!lookup->then)
                return found;
        vector_bind(scope, lookup->index, clamped);
        then = vector_lower_as(scope, lookup->then, lookup->reduction->kind);
        vector_bind(scope, lookup->index, NULL);
        return thread_select(
                program, found, then,
                thread_constant(program, thread_scalar(dtype), 0));
}

/* --- keys that rise --- */

/* The range of a round's keys: from where the last one has come to, to where
 * its own last key does; at least one entry. */
static void narrow(struct vector_scope *scope, struct round *round, int i,
                   const struct thread_expr *last)
{
        struct thread_program *program = scope->program;
        const struct lookup *lookup = &round->lookups->lookup[i];
        struct lookup_range *range = &round->range[i];
        const struct thread_expr *end, *one = thread_int(program, 1);

        end = lookup_place(scope, lookup, round->index, last,
                           round->reached[i], lookup->entries);
        range->from = thread_let(
                program, "from",
                thread_min(program, round->reached[i],
                           thread_sub(program, lookup->entries, one)));
        range->entries = thread_let(
                program, "some",
                thread_max(program, thread_sub(program, end, range->from),
                           one));
        open_range(program, range);
        thread_assign(program, round->reached[i], end);
}

/* --- rounds --- */

static void bind_copy(struct vector_scope *scope, const struct round *round,
                      const struct thread_expr *base,
                      const struct thread_expr *copy,
                      const struct thread_expr *active)
{
        struct thread_program *program = scope->program;

        vector_bind_lanes(
                scope, round->index,
                thread_add(program, base,
                           thread_mul(program, copy,
                                      thread_int(program, round->lanes))),
                round->lanes, active);
}

/* The last value of the index that a round has. */
static const struct thread_expr *last_of(struct thread_program *program,
                                         const struct round *round,
                                         const struct thread_expr *base,
                                         const struct thread_expr *active)
{
        const struct thread_expr *values =
                active ? active
                       : thread_int(program,
                                    (int64_t)round->lanes * round->copies);

        return thread_sub(program, thread_add(program, base, values),
                          thread_int(program, 1));
}

static void run_round(struct vector_scope *scope, struct round *round,
                      const struct thread_expr *base,
                      const struct thread_expr *active, sweep_body *body,
                      void *data)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        const struct lookups *lookups = round->lookups;
        const struct thread_expr *copy;

        for (int i = 0; i < lookups->count; i++)
                if (round->reached[i])
                        narrow(scope, round, i,
                               last_of(program, round, base, active));
        for (int i = 0; i < lookups->count; i++) {
                struct thread_type type = {
                        vector_dtype(scope, lookups->lookup[i].compared),
                        round->lanes};

                round->key[i] =
                        thread_private(program, "keys", type, round->copies);
                type.dtype = DTYPE_I64;
                round->place[i] =
                        thread_private(program, "places", type, round->copies);
        }
        copy = open_copies(program, round);
        bind_copy(scope, round, base, copy, active);
        for (int i = 0; i < lookups->count; i++)
                search_first(scope, round, i, copy);
        thread_end(program);
        scope->memo = memo;
        for (int i = 0; i < lookups->count; i++)
                search_rest(scope, round, i);
        copy = open_copies(program, round);
        bind_copy(scope, round, base, copy, active);
        for (int i = 0; i < lookups->count; i++)
                vector_hold(
                        scope, lookups->lookup[i].reduction,
                        thread_let(program, "found",
                                   answer(scope, &lookups->lookup[i],
                                          of(program, round->place[i], copy),
                                          of(program, round->key[i], copy))));
        body(scope, copy, data);
        thread_end(program);
        scope->memo = memo;
}

struct single {
        struct round round;
        sweep_body *body;
        void *data;
};

static void run_single(struct vector_scope *scope,
                       const struct thread_expr *copy, void *data)
{
        struct single *single = data;
        struct round round = single->round;

        (void)copy;
        round.copies = 1;
        run_round(scope, &round, scope->index[round.index->number].base,
                  scope->active, single->body, single->data);
}

void lookup_run(struct vector_scope *scope, const struct lookups *lookups,
                const struct sweep *sweep, sweep_body *body, void *data)
{
        struct thread_program *program = scope->program;
        struct single single = {{.lookups = lookups,
                                 .index = sweep->index,
                                 .lanes = sweep->lanes,
                                 .copies = sweep->copies},
                                body,
                                data};
        struct sweep rest = *sweep;
        const struct thread_expr *base;

        if (!scope->index)
                return;
        for (int i = 0; i < lookups->count; i++) {
                single.round.range[i] = lookups->lookup[i].all;
                if (lookups->lookup[i].rises && sweep->lanes > 1)
                        single.round.reached[i] = thread_var(
                                program, "reached", thread_int(program, 0));
        }
        if (sweep->copies > 1 && sweep->lanes > 1) {
                sweep_ends(program, &rest);
                base = thread_for(program, rest.name, rest.low, rest.rounds,
                                  (int64_t)rest.lanes * rest.copies);
                run_round(scope, &single.round, base, NULL, body, data);
                thread_end(program);
                vector_bind(scope, sweep->index, NULL);
                scope->lanes = 1;
                rest.low = rest.rounds;
        }
        rest.copies = 1;
        sweep_run(scope, &rest, run_single, &single);
}
