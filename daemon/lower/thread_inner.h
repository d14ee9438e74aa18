/*
 * What the files of the thread program share: names and arrays. Internal to
 * thread*.c.
 */
#ifndef KEVO_LOWER_THREAD_INNER_H
#define KEVO_LOWER_THREAD_INNER_H

#include <stdarg.h>

#include "lower/thread.h"

/* name itself when it is free at the cursor, else name_2, name_3, ...; it is
 * taken from now on. */
const char *thread_take_name(struct thread_program *program, const char *name);

/* An array that the program knows, but for PRIVATE ones. */
struct thread_array *thread_array_new(struct thread_program *program,
                                      const char *name,
                                      enum thread_space space,
                                      struct thread_type type,
                                      const struct thread_expr *elements);

/* printf into the program's arena, at most 1 KiB. */
char *thread_text(struct thread_program *program, const char *format,
                  va_list arguments);

#endif
