/* See mutants_instance.h. */
#include "spec/mutants_instance.h"

#include <stdlib.h>

enum { HALVINGS_MAX = 60 };

static const int64_t zeros[LIMIT_RANK];

void instance_dispose(struct instance *instance)
{
        struct answer *a;

        inputs_free(instance->inputs);
        for (int t = 0; t < LIMIT_TENSORS; t++) {
                a = &instance->answer[t];
                free(a->values.v);
                free(a->values.e);
                free(a->values.integer);
                free(a->values.undecided);
                free(a->wrong);
                *a = (struct answer){0};
        }
}

int instance_values(struct oracle_values *values, int64_t elements,
                    struct error *err)
{
        size_t n = elements > 0 ? (size_t)elements : 1;

        values->v = calloc(n, sizeof *values->v);
        values->e = calloc(n, sizeof *values->e);
        values->integer = calloc(n, sizeof *values->integer);
        values->undecided = calloc(n, 1);
        if (!values->v || !values->e || !values->integer || !values->undecided)
                return error_memory(err);
        return 0;
}

static int answer_output(const struct oracle *oracle, struct instance *now,
                         const struct tensor *output, bool *overflow,
                         struct error *err)
{
        struct answer *a = &now->answer[output->number];
        const void *const *inputs = (const void *const *)now->inputs;
        double sum = 0;
        int rc;

        rc = oracle_extent(oracle, &now->shape, inputs, output, 1, a->extent,
                           &a->elements, err);
        if (rc < 0)
                return rc;
        a->wrong = calloc((size_t)a->elements + 1, dtype_bytes(output->dtype));
        rc = a->wrong ? instance_values(&a->values, a->elements, err)
                      : error_memory(err);
        if (rc == 0)
                rc = oracle_box(oracle, &now->shape, inputs, output, zeros,
                                a->extent, 1, &a->values, err);
        if (rc == 0)
                rc = oracle_constant(oracle, &now->shape, inputs, output,
                                     zeros, a->extent, &a->constant, overflow,
                                     err);
        for (int64_t i = 0; i < a->elements && rc == 0; i++)
                sum += a->values.v[i];
        a->mean = sum / (double)(a->elements > 0 ? a->elements : 1);
        return rc;
}

/* Inputs and answers; the amplitude is halved until nothing overflows. */
int instance_make(const struct oracle *oracle, struct instance *now,
                  const struct spec *spec, uint64_t seed,
                  enum distribution distribution, struct error *err)
{
        bool overflow = true;
        double amplitude = 1;
        int rc = 0;

        for (int i = 0; overflow && i < HALVINGS_MAX; i++) {
                overflow = false;
                rc = inputs_make(spec, &now->shape, seed, distribution,
                                 amplitude, now->inputs, err);
                for (int t = 0; t < spec->tensor_count && rc == 0; t++)
                        if (spec->tensor[t]->role == TENSOR_OUT)
                                rc = answer_output(oracle, now,
                                                   spec->tensor[t], &overflow,
                                                   err);
                if (overflow)
                        instance_dispose(now);
                amplitude /= 2;
        }
        return rc;
}
