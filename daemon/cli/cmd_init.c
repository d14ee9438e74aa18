/* kevo init and kevo hardware add: write a repository's first files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "core/file.h"
#include "core/text.h"

static const struct option_entry no_options[] = {{0}};

/* This machine's file, unless the folder has one that matches already. */
static int hardware_for(const char *folder, char name[LIMIT_NAME_BYTES + 1],
                        char **json, struct error *err)
{
        const struct hardware *hardware;
        struct cli_context context;
        struct machine machine;

        machine_probe(&machine);
        machine_hardware_name(&machine, name);
        *json = NULL;
        if (cli_context_open(&context, CONTEXT_REPOSITORY, folder, NULL) ==
            0) {
                int found = machine_find_hardware(&machine, context.repository,
                                                  &hardware, NULL);

                cli_context_close(&context);
                if (found == 0)
                        return 0;
        }
        *json = machine_hardware_json(&machine, name);
        return *json ? 0 : error_memory(err);
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
                printf("This folder is a kernel repository now. Next: write "
                       "kernels/<name>/<name>.kernel,\n`kevo check`, commit, "
                       "and `kevo search <name>`.\n");
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

int cmd_hardware(int argc, char **argv)
{
        char name[LIMIT_NAME_BYTES + 1], *json = NULL;
        const struct hardware *hardware;
        struct cli_context context;
        struct error err = {0};
        int n, rc;

        n = options_parse(no_options, argc, argv, 1, 2,
                          "kevo hardware add [NAME]",
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
        machine_new_hardware_name(&context.machine, context.repository, name);
        if (n == 2 && !text_is_hardware_name(argv[2]))
                rc = error_set(&err, ERR_INPUT,
                               "\"%s\" is no hardware name: use a-z, 0-9 and "
                               "-, at most %d",
                               argv[2], LIMIT_NAME_BYTES);
        else if (n == 2)
                snprintf(name, sizeof name, "%s", argv[2]);
        if (rc == 0 &&
            machine_find_hardware(&context.machine, context.repository,
                                  &hardware, NULL) == 0) {
                printf("hardware/%s.json matches this machine already\n",
                       hardware->name);
                goto out;
        }
        if (rc == 0) {
                json = machine_hardware_json(&context.machine, name);
                rc = json ? write_hardware(context.root, name, json, &err)
                          : error_memory(&err);
        }
out:
        free(json);
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : 0;
}
