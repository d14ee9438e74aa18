/*
 * A cell as the worker sees it: one build, one set of tensors, one process.
 * The worker starts it, times it from outside, stops it before looking at
 * what it wrote, and kills it (docs/trust.md).
 */
#ifndef KEVO_EVALUATE_CELL_H
#define KEVO_EVALUATE_CELL_H

#include <sys/types.h>

#include "evaluate/memory.h"
#include "evaluate/zygote.h"

struct cell {
        pid_t pid; /* 0: none */
        struct cell_control *control;
        struct memory plan, page;
        bool stopped;
        bool remote;  /* a device process */
        bool fetched; /* remote: the work file is newer than the device */
        bool vdso_gone, clock_gone; /* protections that took effect */
};

struct cell_batch {
        uint32_t calls, set, set_step, slot, slot_step;
        uint32_t flags;      /* enum cell_flags */
        uint32_t stack_from; /* see cell_plan.h */
};

/* Start a cell, or the device process of a remote plan, and wait until it is
 * ready. plan_bytes includes its pieces. ERR_INPUT when the object does not
 * load. */
int cell_start(struct cell *cell, struct zygote *zygote, int object,
               int inputs, int work, const struct cell_plan *plan,
               size_t plan_bytes, struct error *err) KEVO_MUST_CHECK;

/* One command, from waking the cell to its report; *elapsed_ns may be NULL.
 * The cell is dead after an error: ERR_INPUT (a fault of foreign code, said
 * in a sentence), ERR_TIMEOUT, ERR_LOST (killed from outside: try again). */
int cell_run(struct cell *cell, const struct cell_batch *batch,
             int64_t timeout_ns, int64_t *elapsed_ns,
             struct error *err) KEVO_MUST_CHECK;

/* Freeze all threads and wait until they are: only then may memory that the
 * cell can write be read. cell_run wakes a stopped cell before the clock
 * starts. From and to a device tensors are copied here, outside of what is
 * timed. */
int cell_stop(struct cell *cell, struct error *err) KEVO_MUST_CHECK;

/* CPU time of all its threads, for telling foreign load from ours. */
int64_t cell_cpu_ns(const struct cell *cell);

/* Kill and reap; safe on a cell that never started. */
void cell_end(struct cell *cell);

#endif
