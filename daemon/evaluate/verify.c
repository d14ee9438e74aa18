/* See verify.h. */
#include "evaluate/verify.h"

#include <stdio.h>
#include <string.h>

#include "core/clock.h"

/* What another program may take for one call. */
#define OTHER_NS (20 * (int64_t)CLOCK_SECOND_NS)

/* A call that had less does not end early by its own fault. */
#define FAIR_NS (2 * (int64_t)CLOCK_SECOND_NS)

enum {
        RESIDUE_MOST = 64, /* calls, fewer when they take long */
        RESIDUE_LEAST = 4,
        RESIDUE_NS = 150000000
};

/* What a proposer may learn. */
static void category(const struct verify_instance *instance, const char *what,
                     char text[128])
{
        if (instance->hidden)
                snprintf(text, 128, "failed a hidden check: %s (%s)", what,
                         instance->hidden);
        else
                snprintf(text, 128, "%s on a workload", what);
}

static void fail(struct verify *v, const struct verify_instance *instance,
                 enum check check, const char *what, const char *detail)
{
        char hidden[128];

        category(instance, what, hidden);
        findings_fail(v->findings, check, hidden, "%s: %s", instance->label,
                      detail);
}

int verify_end(struct findings *findings,
               const struct verify_instance *instance, int rc,
               const struct error *failure, struct error *err)
{
        char hidden[128];
        bool memory = strstr(failure->text, "not its own") != NULL;

        if (rc == 0)
                return 0;
        if (rc != ERR_INPUT && rc != ERR_TIMEOUT) {
                if (err)
                        *err = *failure;
                return rc;
        }
        category(instance,
                 memory              ? "a memory fault"
                 : rc == ERR_TIMEOUT ? "did not end in time"
                                     : "a fault",
                 hidden);
        findings_fail_by(findings, memory ? CHECK_BOUNDS : CHECK_RUNS, rc,
                         hidden, "%s: %s", instance->label, failure->text);
        return 0;
}

static int64_t allowance(const struct verify *v,
                         const struct verify_instance *instance)
{
        int64_t left = v->deadline_ns - clock_monotonic_ns();

        if (left < 1000000)
                left = 1000000;
        return left < instance->call_ns ? left : instance->call_ns;
}

/* A call into memory as it is; the cell is stopped afterwards. *ran is false
 * when the program failed. */
static int call_again(struct verify *v, struct rig *rig, uint32_t set,
                      uint32_t slot, uint32_t flags,
                      const struct verify_instance *instance, bool *ran,
                      struct error *err)
{
        struct cell_batch batch = {.calls = 1,
                                   .set = set,
                                   .slot = slot,
                                   .flags = flags | CELL_SCRIBBLE};
        struct error failure = {0};
        int64_t most = allowance(v, instance);
        char text[256];
        int rc;

        rc = rig_run(rig, &batch, most, NULL, &failure);
        if (rc == 0)
                rc = cell_stop(&rig->cell, &failure);
        *ran = rc == 0;
        if (rc == ERR_TIMEOUT && most < FAIR_NS && most < instance->call_ns)
                return error_set(err, ERR_TIMEOUT,
                                 "its time was over before it was verified");
        if (rc == ERR_TIMEOUT && most < instance->call_ns)
                error_set(&failure, rc,
                          "a call did not end within %.3g s, all that was "
                          "left of its time",
                          (double)most / 1e9);
        if (rc < 0)
                return verify_end(v->findings, instance, rc, &failure, err);
        findings_pass(v->findings, CHECK_RUNS);
        if (rig->cell.control->environment_changed)
                fail(v, instance, CHECK_PURE, "processor state",
                     "left the rounding mode, the direction of copies, the "
                     "floating-point stack or a segment base changed");
        if (rig->cell.control->inputs_changed)
                fail(v, instance, CHECK_PURE, "an input was written to",
                     "changed an input on the device");
        if (!rig_bounds(rig, text))
                fail(v, instance, CHECK_BOUNDS, "out of bounds", text);
        findings_pass(v->findings, CHECK_BOUNDS);
        return 0;
}

/* A call into a poisoned slot, with junk in scratch. */
static int one_call(struct verify *v, struct rig *rig, uint32_t set,
                    uint32_t slot, uint32_t flags, uint64_t pattern,
                    const struct verify_instance *instance, bool *ran,
                    struct error *err)
{
        rig_poison(rig, (int)slot, pattern);
        rig_scramble(rig, pattern >> 32);
        return call_again(v, rig, set, slot, flags, instance, ran, err);
}

/* Right values in a slot? check is where a wrong one is entered. */
static bool judge(struct verify *v, const struct rig *rig, int set, int slot,
                  enum check check, const struct verify_instance *instance)
{
        bool right = true, residue = check == CHECK_RESIDUE;
        struct expected_miss miss;
        char text[512];

        findings_pass(v->findings, check);
        for (int o = 0; o < rig->stock->outputs && right; o++) {
                right = stock_accepts(rig->stock, set, o,
                                      rig_output(rig, slot, o), &miss);
                if (right)
                        continue;
                snprintf(text, sizeof text, "%s%s",
                         residue ? "with a part of what the call before left "
                                   "changed: "
                                 : "",
                         miss.text);
                fail(v, instance, check,
                     residue ? "keeps results between calls" : "wrong values",
                     text);
        }
        return right;
}

static void judge_written(struct verify *v, const struct rig *rig,
                          uint64_t first, uint64_t second,
                          const struct verify_instance *instance)
{
        char text[128];

        findings_pass(v->findings, CHECK_WRITTEN);
        for (int o = 0; o < rig->stock->outputs; o++) {
                int64_t n = rig_unwritten(rig, 0, o, first, rig, 1, second);

                if (n < 0)
                        continue;
                snprintf(text, sizeof text,
                         "element %lld of %s was never "
                         "written",
                         (long long)n, rig->stock->output[o]->name);
                fail(v, instance, CHECK_WRITTEN, "unwritten elements", text);
        }
}

/* Integers, and everything if the spec says so, are the same bits. */
static void judge_same(struct verify *v, const struct rig *rig,
                       const struct verify_instance *instance)
{
        char text[128];

        findings_pass(v->findings, CHECK_REPEATABLE);
        for (int o = 0; o < rig->stock->outputs; o++) {
                const struct tensor *t = rig->stock->output[o];
                int64_t bytes = stock_result_bytes(rig->stock, 0, o);

                if (dtype_is_float(t->dtype) && !rig->stock->spec->bitwise)
                        continue;
                if (memcmp(rig_output(rig, 0, o), rig_output(rig, 1, o),
                           (size_t)bytes) == 0)
                        continue;
                snprintf(text, sizeof text,
                         "%s differs between two runs on "
                         "the same values",
                         t->name);
                fail(v, instance, CHECK_REPEATABLE, "not repeatable", text);
        }
}

/* Two calls on the same values: other addresses, the other layout, tasks in
 * another order, other poison, other junk in scratch. */
static int run_twice(struct verify *v, struct rig *rig,
                     const struct verify_instance *instance, struct error *err)
{
        enum check check = instance->hidden ? CHECK_HIDDEN : CHECK_ORACLE;
        /* No byte of one is in the other, however short the elements are. */
        uint64_t first = rng_secret(), second = ~first;
        bool ran, right;
        int rc;

        rc = one_call(v, rig, 0, 0, 0, first, instance, &ran, err);
        if (rc < 0 || !ran)
                return rc;
        right = judge(v, rig, 0, 0, check, instance);
        rc = one_call(v, rig, 1, 1, CELL_STRIDED, second, instance, &ran, err);
        if (rc < 0 || !ran)
                return rc;
        judge_written(v, rig, first, second, instance);
        if (!right)
                return 0;
        judge(v, rig, 1, 1, CHECK_PURE, instance);
        judge_same(v, rig, instance);
        return 0;
}

/* The same call again and again, before each of which a part of what the last
 * one left in outputs, scratch and locals is changed, and the rest is not.
 * Who computes does not care; who looks up an answer finds its key and a wrong
 * answer. No clock is needed for it. */
static int check_residue(struct verify *v, struct rig *rig,
                         const struct verify_instance *instance,
                         struct error *err)
{
        struct rng rng = {rng_secret(), 0};
        uint64_t pattern = rng_next(&rng);
        int64_t end = clock_monotonic_ns() + RESIDUE_NS;
        bool ran, right = true;
        int rc = one_call(v, rig, 0, 0, 0, pattern, instance, &ran, err);

        findings_pass(v->findings, CHECK_RESIDUE);
        for (int i = 0; i < RESIDUE_MOST && rc == 0 && ran && right; i++) {
                if (i >= RESIDUE_LEAST && clock_monotonic_ns() > end)
                        break;
                rig_tamper(rig, 0, pattern >> 32, &rng);
                rc = call_again(v, rig, 0, 0, 0, instance, &ran, err);
                if (rc == 0 && ran)
                        right = judge(v, rig, 0, 0, CHECK_RESIDUE, instance);
        }
        return rc;
}

int verify_program(struct verify *v, const struct program *program,
                   const struct stock *stock,
                   const struct verify_instance *instance, struct error *err)
{
        static const struct {
                uint32_t set, slot, flags;
        } more[] = {{0, 1, CELL_REVERSED}, {1, 0, 0}, {0, 0, CELL_STRIDED}};
        uint64_t pattern;
        struct rig rig;
        bool ran;
        int rc = rig_open(&rig, v->zygote, program, stock, 2, v->threads,
                          RIG_VERIFY, err);

        if (rc < 0)
                return rc;
        rc = run_twice(v, &rig, instance, err);
        for (size_t i = 0;
             instance->thorough && rc == 0 && i < sizeof more / sizeof *more &&
             findings_failed(v->findings) == CHECK_COUNT;
             i++) {
                pattern = rng_secret();
                rc = one_call(v, &rig, more[i].set, more[i].slot,
                              more[i].flags, pattern, instance, &ran, err);
                if (rc == 0 && ran)
                        judge(v, &rig, (int)more[i].set, (int)more[i].slot,
                              CHECK_REPEATABLE, instance);
        }
        if (instance->thorough && !instance->hidden && rc == 0 &&
            findings_failed(v->findings) == CHECK_COUNT)
                rc = check_residue(v, &rig, instance, err);
        v->calls_ns += rig.calls_ns;
        rig_close(&rig);
        return rc;
}

/* The other program's results on set 0, in a rig that stays open. */
static int run_other(struct verify *v, struct rig *rig,
                     const struct program *other, const struct stock *stock,
                     const struct verify_instance *instance, bool *ran,
                     struct error *err)
{
        struct cell_batch batch = {.calls = 1};
        struct error failure = {0};
        int64_t patience = allowance(v, instance);
        int rc = rig_open(rig, v->zygote, other, stock, 1, v->threads,
                          RIG_VERIFY, err);

        *ran = false;
        if (rc < 0)
                return rc;
        patience = patience < OTHER_NS ? patience : OTHER_NS;
        rc = rig_run(rig, &batch, patience, NULL, &failure);
        if (rc == 0)
                rc = cell_stop(&rig->cell, &failure);
        *ran = rc == 0;
        v->calls_ns += rig->calls_ns;
        if (rc == ERR_INPUT || rc == ERR_TIMEOUT) {
                findings_note(v->findings, CHECK_ORACLE,
                              "%s: looked at boxes only: the generated "
                              "kernel: %s",
                              instance->label, failure.text);
                return 0;
        }
        if (rc < 0)
                *err = failure;
        return rc;
}

/* Judge what the two disagree on. */
static int judge_suspects(struct verify *v, const struct rig *rig,
                          const struct rig *other,
                          const struct verify_instance *instance,
                          struct error *err)
{
        const struct stock *stock = rig->stock;
        struct expected_miss miss;
        struct suspects suspects;
        bool accepted = true;
        int rc = 0;

        for (int o = 0; o < stock->outputs && rc == 0; o++) {
                if (stock_expected(stock, 0, o)->full)
                        continue;
                suspects_find(stock->output[o]->dtype, rig_output(rig, 0, o),
                              rig_output(other, 0, o),
                              stock_expected(stock, 0, o)->elements,
                              &suspects);
                rc = stock_accepts_suspects(stock, 0, o, &suspects, v->threads,
                                            rig_output(rig, 0, o), &accepted,
                                            &miss, err);
                if (rc == 0 && !accepted)
                        fail(v, instance,
                             instance->hidden ? CHECK_HIDDEN : CHECK_ORACLE,
                             "wrong values", miss.text);
        }
        return rc;
}

int verify_against(struct verify *v, const struct program *program,
                   const struct program *other, const struct stock *stock,
                   const struct verify_instance *instance, struct error *err)
{
        struct rig rig = {0}, second = {0};
        bool ran = false;
        int rc;

        if (!stock_has_gaps(stock))
                return 0;
        rc = run_other(v, &second, other, stock, instance, &ran, err);
        if (rc == 0 && ran)
                rc = rig_open(&rig, v->zygote, program, stock, 1, v->threads,
                              RIG_VERIFY, err);
        if (rc == 0 && ran)
                rc = one_call(v, &rig, 0, 0, 0, rng_secret(), instance, &ran,
                              err);
        if (rc == 0 && ran)
                rc = judge_suspects(v, &rig, &second, instance, err);
        v->calls_ns += rig.calls_ns;
        rig_close(&rig);
        rig_close(&second);
        return rc;
}

int verify_threads(struct verify *v, const struct program *program,
                   const struct stock *stock,
                   const struct verify_instance *instance, struct error *err)
{
        int most = program_threads(program, v->threads), rc = 0;

        findings_pass(v->findings, CHECK_THREADS);
        for (int t = 1; rc == 0; t = 2 * t < most ? 2 * t : most) {
                struct rig rig;
                bool ran = false;

                rc = rig_open(&rig, v->zygote, program, stock, 2, t,
                              RIG_VERIFY, err);
                if (rc < 0)
                        break;
                for (uint32_t i = 0; i < 3 && rc == 0; i++) {
                        rc = one_call(v, &rig, i % 2, i % 2,
                                      i ? CELL_REVERSED : CELL_STRIDED,
                                      rng_secret(), instance, &ran, err);
                        if (rc < 0 || !ran ||
                            !judge(v, &rig, (int)i % 2, (int)i % 2,
                                   CHECK_THREADS, instance))
                                break;
                }
                v->calls_ns += rig.calls_ns;
                rig_close(&rig);
                if (t >= most || findings_failed(v->findings) != CHECK_COUNT)
                        break;
        }
        return rc;
}
