/* Inputs that we make keep every constraint; one element changed so that a
 * constraint breaks is named. */
#include <math.h>
#include <string.h>

#include "check_main.h"
#include "core/rng.h"
#include "spec/inputs.h"
#include "spec/inputs_check.h"
#include "spec_fixture.h"

static const char text[] = "kernel t {\n"
                           "    size N in 1..=1000, V, T\n"
                           "    in idx: i64[N, 3] in 0..V\n"
                           "    in off: i32[N + 1] offsets T\n"
                           "    in len: i64[N] lengths T\n"
                           "    in free: i64[N] lengths\n"
                           "    in ids: i64[N, 4] sorted distinct\n"
                           "    in pick: i32[N] distinct\n"
                           "    in up: f32[N] sorted\n"
                           "    in x: f32[N]\n"
                           "    in wild: f32[N] nonfinite\n"
                           "    out y: f32[N]\n"
                           "    y[i] = x[i]\n"
                           "}\n";

static struct spec *spec;
static struct binding binding;
static void *input[LIMIT_TENSORS];

static void make(uint64_t seed)
{
        struct error err = {0};

        spec = spec_must_parse(text);
        binding_init(&binding, spec);
        binding.size[0] = 8;
        binding.size[1] = 5;
        binding.size[2] = 40;
        ck_assert_msg(inputs_make(spec, &binding, seed,
                                  (enum distribution)(seed % DIST_COUNT), 1,
                                  input, &err) == 0,
                      "%s", err.text);
}

static void drop(void)
{
        inputs_free(input);
        spec_free(spec);
}

static const struct tensor *tensor_of(const char *name)
{
        for (int i = 0; i < spec->tensor_count; i++)
                if (strcmp(spec->tensor[i]->name, name) == 0)
                        return spec->tensor[i];
        ck_abort_msg("no tensor %s", name);
}

START_TEST(what_we_make_is_kept)
{
        struct error err = {0};

        for (uint64_t seed = 0; seed < 30; seed++) {
                make(seed);
                for (int i = 0; i < spec->tensor_count; i++) {
                        const struct tensor *t = spec->tensor[i];

                        if (t->role == TENSOR_IN)
                                ck_assert_msg(inputs_check(&binding, t,
                                                           input[t->number],
                                                           &err) == 0,
                                              "%s", err.text);
                }
                drop();
        }
}
END_TEST

/* An element, what it becomes (an integer, or 1 / 0 for floats), and what the
 * sentence says. */
static const struct {
        const char *name;
        int element;
        int64_t value;
        const char *says, *rule;
} broken[] = {
        {"idx", 7, 5, "idx[2, 1] = 5", "in 0..5"},
        {"idx", 23, -1, "idx[7, 2] = -1", "in 0..5"},
        {"off", 0, 1, "off[0] = 1", "must be 0"},
        {"off", 8, 41, "off[8] = 41", "40"},
        {"off", 4, -3, "off[4] = -3 follows off[3]", "offsets"},
        {"len", 2, -1, "len[2] = -1", "must be 0 or more"},
        {"len", 2, 41, "sum of len", "lengths"},
        {"free", 5, -7, "free[5] = -7", "lengths"},
        {"ids", 5, INT32_MIN, "ids[1, 1] = -2147483648 follows",
         "sorted distinct"},
        {"up", 3, 0, "follows", "sorted"},
        {"x", 6, 0, "x[6] = inf", "nonfinite"},
};

START_TEST(a_broken_constraint_is_named)
{
        struct error err = {0};
        const struct tensor *t;
        void *data;

        make((uint64_t)_i);
        t = tensor_of(broken[_i].name);
        data = input[t->number];
        if (dtype_is_float(t->dtype))
                dtype_store(t->dtype, data, broken[_i].element, INFINITY);
        else
                dtype_store_int(t->dtype, data, broken[_i].element,
                                broken[_i].value);
        if (strcmp(t->name, "up") == 0)
                dtype_store(t->dtype, data, broken[_i].element, 1e30);
        ck_assert_int_eq(inputs_check(&binding, t, data, &err), ERR_INPUT);
        ck_assert_msg(strstr(err.text, broken[_i].says) &&
                              strstr(err.text, broken[_i].rule),
                      "%s", err.text);
        drop();
}
END_TEST

START_TEST(equal_ones_are_named_and_free_floats_are_not)
{
        struct error err = {0};
        const struct tensor *pick, *wild;

        make(3);
        pick = tensor_of("pick");
        dtype_store_int(pick->dtype, input[pick->number], 6,
                        dtype_load_int(pick->dtype, input[pick->number], 2));
        ck_assert_int_eq(
                inputs_check(&binding, pick, input[pick->number], &err),
                ERR_INPUT);
        ck_assert_msg(strstr(err.text, "pick[2]") &&
                              strstr(err.text, "pick[6]") &&
                              strstr(err.text, "distinct"),
                      "%s", err.text);
        wild = tensor_of("wild");
        dtype_store(wild->dtype, input[wild->number], 0, -INFINITY);
        ck_assert_int_eq(
                inputs_check(&binding, wild, input[wild->number], &err), 0);
        drop();
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("inputs_check");
        TCase *tests = tcase_create("inputs_check");
        SRunner *runner;
        int failed;

        tcase_add_test(tests, what_we_make_is_kept);
        tcase_add_loop_test(tests, a_broken_constraint_is_named, 0,
                            sizeof broken / sizeof *broken);
        tcase_add_test(tests, equal_ones_are_named_and_free_floats_are_not);
        suite_add_tcase(suite, tests);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
