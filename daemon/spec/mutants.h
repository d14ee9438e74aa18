/*
 * The task itself is tested first: wrong outputs derived from the right ones
 * (or from the inputs), which the checks must refuse. A mutant equal to the
 * oracle under its rule is skipped; a spec whose mutants pass is reported
 * and not searched.
 */
#ifndef KEVO_SPEC_MUTANTS_H
#define KEVO_SPEC_MUTANTS_H

#include "spec/oracle.h"

enum { MUTANT_NAME_BYTES = 32 };

struct mutant_report {
        int made, refused, skipped;
        /* Name of the first mutant that passed every check, "" if none. */
        char survivor[MUTANT_NAME_BYTES];
        double undecided_share; /* of elements; over 0.01 is reported */
};

/* zero, constant mean, copy of an input, next lower precision, one term
 * dropped, one input ignored, transposed output, last tile skipped; judged
 * by oracle_accepts over several small shapes and distributions. A spec with
 * a reference has no terms to drop, and its tolerance says what precision is
 * enough: those two kinds are left out. */
int mutants_check(const struct spec *spec, const struct oracle *oracle,
                  uint64_t seed, struct mutant_report *report,
                  struct error *err) KEVO_MUST_CHECK;

#endif
