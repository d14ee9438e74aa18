/* Sentences on a terminal: broken between words, continued below their
 * beginning. */
#ifndef KEVO_CLI_WRAP_H
#define KEVO_CLI_WRAP_H

#include "core/buf.h"

/* The columns of a terminal, 80 when it does not say; 0 for what is none. */
int wrap_columns(int fd);

/* Append text behind indent blanks, in lines of at most so many columns (0:
 * one line, for programs), each ended by a newline. Lines after the first
 * are indented by two more. A word that is longer than a line is kept. */
void wrap_add(struct buf *out, const char *text, int indent, int columns);

#endif
