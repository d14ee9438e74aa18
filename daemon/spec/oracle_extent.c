/*
 * How much of an output is results: all of it, or as many rows as the output
 * that holds its length says.
 */
#include "spec/oracle.h"

#include "spec/oracle_run.h"

/* The length, from the oracle like any output. */
static int length_of(const struct oracle *oracle,
                     const struct binding *binding, const void *const *inputs,
                     const struct tensor *length, int threads, int64_t *rows,
                     struct error *err)
{
        uint8_t undecided = 0;
        struct oracle_values values = {.integer = rows,
                                       .undecided = &undecided};
        int64_t none[LIMIT_RANK] = {0};
        int rc;

        *rows = 0;
        rc = oracle_box(oracle, binding, inputs, length, none, none, threads,
                        &values, err);
        if (undecided)
                *rows = 0;
        return rc;
}

int oracle_extent(const struct oracle *oracle, const struct binding *binding,
                  const void *const *inputs, const struct tensor *output,
                  int threads, int64_t *extent, int64_t *elements,
                  struct error *err)
{
        int64_t rows = 0;
        int rc;

        *elements = spec_tensor_elements(output, binding, extent);
        if (!output->length)
                return 0;
        rc = length_of(oracle, binding, inputs, output->length, threads, &rows,
                       err);
        if (rc < 0)
                return rc;
        if (rows < 0 || rows > extent[0])
                return error_set(
                        err, ERR_INPUT,
                        "%s:%d:%d: with these inputs '%s', the length "
                        "of '%s', is %lld, which is not in 0..=%lld",
                        oracle->spec->file, output->length->line,
                        output->length->column, output->length->name,
                        output->name, (long long)rows, (long long)extent[0]);
        *elements = extent[0] ? *elements / extent[0] * rows : 0;
        extent[0] = rows;
        return 0;
}
