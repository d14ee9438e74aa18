/* See commit_message.h. */
#include "deliver/commit_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/text.h"
#include "deliver/trailer.h"
#include "watch/environment_probe.h"

enum { EVIDENCE_BYTES = 64 << 20, INPUTS_BYTES = 4 << 20, LINE_COLUMNS = 76 };

/* The stage under which one-thread measurements are stored, where the
 * incumbent has one task and the machine more threads. */
static const char one_thread[] = "T1";

struct letter {
        const struct proposal *p;
        const struct record_verdict *verdict;
        cJSON *inputs; /* of the verdict */
        cJSON *run;    /* evidence */
        char *fields;  /* of the environment, JSON or NULL */
        struct buf *out;
};

static const char *text_of(const cJSON *node, const char *key)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(node, key);

        return cJSON_IsString(item) ? item->valuestring : "";
}

static double number_of(const cJSON *node, const char *key)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(node, key);

        return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static bool true_of(const cJSON *node, const char *key)
{
        return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(node, key));
}

static const cJSON *workloads_of(const struct letter *l)
{
        return cJSON_GetObjectItemCaseSensitive(l->inputs, "workloads");
}

/* The last measurement of a workload, of the one-thread session or of the
 * one that judges; NULL when there is none. */
static const cJSON *measure_of(const struct letter *l, const char *workload,
                               bool single)
{
        const cJSON *measure, *found = NULL;

        cJSON_ArrayForEach(
                measure, cJSON_GetObjectItemCaseSensitive(l->run, "measures"))
        {
                if (text_equal(text_of(measure, "workload"), workload) &&
                    text_equal(text_of(measure, "stage"), one_thread) ==
                            single)
                        found = measure;
        }
        return found;
}

static bool is_first(const struct letter *l)
{
        return text_equal(l->verdict->verdict, "first");
}

static void write_subject(struct letter *l)
{
        if (is_first(l))
                buf_printf(l->out, "Add a first %s kernel for %s\n\n",
                           l->p->kernel, l->p->hardware);
        else
                buf_printf(l->out, "Make %s %.2fx faster on %s\n\n",
                           l->p->kernel, l->verdict->ratio, l->p->hardware);
}

/* Where the other side cannot use more than one thread, the fair ratio
 * comes first. */
static void write_one_thread(struct letter *l)
{
        const cJSON *workload;
        bool any = false, measured = false;

        cJSON_ArrayForEach(workload, workloads_of(l))
        {
                const cJSON *m;

                if (!true_of(workload, "one_task"))
                        continue;
                any = true;
                m = measure_of(l, text_of(workload, "text"), true);
                if (!m)
                        continue;
                measured = true;
                buf_printf(l->out,
                           "One thread on both sides, %s: %.2fx (%.2f to "
                           "%.2f).\n",
                           text_of(workload, "name"), number_of(m, "ratio"),
                           number_of(m, "low"), number_of(m, "high"));
        }
        if (any && !measured && l->verdict->threads > 1)
                buf_printf(l->out,
                           "The replaced code is a single task and uses one "
                           "of the %d threads; the ratios below include "
                           "that. No one-thread ratio was measured.\n",
                           l->verdict->threads);
        if (any && l->verdict->threads > 1)
                buf_puts(l->out, "\n");
}

static void write_verdict(struct letter *l)
{
        const struct record_verdict *v = l->verdict;

        if (is_first(l))
                buf_puts(l->out,
                         "Verdict: first. There was no source to beat; this "
                         "one is proved correct and is stated against the "
                         "code that kevo generates, without a claim.\n\n");
        else
                buf_printf(l->out,
                           "Verdict: accepted. %.3fx (95 %% interval %.3f to "
                           "%.3f), the weighted geometric mean over %d "
                           "workload%s, %d thread%s on both sides, %s "
                           "cache.\n\n",
                           v->ratio, v->low, v->high,
                           cJSON_GetArraySize(workloads_of(l)),
                           cJSON_GetArraySize(workloads_of(l)) == 1 ? "" : "s",
                           v->threads, v->threads == 1 ? "" : "s",
                           text_of(l->inputs, "cache"));
}

static void write_row(struct letter *l, const cJSON *workload)
{
        const char *text = text_of(workload, "text");
        const cJSON *m = measure_of(l, text, false);
        char before[32], after[32];

        buf_printf(l->out, "  %-14s %-26s ", text_of(workload, "name"), text);
        if (!m) {
                buf_puts(l->out, "verified, not timed\n");
                return;
        }
        clock_format((int64_t)number_of(m, "baseline_ns"), before);
        clock_format((int64_t)number_of(m, "candidate_ns"), after);
        if (true_of(m, "identical"))
                buf_printf(l->out, "%9s %9s   the same code\n", before, after);
        else
                buf_printf(l->out, "%9s %9s %6.2fx  %.2f to %.2f\n", before,
                           after, number_of(m, "ratio"), number_of(m, "low"),
                           number_of(m, "high"));
}

static void write_table(struct letter *l)
{
        const cJSON *workload;

        buf_printf(l->out, "  %-14s %-26s %9s %9s %7s  %s\n", "workload",
                   "sizes", is_first(l) ? "generated" : "before", "this",
                   "ratio", "95 % interval");
        cJSON_ArrayForEach(workload, workloads_of(l)) write_row(l, workload);
        buf_puts(l->out, "\n");
}

/* The files this was measured against, each once. */
static void write_against(struct letter *l)
{
        const cJSON *workload, *earlier;
        int n = 0;

        buf_puts(l->out, "Against: ");
        cJSON_ArrayForEach(workload, workloads_of(l))
        {
                const char *label = text_of(workload, "incumbent");
                const char *path = text_of(workload, "incumbent_path");
                bool told = false;

                cJSON_ArrayForEach(earlier, workloads_of(l))
                {
                        if (earlier == workload)
                                break;
                        told = told ||
                               text_equal(text_of(earlier, "incumbent"),
                                          label);
                }
                if (told)
                        continue;
                buf_puts(l->out, n++ ? ", " : "");
                if (*path)
                        buf_printf(l->out, "%s (%.10s)", path, label);
                else
                        buf_printf(l->out, "generated code (%s)", label);
        }
        buf_puts(l->out, "\nBaselines: no outside baseline measured.\n");
}

static void write_checks(struct letter *l)
{
        const cJSON *check, *earlier, *list;
        int n = 0;

        list = cJSON_GetObjectItemCaseSensitive(l->run, "checks");
        buf_printf(l->out, "Checks passed (isolation grade %c):",
                   l->verdict->grade ? l->verdict->grade : '?');
        cJSON_ArrayForEach(check, list)
        {
                const char *name = text_of(check, "name");
                bool told = !true_of(check, "passed");

                cJSON_ArrayForEach(earlier, list)
                {
                        if (earlier == check)
                                break;
                        told = told ||
                               text_equal(text_of(earlier, "name"), name);
                }
                if (!told)
                        buf_printf(l->out, "%s %s", n++ ? "," : "", name);
        }
        buf_puts(l->out, "\n");
}

static void write_origin(struct letter *l)
{
        const char *move = text_of(l->inputs, "move");

        buf_printf(l->out,
                   "Generated by kevo's built-in search (%s%s%s), campaign "
                   "%lld, node %lld.\n",
                   text_of(l->inputs, "origin"), *move ? ": " : "", move,
                   (long long)l->verdict->campaign,
                   (long long)l->verdict->node);
}

/* One "key: value" a line under this heading: reproduce reads it back. */
static void write_environment(struct letter *l)
{
        cJSON *json = NULL;
        const cJSON *item;

        if (!l->fields || json_parse_message(l->fields, strlen(l->fields),
                                             INPUTS_BYTES, &json, NULL) < 0)
                return;
        buf_puts(l->out, "\nEnvironment:\n");
        cJSON_ArrayForEach(item, json)
        {
                char *value = cJSON_PrintUnformatted(item);

                buf_printf(l->out, "  %s: %s\n", item->string,
                           cJSON_IsString(item) ? item->valuestring
                                                : (value ? value : ""));
                free(value);
        }
        cJSON_Delete(json);
}

static void write_reproduce(struct letter *l)
{
        buf_printf(l->out,
                   "\nMeasure it again in any clone, with fresh seeds:\n\n"
                   "  kevo reproduce %s\n\n",
                   l->p->branch);
}

static void fill_workloads(const struct letter *l, struct trailers *t)
{
        const cJSON *workload;
        double total = 0;

        cJSON_ArrayForEach(workload, workloads_of(l)) total +=
                number_of(workload, "weight");
        cJSON_ArrayForEach(workload, workloads_of(l))
        {
                struct trailer_workload *w = &t->workload[t->workload_count];

                if (t->workload_count == LIMIT_WORKLOADS)
                        break;
                snprintf(w->name, sizeof w->name, "%s",
                         text_of(workload, "name"));
                snprintf(w->text, sizeof w->text, "%s",
                         text_of(workload, "text"));
                snprintf(w->against, sizeof w->against, "%s",
                         text_of(workload, "incumbent"));
                w->weight =
                        total > 0 ? number_of(workload, "weight") / total : 1;
                t->workload_count++;
        }
}

static int write_trailers(struct letter *l, struct error *err)
{
        const struct record_verdict *v = l->verdict;
        struct trailers *t = calloc(1, sizeof *t);
        time_t when = (time_t)v->time;
        struct tm utc;
        char date[32];

        if (!t)
                return error_memory(err);
        snprintf(t->kernel, sizeof t->kernel, "%s", l->p->kernel);
        snprintf(t->hardware, sizeof t->hardware, "%s", l->p->hardware);
        snprintf(t->environment, sizeof t->environment, "%s",
                 v->environment_hash);
        fill_workloads(l, t);
        t->threads = v->threads;
        t->method = v->method;
        if (!is_first(l)) {
                t->ratio = v->ratio;
                t->low = v->low;
                t->high = v->high;
        }
        gmtime_r(&when, &utc);
        strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
        snprintf(t->verified, sizeof t->verified, "%s %c %s",
                 *text_of(l->run, "stage") ? text_of(l->run, "stage") : "S4",
                 v->grade ? v->grade : '?', date);
        trailers_write(t, l->out);
        free(t);
        return 0;
}

/* Prose is folded at spaces; tables and the environment, which start with
 * spaces, stay as they are. */
static void fold(const char *text, struct buf *out)
{
        while (*text) {
                size_t length = strcspn(text, "\n"), cut = length;

                if (*text != ' ' && length > LINE_COLUMNS) {
                        cut = LINE_COLUMNS;
                        while (cut > 0 && text[cut] != ' ')
                                cut--;
                        if (cut == 0)
                                cut = length;
                }
                buf_add(out, text, cut);
                buf_putc(out, '\n');
                text += cut + (text[cut] != 0);
        }
}

static int load(struct store *store, struct letter *l, struct error *err)
{
        const struct record_verdict *v = l->verdict;
        char *evidence = NULL;
        int rc;

        rc = json_parse_message(v->inputs, strlen(v->inputs), INPUTS_BYTES,
                                &l->inputs, err);
        if (rc == 0)
                rc = environment_fields(store, v->environment_hash, &l->fields,
                                        err);
        if (rc == 0 && v->run) {
                rc = record_run_json(store, v->run, false, &evidence, err);
                if (rc == 0)
                        rc = json_parse_message(evidence, strlen(evidence),
                                                EVIDENCE_BYTES, &l->run, err);
        }
        free(evidence);
        return rc;
}

static void write_body(struct letter *l)
{
        write_subject(l);
        write_one_thread(l);
        write_verdict(l);
        write_table(l);
        write_against(l);
        write_checks(l);
        write_origin(l);
        write_environment(l);
        write_reproduce(l);
}

int commit_message_write(struct store *store, const struct proposal *p,
                         const struct record_verdict *verdict, char **message,
                         struct error *err)
{
        struct letter l = {.p = p, .verdict = verdict};
        struct buf body, out;
        int rc;

        buf_init(&body, MESSAGE_BYTES);
        buf_init(&out, MESSAGE_BYTES);
        l.out = &body;
        rc = load(store, &l, err);
        if (rc == 0) {
                write_body(&l);
                fold(body.data, &out);
                l.out = &out;
                rc = write_trailers(&l, err);
        }
        if (rc == 0)
                rc = buf_check(&body, "a commit message", err);
        if (rc == 0)
                rc = buf_check(&out, "a commit message", err);
        if (rc == 0)
                *message = buf_take(&out);
        buf_dispose(&body);
        buf_dispose(&out);
        cJSON_Delete(l.inputs);
        cJSON_Delete(l.run);
        free(l.fields);
        return rc;
}
