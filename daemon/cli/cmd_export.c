/* kevo export: the kernels of a repository as a C library. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "export/export.h"

enum { KERNELS = 256 };

static int export_kernels(struct cli_context *context,
                          struct export_options *options, char **names,
                          int count, struct error *err)
{
        const struct kernel **kernel =
                calloc((size_t)count + 1, sizeof(struct kernel *));
        struct export_outcome outcome;
        int rc = kernel ? 0 : error_memory(err);

        for (int i = 0; i < count && rc == 0; i++)
                rc = cli_find_kernel(context, names[i], kernel + i, err);
        options->cache = context->host->cache;
        options->store = context->store;
        options->kernel_count = count;
        options->kernel = kernel;
        if (rc == 0)
                rc = export_write(context->repository, options, &outcome, err);
        free(kernel);
        if (rc == 0 && context->repository->problem_count && !count)
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
        return rc;
}

int cmd_export(int argc, char **argv)
{
        struct export_options export = {.name = "kernels"};
        const struct option_entry options[] = {
                {"c", OPTION_TEXT, &export.folder,
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
