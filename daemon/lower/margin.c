/*
 * What a guarded read reaches, and the copy that covers it; see margin.h. A
 * copy never reads more of the tensor than the read could have reached, and
 * its extents are at least 0 for every binding.
 */
#include "lower/margin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lower/node.h"
#include "lower/rewrite.h"
#include "lower/vector.h"

/* --- what a subscript reaches --- */

enum { TERMS = 8 };

/* constant + the sum of multiples of indices. */
struct reach {
        int64_t constant;
        int count;
        struct {
                int64_t times;
                const struct index *index;
        } term[TERMS];
};

static bool add_term(struct reach *reach, int64_t times,
                     const struct index *index)
{
        if (reach->count == TERMS || times < -VECTOR_STEPS ||
            times > VECTOR_STEPS || index->lo->op != EXPR_INTEGER ||
            !vector_is_size(index->hi) ||
            (times < 0 && index->hi->op != EXPR_INTEGER))
                return false;
        reach->term[reach->count].times = times;
        reach->term[reach->count++].index = index;
        return true;
}

/* Add times * expr to reach; false for any other form. */
static bool find_reach(struct reach *reach, int64_t times,
                       const struct expr *expr)
{
        const struct expr *a = expr->arg[0], *b = expr->arg[1];

        switch (expr->op) {
        case EXPR_INTEGER:
                reach->constant += times * expr->value.integer;
                return llabs(expr->value.integer) < INT32_MAX;
        case EXPR_INDEX:
                return add_term(reach, times, expr->value.index);
        case EXPR_ADD:
        case EXPR_SUB:
                return find_reach(reach, times, a) &&
                       find_reach(reach, expr->op == EXPR_ADD ? times : -times,
                                  b);
        case EXPR_MUL:
                if (a->op != EXPR_INTEGER) {
                        a = b;
                        b = expr->arg[0];
                }
                return a->op == EXPR_INTEGER &&
                       llabs(a->value.integer) <= VECTOR_STEPS &&
                       find_reach(reach, times * a->value.integer, b);
        default:
                return false;
        }
}

/* The margin in front, and the literal part of the copy's extent: what is
 * left is the sum of times * hi over the indices whose ends are sizes. */
static void measure(const struct reach *reach, int64_t *low, int64_t *literal)
{
        int64_t first = reach->constant, last = reach->constant;

        for (int i = 0; i < reach->count; i++) {
                int64_t times = reach->term[i].times;
                const struct index *index = reach->term[i].index;
                int64_t lo = times * index->lo->value.integer, hi = -times;

                if (index->hi->op == EXPR_INTEGER)
                        hi = times * (index->hi->value.integer - 1);
                first += times > 0 ? lo : hi;
                last += times > 0 ? hi : lo;
        }
        *low = first < 0 ? -first : 0;
        *literal = last + 1 + *low;
        if (*literal < 0) {
                *low -= *literal;
                *literal = 0;
        }
}

/* The value of a literal, or NaN. */
static double literal(const struct expr *expr)
{
        switch (expr->op) {
        case EXPR_REAL:
                return expr->value.real;
        case EXPR_INTEGER:
                return (double)expr->value.integer;
        case EXPR_NEGATE:
                return -literal(expr->arg[0]);
        default:
                return NAN;
        }
}

/* Is a constant the same as an element of a tensor? */
static bool is_kept(enum dtype dtype, const struct expr *expr)
{
        double value = literal(expr);

        if (expr->op == EXPR_PARAM)
                return dtype == DTYPE_F64 || dtype == DTYPE_I64;
        return dtype_is_float(dtype)
                       ? dtype_round(dtype, value) == value
                       : value >= (double)dtype_int_low(dtype) &&
                                 value <= (double)dtype_int_high(dtype);
}

/* Keeps a copy in proportion to the result and the tensor: a size ends the
 * range of one dimension only, and a reduced one's only where it is the
 * dimension itself. */
static bool is_in_proportion(const struct read *read, int d,
                             const struct reach *reach)
{
        const struct expr *s = read->subscript[d];

        for (int i = 0; i < reach->count; i++) {
                const struct index *index = reach->term[i].index;

                if (index->hi->op == EXPR_INTEGER)
                        continue;
                if (index->reduced &&
                    (s->op != EXPR_INDEX ||
                     !rewrite_equal(index->hi, read->tensor->extent[d])))
                        return false;
                for (int k = 0; k < d; k++)
                        if (vector_depends(read->subscript[k], index))
                                return false;
        }
        return true;
}

bool margin_can(const struct expr *expr)
{
        const struct read *read = &expr->value.read;

        if (expr->op != EXPR_READ || read->safety != READ_ELSE ||
            read->tensor->rank == 0 ||
            !is_kept(read->tensor->dtype, read->fallback))
                return false;
        for (int d = 0; d < read->tensor->rank; d++) {
                struct reach reach = {0};

                if (!find_reach(&reach, 1, read->subscript[d]) ||
                    !is_in_proportion(read, d, &reach))
                        return false;
        }
        return true;
}

static bool visit_inside(const struct expr *expr, void *data)
{
        bool *inside = data;

        *inside |= margin_can(expr);
        return !*inside;
}

bool margin_inside(const struct expr *expr)
{
        bool inside = false;

        expr_walk(expr, visit_inside, &inside);
        return inside;
}

double margin_elements(const struct expr *expr, const struct binding *binding)
{
        const struct read *read = &expr->value.read;
        double elements = 1;

        for (int d = 0; d < read->tensor->rank; d++) {
                struct reach reach = {0};
                int64_t low, extent;

                (void)find_reach(&reach, 1, read->subscript[d]);
                measure(&reach, &low, &extent);
                for (int i = 0; i < reach.count; i++) {
                        const struct expr *hi = reach.term[i].index->hi;

                        if (hi->op != EXPR_INTEGER)
                                extent += reach.term[i].times *
                                          spec_eval_size(hi, binding);
                }
                elements *= (double)extent;
        }
        return elements;
}

/* --- expressions --- */

/* a op b of integers; a alone where b is 0 added or 1 multiplied. */
static const struct expr *combine(struct arena *arena, enum expr_op op,
                                  const struct expr *a, int64_t b)
{
        if (b == (op == EXPR_MUL))
                return a;
        return node_binary(arena, b < 0 ? EXPR_SUB : op, a,
                           node_integer(arena, b < 0 ? -b : b));
}

static const struct expr *extent_of(struct arena *arena,
                                    const struct reach *reach, int64_t literal)
{
        const struct expr *sum = NULL;

        for (int i = 0; i < reach->count; i++) {
                const struct expr *hi = reach->term[i].index->hi, *part;

                if (hi->op == EXPR_INTEGER)
                        continue;
                part = combine(arena, EXPR_MUL, hi, reach->term[i].times);
                sum = sum ? node_binary(arena, EXPR_ADD, sum, part) : part;
        }
        return sum ? combine(arena, EXPR_ADD, sum, literal)
                   : node_integer(arena, literal);
}

/* --- the copy --- */

/* Dimension d of the copy, and its place in the statement that fills it. */
static bool add_dimension(struct margins *margins, struct margin *made, int d,
                          struct read *from)
{
        struct arena *arena = margins->arena;
        struct index *index = arena_alloc(arena, sizeof *index);
        struct reach reach = {0};
        int64_t literal;

        if (!index)
                return false;
        (void)find_reach(&reach, 1, made->read->value.read.subscript[d]);
        measure(&reach, &made->low[d], &literal);
        made->tensor.extent[d] = extent_of(arena, &reach, literal);
        index->name = arena_printf(arena, "e%d", d);
        index->number =
                margins->spec->index_count + LIMIT_RANK * margins->count + d;
        index->lo = node_integer(arena, 0);
        index->hi = made->tensor.extent[d];
        made->statement.index[d] = index;
        made->statement.subscript[d] = node_index(arena, index);
        from->subscript[d] = combine(
                arena, EXPR_ADD, made->statement.subscript[d], -made->low[d]);
        return !arena_failed(arena);
}

static struct margin *make(struct margins *margins, const struct expr *expr)
{
        struct arena *arena = margins->arena;
        struct margin *made = arena_alloc(arena, sizeof *made);
        const struct tensor *from = expr->value.read.tensor;
        struct expr value = *expr;

        if (!made)
                return NULL;
        made->read = expr;
        made->tensor = *from;
        made->tensor.name = arena_printf(arena, "%.40s_margin", from->name);
        made->tensor.number = margins->spec->tensor_count + margins->count;
        made->tensor.role = TENSOR_TMP;
        made->tensor.defined_by = &made->statement;
        made->tensor.length = NULL;
        made->tensor.init = NULL;
        made->statement = (struct statement){.target = &made->tensor,
                                             .update = UPDATE_DEFINE,
                                             .index_count = from->rank,
                                             .line = expr->line,
                                             .column = expr->column};
        for (int d = 0; d < from->rank; d++)
                if (!add_dimension(margins, made, d, &value.value.read))
                        return NULL;
        made->statement.value = node_keep(arena, value);
        return arena_failed(arena) ? NULL : made;
}

/* The copy that stands for expr; NULL when out of memory or of room. */
static struct margin *find(struct margins *margins, const struct expr *expr)
{
        struct margin *made;

        for (int i = 0; i < margins->count; i++)
                if (rewrite_equal(margins->margin[i]->read, expr))
                        return margins->margin[i];
        if (margins->count == MARGIN_COPIES ||
            margins->spec->tensor_count + margins->count == LIMIT_TENSORS)
                return NULL;
        made = make(margins, expr);
        if (made)
                margins->margin[margins->count++] = made;
        return made;
}

static const struct expr *read_copy(struct margins *margins,
                                    const struct expr *expr)
{
        struct margin *margin = find(margins, expr);
        const struct expr *subscript[LIMIT_RANK];

        if (!margin)
                return arena_failed(margins->arena) ? NULL : expr;
        for (int d = 0; d < margin->tensor.rank; d++)
                subscript[d] =
                        combine(margins->arena, EXPR_ADD,
                                expr->value.read.subscript[d], margin->low[d]);
        expr = node_read(margins->arena, &margin->tensor, subscript);
        return arena_failed(margins->arena) ? NULL : expr;
}

const struct expr *margin_rewrite(struct margins *margins,
                                  const struct expr *expr)
{
        struct expr made = *expr;

        if (margin_can(expr))
                return read_copy(margins, expr);
        for (int i = 0; i < expr->count; i++) {
                made.arg[i] = margin_rewrite(margins, expr->arg[i]);
                if (!made.arg[i])
                        return NULL;
        }
        if (memcmp(made.arg, expr->arg, sizeof made.arg) == 0)
                return expr;
        expr = node_keep(margins->arena, made);
        return arena_failed(margins->arena) ? NULL : expr;
}
