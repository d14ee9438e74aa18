/*
 * The commands of kevo, one function a file (cmd_<name>.c). The table that
 * dispatches and the overview that `kevo help` prints come from commands.c.
 *
 * A command gets its own name as argv[0] and returns the exit status:
 * 0 fine, 1 the answer is no (a problem was found, a verdict was negative),
 * 2 the command could not be carried out (said on standard error).
 */
#ifndef KEVO_CLI_COMMANDS_H
#define KEVO_CLI_COMMANDS_H

#include "core/error.h"
#include "repo/host.h"
#include "repo/machine.h"
#include "repo/repository.h"
#include "search/subject.h"
#include "store/store.h"

struct command {
        const char *name;
        const char *summary; /* one line; NULL: internal, not listed */
        int (*run)(int argc, char **argv);
};

extern const struct command command_table[]; /* ends with a NULL name */

int cmd_baseline(int argc, char **argv);
int cmd_ablate(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_daemon(int argc, char **argv);
int cmd_deliver(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_hardware(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_hook(int argc, char **argv);
int cmd_init(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_proposal(int argc, char **argv);
int cmd_refuse(int argc, char **argv);
int cmd_reproduce(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_store(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_worker(int argc, char **argv);

/* Print "kevo: <text>" on standard error; returns 2. */
int command_fail(const struct error *err);

/*
 * What most commands open: the host file, the repository around a folder
 * (as it is on disk), this machine, its environment. Members that were not
 * opened are NULL; cli_context_close frees them all.
 */
struct cli_context {
        struct host *host;
        struct store *store;
        struct tree *tree;
        struct git_repository *git; /* of a job, else NULL */
        struct repository *repository;
        struct machine machine;
        const char *kind; /* of hardware: "cpu"; see cli_use_language */
        char root[LIMIT_PATH_BYTES]; /* of the repository */
        char environment_hash[HASH_TEXT_BYTES];
};

enum {
        CONTEXT_HOST = 1,
        CONTEXT_STORE = 2,      /* opened for writing, created */
        CONTEXT_STORE_READ = 4, /* must exist */
        CONTEXT_REPOSITORY = 8, /* the folder that holds kevo.json: `path`
                                   or a parent of it; NULL: here */
        CONTEXT_MACHINE = 16    /* machine and environment_hash */
};

int cli_context_open(struct cli_context *context, unsigned what,
                     const char *path, struct error *err) KEVO_MUST_CHECK;
void cli_context_close(struct cli_context *context);

/* Work for the device that a language runs on instead of the processor.
 * language may be NULL: the processor. Needs CONTEXT_MACHINE. */
int cli_use_language(struct cli_context *context, const char *language,
                     struct error *err) KEVO_MUST_CHECK;
/* What the driver of a kind says of the device that is used. */
struct device_identity;
int cli_identify_device(const char *kind, struct device_identity *identity,
                        struct error *err) KEVO_MUST_CHECK;
/* The repository's hardware file of the device in use. */
int cli_find_hardware(const struct cli_context *context,
                      const struct hardware **hardware,
                      struct error *err) KEVO_MUST_CHECK;

/* The spec in a file, with the C code beside it where that states the kernel;
 * the caller's to free. */
int cli_read_spec(const char *path, struct spec **spec,
                  struct error *err) KEVO_MUST_CHECK;

/* The kernel named, or the only one of the repository when name is NULL;
 * errors suggest near names. */
int cli_find_kernel(const struct cli_context *context, const char *name,
                    const struct kernel **kernel,
                    struct error *err) KEVO_MUST_CHECK;

/* The subject of a kernel on this machine, with variants that are known
 * wrong left out when a store is open. Free with subject_free. */
int cli_make_subject(const struct cli_context *context,
                     const struct kernel *kernel, struct subject **subject,
                     struct error *err) KEVO_MUST_CHECK;

/* The same for verifying: nothing is left out, and a kernel without
 * workloads gets a small one. */
int cli_make_sample(const struct cli_context *context,
                    const struct kernel *kernel, struct subject **subject,
                    struct error *err) KEVO_MUST_CHECK;

/* What `--job N` of a child of the daemon works on: the job's repository at
 * its commit. Fills context (host and store are opened too). */
struct job;
int cli_open_job(struct cli_context *context, int64_t id, struct job **job,
                 cJSON **payload, struct error *err) KEVO_MUST_CHECK;

/* How long a process that nobody waits for waits for the store: what it has
 * measured is worth more than a minute. */
enum { CLI_PATIENCE_MS = 60000 };

/* Exit status of a child of the daemon: try again later. */
enum { EXIT_TRANSIENT = 75 };
/* command_fail for such a child: EXIT_TRANSIENT when waiting may help. */
int command_fail_job(const struct error *err);

#endif
