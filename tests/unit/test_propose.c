/*
 * The operator: what it proposes is new, is a source that the repository's
 * own parser takes, can be rendered again from its schedule text, and runs
 * out when a small space is used up.
 */
#include "check_main.h"

#include <string.h>

#include "core/text.h"
#include "propose/moves.h"
#include "propose/propose.h"

enum { MANY = 40 };

static const char matmul[] = "kernel matmul {\n"
                             "    size M, N, K in 1..=4096\n"
                             "    in  a: f32[M, K], b: f32[K, N]\n"
                             "    out c: f32[M, N]\n"
                             "    c[i, j] = sum[k] a[i, k] * b[k, j]\n"
                             "    workload w M=64 N=64 K=64\n"
                             "}\n";

/* A range that ends differently in each lane, and is no prefix: no class fits
 * but the first kernel. */
static const char triangle[] =
        "kernel triangle {\n"
        "    size N\n"
        "    in  x: f32[N]\n"
        "    out y: f32[N]\n"
        "    y[i] = sum[k in 0..i + 1] x[k] * x[i - k]!\n"
        "    workload w N=64\n"
        "}\n";

static const char tuned[] =
        "// kevo: kernel matmul\n"
        "// kevo: tune A = 2 in 1 2 4\n"
        "// kevo: tune B = 8 in 4 8\n"
        "// kevo: check A * B <= 16\n"
        "// kevo: stage rows tasks ceil(M, A) args a b c\n"
        "void rows(long task, const float *a, const float *b, float *c,\n"
        "          long M, long N, long K);\n";

struct bed {
        struct spec *spec;
        struct binding binding;
        struct propose_task task;
        struct source *source;
        struct proposer *proposer;
};

static void make_bed(struct bed *bed, const char *text, bool with_source)
{
        struct machine machine;
        struct error err = {0};

        *bed = (struct bed){0};
        ck_assert_msg(spec_parse(text, strlen(text), "t.kernel", &bed->spec,
                                 &err) == 0,
                      "%s", err.text);
        binding_from_workload(&bed->binding, bed->spec,
                              bed->spec->workload[0]);
        bed->task.spec = bed->spec;
        bed->task.workload = &bed->binding;
        bed->task.backend = backend_find("c");
        machine_probe(&machine);
        bed->task.backend->target(&machine, &bed->task.target);
        if (!with_source)
                return;
        ck_assert_msg(source_parse(tuned, sizeof tuned - 1, "generic.c", "c",
                                   bed->spec, &bed->source, &err) == 0,
                      "%s", err.text);
        bed->task.source[0] = bed->source;
        bed->task.source_name[0] = "generic.c";
        bed->task.source_count = 1;
}

static void open_bed(struct bed *bed)
{
        struct error err = {0};

        ck_assert_msg(propose_open(&bed->proposer, &bed->task, &err) == 0,
                      "%s", err.text);
}

static void drop_bed(struct bed *bed)
{
        propose_close(bed->proposer);
        source_free(bed->source);
        spec_free(bed->spec);
}

static void check_candidate(const struct bed *bed, const struct candidate *c)
{
        struct candidate again;
        struct source *source;
        struct error err = {0};

        ck_assert_msg(source_parse(c->text, strlen(c->text), "candidate.c",
                                   "c", bed->spec, &source, &err) == 0,
                      "%s: %s", c->schedule, err.text);
        source_free(source);
        ck_assert_int_eq(
                propose_render(bed->proposer, c->schedule, &again, &err), 0);
        ck_assert_str_eq(again.text, c->text);
        candidate_dispose(&again);
}

/* Can the candidates of bed compile sizes in? */
static bool may_fix(struct bed *bed)
{
        struct propose_context context = {.parent = -1, .mate = -1};
        struct candidate made = {0};
        struct rng rng = {3, 0};
        struct error err = {0};
        bool fix;

        open_bed(bed);
        ck_assert_int_eq(propose(bed->proposer, &context, &rng, &made, &err),
                         0);
        fix = strstr(made.schedule, " fix=") != NULL;
        candidate_dispose(&made);
        propose_close(bed->proposer);
        bed->proposer = NULL;
        return fix;
}

START_TEST(sizes_may_stay_free)
{
        struct bed bed;

        make_bed(&bed, matmul, false);
        ck_assert(may_fix(&bed));
        bed.task.any_size = true;
        ck_assert(!may_fix(&bed));
        drop_bed(&bed);
}
END_TEST

/* Starts, then moves from the first of them, all remembered. */
START_TEST(candidates_are_new_and_whole)
{
        struct propose_memory memory[MANY] = {{0}};
        struct propose_context context = {.memory = memory};
        struct candidate made[MANY] = {{0}};
        struct rng rng = {5, 0};
        struct error err = {0};
        struct bed bed;
        int n = 0;

        make_bed(&bed, matmul, true);
        open_bed(&bed);
        while (n < MANY) {
                context.memory_count = n;
                context.parent = n < 10 ? -1 : 0;
                context.mate =
                        n < 25 || memory[1].space != memory[0].space ? -1 : 1;
                ck_assert_msg(propose(bed.proposer, &context, &rng, &made[n],
                                      &err) == 0,
                              "%s", err.text);
                for (int i = 0; i < n; i++)
                        ck_assert_str_ne(made[i].schedule, made[n].schedule);
                check_candidate(&bed, &made[n]);
                ck_assert_ptr_nonnull(made[n].move);
                ck_assert(propose_locate(bed.proposer, made[n].schedule,
                                         &memory[n]));
                memory[n].parent = context.parent;
                memory[n].fitness = n % 3 ? 1 : 0;
                n++;
        }
        for (int i = 0; i < n; i++)
                candidate_dispose(&made[i]);
        drop_bed(&bed);
}
END_TEST

/* Five of the six points pass the check line: exactly those are proposed. */
START_TEST(a_small_space_runs_out)
{
        struct propose_memory memory[MANY] = {{0}};
        struct propose_context context = {.memory = memory};
        struct candidate made[MANY] = {{0}};
        struct rng rng = {6, 0};
        struct error err = {0};
        struct bed bed;
        int n = 1, rc = 0;

        make_bed(&bed, matmul, true);
        open_bed(&bed);
        ck_assert(propose_locate(bed.proposer, "tune generic.c A=2 B=8",
                                 &memory[0]));
        context.mate = -1;
        while (n < MANY) {
                context.memory_count = n;
                rc = propose(bed.proposer, &context, &rng, &made[n], &err);
                if (rc < 0)
                        break;
                ck_assert_str_eq(made[n].origin, "tune");
                ck_assert_ptr_nonnull(
                        strstr(made[n].header_only, "use generic.c"));
                ck_assert(propose_locate(bed.proposer, made[n].schedule,
                                         &memory[n]));
                memory[n].parent = 0;
                n++;
        }
        ck_assert_int_eq(rc, ERR_NOT_FOUND);
        ck_assert_int_ge(n, 4);
        ck_assert_int_le(n, 5);
        for (int i = 1; i < n; i++) {
                ck_assert(!text_starts(made[i].schedule,
                                       "tune generic.c A=4 B=8"));
                candidate_dispose(&made[i]);
        }
        drop_bed(&bed);
}
END_TEST

START_TEST(nothing_to_search_is_said)
{
        struct error err = {0};
        struct bed bed;
        char *text = NULL;

        make_bed(&bed, triangle, false);
        ck_assert_int_eq(propose_open(&bed.proposer, &bed.task, &err),
                         ERR_UNSUPPORTED);
        ck_assert_ptr_nonnull(strstr(err.text, "nothing to search"));
        /* The first kernel exists for any spec. */
        ck_assert_int_eq(
                propose_first(bed.spec, bed.task.backend, &text, &err), 0);
        ck_assert_ptr_nonnull(strstr(text, "kevo: kernel triangle"));
        free(text);
        drop_bed(&bed);
}
END_TEST

/* Against a person's source the generated kernel is tried among the first:
 * alone where no class fits, beside the guesses of the classes elsewhere. */
START_TEST(the_first_kernel_is_among_the_first)
{
        struct propose_memory memory[MOVES_SPACES] = {{0}};
        struct propose_context context = {
                .parent = -1, .mate = -1, .memory = memory};
        struct candidate candidate;
        struct error err = {0};
        struct rng rng = {7, 0};
        struct bed bed;
        bool seen = false;

        make_bed(&bed, _i ? matmul : triangle, _i != 0);
        bed.task.first = true;
        open_bed(&bed);
        for (int n = 0; n < propose_space_count(bed.proposer); n++) {
                context.memory_count = n;
                ck_assert_msg(propose(bed.proposer, &context, &rng, &candidate,
                                      &err) == 0,
                              "%s", err.text);
                check_candidate(&bed, &candidate);
                seen |= text_equal(candidate.schedule, "first");
                ck_assert(propose_locate(bed.proposer, candidate.schedule,
                                         &memory[n]));
                memory[n].parent = -1;
                memory[n].fitness = 1;
                candidate_dispose(&candidate);
        }
        ck_assert(seen);
        context.memory_count = propose_space_count(bed.proposer);
        if (!_i)
                ck_assert_int_eq(propose(bed.proposer, &context, &rng,
                                         &candidate, &err),
                                 ERR_NOT_FOUND);
        drop_bed(&bed);
}
END_TEST

static int defects;

/* A printer that cannot do what it should, at first. */
static int print_later(const struct thread_program *program,
                       const char *origin, struct buf *out, struct error *err)
{
        if (defects++ < 2)
                return error_set(err, ERR_INTERNAL, "a loop without an end");
        return backend_find("c")->print(program, origin, out, err);
}

/* A defect costs the schedules that have it, not the search. */
START_TEST(a_defect_is_left_out)
{
        struct propose_context context = {.parent = -1, .mate = -1};
        struct backend broken = *backend_find("c");
        struct candidate candidate;
        struct error err = {0};
        struct rng rng = {8, 0};
        struct point guess;
        struct bed bed;

        broken.print = print_later;
        defects = 0;
        make_bed(&bed, matmul, false);
        bed.task.backend = &broken;
        open_bed(&bed);
        space_guess(propose_space(bed.proposer, 0), &guess);
        ck_assert_int_eq(
                propose_point(bed.proposer, 0, &guess, &candidate, &err),
                ERR_UNSUPPORTED);
        ck_assert_ptr_nonnull(strstr(err.text, "a loop without an end"));
        ck_assert_msg(
                propose(bed.proposer, &context, &rng, &candidate, &err) == 0,
                "%s", err.text);
        ck_assert_int_eq(defects, 3);
        candidate_dispose(&candidate);
        drop_bed(&bed);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("propose");
        TCase *tests = tcase_create("propose");
        SRunner *runner;
        int failed;

        tcase_set_timeout(tests, 120);
        tcase_add_test(tests, sizes_may_stay_free);
        tcase_add_test(tests, candidates_are_new_and_whole);
        tcase_add_test(tests, a_small_space_runs_out);
        tcase_add_test(tests, nothing_to_search_is_said);
        tcase_add_loop_test(tests, the_first_kernel_is_among_the_first, 0, 2);
        tcase_add_test(tests, a_defect_is_left_out);
        suite_add_tcase(suite, tests);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
