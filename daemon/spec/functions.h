/*
 * Names of the language: functions, reductions and words that no declaration
 * may take. One table each, read by the parser, the checker and the printer.
 */
#ifndef KEVO_SPEC_FUNCTIONS_H
#define KEVO_SPEC_FUNCTIONS_H

#include <stdbool.h>

#include "spec/spec.h"

/* How the kind of a call follows from its arguments. */
enum function_kind {
        FUNCTION_REAL,    /* numbers in, a real out */
        FUNCTION_SAME,    /* integers give an integer, otherwise a real */
        FUNCTION_ROUNDS,  /* real in, whole real out; integers unchanged */
        FUNCTION_INTEGER, /* integers in, an integer out */
        FUNCTION_TEST     /* a number in, a boolean out */
};

struct function_row {
        const char *name;
        int arguments; /* min and max take this many or more */
        enum function_kind kind;
};

const struct function_row *function_row(enum function function);
/* FN_COUNT when there is none of that name. */
enum function function_from_name(const char *name);

/* RED_COUNT when there is none. `count` is not here: it is a sum. */
enum reduction reduction_from_name(const char *name);
/* top, bottom, sort and with arg before them; RED_COUNT for all else. */
enum reduction selection_from_name(const char *name);

/* Names of all functions and reductions, for suggestions: FUNCTION_NAMES of
 * them at most; returns how many. */
enum { FUNCTION_NAMES = FN_COUNT + RED_COUNT + 1 };
int function_names(const char **names);

/* True when a declaration may not be called so; why then says what the name
 * is, such as "a keyword of C". */
bool function_reserved(const char *name, const char **why);

#endif
