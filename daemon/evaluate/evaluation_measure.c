/* See evaluation.h: the timed sessions of stages S2, S3 and S4. */
#include "evaluate/evaluation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "evaluate/result.h"
#include "evaluate/session.h"
#include "spec/oracle.h"

enum {
        FITNESS_ROUNDS = 3,
        BENCH_ROUNDS = 40,
        BESIDE_ROUNDS = 10,
        PATIENCE = 6,
        FORECAST_NS = 1000000, /* shorter calls say nothing of long ones */
        FITNESS_MOST_NS = 15000000, /* see contest.h: most_ns */
        SESSION_MOST_NS = 30000000
};

/* Which session this is. Beside those of stages S2 to S4, whose name it has,
 * an accepted candidate is measured once in the other cache state ("OC") and,
 * where the incumbent can use one thread only, on one ("T1"): both are told,
 * neither decides. */
struct occasion {
        enum stage_level stage; /* S4 for those beside it */
        const char *name;
        bool cold, beside;
        bool second; /* the one before had suspicious times */
        int threads;
};

/* What a session's rounds are told with. */
struct round_teller {
        const struct evaluation *e;
        const struct occasion *at;
        int64_t told_ns;
};

static const double clearly_slower = 4; /* then one round says enough */
static const double intercept_limit = 0.10;
static const double refill_share_most = 0.4;

/* What sets the inputs of sessions of one name apart. */
enum { COLD_SEED = 1000, SECOND_SEED = 2000 };

/* Places to look at after each batch. */
static const struct expected_effort places = {1 << 22, 4096, 48, false};

/* --- contests --------------------------------------------------------- */

static void time_key(const struct evaluation_workload *w,
                     const struct occasion *at, char key[HASH_TEXT_BYTES])
{
        struct hash hash;

        hash_begin(&hash);
        hash_add_text(&hash, w->baseline->build.identity);
        hash_add_text(&hash, w->label);
        hash_add_int(&hash, at->threads);
        hash_add_int(&hash, at->cold);
        hash_end(&hash, key);
}

/* The ring of a workload; *stock stays NULL when it does not fit. own: a
 * fresh one that the caller frees. */
static int find_ring(struct evaluation *e, int number,
                     const struct occasion *at, const struct stock **stock,
                     struct stock **own, struct error *err)
{
        const struct evaluation_workload *w = e->workload + number;
        const struct machine *m = e->host->machine;
        struct stock_order order = {.spec = e->spec,
                                    .oracle = e->oracle,
                                    .binding = w->request->binding,
                                    .distribution = DIST_NORMAL,
                                    .effort = places,
                                    .threads = m->threads};
        int64_t in, out;

        *stock = NULL;
        stock_measure(e->spec, &order.binding, &in, &out);
        order.sets =
                contest_sets(in, out, at->cold, m->llc_bytes, m->memory_bytes);
        if (!order.sets)
                return 0;
        if (at->stage == STAGE_S2 || e->request->measure_only) {
                order.seed = rng_derive(e->secret, at->cold ? "cold" : "ring",
                                        (uint64_t)number);
                return bank_find_stock(e->host->bank, &order, stock, err);
        }
        order.seed = rng_derive(e->fresh, at->name,
                                (uint64_t)number + (at->cold ? COLD_SEED : 0) +
                                        (at->second ? SECOND_SEED : 0));
        if (stock_make(own, &order, err) < 0)
                return err->code;
        *stock = *own;
        return 0;
}

static double operations_of(const struct evaluation *e, int number)
{
        return oracle_operations(e->spec,
                                 &e->workload[number].request->binding);
}

/* The least that a call of the generated first kernel takes, from what it
 * took at smaller workloads: it does the operations of the spec one by one,
 * and more of them gain by idle threads at most. 0: nothing is known. */
static double forecast_ns(const struct evaluation *e, const struct session *s,
                          int number, const struct occasion *at)
{
        double most = 0;

        if (e->workload[number].request->incumbent)
                return 0;
        for (int i = 0; i < e->count; i++) {
                const struct contest *c = s->contest[i];
                double growth;

                if (!c || e->workload[i].request->incumbent ||
                    c->call_ns[0] < FORECAST_NS)
                        continue;
                growth = operations_of(e, number) / operations_of(e, i);
                if (growth > 1)
                        most = fmax(most,
                                    c->call_ns[0] * growth / at->threads);
        }
        return most;
}

static void skip_slow(struct evaluation_workload *w, struct findings *findings,
                      double call_ns)
{
        w->skipped = true;
        findings_note(findings, CHECK_TIMED,
                      "%s is too slow here: %.3g s a "
                      "call or more",
                      w->label, call_ns / 1e9);
}

/* Make the contest of a workload. It stays NULL when the workload cannot be
 * measured here. */
static int make_contest(struct evaluation *e, int number,
                        const struct occasion *at, struct findings *findings,
                        struct session *s, struct stock **own, bool *alive,
                        struct error *err)
{
        struct evaluation_workload *w = e->workload + number;
        const struct stock *stock;
        char key[HASH_TEXT_BYTES];
        double known, least;
        struct contest *c;
        int rc;

        time_key(w, at, key);
        known = bank_time(e->host->bank, key);
        least = known > 0 ? known : forecast_ns(e, s, number, at);
        if (least > CONTEST_TOO_SLOW_NS) {
                skip_slow(w, findings, least);
                return 0;
        }
        rc = find_ring(e, number, at, &stock, own, err);
        if (rc < 0)
                return error_wrap(err, "inputs of %s", w->label);
        if (!stock) {
                w->skipped = true;
                findings_note(findings, CHECK_TIMED, "%s does not fit here",
                              w->label);
                return 0;
        }
        s->contest[number] = c = calloc(1, sizeof *c);
        if (!c)
                return error_memory(err);
        c->zygote = e->host->zygote;
        c->stock = stock;
        c->program[CONTEST_BASELINE] = w->baseline;
        c->program[CONTEST_CANDIDATE] = w->candidate;
        c->most_ns = at->stage == STAGE_S2 ? FITNESS_MOST_NS : SESSION_MOST_NS;
        c->with_null = at->stage != STAGE_S2;
        c->fresh = at->stage == STAGE_S4 && !at->beside;
        c->rough = at->stage == STAGE_S2;
        c->cold = at->cold;
        c->threads = at->threads;
        c->rng.seed = rng_secret();
        c->findings = findings;
        c->label = w->label;
        c->against = w->request->incumbent_label ? w->request->incumbent_label
                                                 : "the generated code";
        rc = contest_open(c, known, alive, err);
        if (rc == 0 && *alive && !known)
                bank_set_time(e->host->bank, key, c->call_ns[0]);
        if (rc == 0 && *alive && c->call_ns[0] > CONTEST_TOO_SLOW_NS) {
                skip_slow(w, findings, c->call_ns[0]);
                e->result->calls_ns += contest_calls_ns(c);
                contest_close(c);
                free(c);
                s->contest[number] = NULL;
        }
        return rc;
}

/* Is a workload timed in a stage, or known to be exactly 1? */
static bool is_timed(const struct evaluation *e,
                     const struct evaluation_workload *w,
                     const struct occasion *at)
{
        if (!w->candidate || w->skipped)
                return false;
        return !w->identical || at->stage == STAGE_S2 ||
               e->request->measure_only;
}

static double total_weight(const struct evaluation *e)
{
        double sum = 0;

        for (int i = 0; i < e->count; i++)
                sum += e->workload[i].request->weight;
        return sum;
}

/* Small ones first: they forecast the others. */
static void rising_operations(const struct evaluation *e, int *order)
{
        for (int i = 0; i < e->count; i++) {
                int at = i;

                for (; at > 0 &&
                       operations_of(e, order[at - 1]) > operations_of(e, i);
                     at--)
                        order[at] = order[at - 1];
                order[at] = i;
        }
}

static const char *name_occasion(const struct occasion *at)
{
        if (text_equal(at->name, "T1"))
                return "measuring on one thread";
        if (at->beside)
                return at->cold ? "measuring with cold caches"
                                : "measuring with warm caches";
        return at->stage == STAGE_S4   ? "measuring again, with fresh seeds"
               : at->stage == STAGE_S3 ? "measuring"
                                       : "measuring briefly";
}

static int open_session(struct evaluation *e, const struct occasion *at,
                        struct findings *findings, struct stock **own,
                        struct session *s, bool *alive, struct error *err)
{
        bool weighted = total_weight(e) > 0;
        int order[LIMIT_WORKLOADS];
        int rc = session_init(s, e->count, err);

        *alive = true;
        rising_operations(e, order);
        for (int n = 0; n < e->count && rc == 0 && *alive; n++) {
                struct evaluation_workload *w = e->workload + order[n];
                int i = order[n];

                s->identical[i] = w->identical || !w->candidate;
                if (is_timed(e, w, at)) {
                        evaluation_say(e, "%s: preparing workload %d of %d",
                                       name_occasion(at), n + 1, e->count);
                        rc = make_contest(e, i, at, findings, s, own + i,
                                          alive, err);
                }
                s->weight[i] = weighted ? w->request->weight : 1;
                if (w->skipped) {
                        s->weight[i] = 0;
                        s->identical[i] = true;
                }
        }
        return rc;
}

/* Rounds of a session that does not decide. */
static int fixed_rounds(const struct evaluation *e, const struct session *s,
                        const struct occasion *at)
{
        int rounds = at->beside              ? BESIDE_ROUNDS
                     : at->stage == STAGE_S2 ? FITNESS_ROUNDS
                                             : BENCH_ROUNDS;

        for (int i = 0; i < e->count && at->stage == STAGE_S2; i++) {
                const struct contest *c = s->contest[i];

                if (c && c->call_ns[1] > clearly_slower * c->call_ns[0])
                        rounds = 1;
        }
        return rounds;
}

/* --- results ---------------------------------------------------------- */

static int copy_samples(const struct contest *c, struct evaluate_measure *m,
                        struct error *err)
{
        size_t n = (size_t)c->batches;

        m->candidate_sample = calloc(n + 1, sizeof(double));
        m->baseline_sample = calloc(n + 1, sizeof(double));
        if (!m->candidate_sample || !m->baseline_sample)
                return error_memory(err);
        m->sample_count = c->batches;
        for (int i = 0; i < c->batches; i++) {
                m->baseline_sample[i] = c->time[0][i] / c->n[i];
                m->candidate_sample[i] = c->time[1][i] / c->n[i];
        }
        return 0;
}

static int report_workload(struct evaluation *e, const struct session *s,
                           int number, const struct occasion *at,
                           struct error *err)
{
        const struct evaluation_workload *w = e->workload + number;
        const struct contest *c = s->contest[number];
        struct evaluate_measure *m;
        int rc = result_add_measure(e->result, at->name, number, &m, err);

        if (rc < 0)
                return rc;
        m->identical = w->identical;
        m->applies = w->candidate != NULL;
        m->cold = at->cold;
        m->ratio = m->low = m->high = 1;
        m->null_low = m->null_high = 1;
        memcpy(m->baseline_identity, w->baseline->build.identity,
               HASH_TEXT_BYTES);
        if (!c)
                return 0;
        if (!w->identical) {
                m->ratio = s->each[number].ratio;
                m->low = s->each[number].low;
                m->high = s->each[number].high;
        }
        if (c->with_null) {
                m->null_low = s->each_null[number].low;
                m->null_high = s->each_null[number].high;
        }
        m->candidate_ns = contest_call_ns(c, CONTEST_CANDIDATE);
        m->baseline_ns = contest_call_ns(c, CONTEST_BASELINE);
        m->rounds = c->rounds;
        return copy_samples(c, m, err);
}

/* The share of a batch that honest kernels need once: its first call finds
 * what the other side left in the caches, and a short batch that is timed
 * until its cell has stopped holds that stop. */
static double once_share(const struct contest *c)
{
        double mean = 0, refill;

        for (int i = 0; i < c->batches; i++)
                mean += c->time[1][i] / c->batches;
        if (!(mean > 0))
                return 0;
        refill = contest_refill_ns(c, contest_call_ns(c, CONTEST_CANDIDATE));
        return fmin(refill_share_most, refill / mean) +
               contest_stop_ns(c) / mean;
}

/* The workload with the largest share of a batch that does not grow with its
 * number of calls and is more than honest kernels need, or -1. */
static int find_intercept(const struct evaluation *e, const struct session *s,
                          double *share)
{
        int worst = -1;

        *share = 0;
        for (int i = 0; i < e->count; i++) {
                const struct contest *c = s->contest[i];
                double excess;

                if (!c || e->workload[i].identical)
                        continue;
                excess = statistics_intercept(c->n, c->time[1], c->time[0],
                                              c->batches, s->seed);
                if (excess > intercept_limit + once_share(c) &&
                    excess > *share) {
                        *share = excess;
                        worst = i;
                }
        }
        return worst;
}

/* A suspicion is a refusal when it comes a second time: one session in some
 * hundred of an honest kernel is suspicious where others load the machine.
 * False where the session has to be held once more. */
static bool settle_intercepts(const struct evaluation *e,
                              const struct session *s,
                              const struct occasion *at,
                              struct findings *findings)
{
        double share;
        int worst = find_intercept(e, s, &share);
        const char *label;

        if (worst < 0) {
                findings_pass(findings, CHECK_INTERCEPT);
                return true;
        }
        label = e->workload[worst].label;
        if (at->second)
                findings_fail(findings, CHECK_INTERCEPT,
                              "time does not grow with the number of calls",
                              "%s: %.0f %% of a batch does not grow with its "
                              "number of calls, in two sessions: work is done "
                              "once for many",
                              label, 100 * share);
        else
                findings_note(findings, CHECK_INTERCEPT,
                              "%s: in a first session %.0f %% of a batch did "
                              "not grow with its number of calls",
                              label, 100 * share);
        return at->second;
}

/* What the session decided; when it is not faster, which workload lost most.
 * One that is proved slower decides alone. */
static int set_reason(struct evaluation *e, const struct session *s,
                      struct error *err)
{
        const struct statistics_verdict *v = &s->verdict;
        const struct statistics_estimate *x;
        const char *total = strchr(v->reason, ':');
        int worst = v->slower, rc;

        for (int i = 0; i < e->count && v->slower < 0; i++) {
                if (s->contest[i] && !s->identical[i] &&
                    (worst < 0 || s->each[i].ratio < s->each[worst].ratio))
                        worst = i;
        }
        x = s->each + (worst < 0 ? 0 : worst);
        if (v->decision == STATISTICS_ACCEPT || worst < 0 || !total ||
            (v->slower < 0 && e->count == 1))
                rc = result_set_reason(e->result, "%s", v->reason);
        else if (v->slower >= 0)
                rc = result_set_reason(
                        e->result,
                        "%s is slower: ratio %.4g, 95 %% interval %.4g to "
                        "%.4g; over all workloads%s",
                        e->workload[worst].label, x->ratio, x->low, x->high,
                        total);
        else
                rc = result_set_reason(
                        e->result, "%s; least at %s: ratio %.4g, %.4g to %.4g",
                        v->reason, e->workload[worst].label, x->ratio, x->low,
                        x->high);
        return rc < 0 ? error_memory(err) : 0;
}

static int report(struct evaluation *e, const struct session *s,
                  const struct occasion *at, struct error *err)
{
        struct evaluate_result *r = e->result;
        struct statistics_series series[LIMIT_WORKLOADS];
        static const double none[STATISTICS_ROUNDS];
        int rc = 0;

        for (int i = 0; i < e->count && rc == 0; i++) {
                const struct contest *c = s->contest[i];

                rc = report_workload(e, s, i, at, err);
                series[i] = (struct statistics_series){
                        .weight = s->weight[i],
                        .identical = s->identical[i],
                        .ratio = c ? c->ratio : none,
                        .null = c ? c->null : none};
        }
        if (rc < 0 || at->beside)
                return rc;
        r->fitness = statistics_fitness(series, e->count, s->done);
        if (at->stage == STAGE_S2)
                return 0;
        r->ratio = s->verdict.total.ratio;
        r->low = s->verdict.total.low;
        r->high = s->verdict.total.high;
        return set_reason(e, s, err);
}

static bool nothing_timed(const struct session *s)
{
        for (int i = 0; i < s->count; i++) {
                if (s->contest[i])
                        return false;
        }
        return true;
}

/* Which reason nothing was timed for decides what that means. */
static int conclude_untimed(struct evaluation *e, const struct session *s,
                            const struct occasion *at, int *decision,
                            struct error *err)
{
        bool skipped = false;
        int rc = 0;

        for (int i = 0; i < e->count && rc == 0; i++) {
                skipped |= e->workload[i].skipped;
                if (at->stage == STAGE_S2)
                        rc = report_workload(e, s, i, at, err);
        }
        if (rc < 0)
                return rc;
        e->result->fitness = 1;
        e->result->ratio = e->result->low = e->result->high = 1;
        *decision = skipped ? STATISTICS_INCONCLUSIVE : STATISTICS_REJECT;
        rc = result_set_reason(
                e->result, "%s",
                skipped ? "no workload can be measured here: too slow or too "
                          "large"
                        : "the same program on both sides: ratio exactly 1");
        return rc < 0 ? error_memory(err) : 0;
}

/* --- sessions --------------------------------------------------------- */

/* S3 leaves time for S4, and a first session in S4 for a second. */
static int64_t session_deadline(const struct evaluation *e,
                                const struct occasion *at)
{
        int64_t now = clock_monotonic_ns(), left = e->deadline_ns - now;

        if (at->stage == STAGE_S3 && e->request->stage >= STAGE_S4)
                left = left * 2 / 5;
        else if (at->stage == STAGE_S4 && !at->second)
                left = left * 2 / 3;
        return now + left * 9 / 10;
}

/* What the candidate owes to what it kept between calls. */
static int check_state(struct evaluation *e, const struct session *s,
                       bool *alive, struct error *err)
{
        int rc = 0;

        for (int i = 0; i < e->count && rc == 0 && *alive; i++) {
                if (!s->contest[i] || e->workload[i].identical)
                        continue;
                evaluation_say(e,
                               "looking for results kept between calls, "
                               "workload %d of %d",
                               i + 1, e->count);
                rc = contest_check_state(s->contest[i], alive, err);
        }
        return rc;
}

/* Once a second: rounds may take microseconds. */
static void tell_rounds(int done, int most, void *data)
{
        struct round_teller *t = data;
        int64_t now = clock_monotonic_ns();

        if (t->told_ns && now - t->told_ns < (int64_t)CLOCK_SECOND_NS)
                return;
        t->told_ns = now;
        evaluation_say(t->e, "%s%s: round %d of at most %d",
                       name_occasion(t->at), t->at->second ? " once more" : "",
                       done + 1, most);
}

static int run_session(struct evaluation *e, struct session *s,
                       const struct occasion *at, bool *alive,
                       struct error *err)
{
        struct round_teller teller = {e, at, 0};
        int rc;

        s->decide = at->stage != STAGE_S2 && !at->beside &&
                    !e->request->measure_only;
        s->rounds = fixed_rounds(e, s, at);
        s->patience = at->stage == STAGE_S2 ? 0 : PATIENCE;
        s->deadline_ns = session_deadline(e, at);
        s->tell = tell_rounds;
        s->tell_data = &teller;
        rc = session_run(s, alive, err);
        if (rc == 0 && *alive && !s->done)
                return error_set(err, ERR_TIMEOUT,
                                 "nothing could be measured in the time of "
                                 "the request; allow more");
        return rc;
}

/* What a session that ran means. *again: nothing, hold it once more. */
static int conclude(struct evaluation *e, const struct session *s,
                    const struct occasion *at, struct findings *findings,
                    bool *alive, bool *again, int *decision, struct error *err)
{
        bool judged = at->stage != STAGE_S2 && !at->beside;
        int rc;

        *again = judged && !settle_intercepts(e, s, at, findings);
        if (*again)
                return 0;
        *decision = (int)s->verdict.decision;
        rc = report(e, s, at, err);
        return rc < 0 || !judged ? rc : check_state(e, s, alive, err);
}

static int hold_session(struct evaluation *e, const struct occasion *at,
                        struct findings *findings, bool *again, int *decision,
                        struct error *err)
{
        struct session s = {0};
        struct stock **own;
        bool alive = true;
        int rc;

        *again = false;
        own = calloc((size_t)e->count + 1, sizeof(struct stock *));
        if (!own)
                return error_memory(err);
        rc = open_session(e, at, findings, own, &s, &alive, err);
        if (rc == 0 && alive && !nothing_timed(&s)) {
                rc = run_session(e, &s, at, &alive, err);
                if (rc == 0 && alive)
                        rc = conclude(e, &s, at, findings, &alive, again,
                                      decision, err);
        } else if (rc == 0 && alive && !at->beside) {
                rc = conclude_untimed(e, &s, at, decision, err);
        }
        for (int i = 0; i < s.count; i++) {
                if (s.contest[i])
                        e->result->calls_ns += contest_calls_ns(s.contest[i]);
        }
        session_dispose(&s);
        for (int i = 0; i < e->count; i++)
                stock_free(own[i]);
        free(own);
        return rc;
}

static int session_of(struct evaluation *e, const struct occasion *at,
                      struct findings *findings, int *decision,
                      struct error *err)
{
        struct occasion second = *at;
        bool again;
        int rc = hold_session(e, at, findings, &again, decision, err);

        if (rc < 0 || !again)
                return rc;
        second.second = true;
        rc = hold_session(e, &second, findings, &again, decision, err);
        if (rc != ERR_TIMEOUT)
                return rc;
        *decision = STATISTICS_INCONCLUSIVE;
        rc = result_set_reason(e->result, "suspicious times, and no time to "
                                          "measure again: allow more");
        return rc < 0 ? error_memory(err) : 0;
}

int evaluation_measure(struct evaluation *e, enum stage_level stage,
                       bool *correct, int *decision, struct error *err)
{
        struct occasion at = {.stage = stage,
                              .name = stage_name(stage),
                              .cold = e->request->cold,
                              .threads = e->threads};
        struct findings findings = {0};
        int rc = session_of(e, &at, &findings, decision, err);

        if (rc < 0)
                return rc;
        return evaluation_finish_stage(e, stage, &findings, correct, err);
}

/* Can the incumbent use one thread only, somewhere? */
static bool has_one_task(const struct evaluation *e)
{
        for (int i = 0; i < e->count; i++) {
                if (e->workload[i].candidate &&
                    program_threads(e->workload[i].baseline, e->threads) == 1)
                        return true;
        }
        return false;
}

int evaluation_measure_beside(struct evaluation *e, bool *correct,
                              struct error *err)
{
        struct occasion other = {.stage = STAGE_S4,
                                 .name = "OC",
                                 .cold = !e->request->cold,
                                 .beside = true,
                                 .threads = e->threads};
        struct occasion one = {.stage = STAGE_S4,
                               .name = "T1",
                               .cold = e->request->cold,
                               .beside = true,
                               .threads = 1};
        struct findings findings = {0};
        int ignored, rc;

        rc = session_of(e, &other, &findings, &ignored, err);
        if (rc == 0 && e->threads > 1 && has_one_task(e))
                rc = session_of(e, &one, &findings, &ignored, err);
        if (rc < 0)
                return rc;
        return evaluation_finish_stage(e, STAGE_S4, &findings, correct, err);
}
