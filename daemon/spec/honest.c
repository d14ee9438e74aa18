/*
 * The accuracy constant of an output (oracle.h): how far honest orders of
 * evaluation stray from the oracle in units of its error scale. The honest
 * flavour of the oracle computes both side by side on a sample of the box;
 * the sample is bounded by elements and by work, and consists of a part at
 * each end of the box, because ranges (causal, ragged) may differ there, and
 * of single elements all over it: where reductions are long the parts hold
 * one or two of them, and how far a long sum strays is a matter of luck.
 */
#include <math.h>
#include <string.h>

#include "spec/oracle_run.h"

enum {
        SAMPLE_ELEMENTS = 65536 / 2,
        SAMPLE_WORK = 1 << 22,
        SPREAD_ELEMENTS = 14,
        SPREAD_WORK = 1 << 26 /* of all of them */
};

/* Worst |a - v| / e of one element over the orders. What underflows is
 * allowed by the rule itself, so it does not count here. */
struct tally {
        double worst;
        bool overflow;
};

static void judge(const struct oracle *oracle, const struct tensor *output,
                  double v, double e, const double *a, int orders,
                  struct tally *tally)
{
        double tiny = dtype_tiny(oracle->class.wide ? DTYPE_F64 : DTYPE_F32);
        double ratio;

        if (!isfinite(v))
                return;
        for (int o = 0; o < orders; o++) {
                if (!isfinite(a[o]) || fabs(a[o]) > dtype_max(output->dtype)) {
                        tally->overflow = true;
                        continue;
                }
                ratio = fmax(0, fabs(a[o] - v) - tiny) / e;
                if (ratio > tally->worst)
                        tally->worst = ratio;
        }
}

static void judge_at(const struct oracle *oracle,
                     const struct oracle_request *request,
                     const struct oracle_view *view, int64_t i,
                     struct tally *tally)
{
        int orders = request->code->orders;
        double v, e, a[8];

        if (request->class->wide) {
                v = (double)((const long double *)view->v)[i];
                e = (double)((const long double *)view->e)[i];
        } else {
                v = ((const double *)view->v)[i];
                e = ((const double *)view->e)[i];
        }
        if (e == 0 || !isfinite(e) || (view->u && view->u[i]))
                return;
        for (int o = 0; o < orders; o++)
                a[o] = request->class->wide
                               ? ((const double *)view->a)[i * orders + o]
                               : (double)((const float *)
                                                  view->a)[i * orders + o];
        judge(oracle, request->output, v, e, a, orders, tally);
}

static void judge_box(const struct oracle *oracle,
                      const struct oracle_request *request,
                      const struct oracle_run *run, struct tally *tally)
{
        const struct oracle_view *view =
                &run->call->t[request->output->number];
        int rank = request->output->rank, d;
        int64_t at[LIMIT_RANK], offset;

        memcpy(at, request->low, sizeof at);
        for (;;) {
                offset = -view->base;
                for (d = 0; d < rank; d++)
                        offset += at[d] * view->stride[d];
                judge_at(oracle, request, view, offset, tally);
                for (d = rank - 1; d >= 0; d--) {
                        if (++at[d] < request->high[d])
                                break;
                        at[d] = request->low[d];
                }
                if (d < 0)
                        return;
        }
}

static double work_of_box(struct oracle_plan *plan,
                          const struct tensor *output, const int64_t *low,
                          const int64_t *high, double *elements)
{
        oracle_plan_box(plan, output, low, high);
        *elements = 1;
        for (int d = 0; d < output->rank; d++)
                *elements *= (double)(high[d] - low[d]);
        return oracle_plan_operations(plan);
}

/* Shrink the box from one end until it is within the sample's bounds: each
 * time the dimension goes to half whose halving saves most work. */
static void shrink(struct oracle_plan *plan, const struct tensor *output,
                   int64_t *low, int64_t *high, bool keep_low)
{
        double elements, work, least, got, other;
        int64_t *end, saved, middle;
        int best;

        for (;;) {
                work = work_of_box(plan, output, low, high, &elements);
                if (elements <= SAMPLE_ELEMENTS && work <= SAMPLE_WORK)
                        return;
                best = -1;
                least = work + elements;
                for (int d = 0; d < output->rank; d++) {
                        if (high[d] - low[d] < 2)
                                continue;
                        end = keep_low ? &high[d] : &low[d];
                        saved = *end;
                        middle = (low[d] + high[d]) / 2;
                        *end = middle;
                        got = work_of_box(plan, output, low, high, &other);
                        *end = saved;
                        if (got + other < least) {
                                least = got + other;
                                best = d;
                        }
                }
                if (best < 0)
                        return;
                middle = (low[best] + high[best]) / 2;
                *(keep_low ? &high[best] : &low[best]) = middle;
        }
}

static int sample(const struct oracle *oracle, struct oracle_request *request,
                  const int64_t *low, const int64_t *high, bool keep_low,
                  struct tally *tally, struct error *err)
{
        int64_t from[LIMIT_RANK] = {0}, to[LIMIT_RANK] = {0};
        struct oracle_plan plan;
        struct oracle_run run;
        int rc;

        for (int d = 0; d < request->output->rank; d++) {
                from[d] = low[d];
                to[d] = high[d];
                if (from[d] >= to[d])
                        return 0;
        }
        rc = oracle_plan_init(&plan, oracle->spec, request->binding,
                              request->inputs, err);
        if (rc < 0)
                return rc;
        plan.no_scans = true;
        shrink(&plan, request->output, from, to, keep_low);
        oracle_plan_dispose(&plan);
        request->low = from;
        request->high = to;
        pthread_mutex_lock(&oracle->honest->lock);
        request->code->overflowed();
        rc = oracle_run(&run, request, err);
        tally->overflow |= request->code->overflowed() != 0;
        pthread_mutex_unlock(&oracle->honest->lock);
        if (rc == 0)
                judge_box(oracle, request, &run, tally);
        oracle_run_dispose(&run, request);
        return rc;
}

/* How many single elements may be sampled: none when the ends were all. */
static int spread_count(const struct oracle *oracle,
                        const struct oracle_request *request,
                        const int64_t *low, const int64_t *high,
                        int64_t *total, struct error *err)
{
        int64_t from[LIMIT_RANK] = {0}, to[LIMIT_RANK] = {0};
        struct oracle_plan plan;
        double elements, work, one;
        int rank = request->output->rank, rc;

        *total = 1;
        for (int d = 0; d < rank; d++)
                *total *= high[d] > low[d] ? high[d] - low[d] : 0;
        rc = oracle_plan_init(&plan, oracle->spec, request->binding,
                              request->inputs, err);
        if (rc < 0 || *total < 1) {
                oracle_plan_dispose(&plan);
                return rc;
        }
        plan.no_scans = true;
        memcpy(from, low, (size_t)rank * sizeof *from);
        memcpy(to, high, (size_t)rank * sizeof *to);
        work = work_of_box(&plan, request->output, from, to, &elements);
        for (int d = 0; d < rank; d++) {
                from[d] = (low[d] + high[d]) / 2;
                to[d] = from[d] + 1;
        }
        one = work_of_box(&plan, request->output, from, to, &elements);
        oracle_plan_dispose(&plan);
        if ((double)*total <= SAMPLE_ELEMENTS && work <= SAMPLE_WORK)
                return 0;
        return (int)fmin(SPREAD_ELEMENTS, SPREAD_WORK / fmax(one, 1));
}

/* At multiples of the golden ratio: far apart in every dimension. */
static int spread(const struct oracle *oracle, struct oracle_request *request,
                  const int64_t *low, const int64_t *high, struct tally *tally,
                  struct error *err)
{
        const double golden = 0.61803398874989485;
        int64_t from[LIMIT_RANK], to[LIMIT_RANK], total, place;
        int count = spread_count(oracle, request, low, high, &total, err);
        int rc = count < 0 ? count : 0;

        for (int i = 1; i <= count && rc == 0; i++) {
                place = (int64_t)((double)total * fmod(i * golden, 1));
                for (int d = request->output->rank - 1; d >= 0; d--) {
                        from[d] = low[d] + place % (high[d] - low[d]);
                        to[d] = from[d] + 1;
                        place /= high[d] - low[d];
                }
                rc = sample(oracle, request, from, to, true, tally, err);
        }
        return rc;
}

int oracle_constant(const struct oracle *oracle, const struct binding *binding,
                    const void *const *inputs, const struct tensor *output,
                    const int64_t *low, const int64_t *high, double *constant,
                    bool *overflow, struct error *err)
{
        struct oracle_request request = {.class = &oracle->class,
                                         .binding = binding,
                                         .inputs = inputs,
                                         .output = output,
                                         .threads = 1};
        struct tally tally = {0};
        int rc;

        *constant = 4;
        *overflow = false;
        if (output->kind != KIND_REAL || oracle->spec->reference)
                return 0;
        rc = oracle_honest_code(oracle, &request.code, err);
        if (rc == 0)
                rc = sample(oracle, &request, low, high, true, &tally, err);
        if (rc == 0)
                rc = sample(oracle, &request, low, high, false, &tally, err);
        if (rc == 0)
                rc = spread(oracle, &request, low, high, &tally, err);
        if (rc < 0)
                return rc;
        if (tally.overflow) {
                *overflow = true;
                return error_set(err, ERR_INPUT,
                                 "%s overflows in working precision where "
                                 "its exact value does not; halve the "
                                 "amplitude of the inputs",
                                 output->name);
        }
        if (4 * tally.worst > *constant)
                *constant = 4 * tally.worst;
        return 0;
}
