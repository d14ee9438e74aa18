/*
 * The first kernel of a selection: the best K of one list, kept in a heap
 * whose root is the last of them in order, so that most terms cost one
 * comparison; then taken out from the last to the first. N terms take
 * N + (replacements) log K steps: the same code is a top-8 and a sort.
 */
#ifndef KEVO_LOWER_SELECT_H
#define KEVO_LOWER_SELECT_H

#include "lower/vector.h"

/* The index whose values are tasks of a selection: the first that is not
 * its rank; -1 when the rank is all there is. */
int select_task_index(const struct statement *statement);

/* The loops of a statement whose value is a selection, in the open stage.
 * task: the value of the task index, or NULL: a loop over it too. */
void select_lower(struct vector_scope *scope,
                  const struct statement *statement,
                  const struct thread_expr *task);

#endif
