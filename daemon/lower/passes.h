/*
 * What a row kernel does to one row, as passes over ranges.
 *
 * All reductions of all outputs are inlined, equal ones are found once, and
 * each is given a level: one more than the reductions that its term needs.
 * Reductions of one level over one range share a pass; an output is stored
 * by the first later pass over its range, or by a pass of its own at the
 * end. Ranges of different names with the same bounds are one range with
 * indices of its own, so that terms of different statements can be compared.
 */
#ifndef KEVO_LOWER_PASSES_H
#define KEVO_LOWER_PASSES_H

#include "lower/moments.h"
#include "lower/plan.h"

enum {
        PASSES_RANGES = 8,
        PASSES_OUTER = 7,
        PASSES_REDUCTIONS = 32,
        PASSES_PASSES = 64,
        PASSES_STAGED = 2,
        PASSES_LABELS = 32
};

/* What a pass runs over, with indices of its own, numbered behind the
 * spec's: one in the lanes, where indices that walk through memory together
 * are one, and the others in loops around it. */
struct pass_range {
        struct index index; /* in the lanes */
        int outer_count;
        struct index outer[PASSES_OUTER];
        bool ragged; /* bounds depend on the row or on data */
};

/* An intermediate by the name that people gave it. */
struct pass_label {
        const struct expr *value; /* in row indices, or a range's */
        const char *name;
};

struct pass_reduction {
        const struct expr *key;  /* the EXPR_REDUCE as it occurs */
        const struct expr *term; /* in the range's index */
        int range, level;
};

struct pass_output {
        const struct plan_item *item;
        const struct expr *value; /* in the range's index and row indices */
        int range;                /* -1: one value a row */
        int pass;                 /* that stores it; -1: at the row's end */
};

struct pass {
        int level; /* 0: needs no reduction */
        int range;
};

/* A value computed by one pass and read by later ones. */
struct pass_staged {
        const struct expr *value;
        int range, from;
};

struct passes {
        struct arena *arena;
        const struct spec *spec;
        struct plan plan;
        int row_count; /* leading indices that all outputs share; 0: what is
                          reduced is the same for all of an output */
        const struct index *row[LIMIT_RANK];
        int range_count, reduction_count, output_count, pass_count;
        int staged_count, label_count;
        struct pass_range range[PASSES_RANGES];
        struct pass_reduction reduction[PASSES_REDUCTIONS];
        struct pass_output output[PLAN_ITEMS];
        struct pass pass[PASSES_PASSES];
        struct pass_staged staged[PASSES_STAGED];
        struct pass_label label[PASSES_LABELS];
        struct moments moments; /* that there are */
        bool one_pass;          /* they were applied: the first pass only goes
                                   over a part of the row */
};

/* Does spec have the form of a row kernel? Fills passes when it has; trees
 * live in arena. one_pass: moments are applied. */
bool passes_find(struct passes *passes, struct arena *arena,
                 const struct spec *spec, bool one_pass);
/* The same for some items by themselves; plan says what they inline. */
bool passes_find_items(struct passes *passes, const struct plan *plan,
                       const struct plan_item *item, int count);

/* Find what is worth staging (a call repeated by a later pass over the same
 * range) into passes->staged. */
void passes_find_staged(struct passes *passes);

/* The pass of a reduction. */
int passes_of_reduction(const struct passes *passes, int reduction);

/* Row-wise maximum of `range` elements of a row under a binding. */
int64_t passes_length(const struct passes *passes, int range,
                      const struct binding *workload);

#endif
