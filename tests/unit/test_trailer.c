/* Trailers: what is written is what is read, and nothing else is taken. */
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include "core/rng.h"
#include "deliver/trailer.h"

static struct trailers sample(int workloads)
{
        struct trailers t = {.kernel = "softmax",
                             .hardware = "amd-epyc-zen3",
                             .environment = "0123abcd",
                             .workload_count = workloads,
                             .threads = 2,
                             .method = 1,
                             .ratio = 1.843,
                             .low = 1.79,
                             .high = 1.881,
                             .verified = "S4 A 2026-11-21T14:02:11Z"};

        for (int i = 0; i < workloads; i++) {
                struct trailer_workload *w = &t.workload[i];

                snprintf(w->name, sizeof w->name, "serving-%d", i);
                snprintf(w->text, sizeof w->text, "M=%d N=4096 eps=1e-05",
                         i + 1);
                snprintf(w->against, sizeof w->against,
                         i % 2 ? "generated@1"
                               : "0123456789012345678901234567890123456789");
                w->weight = 1.0 / workloads;
        }
        return t;
}

static void write_message(const struct trailers *t, struct buf *out)
{
        buf_init(out, 1 << 20);
        buf_puts(out, "Make softmax faster\n\nSome words: with a colon.\n\n");
        trailers_write(t, out);
}

START_TEST(a_round_trip_keeps_everything)
{
        static const int counts[] = {1, 2, 12, LIMIT_WORKLOADS};
        static struct trailers t, back;
        struct error err = {0};
        struct buf out;

        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
                t = sample(counts[i]);
                write_message(&t, &out);
                ck_assert_msg(trailers_parse(out.data, &back, &err) == 0, "%s",
                              err.text);
                ck_assert_str_eq(back.kernel, t.kernel);
                ck_assert_str_eq(back.hardware, t.hardware);
                ck_assert_str_eq(back.environment, t.environment);
                ck_assert_str_eq(back.verified, t.verified);
                ck_assert_int_eq(back.threads, t.threads);
                ck_assert_int_eq(back.method, t.method);
                ck_assert_double_eq_tol(back.low, t.low, 1e-3);
                ck_assert_int_eq(back.workload_count, counts[i]);
                for (int k = 0; k < counts[i]; k++) {
                        ck_assert_str_eq(back.workload[k].name,
                                         t.workload[k].name);
                        ck_assert_str_eq(back.workload[k].text,
                                         t.workload[k].text);
                        ck_assert_str_eq(back.workload[k].against,
                                         t.workload[k].against);
                        ck_assert_double_eq_tol(back.workload[k].weight,
                                                t.workload[k].weight, 1e-3);
                }
                buf_dispose(&out);
        }
}
END_TEST

START_TEST(a_first_kernel_claims_nothing)
{
        static struct trailers t, back;
        struct buf out;

        t = sample(1);
        t.ratio = t.low = t.high = 0;
        write_message(&t, &out);
        ck_assert_ptr_nonnull(strstr(out.data, "Kevo-Speedup: first"));
        ck_assert_int_eq(trailers_parse(out.data, &back, NULL), 0);
        ck_assert_double_eq(back.low, 0);
        buf_dispose(&out);
}
END_TEST

START_TEST(other_commits_are_not_ours)
{
        static struct trailers back;

        ck_assert_int_eq(trailers_parse("Fix a typo\n", &back, NULL),
                         ERR_NOT_FOUND);
        ck_assert_int_eq(trailers_parse("", &back, NULL), ERR_NOT_FOUND);
        ck_assert_int_eq(
                trailers_parse("x\n\nSigned-off-by: A <a@b>\n", &back, NULL),
                ERR_NOT_FOUND);
}
END_TEST

/* Each trailer in turn is broken, missing and doubled. */
START_TEST(each_trailer_is_needed_and_checked)
{
        static const char *const broken[][2] = {
                {"Kevo-Kernel: softmax", "Kevo-Kernel: ../../etc"},
                {"Kevo-Hardware: amd-epyc-zen3", "Kevo-Hardware: A B"},
                {"Kevo-Threads: 2", "Kevo-Threads: two"},
                {"Kevo-Threads: 2", "Kevo-Threads: -1"},
                {"Kevo-Threads: 2", "Kevo-Threads: 99999999999999999999"},
                {"Kevo-Method: 1", "Kevo-Method: 0"},
                {"Kevo-Speedup: 1.843 [1.790, 1.881]",
                 "Kevo-Speedup: 1.843 [1.790"},
                {"Kevo-Speedup: 1.843 [1.790, 1.881]", "Kevo-Speedup: much"},
                {"(1)", "(one)"},
                {"(1)", "(1"},
                {"(1)", "(-1)"},
                {"(1)", "(inf)"},
                {"Kevo-Hardware: ", "Kevo-Hardware:\n "},
                {"S4 A ", "S4 \033[31m"},
                {"Kevo-Speedup: 1.843", "Kevo-Speedup: 1e999"},
                {"serving-0: ", "serving-0 "},
                {"Kevo-Workloads: ", "Kevo-Workloads: ;"},
                {"Kevo-Against: 0123", "Kevo-Against: ,0123"},
                {"Kevo-Method: 1\n", ""},
                {"Kevo-Verified: ", "Verified: "},
                {"Kevo-Method: 1\n", "Kevo-Method: 1\nKevo-Method: 1\n"},
        };
        static struct trailers t, back;
        struct error err;
        struct buf out, bad;

        t = sample(1);
        write_message(&t, &out);
        for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
                const char *at = strstr(out.data, broken[i][0]);

                ck_assert_msg(at != NULL, "%s is not written", broken[i][0]);
                buf_init(&bad, 1 << 20);
                buf_add(&bad, out.data, (size_t)(at - out.data));
                buf_puts(&bad, broken[i][1]);
                buf_puts(&bad, at + strlen(broken[i][0]));
                ck_assert_msg(trailers_parse(bad.data, &back, &err) ==
                                      ERR_INPUT,
                              "taken: %s", broken[i][1]);
                ck_assert_ptr_nonnull(strstr(err.text, "Kevo-"));
                buf_dispose(&bad);
        }
        buf_dispose(&out);
}
END_TEST

START_TEST(fewer_incumbents_than_workloads)
{
        static struct trailers t, back;
        struct buf out;

        t = sample(3);
        t.workload[2].against[0] = 0;
        write_message(&t, &out);
        ck_assert_int_eq(trailers_parse(out.data, &back, NULL), ERR_INPUT);
        buf_dispose(&out);
}
END_TEST

/* A commit can come from anywhere. */
START_TEST(random_damage_does_no_harm)
{
        static struct trailers t, back;
        struct rng rng = {3, 0};
        struct buf out;
        int refused = 0;

        t = sample(3);
        for (int n = 0; n < 3000; n++) {
                write_message(&t, &out);
                for (int k = 0; k < 4; k++)
                        out.data[rng_below(&rng, out.length)] =
                                (char)(1 + rng_below(&rng, 127));
                refused += trailers_parse(out.data, &back, NULL) < 0;
                buf_dispose(&out);
        }
        ck_assert_int_gt(refused, 0);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {a_round_trip_keeps_everything,
                                      a_first_kernel_claims_nothing,
                                      other_commits_are_not_ours,
                                      each_trailer_is_needed_and_checked,
                                      fewer_incumbents_than_workloads,
                                      random_damage_does_no_harm};

        return check_main("trailer", tests, sizeof tests / sizeof *tests);
}
