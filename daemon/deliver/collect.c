/*
 * See collect.h. The marker "collected <repository>" is the last verdict
 * that was looked at; it is written after the proposal, so a crash repeats
 * one verdict, and a verdict that has a proposal already is left alone.
 */
#include "deliver/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"
#include "deliver/branch.h"
#include "deliver/proposal.h"
#include "store/proposals.h"
#include "store/records.h"
#include "watch/environment_probe.h"

enum { LOOK_FIRST = 32, INPUTS_BYTES = 4 << 20 };

/* A verdict with what it brings to deliver. */
struct offer {
        const struct record_verdict *verdict;
        cJSON *json;
        const char *path, *content, *inputs_hash; /* of json */
        char blob[OID_BYTES];
        char branch[BRANCH_BYTES];
};

/* The branch is known even when the rest cannot be read: the log names it. */
static int read_offer(struct site *site, const struct record_verdict *verdict,
                      struct offer *offer, struct error *err)
{
        char where[64];
        int rc;

        *offer = (struct offer){.verdict = verdict};
        snprintf(where, sizeof where, "verdict %lld", (long long)verdict->id);
        rc = json_parse_message(verdict->inputs, strlen(verdict->inputs),
                                INPUTS_BYTES, &offer->json, err);
        if (rc == 0)
                rc = json_get_text(offer->json, "path", where, &offer->path,
                                   err);
        if (rc == 0)
                rc = json_get_text(offer->json, "file", where, &offer->content,
                                   err);
        if (rc == 0)
                rc = json_get_text(offer->json, "inputs_hash", where,
                                   &offer->inputs_hash, err);
        if (rc == 0)
                rc = branch_blob(offer->content, offer->blob, err);
        branch_name(offer->branch, verdict->kernel, verdict->hardware,
                    site->repository->policy.group_by_kernel);
        return rc;
}

/* One row in the log a verdict, whatever is decided about it. */
static void leave(struct site *site, const struct offer *offer,
                  const char *action, const char *reason)
{
        char dedupe[64];

        snprintf(dedupe, sizeof dedupe, "verdict %lld",
                 (long long)offer->verdict->id);
        site_note(site, offer->verdict->kernel, offer->verdict->hardware,
                  offer->branch, dedupe, action, reason);
}

/* Was a compiler or driver of another major version at work? */
static bool new_toolchain(struct site *site, const struct record_verdict *old,
                          const struct record_verdict *new)
{
        char *before = NULL, *after = NULL;
        bool differs = false;

        if (environment_fields(site->store, old->environment_hash, &before,
                               NULL) == 0 &&
            environment_fields(site->store, new->environment_hash, &after,
                               NULL) == 0)
                differs = environment_new_major(before, after);
        free(before);
        free(after);
        return differs;
}

/* Against the newest refusal of the same branch. */
static bool beats_refused(struct site *site, const struct offer *offer,
                          const struct proposal *refused, char reason[256])
{
        struct record_verdict *old = NULL;
        bool new = false;

        if (text_equal(refused->blob, offer->blob)) {
                snprintf(reason, 256,
                         "the same file was refused (%.80s); `kevo proposal "
                         "reopen %.100s` brings it back",
                         refused->note, refused->branch);
                return false;
        }
        if (offer->verdict->low >= COLLECT_OVER_REFUSED * refused->low)
                return true;
        if (refused->verdict &&
            record_verdict_get(site->store, refused->verdict, &old, NULL) == 0)
                new = new_toolchain(site, old, offer->verdict);
        record_verdict_free(old);
        if (!new)
                snprintf(reason, 256,
                         "a proposal of %.3fx was refused (%.120s); %.3fx "
                         "does not beat it by 5 %%",
                         refused->low, refused->note, offer->verdict->low);
        return new;
}

/* A ready proposal for the same inputs: the better one stays. */
static bool replaces_ready(const struct offer *offer,
                           const struct proposal *ready, char reason[256])
{
        if (!text_equal(ready->inputs_hash, offer->inputs_hash) ||
            offer->verdict->low > ready->low)
                return true;
        snprintf(reason, 256, "proposal %lld is as good (%.3fx) and ready",
                 (long long)ready->id, ready->low);
        return false;
}

/* An open branch: only a clearly better one, or one for the inputs of
 * today, is worth a reviewer's second look. */
static bool replaces_open(const struct offer *offer,
                          const struct proposal *open, char reason[256])
{
        if (text_equal(open->blob, offer->blob) &&
            text_equal(open->inputs_hash, offer->inputs_hash)) {
                snprintf(reason, 256, "%s carries this file already",
                         open->branch);
                return false;
        }
        if (!text_equal(open->inputs_hash, offer->inputs_hash) ||
            offer->verdict->low >= COLLECT_OVER_OPEN * open->low)
                return true;
        snprintf(reason, 256,
                 "%s is open with %.3fx; %.3fx does not beat it by 3 %%",
                 open->branch, open->low, offer->verdict->low);
        return false;
}

/* Look at what the branch had before, newest first; *supersede is a ready
 * proposal whose place this one takes. */
static bool may_propose(struct site *site, const struct offer *offer,
                        struct proposal **list, int count,
                        struct proposal **supersede, char reason[256])
{
        *supersede = NULL;
        for (int i = 0; i < count; i++) {
                struct proposal *p = list[i];

                if (text_equal(p->state, "refused"))
                        return beats_refused(site, offer, p, reason);
                if (text_equal(p->state, "merged"))
                        return true;
                if (text_equal(p->state, "open") &&
                    !replaces_open(offer, p, reason))
                        return false;
                if (text_equal(p->state, "ready")) {
                        if (!replaces_ready(offer, p, reason))
                                return false;
                        *supersede = p;
                }
        }
        return true;
}

/* Seconds that a call of everything saves, by weights: the rank. */
static double seconds_saved(const struct offer *offer)
{
        const cJSON *workload, *list;
        double total = 0, weight;

        list = cJSON_GetObjectItemCaseSensitive(offer->json, "workloads");
        cJSON_ArrayForEach(workload, list)
        {
                weight = cJSON_GetNumberValue(
                        cJSON_GetObjectItemCaseSensitive(workload, "weight"));
                if (weight > 0)
                        total += weight;
        }
        if (offer->verdict->low <= 1)
                return 0;
        return total * 1e-9 * (1 - 1 / offer->verdict->low);
}

/* The proposal carries the whole file: the nodes of a search expire. */
static int add_ready(struct site *site, const struct offer *offer,
                     struct error *err)
{
        const struct record_verdict *v = offer->verdict;
        struct proposal p = {.repository = (char *)site->path,
                             .kernel = v->kernel,
                             .hardware = v->hardware,
                             .branch = (char *)offer->branch,
                             .state = "ready",
                             .verdict = v->id,
                             .inputs_hash = (char *)offer->inputs_hash,
                             .path = (char *)offer->path,
                             .content = (char *)offer->content,
                             .blob = (char *)offer->blob,
                             .base = "",
                             .commit = "",
                             .intent = "",
                             .low = v->low,
                             .seconds_saved = seconds_saved(offer),
                             .note = v->reason ? v->reason : ""};
        char reason[256];
        int64_t id;
        int rc;

        rc = proposal_add(site->store, &p, &id, err);
        if (rc < 0)
                return rc;
        snprintf(reason, sizeof reason, "proposal %lld is ready: %.3fx",
                 (long long)id, v->ratio);
        leave(site, offer, "propose", reason);
        return 0;
}

static bool proposed_already(struct proposal **list, int count,
                             int64_t verdict)
{
        for (int i = 0; i < count; i++) {
                if (list[i]->verdict == verdict)
                        return true;
        }
        return false;
}

static int consider(struct site *site, const struct offer *offer, int *added,
                    struct error *err)
{
        struct proposal **list = NULL, *supersede = NULL;
        char reason[256] = "";
        int count = 0, rc;

        rc = proposal_list(site->store, site->path, offer->branch, NULL, &list,
                           &count, err);
        if (rc < 0 || proposed_already(list, count, offer->verdict->id))
                goto out;
        if (repository_is_frozen(site->repository, offer->verdict->kernel)) {
                leave(site, offer, "ignore", "kevo.json freezes this kernel");
                goto out;
        }
        if (!may_propose(site, offer, list, count, &supersede, reason)) {
                leave(site, offer, "ignore", reason);
                goto out;
        }
        rc = add_ready(site, offer, err);
        if (rc == 0 && added)
                ++*added;
        if (rc == 0 && supersede)
                rc = proposal_apply(site, supersede, PROPOSAL_BETTER,
                                    "a newer verdict took its place", NULL,
                                    err);
out:
        proposals_free(list, count);
        return rc;
}

/* One verdict; a suspect one is held for a person. */
static int collect_one(struct site *site, const struct record_verdict *verdict,
                       int *added, struct error *err)
{
        struct error why = {0};
        struct offer offer;
        int rc = 0;

        if (!text_equal(verdict->verdict, "accepted") &&
            !text_equal(verdict->verdict, "first"))
                return 0;
        if (read_offer(site, verdict, &offer, &why) < 0)
                leave(site, &offer, "error", why.text);
        else
                rc = consider(site, &offer, added, err);
        cJSON_Delete(offer.json);
        return rc;
}

static void marker_name(struct site *site, char name[LIMIT_PATH_BYTES + 16])
{
        snprintf(name, LIMIT_PATH_BYTES + 16, "collected %s", site->path);
}

static int last_collected(struct site *site, int64_t *id, struct error *err)
{
        char name[LIMIT_PATH_BYTES + 16], *value = NULL;
        int rc;

        marker_name(site, name);
        rc = store_get(site->store, name, &value, err);
        *id = 0;
        if (value && !text_to_int64(value, id))
                *id = 0;
        free(value);
        return rc;
}

/* Verdicts carry whole files: as few as reach back to the last one seen. */
static int list_new(struct site *site, int64_t last,
                    struct record_verdict ***list, int *count,
                    struct error *err)
{
        int limit = LOOK_FIRST, rc;

        for (;;) {
                rc = record_verdict_list(site->store, site->path, NULL, NULL,
                                         limit, list, count, err);
                if (rc < 0 || *count < limit ||
                    (*list)[*count - 1]->id <= last || limit > 1 << 20)
                        return rc;
                record_verdicts_free(*list, *count);
                *list = NULL;
                *count = 0;
                limit *= 8;
        }
}

int collect_verdicts(struct site *site, int *added, struct error *err)
{
        char name[LIMIT_PATH_BYTES + 16], value[32];
        struct record_verdict **list = NULL;
        int64_t last;
        int count = 0, rc;

        if (added)
                *added = 0;
        rc = last_collected(site, &last, err);
        if (rc == 0)
                rc = list_new(site, last, &list, &count, err);
        /* Oldest first, the marker after each: a crash repeats one. */
        for (int i = count - 1; i >= 0 && rc == 0; i--) {
                if (list[i]->id <= last)
                        continue;
                rc = collect_one(site, list[i], added, err);
                marker_name(site, name);
                snprintf(value, sizeof value, "%lld", (long long)list[i]->id);
                if (rc == 0)
                        rc = store_set(site->store, name, value, err);
        }
        record_verdicts_free(list, count);
        return rc;
}
