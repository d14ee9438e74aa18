/* See wrap_around.h. */
#include "lower/wrap_around.h"

#include <stdlib.h>

#include "lower/node.h"
#include "lower/rewrite.h"

enum { WRAPPED = 32 }; /* reads of one value; more stay as they are */

/* The terms of a sum. */
struct shift {
        const struct index *index;
        const struct expr *around; /* the size */
        int indices;               /* how often it stands in it; how often
                                      the size does is nothing */
        int64_t constant;
        bool other;
};

static void add_terms(struct shift *shift, const struct expr *expr, int sign)
{
        switch (expr->op) {
        case EXPR_ADD:
        case EXPR_SUB:
                add_terms(shift, expr->arg[0], sign);
                add_terms(shift, expr->arg[1],
                          expr->op == EXPR_ADD ? sign : -sign);
                break;
        case EXPR_INTEGER:
                shift->constant += sign * expr->value.integer;
                break;
        case EXPR_INDEX:
                shift->indices += sign;
                shift->other |= !node_is_index(expr, shift->index);
                break;
        case EXPR_SIZE:
                shift->other |= !rewrite_equal(expr, shift->around);
                break;
        default:
                shift->other = true;
        }
}

/* (index + c) % extent, once around at most: c. */
static bool find_shift(const struct expr *subscript, const struct expr *extent,
                       const struct index *index, int64_t *c)
{
        struct shift shift = {.index = index, .around = extent};

        int64_t least = extent->op == EXPR_SIZE      ? extent->value.size->low
                        : extent->op == EXPR_INTEGER ? extent->value.integer
                                                     : -1;

        if (subscript->op != EXPR_FLOOR_MOD || least < 0 ||
            !rewrite_equal(subscript->arg[1], extent) ||
            !node_is_integer(index->lo, 0) ||
            !rewrite_equal(index->hi, extent))
                return false;
        add_terms(&shift, subscript->arg[0], 1);
        *c = shift.constant;
        /* An extent of 0 has no elements. */
        return !shift.other && shift.indices == 1 &&
               (llabs(*c) <= 1 || llabs(*c) <= least);
}

/* Which subscript goes round; -1: none. */
static int wrapped_dimension(const struct expr *read,
                             const struct index *index, int64_t *c)
{
        const struct tensor *tensor = read->value.read.tensor;

        if (tensor->role != TENSOR_IN ||
            read->value.read.safety != READ_PROVED)
                return -1;
        for (int d = 0; d < tensor->rank; d++)
                if (find_shift(read->value.read.subscript[d],
                               tensor->extent[d], index, c))
                        return d;
        return -1;
}

/* The read at another place of dimension d, and what stands for it where that
 * is outside. */
static const struct expr *read_at(struct arena *arena, const struct expr *read,
                                  int d, const struct expr *place,
                                  const struct expr *otherwise)
{
        struct expr made = *read;

        made.value.read.subscript[d] = place;
        made.value.read.safety = READ_ELSE;
        made.value.read.fallback = otherwise;
        made.value.read.inside =
                ((1U << read->value.read.tensor->rank) - 1) & ~(1U << d);
        return node_keep(arena, made);
}

static const struct expr *nothing(struct arena *arena, const struct expr *like)
{
        struct expr made = {.op = like->kind == KIND_REAL      ? EXPR_REAL
                                  : like->kind == KIND_BOOLEAN ? EXPR_BOOLEAN
                                                               : EXPR_INTEGER,
                            .kind = like->kind,
                            .line = like->line,
                            .column = like->column};

        return node_keep(arena, made);
}

static const struct expr *unwrap(struct arena *arena, const struct expr *read,
                                 const struct index *index, int d, int64_t c)
{
        const struct expr *extent = read->value.read.tensor->extent[d];
        const struct expr *place =
                node_binary(arena, EXPR_ADD, node_index(arena, index),
                            node_integer(arena, c));
        const struct expr *round =
                node_binary(arena, c > 0 ? EXPR_SUB : EXPR_ADD, place, extent);

        return read_at(arena, read, d, place,
                       read_at(arena, read, d, round, nothing(arena, read)));
}

struct found {
        struct arena *arena;
        const struct index *index;
        int count;
        const struct expr *old[WRAPPED], *made[WRAPPED];
};

static bool visit_wrapped(const struct expr *expr, void *data)
{
        struct found *f = data;
        int64_t c;
        int d = expr->op == EXPR_READ ? wrapped_dimension(expr, f->index, &c)
                                      : -1;

        if (d < 0 || f->count == WRAPPED)
                return true;
        for (int i = 0; i < f->count; i++)
                if (rewrite_equal(f->old[i], expr))
                        return true;
        f->old[f->count] = expr;
        f->made[f->count++] = unwrap(f->arena, expr, f->index, d, c);
        return true;
}

const struct expr *wrap_around(struct arena *arena, const struct expr *value,
                               const struct index *index)
{
        struct found found = {.arena = arena, .index = index};

        expr_walk(value, visit_wrapped, &found);
        if (found.count == 0)
                return value;
        value = rewrite_replace(arena, value, found.count, found.old,
                                found.made);
        return arena_failed(arena) ? NULL : value;
}
