/*
 * A process that runs an outside baseline: a library that a team would call
 * otherwise. It sees the same inputs as the kernels (their memory, read-only
 * in effect), writes its outputs where the worker can look at them, and does
 * calls on command; the worker holds the clock. Between its batches all of
 * it is stopped, so that threads that wait by spinning take nothing from the
 * other sides.
 *
 * The first line is the job as JSON; then one line a command, answered by
 * "ok ..." or "no <reason>":
 *
 *   prepare MODE             get ready (compile, warm up)
 *   store MODE SET           one call on a set; its outputs to memory
 *   run MODE N SET STEP      N calls, each on the set STEP further
 */
#ifndef KEVO_EVALUATE_OUTSIDE_CHILD_H
#define KEVO_EVALUATE_OUTSIDE_CHILD_H

#include "core/proc.h"
#include "evaluate/gemm.h"
#include "evaluate/stock.h"

enum { OUTSIDE_REASON_BYTES = 384, OUTSIDE_VERSION_BYTES = 128 };

struct outside_child {
        struct proc_child process;
        struct memory work; /* outputs */
        struct cell_piece output[LIMIT_TENSORS];
        char version[OUTSIDE_VERSION_BYTES];
        char reason[OUTSIDE_REASON_BYTES]; /* of the last "no" or loss */
        bool stopped;
};

/* What the processes need beside tensors. */
struct outside_setup {
        const char *python; /* a path, or NULL: `python3` of PATH */
        const char *cache;  /* folder for compiled graphs, made if missing */
        const char *script; /* of PyTorch; NULL: none */
        int threads;
};

/* Start a process for a stock of inputs: OpenBLAS with gemm, else Python.
 * True when it is ready; else child->reason says why not, and that is all
 * that comes of it: what is not installed is not an error. End it in either
 * case. */
bool outside_child_start(struct outside_child *child,
                         const struct outside_setup *setup,
                         const struct stock *stock, const struct gemm *gemm);
void outside_child_end(struct outside_child *child);

/* One command. False: see child->reason. *elapsed_ns (may be NULL) is from
 * writing the command to its answer. */
bool outside_child_ask(struct outside_child *child, int64_t timeout_ns,
                       int64_t *elapsed_ns, const char *format, ...)
        KEVO_PRINTF(4, 5);

void outside_child_stop(struct outside_child *child);
void outside_child_continue(struct outside_child *child);

/* Output o of the last "store"; only while the child is stopped. */
const void *outside_child_output(const struct outside_child *child, int o);

/* The script that ships with kevo for a kernel of this name, or NULL. */
const char *outside_script(const char *kernel);

#endif
