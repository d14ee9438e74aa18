/*
 * See hunt.h: what is said of a search without a verdict. One sentence: it
 * stands in the log, and the daemon keeps it with the job.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "search/hunt.h"

int explain_lost(const struct hunt *h, const struct graph_node *node,
                 struct campaign_outcome *outcome, struct error *err)
{
        free(outcome->reason);
        if (asprintf(&outcome->reason,
                     "a candidate with %.2f times the incumbent's speed in "
                     "the search has no proof: %s",
                     node->fitness, h->lost.text) >= 0)
                return 0;
        outcome->reason = NULL;
        return error_memory(err);
}

/* More than this share of the time is not what a search by itself waits:
 * 0.05 on two processors that do nothing else, 0.5 beside two busy loops. */
#define BUSY 0.25

/* What the first was refused for stands for all, and what to do against a
 * limit is not what to do against a wrong result. */
static void explain_none(const struct hunt *h, char *text, size_t size)
{
        const char *why = *h->refusal ? h->refusal : "no reason was given";
        int n = h->state.candidates;

        if (n == 0 && h->explorer.graph.count == 0)
                snprintf(text, size,
                         "no candidate was tried in that time; give more "
                         "--seconds");
        else if (n == 0)
                snprintf(text, size,
                         "none of %d earlier candidates was right and in "
                         "time, and no new one was tried",
                         h->explorer.graph.count);
        else if (h->state.late == n)
                snprintf(text, size,
                         "no candidate ended in the %d s that one has; the "
                         "first: %s; smaller sizes may fit, or a source that "
                         "computes less (docs/sources.md)",
                         TRIAL_SECONDS, why);
        else
                snprintf(text, size,
                         "none of %d candidate%s was right and in time; the "
                         "first was refused: %s",
                         n, n == 1 ? "" : "s", why);
}

int explain_nothing(struct hunt *h, struct campaign_outcome *outcome,
                    struct error *err)
{
        char text[1024], busy[160] = "";
        int best = graph_best(&h->explorer.graph);
        double waited = pressure_between(h->pressure, pressure_now());

        h->disturbed = waited > BUSY;
        if (h->disturbed)
                snprintf(busy, sizeof busy,
                         "; but processes waited for a processor %.0f %% of "
                         "that time: search again when the machine does less",
                         100 * waited);
        if (best < 0)
                explain_none(h, text, sizeof text);
        else if (h->floor_share > 0)
                snprintf(text, sizeof text,
                         "no win here: the best of %d candidates runs at "
                         "%.2f times the incumbent's speed and at %.0f %% of "
                         "the bandwidth its data allows%s",
                         h->explorer.graph.count,
                         h->explorer.graph.node[best].fitness,
                         100 * h->floor_share, busy);
        else
                snprintf(text, sizeof text,
                         "no win here: the best of %d candidates runs at "
                         "%.2f times the incumbent's speed%s",
                         h->explorer.graph.count,
                         h->explorer.graph.node[best].fitness, busy);
        outcome->decision = VERDICT_NONE;
        outcome->reason = strdup(text);
        return outcome->reason ? 0 : error_memory(err);
}
