/* See inputs_check.h. */
#include "spec/inputs_check.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A tensor under inspection; row: elements of its last dimension. */
struct inspected {
        const struct binding *binding;
        const struct tensor *tensor;
        const void *data;
        int64_t extent[LIMIT_RANK], elements, row;
        struct error *err;
};

enum { TEXT_BYTES = 256 };

static int64_t whole(const struct inspected *x, int64_t i)
{
        return dtype_load_int(x->tensor->dtype, x->data, i);
}

/* -1, 0, 1: by value. */
static int order(const struct inspected *x, int64_t i, int64_t j)
{
        enum dtype dtype = x->tensor->dtype;

        if (dtype_is_float(dtype)) {
                double a = dtype_load(dtype, x->data, i);
                double b = dtype_load(dtype, x->data, j);

                return (a > b) - (a < b);
        }
        return (whole(x, i) > whole(x, j)) - (whole(x, i) < whole(x, j));
}

/* "off[3] = 5", "ids[1, 4] = 2". */
static const char *element_text(const struct inspected *x, int64_t i,
                                char text[TEXT_BYTES])
{
        const struct tensor *t = x->tensor;
        int64_t at[LIMIT_RANK] = {0}, rest = i;
        size_t n = (size_t)snprintf(text, TEXT_BYTES, "%.64s", t->name);

        for (int d = t->rank - 1; d >= 0; d--) {
                at[d] = rest % x->extent[d];
                rest /= x->extent[d];
        }
        for (int d = 0; d < t->rank; d++)
                n += (size_t)snprintf(text + n, TEXT_BYTES - n, "%s%" PRId64,
                                      d ? ", " : "[", at[d]);
        if (t->rank)
                n += (size_t)snprintf(text + n, TEXT_BYTES - n, "]");
        if (dtype_is_float(t->dtype))
                snprintf(text + n, TEXT_BYTES - n, " = %g",
                         dtype_load(t->dtype, x->data, i));
        else
                snprintf(text + n, TEXT_BYTES - n, " = %" PRId64, whole(x, i));
        return text;
}

static int check_range(const struct inspected *x)
{
        int64_t low = spec_eval_size(x->tensor->low, x->binding);
        int64_t high = spec_eval_size(x->tensor->high, x->binding);
        char text[TEXT_BYTES];

        for (int64_t i = 0; i < x->elements; i++) {
                if (whole(x, i) >= low && whole(x, i) < high)
                        continue;
                return error_set(x->err, ERR_INPUT,
                                 "%s is outside of `in %" PRId64 "..%" PRId64
                                 "`, which the spec promises",
                                 element_text(x, i, text), low, high);
        }
        return 0;
}

static int check_finite(const struct inspected *x)
{
        char text[TEXT_BYTES];

        for (int64_t i = 0; i < x->elements; i++) {
                if (!isfinite(dtype_load(x->tensor->dtype, x->data, i)))
                        return error_set(x->err, ERR_INPUT,
                                         "%s is not finite, and the spec does "
                                         "not say `nonfinite`",
                                         element_text(x, i, text));
        }
        return 0;
}

/* rule: for the sentence; strictly: equal neighbours break it too. */
static int check_rising(const struct inspected *x, const char *rule,
                        bool strictly)
{
        char text[TEXT_BYTES], before[TEXT_BYTES];

        for (int64_t i = 1; i < x->elements; i++) {
                int sign = order(x, i - 1, i);

                if (i % x->row == 0 || sign < 0 || (sign == 0 && !strictly))
                        continue;
                return error_set(x->err, ERR_INPUT,
                                 "%s follows %s: the spec promises `%s`",
                                 element_text(x, i, text),
                                 element_text(x, i - 1, before), rule);
        }
        return 0;
}

static int compare_places(const void *a, const void *b, void *data)
{
        int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
        int sign = order(data, i, j);

        return sign ? sign : (i > j) - (i < j);
}

static int check_distinct(struct inspected *x)
{
        int64_t *place = calloc((size_t)x->elements + 1, sizeof *place);
        char text[TEXT_BYTES], before[TEXT_BYTES];
        int rc = 0;

        if (!place)
                return error_memory(x->err);
        for (int64_t i = 0; i < x->elements; i++)
                place[i] = i;
        qsort_r(place, (size_t)x->elements, sizeof *place, compare_places, x);
        for (int64_t i = 1; i < x->elements && rc == 0; i++) {
                if (order(x, place[i - 1], place[i]) == 0)
                        rc = error_set(
                                x->err, ERR_INPUT,
                                "%s and %s: the spec promises `distinct`",
                                element_text(x, place[i - 1], before),
                                element_text(x, place[i], text));
        }
        free(place);
        return rc;
}

static int check_offsets(const struct inspected *x)
{
        int64_t total = spec_eval_size(x->tensor->offsets, x->binding);
        int64_t last = x->elements - 1;
        char text[TEXT_BYTES];
        int rc;

        if (x->elements == 0)
                return 0;
        if (whole(x, 0) != 0)
                return error_set(x->err, ERR_INPUT,
                                 "%s: the first of `offsets` must be 0",
                                 element_text(x, 0, text));
        rc = check_rising(x, "offsets", false);
        if (rc == 0 && whole(x, last) != total)
                rc = error_set(x->err, ERR_INPUT,
                               "%s: the last of these `offsets` must be "
                               "%" PRId64,
                               element_text(x, last, text), total);
        return rc;
}

static int check_lengths(const struct inspected *x)
{
        const struct expr *promised = x->tensor->lengths_sum;
        int64_t total = 0, length, sum;
        char text[TEXT_BYTES];

        for (int64_t i = 0; i < x->elements; i++) {
                length = whole(x, i);
                if (length < 0 || total > INT64_MAX - length)
                        return error_set(
                                x->err, ERR_INPUT,
                                "%s: `lengths` must be 0 or more, and "
                                "their sum must fit i64",
                                element_text(x, i, text));
                total += length;
        }
        sum = promised ? spec_eval_size(promised, x->binding) : total;
        if (total == sum)
                return 0;
        return error_set(x->err, ERR_INPUT,
                         "the sum of %s is %" PRId64 ": the spec promises "
                         "`lengths` of %" PRId64 " together",
                         x->tensor->name, total, sum);
}

int inputs_check(const struct binding *binding, const struct tensor *tensor,
                 const void *data, struct error *err)
{
        struct inspected x = {.binding = binding,
                              .tensor = tensor,
                              .data = data,
                              .err = err};
        int rc = 0;

        x.elements = spec_tensor_elements(tensor, binding, x.extent);
        x.row = tensor->rank ? x.extent[tensor->rank - 1] : 1;
        if (dtype_is_float(tensor->dtype) && !tensor->nonfinite)
                rc = check_finite(&x);
        if (rc == 0 && tensor->low && tensor->high)
                rc = check_range(&x);
        if (rc == 0 && tensor->offsets)
                rc = check_offsets(&x);
        if (rc == 0 && tensor->lengths)
                rc = check_lengths(&x);
        if (rc == 0 && tensor->sorted)
                rc = check_rising(
                        &x, tensor->distinct ? "sorted distinct" : "sorted",
                        tensor->distinct);
        else if (rc == 0 && tensor->distinct)
                rc = check_distinct(&x);
        return rc;
}
