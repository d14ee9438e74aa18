/* See oracle_plan.h. */
#include "spec/oracle_plan.h"

#include <stdlib.h>

#include "spec/oracle_form.h"

/* Far outside every tensor, and far from overflow. */
#define FAR (INT64_C(1) << 60)
enum { DATA_ELEMENTS = 1 << 22 /* of an input scanned for its bounds */ };

static const struct oracle_span anywhere = {-FAR, FAR};

/* What a read of an integer input is taken for. */
enum reading {
        READING_NOTHING, /* anything: subscripts, whatever the data says */
        READING_DATA,    /* the data of the rows in question, when given */
        READING_PROMISES /* the constraint: estimates of work */
};

static struct oracle_span span_of(const struct oracle_plan *plan,
                                  const struct expr *expr,
                                  enum reading reading);

static int64_t clamp(__int128 value)
{
        return value > FAR ? FAR : value < -FAR ? -FAR : (int64_t)value;
}

static struct oracle_span make(__int128 a, __int128 b)
{
        return (struct oracle_span){clamp(a < b ? a : b),
                                    clamp(a < b ? b : a)};
}

static struct oracle_span multiply(struct oracle_span a, struct oracle_span b)
{
        __int128 p[4] = {(__int128)a.low * b.low, (__int128)a.low * b.high,
                         (__int128)a.high * b.low, (__int128)a.high * b.high};
        struct oracle_span low = make(p[0], p[1]), high = make(p[2], p[3]);

        return (struct oracle_span){low.low < high.low ? low.low : high.low,
                                    low.high > high.high ? low.high
                                                         : high.high};
}

static int64_t floor_div(int64_t a, int64_t b)
{
        return a / b - (a % b < 0);
}

static struct oracle_span constraint_of(const struct oracle_plan *plan,
                                        const struct tensor *tensor)
{
        struct oracle_span span = anywhere;

        if (tensor->low && tensor->high) {
                span.low = spec_eval_size(tensor->low, plan->binding);
                span.high = spec_eval_size(tensor->high, plan->binding) - 1;
        } else if (tensor->offsets) {
                span.low = 0;
                span.high = spec_eval_size(tensor->offsets, plan->binding);
        } else if (tensor->lengths) {
                span.low = 0;
                if (tensor->lengths_sum)
                        span.high = spec_eval_size(tensor->lengths_sum,
                                                   plan->binding);
        }
        return span;
}

/* Smallest and largest element in a box of an integer input. */
static struct oracle_span scan(const struct oracle_plan *plan,
                               const struct tensor *tensor, const int64_t *low,
                               const int64_t *high)
{
        const void *data = plan->inputs[tensor->number];
        const int64_t *extent = plan->extent[tensor->number];
        int64_t at[LIMIT_RANK], offset, value;
        struct oracle_span span = {INT64_MAX, INT64_MIN};
        int d;

        for (d = 0; d < tensor->rank; d++)
                at[d] = low[d];
        for (;;) {
                offset = 0;
                for (d = 0; d < tensor->rank; d++)
                        offset = offset * extent[d] + at[d];
                value = dtype_load_int(tensor->dtype, data, offset);
                span.low = value < span.low ? value : span.low;
                span.high = value > span.high ? value : span.high;
                for (d = tensor->rank - 1; d >= 0; d--) {
                        if (++at[d] < high[d])
                                break;
                        at[d] = low[d];
                }
                if (d < 0)
                        return make(span.low, span.high);
        }
}

/* Subscripts as a box inside the tensor; false when it is empty. */
static bool box_of(const struct oracle_plan *plan, const struct read *read,
                   enum reading reading, int64_t *low, int64_t *high)
{
        const int64_t *extent = plan->extent[read->tensor->number];
        struct oracle_span span;

        for (int d = 0; d < read->tensor->rank; d++) {
                span = read->subscript[d]
                               ? span_of(plan, read->subscript[d], reading)
                               : anywhere;
                low[d] = span.low < 0 ? 0 : span.low;
                high[d] = span.high >= extent[d] ? extent[d] : span.high + 1;
                if (low[d] >= high[d])
                        return false;
        }
        return true;
}

static struct oracle_span read_span(const struct oracle_plan *plan,
                                    const struct expr *expr,
                                    enum reading reading)
{
        const struct read *read = &expr->value.read;
        int64_t low[LIMIT_RANK], high[LIMIT_RANK], elements = 1;

        if (expr->kind == KIND_BOOLEAN)
                return (struct oracle_span){0, 1};
        if (reading == READING_NOTHING || read->tensor->role != TENSOR_IN ||
            read->safety == READ_ELSE)
                return anywhere;
        if (reading == READING_PROMISES || !plan->inputs ||
            !plan->inputs[read->tensor->number])
                return constraint_of(plan, read->tensor);
        if (!dtype_is_integer(read->tensor->dtype) ||
            !box_of(plan, read, reading, low, high))
                return anywhere;
        for (int d = 0; d < read->tensor->rank; d++)
                if ((elements *= high[d] - low[d]) > DATA_ELEMENTS)
                        return anywhere;
        return scan(plan, read->tensor, low, high);
}

static struct oracle_span divide_span(const struct oracle_plan *plan,
                                      const struct expr *expr,
                                      enum reading reading)
{
        struct oracle_span a = span_of(plan, expr->arg[0], reading);
        struct oracle_span b = span_of(plan, expr->arg[1], reading);

        if (b.low <= 0)
                return anywhere;
        if (expr->op == EXPR_FLOOR_MOD) {
                if (a.low >= 0 && a.high < b.low)
                        return a;
                return make(0, b.high - 1);
        }
        return make(a.low >= 0 ? floor_div(a.low, b.high)
                               : floor_div(a.low, b.low),
                    a.high >= 0 ? floor_div(a.high, b.low)
                                : floor_div(a.high, b.high));
}

static struct oracle_span call_span(const struct oracle_plan *plan,
                                    const struct expr *expr,
                                    enum reading reading)
{
        struct oracle_span a, b;

        if (expr->count != 2 ||
            (expr->value.function != FN_MIN && expr->value.function != FN_MAX))
                return anywhere;
        a = span_of(plan, expr->arg[0], reading);
        b = span_of(plan, expr->arg[1], reading);
        if (expr->value.function == FN_MIN)
                return (struct oracle_span){a.low < b.low ? a.low : b.low,
                                            a.high < b.high ? a.high : b.high};
        return (struct oracle_span){a.low > b.low ? a.low : b.low,
                                    a.high > b.high ? a.high : b.high};
}

static struct oracle_span span_of(const struct oracle_plan *plan,
                                  const struct expr *expr,
                                  enum reading reading)
{
        struct oracle_span a, b;
        int64_t value;

        switch (expr->op) {
        case EXPR_INTEGER:
                return make(expr->value.integer, expr->value.integer);
        case EXPR_SIZE:
                value = plan->binding->size[expr->value.size->number];
                return make(value, value);
        case EXPR_INDEX:
                return plan->index[expr->value.index->number];
        case EXPR_READ:
                return read_span(plan, expr, reading);
        case EXPR_NEGATE:
                a = span_of(plan, expr->arg[0], reading);
                return make(-(__int128)a.high, -(__int128)a.low);
        case EXPR_ADD:
                a = span_of(plan, expr->arg[0], reading);
                b = span_of(plan, expr->arg[1], reading);
                return make((__int128)a.low + b.low,
                            (__int128)a.high + b.high);
        case EXPR_SUB:
                a = span_of(plan, expr->arg[0], reading);
                b = span_of(plan, expr->arg[1], reading);
                return make((__int128)a.low - b.high,
                            (__int128)a.high - b.low);
        case EXPR_MUL:
                a = span_of(plan, expr->arg[0], reading);
                return multiply(a, span_of(plan, expr->arg[1], reading));
        case EXPR_FLOOR_DIV:
        case EXPR_FLOOR_MOD:
                return divide_span(plan, expr, reading);
        case EXPR_CALL:
                return call_span(plan, expr, reading);
        case EXPR_SELECT:
                a = span_of(plan, expr->arg[1], reading);
                b = span_of(plan, expr->arg[2], reading);
                return (struct oracle_span){a.low < b.low ? a.low : b.low,
                                            a.high > b.high ? a.high : b.high};
        default:
                return anywhere;
        }
}

void oracle_plan_open_index(struct oracle_plan *plan,
                            const struct index *index)
{
        struct oracle_span lo = span_of(plan, index->lo, READING_DATA);
        struct oracle_span hi = span_of(plan, index->hi, READING_DATA);

        plan->index[index->number] = (struct oracle_span){
                lo.low, hi.high - 1 < lo.low ? lo.low : hi.high - 1};
}

static void need_box(struct oracle_plan *plan, const struct tensor *tensor,
                     const int64_t *low, const int64_t *high)
{
        struct oracle_need *need = &plan->need[tensor->number];

        for (int d = 0; d < tensor->rank; d++) {
                if (!need->needed || low[d] < need->low[d])
                        need->low[d] = low[d];
                if (!need->needed || high[d] > need->high[d])
                        need->high[d] = high[d];
        }
        need->needed = true;
}

static bool visit_need(const struct expr *expr, void *data)
{
        struct oracle_plan *plan = data;
        int64_t low[LIMIT_RANK], high[LIMIT_RANK];

        if (expr->op == EXPR_REDUCE)
                for (int i = 0; i < expr->value.reduce.count; i++)
                        oracle_plan_open_index(plan,
                                               expr->value.reduce.index[i]);
        if (expr->op == EXPR_READ &&
            box_of(plan, &expr->value.read, READING_NOTHING, low, high))
                need_box(plan, expr->value.read.tensor, low, high);
        return true;
}

/* The spans of a statement's own indices for the needed box. */
void oracle_plan_open_statement(struct oracle_plan *plan,
                                const struct statement *statement)
{
        const struct oracle_need *need =
                &plan->need[statement->target->number];

        for (int i = 0; i < statement->index_count; i++)
                if (statement->update == UPDATE_DEFINE)
                        plan->index[statement->index[i]->number] =
                                make(need->low[i], need->high[i] - 1);
                else
                        oracle_plan_open_index(plan, statement->index[i]);
}

static void need_operands(struct oracle_plan *plan,
                          const struct statement *statement)
{
        const struct tensor *target = statement->target;
        const struct oracle_need *need = &plan->need[target->number];

        oracle_plan_open_statement(plan, statement);
        for (int d = 0; d < target->rank; d++)
                expr_walk(statement->subscript[d], visit_need, plan);
        expr_walk(statement->value, visit_need, plan);
        if (target->init && target->init->op == EXPR_READ)
                need_box(plan, target->init->value.read.tensor, need->low,
                         need->high);
}

void oracle_plan_box(struct oracle_plan *plan, const struct tensor *tensor,
                     const int64_t *low, const int64_t *high)
{
        const struct statement *statement;

        for (int t = 0; t < plan->spec->tensor_count; t++)
                plan->need[t].needed = false;
        need_box(plan, tensor, low, high);
        for (int s = plan->spec->statement_count - 1; s >= 0; s--) {
                statement = plan->spec->statement[s];
                if (plan->need[statement->target->number].needed)
                        need_operands(plan, statement);
        }
}

int oracle_plan_init(struct oracle_plan *plan, const struct spec *spec,
                     const struct binding *binding, const void *const *inputs,
                     struct error *err)
{
        *plan = (struct oracle_plan){
                .spec = spec, .binding = binding, .inputs = inputs};
        plan->index =
                calloc((size_t)spec->index_count + 1, sizeof *plan->index);
        if (!plan->index)
                return error_memory(err);
        for (int t = 0; t < spec->tensor_count; t++)
                spec_tensor_elements(spec->tensor[t], binding,
                                     plan->extent[t]);
        return 0;
}

void oracle_plan_dispose(struct oracle_plan *plan)
{
        free(plan->index);
        plan->index = NULL;
}

int64_t oracle_plan_elements(const struct oracle_plan *plan,
                             const struct tensor *tensor)
{
        const struct oracle_need *need = &plan->need[tensor->number];
        int64_t elements = need->needed;

        for (int d = 0; d < tensor->rank; d++)
                elements *= need->high[d] - need->low[d];
        return elements;
}

struct oracle_span oracle_plan_promise(const struct oracle_plan *plan,
                                       const struct expr *expr)
{
        return span_of(plan, expr, READING_PROMISES);
}
