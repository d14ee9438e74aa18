/*
 * A plan for a spec with contractions: what becomes of each statement. An
 * intermediate computed element by element is inlined where it is read; a
 * statement that reads a contraction's target element by element is fused
 * behind the sum; what is left is a stage of its own.
 */
#ifndef KEVO_LOWER_CONTRACTION_PLAN_H
#define KEVO_LOWER_CONTRACTION_PLAN_H

#include "lower/contraction_form.h"

enum contraction_role {
        CONTRACTION_SEPARATE, /* a stage of its own, before and after others */
        CONTRACTION_SUM,      /* form */
        CONTRACTION_FUSED_IN, /* part of an earlier form */
        CONTRACTION_INLINED   /* nowhere by itself */
};

enum { CONTRACTION_STATEMENTS = 32 }; /* of a spec that this takes */

struct contraction_plan {
        const struct spec *spec;
        int form_count;
        enum contraction_role role[CONTRACTION_STATEMENTS];
        const struct expr *value[CONTRACTION_STATEMENTS];      /* inlined */
        struct contraction_form *form[CONTRACTION_STATEMENTS]; /* or NULL */
};

/* Plan spec in arena. False when the class does not apply: no contraction,
 * too many statements, or definitions that grow too large by inlining. */
bool contraction_plan_make(struct arena *arena, const struct spec *spec,
                           struct contraction_plan *plan);

/* The second half, for a plan whose values are inlined and whose roles are
 * INLINED or SEPARATE: find the forms and what fuses behind them. False when
 * there is none. */
bool contraction_plan_forms(struct arena *arena,
                            struct contraction_plan *plan);

/* For contraction_form_find: the statements that fuse behind form's sum. */
void contraction_find_fused(struct arena *arena,
                            const struct contraction_plan *plan,
                            struct contraction_form *form);
/* The form's index along dimension d of its target or of a fused target. */
const struct index *contraction_tile_index(const struct contraction_form *form,
                                           const struct tensor *tensor, int d);

#endif
