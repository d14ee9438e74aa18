/*
 * Proposals: branches that carry accepted candidates, their states and
 * their history. The transition table is deliver's; this is its memory.
 */
#ifndef KEVO_STORE_PROPOSALS_H
#define KEVO_STORE_PROPOSALS_H

#include "store/store.h"

struct proposal {
        int64_t id;
        char *repository, *kernel, *hardware;
        char *branch; /* "kevo/softmax/amd-epyc-zen4" */
        char *state;  /* ready, open, taken, frozen, merged, refused,
                         withdrawn, superseded */
        int64_t verdict;
        char *inputs_hash;    /* spec, incumbents, workloads, weights, env */
        char *path;           /* kernels/softmax/amd-epyc-zen4.c */
        char *content;        /* of the file, whole */
        char *blob;           /* its git blob id */
        char *base;           /* commit it was made on, "" before */
        char *commit;         /* our tip, "" before */
        char *intent;         /* "" or the commit about to be referenced: a
                                 crash between intent and ref is repaired */
        double low;           /* lower end of the interval it claims */
        double seconds_saved; /* rank among ready ones */
        int64_t created, updated;
        int64_t opened; /* last move from ready to open, 0 */
        char *note;     /* why it is in its state; a refusal's reason */
};

void proposal_free(struct proposal *proposal);
void proposals_free(struct proposal **proposals, int count);

/* verdict is accepted or first, or 0 for the kernel "knowledge" only, or the
 * database refuses. */
int proposal_add(struct store *store, const struct proposal *proposal,
                 int64_t *id, struct error *err) KEVO_MUST_CHECK;
int proposal_get(struct store *store, int64_t id, struct proposal **proposal,
                 struct error *err) KEVO_MUST_CHECK;
/* Newest first; NULL matches any. states: a comma-separated list or NULL. */
int proposal_list(struct store *store, const char *repository,
                  const char *branch, const char *states,
                  struct proposal ***proposals, int *count,
                  struct error *err) KEVO_MUST_CHECK;
/* Move from one state to another with its history row, only if it is still
 * in `from` (else ERR_BUSY). event and note are stored. */
int proposal_move(struct store *store, int64_t id, const char *from,
                  const char *to, const char *event, const char *note,
                  struct error *err) KEVO_MUST_CHECK;
/* Before and after the ref is written. */
int proposal_set_intent(struct store *store, int64_t id, const char *base,
                        const char *commit, struct error *err) KEVO_MUST_CHECK;
int proposal_set_commit(struct store *store, int64_t id, const char *base,
                        const char *commit, struct error *err) KEVO_MUST_CHECK;
/* How many were opened within so many seconds of now in a repository; on
 * either side, as clock_is_within. */
int proposal_opened_within(struct store *store, const char *repository,
                           int64_t now, int64_t seconds, int *count,
                           struct error *err) KEVO_MUST_CHECK;
/* Oldest first; the first step is the adding. */
struct proposal_step {
        int64_t time;
        char *from, *event, *to, *note;
};
int proposal_history(struct store *store, int64_t id,
                     struct proposal_step **steps, int *count,
                     struct error *err) KEVO_MUST_CHECK;
void proposal_history_free(struct proposal_step *steps, int count);

#endif
