/*
 * The oracle of a spec that C code states: the values are the reference's,
 * and its tolerance stands for the error scale, so e is 0 and nothing is
 * undecided. The code runs elsewhere (oracle.h); here its arrays are cut into
 * boxes. It computes an output in full whatever box is wanted: callers ask
 * for all of it.
 */
#include <stdlib.h>

#include "spec/oracle_run.h"

/* Larger outputs than any that a person would check by plain C. */
#define REFERENCE_ELEMENTS ((int64_t)1 << 24)

/* Element `from` of the reference's array. */
static void copy_value(const struct tensor *output, const void *all,
                       int64_t from, const struct oracle_values *values,
                       int64_t to)
{
        if (output->kind == KIND_REAL) {
                if (values->v)
                        values->v[to] = ((const double *)all)[from];
        } else if (values->integer) {
                values->integer[to] = output->dtype == DTYPE_BOOL
                                              ? ((const uint8_t *)all)[from]
                                              : ((const int64_t *)all)[from];
        }
        if (values->e)
                values->e[to] = 0;
        if (values->undecided)
                values->undecided[to] = 0;
}

static void copy_box(const struct tensor *output, const int64_t *extent,
                     const void *all, const int64_t *low, const int64_t *high,
                     const struct oracle_values *values)
{
        int64_t at[LIMIT_RANK], from, to = 0;
        int d;

        for (d = 0; d < output->rank; d++)
                at[d] = low[d];
        do {
                from = 0;
                for (d = 0; d < output->rank; d++)
                        from = from * extent[d] + at[d];
                copy_value(output, all, from, values, to++);
                for (d = output->rank - 1; d >= 0; d--) {
                        if (++at[d] < high[d])
                                break;
                        at[d] = low[d];
                }
        } while (d >= 0);
}

int oracle_reference_box(const struct oracle *oracle,
                         const struct binding *binding,
                         const void *const *inputs,
                         const struct tensor *output, const int64_t *low,
                         const int64_t *high, struct oracle_values *values,
                         struct error *err)
{
        int64_t extent[LIMIT_RANK];
        int64_t elements = spec_tensor_elements(output, binding, extent);
        void *all;
        int rc;

        if (!oracle->reference)
                return error_set(
                        err, ERR_UNSUPPORTED,
                        "%s is stated by C code (%s), which runs only "
                        "where cells are possible",
                        oracle->spec->name, oracle->spec->reference->file);
        if (elements > REFERENCE_ELEMENTS)
                return error_set(err, ERR_LIMIT,
                                 "'%s' has %lld elements; the reference %s is "
                                 "asked for at most %lld, so use a smaller "
                                 "workload",
                                 output->name, (long long)elements,
                                 oracle->spec->reference->file,
                                 (long long)REFERENCE_ELEMENTS);
        all = malloc((size_t)elements * 8 + 8);
        if (!all)
                return error_memory(err);
        rc = oracle->reference(oracle->reference_data, binding, inputs, output,
                               all, err);
        if (rc == 0)
                copy_box(output, extent, all, low, high, values);
        free(all);
        return rc;
}
