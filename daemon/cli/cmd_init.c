/* kevo init and kevo hardware add: write a repository's first files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "core/file.h"
#include "core/text.h"
#include "repo/device_match.h"
#include "repo/git.h"

static const struct option_entry no_options[] = {{0}};

/* This machine's file, unless the folder has one that matches already. A
 * repository that the folder lies in is another one. */
static int hardware_for(const char *folder, char name[LIMIT_NAME_BYTES + 1],
                        char **json, struct error *err)
{
        const struct hardware *hardware;
        struct cli_context context;
        struct machine machine;
        char path[LIMIT_PATH_BYTES];

        machine_probe(&machine);
        machine_hardware_name(&machine, name);
        *json = NULL;
        snprintf(path, sizeof path, "%s/kevo.json", folder);
        if (file_exists(path) && cli_context_open(&context, CONTEXT_REPOSITORY,
                                                  folder, NULL) == 0) {
                int found = machine_find_hardware(&machine, context.repository,
                                                  &hardware, NULL);

                cli_context_close(&context);
                if (found == 0)
                        return 0;
        }
        *json = machine_hardware_json(&machine, name);
        return *json ? 0 : error_memory(err);
}

/* Files that git does not keep can be searched, but nothing delivered. */
static void print_next(const char *folder)
{
        git_repository *git = NULL;
        struct error ignored = {0};
        bool kept = git_open(folder, &git, &ignored) == 0;

        git_repository_free(git);
        printf("This folder is a kernel repository now. Next: %swrite "
               "kernels/<name>/<name>.kernel,\n`kevo check`, commit, "
               "and `kevo search <name>`.\n",
               kept ? "" : "`git init`, ");
}

int cmd_init(int argc, char **argv)
{
        char name[LIMIT_NAME_BYTES + 1], *json = NULL;
        const char *folder = ".";
        struct error err = {0};
        int n, written;

        n = options_parse(no_options, argc, argv, 0, 1, "kevo init [FOLDER]",
                          "Make FOLDER (default: here) a kernel repository: "
                          "kevo.json, kernels/,\nmodels/ and hardware/ with a "
                          "file for this machine. Nothing is overwritten.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        if (n == 1)
                folder = argv[1];
        written = hardware_for(folder, name, &json, &err);
        if (written == 0)
                written = repository_init(folder, name, json, &err);
        free(json);
        if (written < 0)
                return command_fail(&err);
        if (written == 0)
                printf("Nothing to do: everything that init writes is "
                       "there.\n");
        else
                print_next(folder);
        return 0;
}

static int write_hardware(const char *root, const char *name, const char *json,
                          struct error *err)
{
        char path[LIMIT_PATH_BYTES + 64];
        int rc;

        snprintf(path, sizeof path, "%s/hardware", root);
        rc = file_make_directories(path, 0777, err);
        if (rc < 0)
                return rc;
        snprintf(path, sizeof path, "%s/hardware/%s.json", root, name);
        if (file_exists(path))
                return error_set(err, ERR_INPUT,
                                 "%s exists; remove it first, or give this "
                                 "machine another name with `kevo hardware "
                                 "add NAME`",
                                 path);
        rc = file_write(path, json, strlen(json), 0644, err);
        if (rc == 0)
                printf("wrote %s\n", path);
        return rc;
}

/* The file of the processor, or of the device of another kind. */
static int describe_hardware(const struct cli_context *context,
                             const char *wanted, char *name, char **json,
                             struct error *err)
{
        struct device_identity identity;
        int rc;

        if (text_equal(context->kind, "cpu")) {
                if (!wanted)
                        machine_new_hardware_name(&context->machine,
                                                  context->repository, name);
                *json = machine_hardware_json(&context->machine,
                                              wanted ? wanted : name);
        } else {
                rc = cli_identify_device(context->kind, &identity, err);
                if (rc < 0)
                        return rc;
                if (!wanted)
                        device_hardware_name(&identity, name);
                *json = device_hardware_json(&identity,
                                             wanted ? wanted : name);
        }
        if (wanted)
                snprintf(name, LIMIT_NAME_BYTES + 1, "%s", wanted);
        return *json ? 0 : error_memory(err);
}

int cmd_hardware(int argc, char **argv)
{
        char name[LIMIT_NAME_BYTES + 1], *json = NULL;
        const char *kind = "cpu", *wanted = NULL;
        const struct option_entry options[] = {
                {"kind", OPTION_TEXT, &kind,
                 "cpu (default), or opencl: the OpenCL device of this "
                 "machine"},
                {0}};
        const struct hardware *hardware;
        struct cli_context context;
        struct error err = {0};
        int n, rc;

        n = options_parse(options, argc, argv, 1, 2,
                          "kevo hardware add [NAME] [--kind KIND]",
                          "Write this machine's hardware file into the "
                          "repository. NAME defaults to\nvendor, line and "
                          "generation, such as amd-epyc-zen4.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        if (!text_equal(argv[1], "add")) {
                fprintf(stderr, "usage: kevo hardware add [NAME]\n");
                return 2;
        }
        rc = cli_context_open(&context, CONTEXT_REPOSITORY | CONTEXT_MACHINE,
                              NULL, &err);
        if (rc < 0)
                return command_fail(&err);
        context.kind = kind;
        wanted = n == 2 ? argv[2] : NULL;
        if (wanted && !text_is_hardware_name(wanted))
                rc = error_set(&err, ERR_INPUT,
                               "\"%s\" is no hardware name: use a-z, 0-9 and "
                               "-, at most %d",
                               wanted, LIMIT_NAME_BYTES);
        if (rc == 0 && cli_find_hardware(&context, &hardware, NULL) == 0) {
                printf("hardware/%s.json matches this machine already\n",
                       hardware->name);
                goto out;
        }
        if (rc == 0)
                rc = describe_hardware(&context, wanted, name, &json, &err);
        if (rc == 0)
                rc = write_hardware(context.root, name, json, &err);
out:
        free(json);
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : 0;
}
