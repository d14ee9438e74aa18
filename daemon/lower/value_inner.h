/*
 * What the files of the expression builders share. Internal to value*.c.
 */
#ifndef KEVO_LOWER_VALUE_INNER_H
#define KEVO_LOWER_VALUE_INNER_H

#include "lower/value.h"

/* A node of the program's arena; the spare one when memory is out. */
struct thread_expr *thread_node(struct thread_program *program,
                                enum thread_op op, struct thread_type type);
/* The same with operands; NULL for those it does not have. */
struct thread_expr *thread_node_with(struct thread_program *program,
                                     enum thread_op op,
                                     struct thread_type type,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b,
                                     const struct thread_expr *c);

/* Make two operands of one type: lanes by broadcast, literals give way. */
void thread_adapt(struct thread_program *program, const struct thread_expr **a,
                  const struct thread_expr **b);
/* A float that is known to fit 32 bits as an integer, unless it is NaN: what
 * min and max clamp. */
bool thread_is_short(const struct thread_expr *expr);
/* The signed integer as wide as dtype: what a comparison of lanes gives. */
enum dtype thread_mask_dtype(enum dtype dtype);

#endif
