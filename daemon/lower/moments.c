/* See moments.h. */
#include "lower/moments.h"

#include "lower/node.h"
#include "lower/plan.h"
#include "lower/rewrite.h"

/* --- making --- */

static const struct expr *not_negative(struct arena *arena,
                                       const struct expr *expr)
{
        const struct expr *zero = node_keep(
                arena, (struct expr){.op = EXPR_REAL, .kind = KIND_REAL});

        return node_keep(arena, (struct expr){.op = EXPR_CALL,
                                              .kind = KIND_REAL,
                                              .line = expr->line,
                                              .column = expr->column,
                                              .count = 2,
                                              .arg = {expr, zero},
                                              .value.function = FN_MAX});
}

/* The sum of term over the same range. */
static const struct expr *sum_of(struct arena *arena, const struct expr *sum,
                                 const struct expr *term)
{
        struct expr made = *sum;

        made.arg[0] = term;
        return node_keep(arena, made);
}

/* The sum over the part, the first sixteenth of the first index, in the pass
 * of `like`. */
static const struct expr *part_sum(struct arena *arena, const struct expr *sum,
                                   const struct expr *like)
{
        struct index *part = arena_alloc(arena, sizeof *part);
        struct expr made = *sum;

        if (!part)
                return sum;
        *part = *sum->value.reduce.index[0];
        part->hi =
                node_binary(arena, EXPR_FLOOR_DIV,
                            node_binary(arena, EXPR_ADD, part->hi,
                                        node_integer(arena, MOMENTS_PART - 1)),
                            node_integer(arena, MOMENTS_PART));
        made.value.reduce.index[0] = part;
        made.line = like->line;
        made.column = like->column;
        return node_keep(arena, made);
}

static const struct expr *length_of(struct arena *arena,
                                    const struct expr *sum)
{
        const struct expr *length = sum->value.reduce.index[0]->hi;

        for (int i = 1; i < sum->value.reduce.count; i++)
                length = node_binary(arena, EXPR_MUL, length,
                                     sum->value.reduce.index[i]->hi);
        return length;
}

/* --- finding --- */

static bool is_sum(const struct expr *expr)
{
        return expr->op == EXPR_REDUCE && expr->kind == KIND_REAL &&
               expr->value.reduce.reduction == RED_SUM;
}

/* Every index runs from 0 to something positive that is the same for all of
 * the row. */
static bool is_whole(const struct expr *sum)
{
        for (int i = 0; i < sum->value.reduce.count; i++) {
                const struct index *index = sum->value.reduce.index[i];

                if (index->lo->op != EXPR_INTEGER ||
                    index->lo->value.integer != 0 || !plan_positive(index->hi))
                        return false;
        }
        return true;
}

enum { FACTORS = LIMIT_RANK };

/* Factors of a product of integers; false: too many. */
static bool factors_of(const struct expr *expr,
                       const struct expr *factor[FACTORS], int *count)
{
        if (expr->op == EXPR_MUL)
                return factors_of(expr->arg[0], factor, count) &&
                       factors_of(expr->arg[1], factor, count);
        if (*count == FACTORS || expr->kind != KIND_INTEGER)
                return false;
        factor[(*count)++] = expr;
        return true;
}

/* Is count the number of terms of the sum? */
static bool counts_terms(struct arena *arena, const struct expr *count,
                         const struct expr *sum)
{
        const struct expr *a[FACTORS], *b[FACTORS];
        int n = 0, m = 0;

        if (!factors_of(count, a, &n) ||
            !factors_of(length_of(arena, sum), b, &m) || n != m)
                return false;
        for (int i = 0; i < n; i++) {
                int k = 0;

                while (k < m && !rewrite_equal(a[i], b[k]))
                        k++;
                if (k == m)
                        return false;
                b[k] = b[--m];
        }
        return true;
}

/* sum (t - mean)^2 with mean = (sum t) / count: the mean, or NULL. */
static const struct expr *mean_of(struct arena *arena, const struct expr *sum)
{
        const struct expr *square, *deviation, *mean;

        if (!is_sum(sum) || sum->count != 1)
                return NULL;
        square = sum->arg[0];
        if (square->op != EXPR_MUL ||
            !rewrite_equal(square->arg[0], square->arg[1]))
                return NULL;
        deviation = square->arg[0];
        if (deviation->op != EXPR_SUB || deviation->kind != KIND_REAL)
                return NULL;
        mean = deviation->arg[1];
        if (mean->op != EXPR_DIV || !is_sum(mean->arg[0]) ||
            mean->arg[0]->count != 1 || !is_whole(sum) ||
            !rewrite_equal(sum_of(arena, sum, deviation->arg[0]),
                           mean->arg[0]) ||
            !counts_terms(arena, mean->arg[1], sum))
                return NULL;
        return mean;
}

static void add(struct moments *moments, const struct expr *from,
                const struct expr *to)
{
        moments->from[moments->count] = from;
        moments->to[moments->count++] = to;
}

static void add_pair(struct moments *moments, struct arena *arena,
                     const struct expr *mean, const struct expr *squares)
{
        const struct expr *term = squares->arg[0]->arg[0]->arg[0];
        const struct expr *length = mean->arg[1], *part, *shift, *moved;
        const struct expr *sum, *sum_squares, *correction;

        part = part_sum(arena, mean->arg[0], squares);
        shift = node_binary(arena, EXPR_DIV, part, length_of(arena, part));
        moved = node_binary(arena, EXPR_SUB, term, shift);
        sum = sum_of(arena, squares, moved);
        sum_squares = sum_of(arena, squares,
                             node_binary(arena, EXPR_MUL, moved, moved));
        correction = node_binary(arena, EXPR_DIV, sum, length);
        add(moments, mean, node_binary(arena, EXPR_ADD, shift, correction));
        add(moments, squares,
            not_negative(arena, node_binary(arena, EXPR_SUB, sum_squares,
                                            node_binary(arena, EXPR_MUL, sum,
                                                        correction))));
        add(moments, mean->arg[0],
            node_binary(arena, EXPR_ADD,
                        node_binary(arena, EXPR_MUL, shift, length), sum));
}

static bool is_known(const struct moments *moments, const struct expr *expr)
{
        for (int i = 0; i < moments->count; i++)
                if (rewrite_equal(moments->from[i], expr))
                        return true;
        return false;
}

struct search {
        struct moments *moments;
        struct arena *arena;
};

static bool visit(const struct expr *expr, void *data)
{
        struct search *search = data;
        struct moments *moments = search->moments;
        const struct expr *mean;

        if (moments->count == 3 * MOMENTS_MAX || is_known(moments, expr))
                return true;
        mean = mean_of(search->arena, expr);
        if (mean && !is_known(moments, mean))
                add_pair(moments, search->arena, mean, expr);
        return true;
}

bool moments_find(struct moments *moments, struct arena *arena,
                  const struct expr *expr)
{
        struct search search = {moments, arena};

        expr_walk(expr, visit, &search);
        return !arena_failed(arena);
}

const struct expr *moments_apply(const struct moments *moments,
                                 struct arena *arena, const struct expr *expr)
{
        return rewrite_replace(arena, expr, moments->count, moments->from,
                               moments->to);
}
