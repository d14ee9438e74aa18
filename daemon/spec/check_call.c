/*
 * Calls: functions, casts and macros. A macro is expanded on the checked
 * arguments, not on their text, so nothing of the caller is captured; an
 * argument that is used twice is one node with two parents.
 */
#include <string.h>

#include "spec/check.h"
#include "spec/functions.h"

static int count_error(const struct check *check, const struct syntax *s,
                       int want)
{
        return check_error(check, s->line, s->column,
                           "%s takes %d argument%s, not %d", s->name, want,
                           want == 1 ? "" : "s", s->count);
}

/* A call of a function that is known to fit. */
static int call_new(struct check *check, const struct syntax *s,
                    enum function function, enum kind kind, int count,
                    const struct expr *const *arg, const struct expr **result)
{
        struct expr *expr =
                check_new(check, EXPR_CALL, kind, s->line, s->column);

        if (!expr)
                return check_memory(check);
        expr->value.function = function;
        *result = expr;
        return check_arguments(check, expr, count, arg);
}

/* Truncating division has the same demand as // and %. */
static int divisor(struct check *check, enum function function,
                   const struct expr *second)
{
        if ((function != FN_DIV && function != FN_REM) || !check->ranges ||
            ranges_at_least(check->ranges, second, 1) ||
            ranges_at_most(check->ranges, second, -1))
                return 0;
        return check_error(check, second->line, second->column,
                           "a divisor must exclude 0; declare the input with "
                           "a range such as `in 1..K`, or write max(d, 1)");
}

/* Kinds of the arguments decide the kind of the result. */
static int call_function(struct check *check, const struct syntax *s,
                         enum function function, const struct expr **arg,
                         const struct expr **result)
{
        const struct function_row *row = function_row(function);
        bool many = function == FN_MIN || function == FN_MAX;
        bool whole = true;
        enum kind kind = KIND_REAL;
        int rc = 0;

        if (many ? s->count < 2 : s->count != row->arguments)
                return many && s->count == 1
                               ? check_error(check, s->line, s->column,
                                             "%s(a, b) takes two or more "
                                             "values; over an index write "
                                             "%s[i] term",
                                             s->name, s->name)
                               : count_error(check, s, row->arguments);
        for (int i = 0; !rc && i < s->count; i++) {
                rc = check_kind(check, arg[i],
                                row->kind == FUNCTION_INTEGER ? KIND_INTEGER
                                                              : KIND_REAL,
                                row->kind == FUNCTION_INTEGER
                                        ? "an operand of div and rem"
                                        : "an argument of a function");
                whole = whole && arg[i]->kind == KIND_INTEGER;
        }
        if (!rc && s->count > 1)
                rc = divisor(check, function, arg[1]);
        if (rc)
                return rc;
        if (row->kind == FUNCTION_ROUNDS && whole) {
                *result = arg[0];
                return 0;
        }
        if (row->kind == FUNCTION_INTEGER ||
            (row->kind == FUNCTION_SAME && whole))
                kind = KIND_INTEGER;
        else if (row->kind == FUNCTION_TEST)
                kind = KIND_BOOLEAN;
        rc = call_new(check, s, function, kind, many ? 2 : s->count, arg,
                      result);
        /* min(a, b, c) is min(min(a, b), c). */
        for (int i = 2; !rc && many && i < s->count; i++) {
                const struct expr *pair[2] = {*result, arg[i]};

                rc = call_new(check, s, function, kind, 2, pair, result);
        }
        return rc;
}

/* A boolean becomes 0 or 1; nothing but a boolean becomes a boolean. */
static int call_cast(struct check *check, const struct syntax *s,
                     enum dtype dtype, const struct expr *const *arg,
                     const struct expr **result)
{
        struct expr *expr;
        int rc = 0;

        if (s->count != 1)
                return count_error(check, s, 1);
        if (dtype == DTYPE_BOOL)
                rc = check_kind(check, arg[0], KIND_BOOLEAN,
                                "the operand of bool()");
        if (rc)
                return rc;
        expr = check_new(check, EXPR_CAST,
                         dtype == DTYPE_BOOL     ? KIND_BOOLEAN
                         : dtype_is_float(dtype) ? KIND_REAL
                                                 : KIND_INTEGER,
                         s->line, s->column);
        if (!expr)
                return check_memory(check);
        expr->dtype = dtype;
        *result = expr;
        return check_arguments(check, expr, 1, arg);
}

/* Macros only look back, so expansion ends. */
static bool defined_before(const struct syntax_macro *macro,
                           const struct syntax_macro *other)
{
        if (macro->library != other->library)
                return macro->library;
        for (macro = macro->next; macro; macro = macro->next)
                if (macro == other)
                        return true;
        return false;
}

/* The body is checked anew for each call, because kinds and ranges of the
 * arguments differ. */
static int call_macro(struct check *check, const struct syntax *s,
                      const struct syntax_macro *macro,
                      const struct expr *const *arg,
                      const struct expr **result)
{
        const struct expansion *outer = check->expansion;
        struct expansion inner = {macro, arg, s->line, s->column};
        int rc;

        if (s->count != macro->count)
                return count_error(check, s, macro->count);
        if (outer && !defined_before(macro, outer->macro))
                return check_error(check, s->line, s->column,
                                   "a macro uses macros that are defined "
                                   "before it; '%s' is not",
                                   macro->name);
        if (outer && outer->macro->library) {
                inner.line = outer->line;
                inner.column = outer->column;
        }
        check->expansion = &inner;
        rc = check_expr(check, macro->body, result);
        check->expansion = outer;
        return rc;
}

/* A declaration of the spec hides a macro of the library. */
const struct syntax_macro *check_find_macro(const struct check *check,
                                            const char *name)
{
        const struct named *named = check_find(check, name);
        const struct syntax_macro *m = check->library->macro;

        if (named)
                return named->what == NAMED_MACRO ? named->macro : NULL;
        while (m && strcmp(m->name, name) != 0)
                m = m->next;
        return m;
}

/* What other languages call it. */
static const char *other_word(const char *name)
{
        static const char *const words[][2] = {
                {"int", "i64(x)"},
                {"ln", "log(x)"},
                {"fabs", "abs(x)"},
                {"fmax", "max(a, b)"},
                {"fmin", "min(a, b)"},
                {"arctan", "atan(x)"},
                {"where", "c ? a : b"},
                {"select", "c ? a : b"},
                {"mean", "(sum[i] x[i]) / N"},
                {"dot", "sum[k] a[k] * b[k]"},
                {"len", "the size that is the extent"},
                {"swish", "silu(x)"},
                {"mod", "x % y"},
        };

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                if (strcmp(words[i][0], name) == 0)
                        return words[i][1];
        return NULL;
}

/* What the author probably meant, from the most to the least telling. */
static int unknown_call(struct check *check, const struct syntax *s)
{
        const struct named *named = check_find(check, s->name);
        const char *word = other_word(s->name);
        enum dtype cast = dtype_from_foreign(s->name);

        if (!word && cast)
                word = arena_printf(check->scratch, "%s(x)", dtype_name(cast));
        if (named && named->what == NAMED_TENSOR)
                return check_error(check, s->line, s->column,
                                   "'%s' is a tensor; its subscripts stand "
                                   "in brackets: %s[...]",
                                   s->name, s->name);
        if (named)
                return check_error(check, s->line, s->column,
                                   "'%s' is no function; for a product write "
                                   "%s * (...)",
                                   s->name, s->name);
        if (reduction_from_name(s->name) != RED_COUNT ||
            strcmp(s->name, "count") == 0)
                return check_error(check, s->line, s->column,
                                   "a reduction names its indices: %s[i] x[i]",
                                   s->name);
        if (word)
                return check_error(check, s->line, s->column,
                                   "there is no function '%s'; write %s",
                                   s->name, word);
        return check_error(check, s->line, s->column,
                           "there is no function or macro '%s'%s; define one "
                           "with fn %s(x) = ...",
                           s->name,
                           check_suggest(check, s->name,
                                         SUGGEST_FUNCTIONS | 1 << NAMED_MACRO),
                           s->name);
}

int check_call(struct check *check, const struct syntax *s,
               const struct expr **result)
{
        const struct expr *arg[LIMIT_RANK];
        enum function function = function_from_name(s->name);
        enum dtype dtype = dtype_from_name(s->name);
        const struct syntax_macro *macro = NULL;
        int rc = 0;

        if (function == FN_COUNT && dtype == DTYPE_NONE) {
                macro = check_find_macro(check, s->name);
                if (!macro)
                        return unknown_call(check, s);
        }
        for (int i = 0; !rc && i < s->count; i++)
                rc = macro ? check_macro_argument(check, s->arg[i], macro, i,
                                                  &arg[i])
                           : check_expr(check, s->arg[i], &arg[i]);
        if (rc)
                return rc;
        if (macro)
                return call_macro(check, s, macro, arg, result);
        if (dtype != DTYPE_NONE)
                return call_cast(check, s, dtype, arg, result);
        return call_function(check, s, function, arg, result);
}
