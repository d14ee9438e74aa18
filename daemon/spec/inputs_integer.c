/*
 * Integer and boolean inputs: indices, identifiers, offsets, lengths. What
 * has a range is uniform over it (zipf when the workload says so, with the
 * frequent values spread over the range); what has none draws from a domain
 * small enough that equal values meet.
 */
#include <math.h>
#include <stdlib.h>

#include "core/rng.h"
#include "spec/inputs_fill.h"

/* A balanced Feistel network over an even number of bits, walked until the
 * value falls inside the domain. */
uint64_t inputs_permute(uint64_t seed, uint64_t domain, uint64_t n)
{
        unsigned half = 1;
        uint64_t mask, left, right, next;

        if (domain < 2)
                return 0;
        while (half < 32 && (UINT64_C(1) << (2 * half)) < domain)
                half++;
        mask = (UINT64_C(1) << half) - 1;
        do {
                left = n >> half;
                right = n & mask;
                for (uint64_t round = 0; round < 4; round++) {
                        next = left ^ (rng_at(seed + round, right) & mask);
                        left = right;
                        right = next;
                }
                n = left << half | right;
        } while (n >= domain);
        return n;
}

/* Unconstrained: twice the elements of the largest distinct tensor, or of
 * the largest integer tensor, a third of it negative. */
static void default_domain(const struct inputs_fill *fill, int64_t *low,
                           int64_t *high)
{
        const struct spec *spec = fill->spec;
        int64_t all = 16, distinct = 0, size, elements;
        enum dtype dtype = fill->tensor->dtype;

        for (int t = 0; t < spec->tensor_count; t++) {
                if (spec->tensor[t]->role != TENSOR_IN ||
                    !dtype_is_integer(spec->tensor[t]->dtype) ||
                    spec->tensor[t]->low || spec->tensor[t]->offsets ||
                    spec->tensor[t]->lengths)
                        continue;
                elements = spec_tensor_elements(spec->tensor[t], fill->binding,
                                                NULL);
                if (elements > all)
                        all = elements;
                if (spec->tensor[t]->distinct && elements > distinct)
                        distinct = elements;
        }
        size = distinct ? distinct : all;
        if (size < 8)
                size = 8;
        *low = -size;
        *high = 2 * size;
        if (fill->distribution == DIST_SMALL_INTS && !fill->tensor->distinct) {
                *low = -4;
                *high = 5;
        }
        if (dtype_bytes(dtype) == 1 && fill->distribution != DIST_SMALL_INTS) {
                *low = INT64_MIN;
                *high = INT64_MAX;
        }
}

/* What the type cannot hold is no value of it, whatever the range says. */
bool inputs_domain(const struct inputs_fill *fill, int64_t *low, int64_t *high)
{
        const struct tensor *t = fill->tensor;

        if (t->low && t->high) {
                *low = spec_eval_size(t->low, fill->binding);
                *high = spec_eval_size(t->high, fill->binding);
        } else {
                default_domain(fill, low, high);
        }
        if (*low < dtype_int_low(t->dtype))
                *low = dtype_int_low(t->dtype);
        if (t->dtype != DTYPE_I64 && *high > dtype_int_high(t->dtype) + 1)
                *high = dtype_int_high(t->dtype) + 1;
        return *low < *high;
}

/* Of `count` offsets or lengths of a type: the end, or the sum. */
static int possible_total(const struct tensor *t, int64_t total, int64_t count,
                          struct error *err)
{
        int64_t most = dtype_int_high(t->dtype), sum;

        if (t->offsets) {
                sum = count < 2 ? 0 : most;
        } else if (__builtin_mul_overflow(count, most, &sum)) {
                sum = INT64_MAX;
        }
        if (total >= 0 && total <= sum)
                return 0;
        return error_set(err, ERR_INPUT,
                         "%s: %lld %s %s cannot %s %lld; choose other sizes"
                         " or a wider type",
                         t->name, (long long)count, dtype_name(t->dtype),
                         t->offsets ? "offsets" : "lengths",
                         t->offsets ? "end at" : "have the sum",
                         (long long)total);
}

int inputs_promise(const struct spec *spec, const struct binding *binding,
                   const struct tensor *tensor, struct error *err)
{
        struct inputs_fill fill = {
                .spec = spec, .binding = binding, .tensor = tensor};
        const struct expr *total =
                tensor->offsets ? tensor->offsets : tensor->lengths_sum;
        int64_t extent[LIMIT_RANK], elements, low, high, row;

        if (tensor->role != TENSOR_IN || dtype_is_float(tensor->dtype) ||
            tensor->dtype == DTYPE_BOOL)
                return 0;
        elements = spec_tensor_elements(tensor, binding, extent);
        row = tensor->rank ? extent[tensor->rank - 1] : 1;
        if (total)
                return possible_total(tensor, spec_eval_size(total, binding),
                                      row, err);
        if (elements <= 0 || tensor->lengths)
                return 0;
        if (!inputs_domain(&fill, &low, &high))
                return error_set(err, ERR_INPUT,
                                 "%s: no %s lies in its range; choose other "
                                 "sizes",
                                 tensor->name, dtype_name(tensor->dtype));
        if (tensor->sorted)
                elements = row;
        if (tensor->distinct &&
            (uint64_t)high - (uint64_t)low < (uint64_t)elements)
                return error_set(err, ERR_INPUT,
                                 "%s: there are no %lld distinct values in "
                                 "its range; choose other sizes",
                                 tensor->name, (long long)elements);
        return 0;
}

bool inputs_possible(const struct spec *spec, const struct binding *binding,
                     const struct tensor *tensor)
{
        return inputs_promise(spec, binding, tensor, NULL) == 0;
}

/* Zipf with exponent 1 by its continuous form: log-uniform. */
static int64_t zipf(uint64_t seed, uint64_t domain, double u)
{
        double rank = exp(u * log((double)domain + 1)) - 1;
        uint64_t k = (uint64_t)rank;

        return (int64_t)inputs_permute(seed ^ 0x7a697066, domain,
                                       k < domain ? k : domain - 1);
}

static int64_t draw(const struct inputs_fill *fill, int64_t low, int64_t high,
                    uint64_t n)
{
        uint64_t domain = (uint64_t)high - (uint64_t)low;
        struct rng rng = {fill->seed, 2 * n};
        bool index_like = fill->tensor->low != NULL;

        if (index_like && fill->binding->zipf)
                return low + zipf(fill->seed, domain, rng_unit(&rng));
        if (!index_like && fill->distribution == DIST_TIES && domain > 4)
                return low + (int64_t)(rng_below(&rng, 4) * (domain / 4));
        if (!index_like && fill->distribution == DIST_SPARSE && low <= 0 &&
            high > 0 && rng_at(fill->seed, 2 * n + 1) % 10)
                return 0;
        return low + (int64_t)rng_below(&rng, domain);
}

static int compare(const void *a, const void *b)
{
        int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

        return (x > y) - (x < y);
}

static void store_row(const struct inputs_fill *fill, const int64_t *row,
                      int64_t start)
{
        for (int64_t i = 0; i < fill->row; i++)
                dtype_store_int(fill->tensor->dtype, fill->data, start + i,
                                row[i]);
}

/* total cut at random places: 0 = c[0] <= c[1] <= ... <= c[parts] = total. */
static void cut(const struct inputs_fill *fill, int64_t total, int64_t parts,
                uint64_t stream, int64_t *c)
{
        struct rng rng = {rng_derive(fill->seed, "cut", stream), 0};

        c[0] = 0;
        for (int64_t i = 1; i < parts; i++)
                c[i] = (int64_t)rng_below(&rng, (uint64_t)total + 1);
        c[parts] = total;
        if (fill->distribution == DIST_TIES) /* many empty, some long */
                for (int64_t i = 1; i < parts; i++)
                        c[i] = c[i] / (total / 4 + 1) * (total / 4 + 1);
        qsort(c, (size_t)parts + 1, sizeof *c, compare);
}

/* What is too long for the type goes to others: there is room for the sum. */
static void level(int64_t *length, int64_t count, int64_t most)
{
        int64_t over = 0;

        for (int pass = 0; pass < 2; pass++)
                for (int64_t i = 0; i < count; i++) {
                        int64_t sum = length[i] + over;

                        length[i] = sum < most ? sum : most;
                        over = sum - length[i];
                }
}

static int fill_cuts(const struct inputs_fill *fill, struct error *err)
{
        const struct tensor *t = fill->tensor;
        const struct expr *sum = t->offsets ? t->offsets : t->lengths_sum;
        int64_t parts = t->offsets ? fill->row - 1 : fill->row, total;
        int64_t *c = calloc((size_t)fill->row + 2, sizeof *c);

        if (!c)
                return error_memory(err);
        total = spec_eval_size(sum, fill->binding);
        for (int64_t start = 0; start < fill->elements; start += fill->row) {
                if (parts > 0)
                        cut(fill, total, parts, (uint64_t)start, c);
                for (int64_t i = 0; t->lengths && i < parts; i++)
                        c[i] = c[i + 1] - c[i];
                if (t->lengths)
                        level(c, parts, dtype_int_high(t->dtype));
                store_row(fill, c, start);
        }
        free(c);
        return 0;
}

static int fill_rows(const struct inputs_fill *fill, int64_t low, int64_t high,
                     struct error *err)
{
        const struct tensor *t = fill->tensor;
        uint64_t domain = (uint64_t)high - (uint64_t)low, n;
        int64_t *row = malloc((size_t)fill->row * sizeof *row);

        if (!row)
                return error_memory(err);
        for (int64_t start = 0; start < fill->elements; start += fill->row) {
                for (int64_t i = 0; i < fill->row; i++) {
                        n = (uint64_t)(start + i);
                        if (!t->distinct)
                                row[i] = draw(fill, low, high, n);
                        else if (t->sorted) /* each row on its own */
                                row[i] = low +
                                         (int64_t)inputs_permute(
                                                 fill->seed + (uint64_t)start,
                                                 domain, (uint64_t)i);
                        else
                                row[i] = low + (int64_t)inputs_permute(
                                                       fill->seed, domain, n);
                }
                if (t->sorted)
                        qsort(row, (size_t)fill->row, sizeof *row, compare);
                store_row(fill, row, start);
        }
        free(row);
        return 0;
}

int inputs_fill_integers(const struct inputs_fill *fill, struct error *err)
{
        const struct tensor *t = fill->tensor;
        int64_t low = 0, high = 2;
        int rc = inputs_promise(fill->spec, fill->binding, t, err);

        if (rc < 0)
                return rc;
        if (t->offsets || (t->lengths && t->lengths_sum))
                return fill_cuts(fill, err);
        if (t->dtype == DTYPE_BOOL) {
                for (int64_t i = 0; i < fill->elements; i++)
                        ((uint8_t *)fill->data)[i] =
                                fill->distribution == DIST_SPARSE
                                        ? rng_at(fill->seed, (uint64_t)i) %
                                                          10 ==
                                                  0
                                        : rng_at(fill->seed, (uint64_t)i) & 1;
                return 0;
        }
        inputs_domain(fill, &low, &high);
        if (t->lengths) {
                low = 0;
                high = 9;
        }
        return fill_rows(fill, low, high, err);
}
