/*
 * See compiler.h. A build runs in a folder of its own that is removed with
 * everything in it; the source always has the same name there, so that no
 * path reaches the object.
 */
#include "backends/c/compiler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/proc.h"
#include "core/text.h"

enum { COMPILE_SECONDS = 60, ARGUMENTS = COMPILER_DEFINES + 64 };

/* Kept as the design of cells needs them: no state, no lazy binding, no
 * stack protector (its guard lives in thread-local storage), no start
 * files. */
/* What every source is called while it is compiled, so that equal texts make
 * equal objects. */
#define FILE_NAME "kernel.c"

static const char *const base_flags[] = {
        "-std=gnu11",           "-O3",
        "-march=native",        "-fno-math-errno",
        "-fno-stack-protector", "-U_FORTIFY_SOURCE",
        "-fvisibility=hidden",  "-fno-ident",
        "-fcf-protection=none", NULL};

static const char *const object_flags[] = {"-fPIC",
                                           "-shared",
                                           "-nostartfiles",
                                           "-static-libgcc",
                                           "-Wl,-z,relro,-z,now",
                                           "-Wl,-z,noexecstack",
                                           "-Wl,--build-id=none",
                                           "-Wl,--no-undefined",
                                           NULL};

static const char *const strict_flags[] = {
        "-pipe",
        "-fmax-errors=20",
        "-fno-diagnostics-color",
        "-Wno-psabi",
        "-Werror=implicit-function-declaration",
        "-Werror=incompatible-pointer-types",
        "-Werror=int-conversion",
        NULL};

const char *compiler_base_flags(void)
{
        static char line[512];
        size_t used = 0;

        if (*line)
                return line;
        for (int i = 0; base_flags[i]; i++)
                used += (size_t)snprintf(line + used, sizeof line - used,
                                         "%s%s", i ? " " : "", base_flags[i]);
        return line;
}

/* The first executable of that name on PATH; path holds LIMIT_PATH_BYTES. */
static bool find_program(const char *name, char *path)
{
        const char *p = getenv("PATH");

        if (strchr(name, '/')) {
                snprintf(path, LIMIT_PATH_BYTES, "%s", name);
                return access(path, X_OK) == 0;
        }
        for (p = p ? p : "/usr/bin:/bin"; *p; p += *p == ':') {
                int n = (int)strcspn(p, ":");

                snprintf(path, LIMIT_PATH_BYTES, "%.*s/%s", n, p, name);
                if (n && access(path, X_OK) == 0)
                        return true;
                p += n;
        }
        return false;
}

static int probe(struct compiler *compiler, struct error *err)
{
        const char *argv[] = {compiler->path, "--version", NULL};
        struct proc_options options = {.argv = argv,
                                       .timeout_ns = 10LL * CLOCK_SECOND_NS,
                                       .sandbox = true};
        struct proc_result result;
        int rc = proc_run(&options, 4096, &result, err);

        if (rc == 0 && proc_was_killed(&result))
                rc = error_set(err, ERR_LOST, "%s was ended from outside",
                               compiler->path);
        else if (rc == 0 && result.status != 0)
                rc = error_set(err, ERR_NOT_FOUND,
                               "%s --version failed; install a C compiler "
                               "(gcc) or name one in KEVO_CC",
                               compiler->path);
        if (rc == 0) {
                result.output.data[strcspn(result.output.data, "\n")] = 0;
                snprintf(compiler->version, sizeof compiler->version, "%.255s",
                         result.output.data);
        }
        buf_dispose(&result.output);
        return rc;
}

int compiler_find(const struct compiler **compiler, struct error *err)
{
        static struct compiler known;
        static struct stat then;
        const char *name = getenv("KEVO_CC");
        struct compiler found = {0};
        struct stat now;
        int rc;

        if (name ? !find_program(name, found.path)
                 : !find_program("gcc", found.path) &&
                            !find_program("cc", found.path))
                return error_set(err, ERR_NOT_FOUND,
                                 "no C compiler: %s is not on PATH; install "
                                 "gcc or name one in KEVO_CC",
                                 name ? name : "gcc");
        if (stat(found.path, &now) < 0)
                return error_set(err, ERR_IO, "%s cannot be read", found.path);
        if (!text_equal(found.path, known.path) || now.st_ino != then.st_ino ||
            now.st_size != then.st_size || now.st_mtime != then.st_mtime) {
                rc = probe(&found, err);
                if (rc < 0)
                        return rc;
                known = found;
                then = now;
        }
        *compiler = &known;
        return 0;
}

static int append(const char **argv, int n, const char *const *flags)
{
        for (int i = 0; flags && flags[i] && n < ARGUMENTS - 8; i++)
                argv[n++] = flags[i];
        return n;
}

/* What the compiler says, of the file as its author knows it. The first line
 * is the first mistake: it stands for all of them where there is room for
 * one line. */
static int explain_errors(const struct compiler_job *job,
                          const struct proc_result *result, struct error *err)
{
        const char *text = result->output.data, *name;
        struct buf out;
        int rc;

        buf_init(&out, 8 * LIMIT_COMPILER_BYTES);
        if (text_starts(text, FILE_NAME ": In function "))
                text += strcspn(text, "\n") + (strchr(text, '\n') != NULL);
        while ((name = strstr(text, FILE_NAME ":")) != NULL) {
                buf_add(&out, text, (size_t)(name - text));
                buf_puts(&out, job->file);
                text = name + strlen(FILE_NAME);
        }
        buf_puts(&out, text);
        rc = buf_check(&out, "what the compiler printed", err);
        if (rc == 0)
                rc = error_set(err, ERR_INPUT, "does not build: %.1600s",
                               out.data);
        buf_dispose(&out);
        return rc;
}

static int explain(const struct compiler_job *job,
                   const struct proc_result *result, struct error *err)
{
        if (result->timed_out)
                return error_set(err, ERR_TIMEOUT,
                                 "%s: the compiler did not end within %d s",
                                 job->file, COMPILE_SECONDS);
        if (result->truncated)
                return error_set(err, ERR_LIMIT,
                                 "%s: the compiler printed more than %d bytes",
                                 job->file, LIMIT_COMPILER_BYTES);
        if (proc_was_killed(result))
                return error_set(err, ERR_LOST,
                                 "%s: the compiler was ended from outside, or "
                                 "for want of memory",
                                 job->file);
        if (proc_met_full_disk(result))
                return error_set(err, ERR_IO,
                                 "%s: the compiler found the disk full; free "
                                 "some space and try again",
                                 job->file);
        return result->status != 0 ? explain_errors(job, result, err) : 0;
}

/* Run the compiler in folder on what compiler_run wrote there. */
static int run(const struct compiler *compiler, const struct compiler_job *job,
               const char *folder, char **log, struct error *err)
{
        const char *argv[ARGUMENTS];
        const char *writable[] = {folder, NULL};
        struct proc_options options = {.argv = argv,
                                       .timeout_ns = (int64_t)COMPILE_SECONDS *
                                                     CLOCK_SECOND_NS,
                                       .sandbox = true,
                                       .writable = writable,
                                       .directory = folder,
                                       .memory_bytes = (int64_t)4 << 30,
                                       .file_bytes = LIMIT_OBJECT_BYTES};
        struct proc_result result;
        int n = 0, rc;

        argv[n++] = compiler->path;
        n = append(argv, n, base_flags);
        n = append(argv, n, strict_flags);
        if (!job->executable)
                n = append(argv, n, object_flags);
        n = append(argv, n, job->extra);
        for (int i = 0; i < job->define_count; i++)
                argv[n++] = job->define[i];
        argv[n++] = FILE_NAME;
        argv[n++] = "-lm";
        argv[n++] = "-o";
        argv[n++] = "kernel.out";
        argv[n] = NULL;
        rc = proc_run(&options, LIMIT_COMPILER_BYTES, &result, err);
        if (rc == 0)
                rc = explain(job, &result, err);
        *log = rc == 0 ? buf_take(&result.output) : NULL;
        buf_dispose(&result.output);
        if (rc == 0 && !*log)
                rc = error_memory(err);
        return rc;
}

int compiler_run(const struct compiler *compiler,
                 const struct compiler_job *job, char **object, size_t *length,
                 char **log, struct error *err)
{
        char folder[LIMIT_PATH_BYTES], path[LIMIT_PATH_BYTES + 16];
        int rc;

        *object = *log = NULL;
        rc = file_make_temporary(folder, err);
        if (rc < 0)
                return rc;
        snprintf(path, sizeof path, "%s/" FILE_NAME, folder);
        rc = file_write(path, job->text, job->length, 0600, err);
        if (rc == 0)
                rc = run(compiler, job, folder, log, err);
        snprintf(path, sizeof path, "%s/kernel.out", folder);
        if (rc == 0)
                rc = file_read(path, LIMIT_OBJECT_BYTES, object, length, err);
        file_remove_tree(folder);
        if (rc < 0) {
                free(*log);
                *log = NULL;
        }
        return rc;
}
