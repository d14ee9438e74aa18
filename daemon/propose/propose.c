/*
 * See propose.h. Near a parent every single-field change is a possible move;
 * one is drawn with weights learned from the history: values that helped
 * before are likelier, values that broke a build or a check are rare. One
 * move in four changes a second field too, so that pairs that only pay
 * together are found.
 */
#include "propose/propose.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "propose/render.h"

enum {
        SPACES_MAX = 8,
        CLASSES_MAX = 8,
        DRAWS_MAX = 64, /* tries for a fresh start */
        MOVES_MAX = SPACE_FIELDS * LIMIT_TUNE_VALUES
};

struct proposer {
        struct propose_task task;
        int count;
        struct space space[SPACES_MAX];
};

struct move {
        int field, at;
        double weight;
};

static int add_classes(struct proposer *p, struct error *err)
{
        enum schedule_class classes[CLASSES_MAX];
        struct schedule_space *space;
        int n, rc;

        n = lower_classes(p->task.spec, &p->task.target, classes, CLASSES_MAX);
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
        rc = add_classes(p, err);
        for (int i = 0; rc == 0 && i < task->source_count; i++) {
                if (p->count < SPACES_MAX && task->source[i]->tune_count)
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

static bool seen(const struct propose_context *context, const char *schedule)
{
        for (int i = 0; i < context->memory_count; i++) {
                if (text_equal(context->memory[i].schedule, schedule))
                        return true;
        }
        return false;
}

/* Render the point unless it was tried; ERR_NOT_FOUND when it was. */
static int try_point(const struct proposer *p, const struct space *space,
                     const struct point *point,
                     const struct propose_context *context,
                     struct candidate *candidate, struct error *err)
{
        char text[SPACE_TEXT_BYTES];

        space_print(space, point, text);
        if (seen(context, text))
                return error_set(err, ERR_NOT_FOUND, "tried before: %s", text);
        return render_point(&p->task, space, point, candidate, err);
}

/* A point that cannot be lowered or was tried is skipped, not a failure. */
static bool is_skip(int rc)
{
        return rc == ERR_UNSUPPORTED || rc == ERR_NOT_FOUND;
}

static int start_afresh(const struct proposer *p,
                        const struct propose_context *context, struct rng *rng,
                        struct candidate *candidate, struct error *err)
{
        const struct space *space = &p->space[context->start % p->count];
        struct point point;
        int rc = ERR_NOT_FOUND;

        if (context->start < p->count) {
                space_guess(space, &point);
                rc = try_point(p, space, &point, context, candidate, err);
        }
        for (int i = 0; is_skip(rc) && i < DRAWS_MAX; i++) {
                space = &p->space[(context->start + i) % p->count];
                space_draw(space, i < DRAWS_MAX / 2 ? 0.35 : 0.8, rng, &point);
                rc = try_point(p, space, &point, context, candidate, err);
        }
        if (rc == 0) {
                candidate->move = strdup(context->start < p->count
                                                 ? "the cost model's guess"
                                                 : "a new start");
                if (!candidate->move)
                        rc = error_memory(err);
        }
        return is_skip(rc) ? error_set(err, ERR_NOT_FOUND,
                                       "no start is left to try")
                           : rc;
}

/* What history says of setting one field to one value: 1 when nothing. */
static double weight_of(const struct space *space, int field, int at,
                        const struct propose_context *context)
{
        const struct propose_memory *m;
        struct point child, parent;
        double sum = 0;
        int n = 0;

        for (int i = 0; i < context->memory_count; i++) {
                m = &context->memory[i];
                if (!m->parent || !space_parse(space, m->schedule, &child) ||
                    !space_parse(space, m->parent, &parent) ||
                    child.at[field] != at ||
                    parent.at[field] == child.at[field])
                        continue;
                n++;
                if (m->fitness <= 0)
                        sum -= 1.5;
                else if (m->parent_fitness > 0)
                        sum += 4 * log(m->fitness / m->parent_fitness);
        }
        if (!n)
                return 1;
        sum = sum / n;
        return exp(sum > 1.5 ? 1.5 : sum < -2.5 ? -2.5 : sum);
}

static int list_moves(const struct space *space, const struct point *parent,
                      const struct propose_context *context,
                      struct move *moves)
{
        int n = 0;

        for (int f = 0; f < space->count; f++) {
                for (int v = 0; v < space->field[f].count; v++) {
                        if (v == parent->at[f])
                                continue;
                        moves[n++] = (struct move){
                                f, v, weight_of(space, f, v, context)};
                }
        }
        return n;
}

/* Draw one by weight and take it out of the list. */
static struct move take_move(struct move *moves, int *count, struct rng *rng)
{
        double total = 0, at;
        struct move taken;
        int i;

        for (i = 0; i < *count; i++)
                total += moves[i].weight;
        at = rng_unit(rng) * total;
        for (i = 0; i < *count - 1; i++) {
                at -= moves[i].weight;
                if (at < 0)
                        break;
        }
        taken = moves[i];
        moves[i] = moves[--*count];
        return taken;
}

static int describe(const struct space *space, const struct point *parent,
                    const struct point *child, struct candidate *candidate,
                    struct error *err)
{
        struct buf text;
        int rc;

        buf_init(&text, SPACE_TEXT_BYTES);
        for (int i = 0; i < space->count; i++) {
                const struct space_field *field = &space->field[i];

                if (parent->at[i] == child->at[i])
                        continue;
                buf_printf(&text, "%s%s %lld -> %lld", text.length ? ", " : "",
                           field->name, (long long)field->value[parent->at[i]],
                           (long long)field->value[child->at[i]]);
        }
        rc = buf_check(&text, "move", err);
        candidate->move = buf_take(&text);
        return rc < 0 || candidate->move ? rc : error_memory(err);
}

static int move_from(const struct proposer *p, const struct space *space,
                     const struct point *parent,
                     const struct propose_context *context, struct rng *rng,
                     struct candidate *candidate, struct error *err)
{
        struct move *moves = malloc(MOVES_MAX * sizeof *moves);
        struct point child;
        int count, rc = ERR_NOT_FOUND;

        if (!moves)
                return error_memory(err);
        count = list_moves(space, parent, context, moves);
        while (count > 0 && is_skip(rc)) {
                struct move first = take_move(moves, &count, rng);

                child = *parent;
                child.at[first.field] = first.at;
                if (count > 0 && rng_unit(rng) < 0.25) {
                        const struct move *second =
                                &moves[rng_below(rng, (uint64_t)count)];

                        child.at[second->field] = second->at;
                }
                rc = try_point(p, space, &child, context, candidate, err);
        }
        free(moves);
        if (rc == 0)
                rc = describe(space, parent, &child, candidate, err);
        return is_skip(rc) ? error_set(err, ERR_NOT_FOUND,
                                       "nothing new near this parent")
                           : rc;
}

static const struct space *find_space(const struct proposer *p,
                                      const char *schedule,
                                      struct point *point)
{
        for (int i = 0; i < p->count; i++) {
                if (space_parse(&p->space[i], schedule, point))
                        return &p->space[i];
        }
        return NULL;
}

int propose(const struct proposer *proposer,
            const struct propose_context *context, struct rng *rng,
            struct candidate *candidate, struct error *err)
{
        const struct space *space;
        struct point parent;
        int rc;

        *candidate = (struct candidate){0};
        if (!context->parent) {
                rc = start_afresh(proposer, context, rng, candidate, err);
        } else {
                space = find_space(proposer, context->parent, &parent);
                if (!space)
                        return error_set(err, ERR_NOT_FOUND,
                                         "the parent's schedule is of an "
                                         "older space");
                rc = move_from(proposer, space, &parent, context, rng,
                               candidate, err);
        }
        if (rc < 0)
                candidate_dispose(candidate);
        return rc;
}

int propose_render(const struct proposer *proposer, const char *schedule,
                   struct candidate *candidate, struct error *err)
{
        const struct space *space;
        struct point point;

        *candidate = (struct candidate){0};
        space = find_space(proposer, schedule, &point);
        if (!space)
                return error_set(err, ERR_NOT_FOUND,
                                 "no space has this schedule: %s", schedule);
        return render_point(&proposer->task, space, &point, candidate, err);
}

int64_t propose_space_size(const struct proposer *proposer, int64_t maximum)
{
        int64_t total = 0;

        for (int i = 0; i < proposer->count && total < maximum; i++)
                total += space_size(&proposer->space[i], maximum);
        return total < maximum ? total : maximum;
}
