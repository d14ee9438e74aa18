/*
 * Evaluations from end to end, through a real worker: every attack of
 * tests/adversary is refused by the check that is meant for it, and every
 * honest twin is accepted. Which is which stands in its README.md.
 */
#include "evaluate/evaluation.h"

#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/file.h"
#include "core/proc.h"
#include "core/text.h"

static struct evaluator *evaluator;
static char folder[LIMIT_PATH_BYTES];

static char *read_source(const char *name)
{
        char path[LIMIT_PATH_BYTES], *text = NULL;
        struct error err = {0};

        snprintf(path, sizeof path, "%s/tests/adversary/%s", SOURCE_DIR, name);
        ck_assert_msg(file_read(path, LIMIT_SOURCE_BYTES, &text, NULL, &err) ==
                              0,
                      "%s", err.text);
        return text;
}

/* One request and what it needs. */
struct scene {
        struct spec *spec;
        char *candidate, *baseline, *spec_text;
        char candidate_label[64], baseline_label[64];
        struct evaluate_workload workload[2];
        struct evaluate_request request;
        struct evaluate_result *result;
        struct error err;
};

static void set_scene(struct scene *s, const char *spec, const char *candidate,
                      const char *baseline, enum stage_level stage)
{
        memset(s, 0, sizeof *s);
        s->spec_text = read_source(spec);
        s->candidate = read_source(candidate);
        s->baseline = baseline ? read_source(baseline) : NULL;
        snprintf(s->candidate_label, sizeof s->candidate_label, "%s",
                 candidate);
        snprintf(s->baseline_label, sizeof s->baseline_label, "%s",
                 baseline ? baseline : "");
        ck_assert_msg(spec_parse(s->spec_text, strlen(s->spec_text), spec,
                                 &s->spec, &s->err) == 0,
                      "%s", s->err.text);
        for (int i = 0; i < 2; i++) {
                s->workload[i] = (struct evaluate_workload){
                        .name = s->spec->workload[i]->name,
                        .weight = i + 1,
                        .incumbent = s->baseline,
                        .incumbent_language = "c",
                        .incumbent_label =
                                baseline ? s->baseline_label : NULL};
                binding_from_workload(&s->workload[i].binding, s->spec,
                                      s->spec->workload[i]);
        }
        s->request = (struct evaluate_request){
                .spec = s->spec,
                .campaign = "test",
                .language = "c",
                .candidate = s->candidate,
                .candidate_label = s->candidate_label,
                .workload_count = 2,
                .workload = s->workload,
                .stage = stage,
                .timeout_ns = INT64_C(120000000000)};
}

static int run_scene(struct scene *s)
{
        return evaluator_run(evaluator, &s->request, &s->result, &s->err);
}

static void strike_scene(struct scene *s)
{
        evaluate_result_free(s->result);
        spec_free(s->spec);
        free(s->candidate);
        free(s->baseline);
        free(s->spec_text);
}

static const struct evaluate_check *failed_check(const struct scene *s)
{
        for (int i = 0; i < s->result->check_count; i++) {
                if (!s->result->check[i].passed)
                        return s->result->check + i;
        }
        return NULL;
}

static bool has_check(const struct scene *s, const char *stage,
                      const char *name)
{
        for (int i = 0; i < s->result->check_count; i++) {
                if (text_equal(s->result->check[i].name, name) &&
                    text_equal(s->result->check[i].stage, stage))
                        return true;
        }
        return false;
}

/* The text of a spec's reference; NULL: the file's. */
static void set_reference(struct scene *s, const char *reference)
{
        char *text = reference ? strdup(reference)
                               : read_source("recurrence_ref.c");

        ck_assert_int_eq(
                spec_set_reference(s->spec, text, strlen(text), &s->err), 0);
        free(text);
}

/* --- the tables of tests/adversary/README.md --------------------------- */

enum { ROWS = 256, CELLS = 8 };
enum { ATTACKS, CLOCKED, HONEST, TABLES };
static const char *const headings[TABLES] = {
        "## Attacks\n", "## Attacks that only a clock refuses\n",
        "## Honest kernels\n"};

/* A row's cells in the order of its table. */
struct row {
        char *cell[CELLS];
};
enum { SOURCE, KERNEL, UNTIL, CHECKS, SAYS, TRIES, NEIGHBOUR };
enum { CLOCKED_NEIGHBOUR = 3 };

static struct row table[TABLES][ROWS];
static int rows[TABLES];
static char *readme;

/* Cut a line at its bars; blanks and backticks around a cell go. */
static int cut_row(char *line, struct row *row)
{
        int n = 0;

        for (char *at = strchr(line, '|'), *bar; at && n < CELLS; at = bar) {
                char *end = bar = strchr(++at, '|');

                if (!bar)
                        break;
                while (at < bar && strchr(" `", *at))
                        at++;
                while (end > at && strchr(" `", end[-1]))
                        end--;
                row->cell[n++] = at;
                *end = 0;
        }
        return n;
}

static int read_table(const char *heading, struct row *row)
{
        char *at = strstr(readme, heading), *line, *rest;
        int n = 0;

        at = at ? strstr(at, "|---") : NULL;
        rest = at ? strchr(at, '\n') + 1 : NULL;
        while (rest && *rest == '|' && n < ROWS) {
                line = rest;
                rest = strchr(line, '\n');
                *rest++ = 0;
                if (cut_row(line, row + n) >= 3)
                        n++;
        }
        return n;
}

/* Tables are cut in place: the last comes first. */
static bool read_tables(struct error *err)
{
        char path[LIMIT_PATH_BYTES];

        snprintf(path, sizeof path, "%s/tests/adversary/README.md",
                 SOURCE_DIR);
        if (file_read(path, LIMIT_SOURCE_BYTES, &readme, NULL, err) < 0)
                return false;
        for (int i = TABLES - 1; i >= 0; i--)
                rows[i] = read_table(headings[i], table[i]);
        return rows[ATTACKS] && rows[CLOCKED] && rows[HONEST];
}

static const struct row *find_row(int which, const char *source)
{
        for (int i = 0; i < rows[which]; i++) {
                if (text_equal(table[which][i].cell[SOURCE], source))
                        return table[which] + i;
        }
        return NULL;
}

/* The first honest kernel of a spec is what the others are timed against. */
static const char *first_of(const char *kernel)
{
        for (int i = 0; i < rows[HONEST]; i++) {
                if (text_equal(table[HONEST][i].cell[KERNEL], kernel))
                        return table[HONEST][i].cell[SOURCE];
        }
        return NULL;
}

/* The scene of a row: its source against a baseline, NULL: itself. */
static void set_row(struct scene *s, const struct row *row,
                    const char *baseline, enum stage_level stage)
{
        char spec[64], file[64], other[64];

        snprintf(spec, sizeof spec, "%s.kernel", row->cell[KERNEL]);
        snprintf(file, sizeof file, "%s.c", row->cell[SOURCE]);
        snprintf(other, sizeof other, "%s.c",
                 baseline ? baseline : row->cell[SOURCE]);
        set_scene(s, spec, file, other, stage);
        s->request.threads = 2;
        if (s->spec->reference)
                set_reference(s, NULL);
}

/* KEVO_SOURCE=name: that row of the tables alone. */
static bool is_wanted(const char *name)
{
        const char *only = getenv("KEVO_SOURCE");

        return !only || text_equal(only, name);
}

static bool is_timed_run(const char *what)
{
        if (getenv("KEVO_TIMED_TESTS"))
                return true;
        printf("SKIPPED: %s: set KEVO_TIMED_TESTS=1 on a quiet machine\n",
               what);
        return false;
}

START_TEST(test_every_source_has_a_row)
{
        char path[LIMIT_PATH_BYTES], name[64];
        struct dirent *entry;
        int sources = 0;
        DIR *dir;

        snprintf(path, sizeof path, "%s/tests/adversary", SOURCE_DIR);
        dir = opendir(path);
        ck_assert_ptr_nonnull(dir);
        while ((entry = readdir(dir))) {
                char *dot = strrchr(entry->d_name, '.');

                if (!dot || !text_equal(dot, ".c") ||
                    text_equal(entry->d_name, "recurrence_ref.c"))
                        continue;
                sources++;
                snprintf(name, sizeof name, "%.*s", (int)(dot - entry->d_name),
                         entry->d_name);
                ck_assert_msg(find_row(ATTACKS, name) ||
                                      find_row(CLOCKED, name) ||
                                      find_row(HONEST, name),
                              "%s.c has no row in README.md", name);
        }
        closedir(dir);
        ck_assert_int_eq(sources,
                         rows[ATTACKS] + rows[CLOCKED] + rows[HONEST]);
        for (int i = 0; i < rows[ATTACKS]; i++)
                ck_assert_msg(
                        find_row(HONEST, table[ATTACKS][i].cell[NEIGHBOUR]),
                        "%s", table[ATTACKS][i].cell[SOURCE]);
        for (int i = 0; i < rows[CLOCKED]; i++)
                ck_assert_msg(
                        find_row(HONEST,
                                 table[CLOCKED][i].cell[CLOCKED_NEIGHBOUR]),
                        "%s", table[CLOCKED][i].cell[SOURCE]);
}
END_TEST

/* The name of the check is one of a list "oracle, hidden". */
static bool is_listed(const char *list, const char *name)
{
        size_t n = strlen(name);

        for (const char *p = list; (p = strstr(p, name)); p += n) {
                if ((p == list || p[-1] == ' ') && (!p[n] || p[n] == ','))
                        return true;
        }
        return false;
}

/* A proposer learns a category, never a shape or a value. */
static void check_secrets(const struct evaluate_check *check)
{
        if (strstr(check->detail, "hidden shape"))
                ck_assert_msg(!strstr(check->hidden, "M=") && *check->hidden &&
                                      !strstr(check->hidden, "y["),
                              "%s", check->hidden);
        ck_assert_msg(!strstr(check->detail, "root:") &&
                              !strstr(check->hidden, "root:"),
                      "%s", check->detail);
}

START_TEST(test_attacks_are_refused)
{
        const struct row *row = &table[ATTACKS][_i];
        const char *name = row->cell[SOURCE], *until = row->cell[UNTIL];
        const char *seconds = strpbrk(until + 2, "0123456789");
        const struct evaluate_check *check = NULL;
        struct scene s;

        if (!is_wanted(name))
                return;
        if (strstr(until, "sandbox") && !proc_sandbox_works(NULL)) {
                printf("SKIPPED: %s: compilers run unsandboxed\n", name);
                return;
        }
        if (strstr(until, "slow") && !is_timed_run(name))
                return;
        set_row(&s, row,
                is_listed(row->cell[CHECKS], "timed")
                        ? first_of(row->cell[KERNEL])
                        : NULL,
                (enum stage_level)(until[1] - '0'));
        if (seconds)
                s.request.timeout_ns = atoll(seconds) * INT64_C(1000000000);
        /* S1 draws one hidden shape, which may be one that hides the fault;
         * no verdict is given before S3 drew eight more. */
        for (int i = 0; i < 2 && !check; i++) {
                evaluate_result_free(s.result);
                s.result = NULL;
                ck_assert_msg(run_scene(&s) == 0, "%s: %s", name, s.err.text);
                check = failed_check(&s);
                if (s.request.stage < STAGE_S3)
                        s.request.stage = STAGE_S3;
        }
        ck_assert_msg(check && !s.result->correct,
                      "%s was not refused (reached %d, %s)", name,
                      s.result->reached, s.result->reason);
        ck_assert_msg(is_listed(row->cell[CHECKS], check->name),
                      "%s was refused by %s: %s", name, check->name,
                      check->detail);
        ck_assert_msg(strstr(check->detail, row->cell[SAYS]) != NULL, "%s: %s",
                      name, check->detail);
        ck_assert_int_eq(s.result->verdict, VERDICT_REJECTED);
        ck_assert(s.result->fitness == 0);
        check_secrets(check);
        strike_scene(&s);
}
END_TEST

/* Sanitizers are slow, and say nothing of the twin, which has its own: one
 * in three is taken through S4 then. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { DEEPLY = 3 };
#else
enum { DEEPLY = 1 };
#endif

/* Against itself: verified through S4, and exactly 1 without timing. */
START_TEST(test_honest_kernels_pass_every_stage)
{
        static const char *const wanted[][2] = {
                {"S0", "inspect"}, {"S1", "oracle"},   {"S1", "bounds"},
                {"S1", "written"}, {"S1", "pure"},     {"S3", "hidden"},
                {"S4", "threads"}, {"S4", "sanitised"}};
        const struct row *row = &table[HONEST][_i];
        const char *name = row->cell[SOURCE];
        struct scene s;

        if (!is_wanted(name))
                return;
        set_row(&s, row, NULL, _i % DEEPLY ? STAGE_S3 : STAGE_S4);
        ck_assert_msg(run_scene(&s) == 0, "%s: %s", name, s.err.text);
        ck_assert_msg(s.result->correct, "%s: %s", name, s.result->reason);
        ck_assert_int_eq(s.result->reached, s.request.stage);
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
                ck_assert_msg(
                        wanted[i][0][1] - '0' > (int)s.request.stage ||
                                has_check(&s, wanted[i][0], wanted[i][1]),
                        "%s: %s", name, wanted[i][1]);
        ck_assert_int_eq(strlen(s.result->identity), 64);
        ck_assert_double_eq(s.result->ratio, 1);
        ck_assert_int_eq(s.result->verdict, VERDICT_REJECTED);
        ck_assert_ptr_nonnull(strstr(s.result->reason, "same program"));
        strike_scene(&s);
}
END_TEST

/* Each draws another of the campaign's instances. */
START_TEST(test_honest_kernels_pass_on_all_instances_of_a_campaign)
{
        struct scene s;

        for (int i = 0; i < 8; i++) {
                set_row(&s, find_row(HONEST, "honest_online"), NULL, STAGE_S1);
                ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
                ck_assert_msg(s.result->correct, "%s", s.result->reason);
                ck_assert_int_eq(s.result->reached, STAGE_S1);
                strike_scene(&s);
        }
}
END_TEST

/* Timed, with every check of what was timed; how fast they are is their own
 * affair, but a kernel that is many times faster for real is accepted. */
START_TEST(test_honest_kernels_pass_while_they_are_timed)
{
        const struct row *row = &table[HONEST][_i];
        const char *name = row->cell[SOURCE];
        const char *other = first_of(row->cell[KERNEL]);
        bool slow = text_equal(name, other);
        struct scene s;

        if (!is_wanted(name) || !is_timed_run(name))
                return;
        if (text_equal(name, "honest_row_sum"))
                other = "honest_slow";
        else if (slow)
                return; /* the same program */
        set_row(&s, row, other, STAGE_S3);
        s.request.threads = 1;
        s.request.workload_count = 1;
        s.request.timeout_ns = INT64_C(30000000000);
        ck_assert_msg(run_scene(&s) == 0, "%s: %s", name, s.err.text);
        ck_assert_msg(s.result->correct, "%s: %s", name, s.result->reason);
        ck_assert(has_check(&s, "S3", "timed"));
        ck_assert(has_check(&s, "S3", "stateless"));
        printf("%s: %.3g times %s: %s\n", name, s.result->ratio, other,
               s.result->reason);
        if (strstr(s.result->reason, " is slower"))
                ck_assert_msg(strstr(s.result->reason, "workload square"),
                              "%s", s.result->reason);
        if (text_equal(other, "honest_slow"))
                ck_assert_msg(s.result->ratio > 10, "%s", s.result->reason);
        strike_scene(&s);
}
END_TEST

/* A reference is foreign code: what is wrong with it is told, and nothing is
 * said of the candidate. */
static const struct {
        const char *body, *says;
} bad_references[] = {
        {"(void)h;", "unwritten"},
        {"h[-1] = 0;", "not its own|before the start"},
        {"fork();", "not part of what a kernel may use|fork"},
        {"return 1", "error:|recurrence_ref.c"},
};

START_TEST(test_bad_references_are_told)
{
        char text[512], says[96], *other;
        struct scene s;

        snprintf(text, sizeof text,
                 "#include <stdint.h>\nint fork(void);\n"
                 "void recurrence(const float *a, const float *x, double *h,\n"
                 "int64_t B, int64_t T)\n{\n(void)a, (void)x, (void)B, "
                 "(void)T;\n%s\n}\n",
                 bad_references[_i].body);
        set_scene(&s, "recurrence.kernel", "honest_recurrence.c", NULL,
                  STAGE_S1);
        set_reference(&s, text);
        ck_assert_int_lt(run_scene(&s), 0);
        snprintf(says, sizeof says, "%s", bad_references[_i].says);
        other = strchr(says, '|');
        *(other ? other++ : says + strlen(says)) = 0;
        ck_assert_msg(strstr(s.err.text, says) ||
                              (other && strstr(s.err.text, other)),
                      "%s", s.err.text);
        ck_assert_msg(strstr(s.err.text, "recurrence_ref.c") != NULL, "%s",
                      s.err.text);
        strike_scene(&s);
}
END_TEST

/* Right every time, in what is verified and in what is timed, and yet work
 * done once for many calls: refused, or it gains nothing. Only the clock can
 * tell, so this wants a quiet machine and is asked for by name. */
START_TEST(test_kept_results_do_not_pay)
{
        const struct row *row = &table[CLOCKED][_i];
        const char *name = row->cell[SOURCE];
        const struct evaluate_check *check;
        struct scene s;

        if (!is_wanted(name) || !is_timed_run(name))
                return;
        set_row(&s, row, first_of(row->cell[KERNEL]), STAGE_S3);
        s.request.threads = 1;
        s.request.workload_count = 1;
        s.request.timeout_ns = INT64_C(30000000000);
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        check = failed_check(&s);
        printf("%s: %s\n", name, s.result->reason);
        if (check)
                ck_assert_msg(text_equal(check->name, "intercept") ||
                                      text_equal(check->name, "stateless"),
                              "%s: %s", check->name, check->detail);
        else
                ck_assert_msg(s.result->verdict != VERDICT_NONE &&
                                      s.result->ratio < 1.1,
                              "%s pays: %s", name, s.result->reason);
        strike_scene(&s);
}
END_TEST

/* Numbers hang together, whatever the machine does meanwhile. */
START_TEST(test_a_measurement_is_complete)
{
        struct scene s;
        bool confirmed = false;
        int rc;

        set_scene(&s, "softmax.kernel", "honest_polynomial.c",
                  "honest_plain.c", STAGE_S4);
        s.request.threads = 1;
        s.request.workload_count = 1;
        s.request.timeout_ns = INT64_C(30000000000);
        rc = run_scene(&s);
        if (rc == ERR_TIMEOUT) {
                printf("SKIPPED: the machine is too busy: %s\n", s.err.text);
                strike_scene(&s);
                return;
        }
        ck_assert_msg(rc == 0, "%s", s.err.text);
        ck_assert_msg(s.result->correct, "%s", s.result->reason);
        ck_assert(s.result->verdict != VERDICT_NONE);
        ck_assert(s.result->wall_ns > s.result->calls_ns);
        for (int i = 0; i < s.result->measure_count; i++) {
                const struct evaluate_measure *m = s.result->measure + i;

                ck_assert(!m->identical && m->applies);
                ck_assert(m->low <= m->ratio && m->ratio <= m->high);
                ck_assert(m->null_low <= m->null_high);
                ck_assert(m->candidate_ns > 0 && m->baseline_ns > 0);
                ck_assert_int_eq(m->sample_count, 2 * m->rounds);
                for (int k = 0; k < m->sample_count; k++)
                        ck_assert(m->candidate_sample[k] > 0 &&
                                  m->baseline_sample[k] > 0);
                confirmed |= text_equal(m->stage, "S4");
        }
        ck_assert(confirmed || s.result->verdict != VERDICT_ACCEPTED);
        strike_scene(&s);
}
END_TEST

/* It costs the time that a baseline is given, once. */
START_TEST(test_a_baseline_that_does_not_end_is_too_slow)
{
        struct scene s;

        set_scene(&s, "softmax.kernel", "honest_plain.c", "endless.c",
                  STAGE_S3);
        s.request.workload_count = 1;
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert(s.result->correct);
        ck_assert_int_eq(s.result->verdict, VERDICT_INCONCLUSIVE);
        ck_assert_msg(strstr(s.result->reason, "too slow") != NULL, "%s",
                      s.result->reason);
        strike_scene(&s);
}
END_TEST

/* The generated kernel would take minutes for the first workload, for which
 * not even inputs are made; the second one says so, and is measured. */
START_TEST(test_a_small_workload_forecasts_a_large_one)
{
        static const char text[] = "kernel many {\n"
                                   "    size N in 1..=4096\n"
                                   "    size K in 1..=100000000\n"
                                   "    in   x: f32[N]\n"
                                   "    out  y: f32[N]\n"
                                   "    y[i] = sum[k in 0..K] x[i] * x[i]\n"
                                   "    workload large N=4096 K=100000000\n"
                                   "    workload small N=64 K=100000\n"
                                   "}\n";
        static const char source[] =
                "// kevo: kernel many\n"
                "// kevo: stage all tasks N args x y\n"
                "void all(long task, const float *x, float *y, long N,\n"
                "         long K)\n"
                "{\n"
                "        (void)N;\n"
                "        y[task] = (float)K * x[task] * x[task];\n"
                "}\n";
        struct scene s;

        set_scene(&s, "row_sum.kernel", "honest_row_sum.c", NULL, STAGE_S2);
        spec_free(s.spec);
        ck_assert_int_eq(
                spec_parse(text, strlen(text), "many", &s.spec, &s.err), 0);
        s.request.spec = s.spec;
        s.request.candidate = source;
        s.request.threads = 1;
        for (int i = 0; i < 2; i++) {
                s.workload[i].name = s.spec->workload[i]->name;
                binding_from_workload(&s.workload[i].binding, s.spec,
                                      s.spec->workload[i]);
        }
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert_msg(s.result->correct, "%s", s.result->reason);
        ck_assert_int_eq(s.result->measure_count, 2);
        ck_assert_double_eq(s.result->measure[0].candidate_ns, 0);
        ck_assert(s.result->measure[0].applies);
        ck_assert(s.result->measure[1].candidate_ns > 0);
        ck_assert_double_eq_tol(s.result->fitness, s.result->measure[1].ratio,
                                1e-9 * s.result->fitness);
        strike_scene(&s);
}
END_TEST

START_TEST(test_bench_measures_the_same_program)
{
        struct scene s;

        set_scene(&s, "row_sum.kernel", "honest_row_sum.c", "honest_row_sum.c",
                  STAGE_S3);
        s.request.measure_only = true;
        s.request.timeout_ns = INT64_C(5000000000);
        s.request.cold = _i;
        s.request.workload_count = 1;
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert_msg(s.result->correct, "%s", s.result->reason);
        ck_assert_int_eq(s.result->measure_count, 1);
        ck_assert(s.result->measure[0].identical);
        ck_assert_double_eq(s.result->measure[0].ratio, 1);
        ck_assert(s.result->measure[0].candidate_ns > 0);
        ck_assert(s.result->measure[0].null_low < 1.5);
        ck_assert(s.result->measure[0].rounds > 0);
        strike_scene(&s);
}
END_TEST

START_TEST(test_a_kernel_without_a_source_is_compared_with_generated_code)
{
        struct scene s;

        set_scene(&s, "row_sum.kernel", "honest_row_sum.c", NULL, STAGE_S2);
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert_msg(s.result->correct, "%s", s.result->reason);
        ck_assert(s.result->fitness > 0);
        ck_assert_int_eq(s.result->reached, STAGE_S2);
        strike_scene(&s);
}
END_TEST

START_TEST(test_impossible_requests_are_errors_and_the_worker_lives)
{
        struct scene s;

        /* An incumbent that does not build: named. */
        set_scene(&s, "softmax.kernel", "honest_plain.c", "library_call.c",
                  STAGE_S1);
        ck_assert_int_eq(run_scene(&s), ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(s.err.text, "incumbent"));
        ck_assert_ptr_nonnull(strstr(s.err.text, "library_call.c"));
        strike_scene(&s);
        /* A size outside its domain. */
        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S1);
        s.workload[0].binding.size[0] = 1 << 20;
        ck_assert_int_eq(run_scene(&s), ERR_INPUT);
        strike_scene(&s);
        /* A candidate that is no source: wrong, not an error. */
        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S1);
        s.request.candidate = "// kevo: nonsense\n";
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert(!s.result->correct);
        ck_assert_str_eq(failed_check(&s)->name, "build");
        strike_scene(&s);
        /* And one that applies nowhere. */
        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S1);
        s.request.candidate = "// kevo: kernel softmax\n"
                              "// kevo: when N >= 1001\n"
                              "// kevo: stage rows tasks M args x y\n"
                              "void rows(long t, const float *x, float *y, "
                              "long M, long N) { }\n";
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert(!s.result->correct);
        strike_scene(&s);
        /* Model-written code needs grade A. */
        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S1);
        s.request.model_written = true;
        ck_assert_int_eq(run_scene(&s),
                         evaluator_grade(evaluator) == 'A' ? 0 : ERR_DENIED);
        strike_scene(&s);
}
END_TEST

START_TEST(test_lost_and_wrong_workers_are_said)
{
        struct evaluator *other = NULL;
        struct error err = {0};
        struct scene s;

        ck_assert_int_eq(evaluator_start(&other, "exit 3", &err), ERR_LOST);
        ck_assert_ptr_null(other);
        ck_assert_int_eq(evaluator_start(&other, "echo no worker here", &err),
                         ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "kevo worker"));
        /* Killed between requests. */
        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S1);
        ck_assert_msg(evaluator_start(&other, NULL, &err) == 0, "%s",
                      err.text);
        ck_assert_int_eq(evaluator_run(other, &s.request, &s.result, &s.err),
                         0);
        evaluate_result_free(s.result);
        kill(evaluator_pid(other), SIGKILL);
        ck_assert_int_eq(evaluator_run(other, &s.request, &s.result, &s.err),
                         ERR_LOST);
        ck_assert_int_eq(evaluator_run(other, &s.request, &s.result, &s.err),
                         ERR_LOST);
        evaluator_stop(other);
        strike_scene(&s);
}
END_TEST

static bool until_it_measures(const char *doing, void *data)
{
        char *heard = data;

        if (doing)
                snprintf(heard, 256, "%s", doing);
        return strncmp(heard, "measuring", 9) != 0;
}

/* A baseline that is found wrong while it is timed is named, and what can be
 * done, once. */
START_TEST(test_a_wrong_baseline_is_named)
{
        static const char wrong[] =
                "void row_sum(const float *x, float *y, long N, long K)\n"
                "{\n"
                "        for (long i = 0; i < N; i++) y[i] = x[i * K];\n"
                "}\n";
        struct scene s;

        set_scene(&s, "row_sum.kernel", "honest_row_sum.c", NULL, STAGE_S2);
        for (int i = 0; i < 2; i++) {
                s.workload[i].incumbent = wrong;
                s.workload[i].incumbent_label = "kernels/row_sum/generic.c";
        }
        ck_assert_int_eq(run_scene(&s), ERR_INPUT);
        ck_assert_msg(strstr(s.err.text, "kernels/row_sum/generic.c is wrong"),
                      "%s", s.err.text);
        ck_assert_ptr_nonnull(
                strstr(s.err.text,
                       "`kevo verify row_sum kernels/row_sum/generic.c`"));
        ck_assert_ptr_nonnull(strstr(s.err.text, "workload"));
        ck_assert_ptr_null(
                strstr(strstr(s.err.text, "workload") + 1, "workload"));
        strike_scene(&s);
}
END_TEST

struct heard {
        int shapes, workloads, rounds, threads;
};

static bool count_heard(const char *doing, void *data)
{
        struct heard *heard = data;

        if (!doing)
                return true;
        heard->shapes += text_starts(doing, "proving on hidden shape ");
        heard->workloads += text_starts(doing, "proving on workload ");
        heard->rounds += strstr(doing, "round 1 of at most ") != NULL;
        heard->threads += strstr(doing, "sanitizers") != NULL;
        return true;
}

/* A proof says what it is at; a search's evaluation has no time for it. */
START_TEST(test_a_proof_says_what_it_is_at)
{
        struct heard heard = {0};
        struct scene s;

        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S2);
        s.request.watch = count_heard;
        s.request.watch_data = &heard;
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert_int_eq(heard.shapes + heard.workloads + heard.rounds, 0);
        evaluate_result_free(s.result);
        s.request.stage = STAGE_S4;
        ck_assert_msg(run_scene(&s) == 0, "%s", s.err.text);
        ck_assert(s.result->correct);
        ck_assert_int_eq(heard.shapes, 9);
        ck_assert_int_eq(heard.workloads, 4);
        ck_assert_int_ge(heard.rounds, 1);
        ck_assert_int_ge(heard.threads, 1);
        strike_scene(&s);
}
END_TEST

/* Whoever waits hears what is done, and need not wait for its end. */
START_TEST(test_a_request_can_be_given_up)
{
        struct evaluator *other;
        struct error err = {0};
        char heard[256] = "";
        struct scene s;

        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S4);
        s.request.watch = until_it_measures;
        s.request.watch_data = heard;
        s.request.measure_only = true;
        ck_assert_msg(evaluator_start(&other, NULL, &err) == 0, "%s",
                      err.text);
        ck_assert_int_eq(evaluator_run(other, &s.request, &s.result, &s.err),
                         ERR_INTERRUPTED);
        ck_assert_str_eq(error_name(ERR_INTERRUPTED), "interrupted");
        ck_assert_ptr_null(s.result);
        ck_assert_int_eq(evaluator_pid(other), 0);
        evaluator_stop(other);
        strike_scene(&s);
}
END_TEST

/* A worker of some other version, or none, that says what it likes. */
START_TEST(test_a_result_of_no_workload_is_refused)
{
        static const char *const said[] = {
                "{\"is\": \"hello\", \"protocol\": 2, \"environment\": \"{}\","
                " \"environment_hash\": \"a\", \"grade\": \"A\"}",
                "{\"is\": \"result\", \"result\":"
                " {\"measures\": [{\"workload\": 2}]}}"};
        char path[LIMIT_PATH_BYTES + 16], command[LIMIT_PATH_BYTES + 64];
        struct evaluator *other = NULL;
        struct error err = {0};
        struct scene s;
        struct buf text;

        buf_init(&text, 4096);
        for (int i = 0; i < 2; i++)
                buf_printf(&text, "%08zx\n%s", strlen(said[i]), said[i]);
        snprintf(path, sizeof path, "%s/said", folder);
        snprintf(command, sizeof command, "cat '%s'; cat >/dev/null", path);
        ck_assert(file_write(path, text.data, text.length, 0600, &err) == 0);
        buf_dispose(&text);
        ck_assert_msg(evaluator_start(&other, command, &err) == 0, "%s",
                      err.text);
        set_scene(&s, "softmax.kernel", "honest_plain.c", "honest_plain.c",
                  STAGE_S1);
        ck_assert_int_eq(evaluator_run(other, &s.request, &s.result, &s.err),
                         ERR_INPUT);
        ck_assert_ptr_null(s.result);
        ck_assert_msg(strstr(s.err.text, "workload") != NULL, "%s",
                      s.err.text);
        evaluator_stop(other);
        strike_scene(&s);
}
END_TEST

static Suite *make_suite(void)
{
        Suite *suite = suite_create("evaluation");
        TCase *tests = tcase_create("evaluation");
        TCase *attacks = tcase_create("attacks");
        TCase *honest = tcase_create("honest");
        TCase *clocked = tcase_create("clocked"); /* see CK_RUN_CASE */
        TCase *timed = tcase_create("timed");

        tcase_set_timeout(tests, 280);
        tcase_add_test(tests, test_every_source_has_a_row);
        tcase_set_timeout(attacks, 280);
        tcase_add_loop_test(attacks, test_attacks_are_refused, 0,
                            rows[ATTACKS]);
        suite_add_tcase(suite, attacks);
        tcase_set_timeout(honest, 280);
        tcase_add_loop_test(honest, test_honest_kernels_pass_every_stage, 0,
                            rows[HONEST]);
        suite_add_tcase(suite, honest);
        tcase_add_test(
                tests,
                test_honest_kernels_pass_on_all_instances_of_a_campaign);
        tcase_add_loop_test(tests, test_bad_references_are_told, 0,
                            sizeof bad_references / sizeof *bad_references);
        tcase_add_test(tests, test_a_measurement_is_complete);
        tcase_add_test(tests, test_a_baseline_that_does_not_end_is_too_slow);
        tcase_add_test(tests, test_a_small_workload_forecasts_a_large_one);
        tcase_add_loop_test(tests, test_bench_measures_the_same_program, 0, 2);
        tcase_add_test(
                tests,
                test_a_kernel_without_a_source_is_compared_with_generated_code);
        tcase_add_test(
                tests,
                test_impossible_requests_are_errors_and_the_worker_lives);
        tcase_add_test(tests, test_lost_and_wrong_workers_are_said);
        tcase_add_test(tests, test_a_wrong_baseline_is_named);
        tcase_add_test(tests, test_a_proof_says_what_it_is_at);
        tcase_add_test(tests, test_a_request_can_be_given_up);
        tcase_add_test(tests, test_a_result_of_no_workload_is_refused);
        suite_add_tcase(suite, tests);
        tcase_set_timeout(clocked, 280);
        tcase_add_loop_test(clocked, test_kept_results_do_not_pay, 0,
                            rows[CLOCKED]);
        suite_add_tcase(suite, clocked);
        tcase_set_timeout(timed, 280);
        tcase_add_loop_test(timed,
                            test_honest_kernels_pass_while_they_are_timed, 0,
                            rows[HONEST]);
        suite_add_tcase(suite, timed);
        return suite;
}

int main(int argc, char **argv)
{
        struct error err = {0};
        char text[256];
        SRunner *runner;
        int failed = 1;

        if (argc > 1 && text_equal(argv[1], "worker"))
                return worker_main(0, 1);
        unsetenv("KEVO_WORKER");
        if (!proc_sandbox_works(text) && !getenv("KEVO_UNSANDBOXED")) {
                printf("SKIPPED: compilers cannot be sandboxed here: %s\n",
                       text);
                return 0;
        }
        if (!read_tables(&err)) {
                fprintf(stderr, "tests/adversary/README.md: %s\n", err.text);
                return 1;
        }
        if (file_make_temporary(folder, &err) < 0 ||
            setenv("XDG_CACHE_HOME", folder, 1) < 0 ||
            evaluator_start(&evaluator, NULL, &err) < 0) {
                fprintf(stderr, "%s\n", err.text);
                return 1;
        }
        if (evaluator_grade(evaluator) == '-') {
                printf("SKIPPED: %s\n", evaluator_grade_reason(evaluator));
                failed = 0;
                goto out;
        }
        printf("cells of grade %c %s\n", evaluator_grade(evaluator),
               evaluator_grade_reason(evaluator));
        fflush(stdout);
        runner = srunner_create(make_suite());
        srunner_set_fork_status(runner, CK_NOFORK); /* one worker for all */
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
out:
        evaluator_stop(evaluator);
        file_remove_tree(folder);
        free(readme);
        return failed != 0;
}
