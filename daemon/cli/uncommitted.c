/*
 * See uncommitted.h. What decides is what decides in a delivery: the hash of
 * the inputs, made once more from the commit. So a comment in a spec is no
 * difference, and a file that only matters elsewhere is none. The files are
 * compared only then, to name one.
 */
#include "cli/uncommitted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "plan/part.h"
#include "repo/git.h"
#include "search/campaign.h"
#include "watch/branches.h"

/* The same kernel as it is committed on a branch. */
struct committed {
        git_repository *git;
        char branch[BRANCH_BYTES];
        struct tree *tree, *part;
        struct repository *repository;
};

static void close_committed(struct committed *c)
{
        repository_free(c->repository);
        tree_close(c->part);
        tree_close(c->tree);
        git_repository_free(c->git);
}

static int open_committed(struct committed *c, const char *root,
                          const char *kernel, struct error *err)
{
        struct part_names kernels = {0}, models = {0};
        struct branches branches = {0};
        int rc = git_open(root, &c->git, err);

        if (rc == 0)
                rc = branches_watched(c->git, &branches, err);
        if (rc == 0 && branches.count == 0)
                rc = branches_explain_none(c->git, root, err);
        if (rc == 0) {
                snprintf(c->branch, sizeof c->branch, "%s",
                         branches_short_name(branches.branch[0].ref));
                rc = tree_open_commit(&c->tree, c->git, branches.branch[0].tip,
                                      err);
        }
        if (rc == 0)
                rc = part_names_add(&kernels, kernel, err);
        if (rc == 0)
                rc = part_open(&c->part, c->tree, &kernels, &models, err);
        if (rc == 0)
                rc = repository_load(&c->repository, c->part, err);
        part_names_dispose(&kernels);
        return rc;
}

/* Would the search start from the same there? */
static bool same_inputs(const struct cli_context *context,
                        const struct committed *c,
                        const struct subject *subject)
{
        const struct kernel *kernel =
                repository_find_kernel(c->repository, subject->kernel->name);
        const struct hardware *hardware = repository_find_hardware(
                c->repository, subject->hardware->name);
        struct known_wrong known = {context->store, kernel};
        struct subject *there = NULL;
        struct error ignored = {0};
        bool same;

        if (!kernel || !hardware ||
            subject_make(&there, c->repository, kernel, hardware,
                         &context->machine, context->environment_hash,
                         campaign_skip_wrong, &known, &ignored) < 0)
                return false;
        same = text_equal(there->inputs_hash, subject->inputs_hash);
        subject_free(there);
        return same;
}

/* The id of a file's content; "" when there is none. */
static void content_id(const struct tree *tree, const char *path, char *id)
{
        struct error ignored = {0};
        char *text = NULL;

        *id = 0;
        if (tree_read(tree, path, LIMIT_SOURCE_BYTES, &text, NULL, id,
                      &ignored) < 0)
                *id = 0;
        free(text);
}

static bool differs(const struct cli_context *context,
                    const struct committed *c, const char *path)
{
        char here[OID_BYTES], there[OID_BYTES];

        content_id(context->tree, path, here);
        content_id(c->tree, path, there);
        return !text_equal(here, there);
}

/* Is the file a source there, and one that is not passed over? */
static bool is_used(const struct cli_context *context,
                    const struct kernel *kernel, const char *path,
                    bool *is_source)
{
        struct known_wrong known = {context->store, kernel};

        for (int i = 0; kernel && i < kernel->variant_count; i++) {
                if (!text_equal(kernel->variant[i].path, path))
                        continue;
                *is_source = true;
                return !campaign_skip_wrong(&kernel->variant[i], &known);
        }
        return false;
}

/* A source that is wrong is as good as absent. */
static bool matters(const struct cli_context *context,
                    const struct committed *c, const struct subject *subject,
                    const char *path)
{
        const struct kernel *there =
                repository_find_kernel(c->repository, subject->kernel->name);
        bool is_source = false;

        return is_used(context, subject->kernel, path, &is_source) ||
               is_used(context, there, path, &is_source) || !is_source;
}

/* The first file of the folder, as `listed` has it, that differs. */
static bool find_in_folder(const struct cli_context *context,
                           const struct committed *c,
                           const struct subject *subject,
                           const struct tree *listed, const char *folder,
                           char path[LIMIT_PATH_BYTES])
{
        struct error ignored = {0};
        char **names;
        bool found = false;

        if (tree_list(listed, folder, &names, &ignored) < 0)
                return false;
        for (int i = 0; names[i] && !found; i++) {
                if (!text_ends(names[i], ".kernel") &&
                    !text_ends(names[i], ".json") &&
                    !source_language(names[i]))
                        continue;
                snprintf(path, LIMIT_PATH_BYTES, "%s/%s", folder, names[i]);
                found = differs(context, c, path) &&
                        matters(context, c, subject, path);
        }
        tree_free_names(names);
        return found;
}

/* The spec is named before its sources, and these before what is shared. */
static bool find_file(const struct cli_context *context,
                      const struct committed *c, const struct subject *subject,
                      char path[LIMIT_PATH_BYTES])
{
        char kernel[LIMIT_PATH_BYTES];
        const char *folders[] = {kernel, "hardware", "models"};

        snprintf(path, LIMIT_PATH_BYTES, "%s", subject->kernel->path);
        if (differs(context, c, path))
                return true;
        snprintf(kernel, sizeof kernel, "kernels/%s", subject->kernel->name);
        for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
                if (find_in_folder(context, c, subject, context->tree,
                                   folders[i], path) ||
                    find_in_folder(context, c, subject, c->tree, folders[i],
                                   path))
                        return true;
        snprintf(path, LIMIT_PATH_BYTES, "kevo.json");
        return differs(context, c, path);
}

static void explain_difference(const struct cli_context *context,
                               const struct committed *c,
                               const struct subject *subject, char *text,
                               size_t size)
{
        char path[LIMIT_PATH_BYTES];
        bool is_source = false, used;

        if (!find_file(context, c, subject, path))
                snprintf(path, sizeof path, "%s", subject->kernel->path);
        used = is_used(context, subject->kernel, path, &is_source);
        snprintf(text, size,
                 "%s is not on %s as it is here, so a win cannot be "
                 "delivered; %s",
                 path, c->branch,
                 is_source && !used ? "it is wrong here: mend it first"
                                    : "commit it there first");
}

void uncommitted_explain(const struct cli_context *context,
                         const struct subject *subject, char *text,
                         size_t size)
{
        struct committed c = {0};
        struct error err = {0};

        *text = 0;
        if (open_committed(&c, context->root, subject->kernel->name, &err) < 0)
                snprintf(text, size,
                         "a win cannot be delivered yet: %s; commit %s first",
                         err.text, subject->kernel->path);
        else if (!same_inputs(context, &c, subject))
                explain_difference(context, &c, subject, text, size);
        close_committed(&c);
}
