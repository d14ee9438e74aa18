/*
 * Searches in sorted tables that specs write as reductions over the whole
 * table: how many entries lie below a key, whether and where it is found.
 *
 *   count[u] (ids[u] < v)        any[u] (ids[u] == v)
 *   sum[u] (ids[u] == v ? u + 1 : 0)                   (ids distinct)
 *
 * become a binary search without branches, a key in each lane: as many steps
 * as the table's length has bits, each a gather, a comparison and a choice.
 * Several vectors of keys take a step together, to hide the gathers' latency.
 * A key that is alone (there are no lanes, or it is the same in all) is
 * searched for by bisection, and then also
 *
 *   sum[e] (row[e] == v ? w[e] * x[e, d] : 0)         (entries may repeat)
 *
 * takes only the terms that are meant.
 */
#ifndef KEVO_LOWER_LOOKUP_H
#define KEVO_LOWER_LOOKUP_H

#include "lower/plan.h"
#include "lower/sweep.h"

enum { LOOKUPS = 8 };

/* Which entries are meant. */
enum lookup_kind {
        LOOKUP_BELOW, /* those below the key */
        LOOKUP_UPTO,  /* at most the key */
        LOOKUP_ABOVE, /* above the key */
        LOOKUP_FROM,  /* at least the key */
        LOOKUP_EQUAL  /* equal to it */
};

/* Entries to search, at least one: the first, their number, the largest power
 * of 2 in it, and how often that can be halved. */
struct lookup_range {
        const struct thread_expr *from, *entries, *top, *steps;
};

struct lookup {
        enum lookup_kind kind;
        const struct expr *reduction; /* that it replaces */
        const struct tensor *table;
        int64_t shift; /* of the first entry in the table */
        const struct index *index;
        const struct expr *key;
        const struct expr *then; /* what is summed for each; NULL: 1 */
        enum kind compared;      /* what entries and key are compared as */
        bool rises;              /* the key only grows along the sweep */
        /* Filled by lookup_open. */
        const struct thread_expr *entries; /* of the table */
        struct lookup_range all;
};

struct lookups {
        int count;
        struct lookup lookup[LOOKUPS];
};

/* Is this reduction a search for one key? */
bool lookup_take(struct lookup *lookup, const struct expr *reduction);
/* The first place of low..high whose entry is not behind the key that index
 * has at a scalar value, as the searches in lanes understand it. */
const struct thread_expr *lookup_place(struct vector_scope *scope,
                                       const struct lookup *lookup,
                                       const struct index *index,
                                       const struct thread_expr *at,
                                       const struct thread_expr *low,
                                       const struct thread_expr *high);
/* The table's entry at a place, or one a lane, as it is compared. */
const struct thread_expr *lookup_entry(struct vector_scope *scope,
                                       const struct lookup *lookup,
                                       const struct thread_expr *place);
/* Has each value of index an interval of its own in it, which lanes could not
 * go through together? */
bool lookup_is_scalar(const struct expr *reduction, const struct index *index);
/* How entries in front of the place that is searched for stand to the key:
 * THREAD_LT or THREAD_LE. Are these the ones that are counted, not those from
 * the place on? */
enum thread_op lookup_order(const struct lookup *lookup);
static inline bool lookup_counts_front(const struct lookup *lookup)
{
        return lookup->kind == LOOKUP_BELOW || lookup->kind == LOOKUP_UPTO;
}
/* index, or index + c; c is the literal. */
bool lookup_follows(const struct expr *expr, const struct index *index,
                    int64_t *c);
/* The range of the reduced index that is meant, found by bisection; the key
 * is scalar here. */
void lookup_interval(struct vector_scope *scope, const struct lookup *lookup,
                     const struct thread_expr **low,
                     const struct thread_expr **high);

/* The searches in value that depend on index; false when there are none. */
bool lookup_find(struct lookups *lookups, const struct expr *value,
                 const struct index *index);

/* In front of the loops: what depends on the tables' lengths alone. */
void lookup_open(struct vector_scope *scope, struct lookups *lookups);

/* sweep_run with every search held when body is lowered; sweep->copies
 * vectors search together. */
void lookup_run(struct vector_scope *scope, const struct lookups *lookups,
                const struct sweep *sweep, sweep_body *body, void *data);

/* Is the only search's key the index itself, or a constant further on? Then
 * also: sweep_run with the search held, from one entry to the next. */
bool lookup_can_merge(const struct lookups *lookups,
                      const struct index *index);
void lookup_merge(struct vector_scope *scope, const struct lookup *lookup,
                  const struct sweep *sweep, sweep_body *body, void *data);

#endif
