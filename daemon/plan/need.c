/*
 * See need.h. The questions are asked in the order of their cost: policy and
 * hardware from what is loaded already, then the search key, which needs the
 * kernel lowered once, then the stored times.
 */
#include "plan/need.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"
#include "plan/worth.h"
#include "search/campaign.h"
#include "store/graph.h"
#include "store/records.h"

/* Above the score of any search. */
#define NEED_ADOPTION_SCORE 1e300

char *need_search_payload(const char *commit, int64_t seconds,
                          const char *reason)
{
        cJSON *json = cJSON_CreateObject();
        char *text;

        cJSON_AddStringToObject(json, "commit", commit);
        cJSON_AddNumberToObject(json, "seconds", (double)seconds);
        cJSON_AddStringToObject(json, "reason", reason);
        text = json_print(json);
        cJSON_Delete(json);
        return text;
}

char *need_search_key(const char *repository, const char *search_key)
{
        char *key = NULL;

        if (asprintf(&key, "search %s %s", repository, search_key) < 0)
                return NULL;
        return key;
}

/* A file of a person that gave wrong results: nothing is searched beside it
 * until it is fixed or removed. Our own wrong files are merely skipped. */
static const struct variant *wrong_of_person(struct planning *p,
                                             const struct kernel *kernel,
                                             struct known_wrong *wrong)
{
        for (int i = 0; i < kernel->variant_count; i++) {
                const struct variant *v = &kernel->variant[i];

                if (campaign_skip_wrong(v, wrong) &&
                    !planning_is_ours(p, v->blob, NULL))
                        return v;
        }
        return NULL;
}

static bool ended_for_good(const struct campaign *campaign)
{
        return text_equal(campaign->ending, "stall") ||
               text_equal(campaign->ending, "target") ||
               text_equal(campaign->ending, "floor");
}

static void queue_search(struct planning *p, const struct subject *subject,
                         const struct touched *touched,
                         const struct campaign *campaign,
                         const struct worth *worth)
{
        enum priority priority = touched->why == TOUCH_VARIANT
                                         ? PRIORITY_BACKFILL
                                         : PRIORITY_SEARCH;
        char reason[256], shown[64] = "";

        if (campaign)
                snprintf(shown, sizeof shown, "; goes on with campaign %lld",
                         (long long)campaign->id);
        snprintf(reason, sizeof reason, "%s%s", touched->cause, shown);
        draft_decide(&p->draft, subject->kernel->name, subject->hardware->name,
                     "search", "%s", reason);
        draft_job(&p->draft, p->path, "search", priority, worth->score,
                  need_search_key(p->path, subject->key),
                  need_search_payload(p->commit, p->host->search_seconds,
                                      reason));
}

/* Did another repository, or another kernel of the same key, win what this
 * one has no verdict of? */
static bool waits_for_adoption(struct planning *p,
                               const struct subject *subject,
                               const struct campaign *campaign)
{
        struct record_verdict *own = NULL, *theirs = NULL;
        struct error ignored = {0};
        bool waits = false;

        if (record_verdict_of(p->store, campaign->id, p->path,
                              subject->kernel->name, subject->hardware->name,
                              &own, &ignored) == ERR_NOT_FOUND &&
            record_verdict_of(p->store, campaign->id, NULL, campaign->kernel,
                              campaign->hardware, &theirs, &ignored) == 0)
                waits = text_equal(theirs->verdict, "accepted") ||
                        text_equal(theirs->verdict, "first");
        record_verdict_free(own);
        record_verdict_free(theirs);
        return waits;
}

/* It takes no device time: before every search. */
static void queue_adoption(struct planning *p, const struct subject *subject,
                           const struct campaign *campaign)
{
        char reason[LIMIT_PATH_BYTES + 128];

        snprintf(reason, sizeof reason,
                 "searched already for %s in %s (campaign %lld): its result "
                 "is taken over",
                 campaign->kernel, campaign->repository,
                 (long long)campaign->id);
        draft_decide(&p->draft, subject->kernel->name, subject->hardware->name,
                     "search", "%s", reason);
        draft_job(&p->draft, p->path, "search", PRIORITY_SEARCH,
                  NEED_ADOPTION_SCORE, need_search_key(p->path, subject->key),
                  need_search_payload(p->commit, p->host->search_seconds,
                                      reason));
}

/* With the key known: was this searched, is it worth it? */
static int decide_by_key(struct planning *p, const struct subject *subject,
                         const struct touched *touched, struct error *err)
{
        const char *kernel = subject->kernel->name;
        const char *hardware = subject->hardware->name;
        struct campaign *campaign = NULL;
        char *job_key = need_search_key(p->path, subject->key);
        struct worth worth;
        int rc;

        if (!job_key)
                return error_memory(err);
        rc = planning_cancel_outdated(p, "search", kernel, hardware, job_key,
                                      err);
        free(job_key);
        if (rc < 0)
                return rc;
        rc = campaign_find(p->store, subject->key, &campaign, err);
        if (rc < 0 && rc != ERR_NOT_FOUND)
                return rc;
        if (campaign && ended_for_good(campaign) &&
            waits_for_adoption(p, subject, campaign)) {
                queue_adoption(p, subject, campaign);
                goto out;
        }
        if (campaign && ended_for_good(campaign)) {
                draft_decide(&p->draft, kernel, hardware, "ignore",
                             "searched already: campaign %lld for these "
                             "inputs ended by %s",
                             (long long)campaign->id, campaign->ending);
                goto out;
        }
        if (campaign && touched->why == TOUCH_VARIANT) {
                draft_decide(&p->draft, kernel, hardware, "ignore",
                             "%s, but no searched input changed: campaign "
                             "%lld still speaks for it",
                             touched->cause, (long long)campaign->id);
                goto out;
        }
        worth_of(p, subject, &worth);
        if (worth.no[0])
                draft_decide(&p->draft, kernel, hardware, "ignore", "%s",
                             worth.no);
        else
                queue_search(p, subject, touched, campaign, &worth);
out:
        campaign_free(campaign);
        return 0;
}

/* One kernel on the hardware that this machine is. */
static int decide_here(struct planning *p, const struct kernel *kernel,
                       const struct hardware *hardware,
                       const struct touched *touched, struct error *err)
{
        struct known_wrong wrong = {p->store, kernel};
        const struct variant *bad = wrong_of_person(p, kernel, &wrong);
        struct subject *subject = NULL;
        struct error why = {0};
        int rc;

        if (bad) {
                draft_decide(&p->draft, kernel->name, hardware->name, "wait",
                             "%s gave wrong results: the search waits until "
                             "it is fixed or removed",
                             bad->path);
                return 0;
        }
        rc = subject_make(&subject, p->repository, kernel, hardware,
                          &p->machine, p->environment_hash,
                          campaign_skip_wrong, &wrong, &why);
        if (rc == ERR_NOT_FOUND)
                return 0; /* without a workload: said with its verification */
        if (rc == ERR_UNSUPPORTED || rc == ERR_INPUT || rc == ERR_LIMIT) {
                draft_decide(&p->draft, kernel->name, hardware->name, "refuse",
                             "%s", why.text);
                return 0;
        }
        if (rc < 0)
                return error_set(err, rc, "%s", why.text);
        rc = decide_by_key(p, subject, touched, err);
        subject_free(subject);
        return rc;
}

static bool told_already(const struct planning *p, const char *hardware)
{
        for (int i = 0; i < p->draft.count; i++) {
                if (text_equal(p->draft.decision[i].action, "wait") &&
                    text_equal(p->draft.decision[i].hardware, hardware))
                        return true;
        }
        return false;
}

/* Devices that are not here, once an event and not once a kernel. */
static void tell_missing_hardware(struct planning *p)
{
        bool any = false;

        if (p->hardware_told)
                return;
        p->hardware_told = true;
        for (int i = 0; i < p->repository->hardware_count; i++) {
                const struct hardware *h = &p->repository->hardware[i];

                if (machine_matches(&p->machine, h)) {
                        any = true;
                        continue;
                }
                if (told_already(p, h->name))
                        continue;
                draft_decide(&p->draft, "", h->name, "wait",
                             "waiting: no device here matches "
                             "hardware/%s.json",
                             h->name);
        }
        if (!any)
                draft_decide(&p->draft, "", "", "wait",
                             "waiting: no hardware file matches this "
                             "machine; `kevo hardware add` in a clone writes "
                             "its file, then commit and push it");
}

int need_decide(struct planning *p, const struct kernel *kernel,
                const struct touched *touched, struct error *err)
{
        const struct hardware *hardware = NULL;
        struct error why = {0};
        int rc;

        if (touched->why & (TOUCH_SPEC | TOUCH_WORKLOAD | TOUCH_HARDWARE))
                planning_verify_kernel(p, kernel, touched->cause);
        if (!p->receives_proposals) {
                draft_decide(&p->draft, kernel->name, "", "ignore",
                             "%s, but this branch receives verdicts only; "
                             "the first watched branch is searched",
                             touched->cause);
                return 0;
        }
        if (repository_is_frozen(p->repository, kernel->name)) {
                draft_decide(&p->draft, kernel->name, "", "ignore",
                             "%s, but kevo.json freezes this kernel",
                             touched->cause);
                return 0;
        }
        tell_missing_hardware(p);
        rc = machine_find_hardware(&p->machine, p->repository, &hardware,
                                   &why);
        if (rc == ERR_INPUT)
                draft_decide(&p->draft, kernel->name, "", "refuse", "%s",
                             why.text);
        if (rc < 0)
                return 0;
        return decide_here(p, kernel, hardware, touched, err);
}
