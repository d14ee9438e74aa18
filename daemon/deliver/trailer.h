/*
 * The trailers of a proposal's commit: what was measured, against what, on
 * which sizes. Written by message.c, read back by reproduce.c.
 *
 *   Kevo-Kernel: softmax
 *   Kevo-Hardware: amd-epyc-zen3
 *   Kevo-Environment: <hash>
 *   Kevo-Against: <blob or generated@N>, ...       one a workload
 *   Kevo-Workloads: serving: M=8192 N=4096 (0.75); ...    name, sizes, weight
 *   Kevo-Threads: 2
 *   Kevo-Method: 1
 *   Kevo-Speedup: 1.843 [1.790, 1.881]
 *   Kevo-Verified: S4 A 2026-11-21T14:02:11Z       stage, grade, when
 */
#ifndef KEVO_DELIVER_TRAILER_H
#define KEVO_DELIVER_TRAILER_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/hash.h"
#include "core/limits.h"

struct trailer_workload {
        char name[LIMIT_NAME_BYTES * 2 + 2];
        char text[512]; /* binding text */
        char against[72];
        double weight;
};

struct trailers {
        char kernel[LIMIT_NAME_BYTES + 1], hardware[LIMIT_NAME_BYTES + 1];
        char environment[HASH_TEXT_BYTES];
        int workload_count;
        struct trailer_workload workload[LIMIT_WORKLOADS];
        int threads, method;
        double ratio, low, high; /* 0 for a first kernel */
        char verified[64];
};

void trailers_write(const struct trailers *trailers, struct buf *out);
/* The trailers at the end of a message. ERR_NOT_FOUND when it has none of
 * ours, ERR_INPUT naming the one that is malformed. */
int trailers_parse(const char *message, struct trailers *trailers,
                   struct error *err) KEVO_MUST_CHECK;

#endif
