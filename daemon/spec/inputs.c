/* See inputs.h. */
#include "spec/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "spec/inputs_fill.h"

enum { INPUT_ALIGN = 256 };

const char *distribution_name(enum distribution distribution)
{
        static const char *const name[DIST_COUNT] = {
                "normal", "offset", "wide", "ties", "sparse", "small-ints"};

        return (unsigned)distribution < DIST_COUNT ? name[distribution] : "";
}

int inputs_fill(const struct spec *spec, const struct binding *binding,
                const struct tensor *tensor, uint64_t seed,
                enum distribution distribution, double amplitude, void *data,
                struct error *err)
{
        int64_t extent[LIMIT_RANK];
        struct inputs_fill fill = {
                .spec = spec,
                .binding = binding,
                .tensor = tensor,
                .seed = rng_derive(seed, tensor->name, 0),
                .distribution = distribution,
                .amplitude = amplitude,
                .elements = spec_tensor_elements(tensor, binding, extent),
                .data = data};

        fill.row = tensor->rank ? extent[tensor->rank - 1] : 1;
        if (fill.elements <= 0)
                return 0;
        return dtype_is_float(tensor->dtype)
                       ? inputs_fill_floats(&fill, err)
                       : inputs_fill_integers(&fill, err);
}

int inputs_make(const struct spec *spec, const struct binding *binding,
                uint64_t seed, enum distribution distribution,
                double amplitude, void *inputs[LIMIT_TENSORS],
                struct error *err)
{
        const struct tensor *tensor;
        size_t bytes;
        int rc = 0;

        memset(inputs, 0, LIMIT_TENSORS * sizeof *inputs);
        for (int t = 0; t < spec->tensor_count && rc == 0; t++) {
                tensor = spec->tensor[t];
                if (tensor->role != TENSOR_IN)
                        continue;
                bytes = (size_t)spec_tensor_bytes(tensor, binding);
                bytes = (bytes / INPUT_ALIGN + 1) * INPUT_ALIGN;
                inputs[t] = aligned_alloc(INPUT_ALIGN, bytes);
                rc = inputs[t] ? inputs_fill(spec, binding, tensor, seed,
                                             distribution, amplitude,
                                             inputs[t], err)
                               : error_memory(err);
        }
        if (rc < 0)
                inputs_free(inputs);
        return rc;
}

void inputs_free(void *inputs[LIMIT_TENSORS])
{
        for (int t = 0; t < LIMIT_TENSORS; t++) {
                free(inputs[t]);
                inputs[t] = NULL;
        }
}
