/*
 * How often the decision rule is wrong, on scripted devices whose truth is
 * known: DECISIONS sessions for each kind of noise with a candidate that is
 * the baseline, a tenth as many for every other truth.
 *
 * usage: false_accepts [DECISIONS [SEED]]          (10000, 1)
 *
 * A row is a kind of noise and a truth: accepted in the session that selects;
 * accepted in the one that confirms too (new processes in every round), which
 * is what a proposal needs; refused, undecided, a workload said to be proved
 * slower; the median of rounds. Intervals are Wilson's, 95 %.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../scripted_device.h"

struct count {
        int sessions, accepted, confirmed, rejected, slower;
        double rounds[10000];
        int kept;
};

/* Wilson's interval of a share, in percent. */
static void print_share(int hits, int of)
{
        const double z = 1.96;
        double p = of ? (double)hits / of : 0, n = of ? of : 1;
        double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
        double half = z / (1 + z * z / n) *
                      sqrt(p * (1 - p) / n + z * z / (4 * n * n));

        printf(" %.2f %% (%.2f to %.2f) |", 100 * p,
               100 * fmax(0, hits ? middle - half : 0),
               100 * fmin(1, middle + half));
}

static void run(const struct scripted_noise *noise, double ratio,
                int workloads, int sessions, uint64_t seed)
{
        struct scripted_device d = {
                .noise = noise, .ratio = ratio, .workloads = workloads};
        static struct count c;

        c = (struct count){.sessions = sessions};
        for (int i = 0; i < sessions; i++) {
                struct scripted_result r;

                d.fresh = false;
                r = scripted_session(
                        rng_derive(seed, noise->name, (uint64_t)i), &d);
                c.rejected += r.verdict.decision == STATISTICS_REJECT;
                c.slower += r.verdict.slower >= 0;
                if (c.kept < (int)(sizeof c.rounds / sizeof *c.rounds))
                        c.rounds[c.kept++] = r.rounds;
                if (r.verdict.decision != STATISTICS_ACCEPT)
                        continue;
                c.accepted++;
                d.fresh = true;
                r = scripted_session(
                        rng_derive(seed ^ 0x54, noise->name, (uint64_t)i), &d);
                c.confirmed += r.verdict.decision == STATISTICS_ACCEPT;
        }
        printf("| %s | %.2f | %d | %d |", noise->name, ratio, workloads,
               sessions);
        print_share(c.accepted, sessions);
        print_share(c.confirmed, sessions);
        printf(" %.1f %% | %.1f %% |", 100.0 * c.rejected / sessions,
               100.0 * (sessions - c.rejected - c.accepted) / sessions);
        print_share(c.slower, sessions);
        printf(" %.0f |\n", statistics_median(c.rounds, c.kept));
        fflush(stdout);
}

int main(int argc, char **argv)
{
        static const double truths[] = {1.02, 1.05, 1.10, 1.30, 0.95};
        int decisions = argc > 1 ? atoi(argv[1]) : 10000;
        uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
        int fewer = decisions / 10 ? decisions / 10 : 1;

        if (decisions < 1) {
                fprintf(stderr, "usage: false_accepts [DECISIONS [SEED]]\n");
                return 2;
        }
        printf("| noise | truth | workloads | sessions | accepted | and "
               "confirmed | refused | undecided | proved slower | rounds |\n"
               "|---|---|---|---|---|---|---|---|---|---|\n");
        for (int i = 0; i < SCRIPTED_NOISES; i++)
                run(scripted_noises + i, 1, 1, decisions, seed);
        for (int i = 0; i < SCRIPTED_NOISES; i++)
                run(scripted_noises + i, 1, SCRIPTED_WORKLOADS, fewer,
                    seed + 1);
        for (size_t t = 0; t < sizeof truths / sizeof *truths; t++)
                for (int i = 0; i < SCRIPTED_NOISES; i++)
                        run(scripted_noises + i, truths[t], 1, fewer,
                            seed + 2 + t);
        return 0;
}
