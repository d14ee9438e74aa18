/*
 * See cell.h. The clock is read here, on the worker's side, around one
 * command: the cell has none. Waiting is a sleep on the control page's
 * `done`; since a dead cell wakes nobody, sleeps are short and look.
 */
#include "evaluate/cell.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"

enum {
        START_SECONDS = 10,
        DEVICE_SECONDS = 90, /* a driver loads and builds */
        COPY_SECONDS = 60,
        SLICE_NS = 20000000
};

/* Sleep until *word differs from seen, at most one slice. */
static void nap(_Atomic uint32_t *word, uint32_t seen, int64_t left_ns)
{
        int64_t ns = left_ns < SLICE_NS ? left_ns : SLICE_NS;
        struct timespec slice = {0, ns > 0 ? ns : 0};

        syscall(SYS_futex, word, FUTEX_WAIT, seen, &slice, NULL, 0);
}

static void wake(_Atomic uint32_t *word)
{
        syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Reap the cell if it ended; its wait status. */
static bool ended(struct cell *cell, int *status)
{
        if (!cell->pid || waitpid(cell->pid, status, WNOHANG) != cell->pid)
                return false;
        cell->pid = 0;
        return true;
}

void cell_end(struct cell *cell)
{
        if (cell->pid > 0) {
                kill(cell->pid, SIGKILL);
                while (waitpid(cell->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }
        memory_dispose(&cell->plan);
        memory_dispose(&cell->page);
        *cell = (struct cell){0};
}

static const char *signal_meaning(int number)
{
        switch (number) {
        case SIGSEGV:
        case SIGBUS:
                return "touched memory that is not its own";
        case SIGILL:
                return "executed an instruction that this processor does not "
                       "have";
        case SIGFPE:
                return "divided by zero";
        case SIGSYS:
                return "made a system call";
        case SIGABRT:
        case SIGTRAP:
                return "trapped";
        default:
                return "was killed";
        }
}

/* The piece whose data lies nearest to an address, -1 when none is near. */
static int nearest_piece(const struct cell *cell, const struct cell_plan *plan,
                         uint64_t address)
{
        uint64_t best = 65536, far;
        int found = -1;

        for (uint32_t i = 0; i < plan->pieces && i < 64; i++) {
                uint64_t start = cell->control->piece_address[i];
                uint64_t bytes = plan->piece[i].bytes;

                far = address < start           ? start - address
                      : address - start < bytes ? 0
                                                : address - start - bytes + 1;
                if (far < best) {
                        best = far;
                        found = (int)i;
                }
        }
        return found;
}

/* Where a fault address lies, in words; numbers come from the cell and are
 * for people only. */
static void describe_address(const struct cell *cell, uint64_t address,
                             char text[160])
{
        const struct cell_plan *plan = (const void *)cell->plan.map;
        int i = nearest_piece(cell, plan, address);
        char what[LIMIT_NAME_BYTES + 16];
        bool input;
        long long off;

        text[0] = 0;
        if (address < 4096) {
                snprintf(text, 160,
                         " (a null pointer, or a forbidden "
                         "instruction such as reading the "
                         "time-stamp counter)");
                return;
        }
        if (i < 0)
                return;
        off = (long long)(address - cell->control->piece_address[i]);
        input = (uint32_t)i < plan->first_output;
        if (input)
                snprintf(what, sizeof what, "input %s",
                         plan->tensor[(uint32_t)i % plan->inputs]);
        else if ((uint32_t)i < plan->first_scratch)
                snprintf(what, sizeof what, "output %s",
                         plan->tensor[plan->inputs +
                                      ((uint32_t)i - plan->first_output) %
                                              plan->outputs]);
        else
                snprintf(what, sizeof what, "buffer %u",
                         (uint32_t)i - plan->first_scratch);
        if (input && off >= 0 && off < (long long)plan->piece[i].bytes)
                snprintf(text, 160, " (wrote to %s, byte %lld)", what, off);
        else
                snprintf(text, 160, " (byte %lld of %s, which has %llu)", off,
                         what, (unsigned long long)plan->piece[i].bytes);
}

/* The cell is gone or faulted: say why. */
static int explain(struct cell *cell, int status, struct error *err)
{
        const struct cell_control *c = cell->control;
        int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        char where[160] = "";

        if (atomic_load(&c->state) == CELL_FAULT) {
                number = c->fault_signal;
                if (number == SIGSEGV || number == SIGBUS)
                        describe_address(cell, c->fault_address, where);
                else if (number == SIGSYS)
                        snprintf(where, sizeof where, " (number %d)",
                                 c->fault_syscall);
        }
        if (!number && atomic_load(&c->state) == CELL_FAULT)
                return error_set(err, ERR_INPUT, "the kernel failed: %.250s",
                                 c->message);
        if (!number)
                return error_set(err, ERR_INPUT,
                                 "the kernel ended its "
                                 "process");
        return error_set(err, ERR_INPUT, "the kernel %s%s (signal %d)",
                         signal_meaning(number), where, number);
}

/* A cell that ended by itself. SIGKILL is sent by people and by a system
 * without memory; a kernel cannot send it, so it is not the kernel's fault. */
static int explain_end(struct cell *cell, int status, struct error *err)
{
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
            atomic_load(&cell->control->state) != CELL_FAULT)
                return error_set(err, ERR_LOST,
                                 "the cell was killed from outside");
        return explain(cell, status, err);
}

static int wait_ready(struct cell *cell, struct error *err)
{
        int seconds = cell->remote ? DEVICE_SECONDS : START_SECONDS;
        int64_t deadline =
                clock_monotonic_ns() + seconds * (int64_t)CLOCK_SECOND_NS;
        uint32_t state;
        int status;

        while ((state = atomic_load(&cell->control->state)) == CELL_STARTING) {
                nap(&cell->control->state, CELL_STARTING, SLICE_NS);
                if (ended(cell, &status) &&
                    atomic_load(&cell->control->state) == CELL_STARTING)
                        return error_set(err, ERR_LOST,
                                         "a cell ended while it was set up "
                                         "(status %d)",
                                         status);
                if (clock_monotonic_ns() > deadline)
                        return error_set(err, ERR_TIMEOUT,
                                         "a %s was not ready within %d s",
                                         cell->remote ? "device process"
                                                      : "cell",
                                         seconds);
        }
        if (state == CELL_READY)
                return 0;
        return error_set(err, ERR_UNSUPPORTED,
                         "a %s could not be set up: "
                         "%.250s",
                         cell->remote ? "device process" : "cell",
                         cell->control->message);
}

int cell_start(struct cell *cell, struct zygote *zygote, int object,
               int inputs, int work, const struct cell_plan *plan,
               size_t plan_bytes, struct error *err)
{
        int file[INSIDE_FILES], rc;

        *cell = (struct cell){.remote = plan->remote, .fetched = true};
        rc = memory_create(&cell->plan, plan_bytes, err);
        if (rc == 0) {
                memcpy(cell->plan.map, plan, plan_bytes);
                rc = memory_seal(&cell->plan, err);
        }
        if (rc == 0)
                rc = memory_create(&cell->page, CELL_CONTROL_BYTES, err);
        if (rc < 0)
                goto out;
        cell->control = (struct cell_control *)(void *)cell->page.map;
        file[INSIDE_OBJECT] = object;
        file[INSIDE_INPUTS] = inputs;
        file[INSIDE_WORK] = work;
        file[INSIDE_PLAN] = cell->plan.fd;
        file[INSIDE_CONTROL] = cell->page.fd;
        rc = zygote_fork(zygote, cell->remote ? ZYGOTE_DEVICE : ZYGOTE_CELL,
                         file, &cell->pid, err);
        if (rc == 0)
                rc = wait_ready(cell, err);
        if (rc == 0) {
                cell->vdso_gone = cell->control->vdso_gone;
                cell->clock_gone = cell->control->clock_gone;
        }
out:
        if (rc < 0)
                cell_end(cell);
        return rc;
}

/* One command of a cell that is awake. */
static int command(struct cell *cell, const struct cell_batch *batch,
                   int64_t timeout_ns, int64_t *elapsed_ns, struct error *err)
{
        struct cell_control *c = cell->control;
        uint32_t number, done;
        int64_t start, now;
        int status;

        c->calls = batch->calls;
        c->set = batch->set;
        c->set_step = batch->set_step;
        c->slot = batch->slot;
        c->slot_step = batch->slot_step;
        c->flags = batch->flags;
        c->stack_from = batch->stack_from;
        number = atomic_load(&c->command) + 1;
        start = clock_monotonic_ns();
        atomic_store(&c->command, number);
        wake(&c->command);
        for (;;) {
                done = atomic_load(&c->done);
                now = clock_monotonic_ns();
                if (done == number || done == UINT32_MAX)
                        break;
                if (ended(cell, &status))
                        return explain_end(cell, status, err);
                if (now - start > timeout_ns) {
                        kill(cell->pid, SIGKILL);
                        waitpid(cell->pid, &status, 0);
                        cell->pid = 0;
                        return error_set(err, ERR_TIMEOUT,
                                         "%u call%s did not end within %.3g "
                                         "s",
                                         batch->calls,
                                         batch->calls == 1 ? "" : "s",
                                         (double)timeout_ns / 1e9);
                }
                nap(&c->done, done, timeout_ns - (now - start) + 1);
        }
        if (done == UINT32_MAX) {
                kill(cell->pid, SIGKILL);
                waitpid(cell->pid, &status, 0);
                cell->pid = 0;
                return explain(cell, status, err);
        }
        if (elapsed_ns)
                *elapsed_ns = now - start;
        return 0;
}

/* Copy between the work file and the device. */
static int copy(struct cell *cell, uint32_t way, struct error *err)
{
        struct cell_batch batch = {.flags = way};

        return command(cell, &batch, COPY_SECONDS * (int64_t)CLOCK_SECOND_NS,
                       NULL, err);
}

int cell_run(struct cell *cell, const struct cell_batch *batch,
             int64_t timeout_ns, int64_t *elapsed_ns, struct error *err)
{
        int rc = 0;

        if (!cell->pid)
                return error_set(err, ERR_INTERNAL, "no cell to run");
        if (cell->stopped) {
                kill(cell->pid, SIGCONT);
                cell->stopped = false;
        }
        if (cell->remote && cell->fetched)
                rc = copy(cell, CELL_PUSH, err);
        cell->fetched = false;
        return rc < 0 ? rc : command(cell, batch, timeout_ns, elapsed_ns, err);
}

int cell_stop(struct cell *cell, struct error *err)
{
        siginfo_t info = {0};
        int status;

        if (cell->stopped)
                return 0;
        if (!cell->pid)
                return error_set(err, ERR_INTERNAL, "no cell to stop");
        if (cell->remote && !cell->fetched && copy(cell, CELL_PULL, err) < 0)
                return err->code;
        cell->fetched = true;
        kill(cell->pid, SIGSTOP);
        while (waitid(P_PID, (id_t)cell->pid, &info,
                      WSTOPPED | WEXITED | WNOWAIT) < 0 &&
               errno == EINTR)
                ;
        if (info.si_code != CLD_STOPPED) {
                if (ended(cell, &status))
                        return explain_end(cell, status, err);
                return error_set(err, ERR_LOST, "a cell could not be stopped");
        }
        /* Consume the report, so that the next stop is a new one. */
        waitid(P_PID, (id_t)cell->pid, &info, WSTOPPED | WNOHANG);
        cell->stopped = true;
        return 0;
}

int64_t cell_cpu_ns(const struct cell *cell)
{
        struct timespec time;
        clockid_t clock;

        if (!cell->pid || clock_getcpuclockid(cell->pid, &clock) ||
            clock_gettime(clock, &time) < 0)
                return 0;
        return (int64_t)time.tv_sec * CLOCK_SECOND_NS + time.tv_nsec;
}
