/*
 * Faults of foreign code inside a cell or a device process: told to the
 * worker through the control page, then the process ends.
 */
#ifndef KEVO_EVALUATE_FAULT_H
#define KEVO_EVALUATE_FAULT_H

#include "evaluate/cell_plan.h"

/* Handle the signals of faults from now on; the last handler set counts, so
 * call it after libraries have set theirs. arithmetic: SIGFPE too (drivers
 * handle their own). control is kept. Foreign code may forge what is told;
 * that changes a message, never a verdict. */
void fault_watch(struct cell_control *control, bool arithmetic);

#endif
