/* repository_demands: workloads and calls, merged by binding. */
#include "repo_fixture.h"

#include "core/text.h"
#include "repo/repository.h"

static struct repository *r;
static struct demand *demand;
static int count;

static void unload(void)
{
        repository_free_demands(demand, count);
        repository_free(r);
        demand = NULL;
        r = NULL;
}

static void load(const char *sizes)
{
        struct error err = {0};
        struct tree *tree;
        char text[1024];

        put("kevo.json", "{\"kevo\": 1}");
        put("kernels/norm/norm.kernel",
            "kernel norm {\n"
            "    size M, N\n"
            "    param eps: f32 in 1e-8..=1e-3 = 1e-6\n"
            "    in x: f32[M, N]\n"
            "    out y: f32[M]\n"
            "    y[i] = sum[j] x[i, j] + eps\n"
            "    workload first M=8 N=16\n"
            "    workload second M=4 N=4 eps=1e-5\n"
            "}\n");
        snprintf(text, sizeof text,
                 "{\"kevo\": 1, \"model\": \"m\", \"weight\": 0.5, \"calls\": "
                 "%s}",
                 sizes);
        put("models/m.json", text);
        unload();
        ck_assert_int_eq(tree_open_folder(&tree, folder, &err), 0);
        ck_assert_int_eq(repository_load(&r, tree, &err), 0);
        ck_assert_msg(r->problem_count == 0, "%s",
                      r->problem_count ? r->problem[0].text : "");
        tree_close(tree);
        ck_assert_int_eq(
                repository_demands(r, &r->kernel[0], &demand, &count, &err),
                0);
}

START_TEST(test_merging)
{
        load("[{\"kernel\": \"norm\", \"sizes\": {\"M\": [8, 3, 8, 3], \"N\":"
             " [16, 3, 16, 3]}, \"count\": [10, 1, 4, 1]}]");
        ck_assert_int_eq(count, 3);
        ck_assert_str_eq(demand[0].name, "first");
        ck_assert(demand[0].calls == 1 + 0.5 * 14);
        ck_assert(demand[0].from_model);
        ck_assert_str_eq(demand[1].name, "second");
        ck_assert(demand[1].calls == 1 && !demand[1].from_model);
        ck_assert_str_eq(demand[2].name, "m");
        ck_assert(demand[2].calls == 1);
        ck_assert_str_eq(demand[2].text, "M=3 N=3");
}
END_TEST

/* Parameters and data are part of a workload's identity. */
START_TEST(test_identity)
{
        load("[{\"kernel\": \"norm\", \"sizes\": {\"M\": 8, \"N\": 16},"
             " \"params\": {\"eps\": 1e-4}}, {\"kernel\": \"norm\", \"sizes\":"
             " {\"M\": 8, \"N\": 16}, \"data\": \"zipf\"}, {\"kernel\": "
             "\"norm\", \"sizes\": {\"M\": 8, \"N\": 16}, \"params\": "
             "{\"eps\": 1e-6}, \"data\": \"uniform\"}]");
        ck_assert_int_eq(count, 4);
        ck_assert(demand[0].calls == 1.5);
        ck_assert(demand[3].binding.zipf);
        for (int i = 0; i < count; i++)
                for (int j = 0; j < i; j++)
                        ck_assert_str_ne(demand[i].text, demand[j].text);
}
END_TEST

/* The weight of all calls is kept, whatever merges. */
START_TEST(test_weight_is_kept)
{
        struct buf calls;
        double total = 0;

        buf_init(&calls, 1 << 16);
        buf_puts(&calls, "[{\"kernel\": \"norm\", \"sizes\": {\"N\": 1, "
                         "\"M\": [1");
        for (int i = 1; i < 100; i++)
                buf_printf(&calls, ",%d", i % 7 + 1);
        buf_puts(&calls, "]}}]");
        load(calls.data);
        buf_dispose(&calls);
        ck_assert_int_eq(count, 2 + 7);
        for (int i = 0; i < count; i++)
                total += demand[i].calls;
        ck_assert(total == 2 + 50);
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("demands");

        tcase_add_checked_fixture(tcase, NULL, unload);
        tcase_add_test(tcase, test_merging);
        tcase_add_test(tcase, test_identity);
        tcase_add_test(tcase, test_weight_is_kept);
        return run_case(tcase, "demands");
}
