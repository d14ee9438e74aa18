/*
 * Expressions as C. Operators are printed with the fewest parentheses that C
 * needs, plus those that gcc's -Wparentheses would ask for; what C cannot
 * say about lanes goes through a helper of the prelude.
 *
 * C gets no chance to compute integers in int: tensors have up to 2^40
 * elements, sizes that are compiled in are int literals, so a product of
 * nothing but those, and what of them is shifted, is cast to int64_t.
 */
#include "backends/c/print_inner.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct operation {
        const char *text;
        enum level level;
        const char *helper; /* for lanes that C would take apart */
};

static const struct operation operators[] = {
        [THREAD_ADD] = {"+", LEVEL_ADD, NULL},
        [THREAD_SUB] = {"-", LEVEL_ADD, NULL},
        [THREAD_MUL] = {"*", LEVEL_MUL, NULL},
        [THREAD_DIV] = {"/", LEVEL_MUL, NULL},
        [THREAD_REM] = {"%", LEVEL_MUL, NULL},
        [THREAD_LT] = {"<", LEVEL_LESS, "less"},
        [THREAD_LE] = {"<=", LEVEL_LESS, "lesseq"},
        [THREAD_EQ] = {"==", LEVEL_EQUAL, "equal"},
        [THREAD_NE] = {"!=", LEVEL_EQUAL, "differ"},
        [THREAD_AND] = {"&&", LEVEL_AND, NULL},
        [THREAD_OR] = {"||", LEVEL_OR, NULL},
        [THREAD_BIT_AND] = {"&", LEVEL_BIT_AND, NULL},
        [THREAD_BIT_OR] = {"|", LEVEL_BIT_OR, NULL},
        [THREAD_BIT_XOR] = {"^", LEVEL_BIT_XOR, NULL},
        [THREAD_SHL] = {"<<", LEVEL_SHIFT, NULL},
        [THREAD_SHR] = {">>", LEVEL_SHIFT, NULL},
};

struct prelude_name print_name(const char *name)
{
        struct prelude_name made;

        snprintf(made.text, sizeof made.text, "%.60s%s", name,
                 thread_reserved(name) ? "_" : "");
        return made;
}

/* --- literals --- */

void print_digits(struct buf *out, double value, bool wide)
{
        char text[40];

        if (!wide)
                value = (double)(float)value;
        for (int n = 1; n <= (wide ? 17 : 9); n++) {
                double back;

                snprintf(text, sizeof text, "%.*g", n, value);
                sscanf(text, "%lf", &back);
                if (wide ? back == value : (float)back == (float)value)
                        break;
        }
        buf_printf(out, "%s%s", text, strpbrk(text, ".e") ? "" : ".0");
}

static void put_real(const struct context *c, double value, enum dtype dtype)
{
        const char *suffix = dtype == DTYPE_F64 ? "" : "f";

        if (isnan(value) || isinf(value)) {
                buf_printf(c->out, "%s__builtin_%s%s%s", value < 0 ? "-" : "",
                           isnan(value) ? "nan" : "inf", suffix,
                           isnan(value) ? "(\"\")" : "()");
                return;
        }
        print_digits(c->out, value, dtype == DTYPE_F64);
        buf_puts(c->out, suffix);
}

static void put_integer(const struct context *c,
                        const struct thread_expr *expr)
{
        int64_t value = expr->value.integer;
        int64_t most = expr->type.dtype == DTYPE_I64 ? PRINT_INT : INT32_MAX;

        if (value == INT64_MIN)
                buf_puts(c->out, "INT64_MIN");
        else if (value == INT64_MAX)
                buf_puts(c->out, "INT64_MAX");
        else if (value > most || value < -most)
                buf_printf(c->out, "INT64_C(%lld)", (long long)value);
        else
                buf_printf(c->out, "%lld", (long long)value);
}

void print_arguments(const struct context *c, const char *name,
                     const struct thread_expr *expr)
{
        buf_printf(c->out, "%s(", name);
        for (int i = 0; i < expr->count; i++) {
                if (i)
                        buf_puts(c->out, ", ");
                print_part(c, expr->arg[i], LEVEL_SELECT);
        }
        buf_putc(c->out, ')');
}

/* --- operators --- */

/* Literals, and what C computes in int from them: no products, no shifts. */
static bool is_plain_int(const struct thread_program *program,
                         const struct thread_expr *expr)
{
        enum thread_op op = expr->op;
        int first = op == THREAD_SELECT ? 1 : 0;

        if (expr->type.lanes != 1)
                return false;
        if (op == THREAD_INTEGER)
                return expr->value.integer >= -PRINT_INT &&
                       expr->value.integer <= PRINT_INT;
        if (op == THREAD_SIZE)
                return program->fixed[expr->value.size->number] >= 0;
        if (op != THREAD_SELECT &&
            (op < THREAD_NEGATE || op > THREAD_BIT_XOR || op == THREAD_MUL ||
             (op >= THREAD_MIN && op <= THREAD_OR)))
                return false;
        for (int i = first; i < expr->count; i++)
                if (!is_plain_int(program, expr->arg[i]))
                        return false;
        return true;
}

bool print_widens(const struct thread_program *program,
                  const struct thread_expr *expr)
{
        if (expr->type.dtype != DTYPE_I64 || expr->type.lanes != 1)
                return false;
        if (expr->op == THREAD_SHL || expr->op == THREAD_SHR)
                return is_plain_int(program, expr->arg[0]);
        return expr->op == THREAD_MUL && is_plain_int(program, expr->arg[0]) &&
               is_plain_int(program, expr->arg[1]);
}

/* A scalar that C spreads over the lanes of the other operand by itself. */
static const struct thread_expr *spread(const struct thread_expr *expr,
                                        const struct thread_expr *other)
{
        if (expr->op == THREAD_BROADCAST && other->op != THREAD_BROADCAST)
                return expr->arg[0];
        return expr;
}

static void put_infix(const struct context *c, const struct thread_expr *expr)
{
        const struct operation *op = &operators[expr->op];
        const struct thread_expr *a = expr->arg[0], *b = expr->arg[1];
        enum level left = op->level, right = (enum level)(op->level + 1);
        const char *text = op->text;

        if (expr->type.lanes > 1) {
                a = spread(expr->arg[0], expr->arg[1]);
                b = spread(expr->arg[1], expr->arg[0]);
                if (expr->op == THREAD_AND)
                        text = "&";
                if (expr->op == THREAD_OR)
                        text = "|";
        }
        /* What gcc warns of reads badly too. */
        if (op->level < LEVEL_ADD && op->level != LEVEL_LESS &&
            op->level != LEVEL_EQUAL) {
                bool logic = op->level == LEVEL_AND || op->level == LEVEL_OR;

                left = logic && expr->type.lanes == 1 ? LEVEL_EQUAL
                                                      : LEVEL_UNARY;
                right = left;
                if (a->op == expr->op)
                        left = op->level;
        }
        if (print_widens(c->program, expr))
                buf_puts(c->out, "(int64_t)");
        print_part(c, a, left);
        buf_printf(c->out, " %s ", text);
        print_part(c, b, right);
}

static void put_binary(const struct context *c, const struct thread_expr *expr)
{
        bool lanes = expr->type.lanes > 1;
        const struct thread_expr *a = expr->arg[0];
        const char *helper = NULL;
        struct thread_type type = a->type;

        switch (expr->op) {
        case THREAD_MIN:
        case THREAD_MAX:
                if (c->prelude->nonfinite && dtype_is_float(type.dtype))
                        helper = expr->op == THREAD_MIN
                                         ? lanes ? "minnan" : "minnan_scalar"
                                 : lanes ? "maxnan"
                                         : "maxnan_scalar";
                else
                        helper = expr->op == THREAD_MIN
                                         ? lanes ? "min" : "min_scalar"
                                 : lanes ? "max"
                                         : "max_scalar";
                break;
        case THREAD_FLOOR_DIV:
                helper = lanes ? "floor_div_lanes" : "floor_div_scalar";
                break;
        case THREAD_FLOOR_MOD:
                helper = lanes ? "floor_mod_lanes" : "floor_mod_scalar";
                break;
        default:
                if (lanes && dtype_bytes(type.dtype) * (size_t)type.lanes > 64)
                        helper = operators[expr->op].helper;
                if (!helper) {
                        put_infix(c, expr);
                        return;
                }
        }
        print_arguments(c, prelude_helper(c->prelude, helper, type).text,
                        expr);
}

/* (a + b - 1) / b */
static void put_ceil_div(const struct context *c,
                         const struct thread_expr *expr)
{
        buf_putc(c->out, '(');
        print_part(c, expr->arg[0], LEVEL_ADD);
        if (expr->arg[1]->op == THREAD_INTEGER) {
                buf_printf(c->out, " + %lld",
                           (long long)expr->arg[1]->value.integer - 1);
        } else {
                buf_puts(c->out, " + ");
                print_part(c, expr->arg[1], LEVEL_MUL);
                buf_puts(c->out, " - 1");
        }
        buf_puts(c->out, ") / ");
        print_part(c, expr->arg[1], LEVEL_UNARY);
}

static void put_select(const struct context *c, const struct thread_expr *expr)
{
        if (expr->type.lanes > 1) {
                print_arguments(
                        c, prelude_helper(c->prelude, "pick", expr->type).text,
                        expr);
                return;
        }
        print_part(c, expr->arg[0], LEVEL_OR);
        buf_puts(c->out, " ? ");
        print_part(c, expr->arg[1], LEVEL_OR);
        buf_puts(c->out, " : ");
        print_part(c, expr->arg[2], LEVEL_SELECT);
}

/* --- memory --- */

static const char *array_text(const struct thread_array *array,
                              struct prelude_name *name)
{
        *name = print_name(array->name);
        return name->text;
}

static void put_element(const struct context *c,
                        const struct thread_array *array,
                        const struct thread_expr *offset)
{
        struct prelude_name name;

        buf_printf(c->out, "%s[", array_text(array, &name));
        print_part(c, offset, LEVEL_ANY);
        buf_putc(c->out, ']');
}

static void put_address(const struct context *c,
                        const struct thread_array *array,
                        const struct thread_expr *offset)
{
        struct prelude_name name;

        if (offset->op == THREAD_INTEGER && offset->value.integer == 0) {
                buf_puts(c->out, array_text(array, &name));
                return;
        }
        buf_putc(c->out, '&');
        put_element(c, array, offset);
}

static const char *load_helper(const struct thread_expr *expr)
{
        static const char *const whole[] = {NULL, NULL, "load_second",
                                            "load_third", "load_fourth"};

        if (expr->step > 1 && expr->count <= 2)
                return expr->step <= 4 ? whole[expr->step] : "load_apart";
        if (expr->step > 2)
                return "load_window_apart";
        if (expr->step > 1)
                return "load_window_second";
        return expr->count > 2   ? "load_window"
               : expr->count > 1 ? "load_part"
                                 : "load";
}

static void put_load(const struct context *c, const struct thread_expr *expr)
{
        const struct thread_array *array = expr->value.array;

        if (array->space == THREAD_PRIVATE || expr->type.lanes == 1) {
                put_element(c, array, expr->arg[0]);
                return;
        }
        buf_printf(c->out, "%s(",
                   prelude_helper(c->prelude, load_helper(expr), expr->type)
                           .text);
        put_address(c, array, expr->arg[0]);
        if (expr->step > (expr->count > 2 ? 2 : 4))
                buf_printf(c->out, ", %d", expr->step);
        for (int i = expr->count - 1; i > 0; i--) {
                buf_puts(c->out, ", ");
                print_part(c, expr->arg[i], LEVEL_SELECT);
        }
        buf_putc(c->out, ')');
}

/* Offsets that are `step` apart from lane to lane: base and step. */
static bool is_strided(const struct thread_expr *at,
                       const struct thread_expr **base,
                       const struct thread_expr **step)
{
        const struct thread_expr *product;

        if (at->op != THREAD_ADD || at->arg[0]->op != THREAD_BROADCAST)
                return false;
        product = at->arg[1];
        if (product->op != THREAD_MUL || product->arg[0]->op != THREAD_IOTA ||
            product->arg[1]->op != THREAD_BROADCAST)
                return false;
        *base = at->arg[0]->arg[0];
        *step = product->arg[1]->arg[0];
        return true;
}

/* Further apart than a load of the thread program goes. */
static const char *shuffled_load(const struct thread_expr *step)
{
        if (step->op != THREAD_INTEGER)
                return NULL;
        return step->value.integer == 6   ? "load_sixth"
               : step->value.integer == 8 ? "load_eighth"
                                          : NULL;
}

static void put_gather(const struct context *c, const struct thread_expr *expr)
{
        const struct thread_expr *base, *step;
        struct prelude_name name;

        if (expr->count == 1 && is_strided(expr->arg[0], &base, &step)) {
                const char *helper = shuffled_load(step);

                buf_printf(c->out, "%s(",
                           prelude_helper(c->prelude,
                                          helper ? helper : "load_apart",
                                          expr->type)
                                   .text);
                put_address(c, expr->value.array, base);
                if (!helper) {
                        buf_puts(c->out, ", ");
                        print_part(c, step, LEVEL_SELECT);
                }
                buf_putc(c->out, ')');
                return;
        }

        buf_printf(c->out, "%s(%s, ",
                   prelude_helper(c->prelude,
                                  expr->count > 1 ? "gather_where"
                                  : expr->variant ? "gather_near"
                                                  : "gather",
                                  expr->type)
                           .text,
                   array_text(expr->value.array, &name));
        print_part(c, expr->arg[0], LEVEL_SELECT);
        if (expr->count > 1) {
                buf_puts(c->out, ", ");
                print_part(c, expr->arg[1], LEVEL_SELECT);
        }
        buf_putc(c->out, ')');
}

static void put_unary(const struct context *c, const struct thread_expr *expr)
{
        const char *text = expr->op == THREAD_NEGATE ? "-"
                           : expr->op == THREAD_NOT && expr->type.lanes == 1
                                   ? "!"
                                   : "~";

        buf_puts(c->out, text);
        /* -(-x) must not become --x. */
        print_part(c, expr->arg[0],
                   expr->arg[0]->op == THREAD_NEGATE ||
                                   expr->arg[0]->op == THREAD_INTEGER ||
                                   expr->arg[0]->op == THREAD_REAL
                           ? LEVEL_POSTFIX
                           : LEVEL_UNARY);
}

/* --- the walk --- */

static enum level level_of(const struct thread_expr *expr)
{
        switch (expr->op) {
        case THREAD_INTEGER:
                return expr->value.integer < 0 ? LEVEL_UNARY : LEVEL_POSTFIX;
        case THREAD_REAL:
                return signbit(expr->value.real) ? LEVEL_UNARY : LEVEL_POSTFIX;
        case THREAD_NEGATE:
        case THREAD_NOT:
        case THREAD_BIT_NOT:
                return LEVEL_UNARY;
        case THREAD_CAST:
                if (expr->type.lanes > 1 || expr->type.dtype == DTYPE_BF16)
                        return LEVEL_POSTFIX;
                return expr->type.dtype == DTYPE_BOOL ? LEVEL_EQUAL
                                                      : LEVEL_UNARY;
        case THREAD_CALL:
                return expr->type.dtype == DTYPE_BOOL ? LEVEL_EQUAL
                                                      : LEVEL_POSTFIX;
        case THREAD_SELECT:
                return expr->type.lanes > 1 ? LEVEL_POSTFIX : LEVEL_SELECT;
        case THREAD_CEIL_DIV:
                return LEVEL_MUL;
        case THREAD_MIN:
        case THREAD_MAX:
        case THREAD_FLOOR_DIV:
        case THREAD_FLOOR_MOD:
                return LEVEL_POSTFIX;
        default:
                if (expr->op < THREAD_ADD || expr->op > THREAD_SHR)
                        return LEVEL_POSTFIX;
                return operators[expr->op].level;
        }
}

static void put_inner(const struct context *c, const struct thread_expr *expr)
{
        switch (expr->op) {
        case THREAD_INTEGER:
                put_integer(c, expr);
                break;
        case THREAD_REAL:
                put_real(c, expr->value.real, expr->type.dtype);
                break;
        case THREAD_SIZE:
                buf_puts(c->out, print_name(expr->value.size->name).text);
                break;
        case THREAD_PARAM:
                buf_puts(c->out, print_name(expr->value.param->name).text);
                break;
        case THREAD_VARIABLE:
                buf_puts(c->out, expr->value.variable->name);
                break;
        case THREAD_IOTA:
                buf_printf(
                        c->out, "%s()",
                        prelude_helper(c->prelude, "iota", expr->type).text);
                break;
        case THREAD_LOAD:
                put_load(c, expr);
                break;
        case THREAD_GATHER:
                put_gather(c, expr);
                break;
        case THREAD_CAST:
                print_cast(c, expr);
                break;
        case THREAD_BROADCAST:
                print_arguments(
                        c, prelude_helper(c->prelude, "all", expr->type).text,
                        expr);
                break;
        case THREAD_HORIZONTAL:
                print_horizontal(c, expr);
                break;
        case THREAD_LANE:
                print_part(c, expr->arg[0], LEVEL_POSTFIX);
                buf_printf(c->out, "[%lld]", (long long)expr->value.integer);
                break;
        case THREAD_SLIDE:
        case THREAD_ZIP:
        case THREAD_UNZIP:
                print_arguments(c,
                                prelude_shuffle(c->prelude, expr->op,
                                                expr->type,
                                                (int)expr->value.integer)
                                        .text,
                                expr);
                break;
        case THREAD_NEGATE:
        case THREAD_NOT:
        case THREAD_BIT_NOT:
                put_unary(c, expr);
                break;
        case THREAD_SELECT:
                put_select(c, expr);
                break;
        case THREAD_CEIL_DIV:
                put_ceil_div(c, expr);
                break;
        case THREAD_CALL:
                if (expr->type.dtype == DTYPE_BOOL)
                        print_test(c, expr);
                else
                        print_function(c, expr);
                break;
        default:
                put_binary(c, expr);
        }
}

void print_part(const struct context *c, const struct thread_expr *expr,
                enum level level)
{
        bool paren = level_of(expr) < level;

        if (paren)
                buf_putc(c->out, '(');
        put_inner(c, expr);
        if (paren)
                buf_putc(c->out, ')');
}

void print_expr(const struct thread_program *program, struct prelude *prelude,
                const struct thread_expr *expr, struct buf *out)
{
        struct context c = {program, prelude, out};

        print_part(&c, expr, LEVEL_ANY);
}

void print_operand(const struct thread_program *program,
                   struct prelude *prelude, const struct thread_expr *expr,
                   struct buf *out)
{
        struct context c = {program, prelude, out};

        print_part(&c, expr, LEVEL_SHIFT);
}

void print_element(const struct thread_program *program,
                   struct prelude *prelude, const struct thread_array *array,
                   const struct thread_expr *offset, struct buf *out)
{
        struct context c = {program, prelude, out};

        put_element(&c, array, offset);
}

void print_address(const struct thread_program *program,
                   struct prelude *prelude, const struct thread_array *array,
                   const struct thread_expr *offset, struct buf *out)
{
        struct context c = {program, prelude, out};

        put_address(&c, array, offset);
}
