/*
 * Hints for gathers. The positions read early are clamped to their tensor, so
 * that no hint reads outside; what they hold is inside the gathered tensor by
 * the constraint that proved the read itself. That is why only subscripts
 * that are positions as they stand are followed.
 */
#include "lower/fetch.h"

#include "lower/rewrite.h"

/* idx[..., p]: an input's last dimension walked by index, its other
 * subscripts standing still. */
static bool is_position(const struct expr *expr, const struct index *index)
{
        const struct read *read = &expr->value.read;
        int last;

        if (expr->op != EXPR_READ || read->safety != READ_PROVED ||
            read->tensor->role != TENSOR_IN || read->tensor->rank == 0)
                return false;
        last = read->tensor->rank - 1;
        for (int d = 0; d < last; d++)
                if (vector_depends(read->subscript[d], index))
                        return false;
        return read->subscript[last]->op == EXPR_INDEX &&
               read->subscript[last]->value.index->number == index->number;
}

bool fetch_applies_at(const struct tensor *tensor,
                      const struct expr *const *subscript,
                      const struct index *index)
{
        bool found = false;

        for (int d = 0; d < tensor->rank; d++) {
                if (!vector_depends(subscript[d], index))
                        continue;
                if (!is_position(subscript[d], index))
                        return false;
                found = true;
        }
        return found;
}

static bool is_gather(const struct expr *expr, const struct index *index)
{
        const struct read *read = &expr->value.read;

        return expr->op == EXPR_READ && read->safety == READ_PROVED &&
               fetch_applies_at(read->tensor, read->subscript, index);
}

bool fetch_applies(const struct expr *expr, const struct index *index)
{
        if (is_gather(expr, index))
                return true;
        if (expr->op == EXPR_REDUCE)
                return false;
        for (int i = 0; i < expr->count; i++)
                if (fetch_applies(expr->arg[i], index))
                        return true;
        return false;
}

/* Lanes must lie together, or there must be one value only. */
static bool fits_lanes(const struct vector_scope *scope,
                       const struct tensor *tensor,
                       const struct expr *const *subscript)
{
        struct index probe = {0};

        for (int i = 0; i < scope->index_count; i++) {
                const struct expr *at = subscript[tensor->rank - 1];

                probe.number = i;
                if (!scope->index[i].lanes)
                        continue;
                for (int d = 0; d < tensor->rank - 1; d++)
                        if (vector_depends(subscript[d], &probe))
                                return false;
                if (vector_depends(at, &probe) && at->op != EXPR_INDEX)
                        return false;
        }
        return true;
}

/* The index `scope->ahead` further, but inside every table of positions. */
static const struct thread_expr *further(struct vector_scope *scope,
                                         const struct tensor *tensor,
                                         const struct expr *const *subscript,
                                         const struct index *index)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *at =
                thread_add(program, scope->index[index->number].base,
                           thread_int(program, scope->ahead));

        for (int d = 0; d < tensor->rank; d++) {
                const struct tensor *idx;

                if (!vector_depends(subscript[d], index))
                        continue;
                idx = subscript[d]->value.read.tensor;
                at = thread_min(
                        program, at,
                        thread_sub(program,
                                   vector_lower(scope,
                                                idx->extent[idx->rank - 1]),
                                   thread_int(program, 1)));
        }
        return thread_let(program, "ahead", at);
}

void fetch_ahead_at(struct vector_scope *scope, const struct tensor *tensor,
                    const struct expr *const *subscript,
                    const struct index *index)
{
        struct thread_program *program = scope->program;
        struct thread_array *array = scope->storage[tensor->number].array;
        const struct vector_memo *memo = scope->memo;
        struct vector_bound saved;

        if (!scope->ahead || scope->conditional ||
            !fetch_applies_at(tensor, subscript, index) ||
            !fits_lanes(scope, tensor, subscript))
                return;
        saved = scope->index[index->number];
        if (!saved.base || saved.lanes)
                return;
        if (!array)
                array = thread_tensor(program, tensor);
        vector_bind(scope, index, further(scope, tensor, subscript, index));
        /* What is held was read at the index itself. */
        scope->memo = NULL;
        thread_prefetch(program, array,
                        vector_offset(scope, tensor, subscript));
        scope->memo = memo;
        scope->index[index->number] = saved;
}

void fetch_ahead(struct vector_scope *scope, const struct expr *expr,
                 const struct index *index)
{
        if (!scope->ahead || expr->op == EXPR_REDUCE)
                return;
        if (is_gather(expr, index))
                fetch_ahead_at(scope, expr->value.read.tensor,
                               expr->value.read.subscript, index);
        for (int i = 0; i < expr->count; i++)
                fetch_ahead(scope, expr->arg[i], index);
}

/* Reads along an index, each once. */
struct along {
        struct vector_scope *scope; /* NULL: nothing is emitted */
        const struct fetch_order *order;
        int64_t bytes; /* 0: the next row */
        const struct expr *seen[LIMIT_TENSORS];
        int count;
};

/* May the next row's place be computed without a look at memory, and does it
 * lie behind this one's? */
static bool is_plain_place(const struct read *read, const struct index *row)
{
        for (int d = 0; d < read->tensor->rank; d++)
                if (rewrite_has_read(read->subscript[d]) ||
                    (vector_depends(read->subscript[d], row) &&
                     vector_step(read->subscript[d], row) <= 0))
                        return false;
        return true;
}

static void hint_along(const struct along *along, const struct read *read)
{
        struct vector_scope *scope = along->scope;
        const struct index *moved =
                along->bytes ? along->order->index : along->order->row;
        int64_t size = (int64_t)dtype_bytes(read->tensor->dtype);
        struct vector_bound *bound = &scope->index[moved->number],
                            saved = *bound;

        bound->base =
                thread_add(scope->program, saved.base,
                           thread_int(scope->program,
                                      along->bytes ? along->bytes / size : 1));
        bound->lanes = false;
        thread_prefetch(scope->program,
                        thread_tensor(scope->program, read->tensor),
                        vector_offset(scope, read->tensor, read->subscript));
        *bound = saved;
}

static void take_along(struct along *along, const struct expr *expr)
{
        const struct fetch_order *order = along->order;
        const struct read *read = &expr->value.read;

        if (read->safety != READ_PROVED || read->tensor->role != TENSOR_IN ||
            along->count == LIMIT_TENSORS ||
            !vector_depends(expr, order->index) ||
            !vector_is_contiguous(expr, order->index, 1) ||
            (order->row && !vector_depends(expr, order->row)) ||
            (along->bytes == 0 && !is_plain_place(read, order->row)))
                return;
        for (int i = 0; i < along->count; i++)
                if (rewrite_equal(along->seen[i], expr))
                        return;
        along->seen[along->count++] = expr;
        if (along->scope)
                hint_along(along, read);
}

static void walk_along(struct along *along, const struct expr *expr)
{
        if (expr->op == EXPR_READ)
                take_along(along, expr);
        else if (expr->op != EXPR_REDUCE)
                for (int i = 0; i < expr->count; i++)
                        walk_along(along, expr->arg[i]);
}

static void hint_all(struct vector_scope *scope,
                     const struct fetch_order *order, int64_t bytes)
{
        struct along along = {.scope = scope, .order = order, .bytes = bytes};
        const struct vector_memo *memo = scope->memo;

        if (scope->lanes == 1 || scope->active)
                return;
        scope->memo = NULL; /* what is held was read at the index itself */
        for (int i = 0; i < order->count; i++)
                walk_along(&along, order->expr[i]);
        scope->memo = memo;
}

void fetch_along(struct vector_scope *scope, const struct fetch_order *order,
                 int64_t bytes)
{
        if (bytes)
                hint_all(scope, order, bytes);
}

void fetch_next_row(struct vector_scope *scope,
                    const struct fetch_order *order)
{
        hint_all(scope, order, 0);
}

bool fetch_is_split(const struct expr *expr, const struct index *index)
{
        const struct fetch_order order = {&expr, 1, index, NULL};
        struct along along = {.order = &order, .bytes = 1};

        walk_along(&along, expr);
        for (int i = 0; i < along.count; i++)
                for (int k = 0; k < i; k++)
                        if (along.seen[i]->value.read.tensor ==
                            along.seen[k]->value.read.tensor)
                                return true;
        return false;
}
