/*
 * Integers that fit 32 bits: twice as many lanes as i64, and a multiplication
 * that processors have. The language computes integers in i64; where types
 * and sizes alone bound every value of an expression, lanes of i32 give the
 * same: a product of i8, a sum of up to 131,071 of them.
 */
#ifndef KEVO_LOWER_NARROW_H
#define KEVO_LOWER_NARROW_H

#include "lower/vector.h"

/* Do all values of an integer expression, and of what it is made from, fit
 * i32? */
bool narrow_fits(const struct expr *expr);

/* What the running value of a reduction is in lanes: i32 for sums of integers
 * that fit, else as vector_dtype. */
enum dtype narrow_total(const struct vector_scope *scope,
                        const struct expr *reduction);

/* a op b of integers (expr is that, or a call of min or max) that are lanes of
 * i64: in i32, as a cast of that, where the operands were widened and all
 * fits. NULL where not. So too for condition ? a : b. */
const struct thread_expr *narrow_binary(struct vector_scope *scope,
                                        const struct expr *expr,
                                        enum thread_op op,
                                        const struct thread_expr *a,
                                        const struct thread_expr *b);
const struct thread_expr *narrow_select(struct vector_scope *scope,
                                        const struct expr *expr,
                                        const struct thread_expr *condition,
                                        const struct thread_expr *a,
                                        const struct thread_expr *b);

#endif
