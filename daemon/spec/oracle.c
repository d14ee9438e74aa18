/*
 * The oracle's public face (oracle.h): open, boxes, and the rule by which an
 * output is accepted.
 */
#include "spec/oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "spec/oracle_run.h"

/* Planes beyond this make the box be evaluated in parts. */
#define PLANES_COMFORTABLE ((int64_t)1 << 29)

int oracle_open(struct oracle **result, const struct spec *spec,
                const char *cache_dir, struct error *err)
{
        struct oracle *oracle = calloc(1, sizeof *oracle);
        int rc = 0;

        *result = NULL;
        if (!oracle)
                return error_memory(err);
        oracle->spec = spec;
        oracle->cache_dir = strdup(cache_dir);
        oracle->honest = calloc(1, sizeof *oracle->honest);
        if (oracle->honest)
                pthread_mutex_init(&oracle->honest->lock, NULL);
        if (!oracle->cache_dir || !oracle->honest)
                rc = error_memory(err);
        if (rc == 0 && !spec->reference)
                rc = oracle_class_init(&oracle->class, spec, err);
        if (rc == 0 && !spec->reference)
                rc = oracle_code_open(&oracle->code, &oracle->class, false,
                                      cache_dir, err);
        if (rc < 0) {
                oracle_close(oracle);
                return rc;
        }
        *result = oracle;
        return 0;
}

void oracle_close(struct oracle *oracle)
{
        if (!oracle)
                return;
        oracle_code_close(&oracle->code);
        if (oracle->honest) {
                oracle_code_close(&oracle->honest->code);
                pthread_mutex_destroy(&oracle->honest->lock);
        }
        oracle_class_dispose(&oracle->class);
        free(oracle->honest);
        free(oracle->cache_dir);
        free(oracle);
}

int oracle_honest_code(const struct oracle *oracle,
                       const struct oracle_code **code, struct error *err)
{
        struct oracle_lazy *lazy = oracle->honest;
        int rc = 0;

        pthread_mutex_lock(&lazy->lock);
        if (!lazy->code.function)
                rc = oracle_code_open(&lazy->code, &oracle->class, true,
                                      oracle->cache_dir, err);
        if (rc < 0)
                oracle_code_close(&lazy->code);
        pthread_mutex_unlock(&lazy->lock);
        *code = &lazy->code;
        return rc;
}

double oracle_operations(const struct spec *spec,
                         const struct binding *binding)
{
        int64_t low[LIMIT_RANK] = {0};
        struct oracle_plan plan;
        struct oracle_work work;
        double sum = 0;

        if (oracle_plan_init(&plan, spec, binding, NULL, NULL) < 0)
                return INFINITY;
        for (int s = 0; s < spec->statement_count; s++) {
                oracle_plan_box(
                        &plan, spec->statement[s]->target, low,
                        plan.extent[spec->statement[s]->target->number]);
                work = oracle_plan_work(&plan, spec->statement[s]);
                sum += work.operations - work.multiply_adds;
        }
        oracle_plan_dispose(&plan);
        return sum;
}

/* ---- boxes ---- */

/* Where an element of a part lies in the caller's box. */
struct frame {
        const int64_t *low, *high;
        struct oracle_values *values;
};

static double real_at(const struct oracle_class *class, const void *plane,
                      int64_t i)
{
        return class->wide ? (double)((const long double *)plane)[i]
                           : ((const double *)plane)[i];
}

static void copy_element(const struct oracle_class *class,
                         const struct oracle_view *view,
                         const struct oracle_values *values, int64_t from,
                         int64_t to)
{
        double e = view->e ? real_at(class, view->e, from) : 0;
        double v = view->v   ? real_at(class, view->v, from)
                   : view->i ? (double)view->i[from]
                             : 0;

        if (values->v)
                values->v[to] = v;
        if (values->e)
                values->e[to] = e;
        if (values->integer && view->i)
                values->integer[to] = view->i[from];
        if (values->undecided)
                values->undecided[to] = (view->u && view->u[from]) ||
                                        (isfinite(v) && !isfinite(e));
}

static void copy_out(const struct oracle_request *request,
                     const struct oracle_run *run, const struct frame *frame)
{
        const struct oracle_view *view =
                &run->call->t[request->output->number];
        int rank = request->output->rank, d;
        int64_t at[LIMIT_RANK], from, to, length;

        memcpy(at, request->low, sizeof at);
        for (;;) {
                from = -view->base;
                to = 0;
                for (d = 0; d < rank; d++) {
                        from += at[d] * view->stride[d];
                        to = to * (frame->high[d] - frame->low[d]) +
                             (at[d] - frame->low[d]);
                }
                length = rank ? request->high[rank - 1] - at[rank - 1] : 1;
                for (int64_t i = 0; i < length; i++)
                        copy_element(request->class, view, frame->values,
                                     from + i, to + i);
                for (d = rank - 2; d >= 0; d--) {
                        if (++at[d] < request->high[d])
                                break;
                        at[d] = request->low[d];
                }
                if (d < 0)
                        return;
        }
}

/* The dimension whose halving saves most memory, or -1. */
static int worst_dimension(const struct oracle_request *request,
                           struct oracle_plan *plan)
{
        int64_t high[LIMIT_RANK], bytes, least = INT64_MAX;
        int best = -1;

        for (int d = 0; d < request->output->rank; d++) {
                memcpy(high, request->high, sizeof high);
                high[d] = (request->low[d] + request->high[d] + 1) / 2;
                if (high[d] == request->high[d])
                        continue;
                oracle_plan_box(plan, request->output, request->low, high);
                bytes = oracle_run_bytes(request->code, request->class, plan);
                if (bytes < least) {
                        least = bytes;
                        best = d;
                }
        }
        return best;
}

/* Evaluate in one go, or in halves when the planes get large. */
static int evaluate(const struct oracle_request *request,
                    const struct frame *frame, struct error *err)
{
        int64_t low[LIMIT_RANK], high[LIMIT_RANK];
        struct oracle_request half = *request;
        struct oracle_plan plan;
        struct oracle_run run;
        int rc, d = -1;

        rc = oracle_plan_init(&plan, request->class->spec, request->binding,
                              request->inputs, err);
        if (rc < 0)
                return rc;
        oracle_plan_box(&plan, request->output, request->low, request->high);
        if (oracle_run_bytes(request->code, request->class, &plan) >
            PLANES_COMFORTABLE)
                d = worst_dimension(request, &plan);
        oracle_plan_dispose(&plan);
        if (d < 0) {
                rc = oracle_run(&run, request, err);
                if (rc == 0)
                        copy_out(request, &run, frame);
                oracle_run_dispose(&run, request);
                return rc;
        }
        memcpy(low, request->low, sizeof low);
        memcpy(high, request->high, sizeof high);
        high[d] = low[d] = (request->low[d] + request->high[d] + 1) / 2;
        half.high = high;
        rc = evaluate(&half, frame, err);
        half.high = request->high;
        half.low = low;
        return rc < 0 ? rc : evaluate(&half, frame, err);
}

void oracle_set_reference(struct oracle *oracle, oracle_reference *reference,
                          void *data)
{
        oracle->reference = reference;
        oracle->reference_data = data;
}

int oracle_mutations(const struct oracle *oracle)
{
        return oracle->class.reduce_count + oracle->spec->statement_count;
}

int oracle_box_mutated(const struct oracle *oracle, int mutation,
                       const struct binding *binding,
                       const void *const *inputs, const struct tensor *output,
                       const int64_t *low, const int64_t *high, int threads,
                       struct oracle_values *values, struct error *err)
{
        int64_t from[LIMIT_RANK] = {0}, to[LIMIT_RANK] = {0};
        struct frame frame = {from, to, values};
        struct oracle_request request = {.code = &oracle->code,
                                         .class = &oracle->class,
                                         .binding = binding,
                                         .inputs = inputs,
                                         .output = output,
                                         .low = from,
                                         .high = to,
                                         .threads = threads,
                                         .drop = mutation};

        /* Callers' arrays may be as short as the rank. */
        for (int d = 0; d < output->rank; d++) {
                from[d] = low[d];
                to[d] = high[d];
                if (from[d] >= to[d])
                        return 0;
        }
        if (oracle->spec->reference)
                return oracle_reference_box(oracle, binding, inputs, output,
                                            from, to, values, err);
        return evaluate(&request, &frame, err);
}

int oracle_box(const struct oracle *oracle, const struct binding *binding,
               const void *const *inputs, const struct tensor *output,
               const int64_t *low, const int64_t *high, int threads,
               struct oracle_values *values, struct error *err)
{
        return oracle_box_mutated(oracle, 0, binding, inputs, output, low,
                                  high, threads, values, err);
}

/* ---- acceptance ---- */

/* Half the distance between neighbours of v in the output's type. Called for
 * every element, hence by the bits of v. */
static double half_ulp(enum dtype dtype, double v)
{
        static const double roundoff[] = {[DTYPE_F64] = 0x1p-53,
                                          [DTYPE_F32] = 0x1p-24,
                                          [DTYPE_F16] = 0x1p-11,
                                          [DTYPE_BF16] = 0x1p-8};
        static const double tiny[] = {[DTYPE_F64] = 0x1p-1022,
                                      [DTYPE_F32] = 0x1p-126,
                                      [DTYPE_F16] = 0x1p-14,
                                      [DTYPE_BF16] = 0x1p-126};
        uint64_t bits;
        double m = fabs(v);

        if (m < tiny[dtype])
                m = tiny[dtype];
        memcpy(&bits, &m, sizeof bits);
        bits &= UINT64_C(0x7ff) << 52;
        memcpy(&m, &bits, sizeof m);
        return m * roundoff[dtype];
}

static double tolerance(const struct spec *spec, const struct tensor *output,
                        double constant, double v, double e)
{
        bool wide = false;

        for (int t = 0; t < spec->tensor_count; t++)
                wide |= spec->tensor[t]->dtype == DTYPE_F64;
        return (spec->accuracy > 0
                        ? spec->accuracy * (e * (wide ? 0x1p53 : 0x1p24))
                        : constant * e) +
               half_ulp(output->dtype, v) + (wide ? 0x1p-1022 : 0x1p-126);
}

static bool accepts_real(const struct spec *spec, const struct tensor *output,
                         double constant, const struct oracle_values *values,
                         int64_t n, double y, double *excess)
{
        double v = values->v[n], e = values->e[n], allowed;
        bool undecided = values->undecided && values->undecided[n];
        bool ok;

        *excess = 0;
        if (!isfinite(v)) {
                ok = undecided || (isnan(v) ? isnan(y) : y == v);
                *excess = ok ? 0 : INFINITY;
                return ok;
        }
        if (!isfinite(e))
                return true;
        allowed = spec->reference ? spec->reference->absolute +
                                            spec->reference->relative * fabs(v)
                                  : tolerance(spec, output, constant, v, e);
        if (isinf(y)) /* honest when a value within reach rounds to it */
                ok = dtype_round(output->dtype, v + copysign(allowed, y)) == y;
        else
                ok = fabs(y - v) <= allowed;
        *excess = y == v ? 0 : ok && isinf(y) ? 1 : fabs(y - v) / allowed;
        if (isnan(*excess))
                *excess = INFINITY;
        return ok;
}

bool oracle_accepts(const struct spec *spec, const struct tensor *output,
                    double constant, const struct oracle_values *values,
                    int64_t n, const void *actual, int64_t a, double *excess)
{
        double own;
        bool ok;

        if (output->kind == KIND_REAL)
                return accepts_real(spec, output, constant, values, n,
                                    dtype_load(output->dtype, actual, a),
                                    excess ? excess : &own);
        ok = (values->undecided && values->undecided[n]) ||
             dtype_load_int(output->dtype, actual, a) == values->integer[n];
        if (excess)
                *excess = ok ? 0 : INFINITY;
        return ok;
}

int oracle_accepts_index(const struct oracle *oracle,
                         const struct binding *binding,
                         const void *const *inputs,
                         const struct tensor *output, const int64_t *at,
                         int64_t actual, bool *accepted, struct error *err)
{
        const struct expr *value =
                output->defined_by ? output->defined_by->value : NULL;
        int64_t low[LIMIT_RANK] = {0}, high[LIMIT_RANK] = {0};
        struct oracle_request request = {.code = &oracle->code,
                                         .class = &oracle->class,
                                         .binding = binding,
                                         .inputs = inputs,
                                         .output = output,
                                         .low = low,
                                         .high = high,
                                         .threads = 1,
                                         .force = true,
                                         .forced = actual};
        struct oracle_run run;
        int rc;

        *accepted = true;
        while (value && value->op == EXPR_CAST)
                value = value->arg[0];
        if (!value || value->op != EXPR_REDUCE ||
            !reduction_is_position(value->value.reduce.reduction))
                return 0;
        for (int d = 0; d < output->rank; d++) {
                low[d] = at[d];
                high[d] = at[d] + 1;
        }
        rc = oracle_run(&run, &request, err);
        if (rc == 0) {
                const struct oracle_view *view = &run.call->t[output->number];
                int64_t offset = -view->base;

                for (int d = 0; d < output->rank; d++)
                        offset += at[d] * view->stride[d];
                *accepted = view->i[offset] == actual;
        }
        oracle_run_dispose(&run, &request);
        return rc;
}
