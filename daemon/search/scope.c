/* See scope.h. */
#include "search/scope.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "spec/oracle.h"

/* A call of so many operations may take the two seconds beyond which nothing
 * is measured. */
static const double survey_operations = 1e9;
static const double searched_share = 0.95;

/* --- workloads -------------------------------------------------------- */

static double operations_of(const struct scope *s, int workload)
{
        return oracle_operations(s->subject->kernel->spec,
                                 &s->subject->workload[workload].binding);
}

static bool is_searched(const struct scope *s, int workload)
{
        for (int i = 0; i < s->count; i++) {
                if (s->at[i] == workload)
                        return true;
        }
        return false;
}

/* The heaviest of those that are measured here; all stay when none is. */
static void choose_workloads(struct scope *s)
{
        const struct subject *subject = s->subject;
        double total = 0, covered = 0;

        for (int w = 0; w < subject->workload_count; w++) {
                if (!s->left_out[w])
                        total += subject->workload[w].weight;
        }
        if (!(total > 0))
                return;
        s->count = 0;
        for (int w = 0;
             w < subject->workload_count && s->count < SUBJECT_WORKLOADS &&
             (s->count == 0 || covered < searched_share * total);
             w++) {
                if (s->left_out[w])
                        continue;
                covered += subject->workload[w].weight;
                s->at[s->count++] = w;
        }
}

/* Before anything was measured: a generated kernel that may be too slow is
 * tried where it takes least, too. */
static void begin_survey(struct scope *s)
{
        int least = 0, count = s->subject->workload_count;

        for (int w = 0; w < count; w++) {
                if (operations_of(s, w) < operations_of(s, least))
                        least = w;
        }
        for (int i = 0; i < s->count; i++)
                s->survey |= !s->subject->workload[s->at[i]].incumbent &&
                             operations_of(s, s->at[i]) > survey_operations;
        s->survey &= !is_searched(s, least);
        /* It comes behind the others: these are the first ones. */
        if (s->survey)
                s->at[s->count++] = least;
}

int scope_init(struct scope *scope, const struct subject *subject,
               struct error *err)
{
        size_t n = (size_t)subject->workload_count + 1;

        *scope = (struct scope){.subject = subject,
                                .node = -1,
                                .fitness = 1,
                                .count = subject->search_count,
                                .left_out = calloc(n, sizeof(bool)),
                                .lead = calloc(n, sizeof(double))};
        if (!scope->left_out || !scope->lead) {
                scope_dispose(scope);
                return error_memory(err);
        }
        for (int i = 0; i < scope->count; i++)
                scope->at[i] = i;
        begin_survey(scope);
        scope_restore(scope);
        return 0;
}

void scope_dispose(struct scope *scope)
{
        free(scope->left_out);
        free(scope->lead);
        free(scope->text);
        free(scope->language);
        *scope = (struct scope){0};
}

/* What applies and has no time was too slow or too large. */
static bool was_left_out(const struct evaluate_measure *m)
{
        return m->applies && !(m->candidate_ns > 0);
}

/* --- requests and results --------------------------------------------- */

void scope_narrow(const struct scope *scope,
                  struct evaluate_workload *workloads,
                  struct evaluate_request *request)
{
        for (int i = 0; i < scope->count; i++) {
                workloads[i] = workloads[scope->at[i]];
                if (!scope->text)
                        continue;
                workloads[i].incumbent = scope->text;
                workloads[i].incumbent_language = scope->language;
                workloads[i].incumbent_label = scope_opponent(scope);
        }
        request->workload_count = scope->count;
}

const char *scope_opponent(const struct scope *scope)
{
        return scope->text ? "an earlier candidate" : NULL;
}

/* The weighted geometric mean of incumbent / candidate; where the candidate
 * does not apply the incumbent runs. */
static double fitness_of(const struct scope *s,
                         const struct evaluate_result *result)
{
        double sum = 0, weight = 0;

        for (int i = 0; i < result->measure_count; i++) {
                const struct evaluate_measure *m = &result->measure[i];
                double w = s->subject->workload[m->workload].weight;

                if (was_left_out(m))
                        continue;
                if (m->applies)
                        sum += w * log(m->ratio * s->lead[m->workload]);
                weight += w;
        }
        return weight > 0 ? exp(sum / weight) : 0;
}

void scope_widen(const struct scope *scope, struct evaluate_result *result)
{
        for (int i = 0; i < result->measure_count; i++)
                result->measure[i].workload =
                        scope->at[result->measure[i].workload];
        if (scope->text && result->correct && result->fitness > 0)
                result->fitness = fitness_of(scope, result);
}

/* --- the opponent ----------------------------------------------------- */

void scope_restore(struct scope *scope)
{
        free(scope->text);
        free(scope->language);
        scope->text = scope->language = NULL;
        scope->node = -1;
        scope->fitness = 1;
        for (int w = 0; w < scope->subject->workload_count; w++)
                scope->lead[w] = 1;
}

int scope_oppose(struct scope *scope, int node, const char *language,
                 const char *text, const struct evaluate_result *result,
                 struct error *err)
{
        char *own_text = strdup(text), *own_language = strdup(language);

        if (!own_text || !own_language) {
                free(own_text);
                free(own_language);
                return error_memory(err);
        }
        for (int i = 0; i < result->measure_count; i++) {
                const struct evaluate_measure *m = &result->measure[i];

                scope->lead[m->workload] *= m->ratio;
        }
        free(scope->text);
        free(scope->language);
        scope->text = own_text;
        scope->language = own_language;
        scope->node = node;
        scope->fitness = result->fitness;
        return 0;
}

/* It must be measured wherever others will be. */
static bool may_oppose(const struct scope *s,
                       const struct evaluate_result *result)
{
        int measured = 0;

        for (int i = 0; i < result->measure_count; i++) {
                const struct evaluate_measure *m = &result->measure[i];

                measured += m->applies && m->candidate_ns > 0 &&
                            m->ratio > 0 && is_searched(s, m->workload);
        }
        return measured == s->count;
}

bool scope_leads(const struct scope *scope,
                 const struct evaluate_result *result)
{
        return result->correct && !scope->fixed &&
               result->fitness >= OPPONENT_LEAD * scope->fitness;
}

int scope_learn(struct scope *scope, int node, const char *language,
                const char *text, const struct evaluate_result *result,
                struct error *err)
{
        bool other = scope->survey;

        if (!result->correct || !(result->fitness > 0))
                return 0;
        scope->survey = false;
        for (int i = 0; i < result->measure_count; i++) {
                const struct evaluate_measure *m = &result->measure[i];

                other |= was_left_out(m);
                scope->left_out[m->workload] |= was_left_out(m);
        }
        if (other) {
                choose_workloads(scope);
                scope_restore(scope);
        }
        if (!scope_leads(scope, result) || !may_oppose(scope, result))
                return 0;
        return scope_oppose(scope, node, language, text, result, err);
}
