/*
 * See child.h. fork and exec by hand instead of uv_spawn: the death signal
 * of the parent must be set in the child, between the two.
 */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/proc.h"

enum { ARGUMENTS_MAX = 16 };

struct child {
        pid_t pid;
        struct child_handlers handlers;
        uv_pipe_t output;
        uv_signal_t reaper;
        uv_timer_t timer;
        int open_handles;
        bool exited, drained, told;
        int status;
        size_t used;
        char line[CHILD_LINE_BYTES], last[CHILD_LINE_BYTES];
};

static void handle_closed(uv_handle_t *handle)
{
        struct child *child = handle->data;

        if (--child->open_handles == 0)
                free(child);
}

static void close_all(struct child *child)
{
        uv_close((uv_handle_t *)&child->output, handle_closed);
        uv_close((uv_handle_t *)&child->reaper, handle_closed);
        uv_close((uv_handle_t *)&child->timer, handle_closed);
}

static void flush_line(struct child *child)
{
        if (!child->used)
                return;
        child->line[child->used] = 0;
        child->used = 0;
        memcpy(child->last, child->line, sizeof child->last);
        if (child->handlers.line)
                child->handlers.line(child->line, child->handlers.data);
}

/* Both must have happened: the exit, and the end of the output. */
static void tell_if_over(struct child *child)
{
        if (!child->exited || !child->drained || child->told)
                return;
        child->told = true;
        flush_line(child);
        close_all(child);
        child->handlers.ended(child->status, child->last,
                              child->handlers.data);
}

static void give_buffer(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
        static char chunk[4096];

        (void)handle;
        (void)wanted;
        *buffer = uv_buf_init(chunk, sizeof chunk);
}

/* Whole lines; a longer one is cut into several. */
static void received(uv_stream_t *stream, ssize_t count,
                     const uv_buf_t *buffer)
{
        struct child *child = stream->data;

        for (ssize_t i = 0; i < count; i++) {
                char c = buffer->base[i];

                if (c == '\n' || c == '\r' ||
                    child->used == sizeof child->line - 1)
                        flush_line(child);
                if (c != '\n' && c != '\r')
                        child->line[child->used++] = c;
        }
        if (count < 0) {
                child->drained = true;
                uv_read_stop(stream);
                tell_if_over(child);
        }
}

/* The group is killed before its leader is reaped: as long as the leader is
 * a zombie, the number cannot mean somebody else. What it left behind would
 * hold the pipe open. */
static void reap(struct child *child)
{
        siginfo_t info = {0};
        int status;

        if (child->exited ||
            waitid(P_PID, (id_t)child->pid, &info,
                   WEXITED | WNOHANG | WNOWAIT) < 0 ||
            info.si_pid != child->pid)
                return;
        kill(-child->pid, SIGKILL);
        if (waitpid(child->pid, &status, 0) != child->pid)
                return;
        child->exited = true;
        child->status = WIFEXITED(status) ? WEXITSTATUS(status)
                                          : 128 + WTERMSIG(status);
        tell_if_over(child);
}

static void on_sigchld(uv_signal_t *signal, int number)
{
        (void)number;
        reap(signal->data);
}

static void on_timeout(uv_timer_t *timer)
{
        child_kill(timer->data);
}

/* Between fork and exec: only what is safe there. The program is named by
 * what runs, not by its path: an upgrade may have replaced the file. */
static void become(char *const *argv, int out, int nice, pid_t parent)
{
        sigset_t none;
        int null = open("/dev/null", O_RDONLY);

        setpgid(0, 0);
        if (!proc_dies_with(parent, SIGKILL))
                _exit(127);
        signal(SIGPIPE, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        if (nice)
                setpriority(PRIO_PROCESS, 0, nice);
        if (null >= 0 && dup2(null, 0) >= 0 && dup2(out, 1) >= 0 &&
            dup2(out, 2) >= 0)
                execv("/proc/self/exe", argv);
        _exit(127);
}

static int spawn(struct child *child, const char *const *arguments, int out,
                 int nice, struct error *err)
{
        char *argv[ARGUMENTS_MAX] = {(char *)"kevo"};
        pid_t parent = getpid();
        sigset_t all, old;
        int n = 1;

        while (*arguments && n < ARGUMENTS_MAX - 1)
                argv[n++] = (char *)*arguments++;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, &old);
        child->pid = fork();
        if (child->pid == 0)
                become(argv, out, nice, parent);
        sigprocmask(SIG_SETMASK, &old, NULL);
        if (child->pid < 0)
                return error_set(err, ERR_IO, "fork: %s", strerror(errno));
        setpgid(child->pid, child->pid);
        return 0;
}

static void init_handles(struct child *child, uv_loop_t *loop, int in)
{
        uv_pipe_init(loop, &child->output, 0);
        uv_signal_init(loop, &child->reaper);
        uv_timer_init(loop, &child->timer);
        child->open_handles = 3;
        child->output.data = child;
        child->reaper.data = child;
        child->timer.data = child;
        uv_pipe_open(&child->output, in);
        uv_signal_start(&child->reaper, on_sigchld, SIGCHLD);
}

int child_start(struct child **child, uv_loop_t *loop,
                const char *const *arguments, int64_t timeout_ms, int nice,
                const struct child_handlers *handlers, struct error *err)
{
        struct child *c = calloc(1, sizeof *c);
        int pipes[2], rc;

        if (!c)
                return error_memory(err);
        if (pipe2(pipes, O_CLOEXEC) < 0) {
                free(c);
                return error_set(err, ERR_IO, "pipe: %s", strerror(errno));
        }
        c->handlers = *handlers;
        init_handles(c, loop, pipes[0]);
        rc = spawn(c, arguments, pipes[1], nice, err);
        close(pipes[1]);
        if (rc < 0) {
                close_all(c);
                return rc;
        }
        uv_read_start((uv_stream_t *)&c->output, give_buffer, received);
        if (timeout_ms)
                uv_timer_start(&c->timer, on_timeout, (uint64_t)timeout_ms, 0);
        *child = c;
        return 0;
}

pid_t child_pid(const struct child *child)
{
        return child->pid;
}

void child_stop(struct child *child, int64_t grace_ms)
{
        if (child->exited)
                return;
        kill(child->pid, SIGTERM);
        uv_timer_start(&child->timer, on_timeout, (uint64_t)grace_ms, 0);
}

void child_kill(struct child *child)
{
        if (!child->exited)
                kill(-child->pid, SIGKILL);
}

void child_kill_stale(pid_t pid, int64_t id)
{
        char path[64], wanted[32], text[1024];
        size_t got, n;
        FILE *file;

        if (pid <= 1)
                return;
        snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)pid);
        file = fopen(path, "re");
        if (!file)
                return;
        got = fread(text, 1, sizeof text - 1, file);
        fclose(file);
        text[got] = 0;
        /* Arguments are separated by NULs: --job and the number follow each
         * other. */
        snprintf(wanted, sizeof wanted, "--job%c%lld", 0, (long long)id);
        n = strlen("--job") + 1 + strlen(wanted + strlen("--job") + 1) + 1;
        if (memmem(text, got + 1, wanted, n))
                kill(-pid, SIGKILL);
}
