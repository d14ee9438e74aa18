/*
 * Nodes of the checked tree: every node's depth and written-out size are
 * bounded here, so that macros cannot make a tree that others cannot walk.
 */
#include "spec/check.h"

const char *check_kind_name(enum kind kind)
{
        static const char *const names[] = {"a real", "an integer",
                                            "a boolean"};

        return names[kind];
}

/* Nodes of a library macro are where the call is. */
static void place(const struct check *check, int *line, int *column)
{
        const struct expansion *e = check->expansion;

        if (e && e->macro->library) {
                *line = e->line;
                *column = e->column;
        }
}

/* Zeroed, a leaf until check_arguments. */
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

/* Shared operands count for every parent: that is what a walk costs. */
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

/* The statements checked so far count too. */
int check_weight(struct check *check, const struct expr *expr)
{
        if (check->weight + node_of(expr)->weight <= SPEC_WEIGHT)
                return 0;
        return check_error(check, expr->line, expr->column,
                           "more than %d operations with macros written out; "
                           "define intermediates",
                           SPEC_WEIGHT);
}

/* At most three, the number of places in struct expr. */
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

/* The hint is how to convert what is there to what is wanted. */
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
