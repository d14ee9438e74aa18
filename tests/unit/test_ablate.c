/*
 * Ablation over a synthetic recording: what is known to be better comes out
 * better, intervals hold their mean, and a table repeats itself.
 */
#include "landscape_fixture.h"

#include "core/text.h"
#include "search/ablate.h"

static int find(const char *name)
{
        for (int i = 0; ablate_variants[i].name; i++) {
                if (text_equal(ablate_variants[i].name, name))
                        return i;
        }
        ck_abort_msg("no variant %s", name);
        return -1;
}

START_TEST(a_table_says_what_is_so)
{
        struct ablate_row *rows, *again;
        struct tape tape = {0};
        struct kin none = {0};
        struct ablate_case one = {"matmul", &tape, &none};
        struct error err = {0};
        struct bed bed;
        int best = find("auto"), random = find("random");

        make_bed(&bed, separable);
        tape.proposer = bed.proposer;
        tape.recording = bed.recording;
        ck_assert_int_eq(ablate_run(&one, 1, 4, &rows, &err), 0);
        if (!check_sanitized()) {
                ck_assert_int_eq(ablate_run(&one, 1, 4, &again, &err), 0);
                ck_assert_int_eq(
                        memcmp(rows, again,
                               (size_t)ablate_variant_count() * sizeof *rows),
                        0);
                free(again);
        }
        for (int v = 0; v < ablate_variant_count(); v++) {
                double before = 0;

                for (int b = 0; b < ABLATE_BUDGETS; b++) {
                        const struct ablate_number *n = &rows[v].share[b];

                        ck_assert(n->low <= n->mean && n->mean <= n->high);
                        ck_assert(n->mean >= before && n->mean <= 1);
                        before = n->mean;
                }
        }
        ck_assert(rows[best].share[3].low > rows[random].share[3].high);
        ck_assert(rows[best].evaluations.high < rows[random].evaluations.low);
        ck_assert(rows[best].reached == 1);
        /* Without kin, what is left out of kin changes nothing. */
        ck_assert_int_eq(memcmp(&rows[best], &rows[find("auto, no seeds")],
                                sizeof *rows),
                         0);
        free(rows);
        drop_bed(&bed);
}
END_TEST

START_TEST(budgets_beyond_a_recording_are_left_out)
{
        struct ablate_row *rows;
        struct tape tape = {0};
        struct kin none = {0};
        struct ablate_case one = {"matmul", &tape, &none};
        struct error err = {0};
        struct bed bed;

        make_bed(&bed, separable);
        for (int i = 0; i < 40; i++)
                ck_assert_int_eq(recording_add(&tape.recording,
                                               &bed.recording.item[i * 7],
                                               &err),
                                 0);
        tape.proposer = bed.proposer;
        ck_assert_int_eq(ablate_run(&one, 1, 3, &rows, &err), 0);
        ck_assert(rows[0].share[1].mean > 0);
        ck_assert(rows[0].share[2].mean == 0);
        ck_assert(rows[0].evaluations.mean <= 40);
        free(rows);
        recording_dispose(&tape.recording);
        drop_bed(&bed);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {a_table_says_what_is_so,
                                      budgets_beyond_a_recording_are_left_out};

        return check_main("ablate", tests, 2);
}
