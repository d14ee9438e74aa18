/*
 * A/A on a real machine: sources of the library against copies of themselves
 * that differ in one constant nobody reads, through every stage up to the
 * confirmation. Whatever is accepted is a false alarm, and a workload that is
 * proved slower a false refusal.
 *
 * usage: self_accepts FOLDER REPEATS KERNEL ...
 *
 * FOLDER holds the kernels (kernels/ of the sources). A line an evaluation,
 * and a summary. Build with -DKEVO_BENCH=ON; it is its own worker.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "evaluate/evaluate.h"

enum { VERDICTS = VERDICT_SUSPECT + 1 };

struct tally {
        int all, wrong, selected, slower, count[VERDICTS];
};

static int read_part(const char *folder, const char *kernel, const char *file,
                     char **text, struct error *err)
{
        char path[LIMIT_PATH_BYTES];

        snprintf(path, sizeof path, "%s/%s/%s", folder, kernel, file);
        return file_read(path, LIMIT_SOURCE_BYTES, text, NULL, err);
}

/* The same program to a processor, another one to whoever compares. */
static char *copy_of(const char *source, int number)
{
        char *text = NULL;

        if (asprintf(&text,
                     "%s\n__attribute__((used)) static const char "
                     "kevo_copy[16] = \"copy %d\";\n",
                     source, number) < 0)
                return NULL;
        return text;
}

static bool has_stage(const struct evaluate_result *r, const char *stage)
{
        for (int i = 0; i < r->measure_count; i++) {
                if (text_equal(r->measure[i].stage, stage))
                        return true;
        }
        return false;
}

static void enter(struct tally *tally, const char *kernel,
                  const struct evaluate_result *r)
{
        tally->all++;
        tally->wrong += !r->correct;
        tally->selected += has_stage(r, "S4");
        tally->slower += r->reason && strstr(r->reason, "slower") != NULL;
        tally->count[r->verdict]++;
        printf("%-20s %-12s %s\n", kernel, verdict_name(r->verdict),
               r->reason ? r->reason : "");
        fflush(stdout);
}

static int evaluate(struct evaluator *evaluator, const struct spec *spec,
                    const char *source, int number, struct tally *tally,
                    struct error *err)
{
        struct evaluate_workload workload = {.name = spec->workload[0]->name,
                                             .weight = 1,
                                             .incumbent = source,
                                             .incumbent_language = "c",
                                             .incumbent_label = "itself"};
        char *copy = copy_of(source, number);
        struct evaluate_request request = {.spec = spec,
                                           .campaign = spec->name,
                                           .language = "c",
                                           .candidate = copy,
                                           .candidate_label = "copy",
                                           .workload_count = 1,
                                           .workload = &workload,
                                           .stage = STAGE_S4};
        struct evaluate_result *result = NULL;
        int rc = copy ? 0 : error_memory(err);

        binding_from_workload(&workload.binding, spec, spec->workload[0]);
        request.timeout_ns = 120LL * CLOCK_SECOND_NS;
        if (rc == 0)
                rc = evaluator_run(evaluator, &request, &result, err);
        if (rc == 0)
                enter(tally, spec->name, result);
        evaluate_result_free(result);
        free(copy);
        return rc;
}

static int run_kernel(struct evaluator *evaluator, const char *folder,
                      const char *kernel, int number, struct tally *tally,
                      struct error *err)
{
        char file[128], *text = NULL, *source = NULL;
        struct spec *spec = NULL;
        int rc;

        snprintf(file, sizeof file, "%.100s.kernel", kernel);
        rc = read_part(folder, kernel, file, &text, err);
        if (rc == 0)
                rc = read_part(folder, kernel, "generic.c", &source, err);
        if (rc == 0)
                rc = spec_parse(text, strlen(text), file, &spec, err);
        if (rc == 0)
                rc = evaluate(evaluator, spec, source, number, tally, err);
        spec_free(spec);
        free(text);
        free(source);
        return rc;
}

static void summarise(const struct tally *t)
{
        printf("%d evaluations of a source against itself: %d accepted, %d "
               "selected but not confirmed, %d inconclusive, %d \"slower\", "
               "%d wrong\n",
               t->all, t->count[VERDICT_ACCEPTED],
               t->selected - t->count[VERDICT_ACCEPTED],
               t->count[VERDICT_INCONCLUSIVE], t->slower, t->wrong);
}

int main(int argc, char **argv)
{
        struct evaluator *evaluator = NULL;
        struct tally tally = {0};
        struct error err = {0};

        if (argc > 1 && text_equal(argv[1], "worker"))
                return worker_main(0, 1);
        if (argc < 4) {
                fprintf(stderr, "usage: self_accepts FOLDER REPEATS KERNEL "
                                "...\n");
                return 2;
        }
        if (evaluator_start(&evaluator, NULL, &err) < 0) {
                fprintf(stderr, "%s\n", err.text);
                return 1;
        }
        for (int r = 0; r < atoi(argv[2]); r++) {
                for (int k = 3; k < argc; k++) {
                        if (run_kernel(evaluator, argv[1], argv[k], r + 1,
                                       &tally, &err) == 0)
                                continue;
                        printf("%-20s not measured: %s\n", argv[k], err.text);
                        err = (struct error){0};
                }
        }
        summarise(&tally);
        evaluator_stop(evaluator);
        return tally.count[VERDICT_ACCEPTED] > 0;
}
