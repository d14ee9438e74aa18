/*
 * The system call filter of cells: what the cell's own loop needs (futex,
 * exit) and nothing else. Any other call ends the cell with SIGSYS.
 */
#ifndef KEVO_EVALUATE_FILTER_H
#define KEVO_EVALUATE_FILTER_H

#include <linux/filter.h>

#include "core/error.h"

/* Compile the filter; program->filter is the caller's to free. */
int filter_make(struct sock_fprog *program, struct error *err) KEVO_MUST_CHECK;

#endif
