/*
 * See ranker.h. One regression a space, over features of a point:
 *
 *   1 | prior | a flag for each value of each field | products of two fields
 *
 * with a field as log2 of its value scaled to -1..1. The normal equations
 * are small (at most FEATURES), dense and solved by Cholesky; ridge terms
 * keep them definite whatever the data.
 */
#include "search/ranker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
        FEATURES = 192,
        SPACES = 8,
        ROWS_MAX = 4096, /* of history */
        ROWS_LEAST = 4   /* without a prior, fewer results say nothing */
};

/* Half of what the prior says is believed before there is data: it was right
 * about the order more often than about the size. */
#define PRIOR_SLOPE 0.5
#define PRIOR_RIDGE 8.0
#define CONSTANT_RIDGE 0.5
#define VALUE_RIDGE 1.0
#define PRODUCT_RIDGE 4.0
/* A wrong candidate counts as this much (in log fitness) below the worst
 * right one. */
#define WRONG_PENALTY 0.7

struct row {
        int space;
        struct point point;
        double prior; /* -log of its nanoseconds */
        double value; /* log fitness, centred by campaign */
        double weight;
};

struct space_fit {
        int features;
        bool fitted;
        double kin[FEATURES];    /* what the history alone says */
        double weight[FEATURES]; /* what the campaign's results add */
};

struct ranker {
        const struct proposer *proposer;
        double (*prior)(int space, const struct point *point, void *data);
        void *data;
        int history_count;
        struct row *history;
        int row_count, row_capacity;
        struct row *row; /* of the graph, position by position */
        struct space_fit fit[SPACES];
        bool unfitted, learned_history;
        double prior_centre; /* of the first space's guess */
        /* Normal equations. */
        double matrix[FEATURES][FEATURES], right[FEATURES];
};

/* Of a point against the guess: -log of the ratio of their times. */
static double prior_of(const struct ranker *m, int space,
                       const struct point *point)
{
        double ns = m->prior ? m->prior(space, point, m->data) : 0;

        return ns > 0 ? -log(ns) - m->prior_centre : 0;
}

int ranker_new(struct ranker **ranker, const struct proposer *proposer,
               double (*prior)(int space, const struct point *point,
                               void *data),
               void *data, struct error *err)
{
        struct point guess;

        *ranker = calloc(1, sizeof **ranker);
        if (!*ranker)
                return error_memory(err);
        (*ranker)->proposer = proposer;
        (*ranker)->prior = prior;
        (*ranker)->data = data;
        space_guess(propose_space(proposer, 0), &guess);
        (*ranker)->prior_centre = prior_of(*ranker, 0, &guess);
        return 0;
}

void ranker_free(struct ranker *ranker)
{
        if (!ranker)
                return;
        free(ranker->history);
        free(ranker->row);
        free(ranker);
}

static double log_of(int64_t value)
{
        return log2(1 + (double)(value > 0 ? value : 0));
}

/* A field's value between -1 and 1. */
static double scaled(const struct space_field *field, int at)
{
        double low = INFINITY, high = -INFINITY, value;

        for (int i = 0; i < field->count; i++) {
                value = log_of(field->value[i]);
                low = value < low ? value : low;
                high = value > high ? value : high;
        }
        if (high <= low)
                return 0;
        return 2 * (log_of(field->value[at]) - low) / (high - low) - 1;
}

/* Fills x and its ridge terms (which may be NULL); how many there are. */
static int features_of(const struct space *space, const struct point *point,
                       double prior, double *x, double *ridge)
{
        double field[SPACE_FIELDS];
        int n = 0;

        for (int i = 0; ridge && i < FEATURES; i++)
                ridge[i] = i == 0   ? CONSTANT_RIDGE
                           : i == 1 ? PRIOR_RIDGE
                                    : VALUE_RIDGE;
        x[n++] = 1;
        x[n++] = prior;
        for (int f = 0; f < space->count; f++) {
                const struct space_field *s = &space->field[f];

                field[f] = s->count > 1 ? scaled(s, point->at[f]) : 0;
                for (int v = 0; s->count > 1 && v < s->count && n < FEATURES;
                     v++)
                        x[n++] = v == point->at[f];
        }
        for (int f = 0; f < space->count; f++) {
                for (int g = 0; g < f && n < FEATURES; g++) {
                        if (space->field[f].count < 2 ||
                            space->field[g].count < 2)
                                continue;
                        if (ridge)
                                ridge[n] = PRODUCT_RIDGE;
                        x[n++] = field[f] * field[g];
                }
        }
        return n;
}

/* Log fitness of what is right; what is wrong lies below all of it. Both
 * centred, so that campaigns with other incumbents compare. */
static void centre(struct row *row, int count)
{
        double worst = INFINITY, sum = 0;
        int right = 0;

        for (int i = 0; i < count; i++) {
                if (isinf(row[i].value))
                        continue;
                worst = row[i].value < worst ? row[i].value : worst;
                sum += row[i].value;
                right++;
        }
        for (int i = 0; i < count; i++) {
                if (isinf(row[i].value))
                        row[i].value = (right ? worst : 0) - WRONG_PENALTY;
                row[i].value -= right ? sum / right : 0;
        }
}

int ranker_add_history(struct ranker *ranker,
                       const struct ranker_history *history, int count,
                       struct error *err)
{
        struct propose_memory where;
        struct row *row;
        int first = 0, n = 0;

        if (count > ROWS_MAX)
                count = ROWS_MAX;
        row = calloc((size_t)count + 1, sizeof *row);
        if (!row)
                return error_memory(err);
        for (int i = 0; i < count; i++) {
                if (i && history[i].campaign != history[i - 1].campaign) {
                        centre(row + first, n - first);
                        first = n;
                }
                if (!propose_locate(ranker->proposer, history[i].schedule,
                                    &where))
                        continue;
                row[n++] = (struct row){
                        where.space, where.point,
                        prior_of(ranker, where.space, &where.point),
                        history[i].fitness > 0 ? log(history[i].fitness)
                                               : -INFINITY,
                        history[i].weight};
        }
        centre(row + first, n - first);
        free(ranker->history);
        ranker->history = row;
        ranker->learned_history = false;
        ranker->history_count = n;
        return 0;
}

void ranker_keep_prior(struct ranker *ranker)
{
        ranker->unfitted = true;
}

/* The graph as rows; a prior is asked for once a node. */
static bool load_rows(struct ranker *m, const struct graph *graph)
{
        int fresh = m->row_count;

        if (graph->count > m->row_capacity) {
                int capacity = 2 * graph->count;
                struct row *grown =
                        realloc(m->row, (size_t)capacity * sizeof *grown);

                if (!grown)
                        return false;
                m->row = grown;
                m->row_capacity = capacity;
        }
        m->row_count = graph->count;
        for (int i = 0; i < graph->count; i++) {
                const struct propose_memory *memory = &graph->memory[i];
                struct row *row = &m->row[i];

                row->space = memory->space;
                row->point = memory->point;
                row->weight = memory->space >= 0 && graph->node[i].evaluated;
                if (i >= fresh)
                        row->prior = row->weight > 0
                                             ? prior_of(m, memory->space,
                                                        &memory->point)
                                             : 0;
                row->value =
                        memory->fitness > 0 ? log(memory->fitness) : -INFINITY;
        }
        centre(m->row, m->row_count);
        return true;
}

static double dot(const double *a, const double *b, int n)
{
        double sum = 0;

        for (int i = 0; i < n; i++)
                sum += a[i] * b[i];
        return sum;
}

/* What of a row's value prior and kin leave to be explained; fills x. */
static double rest_of(const struct ranker *m, const struct row *row, double *x,
                      int *n)
{
        *n = features_of(propose_space(m->proposer, row->space), &row->point,
                         row->prior, x, NULL);
        return row->value - PRIOR_SLOPE * row->prior -
               dot(m->fit[row->space].kin, x, *n);
}

static void add_row(struct ranker *m, int space, const struct row *row,
                    double base)
{
        double x[FEATURES], rest;
        int n;

        if (row->space != space || row->weight <= 0)
                return;
        rest = rest_of(m, row, x, &n) - base;
        for (int i = 0; i < n; i++) {
                if (x[i] == 0)
                        continue;
                for (int j = 0; j <= i; j++)
                        m->matrix[i][j] += row->weight * x[i] * x[j];
                m->right[i] += row->weight * x[i] * rest;
        }
}

/* In place: matrix becomes its factor, right the solution. */
static void solve(double matrix[FEATURES][FEATURES], double *right, int n)
{
        for (int i = 0; i < n; i++) {
                for (int j = 0; j <= i; j++) {
                        double sum = matrix[i][j];

                        for (int k = 0; k < j; k++)
                                sum -= matrix[i][k] * matrix[j][k];
                        matrix[i][j] = i == j ? sqrt(sum) : sum / matrix[j][j];
                }
        }
        for (int i = 0; i < n; i++) {
                for (int k = 0; k < i; k++)
                        right[i] -= matrix[i][k] * right[k];
                right[i] /= matrix[i][i];
        }
        for (int i = n - 1; i >= 0; i--) {
                for (int k = i + 1; k < n; k++)
                        right[i] -= matrix[k][i] * right[k];
                right[i] /= matrix[i][i];
        }
}

/* The mean of what is left of all rows: kin and campaigns have incumbents of
 * other speeds, and the points that a search tried are better than most. */
static double mean_rest(const struct ranker *m, const struct row *row,
                        int count)
{
        double x[FEATURES], sum = 0, weight = 0;
        int n;

        for (int i = 0; i < count; i++) {
                if (row[i].weight <= 0 || row[i].space >= SPACES)
                        continue;
                sum += row[i].weight * rest_of(m, &row[i], x, &n);
                weight += row[i].weight;
        }
        return weight > 0 ? sum / weight : 0;
}

static void fit_rows(struct ranker *m, int space, const struct row *row,
                     int count, double base, double *weight)
{
        struct space_fit *fit = &m->fit[space];
        struct point any = {0};
        double x[FEATURES], ridge[FEATURES];

        fit->features = features_of(propose_space(m->proposer, space), &any, 0,
                                    x, ridge);
        memset(m->matrix, 0, sizeof m->matrix);
        memset(m->right, 0, sizeof m->right);
        for (int i = 0; i < fit->features; i++)
                m->matrix[i][i] = ridge[i];
        for (int i = 0; i < count; i++)
                add_row(m, space, &row[i], base);
        solve(m->matrix, m->right, fit->features);
        memcpy(weight, m->right, (size_t)fit->features * sizeof *weight);
        fit->fitted = true;
}

/* Once: it does not change while a campaign runs. */
static void fit_history(struct ranker *m, int spaces)
{
        double base, learned[SPACES][FEATURES] = {{0}};

        if (m->learned_history)
                return;
        m->learned_history = true;
        base = mean_rest(m, m->history, m->history_count);
        for (int i = 0; i < spaces; i++)
                fit_rows(m, i, m->history, m->history_count, base, learned[i]);
        for (int i = 0; i < spaces; i++)
                memcpy(m->fit[i].kin, learned[i], sizeof learned[i]);
}

static int count_rows(const struct ranker *m)
{
        int rows = m->history_count;

        for (int i = 0; i < m->row_count; i++)
                rows += m->row[i].weight > 0;
        return rows;
}

bool ranker_fit(struct ranker *ranker, const struct graph *graph)
{
        int spaces = propose_space_count(ranker->proposer);
        double base;

        if (spaces > SPACES)
                spaces = SPACES;
        if (ranker->unfitted) {
                for (int i = 0; i < spaces; i++)
                        ranker->fit[i].fitted = true;
                return ranker->prior != NULL;
        }
        if (!load_rows(ranker, graph))
                return false;
        if (count_rows(ranker) < ROWS_LEAST && !ranker->prior)
                return false;
        fit_history(ranker, spaces);
        base = mean_rest(ranker, ranker->row, ranker->row_count);
        for (int i = 0; i < spaces; i++)
                fit_rows(ranker, i, ranker->row, ranker->row_count, base,
                         ranker->fit[i].weight);
        return true;
}

double ranker_rank(int space, const struct point *point, void *data)
{
        const struct ranker *m = data;
        const struct space_fit *fit;
        double x[FEATURES], prior;
        int n;

        if (space < 0 || space >= SPACES || !m->fit[space].fitted)
                return 0;
        fit = &m->fit[space];
        prior = prior_of(m, space, point);
        n = features_of(propose_space(m->proposer, space), point, prior, x,
                        NULL);
        return PRIOR_SLOPE * prior + dot(fit->kin, x, n) +
               dot(fit->weight, x, n);
}
