/*
 * Lines of a printed source: indented, wrapped at 79 columns. Internal to
 * print*.c.
 */
#ifndef KEVO_BACKENDS_C_PRINT_LINE_H
#define KEVO_BACKENDS_C_PRINT_LINE_H

#include "backends/c/prelude.h"

enum { COLUMNS = 79, INDENT = 8 };

struct printer {
        const struct thread_program *program;
        struct prelude prelude;
        struct buf body; /* the stages' functions */
        struct buf line; /* the statement being made */
        int indent;
        bool streams; /* the open stage streams stores */
};

/* Write printer->line at the present indent, wrapped, and clear it. */
void print_line(struct printer *p);
/* text as a comment at the present indent, on as many lines as it needs. */
void print_comment(struct printer *p, const char *text);
/* The source's top comment: the program's, and where it comes from. */
void print_top_comment(const struct thread_program *program,
                       const char *origin, struct buf *out);

#endif
