/*
 * See hunt.h: from the fittest nodes to a verdict. They are measured against
 * each other once more; the fastest goes first through S3, whose session
 * selects, and S4, whose fresh session confirms. Only its numbers are
 * published.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/text.h"
#include "search/hunt.h"
#include "store/proposals.h"

enum { FINALISTS = 3, FINALIST_TRIALS = 3, CONFIRMATIONS = 8 };

/* Three rounds do not tell apart what is this near to the fittest. */
#define FINALIST_SHARE 0.85
/* What a search's few rounds must say of one that replaces a source, and of
 * one beside generated code, where as fast is enough. */
#define LEAST_GAIN 1.01
#define LEAST_FIRST 0.9

struct finalist {
        int at;       /* position in the graph */
        double score; /* speed in shares of the first finalist's */
};

/* Is there any source to beat, or only generated code? */
static bool has_incumbent(const struct subject *subject)
{
        for (int i = 0; i < subject->workload_count; i++) {
                if (subject->workload[i].incumbent)
                        return true;
        }
        return false;
}

/* The fittest nodes that could be accepted at all. */
static int list_finalists(const struct hunt *h, struct finalist *list)
{
        double least = has_incumbent(h->subject) ? LEAST_GAIN : LEAST_FIRST;
        double last = INFINITY;
        int n = 0, next;

        while (n < FINALISTS) {
                next = -1;
                for (int i = 0; i < h->explorer.graph.count; i++) {
                        const struct graph_node *node =
                                &h->explorer.graph.node[i];

                        if (node->fitness > least && node->fitness < last &&
                            (next < 0 ||
                             node->fitness >
                                     h->explorer.graph.node[next].fitness))
                                next = i;
                }
                if (next < 0 ||
                    (n > 0 &&
                     h->explorer.graph.node[next].fitness <
                             FINALIST_SHARE *
                                     h->explorer.graph.node[list[0].at]
                                             .fitness))
                        break;
                last = h->explorer.graph.node[next].fitness;
                list[n++] = (struct finalist){.at = next, .score = 1};
        }
        return n;
}

static bool is_ours(struct hunt *h, const struct variant *variant)
{
        struct proposal **list = NULL;
        struct error ignored = {0};
        int count = 0;
        bool ours = false;

        if (proposal_list(h->store, NULL, NULL, NULL, &list, &count,
                          &ignored) < 0)
                return false;
        for (int i = 0; i < count; i++)
                ours |= text_equal(list[i]->blob, variant->blob);
        proposals_free(list, count);
        return ours;
}

/* kernels/<kernel>/<hardware>.<ext>, or <hardware>.kevo.<ext> beside a file
 * of that name that a person wrote. */
static void choose_path(struct hunt *h, const char *language,
                        char path[LIMIT_PATH_BYTES])
{
        const struct kernel *kernel = h->subject->kernel;
        const char *hardware = h->subject->hardware->name;
        const char *suffix = source_suffix(language);

        snprintf(path, LIMIT_PATH_BYTES, "kernels/%s/%s%s", kernel->name,
                 hardware, suffix);
        for (int i = 0; i < kernel->variant_count; i++) {
                const struct variant *v = &kernel->variant[i];

                if (text_equal(v->path, path) && !is_ours(h, v)) {
                        snprintf(path, LIMIT_PATH_BYTES,
                                 "kernels/%s/%s.kevo%s", kernel->name,
                                 hardware, suffix);
                        return;
                }
        }
}

static bool has_one_task(const struct subject_workload *w,
                         const struct subject *subject)
{
        static const struct device_constants device;
        const struct source *source;
        int64_t tasks = 0;

        if (!w->incumbent)
                return false;
        source = w->incumbent->source;
        if (source->headerless)
                return true;
        for (int i = 0; i < source->stage_count; i++) {
                if (source_eval(source, source->stage[i].tasks,
                                subject->kernel->spec, &w->binding, &device,
                                &tasks, NULL) < 0 ||
                    tasks != 1)
                        return false;
        }
        return true;
}

static cJSON *workloads_of(const struct subject *subject)
{
        cJSON *list = cJSON_CreateArray();

        for (int i = 0; i < subject->workload_count; i++) {
                const struct subject_workload *w = &subject->workload[i];
                cJSON *one = cJSON_CreateObject();

                cJSON_AddStringToObject(one, "name", w->name);
                cJSON_AddStringToObject(one, "text", w->text);
                cJSON_AddNumberToObject(one, "weight", w->weight);
                cJSON_AddStringToObject(one, "incumbent", w->label);
                cJSON_AddStringToObject(one, "incumbent_path",
                                        w->incumbent ? w->incumbent->path
                                                     : "");
                cJSON_AddBoolToObject(one, "one_task",
                                      has_one_task(w, subject));
                cJSON_AddItemToArray(list, one);
        }
        return list;
}

/* What the verdict holds for, and the file to deliver: docs/store.md. */
char *confirm_inputs(struct hunt *h, const struct candidate *candidate,
                     int threads)
{
        const struct subject *s = h->subject;
        cJSON *json = cJSON_CreateObject();
        char path[LIMIT_PATH_BYTES], *text;

        choose_path(h, candidate->language, path);
        cJSON_AddStringToObject(json, "commit", s->repository->commit);
        cJSON_AddStringToObject(json, "path", path);
        cJSON_AddStringToObject(json, "file",
                                candidate->header_only ? candidate->header_only
                                                       : candidate->text);
        cJSON_AddStringToObject(json, "language", candidate->language);
        cJSON_AddStringToObject(json, "move", candidate->schedule);
        cJSON_AddStringToObject(json, "origin", candidate->origin);
        cJSON_AddNumberToObject(json, "threads", threads);
        cJSON_AddStringToObject(json, "cache", s->cold ? "cold" : "warm");
        cJSON_AddStringToObject(json, "inputs_hash", s->inputs_hash);
        cJSON_AddStringToObject(json, "key", s->key);
        cJSON_AddItemToObject(json, "workloads", workloads_of(s));
        text = json_print(json);
        cJSON_Delete(json);
        return text;
}

static int store_verdict(struct hunt *h, const struct graph_node *node,
                         const struct candidate *candidate,
                         const struct evaluate_result *result, int64_t run,
                         int64_t verification, int64_t *id, struct error *err)
{
        const struct subject *s = h->subject;
        struct record_verdict verdict = {
                .campaign = h->campaign->id,
                .node = node->id,
                .run = run,
                .verification = verification,
                .verdict = (char *)verdict_name(result->verdict),
                .kernel = s->kernel->name,
                .hardware = s->hardware->name,
                .repository = (char *)hunt_repository(h),
                .spec_hash = (char *)s->kernel->spec->hash,
                .source_hash = node->source_hash,
                .environment_hash = (char *)result->environment_hash,
                .reason = result->reason,
                .ratio = result->ratio,
                .low = result->low,
                .high = result->high,
                .method = EVALUATE_METHOD,
                .threads = result->threads,
                .grade = result->grade,
                .time = clock_wall_seconds()};
        int rc;

        if (result->verdict == VERDICT_NONE)
                verdict.verdict = (char *)verdict_name(VERDICT_INCONCLUSIVE);
        verdict.inputs = confirm_inputs(h, candidate, result->threads);
        if (!verdict.inputs)
                return error_memory(err);
        rc = record_verdict_add(h->store, &verdict, id, err);
        free(verdict.inputs);
        return rc;
}

static bool is_final(enum verdict verdict)
{
        return verdict == VERDICT_ACCEPTED || verdict == VERDICT_FIRST ||
               verdict == VERDICT_SUSPECT;
}

/* What a node is whose evaluation has a result. */
static const char *state_of(const struct evaluate_result *result)
{
        return result->correct             ? "evaluated"
               : evaluate_was_late(result) ? "failed"
                                           : "wrong";
}

/* One finalist through S4; *final when its verdict ends the campaign. */
static int confirm_one(struct hunt *h, int at,
                       struct campaign_outcome *outcome, bool *final,
                       struct error *err)
{
        struct graph_node *node = &h->explorer.graph.node[at];
        struct evaluate_result *result = NULL;
        struct candidate candidate;
        int64_t run = 0, verification = 0;
        int rc;

        rc = propose_render(h->proposer, node->schedule, &candidate, err);
        if (rc < 0)
                return rc;
        rc = trial_run(h, node->id, candidate.language, candidate.text,
                       STAGE_S4, &result, &run, &verification, err);
        if (rc == 0 && !result && !outcome->verdict)
                rc = explain_lost(h, node, outcome, err);
        if (rc < 0 || !result)
                goto out;
        outcome->node = node->id;
        outcome->searched = node->fitness;
        outcome->decision = result->verdict;
        outcome->ratio = result->ratio;
        outcome->low = result->low;
        outcome->high = result->high;
        free(outcome->reason);
        outcome->reason = strdup(result->reason ? result->reason : "");
        if (!result->correct) {
                trial_count_refused(h, result);
                node->fitness = 0;
        }
        rc = node_update(h->store, node->id, state_of(result), "S4",
                         node->fitness, "", err);
        if (rc == 0)
                rc = store_verdict(h, node, &candidate, result, run,
                                   verification, &outcome->verdict, err);
        *final = is_final(result->verdict);
        evaluate_result_free(outcome->result);
        outcome->result = result;
        result = NULL;
out:
        evaluate_result_free(result);
        candidate_dispose(&candidate);
        return rc;
}

/* A finalist once more through S2; *fitness 0: it fell, or was lost. */
static int measure_again(struct hunt *h, int at, const char *text, bool oppose,
                         double *fitness, struct error *err)
{
        struct graph_node *node = &h->explorer.graph.node[at];
        struct evaluate_result *result = NULL;
        int rc = trial_text(h, at, text, &result, err);

        *fitness = 0;
        if (rc < 0 || !result)
                return rc;
        if (result->correct)
                *fitness = result->fitness;
        if (!result->correct) {
                trial_count_refused(h, result);
                node->fitness = 0;
                rc = node_update(h->store, node->id, state_of(result), "S2", 0,
                                 "failed a hidden check", err);
        } else if (oppose) {
                rc = scope_oppose(&h->scope, at, node->language, text, result,
                                  err);
        }
        evaluate_result_free(result);
        return rc;
}

/* What the search's few rounds say of the fittest is flattered: the others
 * are measured against it anew. */
static int score_finalist(struct hunt *h, struct finalist *f, bool first,
                          struct error *err)
{
        struct graph_node *node = &h->explorer.graph.node[f->at];
        double fitness = 1, sum = 0;
        char *text = NULL;
        int rc;

        rc = record_source_text(h->store, node->source_hash, &text, err);
        for (int i = 0;
             i < (first ? 1 : FINALIST_TRIALS) && rc == 0 && fitness > 0;
             i++) {
                rc = measure_again(h, f->at, text, first, &fitness, err);
                if (rc == 0 && fitness > 0)
                        sum += log(fitness / h->scope.fitness);
        }
        free(text);
        f->score = fitness > 0 ? exp(sum / FINALIST_TRIALS) : 0;
        return rc;
}

static int by_falling_score(const void *a, const void *b)
{
        const struct finalist *x = a, *y = b;

        return (x->score < y->score) - (x->score > y->score);
}

/* *fell: all of them gave wrong results at what is hidden. */
static int confirm_some(struct hunt *h, struct campaign_outcome *outcome,
                        bool *final, bool *fell, struct error *err)
{
        struct finalist list[FINALISTS];
        int count = list_finalists(h, list), rc = 0;
        char doing[48];

        for (int i = 0; rc == 0 && count > 1 && i < count; i++) {
                snprintf(doing, sizeof doing,
                         "selecting among the best, %d of %d", i + 1, count);
                hunt_report(h, doing);
                rc = score_finalist(h, &list[i], i == 0, err);
        }
        if (rc < 0)
                return rc;
        *fell = count > 0;
        if (count > 1)
                qsort(list, (size_t)count, sizeof *list, by_falling_score);
        for (int i = 0; rc == 0 && i < count && !*final; i++) {
                const struct graph_node *node =
                        &h->explorer.graph.node[list[i].at];

                if (node->fitness <= 0)
                        continue;
                snprintf(doing, sizeof doing, "confirming candidate %d of %d",
                         i + 1, count);
                hunt_report(h, count > 1 ? doing : "confirming");
                rc = confirm_one(h, list[i].at, outcome, final, err);
                *fell &= node->fitness <= 0;
        }
        return rc;
}

int confirm_best(struct hunt *h, struct campaign_outcome *outcome,
                 struct error *err)
{
        bool final = false, fell = true;
        int rc = 0;

        /* The next fittest may be right where these were not. */
        for (int i = 0; i < CONFIRMATIONS && rc == 0 && fell && !final; i++)
                rc = confirm_some(h, outcome, &final, &fell, err);
        if (rc == 0 && !outcome->verdict && !outcome->reason)
                rc = explain_nothing(h, outcome, err);
        return rc;
}
