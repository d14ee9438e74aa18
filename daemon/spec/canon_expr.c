/*
 * Printing expressions and statements. Parentheses follow the parser's
 * levels; a reduction that is an operand always has its own, so that its
 * term cannot swallow what follows.
 *
 * In canonical text an index is named by how many indices are open where it
 * is entered: siblings share names, which keeps the text independent of
 * whether a node is shared.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec/canon_printer.h"

enum {
        LEVEL_SELECT,
        LEVEL_OR,
        LEVEL_AND,
        LEVEL_COMPARE,
        LEVEL_BIT_OR,
        LEVEL_BIT_XOR,
        LEVEL_BIT_AND,
        LEVEL_SHIFT,
        LEVEL_SUM,
        LEVEL_PRODUCT,
        LEVEL_UNARY,
        LEVEL_LEAF
};

static const struct {
        const char *text;
        int level;
} operators[] = {
        [EXPR_ADD] = {"+", LEVEL_SUM},
        [EXPR_SUB] = {"-", LEVEL_SUM},
        [EXPR_MUL] = {"*", LEVEL_PRODUCT},
        [EXPR_DIV] = {"/", LEVEL_PRODUCT},
        [EXPR_FLOOR_DIV] = {"//", LEVEL_PRODUCT},
        [EXPR_FLOOR_MOD] = {"%", LEVEL_PRODUCT},
        [EXPR_LT] = {"<", LEVEL_COMPARE},
        [EXPR_LE] = {"<=", LEVEL_COMPARE},
        [EXPR_EQ] = {"==", LEVEL_COMPARE},
        [EXPR_NE] = {"!=", LEVEL_COMPARE},
        [EXPR_AND] = {"&&", LEVEL_AND},
        [EXPR_OR] = {"||", LEVEL_OR},
        [EXPR_BIT_AND] = {"&", LEVEL_BIT_AND},
        [EXPR_BIT_OR] = {"|", LEVEL_BIT_OR},
        [EXPR_BIT_XOR] = {"^", LEVEL_BIT_XOR},
        [EXPR_SHL] = {"<<", LEVEL_SHIFT},
        [EXPR_SHR] = {">>", LEVEL_SHIFT},
};

void canon_put_expr(struct canon_printer *p, const struct expr *expr);

/* The canonical name is the number of indices that were open before it. */
static void print_index_name(struct canon_printer *p,
                             const struct index *index)
{
        if (p->canonical)
                buf_printf(p->out, "%s%d", p->prefix, p->level[index->number]);
        else
                buf_puts(p->out, index->name);
}

/* Inside `level` or looser contexts no parentheses are needed. */
static int level_of(const struct expr *expr)
{
        switch (expr->op) {
        case EXPR_SELECT:
        case EXPR_REDUCE:
                return LEVEL_SELECT;
        case EXPR_NEGATE:
        case EXPR_NOT:
        case EXPR_BIT_NOT:
                return LEVEL_UNARY;
        case EXPR_INTEGER:
                return expr->value.integer < 0 ? LEVEL_UNARY : LEVEL_LEAF;
        case EXPR_REAL:
                return signbit(expr->value.real) ? LEVEL_UNARY : LEVEL_LEAF;
        default:
                if (expr->op >= EXPR_ADD && expr->op <= EXPR_SHR)
                        return operators[expr->op].level;
                return LEVEL_LEAF;
        }
}

/* In parentheses when the expression binds more loosely than its place. */
static void print_at(struct canon_printer *p, const struct expr *expr,
                     int level)
{
        bool wrap = level_of(expr) < level;

        if (wrap)
                buf_putc(p->out, '(');
        canon_put_expr(p, expr);
        if (wrap)
                buf_putc(p->out, ')');
}

/* The fewest digits that read back as the same double; always a real. */
void canon_put_real(struct buf *out, double value)
{
        char text[48];

        if (isinf(value)) {
                buf_puts(out, value < 0 ? "-inf" : "inf");
                return;
        }
        for (int digits = 1; digits <= 17; digits++) {
                snprintf(text, sizeof(text), "%.*g", digits, value);
                if (strtod(text, NULL) == value)
                        break;
        }
        if (!strpbrk(text, ".e"))
                strcat(text, ".0");
        buf_puts(out, text);
}

void canon_put_integer(struct buf *out, int64_t value)
{
        /* The lexer reads the digits before the sign. */
        if (value == INT64_MIN)
                buf_puts(out, "(-9223372036854775807 - 1)");
        else
                buf_printf(out, "%lld", (long long)value);
}

void canon_put_list(struct canon_printer *p, int count,
                    const struct expr *const *list)
{
        for (int i = 0; i < count; i++) {
                if (i)
                        buf_puts(p->out, ", ");
                canon_put_expr(p, list[i]);
        }
}

/* A guarded read has its own parentheses: else would take what follows. */
static void print_read(struct canon_printer *p, const struct read *read)
{
        bool otherwise = read->safety == READ_ELSE;
        int rank = read->tensor->rank;

        if (otherwise)
                buf_putc(p->out, '(');
        buf_puts(p->out, read->tensor->name);
        /* An init names a tensor without subscripts. */
        if (rank && read->subscript[0]) {
                buf_putc(p->out, '[');
                canon_put_list(p, rank, read->subscript);
                buf_putc(p->out, ']');
        }
        if (read->safety == READ_CHECKED)
                buf_putc(p->out, '!');
        if (!otherwise)
                return;
        buf_puts(p->out, " else ");
        if (read->fallback->op <= EXPR_INDEX) {
                canon_put_expr(p, read->fallback);
        } else {
                buf_putc(p->out, '(');
                canon_put_expr(p, read->fallback);
                buf_putc(p->out, ')');
        }
        buf_putc(p->out, ')');
}

/* written: with its bounds, which the reader could also infer. */
static void print_range(struct canon_printer *p, const struct index *index,
                        bool written)
{
        print_index_name(p, index);
        if (!written)
                return;
        buf_puts(p->out, " in ");
        canon_put_expr(p, index->lo);
        buf_puts(p->out, "..");
        canon_put_expr(p, index->hi);
}

/* From here the index is open; its bounds came before. */
static void open_index(struct canon_printer *p, const struct index *index)
{
        p->level[index->number] = (short)p->depth++;
}

/* Indices open from left to right, as the parser enters them. */
static void print_reduce(struct canon_printer *p, const struct expr *expr)
{
        int count = expr->value.reduce.count;

        buf_printf(p->out, "%s[",
                   reduction_name(expr->value.reduce.reduction));
        for (int i = 0; i < count; i++) {
                if (i)
                        buf_puts(p->out, ", ");
                open_index(p, expr->value.reduce.index[i]);
                print_range(p, expr->value.reduce.index[i],
                            p->canonical ||
                                    !expr->value.reduce.index[i]->inferred);
        }
        /* How many a selection takes is the end of the rank's range. */
        if (expr_selects(expr) && expr->arg[1]->op == EXPR_INDEX) {
                buf_puts(p->out, ", ");
                canon_put_expr(p, expr->arg[1]->value.index->hi);
        }
        buf_puts(p->out, "] ");
        print_at(p, expr->arg[0], LEVEL_LEAF);
        p->depth -= count;
}

static void print_call(struct canon_printer *p, const char *name,
                       const struct expr *expr)
{
        buf_printf(p->out, "%s(", name);
        canon_put_list(p, expr->count, expr->arg);
        buf_putc(p->out, ')');
}

/* The right operand of an equal level needs parentheses. */
static void print_binary(struct canon_printer *p, const struct expr *expr)
{
        int level = operators[expr->op].level;

        /* Comparisons do not chain, the others are left-associative. */
        print_at(p, expr->arg[0], level == LEVEL_COMPARE ? level + 1 : level);
        buf_printf(p->out, " %s ", operators[expr->op].text);
        print_at(p, expr->arg[1], level + 1);
}

/* Choices inside a choice have parentheses: nobody remembers the rule. */
static void print_select(struct canon_printer *p, const struct expr *expr)
{
        print_at(p, expr->arg[0], LEVEL_OR);
        buf_puts(p->out, " ? ");
        print_at(p, expr->arg[1], LEVEL_OR);
        buf_puts(p->out, " : ");
        print_at(p, expr->arg[2], LEVEL_OR);
}

/* One case a node of spec.h. */
void canon_put_expr(struct canon_printer *p, const struct expr *expr)
{
        switch (expr->op) {
        case EXPR_INTEGER:
                canon_put_integer(p->out, expr->value.integer);
                return;
        case EXPR_REAL:
                canon_put_real(p->out, expr->value.real);
                return;
        case EXPR_BOOLEAN:
                buf_puts(p->out, expr->value.integer ? "true" : "false");
                return;
        case EXPR_SIZE:
                buf_puts(p->out, expr->value.size->name);
                return;
        case EXPR_PARAM:
                buf_puts(p->out, expr->value.param->name);
                return;
        case EXPR_INDEX:
                print_index_name(p, expr->value.index);
                return;
        case EXPR_READ:
                print_read(p, &expr->value.read);
                return;
        case EXPR_NEGATE:
        case EXPR_NOT:
        case EXPR_BIT_NOT:
                buf_putc(p->out, expr->op == EXPR_NEGATE ? '-'
                                 : expr->op == EXPR_NOT  ? '!'
                                                         : '~');
                print_at(p, expr->arg[0], LEVEL_UNARY);
                return;
        case EXPR_CAST:
                print_call(p, dtype_name(expr->dtype), expr);
                return;
        case EXPR_CALL:
                print_call(p, function_name(expr->value.function), expr);
                return;
        case EXPR_SELECT:
                print_select(p, expr);
                return;
        case EXPR_REDUCE:
                print_reduce(p, expr);
                return;
        default:
                print_binary(p, expr);
        }
}

/* All indices of a statement are open before anything is printed. */
void canon_put_statement(struct canon_printer *p, const struct statement *s)
{
        static const char *const updates[] = {
                [UPDATE_DEFINE] = "=", [UPDATE_SCATTER] = "=",
                [UPDATE_ADD] = "+=",   [UPDATE_MAX] = "max=",
                [UPDATE_MIN] = "min=",
        };
        const char *comma = " for ";
        bool all = p->canonical;

        /* The order of an update's indices is that of the clause. */
        for (int i = 0; s->update != UPDATE_DEFINE && i < s->index_count; i++)
                all = all || !s->index[i]->inferred;

        p->depth = 0;
        for (int i = 0; i < s->index_count; i++)
                open_index(p, s->index[i]);
        buf_puts(p->out, s->target->name);
        if (s->target->rank) {
                buf_putc(p->out, '[');
                canon_put_list(p, s->target->rank, s->subscript);
                buf_puts(p->out, s->checked ? "]!" : "]");
        }
        buf_printf(p->out, " %s ", updates[s->update]);
        canon_put_expr(p, s->value);
        for (int i = 0; i < s->index_count; i++) {
                if (!all && s->index[i]->inferred)
                        continue;
                buf_puts(p->out, comma);
                print_range(p, s->index[i], true);
                comma = ", ";
        }
}
