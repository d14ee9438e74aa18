/*
 * Which rows can be split, and where; see map_split.h. A subscript is smallest
 * and largest where each reduced index is at an end of its range, by the sign
 * of its multiple.
 */
#include "lower/map_split.h"

#include <stdlib.h>

#include "lower/node.h"
#include "lower/rewrite.h"

/* --- which rows --- */

struct search {
        struct map_split *split;
        const struct index *inner;
        bool refused;
};

/* Is expr made of indices and sizes so that neither it nor its distance from
 * an end of the tensor overflows? What is read may be any number. */
static bool is_tame(const struct expr *expr)
{
        switch (expr->op) {
        case EXPR_INTEGER:
                return llabs(expr->value.integer) < INT32_MAX;
        case EXPR_SIZE:
                return true;
        case EXPR_INDEX:
                return !expr->value.index->data_dependent &&
                       expr->value.index->magnitude <= UINT32_MAX;
        case EXPR_ADD:
        case EXPR_SUB:
                return is_tame(expr->arg[0]) && is_tame(expr->arg[1]);
        case EXPR_FLOOR_DIV:
        case EXPR_FLOOR_MOD:
                return is_tame(expr->arg[0]) &&
                       expr->arg[1]->op == EXPR_INTEGER &&
                       expr->arg[1]->value.integer > 0;
        case EXPR_MUL:
                return is_tame(expr->arg[0]) && is_tame(expr->arg[1]) &&
                       expr->arg[0]->count == 0 && expr->arg[1]->count == 0;
        default:
                return false;
        }
}

/* Literal multiples of the indices that are not the same for the row. */
static bool can_bound(const struct map_split *split, const struct expr *s,
                      const struct index *inner)
{
        if (!is_tame(s))
                return false;
        if (vector_depends(s, inner) && vector_step(s, inner) <= 0)
                return false;
        for (int i = 0; i < split->index_count; i++)
                if (vector_depends(s, split->index[i]) &&
                    vector_step(s, split->index[i]) == 0)
                        return false;
        return true;
}

static bool visit_indices(const struct expr *expr, void *data)
{
        struct search *search = data;
        struct map_split *split = search->split;

        if (expr->op != EXPR_REDUCE)
                return !search->refused;
        for (int i = 0; i < expr->value.reduce.count; i++) {
                const struct index *index = expr->value.reduce.index[i];

                if (split->index_count == LIMIT_RANK ||
                    !vector_is_size(index->lo) || !vector_is_size(index->hi))
                        search->refused = true;
                else
                        split->index[split->index_count++] = index;
        }
        return !search->refused;
}

static bool visit_guarded(const struct expr *expr, void *data)
{
        struct search *search = data;
        struct map_split *split = search->split;
        const struct read *read = &expr->value.read;

        if (expr->op != EXPR_READ || read->safety != READ_ELSE ||
            !vector_depends(expr, search->inner))
                return !search->refused;
        for (int i = 0; i < split->count; i++)
                if (rewrite_equal(split->read[i], expr))
                        return true;
        for (int d = 0; d < read->tensor->rank; d++)
                if (!can_bound(split, read->subscript[d], search->inner))
                        search->refused = true;
        if (split->count == MAP_SPLIT_READS)
                search->refused = true;
        else
                split->read[split->count++] = expr;
        return !search->refused;
}

/* The read where its row is known to be inside. */
static const struct expr *inside_row(struct arena *arena,
                                     const struct expr *expr,
                                     const struct index *inner)
{
        struct expr made = *expr;

        for (int d = 0; d < made.value.read.tensor->rank; d++)
                if (!vector_depends(made.value.read.subscript[d], inner))
                        made.value.read.inside |= 1u << d;
        return node_keep(arena, made);
}

bool map_split_find(struct map_split *split, struct arena *arena,
                    const struct expr *value, const struct index *inner)
{
        struct search search = {split, inner, false};
        const struct expr *proved[MAP_SPLIT_READS], *near[MAP_SPLIT_READS];

        *split = (struct map_split){0};
        expr_walk(value, visit_indices, &search);
        if (!search.refused)
                expr_walk(value, visit_guarded, &search);
        if (search.refused || split->count == 0)
                return false;
        for (int i = 0; i < split->count; i++) {
                const struct read *read = &split->read[i]->value.read;

                proved[i] = node_read(arena, read->tensor, read->subscript);
                near[i] = inside_row(arena, split->read[i], inner);
        }
        split->value = rewrite_replace(arena, value, split->count, split->read,
                                       proved);
        split->border =
                rewrite_replace(arena, value, split->count, split->read, near);
        return split->value && split->border && !arena_failed(arena);
}

/* --- where --- */

const struct thread_expr *map_split_extreme(struct vector_scope *scope,
                                            const struct map_split *split,
                                            const struct expr *s, bool largest)
{
        struct thread_program *program = scope->program;
        const struct vector_memo *memo = scope->memo;
        const struct thread_expr *value;

        for (int i = 0; i < split->index_count; i++) {
                const struct index *index = split->index[i];
                int64_t step = vector_step(s, index);

                if ((step > 0) == largest)
                        vector_bind(scope, index,
                                    thread_sub(program,
                                               vector_lower(scope, index->hi),
                                               thread_int(program, 1)));
                else
                        vector_bind(scope, index,
                                    vector_lower(scope, index->lo));
        }
        value = vector_lower(scope, s);
        for (int i = 0; i < split->index_count; i++)
                scope->index[split->index[i]->number].base = NULL;
        scope->memo = memo;
        return value;
}

/* What all reads together allow; inside NULL: everything. */
struct limits {
        const struct thread_expr *inside, *low, *high;
};

/* Dimension d of a read. */
static void limit_subscript(struct vector_scope *scope,
                            const struct map_split *split,
                            const struct index *inner, const struct read *read,
                            int d, struct limits *limits)
{
        struct thread_program *program = scope->program;
        const struct expr *s = read->subscript[d];
        const struct thread_expr *extent =
                vector_lower(scope, read->tensor->extent[d]);
        const struct thread_expr *zero = thread_int(program, 0);
        const struct thread_expr *least =
                map_split_extreme(scope, split, s, false);
        const struct thread_expr *most =
                map_split_extreme(scope, split, s, true);
        const struct thread_expr *within;
        int64_t step = vector_step(s, inner);

        if (step == 0) {
                within = thread_binary(
                        program, THREAD_AND,
                        thread_binary(program, THREAD_LE, zero, least),
                        thread_less(program, most, extent));
                limits->inside =
                        limits->inside ? thread_binary(program, THREAD_AND,
                                                       limits->inside, within)
                                       : within;
                return;
        }
        least = thread_max(program, thread_sub(program, zero, least), zero);
        most = thread_max(program, thread_sub(program, extent, most), zero);
        limits->low = thread_max(
                program, limits->low,
                thread_blocks(program, least, thread_int(program, step)));
        limits->high = thread_min(
                program, limits->high,
                thread_blocks(program, most, thread_int(program, step)));
}

void map_split_vectors(struct vector_scope *scope, int lanes,
                       const struct thread_expr *low,
                       const struct thread_expr *high,
                       const struct thread_expr **from,
                       const struct thread_expr **to)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *step = thread_int(program, lanes);
        const struct thread_expr *end = *to;

        *from = thread_max(program, thread_sub(program, *from, low),
                           thread_int(program, 0));
        *from = thread_mul(program, thread_blocks(program, *from, step), step);
        *from = thread_min(program, thread_add(program, low, *from), high);
        *from = thread_let(program, "from", *from);
        end = thread_max(program, thread_sub(program, end, *from),
                         thread_int(program, 0));
        *to = thread_let(
                program, "to",
                thread_add(program, *from,
                           thread_mul(program,
                                      thread_quotient(program, end, step),
                                      step)));
}

const struct thread_expr *map_split_row(struct vector_scope *scope,
                                        const struct map_split *split,
                                        const struct index *inner, int lanes,
                                        const struct thread_expr *low,
                                        const struct thread_expr *high,
                                        const struct thread_expr **from,
                                        const struct thread_expr **to)
{
        struct thread_program *program = scope->program;
        struct limits limits = {NULL, thread_int(program, 0), high};

        vector_bind(scope, inner, thread_int(program, 0));
        for (int i = 0; i < split->count; i++) {
                const struct read *read = &split->read[i]->value.read;

                for (int d = 0; d < read->tensor->rank; d++)
                        if (!vector_spans(read->subscript[d],
                                          read->tensor->extent[d]))
                                limit_subscript(scope, split, inner, read, d,
                                                &limits);
        }
        scope->index[inner->number].base = NULL;
        *from = limits.low;
        *to = limits.high;
        map_split_vectors(scope, lanes, low, high, from, to);
        return limits.inside;
}

bool map_split_reduces(const struct map_split *split, const struct expr *expr)
{
        for (int i = 0; i < split->index_count; i++)
                if (vector_depends(expr, split->index[i]))
                        return true;
        return false;
}

bool map_split_is_first(const struct map_split *split, int number)
{
        const struct read *read = &split->read[number]->value.read;

        for (int i = 0; i < number; i++)
                if (split->read[i]->value.read.tensor == read->tensor)
                        return false;
        return true;
}
