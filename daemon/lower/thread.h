/* The thread program: see lower.h. Designed by the lowering's author. */
#ifndef KEVO_LOWER_THREAD_H
#define KEVO_LOWER_THREAD_H

struct thread_program;
void thread_free(struct thread_program *program);

#endif
