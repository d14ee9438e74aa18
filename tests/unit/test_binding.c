/*
 * Bindings: domains hold, texts read back, and no size makes an extent
 * overflow silently.
 */
#include "check_main.h"

#include <math.h>

#include "spec_fixture.h"

static const char text[] =
        "kernel t {\n"
        "size N in 8..=64 step 8, L in 1..=2147483647, Z in 0..=4\n"
        "const R = 5\n"
        "param eps: f32 in 1e-8..=1e-3 = 1e-5, n: i32 in 0..=1000000 = 3\n"
        "param on: bool = true\n"
        "in x: f16[N, L, 3]\n"
        "out y: f32[L - R + 1, (L + N) // N * 2, Z], s: i64\n"
        "y[i, j, z] = eps * (sum[r in 0..R] x[0, i + r, 0]) + (on ? n : j)\n"
        "s = Z % 3\n"
        "workload w N=16 L=9 Z=2 eps=1e-4 data=zipf\n"
        "}\n";

static void check_set(struct binding *b, const struct spec *spec,
                      const char *name, const char *value, const char *part)
{
        struct error err = {0};
        int rc = binding_set(b, spec, name, value, &err);

        if (!part)
                ck_assert_msg(rc == 0, "%s", err.text);
        else
                ck_assert_msg(rc < 0 && strstr(err.text, part), "%s=%s: %s",
                              name, value, err.text);
}

START_TEST(workloads_bind_everything)
{
        struct spec *spec = spec_must_parse(text);
        struct binding b;
        struct error err = {0};
        int64_t extent[LIMIT_RANK];

        binding_from_workload(&b, spec, spec->workload[0]);
        ck_assert_int_eq(binding_check(&b, spec, &err), 0);
        ck_assert(b.zipf);
        ck_assert(b.param[0] == (float)1e-4);
        ck_assert(b.param[1] == 3 && b.param[2] == 1);
        ck_assert_int_eq(
                spec_tensor_elements(spec_find_tensor(spec, "y"), &b, extent),
                5 * 2 * 2);
        ck_assert_int_eq(extent[0], 5);
        ck_assert_int_eq(extent[1], (9 + 16) / 16 * 2);
        ck_assert_int_eq(spec_tensor_bytes(spec->tensor[0], &b),
                         16 * 9 * 3 * 2);
        ck_assert_int_eq(
                spec_tensor_elements(spec_find_tensor(spec, "s"), &b, NULL),
                1);
        spec_free(spec);
}
END_TEST

START_TEST(texts_read_back)
{
        struct spec *spec = spec_must_parse(text);
        struct binding b, again;
        char *printed, *save = NULL;

        binding_from_workload(&b, spec, spec->workload[0]);
        b.param[1] = 1000000;
        b.param[2] = 0;
        printed = binding_text(&b, spec);
        ck_assert_str_eq(printed, "N=16 L=9 Z=2 eps=0.0001 n=1000000 on=false "
                                  "data=zipf");
        binding_init(&again, spec);
        for (char *word = strtok_r(printed, " ", &save); word;
             word = strtok_r(NULL, " ", &save)) {
                char *equals = strchr(word, '=');

                *equals = '\0';
                check_set(&again, spec, word, equals + 1, NULL);
        }
        ck_assert_mem_eq(&b, &again, sizeof(b));
        free(printed);
        spec_free(spec);
}
END_TEST

START_TEST(bad_values_are_refused)
{
        struct spec *spec = spec_must_parse(text);
        struct binding b;

        binding_init(&b, spec);
        check_set(&b, spec, "N", "12", "multiple of 8");
        check_set(&b, spec, "N", "72", "8..=64");
        check_set(&b, spec, "N", "-8", "domain");
        check_set(&b, spec, "L", "0", "domain");
        check_set(&b, spec, "L", "2147483648", "domain");
        check_set(&b, spec, "L", "99999999999999999999", "integer");
        check_set(&b, spec, "L", "4x", "integer");
        check_set(&b, spec, "LL", "4", "no size or parameter");
        check_set(&b, spec, "epss", "4", "eps");
        check_set(&b, spec, "eps", "1",
                  "eps=1 is outside its range "
                  "1e-08..=0.001");
        check_set(&b, spec, "eps", "nan", "number");
        check_set(&b, spec, "n", "1.5", "i32");
        check_set(&b, spec, "n", "1000001",
                  "n=1000001 is outside its range "
                  "0..=1000000");
        check_set(&b, spec, "n", "1000000", NULL);
        check_set(&b, spec, "on", "1", "true or false");
        check_set(&b, spec, "data", "normal", "zipf");
        spec_free(spec);
}
END_TEST

static void check_refused(const struct spec *spec, int64_t n, int64_t l,
                          int64_t z, const char *part)
{
        struct binding b;
        struct error err = {0};
        int rc;

        binding_init(&b, spec);
        b.size[0] = n;
        b.size[1] = l;
        b.size[2] = z;
        rc = binding_check(&b, spec, &err);
        if (part)
                ck_assert_msg(rc < 0 && strstr(err.text, part), "%s",
                              err.text);
        else
                ck_assert_msg(rc == 0, "%s", err.text);
}

START_TEST(checks_cover_extents)
{
        struct spec *spec = spec_must_parse(text);

        check_refused(spec, 8, 9, 0, NULL);
        check_refused(spec, 8, 4, 1, NULL);
        check_refused(spec, 8, 3, 1, "dimension 1 of y would be -1");
        check_refused(spec, 0, 9, 1, "N=0");
        check_refused(spec, 64, 2147483647, 4, "y would have over 2^40");
        spec_free(spec);
}
END_TEST

/* Products of sizes saturate instead of wrapping to something small. */
START_TEST(huge_products_are_refused)
{
        struct spec *spec = spec_must_parse(
                "kernel t { size A, B, C, D\n in x: f32[A]\n out y: f32[A]\n"
                "y[i] = x[i] * sum[k in 0..A*B*C*D*A*B] 1 }");
        struct binding b;
        struct error err = {0};

        binding_init(&b, spec);
        for (int i = 0; i < 4; i++)
                b.size[i] = 65536;
        ck_assert_int_lt(binding_check(&b, spec, &err), 0);
        ck_assert_ptr_nonnull(strstr(err.text, "2^62"));
        ck_assert_int_eq(spec_eval_size(spec->index[1]->hi, &b), INT64_MAX);
        b.size[0] = 16;
        for (int i = 1; i < 4; i++)
                b.size[i] = 1;
        ck_assert_int_eq(binding_check(&b, spec, &err), 0);
        spec_free(spec);
}
END_TEST

/* The whole would be small again: what it is made of is not. */
START_TEST(saturated_parts_are_refused)
{
        struct spec *spec = spec_must_parse(
                "kernel t { size A, B, C\n in x: f32[A*B*C // (A*B)]\n"
                "in k: i64[C] in 0..A*B*C // (A*B)\n"
                "out y: f32[C]\n y[i] = x[i] }");
        struct binding b;
        struct error err = {0};

        binding_init(&b, spec);
        b.size[0] = b.size[1] = 2147483647;
        b.size[2] = 1000;
        ck_assert_int_lt(binding_check(&b, spec, &err), 0);
        ck_assert_msg(strstr(err.text, "dimension 1 of x would pass 64 bits"),
                      "%s", err.text);
        b.size[2] = 2;
        ck_assert_int_eq(binding_check(&b, spec, &err), 0);
        spec_free(spec);
        spec = spec_must_parse("kernel t { size A, B, C\n"
                               "in k: i64[C] in 0..A*B*C // (A*B)\n"
                               "out y: f32[C]\n"
                               "y[i] = sum[j in 0..A*B*C // (A*B)] k[i] }");
        ck_assert_int_eq(binding_check(&b, spec, &err), 0);
        b.size[2] = 1000;
        ck_assert_int_lt(binding_check(&b, spec, &err), 0);
        ck_assert_msg(strstr(err.text, "constraint of k"), "%s", err.text);
        spec_free(spec);
}
END_TEST

/* A workload that nobody could make inputs for says so when it is read. */
START_TEST(impossible_workloads_are_named)
{
        static const struct {
                const char *input, *what;
        } row[] = {
                {"i8[N] in 500..N", "no i8 lies in its range"},
                {"i64[N] in 4..4", "no i64 lies in its range"},
                {"i64[N] in 0..4 distinct", "no 5 distinct values"},
                {"i8[N] offsets 128", "5 i8 offsets cannot end at 128"},
                {"u8[N] lengths 1276", "5 u8 lengths cannot have the sum"},
                {"i32[N] offsets N - 6", "cannot end at -1"},
                {"i32[N - 5] lengths 1", "0 i32 lengths cannot have the sum"},
        };

        for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
                struct error err = {0};
                struct spec *spec;
                char all[512];

                snprintf(all, sizeof all,
                         "kernel t { size N; in k: %s; out y: f32[N]\n"
                         "y[i] = 1\n workload small N=5 }",
                         row[i].input);
                ck_assert_int_eq(
                        spec_parse(all, strlen(all), "t", &spec, &err),
                        ERR_INPUT);
                ck_assert_msg(strstr(err.text, "workload 'small': k: ") &&
                                      strstr(err.text, row[i].what),
                              "%s", err.text);
        }
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                workloads_bind_everything,     texts_read_back,
                bad_values_are_refused,        checks_cover_extents,
                huge_products_are_refused,     saturated_parts_are_refused,
                impossible_workloads_are_named};

        return check_main("binding", tests, 7);
}
