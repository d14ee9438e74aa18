/*
 * Device processes end to end, through a real worker: an honest OpenCL
 * kernel is right and timed; sources that write where they must not, work
 * without end, print, or ask their compiler for too much are refused, each
 * with a sentence, and the worker goes on. Skipped, loudly, without a device.
 */
#include "evaluate/device_inside.h"

#include <string.h>

#include "device_fixture.h"

static const char spec_text[] = "kernel scale {\n"
                                "    size N in 1..=65536\n"
                                "    in   x: f32[N]\n"
                                "    param a: f32 in 0.5..=2 = 1.5\n"
                                "    out  y: f32[N]\n"
                                "    y[i] = a * x[i]\n"
                                "    workload w N=1000\n"
                                "}\n";

#define STAGE "// kevo: stage scale grid ceil(N, 64) block 64 args x y\n"
#define HEAD                                                           \
        STAGE "__kernel void scale(__global const float *x, __global " \
              "float *y, long N, float a)\n{\n"                        \
              "        long i = get_global_id(0);\n"

static const char honest[] = HEAD "        if (i < N)\n"
                                  "                y[i] = a * x[i];\n}\n";

static const char honest_shared[] =
        "// kevo: stage scale grid ceil(N, 64) block 64 shared 64*4 args x y\n"
        "__kernel void scale(__global const float *x, __global float *y,\n"
        "                    long N, float a, __local float *part)\n{\n"
        "        long i = get_global_id(0);\n"
        "        part[get_local_id(0)] = i < N ? x[i] : 0;\n"
        "        barrier(CLK_LOCAL_MEM_FENCE);\n"
        "        if (i < N)\n"
        "                y[i] = a * part[get_local_id(0)];\n}\n";

/* What is refused, by which check, with which words. "a|b": either. */
static const struct {
        const char *name, *text, *checks, *says;
        int seconds;
} attacks[] = {
        {"writes past the end",
         HEAD "        if (i <= N)\n"
              "                y[i] = i < N ? a * x[i] : 1;\n}\n",
         "bounds", "past the end", 60},
        {"writes before the start",
         HEAD "        if (i < N)\n"
              "                y[i] = a * x[i];\n"
              "        if (i == 0)\n"
              "                y[-1] = 1;\n}\n",
         "bounds", "before the start", 60},
        {"writes far away",
         HEAD "        if (i < N)\n"
              "                y[i + (1L << 40)] = a * x[i];\n}\n",
         "bounds|runs", "memory that is not its own", 60},
        {"changes an input",
         HEAD "        if (i < N) {\n"
              "                y[i] = a * x[i];\n"
              "                ((__global float *)x)[i] = 0;\n"
              "        }\n}\n",
         "pure", "input", 60},
        {"leaves a tail",
         HEAD "        if (i < N / 2)\n"
              "                y[i] = a * x[i];\n}\n",
         "hidden|oracle|written", "", 60},
        {"never ends",
         HEAD "        volatile long n = N;\n"
              "        while (n)\n"
              "                y[i < N ? i : 0] = a;\n}\n",
         "runs", "did not end", 8},
        {"prints", HEAD "        printf(\"%f\", y[0]);\n}\n", "inspect",
         "printf|string", 60},
        {"assembly", HEAD "        __asm__ volatile(\"syscall\");\n}\n",
         "inspect", "__asm__", 60},
        {"pastes a name",
         "#define NAME(a, b) a##b\n" HEAD
         "        y[0] = NAME(__built, in_readcyclecounter)();\n}\n",
         "inspect", "__builtin_readcyclecounter", 60},
        {"state of its own",
         "__global float kept[64];\n" HEAD "        y[i] = kept[0];\n}\n",
         "build", "", 60},
        {"reads a file", "#include \"/etc/passwd\"\n" HEAD "}\n", "build", "",
         60},
        {"no kernel of the stage",
         STAGE "__kernel void other(void) {}\nvoid scale(void) {}\n", "build",
         "no kernel scale", 60},
        {"another argument",
         STAGE "__kernel void scale(__global const float *x, __global int "
               "*y, long N, float a)\n{\n}\n",
         "build", "argument 1", 60},
        {"too few arguments",
         STAGE "__kernel void scale(__global const float *x)\n{\n}\n", "build",
         "arguments", 60},
        {"a macro bomb",
         "#define A(x) x x x x x x x x x x x x x x x x\n"
         "#define B(x) A(A(A(A(A(A(A(x)))))))\n" HEAD
         "        B(y[0] += 1;)\n}\n",
         "build", "", 60},
};

static struct evaluate_result *evaluate(const char *text,
                                        enum stage_level stage, int seconds)
{
        struct evaluate_workload workload = {.name = "w",
                                             .weight = 1,
                                             .incumbent = honest,
                                             .incumbent_language = "opencl",
                                             .incumbent_label = "honest"};
        struct evaluate_request request = {.campaign = "test",
                                           .language = "opencl",
                                           .candidate = text,
                                           .candidate_label = "t.cl",
                                           .workload_count = 1,
                                           .workload = &workload,
                                           .stage = stage,
                                           .timeout_ns = seconds *
                                                         INT64_C(1000000000)};
        struct evaluate_result *result = NULL;
        struct spec *spec = NULL;
        struct error err = {0};

        ck_assert_int_eq(
                spec_parse(spec_text, strlen(spec_text), "s", &spec, &err), 0);
        request.spec = spec;
        binding_from_workload(&workload.binding, spec, spec->workload[0]);
        ck_assert_msg(evaluator_run(evaluator, &request, &result, &err) == 0,
                      "%s", err.text);
        spec_free(spec);
        return result;
}

START_TEST(test_honest)
{
        const char *sources[] = {honest, honest_shared};

        for (int i = 0; i < 2; i++) {
                struct evaluate_result *r =
                        evaluate(sources[i], STAGE_S2, 120);

                ck_assert_msg(r->correct, "%s", r->reason);
                ck_assert_int_eq(r->grade, 'B');
                ck_assert_double_gt(r->fitness, 0);
                ck_assert_ptr_nonnull(strstr(r->environment, "platform"));
                evaluate_result_free(r);
        }
}
END_TEST

/* "a|b": is one of them in text? */
static bool any_in(const char *words, const char *text)
{
        char copy[128], *save = NULL;

        snprintf(copy, sizeof copy, "%s", words);
        for (char *w = strtok_r(copy, "|", &save); w;
             w = strtok_r(NULL, "|", &save))
                if (strstr(text, w))
                        return true;
        return !*words;
}

START_TEST(test_attack)
{
        struct evaluate_result *r =
                evaluate(attacks[_i].text, STAGE_S1, attacks[_i].seconds);
        const struct evaluate_check *failed = NULL;

        for (int i = 0; i < r->check_count && !failed; i++)
                if (!r->check[i].passed)
                        failed = r->check + i;
        ck_assert_msg(!r->correct && failed, "%s passed", attacks[_i].name);
        /* Which check sees it first is known of the processor's driver. */
        if (!processor)
                goto out;
        ck_assert_msg(any_in(attacks[_i].checks, failed->name),
                      "%s: refused by %s: %s", attacks[_i].name, failed->name,
                      failed->detail);
        ck_assert_msg(any_in(attacks[_i].says, failed->detail), "%s: %s",
                      attacks[_i].name, failed->detail);
out:
        evaluate_result_free(r);
}
END_TEST

int main(int argc, char **argv)
{
        TCase *tcase = tcase_create("device_inside");

        tcase_set_timeout(tcase, 250);
        tcase_add_test(tcase, test_honest);
        tcase_add_loop_test(tcase, test_attack, 0,
                            (int)(sizeof attacks / sizeof *attacks));
        return device_main(argc, argv, "device_inside", tcase);
}
