/*
 * What configures kevo: a repository's kevo.json, its hardware files, and
 * the host's file. Each text is read as all three.
 */
#include "fuzz.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/text.h"
#include "repo/hardware.h"
#include "repo/host.h"
#include "repo/policy.h"

static int file; /* in memory: the host's */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        char path[64];

        (void)argc, (void)argv;
        file = memfd_create("host", 0);
        if (file < 0 || fchmod(file, 0600) < 0)
                return -1;
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
        return setenv("KEVO_CONFIG", path, 1);
}

static void read_policy(const char *text, size_t size)
{
        struct arena *arena = arena_new(64 << 20);
        struct policy policy;
        struct error err = {0};
        int rc = policy_parse(&policy, arena, text, size, &err);

        fuzz_check_error(rc, &err);
        fuzz_promise(rc < 0 || policy.branch_count > 0,
                     "a policy has a branch", text);
        for (int i = 0; rc == 0 && i < policy.language_count; i++)
                fuzz_promise(policy.languages[i].count > 0,
                             "languages of a hardware are named", text);
        arena_free(arena);
}

static void read_hardware(const char *text, size_t size)
{
        struct arena *arena = arena_new(64 << 20);
        char name[LIMIT_NAME_BYTES + 1];
        struct hardware hardware;
        struct error err = {0};
        int rc;

        fuzz_name(text, "\"hardware\"", name, sizeof name);
        rc = hardware_parse(&hardware, arena, text, size, "hardware/f.json",
                            name, &err);
        fuzz_check_error(rc, &err);
        fuzz_promise(rc < 0 || text_equal(hardware.name, name),
                     "a hardware has its file's name", text);
        arena_free(arena);
}

static void read_host(const char *text, size_t size)
{
        struct host *host;
        struct error err = {0};
        int rc;

        if (ftruncate(file, 0) < 0 ||
            pwrite(file, text, size, 0) != (ssize_t)size)
                abort();
        rc = host_load(&host, &err);
        fuzz_check_error(rc, &err);
        if (rc < 0)
                return;
        fuzz_promise(*host->store == '/' && *host->cache == '/',
                     "a host's paths are whole", text);
        host_free(host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = fuzz_text(data, size);

        read_policy(text, size);
        read_hardware(text, size);
        read_host(text, size);
        free(text);
        return 0;
}
