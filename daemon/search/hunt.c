/* See hunt.h. */
#include "search/hunt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/text.h"
#include "search/ending.h"

/* Of each seed to be tried; measured: docs/search.md. */
#define SEED_CHANCE 0.5

int hunt_init(struct hunt *h, struct store *store,
              const struct subject *subject,
              const struct campaign_options *options, struct error *err)
{
        *h = (struct hunt){
                .store = store, .subject = subject, .options = options};
        snprintf(h->doing, sizeof h->doing, "searching");
        h->state = (struct campaign_state){.doing = "searching",
                                           .kernel = subject->kernel->name,
                                           .hardware = subject->hardware->name,
                                           .seconds = options->seconds,
                                           .best_move = ""};
        h->began_ns = h->gained_ns = h->saved_ns = clock_monotonic_ns();
        h->pressure = pressure_now();
        return scope_init(&h->scope, subject, err);
}

double hunt_elapsed(const struct hunt *h)
{
        return (double)(clock_monotonic_ns() - h->began_ns) * 1e-9;
}

const char *hunt_repository(const struct hunt *h)
{
        return h->options->repository ? h->options->repository
                                      : h->subject->repository->label;
}

static void report(struct hunt *h)
{
        int best = graph_best(&h->explorer.graph);

        h->state.elapsed = hunt_elapsed(h);
        if (best >= 0) {
                h->state.best = h->explorer.graph.node[best].fitness;
                h->state.best_move = h->explorer.graph.node[best].schedule;
        }
        if (h->options->progress &&
            !h->options->progress(&h->state, h->options->data))
                h->stopped = true;
}

void hunt_report(struct hunt *h, const char *doing)
{
        snprintf(h->doing, sizeof h->doing, "%s", doing);
        h->state.doing = h->doing;
        report(h);
}

bool hunt_watch(const char *doing, void *data)
{
        struct hunt *h = data;

        if (doing) {
                snprintf(h->detail, sizeof h->detail, "%s: %s", h->doing,
                         doing);
                h->state.doing = h->detail;
        }
        report(h);
        return !h->stopped;
}

/* A stored node as the graph keeps it. */
static int load_node(struct hunt *h, const struct node *stored,
                     struct error *err)
{
        struct graph_node node = {.id = stored->id,
                                  .parent = -1,
                                  .fitness = stored->fitness,
                                  .evaluated =
                                          !text_equal(stored->state, "new"),
                                  .schedule = strdup(stored->schedule),
                                  .language = strdup(stored->language),
                                  .source_hash = strdup(stored->source_hash),
                                  .move = strdup(stored->move)};
        int at;

        for (int i = 0; i < h->explorer.graph.count; i++) {
                if (h->explorer.graph.node[i].id == stored->parent)
                        node.parent = i;
        }
        if (!node.schedule || !node.language || !node.source_hash ||
            !node.move)
                return error_memory(err);
        at = explorer_add(&h->explorer, &node, err);
        return at < 0 ? at : 0;
}

/* Nodes of an interrupted campaign; one that was under way when the process
 * ended gets one more chance, then counts as having ended it. */
int hunt_load_graph(struct hunt *h, struct error *err)
{
        struct node **nodes = NULL;
        int count = 0, rc;

        rc = node_list(h->store, h->campaign->id, &nodes, &count, err);
        for (int i = 0; rc == 0 && i < count; i++) {
                rc = load_node(h, nodes[i], err);
                if (rc < 0 || !text_equal(nodes[i]->state, "new"))
                        continue;
                if (text_equal(nodes[i]->failure, "interrupted")) {
                        graph_set_fitness(&h->explorer.graph, i, 0);
                        rc = node_update(h->store, nodes[i]->id, "failed", "",
                                         0, "ended its process twice", err);
                } else {
                        rc = node_update(h->store, nodes[i]->id, "new", "", 0,
                                         "interrupted", err);
                }
        }
        nodes_free(nodes, count);
        return rc;
}

/* Insert a candidate as a node; *at is its position, -1 for a twin: another
 * schedule with the text of an older node. */
int hunt_insert(struct hunt *h, struct candidate *c, int parent, int *at,
                struct error *err)
{
        char hash[HASH_TEXT_BYTES];
        struct graph_node node = {.parent = parent};
        struct node stored = {
                .campaign = h->campaign->id,
                .parent = parent < 0 ? 0 : h->explorer.graph.node[parent].id,
                .phase = parent < 0 ? "draft" : "expand",
                .origin = c->origin,
                .move = c->move,
                .language = c->language,
                .source_hash = hash,
                .schedule = c->schedule};
        bool added;
        int rc;

        *at = -1;
        hash_bytes(c->text, strlen(c->text), hash);
        rc = record_source(h->store, hash, c->language, c->text, err);
        if (rc == 0)
                rc = node_add(h->store, &stored, &node.id, &added, err);
        if (rc < 0)
                return rc;
        if (!added)
                return explorer_note_twin(&h->explorer, c->schedule, err);
        node.schedule = c->schedule;
        node.language = c->language;
        node.move = c->move;
        node.source_hash = strdup(hash);
        if (!node.source_hash)
                return error_memory(err);
        *at = explorer_add(&h->explorer, &node, err);
        if (*at < 0)
                return *at;
        c->schedule = c->language = c->move = NULL;
        return 0;
}

static void note_gain(struct hunt *h, double before)
{
        int best = graph_best(&h->explorer.graph);

        if (best >= 0 &&
            h->explorer.graph.node[best].fitness > before * ENDING_GAIN)
                h->gained_ns = clock_monotonic_ns();
}

static int save_progress(struct hunt *h, struct error *err)
{
        int best = graph_best(&h->explorer.graph);
        int64_t now = clock_monotonic_ns();
        double more = (double)(now - h->saved_ns) * 1e-9;

        h->saved_ns = now;
        return campaign_progress(
                h->store, h->campaign->id, more,
                best < 0 ? 0 : h->explorer.graph.node[best].id, err);
}

int hunt_try(struct hunt *h, int at, struct error *err)
{
        int best = graph_best(&h->explorer.graph);
        double before = best < 0 ? 0 : h->explorer.graph.node[best].fitness;
        int rc = trial_node(h, at, err);

        if (rc == 0)
                rc = save_progress(h, err);
        note_gain(h, before);
        hunt_report(h, "searching");
        return rc;
}

int hunt_open_proposer(struct hunt *h, struct error *err)
{
        const struct kernel *kernel = h->subject->kernel;
        const struct backend *backend = h->subject->backend;
        struct machine machine;
        const struct subject_workload *heaviest = &h->subject->workload[0];
        struct propose_task task = {.spec = kernel->spec,
                                    .workload = &heaviest->binding,
                                    .first = heaviest->incumbent != NULL,
                                    .any_size = !h->subject->may_fix,
                                    .backend = backend};

        machine_probe(&machine);
        backend->target(&machine, &task.target);
        if (h->options->threads > 0)
                task.target.threads = h->options->threads;
        for (int i = 0; i < kernel->variant_count; i++) {
                const struct variant *v = &kernel->variant[i];

                if (v->header_only || !v->source || !v->source->tune_count ||
                    task.source_count == LIMIT_STAGES ||
                    !text_equal(v->source->language, backend->language))
                        continue;
                task.source_name[task.source_count] =
                        strrchr(v->path, '/') ? strrchr(v->path, '/') + 1
                                              : v->path;
                task.source[task.source_count++] = v->source;
        }
        return propose_open(&h->proposer, &task, err);
}

const char *hunt_why_end(const struct hunt *h)
{
        const struct campaign_options *o = h->options;
        struct pace pace = {
                .elapsed = hunt_elapsed(h),
                .since_gain =
                        (double)(clock_monotonic_ns() - h->gained_ns) * 1e-9,
                .candidates = h->state.candidates,
                .nodes = h->explorer.graph.count,
                .best = h->state.best,
                .floor_share = h->floor_share};

        if (h->stopped)
                return "interrupted";
        if (o->free_bytes > 0 && file_free_bytes(store_path(h->store)) >= 0 &&
            file_free_bytes(store_path(h->store)) < o->free_bytes)
                return "interrupted";
        return ending_of(o, &pace);
}

static char *workloads_json(const struct subject *subject)
{
        cJSON *list = cJSON_CreateArray();
        char *text;

        for (int i = 0; i < subject->workload_count; i++) {
                cJSON *one = cJSON_CreateObject();

                cJSON_AddStringToObject(one, "text",
                                        subject->workload[i].text);
                cJSON_AddNumberToObject(one, "weight",
                                        subject->workload[i].weight);
                cJSON_AddItemToArray(list, one);
        }
        text = cJSON_PrintUnformatted(list);
        cJSON_Delete(list);
        return text;
}

/* A campaign found running was cut off, an interrupted one left: what it
 * spent counts against the time of this pass. */
static void credit_spent(struct hunt *h, const char *key)
{
        struct campaign *old = NULL;

        if (campaign_find(h->store, key, &old, NULL) < 0)
                return;
        if ((text_equal(old->state, "running") ||
             text_equal(old->ending, "interrupted")) &&
            h->options->seconds > 0)
                h->began_ns -=
                        (int64_t)(fmod(old->seconds, h->options->seconds) *
                                  CLOCK_SECOND_NS);
        campaign_free(old);
}

int hunt_begin(struct hunt *h, const char *key, const char *policy,
               bool *resumed, struct error *err)
{
        const struct subject *s = h->subject;
        struct campaign wanted = {
                .key = (char *)key,
                .repository = (char *)hunt_repository(h),
                .commit = (char *)s->repository->commit,
                .kernel = s->kernel->name,
                .hardware = s->hardware->name,
                .spec_hash = (char *)s->kernel->spec->hash,
                .environment_hash = (char *)s->environment_hash,
                .policy = (char *)policy,
                .seed = (int64_t)(h->options->seed ? h->options->seed
                                                   : rng_secret() >> 1)};
        int rc;

        wanted.workloads = workloads_json(s);
        if (!wanted.workloads)
                return error_memory(err);
        credit_spent(h, key);
        rc = record_spec(h->store, s->kernel->spec->hash, s->kernel->name,
                         s->kernel->spec->text, err);
        if (rc == 0)
                rc = campaign_begin(h->store, &wanted, &h->campaign, resumed,
                                    err);
        free(wanted.workloads);
        if (rc < 0)
                return rc;
        h->explorer.seed = (uint64_t)h->campaign->seed;
        return 0;
}

/* What earlier campaigns know: starts for the explorer, rows for its
 * ranker. Without any, both are empty. */
static int load_kin(struct hunt *h, struct error *err)
{
        double chance = h->options->seed_chance;
        int rc;

        h->explorer.seed_chance = chance < 0    ? 0
                                  : chance == 0 ? SEED_CHANCE
                                                : chance;
        rc = kin_load(&h->kin, h->store, h->subject, h->campaign->id, false,
                      err);
        if (rc < 0)
                return rc;
        kin_seed(&h->kin, &h->explorer);
        return ranker_add_history(h->ranker, h->kin.history,
                                  h->kin.history_count, err);
}

int hunt_open_explorer(struct hunt *h, struct error *err)
{
        int rc;

        h->explorer.proposer = h->proposer;
        rc = ranker_new(&h->ranker, h->proposer, propose_estimate, h->proposer,
                        err);
        if (rc < 0)
                return rc;
        h->explorer.ranker = h->ranker;
        return load_kin(h, err);
}

void hunt_dispose(struct hunt *h)
{
        evaluator_stop(h->evaluator);
        explorer_dispose(&h->explorer);
        ranker_free(h->ranker);
        propose_close(h->proposer);
        kin_dispose(&h->kin);
        scope_dispose(&h->scope);
        campaign_free(h->campaign);
}
