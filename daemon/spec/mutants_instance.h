/*
 * One small instance of a spec that mutants are judged on: a shape, inputs,
 * and the right answers. Internal to mutants.c.
 */
#ifndef KEVO_SPEC_MUTANTS_INSTANCE_H
#define KEVO_SPEC_MUTANTS_INSTANCE_H

#include "spec/inputs.h"
#include "spec/oracle.h"

/* One output of one instance. */
struct answer {
        int64_t elements, extent[LIMIT_RANK];
        struct oracle_values values;
        double constant, mean;
        void *wrong; /* scratch of the output's type */
};

struct instance {
        struct binding shape;
        void *inputs[LIMIT_TENSORS];
        struct answer answer[LIMIT_TENSORS]; /* by tensor number */
};

/* Fill all but the shape, which the caller has set. ERR_INPUT when these
 * inputs break the spec. instance_dispose also after failures. */
int instance_make(const struct oracle *oracle, struct instance *now,
                  const struct spec *spec, uint64_t seed,
                  enum distribution distribution,
                  struct error *err) KEVO_MUST_CHECK;
void instance_dispose(struct instance *instance);

/* Arrays for that many elements; free each, also after failures. */
int instance_values(struct oracle_values *values, int64_t elements,
                    struct error *err) KEVO_MUST_CHECK;

#endif
