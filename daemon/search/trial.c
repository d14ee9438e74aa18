/* See hunt.h: one evaluation, stored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "search/floor.h"
#include "search/hunt.h"

/* A worker may be ended from outside: what was lost is tried once more
 * before it counts against the candidate. */
static int evaluate_once(struct hunt *h,
                         const struct evaluate_request *request,
                         struct evaluate_result **result, struct error *err)
{
        int rc = 0;

        if (!h->evaluator)
                rc = evaluator_start(&h->evaluator, h->options->worker, err);
        if (rc < 0)
                return rc == ERR_LOST ? ERR_IO : rc;
        rc = evaluator_run(h->evaluator, request, result, err);
        if (rc == ERR_LOST || rc == ERR_TIMEOUT || rc == ERR_INTERRUPTED) {
                evaluator_stop(h->evaluator);
                h->evaluator = NULL;
        }
        return rc;
}

int trial_run(struct hunt *h, int64_t node, const char *language,
              const char *text, enum stage_level stage,
              struct evaluate_result **result, int64_t *run,
              int64_t *verification, struct error *err)
{
        bool narrow = stage <= STAGE_S2;
        struct evaluate_workload *list = NULL;
        struct evaluate_request request;
        int rc;

        *result = NULL;
        rc = subject_request(h->subject, h->subject->workload_count, language,
                             text, &list, &request, err);
        if (rc < 0)
                return rc;
        if (narrow)
                scope_narrow(&h->scope, list, &request);
        request.stage = stage;
        request.threads = h->options->threads;
        request.outside = stage == STAGE_S4;
        request.timeout_ns =
                (stage >= STAGE_S3 ? PROOF_SECONDS : TRIAL_SECONDS) *
                (int64_t)CLOCK_SECOND_NS;
        request.watch = hunt_watch;
        request.watch_data = h;
        rc = evaluate_once(h, &request, result, err);
        if (rc == ERR_LOST)
                rc = evaluate_once(h, &request, result, err);
        free(list);
        if (rc == ERR_LOST || rc == ERR_TIMEOUT) {
                h->lost = *err;
                h->lost.code = rc;
                return 0;
        }
        if (rc < 0)
                return rc;
        if (narrow)
                scope_widen(&h->scope, *result);
        rc = campaign_record(h->store, h->subject, node, language, text,
                             narrow ? scope_opponent(&h->scope) : NULL,
                             *result, run, verification, err);
        if (rc < 0) {
                evaluate_result_free(*result);
                *result = NULL;
        }
        return rc;
}

/* What a proposer may learn about a failure: never more than a category. */
static const char *failure_of(const struct evaluate_result *result)
{
        for (int i = 0; i < result->check_count; i++) {
                if (!result->check[i].passed)
                        return result->check[i].hidden
                                       ? result->check[i].hidden
                                       : result->check[i].name;
        }
        return "";
}

void trial_count_refused(struct hunt *h, const struct evaluate_result *result)
{
        const char *why = h->lost.text;

        if (result ? evaluate_was_late(result) : h->lost.code == ERR_TIMEOUT)
                h->state.late++;
        else
                h->state.wrong++;
        if (result)
                why = result->reason ? result->reason : "";
        if (!*h->refusal) /* a compiler's words have more lines */
                snprintf(h->refusal, sizeof h->refusal, "%.*s",
                         (int)strcspn(why, "\n"), why);
}

/* An opponent that is found wrong while it is timed is no candidate any more;
 * the incumbents take its place. */
static int drop_opponent(struct hunt *h, struct error *err)
{
        struct graph_node *node = &h->explorer.graph.node[h->scope.node];

        graph_set_fitness(&h->explorer.graph, h->scope.node, 0);
        scope_restore(&h->scope);
        h->state.wrong++;
        return node_update(h->store, node->id, "wrong", "S2", 0, "timed", err);
}

int trial_text(struct hunt *h, int at, const char *text,
               struct evaluate_result **result, struct error *err)
{
        const struct graph_node *node = &h->explorer.graph.node[at];
        struct error failure = {0};
        int rc;

        rc = trial_run(h, node->id, node->language, text, STAGE_S2, result,
                       NULL, NULL, &failure);
        if (rc == ERR_INPUT && h->scope.text) {
                rc = drop_opponent(h, err);
                if (rc == 0)
                        rc = trial_run(h, node->id, node->language, text,
                                       STAGE_S2, result, NULL, NULL, err);
        } else if (rc < 0) {
                *err = failure;
        }
        return rc;
}

/* A large lead is measured twice, and the lesser one counts: what was luck
 * must not become what all others are compared with. */
static int measure_twice(struct hunt *h, int at, const char *text,
                         struct evaluate_result **result, struct error *err)
{
        struct evaluate_result *again = NULL;
        int rc = trial_text(h, at, text, &again, err);
        bool less = !again || !again->correct ||
                    again->fitness < (*result)->fitness;

        evaluate_result_free(less ? *result : again);
        if (less)
                *result = again;
        return rc;
}

/* One evaluation of a node; it may become the opponent of the next. */
static int measure_node(struct hunt *h, int at,
                        struct evaluate_result **result, struct error *err)
{
        const struct graph_node *node = &h->explorer.graph.node[at];
        char *text = NULL;
        int rc;

        *result = NULL;
        rc = record_source_text(h->store, node->source_hash, &text, err);
        if (rc == 0)
                rc = trial_text(h, at, text, result, err);
        if (rc == 0 && *result && scope_leads(&h->scope, *result))
                rc = measure_twice(h, at, text, result, err);
        if (rc == 0 && *result)
                rc = scope_learn(&h->scope, at, node->language, text, *result,
                                 err);
        free(text);
        return rc;
}

int trial_node(struct hunt *h, int at, struct error *err)
{
        struct graph_node *node = &h->explorer.graph.node[at];
        struct evaluate_result *result = NULL;
        int rc = measure_node(h, at, &result, err);

        /* It is tried again as if it had not been. */
        if (rc == ERR_INTERRUPTED)
                (void)!node_update(h->store, node->id, "new", "", 0, "", NULL);
        if (rc < 0)
                return rc;
        graph_set_fitness(&h->explorer.graph, at,
                          result && result->correct ? result->fitness : 0);
        h->state.candidates++;
        if (!result || !result->correct)
                trial_count_refused(h, result);
        if (!result)
                return node_update(h->store, node->id, "failed", "", 0,
                                   h->lost.code == ERR_TIMEOUT
                                           ? "did not end in time"
                                           : "ended its worker",
                                   err);
        if (node->fitness > 0 && at == graph_best(&h->explorer.graph))
                h->floor_share = floor_share(h->subject, result);
        rc = node_update(h->store, node->id,
                         result->correct             ? "evaluated"
                         : evaluate_was_late(result) ? "failed"
                                                     : "wrong",
                         result->reached >= STAGE_S2   ? "S2"
                         : result->reached == STAGE_S1 ? "S1"
                                                       : "S0",
                         node->fitness, failure_of(result), err);
        evaluate_result_free(result);
        return rc;
}
