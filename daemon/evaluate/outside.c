/*
 * Outside baselines (evaluate.h: struct evaluate_outside): OpenBLAS, PyTorch
 * eager and torch.compile against a candidate that was verified, in one
 * session of rounds, at the request's heaviest workloads.
 *
 * A round is a palindrome in random order of one batch of every side, each
 * long enough to be believed. The worker's clock stands around each batch;
 * while a side is timed all others are stopped. The numbers inform people,
 * they never decide, so a side may do anything that the team's own software
 * may do, except be wrong: its outputs are checked like a kernel's.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "evaluate/contest.h"
#include "evaluate/evaluation.h"
#include "evaluate/outside_child.h"
#include "evaluate/result.h"

enum {
        WORKLOADS = 4, /* of a verdict; bench measures all */
        ROUNDS = 20,
        LEAST_ROUNDS = 5,
        BATCH_NS = 10000000,
        SIDES = 4, /* the candidate and three outside */
        COMPILE_SECONDS = 120
};

static const double too_slow_ns = 2e9;
static const struct expected_effort places = {1 << 22, 4096, 48, false};

/* The candidate is side 0; torch.compile shares PyTorch's process. */
static const char *const names[SIDES] = {"candidate", "openblas", "pytorch",
                                         "torch.compile"};
enum { CANDIDATE, OPENBLAS, EAGER, COMPILED };

struct side {
        bool in; /* takes part */
        struct outside_child *child;
        char skipped[OUTSIDE_REASON_BYTES];
        double call_ns;      /* estimate */
        double time[ROUNDS]; /* ns a call, of both batches of a round */
};

struct outside {
        struct evaluation *e;
        const struct evaluation_workload *w;
        struct stock *stock;
        struct rig rig;
        struct outside_child blas, torch;
        struct side side[SIDES];
        struct rng rng;
        bool cold;
        int rounds;
        int64_t deadline_ns;
};

/* --- calls ------------------------------------------------------------ */

static int set_step(const struct outside *o)
{
        return o->cold ? 1 : o->stock->sets / 2;
}

/* Generous: a busy machine is no fault of either side's, and a large library
 * has much to do in its first call. */
static int64_t patience(double expected_ns)
{
        return (int64_t)(30e9 + 20 * expected_ns);
}

static int run_candidate(struct outside *o, int n, int64_t *elapsed_ns,
                         struct error *err)
{
        struct cell_batch batch = {
                .calls = 1, .set_step = (uint32_t)set_step(o), .slot_step = 0};
        double call_ns = o->side[CANDIDATE].call_ns;
        int rc = rig_run(&o->rig, &batch, patience(call_ns), NULL, err);

        batch.calls = (uint32_t)n;
        batch.slot_step = o->cold;
        if (rc == 0)
                rc = rig_run(&o->rig, &batch, patience(n * call_ns),
                             elapsed_ns, err);
        if (rc == 0)
                rc = cell_stop(&o->rig.cell, err);
        return rc;
}

/* One untimed call, then n; everything of it is stopped afterwards. */
static bool run_outside(struct outside *o, int which, int n,
                        int64_t *elapsed_ns)
{
        struct side *s = o->side + which;
        bool fine = outside_child_ask(s->child, patience(s->call_ns), NULL,
                                      "run %s 1 0 1", names[which]) &&
                    outside_child_ask(s->child, patience(n * s->call_ns),
                                      elapsed_ns, "run %s %d 0 %d",
                                      names[which], n, set_step(o));

        outside_child_stop(s->child);
        return fine;
}

static void leave_out(struct side *s, const char *reason)
{
        s->in = false;
        snprintf(s->skipped, sizeof s->skipped, "%s", reason);
}

/* n calls of a side: 0 and *elapsed_ns, or an error of the candidate's. An
 * outside side that fails leaves. */
static int run_side(struct outside *o, int which, int n, int64_t *elapsed_ns,
                    struct error *err)
{
        if (which == CANDIDATE)
                return run_candidate(o, n, elapsed_ns, err);
        if (!run_outside(o, which, n, elapsed_ns))
                leave_out(o->side + which, o->side[which].child->reason);
        return 0;
}

/* --- opening ---------------------------------------------------------- */

/* Are its results on two sets what the oracle says? */
static bool is_right(struct outside *o, int which)
{
        struct side *s = o->side + which;
        struct expected_miss miss;

        for (int set = 0; set < 2; set++) {
                if (!outside_child_ask(s->child, patience(1e9), NULL,
                                       "store %s %d", names[which], set)) {
                        leave_out(s, s->child->reason);
                        return false;
                }
                outside_child_stop(s->child);
                for (int i = 0; i < o->stock->outputs; i++) {
                        if (stock_accepts(o->stock, set, i,
                                          outside_child_output(s->child, i),
                                          &miss))
                                continue;
                        snprintf(s->skipped, sizeof s->skipped,
                                 "wrong, or of lower precision than the spec: "
                                 "%s",
                                 miss.text);
                        s->in = false;
                        return false;
                }
        }
        return true;
}

/* The least time of a call in batches of more and more calls: on a busy
 * machine a short batch says how long a process waits for its turn. */
static int estimate(struct outside *o, int which, struct error *err)
{
        struct side *s = o->side + which;
        int64_t elapsed = 0;
        int rc = 0;

        s->call_ns = 1e9;
        for (int n = 1; rc == 0 && n < 1 << 20 && elapsed < 4 * BATCH_NS;
             n *= 8) {
                rc = run_side(o, which, n, &elapsed, err);
                if (rc < 0 || !s->in)
                        break;
                if (n == 1 || (double)elapsed / n < s->call_ns)
                        s->call_ns = (double)elapsed / n + 1;
        }
        if (s->in && s->call_ns > too_slow_ns)
                leave_out(s, "over 2 s a call");
        return rc;
}

static void admit(struct outside *o, int which, struct outside_child *child,
                  int64_t seconds)
{
        struct side *s = o->side + which;

        s->child = child;
        s->in = true;
        if (!outside_child_ask(child, seconds * (int64_t)CLOCK_SECOND_NS, NULL,
                               "prepare %s", names[which]))
                leave_out(s, child->reason);
        outside_child_stop(child);
        if (s->in)
                (void)is_right(o, which);
}

static void open_blas(struct outside *o, const struct outside_setup *setup)
{
        struct gemm gemm;

        if (!gemm_find(o->e->spec, &o->w->request->binding, &gemm))
                leave_out(o->side + OPENBLAS, "not a plain matrix product");
        else if (!outside_child_start(&o->blas, setup, o->stock, &gemm))
                leave_out(o->side + OPENBLAS, o->blas.reason);
        else
                admit(o, OPENBLAS, &o->blas, 60);
}

/* torch.compile may take long the first time and is then cut off with the
 * process that it shares, so it starts in a process of its own when eager is
 * to be kept. */
static void open_torch(struct outside *o, const struct outside_setup *setup)
{
        int64_t left = (o->deadline_ns - clock_monotonic_ns()) /
                       (int64_t)CLOCK_SECOND_NS;

        if (!setup->script) {
                leave_out(o->side + EAGER,
                          "no script for this kernel, such as "
                          "kernels/<kernel>/baseline.py");
        } else if (!outside_child_start(&o->torch, setup, o->stock, NULL)) {
                leave_out(o->side + EAGER, o->torch.reason);
        } else {
                admit(o, COMPILED, &o->torch,
                      left < COMPILE_SECONDS ? left : COMPILE_SECONDS);
                if (!o->side[COMPILED].in && o->torch.process.pid > 0) {
                        outside_child_end(&o->torch);
                        if (!outside_child_start(&o->torch, setup, o->stock,
                                                 NULL)) {
                                leave_out(o->side + EAGER, o->torch.reason);
                                return;
                        }
                }
                admit(o, EAGER, &o->torch, 60);
                return;
        }
        leave_out(o->side + COMPILED, o->side[EAGER].skipped);
}

static int make_stock(struct outside *o, struct error *err)
{
        struct evaluation *e = o->e;
        const struct machine *m = e->host->machine;
        struct stock_order order = {.spec = e->spec,
                                    .oracle = e->oracle,
                                    .binding = o->w->request->binding,
                                    .distribution = DIST_NORMAL,
                                    .effort = places,
                                    .threads = m->threads};
        int64_t in, out;

        stock_measure(e->spec, &order.binding, &in, &out);
        order.sets =
                contest_sets(in, out, o->cold, m->llc_bytes, m->memory_bytes);
        order.seed = rng_derive(e->fresh, "outside",
                                (uint64_t)(o->w - e->workload));
        if (!order.sets)
                return 0;
        return stock_make(&o->stock, &order, err);
}

/* --- rounds ----------------------------------------------------------- */

static int shuffle(struct outside *o, int order[SIDES])
{
        int count = 0;

        for (int i = 0; i < SIDES; i++) {
                if (o->side[i].in)
                        order[count++] = i;
        }
        for (int i = count - 1; i > 0; i--) {
                int j = (int)rng_below(&o->rng, (uint64_t)i + 1), t = order[i];

                order[i] = order[j];
                order[j] = t;
        }
        return count;
}

static int batch_calls(const struct side *s)
{
        double n = ceil(BATCH_NS / s->call_ns);

        return n < 1 ? 1 : n > 1e6 ? 1000000 : (int)n;
}

static int one_round(struct outside *o, struct error *err)
{
        int order[SIDES], count = shuffle(o, order), rc = 0;
        double sum[SIDES] = {0};
        int64_t elapsed;

        for (int i = 0; i < 2 * count && rc == 0; i++) {
                int which = order[i < count ? i : 2 * count - 1 - i];
                int n = batch_calls(o->side + which);

                if (!o->side[which].in)
                        continue;
                rc = run_side(o, which, n, &elapsed, err);
                sum[which] += (double)elapsed / n / 2;
        }
        for (int i = 0; i < SIDES && rc == 0; i++)
                o->side[i].time[o->rounds] = sum[i];
        o->rounds += rc == 0;
        return rc;
}

static bool any_outside(const struct outside *o)
{
        return o->side[OPENBLAS].in || o->side[EAGER].in ||
               o->side[COMPILED].in;
}

static void say_sides(const struct outside *o)
{
        char text[64] = "";
        size_t used = 0;

        for (int i = OPENBLAS; i < SIDES; i++) {
                if (o->side[i].in)
                        used += (size_t)snprintf(text + used,
                                                 sizeof text - used, "%s%s",
                                                 used ? ", " : "", names[i]);
        }
        evaluation_say(o->e, "measuring against %s, %s", text, o->w->label);
}

static int run_rounds(struct outside *o, struct error *err)
{
        int rc = 0;

        say_sides(o);

        for (int i = 0; i < SIDES && rc == 0; i++) {
                if (o->side[i].in)
                        rc = estimate(o, i, err);
        }
        while (rc == 0 && any_outside(o) && o->rounds < ROUNDS &&
               (o->rounds < LEAST_ROUNDS ||
                clock_monotonic_ns() < o->deadline_ns))
                rc = one_round(o, err);
        return rc;
}

/* --- results ---------------------------------------------------------- */

static int report_side(struct outside *o, int which, struct error *err)
{
        const struct side *s = o->side + which, *us = o->side + CANDIDATE;
        static const double none[ROUNDS];
        struct statistics_verdict verdict;
        struct evaluate_outside *row;
        double ratio[ROUNDS], theirs[ROUNDS], ours[ROUNDS];
        struct statistics_series series = {
                .weight = 1, .ratio = ratio, .null = none};
        int rc = result_add_outside(o->e->result, (int)(o->w - o->e->workload),
                                    names[which], &row, err);

        if (rc < 0)
                return rc;
        snprintf(row->skipped, sizeof row->skipped, "%s", s->skipped);
        if (s->child)
                snprintf(row->version, sizeof row->version, "%s",
                         s->child->version);
        if (!s->in)
                return 0;
        for (int i = 0; i < o->rounds; i++) {
                theirs[i] = s->time[i];
                ours[i] = us->time[i];
                ratio[i] = log(theirs[i] / ours[i]);
        }
        statistics_decide(&series, 1, o->rounds, STATISTICS_LOOKS - 1, true,
                          o->rng.seed, &verdict, NULL, NULL);
        row->ratio = verdict.total.ratio;
        row->low = verdict.total.low;
        row->high = verdict.total.high;
        row->outside_ns = statistics_median(theirs, o->rounds);
        row->candidate_ns = statistics_median(ours, o->rounds);
        row->rounds = o->rounds;
        return 0;
}

static void close_sides(struct outside *o)
{
        outside_child_end(&o->blas);
        outside_child_end(&o->torch);
        rig_close(&o->rig);
        stock_free(o->stock);
}

/* The candidate did not go on: that is no judgement of it, which was made
 * before, and its verdict is not lost for it. */
static int leave_all(struct outside *o, const struct error *failure)
{
        for (int i = OPENBLAS; i < SIDES; i++) {
                if (o->side[i].in)
                        leave_out(o->side + i, failure->text);
        }
        return 0;
}

/* One workload; sides that are not installed cost nothing twice. */
static int measure_workload(struct outside *o,
                            const struct outside_setup *setup,
                            struct error *err)
{
        struct error failure = {0};
        int rc = make_stock(o, err);

        if (rc < 0 || !o->stock)
                goto out;
        evaluation_say(o->e, "preparing outside baselines%s, %s",
                       setup->script ? " (torch.compile may take a minute)"
                                     : "",
                       o->w->label);
        open_blas(o, setup);
        open_torch(o, setup);
        if (any_outside(o)) {
                rc = rig_open(&o->rig, o->e->host->zygote, o->w->candidate,
                              o->stock, o->cold ? o->stock->sets + 1 : 1,
                              setup->threads, RIG_MEASURE, &failure);
                o->side[CANDIDATE].in = true;
                if (rc == 0)
                        rc = run_rounds(o, &failure);
                if (rc < 0)
                        rc = leave_all(o, &failure);
        }
        for (int i = OPENBLAS; i < SIDES && rc == 0; i++)
                rc = report_side(o, i, err);
out:
        close_sides(o);
        return rc;
}

int evaluation_measure_outside(struct evaluation *e, struct error *err)
{
        char cache[LIMIT_PATH_BYTES + 16];
        struct outside_setup setup = {.python = e->host->python,
                                      .cache = cache,
                                      .script = e->request->outside_script,
                                      .threads = e->threads};
        int64_t deadline = clock_monotonic_ns() + e->host->outside_ns;
        int most = e->request->measure_only ? e->count : WORKLOADS;
        int taken = 0, rc = 0;

        if (!e->request->outside || !e->host->outside_ns)
                return 0;
        if (!setup.script)
                setup.script = outside_script(e->spec->name);
        snprintf(cache, sizeof cache, "%s/torch", e->host->bank->cache);
        for (int i = 0; i < e->count && taken < most && rc == 0; i++) {
                const struct evaluation_workload *w = e->workload + i;
                struct outside o = {.e = e,
                                    .w = w,
                                    .rng = {.seed = rng_secret()},
                                    .cold = e->request->cold,
                                    .deadline_ns = deadline};

                if (!w->candidate || w->skipped)
                        continue;
                if (taken++ && clock_monotonic_ns() > deadline)
                        break;
                rc = measure_workload(&o, &setup, err);
                if (!any_outside(&o))
                        break; /* nor elsewhere */
        }
        return rc;
}

/* --- the sentence ----------------------------------------------------- */

/* Weighted geometric mean of a baseline's ratios where it was measured; 0
 * when it was not. */
static double mean_ratio(const struct evaluation *e, const char *name,
                         const char **version)
{
        const struct evaluate_result *r = e->result;
        double sum = 0, weights = 0;

        for (int i = 0; i < r->outside_count; i++) {
                const struct evaluate_outside *o = r->outside + i;
                double weight = e->workload[o->workload].request->weight;

                if (strcmp(o->name, name) != 0 || o->ratio <= 0)
                        continue;
                weight = weight > 0 ? weight : 1e-9;
                sum += weight * log(o->ratio);
                weights += weight;
                *version = o->version;
        }
        return weights > 0 ? exp(sum / weights) : 0;
}

int evaluation_name_outside(struct evaluation *e, struct error *err)
{
        const char *version = "", *best_version = "";
        double best = 0, ratio;
        int which = 0, rc;

        for (int i = OPENBLAS; i < SIDES; i++) {
                ratio = mean_ratio(e, names[i], &version);
                if (ratio > 0 && (best <= 0 || ratio < best)) {
                        best = ratio;
                        which = i;
                        best_version = version;
                }
        }
        if (which)
                rc = result_set_reason(
                        e->result,
                        "%s; best outside baseline: %s (%s), which takes "
                        "%.2f times as long%s",
                        e->result->reason, names[which], best_version, best,
                        best < 1 ? " and is faster" : "");
        else
                rc = result_set_reason(e->result,
                                       "%s; no outside baseline measured",
                                       e->result->reason);
        return rc < 0 ? error_memory(err) : 0;
}
