/* A part of a repository is a repository without problems of its own. */
#include "delivery_fixture.h"

#include "plan/part.h"
#include "repo/repository.h"

static struct tree *whole, *part;
static struct repository *repository;
static struct part_names kernels, models;

static void put_kernel(const char *name)
{
        char path[128], text[512];

        snprintf(path, sizeof path, "kernels/%s/%s.kernel", name, name);
        snprintf(text, sizeof text,
                 "kernel %s {\n size N\n in x: f32[N]\n out y: f32[N]\n"
                 " y[i] = 2 * x[i]\n}\n",
                 name);
        put(path, text);
}

static void put_model(const char *name, const char *first, const char *second)
{
        char path[128], text[512];

        snprintf(path, sizeof path, "models/%s.json", name);
        snprintf(text, sizeof text,
                 "{\"kevo\": 1, \"model\": \"%s\", \"source\": \"a test\", "
                 "\"calls\": [{\"kernel\": \"%s\", \"sizes\": {\"N\": 8}}, "
                 "{\"kernel\": \"%s\", \"sizes\": {\"N\": 16}}]}",
                 name, first, second);
        put(path, text);
}

static void load(const char *kernel, const char *model)
{
        if (kernel)
                OK(part_names_add(&kernels, kernel, ERR));
        if (model)
                OK(part_names_add(&models, model, ERR));
        OK(tree_open_commit(&whole, git, "main", ERR));
        OK(part_open(&part, whole, &kernels, &models, ERR));
        OK(repository_load(&repository, part, ERR));
}

static void unload(void)
{
        repository_free(repository);
        tree_close(part);
        tree_close(whole);
        part_names_dispose(&kernels);
        part_names_dispose(&models);
}

/* a and b are called by one, b and c by two, d and e by three. */
static void start(void)
{
        put_basics();
        for (const char *name = "a\0b\0c\0d\0e\0f\0"; *name; name += 2)
                put_kernel(name);
        put_model("one", "a", "b");
        put_model("two", "b", "c");
        put_model("three", "d", "e");
        commit_main();
}

static bool has_model(const char *name)
{
        for (int i = 0; i < repository->model_count; i++) {
                if (text_equal(repository->model[i].name, name))
                        return true;
        }
        return false;
}

START_TEST(a_kernel_brings_its_models_and_what_they_call)
{
        start();
        load("a", NULL);
        ck_assert_int_eq(repository->problem_count, 0);
        ck_assert_ptr_nonnull(repository_find_kernel(repository, "a"));
        ck_assert_ptr_nonnull(repository_find_kernel(repository, "b"));
        ck_assert_ptr_null(repository_find_kernel(repository, "d"));
        ck_assert_ptr_null(repository_find_kernel(repository, "f"));
        ck_assert(has_model("one") && !has_model("three"));
        ck_assert_ptr_nonnull(repository_find_hardware(repository, hardware));
        ck_assert_str_eq(repository->commit, tip("refs/heads/main"));
        unload();
}
END_TEST

/* The demand of a kernel that is asked for is the same as in the whole. */
START_TEST(demands_are_complete)
{
        struct repository *all = NULL;

        start();
        load("b", NULL);
        OK(repository_load(&all, whole, ERR));
        for (int i = 0; i < 2; i++) {
                const struct repository *r = i ? all : repository;
                struct demand *demand = NULL;
                int count;

                OK(repository_demands(r, repository_find_kernel(r, "b"),
                                      &demand, &count, ERR));
                ck_assert_int_eq(count, 2);
                repository_free_demands(demand, count);
        }
        repository_free(all);
        unload();
}
END_TEST

/* A changed model asks for its kernels, and they for all their models. */
START_TEST(a_model_brings_its_kernels)
{
        start();
        load(NULL, "one");
        ck_assert_int_eq(repository->problem_count, 0);
        ck_assert_int_eq(repository->kernel_count, 3);
        ck_assert(has_model("one") && has_model("two"));
        unload();
}
END_TEST

START_TEST(problems_are_still_told)
{
        start();
        put("models/bad.json", "{ no JSON");
        put_model("lost", "a", "no_such_kernel");
        commit_main();
        load("a", "bad");
        ck_assert_int_eq(repository->problem_count, 2);
        unload();
}
END_TEST

START_TEST(names_that_are_not_there_are_nothing)
{
        start();
        load("no_such_kernel", "no-such-model");
        ck_assert_int_eq(repository->kernel_count, 0);
        ck_assert_int_eq(repository->problem_count, 0);
        unload();
}
END_TEST

START_TEST(name_lists_are_sets)
{
        static const char *const words[] = {"m", "a", "z", "m", "b", "a"};
        struct part_names names = {0};

        for (int i = 0; i < 6; i++)
                OK(part_names_add(&names, words[i], ERR));
        ck_assert_int_eq(names.count, 4);
        for (int i = 0; i < 6; i++)
                ck_assert(part_names_have(&names, words[i]));
        ck_assert(!part_names_have(&names, "aa"));
        ck_assert(!part_names_have(&names, ""));
        part_names_dispose(&names);
        ck_assert(!part_names_have(&names, "a"));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                a_kernel_brings_its_models_and_what_they_call,
                demands_are_complete,
                a_model_brings_its_kernels,
                problems_are_still_told,
                names_that_are_not_there_are_nothing,
                name_lists_are_sets};

        return RUN("part", setup_bare, tests);
}
