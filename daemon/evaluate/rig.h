/*
 * A rig: a cell with a program, a stock of inputs, and work memory: output
 * slots, scratch and local buffers, each between canaries.
 */
#ifndef KEVO_EVALUATE_RIG_H
#define KEVO_EVALUATE_RIG_H

#include "core/rng.h"
#include "evaluate/cell.h"
#include "evaluate/program.h"
#include "evaluate/stock.h"

struct rig {
        struct cell cell;
        const struct program *program; /* borrowed */
        const struct stock *stock;     /* borrowed */
        struct memory work;
        struct cell_plan *plan;
        size_t plan_bytes;
        uint64_t canary; /* seed of the margins */
        int slots, threads;
        int64_t calls_ns; /* spent inside cell_run so far */
};

enum rig_use {
        RIG_VERIFY,  /* every tensor between guard pages; slot 0 ends at a
                        guard, slot 1 starts after one */
        RIG_MEASURE, /* files mapped whole */
        RIG_STATE    /* the same; thread 0 runs on any of our processors, so
                        that a kernel cannot know where it is watched */
};

int rig_open(struct rig *rig, struct zygote *zygote,
             const struct program *program, const struct stock *stock,
             int slots, int threads, enum rig_use use,
             struct error *err) KEVO_MUST_CHECK;
/* A new process for the same rig: memory stays, the cell is another. */
int rig_restart(struct rig *rig, struct zygote *zygote,
                struct error *err) KEVO_MUST_CHECK;
void rig_close(struct rig *rig);

/* Run and account; errors as cell_run. */
int rig_run(struct rig *rig, const struct cell_batch *batch,
            int64_t timeout_ns, int64_t *elapsed_ns,
            struct error *err) KEVO_MUST_CHECK;

/* Output o in a slot. Readable only while the cell is stopped. */
void *rig_output(const struct rig *rig, int slot, int o);

/* Fill a slot's outputs with a pattern that no honest result has: a NaN of
 * its own for floats, a byte pattern for integers. */
void rig_poison(struct rig *rig, int slot, uint64_t pattern);
/* The first element of the results of set 0 (and its twin) that still holds
 * the pattern, -1 if none. For integers
 * the pattern may be a legal value: compare two runs with two patterns. */
int64_t rig_unwritten(const struct rig *rig, int slot, int o, uint64_t pattern,
                      const struct rig *other, int other_slot,
                      uint64_t other_pattern);
/* Unspecified content: fill scratch and local buffers with junk. */
void rig_scramble(struct rig *rig, uint64_t pattern);
/* Change a part of what a call left, and not the rest: an interval of what
 * was written to one output of a slot, or to one buffer, since rig_scramble
 * with this pattern. Short and long intervals are as likely. */
void rig_tamper(struct rig *rig, int slot, uint64_t pattern, struct rng *rng);

/* Are all margins intact? text (256 bytes) says which is not. */
bool rig_bounds(const struct rig *rig, char *text);

#endif
