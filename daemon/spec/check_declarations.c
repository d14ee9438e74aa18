/*
 * Declarations: constants, sizes, parameters, tensors, macros.
 *
 * A size's default domain is 1..2^31-1, so that an extent fits every index
 * type that a kernel may use; products are 64-bit and checked at binding.
 */
#include <math.h>
#include <string.h>

#include "spec/check.h"
#include "spec/functions.h"

enum { SIZE_HIGH = 2147483647 };

static const char *keep(struct check *check, const char *name)
{
        const char *copy = arena_strdup(check->arena, name);

        return copy ? copy : "";
}

static int out_of_room(const struct check *check,
                       const struct syntax_declaration *d, int maximum,
                       const char *what)
{
        return check_error(check, d->line, d->column,
                           "a spec has at most %d %s", maximum, what);
}

static int declare_constant(struct check *check,
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
        c->name = keep(check, d->name);
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

static int declare_size(struct check *check,
                        const struct syntax_declaration *d)
{
        struct spec *spec = check->spec;
        struct size *size = arena_alloc(check->arena, sizeof(*size));
        struct named named = {d->name, NAMED_SIZE, d->line, d->column};
        int rc = 0;

        if (spec->size_count == LIMIT_SIZES)
                return out_of_room(check, d, LIMIT_SIZES, "sizes");
        if (!size)
                return check_memory(check);
        size->name = keep(check, d->name);
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

static int declare_param(struct check *check,
                         const struct syntax_declaration *d)
{
        struct spec *spec = check->spec;
        struct param *param = arena_alloc(check->arena, sizeof(*param));
        struct named named = {d->name, NAMED_PARAM, d->line, d->column};
        int rc;

        if (spec->param_count == LIMIT_SIZES)
                return out_of_room(check, d, LIMIT_SIZES, "parameters");
        if (!param)
                return check_memory(check);
        param->name = keep(check, d->name);
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

bool check_only_sizes(const struct expr *expr)
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
                if (expr->value.function == FN_MIN ||
                    expr->value.function == FN_MAX)
                        break;
                return false;
        default:
                return false;
        }
        for (int i = 0; i < expr->count; i++)
                if (!check_only_sizes(expr->arg[i]))
                        return false;
        return true;
}

int check_size_expr(struct check *check, const struct syntax *syntax,
                    const char *what, const struct expr **result)
{
        int rc;

        check->sizes_only = true;
        rc = check_expr(check, syntax, result);
        check->sizes_only = false;
        if (!rc)
                rc = check_kind(check, *result, KIND_INTEGER, what);
        if (!rc && !check_only_sizes(*result))
                rc = check_error(check, syntax->line, syntax->column,
                                 "%s is made of sizes, constants and + - * "
                                 "// %% min max",
                                 what);
        return rc;
}

static int tensor_range(struct check *check,
                        const struct syntax_declaration *d, struct tensor *t)
{
        int rc;

        if (!dtype_is_integer(d->dtype))
                return check_error(check, d->lo->line, d->lo->column,
                                   "`in lo..hi` is for integer inputs; for "
                                   "the values of a %s input write ~ "
                                   "uniform(lo, hi)",
                                   dtype_name(d->dtype));
        rc = check_size_expr(check, d->lo, "the bound of an input", &t->low);
        if (!rc)
                rc = check_size_expr(check, d->hi, "the bound of an input",
                                     &t->high);
        return rc;
}

static int tensor_offsets(struct check *check,
                          const struct syntax_declaration *d, struct tensor *t)
{
        const struct syntax *at = d->offsets ? d->offsets : d->lengths_sum;
        const char *word = d->offsets ? "offsets" : "lengths";
        int line = at ? at->line : d->line,
            column = at ? at->column : d->column;
        int rc = 0;

        if (!dtype_is_integer(d->dtype) || d->rank != 1)
                return check_error(check, line, column,
                                   "`%s` is for integer inputs of one "
                                   "dimension",
                                   word);
        if (d->has_range || d->sorted || d->distinct ||
            (d->offsets && d->lengths))
                return check_error(check, line, column,
                                   "`%s` stands alone, without in, sorted or "
                                   "distinct",
                                   word);
        if (d->offsets)
                rc = check_size_expr(check, d->offsets, "the last offset",
                                     &t->offsets);
        if (!rc && d->lengths_sum)
                rc = check_size_expr(check, d->lengths_sum,
                                     "the sum of the lengths",
                                     &t->lengths_sum);
        return rc;
}

static int tensor_hint(struct check *check, const struct syntax_declaration *d,
                       struct tensor *t)
{
        struct number a = {KIND_REAL, 0, 0}, b = {KIND_REAL, 0, 1};
        int rc = 0;

        if (!dtype_is_float(d->dtype))
                return check_error(check, d->line, d->column,
                                   "a distribution is for float inputs; "
                                   "integers take in lo..hi");
        if (d->hint_a) {
                rc = check_constant(check, d->hint_a, "this", &a);
                if (!rc)
                        rc = check_constant(check, d->hint_b, "this", &b);
        }
        if (rc)
                return rc;
        if (!isfinite(a.real) || !isfinite(b.real) ||
            (d->hint == HINT_NORMAL ? b.real < 0 : b.real < a.real))
                return check_error(check, d->hint_a->line, d->hint_a->column,
                                   d->hint == HINT_NORMAL
                                           ? "normal(mean, deviation) needs "
                                             "a deviation of 0 or more"
                                           : "uniform(low, high) needs low "
                                             "below high");
        t->hint = d->hint;
        t->hint_a = a.real;
        t->hint_b = b.real;
        return 0;
}

static int tensor_constraints(struct check *check,
                              const struct syntax_declaration *d,
                              struct tensor *t)
{
        bool constrained = d->has_range || d->sorted || d->distinct ||
                           d->nonfinite || d->offsets || d->lengths || d->hint;
        int rc = 0;

        if (constrained && d->kind != DECLARE_IN)
                return check_error(check, d->line, d->column,
                                   "constraints are for inputs; '%s' is "
                                   "computed",
                                   d->name);
        if (d->init && d->kind == DECLARE_IN)
                return check_error(check, d->init->line, d->init->column,
                                   "`init` is for an out or tmp that is "
                                   "updated; '%s' is an input",
                                   d->name);
        t->sorted = d->sorted;
        t->distinct = d->distinct;
        t->nonfinite = d->nonfinite;
        t->lengths = d->lengths;
        if (d->nonfinite && !dtype_is_float(d->dtype))
                rc = check_error(check, d->line, d->column,
                                 "`nonfinite` is for float inputs");
        if (!rc && (d->sorted || d->distinct) && d->rank != 1)
                rc = check_error(check, d->line, d->column,
                                 "`sorted` and `distinct` are for inputs of "
                                 "one dimension");
        if (!rc && d->distinct && d->dtype == DTYPE_BOOL)
                rc = check_error(check, d->line, d->column,
                                 "`distinct` is for numbers");
        if (!rc && d->has_range)
                rc = tensor_range(check, d, t);
        if (!rc && (d->offsets || d->lengths))
                rc = tensor_offsets(check, d, t);
        if (!rc && d->hint)
                rc = tensor_hint(check, d, t);
        return rc;
}

static int declare_tensor(struct check *check,
                          const struct syntax_declaration *d)
{
        static const enum tensor_role roles[] = {[DECLARE_IN] = TENSOR_IN,
                                                 [DECLARE_OUT] = TENSOR_OUT,
                                                 [DECLARE_TMP] = TENSOR_TMP};
        struct spec *spec = check->spec;
        struct tensor *t = arena_alloc(check->arena, sizeof(*t));
        struct named named = {d->name, NAMED_TENSOR, d->line, d->column};
        int rc = 0;

        if (spec->tensor_count == LIMIT_TENSORS)
                return out_of_room(check, d, LIMIT_TENSORS, "tensors");
        if (!t)
                return check_memory(check);
        t->name = keep(check, d->name);
        t->number = spec->tensor_count;
        t->role = roles[d->kind];
        t->dtype = d->dtype;
        t->kind = d->dtype == DTYPE_BOOL     ? KIND_BOOLEAN
                  : dtype_is_float(d->dtype) ? KIND_REAL
                                             : KIND_INTEGER;
        t->rank = d->rank;
        t->line = d->line;
        t->column = d->column;
        for (int i = 0; !rc && i < d->rank; i++)
                rc = check_size_expr(check, d->extent[i], "an extent",
                                     &t->extent[i]);
        if (!rc)
                rc = tensor_constraints(check, d, t);
        if (rc)
                return rc;
        ranges_add_tensor(check->ranges, t);
        check->defined[t->number] = t->role == TENSOR_IN;
        spec->tensor[spec->tensor_count++] = t;
        named.tensor = t;
        return check_declare(check, &named);
}

/* An init is a scalar of constants and parameters, or a tensor's name. */
static int tensor_init(struct check *check, const struct syntax_declaration *d)
{
        const struct named *own = check_find(check, d->name), *other = NULL;
        struct tensor *t = own->tensor;
        struct expr *read;
        int rc;

        if (d->init->op == SYNTAX_NAME)
                other = check_find(check, d->init->name);
        if (!other || other->what != NAMED_TENSOR) {
                rc = check_expr(check, d->init, &t->init);
                return rc ? rc
                          : check_kind(check, t->init, t->kind, "this init");
        }
        if (other->tensor->rank != t->rank || other->tensor == t)
                return check_error(check, d->init->line, d->init->column,
                                   "'%s' must have the shape of '%s' to be "
                                   "its init",
                                   d->init->name, d->name);
        for (int i = 0; i < t->rank; i++)
                if (!ranges_same(check->ranges, t->extent[i],
                                 other->tensor->extent[i]))
                        return check_error(
                                check, d->init->line, d->init->column,
                                "dimension %d of '%s' is %s, but "
                                "that of '%s' is %s",
                                i + 1, d->init->name,
                                check_text(check, other->tensor->extent[i]),
                                d->name, check_text(check, t->extent[i]));
        read = check_new(check, EXPR_READ, other->tensor->kind, d->init->line,
                         d->init->column);
        if (!read)
                return check_memory(check);
        read->value.read.tensor = other->tensor;
        t->init = read;
        return check_kind(check, read, t->kind, "this init");
}

static int pass(struct check *check, unsigned kinds,
                int (*declare)(struct check *check,
                               const struct syntax_declaration *d))
{
        const struct syntax_declaration *d = check->file->declaration;
        int rc = 0;

        for (; !rc && d; d = d->next)
                if (kinds & 1U << d->kind)
                        rc = declare(check, d);
        return rc;
}

int check_declarations(struct check *check)
{
        struct spec *spec = check->spec;
        int rc;

        spec->constant = arena_alloc(
                check->arena, LIMIT_SPEC_NAMES * sizeof(*spec->constant));
        if (!spec->constant)
                return check_memory(check);
        rc = pass(check, 1U << DECLARE_CONST, declare_constant);
        if (!rc)
                rc = pass(check, 1U << DECLARE_SIZE, declare_size);
        if (rc)
                return rc;
        check->ranges = ranges_new(check->scratch, spec);
        if (!check->ranges)
                return check_memory(check);
        rc = pass(check, 1U << DECLARE_PARAM, declare_param);
        if (!rc)
                rc = pass(check,
                          1U << DECLARE_IN | 1U << DECLARE_OUT |
                                  1U << DECLARE_TMP,
                          declare_tensor);
        for (const struct syntax_declaration *d = check->file->declaration;
             !rc && d; d = d->next)
                if (d->init)
                        rc = tensor_init(check, d);
        return rc;
}

/* A macro's body is elementwise: its parameters and what every expression
 * may use; no indices, so that a use means the same everywhere. */
static int check_body(struct check *check, const struct syntax_macro *macro,
                      const struct syntax *s)
{
        int rc = 0;

        if (s->op == SYNTAX_READ || s->op == SYNTAX_REDUCE)
                return check_error(check, s->line, s->column,
                                   "a macro is elementwise: it cannot %s; "
                                   "pass the value as a parameter",
                                   s->op == SYNTAX_READ ? "read a tensor"
                                                        : "reduce");
        for (int i = 0; !rc && i < s->count; i++)
                rc = check_body(check, macro, s->arg[i]);
        return rc;
}

int check_macros(struct check *check)
{
        const struct syntax_macro *m = check->file->macro;
        int rc = 0;

        for (; !rc && m; m = m->next) {
                struct named named = {m->name, NAMED_MACRO, m->line,
                                      m->column};

                named.macro = m;
                rc = check_declare(check, &named);
                for (int i = 0; !rc && i < m->count; i++)
                        for (int j = 0; !rc && j < i; j++)
                                if (strcmp(m->parameter[i], m->parameter[j]) ==
                                    0)
                                        rc = check_error(
                                                check, m->line, m->column,
                                                "'%s' is a parameter of '%s' "
                                                "twice",
                                                m->parameter[i], m->name);
                if (!rc)
                        rc = check_body(check, m, m->body);
        }
        return rc;
}
