/*
 * Which parts of which tensors a box of an output needs, and how much work
 * that is. Boxes propagate backward through the statements by intervals of
 * the indices; a data-dependent subscript makes its dimension whole; ragged
 * bounds are read from the inputs for the box's rows when inputs are given,
 * else bounded by their constraints. Internal to the oracle and the costs.
 */
#ifndef KEVO_SPEC_ORACLE_PLAN_H
#define KEVO_SPEC_ORACLE_PLAN_H

#include "core/error.h"
#include "spec/spec.h"

/* Smallest and largest value. */
struct oracle_span {
        int64_t low, high;
};

struct oracle_need {
        bool needed;
        int64_t low[LIMIT_RANK], high[LIMIT_RANK]; /* half-open */
};

struct oracle_plan {
        const struct spec *spec;
        const struct binding *binding;
        const void *const *inputs; /* by tensor number, or NULL */
        bool no_scans; /* running reductions start anew each time */
        struct oracle_span *index; /* by index->number */
        struct oracle_need need[LIMIT_TENSORS];
        int64_t extent[LIMIT_TENSORS][LIMIT_RANK];
};

/* Operations of evaluating something once. */
struct oracle_work {
        double operations;    /* arithmetic and functions, one each */
        double multiply_adds; /* of contractions, counted in operations too */
};

int oracle_plan_init(struct oracle_plan *plan, const struct spec *spec,
                     const struct binding *binding, const void *const *inputs,
                     struct error *err) KEVO_MUST_CHECK;
void oracle_plan_dispose(struct oracle_plan *plan);

/* Forget the needs, then need the box of one tensor and all it rests on. */
void oracle_plan_box(struct oracle_plan *plan, const struct tensor *tensor,
                     const int64_t *low, const int64_t *high);
/* Elements of the needed box of a tensor. */
int64_t oracle_plan_elements(const struct oracle_plan *plan,
                             const struct tensor *tensor);
/* Set the span of an index, or those of a statement's own indices. */
void oracle_plan_open_index(struct oracle_plan *plan,
                            const struct index *index);
void oracle_plan_open_statement(struct oracle_plan *plan,
                                const struct statement *statement);
/* The span of an integer expression by the constraints of the inputs. */
struct oracle_span oracle_plan_promise(const struct oracle_plan *plan,
                                       const struct expr *expr);
/* Work of one statement over the needed box of its target. */
struct oracle_work oracle_plan_work(struct oracle_plan *plan,
                                    const struct statement *statement);
/* Of all needed statements. */
double oracle_plan_operations(struct oracle_plan *plan);

#endif
