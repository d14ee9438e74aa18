/*
 * See proc.h. The child leads its own process group so that a deadline ends
 * everything it started. posix_spawn is not used: the child needs limits,
 * a working folder and the death signal of its parent.
 */
#include "core/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/limits.h"
#include "core/text.h"

enum { ARGUMENTS_MAX = 256 };

static void limit(int resource, int64_t bytes)
{
        struct rlimit value = {(rlim_t)bytes, (rlim_t)bytes};

        if (bytes > 0)
                setrlimit((__rlimit_resource_t)resource, &value);
}

bool proc_dies_with(pid_t parent, int signal)
{
        return prctl(PR_SET_PDEATHSIG, signal) == 0 && getppid() == parent;
}

/* Runs in the child between fork and exec; returns only on failure. */
static void become(const struct proc_options *options, const char *const *argv,
                   int in, int out, pid_t parent)
{
        sigset_t none;

        setpgid(0, 0);
        if (!proc_dies_with(parent, SIGKILL))
                return;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);
        if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
                return;
        if (options->directory && chdir(options->directory) < 0)
                return;
        limit(RLIMIT_AS, options->memory_bytes);
        limit(RLIMIT_FSIZE, options->file_bytes);
        limit(RLIMIT_CORE, 1);
        execvp(argv[0], (char *const *)argv);
}

/* The sandbox's own arguments in front of the caller's. stays: the caller
 * made a session already, and wants to signal all that is in it. */
static int sandbox_arguments(const struct proc_options *options, bool stays,
                             const char **argv, struct error *err)
{
        static const char *const base[] = {"bwrap",
                                           "--unshare-all",
                                           "--die-with-parent",
                                           "--clearenv",
                                           "--setenv",
                                           "PATH",
                                           "/usr/local/bin:/usr/bin:/bin",
                                           "--setenv",
                                           "LC_ALL",
                                           "C",
                                           "--ro-bind",
                                           "/usr",
                                           "/usr",
                                           "--symlink",
                                           "usr/lib",
                                           "/lib",
                                           "--symlink",
                                           "usr/lib64",
                                           "/lib64",
                                           "--symlink",
                                           "usr/bin",
                                           "/bin",
                                           "--ro-bind-try",
                                           "/etc/ld.so.cache",
                                           "/etc/ld.so.cache",
                                           "--ro-bind-try",
                                           "/etc/alternatives",
                                           "/etc/alternatives",
                                           "--tmpfs",
                                           "/tmp",
                                           "--dev",
                                           "/dev",
                                           "--proc",
                                           "/proc"};
        size_t n = 0, i;

        for (i = 0; i < sizeof base / sizeof *base; i++)
                argv[n++] = base[i];
        if (!stays)
                argv[n++] = "--new-session";
        for (i = 0; options->readable && options->readable[i]; i++) {
                argv[n++] = "--ro-bind";
                argv[n++] = options->readable[i];
                argv[n++] = options->readable[i];
        }
        for (i = 0; options->writable && options->writable[i]; i++) {
                argv[n++] = "--bind";
                argv[n++] = options->writable[i];
                argv[n++] = options->writable[i];
        }
        if (options->directory) {
                argv[n++] = "--chdir";
                argv[n++] = options->directory;
        }
        argv[n++] = "--";
        for (i = 0; options->argv[i]; i++) {
                if (n >= ARGUMENTS_MAX - 1)
                        return error_set(err, ERR_LIMIT, "too many arguments");
                argv[n++] = options->argv[i];
        }
        argv[n] = NULL;
        return 0;
}

/* Feed the input and collect the output until the child closes it. */
static void converse(const struct proc_options *options, int in, int out,
                     int64_t deadline, size_t maximum,
                     struct proc_result *result)
{
        struct pollfd fds[2] = {{out, POLLIN, 0}, {in, POLLOUT, 0}};
        size_t sent = 0;
        char chunk[16384];
        int64_t left;
        ssize_t n;

        fcntl(in, F_SETFL, O_NONBLOCK);
        if (!options->input_length) {
                close(in);
                fds[1].fd = -1;
        }
        for (;;) {
                left = deadline ? deadline - clock_monotonic_ns() : -1;
                if (deadline && left <= 0) {
                        result->timed_out = true;
                        break;
                }
                if (poll(fds, 2, deadline ? (int)(left / 1000000) + 1 : -1) <
                            0 &&
                    errno != EINTR)
                        break;
                if (fds[1].fd >= 0 && fds[1].revents) {
                        n = write(in, options->input + sent,
                                  options->input_length - sent);
                        if (n > 0)
                                sent += (size_t)n;
                        if ((n < 0 && errno != EAGAIN) ||
                            sent == options->input_length) {
                                close(in);
                                fds[1].fd = -1;
                        }
                }
                if (!fds[0].revents)
                        continue;
                n = read(out, chunk, sizeof chunk);
                if (n <= 0)
                        break;
                if (result->output.length + (size_t)n > maximum) {
                        n = (ssize_t)(maximum - result->output.length);
                        result->truncated = true;
                }
                buf_add(&result->output, chunk, (size_t)n);
                if (result->truncated)
                        break;
        }
        if (fds[1].fd >= 0)
                close(in);
}

/* Wait for pid; past the deadline, or at once when kill_now, end its group. */
static int reap(pid_t pid, int64_t deadline, bool kill_now, bool *timed_out)
{
        int status = 0;
        pid_t got;

        if (kill_now)
                kill(-pid, SIGKILL);
        while ((got = waitpid(pid, &status, deadline ? WNOHANG : 0)) <= 0) {
                if (got < 0 && errno != EINTR)
                        return 255;
                if (!deadline)
                        continue;
                if (clock_monotonic_ns() > deadline) {
                        *timed_out = true;
                        kill(-pid, SIGKILL);
                        deadline = 0;
                } else if (got == 0) {
                        clock_sleep_ns(200000);
                }
        }
        kill(-pid, SIGKILL);
        return WIFEXITED(status) ? WEXITSTATUS(status)
                                 : 128 + WTERMSIG(status);
}

/* Two pipes: pipes[1] feeds pipes[0], pipes[3] feeds pipes[2]. */
static int open_pipes(int pipes[4], struct error *err)
{
        if (pipe2(pipes, O_CLOEXEC) < 0)
                return error_set(err, ERR_IO, "pipe: %s", strerror(errno));
        if (pipe2(pipes + 2, O_CLOEXEC) == 0)
                return 0;
        close(pipes[0]);
        close(pipes[1]);
        return error_set(err, ERR_IO, "pipe: %s", strerror(errno));
}

/* The child's pid, or a negative error. */
static pid_t start(const struct proc_options *options, const char *const *argv,
                   int pipes[4], struct error *err)
{
        pid_t pid, parent = getpid();
        int rc = open_pipes(pipes, err);

        if (rc < 0)
                return rc;
        pid = fork();
        if (pid == 0) {
                become(options, argv, pipes[0], pipes[3], parent);
                _exit(127);
        }
        close(pipes[0]);
        close(pipes[3]);
        if (pid > 0)
                return pid;
        close(pipes[1]);
        close(pipes[2]);
        return error_set(err, ERR_IO, "fork: %s", strerror(errno));
}

/* What to execute: the caller's program, or the sandbox around it, which
 * then changes the folder itself. */
static int choose(struct proc_options *options, bool stays, const char **room,
                  const char *const **argv, struct error *err)
{
        int rc;

        *argv = options->argv;
        if (!options->sandbox)
                return 0;
        if (proc_sandbox_works(NULL)) {
                rc = sandbox_arguments(options, stays, room, err);
                *argv = room;
                options->directory = NULL;
                return rc;
        }
        if (getenv("KEVO_UNSANDBOXED"))
                return 0;
        return error_set(err, ERR_UNSUPPORTED,
                         "%s: foreign code needs bubblewrap, which does not "
                         "work here; `kevo doctor` says why",
                         options->argv[0]);
}

int proc_run(const struct proc_options *options, size_t maximum_output,
             struct proc_result *result, struct error *err)
{
        const char *argv[ARGUMENTS_MAX];
        const char *const *run = options->argv;
        struct proc_options plain = *options;
        int64_t deadline = 0;
        int pipes[4], rc;
        pid_t pid;

        *result = (struct proc_result){0};
        buf_init(&result->output, maximum_output);
        rc = choose(&plain, false, argv, &run, err);
        if (rc < 0)
                return rc;
        if (options->timeout_ns)
                deadline = clock_monotonic_ns() + options->timeout_ns;
        pid = start(&plain, run, pipes, err);
        if (pid < 0)
                return pid;
        converse(options, pipes[1], pipes[2], deadline, maximum_output,
                 result);
        close(pipes[2]);
        result->status =
                reap(pid, deadline, result->timed_out || result->truncated,
                     &result->timed_out);
        return 0;
}

bool proc_met_full_disk(const struct proc_result *result)
{
        return result->status != 0 && result->output.data &&
               (strstr(result->output.data, "No space left on device") ||
                strstr(result->output.data, "Disk quota exceeded"));
}

bool proc_was_killed(const struct proc_result *result)
{
        /* gcc; its linker's driver; clang */
        static const char *const said[] = {
                "fatal error: Killed signal terminated program",
                "fatal error: Terminated signal terminated program",
                "terminated with signal 9 [Killed]",
                "terminated with signal 15 [Terminated]",
                "unable to execute command: Killed",
                "unable to execute command: Terminated"};

        if (result->status == 128 + SIGKILL)
                return true;
        for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
                if (result->status != 0 && result->output.data &&
                    strstr(result->output.data, said[i]))
                        return true;
        }
        return false;
}

/* In the child: descriptors into their places, by way of high numbers so
 * that none overwrites another. */
static bool place_files(const int *file, int files)
{
        enum { HIGH = 100 };

        for (int i = 0; i < files; i++) {
                if (dup2(file[i], HIGH + i) < 0)
                        return false;
        }
        for (int i = 0; i < files; i++) {
                if (dup2(HIGH + i, 3 + i) < 0)
                        return false;
                close(HIGH + i);
        }
        return true;
}

/* The same for a child that stays; returns only on failure. */
static void become_lasting(const struct proc_options *options,
                           const char *const *argv, const int *pipes,
                           const int *file, int files, pid_t parent)
{
        int nowhere = open("/dev/null", O_WRONLY);
        int standard[2] = {pipes[0], pipes[3]};
        sigset_t none;

        setsid();
        if (!proc_dies_with(parent, SIGKILL))
                return;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);
        if (nowhere < 0 || dup2(nowhere, 2) < 0 || dup2(standard[0], 0) < 0 ||
            dup2(standard[1], 1) < 0 || !place_files(file, files))
                return;
        if (options->directory && chdir(options->directory) < 0)
                return;
        limit(RLIMIT_AS, options->memory_bytes);
        limit(RLIMIT_CORE, 1);
        execvp(argv[0], (char *const *)argv);
}

int proc_start(const struct proc_options *options, const int *file, int files,
               struct proc_child *child, struct error *err)
{
        const char *room[ARGUMENTS_MAX];
        struct proc_options plain = *options;
        const char *const *argv;
        pid_t parent = getpid();
        int pipes[4], rc;

        *child = (struct proc_child){.in = -1, .out = -1};
        if (files > PROC_FILES)
                return error_set(err, ERR_LIMIT, "too many descriptors");
        rc = choose(&plain, true, room, &argv, err);
        if (rc == 0)
                rc = open_pipes(pipes, err);
        if (rc < 0)
                return rc;
        child->pid = fork();
        if (child->pid == 0) {
                become_lasting(&plain, argv, pipes, file, files, parent);
                _exit(127);
        }
        close(pipes[0]);
        close(pipes[3]);
        child->in = pipes[1];
        child->out = pipes[2];
        if (child->pid > 0)
                return 0;
        child->pid = 0;
        proc_end(child);
        return error_set(err, ERR_IO, "fork: %s", strerror(errno));
}

void proc_end(struct proc_child *child)
{
        if (child->pid > 0) {
                /* The group may not have its leader's number yet. */
                kill(child->pid, SIGKILL);
                kill(-child->pid, SIGKILL);
                while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }
        if (child->in > 0)
                close(child->in);
        if (child->out > 0)
                close(child->out);
        *child = (struct proc_child){0};
}

/* Does it start? -1: it was ended before it could say. */
static int try_sandbox(char why[256])
{
        const char *argv[] = {"bwrap",     "--unshare-all", "--ro-bind",
                              "/usr",      "/usr",          "--symlink",
                              "usr/lib",   "/lib",          "--symlink",
                              "usr/lib64", "/lib64",        "--proc",
                              "/proc",     "/usr/bin/true", NULL};
        struct proc_options options = {.argv = argv,
                                       .timeout_ns = 10 * INT64_C(1000000000)};
        struct proc_result result;
        struct error err = {0};
        bool killed;

        if (proc_run(&options, 255, &result, &err) < 0)
                snprintf(why, 256, "%.255s", err.text);
        else if (result.status == 127)
                snprintf(why, 256, "bwrap is not installed");
        else
                snprintf(why, 256, "%.255s", result.output.data);
        killed = !result.timed_out && proc_was_killed(&result);
        if (killed)
                snprintf(why, 256, "bwrap was killed before it could start");
        buf_dispose(&result.output);
        return killed ? -1 : err.code == 0 && result.status == 0;
}

bool proc_sandbox_works(char *reason)
{
        static int known = -1;
        static char why[256];

        /* What somebody killed says nothing for the rest of our life. */
        for (int tries = 0; known < 0 && tries < 3; tries++)
                known = try_sandbox(why);
        if (reason)
                memcpy(reason, why, sizeof why);
        return known > 0;
}
