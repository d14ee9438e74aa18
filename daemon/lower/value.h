/*
 * Builders of the expressions of a thread program. They fold integer
 * constants (so that generated index arithmetic reads like what a person
 * would write) and adapt operands: a scalar meets a vector by broadcast, a
 * literal takes the other operand's type, the wider type of a family wins,
 * floats win over integers. Included by thread.h.
 */
#ifndef KEVO_LOWER_VALUE_H
#define KEVO_LOWER_VALUE_H

#include "lower/thread.h"

/* One operation on integers when it can be done here: no overflow, no
 * division but of non-negative by positive. */
bool thread_fold(enum thread_op op, int64_t a, int64_t b, int64_t *value);
/* The value of a scalar integer expression of literals. */
bool thread_known(const struct thread_program *program,
                  const struct thread_expr *expr, int64_t *value);
/* Provably a multiple of `factor`: literals, `step` domains, `when`. */
bool thread_is_multiple(const struct thread_program *program,
                        const struct thread_expr *expr, int64_t factor);
bool thread_equal(const struct thread_expr *a, const struct thread_expr *b);

/* --- expressions --- */

struct thread_type thread_scalar(enum dtype dtype);
struct thread_type thread_vector(enum dtype dtype, int lanes);

const struct thread_expr *thread_int(struct thread_program *program,
                                     int64_t value); /* i64 */
const struct thread_expr *thread_real(struct thread_program *program,
                                      enum dtype dtype, double value);
/* Zero, or any literal, of a type with lanes. */
const struct thread_expr *thread_constant(struct thread_program *program,
                                          struct thread_type type,
                                          double value);
const struct thread_expr *thread_size(struct thread_program *program,
                                      const struct size *size);
const struct thread_expr *thread_param(struct thread_program *program,
                                       const struct param *param);
const struct thread_expr *thread_iota(struct thread_program *program,
                                      struct thread_type type);
/* lanes consecutive elements from array[offset] in the array's dtype. */
const struct thread_expr *thread_load(struct thread_program *program,
                                      struct thread_array *array,
                                      const struct thread_expr *offset,
                                      int lanes);
/* Only the first `active` lanes are read (scalar i64; NULL: all), the rest
 * are 0. */
const struct thread_expr *thread_load_part(struct thread_program *program,
                                           struct thread_array *array,
                                           const struct thread_expr *offset,
                                           int lanes,
                                           const struct thread_expr *active);
/* Lane l from offset + l * step. Only lanes first <= l < last are read
 * (scalars i64, from 0 to lanes; both NULL: all), the rest are 0; offset may
 * lie outside the array when those lanes do not. */
const struct thread_expr *thread_load_window(struct thread_program *program,
                                             struct thread_array *array,
                                             const struct thread_expr *offset,
                                             int step, int lanes,
                                             const struct thread_expr *first,
                                             const struct thread_expr *last);
/* One element a lane at i64 offsets; lanes where mask (may be NULL) is 0 are
 * not read and are 0. near: they lie in a cache. */
const struct thread_expr *thread_gather(struct thread_program *program,
                                        struct thread_array *array,
                                        const struct thread_expr *offsets,
                                        const struct thread_expr *mask,
                                        bool near);
const struct thread_expr *thread_cast(struct thread_program *program,
                                      const struct thread_expr *value,
                                      enum dtype dtype);
const struct thread_expr *thread_broadcast(struct thread_program *program,
                                           const struct thread_expr *value,
                                           int lanes);
const struct thread_expr *thread_horizontal(struct thread_program *program,
                                            enum reduction reduction,
                                            const struct thread_expr *value);
const struct thread_expr *thread_lane(struct thread_program *program,
                                      const struct thread_expr *value,
                                      int lane);
/* As many lanes as there are in low, from lane `from` (0 to lanes) of low on
 * and then those of high. */
const struct thread_expr *thread_slide(struct thread_program *program,
                                       const struct thread_expr *low,
                                       const struct thread_expr *high,
                                       int from);
/* Lane `from` of even, the same of odd, the next of even, ... */
const struct thread_expr *thread_zip(struct thread_program *program,
                                     const struct thread_expr *even,
                                     const struct thread_expr *odd, int from);
/* Every second lane of low and then of high, from lane `from` (0 or 1) on. */
const struct thread_expr *thread_unzip(struct thread_program *program,
                                       const struct thread_expr *low,
                                       const struct thread_expr *high,
                                       int from);
/* NEGATE, NOT, BIT_NOT */
const struct thread_expr *thread_unary(struct thread_program *program,
                                       enum thread_op op,
                                       const struct thread_expr *a);
/* ADD ... SHR */
const struct thread_expr *thread_binary(struct thread_program *program,
                                        enum thread_op op,
                                        const struct thread_expr *a,
                                        const struct thread_expr *b);
const struct thread_expr *thread_select(struct thread_program *program,
                                        const struct thread_expr *condition,
                                        const struct thread_expr *a,
                                        const struct thread_expr *b);
/* variant: 0 unless a schedule chose another implementation; see the
 * printer's list. b is NULL for functions of one argument. */
const struct thread_expr *thread_call(struct thread_program *program,
                                      enum function function, int variant,
                                      const struct thread_expr *a,
                                      const struct thread_expr *b);

/* The usual ones by name. */
const struct thread_expr *thread_add(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b);
const struct thread_expr *thread_sub(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b);
const struct thread_expr *thread_mul(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b);
const struct thread_expr *thread_min(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b);
const struct thread_expr *thread_max(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b);
const struct thread_expr *thread_less(struct thread_program *program,
                                      const struct thread_expr *a,
                                      const struct thread_expr *b);
/* a / b and a % b of non-negative integers (task numbers, blocks). */
const struct thread_expr *thread_quotient(struct thread_program *program,
                                          const struct thread_expr *a,
                                          const struct thread_expr *b);
const struct thread_expr *thread_remainder(struct thread_program *program,
                                           const struct thread_expr *a,
                                           const struct thread_expr *b);
/* How many blocks of `block` cover a. */
const struct thread_expr *thread_blocks(struct thread_program *program,
                                        const struct thread_expr *a,
                                        const struct thread_expr *block);

#endif
