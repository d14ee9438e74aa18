/*
 * The SIMD functions against the C library in double: errors in units in the
 * last place over the whole range of f32, at 4, 8 and 16 lanes, with the
 * machine's instructions and with the portable twins; special values.
 */
#include "backends/c/simd_math.h"

#include <check.h>
#include <dlfcn.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check_main.h"
#include "core/file.h"
#include "core/proc.h"

struct function_case {
        const char *name;
        double (*exact)(double x);
        double ulps; /* as stated in simd_math.h */
        double more; /* for each unit of |x| */
};

static double round_even(double x)
{
        return rint(x);
}

static const struct function_case functions[] = {
        {"exp", exp, 2},
        {"exp_fast", exp, 3, 0.25},
        {"exp2", exp2, 2},
        {"expm1", expm1, 2},
        {"log", log, 2},
        {"log2", log2, 2},
        {"log10", log10, 2},
        {"log1p", log1p, 2},
        {"log1p_fast", log1p, 5},
        {"tanh", tanh, 2},
        {"tanh_fast", tanh, 6},
        {"erf", erf, 2},
        {"erf_fast", erf, 7},
        {"floor", floor, 0.5},
        {"ceil", ceil, 0.5},
        {"trunc", trunc, 0.5},
        {"round", round_even, 0.5},
};

enum { FUNCTIONS = sizeof functions / sizeof *functions };

typedef void apply(const float *x, float *y, int64_t n);

static char folder[LIMIT_PATH_BYTES];

/* A library with apply_0, apply_1, ... for all functions at these lanes. */
static void *build(int lanes, const char *flag)
{
        struct thread_type type = {DTYPE_F32, lanes};
        struct prelude prelude;
        struct buf text;
        struct error err = {0};
        struct proc_result result;
        char source[LIMIT_PATH_BYTES + 16], object[LIMIT_PATH_BYTES + 16];
        const char *const argv[] = {
                "gcc",   "-std=gnu11", "-O2",   "-march=native",
                "-fPIC", "-shared",    "-Wall", "-fno-math-errno",
                flag,    "-o",         object,  source,
                "-lm",   NULL};
        struct proc_options options = {.argv = argv};
        void *handle;

        prelude_init(&prelude, false);
        buf_init(&text, LIMIT_SOURCE_BYTES);
        prelude_helper(&prelude, "load", type);
        prelude_helper(&prelude, "store", type);
        for (int f = 0; f < FUNCTIONS; f++)
                buf_printf(
                        &text,
                        "void apply_%d(const float *x, float *y, "
                        "int64_t n)\n{\n"
                        "for (int64_t i = 0; i < n; i += %d)\n"
                        "store_f32x%d(y + i, %s(load_f32x%d(x + i)));\n"
                        "}\n",
                        f, lanes, lanes,
                        prelude_helper(&prelude, functions[f].name, type).text,
                        lanes);
        ck_assert_msg(prelude.failure.code == 0, "%s", prelude.failure.text);
        buf_puts(&prelude.types, prelude.text.data);
        buf_puts(&prelude.types, text.data);
        buf_clear(&text);
        buf_printf(&text, "#include <stdint.h>\n%s", prelude.types.data);
        snprintf(source, sizeof source, "%s/f.c", folder);
        snprintf(object, sizeof object, "%s/f.so", folder);
        ck_assert(file_write(source, text.data, text.length, 0600, &err) == 0);
        ck_assert_msg(proc_run(&options, 1 << 20, &result, &err) == 0, "%s",
                      err.text);
        ck_assert_msg(result.status == 0, "%.2000s", result.output.data);
        buf_dispose(&result.output);
        buf_dispose(&text);
        prelude_dispose(&prelude);
        handle = dlopen(object, RTLD_NOW | RTLD_LOCAL);
        ck_assert_msg(handle != NULL, "%s", dlerror());
        unlink(object);
        return handle;
}

static apply *find(void *handle, int f)
{
        char name[32];

        snprintf(name, sizeof name, "apply_%d", f);
        return (apply *)(uintptr_t)dlsym(handle, name);
}

/* |got - want| in units of the last place of want; results that may be
 * flushed to zero count as right. */
static double error_ulps(double want, float got)
{
        float near = (float)want;
        double unit;

        if (isnan(want))
                return isnan(got) ? 0 : INFINITY;
        if (isinf(near) || isinf(got))
                return near == got || (isinf(near) && fabsf(got) == FLT_MAX)
                               ? 0
                       : fabs(want) > FLT_MAX * 0.9999999 ? 0
                                                          : INFINITY;
        if (fabs(want - got) <= FLT_MIN)
                return 0;
        unit = (double)nextafterf(fabsf(near), INFINITY) - fabs(near);
        return fabs(want - got) / unit;
}

/* Every 20011th float of either sign, and what is special. */
enum { BLOCK = 4096 };

static void check_function(apply *call, const struct function_case *f,
                           const char *label)
{
        static const float special[16] = {
                0.0f,     -0.0f,     1.0f,    -1.0f,     INFINITY, -INFINITY,
                NAN,      FLT_MIN,   FLT_MAX, -FLT_MAX,  1e-42f,   88.7228f,
                -87.336f, -103.972f, 0.5f,    8388609.0f};
        static float x[BLOCK], y[BLOCK];
        uint64_t bits = 0;

        memcpy(x, special, sizeof special);
        while (bits <= UINT32_MAX) {
                for (int i = bits ? 0 : 16; i < BLOCK; i++, bits += 20011) {
                        uint32_t b = (uint32_t)bits;

                        memcpy(&x[i], &b, sizeof b);
                }
                call(x, y, BLOCK);
                for (int i = 0; i < BLOCK; i++) {
                        double want = f->exact((double)x[i]);
                        double ulps = error_ulps(want, y[i]), most = f->ulps;

                        if (isfinite(x[i]))
                                most += f->more * fabs((double)x[i]);
                        check_each(ulps <= most,
                                   "%s at %s: %.9g gives %.9g, not %.9g "
                                   "(%.2f ulp)",
                                   f->name, label, (double)x[i], (double)y[i],
                                   want, ulps);
                }
        }
}

static void open_folder(void)
{
        struct error err = {0};

        ck_assert_msg(file_make_temporary(folder, &err) == 0, "%s", err.text);
}

static void close_folder(void)
{
        file_remove_tree(folder);
}

START_TEST(test_errors)
{
        static const int lanes[] = {4, 8, 16};
        static const char *const flags[] = {"-O2", "-mno-avx512f"};
        const char *flag = flags[_i % 2];
        int width = lanes[_i / 2];
        void *handle = build(width, flag);
        char label[64];

        snprintf(label, sizeof label, "%d lanes, %s", width, flag);
        for (int f = 0; f < FUNCTIONS; f++)
                check_function(find(handle, f), &functions[f], label);
        dlclose(handle);
}
END_TEST

/* What softmax relies on. */
START_TEST(test_exp_exact_points)
{
        void *handle = build(8, "-O2");
        float x[8] = {0, -0.0f, -INFINITY, INFINITY, NAN, -1000, 1000, 1};
        float y[8];

        find(handle, 0)(x, y, 8);
        ck_assert(y[0] == 1 && y[1] == 1 && y[2] == 0 && y[3] == INFINITY);
        ck_assert(isnan(y[4]) && y[5] == 0 && y[6] == INFINITY);
        ck_assert(fabsf(y[7] - 2.7182817f) < 5e-7f);
        dlclose(handle);
}
END_TEST

START_TEST(test_unknown_function)
{
        ck_assert_ptr_null(simd_math_find("sine"));
        ck_assert_ptr_nonnull(simd_math_find("erf"));
        ck_assert(!prelude_has("exp", DTYPE_F64));
        ck_assert(prelude_has("exp", DTYPE_F32));
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("simd_math");
        TCase *tc = tcase_create("simd_math");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(tc, open_folder, close_folder);
        tcase_set_timeout(tc, 250);
        tcase_add_loop_test(tc, test_errors, 0, 6);
        tcase_add_test(tc, test_exp_exact_points);
        tcase_add_test(tc, test_unknown_function);
        suite_add_tcase(suite, tc);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
