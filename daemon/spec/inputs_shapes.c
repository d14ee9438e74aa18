/*
 * Hidden shapes (inputs.h): sizes that a kernel's author did not look at.
 * A draw gives one size the value that its category asks for and the others
 * small mixed values; what costs too much is halved, what is not accepted is
 * drawn again, later attempts with round values and with those of workloads,
 * because a source's `when` may ask for them.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "spec/inputs_fill.h"
#include "spec/oracle.h"

enum { ATTEMPTS = 512, FROM_ROUND = 16, FROM_WORKLOADS = 64, USUAL = 300 };

enum category {
        SHAPE_SMALLEST,
        SHAPE_PRIME,
        SHAPE_BELOW_TILE,
        SHAPE_ABOVE_TILE,
        SHAPE_ONE,
        SHAPE_TILE,
        SHAPE_LONG,
        SHAPE_MIXED,
        SHAPE_LARGEST,
        SHAPE_COUNT
};

static const char *const category_name[SHAPE_COUNT] = {
        "smallest", "prime", "below-tile", "above-tile", "one",
        "tile",     "long",  "mixed",      "largest"};

struct shapes {
        const struct spec *spec;
        const int64_t *fixed, *tiles;
        int tile_count;
        double operations;
        int64_t bytes;
        bool (*accept)(const struct binding *shape, void *data);
        void *data;
        struct rng rng;
};

static bool is_fixed(const struct shapes *s, int i)
{
        return s->fixed && s->fixed[i] >= 0;
}

/* The member of the domain at or below value, or the lowest one. */
static int64_t snap(const struct size *size, int64_t value)
{
        int64_t step = size->step > 0 ? size->step : 1;

        if (value > size->high)
                value = size->high;
        if (value <= size->low)
                return size->low;
        return size->low + (value - size->low) / step * step;
}

static int64_t prime_from(int64_t value)
{
        bool prime = false;

        for (value = value < 2 ? 2 : value; !prime; value++) {
                prime = true;
                for (int64_t f = 2; f * f <= value && prime; f++)
                        prime = value % f != 0;
        }
        return value - 1;
}

/* 1 .. most, small values as likely as large ones by their logarithm. */
static int64_t spread(struct rng *rng, int64_t most)
{
        int bits = 1;
        int64_t value;

        while (bits < 62 && (INT64_C(1) << bits) < most)
                bits++;
        value = INT64_C(1) << rng_below(rng, (uint64_t)bits);
        value += (int64_t)rng_below(rng, (uint64_t)value);
        return value > most ? most : value;
}

static int64_t a_tile(struct shapes *s)
{
        static const int64_t usual[] = {8, 16, 32, 64, 128, 256};
        size_t count = sizeof usual / sizeof *usual;

        if (s->tile_count > 0)
                return s->tiles[rng_below(&s->rng, (uint64_t)s->tile_count)];
        return usual[rng_below(&s->rng, count)];
}

static int64_t value_of(struct shapes *s, enum category category,
                        const struct size *size)
{
        switch (category) {
        case SHAPE_SMALLEST: /* of the domain: 0 where it holds 0 */
                return size->low;
        case SHAPE_ONE:
                return 1;
        case SHAPE_PRIME:
                return prime_from(spread(&s->rng, USUAL));
        case SHAPE_BELOW_TILE:
                return a_tile(s) - 1;
        case SHAPE_ABOVE_TILE:
                return a_tile(s) + 1;
        case SHAPE_TILE:
                return a_tile(s) * (1 + (int64_t)rng_below(&s->rng, 3));
        case SHAPE_LONG:
                return spread(&s->rng, 65536) + 4096;
        case SHAPE_LARGEST: /* of the domain, or what is affordable */
                return rng_below(&s->rng, 2)
                               ? size->high
                               : (int64_t)((0.6 + 0.4 * rng_unit(&s->rng)) *
                                           (double)size->high);
        default:
                return spread(&s->rng, USUAL);
        }
}

static int64_t workload_value(struct shapes *s, int i, int64_t otherwise)
{
        int count = s->spec->workload_count;

        if (count == 0)
                return otherwise;
        return s->spec->workload[rng_below(&s->rng, (uint64_t)count)]->size[i];
}

static void draw_sizes(struct shapes *s, enum category category, int attempt,
                       struct binding *shape, int *chosen)
{
        const struct spec *spec = s->spec;
        enum category own;
        int64_t value;

        *chosen = spec->size_count
                          ? (int)rng_below(&s->rng, (uint64_t)spec->size_count)
                          : -1;
        for (int i = 0; i < spec->size_count; i++) {
                own = category;
                if (i != *chosen && category != SHAPE_SMALLEST)
                        own = (enum category)rng_below(&s->rng, SHAPE_COUNT);
                if (i != *chosen &&
                    (own == SHAPE_LONG || own == SHAPE_LARGEST))
                        own = SHAPE_MIXED;
                if (attempt > 0 && category == SHAPE_SMALLEST &&
                    rng_below(&s->rng, 2))
                        own = SHAPE_MIXED;
                value = value_of(s, own, spec->size[i]);
                if (attempt >= FROM_ROUND && rng_below(&s->rng, 2)) {
                        int64_t by = INT64_C(1) << rng_below(&s->rng, 8);

                        value = (value + by - 1) / by * by;
                }
                if (attempt >= FROM_WORKLOADS && rng_below(&s->rng, 2))
                        value = workload_value(s, i, value);
                shape->size[i] = is_fixed(s, i) ? s->fixed[i]
                                                : snap(spec->size[i], value);
        }
}

/* A number within the range of a parameter; where it spans orders of
 * magnitude, each of them as likely. */
static double draw_between(struct shapes *s, const struct param *param)
{
        double u = rng_unit(&s->rng), low = param->low, high = param->high;

        if (!dtype_is_float(param->dtype))
                return floor(low + u * (high - low + 1));
        if (low > 0 && high > 8 * low)
                return low * pow(high / low, u);
        return low + u * (high - low);
}

/* Parameters vary over their range: default, ends, between. */
static void draw_params(struct shapes *s, int n, struct binding *shape)
{
        const struct param *param;
        double value;

        for (int i = 0; i < s->spec->param_count; i++) {
                param = s->spec->param[i];
                value = param->value;
                switch (n == 0 ? 0 : rng_below(&s->rng, 4)) {
                case 1:
                        value = param->low;
                        break;
                case 2:
                        value = param->high;
                        break;
                case 3:
                        value = draw_between(s, param);
                        break;
                default:
                        break;
                }
                value = dtype_round(param->dtype, value);
                if (value < param->low || value > param->high)
                        value = param->value;
                shape->param[i] = value;
        }
}

/* Tensors that exist, with inputs that can be made. */
static bool sound(const struct shapes *s, const struct binding *shape,
                  int64_t *bytes)
{
        int64_t extent[LIMIT_RANK], each;

        *bytes = 0;
        for (int t = 0; t < s->spec->tensor_count; t++) {
                const struct tensor *tensor = s->spec->tensor[t];

                spec_tensor_elements(tensor, shape, extent);
                for (int d = 0; d < tensor->rank; d++)
                        if (extent[d] < 0)
                                return false;
                if (!inputs_possible(s->spec, shape, tensor))
                        return false;
                each = spec_tensor_bytes(tensor, shape);
                if (tensor->role == TENSOR_INTERMEDIATE)
                        continue;
                if (__builtin_add_overflow(*bytes, each, bytes))
                        *bytes = INT64_MAX;
        }
        return binding_check(shape, s->spec, NULL) == 0;
}

static bool too_large(const struct shapes *s, const struct binding *shape)
{
        int64_t bytes;

        sound(s, shape, &bytes);
        return (s->bytes > 0 && bytes > s->bytes) ||
               (s->operations > 0 &&
                oracle_operations(s->spec, shape) > s->operations);
}

/* Halve the largest size until the shape is affordable; the chosen size
 * only when nothing else is left. None becomes 0, which proves nothing. */
static bool reduce(const struct shapes *s, struct binding *shape, int chosen)
{
        const struct spec *spec = s->spec;
        int64_t smaller;
        int largest;

        while (too_large(s, shape)) {
                largest = -1;
                for (int pass = 0; pass < 2 && largest < 0; pass++)
                        for (int i = 0; i < spec->size_count; i++) {
                                if (is_fixed(s, i) ||
                                    (pass == 0) == (i == chosen) ||
                                    shape->size[i] <= 1 ||
                                    shape->size[i] <= spec->size[i]->low)
                                        continue;
                                if (largest < 0 ||
                                    shape->size[i] > shape->size[largest])
                                        largest = i;
                        }
                if (largest < 0)
                        return false;
                smaller = snap(spec->size[largest],
                               shape->size[largest] * 5 / 8);
                if (smaller < 1)
                        return false;
                shape->size[largest] = smaller;
        }
        return true;
}

int inputs_hidden_shape(
        const struct spec *spec, uint64_t seed, int n, const int64_t *fixed,
        const int64_t *tiles, int tile_count, double operations, int64_t bytes,
        bool (*accept)(const struct binding *shape, void *data), void *data,
        struct binding *shape, const char **category, struct error *err)
{
        struct shapes s = {.spec = spec,
                           .fixed = fixed,
                           .tiles = tiles,
                           .tile_count = tile_count,
                           .operations = operations,
                           .bytes = bytes,
                           .accept = accept,
                           .data = data};
        enum category kind = (enum category)(n % SHAPE_COUNT);
        int64_t ignored;
        int chosen;

        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                s.rng = (struct rng){
                        rng_derive(seed, "shape",
                                   (uint64_t)n * ATTEMPTS + (uint64_t)attempt),
                        0};
                binding_init(shape, spec);
                draw_sizes(&s, kind, attempt, shape, &chosen);
                draw_params(&s, n, shape);
                shape->zipf = n % 3 == 2;
                if (!reduce(&s, shape, chosen) || !sound(&s, shape, &ignored))
                        continue;
                if (accept && !accept(shape, data))
                        continue;
                if (category)
                        *category = category_name[kind];
                return 0;
        }
        return error_set(err, ERR_NOT_FOUND,
                         "%s: no hidden shape within the sizes' domains and "
                         "the source's conditions costs little enough",
                         spec->name);
}
