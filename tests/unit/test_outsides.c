/* What a reviewer reads about outside baselines. */
#include "proposal_fixture.h"

#include "deliver/commit_message.h"
#include "deliver/outsides.h"

static const struct record_outside rows[] = {
        {.workload = "M=64 N=4096",
         .name = "openblas",
         .skipped = "not a plain matrix product"},
        {.workload = "M=64 N=4096",
         .name = "pytorch",
         .version = "PyTorch 9.1",
         .ratio = 1.5,
         .low = 1.4,
         .high = 1.6,
         .outside_ns = 150e3,
         .candidate_ns = 100e3,
         .rounds = 20},
        {.workload = "M=64 N=4096",
         .name = "torch.compile",
         .version = "PyTorch 9.1",
         .ratio = 0.8,
         .low = 0.78,
         .high = 0.82,
         .outside_ns = 80e3,
         .candidate_ns = 100e3,
         .rounds = 20}};

static char *message_with(int count)
{
        struct record_verdict *verdict = NULL;
        char *message = NULL;
        int64_t id;

        fixture_outside = rows;
        fixture_outside_count = count;
        id = verdict_for("accepted", 1.5, OUR_C);
        look_again();
        OK(collect_verdicts(&site, NULL, ERR));
        OK(record_verdict_get(store, id, &verdict, ERR));
        OK(commit_message_write(store, newest(), verdict, &message, ERR));
        record_verdict_free(verdict);
        fixture_outside_count = 0;
        return message;
}

static const char *find(const char *message, const char *part)
{
        const char *at = strstr(message, part);

        ck_assert_msg(at != NULL, "no \"%s\" in:\n%s", part, message);
        return at;
}

START_TEST(a_faster_one_is_stated_first)
{
        char *message = message_with(3);
        const char *said;

        said = find(message, "torch.compile is faster than this kernel at "
                             "serving");
        ck_assert(said < find(message, "Verdict: accepted"));
        find(message, "1.25x");
        find(message, "PyTorch 9.1");
        free(message);
}
END_TEST

START_TEST(all_that_was_measured_has_a_row)
{
        char *message = message_with(2);

        ck_assert_ptr_null(strstr(message, "is faster than this kernel"));
        ck_assert_ptr_null(strstr(message, "no outside baseline measured"));
        find(message, "pytorch");
        find(message, "1.50x  1.40 to 1.60");
        find(message, "openblas not measured: not a plain matrix product");
        free(message);
}
END_TEST

START_TEST(none_is_said)
{
        char *message = message_with(1);

        find(message, "no outside baseline measured");
        find(message, "openblas not measured: not a plain matrix product");
        free(message);
}
END_TEST

START_TEST(the_best_takes_least)
{
        cJSON *run = cJSON_Parse(
                "{\"outside\": ["
                "{\"workload\": \"a\", \"name\": \"x\", \"ratio\": 2},"
                "{\"workload\": \"a\", \"name\": \"y\", \"ratio\": 1.5},"
                "{\"workload\": \"a\", \"name\": \"z\", \"ratio\": 0,"
                " \"skipped\": \"why\"},"
                "{\"workload\": \"b\", \"name\": \"w\", \"ratio\": 1.25}]}");

        ck_assert_str_eq(letter_text(outsides_best(run, "a"), "name"), "y");
        ck_assert_str_eq(letter_text(outsides_best(run, NULL), "name"), "w");
        ck_assert_ptr_null(outsides_best(run, "c"));
        ck_assert_ptr_null(outsides_best(NULL, NULL));
        cJSON_Delete(run);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {a_faster_one_is_stated_first,
                                      all_that_was_measured_has_a_row,
                                      none_is_said, the_best_takes_least};

        return RUN_PROPOSAL("outsides", tests);
}
