/*
 * Keys that are the sweep's own index: p in count[b] (off[b] <= p). They rise
 * by one, so that the answer changes only where the table has an entry: the
 * sweep goes from entry to entry, and the answer is the same in all lanes.
 * There are often fewer keys between two entries than lanes: what is left of
 * them goes one by one, which no store of a part of a vector is as fast as.
 */
#include "lower/lookup.h"

bool lookup_can_merge(const struct lookups *lookups, const struct index *index)
{
        const struct lookup *lookup = &lookups->lookup[0];
        int64_t c;

        return lookups->count == 1 && lookup->kind != LOOKUP_EQUAL &&
               lookup->compared == KIND_INTEGER &&
               lookup_follows(lookup->key, index, &c);
}

/* The first place whose key is behind entry b. */
static const struct thread_expr *place_behind(struct vector_scope *scope,
                                              const struct lookup *lookup,
                                              const struct index *index,
                                              const struct thread_expr *b)
{
        struct thread_program *program = scope->program;
        bool strict = lookup_order(lookup) == THREAD_LT;
        int64_t c;

        (void)lookup_follows(lookup->key, index, &c);
        return thread_add(program, lookup_entry(scope, lookup, b),
                          thread_int(program, strict - c));
}

void lookup_merge(struct vector_scope *scope, const struct lookup *lookup,
                  const struct sweep *sweep, sweep_body *body, void *data)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *one = thread_int(program, 1);
        const struct thread_expr *entries, *first, *last, *start, *stop, *b,
                *found;
        struct sweep run = *sweep;

        entries = thread_let(program, "entries",
                             vector_lower(scope, lookup->index->hi));
        first = thread_let(program, "before",
                           lookup_place(scope, lookup, sweep->index,
                                        sweep->low, thread_int(program, 0),
                                        entries));
        last = lookup_place(scope, lookup, sweep->index,
                            thread_sub(program, sweep->high, one), first,
                            entries);
        start = thread_var(program, "start", sweep->low);
        b = thread_for(program, "entry", first, thread_add(program, last, one),
                       1);
        stop = thread_var(program, "stop", sweep->high);
        thread_if(program, thread_less(program, b, last));
        thread_assign(program, stop,
                      place_behind(scope, lookup, sweep->index, b));
        thread_end(program);
        found = lookup_counts_front(lookup) ? b
                                            : thread_sub(program, entries, b);
        vector_hold(scope, lookup->reduction,
                    thread_cast(program, found,
                                vector_dtype(scope, lookup->reduction->kind)));
        run.copies = run.unroll = 1;
        run.low = start;
        run.high = stop;
        if (run.lanes > 1) {
                sweep_ends(program, &run);
                run.high = run.whole;
                sweep_run(scope, &run, body, data);
                run.low = run.whole;
                run.high = stop;
                run.lanes = 1;
        }
        sweep_run(scope, &run, body, data);
        thread_assign(program, start, stop);
        thread_end(program);
        scope->memo = memo;
}
