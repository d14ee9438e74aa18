/* kevo check: a spec, a source, or a whole repository, without running it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "core/file.h"
#include "core/text.h"
#include "evaluate/reference.h"
#include "spec/mutants.h"

static const char *plural(int count)
{
        return count == 1 ? "" : "s";
}

static int check_spec(const char *path, struct error *err)
{
        struct spec *spec;
        int rc = cli_read_spec(path, &spec, err);

        if (rc < 0)
                return rc;
        printf("%s: kernel %s: %d size%s, %d tensor%s, %d statement%s, %d "
               "workload%s: fine\n",
               path, spec->name, spec->size_count, plural(spec->size_count),
               spec->tensor_count, plural(spec->tensor_count),
               spec->statement_count, plural(spec->statement_count),
               spec->workload_count, plural(spec->workload_count));
        spec_free(spec);
        return 0;
}

/* Wrong outputs must be refused, or the spec cannot be trusted. */
static int check_mutants(const struct repository *r, const char *cache,
                         int *survivors, struct error *err)
{
        int rc = 0;

        for (int i = 0; rc == 0 && i < r->kernel_count; i++) {
                struct mutant_report report = {0};
                const struct spec *spec = r->kernel[i].spec;
                struct reference_runner *reference = NULL;
                struct oracle *oracle = NULL;

                rc = oracle_open(&oracle, spec, cache, err);
                if (rc == 0)
                        rc = reference_open(&reference, spec, oracle, NULL,
                                            cache, err);
                if (rc == 0)
                        rc = mutants_check(spec, oracle, 1, &report, err);
                oracle_close(oracle);
                reference_close(reference);
                if (rc < 0) {
                        error_wrap(err, "%s", r->kernel[i].path);
                        break;
                }
                printf("%s: %d of %d mutants refused, %d equal to the "
                       "kernel%s%s%s\n",
                       r->kernel[i].path, report.refused, report.made,
                       report.skipped,
                       spec->reference ? "; stated by C code: no terms to "
                                         "drop, no lower precision"
                                       : "",
                       report.survivor[0] ? "; NOT REFUSED: " : "",
                       report.survivor);
                *survivors += report.survivor[0] != 0;
        }
        return rc;
}

/* Files that both match a machine are a problem on that machine; each may be
 * right for others. That none does is none, where only files are checked, but
 * nothing can be measured here. */
static int check_hardware(const struct repository *r)
{
        const struct hardware *hardware;
        struct machine machine;
        struct error why = {0};
        int rc;

        machine_probe(&machine);
        rc = machine_find_hardware(&machine, r, &hardware, &why);
        if (rc < 0)
                printf("%s%s\n", rc == ERR_INPUT ? "" : "note: ", why.text);
        return rc == ERR_INPUT;
}

static int check_repository(const char *path, bool mutants, struct error *err)
{
        struct cli_context context;
        const struct repository *r;
        int rc, problems = 0;

        rc = cli_context_open(&context, CONTEXT_HOST | CONTEXT_REPOSITORY,
                              path, err);
        if (rc < 0)
                return rc;
        r = context.repository;
        for (int i = 0; i < r->problem_count; i++)
                printf("%s\n", r->problem[i].text);
        problems = r->problem_count + check_hardware(r);
        if (mutants)
                rc = check_mutants(r, context.host->cache, &problems, err);
        if (rc == 0)
                printf("%s: %d kernel%s, %d model%s, %d hardware file%s, %d "
                       "problem%s\n",
                       context.root, r->kernel_count, plural(r->kernel_count),
                       r->model_count, plural(r->model_count),
                       r->hardware_count, plural(r->hardware_count), problems,
                       plural(problems));
        cli_context_close(&context);
        return rc < 0 ? rc : problems;
}

int cmd_check(int argc, char **argv)
{
        bool mutants = false;
        const struct option_entry options[] = {
                {"mutants", OPTION_FLAG, &mutants,
                 "also run each spec's mutants through the checks"},
                {0}};
        struct error err = {0};
        int n, rc;

        n = options_parse(options, argc, argv, 0, 1,
                          "kevo check [--mutants] [FOLDER | FILE.kernel]",
                          "Check a repository's policy, models, hardware, "
                          "specs and source headers, or\none spec. Exit 0: "
                          "fine, 1: problems, each printed with its place.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        if (n == 1 && text_ends(argv[1], ".kernel"))
                rc = check_spec(argv[1], &err);
        else
                rc = check_repository(n ? argv[1] : NULL, mutants, &err);
        if (rc == ERR_INPUT) {
                fprintf(stderr, "%s\n", err.text);
                return 1;
        }
        return rc < 0 ? command_fail(&err) : rc > 0;
}
