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
#include <sys/types.h>

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

/* Did it fail for want of space, by what it said? */
bool proc_met_full_disk(const struct proc_result *result);
/* Was it ended by SIGKILL, which people and a system without memory send; or
 * was a program that it ran, by what it said, as compilers do? */
bool proc_was_killed(const struct proc_result *result);

/* Between fork and exec: let this process get the signal when its parent
 * ends. False when that has happened already, and no signal would come. */
bool proc_dies_with(pid_t parent, int signal);

/*
 * A child that stays and is talked to, such as a library's process. It leads
 * a session of its own, so that kill(-pid, SIGSTOP) stops all of it, in the
 * sandbox too.
 */
struct proc_child {
        pid_t pid; /* 0: none; a zeroed struct may be ended */
        int in;    /* its standard input, for us to write */
        int out;   /* its standard output, for us to read */
};

enum { PROC_FILES = 4 };

/* Of the options argv, sandbox and its folders, directory, and memory_bytes
 * count. file[0..files-1] become its descriptors 3, 4, ...; standard error
 * goes nowhere. */
int proc_start(const struct proc_options *options, const int *file, int files,
               struct proc_child *child, struct error *err) KEVO_MUST_CHECK;
/* Kill everything it started, and reap it. */
void proc_end(struct proc_child *child);

/* True when bubblewrap works here; reason (256 bytes, may be NULL) says why
 * not. Without it, proc_run with sandbox set fails with ERR_UNSUPPORTED
 * unless KEVO_UNSANDBOXED=1 is set in the environment. */
bool proc_sandbox_works(char *reason);

#endif
