/*
 * Results: their life, and the JSON in which they travel from the worker and
 * are stored.
 */
#include "evaluate/result.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"

enum { ROWS_MAX = 4096, SAMPLES_MAX = 4096 };

static const char *const verdicts[] = {[VERDICT_NONE] = "none",
                                       [VERDICT_ACCEPTED] = "accepted",
                                       [VERDICT_FIRST] = "first",
                                       [VERDICT_REJECTED] = "rejected",
                                       [VERDICT_INCONCLUSIVE] = "inconclusive",
                                       [VERDICT_SUSPECT] = "suspect"};

enum { VERDICTS = sizeof verdicts / sizeof *verdicts };

const char *verdict_name(enum verdict verdict)
{
        return (unsigned)verdict < VERDICTS ? verdicts[verdict] : "none";
}

enum verdict verdict_from_name(const char *name)
{
        for (int i = 0; i < VERDICTS; i++) {
                if (text_equal(name, verdicts[i]))
                        return (enum verdict)i;
        }
        return VERDICT_NONE;
}

const char *stage_name(enum stage_level stage)
{
        static const char *const names[] = {"S0", "S1", "S2", "S3", "S4"};

        return (unsigned)stage <= STAGE_S4 ? names[stage] : "?";
}

struct evaluate_result *result_new(void)
{
        struct evaluate_result *r = calloc(1, sizeof *r);

        if (r) {
                r->reason = strdup("");
                r->environment = strdup("{}");
                r->seeds = strdup("[]");
        }
        if (r && (!r->reason || !r->environment || !r->seeds)) {
                evaluate_result_free(r);
                r = NULL;
        }
        return r;
}

void evaluate_result_free(struct evaluate_result *r)
{
        if (!r)
                return;
        for (int i = 0; i < r->check_count; i++) {
                free(r->check[i].detail);
                free(r->check[i].hidden);
        }
        for (int i = 0; i < r->measure_count; i++) {
                free(r->measure[i].candidate_sample);
                free(r->measure[i].baseline_sample);
        }
        free(r->check);
        free(r->measure);
        free(r->outside);
        free(r->reason);
        free(r->environment);
        free(r->seeds);
        free(r);
}

/* Room for one more element at powers of two. */
static bool grow(void **list, int count, size_t size)
{
        void *bigger;

        if (count && (count & (count - 1)))
                return true;
        bigger = realloc(*list, (size_t)(count ? 2 * count : 1) * size);
        if (!bigger)
                return false;
        *list = bigger;
        return true;
}

int result_add_check(struct evaluate_result *r, enum stage_level stage,
                     const char *name, bool passed, const char *detail,
                     const char *hidden, struct error *err)
{
        struct evaluate_check *c;

        if (r->check_count >= ROWS_MAX)
                return error_set(err, ERR_LIMIT, "too many checks");
        if (!grow((void **)&r->check, r->check_count, sizeof *r->check))
                return error_memory(err);
        c = r->check + r->check_count;
        *c = (struct evaluate_check){.passed = passed};
        snprintf(c->name, sizeof c->name, "%s", name);
        snprintf(c->stage, sizeof c->stage, "%s", stage_name(stage));
        c->detail = strdup(detail);
        c->hidden = strdup(hidden);
        if (!c->detail || !c->hidden) {
                free(c->detail);
                free(c->hidden);
                return error_memory(err);
        }
        r->check_count++;
        return 0;
}

int result_add_measure(struct evaluate_result *r, const char *stage,
                       int workload, struct evaluate_measure **measure,
                       struct error *err)
{
        if (r->measure_count >= ROWS_MAX)
                return error_set(err, ERR_LIMIT, "too many measurements");
        if (!grow((void **)&r->measure, r->measure_count, sizeof *r->measure))
                return error_memory(err);
        *measure = r->measure + r->measure_count++;
        **measure = (struct evaluate_measure){.workload = workload,
                                              .applies = true};
        snprintf((*measure)->stage, sizeof(*measure)->stage, "%s", stage);
        return 0;
}

static bool judges(const struct evaluate_measure *measure)
{
        return measure->stage[0] == 'S';
}

bool evaluate_measure_counts(const struct evaluate_result *r, int number)
{
        const struct evaluate_measure *m = r->measure + number;

        for (int i = number + 1; i < r->measure_count; i++) {
                if (r->measure[i].workload == m->workload &&
                    judges(r->measure + i))
                        return false;
        }
        return judges(m);
}

bool evaluate_was_late(const struct evaluate_result *r)
{
        bool late = false;

        for (int i = 0; i < r->check_count; i++) {
                if (r->check[i].passed)
                        continue;
                if (!r->check[i].late)
                        return false;
                late = true;
        }
        return late;
}

int result_add_outside(struct evaluate_result *r, int workload,
                       const char *name, struct evaluate_outside **outside,
                       struct error *err)
{
        if (r->outside_count >= ROWS_MAX)
                return error_set(err, ERR_LIMIT, "too many baselines");
        if (!grow((void **)&r->outside, r->outside_count, sizeof *r->outside))
                return error_memory(err);
        *outside = r->outside + r->outside_count++;
        **outside = (struct evaluate_outside){.workload = workload};
        snprintf((*outside)->name, sizeof(*outside)->name, "%s", name);
        return 0;
}

int result_set_reason(struct evaluate_result *r, const char *format, ...)
{
        va_list args;
        char *text = NULL;

        va_start(args, format);
        if (vasprintf(&text, format, args) < 0)
                text = NULL;
        va_end(args);
        if (!text)
                return ERR_MEMORY;
        free(r->reason);
        r->reason = text;
        return 0;
}

/* --- to JSON ---------------------------------------------------------- */

static void add_checks(cJSON *json, const struct evaluate_result *r)
{
        cJSON *list = cJSON_AddArrayToObject(json, "checks");

        for (int i = 0; i < r->check_count; i++) {
                const struct evaluate_check *c = r->check + i;
                cJSON *row = cJSON_CreateObject();

                cJSON_AddStringToObject(row, "name", c->name);
                cJSON_AddStringToObject(row, "stage", c->stage);
                cJSON_AddBoolToObject(row, "passed", c->passed);
                cJSON_AddBoolToObject(row, "late", c->late);
                cJSON_AddStringToObject(row, "detail", c->detail);
                cJSON_AddStringToObject(row, "hidden", c->hidden);
                json_append(list, row);
        }
}

static void add_samples(cJSON *row, const char *key, const double *sample,
                        int count)
{
        json_add(row, key, cJSON_CreateDoubleArray(sample, count));
}

static void add_measures(cJSON *json, const struct evaluate_result *r,
                         bool samples)
{
        cJSON *list = cJSON_AddArrayToObject(json, "measures");

        for (int i = 0; i < r->measure_count; i++) {
                const struct evaluate_measure *m = r->measure + i;
                cJSON *row = cJSON_CreateObject();

                cJSON_AddNumberToObject(row, "workload", m->workload);
                cJSON_AddStringToObject(row, "stage", m->stage);
                cJSON_AddBoolToObject(row, "identical", m->identical);
                cJSON_AddBoolToObject(row, "applies", m->applies);
                cJSON_AddBoolToObject(row, "cold", m->cold);
                cJSON_AddNumberToObject(row, "ratio", m->ratio);
                cJSON_AddNumberToObject(row, "low", m->low);
                cJSON_AddNumberToObject(row, "high", m->high);
                cJSON_AddNumberToObject(row, "null_low", m->null_low);
                cJSON_AddNumberToObject(row, "null_high", m->null_high);
                cJSON_AddNumberToObject(row, "candidate_ns", m->candidate_ns);
                cJSON_AddNumberToObject(row, "baseline_ns", m->baseline_ns);
                cJSON_AddNumberToObject(row, "rounds", m->rounds);
                cJSON_AddStringToObject(row, "baseline_identity",
                                        m->baseline_identity);
                if (samples) {
                        add_samples(row, "candidate_sample",
                                    m->candidate_sample, m->sample_count);
                        add_samples(row, "baseline_sample", m->baseline_sample,
                                    m->sample_count);
                }
                json_append(list, row);
        }
}

static void add_outsides(cJSON *json, const struct evaluate_result *r)
{
        cJSON *list = cJSON_AddArrayToObject(json, "outside");

        for (int i = 0; i < r->outside_count; i++) {
                const struct evaluate_outside *o = r->outside + i;
                cJSON *row = cJSON_CreateObject();

                cJSON_AddNumberToObject(row, "workload", o->workload);
                cJSON_AddStringToObject(row, "name", o->name);
                cJSON_AddStringToObject(row, "version", o->version);
                cJSON_AddStringToObject(row, "skipped", o->skipped);
                cJSON_AddNumberToObject(row, "ratio", o->ratio);
                cJSON_AddNumberToObject(row, "low", o->low);
                cJSON_AddNumberToObject(row, "high", o->high);
                cJSON_AddNumberToObject(row, "outside_ns", o->outside_ns);
                cJSON_AddNumberToObject(row, "candidate_ns", o->candidate_ns);
                cJSON_AddNumberToObject(row, "rounds", o->rounds);
                json_append(list, row);
        }
}

/* A text that is JSON becomes a value, else a string. */
static void add_value(cJSON *json, const char *key, const char *text)
{
        cJSON *value = cJSON_Parse(text);

        json_add(json, key, value ? value : cJSON_CreateString(text));
}

cJSON *evaluate_result_to_json(const struct evaluate_result *r, bool samples)
{
        cJSON *json = json_begin();
        char grade[2] = {r->grade, 0};

        cJSON_AddStringToObject(json, "reached", stage_name(r->reached));
        cJSON_AddBoolToObject(json, "correct", r->correct);
        cJSON_AddStringToObject(json, "verdict", verdict_name(r->verdict));
        cJSON_AddStringToObject(json, "reason", r->reason);
        cJSON_AddStringToObject(json, "identity", r->identity);
        add_value(json, "environment", r->environment);
        cJSON_AddStringToObject(json, "environment_hash", r->environment_hash);
        cJSON_AddStringToObject(json, "grade", grade);
        cJSON_AddNumberToObject(json, "method", EVALUATE_METHOD);
        cJSON_AddNumberToObject(json, "threads", r->threads);
        cJSON_AddNumberToObject(json, "fitness", r->fitness);
        cJSON_AddNumberToObject(json, "ratio", r->ratio);
        cJSON_AddNumberToObject(json, "low", r->low);
        cJSON_AddNumberToObject(json, "high", r->high);
        cJSON_AddNumberToObject(json, "wall_ns", (double)r->wall_ns);
        cJSON_AddNumberToObject(json, "compile_ns", (double)r->compile_ns);
        cJSON_AddNumberToObject(json, "calls_ns", (double)r->calls_ns);
        add_value(json, "seeds", r->seeds);
        add_checks(json, r);
        add_measures(json, r, samples);
        add_outsides(json, r);
        return json_whole(json);
}

/* --- from JSON -------------------------------------------------------- */

static const char *text_of(const cJSON *json, const char *key)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);

        return cJSON_IsString(item) ? item->valuestring : "";
}

static double number_of(const cJSON *json, const char *key)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);

        return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

/* 0 for what is no whole number. */
static int64_t whole_of(const cJSON *json, const char *key)
{
        int64_t value;

        return json_to_int64(cJSON_GetObjectItemCaseSensitive(json, key),
                             &value)
                       ? value
                       : 0;
}

static int int_of(const cJSON *json, const char *key)
{
        int64_t value = whole_of(json, key);

        return value < INT_MIN || value > INT_MAX ? 0 : (int)value;
}

static bool truth_of(const cJSON *json, const char *key)
{
        return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, key));
}

static enum stage_level stage_from_name(const char *name)
{
        for (int i = STAGE_S0; i <= STAGE_S4; i++) {
                if (text_equal(name, stage_name((enum stage_level)i)))
                        return (enum stage_level)i;
        }
        return STAGE_S0;
}

/* Which workload of the request a row is of: the client looks whether the
 * request has it. */
static int read_workload(const cJSON *row, int *workload, struct error *err)
{
        *workload = int_of(row, "workload");
        if (*workload >= 0 && *workload < LIMIT_WORKLOADS)
                return 0;
        return error_set(err, ERR_INPUT, "a result of workload %d", *workload);
}

/* An array of numbers as doubles of at most SAMPLES_MAX. */
static int read_samples(const cJSON *row, const char *key, double **sample,
                        int *count, struct error *err)
{
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(row, key);
        const cJSON *item;
        int n = cJSON_GetArraySize(list), i = 0;

        *sample = NULL;
        *count = 0;
        if (n < 1)
                return 0;
        if (n > SAMPLES_MAX)
                return error_set(err, ERR_LIMIT, "a result with %d samples",
                                 n);
        *sample = calloc((size_t)n, sizeof **sample);
        if (!*sample)
                return error_memory(err);
        cJSON_ArrayForEach(item, list)(*sample)[i++] =
                cJSON_IsNumber(item) ? item->valuedouble : 0;
        *count = n;
        return 0;
}

static int read_measure(struct evaluate_result *r, const cJSON *row,
                        struct error *err)
{
        struct evaluate_measure *m;
        int count = 0, workload, rc = read_workload(row, &workload, err);

        if (rc == 0)
                rc = result_add_measure(r, text_of(row, "stage"), workload, &m,
                                        err);
        if (rc < 0)
                return rc;
        m->identical = truth_of(row, "identical");
        m->applies = truth_of(row, "applies");
        m->cold = truth_of(row, "cold");
        m->ratio = number_of(row, "ratio");
        m->low = number_of(row, "low");
        m->high = number_of(row, "high");
        m->null_low = number_of(row, "null_low");
        m->null_high = number_of(row, "null_high");
        m->candidate_ns = number_of(row, "candidate_ns");
        m->baseline_ns = number_of(row, "baseline_ns");
        m->rounds = int_of(row, "rounds");
        snprintf(m->baseline_identity, sizeof m->baseline_identity, "%.64s",
                 text_of(row, "baseline_identity"));
        rc = read_samples(row, "candidate_sample", &m->candidate_sample,
                          &count, err);
        if (rc == 0)
                rc = read_samples(row, "baseline_sample", &m->baseline_sample,
                                  &m->sample_count, err);
        if (rc == 0 && count != m->sample_count)
                rc = error_set(err, ERR_INPUT,
                               "a result whose samples are not paired");
        return rc;
}

static int read_outside(struct evaluate_result *r, const cJSON *row,
                        struct error *err)
{
        struct evaluate_outside *o;
        int workload, rc = read_workload(row, &workload, err);

        if (rc == 0)
                rc = result_add_outside(r, workload, text_of(row, "name"), &o,
                                        err);
        if (rc < 0)
                return rc;
        snprintf(o->version, sizeof o->version, "%s", text_of(row, "version"));
        snprintf(o->skipped, sizeof o->skipped, "%s", text_of(row, "skipped"));
        o->ratio = number_of(row, "ratio");
        o->low = number_of(row, "low");
        o->high = number_of(row, "high");
        o->outside_ns = number_of(row, "outside_ns");
        o->candidate_ns = number_of(row, "candidate_ns");
        o->rounds = int_of(row, "rounds");
        return 0;
}

static int read_lists(struct evaluate_result *r, const cJSON *json,
                      struct error *err)
{
        const cJSON *row;
        int rc = 0;

        cJSON_ArrayForEach(row,
                           cJSON_GetObjectItemCaseSensitive(json, "checks"))
        {
                rc = result_add_check(
                        r, stage_from_name(text_of(row, "stage")),
                        text_of(row, "name"), truth_of(row, "passed"),
                        text_of(row, "detail"), text_of(row, "hidden"), err);
                if (rc < 0)
                        return rc;
                r->check[r->check_count - 1].late = truth_of(row, "late");
        }
        cJSON_ArrayForEach(row,
                           cJSON_GetObjectItemCaseSensitive(json, "measures"))
        {
                rc = read_measure(r, row, err);
                if (rc < 0)
                        return rc;
        }
        cJSON_ArrayForEach(row,
                           cJSON_GetObjectItemCaseSensitive(json, "outside"))
        {
                rc = read_outside(r, row, err);
                if (rc < 0)
                        return rc;
        }
        return 0;
}

/* Replace *text by a printed value. */
static int read_value(const cJSON *json, const char *key, char **text,
                      struct error *err)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
        char *printed;

        if (!item)
                return 0;
        printed = cJSON_IsString(item) ? strdup(item->valuestring)
                                       : json_print(item);
        if (!printed)
                return error_memory(err);
        free(*text);
        *text = printed;
        return 0;
}

int evaluate_result_from_json(const cJSON *json,
                              struct evaluate_result **result,
                              struct error *err)
{
        struct evaluate_result *r;
        int rc;

        *result = NULL;
        if (!cJSON_IsObject(json))
                return error_set(err, ERR_INPUT,
                                 "a worker's result is not an object");
        r = result_new();
        if (!r)
                return error_memory(err);
        r->reached = stage_from_name(text_of(json, "reached"));
        r->correct = truth_of(json, "correct");
        r->verdict = verdict_from_name(text_of(json, "verdict"));
        snprintf(r->identity, sizeof r->identity, "%.64s",
                 text_of(json, "identity"));
        snprintf(r->environment_hash, sizeof r->environment_hash, "%.64s",
                 text_of(json, "environment_hash"));
        r->grade = text_of(json, "grade")[0];
        r->threads = int_of(json, "threads");
        r->fitness = number_of(json, "fitness");
        r->ratio = number_of(json, "ratio");
        r->low = number_of(json, "low");
        r->high = number_of(json, "high");
        r->wall_ns = whole_of(json, "wall_ns");
        r->compile_ns = whole_of(json, "compile_ns");
        r->calls_ns = whole_of(json, "calls_ns");
        rc = result_set_reason(r, "%s", text_of(json, "reason"));
        if (rc < 0)
                rc = error_memory(err);
        if (rc == 0)
                rc = read_value(json, "environment", &r->environment, err);
        if (rc == 0)
                rc = read_value(json, "seeds", &r->seeds, err);
        if (rc == 0)
                rc = read_lists(r, json, err);
        if (rc < 0) {
                evaluate_result_free(r);
                return rc;
        }
        *result = r;
        return 0;
}
