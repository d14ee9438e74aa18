/*
 * Expressions: kinds follow from operands; a name, a read, a call and a
 * reduction have files of their own.
 */
#include <string.h>

#include "spec/check.h"

/* The kind of a literal is how it is written: 1 is an integer, 1.0 a real. */
static int literal(struct check *check, const struct syntax *s,
                   const struct expr **result)
{
        struct expr *expr;

        expr = check_new(check, EXPR_INTEGER, KIND_INTEGER, s->line,
                         s->column);
        if (!expr)
                return check_memory(check);
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

/* Minus keeps the kind of its operand. */
static int unary(struct check *check, const struct syntax *s,
                 const struct expr **result)
{
        const struct expr *arg;
        struct expr *expr;
        enum expr_op op;
        int rc = check_expr(check, s->arg[0], &arg);

        if (rc)
                return rc;
        if (s->mark == TOKEN_NOT) {
                op = EXPR_NOT;
                rc = check_kind(check, arg, KIND_BOOLEAN, "what ! negates");
        } else if (s->mark == TOKEN_TILDE) {
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
                return *result ? 0 : check_memory(check);
        expr = check_new(check, op, arg->kind, s->line, s->column);
        if (!expr)
                return check_memory(check);
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

/* > and >= become < and <= with their operands swapped: half of the cases for
 * everybody downstream. */
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
        while (operators[i].token != s->mark)
                i++;
        strcat(what, operators[i].text);
        if (operators[i].op == EXPR_BIT_XOR &&
            (arg[0]->kind == KIND_REAL || arg[1]->kind == KIND_REAL))
                return check_error(check, s->line, s->column,
                                   "^ is exclusive or, of integers; for a "
                                   "square write x * x, for another power "
                                   "pow(x, y)");
        rc = operand_kinds(check, operators[i].op, arg, what, &kind);
        if (!rc)
                rc = operand_values(check, operators[i].op, arg[1]);
        if (rc)
                return rc;
        if (s->mark == TOKEN_GT || s->mark == TOKEN_GE) {
                swap = arg[0];
                arg[0] = arg[1];
                arg[1] = swap;
        }
        expr = check_new(check, operators[i].op, kind, s->line, s->column);
        if (!expr)
                return check_memory(check);
        *result = expr;
        return check_arguments(check, expr, 2, arg);
}

/* An integer arm beside a real one stands for its real. */
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
                return check_memory(check);
        *result = expr;
        return check_arguments(check, expr, 3, arg);
}

/* What is not listed is a reduction. */
static int check_any(struct check *check, const struct syntax *s,
                     const struct expr **result)
{
        switch (s->op) {
        case SYNTAX_INTEGER:
        case SYNTAX_REAL:
        case SYNTAX_BOOLEAN:
                return literal(check, s, result);
        case SYNTAX_NAME:
                return check_name(check, s, result);
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

/* Macros that leave no node behind cost no weight, and chains of them go
 * deeper than any tree: so what is looked at is counted too. */
int check_expr(struct check *check, const struct syntax *s,
               const struct expr **result)
{
        int rc;

        *result = NULL;
        if (check->expansion && ++check->expanded > SPEC_WEIGHT)
                return check_error(check, s->line, s->column,
                                   "more than %d operations with macros "
                                   "written out; define intermediates",
                                   SPEC_WEIGHT);
        if (check->depth == CHECK_DEPTH)
                return check_error(check, s->line, s->column,
                                   "more than %d operations and macros inside "
                                   "each other; define an intermediate for a "
                                   "part of it",
                                   CHECK_DEPTH);
        check->depth++;
        rc = check_any(check, s, result);
        check->depth--;
        return rc;
}
