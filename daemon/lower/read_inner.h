/* A read while it is lowered. Internal to read*.c. */
#ifndef KEVO_LOWER_READ_INNER_H
#define KEVO_LOWER_READ_INNER_H

#include "lower/vector.h"

/* One lowered subscript: base + stride * lane, or one value a lane. */
struct read_place {
        const struct thread_expr *base, *stride, *lanes;
};

/* --- read.c --- */

/* A stride that a load can take: 1 or a little more, 0 for any other. */
int read_step(const struct thread_expr *stride);
/* a and b, either of which may be NULL: all. */
const struct thread_expr *read_both(struct thread_program *program,
                                    const struct thread_expr *a,
                                    const struct thread_expr *b);
/* Convert what lies in memory to what expressions compute with. */
const struct thread_expr *read_from_storage(struct vector_scope *scope,
                                            const struct thread_expr *value,
                                            enum kind kind);
/* What a read outside of its tensor gives. Of x[i]! any value that the tensor
 * may hold: more is proved from that. */
const struct thread_expr *read_fallback(struct vector_scope *scope,
                                        const struct read *read,
                                        enum kind kind);

/* --- read_window.c: guarded reads in lanes; place has one for each dimension,
 * memory is where they lead to together --- */

/* Elements some steps apart whose only guarded dimension in the lanes is the
 * last one: the lanes inside are an interval. */
bool read_is_window(const struct read *read, const struct read_place *place,
                    const struct read_place *memory);
/* scalar: whether any lane is inside at all, NULL: yes. guarded: the last
 * dimension is asked, too. */
const struct thread_expr *read_window(struct vector_scope *scope,
                                      const struct expr *expr,
                                      struct thread_array *array,
                                      const struct read_place *place,
                                      const struct read_place *memory,
                                      const struct thread_expr *scalar,
                                      bool guarded);

/* Do the read's lanes go on from row to row? */
bool read_is_in_plane(const struct vector_scope *scope,
                      const struct read *read);
const struct thread_expr *read_plane(struct vector_scope *scope,
                                     const struct expr *expr,
                                     struct thread_array *array,
                                     const struct read_place *place,
                                     const struct read_place *memory);

#endif
