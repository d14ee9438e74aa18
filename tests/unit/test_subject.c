/*
 * The subject of a campaign: its key is the same as long as nothing that a
 * result depends on changes, and another as soon as something does.
 */
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include "core/file.h"
#include "lower/lower.h"
#include "search/subject.h"

static const char spec_text[] = "# a comment\n"
                                "kernel twice {\n"
                                "    size N\n"
                                "    in  x: f32[N]\n"
                                "    out y: f32[N]\n"
                                "    y[i] = x[i] * 2\n"
                                "    workload big N=4096\n"
                                "}\n";

struct bed {
        char folder[LIMIT_PATH_BYTES];
        struct machine machine;
        struct tree *tree;
        struct repository *repository;
        struct subject *subject;
        char environment[HASH_TEXT_BYTES];
};

static void put(const struct bed *bed, const char *name, const char *text)
{
        char path[LIMIT_PATH_BYTES + 256], *slash;
        struct error err;

        snprintf(path, sizeof path, "%s/%s", bed->folder, name);
        slash = strrchr(path, '/');
        *slash = 0;
        ck_assert_int_eq(file_make_directories(path, 0755, &err), 0);
        *slash = '/';
        ck_assert_int_eq(file_write(path, text, strlen(text), 0644, &err), 0);
}

static void lay(struct bed *bed)
{
        struct error err = {0};
        char *hardware;

        memset(bed, 0, sizeof *bed);
        ck_assert_int_eq(file_make_temporary(bed->folder, &err), 0);
        machine_probe(&bed->machine);
        hardware = machine_hardware_json(&bed->machine, "here");
        put(bed, "kevo.json", "{\"kevo\": 1}");
        put(bed, "hardware/here.json", hardware);
        put(bed, "kernels/twice/twice.kernel", spec_text);
        free(hardware);
        ck_assert_int_eq(subject_environment(&bed->machine, "cpu",
                                             bed->environment, NULL, &err),
                         0);
}

static int look(struct bed *bed, struct error *err)
{
        const struct hardware *hardware;
        const struct kernel *kernel;

        ck_assert_int_eq(tree_open_folder(&bed->tree, bed->folder, err), 0);
        ck_assert_int_eq(repository_load(&bed->repository, bed->tree, err), 0);
        kernel = repository_find_kernel(bed->repository, "twice");
        ck_assert_ptr_nonnull(kernel);
        ck_assert_int_eq(machine_find_hardware(&bed->machine, bed->repository,
                                               &hardware, err),
                         0);
        return subject_make(&bed->subject, bed->repository, kernel, hardware,
                            &bed->machine, bed->environment, NULL, NULL, err);
}

static void close_look(struct bed *bed)
{
        subject_free(bed->subject);
        repository_free(bed->repository);
        tree_close(bed->tree);
        bed->subject = NULL;
        bed->repository = NULL;
        bed->tree = NULL;
}

/* The key of what the folder holds now. */
static const char *key_now(struct bed *bed)
{
        static char keys[8][HASH_TEXT_BYTES];
        static int next;
        char *key = keys[next++ % 8];
        struct error err = {0};

        ck_assert_msg(look(bed, &err) == 0, "%s", err.text);
        strcpy(key, bed->subject->key);
        close_look(bed);
        return key;
}

static void strike(struct bed *bed)
{
        close_look(bed);
        file_remove_tree(bed->folder);
}

START_TEST(what_does_not_matter_keeps_the_key)
{
        struct bed bed;
        const char *before;

        lay(&bed);
        before = key_now(&bed);
        ck_assert_str_eq(before, key_now(&bed));
        put(&bed, "kernels/twice/twice.kernel",
            "kernel twice {\n"
            "  size N; in x: f32[N]; out y: f32[N]\n"
            "  y[other] = x[other] * 2\n"
            "  workload renamed N=4096\n"
            "}\n");
        put(&bed, "README.md", "words");
        ck_assert_str_eq(before, key_now(&bed));
        strike(&bed);
}
END_TEST

START_TEST(what_matters_changes_the_key)
{
        struct bed bed;
        const char *plain, *more, *source, *tuned;

        lay(&bed);
        plain = key_now(&bed);
        put(&bed, "models/m.json",
            "{\"kevo\": 1, \"model\": \"m\", \"source\": \"test\", \"calls\":"
            " [{\"kernel\": \"twice\", \"sizes\": {\"N\": 77}}]}");
        more = key_now(&bed);
        ck_assert_str_ne(plain, more);
        put(&bed, "kernels/twice/generic.c",
            "void twice(const float *x, float *y, long N)\n"
            "{ for (long i = 0; i < N; i++) y[i] = 2 * x[i]; }\n");
        source = key_now(&bed);
        ck_assert_str_ne(more, source);
        put(&bed, "kernels/twice/generic.c",
            "void twice(const float *x, float *y, long N)\n"
            "{ for (long i = 0; i < N; i++) y[i] = x[i] + x[i]; }\n");
        tuned = key_now(&bed);
        ck_assert_str_ne(source, tuned);
        bed.environment[0] ^= 1;
        ck_assert_str_ne(tuned, key_now(&bed));
        strike(&bed);
}
END_TEST

START_TEST(workloads_come_heaviest_first_and_whole)
{
        char label[32];
        struct error err = {0};
        struct bed bed;
        const struct subject *s;

        lay(&bed);
        put(&bed, "models/m.json",
            "{\"kevo\": 1, \"model\": \"m\", \"source\": \"test\", \"calls\":"
            " [{\"kernel\": \"twice\", \"sizes\": {\"N\": [1000000, 5]},"
            " \"count\": [10, 1]}]}");
        ck_assert_int_eq(look(&bed, &err), 0);
        s = bed.subject;
        ck_assert_int_eq(s->workload_count, 3);
        ck_assert_int_eq(s->workload[0].binding.size[0], 1000000);
        ck_assert_int_eq(s->workload[2].binding.size[0], 5);
        /* Nearly all of the weight lies in the first. */
        ck_assert_int_eq(s->search_count, 1);
        snprintf(label, sizeof label, "generated@%d", LOWER_VERSION);
        ck_assert_str_eq(s->workload[0].label, label);
        strike(&bed);
}
END_TEST

START_TEST(no_workload_is_said)
{
        struct error err = {0};
        struct bed bed;

        lay(&bed);
        put(&bed, "kernels/twice/twice.kernel",
            "kernel twice {\n  size N\n  in x: f32[N]\n  out y: f32[N]\n"
            "  y[i] = x[i] * 2\n}\n");
        ck_assert_int_eq(look(&bed, &err), ERR_NOT_FOUND);
        ck_assert_ptr_nonnull(strstr(err.text, "workload"));
        strike(&bed);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {what_does_not_matter_keeps_the_key,
                                      what_matters_changes_the_key,
                                      workloads_come_heaviest_first_and_whole,
                                      no_workload_is_said};

        return check_main("subject", tests, 4);
}
