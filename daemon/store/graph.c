/*
 * See graph.h. The tables keep the shape of a graph by themselves: a parent
 * is an older node of the same campaign, so there are no cycles and no lost
 * edges, and a source occurs once in a campaign.
 */
#include "store/graph.h"

#include <stdlib.h>

#include "core/clock.h"
#include "store/query.h"

#define COLUMNS                                                              \
        "n.id, n.campaign, n.parent, n.phase, n.origin, n.move, n.language," \
        " n.source, n.schedule, n.state, n.stage, n.fitness, n.failure,"     \
        " n.created"

void node_free(struct node *node)
{
        if (!node)
                return;
        free(node->phase);
        free(node->origin);
        free(node->move);
        free(node->language);
        free(node->source_hash);
        free(node->schedule);
        free(node->state);
        free(node->stage);
        free(node->failure);
        free(node);
}

void nodes_free(struct node **nodes, int count)
{
        for (int i = 0; i < count; i++)
                node_free(nodes[i]);
        free(nodes);
}

static void *read_node(struct query *query)
{
        struct node *node = calloc(1, sizeof *node);

        if (!node) {
                query->failed = SQLITE_NOMEM;
                return NULL;
        }
        node->id = query_get_int(query);
        node->campaign = query_get_int(query);
        node->parent = query_get_int(query);
        node->phase = query_get_text(query);
        node->origin = query_get_text(query);
        node->move = query_get_text(query);
        node->language = query_get_text(query);
        node->source_hash = query_get_text(query);
        node->schedule = query_get_text(query);
        node->state = query_get_text(query);
        node->stage = query_get_text(query);
        node->fitness = query_get_double(query);
        node->failure = query_get_text(query);
        node->created = query_get_int(query);
        return node;
}

static void drop_node(void *node)
{
        node_free(node);
}

static const struct query_shape shape = {read_node, drop_node};

/* parent and campaign are one foreign key: SQLite refuses a parent that is
 * not of this campaign. A missing source is NULL, which the column refuses. */
static int insert_node(struct store *store, const struct node *node,
                       int64_t *id, struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "INSERT INTO node (campaign, parent, phase, origin, move,"
                   " language, source, schedule, created, state, stage,"
                   " fitness, failure) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
                   " 'new', '', 0, '')");
        query_put_int(&query, node->campaign);
        query_put_id(&query, node->parent);
        query_put_text(&query, node->phase);
        query_put_text(&query, node->origin);
        query_put_text(&query, node->move);
        query_put_text(&query, node->language);
        query_put_reference(&query, node->source_hash);
        query_put_text(&query, node->schedule);
        query_put_int(&query, clock_wall_seconds());
        return query_insert(&query, id, err);
}

/* One lookup and one insert in a transaction; the UNIQUE index is the law,
 * the lookup only tells the caller which node it was. */
int node_add(struct store *store, const struct node *node, int64_t *id,
             bool *added, struct error *err)
{
        struct query query;
        int64_t found = 0;
        int rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "SELECT id FROM node WHERE campaign = ?1 AND source = ?2");
        query_put_int(&query, node->campaign);
        query_put_text(&query, node->source_hash);
        rc = query_read_id(&query, &found, err);
        if (added)
                *added = rc == ERR_NOT_FOUND;
        if (rc == ERR_NOT_FOUND)
                rc = insert_node(store, node, &found, err);
        if (!rc && id)
                *id = found;
        return sql_end(store, rc, err);
}

/* Stages compare as text: "" < "S0" < ... < "S4". */
int node_update(struct store *store, int64_t id, const char *state,
                const char *stage, double fitness, const char *failure,
                struct error *err)
{
        struct query query;
        int changed = 0, rc = sql_begin(store, err);

        if (rc)
                return rc;
        query_open(&query, store,
                   "UPDATE node SET state = ?2, stage = max(stage, ?3),"
                   " fitness = ?4, failure = ?5 WHERE id = ?1");
        query_put_int(&query, id);
        query_put_text(&query, state);
        query_put_text(&query, stage);
        query_put_double(&query, fitness);
        query_put_text(&query, failure);
        rc = query_run(&query, &changed, err);
        if (!rc && !changed)
                rc = error_set(err, ERR_NOT_FOUND, "there is no node %lld",
                               (long long)id);
        return sql_end(store, rc, err);
}

int node_get(struct store *store, int64_t id, struct node **node,
             struct error *err)
{
        struct query query;
        int rc;

        query_open(&query, store,
                   "SELECT " COLUMNS " FROM node n WHERE n.id = ?1");
        query_put_int(&query, id);
        rc = query_object(&query, &shape, node, err);
        if (rc == ERR_NOT_FOUND)
                error_set(err, rc, "there is no node %lld", (long long)id);
        return rc;
}

int node_list(struct store *store, int64_t campaign, struct node ***nodes,
              int *count, struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "SELECT " COLUMNS " FROM node n WHERE n.campaign = ?1"
                   " ORDER BY n.id");
        query_put_int(&query, campaign);
        return query_list(&query, &shape, nodes, count, err);
}

static void drop_time(void *object)
{
        struct node_time *time = object;

        free(time->workload);
        free(time);
}

static void *read_time(struct query *query)
{
        struct node_time *time = calloc(1, sizeof *time);

        if (!time) {
                query->failed = SQLITE_NOMEM;
                return NULL;
        }
        time->node = query_get_int(query);
        time->seconds = query_get_double(query) * 1e-9;
        time->workload = query_get_text(query);
        time->candidate_ns = query_get_double(query);
        time->baseline_ns = query_get_double(query);
        return time;
}

void node_times_free(struct node_time **times, int count)
{
        for (int i = 0; i < count; i++)
                drop_time(times[i]);
        free(times);
}

int node_times(struct store *store, int64_t campaign,
               struct node_time ***times, int *count, struct error *err)
{
        static const struct query_shape time_shape = {read_time, drop_time};
        struct query query;

        query_open(&query, store,
                   "SELECT n.id, r.wall_ns, m.workload, m.candidate_ns,"
                   " m.baseline_ns FROM node n"
                   " JOIN run r ON r.id ="
                   "  (SELECT min(id) FROM run WHERE node = n.id)"
                   " LEFT JOIN measure m ON m.run = r.id"
                   " WHERE n.campaign = ?1 ORDER BY n.id, m.id");
        query_put_int(&query, campaign);
        return query_list(&query, &time_shape, times, count, err);
}

/* Ids grow along every line (a parent is older), so that their order is the
 * order of the line. */
int node_ancestors(struct store *store, int64_t node, struct node ***nodes,
                   int *count, struct error *err)
{
        struct query query;

        query_open(&query, store,
                   "WITH RECURSIVE line (id) AS ("
                   "  SELECT parent FROM node WHERE id = ?1"
                   "  UNION ALL SELECT up.parent FROM line"
                   "    JOIN node up ON up.id = line.id)"
                   " SELECT " COLUMNS " FROM line"
                   " JOIN node n ON n.id = line.id ORDER BY n.id DESC");
        query_put_int(&query, node);
        return query_list(&query, &shape, nodes, count, err);
}
