/*
 * See commit_message.h. The reader is a reviewer who has not heard of kevo:
 * first what is claimed and how sure it is, then against what, then how it
 * was checked, then how to check it again. Nothing is rounded up.
 */
#include "deliver/commit_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/text.h"
#include "deliver/letter.h"
#include "deliver/outsides.h"
#include "deliver/trailer.h"

enum { INPUTS_BYTES = 4 << 20, LINE_COLUMNS = 76 };

static bool is_first(const struct letter *l)
{
        return text_equal(l->verdict->verdict, "first");
}

/* The ratio in the subject is the one that was confirmed, not the best that
 * was ever seen. */
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

        cJSON_ArrayForEach(workload, letter_workloads(l))
        {
                const cJSON *m;

                if (!letter_true(workload, "one_task"))
                        continue;
                any = true;
                m = letter_measure(l, letter_text(workload, "text"), "T1");
                if (!m)
                        continue;
                measured = true;
                buf_printf(l->out,
                           "One thread on both sides, %s: %.2fx (%.2f to "
                           "%.2f).\n",
                           letter_text(workload, "name"),
                           letter_number(m, "ratio"), letter_number(m, "low"),
                           letter_number(m, "high"));
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

/* A first kernel makes no claim: generated code is no baseline that anybody
 * would have used. */
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
                           cJSON_GetArraySize(letter_workloads(l)),
                           cJSON_GetArraySize(letter_workloads(l)) == 1 ? ""
                                                                        : "s",
                           v->threads, v->threads == 1 ? "" : "s",
                           letter_text(l->inputs, "cache"));
}

static void write_row(struct letter *l, const cJSON *workload)
{
        const char *text = letter_text(workload, "text");
        const cJSON *m = letter_measure(l, text, NULL);
        char before[32], after[32];

        buf_printf(l->out, "  %-14s %-26s ", letter_text(workload, "name"),
                   text);
        if (!m) {
                buf_puts(l->out, "verified, not timed\n");
                return;
        }
        clock_format((int64_t)letter_number(m, "baseline_ns"), before);
        clock_format((int64_t)letter_number(m, "candidate_ns"), after);
        if (letter_true(m, "identical"))
                buf_printf(l->out, "%9s %9s   the same code\n", before, after);
        else
                buf_printf(l->out, "%9s %9s %6.2fx  %.2f to %.2f\n", before,
                           after, letter_number(m, "ratio"),
                           letter_number(m, "low"), letter_number(m, "high"));
}

/* Every workload has a row, also one that was only verified. */
static void write_table(struct letter *l)
{
        const cJSON *workload;

        buf_printf(l->out, "  %-14s %-26s %9s %9s %7s  %s\n", "workload",
                   "sizes", is_first(l) ? "generated" : "before", "this",
                   "ratio", "95 % interval");
        cJSON_ArrayForEach(workload, letter_workloads(l))
                write_row(l, workload);
        buf_puts(l->out, "\n");
}

/* What was measured once in the cache state that does not judge. */
static void write_other_cache(struct letter *l)
{
        bool warm = text_equal(letter_text(l->inputs, "cache"), "cold");
        const cJSON *workload, *m;
        bool any = false;

        cJSON_ArrayForEach(workload, letter_workloads(l))
        {
                m = letter_measure(l, letter_text(workload, "text"), "OC");
                if (!m || letter_true(m, "identical"))
                        continue;
                any = true;
                buf_printf(
                        l->out, "With %s cache, %s: %.2fx (%.2f to %.2f).\n",
                        warm ? "warm" : "cold", letter_text(workload, "text"),
                        letter_number(m, "ratio"), letter_number(m, "low"),
                        letter_number(m, "high"));
        }
        if (any)
                buf_puts(l->out, "\n");
}

/* The files this was measured against, each once. */
static void write_against(struct letter *l)
{
        const cJSON *workload, *earlier;
        int n = 0;

        buf_puts(l->out, "Against: ");
        cJSON_ArrayForEach(workload, letter_workloads(l))
        {
                const char *label = letter_text(workload, "incumbent");
                const char *path = letter_text(workload, "incumbent_path");
                bool told = false;

                cJSON_ArrayForEach(earlier, letter_workloads(l))
                {
                        if (earlier == workload)
                                break;
                        told = told ||
                               text_equal(letter_text(earlier, "incumbent"),
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
        buf_puts(l->out, "\n");
        outsides_write(l);
}

/* Each check once, however many stages ran it. */
static void write_checks(struct letter *l)
{
        const cJSON *check, *earlier, *list;
        int n = 0;

        list = cJSON_GetObjectItemCaseSensitive(l->run, "checks");
        buf_printf(l->out, "Checks passed (isolation grade %c):",
                   l->verdict->grade ? l->verdict->grade : '?');
        cJSON_ArrayForEach(check, list)
        {
                const char *name = letter_text(check, "name");
                bool told = !letter_true(check, "passed");

                cJSON_ArrayForEach(earlier, list)
                {
                        if (earlier == check)
                                break;
                        told = told ||
                               text_equal(letter_text(earlier, "name"), name);
                }
                if (!told)
                        buf_printf(l->out, "%s %s", n++ ? "," : "", name);
        }
        buf_puts(l->out, "\n");
}

static void write_origin(struct letter *l)
{
        const char *move = letter_text(l->inputs, "move");

        buf_printf(l->out,
                   "Generated by kevo's built-in search (%s%s%s), campaign "
                   "%lld, node %lld.\n",
                   letter_text(l->inputs, "origin"), *move ? ": " : "", move,
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
                   "  kevo reproduce %s\n\n"
                   "Once merged, use it from a C project:\n\n"
                   "  kevo export --c DIR %s\n\n",
                   l->p->branch, l->p->kernel);
}

/* Weights as shares: the absolute ones mean nothing to a reader. */
static void fill_workloads(const struct letter *l, struct trailers *t)
{
        const cJSON *workload;
        double total = 0;

        cJSON_ArrayForEach(workload, letter_workloads(l)) total +=
                letter_number(workload, "weight");
        cJSON_ArrayForEach(workload, letter_workloads(l))
        {
                struct trailer_workload *w = &t->workload[t->workload_count];

                if (t->workload_count == LIMIT_WORKLOADS)
                        break;
                snprintf(w->name, sizeof w->name, "%s",
                         letter_text(workload, "name"));
                snprintf(w->text, sizeof w->text, "%s",
                         letter_text(workload, "text"));
                snprintf(w->against, sizeof w->against, "%s",
                         letter_text(workload, "incumbent"));
                w->weight = total > 0
                                    ? letter_number(workload, "weight") / total
                                    : 1;
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
                 *letter_text(l->run, "stage") ? letter_text(l->run, "stage")
                                               : "S4",
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

/* Each `when` line of the file: for other sizes the reviewer gets what there
 * was before. */
static void write_domain(struct letter *l)
{
        static const char mark[] = "// kevo: when ";
        const char *line = l->p->content, *between = "Used only where ";

        for (; line && *line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (!text_starts(line, mark))
                        continue;
                line += strlen(mark);
                buf_puts(l->out, between);
                buf_add(l->out, line, strcspn(line, "\r\n"));
                between = " && ";
        }
        if (*between == ' ')
                buf_puts(l->out, " (`when`): for other sizes nothing "
                                 "changes.\n");
}

/* Sizes that are compiled in. */
static void write_fixed(struct letter *l)
{
        static const char mark[] = "// kevo: fix ";
        const char *line = l->p->content;
        int n = 0;

        for (; line && *line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (!text_starts(line, mark))
                        continue;
                line += strlen(mark);
                buf_puts(l->out, n++ ? ", " : "Compiled in are the sizes ");
                buf_add(l->out, line, strcspn(line, "\r\n"));
        }
        if (n)
                buf_puts(l->out,
                         " (`fix`): an exported library uses this file where "
                         "they are as in a workload of the spec or of a "
                         "model; for all other sizes nothing changes.\n");
}

static void write_body(struct letter *l)
{
        write_subject(l);
        outsides_write_faster(l);
        write_one_thread(l);
        write_verdict(l);
        write_table(l);
        write_other_cache(l);
        write_against(l);
        write_domain(l);
        write_fixed(l);
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
        rc = letter_load(&l, store, err);
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
        letter_dispose(&l);
        return rc;
}
