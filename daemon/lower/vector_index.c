/*
 * What a value depends on, and where its lanes lie: dependence on indices,
 * whether an expression can be lowered in lanes, affine subscripts.
 */
#include "lower/lookup.h"
#include "lower/vector.h"

/* --- what depends on an index --- */

struct search {
        int number;
        bool found;
};

static bool visit_index(const struct expr *expr, void *data)
{
        struct search *search = data;

        if (expr->op == EXPR_INDEX &&
            expr->value.index->number == search->number)
                search->found = true;
        return !search->found;
}

bool vector_depends(const struct expr *expr, const struct index *index)
{
        struct search search = {index->number, false};

        expr_walk(expr, visit_index, &search);
        return search.found;
}

static bool visit_size(const struct expr *expr, void *data)
{
        bool *sizes = data;

        if (expr->kind != KIND_INTEGER || expr->op == EXPR_PARAM ||
            expr->op == EXPR_INDEX || expr->op == EXPR_READ ||
            expr->op == EXPR_REDUCE)
                *sizes = false;
        return *sizes;
}

bool vector_is_size(const struct expr *expr)
{
        bool sizes = true;

        expr_walk(expr, visit_size, &sizes);
        return sizes;
}

static bool divides(const struct expr *expr)
{
        if (expr->op == EXPR_FLOOR_DIV || expr->op == EXPR_FLOOR_MOD)
                return true;
        return expr->op == EXPR_CALL && (expr->value.function == FN_DIV ||
                                         expr->value.function == FN_REM);
}

struct can {
        const struct index *index;
        bool refused;
};

static bool visit_can(const struct expr *expr, void *data)
{
        struct can *can = data;

        /* A lane that is not in use may hold 0. */
        if (divides(expr) && expr->kind == KIND_INTEGER &&
            vector_depends(expr->arg[1], can->index) &&
            !(expr->arg[1]->op == EXPR_INTEGER &&
              expr->arg[1]->value.integer > 0))
                can->refused = true;
        if (expr->op == EXPR_REDUCE && lookup_is_scalar(expr, can->index))
                can->refused = true;
        if (expr->op == EXPR_REDUCE)
                for (int i = 0; i < expr->value.reduce.count; i++) {
                        const struct index *r = expr->value.reduce.index[i];

                        if (vector_depends(r->lo, can->index) ||
                            vector_depends(r->hi, can->index))
                                can->refused = true;
                }
        return !can->refused;
}

bool vector_can(const struct expr *expr, const struct index *index)
{
        struct can can = {index, false};

        expr_walk(expr, visit_can, &can);
        return !can.refused;
}

/* --- neighbours in memory --- */

int64_t vector_step(const struct expr *s, const struct index *index)
{
        int64_t a, b;

        if (s->op == EXPR_INDEX)
                return s->value.index->number == index->number;
        if (s->op == EXPR_MUL && s->arg[0]->op == EXPR_INTEGER)
                return s->arg[0]->value.integer *
                       vector_step(s->arg[1], index);
        if (s->op == EXPR_MUL && s->arg[1]->op == EXPR_INTEGER)
                return s->arg[1]->value.integer *
                       vector_step(s->arg[0], index);
        if (s->op != EXPR_ADD && s->op != EXPR_SUB)
                return 0;
        a = vector_step(s->arg[0], index);
        b = vector_step(s->arg[1], index);
        if ((!a && vector_depends(s->arg[0], index)) ||
            (!b && vector_depends(s->arg[1], index)))
                return 0;
        return s->op == EXPR_ADD ? a + b : a - b;
}

struct neighbours {
        const struct index *index;
        int most;
        bool apart;
};

static bool visit_neighbours(const struct expr *expr, void *data)
{
        struct neighbours *neighbours = data;
        const struct read *read = &expr->value.read;

        if (expr->op != EXPR_READ)
                return !neighbours->apart;
        for (int d = 0; d < read->tensor->rank; d++) {
                const struct expr *s = read->subscript[d];
                int64_t step;

                if (!vector_depends(s, neighbours->index))
                        continue;
                step = vector_step(s, neighbours->index);
                if (d < read->tensor->rank - 1 || step < 1 ||
                    step > neighbours->most)
                        neighbours->apart = true;
        }
        return !neighbours->apart;
}

bool vector_is_contiguous(const struct expr *expr, const struct index *index,
                          int most)
{
        struct neighbours neighbours = {index, most, false};

        expr_walk(expr, visit_neighbours, &neighbours);
        return !neighbours.apart;
}

/* --- affine values --- */

/* Does the value differ between lanes? */
static bool varies(const struct vector_scope *scope, const struct expr *expr)
{
        for (int i = 0; i < scope->index_count; i++) {
                struct search search = {i, false};

                if (!scope->index || !scope->index[i].lanes)
                        continue;
                expr_walk(expr, visit_index, &search);
                if (search.found)
                        return true;
        }
        return false;
}

static const struct thread_expr *sum_of(struct thread_program *program,
                                        enum thread_op op,
                                        const struct thread_expr *a,
                                        const struct thread_expr *b)
{
        if (!b)
                return a;
        if (!a)
                a = thread_int(program, 0);
        return thread_binary(program, op, a, b);
}

static bool affine_product(struct vector_scope *scope, const struct expr *expr,
                           const struct thread_expr **base,
                           const struct thread_expr **stride)
{
        const struct thread_expr *a, *b, *a_stride, *b_stride;
        struct thread_program *program = scope->program;

        if (!vector_affine(scope, expr->arg[0], &a, &a_stride) ||
            !vector_affine(scope, expr->arg[1], &b, &b_stride) ||
            (a_stride && b_stride))
                return false;
        *base = thread_mul(program, a, b);
        *stride = a_stride   ? thread_mul(program, a_stride, b)
                  : b_stride ? thread_mul(program, a, b_stride)
                             : NULL;
        return true;
}

bool vector_affine(struct vector_scope *scope, const struct expr *expr,
                   const struct thread_expr **base,
                   const struct thread_expr **stride)
{
        const struct thread_expr *b, *b_stride;
        struct thread_program *program = scope->program;
        const struct vector_bound *bound;
        enum thread_op op;

        *stride = NULL;
        if (!varies(scope, expr)) {
                *base = vector_lower(scope, expr);
                return true;
        }
        switch (expr->op) {
        case EXPR_INDEX:
                bound = &scope->index[expr->value.index->number];
                *base = bound->base;
                *stride = thread_int(program, 1);
                return true;
        case EXPR_ADD:
        case EXPR_SUB:
                op = expr->op == EXPR_ADD ? THREAD_ADD : THREAD_SUB;
                if (!vector_affine(scope, expr->arg[0], base, stride) ||
                    !vector_affine(scope, expr->arg[1], &b, &b_stride))
                        return false;
                *base = thread_binary(program, op, *base, b);
                *stride = sum_of(program, op, *stride, b_stride);
                return true;
        case EXPR_MUL:
                return affine_product(scope, expr, base, stride);
        default:
                return false;
        }
}
