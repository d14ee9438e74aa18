/*
 * The loop of a cell's threads: wait for a command, run its calls task by
 * task, report. Foreign functions are called from here and nowhere else.
 *
 * Its functions are compiled without sanitizers: they run after the system
 * calls that a sanitizer's runtime may want are gone.
 */
#ifndef KEVO_EVALUATE_INSIDE_LOOP_H
#define KEVO_EVALUATE_INSIDE_LOOP_H

#include <stddef.h>

#include "backends/c/thunk.h"
#include "evaluate/cell_plan.h"

/* Shared by the threads of a cell. */
struct loop {
        struct cell_control *control;
        const struct cell_plan *plan;
        thunk_entry *entry[LIMIT_STAGES];
        void **in, **out, **scratch; /* pointers: set by set, slot by slot */
        bool parallel;               /* more than one thread, some stage with
                                        more than one task */
        bool segment_bases;          /* RDFSBASE may be used */
        bool xsave;
        uint64_t xsave_mask;
        _Alignas(64) _Atomic int64_t next; /* task of the open stage */
        _Alignas(64) _Atomic uint32_t arrived;
        _Alignas(64) _Atomic uint32_t phase; /* futex of the barrier */
        _Atomic uint32_t sleepers;           /* on phase */
        _Alignas(64) _Atomic uint32_t gate;  /* futex: may threads start? */
        _Atomic uint32_t waiting;            /* threads at the gate */
};

struct loop_thread {
        struct loop *loop;
        uint32_t number;
        char *stack_low;            /* lowest address a kernel may use */
        void **local[LIMIT_STAGES]; /* this thread's buffers */
};

/* Waits for the gate, then serves commands until the cell is killed. */
_Noreturn void loop_serve(struct loop_thread *thread);

/* What the processor can do about its own state; called before threads. */
void loop_prepare(struct loop *loop);

/* Wait until *word differs from seen; wake all waiters. Shared between
 * processes. */
void loop_wait(_Atomic uint32_t *word, uint32_t seen);
void loop_wake(_Atomic uint32_t *word);

#endif
