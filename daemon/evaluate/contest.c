/* See contest.h. */
#include "evaluate/contest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "evaluate/contest_inner.h"
#include "evaluate/verify.h"
#include "spec/costs.h"

enum {
        WARM_SETS = 4,
        SETS_MAX = 256,
        WARM_CALLS = 2,
        SLOW_CALL_NS = 10000000,  /* n is 1, 2 or 3 */
        LONE_CALL_NS = 100000000, /* n is 1: nothing hides in one call */
        LONG_CALL_NS = 2500000,   /* one call warms up */
        STOP_NS = 100000,         /* what stopping a cell takes */
        BATCH_NS = 100 * STOP_NS, /* shortest batch */
        ESTIMATE_NS = 2000000,
        STOPS = 3 /* a stop on a busy machine, in usual ones */
};

static const double refill_bytes_per_ns = 8; /* a slow memory, 8 GB/s */
static const double refill_most = 5;         /* of a usual call */

int contest_sets(int64_t input_bytes, int64_t output_bytes, bool cold,
                 int64_t llc_bytes, int64_t memory_bytes)
{
        int64_t one = input_bytes + output_bytes + 1;
        int64_t ring = llc_bytes * 5 / 2, sets;

        /* Three cells have outputs of their own. */
        if (2 * input_bytes + 3 * output_bytes > memory_bytes / 2)
                return 0;
        if (!cold) {
                sets = memory_bytes / 16 / (input_bytes + 1);
                return sets < WARM_SETS ? 2 : WARM_SETS; /* even */
        }
        if (ring > memory_bytes / 4)
                ring = memory_bytes / 4;
        sets = (ring + one - 1) / one;
        if (sets * input_bytes + 3 * (sets + 1) * output_bytes >
            memory_bytes / 2)
                sets = (memory_bytes / 2 - 3 * output_bytes) /
                       (input_bytes + 3 * output_bytes + 1);
        return sets < 2 ? 2 : sets > SETS_MAX ? SETS_MAX : (int)sets;
}

/* --- one batch -------------------------------------------------------- */

int64_t contest_allowance(double expected_ns)
{
        return (int64_t)(5e9 + 20 * expected_ns);
}

/* From one call to the next. Cold: the next set and slot. Warm: two sets in
 * turn and one slot, so that what a call finds in its output is never the
 * answer that it owes. */
static uint32_t set_step(const struct contest *c)
{
        return c->cold ? 1 : (uint32_t)c->stock->sets / 2;
}

/* Which set and slot call number `call` of a batch that starts at `set`
 * uses. */
static uint32_t set_of(const struct contest *c, uint32_t set, uint32_t call)
{
        uint32_t sets = (uint32_t)c->stock->sets;

        return (set + call % sets * set_step(c)) % sets;
}

static uint32_t slot_of(const struct contest *c, uint32_t set, uint32_t call,
                        int slots)
{
        return c->cold ? (set + call) % (uint32_t)slots : 0;
}

struct cell_batch contest_calls(const struct contest *c, uint32_t set, int n,
                                int slots)
{
        return (struct cell_batch){.calls = (uint32_t)n,
                                   .set = set,
                                   .set_step = set_step(c),
                                   .slot = slot_of(c, set, 0, slots),
                                   .slot_step = c->cold};
}

/* Are the last results in every slot that the batch wrote right? */
static bool look(struct contest *c, const struct rig *rig, uint32_t set, int n)
{
        int slots = rig->slots, back = n < slots ? n : slots;
        struct expected_miss miss;
        char text[256];

        if (!c->cold)
                back = 1;
        findings_pass(c->findings, CHECK_TIMED);
        for (int i = 0; i < back; i++) {
                uint32_t call = (uint32_t)(n - 1 - i);
                int slot = (int)slot_of(c, set, call, slots);
                int which = (int)set_of(c, set, call);

                for (int o = 0; o < c->stock->outputs; o++) {
                        if (stock_accepts(c->stock, which, o,
                                          rig_output(rig, slot, o), &miss))
                                continue;
                        findings_fail(c->findings, CHECK_TIMED,
                                      "failed a hidden check: wrong values "
                                      "while it was timed",
                                      "%s, while timed: %s", c->label,
                                      miss.text);
                        return false;
                }
        }
        if (rig_bounds(rig, text))
                return true;
        findings_fail(c->findings, CHECK_TIMED,
                      "failed a hidden check: out of bounds",
                      "%s, while timed: %s", c->label, text);
        return false;
}

/* The baseline is not what is judged: without a right one nothing can be. A
 * file has somebody who can mend it. */
static int blame_baseline(const struct contest *c, int code, const char *what,
                          const char *detail, struct error *err)
{
        const char *name = c->against ? c->against : "the baseline";
        const char *kernel = c->stock->spec->name;

        if (!strchr(name, '/') || strchr(name, ' '))
                return error_set(err, code, "%s %s: %s", name, what, detail);
        return error_set(err, code,
                         "%s %s: %s; `kevo verify %s %s` shows it: mend or "
                         "remove the file",
                         name, what, detail, kernel, name);
}

int contest_end(struct contest *c, enum contest_side side, int rc,
                const struct error *failure, bool *alive, struct error *err)
{
        struct verify_instance instance = {.label = c->label};
        char text[ERROR_TEXT_BYTES / 2];

        *alive = false;
        if (side == CONTEST_CANDIDATE)
                return verify_end(c->findings, &instance, rc, failure, err);
        if (rc != ERR_INPUT && rc != ERR_TIMEOUT) {
                *err = *failure;
                return rc;
        }
        snprintf(text, sizeof text, "%s, while timed: %s", c->label,
                 failure->text);
        return blame_baseline(c, rc, "failed", text, err);
}

/* Untimed calls, the last of them on the set before `set` in turn. */
static int warm_up(struct contest *c, struct rig *rig, uint32_t set,
                   double call_ns, struct error *err)
{
        uint32_t sets = (uint32_t)c->stock->sets;
        int calls = call_ns > LONG_CALL_NS ? 1 : WARM_CALLS;
        uint32_t back = (uint32_t)calls * set_step(c) % sets;
        struct cell_batch batch = contest_calls(c, (set + sets - back) % sets,
                                                calls, rig->slots);

        return rig_run(rig, &batch, contest_allowance(4 * call_ns), NULL, err);
}

/* One timed batch; on success its time. */
static int run_batch(struct contest *c, enum contest_side side, uint32_t set,
                     int n, double *time_ns, bool *alive, struct error *err)
{
        struct rig *rig = c->rig + side;
        double call_ns = c->call_ns[side == CONTEST_CANDIDATE];
        struct cell_batch batch = contest_calls(c, set, n, rig->slots);
        struct error failure = {0};
        int64_t elapsed = 0, before;
        int rc;

        /* Nothing that a kernel may have kept survives to the next batch;
         * the cell is stopped, or has not run yet. */
        rig_scramble(rig, rng_next(&c->rng));
        rc = warm_up(c, rig, set, call_ns, &failure);
        before = clock_monotonic_ns();
        if (rc == 0)
                rc = rig_run(rig, &batch, contest_allowance(n * call_ns),
                             &elapsed, &failure);
        if (rc == 0)
                rc = cell_stop(&rig->cell, &failure);
        if (rc < 0)
                return contest_end(c, side, rc, &failure, alive, err);
        *time_ns =
                (double)(c->capped ? clock_monotonic_ns() - before : elapsed);
        if (side == CONTEST_CANDIDATE)
                *alive = look(c, rig, set, n);
        else if (!look(c, rig, set, n))
                return blame_baseline(c, ERR_INPUT, "is wrong",
                                      c->findings->row[CHECK_TIMED].detail,
                                      err);
        return 0;
}

/* --- opening ---------------------------------------------------------- */

/* The least time of a call, from batches of about 2 ms: one blink of a busy
 * machine must not pass for a slow kernel. A baseline that does not end is
 * as slow as the time it was given. */
static int estimate(struct contest *c, enum contest_side side, bool *alive,
                    struct error *err)
{
        struct cell_batch batch = contest_calls(c, 0, 1, c->rig[side].slots);
        struct error failure = {0};
        double least = INFINITY;
        int64_t elapsed = 0, patience = contest_allowance(1e9);
        int rc = 0, enough = 0;

        if (side == CONTEST_BASELINE)
                patience = 5 * CONTEST_TOO_SLOW_NS / 2;
        for (int i = 0; rc == 0 && i < 12 && enough < 3; i++) {
                rc = rig_run(c->rig + side, &batch, patience, &elapsed,
                             &failure);
                if (rc == ERR_TIMEOUT && side == CONTEST_BASELINE) {
                        c->call_ns[0] = (double)patience;
                        return 0;
                }
                if (rc < 0)
                        break;
                least = fmin(least, (double)elapsed / batch.calls + 1);
                enough += elapsed > ESTIMATE_NS / 2;
                enough += elapsed > 50 * ESTIMATE_NS;
                batch.calls = (uint32_t)(ESTIMATE_NS / least) + 1;
        }
        if (rc < 0)
                return contest_end(c, side, rc, &failure, alive, err);
        c->call_ns[side == CONTEST_CANDIDATE] = least;
        return 0;
}

/* The faster side's batch is long enough to be believed; the slower side's
 * not too long to wait for. */
static void choose_n0(struct contest *c)
{
        double fast = fmin(c->call_ns[0], c->call_ns[1]);
        double slow = fmax(c->call_ns[0], c->call_ns[1]);
        double n = fast > SLOW_CALL_NS ? 1 : ceil(BATCH_NS / fast);

        c->capped = n * slow > c->most_ns && n > 1;
        if (c->capped)
                n = fmax(1, floor(c->most_ns / slow));
        c->capped &= !c->rough;
        c->n0 = n > 1e6 ? 1000000 : (int)n;
}

int contest_slots(const struct contest *c)
{
        /* Coprime to the number of sets: a neighbour is. */
        return c->cold ? c->stock->sets + 1 : 1;
}

int contest_open(struct contest *c, double baseline_call_ns, bool *alive,
                 struct error *err)
{
        int rc = 0;

        *alive = true;
        c->program[CONTEST_NULL] = c->program[CONTEST_BASELINE];
        for (int side = 0; side < CONTEST_SIDES && rc == 0; side++) {
                if (side == CONTEST_NULL && !c->with_null)
                        continue;
                rc = rig_open(c->rig + side, c->zygote, c->program[side],
                              c->stock, contest_slots(c), c->threads,
                              RIG_MEASURE, err);
                c->open[side] = rc == 0;
        }
        if (rc == 0 && baseline_call_ns > 0)
                c->call_ns[0] = baseline_call_ns;
        else if (rc == 0)
                rc = estimate(c, CONTEST_BASELINE, alive, err);
        if (rc < 0 || c->call_ns[0] > CONTEST_TOO_SLOW_NS)
                return rc;
        rc = estimate(c, CONTEST_CANDIDATE, alive, err);
        if (rc == 0 && *alive)
                choose_n0(c);
        return rc;
}

void contest_close(struct contest *c)
{
        for (int side = 0; side < CONTEST_SIDES; side++) {
                if (!c->open[side])
                        continue;
                c->calls_ns += c->rig[side].calls_ns;
                c->gone_cpu_ns += cell_cpu_ns(&c->rig[side].cell);
                rig_close(c->rig + side);
                c->open[side] = false;
        }
}

/* --- rounds ----------------------------------------------------------- */

/* The sides in random order. */
static int shuffle(struct contest *c, enum contest_side *order)
{
        int count = c->with_null ? 3 : 2;

        for (int i = 0; i < count; i++)
                order[i] = (enum contest_side)i;
        for (int i = count - 1; i > 0; i--) {
                int j = (int)rng_below(&c->rng, (uint64_t)i + 1);
                enum contest_side t = order[i];

                order[i] = order[j];
                order[j] = t;
        }
        return count;
}

static int restart(struct contest *c, struct error *err)
{
        int rc = 0;

        for (int side = 0; side < CONTEST_SIDES && rc == 0; side++) {
                if (!c->open[side])
                        continue;
                c->gone_cpu_ns += cell_cpu_ns(&c->rig[side].cell);
                rc = rig_restart(c->rig + side, c->zygote, err);
        }
        return rc;
}

int contest_round(struct contest *c, bool *alive, struct error *err)
{
        enum contest_side order[CONTEST_SIDES];
        double sum[CONTEST_SIDES] = {0}, time;
        int count = shuffle(c, order), seen[CONTEST_SIDES] = {0}, n, rc = 0;
        uint32_t set = c->next_set;

        *alive = true;
        if (c->rounds >= STATISTICS_ROUNDS)
                return error_set(err, ERR_LIMIT, "too many rounds");
        choose_n0(c);
        if (c->fresh)
                rc = restart(c, err);
        n = c->n0;
        if (fmax(c->call_ns[0], c->call_ns[1]) < LONE_CALL_NS)
                n += (int)rng_below(&c->rng, 2 * (uint64_t)c->n0 + 1);
        for (int i = 0; i < 2 * count && rc == 0 && *alive; i++) {
                enum contest_side side =
                        order[i < count ? i : 2 * count - 1 - i];

                rc = run_batch(c, side, set, n, &time, alive, err);
                if (rc < 0 || !*alive)
                        break;
                sum[side] += time;
                if (side != CONTEST_NULL)
                        c->time[side][c->batches + seen[side]++] = time;
        }
        if (rc < 0 || !*alive)
                return rc;
        c->next_set =
                (set + (uint32_t)(c->cold ? n : 1)) % (uint32_t)c->stock->sets;
        c->n[c->batches] = c->n[c->batches + 1] = n;
        c->batches += 2;
        c->ratio[c->rounds] =
                log(sum[CONTEST_BASELINE] / sum[CONTEST_CANDIDATE]);
        c->null[c->rounds] =
                c->with_null ? log(sum[CONTEST_BASELINE] / sum[CONTEST_NULL])
                             : 0;
        c->rounds++;
        return 0;
}

void contest_undo(struct contest *c)
{
        if (!c->rounds)
                return;
        c->rounds--;
        c->batches -= 2;
}

/* --- times -------------------------------------------------------------- */

double contest_stop_ns(const struct contest *c)
{
        return c->capped ? STOPS * (double)STOP_NS : 0;
}

/* What moving the data again may cost a call of usual_ns once the caches have
 * lost it. A kernel that reads its data at all is not many times slower for
 * it; one that only looks up an old result is. */
double contest_refill_ns(const struct contest *c, double usual_ns)
{
        const struct program *program = c->program[CONTEST_CANDIDATE];
        struct costs costs;
        double bytes;

        costs_of(program->spec, &program->binding, &costs);
        bytes = costs.read_bytes + costs.write_bytes;
        for (int i = 0; i < program->source->scratch_count; i++)
                bytes += (double)program->launch.scratch_bytes[i];
        return fmin(refill_most * usual_ns, bytes / refill_bytes_per_ns);
}

int64_t contest_cpu_ns(const struct contest *c)
{
        int64_t sum = c->gone_cpu_ns;

        for (int side = 0; side < CONTEST_SIDES; side++) {
                if (c->open[side])
                        sum += cell_cpu_ns(&c->rig[side].cell);
        }
        return sum;
}

int64_t contest_calls_ns(const struct contest *c)
{
        int64_t sum = c->calls_ns;

        for (int side = 0; side < CONTEST_SIDES; side++) {
                if (c->open[side])
                        sum += c->rig[side].calls_ns;
        }
        return sum;
}

double contest_call_ns(const struct contest *c, enum contest_side side)
{
        double each[CONTEST_BATCHES];

        if (side == CONTEST_NULL || !c->batches)
                return 0;
        for (int i = 0; i < c->batches; i++)
                each[i] = c->time[side][i] / c->n[i];
        return statistics_median(each, c->batches);
}
