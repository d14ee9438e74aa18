/*
 * An input of kevo eval as it is given on the command line: nested arrays of
 * the tensor's extents, or a flat list of all of its values.
 */
#ifndef KEVO_CLI_EVAL_ARRAY_H
#define KEVO_CLI_EVAL_ARRAY_H

#include "core/json.h"
#include "spec/spec.h"

/* given -> data, which has room for elements. *n: how many values there are;
 * those past elements are counted only. */
int eval_array_read(const cJSON *given, const struct tensor *tensor,
                    const int64_t *extent, void *data, int64_t elements,
                    int64_t *n, struct error *err) KEVO_MUST_CHECK;

#endif
