/*
 * See hunt.h: what a campaign that ended earlier found. A campaign is known
 * by its search key alone, so two repositories with the same spec, workloads
 * and incumbents share one; each still gets a verdict of its own, for a
 * proposal belongs to the repository of its verdict.
 */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/text.h"
#include "search/hunt.h"

static int tell(struct campaign_outcome *outcome,
                const struct record_verdict *v, struct error *err)
{
        outcome->verdict = v->id;
        outcome->node = v->node;
        outcome->decision = verdict_from_name(v->verdict);
        outcome->ratio = v->ratio;
        outcome->low = v->low;
        outcome->high = v->high;
        free(outcome->reason);
        outcome->reason = strdup(v->reason);
        return outcome->reason ? 0 : error_memory(err);
}

/* The same source, made by this repository's own spaces: a tuning names a
 * file, which must be here too. ERR_NOT_FOUND when it cannot be made. */
static int render_again(struct hunt *h, const struct record_verdict *v,
                        struct candidate *candidate, struct error *err)
{
        char hash[HASH_TEXT_BYTES];
        struct node *node = NULL;
        int rc = node_get(h->store, v->node, &node, err);

        if (rc == 0)
                rc = hunt_open_proposer(h, err);
        if (rc == 0)
                rc = propose_render(h->proposer, node->schedule, candidate,
                                    err);
        node_free(node);
        if (rc < 0)
                return rc;
        hash_bytes(candidate->text, strlen(candidate->text), hash);
        if (text_equal(hash, v->source_hash))
                return 0;
        candidate_dispose(candidate);
        return error_set(err, ERR_NOT_FOUND,
                         "the source of verdict %lld cannot be made here",
                         (long long)v->id);
}

static int adopt(struct hunt *h, struct record_verdict *v, struct error *err)
{
        const struct subject *s = h->subject;
        struct record_verdict mine = *v;
        struct candidate candidate;
        int rc = render_again(h, v, &candidate, err);

        if (rc < 0)
                return rc;
        mine.kernel = s->kernel->name;
        mine.hardware = s->hardware->name;
        mine.repository = (char *)hunt_repository(h);
        mine.spec_hash = (char *)s->kernel->spec->hash;
        mine.time = clock_wall_seconds();
        mine.inputs = confirm_inputs(h, &candidate, v->threads);
        candidate_dispose(&candidate);
        if (!mine.inputs)
                return error_memory(err);
        rc = record_verdict_add(h->store, &mine, &v->id, err);
        free(mine.inputs);
        return rc;
}

static bool is_win(const struct record_verdict *v)
{
        return text_equal(v->verdict, "accepted") ||
               text_equal(v->verdict, "first");
}

int adopt_outcome(struct hunt *h, struct campaign_outcome *outcome,
                  struct error *err)
{
        const struct subject *s = h->subject;
        struct record_verdict *v = NULL;
        struct error why = {0};
        int rc;

        rc = record_verdict_of(h->store, h->campaign->id, hunt_repository(h),
                               s->kernel->name, s->hardware->name, &v, err);
        if (rc == 0)
                goto out;
        if (rc != ERR_NOT_FOUND)
                return rc;
        rc = record_verdict_of(h->store, h->campaign->id, NULL,
                               h->campaign->kernel, h->campaign->hardware, &v,
                               err);
        if (rc == ERR_NOT_FOUND)
                return 0; /* it ended without one */
        if (rc == 0 && is_win(v)) {
                rc = adopt(h, v, &why);
                if (rc == ERR_NOT_FOUND || rc == ERR_UNSUPPORTED)
                        rc = 0; /* told as the other's */
                else if (rc < 0)
                        rc = error_set(err, rc, "%s", why.text);
        }
out:
        if (rc == 0)
                rc = tell(outcome, v, err);
        record_verdict_free(v);
        return rc;
}
