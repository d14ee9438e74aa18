/* See replay.h. */
#include "search/replay.h"

#include <stdlib.h>
#include <string.h>

#include "search/ending.h"

void recording_dispose(struct recording *recording)
{
        free(recording->item);
        free(recording->slot);
        *recording = (struct recording){0};
}

static uint64_t hash_point(int space, const struct point *point)
{
        uint64_t hash = rng_at((uint64_t)space, 0);

        for (int i = 0; i < SPACE_FIELDS; i++)
                hash = rng_at(hash, (uint64_t)point->at[i]);
        return hash;
}

/* Where the point is, or where it would be put. */
static int *find_slot(const struct recording *r, int space,
                      const struct point *point)
{
        uint64_t at = hash_point(space, point);

        for (;; at++) {
                int *slot = &r->slot[at & (uint64_t)(r->slots - 1)];
                const struct recorded *item = &r->item[*slot];

                if (*slot < 0 ||
                    (item->space == space &&
                     memcmp(&item->point, point, sizeof *point) == 0))
                        return slot;
        }
}

/* At most half full, so that a search for an empty slot ends. */
static int grow(struct recording *r, struct error *err)
{
        int capacity = r->capacity ? 2 * r->capacity : 256;
        struct recorded *item;
        int *slot;

        if (r->count < r->capacity)
                return 0;
        item = realloc(r->item, (size_t)capacity * sizeof *item);
        if (item)
                r->item = item;
        slot = realloc(r->slot, (size_t)capacity * 2 * sizeof *slot);
        if (slot)
                r->slot = slot;
        if (!item || !slot)
                return error_memory(err);
        r->capacity = capacity;
        r->slots = 2 * capacity;
        for (int i = 0; i < r->slots; i++)
                slot[i] = -1;
        for (int i = 0; i < r->count; i++)
                *find_slot(r, item[i].space, &item[i].point) = i;
        return 0;
}

int recording_add(struct recording *recording, const struct recorded *result,
                  struct error *err)
{
        int *slot, rc = grow(recording, err);

        if (rc < 0)
                return rc;
        slot = find_slot(recording, result->space, &result->point);
        if (*slot < 0)
                *slot = recording->count++;
        recording->item[*slot] = *result;
        return 0;
}

const struct recorded *recording_find(const struct recording *recording,
                                      int space, const struct point *point)
{
        int at;

        if (!recording->count)
                return NULL;
        at = *find_slot(recording, space, point);
        return at < 0 ? NULL : &recording->item[at];
}

double recording_best(const struct recording *recording)
{
        double best = 0;

        for (int i = 0; i < recording->count; i++) {
                if (recording->item[i].fitness > best)
                        best = recording->item[i].fitness;
        }
        return best;
}

double recording_agreement(const struct recording *recording)
{
        int pairs = 0, right = 0;

        for (int i = 0; i < recording->count; i++) {
                const struct recorded *a = &recording->item[i];

                for (int k = 0; a->fitness > 0 && a->prior > 0 && k < i; k++) {
                        const struct recorded *b = &recording->item[k];

                        if (b->fitness <= 0 || b->prior <= 0 ||
                            a->fitness == b->fitness || a->prior == b->prior)
                                continue;
                        pairs++;
                        right += (a->fitness > b->fitness) ==
                                 (a->prior < b->prior);
                }
        }
        return pairs ? (double)right / pairs : 0.5;
}

bool recording_has(int space, const struct point *point, void *data)
{
        return recording_find(data, space, point) != NULL;
}

double recording_prior(int space, const struct point *point, void *data)
{
        const struct recorded *found = recording_find(data, space, point);

        return found ? found->prior : 0;
}

int replay_step(struct explorer *explorer, const struct recording *recording,
                const struct recorded **result, struct error *err)
{
        struct graph_node node = {.evaluated = true};
        struct propose_memory where;
        struct candidate candidate;
        struct choice from;
        bool nothing;
        int rc;

        *result = NULL;
        rc = explorer_next(explorer, &candidate, &from, &nothing, err);
        if (rc < 0 || nothing)
                return rc;
        if (propose_locate(explorer->proposer, candidate.schedule, &where))
                *result = recording_find(recording, where.space, &where.point);
        if (*result) {
                node.parent = from.parent;
                node.fitness = (*result)->fitness;
                node.schedule = candidate.schedule;
                node.move = candidate.move;
                candidate.schedule = candidate.move = NULL;
                rc = explorer_add(explorer, &node, err);
        } else {
                rc = error_set(err, ERR_INTERNAL, "not recorded: %s",
                               candidate.schedule);
        }
        candidate_dispose(&candidate);
        return rc < 0 ? rc : 0;
}

int replay_run(struct explorer *explorer, const struct recording *recording,
               const struct campaign_options *options,
               struct replay_trace *trace, struct error *err)
{
        struct pace pace = {0};
        int rc = 0;

        trace->ending = NULL;
        trace->count = 0;
        while (rc == 0 && !trace->ending && trace->count < trace->maximum) {
                const struct recorded *result;

                rc = replay_step(explorer, recording, &result, err);
                if (rc < 0 || !result) {
                        trace->ending = "stall";
                        break;
                }
                pace.elapsed += result->seconds;
                pace.since_gain += result->seconds;
                if (result->fitness > pace.best * ENDING_GAIN)
                        pace.since_gain = 0;
                if (result->fitness > pace.best)
                        pace.best = result->fitness;
                pace.candidates++;
                pace.nodes = explorer->graph.count;
                trace->best[trace->count++] = pace.best;
                trace->ending = ending_of(options, &pace);
        }
        return rc;
}
