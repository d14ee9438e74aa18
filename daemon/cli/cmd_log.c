/* kevo log: what happened, what was decided about it, and why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/commands.h"
#include "cli/decisions.h"
#include "cli/options.h"
#include "cli/wrap.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/text.h"
#include "store/events.h"
#include "store/jobs.h"
#include "watch/branches.h"

enum { LOG_DECISIONS = 1000 };

/* One sentence, in the lines of a terminal. */
static void print_wrapped(const char *text, int indent)
{
        struct buf out;

        buf_init(&out, LIMIT_JSON_BYTES);
        wrap_add(&out, text, indent, wrap_columns(1));
        fputs(out.data, stdout);
        buf_dispose(&out);
}

/* Of a commit or an environment, and no sentence. */
static bool is_id(const char *text)
{
        size_t n = strlen(text);

        return n == 0 || (n >= 16 && strspn(text, "0123456789abcdef") == n);
}

/* Ids in short, as git log prints them; a sentence has lines of its own. */
static void print_event(const struct event *e)
{
        bool ids = is_id(e->before) && is_id(e->after);
        time_t when = (time_t)e->time;
        struct tm parts;
        char date[32] = "";

        if (localtime_r(&when, &parts))
                strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &parts);
        printf("%s  %s %s%s", date, e->kind,
               text_equal(e->kind, "result") ? "of job " : "",
               branches_short_name(e->subject));
        if (ids && (*e->before || *e->after))
                printf(" %.10s -> %.10s", *e->before ? e->before : "nothing",
                       *e->after ? e->after : "gone");
        printf("%s%s%s\n", *e->repository ? "  " : "", e->repository,
               e->planned ? "" : "  (not planned yet)");
        if (!ids)
                print_wrapped(*e->after ? e->after : e->before, 4);
}

/* How the job of a decision stands. That a verification is done does not say
 * how it went: what it found follows. */
static void print_job(struct store *store, int64_t id)
{
        struct job *job = NULL;
        struct buf text;

        if (!id || job_get(store, id, &job, NULL) < 0)
                return;
        buf_init(&text, LIMIT_JSON_BYTES);
        buf_printf(&text, "job %lld %s%s%s", (long long)id,
                   text_equal(job->state, "done") ? "ended" : job->state,
                   *job->note ? ": " : "", job->note);
        print_wrapped(text.data, 8);
        buf_dispose(&text);
        job_free(job);
}

static int print_decisions(struct store *store, int64_t event,
                           const char *kernel, struct error *err)
{
        struct decision **list = NULL;
        int count = 0, rc;

        rc = decision_list(store, event, LOG_DECISIONS, &list, &count, err);
        for (int i = count - 1; i >= 0 && rc == 0; i--) {
                struct buf text;

                if (kernel && !text_equal(list[i]->kernel, kernel))
                        continue;
                buf_init(&text, LIMIT_JSON_BYTES);
                decisions_add(&text, list[i]);
                print_wrapped(text.data, 4);
                buf_dispose(&text);
                print_job(store, list[i]->job);
        }
        decisions_free(list, count);
        return rc;
}

static cJSON *decisions_json(struct store *store, int64_t event)
{
        cJSON *array = cJSON_CreateArray();
        struct decision **list = NULL;
        int count = 0;

        if (decision_list(store, event, LOG_DECISIONS, &list, &count, NULL) <
            0)
                return array;
        for (int i = count - 1; i >= 0; i--) {
                cJSON *one = cJSON_CreateObject();

                cJSON_AddStringToObject(one, "kernel", list[i]->kernel);
                cJSON_AddStringToObject(one, "hardware", list[i]->hardware);
                cJSON_AddStringToObject(one, "action", list[i]->action);
                cJSON_AddStringToObject(one, "reason", list[i]->reason);
                cJSON_AddNumberToObject(one, "job", (double)list[i]->job);
                cJSON_AddItemToArray(array, one);
        }
        decisions_free(list, count);
        return array;
}

static void print_event_json(struct store *store, const struct event *e)
{
        cJSON *json = cJSON_CreateObject();
        char *text;

        cJSON_AddNumberToObject(json, "time", (double)e->time);
        cJSON_AddStringToObject(json, "kind", e->kind);
        cJSON_AddStringToObject(json, "repository", e->repository);
        cJSON_AddStringToObject(json, "subject", e->subject);
        cJSON_AddStringToObject(json, "before", e->before);
        cJSON_AddStringToObject(json, "after", e->after);
        cJSON_AddItemToObject(json, "decisions", decisions_json(store, e->id));
        text = cJSON_PrintUnformatted(json);
        printf("%s\n", text ? text : "{}");
        free(text);
        cJSON_Delete(json);
}

/* Newest first, as git log does. */
static int print_all(struct store *store, int limit, const char *kernel,
                     bool json, struct error *err)
{
        struct event **list = NULL;
        int count = 0, rc;

        rc = event_list(store, limit, &list, &count, err);
        if (rc == 0 && count == 0 && !json)
                printf("nothing happened yet; `kevo daemon` watches the "
                       "repositories of the host file, and\n`kevo search` "
                       "writes down what it found\n");
        for (int i = 0; i < count && rc == 0; i++) {
                if (json) {
                        print_event_json(store, list[i]);
                        continue;
                }
                print_event(list[i]);
                rc = print_decisions(store, list[i]->id, kernel, err);
        }
        events_free(list, count);
        return rc;
}

int cmd_log(int argc, char **argv)
{
        const char *kernel = NULL;
        int64_t limit = 20;
        bool json = false;
        const struct option_entry options[] = {
                {"limit", OPTION_INT, &limit, "events shown; default 20"},
                {"kernel", OPTION_TEXT, &kernel,
                 "only decisions about this kernel"},
                {"json", OPTION_FLAG, &json, "one JSON object an event"},
                {0}};
        struct cli_context context;
        struct error err = {0};
        int n, rc;

        n = options_parse(
                options, argc, argv, 0, 0,
                "kevo log [--limit N] [--kernel KERNEL] [--json]",
                "What happened, newest first: pushes and changes with "
                "every decision and its\nreason and how the jobs that "
                "came of it ended, and searches by hand.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        rc = cli_context_open(&context, CONTEXT_STORE_READ, NULL, &err);
        if (rc < 0)
                return command_fail(&err);
        rc = print_all(context.store, limit > 0 ? (int)limit : 0, kernel, json,
                       &err);
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : 0;
}
