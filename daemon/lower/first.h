/*
 * The first kernel: straightforward, correct, for any spec of the language.
 * One stage a statement, scalar loops, working precision f32 (f64 for f64
 * specs, i64 for integers), intermediates in scratch. It is what a new
 * kernel is compared with and what every other lowering is tested against.
 */
#ifndef KEVO_LOWER_FIRST_H
#define KEVO_LOWER_FIRST_H

#include "lower/vector.h"

/* Fill program (made by thread_new, not yet finished). */
void first_lower(const struct spec *spec, struct thread_program *program);

/* The stage of one statement, for a class that cannot do better: tensors are
 * placed by the caller; value replaces the statement's own (NULL: keep). */
void first_lower_stage(struct vector_scope *scope,
                       const struct statement *statement,
                       const struct expr *value);

#endif
