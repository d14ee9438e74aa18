/*
 * The sanitised twin: the source as an executable of its own, built with
 * AddressSanitizer and UndefinedBehaviorSanitizer and run in the sandbox,
 * every tensor inside poisoned red zones. Never timed, never in a cell.
 */
#ifndef KEVO_EVALUATE_TWIN_H
#define KEVO_EVALUATE_TWIN_H

#include "evaluate/findings.h"
#include "evaluate/program.h"
#include "evaluate/stock.h"

/* Build and run the twin of a program on set 0 of a stock; its outputs must
 * be right too. Row "sanitised". ERR_UNSUPPORTED when this compiler has no
 * sanitizers. */
int twin_check(const struct program *program, const struct stock *stock,
               const char *label, const char *hidden, int64_t timeout_ns,
               struct findings *findings, struct error *err) KEVO_MUST_CHECK;

#endif
