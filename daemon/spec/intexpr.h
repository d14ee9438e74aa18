/*
 * Small integer expressions over named values: what a source's header says
 * in `stage`, `scratch`, `check` and `when` lines, such as
 * `min(ceil(M, BM), 2*SMS)` or `N % 4 == 0 && N <= 16384`. The lexer is the
 * kernel language's; the names mean whatever the caller's lookup says.
 *
 * Operators: + - * // % (floor division and its remainder), unary minus,
 * parentheses, min(a, b, ...), max(a, b, ...), ceil(a, b) = -(-a // b), and
 * in conditions == != < <= > >= &&. Literals are decimal. Nothing else:
 * no strings, no calls, no assignment.
 */
#ifndef KEVO_SPEC_INTEXPR_H
#define KEVO_SPEC_INTEXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"

enum {
        INTEXPR_BYTES = 4096, /* longest text */
        INTEXPR_NODES = 256,  /* operators, names and literals together */
        INTEXPR_NAMES = 64    /* different names */
};

enum intexpr_op {
        INTEXPR_LITERAL, /* value */
        INTEXPR_NAME,    /* name: index of intexpr_name */
        INTEXPR_NEGATE,  /* arg[0] */
        INTEXPR_ADD,
        INTEXPR_SUB,
        INTEXPR_MUL,
        INTEXPR_FLOOR_DIV,
        INTEXPR_FLOOR_MOD,
        INTEXPR_MIN,
        INTEXPR_MAX,
        INTEXPR_CEIL,
        INTEXPR_EQ,
        INTEXPR_NE,
        INTEXPR_LT,
        INTEXPR_LE,
        INTEXPR_GT,
        INTEXPR_GE,
        INTEXPR_AND
};

/* A node refers to earlier nodes of the same expression by position. */
struct intexpr_node {
        enum intexpr_op op;
        int64_t value;
        int name;
        int arg[2];
};

struct intexpr; /* opaque; immutable after parsing */

/* Parse all of text. where ("softmax.c:3") starts every error, which then
 * names the column. condition: the whole must be a comparison or several
 * joined by &&; otherwise it must be a number. *expr is freed with
 * intexpr_free. */
int intexpr_parse(const char *text, const char *where, bool condition,
                  struct intexpr **expr, struct error *err) KEVO_MUST_CHECK;
/* The same of a text that stands behind so many columns of its line. */
int intexpr_parse_at(const char *text, const char *where, int before,
                     bool condition, struct intexpr **expr,
                     struct error *err) KEVO_MUST_CHECK;
void intexpr_free(struct intexpr *expr);

/* The value of a name: true and *value, or false when there is none. */
typedef bool intexpr_lookup(const char *name, int64_t *value, void *data);

/* Conditions give 0 or 1; && does not evaluate its right side when the left
 * one is false. ERR_INPUT for a name without a value, an overflow of 64 bits
 * and a divisor below 1. */
int intexpr_eval(const struct intexpr *expr, intexpr_lookup *lookup,
                 void *data, int64_t *result,
                 struct error *err) KEVO_MUST_CHECK;

/* The different names used, in order of first use. */
int intexpr_name_count(const struct intexpr *expr);
const char *intexpr_name(const struct intexpr *expr, int i);
bool intexpr_uses(const struct intexpr *expr, const char *name);

/* The tree, for callers that look for a certain form: nodes in an order in
 * which operands come before their operator; the last one is the root. */
int intexpr_node_count(const struct intexpr *expr);
const struct intexpr_node *intexpr_node(const struct intexpr *expr, int i);

/* The expression as fully parenthesised C for a compiler that sees every
 * name as an int64_t variable or an integer macro; all arithmetic is in
 * int64_t. It calls the functions of INTEXPR_C_HELPERS, which the text must
 * contain once. */
void intexpr_print_c(const struct intexpr *expr, struct buf *out);

/* Those functions as code; prefix is `static inline` or what the language
 * wants before a function. */
#define INTEXPR_C_FUNCTIONS(prefix)                         \
        prefix int64_t kevo_floor_div(int64_t a, int64_t b) \
        {                                                   \
                return a / b - (a % b < 0);                 \
        }                                                   \
        prefix int64_t kevo_floor_mod(int64_t a, int64_t b) \
        {                                                   \
                return a % b + (a % b < 0 ? b : 0);         \
        }                                                   \
        prefix int64_t kevo_ceil_div(int64_t a, int64_t b)  \
        {                                                   \
                return a / b + (a % b > 0);                 \
        }                                                   \
        prefix int64_t kevo_min(int64_t a, int64_t b)       \
        {                                                   \
                return a < b ? a : b;                       \
        }                                                   \
        prefix int64_t kevo_max(int64_t a, int64_t b)       \
        {                                                   \
                return a > b ? a : b;                       \
        }
/* The same as a string literal. */
#define INTEXPR_C_HELPERS(prefix) INTEXPR_TEXT(INTEXPR_C_FUNCTIONS(prefix))
#define INTEXPR_TEXT(...) INTEXPR_TEXT_OF(__VA_ARGS__)
#define INTEXPR_TEXT_OF(...) #__VA_ARGS__

/* The expression in its own notation with the fewest parentheses. */
void intexpr_print(const struct intexpr *expr, struct buf *out);

#endif
