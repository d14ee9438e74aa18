/* See eval_array.h. */
#include "cli/eval_array.h"

#include "spec/dtype.h"

/* Flatten nested arrays in order; *n counts. */
static int flatten(const cJSON *json, const struct tensor *tensor, void *data,
                   int64_t limit, int64_t *n, struct error *err)
{
        const cJSON *item;
        int64_t whole;
        int rc = 0;

        if (cJSON_IsArray(json)) {
                cJSON_ArrayForEach(item, json)
                {
                        rc = flatten(item, tensor, data, limit, n, err);
                        if (rc < 0)
                                return rc;
                }
                return 0;
        }
        if (*n >= limit) {
                (*n)++;
                return 0;
        }
        if (cJSON_IsBool(json))
                dtype_store_int(tensor->dtype, data, (*n)++,
                                cJSON_IsTrue(json));
        else if (!cJSON_IsNumber(json))
                return error_set(err, ERR_INPUT, "%s: only numbers",
                                 tensor->name);
        else if (dtype_is_float(tensor->dtype))
                dtype_store(tensor->dtype, data, (*n)++, json->valuedouble);
        else if (json_to_int64(json, &whole) &&
                 whole >= dtype_int_low(tensor->dtype) &&
                 whole <= dtype_int_high(tensor->dtype))
                dtype_store_int(tensor->dtype, data, (*n)++, whole);
        else
                return error_set(err, ERR_INPUT, "%s holds %s: %g is none",
                                 tensor->name, dtype_name(tensor->dtype),
                                 json->valuedouble);
        return 0;
}

/* Nested arrays have the extents of the tensor: dimension d of it is here. A
 * flat list of all values is taken too. */
static int check_nesting(const cJSON *json, const struct tensor *tensor,
                         const int64_t *extent, int d, struct error *err)
{
        const cJSON *first = json->child, *item;
        long long n = cJSON_GetArraySize(json), other;
        int rc = 0;

        cJSON_ArrayForEach(item, json)
        {
                other = cJSON_GetArraySize(item);
                if (cJSON_IsArray(item) != cJSON_IsArray(first) ||
                    other != cJSON_GetArraySize(first))
                        return error_set(err, ERR_INPUT,
                                         "%s has rows of different length, "
                                         "%d and %lld",
                                         tensor->name,
                                         cJSON_GetArraySize(first), other);
        }
        if (n != extent[d])
                return error_set(err, ERR_INPUT,
                                 "dimension %d of %s must be %lld for these "
                                 "sizes, but %lld %s given",
                                 d + 1, tensor->name, (long long)extent[d], n,
                                 n == 1 ? "is" : "are");
        cJSON_ArrayForEach(item, json)
        {
                if (rc == 0 && cJSON_IsArray(item) && d + 1 < tensor->rank)
                        rc = check_nesting(item, tensor, extent, d + 1, err);
        }
        return rc;
}

int eval_array_read(const cJSON *given, const struct tensor *tensor,
                    const int64_t *extent, void *data, int64_t elements,
                    int64_t *n, struct error *err)
{
        int rc = 0;

        *n = 0;
        if (cJSON_IsArray(given) && cJSON_IsArray(given->child))
                rc = check_nesting(given, tensor, extent, 0, err);
        return rc < 0 ? rc : flatten(given, tensor, data, elements, n, err);
}
