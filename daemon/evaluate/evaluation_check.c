/* See evaluation.h: what is verified in stages S1, S3 and S4. */
#include "evaluate/evaluation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "evaluate/result.h"
#include "evaluate/twin.h"
#include "evaluate/verify.h"

enum {
        POOL = 4,          /* secret instances of a campaign */
        HIDDEN_SHAPES = 9, /* drawn in S3: of each category one */
        HIDDEN_BYTES = 32 << 20,
        TILES = LIMIT_TUNES
};

/* What a call may take; a request's time may end earlier. */
#define HIDDEN_NS (10 * (int64_t)CLOCK_SECOND_NS)
#define CALL_NS (30 * (int64_t)CLOCK_SECOND_NS)

static const double hidden_operations_s1 = 2e7;
static const double hidden_operations_s3 = 1e8;

/* Cheap enough for every candidate; thorough for would-be winners. */
static const struct expected_effort quick = {1 << 26, 1 << 18, 64, true};
static const struct expected_effort full = {(double)(INT64_C(1) << 31),
                                            1 << 24, 64, true};

static struct verify new_verify(struct evaluation *e,
                                struct findings *findings)
{
        return (struct verify){.zygote = e->host->zygote,
                               .threads = e->threads,
                               .deadline_ns = e->deadline_ns,
                               .findings = findings};
}

static int check_time(const struct evaluation *e, struct error *err)
{
        if (clock_monotonic_ns() < e->deadline_ns)
                return 0;
        return error_set(err, ERR_TIMEOUT,
                         "its time was over before it was verified");
}

/* --- hidden shapes ---------------------------------------------------- */

static bool accept_shape(const struct binding *shape, void *data)
{
        const struct evaluation *e = data;

        return program_applies(e->source, e->spec, shape);
}

/* A workload that the candidate applies to, the n-th of them. */
static struct evaluation_workload *applicable(struct evaluation *e, uint64_t n)
{
        int count = 0;

        for (int i = 0; i < e->count; i++)
                count += e->workload[i].candidate != NULL;
        n %= (uint64_t)(count ? count : 1);
        for (int i = 0; i < e->count; i++) {
                if (e->workload[i].candidate && n-- == 0)
                        return e->workload + i;
        }
        return e->workload;
}

/* Sizes a tile of the candidate may have: its tunables. */
static int collect_tiles(const struct source *source, int64_t tiles[TILES])
{
        int count = 0;

        for (int i = 0; i < source->tune_count && count < TILES; i++) {
                if (source->tune[i].value > 1 && source->tune[i].value < 65536)
                        tiles[count++] = source->tune[i].value;
        }
        if (!count)
                tiles[count++] = 16;
        return count;
}

static int draw_shape(struct evaluation *e, uint64_t seed, int n,
                      double operations, struct binding *shape,
                      const char **category, struct error *err)
{
        const struct evaluation_workload *w =
                applicable(e, seed + (uint64_t)n);
        int64_t fixed[LIMIT_SIZES], tiles[TILES];

        for (int i = 0; i < LIMIT_SIZES; i++)
                fixed[i] = -1;
        for (int i = 0; i < e->source->fix_count; i++) {
                int number = e->source->fix[i]->number;

                fixed[number] = w->request->binding.size[number];
        }
        *shape = w->request->binding;
        return inputs_hidden_shape(e->spec, seed, n, fixed, tiles,
                                   collect_tiles(e->source, tiles), operations,
                                   HIDDEN_BYTES, accept_shape, e, shape,
                                   category, err);
}

/* Verify on one hidden shape. keep: the stock belongs to the campaign. */
static int check_hidden(struct evaluation *e, struct verify *v, uint64_t seed,
                        int n, double operations,
                        enum distribution distribution, bool keep,
                        struct error *err)
{
        struct stock_order order = {
                .spec = e->spec,
                .oracle = e->oracle,
                .seed = rng_derive(seed, "data", (uint64_t)n),
                .distribution = distribution,
                .twins = true,
                .effort = keep ? quick : full,
                .threads = e->host->machine->threads};
        const char *category = "shape";
        const struct stock *stock = NULL;
        struct stock *own = NULL;
        struct program *program = NULL;
        struct error failure = {0};
        char label[160], hidden[64], *sizes;
        struct verify_instance instance = {.label = label,
                                           .hidden = hidden,
                                           .call_ns = HIDDEN_NS,
                                           .thorough = !keep};
        int rc;

        rc = draw_shape(e, seed, n, operations, &order.binding, &category,
                        &failure);
        if (rc == ERR_NOT_FOUND) {
                findings_note(v->findings, CHECK_HIDDEN,
                              "no other shape is in the domain");
                return 0;
        }
        if (rc < 0) {
                *err = failure;
                return rc;
        }
        sizes = binding_text(&order.binding, e->spec);
        snprintf(label, sizeof label, "hidden shape %.80s (%s, %s)",
                 sizes ? sizes : "", category,
                 distribution_name(distribution));
        snprintf(hidden, sizeof hidden, "%s shape, %s data", category,
                 distribution_name(distribution));
        free(sizes);
        if (keep) {
                rc = bank_find_stock(e->host->bank, &order, &stock, err);
        } else {
                rc = stock_make(&own, &order, err);
                stock = own;
        }
        if (rc < 0)
                error_wrap(err, "inputs of a %s", label);
        if (rc == 0)
                rc = program_make(&program, e->source, e->spec, &order.binding,
                                  e->host->zygote, e->host->bank->cache, NULL,
                                  &failure);
        if (evaluation_is_own_fault(failure.code)) {
                findings_fail_by(v->findings, CHECK_HIDDEN, failure.code,
                                 hidden, "%s: %s", label, failure.text);
                rc = 0;
        } else if (failure.code) {
                *err = failure;
        } else if (rc == 0) {
                e->result->compile_ns += program->compile_ns;
                rc = verify_program(v, program, stock, &instance, err);
        }
        program_free(program);
        stock_free(own);
        return rc;
}

/* --- workloads -------------------------------------------------------- */

/* The applicable workload that is cheapest for the oracle. */
static struct evaluation_workload *smallest(struct evaluation *e)
{
        struct evaluation_workload *best = NULL;
        double least = INFINITY;

        for (int i = 0; i < e->count; i++) {
                double cost = oracle_operations(
                        e->spec, &e->workload[i].request->binding);

                if (e->workload[i].candidate && cost < least) {
                        least = cost;
                        best = e->workload + i;
                }
        }
        return best;
}

/* What the oracle's boxes left out, against the kernel that is generated from
 * the spec without any schedule. */
static int check_gaps(struct evaluation *e, struct verify *v,
                      const struct evaluation_workload *w,
                      const struct stock *stock,
                      const struct verify_instance *instance,
                      struct error *err)
{
        struct program *program = NULL;
        struct source *source = NULL;
        char *text = NULL;
        int rc;

        if (!stock_has_gaps(stock) ||
            findings_failed(v->findings) != CHECK_COUNT)
                return 0;
        rc = evaluation_first_text(e->spec, "c", &text, err);
        if (rc == 0)
                rc = source_parse(text, strlen(text), "generated", "c",
                                  e->spec, &source, err);
        if (rc == 0)
                rc = program_make(&program, source, e->spec,
                                  &w->request->binding, e->host->zygote,
                                  e->host->bank->cache, NULL, err);
        if (rc == 0)
                rc = verify_against(v, w->candidate, program, stock, instance,
                                    err);
        else
                error_wrap(err, "the generated kernel of %s", w->label);
        program_free(program);
        source_free(source);
        free(text);
        return rc;
}

static int check_workload(struct evaluation *e, struct verify *v,
                          const struct evaluation_workload *w, uint64_t seed,
                          enum distribution distribution, bool keep,
                          struct error *err)
{
        struct stock_order order = {.spec = e->spec,
                                    .oracle = e->oracle,
                                    .binding = w->request->binding,
                                    .seed = seed,
                                    .distribution = distribution,
                                    .twins = true,
                                    .effort = keep ? quick : full,
                                    .threads = e->host->machine->threads};
        struct verify_instance instance = {
                .label = w->label, .call_ns = CALL_NS, .thorough = !keep};
        const struct stock *stock = NULL;
        struct stock *own = NULL;
        int rc;

        if (keep) {
                rc = bank_find_stock(e->host->bank, &order, &stock, err);
        } else {
                rc = stock_make(&own, &order, err);
                stock = own;
        }
        if (rc < 0)
                error_wrap(err, "inputs of %s", w->label);
        else
                rc = verify_program(v, w->candidate, stock, &instance, err);
        if (rc == 0 && !keep)
                rc = check_gaps(e, v, w, stock, &instance, err);
        stock_free(own);
        return rc;
}

/* --- stages ----------------------------------------------------------- */

int evaluation_check_s1(struct evaluation *e, bool *correct, struct error *err)
{
        struct findings findings = {0};
        struct verify v = new_verify(e, &findings);
        uint64_t instance = rng_secret() % POOL;
        uint64_t seed = rng_derive(e->secret, "S1", instance);
        int rc;

        evaluation_say(e, "checking a first hidden shape");
        rc = check_hidden(e, &v, seed, (int)instance, hidden_operations_s1,
                          instance % 2
                                  ? DIST_NORMAL
                                  : (enum distribution)(instance % DIST_COUNT),
                          true, err);
        if (rc == 0 && findings_failed(&findings) == CHECK_COUNT) {
                evaluation_say(e, "checking the smallest workload");
                rc = check_workload(e, &v, smallest(e), seed, DIST_NORMAL,
                                    true, err);
        }
        e->result->calls_ns += v.calls_ns;
        if (rc < 0)
                return rc;
        return evaluation_finish_stage(e, STAGE_S1, &findings, correct, err);
}

int evaluation_check_s3(struct evaluation *e, bool *correct, struct error *err)
{
        struct findings findings = {0};
        struct verify v = new_verify(e, &findings);
        struct rng rng = {rng_derive(e->fresh, "S3", 0), 0};
        int rc = 0;

        for (int n = 0; n < HIDDEN_SHAPES && rc == 0 &&
                        findings_failed(&findings) == CHECK_COUNT;
             n++) {
                evaluation_say(e, "proving on hidden shape %d of %d", n + 1,
                               (int)HIDDEN_SHAPES);
                rc = check_hidden(e, &v, e->fresh, n, hidden_operations_s3,
                                  (enum distribution)(n % DIST_COUNT), false,
                                  err);
        }
        for (int i = 0; i < 2 * e->count && rc == 0 &&
                        findings_failed(&findings) == CHECK_COUNT;
             i++) {
                struct evaluation_workload *w = e->workload + i / 2;
                enum distribution d = DIST_NORMAL;

                if (!w->candidate || w->skipped)
                        continue;
                if (i % 2)
                        d = (enum distribution)(
                                1 + rng_below(&rng, DIST_COUNT - 1));
                evaluation_say(e, "proving on workload %d of %d", i / 2 + 1,
                               e->count);
                rc = check_time(e, err);
                if (rc == 0)
                        rc = check_workload(e, &v, w, rng_next(&rng), d, false,
                                            err);
        }
        e->result->calls_ns += v.calls_ns;
        if (rc < 0)
                return rc;
        return evaluation_finish_stage(e, STAGE_S3, &findings, correct, err);
}

/* The twin and the thread sweep on one stock. */
static int check_deeply(struct evaluation *e, struct verify *v,
                        const struct program *program,
                        const struct stock_order *order, const char *label,
                        const char *hidden, struct error *err)
{
        struct verify_instance instance = {
                .label = label, .hidden = hidden, .call_ns = CALL_NS};
        struct error failure = {0};
        struct stock *stock = NULL;
        int rc = check_time(e, err);

        if (rc == 0)
                rc = stock_make(&stock, order, err);
        if (rc < 0)
                return rc;
        rc = twin_check(program, stock, label,
                        hidden ? hidden : "sanitised twin", CALL_NS,
                        v->findings, &failure);
        if (rc == ERR_UNSUPPORTED) {
                findings_note(v->findings, CHECK_SANITISED, "not checked: %s",
                              failure.text);
                rc = 0;
        } else if (rc == ERR_INPUT || rc == ERR_LIMIT || rc == ERR_TIMEOUT) {
                findings_fail_by(v->findings, CHECK_SANITISED, rc,
                                 "sanitised twin", "%s: %s", label,
                                 failure.text);
                rc = 0;
        } else if (rc < 0) {
                *err = failure;
        }
        if (rc == 0)
                rc = verify_threads(v, program, stock, &instance, err);
        stock_free(stock);
        return rc;
}

int evaluation_check_s4(struct evaluation *e, bool *correct, struct error *err)
{
        struct findings findings = {0};
        struct verify v = new_verify(e, &findings);
        struct evaluation_workload *w = smallest(e);
        struct stock_order order = {.spec = e->spec,
                                    .oracle = e->oracle,
                                    .distribution = DIST_NORMAL,
                                    .twins = true,
                                    .effort = quick,
                                    .threads = e->host->machine->threads};
        const char *category = "shape";
        struct program *program = NULL;
        struct error failure = {0};
        int rc;

        order.seed = rng_derive(e->fresh, "S4", 0);
        order.binding = w->request->binding;
        evaluation_say(e, "checking threads and sanitizers");
        /* Sanitizers are slow: a large workload is left to hidden shapes. */
        if (oracle_operations(e->spec, &order.binding) <= 4e9)
                rc = check_deeply(e, &v, w->candidate, &order, w->label, NULL,
                                  err);
        else
                rc = 0;
        for (int n = 0;
             n < 2 && rc == 0 && findings_failed(&findings) == CHECK_COUNT;
             n++) {
                evaluation_say(e,
                               "checking threads and sanitizers on hidden "
                               "shape %d of 2",
                               n + 1);
                order.seed = rng_derive(e->fresh, "S4", 1 + (uint64_t)n);
                rc = draw_shape(e, order.seed, n + 1, hidden_operations_s1,
                                &order.binding, &category, &failure);
                if (rc == ERR_NOT_FOUND) {
                        rc = 0;
                        break;
                }
                if (rc == 0)
                        rc = program_make(&program, e->source, e->spec,
                                          &order.binding, e->host->zygote,
                                          e->host->bank->cache, NULL,
                                          &failure);
                if (evaluation_is_own_fault(rc)) {
                        findings_fail_by(&findings, CHECK_HIDDEN, rc, category,
                                         "hidden shape: %s", failure.text);
                        rc = 0;
                } else if (rc < 0) {
                        *err = failure;
                } else {
                        rc = check_deeply(e, &v, program, &order,
                                          "hidden shape", category, err);
                }
                program_free(program);
                program = NULL;
        }
        e->result->calls_ns += v.calls_ns;
        if (rc < 0)
                return rc;
        rc = evaluation_finish_stage(e, STAGE_S4, &findings, correct, err);
        /* S4 is complete when its session is. */
        if (rc == 0 && *correct)
                e->result->reached = STAGE_S3;
        return rc;
}
