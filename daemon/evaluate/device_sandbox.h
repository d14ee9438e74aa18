/*
 * The walls around a device process. A driver needs a file system, threads
 * and system calls, so it cannot live in a cell; what it does not need is
 * taken away: networks, every file but libraries and device nodes (all
 * read-only), other processes, capabilities, and, before foreign device code
 * runs, new programs and processes.
 */
#ifndef KEVO_EVALUATE_DEVICE_SANDBOX_H
#define KEVO_EVALUATE_DEVICE_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "evaluate/inside.h"

/* Whether a variable ("NAME=VALUE") says which drivers there are: those stay
 * in the environment, where device processes must see what the list of
 * devices was made from. */
bool device_sandbox_needs(const char *variable);

/* Enter a root of its own with a private /tmp, limit resources
 * (address_bytes 0: not that one). NULL, or what failed (see errno). */
const char *device_sandbox_enter(const struct inside_host *host,
                                 int64_t address_bytes);

/* The filter of a process that compiles, or (running) of one that is about
 * to run foreign device code. False when it cannot be loaded. */
bool device_sandbox_filter(bool running);

#endif
