/* See floor.h. */
#include "search/floor.h"

#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "spec/costs.h"

enum { FLOOR_THREADS = 64, FLOOR_RUN_NS = 30 * 1000 * 1000 };

#define FLOOR_SET_BYTES (INT64_C(256) << 20) /* beyond this, memory alike */

struct sweep {
        pthread_t thread;
        char *at;
        size_t bytes;
        int kind; /* 0 read, 1 write, 2 copy */
        double rate;
};

static volatile uint64_t sweep_sink;

static void sweep_once(struct sweep *s)
{
        const uint64_t *words = (const uint64_t *)s->at;
        uint64_t sum[8] = {0};
        size_t half = s->bytes / 2;

        if (s->kind == 1) {
                memset(s->at, 1, s->bytes);
        } else if (s->kind == 2) {
                memcpy(s->at, s->at + half, half);
        } else {
                for (size_t i = 0; i + 8 <= s->bytes / 8; i += 8) {
                        for (int j = 0; j < 8; j++)
                                sum[j] ^= words[i + (size_t)j];
                }
                sweep_sink = sum[0] ^ sum[1] ^ sum[2] ^ sum[3] ^ sum[4] ^
                             sum[5] ^ sum[6] ^ sum[7];
        }
}

static void *sweep_loop(void *data)
{
        struct sweep *s = data;
        int64_t began = clock_monotonic_ns(), now;
        double bytes = 0;

        do {
                sweep_once(s);
                bytes += (double)s->bytes;
                now = clock_monotonic_ns();
        } while (now - began < FLOOR_RUN_NS);
        s->rate = bytes * 1e9 / (double)(now - began);
        return NULL;
}

/* All threads sweep their part of memory in one way. */
static double sweep_all(char *memory, int64_t bytes, int threads, int kind)
{
        struct sweep sweep[FLOOR_THREADS];
        size_t part = (size_t)(bytes / threads) / 128 * 128;
        double rate = 0;
        int started = 0;

        for (int i = 0; i < threads; i++) {
                sweep[i] = (struct sweep){.at = memory + part * (size_t)i,
                                          .bytes = part,
                                          .kind = kind};
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

double floor_bandwidth(int64_t bytes, int threads)
{
        double best = 0;
        char *memory;

        if (threads < 1)
                threads = 1;
        if (threads > FLOOR_THREADS)
                threads = FLOOR_THREADS;
        if (bytes > FLOOR_SET_BYTES)
                bytes = FLOOR_SET_BYTES;
        if (bytes < 4096 * threads)
                bytes = 4096 * threads;
        memory = aligned_alloc(256, (size_t)(bytes + 255) / 256 * 256);
        if (!memory)
                return 0;
        memset(memory, 0, (size_t)bytes);
        for (int kind = 0; kind < 3; kind++) {
                double rate = sweep_all(memory, bytes, threads, kind);

                if (rate > best)
                        best = rate;
        }
        free(memory);
        return best;
}

/* Bandwidths by working set, so that a campaign probes each size once. */
static double cached_bandwidth(int64_t bytes, int threads)
{
        static struct {
                int64_t bytes;
                int threads;
                double rate;
        } known[SUBJECT_WORKLOADS * 4];
        static int count;

        for (int i = 0; i < count; i++) {
                if (known[i].bytes == bytes && known[i].threads == threads)
                        return known[i].rate;
        }
        if (count == sizeof known / sizeof *known)
                count = 0;
        known[count].bytes = bytes;
        known[count].threads = threads;
        known[count].rate = floor_bandwidth(bytes, threads);
        return known[count++].rate;
}

double floor_share(const struct subject *subject,
                   const struct evaluate_result *result)
{
        double sum = 0, weight = 0;

        for (int i = 0; i < result->measure_count; i++) {
                const struct evaluate_measure *m = &result->measure[i];
                const struct subject_workload *w =
                        &subject->workload[m->workload];
                struct costs costs;
                double bytes, floor_ns;

                costs_of(subject->kernel->spec, &w->binding, &costs);
                if (costs.contraction)
                        return 0;
                bytes = costs.read_bytes + costs.write_bytes;
                floor_ns = costs_floor_ns(
                        &costs,
                        cached_bandwidth((int64_t)bytes, result->threads), 0);
                if (floor_ns <= 0 || m->candidate_ns <= 0)
                        return 0;
                sum += w->weight * log(floor_ns / m->candidate_ns);
                weight += w->weight;
        }
        return weight > 0 ? exp(sum / weight) : 0;
}
