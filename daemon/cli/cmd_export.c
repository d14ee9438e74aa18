/* kevo export: the kernels of a repository as a C library. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/around.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "core/text.h"
#include "export/export.h"

enum { KERNELS = 256, COMMIT_BYTES = 64 };

/* Is something that a library is made of not as it is in the commit? */
static bool is_dirty(git_repository *git, git_commit *commit, const char *root)
{
        static const char *const names[] = {"hardware", "kernels", "kevo.json",
                                            "models"};
        const char *work = git_repository_workdir(git);
        git_diff_options options = GIT_DIFF_OPTIONS_INIT;
        char path[4][LIMIT_PATH_BYTES], *paths[4];
        git_diff *diff = NULL;
        git_tree *tree = NULL;
        bool dirty = true;

        for (int i = 0; work && i < 4; i++) {
                paths[i] = path[i];
                snprintf(path[i], sizeof path[i], "%.4000s/%s", root,
                         names[i]);
                if (strncmp(path[i], work, strlen(work)) == 0)
                        paths[i] += strlen(work);
        }
        options.flags =
                GIT_DIFF_DISABLE_PATHSPEC_MATCH | GIT_DIFF_INCLUDE_UNTRACKED;
        options.pathspec.strings = paths;
        options.pathspec.count = 4;
        if (work && git_commit_tree(&tree, commit) == 0 &&
            git_diff_tree_to_workdir_with_index(&diff, git, tree, &options) ==
                    0)
                dirty = git_diff_num_deltas(diff) > 0;
        git_diff_free(diff);
        git_tree_free(tree);
        return dirty;
}

/* The commit that is checked out, with -dirty behind it where that is not
 * all; "" without one. */
static void find_commit(const char *root, char text[COMMIT_BYTES])
{
        git_repository *git = NULL;
        git_commit *commit = NULL;
        char id[GIT_OID_HEXSZ + 1];
        git_oid head;

        *text = 0;
        if (around_open(root, &git, NULL) == 0 &&
            git_reference_name_to_id(&head, git, "HEAD") == 0 &&
            git_commit_lookup(&commit, git, &head) == 0)
                snprintf(text, COMMIT_BYTES, "%s%s",
                         git_oid_tostr(id, sizeof id, &head),
                         is_dirty(git, commit, root) ? "-dirty" : "");
        git_commit_free(commit);
        git_repository_free(git);
}

/* Does a library of these kernels lack something because of a problem? */
static bool lacks_files(const struct repository *r,
                        const struct export_options *options)
{
        bool lacks = false;

        for (int i = 0; i < r->problem_count && !lacks; i++) {
                const char *of = r->problem[i].kernel;

                lacks = !of || !options->kernel_count;
                for (int k = 0; k < options->kernel_count && !lacks; k++)
                        lacks = text_equal(options->kernel[k]->name, of);
        }
        return lacks;
}

static int export_kernels(struct cli_context *context,
                          struct export_options *options, char **names,
                          int count, struct error *err)
{
        const struct kernel **kernel =
                calloc((size_t)count + 1, sizeof(struct kernel *));
        struct export_outcome outcome = {0};
        char commit[COMMIT_BYTES];
        int rc = kernel ? 0 : error_memory(err), n = 0;

        for (int i = 0; i < count && rc == 0; i++) {
                int seen = 0;

                rc = cli_find_kernel(context, names[i], kernel + n, err);
                while (seen < n && kernel[seen] != kernel[n])
                        seen++;
                n += seen == n; /* named twice is meant once */
        }
        find_commit(context->root, commit);
        options->commit = commit;
        options->cache = context->host->cache;
        options->store = context->store;
        options->kernel_count = n;
        options->kernel = kernel;
        if (rc == 0)
                rc = export_write(context->repository, options, &outcome, err);
        if (rc == 0 && lacks_files(context->repository, options))
                fprintf(stderr,
                        "kevo: files with problems are left out: `kevo "
                        "check` names them\n");
        if (rc == 0)
                printf("%s: %d kernel%s, %d program%s, %d files; build and "
                       "install it with CMake, then\n"
                       "    find_package(%s REQUIRED)\n"
                       "    target_link_libraries(yours PRIVATE %s::%s)\n",
                       options->folder, outcome.kernels,
                       outcome.kernels == 1 ? "" : "s", outcome.programs,
                       outcome.programs == 1 ? "" : "s", outcome.files,
                       options->name, options->name, options->name);
        if (rc == 0 && outcome.left_out.length)
                fprintf(stderr, "kevo: left out of the library\n%s",
                        outcome.left_out.data);
        buf_dispose(&outcome.left_out);
        free(kernel);
        return rc;
}

int cmd_export(int argc, char **argv)
{
        struct export_options export = {.name = "kernels"};
        const struct option_entry options[] = {
                {"c", OPTION_FOLDER, &export.folder,
                 "folder of the C library; made when missing"},
                {"name", OPTION_TEXT, &export.name,
                 "of library, header and prefix; default kernels"},
                {0}};
        struct cli_context context;
        struct error err = {0};
        int n, rc;

        n = options_parse(options, argc, argv, 0, KERNELS,
                          "kevo export --c DIR [--name NAME] [KERNEL ...]",
                          "Write the kernels (default: all) as a C library "
                          "with one header and a CMake\npackage: what the "
                          "repository dispatches to on every processor that "
                          "has a hardware\nfile, portable code elsewhere.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        if (!export.folder) {
                fprintf(stderr, "kevo export: --c DIR is missing: where to "
                                "write the library\n");
                return 2;
        }
        rc = cli_context_open(&context,
                              CONTEXT_HOST | CONTEXT_REPOSITORY |
                                      CONTEXT_STORE_READ,
                              NULL, &err);
        if (rc == ERR_NOT_FOUND)
                rc = cli_context_open(&context,
                                      CONTEXT_HOST | CONTEXT_REPOSITORY, NULL,
                                      &err);
        if (rc < 0)
                return command_fail(&err);
        rc = export_kernels(&context, &export, argv + 1, n, &err);
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : 0;
}
