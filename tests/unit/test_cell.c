/*
 * Cells: foreign code runs, is timed from outside, and cannot get out. Each
 * hostile kernel is a few lines of C built here by the real compiler.
 */
#include "evaluate/cell.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backends/c/compiler.h"
#include "core/clock.h"
#include "core/proc.h"
#include "core/text.h"

static struct zygote zygote;

enum { ELEMENTS = 1000, THREADS = 2, PIECES = 8 };

/* One kernel on one input and one output of ELEMENTS floats. */
struct bench {
        struct cell cell;
        struct memory object, inputs, work;
        struct cell_piece in[2], out[3];
        int threads;
        int64_t tasks;
        bool unguarded;
};

static const char *const frame =
        "#include <math.h>\n#include <string.h>\n"
        "typedef __INT64_TYPE__ i64;\n"
        "struct call { void *const *in, *const *out, *const *scratch;\n"
        "  const i64 *size; const double *param; };\n"
        "static long call6(long n, long a, long b, long c, long d, long e)\n"
        "{ long r; register long r10 __asm__(\"r10\") = d;\n"
        "  register long r8 __asm__(\"r8\") = e;\n"
        "  __asm__ volatile(\"syscall\" : \"=a\"(r) : \"a\"(n), \"D\"(a),\n"
        "  \"S\"(b), \"d\"(c), \"r\"(r10), \"r\"(r8) : \"rcx\", \"r11\",\n"
        "  \"memory\"); return r; }\n"
        "__attribute__((visibility(\"default\")))\n"
        "void __kevo_stage_0(i64 task, const struct call *c, void *const *l)\n"
        "{ const float *x = c->in[0]; float *y = c->out[0];\n"
        "  i64 n = c->size[0], b = task * 100, e = b + 100 < n ? b + 100 : n;"
        "\n  (void)x, (void)y, (void)e, (void)l, (void)call6;\n%s\n}\n";

static void build(struct memory *object, const char *body)
{
        const struct compiler *compiler;
        struct compiler_job job = {.file = "test.c"};
        struct error err = {0};
        char *text = NULL, *bytes = NULL, *log = NULL;
        size_t length;

        ck_assert_int_ge(asprintf(&text, frame, body), 0);
        job.text = text;
        job.length = strlen(text);
        ck_assert_msg(compiler_find(&compiler, &err) == 0, "%s", err.text);
        ck_assert_msg(
                compiler_run(compiler, &job, &bytes, &length, &log, &err) == 0,
                "%s", err.text);
        ck_assert_msg(memory_of_bytes(object, bytes, length, true, &err) == 0,
                      "%s", err.text);
        free(text);
        free(bytes);
        free(log);
}

static int open_bench(struct bench *b, const char *body, struct error *err)
{
        struct cell_plan *plan;
        uint64_t end = 0;
        size_t bytes = sizeof *plan + PIECES * sizeof *plan->piece;
        int rc;

        build(&b->object, body);
        plan = calloc(1, bytes);
        for (int i = 0; i < 2; i++)
                memory_place(&b->in[i], &end, ELEMENTS * sizeof(float),
                             MEMORY_AT_END);
        ck_assert_int_eq(memory_create(&b->inputs, end, err), 0);
        for (int i = 0; i < 2; i++) {
                float *x = (float *)(void *)memory_data(&b->inputs, &b->in[i]);

                memory_arm(&b->inputs, &b->in[i], 7);
                for (int j = 0; j < ELEMENTS; j++)
                        x[j] = (float)(j + i);
        }
        ck_assert_int_eq(memory_seal(&b->inputs, err), 0);
        plan->input_bytes = end;
        end = 0;
        for (int i = 0; i < 3; i++)
                memory_place(&b->out[i], &end, ELEMENTS * sizeof(float),
                             MEMORY_AT_END);
        ck_assert_int_eq(memory_create(&b->work, end, err), 0);
        for (int i = 0; i < 3; i++)
                memory_arm(&b->work, &b->out[i], 9);
        plan->work_bytes = end;
        plan->threads = (uint32_t)(b->threads ? b->threads : 1);
        plan->stages = plan->inputs = plan->outputs = 1;
        plan->sets = 2;
        plan->slots = 3;
        plan->first_output = 2;
        plan->first_scratch = plan->pieces = 5;
        plan->guarded = !b->unguarded;
        plan->shift = 3;
        plan->size[0] = ELEMENTS;
        strcpy(plan->tensor[0], "x");
        strcpy(plan->tensor[1], "y");
        plan->stage[0].tasks = b->tasks ? b->tasks : 10;
        for (int i = 0; i < CELL_THREADS; i++)
                plan->cpu[i] = -1;
        memcpy(plan->piece, b->in, sizeof b->in);
        memcpy(plan->piece + 2, b->out, sizeof b->out);
        rc = cell_start(&b->cell, &zygote, b->object.fd, b->inputs.fd,
                        b->work.fd, plan, bytes, err);
        free(plan);
        return rc;
}

static void close_bench(struct bench *b)
{
        cell_end(&b->cell);
        memory_dispose(&b->object);
        memory_dispose(&b->inputs);
        memory_dispose(&b->work);
}

static const float *output(const struct bench *b, int slot)
{
        return (const float *)(const void *)memory_data(&b->work,
                                                        &b->out[slot]);
}

static bool canaries(const struct bench *b, int64_t *where)
{
        bool all = true;

        for (int i = 0; i < 3; i++)
                all &= memory_intact(&b->work, &b->out[i], 9, where);
        return all;
}

/* Build, start, run one call; the result of the run. */
static int run_body(const char *body, struct error *err)
{
        struct cell_batch batch = {.calls = 1};
        struct bench b = {.threads = 1, .tasks = 1};
        int rc = open_bench(&b, body, err);

        if (rc == 0)
                rc = cell_run(&b.cell, &batch, INT64_C(1000000000), NULL, err);
        close_bench(&b);
        return rc;
}

static const char *const twice =
        "for (i64 i = b; i < e; i++) y[i] = 2 * x[i];";

START_TEST(test_runs_calls_over_sets_and_slots)
{
        struct cell_batch batch = {.calls = 4,
                                   .set = 1,
                                   .set_step = 1,
                                   .slot = 0,
                                   .slot_step = 1};
        struct bench b = {.threads = THREADS};
        struct error err = {0};
        int64_t where = 0, elapsed = 0;

        b.unguarded = _i;
        ck_assert_msg(open_bench(&b, twice, &err) == 0, "%s", err.text);
        ck_assert_msg(cell_run(&b.cell, &batch, INT64_C(5000000000), &elapsed,
                               &err) == 0,
                      "%s", err.text);
        ck_assert_int_gt(elapsed, 0);
        ck_assert_msg(cell_stop(&b.cell, &err) == 0, "%s", err.text);
        /* Calls 0..3 use sets 1 0 1 0 and slots 0 1 2 0. */
        for (int j = 0; j < ELEMENTS; j++) {
                ck_assert_float_eq(output(&b, 0)[j], 2 * (float)j);
                ck_assert_float_eq(output(&b, 1)[j], 2 * (float)j);
                ck_assert_float_eq(output(&b, 2)[j], 2 * (float)(j + 1));
        }
        ck_assert(canaries(&b, &where));
        ck_assert(!b.cell.control->environment_changed);
        /* Again after the stop, tasks in other orders. */
        batch.calls = 1;
        for (uint32_t f = 0; f < 8; f++) {
                batch.flags = f;
                batch.set = f & 1;
                ck_assert_msg(cell_run(&b.cell, &batch, INT64_C(5000000000),
                                       NULL, &err) == 0,
                              "%s", err.text);
                ck_assert_int_eq(cell_stop(&b.cell, &err), 0);
                for (int j = 0; j < ELEMENTS; j++)
                        ck_assert_float_eq(output(&b, 0)[j],
                                           2 * (float)(j + (int)(f & 1)));
        }
        close_bench(&b);
}
END_TEST

START_TEST(test_sleeps_between_commands)
{
        struct cell_batch batch = {.calls = 1};
        struct bench b = {.threads = THREADS};
        struct error err = {0};
        int64_t before;

        ck_assert_msg(open_bench(&b, twice, &err) == 0, "%s", err.text);
        ck_assert_int_eq(
                cell_run(&b.cell, &batch, INT64_C(5000000000), NULL, &err), 0);
        clock_sleep_ns(20000000);
        before = cell_cpu_ns(&b.cell);
        ck_assert_int_gt(before, 0);
        clock_sleep_ns(100000000);
        ck_assert_int_lt(cell_cpu_ns(&b.cell) - before, 50000000);
        close_bench(&b);
}
END_TEST

/* Each of these must end its cell, and the error must say what it did. */
static const struct {
        const char *name, *body, *says;
        int code;
} faults[] = {
        {"endless loop", "for (;;) __asm__ volatile(\"\");", "did not end",
         ERR_TIMEOUT},
        {"write far behind", "y[1500] = 1;", "byte 6000 of output y",
         ERR_INPUT},
        {"write far before", "y[-1200] = 1;", "of output y", ERR_INPUT},
        {"read far behind", "y[0] = ((volatile float *)x)[1100];",
         "of input x", ERR_INPUT},
        {"write to input", "((float *)x)[3] = 1;", "wrote to input x, byte 12",
         ERR_INPUT},
        {"null", "*(volatile int *)0 = 1;", "null pointer", ERR_INPUT},
        {"time-stamp counter", "y[0] = (float)__builtin_ia32_rdtsc();",
         "time-stamp", ERR_INPUT},
        {"huge stack",
         "volatile char big[1 << 20]; for (i64 i = sizeof big; i--;) "
         "big[i] = 1;",
         "not its own", ERR_INPUT},
        {"divide", "volatile int z = 0; y[0] = 7 / z;", "divided", ERR_INPUT},
        {"illegal", "__asm__ volatile(\"ud2\");", "instruction", ERR_INPUT},
        {"open", "call6(257, -100, (long)\"/etc/passwd\", 0, 0, 0);",
         "system call (number 257)", ERR_INPUT},
        {"fork", "for (;;) call6(57, 0, 0, 0, 0, 0);",
         "system call (number 57)", ERR_INPUT},
        {"thread", "call6(56, 0x10f00, 0, 0, 0, 0);", "system call",
         ERR_INPUT},
        {"map memory", "for (;;) call6(9, 0, 1 << 30, 3, 0x22, -1);",
         "system call", ERR_INPUT},
        {"socket", "call6(41, 2, 1, 0, 0, 0);", "system call", ERR_INPUT},
        {"clock", "call6(228, 1, (long)y, 0, 0, 0);", "system call",
         ERR_INPUT},
        {"kill all", "call6(62, -1, 9, 0, 0, 0);", "system call", ERR_INPUT},
        {"arch_prctl", "call6(158, 0x1002, 0, 0, 0, 0);", "system call",
         ERR_INPUT},
        {"unprotect", "call6(10, (long)y & ~4095L, 4096, 7, 0, 0);",
         "system call", ERR_INPUT},
        {"exit", "call6(231, 0, 0, 0, 0, 0);", "ended its process", ERR_INPUT},
        {"exit of a thread", "call6(60, 0, 0, 0, 0, 0);", "did not end",
         ERR_TIMEOUT},
        {"32-bit system call",
         "long r; __asm__ volatile(\"int $0x80\" : \"=a\"(r) : \"a\"(1), "
         "\"b\"(0) : \"memory\");",
         "", ERR_INPUT},
};

START_TEST(test_ends_what_it_must_not_do)
{
        struct error err = {0};
        int rc = run_body(faults[_i].body, &err);

        ck_assert_msg(rc == faults[_i].code &&
                              strstr(err.text, faults[_i].says),
                      "%s: %d %s", faults[_i].name, rc, err.text);
}
END_TEST

/* Foreign code may write what it likes where the addresses of its tensors
 * stand: half of all addresses away is as far as they get. */
START_TEST(test_forged_addresses_are_only_words)
{
        struct cell_batch batch = {.calls = 1};
        struct bench b = {.threads = 1, .tasks = 1};
        struct error err = {0};

        ck_assert_msg(open_bench(&b, "*(volatile int *)16 = 1;", &err) == 0,
                      "%s", err.text);
        for (int i = 0; i < PIECES; i++)
                b.cell.control->piece_address[i] =
                        16 + (UINT64_C(1) << 63) * (uint64_t)(i % 2) +
                        (uint64_t)i / 2;
        ck_assert_int_eq(
                cell_run(&b.cell, &batch, INT64_C(5000000000), NULL, &err),
                ERR_INPUT);
        ck_assert_msg(strstr(err.text, "touched memory") != NULL, "%s",
                      err.text);
        close_bench(&b);
}
END_TEST

/* Whoever kills a cell from outside says nothing about the kernel. */
START_TEST(test_killed_from_outside_is_lost)
{
        struct cell_batch batch = {.calls = 1};
        struct bench b = {.threads = 1, .tasks = 1};
        struct error err = {0};

        ck_assert_msg(open_bench(&b, "y[0] = 1;", &err) == 0, "%s", err.text);
        ck_assert_int_eq(kill(b.cell.pid, SIGKILL), 0);
        ck_assert_int_eq(
                cell_run(&b.cell, &batch, INT64_C(1000000000), NULL, &err),
                ERR_LOST);
        close_bench(&b);
}
END_TEST

START_TEST(test_canaries_show_near_misses)
{
        static const char *const bodies[] = {"y[1000] = 1;",
                                             "((char *)(y + 1000))[90] = 1;"};
        struct cell_batch batch = {.calls = 1};
        struct bench b = {.threads = 1, .tasks = 1};
        struct error err = {0};
        int64_t where = 0;

        ck_assert_msg(open_bench(&b, bodies[_i], &err) == 0, "%s", err.text);
        ck_assert_int_eq(
                cell_run(&b.cell, &batch, INT64_C(1000000000), NULL, &err), 0);
        ck_assert_int_eq(cell_stop(&b.cell, &err), 0);
        ck_assert(!canaries(&b, &where));
        ck_assert(where == (_i ? 4090 : 4000));
        close_bench(&b);
}
END_TEST

START_TEST(test_changed_rounding_is_seen)
{
        static const char *const bodies[] = {
                "unsigned m = 0x9fc0; __asm__ volatile(\"ldmxcsr %0\" :: "
                "\"m\"(m)); y[0] = 1;",
                "unsigned short m = 0x0f7f; __asm__ volatile(\"fldcw %0\" :: "
                "\"m\"(m)); y[0] = 1;"};
        struct cell_batch batch = {.calls = 1};
        struct bench b = {.threads = 1, .tasks = 1};
        struct error err = {0};

        ck_assert_msg(open_bench(&b, bodies[_i], &err) == 0, "%s", err.text);
        ck_assert_int_eq(
                cell_run(&b.cell, &batch, INT64_C(1000000000), NULL, &err), 0);
        ck_assert(b.cell.control->environment_changed);
        close_bench(&b);
}
END_TEST

/* A register, and stack beyond the frame, hold nothing from one batch to
 * the next. */
START_TEST(test_residue_is_wiped_between_batches)
{
        static const char *const bodies[] = {
                "volatile char *p = (char *)__builtin_frame_address(0) - "
                "20000; y[0] = p[0]; p[0] = 77;",
                "float f; __asm__ volatile(\"movd %%xmm9, %0\" : \"=r\"(f));"
                "y[0] = f; f = 77; __asm__ volatile(\"movd %0, %%xmm9\" :: "
                "\"r\"(f));"};
        struct cell_batch batch = {.calls = 1};
        struct bench b = {.threads = 1, .tasks = 1};
        struct error err = {0};

        ck_assert_msg(open_bench(&b, bodies[_i], &err) == 0, "%s", err.text);
        for (int i = 0; i < 3; i++) {
                ck_assert_msg(cell_run(&b.cell, &batch, INT64_C(1000000000),
                                       NULL, &err) == 0,
                              "%s", err.text);
                ck_assert_int_eq(cell_stop(&b.cell, &err), 0);
                ck_assert_float_eq(output(&b, 0)[0], 0);
        }
        close_bench(&b);
}
END_TEST

START_TEST(test_an_object_that_does_not_load_is_said)
{
        struct bench b = {.threads = 1};
        struct error err = {0};
        struct cell_plan plan = {
                .threads = 1, .stages = 1, .sets = 1, .slots = 1};

        ck_assert_int_eq(
                memory_of_bytes(&b.object, "not an object", 13, true, &err),
                0);
        ck_assert_int_eq(memory_create(&b.inputs, 0, &err), 0);
        ck_assert_int_eq(memory_create(&b.work, 0, &err), 0);
        ck_assert_int_lt(cell_start(&b.cell, &zygote, b.object.fd, b.inputs.fd,
                                    b.work.fd, &plan, sizeof plan, &err),
                         0);
        ck_assert_str_ne(err.text, "");
        close_bench(&b);
}
END_TEST

START_TEST(test_grade_says_why_not)
{
        ck_assert(zygote.grade == 'A' || zygote.grade == 'B');
        ck_assert((zygote.grade == 'A') == (zygote.reason[0] == 0));
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("cell");
        TCase *tests = tcase_create("cell");
        SRunner *runner;
        struct error err = {0};
        char text[256];
        int failed;

        if (!proc_sandbox_works(text) && !getenv("KEVO_UNSANDBOXED")) {
                printf("SKIPPED: compilers cannot be sandboxed here: %s\n",
                       text);
                return 0;
        }
        if (zygote_start(&zygote, &err) < 0) {
                fprintf(stderr, "%s\n", err.text);
                return 1;
        }
        if (!zygote.grade) {
                printf("SKIPPED: %s\n", zygote.reason);
                zygote_stop(&zygote);
                return 0;
        }
        printf("cell grade %c %s\n", zygote.grade, zygote.reason);
        tcase_set_timeout(tests, 120);
        tcase_add_loop_test(tests, test_runs_calls_over_sets_and_slots, 0, 2);
        tcase_add_test(tests, test_sleeps_between_commands);
        tcase_add_loop_test(tests, test_ends_what_it_must_not_do, 0,
                            sizeof faults / sizeof *faults);
        tcase_add_test(tests, test_forged_addresses_are_only_words);
        tcase_add_test(tests, test_killed_from_outside_is_lost);
        tcase_add_loop_test(tests, test_canaries_show_near_misses, 0, 2);
        tcase_add_loop_test(tests, test_changed_rounding_is_seen, 0, 2);
        tcase_add_loop_test(tests, test_residue_is_wiped_between_batches, 0,
                            2);
        tcase_add_test(tests, test_an_object_that_does_not_load_is_said);
        tcase_add_test(tests, test_grade_says_why_not);
        suite_add_tcase(suite, tests);
        runner = srunner_create(suite);
        /* Cells are children of the process that started the zygote, so
         * tests run in this one. */
        srunner_set_fork_status(runner, CK_NOFORK);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        zygote_stop(&zygote);
        return failed != 0;
}
