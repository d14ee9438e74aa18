/* Tensors: extents over sizes, constraints of inputs, starting values. */
#include <math.h>

#include "spec/check.h"

/* The forms that spec_eval_size computes. */
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

/* sizes_only makes other names errors while it is checked. */
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

/* Half-open; the parser has added 1 to an inclusive end. */
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

/* Both say what the values are in full, so no other constraint fits. */
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

/* Without arguments: normal(0, 1), uniform(0, 1). */
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

/* Each with the inputs that it makes sense for. */
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
        if (!rc && d->sorted && d->rank < 1)
                rc = check_error(check, d->line, d->column,
                                 "`sorted` is for inputs with dimensions; it "
                                 "orders along the last one");
        if (!rc && d->distinct && (d->sorted ? d->rank < 1 : d->rank != 1))
                rc = check_error(check, d->line, d->column,
                                 "`distinct` is for inputs of one dimension, "
                                 "or with `sorted`");
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

/* Inputs may be read at once, others when a statement defined them. */
int check_declare_tensor(struct check *check,
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
                return check_room(check, d, LIMIT_TENSORS, "tensors");
        if (!t)
                return check_memory(check);
        t->name = check_keep(check, d->name);
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

/* An init that is no tensor is one value for every element. */
static bool visit_init(const struct expr *expr, void *data)
{
        const struct expr **refused = data;

        if (expr->op == EXPR_READ || expr->op == EXPR_REDUCE)
                *refused = expr;
        return *refused == NULL;
}

/* One value for every element, known before the kernel runs. */
static int scalar_init(struct check *check, const struct syntax_declaration *d,
                       struct tensor *t)
{
        const struct expr *refused = NULL;
        int rc = check_expr(check, d->init, &t->init);

        if (!rc)
                rc = check_kind(check, t->init, t->kind, "this init");
        if (rc)
                return rc;
        expr_walk(t->init, visit_init, &refused);
        if (refused)
                rc = check_error(check, refused->line, refused->column,
                                 "an init is made of constants, sizes and "
                                 "parameters, or is the name of a tensor of "
                                 "the same shape");
        return rc;
}

/* A tensor of the same shape, or a scalar. */
int check_tensor_init(struct check *check, const struct syntax_declaration *d)
{
        const struct named *own = check_find(check, d->name), *other = NULL;
        struct tensor *t = own->tensor;
        struct expr *read;
        int rc;

        if (d->init->op == SYNTAX_NAME)
                other = check_find(check, d->init->name);
        if (!other || other->what != NAMED_TENSOR)
                return scalar_init(check, d, t);
        rc = check_length_read(check, other->tensor, d->init->line,
                               d->init->column);
        if (rc)
                return rc;
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
