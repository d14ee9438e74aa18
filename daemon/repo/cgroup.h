/* What control groups leave of a machine: processors and memory. */
#ifndef KEVO_REPO_CGROUP_H
#define KEVO_REPO_CGROUP_H

#include <stdint.h>

struct cgroup_limits {
        double cpus;          /* quota / period; 0: no limit */
        int64_t memory_bytes; /* 0: no limit */
};

/* The tightest limits on the way from a process's group to the root, for
 * version 1 and 2. proc_file is "/proc/self/cgroup", mount is
 * "/sys/fs/cgroup". Without control groups: no limits. */
void cgroup_read_limits(const char *proc_file, const char *mount,
                        struct cgroup_limits *limits);

#endif
