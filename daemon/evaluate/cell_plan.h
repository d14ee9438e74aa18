/*
 * What the worker tells a cell, and the one page through which the two speak.
 *
 * The plan is read-only for the cell. The control page is writable by foreign
 * code: the worker never follows anything in it, only reads numbers, and
 * believes none of them where being wrong would matter.
 */
#ifndef KEVO_EVALUATE_CELL_PLAN_H
#define KEVO_EVALUATE_CELL_PLAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/limits.h"

enum {
        CELL_THREADS = 256,      /* most harness threads */
        CELL_SETS = 1024,        /* most input sets or output slots */
        CELL_STACK_BYTES = 65536 /* what a kernel may use */
};

/* A piece of a file: one tensor or buffer with its margins. */
struct cell_piece {
        uint64_t offset; /* of the first page in the file */
        uint64_t span;   /* bytes, whole pages */
        uint64_t lead;   /* margin before the data */
        uint64_t bytes;  /* of the data; the rest of span is margin */
};

struct cell_stage {
        int64_t tasks;
        uint32_t locals;      /* buffers a thread */
        uint32_t first_local; /* piece; a thread's follow each other */
};

/*
 * Pieces come in this order: inputs of set 0, of set 1, ... (in the input
 * file), then in the work file outputs of slot 0, of slot 1, ..., scratch,
 * locals.
 */
struct cell_plan {
        uint32_t threads, stages, inputs, outputs, sets, slots, scratches;
        uint32_t first_output, first_scratch, pieces;
        uint32_t guarded; /* each piece between guard pages; else the files
                             are mapped whole, which is faster */
        uint32_t remote;  /* a device process: tensors live elsewhere */
        uint32_t shift;   /* pages by which addresses are displaced */
        uint64_t input_bytes, work_bytes; /* of the files */
        int64_t size[LIMIT_SIZES];
        double param[LIMIT_SIZES];
        struct cell_stage stage[LIMIT_STAGES];
        uint8_t zero[LIMIT_STAGES]; /* of scratch: cleared in every call */
        int16_t cpu[CELL_THREADS];  /* to run on; -1: any */
        /* Names of the inputs, then of the outputs, for messages. */
        char tensor[LIMIT_TENSORS][LIMIT_NAME_BYTES];
        struct cell_piece piece[];
};

enum cell_state {
        CELL_STARTING,
        CELL_READY,
        CELL_UNABLE, /* set-up failed: message */
        CELL_FAULT   /* foreign code faulted */
};

enum cell_flags {
        CELL_SCRIBBLE = 1, /* overwrite unused stack before every stage */
        CELL_REVERSED = 2, /* tasks from the last to the first */
        CELL_STRIDED = 4,  /* tasks in a scattered order */
        CELL_WIPE = 8,     /* before every call overwrite whatever a kernel may
                              have left: outputs, scratch, locals, stacks,
                              registers */
        CELL_KEEP = 16,    /* write the same as it is instead: equal to the
                              caches, nothing to the kernel */
        CELL_SKIP = 32,    /* run no task: what does the rest cost? */
        /* A device process (plan->remote): no calls, but copy what the work
         * file holds to the device, or back. */
        CELL_PUSH = 64,
        CELL_PULL = 128
};

/* One command: `calls` calls; call c uses set (set + c * set_step) % sets
 * and slot (slot + c * slot_step) % slots. */
struct cell_control {
        _Atomic uint32_t command; /* raised by the worker; futex */
        _Atomic uint32_t done;    /* = command when finished; futex */
        _Atomic uint32_t state;
        uint32_t calls, set, set_step, slot, slot_step, flags;
        uint32_t stack_from; /* of a thread's stack, overwrite what lies from
                                here on: below it nothing was left */
        /* Told by the cell, for messages only. */
        uint32_t environment_changed; /* floating-point control words or
                                         stack, direction flag, or segment
                                         bases */
        uint32_t inputs_changed;      /* on the device */
        uint32_t stack_left; /* after CELL_WIPE or CELL_KEEP: the lowest place
                                of its stack that the first thread wrote to */
        int32_t fault_signal, fault_code;
        int32_t fault_syscall;
        uint64_t fault_address;
        uint64_t input_base, work_base; /* addresses of the files' pieces */
        uint64_t piece_address[64];     /* of the first pieces */
        uint32_t vdso_gone, clock_gone;
        char message[256];
};

enum { CELL_CONTROL_BYTES = 4096 };
_Static_assert(sizeof(struct cell_control) <= CELL_CONTROL_BYTES,
               "the control page is one page");

#endif
