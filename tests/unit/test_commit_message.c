/* The commit message: what a reviewer must find in it. */
#include "proposal_fixture.h"

#include "deliver/commit_message.h"
#include "deliver/elsewhere.h"
#include "deliver/trailer.h"

static char *write_it(int64_t verdict_id)
{
        struct record_verdict *verdict = NULL;
        char *message = NULL;

        look_again();
        OK(collect_verdicts(&site, NULL, ERR));
        OK(record_verdict_get(store, verdict_id, &verdict, ERR));
        OK(commit_message_write(store, newest(), verdict, &message, ERR));
        record_verdict_free(verdict);
        return message;
}

static void has(const char *message, const char *part)
{
        ck_assert_msg(strstr(message, part) != NULL, "no \"%s\" in:\n%s", part,
                      message);
}

START_TEST(it_carries_the_evidence)
{
        char *message = write_it(verdict_for("accepted", 1.5, OUR_C));
        static struct trailers t;

        has(message, "Make softmax 1.53x faster");
        has(message, "95 % interval 1.500 to 1.560");
        has(message, "serving");
        has(message, "M=64 N=4096");
        has(message, "kernels/softmax/generic.c");
        has(message, "no outside baseline measured");
        has(message, "build, oracle, pure");
        has(message, "row vector=16");
        has(message, "kevo reproduce kevo/softmax/");
        has(message, "kevo export --c DIR softmax");
        OK(trailers_parse(message, &t, ERR));
        ck_assert_str_eq(t.kernel, "softmax");
        ck_assert_str_eq(t.hardware, hardware);
        ck_assert_int_eq(t.workload_count, 1);
        ck_assert_str_eq(t.workload[0].text, "M=64 N=4096");
        ck_assert_double_eq_tol(t.low, 1.5, 1e-3);
        free(message);
}
END_TEST

/* The other side has one task: that is said before the ratio. */
START_TEST(one_task_is_stated_first)
{
        char *message = write_it(verdict_for("accepted", 1.5, OUR_C));
        const char *task = strstr(message, "single task");

        ck_assert_ptr_nonnull(task);
        ck_assert(task < strstr(message, "Verdict: accepted"));
        free(message);
}
END_TEST

START_TEST(a_first_kernel_makes_no_claim)
{
        char *message = write_it(verdict_for("first", 1.0, OUR_C));

        has(message, "Add a first softmax kernel");
        has(message, "without a claim");
        has(message, "Kevo-Speedup: first");
        ck_assert_ptr_null(strstr(message, "faster on"));
        free(message);
}
END_TEST

START_TEST(lines_are_short_where_they_may_be)
{
        char *message = write_it(verdict_for("accepted", 1.5, OUR_C));
        char *rest = message, *line;

        while ((line = strsep(&rest, "\n"))) {
                if (*line != ' ' && !text_starts(line, "Kevo-"))
                        ck_assert_msg(strlen(line) <= 78, "%s", line);
        }
        free(message);
}
END_TEST

/* A limited source says where nothing changes, in one sentence. */
START_TEST(it_names_the_domain)
{
        char *message = write_it(verdict_for(
                "accepted", 1.5,
                "// kevo: when N >= 2\n// kevo: when M <= 2*N\n" OUR_C));

        has(message, "Used only where N >= 2 && M <= 2*N (`when`): for other");
        free(message);
        message = write_it(verdict_for("accepted", 1.7, OUR_C));
        ck_assert_ptr_null(strstr(message, "Used only"));
        ck_assert_ptr_null(strstr(message, "Compiled in"));
        free(message);
        message = write_it(verdict_for(
                "accepted", 1.9, "// kevo: fix M\n// kevo: fix N\n" OUR_C));
        has(message, "Compiled in are the sizes M, N (`fix`)");
        free(message);
}
END_TEST

START_TEST(it_is_the_same_every_time)
{
        int64_t id = verdict_for("accepted", 1.5, OUR_C);
        char *first = write_it(id), *second;

        restart();
        second = write_it(id);
        ck_assert_str_eq(first, second);
        free(first);
        free(second);
}
END_TEST

START_TEST(the_environment_can_be_read_back)
{
        char *message = write_it(verdict_for("accepted", 1.5, OUR_C));
        char *fields = elsewhere_fields(message);

        ck_assert_ptr_nonnull(fields);
        ck_assert_ptr_nonnull(strstr(fields, "\"compiler\":\""));
        ck_assert_ptr_nonnull(strstr(fields, "\"threads\":"));
        /* Word for word what was probed. */
        look_again();
        {
                char hash[HASH_TEXT_BYTES], *here = NULL;

                OK(subject_environment(&site.machine, "cpu", hash, &here,
                                       ERR));
                ck_assert_str_eq(fields, here);
                free(here);
        }
        free(fields);
        free(message);
        ck_assert_ptr_null(elsewhere_fields("no such lines"));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {it_carries_the_evidence,
                                      one_task_is_stated_first,
                                      a_first_kernel_makes_no_claim,
                                      lines_are_short_where_they_may_be,
                                      it_names_the_domain,
                                      it_is_the_same_every_time,
                                      the_environment_can_be_read_back};

        return RUN_PROPOSAL("commit_message", tests);
}
