/*
 * Constants, sizes and parameters.
 *
 * A size's default domain is 1..2^31-1, so that an extent fits every index
 * type that a kernel may use; products are 64-bit and checked at binding.
 */
#include <math.h>

#include "spec/check.h"

enum { SIZE_HIGH = 2147483647 };

/* Constants may use those before them. */
int check_declare_constant(struct check *check,
                           const struct syntax_declaration *d)
{
        struct constant *c = arena_alloc(check->arena, sizeof(*c));
        struct named named = {d->name, NAMED_CONST, d->line, d->column};
        struct number number;
        int rc = check_constant(check, d->value, "a constant", &number);

        if (rc)
                return rc;
        if (!c)
                return check_memory(check);
        c->name = check_keep(check, d->name);
        c->kind = number.kind;
        c->integer = number.integer;
        c->real = number.real;
        c->line = d->line;
        c->column = d->column;
        named.constant = c;
        check->spec->constant[check->spec->constant_count++] = c;
        return check_declare(check, &named);
}

/* Bounds and step of a size; makes the ends multiples of the step. */
static int size_domain(struct check *check, const struct syntax_declaration *d,
                       struct size *size)
{
        int rc = check_constant_integer(check, d->lo, "a size's bound",
                                        &size->low);

        if (!rc)
                rc = check_constant_integer(check, d->hi, "a size's bound",
                                            &size->high);
        if (!rc && d->step)
                rc = check_constant_integer(check, d->step, "a step",
                                            &size->step);
        if (rc)
                return rc;
        if (size->high < INT64_MAX && !d->inclusive)
                size->high--;
        if (size->low < 0 || size->high > SIZE_HIGH)
                return check_error(check, d->lo->line, d->lo->column,
                                   "the domain of a size lies in 0..=%d",
                                   SIZE_HIGH);
        if (size->step < 1 || size->step > SIZE_HIGH)
                return check_error(check, d->step->line, d->step->column,
                                   "a step is at least 1");
        if (size->low % size->step)
                return check_error(check, d->step->line, d->step->column,
                                   "step %lld means multiples of %lld, but "
                                   "the domain begins at %lld; begin at %lld",
                                   (long long)size->step,
                                   (long long)size->step, (long long)size->low,
                                   (long long)((size->low / size->step + 1) *
                                               size->step));
        if (size->high >= 0)
                size->high -= size->high % size->step;
        if (size->high < size->low)
                return check_error(check, d->lo->line, d->lo->column,
                                   "the domain of '%s' is empty", d->name);
        return 0;
}

/* The default domain excludes empty tensors. */
int check_declare_size(struct check *check, const struct syntax_declaration *d)
{
        struct spec *spec = check->spec;
        struct size *size = arena_alloc(check->arena, sizeof(*size));
        struct named named = {d->name, NAMED_SIZE, d->line, d->column};
        int rc = 0;

        if (spec->size_count == LIMIT_SIZES)
                return check_room(check, d, LIMIT_SIZES, "sizes");
        if (!size)
                return check_memory(check);
        size->name = check_keep(check, d->name);
        size->number = spec->size_count;
        size->low = size->step = 1;
        size->high = SIZE_HIGH;
        size->line = d->line;
        size->column = d->column;
        if (d->has_range)
                rc = size_domain(check, d, size);
        if (rc)
                return rc;
        spec->size[spec->size_count++] = size;
        named.size = size;
        return check_declare(check, &named);
}

/* A parameter's bound, in its dtype. */
static int param_number(struct check *check, const struct syntax *syntax,
                        enum dtype dtype, double *value)
{
        struct number number;
        int rc = check_constant(check, syntax, "a parameter's value", &number);
        bool boolean = dtype == DTYPE_BOOL;

        if (rc)
                return rc;
        if (boolean != (number.kind == KIND_BOOLEAN))
                return check_error(check, syntax->line, syntax->column,
                                   boolean ? "a bool parameter is true or "
                                             "false"
                                           : "this parameter is a number");
        if (!dtype_is_float(dtype) && number.kind == KIND_REAL)
                return check_error(check, syntax->line, syntax->column,
                                   "an %s parameter is an integer",
                                   dtype_name(dtype));
        /* Parameters travel as doubles. */
        if (!dtype_is_float(dtype) && fabs(number.real) > 0x1p53)
                return check_error(check, syntax->line, syntax->column,
                                   "an integer parameter lies within 2^53");
        *value = dtype_round(dtype, number.real);
        if (!dtype_is_float(dtype) && *value != number.real)
                return check_error(check, syntax->line, syntax->column,
                                   "%g is outside %s", number.real,
                                   dtype_name(dtype));
        if (isinf(*value))
                return check_error(check, syntax->line, syntax->column,
                                   "a parameter is finite");
        return 0;
}

/* The end of a half-open range as an inclusive one. */
static double last_below(enum dtype dtype, double end)
{
        double step = fabs(end);

        if (!dtype_is_float(dtype))
                return end - 1;
        /* Halving until the difference rounds away finds the neighbour. */
        step = step > 0 ? step * 4 * dtype_roundoff(dtype) : dtype_tiny(dtype);
        while (dtype_round(dtype, end - step / 2) < end)
                step /= 2;
        return dtype_round(dtype, end - step);
}

/* Both ends are rounded to the type, like the value itself. */
static int param_range(struct check *check, const struct syntax_declaration *d,
                       struct param *param)
{
        int rc;

        if (!d->has_range) {
                if (d->dtype != DTYPE_BOOL)
                        return check_error(
                                check, d->line, d->column,
                                "the verifier varies a parameter: give its "
                                "range, param %s: %s in lo..=hi = default",
                                d->name, dtype_name(d->dtype));
                param->high = 1;
                return 0;
        }
        if (d->dtype == DTYPE_BOOL)
                return check_error(check, d->lo->line, d->lo->column,
                                   "a bool parameter has no range");
        rc = param_number(check, d->lo, d->dtype, &param->low);
        if (!rc)
                rc = param_number(check, d->hi, d->dtype, &param->high);
        if (!rc && !d->inclusive)
                param->high = last_below(d->dtype, param->high);
        if (!rc && !(param->low <= param->high))
                rc = check_error(check, d->lo->line, d->lo->column,
                                 "the range of '%s' is empty", d->name);
        return rc;
}

/* The default must be one of the values that the verifier may choose. */
int check_declare_param(struct check *check,
                        const struct syntax_declaration *d)
{
        struct spec *spec = check->spec;
        struct param *param = arena_alloc(check->arena, sizeof(*param));
        struct named named = {d->name, NAMED_PARAM, d->line, d->column};
        int rc;

        if (spec->param_count == LIMIT_SIZES)
                return check_room(check, d, LIMIT_SIZES, "parameters");
        if (!param)
                return check_memory(check);
        param->name = check_keep(check, d->name);
        param->number = spec->param_count;
        param->dtype = d->dtype;
        param->line = d->line;
        param->column = d->column;
        rc = param_range(check, d, param);
        if (!rc)
                rc = param_number(check, d->value, d->dtype, &param->value);
        if (!rc && (param->value < param->low || param->value > param->high))
                rc = check_error(check, d->value->line, d->value->column,
                                 "the default %g of '%s' is outside its "
                                 "range %g..=%g",
                                 param->value, d->name, param->low,
                                 param->high);
        if (rc)
                return rc;
        spec->param[spec->param_count++] = param;
        named.param = param;
        return check_declare(check, &named);
}
