/*
 * Float inputs. A draw is two 64-bit numbers of (seed, n). Normal numbers
 * come from a table of 4096 quantiles with linear interpolation between them
 * and the exact quantile in both tails: a few nanoseconds each.
 */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/rng.h"
#include "spec/inputs_fill.h"

enum { QUANTILES = 4096, THREADS_MAX = 16, ELEMENTS_OF_A_THREAD = 1 << 18 };

static double quantile[QUANTILES + 1];
static pthread_once_t quantile_once = PTHREAD_ONCE_INIT;

/* The x with P(normal <= x) = p, by Newton's method from x. */
static double solve_quantile(double p, double x)
{
        double step;

        for (int i = 0; i < 50; i++) {
                step = (0.5 * erfc(-x * M_SQRT1_2) - p) /
                       (exp(-0.5 * x * x) * M_2_SQRTPI * M_SQRT1_2 * 0.5);
                step = step > 0.5 ? 0.5 : step < -0.5 ? -0.5 : step;
                x -= step;
                if (fabs(step) < 1e-12)
                        break;
        }
        return x;
}

static void make_quantiles(void)
{
        double x = 0;

        for (int i = QUANTILES / 2; i < QUANTILES; i++) {
                x = solve_quantile((double)i / QUANTILES, x);
                quantile[i] = x;
                quantile[QUANTILES - i] = -x;
        }
}

static double unit(uint64_t bits)
{
        return (double)(bits >> 11) * 0x1p-53;
}

static double normal(uint64_t bits)
{
        unsigned bin = (unsigned)(bits >> 52);
        double rest = (double)(bits & ((UINT64_C(1) << 52) - 1)) * 0x1p-52;
        double p;

        if (bin > 0 && bin < QUANTILES - 1)
                return quantile[bin] +
                       rest * (quantile[bin + 1] - quantile[bin]);
        p = (rest + 0x1p-53) / QUANTILES;
        p = solve_quantile(p, -sqrt(-2 * log(p)) + 0.5);
        return bin ? -p : p;
}

static double base(enum distribution distribution, uint64_t a, uint64_t b)
{
        switch (distribution) {
        case DIST_OFFSET:
                return 100 + normal(a);
        case DIST_WIDE:
                return (b & 1 ? 1 : -1) * exp2(24 * unit(a) - 12);
        case DIST_TIES:
                return 0.75 * ((double)(a >> 32) * 5 * 0x1p-32 < 1   ? -2
                               : (double)(a >> 32) * 5 * 0x1p-32 < 2 ? -1
                               : (double)(a >> 32) * 5 * 0x1p-32 < 3 ? 0
                               : (double)(a >> 32) * 5 * 0x1p-32 < 4 ? 1
                                                                     : 2);
        case DIST_SPARSE:
                return b % 10 ? 0 : normal(a);
        case DIST_SMALL_INTS:
                return floor(unit(a) * 9) - 4;
        default:
                return normal(a);
        }
}

/* Uniform within low..high, coarser or sparser by the distribution. */
static double within(enum distribution distribution, double low, double high,
                     uint64_t a, uint64_t b)
{
        double first = ceil(fmax(low, -4)), last = floor(fmin(high, 4));

        if (distribution == DIST_TIES)
                return low + (high - low) * floor(unit(a) * 5) / 5;
        if (distribution == DIST_SPARSE && b % 10 && low <= 0 && high > 0)
                return 0;
        if (distribution == DIST_SMALL_INTS && last >= high)
                last -= 1;
        if (distribution == DIST_SMALL_INTS && first <= last)
                return first + floor(unit(a) * (last - first + 1));
        return low + (high - low) * unit(a);
}

/* `~ uniform(low, high)` is a promise about the values, so it holds in every
 * distribution and at every amplitude. */
struct limits {
        bool bounded;
        double low, high;
};

static double draw(const struct inputs_fill *fill, const struct limits *limits,
                   uint64_t n)
{
        const struct tensor *t = fill->tensor;
        uint64_t a = rng_at(fill->seed, 2 * n);
        uint64_t b = fill->distribution == DIST_NORMAL
                             ? 0
                             : rng_at(fill->seed, 2 * n + 1);
        double value;

        if (limits->bounded)
                return within(fill->distribution, limits->low, limits->high, a,
                              b);
        if (t->nonfinite && fill->distribution != DIST_NORMAL &&
            (b >> 32) % 32 == 0)
                return (b >> 40) % 3 == 0   ? (double)NAN
                       : (b >> 40) % 3 == 1 ? (double)INFINITY
                                            : -(double)INFINITY;
        value = base(fill->distribution, a, b);
        if (t->hint == HINT_NORMAL)
                value = t->hint_a + t->hint_b * value;
        return value * fill->amplitude;
}

/* The nearest number of the type that is finite and inside the limits. */
static double settle(const struct inputs_fill *fill,
                     const struct limits *limits, double value)
{
        enum dtype dtype = fill->tensor->dtype;
        double rounded = dtype_round(dtype, value);

        if (limits->bounded &&
            !(rounded >= limits->low && rounded < limits->high))
                rounded = dtype_round(dtype,
                                      0.5 * limits->low +
                                              0.5 * fmin(value, limits->high));
        if (!isfinite(rounded) && !fill->tensor->nonfinite)
                rounded = copysign(dtype_max(dtype), value);
        return rounded;
}

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

/* Ascending rows; distinct ones step to the next number of the type. */
static int order_row(const struct inputs_fill *fill,
                     const struct limits *limits, double *row, int64_t count,
                     struct error *err)
{
        enum dtype dtype = fill->tensor->dtype;
        double step, next;

        qsort(row, (size_t)count, sizeof *row, compare);
        for (int64_t i = 1; fill->tensor->distinct && i < count; i++) {
                next = row[i];
                step = fmax(fabs(row[i - 1]), dtype_tiny(dtype)) *
                       dtype_roundoff(dtype);
                while (next <= row[i - 1]) {
                        next = dtype_round(dtype, row[i - 1] + step);
                        step *= 2;
                }
                if (!isfinite(next) ||
                    (limits->bounded && next >= limits->high))
                        return error_set(err, ERR_INPUT,
                                         "%s: not enough distinct numbers of "
                                         "%s in its range",
                                         fill->tensor->name,
                                         dtype_name(dtype));
                row[i] = next;
        }
        return 0;
}

static int fill_ordered(const struct inputs_fill *fill,
                        const struct limits *limits, struct error *err)
{
        const struct tensor *t = fill->tensor;
        int64_t length = t->sorted ? fill->row : fill->elements, from;
        double *row = malloc((size_t)length * sizeof *row);
        int rc = 0;

        if (!row)
                return error_memory(err);
        for (int64_t start = 0; start < fill->elements && rc == 0;
             start += length) {
                for (int64_t i = 0; i < length; i++)
                        row[i] = settle(
                                fill, limits,
                                draw(fill, limits, (uint64_t)(start + i)));
                rc = order_row(fill, limits, row, length, err);
                for (int64_t i = 0; i < length; i++) {
                        from = t->sorted
                                       ? i
                                       : (int64_t)inputs_permute(
                                                 fill->seed, (uint64_t)length,
                                                 (uint64_t)i);
                        dtype_store(t->dtype, fill->data, start + i,
                                    row[from]);
                }
        }
        free(row);
        return rc;
}

/* ---- many elements ---- */

/* Neighbouring elements that one thread fills. */
struct stretch {
        const struct inputs_fill *fill;
        const struct limits *limits;
        int64_t from, to;
};

/* Rounded to nearest even like dtype_store, for what the type holds as a
 * normal number: most elements, at a tenth of the time. */
static void store_ordinary(enum dtype dtype, void *data, int64_t i,
                           double value)
{
        float x = (float)value;
        uint32_t bits, magnitude;

        memcpy(&bits, &x, sizeof bits);
        magnitude = bits & 0x7fffffff;
        if (dtype == DTYPE_F32) {
                ((float *)data)[i] = x;
        } else if (dtype == DTYPE_F16 && magnitude >= 113U << 23) {
                magnitude += 0xfff + (magnitude >> 13 & 1);
                ((uint16_t *)data)[i] =
                        (uint16_t)(bits >> 16 & 0x8000) |
                        (uint16_t)((magnitude - (112U << 23)) >> 13);
        } else if (dtype == DTYPE_BF16) {
                bits += 0x7fff + (bits >> 16 & 1);
                ((uint16_t *)data)[i] = (uint16_t)(bits >> 16);
        } else {
                dtype_store(dtype, data, i, value);
        }
}

static void *fill_stretch(void *data)
{
        const struct stretch *s = data;
        enum dtype dtype = s->fill->tensor->dtype;
        double ordinary = s->limits->bounded ? 0 : dtype_max(dtype) / 2;
        double value;

        for (int64_t i = s->from; i < s->to; i++) {
                value = draw(s->fill, s->limits, (uint64_t)i);
                if (fabs(value) < ordinary)
                        store_ordinary(dtype, s->fill->data, i, value);
                else
                        dtype_store(dtype, s->fill->data, i,
                                    settle(s->fill, s->limits, value));
        }
        return NULL;
}

/* An element depends on its number alone, so threads may share the work. */
static void fill_stretches(const struct inputs_fill *fill,
                           const struct limits *limits)
{
        struct stretch stretch[THREADS_MAX];
        pthread_t thread[THREADS_MAX];
        long count = sysconf(_SC_NPROCESSORS_ONLN);
        int64_t wanted = fill->elements / ELEMENTS_OF_A_THREAD + 1;
        int started = 0;

        count = count > THREADS_MAX ? THREADS_MAX : count;
        count = count > wanted ? (long)wanted : count;
        count = count < 1 ? 1 : count;
        for (long i = 0; i < count; i++)
                stretch[i] = (struct stretch){
                        fill, limits, fill->elements / count * i,
                        i == count - 1 ? fill->elements
                                       : fill->elements / count * (i + 1)};
        for (; started < count - 1; started++)
                if (pthread_create(&thread[started], NULL, fill_stretch,
                                   &stretch[started]) != 0)
                        break;
        for (long i = started; i < count; i++)
                fill_stretch(&stretch[i]);
        while (started > 0)
                pthread_join(thread[--started], NULL);
}

int inputs_fill_floats(const struct inputs_fill *fill, struct error *err)
{
        const struct tensor *t = fill->tensor;
        struct limits limits = {.bounded = t->hint == HINT_UNIFORM,
                                .low = t->hint_a,
                                .high = t->hint_b};

        pthread_once(&quantile_once, make_quantiles);
        if (t->sorted || t->distinct)
                return fill_ordered(fill, &limits, err);
        fill_stretches(fill, &limits);
        return 0;
}
