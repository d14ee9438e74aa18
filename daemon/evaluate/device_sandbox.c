/* See device_sandbox.h. */
#include "evaluate/device_sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char root[] = "/tmp";

/* What drivers and their compilers are made of. */
static const char *const folders[] = {"/usr",
                                      "/lib",
                                      "/lib32",
                                      "/lib64",
                                      "/bin",
                                      "/sbin",
                                      "/opt",
                                      "/nix",
                                      "/sys",
                                      "/proc",
                                      "/dev",
                                      "/etc/OpenCL",
                                      "/etc/alternatives",
                                      "/etc/ld.so.conf.d",
                                      "/run/opengl-driver",
                                      NULL};
static const char *const files[] = {"/etc/ld.so.cache", "/etc/ld.so.conf",
                                    NULL};

bool device_sandbox_needs(const char *variable)
{
        static const char *const needed[] = {"OCL_ICD_",
                                             "OPENCL_VENDOR_PATH="};

        for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
                if (!strncmp(variable, needed[i], strlen(needed[i])))
                        return true;
        return false;
}

/* mkdir -p below the new root. */
static void make_path(const char *path, bool last)
{
        char text[256];

        snprintf(text, sizeof text, "%s%s", root, path);
        for (char *c = text + strlen(root) + 1; *c; c++) {
                if (*c != '/')
                        continue;
                *c = 0;
                mkdir(text, 0755);
                *c = '/';
        }
        if (last)
                mkdir(text, 0755);
}

static bool bind_one(const char *path, bool folder)
{
        char target[256], link[256];
        struct stat status;
        ssize_t n;

        snprintf(target, sizeof target, "%s%s", root, path);
        if (lstat(path, &status) < 0)
                return true;
        make_path(path, folder && !S_ISLNK(status.st_mode));
        if (S_ISLNK(status.st_mode)) {
                n = readlink(path, link, sizeof link - 1);
                if (n <= 0)
                        return true;
                link[n] = 0;
                return symlink(link, target) == 0;
        }
        if (!folder) {
                int fd = open(target, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

                if (fd >= 0)
                        close(fd);
        }
        return mount(path, target, NULL, MS_BIND | MS_REC, NULL) == 0;
}

/* All that was bound becomes read-only with what is mounted in it. */
static bool seal_root(void)
{
        struct mount_attr {
                uint64_t attr_set, attr_clr, propagation, userns_fd;
        } attributes = {.attr_set = 1 /* MOUNT_ATTR_RDONLY */};

        return syscall(442 /* mount_setattr */, AT_FDCWD, root,
                       0x8000 /* AT_RECURSIVE */, &attributes,
                       sizeof attributes) == 0;
}

/* CUDA names its threads, in files here, and does not start when it cannot. */
static bool open_own_tasks(void)
{
        return mount("/proc/self/task", "/tmp/proc/self/task", NULL, MS_BIND,
                     NULL) == 0;
}

static const char *make_root(void)
{
        if (unshare(CLONE_NEWNS) < 0 ||
            mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
                return "a view of its own of the file system";
        if (mount("none", root, "tmpfs", MS_NODEV | MS_NOSUID, "size=1m") < 0)
                return "a root of its own";
        for (int i = 0; folders[i]; i++)
                if (!bind_one(folders[i], true))
                        return folders[i];
        for (int i = 0; files[i]; i++)
                if (!bind_one(files[i], false))
                        return files[i];
        make_path("/tmp", true);
        if (!seal_root())
                return "a read-only view of the file system (Linux 5.12 is "
                       "needed)";
        if (!open_own_tasks())
                return "the files of its own threads";
        if (mount("none", "/tmp/tmp", "tmpfs", MS_NODEV | MS_NOSUID,
                  "size=512m,mode=0700") < 0)
                return "a private /tmp";
        if (chdir(root) < 0 || chroot(".") < 0)
                return "chroot";
        return NULL;
}

static void limit(__rlimit_resource_t resource, uint64_t value)
{
        struct rlimit limits = {value, value};

        setrlimit(resource, &limits);
}

const char *device_sandbox_enter(const struct inside_host *host,
                                 int64_t address_bytes)
{
        struct __user_cap_header_struct head = {
                .version = _LINUX_CAPABILITY_VERSION_3};
        struct __user_cap_data_struct none[2] = {{0}};
        const char *failed;

        if (host->empty_root < 0) {
                errno = EPERM;
                return "device programs need user namespaces";
        }
        failed = make_root();
        if (failed)
                return failed;
        limit(RLIMIT_CORE, 0);
        limit(RLIMIT_FSIZE, (uint64_t)256 << 20);
        limit(RLIMIT_MSGQUEUE, 0);
        if (address_bytes)
                limit(RLIMIT_AS, (uint64_t)address_bytes);
        setenv("HOME", "/tmp", 1);
        setenv("PATH", "/usr/bin:/bin", 1);
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
            syscall(SYS_capset, &head, none) < 0)
                return "giving up privileges";
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        return NULL;
}

/* What no driver has a use for. */
static const int refused[] = {SCMP_SYS(connect),
                              SCMP_SYS(ptrace),
                              SCMP_SYS(process_vm_readv),
                              SCMP_SYS(process_vm_writev),
                              SCMP_SYS(mount),
                              SCMP_SYS(umount2),
                              SCMP_SYS(pivot_root),
                              SCMP_SYS(chroot),
                              SCMP_SYS(unshare),
                              SCMP_SYS(setns),
                              SCMP_SYS(bpf),
                              SCMP_SYS(perf_event_open),
                              SCMP_SYS(keyctl),
                              SCMP_SYS(add_key),
                              SCMP_SYS(request_key),
                              SCMP_SYS(userfaultfd),
                              SCMP_SYS(kexec_load),
                              SCMP_SYS(init_module),
                              SCMP_SYS(finit_module),
                              SCMP_SYS(delete_module),
                              SCMP_SYS(open_by_handle_at),
                              SCMP_SYS(io_uring_setup),
                              SCMP_SYS(mount_setattr),
                              SCMP_SYS(open_tree),
                              SCMP_SYS(move_mount),
                              SCMP_SYS(fsopen),
                              SCMP_SYS(pidfd_getfd),
                              SCMP_SYS(swapon),
                              SCMP_SYS(reboot)};

/* What compiling needs and running does not. */
static const int refused_running[] = {SCMP_SYS(execve), SCMP_SYS(execveat),
                                      SCMP_SYS(fork), SCMP_SYS(vfork)};

bool device_sandbox_filter(bool running)
{
        scmp_filter_ctx context = seccomp_init(SCMP_ACT_ALLOW);
        bool loaded = context != NULL;
        const uint32_t answer = SCMP_ACT_ERRNO(EPERM);

        /* Names that this libseccomp or machine lacks cannot be called. */
        for (size_t i = 0; context && i < sizeof refused / sizeof *refused;
             i++)
                (void)seccomp_rule_add(context, answer, refused[i], 0);
        for (size_t i = 0;
             context && running &&
             i < sizeof refused_running / sizeof *refused_running;
             i++)
                (void)seccomp_rule_add(context, SCMP_ACT_TRAP,
                                       refused_running[i], 0);
        /* A process of its own, not a thread. */
        if (context && running)
                loaded &= seccomp_rule_add(context, SCMP_ACT_TRAP,
                                           SCMP_SYS(clone), 1,
                                           SCMP_A0(SCMP_CMP_MASKED_EQ,
                                                   CLONE_THREAD, 0)) == 0;
        /* CUDA leaves a descriptor to be fetched at a socket of its own. */
        if (context)
                loaded &=
                        seccomp_rule_add(context, answer, SCMP_SYS(socket), 1,
                                         SCMP_A0(SCMP_CMP_NE, AF_UNIX)) == 0;
        /* Its flags lie in memory; glibc falls back to clone. */
        if (context && running)
                loaded &= seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS),
                                           SCMP_SYS(clone3), 0) == 0;
        if (context)
                seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, 1);
        prctl(PR_SET_DUMPABLE, 0);
        loaded = loaded && seccomp_load(context) == 0;
        seccomp_release(context);
        return loaded;
}
