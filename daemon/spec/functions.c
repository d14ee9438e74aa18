/*
 * The tables of names. The functions are C's math library and what the
 * activations of PyTorch need; everything else is a macro (library.c).
 */
#include "spec/functions.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/limits.h"

static const struct function_row function_table[FN_COUNT] = {
        [FN_ABS] = {"abs", 1, FUNCTION_SAME},
        [FN_MIN] = {"min", 2, FUNCTION_SAME},
        [FN_MAX] = {"max", 2, FUNCTION_SAME},
        [FN_SQRT] = {"sqrt", 1, FUNCTION_REAL},
        [FN_RSQRT] = {"rsqrt", 1, FUNCTION_REAL},
        [FN_EXP] = {"exp", 1, FUNCTION_REAL},
        [FN_EXP2] = {"exp2", 1, FUNCTION_REAL},
        [FN_EXPM1] = {"expm1", 1, FUNCTION_REAL},
        [FN_LOG] = {"log", 1, FUNCTION_REAL},
        [FN_LOG2] = {"log2", 1, FUNCTION_REAL},
        [FN_LOG10] = {"log10", 1, FUNCTION_REAL},
        [FN_LOG1P] = {"log1p", 1, FUNCTION_REAL},
        [FN_SIN] = {"sin", 1, FUNCTION_REAL},
        [FN_COS] = {"cos", 1, FUNCTION_REAL},
        [FN_TAN] = {"tan", 1, FUNCTION_REAL},
        [FN_ASIN] = {"asin", 1, FUNCTION_REAL},
        [FN_ACOS] = {"acos", 1, FUNCTION_REAL},
        [FN_ATAN] = {"atan", 1, FUNCTION_REAL},
        [FN_ATAN2] = {"atan2", 2, FUNCTION_REAL},
        [FN_SINH] = {"sinh", 1, FUNCTION_REAL},
        [FN_COSH] = {"cosh", 1, FUNCTION_REAL},
        [FN_TANH] = {"tanh", 1, FUNCTION_REAL},
        [FN_ASINH] = {"asinh", 1, FUNCTION_REAL},
        [FN_ACOSH] = {"acosh", 1, FUNCTION_REAL},
        [FN_ATANH] = {"atanh", 1, FUNCTION_REAL},
        [FN_ERF] = {"erf", 1, FUNCTION_REAL},
        [FN_ERFC] = {"erfc", 1, FUNCTION_REAL},
        [FN_LGAMMA] = {"lgamma", 1, FUNCTION_REAL},
        [FN_TGAMMA] = {"tgamma", 1, FUNCTION_REAL},
        [FN_POW] = {"pow", 2, FUNCTION_REAL},
        [FN_FLOOR] = {"floor", 1, FUNCTION_ROUNDS},
        [FN_CEIL] = {"ceil", 1, FUNCTION_ROUNDS},
        [FN_TRUNC] = {"trunc", 1, FUNCTION_ROUNDS},
        [FN_ROUND] = {"round", 1, FUNCTION_ROUNDS},
        [FN_SIGN] = {"sign", 1, FUNCTION_SAME},
        [FN_DIV] = {"div", 2, FUNCTION_INTEGER},
        [FN_REM] = {"rem", 2, FUNCTION_INTEGER},
        [FN_FMOD] = {"fmod", 2, FUNCTION_REAL},
        [FN_HYPOT] = {"hypot", 2, FUNCTION_REAL},
        [FN_COPYSIGN] = {"copysign", 2, FUNCTION_REAL},
        [FN_ISNAN] = {"isnan", 1, FUNCTION_TEST},
        [FN_ISINF] = {"isinf", 1, FUNCTION_TEST},
};

static const char *const reduction_table[RED_COUNT] = {
        [RED_SUM] = "sum",       [RED_PROD] = "prod",
        [RED_MAX] = "max",       [RED_MIN] = "min",
        [RED_ARGMAX] = "argmax", [RED_ARGMIN] = "argmin",
        [RED_ANY] = "any",       [RED_ALL] = "all",
        [RED_TOP] = "top",       [RED_BOTTOM] = "bottom",
        [RED_ARGTOP] = "argtop", [RED_ARGBOTTOM] = "argbottom",
};

/* Words that could begin something else than a name. Those that only follow
 * a type (sorted, offsets, step, ...) stay free: they are natural names. */
static const char *const words[] = {
        "kernel", "size",  "const",     "param",   "in",       "out",
        "tmp",    "fn",    "workload",  "allow",   "accuracy", "bitwise",
        "else",   "for",   "reference", "true",    "false",    "inf",
        "nan",    "count", "sort",      "argsort", NULL,
};

/* Sources and generated code use the spec's names as C identifiers. The
 * keywords of C, C++ and Python, and what C's headers make of names, each
 * between spaces. */
static const char keywords[] =
        " alignas alignof and and_eq as asm assert async auto await bitand"
        " bitor break case catch char char16_t char32_t char8_t class"
        " co_await co_return co_yield compl concept const_cast consteval"
        " constexpr constinit continue decltype def default del delete do"
        " double dynamic_cast elif enum errno except explicit export"
        " extern False finally float friend from global goto if import"
        " inline int is lambda long main mutable namespace new noexcept"
        " None nonlocal not not_eq NULL nullptr operator or or_eq pass"
        " private protected public raise register reinterpret_cast"
        " requires restrict return short signed sizeof static"
        " static_assert static_cast struct switch template this"
        " thread_local throw True try typedef typeid typename typeof"
        " typeof_unqual union unsigned using virtual void volatile wchar_t"
        " while with xor xor_eq yield ";

const char *function_name(enum function function)
{
        return (unsigned)function < FN_COUNT ? function_table[function].name
                                             : "";
}

const char *reduction_name(enum reduction reduction)
{
        return (unsigned)reduction < RED_COUNT ? reduction_table[reduction]
                                               : "";
}

bool reduction_selects(enum reduction reduction)
{
        return reduction == RED_TOP || reduction == RED_BOTTOM ||
               reduction == RED_ARGTOP || reduction == RED_ARGBOTTOM;
}

bool reduction_is_position(enum reduction reduction)
{
        return reduction == RED_ARGMAX || reduction == RED_ARGMIN ||
               reduction == RED_ARGTOP || reduction == RED_ARGBOTTOM;
}

bool expr_selects(const struct expr *expr)
{
        return expr->op == EXPR_REDUCE &&
               reduction_selects(expr->value.reduce.reduction);
}

/* A whole sort is a selection of everything, the least first. */
enum reduction selection_from_name(const char *name)
{
        enum reduction reduction = reduction_from_name(name);

        if (strcmp(name, "sort") == 0)
                return RED_BOTTOM;
        if (strcmp(name, "argsort") == 0)
                return RED_ARGBOTTOM;
        return reduction_selects(reduction) ? reduction : RED_COUNT;
}

const struct function_row *function_row(enum function function)
{
        return &function_table[function];
}

/* Linear over some forty names. */
enum function function_from_name(const char *name)
{
        int i;

        for (i = 0; i < FN_COUNT; i++)
                if (strcmp(function_table[i].name, name) == 0)
                        break;
        return (enum function)i;
}

enum reduction reduction_from_name(const char *name)
{
        int i;

        for (i = 0; i < RED_COUNT; i++)
                if (strcmp(reduction_table[i], name) == 0)
                        break;
        return (enum reduction)i;
}

int function_names(const char **names)
{
        int n = 0;

        for (int i = 0; i < FN_COUNT; i++)
                names[n++] = function_table[i].name;
        for (int i = 0; i < RED_COUNT; i++)
                names[n++] = reduction_table[i];
        names[n++] = "count";
        return n;
}

static bool listed(const char *const *list, const char *name)
{
        for (; *list; list++)
                if (strcmp(*list, name) == 0)
                        return true;
        return false;
}

static bool is_keyword(const char *name)
{
        char word[LIMIT_NAME_BYTES + 2];

        snprintf(word, sizeof(word), " %s ", name);
        return strstr(keywords, word) != NULL;
}

/* The reason is part of the message. */
bool function_reserved(const char *name, const char **why)
{
        *why = NULL;
        if (listed(words, name))
                *why = "a word of the kernel language";
        else if (function_from_name(name) != FN_COUNT)
                *why = "a function";
        else if (reduction_from_name(name) != RED_COUNT)
                *why = "a reduction";
        else if (dtype_from_name(name) != DTYPE_NONE)
                *why = "a type";
        else if (is_keyword(name))
                *why = "a keyword of C, C++ or Python, where the name is "
                       "used too";
        return *why != NULL;
}
