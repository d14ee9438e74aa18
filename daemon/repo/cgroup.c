/* See cgroup.h: kernel documentation, cgroup-v2 and sched-bwc. */
#include "repo/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/limits.h"
#include "core/text.h"

enum { FILE_BYTES = 64 << 10 };

/* The content of folder/name, or NULL. Caller frees. */
static char *read_small(const char *folder, const char *name)
{
        char path[LIMIT_PATH_BYTES], *text;

        if (snprintf(path, sizeof path, "%s/%s", folder, name) >=
            (int)sizeof path)
                return NULL;
        return file_read(path, FILE_BYTES, &text, NULL, NULL) < 0 ? NULL
                                                                  : text;
}

static double read_number(const char *folder, const char *name)
{
        char *text = read_small(folder, name);
        double value = text ? strtod(text, NULL) : 0;

        free(text);
        return value;
}

static void tighten(struct cgroup_limits *limits, double cpus, double memory)
{
        if (cpus > 0 && (limits->cpus <= 0 || cpus < limits->cpus))
                limits->cpus = cpus;
        /* Version 1 says "no limit" with a number near 2^63. */
        if (memory > 0 && memory < 0x1p60 &&
            (limits->memory_bytes <= 0 || memory < limits->memory_bytes))
                limits->memory_bytes = (int64_t)memory;
}

/* One group's own limits; what is not there does not limit. */
static void read_group(const char *folder, struct cgroup_limits *limits)
{
        char *text = read_small(folder, "cpu.max");
        double quota = 0, period = 0;

        /* "max 100000" does not scan: no limit. */
        if (!text || sscanf(text, "%lf %lf", &quota, &period) != 2) {
                quota = read_number(folder, "cpu.cfs_quota_us");
                period = read_number(folder, "cpu.cfs_period_us");
        }
        free(text);
        tighten(limits, quota > 0 && period > 0 ? quota / period : 0, 0);
        tighten(limits, 0, read_number(folder, "memory.max"));
        tighten(limits, 0, read_number(folder, "memory.limit_in_bytes"));
}

/* The group and all above it, up to the mount. */
static void read_path(const char *mount, const char *path,
                      struct cgroup_limits *limits)
{
        char folder[LIMIT_PATH_BYTES];
        size_t root = strlen(mount);

        if (strstr(path, "..") || snprintf(folder, sizeof folder, "%s%s",
                                           mount, path) >= (int)sizeof folder)
                return;
        for (;;) {
                read_group(folder, limits);
                if (strlen(folder) <= root)
                        return;
                *strrchr(folder, '/') = 0;
        }
}

/* "0::/path" of version 2 or "4:cpu,cpuacct:/path" of version 1. */
static void read_line(const char *mount, char *line,
                      struct cgroup_limits *limits)
{
        char *controllers = strchr(line, ':'), *path;
        char root[LIMIT_PATH_BYTES];

        path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path || path[1] != '/')
                return;
        controllers++;
        *path++ = 0;
        if (!*controllers) {
                read_path(mount, path, limits);
                return;
        }
        if (!strstr(controllers, "cpu") && !text_equal(controllers, "memory"))
                return;
        snprintf(root, sizeof root, "%s/%s", mount, controllers);
        read_path(root, path, limits);
}

void cgroup_read_limits(const char *proc_file, const char *mount,
                        struct cgroup_limits *limits)
{
        char *text, *line, *next;

        *limits = (struct cgroup_limits){0};
        if (file_read(proc_file, FILE_BYTES, &text, NULL, NULL) < 0)
                return;
        for (line = text; *line; line = next) {
                next = line + strcspn(line, "\n");
                if (*next)
                        *next++ = 0;
                read_line(mount, line, limits);
        }
        free(text);
}
