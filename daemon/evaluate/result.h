/* Building a struct evaluate_result; the worker's side of evaluate.h. */
#ifndef KEVO_EVALUATE_RESULT_H
#define KEVO_EVALUATE_RESULT_H

#include "evaluate/evaluate.h"

struct evaluate_result *result_new(void);

int result_add_check(struct evaluate_result *result, enum stage_level stage,
                     const char *name, bool passed, const char *detail,
                     const char *hidden, struct error *err) KEVO_MUST_CHECK;

/* A zeroed measure at the end of the list; its samples are the result's. */
int result_add_measure(struct evaluate_result *result, const char *stage,
                       int workload, struct evaluate_measure **measure,
                       struct error *err) KEVO_MUST_CHECK;

/* A zeroed outside baseline at the end of the list. */
int result_add_outside(struct evaluate_result *result, int workload,
                       const char *name, struct evaluate_outside **outside,
                       struct error *err) KEVO_MUST_CHECK;

/* Replace the reason. */
int result_set_reason(struct evaluate_result *result, const char *format, ...)
        KEVO_PRINTF(2, 3);

const char *stage_name(enum stage_level stage);

#endif
