/*
 * See propose.h. Points come from moves.h; with a rank, a pool of them is
 * drawn and the one ranked highest becomes the candidate, except for one in
 * eight, which is left to chance: a model that is wrong must be able to find
 * out.
 */
#include "propose/propose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "lower/estimate.h"
#include "propose/moves.h"
#include "propose/render.h"

enum { CLASSES_MAX = 8, POOL = 24, CHANCE = 8 };

struct proposer {
        struct propose_task task;
        int count;
        struct space space[MOVES_SPACES];
        /* A search over recorded results: see propose_recorded. */
        bool (*available)(int space, const struct point *point, void *data);
        void *data;
        bool *told; /* of a defect; apart, since asking changes nothing else */
};

/* Points to choose among. */
struct pool {
        int count;
        struct {
                int space;
                struct point point;
                bool guess;
                double rank;
        } item[POOL];
};

static int add_classes(struct proposer *p, struct error *err)
{
        enum schedule_class classes[CLASSES_MAX];
        struct schedule_space *space;
        int n, rc;

        n = lower_classes(p->task.spec, &p->task.target, classes,
                          CLASSES_MAX - 1);
        /* What has no structure that a class knows may still be faster as the
         * plainest of loops than what a person wrote. */
        if (p->task.first && !p->task.spec->reference)
                classes[n++] = SCHEDULE_FIRST;
        for (int i = 0; i < n; i++) {
                space = calloc(1, sizeof *space);
                if (!space)
                        return error_memory(err);
                rc = lower_fields(p->task.spec, p->task.workload,
                                  &p->task.target, classes[i], space, err);
                if (rc < 0) {
                        free(space);
                        return rc;
                }
                if (p->task.any_size)
                        schedule_drop(space, "fix");
                space_from_schedules(&p->space[p->count++], space);
        }
        return 0;
}

int propose_open(struct proposer **proposer, const struct propose_task *task,
                 struct error *err)
{
        struct proposer *p = calloc(1, sizeof *p);
        int rc;

        *proposer = NULL;
        if (!p)
                return error_memory(err);
        p->task = *task;
        p->told = calloc(1, sizeof *p->told);
        rc = p->told ? add_classes(p, err) : error_memory(err);
        for (int i = 0; rc == 0 && i < task->source_count; i++) {
                if (p->count < MOVES_SPACES && task->source[i]->tune_count)
                        space_from_source(&p->space[p->count++],
                                          task->source[i],
                                          task->source_name[i]);
        }
        if (rc == 0 && p->count == 0)
                rc = error_set(err, ERR_UNSUPPORTED,
                               "%s: no schedule class fits this spec and no "
                               "source of it has tune lines: there is "
                               "nothing to search yet",
                               task->spec->name);
        if (rc < 0) {
                propose_close(p);
                return rc;
        }
        *proposer = p;
        return 0;
}

void propose_close(struct proposer *proposer)
{
        if (!proposer)
                return;
        for (int i = 0; i < proposer->count; i++)
                space_dispose(&proposer->space[i]);
        free(proposer->told);
        free(proposer);
}

void candidate_dispose(struct candidate *candidate)
{
        free(candidate->language);
        free(candidate->text);
        free(candidate->origin);
        free(candidate->schedule);
        free(candidate->move);
        free(candidate->header_only);
        free(candidate->use);
        *candidate = (struct candidate){0};
}

/* The schedule of a point without its source: all that a search over
 * recorded results needs. */
static int recall_point(const struct proposer *p, int space,
                        const struct point *point, struct candidate *candidate,
                        struct error *err)
{
        const struct space *s = &p->space[space];
        char text[SPACE_TEXT_BYTES];

        if (!p->available(space, point, p->data))
                return error_set(err, ERR_UNSUPPORTED, "not recorded");
        space_print(s, point, text);
        *candidate = (struct candidate){
                .schedule = strdup(text),
                .origin = strdup(s->source ? "tune" : "schedule"),
                .language = strdup(s->source ? s->source->language
                                             : p->task.backend->language)};
        if (candidate->schedule && candidate->origin && candidate->language)
                return 0;
        candidate_dispose(candidate);
        return error_memory(err);
}

/* A defect of a lowering or printer costs the schedules that have it, not the
 * search; a person hears of the first. */
static int leave_out(const struct proposer *p, int space,
                     const struct point *point, struct error *err)
{
        char schedule[SPACE_TEXT_BYTES];

        space_print(&p->space[space], point, schedule);
        if (!*p->told)
                fprintf(stderr,
                        "kevo: %s: schedule \"%s\" is left out, and others "
                        "may be, because of a defect in kevo; please report "
                        "it: %s\n",
                        p->task.spec->name, schedule, err->text);
        *p->told = true;
        err->code = ERR_UNSUPPORTED;
        return error_wrap(err, "a defect in kevo");
}

int propose_point(const struct proposer *proposer, int space,
                  const struct point *point, struct candidate *candidate,
                  struct error *err)
{
        struct error own = {0};
        int rc;

        *candidate = (struct candidate){0};
        if (proposer->available)
                return recall_point(proposer, space, point, candidate, err);
        if (!err)
                err = &own;
        rc = render_point(&proposer->task, &proposer->space[space], point,
                          candidate, err);
        return rc == ERR_INTERNAL ? leave_out(proposer, space, point, err)
                                  : rc;
}

/* A point that cannot be lowered is skipped, not a failure. */
static bool is_skip(int rc)
{
        return rc == ERR_UNSUPPORTED || rc == ERR_NOT_FOUND;
}

static bool in_pool(const struct proposer *p, const struct pool *pool,
                    int space, const struct point *point)
{
        for (int i = 0; i < pool->count; i++) {
                if (pool->item[i].space == space &&
                    space_equal(&p->space[space], &pool->item[i].point, point))
                        return true;
        }
        return false;
}

/* Without a rank one point is enough: the first that can be had. */
static void fill_pool(const struct proposer *p, struct moves *moves,
                      struct rng *rng, struct pool *pool)
{
        const struct propose_context *c = moves->context;
        int wanted = c->rank ? POOL : 1, space;
        struct point point;
        bool guess;

        while (pool->count < wanted &&
               moves_next(moves, rng, &space, &point, &guess)) {
                if (in_pool(p, pool, space, &point) ||
                    (p->available && !p->available(space, &point, p->data)))
                        continue;
                pool->item[pool->count].space = space;
                pool->item[pool->count].point = point;
                pool->item[pool->count].guess = guess;
                pool->item[pool->count].rank =
                        c->rank ? c->rank(space, &point, c->data) : 0;
                pool->count++;
                if (guess)
                        return; /* not to be outranked by its own model */
        }
}

static int choose(const struct pool *pool, const struct propose_context *c,
                  struct rng *rng)
{
        int best = 0;

        if (c->rank && rng_below(rng, CHANCE) == 0)
                return (int)rng_below(rng, (uint64_t)pool->count);
        for (int i = 1; i < pool->count; i++) {
                if (pool->item[i].rank > pool->item[best].rank)
                        best = i;
        }
        return pool->item[0].guess ? 0 : best;
}

/* What changed against the parent, in words. */
static int describe(const struct proposer *p,
                    const struct propose_context *context, int space,
                    const struct point *point, bool guess,
                    struct candidate *candidate, struct error *err)
{
        const struct space *s = &p->space[space];
        const struct point *from;
        struct buf text;
        int rc;

        buf_init(&text, SPACE_TEXT_BYTES);
        if (context->parent < 0) {
                buf_puts(&text,
                         guess ? "the cost model's guess" : "a new start");
        } else {
                from = &context->memory[context->parent].point;
                for (int i = 0; i < s->count; i++) {
                        const struct space_field *f = &s->field[i];

                        if (from->at[i] == point->at[i])
                                continue;
                        buf_printf(&text, "%s%s %lld -> %lld",
                                   text.length ? ", " : "", f->name,
                                   (long long)f->value[from->at[i]],
                                   (long long)f->value[point->at[i]]);
                }
        }
        rc = buf_check(&text, "move", err);
        candidate->move = buf_take(&text);
        return rc < 0 || candidate->move ? rc : error_memory(err);
}

/* Draw, choose and render until one can be rendered. */
static int next_candidate(const struct proposer *p, struct moves *moves,
                          struct rng *rng, struct candidate *candidate,
                          struct error *err)
{
        struct pool pool = {0};
        int rc;

        for (;;) {
                int at;

                fill_pool(p, moves, rng, &pool);
                if (pool.count == 0)
                        return error_set(err, ERR_NOT_FOUND,
                                         "nothing new was found to try");
                at = choose(&pool, moves->context, rng);
                rc = propose_point(p, pool.item[at].space,
                                   &pool.item[at].point, candidate, err);
                if (rc == 0)
                        return describe(p, moves->context, pool.item[at].space,
                                        &pool.item[at].point,
                                        pool.item[at].guess, candidate, err);
                if (!is_skip(rc))
                        return rc;
                pool.item[at] = pool.item[--pool.count];
        }
}

int propose(const struct proposer *proposer,
            const struct propose_context *context, struct rng *rng,
            struct candidate *candidate, struct error *err)
{
        struct moves moves;
        int rc;

        *candidate = (struct candidate){0};
        if (context->parent >= 0 && context->memory[context->parent].space < 0)
                return error_set(err, ERR_NOT_FOUND,
                                 "the parent's schedule is of an older space");
        rc = moves_begin(&moves, proposer->space, proposer->count, context,
                         err);
        if (rc == 0)
                rc = next_candidate(proposer, &moves, rng, candidate, err);
        moves_dispose(&moves);
        if (rc < 0)
                candidate_dispose(candidate);
        return rc;
}

bool propose_locate(const struct proposer *proposer, const char *schedule,
                    struct propose_memory *where)
{
        *where = (struct propose_memory){.space = -1, .parent = -1};
        for (int i = 0; i < proposer->count; i++) {
                if (!space_parse(&proposer->space[i], schedule, &where->point))
                        continue;
                where->space = i;
                return true;
        }
        return false;
}

bool propose_adapt(const struct proposer *proposer, const char *schedule,
                   struct propose_memory *where)
{
        *where = (struct propose_memory){.space = -1, .parent = -1};
        for (int i = 0; i < proposer->count; i++) {
                if (!space_adapt(&proposer->space[i], schedule, &where->point))
                        continue;
                where->space = i;
                return true;
        }
        return false;
}

int propose_render(const struct proposer *proposer, const char *schedule,
                   struct candidate *candidate, struct error *err)
{
        struct propose_memory where;

        *candidate = (struct candidate){0};
        if (!propose_locate(proposer, schedule, &where))
                return error_set(err, ERR_NOT_FOUND,
                                 "no space has this schedule: %s", schedule);
        return propose_point(proposer, where.space, &where.point, candidate,
                             err);
}

double propose_estimate(int space, const struct point *point, void *data)
{
        const struct proposer *p = data;
        struct schedule schedule;

        if (p->space[space].source)
                return 0;
        space_schedule(&p->space[space], point, &schedule);
        return estimate_schedule(p->task.spec, p->task.workload,
                                 &p->task.target, &schedule);
}

int propose_space_count(const struct proposer *proposer)
{
        return proposer->count;
}

const struct space *propose_space(const struct proposer *proposer, int space)
{
        return &proposer->space[space];
}

const struct propose_task *propose_task_of(const struct proposer *proposer)
{
        return &proposer->task;
}

void propose_recorded(struct proposer *proposer,
                      bool (*available)(int space, const struct point *point,
                                        void *data),
                      void *data)
{
        proposer->available = available;
        proposer->data = data;
}

void propose_narrow(struct proposer *proposer, int64_t maximum,
                    struct rng *rng)
{
        int64_t each = maximum / proposer->count;

        for (int i = 0; i < proposer->count; i++)
                space_narrow(&proposer->space[i], each > 1 ? each : 1, rng);
}

int64_t propose_space_size(const struct proposer *proposer, int64_t maximum)
{
        int64_t total = 0;

        for (int i = 0; i < proposer->count && total < maximum; i++)
                total += space_size(&proposer->space[i], maximum);
        return total < maximum ? total : maximum;
}
