/*
 * See zygote.h. Namespaces are entered once, here, because a network
 * namespace takes milliseconds to make; a process namespace is made for each
 * cell, so that it sees no other process and takes all of its own with it.
 */
#include "evaluate/zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evaluate/device_inside.h"
#include "evaluate/device_sandbox.h"
#include "evaluate/filter.h"

extern char **environ;

/* What the zygote found possible, sent once. */
struct zygote_hello {
        int can;        /* INSIDE_CAN_* */
        int namespaces; /* 0, or the errno that refused them */
        char step[32];  /* which step was refused */
};

static int write_text(const char *path, const char *text)
{
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        ssize_t put = fd < 0 ? -1 : write(fd, text, strlen(text));

        if (fd >= 0)
                close(fd);
        return put < 0 ? -1 : 0;
}

/* Map our own user onto itself, so that files stay readable. */
static int map_user(uid_t user, gid_t group)
{
        char text[64];

        if (write_text("/proc/self/setgroups", "deny") < 0)
                return -1;
        snprintf(text, sizeof text, "%u %u 1", user, user);
        if (write_text("/proc/self/uid_map", text) < 0)
                return -1;
        snprintf(text, sizeof text, "%u %u 1", group, group);
        return write_text("/proc/self/gid_map", text);
}

/* Returns 0 or errno; *step names what was refused. */
static int enter_namespaces(int *empty_root, const char **step)
{
        uid_t user = geteuid();
        gid_t group = getegid();

        *step = "user namespace";
        if (unshare(CLONE_NEWUSER) < 0 || map_user(user, group) < 0)
                return errno;
        *step = "namespaces";
        if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) <
            0)
                return errno;
        *step = "private mounts";
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return errno;
        *step = "an empty root";
        if (mount("none", "/tmp", "tmpfs", MS_NODEV | MS_NOSUID | MS_NOEXEC,
                  "size=4k") < 0)
                return errno;
        *empty_root = open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC);
        return *empty_root < 0 ? errno : 0;
}

/* A fork whose child belongs to our parent; in its own process namespace
 * when we have namespaces. */
static pid_t fork_sibling(bool namespaces)
{
        unsigned long flags = CLONE_PARENT | SIGCHLD;

        if (namespaces)
                flags |= CLONE_NEWPID;
#if defined(__s390__)
        return (pid_t)syscall(SYS_clone, NULL, flags, NULL, NULL, NULL);
#else
        return (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
#endif
}

static int try_protections(const struct inside_host *host)
{
        pid_t pid = fork();
        int status = 0;

        if (pid == 0)
                syscall(SYS_exit_group, inside_probe(host));
        if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
                return 0;
        return WEXITSTATUS(status);
}

/* The texts of the environment lie in this process's memory, and cells are
 * its copies: a token in a variable must not be among them. */
static void forget_environment(void)
{
        char **kept = environ;

        for (char **e = environ; e && *e; e++)
                if (device_sandbox_needs(*e))
                        *kept++ = *e;
                else
                        memset(*e, 0, strlen(*e));
        if (kept)
                *kept = NULL;
}

/* One request: its kind, and descriptors come with it. Returns false at the
 * end. */
static bool receive(int socket, char *kind, int file[INSIDE_FILES])
{
        char space[CMSG_SPACE(INSIDE_FILES * sizeof(int))];
        struct iovec part = {kind, 1};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = space,
                                 .msg_controllen = sizeof space};
        struct cmsghdr *head;
        ssize_t n;

        do {
                n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        } while (n < 0 && errno == EINTR);
        head = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
        if (!head || head->cmsg_type != SCM_RIGHTS ||
            head->cmsg_len != CMSG_LEN(INSIDE_FILES * sizeof(int)))
                return false;
        memcpy(file, CMSG_DATA(head), INSIDE_FILES * sizeof(int));
        return true;
}

_Noreturn static void serve(struct inside_host *host, bool namespaces)
{
        int file[INSIDE_FILES], answer;
        char kind;
        pid_t pid;

        while (receive(host->socket, &kind, file)) {
                pid = fork_sibling(namespaces);
                if (pid == 0 && kind == ZYGOTE_DEVICE)
                        device_inside_run(host, file);
                if (pid == 0)
                        inside_run(host, file);
                answer = pid < 0 ? -errno : pid;
                for (int i = 0; i < INSIDE_FILES; i++)
                        close(file[i]);
                if (send(host->socket, &answer, sizeof answer, MSG_NOSIGNAL) !=
                    sizeof answer)
                        break;
        }
        _exit(0);
}

_Noreturn static void become_zygote(int socket, struct sock_fprog filter)
{
        struct inside_host host = {
                .filter = filter, .socket = socket, .empty_root = -1};
        struct zygote_hello hello = {0};
        const char *step = "";

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setsid();
        signal(SIGINT, SIG_IGN);
        signal(SIGTERM, SIG_DFL);
        dup3(socket, 3, O_CLOEXEC);
        host.socket = 3;
        syscall(SYS_close_range, 4U, ~0U, 0U);
        close(0);
        open("/dev/null", O_RDWR | O_CLOEXEC);
        dup2(0, 1);
        forget_environment();
        hello.namespaces = enter_namespaces(&host.empty_root, &step);
        snprintf(hello.step, sizeof hello.step, "%s", step);
        host.drop_user = hello.namespaces && geteuid() == 0;
        if (hello.namespaces)
                host.empty_root = -1;
        hello.can = try_protections(&host);
        if (send(3, &hello, sizeof hello, MSG_NOSIGNAL) != sizeof hello)
                _exit(1);
        serve(&host, hello.namespaces == 0);
}

static void grade(struct zygote *zygote, const struct zygote_hello *hello)
{
        zygote->grade = 'A';
        zygote->reason[0] = 0;
        if (hello->namespaces) {
                zygote->grade = 'B';
                snprintf(zygote->reason, sizeof zygote->reason, "no %s: %s",
                         hello->step, strerror(hello->namespaces));
        } else if (!(hello->can & INSIDE_CAN_TSC)) {
                zygote->grade = 'B';
                snprintf(zygote->reason, sizeof zygote->reason,
                         "the time-stamp counter cannot be made to trap");
        } else if (!(hello->can & INSIDE_CAN_VDSO)) {
                zygote->grade = 'B';
                snprintf(zygote->reason, sizeof zygote->reason,
                         "the kernel's shared page with the clock (vDSO) "
                         "cannot be unmapped");
        }
        if (hello->can & INSIDE_CAN_FILTER)
                return;
        zygote->grade = 0;
        snprintf(zygote->reason, sizeof zygote->reason,
                 "no system call filter (seccomp): kernels cannot be run "
                 "safely here");
}

int zygote_start(struct zygote *zygote, struct error *err)
{
        struct zygote_hello hello = {0};
        struct sock_fprog filter;
        int pair[2], rc;

        *zygote = (struct zygote){.socket = -1};
        rc = filter_make(&filter, err);
        if (rc < 0)
                return rc;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
                free(filter.filter);
                return error_set(err, ERR_IO, "socketpair: %s",
                                 strerror(errno));
        }
        zygote->pid = fork();
        if (zygote->pid == 0) {
                become_zygote(pair[1], filter);
        }
        free(filter.filter);
        close(pair[1]);
        zygote->socket = pair[0];
        if (zygote->pid < 0)
                rc = error_set(err, ERR_IO, "fork: %s", strerror(errno));
        else if (recv(pair[0], &hello, sizeof hello, 0) != sizeof hello)
                rc = error_set(err, ERR_LOST,
                               "the process that starts cells "
                               "ended before it was ready");
        if (rc < 0) {
                zygote_stop(zygote);
                return rc;
        }
        grade(zygote, &hello);
        return 0;
}

void zygote_stop(struct zygote *zygote)
{
        if (zygote->socket >= 0)
                close(zygote->socket);
        zygote->socket = -1;
        if (zygote->pid > 0) {
                kill(zygote->pid, SIGKILL);
                waitpid(zygote->pid, NULL, 0);
        }
        zygote->pid = 0;
}

int zygote_fork(struct zygote *zygote, enum zygote_kind kind,
                const int file[INSIDE_FILES], pid_t *cell, struct error *err)
{
        char byte = (char)kind,
             space[CMSG_SPACE(INSIDE_FILES * sizeof(int))] = {0};
        struct iovec part = {&byte, 1};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = space,
                                 .msg_controllen = sizeof space};
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        int answer = -EPIPE;

        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(INSIDE_FILES * sizeof(int));
        memcpy(CMSG_DATA(head), file, INSIDE_FILES * sizeof(int));
        if (sendmsg(zygote->socket, &message, MSG_NOSIGNAL) < 0 ||
            recv(zygote->socket, &answer, sizeof answer, 0) != sizeof answer)
                return error_set(err, ERR_LOST,
                                 "the process that starts "
                                 "cells is gone");
        if (answer < 0)
                return error_set(err, ERR_IO, "starting a cell: %s",
                                 strerror(-answer));
        *cell = answer;
        return 0;
}
