/*
 * See proposals.h. A move is refused unless the proposal is still in the
 * state that its mover saw, and every move leaves a step behind.
 */
#include "store/proposals.h"

#include <stdlib.h>

#include "core/clock.h"
#include "store/query.h"

#define COLUMNS                                                      \
        "id, repository, kernel, hardware, branch, state, verdict,"  \
        " inputs_hash, path, content, blob, base, tip, intent, low," \
        " seconds_saved, created, updated, opened, note"

void proposal_free(struct proposal *proposal)
{
        if (!proposal)
                return;
        free(proposal->repository);
        free(proposal->kernel);
        free(proposal->hardware);
        free(proposal->branch);
        free(proposal->state);
        free(proposal->inputs_hash);
        free(proposal->path);
        free(proposal->content);
        free(proposal->blob);
        free(proposal->base);
        free(proposal->commit);
        free(proposal->intent);
        free(proposal->note);
        free(proposal);
}

void proposals_free(struct proposal **proposals, int count)
{
        for (int i = 0; i < count; i++)
                proposal_free(proposals[i]);
        free(proposals);
}

static void *read_proposal(struct query *query)
{
        struct proposal *proposal = calloc(1, sizeof *proposal);

        if (!proposal) {
                query->failed = SQLITE_NOMEM;
                return NULL;
        }
        proposal->id = query_get_int(query);
        proposal->repository = query_get_text(query);
        proposal->kernel = query_get_text(query);
        proposal->hardware = query_get_text(query);
        proposal->branch = query_get_text(query);
        proposal->state = query_get_text(query);
        proposal->verdict = query_get_int(query);
        proposal->inputs_hash = query_get_text(query);
        proposal->path = query_get_text(query);
        proposal->content = query_get_text(query);
        proposal->blob = query_get_text(query);
        proposal->base = query_get_text(query);
        proposal->commit = query_get_text(query);
        proposal->intent = query_get_text(query);
        proposal->low = query_get_double(query);
        proposal->seconds_saved = query_get_double(query);
        proposal->created = query_get_int(query);
        proposal->updated = query_get_int(query);
        proposal->opened = query_get_int(query);
        proposal->note = query_get_text(query);
        return proposal;
}

static void drop_proposal(void *proposal)
{
        proposal_free(proposal);
}

static const struct query_shape shape = {read_proposal, drop_proposal};

/* The history is written in the transaction of the move it tells of. */
static int add_step(struct store *store, int64_t id, const char *from,
                    const char *event, const char *to, const char *note,
                    struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "INSERT INTO proposal_step (proposal, time, old_state,"
                   " event, new_state, note) VALUES (?, ?, ?, ?, ?, ?)");
        query_put_int(&query, id);
        query_put_int(&query, clock_wall_seconds());
        query_put_text(&query, from);
        query_put_text(&query, event);
        query_put_text(&query, to);
        query_put_text(&query, note);
        return query_insert(&query, NULL, err);
}

/* One that is added as open (found on a forge) counts as opened now. */
static int insert_proposal(struct store *store,
                           const struct proposal *proposal, int64_t *id,
                           struct error *err)
{
        struct query query;
        int64_t now = clock_wall_seconds();

        query_open(&query, store,
                   "INSERT INTO proposal (repository, kernel, hardware,"
                   " branch, state, verdict, inputs_hash, path, content,"
                   " blob, base, tip, intent, low, seconds_saved, created,"
                   " updated, opened, note) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
                   " ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?16,"
                   " iif(?5 = 'open', ?16, 0), ?17)");
        query_put_text(&query, proposal->repository);
        query_put_text(&query, proposal->kernel);
        query_put_text(&query, proposal->hardware);
        query_put_text(&query, proposal->branch);
        query_put_text(&query, proposal->state);
        query_put_id(&query, proposal->verdict);
        query_put_text(&query, proposal->inputs_hash);
        query_put_text(&query, proposal->path);
        query_put_text(&query, proposal->content);
        query_put_text(&query, proposal->blob);
        query_put_text(&query, proposal->base);
        query_put_text(&query, proposal->commit);
        query_put_text(&query, proposal->intent);
        query_put_double(&query, proposal->low);
        query_put_double(&query, proposal->seconds_saved);
        query_put_int(&query, proposal->created ? proposal->created : now);
        query_put_text(&query, proposal->note);
        return query_insert(&query, id, err);
}

int proposal_add(struct store *store, const struct proposal *proposal,
                 int64_t *id, struct error *err)
{
        int64_t added = 0;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        rc = insert_proposal(store, proposal, &added, err);
        if (!rc)
                rc = add_step(store, added, "", "added", proposal->state,
                              proposal->note, err);
        if (!rc && id)
                *id = added;
        return sql_end(store, rc, err);
}

int proposal_get(struct store *store, int64_t id, struct proposal **proposal,
                 struct error *err)
{
        struct query query;
        int rc;

        query_open(&query, store,
                   "SELECT " COLUMNS " FROM proposal WHERE id = ?1");
        query_put_int(&query, id);
        rc = query_object(&query, &shape, proposal, err);
        if (rc == ERR_NOT_FOUND)
                error_set(err, rc, "there is no proposal %lld", (long long)id);
        return rc;
}

/* Commas around list and word: "open" is not found in "reopened". */
int proposal_list(struct store *store, const char *repository,
                  const char *branch, const char *states,
                  struct proposal ***proposals, int *count, struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "SELECT " COLUMNS " FROM proposal"
                   " WHERE (?1 IS NULL OR repository = ?1)"
                   " AND (?2 IS NULL OR branch = ?2)"
                   " AND (?3 IS NULL OR instr("
                   "  ',' || replace(?3, ' ', '') || ',',"
                   "  ',' || state || ',')) ORDER BY id DESC");
        query_put_filter(&query, repository);
        query_put_filter(&query, branch);
        query_put_filter(&query, states);
        return query_list(&query, &shape, proposals, count, err);
}

/* Why a guarded change met nothing. */
static int explain_missed(struct store *store, int64_t id, const char *from,
                          struct error *err)
{
        struct proposal *proposal = NULL;
        int rc = proposal_get(store, id, &proposal, err);

        if (!rc)
                rc = error_set(err, ERR_BUSY,
                               "proposal %lld is %s, not %s any more",
                               (long long)id, proposal->state, from);
        proposal_free(proposal);
        return rc;
}

int proposal_move(struct store *store, int64_t id, const char *from,
                  const char *to, const char *event, const char *note,
                  struct error *err)
{
        struct query query;
        int changed = 0, rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "UPDATE proposal SET state = ?3, note = ?4, updated = ?5,"
                   " opened = iif(?2 = 'ready' AND ?3 = 'open', ?5, opened)"
                   " WHERE id = ?1 AND state = ?2");
        query_put_int(&query, id);
        query_put_text(&query, from);
        query_put_text(&query, to);
        query_put_text(&query, note);
        query_put_int(&query, clock_wall_seconds());
        rc = query_run(&query, &changed, err);
        if (!rc && !changed)
                rc = explain_missed(store, id, from, err);
        if (!rc)
                rc = add_step(store, id, from, event, to, note, err);
        return sql_end(store, rc, err);
}

/* base and commit in one write: either both are known or neither. */
static int set_commits(struct store *store, const char *text, int64_t id,
                       const char *base, const char *commit, struct error *err)
{
        struct query query;
        int changed = 0, rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store, text);
        query_put_int(&query, id);
        query_put_text(&query, base);
        query_put_text(&query, commit);
        query_put_int(&query, clock_wall_seconds());
        rc = query_run(&query, &changed, err);
        if (!rc && !changed)
                rc = error_set(err, ERR_NOT_FOUND, "there is no proposal %lld",
                               (long long)id);
        return sql_end(store, rc, err);
}

int proposal_set_intent(struct store *store, int64_t id, const char *base,
                        const char *commit, struct error *err)
{
        return set_commits(store,
                           "UPDATE proposal SET base = ?2, intent = ?3,"
                           " updated = ?4 WHERE id = ?1",
                           id, base, commit, err);
}

int proposal_set_commit(struct store *store, int64_t id, const char *base,
                        const char *commit, struct error *err)
{
        return set_commits(store,
                           "UPDATE proposal SET base = ?2, tip = ?3,"
                           " intent = '', updated = ?4 WHERE id = ?1",
                           id, base, commit, err);
}

/* By the time of opening, not by state: what was closed the same day still
 * was a request that somebody had to read. */
int proposal_opened_within(struct store *store, const char *repository,
                           int64_t now, int64_t seconds, int *count,
                           struct error *err)
{
        struct query query;
        int64_t found = 0;
        int rc;

        query_open(&query, store,
                   "SELECT count(*) FROM proposal"
                   " WHERE repository = ?1 AND opened > 0"
                   " AND abs(opened - ?2) < ?3");
        query_put_text(&query, repository);
        query_put_int(&query, now);
        query_put_int(&query, seconds);
        rc = query_read_id(&query, &found, err);
        if (!rc)
                *count = (int)found;
        return rc;
}

static void step_dispose(struct proposal_step *step)
{
        free(step->from);
        free(step->event);
        free(step->to);
        free(step->note);
}

void proposal_history_free(struct proposal_step *steps, int count)
{
        for (int i = 0; i < count; i++)
                step_dispose(&steps[i]);
        free(steps);
}

static void *read_step(struct query *query)
{
        struct proposal_step *step = calloc(1, sizeof *step);

        if (!step) {
                query->failed = SQLITE_NOMEM;
                return NULL;
        }
        step->time = query_get_int(query);
        step->from = query_get_text(query);
        step->event = query_get_text(query);
        step->to = query_get_text(query);
        step->note = query_get_text(query);
        return step;
}

static void drop_step(void *step)
{
        step_dispose(step);
        free(step);
}

static const struct query_shape step_shape = {read_step, drop_step};

int proposal_history(struct store *store, int64_t id,
                     struct proposal_step **steps, int *count,
                     struct error *err)
{
        struct proposal_step **list = NULL;
        struct query query;
        int rc;

        *steps = NULL;
        query_open(&query, store,
                   "SELECT time, old_state, event, new_state, note"
                   " FROM proposal_step WHERE proposal = ?1 ORDER BY id");
        query_put_int(&query, id);
        rc = query_list(&query, &step_shape, &list, count, err);
        if (rc)
                return rc;
        /* The interface hands out one array of structs. */
        *steps = calloc(*count ? (size_t)*count : 1, sizeof **steps);
        for (int i = 0; i < *count; i++) {
                if (*steps) {
                        (*steps)[i] = *list[i];
                        free(list[i]);
                } else {
                        drop_step(list[i]);
                }
        }
        free(list);
        if (!*steps) {
                *count = 0;
                return error_memory(err);
        }
        return 0;
}
