/*
 * Finding the header lines of a source: the comment lines that begin with
 * `kevo:` above the first line of code. Comments and literals are told from
 * code by a small scanner, so that a header line inside a block comment or a
 * string is not one.
 */
#ifndef KEVO_REPO_SCAN_H
#define KEVO_REPO_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

enum { SCAN_LINES = 256 }; /* header lines of one source */

struct scan_line {
        char *text; /* what follows `kevo:`, trimmed; borrowed from scan */
        int line;   /* from 1 */
        int column; /* of text in it, from 1 */
};

struct scan {
        char *copy; /* the header lines' text, one NUL-terminated each */
        char *code; /* the source with comments and literals blanked */
        int count;
        struct scan_line line[SCAN_LINES];
        int code_line; /* first line of code, 0: none */
        int any_line;  /* the same, counting #include and import too */
};

/* Scan text whose comments begin with mark ("//" or "#"). ERR_INPUT for a
 * header line below code or in a block comment, ERR_LIMIT for too many. The
 * caller disposes scan, also after an error. */
int scan_source(struct scan *scan, const char *text, size_t length,
                const char *file, const char *mark,
                struct error *err) KEVO_MUST_CHECK;
void scan_dispose(struct scan *scan);

/* Does the code hold `name (`, as a definition or a call would? */
bool scan_mentions_function(const struct scan *scan, const char *name);

#endif
