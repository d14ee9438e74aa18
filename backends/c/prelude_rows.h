/*
 * The templates of the helpers that are not elementary functions: memory,
 * lanes, integers, conversions. prelude.h says what the letters mean.
 */
#ifndef KEVO_BACKENDS_C_PRELUDE_ROWS_H
#define KEVO_BACKENDS_C_PRELUDE_ROWS_H

#include "backends/c/prelude.h"

/* NULL when there is no such helper; conversions are a table of their own,
 * named after what they convert. */
const struct prelude_row *prelude_row_find(const char *name);
const struct prelude_row *prelude_conversion_find(const char *name);

#endif
