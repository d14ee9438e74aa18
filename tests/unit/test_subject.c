/*
 * The subject of a campaign: its key is the same as long as nothing that a
 * result depends on changes, and another as soon as something does.
 */
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include "lower/lower.h"
#include "subject_fixture.h"

static const char spec_text[] = "# a comment\n"
                                "kernel twice {\n"
                                "    size N\n"
                                "    in  x: f32[N]\n"
                                "    out y: f32[N]\n"
                                "    y[i] = x[i] * 2\n"
                                "    workload big N=4096\n"
                                "}\n";

static const char spec_path[] = "kernels/twice/twice.kernel";

static void lay(struct ground *bed)
{
        ground_lay(bed, spec_path, spec_text);
}

static int look(struct ground *bed, struct error *err)
{
        return ground_look(bed, "twice", err);
}

/* The key of what the folder holds now. */
static const char *key_now(struct ground *bed)
{
        static char keys[8][HASH_TEXT_BYTES];
        static int next;
        char *key = keys[next++ % 8];
        struct error err = {0};

        ck_assert_msg(look(bed, &err) == 0, "%s", err.text);
        strcpy(key, bed->subject->key);
        ground_close(bed);
        return key;
}

START_TEST(what_does_not_matter_keeps_the_key)
{
        struct ground bed;
        const char *before;

        lay(&bed);
        before = key_now(&bed);
        ck_assert_str_eq(before, key_now(&bed));
        ground_put(&bed, spec_path,
                   "kernel twice {\n"
                   "  size N; in x: f32[N]; out y: f32[N]\n"
                   "  y[other] = x[other] * 2\n"
                   "  workload renamed N=4096\n"
                   "}\n");
        ground_put(&bed, "README.md", "words");
        ck_assert_str_eq(before, key_now(&bed));
        ground_remove(&bed);
}
END_TEST

START_TEST(what_matters_changes_the_key)
{
        struct ground bed;
        const char *plain, *more, *source, *tuned, *sizes;

        lay(&bed);
        plain = key_now(&bed);
        ground_put(&bed, "models/m.json",
                   "{\"kevo\": 1, \"model\": \"m\", \"source\": \"test\", "
                   "\"calls\":"
                   " [{\"kernel\": \"twice\", \"sizes\": {\"N\": 77}}]}");
        more = key_now(&bed);
        ck_assert_str_ne(plain, more);
        ground_put(&bed, "kernels/twice/generic.c",
                   "void twice(const float *x, float *y, long N)\n"
                   "{ for (long i = 0; i < N; i++) y[i] = 2 * x[i]; }\n");
        source = key_now(&bed);
        ck_assert_str_ne(more, source);
        ground_put(&bed, "kernels/twice/generic.c",
                   "void twice(const float *x, float *y, long N)\n"
                   "{ for (long i = 0; i < N; i++) y[i] = x[i] + x[i]; }\n");
        tuned = key_now(&bed);
        ck_assert_str_ne(source, tuned);
        ground_put(
                &bed, "kevo.json",
                "{\"kevo\": 1, \"kernels\": {\"twice\": {\"fix\": false}}}");
        sizes = key_now(&bed);
        ck_assert_str_ne(tuned, sizes);
        bed.environment[0] ^= 1;
        ck_assert_str_ne(sizes, key_now(&bed));
        ground_remove(&bed);
}
END_TEST

START_TEST(workloads_come_heaviest_first_and_whole)
{
        char label[32];
        struct error err = {0};
        struct ground bed;
        const struct subject *s;

        lay(&bed);
        ground_put(
                &bed, "models/m.json",
                "{\"kevo\": 1, \"model\": \"m\", \"source\": \"test\", "
                "\"calls\":"
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
        ground_remove(&bed);
}
END_TEST

START_TEST(no_workload_is_said)
{
        struct error err = {0};
        struct ground bed;

        lay(&bed);
        ground_put(
                &bed, "kernels/twice/twice.kernel",
                "kernel twice {\n  size N\n  in x: f32[N]\n  out y: f32[N]\n"
                "  y[i] = x[i] * 2\n}\n");
        ck_assert_int_eq(look(&bed, &err), ERR_NOT_FOUND);
        ck_assert_ptr_nonnull(strstr(err.text, "workload"));
        ground_remove(&bed);
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
