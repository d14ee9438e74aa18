/* See record.h. */
#include "search/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "search/hunt.h"

/* The same part each time for a subject and a number of points. */
static void recording_key(const struct subject *subject, int points,
                          int threads, char key[HASH_TEXT_BYTES])
{
        struct hash hash;

        hash_begin(&hash);
        hash_add_text(&hash, "recording");
        hash_add_text(&hash, subject->key);
        hash_add_int(&hash, points);
        hash_add_int(&hash, threads);
        hash_end(&hash, key);
}

static int64_t common_divisor(int64_t a, int64_t b)
{
        return b ? common_divisor(b, a % b) : a;
}

/* The n-th point of a space in a fixed order that jumps about (steps of the
 * golden ratio), so that a recording that was cut off is a sample of all of
 * it. false: there are fewer points. */
static bool nth_point(const struct space *space, int64_t n,
                      struct point *point)
{
        int64_t size = space_size(space, INT32_MAX),
                step = (int64_t)(0.6180339887 * (double)size) | 1, at;

        if (n >= size)
                return false;
        while (common_divisor(step, size) > 1)
                step += 2;
        at = n * step % size;
        *point = (struct point){0};
        for (int f = 0; f < space->count; f++) {
                point->at[f] = (int)(at % space->field[f].count);
                at /= space->field[f].count;
        }
        return true;
}

static bool in_graph(const struct graph *graph, const struct space *space,
                     int number, const struct point *point)
{
        for (int i = 0; i < graph->count; i++) {
                if (graph->memory[i].space == number &&
                    space_equal(space, &graph->memory[i].point, point))
                        return true;
        }
        return false;
}

/* Evaluate one point unless it was; one that cannot be lowered is left
 * out, as a search would leave it out. */
static int record_point(struct hunt *h, int number, const struct point *point,
                        struct error *err)
{
        const struct space *space = propose_space(h->proposer, number);
        struct candidate candidate;
        int at, rc;

        if (in_graph(&h->explorer.graph, space, number, point))
                return 0;
        rc = propose_point(h->proposer, number, point, &candidate, err);
        if (rc == ERR_UNSUPPORTED)
                return 0;
        if (rc < 0)
                return rc;
        candidate.move = strdup("recorded");
        rc = candidate.move ? hunt_insert(h, &candidate, -1, &at, err)
                            : error_memory(err);
        candidate_dispose(&candidate);
        return rc == 0 && at >= 0 ? hunt_try(h, at, err) : rc;
}

/* Spaces in turn. */
static int record_all(struct hunt *h, const char **ending, struct error *err)
{
        int spaces = propose_space_count(h->proposer), rc = 0;
        bool more = true;

        for (int i = 0; rc == 0 && i < h->explorer.graph.count; i++) {
                if (!h->explorer.graph.node[i].evaluated)
                        rc = hunt_try(h, i, err);
        }
        *ending = NULL;
        for (int64_t n = 0; rc == 0 && more; n++) {
                more = false;
                for (int i = 0; rc == 0 && i < spaces; i++) {
                        struct point point;

                        if (!nth_point(propose_space(h->proposer, i), n,
                                       &point))
                                continue;
                        more = true;
                        *ending = hunt_why_end(h);
                        if (*ending)
                                return 0;
                        rc = record_point(h, i, &point, err);
                }
        }
        *ending = "stall"; /* nothing is left */
        return rc;
}

static int by_size(const void *a, const void *b)
{
        const double *x = a, *y = b;

        return (*x > *y) - (*x < *y);
}

/* One time of the incumbent for the whole recording, so that what disturbed
 * it beside one candidate does not count for that candidate: the median. */
static int median_baseline(struct node_time **time, int count,
                           const char *workload, double *ns, struct error *err)
{
        double *all = malloc(((size_t)count + 1) * sizeof *all);
        int n = 0;

        if (!all)
                return error_memory(err);
        for (int i = 0; i < count; i++) {
                if (text_equal(time[i]->workload, workload) &&
                    time[i]->baseline_ns > 0)
                        all[n++] = time[i]->baseline_ns;
        }
        qsort(all, (size_t)n, sizeof *all, by_size);
        *ns = n ? all[n / 2] : 0;
        free(all);
        return 0;
}

/* The weighted geometric mean as in a search, with the incumbent's times of
 * the whole recording. What is identical to the incumbent is not timed: 1. */
static double fitness_of(const struct subject *subject,
                         struct node_time **time, int count,
                         const double *baseline)
{
        double sum = 0, weight = 0;

        for (int w = 0; w < subject->workload_count; w++) {
                const struct subject_workload *work = &subject->workload[w];

                if (baseline[w] > 0)
                        weight += work->weight;
                for (int i = 0; i < count; i++) {
                        double ns = time[i]->candidate_ns;

                        if (ns > 0 && baseline[w] > 0 &&
                            text_equal(time[i]->workload, work->text))
                                sum += work->weight * log(baseline[w] / ns);
                }
        }
        return weight > 0 ? exp(sum / weight) : 0;
}

static int add_node(struct tape *tape, const struct subject *subject,
                    const struct node *node, struct node_time **time,
                    int count, const double *baseline, struct error *err)
{
        struct recorded r = {.seconds = count ? time[0]->seconds : 0};
        struct propose_memory where;

        if (text_equal(node->state, "new") ||
            !propose_locate(tape->proposer, node->schedule, &where))
                return 0;
        if (node->fitness > 0)
                r.fitness = fitness_of(subject, time, count, baseline);
        r.space = where.space;
        r.point = where.point;
        r.prior = propose_estimate(where.space, &where.point, tape->proposer);
        tape->wrong += r.fitness <= 0;
        return recording_add(&tape->recording, &r, err);
}

/* What the campaign's nodes say, with what they cost. */
static int load_tape(struct tape *tape, struct store *store,
                     const struct subject *subject, struct error *err)
{
        double baseline[LIMIT_WORKLOADS] = {0};
        struct node_time **time = NULL;
        struct node **node = NULL;
        int count = 0, times = 0, at = 0, rc;

        rc = node_list(store, tape->campaign, &node, &count, err);
        if (rc == 0)
                rc = node_times(store, tape->campaign, &time, &times, err);
        for (int w = 0; rc == 0 && w < subject->workload_count; w++)
                rc = median_baseline(time, times, subject->workload[w].text,
                                     &baseline[w], err);
        for (int i = 0; rc == 0 && i < count; i++) {
                int first = at;

                while (at < times && time[at]->node == node[i]->id)
                        at++;
                rc = add_node(tape, subject, node[i], time + first, at - first,
                              baseline, err);
        }
        node_times_free(time, times);
        nodes_free(node, count);
        return rc;
}

static int run(struct hunt *h, int points, struct tape *tape,
               struct error *err)
{
        char key[HASH_TEXT_BYTES];
        const char *ending = "stall";
        bool resumed = false;
        struct rng rng = {0};
        int rc;

        recording_key(h->subject, points, h->options->threads, key);
        rc = hunt_begin(h, key, "record", &resumed, err);
        if (rc == 0)
                rc = hunt_open_proposer(h, err);
        if (rc < 0)
                return rc;
        h->explorer.proposer = h->proposer;
        rng.seed = rng_derive((uint64_t)h->campaign->seed, "narrow", 0);
        propose_narrow(h->proposer, points, &rng);
        tape->points = (int)propose_space_size(h->proposer, INT32_MAX);
        tape->campaign = h->campaign->id;
        if (!text_equal(h->campaign->state, "ended")) {
                rc = hunt_load_graph(h, err);
                if (rc == 0)
                        rc = record_all(h, &ending, err);
                if (rc == 0)
                        rc = campaign_end(h->store, h->campaign->id, ending,
                                          err);
        }
        tape->complete = text_equal(ending, "stall");
        return rc;
}

int record_tape(struct tape *tape, struct store *store,
                const struct subject *subject,
                const struct campaign_options *options, int points,
                struct error *err)
{
        struct campaign_options all = *options;
        struct hunt h;
        int rc;

        /* Only time and interruptions end a recording. */
        all.stall_share = 2;
        all.floor_share = INT32_MAX;
        *tape = (struct tape){0};
        rc = hunt_init(&h, store, subject, &all, err);
        /* All candidates are compared with one opponent. */
        h.scope.fixed = true;
        if (rc == 0)
                rc = run(&h, points, tape, err);
        tape->proposer = h.proposer;
        h.proposer = NULL;
        hunt_dispose(&h);
        if (rc == 0)
                rc = load_tape(tape, store, subject, err);
        if (rc < 0)
                tape_dispose(tape);
        return rc;
}

void tape_dispose(struct tape *tape)
{
        propose_close(tape->proposer);
        recording_dispose(&tape->recording);
        *tape = (struct tape){0};
}
