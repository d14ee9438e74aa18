/* See bench_table.h. */
#include "cli/bench_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "cli/trial.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/json.h"
#include "core/text.h"
#include "search/floor.h"
#include "spec/costs.h"
#include "store/records.h"

/* Means over the rows so far: of the best of PyTorch's two, and of plain C. */
struct mean {
        double sum, least;
        int count;
};

/* Why some cells are empty: once a reason, with the rows it is for. */
struct gap {
        char *what; /* "torch.compile: no script for this kernel" */
        struct buf kernels;
        char last[LIMIT_NAME_BYTES + 1]; /* kernel noted last */
};

enum { GAPS = 64, GAP_BYTES = 16 << 10 };

struct table {
        struct cli_context *context;
        int threads;
        bool any_wrong;
        cJSON *rows; /* NULL: Markdown */
        struct mean torch, plain;
        struct gap gap[GAPS];
        int gaps;
};

static const char *const outside_names[] = {"openblas", "pytorch",
                                            "torch.compile"};
enum { OUTSIDES = sizeof outside_names / sizeof *outside_names };

static void add_to(struct mean *mean, double ratio)
{
        if (!(ratio > 0))
                return;
        mean->sum += log(ratio);
        mean->least = mean->count && mean->least < ratio ? mean->least : ratio;
        mean->count++;
}

static double value_of(const struct mean *mean)
{
        return mean->count ? exp(mean->sum / mean->count) : 0;
}

/* --- what is measured ------------------------------------------------- */

static bool is_win(const struct record_verdict *v, const struct subject *s,
                   const char *environment)
{
        return (text_equal(v->verdict, "accepted") ||
                text_equal(v->verdict, "first")) &&
               text_equal(v->spec_hash, s->kernel->spec->hash) &&
               text_equal(v->environment_hash, environment);
}

/* The source that won clearest here, merged or not; else what the repository
 * dispatches to. */
static int take_best(struct table *t, const struct subject *s,
                     struct cli_trial *trial, struct error *err)
{
        struct store *store = t->context->store;
        struct record_verdict **list = NULL;
        const struct subject_workload *w = s->workload;
        const char *first = NULL;
        int count = 0, best = -1, rc;

        rc = record_verdict_list(store, NULL, s->kernel->name,
                                 s->hardware->name, 0, &list, &count, err);
        if (rc < 0)
                return rc;
        for (int i = 0; i < count; i++) {
                if (is_win(list[i], s, t->context->environment_hash) &&
                    (best < 0 || list[i]->low > list[best]->low))
                        best = i;
        }
        trial->language = "c";
        if (best >= 0 && record_source_text(store, list[best]->source_hash,
                                            &trial->text, NULL) == 0) {
                if (asprintf(&trial->label, "verdict %lld",
                             (long long)list[best]->id) < 0)
                        trial->label = NULL;
        } else if (w->incumbent) {
                trial->text = strdup(w->incumbent->source->text);
                trial->label = strdup(w->incumbent->path);
                trial->language = w->incumbent->source->language;
        } else {
                rc = subject_first(s, &first, err);
                trial->text = rc < 0 ? NULL : strdup(first);
                trial->label = strdup(w->label);
        }
        record_verdicts_free(list, count);
        if (rc < 0)
                return rc;
        return trial->text && trial->label ? 0 : error_memory(err);
}

/* Plain C: the team's portable source, else the generated first kernel. */
static int take_plain(const struct subject *s, struct cli_trial *trial,
                      struct error *err)
{
        const char *text = s->first_text, *label = "generated";
        int rc = 0;

        for (int i = 0; i < s->kernel->variant_count; i++) {
                const struct variant *v = s->kernel->variant + i;

                if (text_equal(v->target, "generic") && v->source &&
                    text_equal(v->source->language, "c")) {
                        text = v->source->text;
                        label = v->path;
                }
        }
        if (!text)
                rc = subject_first(s, &text, err);
        if (rc < 0)
                return rc;
        trial->against = strdup(text);
        trial->against_label = strdup(label);
        trial->against_language = "c";
        return trial->against && trial->against_label ? 0 : error_memory(err);
}

/* --- rows ------------------------------------------------------------- */

static const struct evaluate_outside *find_outside(
        const struct evaluate_result *r, int workload, const char *name)
{
        for (int i = 0; i < r->outside_count; i++) {
                const struct evaluate_outside *o = r->outside + i;

                if (o->workload == workload && o->ratio > 0 &&
                    text_equal(o->name, name))
                        return o;
        }
        return NULL;
}

/* Why it is not there. What could not be had at one workload was not tried at
 * the others. */
static const char *why_not(const struct evaluate_result *r, int workload,
                           const char *name)
{
        const char *any = NULL;

        for (int i = 0; i < r->outside_count; i++) {
                const struct evaluate_outside *o = r->outside + i;

                if (!text_equal(o->name, name) || !*o->skipped)
                        continue;
                if (o->workload == workload)
                        return o->skipped;
                any = o->skipped;
        }
        return any ? any
                   : "no time was left (\"baselines\": {\"seconds\"} of the "
                     "host file)";
}

static void note_gap(struct table *t, const char *kernel, const char *name,
                     const char *why)
{
        struct gap *gap = t->gap;
        char what[512];

        snprintf(what, sizeof what, "%s: %s", name, why);
        while (gap < t->gap + t->gaps && !text_equal(gap->what, what))
                gap++;
        if (gap == t->gap + GAPS)
                return;
        if (gap == t->gap + t->gaps) {
                gap->what = strdup(what);
                if (!gap->what)
                        return;
                buf_init(&gap->kernels, GAP_BYTES);
                t->gaps++;
        }
        if (text_equal(gap->last, kernel))
                return;
        snprintf(gap->last, sizeof gap->last, "%s", kernel);
        buf_printf(&gap->kernels, "%s%s", gap->kernels.length ? ", " : "",
                   kernel);
}

/* How near the kernel is to what the machine can do: a share of measured
 * bandwidth, or for products the rate of operations. */
static void find_share(const struct subject *s, int workload, double ns,
                       int threads, double *share, double *rate)
{
        struct costs costs;

        *share = *rate = 0;
        costs_of(s->kernel->spec, &s->workload[workload].binding, &costs);
        if (!(ns > 0))
                return;
        if (costs.contraction)
                *rate = 2 * costs.multiply_adds / ns;
        else if (text_equal(s->backend->kind, "cpu"))
                *share =
                        costs_floor_ns(
                                &costs,
                                floor_bandwidth(&costs, s->cold, threads), 0) /
                        ns;
}

static cJSON *interval_json(double ratio, double low, double high)
{
        cJSON *json = cJSON_CreateObject();

        cJSON_AddNumberToObject(json, "ratio", ratio);
        cJSON_AddNumberToObject(json, "low", low);
        cJSON_AddNumberToObject(json, "high", high);
        return json;
}

static void put_json(struct table *t, const struct subject *s,
                     const struct cli_trial *trial,
                     const struct evaluate_result *r,
                     const struct evaluate_measure *m, double share,
                     double rate)
{
        cJSON *row = cJSON_CreateObject();

        cJSON_AddStringToObject(row, "kernel", s->kernel->name);
        cJSON_AddStringToObject(row, "workload",
                                s->workload[m->workload].text);
        cJSON_AddStringToObject(row, "source", trial->label);
        cJSON_AddNumberToObject(row, "ns", m->candidate_ns);
        cJSON_AddNumberToObject(row, "bandwidth_share", share);
        cJSON_AddNumberToObject(row, "gflops", rate);
        cJSON_AddNumberToObject(row, "threads", r->threads);
        cJSON_AddItemToObject(row, trial->against_label,
                              interval_json(m->ratio, m->low, m->high));
        for (int i = 0; i < OUTSIDES; i++) {
                const struct evaluate_outside *o =
                        find_outside(r, m->workload, outside_names[i]);
                cJSON *one;

                if (!o) {
                        one = cJSON_AddObjectToObject(row, outside_names[i]);
                        cJSON_AddStringToObject(
                                one, "not_measured",
                                why_not(r, m->workload, outside_names[i]));
                        continue;
                }
                one = interval_json(o->ratio, o->low, o->high);
                cJSON_AddStringToObject(one, "version", o->version);
                cJSON_AddItemToObject(row, outside_names[i], one);
        }
        cJSON_AddItemToArray(t->rows, row);
}

static void put_markdown(struct table *t, const struct subject *s,
                         const struct cli_trial *trial,
                         const struct evaluate_result *r,
                         const struct evaluate_measure *m, double share,
                         double rate)
{
        char time[32];

        clock_format((int64_t)m->candidate_ns, time);
        printf("| %s | %s | %s |", s->kernel->name,
               s->workload[m->workload].text, time);
        if (rate > 0)
                printf(" %.0f GFLOP/s |", rate);
        else
                printf(" %.0f %% of bandwidth |", 100 * share);
        printf(" %.2f (%.2f to %.2f)%s |", m->ratio, m->low, m->high,
               text_equal(trial->against_label, "generated") ? " g" : "");
        for (int i = 0; i < OUTSIDES; i++) {
                const struct evaluate_outside *o =
                        find_outside(r, m->workload, outside_names[i]);

                if (o) {
                        printf(" %.2f (%.2f to %.2f) |", o->ratio, o->low,
                               o->high);
                        continue;
                }
                printf(" - |");
                note_gap(t, s->kernel->name, outside_names[i],
                         why_not(r, m->workload, outside_names[i]));
        }
        printf("\n");
        fflush(stdout);
}

static void put_row(struct table *t, const struct subject *s,
                    const struct cli_trial *trial,
                    const struct evaluate_result *r,
                    const struct evaluate_measure *m)
{
        const struct evaluate_outside *eager =
                find_outside(r, m->workload, "pytorch");
        const struct evaluate_outside *compiled =
                find_outside(r, m->workload, "torch.compile");
        double share, rate, torch;

        torch = eager ? eager->ratio : 0;
        if (compiled && (torch <= 0 || compiled->ratio < torch))
                torch = compiled->ratio;
        add_to(&t->torch, torch);
        add_to(&t->plain, m->ratio);
        find_share(s, m->workload, m->candidate_ns, r->threads, &share, &rate);
        if (t->rows)
                put_json(t, s, trial, r, m, share, rate);
        else
                put_markdown(t, s, trial, r, m, share, rate);
}

static void put_no_row(struct table *t, const struct subject *s,
                       const struct evaluate_measure *m)
{
        const char *sizes = s->workload[m->workload].text;
        const char *why = cli_not_measured(m);
        cJSON *row;

        if (!t->rows) {
                note_gap(t, s->kernel->name, sizes, why);
                return;
        }
        row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "kernel", s->kernel->name);
        cJSON_AddStringToObject(row, "workload", sizes);
        cJSON_AddStringToObject(row, "not_measured", why);
        cJSON_AddItemToArray(t->rows, row);
}

/* --- kernels ---------------------------------------------------------- */

static void put_kernel(struct table *t, const struct subject *s,
                       const struct cli_trial *trial,
                       const struct evaluate_result *r)
{
        if (!r->correct) {
                t->any_wrong = true;
                fprintf(stderr, "%s: %s is WRONG: %s\n", s->kernel->name,
                        trial->label, r->reason ? r->reason : "");
                return;
        }
        for (int i = 0; i < r->measure_count; i++) {
                const struct evaluate_measure *m = r->measure + i;

                if (!evaluate_measure_counts(r, i))
                        continue;
                if (m->candidate_ns > 0)
                        put_row(t, s, trial, r, m);
                else
                        put_no_row(t, s, m);
        }
}

static int measure_kernel(struct table *t, const struct kernel *kernel,
                          struct error *err)
{
        struct cli_trial trial = {.outside = true, .quiet = t->rows != NULL};
        struct evaluate_result *result = NULL;
        struct subject *subject = NULL;
        int rc = cli_make_subject(t->context, kernel, &subject, err);

        if (rc == 0)
                rc = take_best(t, subject, &trial, err);
        if (rc == 0)
                rc = take_plain(subject, &trial, err);
        if (rc == 0)
                rc = cli_trial_run(t->context, subject, &trial, STAGE_S3,
                                   t->threads, true, &result, err);
        if (rc == 0)
                put_kernel(t, subject, &trial, result);
        evaluate_result_free(result);
        cli_trial_dispose(&trial);
        subject_free(subject);
        return rc;
}

/* One kernel that cannot be measured does not take the others along. */
static int measure_or_say(struct table *t, const struct kernel *kernel,
                          struct error *err)
{
        struct error why = {0};
        int rc = measure_kernel(t, kernel, &why);

        if (rc == ERR_MEMORY || rc == ERR_IO) {
                *err = why;
                return rc;
        }
        if (rc < 0) {
                t->any_wrong = true;
                fprintf(stderr, "%s: %s\n", kernel->name, why.text);
        }
        return 0;
}

static void begin(const struct table *t)
{
        if (t->rows)
                return;
        printf("Ratios: the other's time / ours, medians of paired rounds "
               "with their intervals, one session a row. Plain C is the "
               "repository's generic.c; g: the code that kevo generates from "
               "the spec.\n\n"
               "| kernel | sizes | time | speed | plain C | OpenBLAS | "
               "PyTorch eager | torch.compile |\n"
               "|---|---|---|---|---|---|---|---|\n");
}

static cJSON *mean_json(const struct mean *mean)
{
        cJSON *json = cJSON_CreateObject();

        cJSON_AddNumberToObject(json, "geometric_mean", value_of(mean));
        cJSON_AddNumberToObject(json, "least", mean->least);
        cJSON_AddNumberToObject(json, "rows", mean->count);
        return json;
}

static void put_mean(const struct mean *mean, const char *against)
{
        if (mean->count == 0)
                printf("No row could be compared with %s.\n", against);
        else
                printf("Geometric mean over %d row%s against %s: %.2f, least "
                       "%.2f.\n",
                       mean->count, mean->count == 1 ? "" : "s", against,
                       value_of(mean), mean->least);
}

static void finish(struct table *t)
{
        cJSON *json;
        char *text;

        if (!t->rows) {
                printf("\n");
                put_mean(&t->torch, "the better of eager and torch.compile");
                put_mean(&t->plain, "plain C");
                for (int i = 0; i < t->gaps; i++)
                        printf("%s%s (%s)\n", i ? "" : "\nNot measured:\n\n",
                               t->gap[i].what, t->gap[i].kernels.data);
                return;
        }
        json = cJSON_CreateObject();
        cJSON_AddItemToObject(json, "rows", t->rows);
        t->rows = NULL;
        cJSON_AddItemToObject(json, "pytorch", mean_json(&t->torch));
        cJSON_AddItemToObject(json, "generic", mean_json(&t->plain));
        text = json_print(json);
        printf("%s\n", text ? text : "{}");
        free(text);
        cJSON_Delete(json);
}

static bool has_workload(const struct kernel *kernel)
{
        return kernel->spec->workload_count > 0 || kernel->call_count > 0;
}

int bench_table(struct cli_context *context, char *const *names, int count,
                int threads, bool json, struct error *err)
{
        const struct repository *r = context->repository;
        struct table t = {.context = context, .threads = threads};
        const struct kernel *kernel;
        int rc = 0;

        if (json)
                t.rows = cJSON_CreateArray();
        begin(&t);
        for (int i = 0; i < count && rc == 0; i++) {
                rc = cli_find_kernel(context, names[i], &kernel, err);
                if (rc == 0)
                        rc = measure_or_say(&t, kernel, err);
        }
        for (int i = 0; i < r->kernel_count && !count && rc == 0; i++) {
                if (has_workload(r->kernel + i))
                        rc = measure_or_say(&t, r->kernel + i, err);
        }
        if (rc == 0)
                finish(&t);
        for (int i = 0; i < t.gaps; i++) {
                free(t.gap[i].what);
                buf_dispose(&t.gap[i].kernels);
        }
        cJSON_Delete(t.rows);
        return rc < 0 ? rc : t.any_wrong;
}
