/*
 * The state of one running campaign, shared by its parts: campaign.c (the
 * loop), hunt.c (its beginning and its steps), record.c (all points instead
 * of a search), trial.c (one evaluation), confirm.c (from the best nodes to a
 * verdict), explain.c (why there is none), adopt.c (the verdict of an ended
 * one). Not for others: they see campaign.h.
 */
#ifndef KEVO_SEARCH_HUNT_H
#define KEVO_SEARCH_HUNT_H

#include "core/pressure.h"
#include "search/campaign.h"
#include "search/explorer.h"
#include "search/kin.h"
#include "search/scope.h"

/* What a candidate has in the search, and a finalist for its proof. */
enum { TRIAL_SECONDS = 60, PROOF_SECONDS = 900 };

struct hunt {
        struct store *store;
        const struct subject *subject;
        const struct campaign_options *options;
        struct campaign *campaign; /* as stored */
        struct proposer *proposer;
        struct ranker *ranker;
        struct explorer explorer;    /* what to try, and the graph */
        struct evaluator *evaluator; /* NULL until needed, or lost */
        struct scope scope;          /* what is timed, against what */
        struct kin kin;              /* what earlier campaigns know */
        struct campaign_state state;
        int64_t began_ns, gained_ns, saved_ns; /* monotonic */
        struct pressure_mark pressure;         /* when this process began */
        bool stopped;                          /* the caller said stop */
        char doing[64];                        /* what hunt_report said last */
        char detail[192];   /* and what of it the worker is at */
        struct error lost;  /* why the last trial had no result */
        char refusal[512];  /* of the first candidate that was refused */
        double floor_share; /* of the best node, 0: unknown */
        bool disturbed;     /* nothing was found beside other load */
};

int hunt_init(struct hunt *h, struct store *store,
              const struct subject *subject,
              const struct campaign_options *options,
              struct error *err) KEVO_MUST_CHECK;
void hunt_dispose(struct hunt *h);

/* Find or insert the campaign of a key. */
int hunt_begin(struct hunt *h, const char *key, const char *policy,
               bool *resumed, struct error *err) KEVO_MUST_CHECK;
/* The spaces of the subject. */
int hunt_open_proposer(struct hunt *h, struct error *err) KEVO_MUST_CHECK;
/* Ranker and seeds, from what earlier campaigns know. */
int hunt_open_explorer(struct hunt *h, struct error *err) KEVO_MUST_CHECK;
/* Nodes of an interrupted campaign. */
int hunt_load_graph(struct hunt *h, struct error *err) KEVO_MUST_CHECK;

/* Insert a candidate as a node; *at is its position, -1 for a twin: another
 * schedule with the text of an older node. */
int hunt_insert(struct hunt *h, struct candidate *candidate, int parent,
                int *at, struct error *err) KEVO_MUST_CHECK;
/* Evaluate a node, and save and tell how the campaign goes. */
int hunt_try(struct hunt *h, int at, struct error *err) KEVO_MUST_CHECK;
double hunt_elapsed(const struct hunt *h); /* seconds of search */
/* Why it ends now, or NULL. */
const char *hunt_why_end(const struct hunt *h);

/* The repository's name in records. */
const char *hunt_repository(const struct hunt *h);

/* Tell the caller where the hunt is; sets h->stopped when it says stop. */
void hunt_report(struct hunt *h, const char *doing);
/* The same while the worker is at work: evaluate_request's watch, with the
 * hunt as its data. */
bool hunt_watch(const char *doing, void *data);

/* Evaluate text up to a stage and store the run: through S2 within the scope,
 * beyond it over all workloads against the incumbents. A lost worker is
 * replaced and counted against the candidate: then *result is NULL, h->lost
 * says why, and 0 is returned. ERR_INTERRUPTED when the caller says stop
 * meanwhile. */
int trial_run(struct hunt *h, int64_t node, const char *language,
              const char *text, enum stage_level stage,
              struct evaluate_result **result, int64_t *run,
              int64_t *verification, struct error *err) KEVO_MUST_CHECK;
/* Node `at`, whose source is text, through S2; nothing of it is kept but the
 * run. An opponent that fails meanwhile is dropped. */
int trial_text(struct hunt *h, int at, const char *text,
               struct evaluate_result **result,
               struct error *err) KEVO_MUST_CHECK;
/* The same for a node of the graph that is new: its fitness is kept in graph
 * and store. */
int trial_node(struct hunt *h, int at, struct error *err) KEVO_MUST_CHECK;
/* A refused candidate: count it as wrong or, where time alone ran out, as
 * late, and keep the first reason. result NULL: the trial was lost. */
void trial_count_refused(struct hunt *h, const struct evaluate_result *result);

/* Take the best nodes through S3 and S4 and store the verdict. */
int confirm_best(struct hunt *h, struct campaign_outcome *outcome,
                 struct error *err) KEVO_MUST_CHECK;

/* Why a search ended without a verdict, in one sentence: nothing was good
 * enough to prove, or the proof of a node was lost (h->lost). */
int explain_nothing(struct hunt *h, struct campaign_outcome *outcome,
                    struct error *err) KEVO_MUST_CHECK;
int explain_lost(const struct hunt *h, const struct graph_node *node,
                 struct campaign_outcome *outcome,
                 struct error *err) KEVO_MUST_CHECK;

/* A verdict's `inputs`: what it holds for, and the file to deliver. Caller
 * frees; NULL: no memory. */
char *confirm_inputs(struct hunt *h, const struct candidate *candidate,
                     int threads);

/* The outcome of a campaign that had ended before, from its verdict. One
 * that another repository, or another kernel of the same key, won becomes a
 * verdict of this one too: on the same run and verification, for the key
 * says that all they depend on is the same. */
int adopt_outcome(struct hunt *h, struct campaign_outcome *outcome,
                  struct error *err) KEVO_MUST_CHECK;

#endif
