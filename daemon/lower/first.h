/*
 * The first kernel: straightforward, correct, for any spec of the language.
 * One stage a statement, scalar loops, working precision f32 (f64 for f64
 * specs, i64 for integers), intermediates in scratch. It is what a new
 * kernel is compared with and what every other lowering is tested against.
 */
#ifndef KEVO_LOWER_FIRST_H
#define KEVO_LOWER_FIRST_H

#include "lower/thread.h"

/* Fill program (made by thread_new, not yet finished). */
void first_lower(const struct spec *spec, struct thread_program *program);

#endif
