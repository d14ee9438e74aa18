/*
 * Row kernels without rows: what is reduced is the same for all of an output
 * (a loss, a norm of everything, softmax of one vector). Every pass is a
 * stage whose tasks take parts of its range; partial results meet in scratch.
 */
#ifndef KEVO_LOWER_ROW_SPLIT_H
#define KEVO_LOWER_ROW_SPLIT_H

#include "lower/row_pass.h"

/* The stages, with `parts` tasks each. emit has passes and choice. */
void row_split_stages(struct vector_scope *scope, struct row_emit *emit,
                      int64_t parts);

#endif
