/*
 * The schedule of a contraction as numbers, its legal values, and the cost
 * model that guesses among them.
 *
 * The computed block of a task is row_blocks x column_blocks register tiles;
 * a register tile is `rows` x `vectors` vectors of accumulators, which run
 * over `depth` reduced elements at a time. This is the blocking of Goto and
 * van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (ACM
 * TOMS 34, 2008), with the blocks of a task as the unit of parallel work.
 */
#ifndef KEVO_LOWER_CONTRACTION_CHOICE_H
#define KEVO_LOWER_CONTRACTION_CHOICE_H

#include "lower/contraction_form.h"
#include "lower/lower.h"

/* Where an operand is read from by the register tile. */
enum contraction_packing {
        CONTRACTION_DIRECT, /* its tensor, where it lies */
        CONTRACTION_LOCAL,  /* panels packed by each task for itself */
        CONTRACTION_SHARED, /* panels packed once, by a stage before */
        CONTRACTION_DOT,    /* right only: both where they lie, reduced
                               elements in the lanes; a tile is rows x vectors
                               single elements, never chunked or split */
        CONTRACTION_MARGIN  /* right only: in a copy with margins (margin.h),
                               made by a stage before */
};

struct contraction_choice {
        int64_t vector;        /* bytes */
        int64_t rows;          /* of a register tile */
        int64_t vectors;       /* columns of a register tile, in vectors */
        int64_t depth;         /* reduced elements at a time; 0: all */
        int64_t row_blocks;    /* register tiles a task; 0: all */
        int64_t column_blocks; /* the same along the columns, but 0 shares
                                  them out where there would be fewer than
                                  CONTRACTION_TASKS tasks a thread */
        int64_t left, right;   /* enum contraction_packing */
        int64_t rows_outer;    /* 1: rows are the outer loop over tiles */
        int64_t unroll;        /* of the loop over reduced elements */
        int64_t prefetch;      /* steps ahead in the right panel; 0: none */
        int64_t split;         /* parts of the sum, added by a stage behind */
        int64_t batch;         /* matrices a task */
        int64_t fix;           /* 1: sizes are compiled in */
        int64_t math;          /* variant of tanh and erf, see thread_call */
        int64_t threads;       /* the target's, no field of schedules */
};

enum { CONTRACTION_TASKS = 4 };

/* A problem in numbers, for one form under one binding. */
struct contraction_shape {
        double matrices; /* batch times all columns but the vector index */
        double batch;    /* of the left operand alone */
        double rows, columns, inner;
        int element_bytes;
        bool left_direct, right_direct; /* may be read where they lie */
        bool dot;                       /* both along the reduced elements */
        bool margin;            /* a copy may stand for the right one */
        double margin_elements; /* of that copy */
        bool right_contiguous;  /* packing loads vectors */
        bool right_apart;       /* a load takes elements that are apart */
        bool variants; /* a function that has them stands behind the sum */
        double left_cost, right_cost; /* of computing an element to pack:
                                         1 for a plain read */
};

void contraction_shape_of(const struct contraction_form *form,
                          const struct binding *binding,
                          struct contraction_shape *shape);

/* The largest form of a plan: the one that the schedule is made for. */
struct contraction_plan;
const struct contraction_form *contraction_choice_form(
        const struct contraction_plan *plan, const struct binding *binding);

/* Values of schedule, defaults where it has none. */
void contraction_choice_read(const struct schedule *schedule,
                             struct contraction_choice *choice);

/* Accumulators, the right vectors and one broadcast fit the registers. */
bool contraction_choice_fits(const struct contraction_choice *choice,
                             int element_bytes);

/* What a form of this shape cannot do is done by packing: one schedule
 * serves all forms of a spec. */
void contraction_choice_adapt(struct contraction_choice *choice,
                              const struct contraction_shape *shape);

/* Estimated cycles of one call. */
double contraction_choice_cost(const struct contraction_choice *choice,
                               const struct contraction_shape *shape,
                               const struct target *target);

/* Legal values for a shape with the model's guess; fills space->field. */
void contraction_choice_space(const struct contraction_shape *shape,
                              const struct target *target,
                              struct schedule_space *space);

#endif
