/*
 * One campaign from begin to verdict: graph search with a selection policy,
 * the universal operator, fitness from evaluation, termination. The graph
 * lives in the store; an interrupted campaign goes on where it was.
 */
#ifndef KEVO_SEARCH_CAMPAIGN_H
#define KEVO_SEARCH_CAMPAIGN_H

#include "search/subject.h"
#include "store/graph.h"
#include "store/records.h"

struct campaign_state;

struct campaign_options {
        double seconds;         /* of search; the final verdict comes on top */
        int candidates;         /* at most so many evaluated; 0: no limit */
        double stall_share;     /* end when this share of the time brought
                                   nothing; 0: the default, 0.5 */
        double target;          /* stop at this fitness; 0: none */
        double floor_share;     /* stop at this share of the floor; 0: 0.95 */
        const char *repository; /* path, for records; NULL: the label */
        const char *policy;     /* of selection_table; NULL: the default */
        double seed_chance;     /* of each good schedule of another campaign
                                   to be tried; 0: the default, below: none */
        uint64_t seed;          /* 0: drawn */
        bool again;  /* go on with a campaign that ended without a win */
        int threads; /* on both sides; 0: all of the machine's */
        const char *worker; /* command prefix, NULL: self */
        int64_t free_bytes; /* stop below this free space */
        /* Told after each evaluation and several times a second; may be NULL.
         * Return false to stop at once (ending "interrupted"): the next run
         * for the same key goes on from there. */
        bool (*progress)(const struct campaign_state *state, void *data);
        void *data;
};

struct campaign_state {
        const char *kernel, *hardware;
        double elapsed, seconds;
        int candidates;        /* evaluated */
        int wrong, late;       /* of them refused; refused for time alone */
        double best;           /* fitness: incumbent time / best time */
        const char *best_move; /* "row vector=16 ..." */
        const char *doing;     /* "searching", "selecting among the best",
                                  "confirming: measuring against pytorch" */
};

struct campaign_outcome {
        int64_t campaign, node, verdict; /* store ids; 0 when none */
        enum verdict decision;
        char *ending; /* "time", "stall", ... */
        char *reason; /* one sentence for people */
        double ratio, low, high;
        double searched; /* the same by the search's few rounds, 0: unknown */
        int candidates, wrong, late;
        bool earlier; /* nothing was searched: a campaign that ended before
                         is told again */
        struct evaluate_result *result; /* of the candidate that the verdict
                                           is of, measured here; else NULL */
};

/* Runs to its end. The verdict's `inputs` JSON (docs/store.md) says what it
 * holds for and carries the file to deliver:
 * {"commit", "path", "file", "language", "move", "origin", "threads",
 *  "cache", "inputs_hash", "key", "workloads": [{"name", "text", "weight",
 *  "incumbent", "incumbent_path", "one_task"}]}.
 * A search that finished before for this key returns its stored outcome;
 * one that another repository finished is taken over with a verdict for this
 * one, without measuring anything again. */
int campaign_run(struct store *store, const struct subject *subject,
                 const struct campaign_options *options,
                 struct campaign_outcome **outcome,
                 struct error *err) KEVO_MUST_CHECK;
void campaign_outcome_free(struct campaign_outcome *outcome);

/* Variants whose newest verification failed: `skip` of subject_make, with a
 * struct known_wrong as its data. */
struct known_wrong {
        struct store *store; /* NULL: nothing is known */
        const struct kernel *kernel;
};
bool campaign_skip_wrong(const struct variant *variant, void *data);

/* Store an evaluation as a run with its rows. opponent: what was measured
 * against, NULL: the incumbents. */
int campaign_record(struct store *store, const struct subject *subject,
                    int64_t node, const char *language, const char *text,
                    const char *opponent, const struct evaluate_result *result,
                    int64_t *run, int64_t *verification,
                    struct error *err) KEVO_MUST_CHECK;

#endif
