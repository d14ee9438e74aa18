/*
 * Loading a repository (repository.h) goes through the tree once, folder by
 * folder: hardware, kernels with their files, models. Whatever is wrong with
 * one file becomes a problem and the rest goes on; only a tree that cannot be
 * read, or policy that cannot be trusted, ends it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "repo/hardware.h"
#include "repo/manifest.h"
#include "repo/policy.h"
#include "repo/repository.h"
#include "repo/variants.h"

/* Texts and tables of one loaded repository, in bytes. */
static const size_t arena_bytes = (size_t)1 << 30;

static int load_policy(struct repository *r, const struct tree *tree,
                       struct error *err)
{
        char *text;
        size_t length;
        int rc = tree_read(tree, "kevo.json", LIMIT_JSON_BYTES, &text, &length,
                           NULL, err);

        if (rc == ERR_NOT_FOUND)
                return error_set(err, ERR_NOT_FOUND,
                                 "%s has no kevo.json; run `kevo init` there "
                                 "and commit what it writes",
                                 tree_label(tree));
        if (rc < 0)
                return rc;
        rc = policy_parse(&r->policy, r->arena, text, length, err);
        free(text);
        return rc;
}

/* Name of a file without folder and suffix, or NULL when it has another
 * suffix; the copy lives in the arena. */
static char *stem_of(struct repository *r, const char *name,
                     const char *suffix)
{
        if (*name == '.' || !text_ends(name, suffix))
                return NULL;
        return arena_strndup(r->arena, name, strlen(name) - strlen(suffix));
}

/* Parse one JSON file of hardware/ or models/ into the next free element. */
static int load_json(struct repository *r, const struct tree *tree,
                     const char *path, const char *stem, bool model,
                     struct error *err)
{
        char *text = NULL;
        size_t length;
        int rc = tree_read(tree, path, LIMIT_JSON_BYTES, &text, &length, NULL,
                           err);

        if (rc == 0 && model)
                rc = manifest_parse(&r->model[r->model_count], r, text, length,
                                    path, stem, err);
        else if (rc == 0)
                rc = hardware_parse(&r->hardware[r->hardware_count], r->arena,
                                    text, length, path, stem, err);
        free(text);
        if (rc == 0)
                *(model ? &r->model_count : &r->hardware_count) += 1;
        return rc;
}

/* A folder that is a link or a submodule holds nothing for us: a problem, and
 * the others still load. names is an empty list then. */
static int list_folder(struct repository *r, const struct tree *tree,
                       const char *folder, char ***names, struct error *err)
{
        struct error problem = {0};
        int rc = tree_list(tree, folder, names, &problem);

        if (rc == 0)
                return 0;
        rc = repository_add_problem(r, folder, NULL, &problem, err);
        if (rc == 0)
                *names = calloc(1, sizeof **names);
        return rc < 0 || *names ? rc : error_memory(err);
}

static int load_folder(struct repository *r, const struct tree *tree,
                       bool model, struct error *err)
{
        const char *folder = model ? "models" : "hardware";
        size_t size = model ? sizeof *r->model : sizeof *r->hardware;
        size_t count = 0;
        char **names;
        void *room;
        int rc = list_folder(r, tree, folder, &names, err);

        if (rc < 0)
                return rc;
        while (names[count])
                count++;
        room = arena_alloc(r->arena, (count + 1) * size);
        if (model)
                r->model = room;
        else
                r->hardware = room;
        if (!room)
                rc = error_memory(err);
        for (size_t i = 0; i < count && rc == 0; i++) {
                struct error problem = {0};
                char path[LIMIT_PATH_BYTES];
                char *stem = stem_of(r, names[i], ".json");

                if (!stem)
                        continue;
                snprintf(path, sizeof path, "%s/%s", folder, names[i]);
                rc = load_json(r, tree, path, stem, model, &problem);
                if (rc < 0)
                        rc = repository_add_problem(r, path, NULL, &problem,
                                                    err);
        }
        tree_free_names(names);
        return rc;
}

/* Is the folder's name fit for a kernel? */
static int check_kernel_name(const char *name, struct error *err)
{
        if (!text_is_kernel_name(name))
                return error_set(err, ERR_INPUT,
                                 "kernels/%s: a kernel's name is a C "
                                 "identifier in lower case of at most %d "
                                 "characters; rename the folder",
                                 name, LIMIT_NAME_BYTES - 1);
        if (text_equal(name, "knowledge"))
                return error_set(err, ERR_INPUT,
                                 "kernels/knowledge: this name is reserved; "
                                 "rename the folder");
        return 0;
}

/* The file that states the kernel, beside its spec. */
static int load_reference(struct kernel *kernel, const struct tree *tree,
                          struct error *err)
{
        const struct reference *r = kernel->spec->reference;
        char path[LIMIT_PATH_BYTES], blob[41], *text = NULL;
        size_t length;
        int rc;

        snprintf(path, sizeof path, "kernels/%s/%s", kernel->name, r->file);
        rc = tree_read(tree, path, LIMIT_SOURCE_BYTES, &text, &length, blob,
                       err);
        if (rc == 0)
                rc = spec_set_reference(kernel->spec, text, length, err);
        else if (rc == ERR_NOT_FOUND)
                rc = error_set(err, ERR_INPUT,
                               "%s:%d:%d: there is no %s; a reference is a "
                               "file beside the spec",
                               kernel->path, r->line, r->column, path);
        free(text);
        if (rc < 0) {
                spec_free(kernel->spec);
                kernel->spec = NULL;
        }
        return rc;
}

/* A spec that was renamed alone, or copied with its folder, is what lies in
 * the folder instead. */
static int missing_spec(const struct kernel *kernel, char *const *names,
                        struct error *err)
{
        while (*names && !text_ends(*names, ".kernel"))
                names++;
        if (!*names)
                return error_set(err, ERR_NOT_FOUND,
                                 "%s: no such file; a kernel's folder holds "
                                 "its spec under this name",
                                 kernel->path);
        return error_set(err, ERR_NOT_FOUND,
                         "%s: no such file, but kernels/%s/%s is there; a "
                         "spec is called like its folder, rename one of them",
                         kernel->path, kernel->name, *names);
}

static int load_spec(struct kernel *kernel, const struct tree *tree,
                     char *const *names, struct error *err)
{
        char *text = NULL;
        size_t length;
        int rc;

        rc = tree_read(tree, kernel->path, LIMIT_SPEC_BYTES, &text, &length,
                       kernel->blob, err);
        if (rc == ERR_NOT_FOUND)
                return missing_spec(kernel, names, err);
        if (rc == 0)
                rc = spec_parse(text, length, kernel->path, &kernel->spec,
                                err);
        free(text);
        if (rc == 0 && kernel->spec->reference)
                rc = load_reference(kernel, tree, err);
        if (rc == 0 && !text_equal(kernel->spec->name, kernel->name)) {
                rc = error_set(err, ERR_INPUT,
                               "%s: the spec says kernel %s; file name and "
                               "content must agree, rename one of them",
                               kernel->path, kernel->spec->name);
                spec_free(kernel->spec);
                kernel->spec = NULL;
        }
        return rc;
}

/* What the team would call otherwise: kernels/<kernel>/baseline.py. */
static int load_baseline(struct repository *r, struct kernel *kernel,
                         const struct tree *tree, char *const *names,
                         struct error *err)
{
        char path[LIMIT_PATH_BYTES], *text = NULL;
        struct error problem = {0};
        int rc;

        while (*names && !text_equal(*names, "baseline.py"))
                names++;
        if (!*names)
                return 0;
        snprintf(path, sizeof path, "kernels/%s/baseline.py", kernel->name);
        rc = tree_read(tree, path, LIMIT_SPEC_BYTES, &text, NULL, NULL,
                       &problem);
        if (rc < 0)
                return repository_add_problem(r, path, kernel->name, &problem,
                                              err);
        kernel->baseline = arena_strdup(r->arena, text);
        free(text);
        return kernel->baseline ? 0 : error_memory(err);
}

/* One folder of kernels/: its spec, then the files beside it. */
static int load_kernel(struct repository *r, const struct tree *tree,
                       char *name, struct error *err)
{
        struct kernel *kernel = &r->kernel[r->kernel_count];
        struct error problem = {0};
        char **names, folder[LIMIT_PATH_BYTES];
        int rc;

        *kernel = (struct kernel){.name = name};
        snprintf(folder, sizeof folder, "kernels/%s", name);
        kernel->path =
                arena_printf(r->arena, "kernels/%s/%s.kernel", name, name);
        if (!kernel->path)
                return error_memory(err);
        rc = check_kernel_name(name, &problem);
        if (rc < 0)
                return repository_add_problem(r, folder, NULL, &problem, err);
        rc = tree_list(tree, folder, &names, &problem);
        if (rc < 0)
                return repository_add_problem(r, folder, name, &problem, err);
        rc = load_spec(kernel, tree, names, &problem);
        if (rc < 0) {
                rc = repository_add_problem(r, kernel->path, name, &problem,
                                            err);
        } else {
                r->kernel_count++;
                rc = variants_load(r, kernel, tree, names, err);
                if (rc == 0)
                        rc = load_baseline(r, kernel, tree, names, err);
        }
        tree_free_names(names);
        return rc;
}

static int compare_names(const void *a, const void *b)
{
        return strcmp(((const struct kernel *)a)->name,
                      ((const struct kernel *)b)->name);
}

/* A link or submodule where a kernel's folder should be, and a spec right
 * under kernels/, are likely slips; other files are not ours. */
static int stray_file(struct repository *r, const struct tree *tree,
                      const char *name, struct error *err)
{
        struct error problem = {0};
        char path[LIMIT_PATH_BYTES], *text = NULL;
        int n = (int)(strlen(name) - strlen(".kernel"));

        snprintf(path, sizeof path, "kernels/%s", name);
        if (!tree_has(tree, path) &&
            tree_read(tree, path, LIMIT_SPEC_BYTES, &text, NULL, NULL,
                      &problem) == ERR_INPUT)
                return repository_add_problem(r, path, name, &problem, err);
        free(text);
        if (!text_ends(name, ".kernel"))
                return 0;
        error_set(&problem, ERR_INPUT,
                  "%s: a spec lives in a folder of its own; move it to "
                  "kernels/%.*s/%s",
                  path, n, name, name);
        return repository_add_problem(r, path, NULL, &problem, err);
}

static int load_kernels(struct repository *r, const struct tree *tree,
                        struct error *err)
{
        size_t count = 0;
        char **names;
        int rc = list_folder(r, tree, "kernels", &names, err);

        if (rc < 0)
                return rc;
        while (names[count])
                count++;
        r->kernel = arena_alloc(r->arena, (count + 1) * sizeof *r->kernel);
        if (!r->kernel)
                rc = error_memory(err);
        for (size_t i = 0; i < count && rc == 0; i++) {
                char *name = stem_of(r, names[i], "/");

                rc = name ? load_kernel(r, tree, name, err)
                          : stray_file(r, tree, names[i], err);
        }
        qsort(r->kernel, r->kernel ? (size_t)r->kernel_count : 0,
              sizeof *r->kernel, compare_names);
        tree_free_names(names);
        return rc;
}

/* The kernel that a call names; it exists, or the manifest was refused. */
static struct kernel *called_kernel(struct repository *r,
                                    const struct call *call)
{
        return (struct kernel *)repository_find_kernel(r, call->kernel);
}

/* Give every kernel the list of its calls: two passes over all calls, one
 * to count and one to fill. */
static int index_calls(struct repository *r, struct error *err)
{
        for (int fill = 0; fill < 2; fill++) {
                for (int i = 0; i < r->kernel_count && fill; i++) {
                        struct kernel *kernel = &r->kernel[i];

                        kernel->call = arena_alloc(
                                r->arena, ((size_t)kernel->call_count + 1) *
                                                  sizeof *kernel->call);
                        if (!kernel->call)
                                return error_memory(err);
                        kernel->call_count = 0;
                }
                for (int i = 0; i < r->model_count; i++) {
                        for (int j = 0; j < r->model[i].call_count; j++) {
                                const struct call *call = &r->model[i].call[j];
                                struct kernel *kernel = called_kernel(r, call);

                                if (fill)
                                        kernel->call[kernel->call_count] =
                                                (struct kernel_call){
                                                        &r->model[i], call};
                                kernel->call_count++;
                        }
                }
        }
        return 0;
}

/* Names in kevo.json that nothing has: likely slips, harmless otherwise. */
static int check_policy(struct repository *r, struct error *err)
{
        int rc = 0;

        for (int i = 0; i < r->policy.kernel_count && rc == 0; i++) {
                const char *name = r->policy.kernel[i].name;
                struct error problem = {0};

                if (repository_find_kernel(r, name) ||
                    repository_find_problem(r, name))
                        continue;
                error_set(&problem, ERR_INPUT,
                          "kevo.json: kernels: there is no kernel \"%s\"; "
                          "correct the name or remove the entry",
                          name);
                rc = repository_add_problem(r, "kevo.json", NULL, &problem,
                                            err);
        }
        return rc;
}

int repository_load(struct repository **repository, const struct tree *tree,
                    struct error *err)
{
        struct repository *r = calloc(1, sizeof *r);
        int rc;

        *repository = NULL;
        if (r)
                r->arena = arena_new(arena_bytes);
        if (!r || !r->arena) {
                free(r);
                return error_memory(err);
        }
        r->label = arena_strdup(r->arena, tree_label(tree));
        snprintf(r->commit, sizeof r->commit, "%s", tree_commit(tree));
        rc = r->label ? load_policy(r, tree, err) : error_memory(err);
        if (rc == 0)
                rc = load_folder(r, tree, false, err);
        if (rc == 0)
                rc = load_kernels(r, tree, err);
        if (rc == 0)
                rc = load_folder(r, tree, true, err);
        if (rc == 0)
                rc = index_calls(r, err);
        for (int i = 0; i < r->kernel_count && rc == 0; i++)
                rc = variants_check_cases(r, &r->kernel[i], err);
        if (rc == 0)
                rc = check_policy(r, err);
        if (rc < 0) {
                repository_free(r);
                return rc;
        }
        *repository = r;
        return 0;
}
