/* See hunt.h: one evaluation, stored. */
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
        if (rc == ERR_LOST || rc == ERR_TIMEOUT) {
                evaluator_stop(h->evaluator);
                h->evaluator = NULL;
        }
        return rc;
}

int trial_run(struct hunt *h, int64_t node, const char *language,
              const char *text, int workloads, enum stage_level stage,
              struct evaluate_result **result, int64_t *run,
              int64_t *verification, struct error *err)
{
        struct evaluate_workload *list = NULL;
        struct evaluate_request request;
        int rc;

        *result = NULL;
        rc = subject_request(h->subject, workloads, language, text, &list,
                             &request, err);
        if (rc < 0)
                return rc;
        request.stage = stage;
        request.threads = h->options->threads;
        request.outside = stage == STAGE_S4;
        request.timeout_ns = (stage >= STAGE_S3 ? INT64_C(600) : INT64_C(60)) *
                             CLOCK_SECOND_NS;
        rc = evaluate_once(h, &request, result, err);
        if (rc == ERR_LOST)
                rc = evaluate_once(h, &request, result, err);
        free(list);
        if (rc < 0)
                return rc == ERR_LOST || rc == ERR_TIMEOUT ? 0 : rc;
        rc = campaign_record(h->store, h->subject, node, language, text,
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

int trial_node(struct hunt *h, int at, struct error *err)
{
        struct graph_node *node = &h->explorer.graph.node[at];
        struct evaluate_result *result = NULL;
        char *text = NULL;
        int rc;

        rc = record_source_text(h->store, node->source_hash, &text, err);
        if (rc == 0)
                rc = trial_run(h, node->id, node->language, text,
                               h->subject->search_count, STAGE_S2, &result,
                               NULL, NULL, err);
        free(text);
        if (rc < 0)
                return rc;
        graph_set_fitness(&h->explorer.graph, at,
                          result && result->correct ? result->fitness : 0);
        h->state.candidates++;
        if (!result) {
                h->state.wrong++;
                return node_update(h->store, node->id, "failed", "", 0,
                                   "ended its worker", err);
        }
        if (!result->correct)
                h->state.wrong++;
        if (node->fitness > 0 && at == graph_best(&h->explorer.graph))
                h->floor_share = floor_share(h->subject, result);
        rc = node_update(h->store, node->id,
                         result->correct ? "evaluated" : "wrong",
                         result->reached >= STAGE_S2   ? "S2"
                         : result->reached == STAGE_S1 ? "S1"
                                                       : "S0",
                         node->fitness, failure_of(result), err);
        evaluate_result_free(result);
        return rc;
}
