/*
 * Child processes: run one to its end under a deadline with bounded output,
 * killed as a process group. Foreign compilers and scripts run in the
 * sandbox: read-only /usr and /lib, a private /tmp, no /etc beyond what the
 * loader needs, no home, no network (bubblewrap).
 */
#ifndef KEVO_CORE_PROC_H
#define KEVO_CORE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"

struct proc_options {
        const char *const *argv; /* NULL-terminated; PATH is searched */
        const char *input;       /* standard input, or NULL: empty */
        size_t input_length;
        int64_t timeout_ns;          /* 0: none */
        bool sandbox;                /* see above */
        const char *const *writable; /* sandbox: folders, NULL-terminated */
        const char *const *readable; /* sandbox: more read-only folders */
        const char *directory;       /* working folder, or NULL */
        int64_t memory_bytes;        /* RLIMIT_AS, 0: none */
        int64_t file_bytes;          /* RLIMIT_FSIZE, 0: none */
};

struct proc_result {
        int status; /* exit status, or 128 + signal */
        bool timed_out;
        bool truncated;    /* output passed the maximum; child was killed */
        struct buf output; /* standard output and error together */
};

/* Returns 0 when the child ran (see result->status), else why it could not
 * be started. The caller disposes result->output (also after errors). */
int proc_run(const struct proc_options *options, size_t maximum_output,
             struct proc_result *result, struct error *err) KEVO_MUST_CHECK;

/* True when bubblewrap works here; reason (256 bytes, may be NULL) says why
 * not. Without it, proc_run with sandbox set fails with ERR_UNSUPPORTED
 * unless KEVO_UNSANDBOXED=1 is set in the environment. */
bool proc_sandbox_works(char *reason);

#endif
