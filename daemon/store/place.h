/*
 * Where a store may lie. SQLite's write-ahead log keeps its index in memory
 * that all processes of one host share; over a network file system two hosts
 * would each have their own and destroy the file. So such places are refused
 * before anything is written.
 */
#ifndef KEVO_STORE_PLACE_H
#define KEVO_STORE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

/* The network file system that a magic number of statfs(2) and a type of
 * /proc/self/mountinfo ("" when unknown) mean, or NULL when it is local. */
const char *place_network_name(uint64_t magic, const char *type);

/* The type of the mount with this device number in the text of a mountinfo
 * file (proc(5)); "" when there is none. type holds size bytes. */
void place_find_type(const char *mountinfo, unsigned major, unsigned minor,
                     char *type, int size);

/* Error (ERR_UNSUPPORTED) when path, or the nearest folder above it that
 * exists, is on a network file system. Links are followed. */
int place_check(const char *path, struct error *err) KEVO_MUST_CHECK;

#endif
