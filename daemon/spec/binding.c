/*
 * Sizes and parameters bound to values. Extents are evaluated with
 * saturation, so that nothing overflows before binding_check has refused it;
 * it refuses whatever has a part that saturates.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/text.h"
#include "spec/canon_printer.h"
#include "spec/inputs_fill.h"
#include "spec/spec.h"

static const int64_t ELEMENTS_MAXIMUM = (int64_t)1 << 40;
static const int64_t RANGE_MAXIMUM = (int64_t)1 << 62;

/* What a caller fills in with binding_set. */
void binding_init(struct binding *binding, const struct spec *spec)
{
        memset(binding, 0, sizeof(*binding));
        for (int i = 0; i < spec->param_count; i++)
                binding->param[i] = spec->param[i]->value;
}

void binding_from_workload(struct binding *binding, const struct spec *spec,
                           const struct workload *workload)
{
        binding_init(binding, spec);
        memcpy(binding->size, workload->size, sizeof(binding->size));
        memcpy(binding->param, workload->param, sizeof(binding->param));
        binding->zipf = strcmp(workload->data, "zipf") == 0;
}

/* The value, or the end of the range that it would have passed: then *past. */
static int64_t add(int64_t a, int64_t b, bool *past)
{
        int64_t sum;

        if (!__builtin_add_overflow(a, b, &sum))
                return sum;
        *past = true;
        return a < 0 ? INT64_MIN : INT64_MAX;
}

static int64_t subtract(int64_t a, int64_t b, bool *past)
{
        int64_t difference;

        if (!__builtin_sub_overflow(a, b, &difference))
                return difference;
        *past = true;
        return a < 0 ? INT64_MIN : INT64_MAX;
}

static int64_t multiply(int64_t a, int64_t b, bool *past)
{
        int64_t product;

        if (!__builtin_mul_overflow(a, b, &product))
                return product;
        *past = true;
        return (a < 0) != (b < 0) ? INT64_MIN : INT64_MAX;
}

/* The checker has proved b > 0 for sizes inside their domains. */
static int64_t floor_divide(int64_t a, int64_t b)
{
        if (b <= 0)
                return 0;
        return a / b - (a % b < 0);
}

/* The checker allows nothing else in an extent; whatever slips through is 0.
 * */
static int64_t eval(const struct expr *expr, const struct binding *binding,
                    bool *past)
{
        int64_t a, b;

        if (expr->op == EXPR_INTEGER)
                return expr->value.integer;
        if (expr->op == EXPR_SIZE)
                return binding->size[expr->value.size->number];
        a = expr->count > 0 ? eval(expr->arg[0], binding, past) : 0;
        b = expr->count > 1 ? eval(expr->arg[1], binding, past) : 0;
        switch (expr->op) {
        case EXPR_NEGATE:
                return subtract(0, a, past);
        case EXPR_ADD:
                return add(a, b, past);
        case EXPR_SUB:
                return subtract(a, b, past);
        case EXPR_MUL:
                return multiply(a, b, past);
        case EXPR_FLOOR_DIV:
                return floor_divide(a, b);
        case EXPR_FLOOR_MOD:
                return b <= 0 ? 0 : a - floor_divide(a, b) * b;
        case EXPR_CALL:
                if (expr->value.function == FN_MIN)
                        return a < b ? a : b;
                return a > b ? a : b;
        default:
                return 0;
        }
}

int64_t spec_eval_size(const struct expr *expr, const struct binding *binding)
{
        bool past;

        return eval(expr, binding, &past);
}

/* A negative extent gives a negative or positive product: ask binding_check
 * first. */
int64_t spec_tensor_elements(const struct tensor *tensor,
                             const struct binding *binding, int64_t *extent)
{
        int64_t elements = 1;
        bool past;

        for (int d = 0; d < tensor->rank; d++) {
                int64_t n = spec_eval_size(tensor->extent[d], binding);

                if (extent)
                        extent[d] = n;
                elements = multiply(elements, n, &past);
        }
        return elements;
}

/* An intermediate counts as double, the type that the oracle holds it in. */
int64_t spec_tensor_bytes(const struct tensor *tensor,
                          const struct binding *binding)
{
        size_t bytes =
                tensor->dtype ? dtype_bytes(tensor->dtype) : sizeof(double);
        bool past;

        return multiply(spec_tensor_elements(tensor, binding, NULL),
                        (int64_t)bytes, &past);
}

/* One size against its declaration. */
static int check_size(const struct size *size, int64_t value,
                      struct error *err)
{
        if (value >= size->low && value <= size->high &&
            value % size->step == 0)
                return 0;
        if (size->step > 1)
                return error_set(err, ERR_INPUT,
                                 "%s=%lld is outside its domain: a multiple "
                                 "of %lld in %lld..=%lld",
                                 size->name, (long long)value,
                                 (long long)size->step, (long long)size->low,
                                 (long long)size->high);
        return error_set(err, ERR_INPUT,
                         "%s=%lld is outside its domain %lld..=%lld",
                         size->name, (long long)value, (long long)size->low,
                         (long long)size->high);
}

/* Whether a part of it does not fit 64 bits: then its value means nothing. */
static bool passes(const struct expr *expr, const struct binding *binding)
{
        bool past = false;

        if (expr)
                eval(expr, binding, &past);
        return past;
}

/* An empty tensor may have other extents that are large, but each must stay
 * countable. */
static int check_tensor(const struct tensor *tensor,
                        const struct binding *binding, struct error *err)
{
        int64_t extent[LIMIT_RANK], elements;
        bool empty = false;

        elements = spec_tensor_elements(tensor, binding, extent);
        for (int d = 0; d < tensor->rank; d++) {
                if (passes(tensor->extent[d], binding))
                        return error_set(err, ERR_INPUT,
                                         "a part of dimension %d of %s would "
                                         "pass 64 bits; choose smaller sizes",
                                         d + 1, tensor->name);
                if (extent[d] < 0)
                        return error_set(err, ERR_INPUT,
                                         "dimension %d of %s would be %lld; "
                                         "choose sizes that make it 0 or more",
                                         d + 1, tensor->name,
                                         (long long)extent[d]);
                empty = empty || extent[d] == 0;
        }
        if (!empty && elements > ELEMENTS_MAXIMUM)
                return error_set(err, ERR_INPUT,
                                 "%s would have over 2^40 elements; choose "
                                 "smaller sizes",
                                 tensor->name);
        for (int d = 0; d < tensor->rank; d++)
                if (extent[d] > ELEMENTS_MAXIMUM)
                        return error_set(err, ERR_INPUT,
                                         "dimension %d of %s would pass 2^40;"
                                         " choose smaller sizes",
                                         d + 1, tensor->name);
        if (passes(tensor->low, binding) || passes(tensor->high, binding) ||
            passes(tensor->offsets, binding) ||
            passes(tensor->lengths_sum, binding))
                return error_set(err, ERR_INPUT,
                                 "a constraint of %s would pass 64 bits; "
                                 "choose smaller sizes",
                                 tensor->name);
        return 0;
}

/* The magnitude that an expression can reach where every index, read and
 * branch is replaced by nothing: enough to refuse N * N * N * N ranges. */
static bool only_sizes(const struct expr *expr)
{
        switch (expr->op) {
        case EXPR_INTEGER:
        case EXPR_SIZE:
        case EXPR_NEGATE:
        case EXPR_ADD:
        case EXPR_SUB:
        case EXPR_MUL:
        case EXPR_FLOOR_DIV:
        case EXPR_FLOOR_MOD:
                break;
        case EXPR_CALL:
                if (expr->value.function != FN_MIN &&
                    expr->value.function != FN_MAX)
                        return false;
                break;
        default:
                return false;
        }
        for (int i = 0; i < expr->count; i++)
                if (!only_sizes(expr->arg[i]))
                        return false;
        return true;
}

/* Ranges over data or outer indices are bounded by the tensors they read. */
static int check_bound(const struct index *index, const struct expr *bound,
                       const struct binding *binding, struct error *err)
{
        int64_t value;

        if (!only_sizes(bound))
                return 0;
        value = spec_eval_size(bound, binding);
        if (value > -RANGE_MAXIMUM && value < RANGE_MAXIMUM &&
            !passes(bound, binding))
                return 0;
        return error_set(err, ERR_INPUT,
                         "the range of the index %s at %d:%d passes 2^62; "
                         "choose smaller sizes",
                         index->name, index->line, index->column);
}

void binding_put_value(struct buf *out, enum dtype dtype, double value)
{
        char text[40];

        if (!dtype_is_float(dtype)) {
                buf_printf(out, "%.0f", value);
                return;
        }
        for (int digits = 1; digits <= 17; digits++) {
                snprintf(text, sizeof(text), "%.*g", digits, value);
                if (dtype_round(dtype, strtod(text, NULL)) == value)
                        break;
        }
        buf_puts(out, text);
}

/* A bound of a spec need not be a value of the type. */
static void put_number(struct buf *out, enum dtype dtype, double value)
{
        bool held = dtype_round(dtype, value) == value;

        binding_put_value(out, held ? dtype : DTYPE_F64, value);
}

void binding_put_outside(struct buf *out, const struct param *param,
                         double value)
{
        buf_printf(out, "%s=", param->name);
        put_number(out, param->dtype, value);
        buf_puts(out, " is outside its range ");
        put_number(out, param->dtype, param->low);
        buf_puts(out, "..=");
        put_number(out, param->dtype, param->high);
}

static int outside(const struct param *param, double value, struct error *err)
{
        struct buf text;

        buf_init(&text, 1 << 10);
        binding_put_outside(&text, param, value);
        error_set(err, ERR_INPUT, "%s", text.failed ? param->name : text.data);
        buf_dispose(&text);
        return ERR_INPUT;
}

/* Sizes first: extents are only meaningful inside the domains. */
int binding_check(const struct binding *binding, const struct spec *spec,
                  struct error *err)
{
        int rc = 0;

        for (int i = 0; !rc && i < spec->size_count; i++)
                rc = check_size(spec->size[i], binding->size[i], err);
        for (int i = 0; !rc && i < spec->param_count; i++) {
                const struct param *p = spec->param[i];

                if (!(binding->param[i] >= p->low &&
                      binding->param[i] <= p->high))
                        rc = outside(p, binding->param[i], err);
        }
        for (int i = 0; !rc && i < spec->tensor_count; i++)
                rc = check_tensor(spec->tensor[i], binding, err);
        for (int i = 0; !rc && i < spec->index_count; i++) {
                const struct index *index = spec->index[i];

                rc = check_bound(index, index->lo, binding, err);
                if (!rc)
                        rc = check_bound(index, index->hi, binding, err);
        }
        for (int i = 0; !rc && i < spec->tensor_count; i++)
                rc = inputs_promise(spec, binding, spec->tensor[i], err);
        return rc;
}

/* Parameters at their default are left out, so that the text of a workload
 * stays short. */
char *binding_text(const struct binding *binding, const struct spec *spec)
{
        const char *space = "";
        struct buf out;
        char *text;

        buf_init(&out, 1 << 16);
        for (int i = 0; i < spec->size_count; i++, space = " ")
                buf_printf(&out, "%s%s=%lld", space, spec->size[i]->name,
                           (long long)binding->size[i]);
        for (int i = 0; i < spec->param_count; i++) {
                const struct param *p = spec->param[i];

                if (binding->param[i] == p->value)
                        continue;
                buf_printf(&out, "%s%s=", space, p->name);
                if (p->dtype == DTYPE_BOOL)
                        buf_puts(&out, binding->param[i] ? "true" : "false");
                else
                        binding_put_value(&out, p->dtype, binding->param[i]);
                space = " ";
        }
        if (binding->zipf)
                buf_printf(&out, "%sdata=zipf", space);
        text = buf_take(&out);
        buf_dispose(&out);
        return text;
}

/* The text is rounded to the type of the parameter, as the kernel will get it.
 * */
static int set_param(struct binding *binding, const struct param *param,
                     const char *value, struct error *err)
{
        bool truth = text_equal(value, "true");
        double number, rounded;

        if (param->dtype == DTYPE_BOOL &&
            (truth || text_equal(value, "false"))) {
                binding->param[param->number] = truth;
                return 0;
        }
        if (param->dtype == DTYPE_BOOL)
                return error_set(err, ERR_INPUT,
                                 "%s is true or false, not '%s'", param->name,
                                 value);
        if (!text_to_double(value, &number))
                return error_set(err, ERR_INPUT, "%s=%s: '%s' is not a number",
                                 param->name, value, value);
        rounded = dtype_round(param->dtype, number);
        if (!dtype_is_float(param->dtype) && rounded != number)
                return error_set(err, ERR_INPUT, "%s=%s: not an %s",
                                 param->name, value, dtype_name(param->dtype));
        if (!(rounded >= param->low && rounded <= param->high))
                return outside(param, rounded, err);
        binding->param[param->number] = rounded;
        return 0;
}

/* Names of both kinds are offered, because people mix them up. */
static int unknown(const struct spec *spec, const char *name,
                   struct error *err)
{
        const char *list[2 * LIMIT_SIZES + 2], *near;
        int n = 0;

        for (int i = 0; i < spec->size_count; i++)
                list[n++] = spec->size[i]->name;
        for (int i = 0; i < spec->param_count; i++)
                list[n++] = spec->param[i]->name;
        list[n++] = "data";
        list[n] = NULL;
        near = text_suggest(name, list);
        return error_set(err, ERR_NOT_FOUND,
                         "kernel %s has no size or parameter '%s'%s%s%s",
                         spec->name, name, near ? "; did you mean " : "",
                         near ? near : "", near ? "?" : "");
}

/* Sizes are checked at once, so that the error comes with the word that caused
 * it. */
int binding_set(struct binding *binding, const struct spec *spec,
                const char *name, const char *value, struct error *err)
{
        const struct size *size = spec_find_size(spec, name);
        const struct param *param = spec_find_param(spec, name);
        int64_t number;

        if (size) {
                if (!text_to_int64(value, &number))
                        return error_set(err, ERR_INPUT,
                                         "%s=%s: '%s' is not an integer", name,
                                         value, value);
                binding->size[size->number] = number;
                return check_size(size, number, err);
        }
        if (param)
                return set_param(binding, param, value, err);
        if (!text_equal(name, "data"))
                return unknown(spec, name, err);
        binding->zipf = text_equal(value, "zipf");
        if (!binding->zipf && !text_equal(value, "uniform"))
                return error_set(err, ERR_INPUT,
                                 "data is uniform or zipf, not '%s'", value);
        return 0;
}
