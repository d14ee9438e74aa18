/*
 * What a call owes to what the last one left. See contest.h.
 */
#include "evaluate/contest.h"

#include <math.h>

#include "core/clock.h"
#include "evaluate/contest_inner.h"

enum {
        BATCH_NS = 4000000,
        GROWTH = 2,
        LEAVE_NS = 100000, /* for a stopped process to leave its processor */
        NOISE_NS = 50
};

static const double tolerance = 0.2; /* of a call */
static const double noise = 0.02;    /* of a call with its wiping */

/* Processor times of a call before which everything that the last one may have
 * left is overwritten, and of one before which it is written again as it is:
 * the same to the caches. Of both, what the writing costs without the call.
 */
enum state_kind {
        STATE_KEPT,
        STATE_KEPT_ALONE,
        STATE_WIPED,
        STATE_WIPED_ALONE,
        STATE_KINDS
};

struct state {
        struct rig rig;      /* of one thread: which of several has which lines
                                of an output in its cache is no state of a
                                kernel */
        int n;               /* calls of a batch */
        double most_ns;      /* that a wiped call took in the last round, by a
                                clock on the wall, which does not lag */
        uint32_t stack_from; /* the part of the stack that calls write to
                                begins here: wiping all of it would cost more
                                than many a call */
        double time[STATE_KINDS][STATISTICS_TRIALS]; /* of a call, by round */
        int rounds, slower; /* in how many it was, without what it left */
};

static const uint32_t flags_of[STATE_KINDS] = {
        CELL_KEEP, CELL_KEEP | CELL_SKIP, CELL_WIPE, CELL_WIPE | CELL_SKIP};

static int state_batch(struct contest *c, enum state_kind kind,
                       struct state *state, bool *alive, struct error *err)
{
        struct rig *rig = &state->rig;
        struct cell_batch batch = contest_calls(c, 0, state->n, rig->slots);
        struct error failure = {0};
        int64_t before = cell_cpu_ns(&rig->cell), elapsed = 0;
        uint32_t left;
        int rc;

        batch.flags = flags_of[kind];
        batch.stack_from = state->stack_from;
        rc = rig_run(rig, &batch, contest_allowance(1e9), &elapsed, &failure);
        /* The account of a running process lags behind by a tick, and one
         * that stops says so before it leaves its processor. */
        if (rc == 0)
                rc = cell_stop(&rig->cell, &failure);
        clock_sleep_ns(LEAVE_NS);
        if (rc < 0)
                return contest_end(c, CONTEST_CANDIDATE, rc, &failure, alive,
                                   err);
        left = rig->cell.control->stack_left;
        if (left < state->stack_from)
                state->stack_from = left;
        state->time[kind][state->rounds] =
                (double)(cell_cpu_ns(&rig->cell) - before) / state->n;
        if (kind == STATE_WIPED)
                state->most_ns = (double)elapsed / state->n;
        return 0;
}

/* All kinds in turn, from a random one on: what disturbs, disturbs alike. */
static int state_round(struct contest *c, struct state *state, bool *alive,
                       struct error *err)
{
        int first = (int)rng_below(&c->rng, STATE_KINDS), rc = 0;

        for (int k = 0; k < STATE_KINDS && rc == 0 && *alive; k++)
                rc = state_batch(c,
                                 (enum state_kind)((first + k) % STATE_KINDS),
                                 state, alive, err);
        return rc;
}

static double state_kept(const double *time)
{
        return fmax(0, time[STATE_KEPT] - time[STATE_KEPT_ALONE]);
}

static double state_wiped(const double *time)
{
        return time[STATE_WIPED] - time[STATE_WIPED_ALONE];
}

/* Is the call slower without what the last one left, by more than it may be?
 */
static bool state_slower(const double *time)
{
        return state_wiped(time) > (1 + tolerance) * state_kept(time) +
                                           noise * time[STATE_WIPED] +
                                           NOISE_NS;
}

/* Of each kind the lower quartile: what others delayed is above it. */
static void state_usual(struct state *state, double *time)
{
        for (int k = 0; k < STATE_KINDS; k++)
                time[k] = statistics_quartile(state->time[k], state->rounds);
}

static void state_begin(struct state *state, int n)
{
        state->n = n;
        state->rounds = state->slower = 0;
}

/* Enter the round. The cell spins a little after each batch, which hides what
 * a kernel keeps when the batch has few calls; they look slow then, as on a
 * machine that is disturbed. So where the time was enough for many more calls,
 * begin again with them. */
static void state_enter(struct state *state)
{
        double calls = BATCH_NS / fmax(state->most_ns, 1);
        double time[STATE_KINDS];

        if (calls > GROWTH * state->n) {
                state_begin(state, (int)calls);
                return;
        }
        for (int k = 0; k < STATE_KINDS; k++)
                time[k] = state->time[k][state->rounds];
        state->slower += state_slower(time);
        state->rounds++;
}

/* The rounds' signs and their usual times have weak points of their own on a
 * busy machine, so both must say the same; a call that they disagree about to
 * the end is not believed. */
static enum statistics_decision state_decide(struct state *state)
{
        enum statistics_decision signs =
                statistics_sign(state->slower, state->rounds);
        double time[STATE_KINDS];
        bool slower;

        if (signs == STATISTICS_CONTINUE && state->rounds < STATISTICS_TRIALS)
                return signs;
        state_usual(state, time);
        slower = state_slower(time);
        if (state->rounds < STATISTICS_TRIALS &&
            slower != (signs == STATISTICS_REJECT))
                return STATISTICS_CONTINUE;
        return slower || signs == STATISTICS_REJECT ? STATISTICS_REJECT
                                                    : STATISTICS_ACCEPT;
}

/* Rounds until the call is as fast as it was, or is proved not to be. */
static int state_compare(struct contest *c, struct state *state, bool *alive,
                         struct error *err)
{
        enum statistics_decision decision = STATISTICS_CONTINUE;
        double time[STATE_KINDS];
        uint32_t from;
        int rc = 0;

        while (rc == 0 && *alive && decision == STATISTICS_CONTINUE) {
                from = state->stack_from;
                rc = state_round(c, state, alive, err);
                if (rc < 0 || !*alive)
                        return rc;
                if (state->stack_from < from) {
                        if (from != UINT32_MAX) /* it varies: wipe all */
                                state->stack_from = 0;
                        state_begin(state, state->n);
                        continue;
                }
                state_enter(state);
                decision = state_decide(state);
        }
        if (rc < 0 || decision != STATISTICS_REJECT)
                return rc;
        *alive = false;
        state_usual(state, time);
        findings_fail(c->findings, CHECK_STATELESS,
                      "keeps results between calls",
                      "%s: a call takes %.3g ns, but %.3g ns when nothing "
                      "survives from the call before (in %d of %d rounds)",
                      c->label, state_kept(time), state_wiped(time),
                      state->slower, state->rounds);
        return 0;
}

int contest_check_state(struct contest *c, bool *alive, struct error *err)
{
        struct state state = {.n = 1, .stack_from = UINT32_MAX};
        int rc;

        *alive = true;
        findings_pass(c->findings, CHECK_STATELESS);
        rc = rig_open(&state.rig, c->zygote, c->program[CONTEST_CANDIDATE],
                      c->stock, contest_slots(c), 1, RIG_STATE, err);
        if (rc < 0)
                return rc;
        rc = state_compare(c, &state, alive, err);
        c->calls_ns += state.rig.calls_ns;
        c->gone_cpu_ns += cell_cpu_ns(&state.rig.cell);
        rig_close(&state.rig);
        return rc;
}
