/*
 * What a campaign's candidates are timed at, and against (stage S2).
 *
 * At: the heaviest workloads with 95 % of the weight of all that can be
 * measured here. Which cannot (the incumbent takes too long for a call, its
 * data does not fit) is learned from the results; then others take their
 * place.
 *
 * Against: the incumbent, until a candidate is OPPONENT_LEAD times as fast as
 * the present opponent and takes its place. So a slow incumbent costs a
 * search little, and a ratio is one of similar times, which few rounds tell
 * well. Fitness stays the incumbent's time / the candidate's: the ratio times
 * the opponent's own. It only orders candidates: every verdict is measured
 * against the incumbents themselves.
 */
#ifndef KEVO_SEARCH_SCOPE_H
#define KEVO_SEARCH_SCOPE_H

#include "search/subject.h"

#define OPPONENT_LEAD 2.0

struct scope {
        const struct subject *subject; /* borrowed */
        int count;                     /* workloads searched */
        int at[SUBJECT_WORKLOADS + 1]; /* their positions, rising */
        bool survey;    /* the smallest one is measured too, from which it is
                           forecast which others take too long */
        bool fixed;     /* the opponent stays (recordings) */
        bool *left_out; /* each workload of the subject: not measured here */
        /* The opponent; text NULL: the incumbents. */
        int node; /* its position in the graph, -1 */
        char *text, *language;
        double fitness;
        double *lead; /* each workload of the subject: incumbent / opponent */
};

int scope_init(struct scope *scope, const struct subject *subject,
               struct error *err) KEVO_MUST_CHECK;
void scope_dispose(struct scope *scope);

/* From a request over all workloads to one over those of the scope, against
 * its opponent. */
void scope_narrow(const struct scope *scope,
                  struct evaluate_workload *workloads,
                  struct evaluate_request *request);
/* A result of such a request as one against the incumbents over the subject's
 * workloads: positions and fitness. The measures themselves stay what they
 * are: `scope_opponent` says against what. */
void scope_widen(const struct scope *scope, struct evaluate_result *result);
/* What measures are against, for records; NULL: the incumbents. */
const char *scope_opponent(const struct scope *scope);

/* After scope_widen: would this candidate become the opponent? */
bool scope_leads(const struct scope *scope,
                 const struct evaluate_result *result);
/* After scope_widen: which workloads cannot be measured, and does this
 * candidate (a node of the graph) become the opponent? */
int scope_learn(struct scope *scope, int node, const char *language,
                const char *text, const struct evaluate_result *result,
                struct error *err) KEVO_MUST_CHECK;
/* Make it the opponent, whatever its lead: the result is its own, widened. */
int scope_oppose(struct scope *scope, int node, const char *language,
                 const char *text, const struct evaluate_result *result,
                 struct error *err) KEVO_MUST_CHECK;
/* Back to the incumbents. */
void scope_restore(struct scope *scope);

#endif
