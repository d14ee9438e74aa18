/*
 * Inside a cell: the set-up of one process around foreign code, in the order
 * that docs/trust.md gives, and the loop that calls it.
 *
 * Everything here runs in an address space that foreign code may overwrite.
 * It therefore holds no secret, no expected value, no clock; what it reports
 * is either checked by the worker or used for messages only.
 */
#ifndef KEVO_EVALUATE_INSIDE_H
#define KEVO_EVALUATE_INSIDE_H

#include <linux/filter.h>
#include <stdbool.h>

#include "evaluate/cell_plan.h"

/* Descriptors a cell starts from, in the order in which they are sent. */
enum inside_file {
        INSIDE_OBJECT,
        INSIDE_INPUTS,
        INSIDE_WORK,
        INSIDE_PLAN,
        INSIDE_CONTROL,
        INSIDE_FILES
};

/* What the zygote prepared once for all cells. */
struct inside_host {
        struct sock_fprog filter; /* system calls that remain */
        int socket;               /* to the worker: hung up when it died */
        int empty_root;           /* folder without entries, -1: none */
        bool drop_user;           /* root without namespaces */
};

/* Become a cell. Does not return. */
_Noreturn void inside_run(const struct inside_host *host,
                          const int file[INSIDE_FILES]);

/* Is each protection possible here? Tried in the calling process, which
 * must be about to end; bits of INSIDE_CAN_*. */
enum {
        INSIDE_CAN_FILTER = 1, /* seccomp */
        INSIDE_CAN_TSC = 2,    /* time-stamp counter traps */
        INSIDE_CAN_VDSO = 4    /* vDSO can be unmapped */
};
int inside_probe(const struct inside_host *host);

#endif
