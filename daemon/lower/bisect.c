/* See bisect.h. A thread program's loops have their rounds counted before
 * they start, so that there are as many as the largest range needs. */
#include "lower/bisect.h"

enum { BISECT_STEPS = 40 };

const struct thread_expr *bisect(struct vector_scope *scope, const char *name,
                                 const struct thread_expr *low,
                                 const struct thread_expr *high,
                                 bisect_holds *holds, void *data)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *middle, *place;

        place = thread_var(program, name, low);
        high = thread_var(program, "high", high);
        thread_for(program, "s", thread_int(program, 0),
                   thread_int(program, BISECT_STEPS), 1);
        thread_if(program, thread_less(program, place, high));
        middle = thread_let(program, "middle",
                            thread_quotient(program,
                                            thread_add(program, place, high),
                                            thread_int(program, 2)));
        thread_if(program, holds(scope, middle, data));
        thread_assign(program, place,
                      thread_add(program, middle, thread_int(program, 1)));
        thread_else(program);
        thread_assign(program, high, middle);
        thread_end(program);
        thread_end(program);
        thread_end(program);
        return place;
}
