/* See filter.h. libseccomp writes the program once; cells load its bytes. */
#include "evaluate/filter.h"

#include <errno.h>
#include <linux/futex.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { INSTRUCTIONS = 4096 };

static int add_rules(scmp_filter_ctx context)
{
        static const int operations[] = {FUTEX_WAIT, FUTEX_WAKE};
        static const int plain[] = {SCMP_SYS(exit), SCMP_SYS(exit_group),
                                    SCMP_SYS(restart_syscall)};
        int rc = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH,
                                  SCMP_ACT_KILL_PROCESS);

        for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
                rc |= seccomp_rule_add(
                        context, SCMP_ACT_ALLOW, SCMP_SYS(futex), 1,
                        SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)operations[i]));
        for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
                rc |= seccomp_rule_add(context, SCMP_ACT_ALLOW, plain[i], 0);
        return rc;
}

/* Read what libseccomp wrote into fd. */
static int read_program(int fd, struct sock_fprog *program)
{
        off_t bytes = lseek(fd, 0, SEEK_END);
        size_t count = (size_t)bytes / sizeof *program->filter;

        if (bytes <= 0 || count > INSTRUCTIONS)
                return -1;
        program->filter = malloc((size_t)bytes);
        if (!program->filter ||
            pread(fd, program->filter, (size_t)bytes, 0) != bytes)
                return -1;
        program->len = (unsigned short)count;
        return 0;
}

int filter_make(struct sock_fprog *program, struct error *err)
{
        /* A trap, not a kill: the handler can say which call it was. When
         * the handler cannot run the kernel kills anyway. */
        scmp_filter_ctx context = seccomp_init(SCMP_ACT_TRAP);
        int fd = memfd_create("filter", MFD_CLOEXEC), rc;

        *program = (struct sock_fprog){0};
        rc = !context || fd < 0 || add_rules(context) ||
             seccomp_export_bpf(context, fd) || read_program(fd, program);
        if (rc) {
                free(program->filter);
                program->filter = NULL;
                rc = error_set(err, ERR_UNSUPPORTED,
                               "the system call filter cannot be built "
                               "(libseccomp): %s",
                               strerror(errno));
        }
        if (fd >= 0)
                close(fd);
        seccomp_release(context);
        return rc;
}
