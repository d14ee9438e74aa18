/*
 * Bisection of a range by a condition that holds up to some place and not
 * behind it.
 */
#ifndef KEVO_LOWER_BISECT_H
#define KEVO_LOWER_BISECT_H

#include "lower/vector.h"

/* Does it hold at this place? */
typedef const struct thread_expr *bisect_holds(struct vector_scope *scope,
                                               const struct thread_expr *place,
                                               void *data);

/* The first place of low..high, a variable of this name, where holds is
 * false; high where there is none. */
const struct thread_expr *bisect(struct vector_scope *scope, const char *name,
                                 const struct thread_expr *low,
                                 const struct thread_expr *high,
                                 bisect_holds *holds, void *data);

#endif
