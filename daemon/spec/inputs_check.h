/*
 * Do inputs that were not made by us (inputs.h) keep the spec's constraints?
 * A kernel and its oracle may rely on them: what breaks one has no answer.
 */
#ifndef KEVO_SPEC_INPUTS_CHECK_H
#define KEVO_SPEC_INPUTS_CHECK_H

#include "spec/spec.h"

/* 0, or ERR_INPUT with a sentence that names the first element of a TENSOR_IN
 * that breaks a constraint, and which: in lo..hi, sorted, distinct, offsets,
 * lengths, finite. */
int inputs_check(const struct binding *binding, const struct tensor *tensor,
                 const void *data, struct error *err) KEVO_MUST_CHECK;

#endif
