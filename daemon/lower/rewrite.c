/*
 * Rewriting of spec trees. One function copies a tree while it replaces
 * indices and inlines definitions; a copied reduction gets copies of its
 * indices with rewritten ranges and the same numbers, because indices are
 * told apart by number everywhere in this room.
 *
 * x[i]! behind a condition may be outside where the condition does not hold.
 * The classes take parts of a tree out of their conditions, so every copy has
 * such a read with an `else`, by which it is safe wherever it is lowered.
 */
#include "lower/rewrite.h"

#include "lower/node.h"
#include "lower/thread.h"
#include "lower/vector.h"

/* --- equality --- */

/* Reduced indices that mean each other on the two sides. */
struct pairing {
        int a, b;
        const struct pairing *outer;
};

static bool equal(const struct expr *a, const struct expr *b,
                  const struct pairing *pairing);

static bool equal_index(int a, int b, const struct pairing *pairing)
{
        for (; pairing; pairing = pairing->outer)
                if (pairing->a == a || pairing->b == b)
                        return pairing->a == a && pairing->b == b;
        return a == b;
}

static bool equal_reduce(const struct expr *a, const struct expr *b, int i,
                         const struct pairing *pairing)
{
        const struct index *x, *y;
        struct pairing inner;

        if (i == a->value.reduce.count)
                return equal(a->arg[0], b->arg[0], pairing) &&
                       (a->count < 2 || equal(a->arg[1], b->arg[1], pairing));
        x = a->value.reduce.index[i];
        y = b->value.reduce.index[i];
        if (!equal(x->lo, y->lo, pairing) || !equal(x->hi, y->hi, pairing))
                return false;
        inner = (struct pairing){x->number, y->number, pairing};
        return equal_reduce(a, b, i + 1, &inner);
}

static bool equal_read(const struct read *a, const struct read *b,
                       const struct pairing *pairing)
{
        if (a->tensor != b->tensor || a->safety != b->safety ||
            a->inside != b->inside)
                return false;
        for (int i = 0; i < a->tensor->rank; i++)
                if (!equal(a->subscript[i], b->subscript[i], pairing))
                        return false;
        return a->safety != READ_ELSE ||
               equal(a->fallback, b->fallback, pairing);
}

static bool equal(const struct expr *a, const struct expr *b,
                  const struct pairing *pairing)
{
        if (a == b && !pairing)
                return true;
        if (a->op != b->op || a->kind != b->kind || a->count != b->count)
                return false;
        switch (a->op) {
        case EXPR_INTEGER:
        case EXPR_BOOLEAN:
                return a->value.integer == b->value.integer;
        case EXPR_REAL:
                return a->value.real == b->value.real;
        case EXPR_SIZE:
                return a->value.size == b->value.size;
        case EXPR_PARAM:
                return a->value.param == b->value.param;
        case EXPR_INDEX:
                return equal_index(a->value.index->number,
                                   b->value.index->number, pairing);
        case EXPR_READ:
                return equal_read(&a->value.read, &b->value.read, pairing);
        case EXPR_CAST:
                if (a->dtype != b->dtype)
                        return false;
                break;
        case EXPR_CALL:
                if (a->value.function != b->value.function)
                        return false;
                break;
        case EXPR_REDUCE:
                return a->value.reduce.reduction ==
                               b->value.reduce.reduction &&
                       a->value.reduce.count == b->value.reduce.count &&
                       equal_reduce(a, b, 0, pairing);
        default:
                break;
        }
        for (int i = 0; i < a->count; i++)
                if (!equal(a->arg[i], b->arg[i], pairing))
                        return false;
        return true;
}

bool rewrite_equal(const struct expr *a, const struct expr *b)
{
        return equal(a, b, NULL);
}

bool rewrite_same_range(const struct index *a, const struct index *b)
{
        return equal(a->lo, b->lo, NULL) && equal(a->hi, b->hi, NULL);
}

/* --- copying --- */

struct rewriting {
        struct arena *arena;
        int count; /* of indices to replace */
        const struct index *const *from;
        const struct expr *const *to;
        bool (*chosen)(const struct tensor *tensor, void *data);
        void *data;
        int *budget; /* nodes that may still be made */
        int parts;   /* to replace */
        const struct expr *const *old, *const *made;
        bool lazy;     /* behind a condition */
        bool unproved; /* in a definition, at subscripts that hold only
                          behind a condition */
};

static const struct expr *copy(const struct rewriting *r,
                               const struct expr *expr);

static const struct index *copy_index(const struct rewriting *r,
                                      const struct index *index)
{
        struct index *made = arena_alloc(r->arena, sizeof *made);

        if (!made)
                return NULL;
        *made = *index;
        made->lo = copy(r, index->lo);
        made->hi = copy(r, index->hi);
        return made->lo && made->hi ? made : NULL;
}

/* The definition of a read tensor at those (already copied) subscripts. All
 * elements of a tensor have a value: what its definition reads is inside,
 * unless the subscripts are not. */
static const struct expr *definition(const struct rewriting *r,
                                     const struct expr *read, bool unproved)
{
        const struct tensor *tensor = read->value.read.tensor;
        const struct statement *statement = tensor->defined_by;
        struct rewriting inner = *r;
        const struct expr *value;

        inner.count = statement->index_count;
        inner.from = statement->index;
        inner.to = read->value.read.subscript;
        inner.lazy = false;
        inner.unproved = unproved;
        value = copy(&inner, statement->value);
        if (!value || tensor->dtype == DTYPE_NONE)
                return value;
        value = node_keep(r->arena, (struct expr){.op = EXPR_CAST,
                                                  .kind = tensor->kind,
                                                  .line = read->line,
                                                  .column = read->column,
                                                  .count = 1,
                                                  .arg = {value},
                                                  .dtype = tensor->dtype});
        return arena_failed(r->arena) ? NULL : value;
}

const struct expr *rewrite_least(const struct tensor *tensor)
{
        const struct statement *s = tensor->defined_by;
        const struct expr *least;

        if (tensor->low || !s || s->value->op != EXPR_REDUCE ||
            !reduction_is_position(s->value->value.reduce.reduction))
                return tensor->low;
        least = s->value->value.reduce.index[0]->lo;
        return vector_is_size(least) ? least : NULL;
}

/* Any value that the tensor may hold, so that what was proved from that
 * still is. */
static const struct expr *some_value(const struct rewriting *r,
                                     const struct tensor *tensor)
{
        const struct expr *value = rewrite_least(tensor);

        if (!value)
                value = node_keep(
                        r->arena,
                        (struct expr){.op = tensor->kind == KIND_REAL
                                                    ? EXPR_REAL
                                            : tensor->kind == KIND_INTEGER
                                                    ? EXPR_INTEGER
                                                    : EXPR_BOOLEAN,
                                      .kind = tensor->kind});
        return arena_failed(r->arena) ? NULL : value;
}

static const struct expr *copy_read(const struct rewriting *r,
                                    const struct expr *expr)
{
        struct expr *made = arena_alloc(r->arena, sizeof *made);
        struct rewriting inner = *r;
        struct read *read;
        bool outside;

        if (!made)
                return NULL;
        *made = *expr;
        read = &made->value.read;
        outside = r->unproved || (r->lazy && read->safety == READ_CHECKED);
        for (int i = 0; i < read->tensor->rank; i++) {
                read->subscript[i] = copy(r, read->subscript[i]);
                if (!read->subscript[i])
                        return NULL;
        }
        if (read->safety == READ_ELSE) {
                inner.lazy = true;
                read->fallback = copy(&inner, read->fallback);
                return read->fallback ? made : NULL;
        }
        if (r->chosen && read->tensor->defined_by &&
            read->tensor->defined_by->update == UPDATE_DEFINE &&
            r->chosen(read->tensor, r->data))
                return definition(r, made, outside);
        if (outside) {
                read->safety = READ_ELSE;
                read->fallback = some_value(r, read->tensor);
                return read->fallback ? made : NULL;
        }
        return made;
}

/* Is operand i evaluated only where a condition holds? */
static bool is_lazy(const struct expr *expr, int i)
{
        return i > 0 && (expr->op == EXPR_SELECT || expr->op == EXPR_AND ||
                         expr->op == EXPR_OR);
}

/* Sums and products of literals, which substitution makes, are literals:
 * reads of one element look the same. */
static const struct expr *fold(struct arena *arena, const struct expr *expr)
{
        const struct expr *a = expr->arg[0], *b = expr->arg[1];
        enum thread_op op = expr->op == EXPR_ADD   ? THREAD_ADD
                            : expr->op == EXPR_SUB ? THREAD_SUB
                                                   : THREAD_MUL;
        int64_t value;

        if (expr->kind != KIND_INTEGER || expr->count != 2 ||
            (expr->op != EXPR_ADD && expr->op != EXPR_SUB &&
             expr->op != EXPR_MUL) ||
            a->op != EXPR_INTEGER || b->op != EXPR_INTEGER)
                return expr;
        if (thread_fold(op, a->value.integer, b->value.integer, &value)) {
                expr = node_integer(arena, value);
                return arena_failed(arena) ? NULL : expr;
        }
        return expr;
}

static const struct expr *copy(const struct rewriting *r,
                               const struct expr *expr)
{
        struct rewriting inner = *r;
        struct expr *made;

        if (*r->budget <= 0)
                return NULL;
        --*r->budget;
        for (int i = 0; i < r->parts; i++)
                if (rewrite_equal(r->old[i], expr))
                        return r->made[i];
        if (expr->op == EXPR_INDEX) {
                for (int i = 0; i < r->count; i++)
                        if (r->from[i]->number == expr->value.index->number)
                                return r->to[i];
                return expr;
        }
        if (expr->op == EXPR_READ)
                return copy_read(r, expr);
        if (expr->count == 0)
                return expr;
        made = arena_alloc(r->arena, sizeof *made);
        if (!made)
                return NULL;
        *made = *expr;
        for (int i = 0; i < expr->count; i++) {
                inner.lazy = r->lazy || is_lazy(expr, i);
                made->arg[i] = copy(&inner, expr->arg[i]);
                if (!made->arg[i])
                        return NULL;
        }
        for (int i = 0;
             expr->op == EXPR_REDUCE && i < expr->value.reduce.count; i++) {
                made->value.reduce.index[i] =
                        copy_index(r, expr->value.reduce.index[i]);
                if (!made->value.reduce.index[i])
                        return NULL;
        }
        return fold(r->arena, made);
}

const struct expr *rewrite_substitute(struct arena *arena,
                                      const struct expr *expr, int count,
                                      const struct index *const *from,
                                      const struct expr *const *to)
{
        int budget = REWRITE_NODES;
        struct rewriting r = {.arena = arena,
                              .count = count,
                              .from = from,
                              .to = to,
                              .budget = &budget};

        return copy(&r, expr);
}

const struct expr *rewrite_replace(struct arena *arena,
                                   const struct expr *expr, int count,
                                   const struct expr *const *old,
                                   const struct expr *const *made)
{
        int budget = REWRITE_NODES;
        struct rewriting r = {.arena = arena,
                              .budget = &budget,
                              .parts = count,
                              .old = old,
                              .made = made};

        return copy(&r, expr);
}

const struct expr *rewrite_inline(struct arena *arena, const struct expr *expr,
                                  bool (*chosen)(const struct tensor *tensor,
                                                 void *data),
                                  void *data)
{
        int budget = REWRITE_NODES;
        struct rewriting r = {.arena = arena,
                              .chosen = chosen,
                              .data = data,
                              .budget = &budget};

        return copy(&r, expr);
}

/* --- facts --- */

static bool visit_count(const struct expr *expr, void *data)
{
        int *count = data;

        (void)expr;
        return ++*count <= REWRITE_NODES;
}

int rewrite_count(const struct expr *expr)
{
        int count = 0;

        expr_walk(expr, visit_count, &count);
        return count;
}

struct has {
        enum expr_op op;
        bool found;
};

static bool visit_op(const struct expr *expr, void *data)
{
        struct has *has = data;

        has->found = has->found || expr->op == has->op;
        return !has->found;
}

static bool has_op(const struct expr *expr, enum expr_op op)
{
        struct has has = {op, false};

        expr_walk(expr, visit_op, &has);
        return has.found;
}

bool rewrite_has_reduction(const struct expr *expr)
{
        return has_op(expr, EXPR_REDUCE);
}

bool rewrite_has_read(const struct expr *expr)
{
        return has_op(expr, EXPR_READ);
}

struct reads {
        const struct tensor *tensor;
        bool found;
};

static bool visit_reads(const struct expr *expr, void *data)
{
        struct reads *reads = data;

        if (expr->op == EXPR_READ && expr->value.read.tensor == reads->tensor)
                reads->found = true;
        return !reads->found;
}

bool rewrite_reads(const struct expr *expr, const struct tensor *tensor)
{
        struct reads reads = {tensor, false};

        expr_walk(expr, visit_reads, &reads);
        return reads.found;
}
