/*
 * Keys that are the sweep's own index: p in count[b] (off[b] <= p). They rise
 * by one, so that the answer changes only where the table has an entry: the
 * sweep goes from entry to entry, and the answer is the same in all lanes.
 * There are often fewer keys between two entries than lanes: what is left of
 * them goes one by one, which no store of a part of a vector is as fast as.
 */
#include "lower/lookup.h"

/* index, or index + c; c is the literal. */
static bool rises(const struct expr *key, const struct index *index,
                  int64_t *c)
{
        *c = 0;
        if (key->op == EXPR_ADD && key->arg[1]->op == EXPR_INTEGER) {
                *c = key->arg[1]->value.integer;
                key = key->arg[0];
        }
        return key->op == EXPR_INDEX &&
               key->value.index->number == index->number;
}

bool lookup_can_merge(const struct lookups *lookups, const struct index *index)
{
        const struct lookup *lookup = &lookups->lookup[0];
        int64_t c;

        return lookups->count == 1 && lookup->kind != LOOKUP_EQUAL &&
               lookup->compared == KIND_INTEGER &&
               rises(lookup->key, index, &c);
}

/* How many entries the key at `place` is behind. */
static const struct thread_expr *entries_at(struct vector_scope *scope,
                                            const struct lookup *lookup,
                                            const struct index *index,
                                            const struct thread_expr *place)
{
        struct vector_bound saved = scope->index[index->number];
        const struct thread_expr *low, *high;

        vector_bind(scope, index, place);
        lookup_interval(scope, lookup, &low, &high);
        scope->index[index->number] = saved;
        return lookup->kind == LOOKUP_UPTO || lookup->kind == LOOKUP_BELOW
                       ? high
                       : low;
}

/* The first place whose key is behind entry b. */
static const struct thread_expr *place_behind(struct vector_scope *scope,
                                              const struct lookup *lookup,
                                              const struct index *index,
                                              const struct thread_expr *b)
{
        struct thread_program *program = scope->program;
        bool strict =
                lookup->kind == LOOKUP_BELOW || lookup->kind == LOOKUP_FROM;
        int64_t c;

        (void)rises(lookup->key, index, &c);
        return thread_add(program, lookup_entry(scope, lookup, b),
                          thread_int(program, strict - c));
}

void lookup_merge(struct vector_scope *scope, const struct lookup *lookup,
                  const struct sweep *sweep, sweep_body *body, void *data)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *one = thread_int(program, 1);
        const struct thread_expr *first, *last, *start, *stop, *b, *found;
        struct sweep run = *sweep;

        first = thread_let(
                program, "before",
                entries_at(scope, lookup, sweep->index, sweep->low));
        last = entries_at(scope, lookup, sweep->index,
                          thread_sub(program, sweep->high, one));
        start = thread_var(program, "start", sweep->low);
        b = thread_for(program, "entry", first, thread_add(program, last, one),
                       1);
        stop = thread_var(program, "stop", sweep->high);
        thread_if(program, thread_less(program, b, last));
        thread_assign(program, stop,
                      place_behind(scope, lookup, sweep->index, b));
        thread_end(program);
        found = lookup->kind == LOOKUP_UPTO || lookup->kind == LOOKUP_BELOW
                        ? b
                        : thread_sub(program,
                                     vector_lower(scope, lookup->index->hi),
                                     b);
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
