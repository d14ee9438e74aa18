/*
 * See mutants.h. A few instances (small hidden shapes, each with zero-mean
 * data and one other distribution) are evaluated by the oracle; each mutant
 * is a wrong output made from them. A mutant is refused when one element on
 * one instance is; it is skipped when it equals the oracle everywhere, up to
 * what float64 arithmetic leaves open (a max that softmax subtracts).
 */
#include "spec/mutants.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "spec/mutants_instance.h"

enum mutant_kind {
        MUTANT_ZERO,
        MUTANT_MEAN,
        MUTANT_LOWER,
        MUTANT_TRANSPOSED,
        MUTANT_LAST_TILE,
        MUTANT_COPY,   /* which: the input */
        MUTANT_IGNORE, /* which: the input */
        MUTANT_DROP    /* which: the mutation of oracle_box_mutated */
};

enum { MUTANTS_MAX = 1024, INSTANCES = 8, LAST_TILE = 16 };

struct mutant {
        enum mutant_kind kind;
        int which;
        const struct tensor *output; /* NULL: all outputs are affected */
        bool differs, refused;
};

struct judge {
        const struct spec *spec;
        const struct oracle *oracle;
        struct instance now;
        struct mutant *mutant;
        int count;
        double undecided, elements;
};

static const int64_t zeros[LIMIT_RANK];

/* ---- which mutants there are ---- */

static void add(struct judge *judge, enum mutant_kind kind, int which,
                const struct tensor *output)
{
        if (judge->count < MUTANTS_MAX)
                judge->mutant[judge->count++] =
                        (struct mutant){kind, which, output, false, false};
}

/* Reading nothing of an input stands for ignoring it; what shapes the
 * computation (offsets, lengths, distinct targets) cannot be ignored. */
static bool can_ignore(const struct tensor *tensor)
{
        return tensor->role == TENSOR_IN && !tensor->offsets &&
               !tensor->lengths && !tensor->distinct && !tensor->sorted;
}

static void list_mutants(struct judge *judge)
{
        const struct spec *spec = judge->spec;
        const struct tensor *y, *x;
        bool lower;
        int first;

        for (int o = 0; o < spec->tensor_count; o++) {
                y = spec->tensor[o];
                if (y->role != TENSOR_OUT)
                        continue;
                lower = y->kind == KIND_REAL && spec->accuracy == 0 &&
                        !spec->reference &&
                        !(spec->allow_tf32 && y->dtype == DTYPE_F32);
                add(judge, MUTANT_ZERO, 0, y);
                add(judge, MUTANT_MEAN, 0, y);
                if (lower)
                        add(judge, MUTANT_LOWER, 0, y);
                if (y->rank >= 2)
                        add(judge, MUTANT_TRANSPOSED, 0, y);
                add(judge, MUTANT_LAST_TILE, 0, y);
                for (int t = 0; t < spec->tensor_count; t++) {
                        x = spec->tensor[t];
                        if (x->role == TENSOR_IN && x->kind == y->kind)
                                add(judge, MUTANT_COPY, t, y);
                }
        }
        for (int t = 0; t < spec->tensor_count; t++)
                if (can_ignore(spec->tensor[t]))
                        add(judge, MUTANT_IGNORE, t, NULL);
        /* The last numbers are the statements'; only updates have terms. */
        first = oracle_mutations(judge->oracle) - spec->statement_count;
        for (int n = 1; n <= first; n++)
                add(judge, MUTANT_DROP, n, NULL);
        for (int s = 0; s < spec->statement_count; s++)
                if (spec->statement[s]->update != UPDATE_DEFINE)
                        add(judge, MUTANT_DROP, first + s + 1, NULL);
}

static void name_mutant(const struct judge *judge, const struct mutant *m,
                        char name[MUTANT_NAME_BYTES])
{
        static const char *const text[] = {
                "zero",      "mean",    "lower precision", "transpose",
                "last tile", "copy of", "ignores",         "term dropped"};
        const char *subject = "";

        if (m->kind == MUTANT_COPY || m->kind == MUTANT_IGNORE)
                subject = judge->spec->tensor[m->which]->name;
        snprintf(name, MUTANT_NAME_BYTES, "%s%s%.14s", text[m->kind],
                 *subject ? " " : "", subject);
}

/* ---- judging ---- */

/* Is this value the oracle's, up to float64's own error? */
static bool equals(const struct tensor *output,
                   const struct oracle_values *values, int64_t i, double v,
                   int64_t integer)
{
        double right = values->v[i];

        if (output->kind != KIND_REAL)
                return values->integer[i] == integer;
        if (isnan(right) || isnan(v))
                return isnan(right) && isnan(v);
        return v == right || fabs(v - right) <= values->e[i] * 0x1p-20 ||
               dtype_round(output->dtype, v) ==
                       dtype_round(output->dtype, right);
}

static void judge_element(struct judge *judge, struct mutant *m,
                          const struct tensor *output, int64_t i, double v,
                          int64_t integer)
{
        struct answer *a = &judge->now.answer[output->number];

        if (equals(output, &a->values, i, v, integer))
                return;
        m->differs = true;
        if (output->kind == KIND_REAL)
                dtype_store(output->dtype, a->wrong, i, v);
        else
                dtype_store_int(output->dtype, a->wrong, i, integer);
        if (!oracle_accepts(judge->spec, output, a->constant, &a->values, i,
                            a->wrong, i, NULL))
                m->refused = true;
}

static bool visit_cast(const struct expr *expr, void *data)
{
        enum dtype *narrowest = data;

        if (expr->op == EXPR_CAST && dtype_is_float(expr->dtype) &&
            dtype_roundoff(expr->dtype) > dtype_roundoff(*narrowest))
                *narrowest = expr->dtype;
        return true;
}

/* The type of least precision that the spec itself demands on the way. */
static enum dtype demanded(const struct spec *spec,
                           const struct tensor *output)
{
        enum dtype narrowest = output->dtype;
        const struct tensor *tensor;

        for (int s = 0; s < spec->statement_count; s++) {
                expr_walk(spec->statement[s]->value, visit_cast, &narrowest);
                tensor = spec->statement[s]->target;
                if (tensor->role == TENSOR_TMP &&
                    dtype_is_float(tensor->dtype) &&
                    dtype_roundoff(tensor->dtype) > dtype_roundoff(narrowest))
                        narrowest = tensor->dtype;
        }
        return narrowest;
}

/* The next type with a shorter significand, at any exponent. Where an honest
 * kernel of an f16 spec may err by a rounding to f16 before the last one (an
 * intermediate between two contractions), eight bits are within its rights:
 * the next shorter ones then. */
static double lower(enum dtype dtype, double v, double e)
{
        bool rounded = e >= dtype_roundoff(DTYPE_F16) * fabs(v);
        int kept = dtype == DTYPE_F64               ? 24
                   : dtype == DTYPE_F32             ? 11
                   : dtype == DTYPE_F16 && !rounded ? 8
                                                    : 4;
        int exponent;
        double m;

        if (!isfinite(v))
                return v;
        m = frexp(v, &exponent);
        return ldexp(nearbyint(ldexp(m, kept)), exponent - kept);
}

/* Where a transposed buffer takes element i from. */
static int64_t transposed(const struct tensor *output, const struct answer *a,
                          int64_t i)
{
        int64_t rows = a->extent[output->rank - 2];
        int64_t columns = a->extent[output->rank - 1];
        int64_t base = i / (rows * columns) * (rows * columns), at = i - base;

        return base + at % columns * rows + at / columns;
}

static void judge_derived(struct judge *judge, struct mutant *m)
{
        const struct tensor *y = m->output, *x;
        struct answer *a = &judge->now.answer[y->number];
        enum dtype precision = demanded(judge->spec, y);
        int64_t from, count, integer;
        double v;

        for (int64_t i = 0; i < a->elements && !m->refused; i++) {
                v = 0;
                integer = 0;
                from = m->kind == MUTANT_TRANSPOSED ? transposed(y, a, i) : i;
                switch (m->kind) {
                case MUTANT_MEAN:
                        v = a->mean;
                        integer = llrint(a->mean);
                        break;
                case MUTANT_LOWER:
                        v = lower(precision, a->values.v[i], a->values.e[i]);
                        break;
                case MUTANT_LAST_TILE:
                        if (i < a->elements - LAST_TILE)
                                continue;
                        break;
                case MUTANT_TRANSPOSED:
                        v = a->values.v[from];
                        integer = a->values.integer[from];
                        break;
                case MUTANT_COPY:
                        x = judge->spec->tensor[m->which];
                        count = spec_tensor_elements(x, &judge->now.shape,
                                                     NULL);
                        from = i % (count > 0 ? count : 1);
                        if (y->kind == KIND_REAL)
                                v = dtype_load(x->dtype,
                                               judge->now.inputs[m->which],
                                               from);
                        else
                                integer = dtype_load_int(
                                        x->dtype, judge->now.inputs[m->which],
                                        from);
                        break;
                default:
                        break;
                }
                judge_element(judge, m, y, i, v, integer);
        }
}

/* The input as if it had not been read: zeros, or the domain's lowest. */
static void *blank(const struct judge *judge, const struct tensor *tensor)
{
        const struct binding *shape = &judge->now.shape;
        int64_t bytes = spec_tensor_bytes(tensor, shape);
        int64_t elements = spec_tensor_elements(tensor, shape, NULL);
        void *data = calloc(1, bytes > 0 ? (size_t)bytes : 1);

        if (data && tensor->low && dtype_is_integer(tensor->dtype))
                for (int64_t i = 0; i < elements; i++)
                        dtype_store_int(tensor->dtype, data, i,
                                        spec_eval_size(tensor->low, shape));
        return data;
}

/* Mutants that are evaluations of their own. One that breaks the spec's
 * rules (an empty max) is no mutant on this instance. */
static int judge_evaluated(struct judge *judge, struct mutant *m,
                           struct error *err)
{
        struct instance *now = &judge->now;
        const void *inputs[LIMIT_TENSORS];
        void *ignored = NULL;
        struct error broken = {0};
        int rc = 0;

        memcpy(inputs, now->inputs, sizeof inputs);
        if (m->kind == MUTANT_IGNORE) {
                ignored = blank(judge, judge->spec->tensor[m->which]);
                if (!ignored)
                        return error_memory(err);
                inputs[m->which] = ignored;
        }
        for (int t = 0; t < judge->spec->tensor_count && rc == 0; t++) {
                const struct tensor *y = judge->spec->tensor[t];
                struct answer *a = &now->answer[t];
                struct oracle_values wrong = {0};

                if (y->role != TENSOR_OUT)
                        continue;
                rc = instance_values(&wrong, a->elements, &broken);
                if (rc == 0)
                        rc = oracle_box_mutated(
                                judge->oracle,
                                m->kind == MUTANT_DROP ? m->which : 0,
                                &now->shape, inputs, y, zeros, a->extent, 1,
                                &wrong, &broken);
                for (int64_t i = 0; i < a->elements && rc == 0 && !m->refused;
                     i++)
                        judge_element(judge, m, y, i, wrong.v[i],
                                      wrong.integer[i]);
                free(wrong.v);
                free(wrong.e);
                free(wrong.integer);
                free(wrong.undecided);
        }
        free(ignored);
        if (rc < 0 && rc != ERR_INPUT)
                return error_set(err, rc, "%s", broken.text);
        return 0;
}

static int judge_instance(struct judge *judge, struct error *err)
{
        const struct answer *a;
        struct mutant *m;
        int rc = 0;

        for (int t = 0; t < judge->spec->tensor_count; t++) {
                a = &judge->now.answer[t];
                for (int64_t i = 0; a->wrong && i < a->elements; i++)
                        judge->undecided += a->values.undecided[i];
                judge->elements += a->wrong ? (double)a->elements : 0;
        }
        for (int n = 0; n < judge->count && rc == 0; n++) {
                m = &judge->mutant[n];
                if (m->refused)
                        continue;
                if (m->output)
                        judge_derived(judge, m);
                else
                        rc = judge_evaluated(judge, m, err);
        }
        return rc;
}

static int judge_shapes(struct judge *judge, uint64_t seed, int *judged,
                        struct error *err)
{
        /* prime, tile, mixed, above a tile: not those that are all ones. */
        static const int kinds[] = {1, 7, 5, 3};
        enum distribution distribution;
        struct error ignored = {0};
        int rc = 0;

        for (int i = 0; i < INSTANCES && rc == 0; i++) {
                rc = inputs_hidden_shape(
                        judge->spec, seed, kinds[i / 2 % 4] + i / 2 / 4 * 8,
                        NULL, NULL, 0, 2e6, 16 << 20, NULL, NULL,
                        &judge->now.shape, NULL, &ignored);
                if (rc < 0)
                        rc = inputs_hidden_shape(judge->spec, seed, i, NULL,
                                                 NULL, 0, 1e8, 256 << 20, NULL,
                                                 NULL, &judge->now.shape, NULL,
                                                 err);
                if (rc < 0)
                        break;
                distribution = i % 2 == 0
                                       ? DIST_NORMAL
                                       : (enum distribution)(
                                                 1 + i / 2 % (DIST_COUNT - 1));
                rc = instance_make(judge->oracle, &judge->now, judge->spec,
                                   rng_derive(seed, "mutants", (uint64_t)i),
                                   distribution, &ignored);
                if (rc == 0) {
                        rc = judge_instance(judge, err);
                        (*judged)++;
                } else if (rc == ERR_INPUT) {
                        *err = ignored; /* these inputs break the spec */
                        rc = 0;
                } else {
                        *err = ignored;
                }
                instance_dispose(&judge->now);
        }
        return rc;
}

int mutants_check(const struct spec *spec, const struct oracle *oracle,
                  uint64_t seed, struct mutant_report *report,
                  struct error *err)
{
        struct judge *judge = calloc(1, sizeof *judge);
        int judged = 0, rc;

        *report = (struct mutant_report){0};
        if (judge)
                judge->mutant = calloc(MUTANTS_MAX, sizeof *judge->mutant);
        if (!judge || !judge->mutant) {
                free(judge);
                return error_memory(err);
        }
        judge->spec = spec;
        judge->oracle = oracle;
        list_mutants(judge);
        rc = judge_shapes(judge, seed, &judged, err);
        if (rc == 0 && judged == 0)
                rc = err ? err->code : ERR_INPUT;
        for (int n = 0; n < judge->count && rc == 0; n++) {
                struct mutant *m = &judge->mutant[n];

                report->made++;
                report->refused += m->refused;
                report->skipped += !m->refused && !m->differs;
                if (m->differs && !m->refused && !report->survivor[0])
                        name_mutant(judge, m, report->survivor);
        }
        if (judge->elements > 0)
                report->undecided_share = judge->undecided / judge->elements;
        free(judge->mutant);
        free(judge);
        return rc;
}
