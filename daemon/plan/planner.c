/*
 * See planner.h. Nothing is remembered between two calls but what the store
 * holds: the planner may be a short-lived process, and is one in the daemon.
 */
#include "plan/planner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"
#include "plan/kinds.h"
#include "repo/git.h"

int planner_note_result(struct store *store, int64_t job,
                        const char *repository, const char *note,
                        struct error *err)
{
        char subject[32], dedupe[64];
        struct event event = {.kind = "result",
                              .repository = (char *)repository,
                              .subject = subject,
                              .before = "",
                              .after = (char *)note,
                              .dedupe = dedupe};
        int64_t id;
        bool added;

        snprintf(subject, sizeof subject, "%lld", (long long)job);
        snprintf(dedupe, sizeof dedupe, "result %lld", (long long)job);
        return event_add(store, &event, &id, &added, err);
}

/* Will another try help? */
static bool is_transient(int code)
{
        return code == ERR_IO || code == ERR_BUSY || code == ERR_MEMORY ||
               code == ERR_TIMEOUT || code == ERR_LOST ||
               code == ERR_NOT_FOUND || code == ERR_DENIED;
}

/* A watched repository that cannot be read now, or not what its branch holds
 * now, is planned once it is mended, however long that takes. */
static bool is_due(const struct host *host, const struct event *event,
                   int code)
{
        struct git_repository *git = NULL;
        char tip[OID_BYTES] = "";
        bool watched = false;

        for (int i = 0; i < host->repository_count; i++)
                watched = watched || text_equal(host->repository[i].path,
                                                event->repository);
        if (!watched || code == ERR_INTERNAL)
                return false;
        if (git_open(event->repository, &git, NULL) < 0)
                return true;
        if (branches_tip(git, event->subject, tip, NULL) < 0)
                tip[0] = 0;
        git_repository_free(git);
        return is_transient(code) && tip[0] && text_equal(tip, event->after);
}

/* A failed try; *last when there will be none after it. */
static int count_try(struct store *store, int64_t event, bool *last,
                     struct error *err)
{
        char name[64], text[16], *value = NULL;
        int64_t tries = 0;
        int rc;

        snprintf(name, sizeof name, "plan-tries %lld", (long long)event);
        rc = store_get(store, name, &value, err);
        if (rc < 0)
                return rc;
        if (value && !text_to_int64(value, &tries))
                tries = 0;
        free(value);
        snprintf(text, sizeof text, "%d", (int)tries + 1);
        *last = tries + 1 >= PLANNER_TRIES;
        return store_set(store, name, text, err);
}

/*
 * A push that was refused as a whole, such as for a broken kevo.json: what it
 * changed is planned with the push that mends it, which does not name it. So
 * the commit before the first refused push of a branch is kept under this
 * name, behind a word, because there may have been none.
 */
static void unplanned_name(const struct event *event,
                           char name[LIMIT_PATH_BYTES + 512])
{
        snprintf(name, LIMIT_PATH_BYTES + 512, "unplanned %s %.255s",
                 event->repository, event->subject);
}

static int keep_unplanned(struct store *store, const struct event *event,
                          const char *before, struct error *err)
{
        char name[LIMIT_PATH_BYTES + 512], text[OID_BYTES + 8];

        if (!text_equal(event->kind, "push"))
                return 0;
        unplanned_name(event, name);
        snprintf(text, sizeof text, "since %.40s", before);
        return store_set(store, name, text, err);
}

/* What the branch held when a push of it was planned last, if a later one was
 * refused; else before as it is. */
static int take_unplanned(struct store *store, const struct event *event,
                          char before[OID_BYTES], struct error *err)
{
        char name[LIMIT_PATH_BYTES + 512], *value = NULL;
        int rc;

        if (!text_equal(event->kind, "push"))
                return 0;
        unplanned_name(event, name);
        rc = store_get(store, name, &value, err);
        if (rc == 0 && value && text_starts(value, "since "))
                snprintf(before, OID_BYTES, "%.40s", value + 6);
        free(value);
        return rc;
}

static int drop_unplanned(struct store *store, const struct event *event,
                          struct error *err)
{
        char name[LIMIT_PATH_BYTES + 512], *value = NULL;
        int rc = 0;

        if (!text_equal(event->kind, "push"))
                return 0;
        unplanned_name(event, name);
        rc = store_get(store, name, &value, err);
        if (rc == 0 && value && *value)
                rc = store_set(store, name, "", err);
        free(value);
        return rc;
}

/* Planning failed: the sentence becomes a decision, now or after the last
 * try. */
static int give_up(struct store *store, const struct host *host,
                   const struct event *event, const char *before, int code,
                   const struct error *why, struct planner_outcome *outcome,
                   struct error *err)
{
        bool last = true, named = strstr(why->text, event->repository);
        struct draft draft;
        int rc = 0;

        if (is_due(host, event, code))
                last = false;
        else if (is_transient(code))
                rc = count_try(store, event->id, &last, err);
        if (rc < 0)
                return rc;
        if (!last) {
                outcome->waiting++;
                snprintf(outcome->last_problem, sizeof outcome->last_problem,
                         "%.250s%s%.700s", named ? "" : event->repository,
                         named ? "" : ": ", why->text);
                return 0;
        }
        /* What ended the planner would end it again. */
        if (code != ERR_INTERNAL)
                rc = keep_unplanned(store, event, before, err);
        if (rc < 0)
                return rc;
        draft_init(&draft);
        draft_decide(&draft, "", "", "refuse", "%s", why->text);
        rc = draft_commit(&draft, store, event->id, err);
        draft_dispose(&draft);
        if (rc == 0)
                outcome->planned++;
        return rc;
}

static bool same_branch(const struct event *a, const struct event *b)
{
        return text_equal(a->kind, "push") && text_equal(b->kind, "push") &&
               text_equal(a->repository, b->repository) &&
               text_equal(a->subject, b->subject);
}

/* A later push of the same branch took this one's changes along. */
static int decide_superseded(struct store *store, const struct event *event,
                             const struct event *by, struct error *err)
{
        struct draft draft;
        int rc;

        draft_init(&draft);
        draft_decide(&draft, "", "", "ignore",
                     "ignored because the push of %.12s to the same branch "
                     "followed: planned together",
                     by->after);
        rc = draft_commit(&draft, store, event->id, err);
        draft_dispose(&draft);
        return rc;
}

/*
 * "<event> <times>" under this name while an event is being planned: if the
 * process ends in the middle, the next one finds it. An event that ended its
 * planner several times is not planned again: it would take every planner
 * down, and all later events with it.
 */
static const char under_way[] = "planning";

static int begin_try(struct store *store, int64_t event, bool *deadly,
                     struct error *err)
{
        long long last = 0, times = 0;
        char text[48], *value = NULL;
        int rc;

        rc = store_get(store, under_way, &value, err);
        if (rc < 0)
                return rc;
        if (!value || sscanf(value, "%lld %lld", &last, &times) < 2 ||
            last != event)
                times = 0;
        free(value);
        *deadly = times >= PLANNER_CRASHES;
        snprintf(text, sizeof text, "%lld %lld", (long long)event, times + 1);
        return store_set(store, under_way, text, err);
}

static int plan_one(struct store *store, const struct host *host,
                    const struct event *event, const char *before,
                    struct planner_outcome *outcome, struct error *err)
{
        char since[OID_BYTES];
        struct error why = {0};
        struct draft draft;
        bool deadly = false;
        int rc, ended;

        snprintf(since, sizeof since, "%.40s", before);
        rc = take_unplanned(store, event, since, err);
        if (rc == 0)
                rc = begin_try(store, event->id, &deadly, err);
        if (rc < 0)
                return rc;
        draft_init(&draft);
        if (deadly)
                rc = error_set(&why, ERR_INTERNAL,
                               "planning this ended the planner %d times: "
                               "please report it as a defect of kevo",
                               PLANNER_CRASHES);
        else
                rc = kinds_plan(store, host, event, since, &draft, &why);
        ended = store_set(store, under_way, "", err);
        if (ended < 0) {
                draft_dispose(&draft);
                return ended;
        }
        if (rc < 0) {
                draft_dispose(&draft);
                return give_up(store, host, event, since, rc, &why, outcome,
                               err);
        }
        rc = draft_commit(&draft, store, event->id, err);
        draft_dispose(&draft);
        if (rc == 0)
                outcome->planned++;
        return rc < 0 ? rc : drop_unplanned(store, event, err);
}

/* The last push of a branch is planned first, over the whole range; then
 * the earlier ones are closed. A crash in between plans a part of the range
 * twice, which finds its jobs queued already. */
static int plan_group(struct store *store, const struct host *host,
                      struct event **event, int count, int first,
                      struct planner_outcome *outcome, struct error *err)
{
        int last = first, waiting = outcome->waiting, rc;

        for (int i = first + 1; i < count; i++) {
                if (same_branch(event[first], event[i]))
                        last = i;
        }
        rc = plan_one(store, host, event[last], event[first]->before, outcome,
                      err);
        if (rc < 0 || outcome->waiting > waiting)
                return rc;
        for (int i = first; i < last && rc == 0; i++) {
                if (same_branch(event[last], event[i]))
                        rc = decide_superseded(store, event[i], event[last],
                                               err);
        }
        return rc;
}

int planner_run(struct store *store, const struct host *host,
                struct planner_outcome *outcome, struct error *err)
{
        struct event **event = NULL;
        int count = 0, rc;

        *outcome = (struct planner_outcome){0};
        rc = event_unplanned(store, &event, &count, err);
        for (int i = 0; i < count && rc == 0; i++) {
                bool grouped = false;

                for (int k = 0; k < i; k++)
                        grouped = grouped || same_branch(event[k], event[i]);
                if (!grouped)
                        rc = plan_group(store, host, event, count, i, outcome,
                                        err);
        }
        events_free(event, count);
        return rc;
}
