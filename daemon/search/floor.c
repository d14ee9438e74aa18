/* See floor.h. */
#include "search/floor.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "core/clock.h"
#include "core/text.h"
#include "repo/machine.h"
#include "search/traffic.h"

enum {
        FLOOR_THREADS = 64,
        FLOOR_RUN_NS = 20 * 1000 * 1000,
        FLOOR_STREAMS = 2, /* most places a thread reads at once */
        FLOOR_STEP = 64,   /* times TRAFFIC_BYTES, moved between two looks
                              at the clock */
        FLOOR_REPEATS = 2
};

/* From here on the bandwidth is measured again: a search may end. */
static const double floor_near = 0.7;

#define FLOOR_SET_BYTES (INT64_C(1) << 30) /* of memory, at most */

/* A thread's part of what is read and of what is written. */
struct sweep {
        pthread_t thread;
        char *in, *out;
        size_t in_count, out_count; /* of a round, times TRAFFIC_BYTES */
        size_t in_sets;             /* read in turn, one a round */
        int streams;
        bool around;
        double rate;
};

/* A round of the thread's memory, from `streams` places on; a piece of each
 * at a time. Returns the bytes. */
static double sweep_once(const struct sweep *s, size_t round, int64_t end_ns)
{
        size_t in = s->in_count / (size_t)s->streams,
               out = s->out_count / (size_t)s->streams,
               steps = (in > out ? in : out) / FLOOR_STEP + 1;
        char *from = s->in + round % s->in_sets * s->in_count * TRAFFIC_BYTES;
        double bytes = 0;

        for (size_t step = 0; step < steps; step++) {
                struct traffic piece[2 * FLOOR_STREAMS];
                int count = 0;

                for (int i = 0; i < s->streams; i++) {
                        size_t low = in * step / steps, at = in * (size_t)i;

                        piece[count++] = (struct traffic){
                                .at = from + (at + low) * TRAFFIC_BYTES,
                                .count = in * (step + 1) / steps - low};
                        low = out * step / steps;
                        at = out * (size_t)i;
                        piece[count++] = (struct traffic){
                                .at = s->out + (at + low) * TRAFFIC_BYTES,
                                .count = out * (step + 1) / steps - low,
                                .out = true};
                }
                for (int i = 0; i < count; i++)
                        bytes += (double)(piece[i].count * TRAFFIC_BYTES);
                traffic_move(piece, count, s->around);
                if (clock_monotonic_ns() > end_ns)
                        break;
        }
        return bytes;
}

static void *sweep_loop(void *data)
{
        struct sweep *s = data;
        int64_t began = clock_monotonic_ns(), now;
        double bytes = 0;
        size_t round = 0;

        do {
                bytes += sweep_once(s, round++, began + FLOOR_RUN_NS);
                now = clock_monotonic_ns();
        } while (now - began < FLOOR_RUN_NS);
        s->rate = bytes * 1e9 / (double)(now - began);
        return NULL;
}

/* All threads sweep their parts in one way. */
static double sweep_all(const struct sweep *part, int threads, int streams,
                        bool around)
{
        struct sweep sweep[FLOOR_THREADS];
        double rate = 0;
        int started = 0;

        for (int i = 0; i < threads; i++) {
                sweep[i] = *part;
                sweep[i].in += (size_t)i * part->in_sets * part->in_count *
                               TRAFFIC_BYTES;
                sweep[i].out += (size_t)i * part->out_count * TRAFFIC_BYTES;
                sweep[i].streams = streams;
                sweep[i].around = around;
                if (pthread_create(&sweep[i].thread, NULL, sweep_loop,
                                   &sweep[i]) != 0)
                        break;
                started++;
        }
        for (int i = 0; i < started; i++) {
                pthread_join(sweep[i].thread, NULL);
                rate += sweep[i].rate;
        }
        return rate;
}

/* What a round moves: cold, a ring of tensors; warm, a call's. */
static double round_bytes(const struct costs *costs, bool cold)
{
        double bytes = costs->read_bytes + costs->write_bytes;
        struct machine machine;
        double ring, most = FLOOR_SET_BYTES;

        machine_probe(&machine);
        ring = (double)machine.llc_bytes * 5 / 2;
        if (most > (double)machine.memory_bytes / 8)
                most = (double)machine.memory_bytes / 8;
        bytes = cold && bytes < ring ? ring : bytes;
        return bytes < most ? bytes : most;
}

double floor_bandwidth(const struct costs *costs, bool cold, int threads)
{
        double bytes = costs->read_bytes + costs->write_bytes, best = 0, set;
        struct sweep part = {0};
        size_t size;

        if (!(bytes > 0))
                return 0;
        threads = threads < 1               ? 1
                  : threads > FLOOR_THREADS ? FLOOR_THREADS
                                            : threads;
        set = round_bytes(costs, cold) / threads / TRAFFIC_BYTES;
        part.in_count = (size_t)(set * costs->read_bytes / bytes) + 1;
        part.out_count = (size_t)(set * costs->write_bytes / bytes) + 1;
        part.in_sets = cold ? 1 : 2;
        size = (size_t)threads *
               (part.in_sets * part.in_count + part.out_count) * TRAFFIC_BYTES;
        part.in = aligned_alloc(TRAFFIC_BYTES, size);
        if (!part.in)
                return 0;
        memset(part.in, 1, size);
        part.out = part.in + (size_t)threads * part.in_sets * part.in_count *
                                     TRAFFIC_BYTES;
        for (int repeat = 0; repeat < FLOOR_REPEATS; repeat++)
                for (int streams = 1; streams <= FLOOR_STREAMS; streams++)
                        for (int around = 0; around < 2; around++)
                                best = fmax(best,
                                            sweep_all(&part, threads, streams,
                                                      around == 1));
        free(part.in);
        return best;
}

/* Bandwidths by what is moved, so that a campaign probes each once, or again
 * when it asks: the best counts, because others' load only takes from it. */
static double known_bandwidth(const struct costs *costs, bool cold,
                              int threads, bool again)
{
        static struct known {
                double read_bytes, write_bytes;
                bool cold;
                int threads;
                double rate;
        } known[SUBJECT_WORKLOADS * 4];
        static int count;
        struct known *k = known;

        while (k < known + count && (k->read_bytes != costs->read_bytes ||
                                     k->write_bytes != costs->write_bytes ||
                                     k->cold != cold || k->threads != threads))
                k++;
        if (k == known + sizeof known / sizeof *known)
                k = known, count = 0;
        if (k == known + count) {
                *k = (struct known){costs->read_bytes, costs->write_bytes,
                                    cold, threads, 0};
                count++;
                again = true;
        }
        if (again)
                k->rate = fmax(k->rate, floor_bandwidth(costs, cold, threads));
        return k->rate;
}

static double share(const struct subject *subject,
                    const struct evaluate_result *result, bool again)
{
        double sum = 0, weight = 0;

        for (int i = 0; i < result->measure_count; i++) {
                const struct evaluate_measure *m = &result->measure[i];
                const struct subject_workload *w =
                        &subject->workload[m->workload];
                struct costs costs;
                double floor_ns;

                costs_of(subject->kernel->spec, &w->binding, &costs);
                if (costs.contraction)
                        return 0;
                floor_ns =
                        costs_floor_ns(&costs,
                                       known_bandwidth(&costs, subject->cold,
                                                       result->threads, again),
                                       0);
                if (floor_ns <= 0 || m->candidate_ns <= 0)
                        return 0;
                sum += w->weight * log(floor_ns / m->candidate_ns);
                weight += w->weight;
        }
        return weight > 0 ? exp(sum / weight) : 0;
}

double floor_share(const struct subject *subject,
                   const struct evaluate_result *result)
{
        double reached;

        if (!text_equal(subject->backend->kind, "cpu"))
                return 0;
        reached = share(subject, result, false);
        return reached > floor_near ? share(subject, result, true) : reached;
}
