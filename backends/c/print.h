/*
 * The C printer of thread programs: a complete source in the form of
 * docs/sources.md, meant to be read, reviewed and merged by people. It uses
 * GCC's vector extensions, needs no header of ours, keeps no state, and
 * carries only the helper functions that the program uses.
 */
#ifndef KEVO_BACKENDS_C_PRINT_H
#define KEVO_BACKENDS_C_PRINT_H

#include "core/buf.h"
#include "lower/thread.h"

/* Append the source to out. origin is one line for the top comment.
 * ERR_LIMIT when the source would pass LIMIT_SOURCE_BYTES. */
int c_print(const struct thread_program *program, const char *origin,
            struct buf *out, struct error *err) KEVO_MUST_CHECK;

#endif
