/* The usual operations by name: see value.h. */
#include "lower/value.h"

const struct thread_expr *thread_add(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b)
{
        return thread_binary(program, THREAD_ADD, a, b);
}

const struct thread_expr *thread_sub(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b)
{
        return thread_binary(program, THREAD_SUB, a, b);
}

const struct thread_expr *thread_mul(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b)
{
        return thread_binary(program, THREAD_MUL, a, b);
}

const struct thread_expr *thread_min(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b)
{
        return thread_binary(program, THREAD_MIN, a, b);
}

const struct thread_expr *thread_max(struct thread_program *program,
                                     const struct thread_expr *a,
                                     const struct thread_expr *b)
{
        return thread_binary(program, THREAD_MAX, a, b);
}

const struct thread_expr *thread_less(struct thread_program *program,
                                      const struct thread_expr *a,
                                      const struct thread_expr *b)
{
        return thread_binary(program, THREAD_LT, a, b);
}

const struct thread_expr *thread_quotient(struct thread_program *program,
                                          const struct thread_expr *a,
                                          const struct thread_expr *b)
{
        return thread_binary(program, THREAD_DIV, a, b);
}

const struct thread_expr *thread_remainder(struct thread_program *program,
                                           const struct thread_expr *a,
                                           const struct thread_expr *b)
{
        return thread_binary(program, THREAD_REM, a, b);
}

const struct thread_expr *thread_blocks(struct thread_program *program,
                                        const struct thread_expr *a,
                                        const struct thread_expr *block)
{
        return thread_binary(program, THREAD_CEIL_DIV, a, block);
}
