/* See oracle_build.h. */
#include "spec/oracle_build.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/limits.h"
#include "core/proc.h"
#include "spec/oracle_call.h"

enum { COMPILE_SECONDS = 120 };

/* No option may change a value: no fast-math, no contraction. What is off
 * (errno, traps) only hinders vectorisation. */
static const char *const flags[] = {"-std=gnu11",
                                    "-O2",
                                    "-march=native",
                                    "-ftree-vectorize",
                                    "-fvect-cost-model=dynamic",
                                    "-ffp-contract=off",
                                    "-fno-math-errno",
                                    "-fno-trapping-math",
                                    "-fPIC",
                                    "-shared",
                                    "-w",
                                    "-x",
                                    "c",
                                    "-",
                                    "-lm",
                                    NULL};

static pthread_once_t identity_once = PTHREAD_ONCE_INIT;
static char identity[HASH_TEXT_BYTES];
static const char *compiler = "gcc";

/* The lines that name the processor: objects are built for it. */
static void add_processor(struct hash *hash)
{
        FILE *file = fopen("/proc/cpuinfo", "re");
        char line[8192];
        bool model = false, features = false;

        while (file && !(model && features) &&
               fgets(line, sizeof line, file)) {
                if (!model && strncmp(line, "model name", 10) == 0) {
                        hash_add_text(hash, line);
                        model = true;
                }
                if (!features && (strncmp(line, "flags", 5) == 0 ||
                                  strncmp(line, "Features", 8) == 0)) {
                        hash_add_text(hash, line);
                        features = true;
                }
        }
        if (file)
                fclose(file);
}

static bool add_compiler(struct hash *hash, const char *name)
{
        const char *argv[] = {name, "--version", NULL};
        struct proc_options options = {.argv = argv,
                                       .timeout_ns = (int64_t)COMPILE_SECONDS *
                                                     CLOCK_SECOND_NS};
        struct proc_result result;
        bool works =
                proc_run(&options, LIMIT_COMPILER_BYTES, &result, NULL) == 0 &&
                result.status == 0;

        if (works)
                hash_add_text(hash, result.output.data);
        buf_dispose(&result.output);
        return works;
}

static void identify(void)
{
        struct hash hash;

        hash_begin(&hash);
        if (!add_compiler(&hash, compiler)) {
                compiler = "cc";
                add_compiler(&hash, compiler);
        }
        add_processor(&hash);
        for (int i = 0; flags[i]; i++)
                hash_add_text(&hash, flags[i]);
        hash_end(&hash, identity);
}

static int compile(const char *text, size_t length, const char *folder,
                   const char *object, struct error *err)
{
        const char *argv[32] = {compiler};
        const char *writable[] = {folder, NULL};
        struct proc_options options = {.argv = argv,
                                       .input = text,
                                       .input_length = length,
                                       .timeout_ns = (int64_t)COMPILE_SECONDS *
                                                     CLOCK_SECOND_NS,
                                       .sandbox = proc_sandbox_works(NULL),
                                       .writable = writable,
                                       .file_bytes = LIMIT_OBJECT_BYTES};
        struct proc_result result;
        int n = 1, rc;

        for (int i = 0; flags[i]; i++)
                argv[n++] = flags[i];
        argv[n++] = "-o";
        argv[n] = object;
        rc = proc_run(&options, LIMIT_COMPILER_BYTES, &result, err);
        if (rc < 0)
                error_wrap(err, "cannot run %s to compile the oracle",
                           compiler);
        else if (result.timed_out)
                rc = error_set(err, ERR_TIMEOUT,
                               "%s took over %d s to compile the oracle; the "
                               "spec is too large",
                               compiler, COMPILE_SECONDS);
        else if (result.status == 127)
                rc = error_set(err, ERR_UNSUPPORTED,
                               "no C compiler: install gcc");
        else if (proc_was_killed(&result))
                rc = error_set(err, ERR_LOST,
                               "%s was ended from outside, or for want of "
                               "memory, while it compiled the oracle",
                               compiler);
        else if (proc_met_full_disk(&result))
                rc = error_set(err, ERR_IO,
                               "%s: %s found the disk full; free some space "
                               "and try again",
                               folder, compiler);
        else if (result.status != 0)
                rc = error_set(err, ERR_INTERNAL,
                               "%s refused the oracle's text: %.1500s",
                               compiler, result.output.data);
        buf_dispose(&result.output);
        return rc;
}

/* On disk before it is visible: a torn object would be mapped as is. */
static int publish(const char *from, const char *to, struct error *err)
{
        int fd = open(from, O_RDONLY | O_CLOEXEC), rc = 0;

        if (fd < 0 || fsync(fd) < 0 || rename(from, to) < 0)
                rc = file_fail(to, err);
        if (fd >= 0)
                close(fd);
        return rc;
}

/* NULL when it is not there or not ours. */
static void *load(const char *path)
{
        void *library =
                file_exists(path) ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
        const int64_t *bytes;

        if (!library)
                return NULL;
        bytes = dlsym(library, "oracle_call_bytes");
        if (bytes && *bytes == (int64_t)sizeof(struct oracle_call))
                return library;
        dlclose(library);
        return NULL;
}

/* Compiled in a folder of its own, so that what a killed process leaves is
 * found and removed. */
static int build(const char *text, size_t length, const char *cache,
                 const char *path, struct error *err)
{
        char folder[LIMIT_PATH_BYTES], fresh[LIMIT_PATH_BYTES + 16];
        int rc = file_make_temporary_in(cache, folder, err);

        if (rc < 0)
                return rc;
        snprintf(fresh, sizeof fresh, "%s/oracle.so", folder);
        rc = compile(text, length, folder, fresh, err);
        if (rc == 0)
                rc = publish(fresh, path, err);
        file_remove_tree(folder);
        return rc;
}

int oracle_build(const char *text, size_t length, const char *cache_dir,
                 void **library, struct error *err)
{
        char name[HASH_TEXT_BYTES], cache[LIMIT_PATH_BYTES];
        char path[LIMIT_PATH_BYTES + 96];
        struct hash hash;
        int rc;

        *library = NULL;
        rc = file_make_directories(cache_dir, 0700, err);
        if (rc < 0)
                return rc;
        if (!realpath(cache_dir, cache))
                return error_set(err, ERR_IO, "%s: %s", cache_dir,
                                 strerror(errno));
        pthread_once(&identity_once, identify);
        hash_begin(&hash);
        hash_add_text(&hash, identity);
        hash_add(&hash, text, length);
        hash_end(&hash, name);
        snprintf(path, sizeof path, "%s/oracle-%s.so", cache, name);
        *library = load(path);
        if (*library)
                return 0;
        rc = build(text, length, cache, path, err);
        if (rc < 0)
                return rc;
        *library = load(path);
        if (!*library)
                return error_set(err, ERR_INTERNAL,
                                 "%s: the compiled oracle does not load: %s",
                                 path, dlerror());
        return 0;
}
