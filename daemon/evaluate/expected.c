/* See expected.h. */
#include "evaluate/expected.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
        BOX_ELEMENTS = 64, /* of a box at a random place */
        CORNER_SIDE = 4,   /* of a box at a corner or tail */
        CORNERS_MAX = 16
};

static void values_dispose(struct oracle_values *v)
{
        free(v->v);
        free(v->e);
        free(v->integer);
        free(v->undecided);
        *v = (struct oracle_values){0};
}

void expected_dispose(struct expected *x)
{
        for (int i = 0; i < x->box_count; i++)
                values_dispose(&x->box[i].values);
        free(x->box);
        *x = (struct expected){0};
}

static bool values_allocate(struct oracle_values *v, bool is_float,
                            int64_t count)
{
        size_t n = (size_t)(count ? count : 1);

        v->undecided = calloc(n, 1);
        if (is_float) {
                v->v = calloc(n, sizeof *v->v);
                v->e = calloc(n, sizeof *v->e);
        } else {
                v->integer = calloc(n, sizeof *v->integer);
        }
        return v->undecided && (is_float ? v->v && v->e : v->integer != NULL);
}

/* Everything. */
static void whole_box(const struct expected *x, struct expected_box *box)
{
        for (int d = 0; d < x->output->rank; d++) {
                box->low[d] = 0;
                box->high[d] = x->extent[d];
        }
}

/* Corner number c: bit d says whether dimension d ends high. */
static void corner_box(const struct expected *x, int c,
                       struct expected_box *box)
{
        for (int d = 0; d < x->output->rank; d++) {
                int64_t side = x->extent[d] < CORNER_SIDE ? x->extent[d]
                                                          : CORNER_SIDE;

                box->low[d] = (c >> d & 1) ? x->extent[d] - side : 0;
                box->high[d] = box->low[d] + side;
        }
}

/* A run of elements along the innermost dimensions at a random place. */
static void random_box(const struct expected *x, struct rng *rng,
                       struct expected_box *box)
{
        int64_t room = BOX_ELEMENTS;

        for (int d = x->output->rank - 1; d >= 0; d--) {
                int64_t side = x->extent[d] < room ? x->extent[d] : room;
                uint64_t places = (uint64_t)(x->extent[d] - side + 1);

                box->low[d] = (int64_t)rng_below(rng, places);
                box->high[d] = box->low[d] + side;
                room = side > 0 ? room / side : room;
                room = room > 0 ? room : 1;
        }
}

static void count_box(const struct expected *x, struct expected_box *box)
{
        box->count = 1;
        for (int d = 0; d < x->output->rank; d++)
                box->count *= box->high[d] - box->low[d];
}

/* Choose boxes; their values come later. */
static int choose_boxes(struct expected *x,
                        const struct expected_effort *effort, double cost,
                        bool reference, struct rng *rng, struct error *err)
{
        int corners = 0, i;

        x->full =
                cost <= effort->operations && x->elements <= effort->elements;
        /* A reference computes everything at once. */
        if (x->elements <= BOX_ELEMENTS || reference)
                x->full = true;
        if (!x->full && effort->corners)
                corners = x->output->rank < 4 ? 1 << x->output->rank
                                              : CORNERS_MAX;
        x->box_count = x->full ? 1 : corners + effort->boxes;
        x->box = calloc((size_t)x->box_count, sizeof *x->box);
        if (!x->box)
                return error_memory(err);
        for (i = 0; i < x->box_count; i++) {
                if (x->full)
                        whole_box(x, x->box + i);
                else if (i < corners)
                        corner_box(x, i, x->box + i);
                else
                        random_box(x, rng, x->box + i);
                count_box(x, x->box + i);
        }
        return 0;
}

/* Fill a box that is chosen. */
static int compute_box(const struct expected *x, struct expected_box *box,
                       const struct oracle *oracle,
                       const struct binding *binding,
                       const void *const *inputs, int threads,
                       struct error *err)
{
        if (!values_allocate(&box->values, dtype_is_float(x->output->dtype),
                             box->count))
                return error_memory(err);
        if (!box->count)
                return 0;
        return oracle_box(oracle, binding, inputs, x->output, box->low,
                          box->high, threads, &box->values, err);
}

int expected_make(struct expected *x, const struct oracle *oracle,
                  const struct spec *spec, const struct binding *binding,
                  const void *const *inputs, const struct tensor *output,
                  const struct expected_effort *effort, double constant,
                  struct rng *rng, int threads, bool *overflow,
                  struct error *err)
{
        bool is_float = dtype_is_float(output->dtype);
        int64_t low[LIMIT_RANK] = {0};
        int rc;

        *x = (struct expected){.output = output, .constant = constant};
        *overflow = false;
        rc = oracle_extent(oracle, binding, inputs, output, threads, x->extent,
                           &x->elements, err);
        if (rc == 0)
                rc = choose_boxes(x, effort, oracle_operations(spec, binding),
                                  spec->reference != NULL, rng, err);
        for (int i = 0; rc == 0 && i < x->box_count; i++)
                rc = compute_box(x, x->box + i, oracle, binding, inputs,
                                 threads, err);
        if (rc == 0 && is_float && x->elements && !constant)
                rc = oracle_constant(oracle, binding, inputs, output, low,
                                     x->extent, &x->constant, overflow, err);
        if (rc < 0)
                expected_dispose(x);
        return rc;
}

int expected_make_places(struct expected *places, const struct expected *x,
                         const struct oracle *oracle,
                         const struct binding *binding,
                         const void *const *inputs, const int64_t *at,
                         int count, int threads, struct error *err)
{
        int rc = 0;

        *places = *x;
        places->full = false;
        places->box_count = count;
        places->box = calloc((size_t)count + 1, sizeof *places->box);
        if (!places->box)
                return error_memory(err);
        for (int i = 0; rc == 0 && i < count; i++) {
                struct expected_box *box = places->box + i;
                int64_t rest = at[i];

                for (int d = x->output->rank - 1; d >= 0; d--) {
                        box->low[d] = rest % x->extent[d];
                        box->high[d] = box->low[d] + 1;
                        rest /= x->extent[d];
                }
                box->count = 1;
                rc = compute_box(places, box, oracle, binding, inputs, threads,
                                 err);
        }
        if (rc < 0)
                expected_dispose(places);
        return rc;
}

/* Element n of a box: its place, and its position in the whole output. */
static int64_t place_of(const struct expected *x,
                        const struct expected_box *box, int64_t n,
                        int64_t *place)
{
        int64_t at = 0, stride = 1;

        for (int d = x->output->rank - 1; d >= 0; d--) {
                int64_t side = box->high[d] - box->low[d];

                place[d] = box->low[d] + n % side;
                n /= side;
                at += place[d] * stride;
                stride *= x->extent[d];
        }
        return at;
}

static void describe(const struct expected *x, const struct expected_box *box,
                     int64_t n, const int64_t *place, const void *data,
                     int64_t at, double excess, struct expected_miss *miss)
{
        size_t used = (size_t)snprintf(miss->text, sizeof miss->text, "%s[",
                                       x->output->name);

        for (int d = 0; d < x->output->rank; d++)
                used += (size_t)snprintf(miss->text + used,
                                         sizeof miss->text - used, "%s%lld",
                                         d ? ", " : "", (long long)place[d]);
        if (box->values.v)
                snprintf(miss->text + used, sizeof miss->text - used,
                         "] is %.9g, should be %.9g (%.3g times what %s)",
                         dtype_load(x->output->dtype, data, at),
                         box->values.v[n], excess,
                         x->output->defined_by
                                 ? "rounding explains"
                                 : "the reference's tolerance allows");
        else
                snprintf(miss->text + used, sizeof miss->text - used,
                         "] is %lld, should be %lld",
                         (long long)dtype_load_int(x->output->dtype, data, at),
                         (long long)box->values.integer[n]);
}

/* An undecided integer has alternatives, which the oracle knows. */
static bool accepts_alternative(const struct expected *x,
                                const struct oracle *oracle,
                                const struct binding *binding,
                                const void *const *inputs,
                                const int64_t *place, int64_t actual)
{
        struct error ignored;
        bool accepted = false;

        return oracle_accepts_index(oracle, binding, inputs, x->output, place,
                                    actual, &accepted, &ignored) == 0 &&
               accepted;
}

bool expected_accepts(const struct expected *x, const struct spec *spec,
                      const struct oracle *oracle,
                      const struct binding *binding, const void *const *inputs,
                      const void *data, struct expected_miss *miss)
{
        *miss = (struct expected_miss){0};
        for (int i = 0; i < x->box_count; i++) {
                const struct expected_box *box = x->box + i;

                for (int64_t n = 0; n < box->count; n++) {
                        int64_t place[LIMIT_RANK];
                        int64_t at = place_of(x, box, n, place);
                        double excess = 0;
                        bool ok = oracle_accepts(spec, x->output, x->constant,
                                                 &box->values, n, data, at,
                                                 &excess);

                        if (ok && box->values.integer &&
                            box->values.undecided[n])
                                ok = accepts_alternative(
                                        x, oracle, binding, inputs, place,
                                        dtype_load_int(x->output->dtype, data,
                                                       at));
                        miss->checked++;
                        if (excess > miss->excess)
                                miss->excess = excess;
                        if (ok)
                                continue;
                        if (!miss->wrong++)
                                describe(x, box, n, place, data, at, excess,
                                         miss);
                }
        }
        return miss->wrong == 0;
}
