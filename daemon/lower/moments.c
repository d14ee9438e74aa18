/* See moments.h. */
#include "lower/moments.h"

#include "lower/plan.h"
#include "lower/rewrite.h"

/* --- making --- */

/* Made nodes; `out` once memory was. */
struct maker {
        struct arena *arena;
        const struct expr *like; /* whose line new nodes have */
        bool out;
};

static const struct expr *keep(struct maker *maker, struct expr expr)
{
        struct expr *made = arena_alloc(maker->arena, sizeof *made);

        if (!made) {
                maker->out = true;
                return maker->like;
        }
        expr.line = maker->like->line;
        expr.column = maker->like->column;
        *made = expr;
        return made;
}

static const struct expr *binary(struct maker *maker, enum expr_op op,
                                 const struct expr *a, const struct expr *b)
{
        bool whole = a->kind == KIND_INTEGER && b->kind == KIND_INTEGER &&
                     op != EXPR_DIV;

        return keep(maker,
                    (struct expr){.op = op,
                                  .kind = whole ? KIND_INTEGER : KIND_REAL,
                                  .count = 2,
                                  .arg = {a, b}});
}

static const struct expr *integer(struct maker *maker, int64_t value)
{
        return keep(maker, (struct expr){.op = EXPR_INTEGER,
                                         .kind = KIND_INTEGER,
                                         .value.integer = value});
}

static const struct expr *not_negative(struct maker *maker,
                                       const struct expr *expr)
{
        const struct expr *zero =
                keep(maker, (struct expr){.op = EXPR_REAL, .kind = KIND_REAL});

        return keep(maker, (struct expr){.op = EXPR_CALL,
                                         .kind = KIND_REAL,
                                         .count = 2,
                                         .arg = {expr, zero},
                                         .value.function = FN_MAX});
}

/* The sum of term over the same range. */
static const struct expr *sum_of(struct maker *maker, const struct expr *sum,
                                 const struct expr *term)
{
        struct expr made = *sum;

        made.arg[0] = term;
        return keep(maker, made);
}

/* The sum over the part: the first sixteenth of the first index. */
static const struct expr *part_sum(struct maker *maker, const struct expr *sum)
{
        struct index *part = arena_alloc(maker->arena, sizeof *part);
        struct expr made = *sum;

        if (!part) {
                maker->out = true;
                return sum;
        }
        *part = *sum->value.reduce.index[0];
        part->hi = binary(maker, EXPR_FLOOR_DIV,
                          binary(maker, EXPR_ADD, part->hi,
                                 integer(maker, MOMENTS_PART - 1)),
                          integer(maker, MOMENTS_PART));
        made.value.reduce.index[0] = part;
        return keep(maker, made);
}

static const struct expr *length_of(struct maker *maker,
                                    const struct expr *sum)
{
        const struct expr *length = sum->value.reduce.index[0]->hi;

        for (int i = 1; i < sum->value.reduce.count; i++)
                length = binary(maker, EXPR_MUL, length,
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
static bool counts_terms(struct maker *maker, const struct expr *count,
                         const struct expr *sum)
{
        const struct expr *a[FACTORS], *b[FACTORS];
        int n = 0, m = 0;

        if (!factors_of(count, a, &n) ||
            !factors_of(length_of(maker, sum), b, &m) || n != m)
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
static const struct expr *mean_of(struct maker *maker, const struct expr *sum)
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
            !rewrite_equal(sum_of(maker, sum, deviation->arg[0]),
                           mean->arg[0]) ||
            !counts_terms(maker, mean->arg[1], sum))
                return NULL;
        return mean;
}

static void add(struct moments *moments, const struct expr *from,
                const struct expr *to)
{
        moments->from[moments->count] = from;
        moments->to[moments->count++] = to;
}

static void add_pair(struct moments *moments, struct maker *maker,
                     const struct expr *mean, const struct expr *squares)
{
        const struct expr *term = squares->arg[0]->arg[0]->arg[0];
        const struct expr *length = mean->arg[1], *part, *shift, *moved;
        const struct expr *sum, *sum_squares, *correction;

        part = part_sum(maker, mean->arg[0]);
        shift = binary(maker, EXPR_DIV, part, length_of(maker, part));
        moved = binary(maker, EXPR_SUB, term, shift);
        sum = sum_of(maker, squares, moved);
        sum_squares =
                sum_of(maker, squares, binary(maker, EXPR_MUL, moved, moved));
        correction = binary(maker, EXPR_DIV, sum, length);
        add(moments, mean, binary(maker, EXPR_ADD, shift, correction));
        add(moments, squares,
            not_negative(maker,
                         binary(maker, EXPR_SUB, sum_squares,
                                binary(maker, EXPR_MUL, sum, correction))));
        add(moments, mean->arg[0],
            binary(maker, EXPR_ADD, binary(maker, EXPR_MUL, shift, length),
                   sum));
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
        struct maker maker;
};

static bool visit(const struct expr *expr, void *data)
{
        struct search *search = data;
        struct moments *moments = search->moments;
        const struct expr *mean;

        if (moments->count == 3 * MOMENTS_MAX || is_known(moments, expr))
                return true;
        search->maker.like = expr;
        mean = mean_of(&search->maker, expr);
        if (mean && !is_known(moments, mean))
                add_pair(moments, &search->maker, mean, expr);
        return true;
}

bool moments_find(struct moments *moments, struct arena *arena,
                  const struct expr *expr)
{
        struct search search = {moments, {.arena = arena}};

        expr_walk(expr, visit, &search);
        return !search.maker.out;
}

const struct expr *moments_apply(const struct moments *moments,
                                 struct arena *arena, const struct expr *expr)
{
        return rewrite_replace(arena, expr, moments->count, moments->from,
                               moments->to);
}
