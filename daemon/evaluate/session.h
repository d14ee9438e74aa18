/*
 * A session: contests of all workloads, interleaved round by round, with
 * looks at fixed numbers of rounds until the rule of statistics.h decides.
 * One session is one set of processes with its own null experiment.
 */
#ifndef KEVO_EVALUATE_SESSION_H
#define KEVO_EVALUATE_SESSION_H

#include "evaluate/contest.h"

struct session {
        int count;
        struct contest **contest; /* NULL: not measured, exactly 1 */
        double *weight;
        bool *identical;
        int64_t deadline_ns;
        bool decide;   /* stop as soon as the rule decides; else: rounds */
        int rounds;    /* of a session that does not decide */
        int patience;  /* rounds that may be discarded for foreign load,
                          beside one for two that are kept */
        uint64_t seed; /* of the bootstrap */
        /* Told before each round how many there are and will be at most; may
         * be NULL. */
        void (*tell)(int done, int most, void *data);
        void *tell_data;
        /* Results. */
        int done; /* rounds of each contest */
        int discarded;
        struct statistics_verdict verdict;
        struct statistics_estimate *each, *each_null;
};

/* Allocate for count workloads; contests are owned afterwards. */
int session_init(struct session *session, int count,
                 struct error *err) KEVO_MUST_CHECK;
void session_dispose(struct session *session);

/* *alive: false when the candidate failed a check while it was timed (the
 * contest's findings say which). */
int session_run(struct session *session, bool *alive,
                struct error *err) KEVO_MUST_CHECK;

#endif
