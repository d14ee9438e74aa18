/*
 * The OpenCL backend without a device: what is printed, what inspection
 * refuses, how devices match hardware files.
 */
#include "backends/backend.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "backends/opencl/compile.h"
#include "repo/device_match.h"

static const char softmax[] = "kernel softmax {\n"
                              "    size M, N\n"
                              "    in   x: f16[M, N]\n"
                              "    out  y: f32[M, N], a: i64[M]\n"
                              "    m[i] = max[j] x[i, j]\n"
                              "    s[i] = sum[j] exp(x[i, j] - m[i])\n"
                              "    y[i, j] = exp(x[i, j] - m[i]) / s[i]\n"
                              "    a[i] = argmax[j] x[i, j]\n"
                              "}\n";

static struct spec *parse(const char *text)
{
        struct spec *spec = NULL;
        struct error err = {0};

        ck_assert_msg(spec_parse(text, strlen(text), "t", &spec, &err) == 0,
                      "%s", err.text);
        return spec;
}

/* Printed, and read back as a source whose stages have grids. */
static char *print(const struct spec *spec, struct thread_program *program)
{
        struct source *source = NULL;
        struct error err = {0};
        struct buf out;
        char *text;

        buf_init(&out, LIMIT_SOURCE_BYTES);
        ck_assert_msg(backend_opencl.print(program, "a test", &out, &err) == 0,
                      "%s", err.text);
        thread_free(program);
        text = buf_take(&out);
        ck_assert_msg(source_parse(text, strlen(text), "t.cl", "opencl", spec,
                                   &source, &err) == 0,
                      "%s\n%s", err.text, text);
        for (int i = 0; i < source->stage_count; i++) {
                ck_assert_ptr_nonnull(source->stage[i].grid);
                ck_assert_ptr_nonnull(source->stage[i].block);
        }
        source_free(source);
        return text;
}

START_TEST(test_first_kernel_has_items)
{
        struct spec *spec = parse(softmax);
        struct thread_program *program = NULL;
        struct error err = {0};
        char *text;

        ck_assert_int_eq(lower_first(spec, &program, &err), 0);
        text = print(spec, program);
        ck_assert_ptr_nonnull(strstr(text, "grid ceil(M, 64) block 64"));
        ck_assert_ptr_nonnull(strstr(text, "__global const ushort *restrict"));
        ck_assert_ptr_nonnull(strstr(text, "f32_from_f16("));
        ck_assert_ptr_nonnull(strstr(text, "if (task >= M)"));
        free(text);
        spec_free(spec);
}
END_TEST

/* The guess of class row for a device; the caller frees it. */
static char *print_rows(const char *kernel)
{
        static const struct target target = {.language = "opencl",
                                             .items = 256};
        struct spec *spec = parse(kernel);
        struct binding workload = {.size = {8, 1000}};
        struct thread_program *program = NULL;
        struct schedule_space space;
        struct schedule schedule;
        struct error err = {0};
        char *text;

        ck_assert_msg(lower_fields(spec, &workload, &target, SCHEDULE_ROW,
                                   &space, &err) == 0,
                      "%s", err.text);
        schedule_guess(&space, &schedule);
        ck_assert_msg(lower_schedule(spec, &workload, &target, &schedule,
                                     &program, &err) == 0,
                      "%s", err.text);
        text = print(spec, program);
        spec_free(spec);
        return text;
}

START_TEST(test_rows_are_groups)
{
        char *text = print_rows(softmax);

        ck_assert_ptr_nonnull(strstr(text, "grid M block 128"));
        ck_assert_ptr_nonnull(strstr(text, "reqd_work_group_size(128, 1, 1)"));
        ck_assert_ptr_nonnull(strstr(text, "__local float partial[128];"));
        ck_assert_ptr_nonnull(strstr(text, "barrier(CLK_LOCAL_MEM_FENCE);"));
        free(text);
}
END_TEST

/* A tensor may be called what a work-item's number is. */
START_TEST(test_items_have_names_of_their_own)
{
        char *text =
                print_rows("kernel score {\n    size B, D\n"
                           "    in user: f32[B, D], item: f32[B, D]\n"
                           "    out y: f32[B]\n"
                           "    y[b] = sum[d] user[b, d] * item[b, d]\n}\n");

        ck_assert_ptr_nonnull(strstr(text, "float *restrict item,"));
        ck_assert_ptr_nonnull(strstr(text, "const long item_2 = "));
        ck_assert_ptr_null(strstr(text, "const long item = "));
        free(text);
}
END_TEST

/* Where one item stores two values of a row, each says what it needs. */
START_TEST(test_values_are_held_where_they_are_known)
{
        char *text = print_rows("kernel lse {\n    size M, N\n"
                                "    in x: f32[M, N]\n"
                                "    out a: f32[M], b: f32[M]\n"
                                "    a[i] = log(sum[j] exp(x[i, j]))\n"
                                "    b[i] = 2 * a[i] - x[i, 0]\n}\n");
        const char *first = strstr(text, "float log_v = ");

        ck_assert_ptr_nonnull(first);
        ck_assert_ptr_nonnull(strstr(first + 1, "float log_v = "));
        free(text);
}
END_TEST

/* Lanes are of processors: no class of vectors applies to a device. */
START_TEST(test_classes_without_items_do_not_apply)
{
        static const struct target target = {.language = "opencl",
                                             .items = 256};
        struct spec *spec = parse("kernel mm {\n    size M, N, K\n"
                                  "    in a: f32[M, K], b: f32[K, N]\n"
                                  "    out c: f32[M, N]\n"
                                  "    c[i, j] = sum[k] a[i, k] * b[k, j]\n"
                                  "}\n");
        enum schedule_class class[8];
        int count = lower_classes(spec, &target, class, 8);

        for (int i = 0; i < count; i++)
                ck_assert(class[i] == SCHEDULE_ROW ||
                          class[i] == SCHEDULE_MAP);
        spec_free(spec);
}
END_TEST

/* Names that mean something to OpenCL C, and integers that it would compute
 * in 32 bits. */
START_TEST(test_words_and_widths)
{
        struct spec *spec = parse(
                "kernel words {\n    size N\n"
                "    param constant: f32 in 0..=1 = 0.5\n"
                "    in uint: f32[N], float4: f32[N], k: i64[N] in 0..60\n"
                "    out generic: f32[N], y: i64[N]\n"
                "    generic[i] = uint[i] * constant + float4[i]\n"
                "    y[i] = (1 << k[i]) + (uint[i] > 0 ? 60000 : 1) * 60000\n"
                "}\n");
        struct thread_program *program = NULL;
        struct error err = {0};
        char *text;

        ck_assert_int_eq(lower_first(spec, &program, &err), 0);
        text = print(spec, program);
        ck_assert_ptr_nonnull(strstr(text,
                                     "generic_[i] = uint_[i] * constant_ + "
                                     "float4_[i];"));
        ck_assert_ptr_nonnull(strstr(text, "(long)1 << k[i]"));
        ck_assert_ptr_nonnull(strstr(text, "(long)(0.0f < uint_[i] ? "));
        free(text);
        spec_free(spec);
}
END_TEST

START_TEST(test_barriers_are_not_c)
{
        struct spec *spec = parse(softmax);
        struct thread_program *program = thread_new(spec);
        struct error err = {0};
        struct buf out;

        thread_stage_begin(program, "s", thread_int(program, 1));
        thread_group(program, 64);
        thread_barrier(program);
        thread_stage_end(program);
        ck_assert_int_eq(thread_finish(program, &err), 0);
        buf_init(&out, LIMIT_SOURCE_BYTES);
        ck_assert_int_eq(backend_c.print(program, "", &out, &err),
                         ERR_UNSUPPORTED);
        buf_dispose(&out);
        thread_free(program);
        spec_free(spec);
}
END_TEST

static const struct {
        const char *text;
        bool fine;
} texts[] = {
        {"__kernel void k(__global float *x) { x[get_global_id(0)] = 1.5e3f; "
         "}\n",
         true},
        {"#line 7\n#pragma unroll 4\n__kernel __attribute__(("
         "reqd_work_group_size(64, 1, 1))) void k(void) {}\n",
         true},
        {"#pragma OPENCL EXTENSION cl_khr_fp64 : enable\n", true},
        {"void k(void) { asm(\"rdtsc\"); }\n", false},
        {"void k(void) { __asm__ volatile(0); }\n", false},
        {"long k(void) { return __builtin_readcyclecounter(); }\n", false},
        {"void k(void) { printf(0); }\n", false},
        {"int k = __COUNTER__;\n", false},
        {"__attribute__((constructor)) void k(void) {}\n", false},
        {"__attribute__ ((section(1))) int k;\n", false},
        {"__attribute__((always_inline, ifunc)) void k(void) {}\n", false},
        {"#include </etc/passwd>\n", false},
        {"#pragma clang attribute push\n", false},
        {"constant char t[] = \"text\";\n", false},
        {"int a\\u0041;\n", false},
        {"long t = clock_read_device();\n", false},
};

START_TEST(test_inspection)
{
        struct error err = {0};
        int rc = opencl_inspect_text(texts[_i].text, "t.cl", &err);

        if (texts[_i].fine)
                ck_assert_msg(rc == 0, "%s: %s", texts[_i].text, err.text);
        else
                ck_assert_msg(rc == ERR_INPUT, "%s", texts[_i].text);
}
END_TEST

START_TEST(test_devices_match)
{
        const struct device_identity device = {.kind = "opencl",
                                               .vendor = "ACME",
                                               .name = "Tesla (R)  V100",
                                               .arch = "",
                                               .cores = 80};
        struct hardware hardware = {
                .kind = "opencl", .model_name = "Tesla*", .cores = -1};
        char name[LIMIT_NAME_BYTES + 1];
        char *json;

        ck_assert(device_matches(&device, &hardware));
        hardware.cores = 81;
        ck_assert(!device_matches(&device, &hardware));
        hardware.cores = 80;
        hardware.vendor = "Other";
        ck_assert(!device_matches(&device, &hardware));
        hardware.vendor = NULL;
        hardware.kind = "cuda";
        ck_assert(!device_matches(&device, &hardware));
        device_hardware_name(&device, name);
        ck_assert_str_eq(name, "opencl-tesla-r-v100");
        json = device_hardware_json(&device, name);
        ck_assert_ptr_nonnull(strstr(json, "\"kind\":\"opencl\""));
        free(json);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("backend_opencl");
        TCase *tcase = tcase_create("backend_opencl");
        SRunner *runner = srunner_create(suite);
        int failed;

        tcase_add_test(tcase, test_first_kernel_has_items);
        tcase_add_test(tcase, test_rows_are_groups);
        tcase_add_test(tcase, test_items_have_names_of_their_own);
        tcase_add_test(tcase, test_values_are_held_where_they_are_known);
        tcase_add_test(tcase, test_classes_without_items_do_not_apply);
        tcase_add_test(tcase, test_words_and_widths);
        tcase_add_test(tcase, test_barriers_are_not_c);
        tcase_add_loop_test(tcase, test_inspection, 0,
                            (int)(sizeof texts / sizeof *texts));
        tcase_add_test(tcase, test_devices_match);
        suite_add_tcase(suite, tcase);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed > 0;
}
