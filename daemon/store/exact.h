/*
 * Numbers in JSON that read back bit for bit: cJSON's own printing is
 * content with 15 digits that come close.
 */
#ifndef KEVO_STORE_EXACT_H
#define KEVO_STORE_EXACT_H

#include <cjson/cJSON.h>

#include "core/error.h"

/* What JSON cannot say (infinity) becomes null. */
int exact_add(cJSON *object, const char *name, double value,
              struct error *err) KEVO_MUST_CHECK;
int exact_add_array(cJSON *object, const char *name, const double *value,
                    int count, struct error *err) KEVO_MUST_CHECK;

#endif
