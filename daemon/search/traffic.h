/*
 * Moving bytes and nothing else: what is left of a kernel whose operations
 * cost nothing. It is what kernels bound by memory are compared with, so it
 * should be as fast as any code is: whole vectors, loads and stores
 * interleaved so that they overlap, and stores that go around the caches.
 */
#ifndef KEVO_SEARCH_TRAFFIC_H
#define KEVO_SEARCH_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>

enum { TRAFFIC_BYTES = 256 }; /* moved at once */

/* A piece of memory, aligned to 64 bytes. */
struct traffic {
        char *at;
        size_t count; /* times TRAFFIC_BYTES */
        bool out;     /* written; else read */
        size_t due;   /* of traffic_move */
};

/* Read and write `count` pieces from their first to their last byte, all of
 * them in turn, so that all end together. around: stores that do not read
 * what they overwrite, where the machine has them. */
void traffic_move(struct traffic *piece, int count, bool around);

#endif
