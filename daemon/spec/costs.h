/*
 * What a workload costs at least: bytes its data must touch once and
 * operations of the written form. For display and for ordering the search,
 * never for refusing a result.
 */
#ifndef KEVO_SPEC_COSTS_H
#define KEVO_SPEC_COSTS_H

#include "spec/spec.h"

struct costs {
        double read_bytes;    /* inputs; gathered tensors by expected
                                 distinct rows */
        double write_bytes;   /* outputs, without those of unknown length */
        double operations;    /* arithmetic, one each; functions too */
        double multiply_adds; /* of contractions */
        bool contraction;     /* has a sum of a product of two reads */
        bool data_dependent;  /* some range or subscript reads data */
};

void costs_of(const struct spec *spec, const struct binding *binding,
              struct costs *costs);

/* Lower bound in nanoseconds given measured peaks (0: unknown, ignored). */
double costs_floor_ns(const struct costs *costs, double bytes_per_second,
                      double operations_per_second);

#endif
