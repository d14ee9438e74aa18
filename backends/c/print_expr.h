/*
 * Expressions of thread programs as C text, and as header expressions.
 */
#ifndef KEVO_BACKENDS_C_PRINT_EXPR_H
#define KEVO_BACKENDS_C_PRINT_EXPR_H

#include "backends/c/prelude.h"

/* How a name of the spec is written in C: with a _ behind it where it would
 * mean something else. */
struct prelude_name print_name(const char *name);

/* The shortest digits that give value back as an f32, or (wide) an f64. */
void print_digits(struct buf *out, double value, bool wide);
/* Literals beyond are written as i64, so that no sum of others leaves int. */
enum { PRINT_INT = 1 << 24 };
/* Is expr an i64 that a language like C would compute in int, where it may
 * not fit? Then its left operand is cast. */
bool print_widens(const struct thread_program *program,
                  const struct thread_expr *expr);

/* Append expr to out; helpers that it needs go to prelude. program says
 * which sizes are fixed. */
void print_expr(const struct thread_program *program, struct prelude *prelude,
                const struct thread_expr *expr, struct buf *out);
/* The same as an operand of a comparison, in parentheses where needed. */
void print_operand(const struct thread_program *program,
                   struct prelude *prelude, const struct thread_expr *expr,
                   struct buf *out);
/* `array[offset]` as a C lvalue, `&array[offset]` as an address. */
void print_element(const struct thread_program *program,
                   struct prelude *prelude, const struct thread_array *array,
                   const struct thread_expr *offset, struct buf *out);
void print_address(const struct thread_program *program,
                   struct prelude *prelude, const struct thread_array *array,
                   const struct thread_expr *offset, struct buf *out);

/* An integer expression over sizes in the notation of source headers. Fails
 * into prelude->failure when it is none. */
void print_header_expr(struct prelude *prelude, const struct thread_expr *expr,
                       struct buf *out);
/* `name type[elements]` of scratch and local buffers. */
void print_header_buffer(struct prelude *prelude,
                         const struct thread_array *array, struct buf *out);
/* The lines kernel, when, fix and scratch. */
void print_header_lines(struct prelude *prelude,
                        const struct thread_program *program, struct buf *out);

#endif
