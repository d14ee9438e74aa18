/* Do two specs mean the same? For tests of what rewrites one. */
#ifndef KEVO_TESTS_SPEC_SAME_H
#define KEVO_TESTS_SPEC_SAME_H

#include <check.h>
#include <stdlib.h>

#include "spec/dtype.h"
#include "spec_evaluator.h"

/* Outputs of two specs with the same inputs are the same. */
static inline void spec_check_same(const struct spec *a, const struct spec *b,
                                   const struct binding *binding)
{
        struct evaluator *x = calloc(1, sizeof *x), *y = calloc(1, sizeof *y);
        void *data[LIMIT_TENSORS] = {NULL};

        for (int t = 0; t < a->tensor_count; t++) {
                const struct tensor *tensor = a->tensor[t];
                int64_t n = spec_tensor_elements(tensor, binding, NULL);

                if (tensor->role != TENSOR_IN)
                        continue;
                data[t] = calloc((size_t)n + 1, dtype_bytes(tensor->dtype));
                for (int64_t i = 0; i < n; i++)
                        dtype_store(tensor->dtype, data[t], i,
                                    (double)((i * 7 + t) % 5) - 2);
        }
        evaluator_run(x, a, binding, data);
        evaluator_run(y, b, binding, data);
        for (int t = 0; t < a->tensor_count; t++)
                for (int64_t i = 0;
                     a->tensor[t]->role == TENSOR_OUT &&
                     i < spec_tensor_elements(a->tensor[t], binding, NULL);
                     i++)
                        ck_assert_double_eq(x->tensor[t][i], y->tensor[t][i]);
        evaluator_dispose(x);
        evaluator_dispose(y);
        free(x);
        free(y);
        for (int t = 0; t < a->tensor_count; t++)
                free(data[t]);
}

#endif
