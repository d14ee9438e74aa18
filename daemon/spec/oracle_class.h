/*
 * What is known about a checked spec before any number: which expressions
 * carry no error, which decisions can be undecided, which reads feed a
 * contraction, which reductions are running ones. The printer of the oracle
 * and the planner of boxes both work from this, so that they agree.
 * Internal to the oracle.
 */
#ifndef KEVO_SPEC_ORACLE_CLASS_H
#define KEVO_SPEC_ORACLE_CLASS_H

#include "core/error.h"
#include "spec/oracle_form.h"

/* A factor of a contraction that may be rounded to a type first. */
struct oracle_narrow {
        const struct expr *expr;
        const char *type; /* "f16", "tf32", ...: borrowed constants */
};

struct oracle_class {
        const struct spec *spec;
        bool wide;                 /* some tensor is f64 */
        bool half;                 /* some tensor is f16 or bf16 */
        bool exact[LIMIT_TENSORS]; /* real values whose error is 0 */
        bool soft[LIMIT_TENSORS];  /* elements can be undecided */
        int unit[LIMIT_TENSORS];   /* the dimension that is contiguous */
        int reduce_count, reduce_room;
        const struct expr **reduce; /* every reduction, numbered from 0 */
        int narrow_count, narrow_room;
        struct oracle_narrow *narrow;
};

int oracle_class_init(struct oracle_class *class, const struct spec *spec,
                      struct error *err) KEVO_MUST_CHECK;
void oracle_class_dispose(struct oracle_class *class);

/* A real (or an integer used as one) whose e is 0 by its form. */
bool oracle_is_exact(const struct oracle_class *class,
                     const struct expr *expr);
/* An integer or boolean that an undecided comparison may change. */
bool oracle_is_soft(const struct oracle_class *class, const struct expr *expr);
/* Evaluating it may meet an undecided comparison. */
bool oracle_may_undecide(const struct oracle_class *class,
                         const struct expr *expr);
/* The type that this read may be rounded to, or NULL. */
const char *oracle_narrow_type(const struct oracle_class *class,
                               const struct expr *expr);
/* The tensor that an update starts from element by element, or NULL. */
const struct tensor *oracle_init_tensor(const struct tensor *target);
/* Position in class->reduce. */
int oracle_reduce_number(const struct oracle_class *class,
                         const struct expr *expr);

#endif
