/*
 * Re-association of chained products: another spec of the same function.
 *
 *   t[d, k] = sum[m] x[m, d] * y[m, k]
 *   z[n, k] = sum[d] x[n, d] * t[d, k]
 *
 *   p[n, m] = sum[d] x[n, d] * x[m, d]
 *   z[n, k] = sum[m] p[n, m] * y[m, k]
 *
 * Both sides are sum[d, m] x[n, d] * x[m, d] * y[m, k]; which product comes
 * first decides how much work it is. A sum of a product is taken apart into
 * its factors (intermediates without a type and sums inside it are expanded),
 * and each pair of factors that has a reduced index to itself is an order.
 *
 * The accuracy rule allows all of them: its error scale of nested sums is
 * that of the absolute values of the whole product, whatever the nesting
 * (docs/trust.md). A declared type between the two products rounds, and
 * nothing is expanded across it.
 */
#ifndef KEVO_LOWER_REGROUP_H
#define KEVO_LOWER_REGROUP_H

#include "core/arena.h"
#include "lower/schedule.h"
#include "lower/thread.h"
#include "spec/spec.h"

enum { REGROUP_ORDERS = 7 };

/* Orders other than the spec's own, at most REGROUP_ORDERS. */
int regroup_count(struct arena *arena, const struct spec *spec);

/* Order 0 is spec itself; order n its n-th other one, a spec that lives in
 * arena and shares with spec what was not changed: sizes, parameters, inputs.
 * Tensors keep their numbers; one is added. NULL when there is no such order
 * or no memory. */
const struct spec *regroup_make(struct arena *arena, const struct spec *spec,
                                int order);

/* Over sizes alone, so that a range can be compared before anything runs. */
bool regroup_is_plain(const struct index *index);

/* Multiply-adds of spec under a binding (runs of the innermost terms), a loop
 * over data taken for one round: what orders are compared by. */
double regroup_steps(const struct spec *spec, const struct binding *binding);

/* Limit a program made from an order of spec to the sizes for which that is
 * no more work than spec itself, by a `when` such as N*D + N*K <= 2*D*K; in
 * front of it stand ranges that keep both sides inside 64 bits. Nothing is
 * said where extents are no polynomials of sizes. An order that is never less
 * work makes the program fail (ERR_UNSUPPORTED). */
void regroup_limit(struct thread_program *program, const struct spec *spec,
                   const struct spec *made);

/* The order with the least work of those that a class `can` take, -1: none.
 * Without a binding the first of them. */
int regroup_best(struct arena *arena, const struct spec *spec,
                 const struct binding *binding,
                 bool (*can)(struct arena *arena, const struct spec *spec));

/* The field `order` with that guess, when there is more than one that is no
 * more work than the spec's under workload: others would not apply to it,
 * and stand there only as the guess where a class can take nothing else. */
void regroup_field(struct arena *arena, const struct spec *spec,
                   const struct binding *workload, int guess,
                   struct schedule_space *space);

#endif
