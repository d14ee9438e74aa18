/* See fault.h. The first fault is the one that is told. */
#include "evaluate/fault.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "evaluate/inside_loop.h"

static struct cell_control *told; /* one cell a process */
static _Atomic int faulted;

static void on_fault(int signal, siginfo_t *info, void *context)
{
        (void)context;
        if (atomic_exchange(&faulted, 1) == 0) {
                told->fault_signal = signal;
                told->fault_code = info->si_code;
                told->fault_address = (uint64_t)(uintptr_t)info->si_addr;
                told->fault_syscall = signal == SIGSYS ? info->si_syscall : -1;
                atomic_store(&told->state, CELL_FAULT);
        }
        atomic_store(&told->done, UINT32_MAX);
        loop_wake(&told->done);
        syscall(SYS_exit_group, 1);
}

void fault_watch(struct cell_control *control, bool arithmetic)
{
        static const int signals[] = {SIGSEGV, SIGBUS,  SIGILL,
                                      SIGSYS,  SIGTRAP, SIGABRT};
        struct sigaction action = {.sa_sigaction = on_fault,
                                   .sa_flags = SA_SIGINFO | SA_ONSTACK};

        told = control;
        for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
                sigaction(signals[i], &action, NULL);
        if (arithmetic)
                sigaction(SIGFPE, &action, NULL);
}
