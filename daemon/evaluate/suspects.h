/*
 * Suspects: of an output that is too large for the oracle, the elements on
 * which two programs disagree most. The other program, made from the spec in
 * another way, only chooses where the oracle looks; what it says is not
 * believed. So an honest program is never refused for it, and a fault that
 * is larger than what rounding makes of the elements around it is found,
 * even in one element.
 */
#ifndef KEVO_EVALUATE_SUSPECTS_H
#define KEVO_EVALUATE_SUSPECTS_H

#include "spec/dtype.h"

/* The output is cut into stripes. From each comes the element that differs
 * most and the one that differs most for its size. */
enum { SUSPECTS_STRIPES = 64, SUSPECTS_MAX = 2 * SUSPECTS_STRIPES };

struct suspects {
        int count;
        int64_t at[SUSPECTS_MAX]; /* positions; some may stand twice */
};

/* What is equal bit for bit is no suspect; what is a number on one side only
 * is the first. */
void suspects_find(enum dtype dtype, const void *data, const void *other,
                   int64_t elements, struct suspects *suspects);

#endif
