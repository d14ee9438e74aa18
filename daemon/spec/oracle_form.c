/*
 * Facts about the form of expressions: see oracle_form.h.
 */
#include "spec/oracle_form.h"

#include <math.h>

struct search {
        const struct index *index;
        bool found;
};

static bool visit_mention(const struct expr *expr, void *data)
{
        struct search *s = data;

        s->found |= expr->op == EXPR_INDEX && expr->value.index == s->index;
        return !s->found;
}

bool oracle_mentions(const struct expr *expr, const struct index *index)
{
        struct search s = {.index = index};

        expr_walk(expr, visit_mention, &s);
        return s.found;
}

static bool visit_data(const struct expr *expr, void *data)
{
        struct search *s = data;

        s->found |=
                expr->op == EXPR_READ ||
                (expr->op == EXPR_INDEX && expr->value.index->data_dependent);
        return !s->found;
}

bool oracle_reads_data(const struct expr *expr)
{
        struct search s = {0};

        expr_walk(expr, visit_data, &s);
        return s.found;
}

/* The chain of factors; casts and signs are looked through. */
static void factors_of(const struct expr *expr, const struct expr **factor,
                       int *count)
{
        switch (expr->op) {
        case EXPR_MUL:
                factors_of(expr->arg[0], factor, count);
                factors_of(expr->arg[1], factor, count);
                break;
        case EXPR_NEGATE:
        case EXPR_CAST:
        case EXPR_DIV:
                factors_of(expr->arg[0], factor, count);
                break;
        case EXPR_READ:
                if (expr->kind == KIND_REAL && *count < LIMIT_RANK)
                        factor[(*count)++] = expr;
                break;
        default:
                break;
        }
}

static bool uses_reduced(const struct expr *read, const struct expr *reduce)
{
        for (int d = 0; d < read->value.read.tensor->rank; d++)
                for (int i = 0; i < reduce->value.reduce.count; i++)
                        if (oracle_mentions(read->value.read.subscript[d],
                                            reduce->value.reduce.index[i]))
                                return true;
        return false;
}

bool oracle_is_contraction(const struct expr *reduce,
                           const struct expr **factor, int *count)
{
        int using = 0;

        *count = 0;
        if (reduce->op != EXPR_REDUCE || reduce->kind != KIND_REAL ||
            reduce->value.reduce.reduction != RED_SUM)
                return false;
        factors_of(reduce->arg[0], factor, count);
        for (int i = 0; i < *count; i++)
                using += uses_reduced(factor[i], reduce);
        return using >= 2;
}

/* Pairs of indices that stand for each other while two trees are compared. */
struct pairing {
        int count;
        const struct index *a[4 * LIMIT_RANK], *b[4 * LIMIT_RANK];
};

static bool same(const struct expr *a, const struct expr *b,
                 struct pairing *pairing);

static bool same_index(const struct index *a, const struct index *b,
                       const struct pairing *pairing)
{
        for (int i = pairing->count - 1; i >= 0; i--)
                if (pairing->a[i] == a || pairing->b[i] == b)
                        return pairing->a[i] == a && pairing->b[i] == b;
        return a == b;
}

static bool same_read(const struct read *a, const struct read *b,
                      struct pairing *pairing)
{
        if (a->tensor != b->tensor || a->safety != b->safety)
                return false;
        for (int d = 0; d < a->tensor->rank; d++)
                if (!same(a->subscript[d], b->subscript[d], pairing))
                        return false;
        return a->safety != READ_ELSE ||
               same(a->fallback, b->fallback, pairing);
}

static bool same_reduce(const struct expr *a, const struct expr *b,
                        struct pairing *pairing)
{
        int count = a->value.reduce.count, before = pairing->count;
        bool equal;

        if (a->value.reduce.reduction != b->value.reduce.reduction ||
            count != b->value.reduce.count || before + count > 4 * LIMIT_RANK)
                return false;
        for (int i = 0; i < count; i++) {
                const struct index *x = a->value.reduce.index[i];
                const struct index *y = b->value.reduce.index[i];

                if (!same(x->lo, y->lo, pairing) ||
                    !same(x->hi, y->hi, pairing)) {
                        pairing->count = before;
                        return false;
                }
                pairing->a[pairing->count] = x;
                pairing->b[pairing->count++] = y;
        }
        equal = same(a->arg[0], b->arg[0], pairing);
        for (int i = 1; i < a->count; i++)
                equal = equal && same(a->arg[i], b->arg[i], pairing);
        pairing->count = before;
        return equal;
}

static bool same_value(const struct expr *a, const struct expr *b,
                       struct pairing *pairing)
{
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
                return same_index(a->value.index, b->value.index, pairing);
        case EXPR_READ:
                return same_read(&a->value.read, &b->value.read, pairing);
        case EXPR_CAST:
                return a->dtype == b->dtype;
        case EXPR_CALL:
                return a->value.function == b->value.function;
        default:
                return true;
        }
}

static bool same(const struct expr *a, const struct expr *b,
                 struct pairing *pairing)
{
        if (a == b && pairing->count == 0)
                return true;
        if (a->op != b->op || a->kind != b->kind || a->count != b->count)
                return false;
        if (a->op == EXPR_REDUCE)
                return same_reduce(a, b, pairing);
        if (!same_value(a, b, pairing))
                return false;
        for (int i = 0; i < a->count; i++)
                if (!same(a->arg[i], b->arg[i], pairing))
                        return false;
        return true;
}

bool oracle_same(const struct expr *a, const struct expr *b)
{
        struct pairing pairing = {0};

        return same(a, b, &pairing);
}

/* By the constraint of an input: offsets and lengths end at their sum. */
static double promised_magnitude(const struct tensor *tensor)
{
        if (tensor->low)
                return fmax(oracle_magnitude(tensor->low),
                            oracle_magnitude(tensor->high));
        if (tensor->offsets)
                return oracle_magnitude(tensor->offsets);
        if (tensor->lengths_sum)
                return oracle_magnitude(tensor->lengths_sum);
        return 0x1p63;
}

static double read_magnitude(const struct expr *expr)
{
        const struct tensor *tensor = expr->value.read.tensor;
        double most = promised_magnitude(tensor);

        if (expr->kind == KIND_BOOLEAN)
                return 1;
        if (tensor->dtype != DTYPE_NONE)
                most = fmin(most,
                            fmax(fabs((double)dtype_int_low(tensor->dtype)),
                                 (double)dtype_int_high(tensor->dtype)));
        if (expr->value.read.safety == READ_ELSE)
                most = fmax(most, oracle_magnitude(expr->value.read.fallback));
        return most;
}

static double call_magnitude(const struct expr *expr)
{
        double a = oracle_magnitude(expr->arg[0]);

        switch (expr->value.function) {
        case FN_MIN:
        case FN_MAX:
                return fmax(a, oracle_magnitude(expr->arg[1]));
        case FN_SIGN:
                return 1;
        case FN_REM:
                return oracle_magnitude(expr->arg[1]);
        default:
                return a;
        }
}

double oracle_magnitude(const struct expr *expr)
{
        double a, b;

        if (expr->kind == KIND_BOOLEAN)
                return 1;
        switch (expr->op) {
        case EXPR_INTEGER:
                return fabs((double)expr->value.integer);
        case EXPR_SIZE:
                return (double)expr->value.size->high;
        case EXPR_INDEX:
                return expr->value.index->magnitude;
        case EXPR_READ:
                return read_magnitude(expr);
        case EXPR_CALL:
                return call_magnitude(expr);
        case EXPR_ADD:
        case EXPR_SUB:
                a = oracle_magnitude(expr->arg[0]);
                return a + oracle_magnitude(expr->arg[1]);
        case EXPR_MUL:
                a = oracle_magnitude(expr->arg[0]);
                b = oracle_magnitude(expr->arg[1]);
                return a > 0 && b > 0 ? a * b : 0; /* also of infinity */
        case EXPR_NEGATE:
        case EXPR_FLOOR_DIV:
                return oracle_magnitude(expr->arg[0]);
        case EXPR_FLOOR_MOD:
                return oracle_magnitude(expr->arg[1]);
        case EXPR_SELECT:
                a = oracle_magnitude(expr->arg[1]);
                b = oracle_magnitude(expr->arg[2]);
                return fmax(a, b);
        default:
                return 0x1p63;
        }
}

/* Reductions of expr in order; those behind a condition are counted apart. */
struct found {
        const struct expr **list;
        int count, maximum, conditional;
};

static void find(const struct expr *expr, bool conditional,
                 struct found *found)
{
        const struct read *read = &expr->value.read;
        bool lazy;

        if (expr->op == EXPR_REDUCE) {
                if (conditional)
                        found->conditional++;
                else if (found->count++ < found->maximum)
                        found->list[found->count - 1] = expr;
                return;
        }
        if (expr->op == EXPR_READ) {
                for (int d = 0; d < read->tensor->rank; d++)
                        find(read->subscript[d], conditional, found);
                if (read->safety == READ_ELSE)
                        find(read->fallback, true, found);
                return;
        }
        for (int i = 0; i < expr->count; i++) {
                lazy = i > 0 && (expr->op == EXPR_SELECT ||
                                 expr->op == EXPR_AND || expr->op == EXPR_OR);
                find(expr->arg[i], conditional || lazy, found);
        }
}

int oracle_reductions(const struct expr *expr, const struct expr **list,
                      int maximum)
{
        struct found found = {.list = list, .maximum = maximum};

        find(expr, false, &found);
        return found.count;
}

/* Also inside the terms of reductions. */
bool oracle_has_conditional(const struct expr *expr)
{
        const struct expr *list[LIMIT_RANK];
        struct found found = {.list = list, .maximum = LIMIT_RANK};

        find(expr, false, &found);
        if (found.conditional || found.count > LIMIT_RANK)
                return true;
        for (int i = 0; i < found.count; i++)
                if (oracle_has_conditional(list[i]->arg[0]))
                        return true;
        return false;
}

/* index, index + c or index - c with c free of the index and of data. */
static bool advances(const struct expr *hi, const struct index *index)
{
        if (hi->op == EXPR_INDEX)
                return hi->value.index == index;
        if (hi->op == EXPR_ADD && advances(hi->arg[1], index))
                return !oracle_mentions(hi->arg[0], index) &&
                       !oracle_reads_data(hi->arg[0]);
        return (hi->op == EXPR_ADD || hi->op == EXPR_SUB) &&
               advances(hi->arg[0], index) &&
               !oracle_mentions(hi->arg[1], index) &&
               !oracle_reads_data(hi->arg[1]);
}

bool oracle_is_running(const struct expr *reduce, const struct index *index)
{
        const struct index *k = reduce->value.reduce.index[0];

        return reduce->value.reduce.count == 1 && !expr_selects(reduce) &&
               advances(k->hi, index) && !oracle_mentions(k->lo, index) &&
               !oracle_mentions(reduce->arg[0], index);
}

int oracle_rank_dimension(const struct statement *statement)
{
        const struct expr *rank;

        if (!expr_selects(statement->value))
                return -1;
        rank = statement->value->arg[1];
        for (int d = 0; d < statement->index_count; d++)
                if (statement->index[d] == rank->value.index)
                        return d;
        return -1;
}

int oracle_scan_dimension(const struct statement *statement)
{
        const struct expr *list[LIMIT_RANK];
        int count;

        if (statement->update != UPDATE_DEFINE)
                return -1;
        if (expr_selects(statement->value))
                return oracle_rank_dimension(statement);
        count = oracle_reductions(statement->value, list, LIMIT_RANK);
        for (int i = 0; i < count && i < LIMIT_RANK; i++)
                for (int d = 0; d < statement->index_count; d++)
                        if (oracle_is_running(list[i], statement->index[d]))
                                return d;
        return -1;
}
