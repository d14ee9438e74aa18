/*
 * See campaign.h. The loop: select, propose, insert, evaluate. An insert
 * comes before its evaluation, so that a candidate that takes the whole
 * process down is found again as a node without a result, and is not tried
 * a third time.
 */
#include "search/campaign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/text.h"
#include "search/ending.h"
#include "search/hunt.h"

/* *at -1: none came of it this time; *nothing: nothing new is left. */
static int next_candidate(struct hunt *h, int *at, bool *nothing,
                          struct error *err)
{
        struct candidate candidate;
        struct choice from;
        int rc;

        *at = -1;
        rc = explorer_next(&h->explorer, &candidate, &from, nothing, err);
        if (rc < 0 || *nothing)
                return rc;
        rc = hunt_insert(h, &candidate, from.parent, at, err);
        candidate_dispose(&candidate);
        return rc;
}

static int search(struct hunt *h, const char **ending, struct error *err)
{
        bool nothing = false;
        int rc = 0, at;

        for (int i = 0; rc == 0 && i < h->explorer.graph.count; i++) {
                if (!h->explorer.graph.node[i].evaluated && !h->stopped)
                        rc = hunt_try(h, i, err);
        }
        while (rc == 0 && (*ending = hunt_why_end(h)) == NULL) {
                rc = next_candidate(h, &at, &nothing, err);
                if (rc == 0 && nothing) {
                        *ending = "stall";
                        break;
                }
                if (rc == 0 && at >= 0)
                        rc = hunt_try(h, at, err);
        }
        return rc;
}

/* A search that is over and not confirmed yet is kept under this name, with
 * what it ended by: whoever goes on begins with the proof. */
static int note_unconfirmed(const struct hunt *h, const char *ending,
                            struct error *err)
{
        char name[48];

        snprintf(name, sizeof name, "unconfirmed %lld",
                 (long long)h->campaign->id);
        return store_set(h->store, name, ending, err);
}

/* "" when there is still something to search. */
static int read_unconfirmed(const struct hunt *h, char ending[32],
                            struct error *err)
{
        char name[48], *value = NULL;
        int rc;

        snprintf(name, sizeof name, "unconfirmed %lld",
                 (long long)h->campaign->id);
        rc = store_get(h->store, name, &value, err);
        snprintf(ending, 32, "%s", value ? value : "");
        free(value);
        return rc;
}

static int confirm(struct hunt *h, const char *ending,
                   struct campaign_outcome *outcome, struct error *err)
{
        int rc = note_unconfirmed(h, ending, err);

        if (rc == 0)
                rc = confirm_best(h, outcome, err);
        return rc < 0 ? rc : note_unconfirmed(h, "", err);
}

/* What was under way when the caller said stop was not finished, and is no
 * error: the next run goes on from what is stored. */
static int explain_stop(struct hunt *h, struct campaign_outcome *outcome,
                        struct error *err)
{
        char text[160];

        if (h->stopped)
                snprintf(text, sizeof text,
                         "interrupted while %s; the next search of it goes on "
                         "from there",
                         h->doing);
        else
                snprintf(text, sizeof text,
                         "less space is free beside the store than the host "
                         "file's \"free_bytes\"; the next search of it goes "
                         "on from there");
        evaluate_result_free(outcome->result);
        outcome->result = NULL;
        outcome->verdict = 0;
        outcome->ratio = 0;
        outcome->decision = VERDICT_NONE;
        free(outcome->reason);
        outcome->reason = strdup(text);
        return outcome->reason ? 0 : error_memory(err);
}

static bool is_win(const struct campaign_outcome *outcome)
{
        return outcome->decision == VERDICT_ACCEPTED ||
               outcome->decision == VERDICT_FIRST;
}

/* What an ended campaign found; or it is open once more, and not *over. */
static int tell_ended(struct hunt *h, struct campaign_outcome *outcome,
                      bool *over, struct error *err)
{
        int64_t id = h->campaign->id;
        int rc = adopt_outcome(h, outcome, err);

        *over = rc < 0 || !h->options->again || is_win(outcome);
        if (!*over) {
                free(outcome->reason);
                *outcome = (struct campaign_outcome){.campaign = id};
                return campaign_reopen(h->store, id, err);
        }
        outcome->earlier = true;
        outcome->ending = strdup(h->campaign->ending);
        return rc < 0 || outcome->ending ? rc : error_memory(err);
}

static int run(struct hunt *h, struct campaign_outcome *outcome,
               struct error *err)
{
        const char *ending = NULL;
        char earlier[32] = "", doing[64];
        bool resumed = false, over = false;

        int rc = hunt_begin(h, h->subject->key, h->explorer.selection->name,
                            &resumed, err);

        if (rc < 0)
                return rc;
        outcome->campaign = h->campaign->id;
        /* It goes on as it began, unless it was asked for otherwise. */
        if (!h->options->policy && selection_find(h->campaign->policy))
                h->explorer.selection = selection_find(h->campaign->policy);
        if (text_equal(h->campaign->state, "ended"))
                rc = tell_ended(h, outcome, &over, err);
        if (rc < 0 || over)
                return rc;
        rc = hunt_open_proposer(h, err);
        if (rc == 0)
                rc = hunt_open_explorer(h, err);
        if (rc == 0 && resumed)
                rc = hunt_load_graph(h, err);
        if (rc == 0 && resumed)
                rc = read_unconfirmed(h, earlier, err);
        if (rc == 0 && h->explorer.graph.count > 0) {
                snprintf(doing, sizeof doing,
                         "going on from %d earlier candidates",
                         h->explorer.graph.count);
                hunt_report(h, doing);
        }
        if (*earlier)
                ending = earlier;
        else if (rc == 0)
                rc = search(h, &ending, err);
        if (rc == 0 && !text_equal(ending, "interrupted"))
                rc = confirm(h, ending, outcome, err);
        if (rc == ERR_INTERRUPTED) {
                ending = "interrupted";
                rc = 0;
        }
        if (rc == 0 && h->disturbed)
                ending = "disturbed";
        if (rc == 0 && text_equal(ending, "interrupted"))
                rc = explain_stop(h, outcome, err);
        if (rc < 0)
                return rc;
        outcome->candidates = h->state.candidates;
        outcome->wrong = h->state.wrong;
        outcome->late = h->state.late;
        outcome->ending = strdup(ending);
        if (!outcome->ending)
                return error_memory(err);
        return campaign_end(h->store, h->campaign->id, ending, err);
}

int campaign_run(struct store *store, const struct subject *subject,
                 const struct campaign_options *options,
                 struct campaign_outcome **outcome, struct error *err)
{
        struct hunt h;
        int rc;

        *outcome = calloc(1, sizeof **outcome);
        if (!*outcome)
                return error_memory(err);
        rc = hunt_init(&h, store, subject, options, err);
        h.explorer.selection = selection_find(options->policy);
        if (rc == 0 && !h.explorer.selection)
                rc = error_set(err, ERR_INPUT,
                               "no selection policy \"%s\"; there are %s",
                               options->policy, selection_names());
        if (rc == 0)
                rc = run(&h, *outcome, err);
        if (rc < 0) {
                campaign_outcome_free(*outcome);
                *outcome = NULL;
        }
        hunt_dispose(&h);
        return rc;
}

void campaign_outcome_free(struct campaign_outcome *outcome)
{
        if (!outcome)
                return;
        free(outcome->ending);
        free(outcome->reason);
        evaluate_result_free(outcome->result);
        free(outcome);
}
