/*
 * The zygote: a single-threaded process that forks cells. It is forked from
 * the worker before the worker holds anything secret, enters namespaces of
 * its own where that is possible, and never runs foreign code itself. Cells
 * are its siblings in the process tree: the worker, which decides about
 * them, is their parent.
 */
#ifndef KEVO_EVALUATE_ZYGOTE_H
#define KEVO_EVALUATE_ZYGOTE_H

#include <sys/types.h>

#include "core/error.h"
#include "evaluate/inside.h"

struct zygote {
        pid_t pid;
        int socket;
        char grade;       /* 'A', 'B'; 0: cells are not possible here */
        char reason[256]; /* why not 'A'; "" */
};

/* Must be called while the process has one thread. */
int zygote_start(struct zygote *zygote, struct error *err) KEVO_MUST_CHECK;
void zygote_stop(struct zygote *zygote);

enum zygote_kind {
        ZYGOTE_CELL = 'c',  /* inside.h */
        ZYGOTE_DEVICE = 'd' /* device_inside.h */
};

/* Fork a process of a kind that starts from these descriptors (borrowed). Its
 * parent is the calling process: reap it. */
int zygote_fork(struct zygote *zygote, enum zygote_kind kind,
                const int file[INSIDE_FILES], pid_t *cell,
                struct error *err) KEVO_MUST_CHECK;

#endif
