/*
 * Elementary functions over vectors of f32, as text for printed sources.
 *
 * Errors, measured by test_simd_math over the whole range of arguments and
 * stated in units in the last place of the result: 2 for exp, exp2, expm1,
 * log, log2, log10, log1p, tanh and erf; 6 for tanh_fast and 7 for erf_fast,
 * which take half the operations, 5 for log1p_fast, which takes a fifth less,
 * and 3 + |x| / 4 for exp_fast, which takes three quarters. NaN gives NaN,
 * infinities give limits, results below the smallest normal number may be
 * flushed to zero.
 */
#ifndef KEVO_BACKENDS_C_SIMD_MATH_H
#define KEVO_BACKENDS_C_SIMD_MATH_H

#include "backends/c/prelude.h"

/* NULL when there is no such function. */
const struct prelude_row *simd_math_find(const char *name);

#endif
