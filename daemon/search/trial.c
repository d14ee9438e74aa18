/* See hunt.h: one evaluation, stored. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "search/floor.h"
#include "search/hunt.h"

int campaign_record(struct store *store, const struct subject *subject,
                    int64_t node, const char *language, const char *text,
                    const struct evaluate_result *result, int64_t *run,
                    int64_t *verification, struct error *err)
{
        static const char *const names[] = {"S0", "S1", "S2", "S3", "S4"};
        const struct spec *spec = subject->kernel->spec;
        struct record_check *check = NULL;
        struct record_measure *measure = NULL;
        char hash[HASH_TEXT_BYTES];
        int rc;

        check = calloc((size_t)result->check_count + 1, sizeof *check);
        measure = calloc((size_t)result->measure_count + 1, sizeof *measure);
        if (!check || !measure) {
                rc = error_memory(err);
                goto out;
        }
        for (int i = 0; i < result->check_count; i++) {
                const struct evaluate_check *c = &result->check[i];

                check[i] = (struct record_check){c->name, c->stage, c->detail,
                                                 c->passed};
        }
        for (int i = 0; i < result->measure_count; i++) {
                const struct evaluate_measure *m = &result->measure[i];
                const struct subject_workload *w =
                        &subject->workload[m->workload];

                measure[i] = (struct record_measure){
                        .workload = w->text,
                        .stage = m->stage,
                        .baseline = w->label,
                        .identical = m->identical,
                        .ratio = m->ratio,
                        .low = m->low,
                        .high = m->high,
                        .null_low = m->null_low,
                        .null_high = m->null_high,
                        .candidate_ns = m->candidate_ns,
                        .baseline_ns = m->baseline_ns,
                        .rounds = m->rounds,
                        .sample_count = m->sample_count,
                        .candidate_sample = m->candidate_sample,
                        .baseline_sample = m->baseline_sample};
        }
        hash_bytes(text, strlen(text), hash);
        rc = record_spec(store, spec->hash, spec->name, spec->text, err);
        if (rc == 0)
                rc = record_source(store, hash, language, text, err);
        if (rc == 0)
                rc = record_environment(store, result->environment_hash,
                                        subject->hardware->name,
                                        result->environment, err);
        if (rc == 0)
                rc = record_run_add(
                        store,
                        &(struct record_run){
                                .node = node,
                                .spec_hash = spec->hash,
                                .source_hash = hash,
                                .environment_hash = result->environment_hash,
                                .stage = names[result->reached],
                                .correct = result->correct,
                                .fitness = result->fitness,
                                .ratio = result->ratio,
                                .low = result->low,
                                .high = result->high,
                                .method = EVALUATE_METHOD,
                                .threads = result->threads,
                                .grade = result->grade,
                                .cold = subject->cold,
                                .wall_ns = result->wall_ns,
                                .compile_ns = result->compile_ns,
                                .calls_ns = result->calls_ns,
                                .identity = result->identity,
                                .seeds = result->seeds,
                                .reason = result->reason,
                                .check_count = result->check_count,
                                .measure_count = result->measure_count,
                                .check = check,
                                .measure = measure},
                        run, verification, err);
out:
        free(check);
        free(measure);
        return rc;
}

bool campaign_skip_wrong(const struct variant *variant, void *data)
{
        const struct known_wrong *known = data;

        return known->store && variant->source &&
               record_is_wrong(known->store, known->kernel->spec->hash,
                               variant->source->hash);
}

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
        struct graph_node *node = &h->graph.node[at];
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
        node->evaluated = true;
        h->state.candidates++;
        if (!result) {
                h->state.wrong++;
                return node_update(h->store, node->id, "failed", "", 0,
                                   "ended its worker", err);
        }
        node->fitness = result->correct ? result->fitness : 0;
        if (!result->correct)
                h->state.wrong++;
        if (node->fitness > 0 && at == graph_best(&h->graph))
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
