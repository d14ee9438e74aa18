/* What most commands open; see commands.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/backend.h"
#include "cli/commands.h"
#include "core/file.h"
#include "core/json.h"
#include "core/text.h"
#include "evaluate/reference.h"
#include "repo/device_match.h"
#include "repo/git.h"
#include "search/campaign.h"
#include "store/jobs.h"

/* A repository's kevo.json, not this host's own file of that name. */
static bool is_policy(const char *path)
{
        char host[LIMIT_PATH_BYTES], *named;
        bool same;

        if (!file_exists(path))
                return false;
        host_find_file(host);
        named = *host ? realpath(host, NULL) : NULL;
        same = named && strcmp(named, path) == 0;
        free(named);
        return !same;
}

/* The nearest folder from path upward that holds kevo.json. */
static int find_root(const char *path, char root[LIMIT_PATH_BYTES],
                     struct error *err)
{
        char probe[LIMIT_PATH_BYTES + 16], *slash;
        char *absolute = realpath(path ? path : ".", NULL);

        if (!absolute)
                return error_set(err, ERR_NOT_FOUND, "%s: no such folder",
                                 path ? path : ".");
        snprintf(root, LIMIT_PATH_BYTES, "%s", absolute);
        free(absolute);
        if (!file_is_directory(root) && (slash = strrchr(root, '/')) != NULL)
                *slash = 0;
        for (;;) {
                snprintf(probe, sizeof probe, "%s/kevo.json", root);
                if (is_policy(probe))
                        return 0;
                slash = strrchr(root, '/');
                if (!slash || slash == root)
                        break;
                *slash = 0;
        }
        return error_set(err, ERR_NOT_FOUND,
                         "%s: not inside a kernel repository (no kevo.json "
                         "here or above); `kevo init` makes one",
                         path ? path : ".");
}

static int open_repository(struct cli_context *context, const char *path,
                           struct error *err)
{
        int rc = find_root(path, context->root, err);

        if (rc == 0)
                rc = tree_open_folder(&context->tree, context->root, err);
        if (rc == 0)
                rc = repository_load(&context->repository, context->tree, err);
        return rc;
}

static int open_machine(struct cli_context *context, struct error *err)
{
        machine_probe(&context->machine);
        context->kind = "cpu";
        return subject_environment(&context->machine, "cpu",
                                   context->environment_hash, NULL, err);
}

int cli_context_open(struct cli_context *context, unsigned what,
                     const char *path, struct error *err)
{
        unsigned need_host = CONTEXT_HOST | CONTEXT_STORE | CONTEXT_STORE_READ;
        int rc = 0;

        *context = (struct cli_context){0};
        if (what & need_host)
                rc = host_load(&context->host, err);
        if (rc == 0 && (what & CONTEXT_STORE))
                rc = store_open(&context->store, context->host->store, err);
        if (rc == 0 && (what & CONTEXT_STORE_READ))
                rc = store_open_readonly(&context->store, context->host->store,
                                         err);
        if (rc == 0 && (what & CONTEXT_REPOSITORY))
                rc = open_repository(context, path, err);
        if (rc == 0 && (what & CONTEXT_MACHINE))
                rc = open_machine(context, err);
        if (rc < 0)
                cli_context_close(context);
        return rc;
}

void cli_context_close(struct cli_context *context)
{
        repository_free(context->repository);
        tree_close(context->tree);
        git_repository_free(context->git);
        store_close(context->store);
        host_free(context->host);
        *context = (struct cli_context){0};
}

/* The file beside the spec that states the kernel. */
static int read_reference(struct spec *spec, const char *path,
                          struct error *err)
{
        const char *slash = strrchr(path, '/');
        char beside[LIMIT_PATH_BYTES], *text = NULL;
        size_t length;
        int rc;

        snprintf(beside, sizeof beside, "%.*s%s",
                 slash ? (int)(slash - path) + 1 : 0, path,
                 spec->reference->file);
        rc = file_read(beside, LIMIT_SOURCE_BYTES, &text, &length, err);
        if (rc == 0)
                rc = spec_set_reference(spec, text, length, err);
        free(text);
        return rc < 0 ? rc : reference_check(spec, err);
}

int cli_read_spec(const char *path, struct spec **spec, struct error *err)
{
        size_t length;
        char *text;
        int rc = file_read(path, LIMIT_SPEC_BYTES, &text, &length, err);

        *spec = NULL;
        if (rc < 0)
                return rc;
        rc = spec_parse(text, length, path, spec, err);
        free(text);
        if (rc == 0 && (*spec)->reference)
                rc = read_reference(*spec, path, err);
        if (rc < 0) {
                spec_free(*spec);
                *spec = NULL;
        }
        return rc;
}

enum { KERNELS_NAMED = 12 };

/* "a, b and 3 more": what there is to choose from. */
static const char *list_kernels(const struct repository *r, char *out,
                                size_t bytes)
{
        int shown = r->kernel_count < KERNELS_NAMED ? r->kernel_count
                                                    : KERNELS_NAMED;
        size_t n = 0;

        snprintf(out, bytes, "none");
        for (int i = 0; i < shown && n < bytes; i++)
                n += (size_t)snprintf(out + n, bytes - n, "%s%s",
                                      i ? ", " : "", r->kernel[i].name);
        if (shown < r->kernel_count && n < bytes)
                snprintf(out + n, bytes - n, " and %d more",
                         r->kernel_count - shown);
        return out;
}

int cli_find_kernel(const struct cli_context *context, const char *name,
                    const struct kernel **kernel, struct error *err)
{
        const struct repository *r = context->repository;
        const struct problem *problem;
        const char **names, *near;
        char list[KERNELS_NAMED * (LIMIT_NAME_BYTES + 2) + 32];

        if (!name && r->kernel_count == 1) {
                *kernel = &r->kernel[0];
                return 0;
        }
        if (!name)
                return error_set(err, ERR_INPUT,
                                 "name a kernel: this repository has %s",
                                 list_kernels(r, list, sizeof list));
        *kernel = repository_find_kernel(r, name);
        if (*kernel)
                return 0;
        /* A broken spec leaves its kernel out: say the problem. */
        problem = repository_find_problem(r, name);
        if (problem)
                return error_set(err, ERR_INPUT, "%s", problem->text);
        names = calloc((size_t)r->kernel_count + 1, sizeof *names);
        if (!names)
                return error_memory(err);
        for (int i = 0; i < r->kernel_count; i++)
                names[i] = r->kernel[i].name;
        near = text_suggest(name, names);
        error_set(err, ERR_NOT_FOUND, "no kernel \"%s\" in %s; %s%s%s", name,
                  context->root, near ? "did you mean " : "it has ",
                  near ? near : list_kernels(r, list, sizeof list),
                  near ? "?" : "");
        free(names);
        return err->code;
}

int cli_use_language(struct cli_context *context, const char *language,
                     struct error *err)
{
        const struct backend *backend =
                backend_find(language ? language : "c");

        if (!backend)
                return error_set(err, ERR_UNSUPPORTED,
                                 "this kevo has no backend for the language "
                                 "%s; c and opencl are there",
                                 language);
        context->kind = backend->kind;
        return subject_environment(&context->machine, context->kind,
                                   context->environment_hash, NULL, err);
}

int cli_identify_device(const char *kind, struct device_identity *identity,
                        struct error *err)
{
        const struct backend *backend = backend_for_kind(kind);
        const struct device_info *info;
        int number, rc;

        if (!backend || !backend->driver)
                return error_set(err, ERR_INPUT,
                                 "%s: no such kind of device; opencl is there",
                                 kind);
        rc = device_choose(backend->driver, &info, &number, err);
        if (rc == 0)
                *identity = (struct device_identity){.kind = backend->kind,
                                                     .vendor = info->vendor,
                                                     .name = info->name,
                                                     .arch = "",
                                                     .cores = info->units};
        return rc;
}

int cli_find_hardware(const struct cli_context *context,
                      const struct hardware **hardware, struct error *err)
{
        struct device_identity identity;
        int rc;

        if (text_equal(context->kind, "cpu"))
                return machine_find_hardware(
                        &context->machine, context->repository, hardware, err);
        rc = cli_identify_device(context->kind, &identity, err);
        if (rc == 0)
                rc = device_find_hardware(&identity, context->repository,
                                          hardware, err);
        return rc;
}

int cli_make_subject(const struct cli_context *context,
                     const struct kernel *kernel, struct subject **subject,
                     struct error *err)
{
        struct known_wrong known = {context->store, kernel};
        const struct hardware *hardware;
        int rc = cli_find_hardware(context, &hardware, err);

        if (rc < 0)
                return rc;
        return subject_make(subject, context->repository, kernel, hardware,
                            &context->machine, context->environment_hash,
                            campaign_skip_wrong, &known, err);
}

int cli_make_sample(const struct cli_context *context,
                    const struct kernel *kernel, struct subject **subject,
                    struct error *err)
{
        const struct hardware *hardware;
        int rc = cli_find_hardware(context, &hardware, err);

        if (rc < 0)
                return rc;
        return subject_make_sample(subject, context->repository, kernel,
                                   hardware, &context->machine,
                                   context->environment_hash, err);
}

static int open_commit(struct cli_context *context, const struct job *job,
                       const cJSON *payload, struct error *err)
{
        const char *commit = NULL;
        int rc;

        rc = json_get_text(payload, "commit", "job", &commit, err);
        if (rc == 0)
                rc = git_open(job->repository, &context->git, err);
        if (rc == 0)
                rc = tree_open_commit(&context->tree, context->git, commit,
                                      err);
        if (rc == 0)
                rc = repository_load(&context->repository, context->tree, err);
        snprintf(context->root, sizeof context->root, "%s", job->repository);
        return rc;
}

int cli_open_job(struct cli_context *context, int64_t id, struct job **job,
                 cJSON **payload, struct error *err)
{
        int rc = cli_context_open(context, CONTEXT_STORE | CONTEXT_MACHINE,
                                  NULL, err);

        *job = NULL;
        *payload = NULL;
        if (rc < 0)
                return rc;
        store_set_patience_ms(context->store, CLI_PATIENCE_MS);
        rc = job_get(context->store, id, job, err);
        if (rc == 0)
                rc = json_parse_message((*job)->payload,
                                        strlen((*job)->payload),
                                        LIMIT_JSON_BYTES, payload, err);
        if (rc == 0)
                rc = open_commit(context, *job, *payload, err);
        if (rc < 0) {
                job_free(*job);
                cJSON_Delete(*payload);
                *job = NULL;
                *payload = NULL;
                cli_context_close(context);
        }
        return rc;
}
