/*
 * Fetching ahead: elements that are gathered through a table of positions,
 * table[idx[p], d], cannot be foreseen by hardware, but the positions can be
 * read early. A hint names what index p will gather `distance` values later.
 */
#ifndef KEVO_LOWER_FETCH_H
#define KEVO_LOWER_FETCH_H

#include "lower/vector.h"

/* Does expr gather by index, outside of further reductions? */
bool fetch_applies(const struct expr *expr, const struct index *index);
/* The same for the place of an update. */
bool fetch_applies_at(const struct tensor *tensor,
                      const struct expr *const *subscript,
                      const struct index *index);

/* Hints for all that expr gathers by index, which is bound to one value here;
 * nothing when scope->ahead is 0. */
void fetch_ahead(struct vector_scope *scope, const struct expr *expr,
                 const struct index *index);
void fetch_ahead_at(struct vector_scope *scope, const struct tensor *tensor,
                    const struct expr *const *subscript,
                    const struct index *index);

/* Inputs that are read in order along index, which is bound to lanes. */
struct fetch_order {
        const struct expr *const *expr; /* that read them */
        int count;
        const struct index *index;
        const struct index *row; /* that chooses them: what it does not choose
                                    is in a cache; NULL: no row */
};

/* Hints for them, `bytes` further along or at the same place of the next row.
 * A hint behind the end reads nothing. */
void fetch_along(struct vector_scope *scope, const struct fetch_order *order,
                 int64_t bytes);
void fetch_next_row(struct vector_scope *scope,
                    const struct fetch_order *order);
/* Does expr read one tensor at several places? Each is short, and the
 * processor's own fetching ahead begins anew at each. */
bool fetch_is_split(const struct expr *expr, const struct index *index);

#endif
