/*
 * Expressions: names are resolved, kinds follow from operands, and every
 * node's depth and written-out size are bounded here, so that macros cannot
 * make a tree that others cannot walk.
 */
#include "spec/check.h"

#include <string.h>

const char *check_kind_name(enum kind kind)
{
        static const char *const names[] = {"a real", "an integer",
                                            "a boolean"};

        return names[kind];
}

static void place(const struct check *check, int *line, int *column)
{
        const struct expansion *e = check->expansion;

        if (e && e->macro->library) {
                *line = e->line;
                *column = e->column;
        }
}

struct expr *check_new(struct check *check, enum expr_op op, enum kind kind,
                       int line, int column)
{
        struct node *node = arena_alloc(check->arena, sizeof(*node));

        if (!node) {
                check_memory(check);
                return NULL;
        }
        place(check, &line, &column);
        node->expr.op = op;
        node->expr.kind = kind;
        node->expr.line = line;
        node->expr.column = column;
        node->depth = 1;
        node->weight = 1;
        return &node->expr;
}

const struct expr *check_integer(struct check *check, int64_t value, int line,
                                 int column)
{
        struct expr *expr =
                check_new(check, EXPR_INTEGER, KIND_INTEGER, line, column);

        if (expr)
                expr->value.integer = value;
        return expr;
}

/* Every expr of a spec under construction is the start of a node. */
static struct node *node_of(const struct expr *expr)
{
        return (struct node *)expr;
}

int check_below(struct check *check, struct expr *expr,
                const struct expr *below)
{
        struct node *node = node_of(expr), *child = node_of(below);

        if (child->depth + 1 > node->depth)
                node->depth = child->depth + 1;
        node->weight += child->weight;
        if (node->depth > LIMIT_SPEC_DEPTH)
                return check_error(check, expr->line, expr->column,
                                   "more than %d operations inside each "
                                   "other, macros written out; define an "
                                   "intermediate for a part of it",
                                   LIMIT_SPEC_DEPTH);
        return check_weight(check, expr);
}

int64_t check_weight_of(const struct expr *expr)
{
        return node_of(expr)->weight;
}

int check_weight(struct check *check, const struct expr *expr)
{
        if (check->weight + node_of(expr)->weight <= SPEC_WEIGHT)
                return 0;
        return check_error(check, expr->line, expr->column,
                           "more than %d operations with macros written out; "
                           "define intermediates",
                           SPEC_WEIGHT);
}

int check_arguments(struct check *check, struct expr *expr, int count,
                    const struct expr *const *arg)
{
        int rc = 0;

        expr->count = count;
        for (int i = 0; !rc && i < count; i++) {
                expr->arg[i] = arg[i];
                rc = check_below(check, expr, arg[i]);
        }
        return rc;
}

int check_kind(const struct check *check, const struct expr *expr,
               enum kind kind, const char *what)
{
        const char *hint = "";

        if (expr->kind == kind ||
            (kind == KIND_REAL && expr->kind == KIND_INTEGER))
                return 0;
        if (expr->kind == KIND_BOOLEAN)
                hint = "; write c ? 1 : 0";
        else if (kind == KIND_BOOLEAN)
                hint = "; compare it, as in x != 0";
        else if (expr->op == EXPR_DIV)
                hint = "; / divides exactly, // rounds down";
        else if (expr->op == EXPR_CALL)
                hint = "; cast it, as in i64(floor(x))";
        else
                hint = "; cast it, as in i64(x)";
        return check_error(check, expr->line, expr->column,
                           "%s must be %s, but this is %s%s", what,
                           check_kind_name(kind), check_kind_name(expr->kind),
                           hint);
}

/* A bare name that is nothing: the likely reasons, most telling first. */
static int unknown_name(struct check *check, const struct syntax *s)
{
        if (check->sizes_only)
                return check_error(
                        check, s->line, s->column,
                        "'%s' is neither a size nor a constant%s", s->name,
                        check_suggest(check, s->name,
                                      1 << NAMED_SIZE | 1 << NAMED_CONST));
        for (int i = 0; i < check->closed_count; i++) {
                const struct scope *closed = &check->closed[i];

                if (strcmp(closed->index->name, s->name) == 0)
                        return check_error(
                                check, s->line, s->column,
                                "the index '%s' of the %s at %d:%d is known "
                                "only inside its term, which ended before "
                                "this: a term is one chain of * / // %%; "
                                "write %s[%s] ( ... ) around all of it",
                                s->name, closed->reduction,
                                closed->index->line, closed->index->column,
                                closed->reduction, s->name);
        }
        return check_error(check, s->line, s->column,
                           "'%s' is not declared, and no index of this "
                           "statement%s; an index comes from the target, "
                           "from a reduction such as sum[%s], or from `for "
                           "%s in lo..hi`",
                           s->name,
                           check_suggest(check, s->name,
                                         1 << NAMED_SIZE | 1 << NAMED_CONST |
                                                 1 << NAMED_PARAM |
                                                 1 << NAMED_TENSOR |
                                                 SUGGEST_INDICES),
                           s->name, s->name);
}

static int constant_expr(struct check *check, const struct constant *c,
                         const struct syntax *s, const struct expr **result)
{
        enum expr_op op = c->kind == KIND_REAL      ? EXPR_REAL
                          : c->kind == KIND_INTEGER ? EXPR_INTEGER
                                                    : EXPR_BOOLEAN;
        struct expr *expr = check_new(check, op, c->kind, s->line, s->column);

        if (!expr)
                return ERR_LIMIT;
        if (op == EXPR_REAL)
                expr->value.real = c->real;
        else
                expr->value.integer = c->integer;
        *result = expr;
        return 0;
}

static int named_expr(struct check *check, const struct named *named,
                      const struct syntax *s, const struct expr **result)
{
        struct expr *expr;
        int rc;

        if (check->sizes_only && named->what != NAMED_SIZE &&
            named->what != NAMED_CONST)
                return unknown_name(check, s);
        if (named->what == NAMED_CONST)
                return constant_expr(check, named->constant, s, result);
        if (named->what == NAMED_MACRO)
                return check_error(check, s->line, s->column,
                                   "'%s' is a macro; write %s(...)", s->name,
                                   s->name);
        expr = check_new(check, EXPR_SIZE, KIND_INTEGER, s->line, s->column);
        if (!expr)
                return ERR_LIMIT;
        *result = expr;
        if (named->what == NAMED_SIZE) {
                expr->value.size = named->size;
                return 0;
        }
        if (named->what == NAMED_PARAM) {
                expr->op = EXPR_PARAM;
                expr->kind = named->param->dtype == DTYPE_BOOL ? KIND_BOOLEAN
                             : dtype_is_float(named->param->dtype)
                                     ? KIND_REAL
                                     : KIND_INTEGER;
                expr->value.param = named->param;
                return 0;
        }
        rc = check_tensor_name(check, named, s->line, s->column);
        if (!rc && named->tensor->rank)
                rc = check_error(check, s->line, s->column,
                                 "'%s' has %d dimensions; write %s[...] with "
                                 "as many subscripts",
                                 s->name, named->tensor->rank, s->name);
        expr->op = EXPR_READ;
        expr->kind = named->tensor->kind;
        expr->value.read.tensor = named->tensor;
        return rc;
}

static int name_expr(struct check *check, const struct syntax *s,
                     const struct expr **result)
{
        const struct expansion *e = check->expansion;
        const struct named *named;
        struct expr *expr;

        for (int i = 0; e && i < e->macro->count; i++)
                if (strcmp(e->macro->parameter[i], s->name) == 0) {
                        *result = e->argument[i];
                        return 0;
                }
        for (int i = check->scope_count; !e && i-- > 0;) {
                if (strcmp(check->scope[i].index->name, s->name) != 0)
                        continue;
                expr = check_new(check, EXPR_INDEX, KIND_INTEGER, s->line,
                                 s->column);
                if (!expr)
                        return ERR_LIMIT;
                expr->value.index = check->scope[i].index;
                *result = expr;
                return 0;
        }
        named = check_find(check, s->name);
        if (e && (!named || named->what == NAMED_TENSOR))
                return check_error(check, s->line, s->column,
                                   "'%s' is no parameter of the macro '%s'; "
                                   "a macro uses its parameters, sizes, "
                                   "constants and params",
                                   s->name, e->macro->name);
        return named ? named_expr(check, named, s, result)
                     : unknown_name(check, s);
}

static int literal(struct check *check, const struct syntax *s,
                   const struct expr **result)
{
        struct expr *expr;

        expr = check_new(check, EXPR_INTEGER, KIND_INTEGER, s->line,
                         s->column);
        if (!expr)
                return ERR_LIMIT;
        expr->value.integer = s->integer;
        if (s->op == SYNTAX_BOOLEAN) {
                expr->op = EXPR_BOOLEAN;
                expr->kind = KIND_BOOLEAN;
        } else if (s->op == SYNTAX_REAL) {
                expr->op = EXPR_REAL;
                expr->kind = KIND_REAL;
                expr->value.real = s->real;
        }
        *result = expr;
        return 0;
}

/* The negation of a constant is a constant. */
static bool negated_literal(struct check *check, const struct expr *arg,
                            const struct syntax *s, const struct expr **result)
{
        struct expr *expr;

        if (arg->op != EXPR_REAL &&
            (arg->op != EXPR_INTEGER || arg->value.integer == INT64_MIN))
                return false;
        expr = check_new(check, arg->op, arg->kind, s->line, s->column);
        if (expr && arg->op == EXPR_REAL)
                expr->value.real = -arg->value.real;
        else if (expr)
                expr->value.integer = -arg->value.integer;
        *result = expr;
        return true;
}

static int unary(struct check *check, const struct syntax *s,
                 const struct expr **result)
{
        const struct expr *arg;
        struct expr *expr;
        enum expr_op op;
        int rc = check_expr(check, s->arg[0], &arg);

        if (rc)
                return rc;
        if (s->operator== TOKEN_NOT) {
                op = EXPR_NOT;
                rc = check_kind(check, arg, KIND_BOOLEAN, "what ! negates");
        } else if (s->operator== TOKEN_TILDE) {
                op = EXPR_BIT_NOT;
                rc = check_kind(check, arg, KIND_INTEGER, "the operand of ~");
        } else {
                op = EXPR_NEGATE;
                if (arg->kind == KIND_BOOLEAN)
                        rc = check_kind(check, arg, KIND_REAL,
                                        "the operand of -");
        }
        if (rc)
                return rc;
        if (op == EXPR_NEGATE && negated_literal(check, arg, s, result))
                return *result ? 0 : ERR_LIMIT;
        expr = check_new(check, op, arg->kind, s->line, s->column);
        if (!expr)
                return ERR_LIMIT;
        *result = expr;
        return check_arguments(check, expr, 1, &arg);
}

static const struct {
        enum token_kind token;
        enum expr_op op;
        const char *text;
} operators[] = {
        {TOKEN_ADD, EXPR_ADD, "+"},
        {TOKEN_SUB, EXPR_SUB, "-"},
        {TOKEN_MUL, EXPR_MUL, "*"},
        {TOKEN_DIV, EXPR_DIV, "/"},
        {TOKEN_FLOOR_DIV, EXPR_FLOOR_DIV, "//"},
        {TOKEN_FLOOR_MOD, EXPR_FLOOR_MOD, "%"},
        {TOKEN_LT, EXPR_LT, "<"},
        {TOKEN_LE, EXPR_LE, "<="},
        {TOKEN_GT, EXPR_LT, ">"},
        {TOKEN_GE, EXPR_LE, ">="},
        {TOKEN_EQ, EXPR_EQ, "=="},
        {TOKEN_NE, EXPR_NE, "!="},
        {TOKEN_AND, EXPR_AND, "&&"},
        {TOKEN_OR, EXPR_OR, "||"},
        {TOKEN_BIT_AND, EXPR_BIT_AND, "&"},
        {TOKEN_BIT_OR, EXPR_BIT_OR, "|"},
        {TOKEN_BIT_XOR, EXPR_BIT_XOR, "^"},
        {TOKEN_SHL, EXPR_SHL, "<<"},
        {TOKEN_SHR, EXPR_SHR, ">>"},
};

/* The kind that both operands must have; the kind of the result. */
static int operand_kinds(const struct check *check, enum expr_op op,
                         const struct expr *const *arg, const char *what,
                         enum kind *kind)
{
        bool real = arg[0]->kind == KIND_REAL || arg[1]->kind == KIND_REAL;
        enum kind want = KIND_REAL; /* or an integer */
        int rc;

        *kind = real ? KIND_REAL : KIND_INTEGER;
        switch (op) {
        case EXPR_DIV:
                *kind = KIND_REAL;
                break;
        case EXPR_EQ:
        case EXPR_NE:
                *kind = KIND_BOOLEAN;
                if (arg[0]->kind == KIND_BOOLEAN)
                        want = KIND_BOOLEAN;
                break;
        case EXPR_LT:
        case EXPR_LE:
                *kind = KIND_BOOLEAN;
                break;
        case EXPR_AND:
        case EXPR_OR:
                *kind = want = KIND_BOOLEAN;
                break;
        case EXPR_FLOOR_DIV:
        case EXPR_FLOOR_MOD:
        case EXPR_BIT_AND:
        case EXPR_BIT_OR:
        case EXPR_BIT_XOR:
        case EXPR_SHL:
        case EXPR_SHR:
                *kind = want = KIND_INTEGER;
                break;
        default:
                break;
        }
        rc = check_kind(check, arg[0], want, what);
        return rc ? rc : check_kind(check, arg[1], want, what);
}

/* Divisors must exclude 0, shifts stay inside a word. Before the sizes are
 * known only constants are divided, which fold.c checks. */
static int operand_values(struct check *check, enum expr_op op,
                          const struct expr *second)
{
        struct ranges *r = check->ranges;

        if (!r)
                return 0;
        if ((op == EXPR_FLOOR_DIV || op == EXPR_FLOOR_MOD) &&
            !ranges_at_least(r, second, 1) &&
            (check->sizes_only || !ranges_at_most(r, second, -1)))
                return check_error(check, second->line, second->column,
                                   check->sizes_only
                                           ? "in a size, a divisor must be "
                                             "positive: a constant, or a size "
                                             "whose domain begins at 1"
                                           : "a divisor must exclude 0; "
                                             "declare the input with a range "
                                             "such as `in 1..K`, or write "
                                             "max(d, 1)");
        if ((op == EXPR_SHL || op == EXPR_SHR) &&
            (!ranges_at_least(r, second, 0) || !ranges_at_most(r, second, 63)))
                return check_error(check, second->line, second->column,
                                   "a shift must be known to lie in 0..64");
        return 0;
}

static int binary(struct check *check, const struct syntax *s,
                  const struct expr **result)
{
        const struct expr *arg[2], *swap;
        struct expr *expr;
        enum kind kind;
        char what[32] = "the operands of ";
        size_t i = 0;
        int rc = check_expr(check, s->arg[0], &arg[0]);

        if (!rc)
                rc = check_expr(check, s->arg[1], &arg[1]);
        if (rc)
                return rc;
        while (operators[i].token != s->operator)
                i++;
        strcat(what, operators[i].text);
        rc = operand_kinds(check, operators[i].op, arg, what, &kind);
        if (!rc)
                rc = operand_values(check, operators[i].op, arg[1]);
        if (rc)
                return rc;
        if (s->operator== TOKEN_GT || s->operator== TOKEN_GE) {
                swap = arg[0];
                arg[0] = arg[1];
                arg[1] = swap;
        }
        expr = check_new(check, operators[i].op, kind, s->line, s->column);
        if (!expr)
                return ERR_LIMIT;
        *result = expr;
        return check_arguments(check, expr, 2, arg);
}

static int selection(struct check *check, const struct syntax *s,
                     const struct expr **result)
{
        const struct expr *arg[3];
        struct expr *expr;
        enum kind kind;
        int rc = 0;

        for (int i = 0; !rc && i < 3; i++)
                rc = check_expr(check, s->arg[i], &arg[i]);
        if (!rc)
                rc = check_kind(check, arg[0], KIND_BOOLEAN,
                                "the condition of ? :");
        if (rc)
                return rc;
        kind = arg[1]->kind == KIND_INTEGER ? arg[2]->kind : arg[1]->kind;
        for (int i = 1; !rc && i < 3; i++)
                rc = check_kind(check, arg[i], kind,
                                "both values of ? : have one kind; this one");
        if (rc)
                return rc;
        expr = check_new(check, EXPR_SELECT, kind, s->line, s->column);
        if (!expr)
                return ERR_LIMIT;
        *result = expr;
        return check_arguments(check, expr, 3, arg);
}

int check_expr(struct check *check, const struct syntax *s,
               const struct expr **result)
{
        *result = NULL;
        switch (s->op) {
        case SYNTAX_INTEGER:
        case SYNTAX_REAL:
        case SYNTAX_BOOLEAN:
                return literal(check, s, result);
        case SYNTAX_NAME:
                return name_expr(check, s, result);
        case SYNTAX_READ:
                return check_read(check, s, result);
        case SYNTAX_CALL:
                return check_call(check, s, result);
        case SYNTAX_UNARY:
                return unary(check, s, result);
        case SYNTAX_BINARY:
                return binary(check, s, result);
        case SYNTAX_SELECT:
                return selection(check, s, result);
        default:
                return check_reduce(check, s, result);
        }
}
