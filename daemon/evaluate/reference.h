/*
 * References: the C code that states a kernel (`reference c "ref.c"`), as the
 * source of its oracle's values. It is foreign code like a candidate: built in
 * the compile sandbox, inspected, run in a cell, and looked at only when it
 * is stopped.
 *
 * A reference is a source in the form of docs/sources.md whose outputs are
 * double where the spec says float, int64_t where it says integer, and
 * uint8_t for bool; its inputs have the types of the spec.
 */
#ifndef KEVO_EVALUATE_REFERENCE_H
#define KEVO_EVALUATE_REFERENCE_H

#include "evaluate/zygote.h"
#include "spec/oracle.h"

struct reference_runner; /* opaque; calls from several threads take turns */

/* Give oracle the values of its spec's reference, whose text must be set.
 * spec, oracle and zygote are borrowed until reference_close, which comes
 * after the last use of the oracle. cache: folder of builds, or NULL. zygote
 * NULL: one of its own, started now; the process has one thread then. For a
 * spec without a reference *runner is NULL and nothing happens. */
int reference_open(struct reference_runner **runner, const struct spec *spec,
                   struct oracle *oracle, struct zygote *zygote,
                   const char *cache, struct error *err) KEVO_MUST_CHECK;
void reference_close(struct reference_runner *runner);

/* Is the text a source that can be a reference of spec? */
int reference_check(const struct spec *spec,
                    struct error *err) KEVO_MUST_CHECK;

#endif
