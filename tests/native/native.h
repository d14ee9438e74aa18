/*
 * Runs a thread program natively inside this process: printed, compiled by
 * the C backend, loaded, and called with threads of its own. For tests and
 * benchmarks of lowerings only; the product runs kernels in cells.
 */
#ifndef KEVO_TESTS_NATIVE_H
#define KEVO_TESTS_NATIVE_H

#include "lower/thread.h"

struct native; /* opaque */

/* Build program, a lowering of spec, for binding. spec is used until the end;
 * cache: a folder for compiled objects. */
int native_open(struct native **native, const struct spec *spec,
                const struct thread_program *program,
                const struct binding *binding, int threads, const char *cache,
                struct error *err) KEVO_MUST_CHECK;
void native_close(struct native *native);

/* Other values of sizes that are not fixed: new buffers. */
int native_bind(struct native *native, const struct binding *binding,
                struct error *err) KEVO_MUST_CHECK;

/* Pin the calling thread to a processor. What times calls pins itself to 0:
 * the threads of a native are on 1, 2, ..., and a caller that is on one of
 * these, too, would share it with them for as long as a short run takes. */
void native_pin(int number);

/* One call: tensor[n] is the data of tensor number n. */
void native_call(struct native *native, void *const *tensor);

/* The printed source, borrowed. */
const char *native_source(const struct native *native);

#endif
