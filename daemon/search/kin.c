/* See kin.h. */
#include "search/kin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "repo/machine.h"
#include "store/records.h"

enum {
        PROFILE_CLASSES = 16,
        PROFILE_RANKS = 5,
        PROFILE = PROFILE_CLASSES + RED_COUNT + FN_COUNT + 3 * PROFILE_RANKS +
                  UPDATE_MIN + 1
};

/* A class that both have tells most about their schedules. */
#define CLASS_WEIGHT 3
#define OTHER_HARDWARE 0.8
#define OTHER_WORKLOADS 0.9

struct profile {
        double count[PROFILE];
};

/* A campaign that may be kin. */
struct relative {
        const struct campaign *campaign;
        double likeness;
        double spec_likeness;
        int order; /* newest first, among equals */
};

static bool count_expr(const struct expr *expr, void *data)
{
        struct profile *p = data;

        if (expr->op == EXPR_REDUCE)
                p->count[PROFILE_CLASSES + expr->value.reduce.reduction]++;
        if (expr->op == EXPR_CALL)
                p->count[PROFILE_CLASSES + RED_COUNT + expr->value.function]++;
        return true;
}

static void make_profile(const struct spec *spec, const struct target *target,
                         struct profile *p)
{
        int ranks = PROFILE_CLASSES + RED_COUNT + FN_COUNT, n;
        enum schedule_class classes[PROFILE_CLASSES];

        *p = (struct profile){0};
        n = lower_classes(spec, target, classes, PROFILE_CLASSES);
        for (int i = 0; i < n; i++) {
                if ((int)classes[i] < PROFILE_CLASSES)
                        p->count[classes[i]] = CLASS_WEIGHT;
        }
        for (int i = 0; i < spec->tensor_count; i++) {
                const struct tensor *t = spec->tensor[i];
                int rank =
                        t->rank < PROFILE_RANKS ? t->rank : PROFILE_RANKS - 1;
                int role = t->role == TENSOR_IN    ? 0
                           : t->role == TENSOR_OUT ? 1
                                                   : 2;

                p->count[ranks + role * PROFILE_RANKS + rank]++;
        }
        for (int i = 0; i < spec->statement_count; i++) {
                p->count[ranks + 3 * PROFILE_RANKS +
                         spec->statement[i]->update]++;
                expr_walk(spec->statement[i]->value, count_expr, p);
        }
}

double kin_likeness(const struct spec *a, const struct spec *b,
                    const struct target *target)
{
        double common = 0, all = 0;
        struct profile x, y;

        make_profile(a, target, &x);
        make_profile(b, target, &y);
        for (int i = 0; i < PROFILE; i++) {
                bool less = x.count[i] < y.count[i];

                common += less ? x.count[i] : y.count[i];
                all += less ? y.count[i] : x.count[i];
        }
        return all > 0 ? common / all : 1;
}

/* The likeness of a stored spec; 0 when it cannot be read any more. */
static double stored_likeness(struct store *store, const struct spec *spec,
                              const struct target *target, const char *hash)
{
        struct spec *other = NULL;
        struct error ignored = {0};
        double likeness = 0;
        char *text = NULL;

        if (text_equal(spec->hash, hash))
                return 1;
        if (record_spec_text(store, hash, &text, &ignored) == 0 &&
            spec_parse(text, strlen(text), "stored.kernel", &other,
                       &ignored) == 0)
                likeness = kin_likeness(spec, other, target);
        spec_free(other);
        free(text);
        return likeness;
}

/* Do the texts of these workloads occur in a campaign's JSON, all of them? */
static bool same_workloads(const struct subject *subject,
                           const struct campaign *campaign)
{
        for (int i = 0; i < subject->workload_count; i++) {
                char quoted[1024];

                snprintf(quoted, sizeof quoted, "\"%s\"",
                         subject->workload[i].text);
                if (!strstr(campaign->workloads, quoted))
                        return false;
        }
        return true;
}

static int by_likeness(const void *a, const void *b)
{
        const struct relative *x = a, *y = b;

        if (x->likeness != y->likeness)
                return x->likeness < y->likeness ? 1 : -1;
        return x->order - y->order;
}

/* Sorted, the most alike first; returns how many matter. */
static int rank_campaigns(struct store *store, const struct subject *subject,
                          int64_t not_campaign, bool strangers,
                          struct campaign **campaign, int count,
                          struct relative *relative)
{
        const struct spec *spec = subject->kernel->spec;
        struct machine machine;
        struct target target;
        int n = 0;

        machine_probe(&machine);
        subject->backend->target(&machine, &target);
        for (int i = 0; i < count; i++) {
                const struct campaign *c = campaign[i];
                bool alike_hardware =
                        text_equal(c->hardware, subject->hardware->name);
                bool alike_work = same_workloads(subject, c);
                struct relative *r = &relative[n];

                if (c->id == not_campaign ||
                    (strangers && alike_hardware && alike_work &&
                     text_equal(c->spec_hash, spec->hash)))
                        continue;
                /* Campaigns of one kernel lie together: asked once. */
                if (n && text_equal(c->spec_hash,
                                    relative[n - 1].campaign->spec_hash))
                        r->likeness = relative[n - 1].spec_likeness;
                else
                        r->likeness = stored_likeness(store, spec, &target,
                                                      c->spec_hash);
                r->spec_likeness = r->likeness;
                r->likeness *= alike_hardware ? 1 : OTHER_HARDWARE;
                r->likeness *= alike_work ? 1 : OTHER_WORKLOADS;
                r->campaign = c;
                r->order = i;
                n++;
        }
        qsort(relative, (size_t)n, sizeof *relative, by_likeness);
        if (n > KIN_CAMPAIGNS)
                n = KIN_CAMPAIGNS;
        while (n && relative[n - 1].likeness < KIN_LEAST)
                n--;
        return n;
}

/* The weight of a row: what is less alike counts much less, and a campaign
 * counts for KIN_ROWS results however many it has, so that the first results
 * of the new one are heard. */
static double row_weight(double likeness, int rows)
{
        double weight = pow(likeness, 4);

        return rows > KIN_ROWS ? weight * KIN_ROWS / rows : weight;
}

/* Take over a campaign's nodes that have a result, as rows. */
static int take_nodes(struct kin *kin, struct node **node, int count,
                      int number, double likeness, struct error *err)
{
        int first = count > KIN_NODES_EACH ? count - KIN_NODES_EACH : 0;
        size_t room = (size_t)(kin->node_count + count) + 1;
        struct ranker_history *history =
                realloc(kin->history, room * sizeof *history);
        struct node **nodes;

        if (history)
                kin->history = history;
        nodes = realloc(kin->node, room * sizeof *nodes);
        if (nodes)
                kin->node = nodes;
        if (!history || !nodes) {
                nodes_free(node, count);
                return error_memory(err);
        }
        for (int i = 0; i < count; i++) {
                kin->node[kin->node_count++] = node[i];
                if (i < first || !*node[i]->schedule ||
                    text_equal(node[i]->state, "new"))
                        continue;
                history[kin->history_count++] = (struct ranker_history){
                        number, node[i]->schedule, node[i]->fitness,
                        row_weight(likeness, count - first)};
        }
        free(node);
        return 0;
}

/* The best of each campaign in turn, then the second best. */
static void choose_seeds(struct kin *kin, int campaigns)
{
        for (int round = 0; round < KIN_SEEDS; round++) {
                for (int c = 0; c < campaigns && kin->seed_count < KIN_SEEDS;
                     c++) {
                        const struct ranker_history *best = NULL;

                        for (int i = 0; i < kin->history_count; i++) {
                                const struct ranker_history *h =
                                        &kin->history[i];
                                bool taken = false;

                                for (int s = 0; s < kin->seed_count; s++)
                                        taken = taken ||
                                                text_equal(kin->seed[s],
                                                           h->schedule);
                                if (h->campaign == c && !taken &&
                                    h->fitness > 0 &&
                                    (!best || h->fitness > best->fitness))
                                        best = h;
                        }
                        if (best)
                                kin->seed[kin->seed_count++] = best->schedule;
                }
        }
}

int kin_load(struct kin *kin, struct store *store,
             const struct subject *subject, int64_t not_campaign,
             bool strangers, struct error *err)
{
        struct campaign **campaign = NULL;
        struct relative *relative;
        int count = 0, n, rc;

        *kin = (struct kin){0};
        rc = campaign_list(store, NULL, NULL, KIN_LOOKED_AT, &campaign, &count,
                           err);
        if (rc < 0)
                return rc;
        relative = calloc((size_t)count + 1, sizeof *relative);
        if (!relative) {
                rc = error_memory(err);
                goto out;
        }
        n = rank_campaigns(store, subject, not_campaign, strangers, campaign,
                           count, relative);
        if (n)
                kin->likeness = relative[0].likeness;
        for (int i = 0; i < n && rc == 0; i++) {
                struct node **node = NULL;
                int nodes = 0;

                rc = node_list(store, relative[i].campaign->id, &node, &nodes,
                               err);
                if (rc == 0)
                        rc = take_nodes(kin, node, nodes, i,
                                        relative[i].likeness, err);
        }
        choose_seeds(kin, n);
out:
        free(relative);
        campaigns_free(campaign, count);
        if (rc < 0)
                kin_dispose(kin);
        return rc;
}

void kin_dispose(struct kin *kin)
{
        nodes_free(kin->node, kin->node_count);
        free(kin->history);
        *kin = (struct kin){0};
}

void kin_seed(const struct kin *kin, struct explorer *explorer)
{
        explorer->seed_count = 0;
        for (int i = 0; i < kin->seed_count && i < EXPLORER_SEEDS; i++)
                explorer->seed_schedule[explorer->seed_count++] = kin->seed[i];
}
