/*
 * What a commit message is written from: the verdict with what it holds for,
 * the run that it rests on, the environment.
 */
#ifndef KEVO_DELIVER_LETTER_H
#define KEVO_DELIVER_LETTER_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "core/buf.h"
#include "store/proposals.h"
#include "store/records.h"

struct letter {
        const struct proposal *p;
        const struct record_verdict *verdict;
        cJSON *inputs; /* of the verdict */
        cJSON *run;    /* evidence */
        char *fields;  /* of the environment, JSON or NULL */
        struct buf *out;
};

/* Fill inputs, run and fields; p and verdict are set by the caller and
 * borrowed. */
int letter_load(struct letter *l, struct store *store,
                struct error *err) KEVO_MUST_CHECK;
void letter_dispose(struct letter *l);

/* The workloads of the verdict, an array. */
const cJSON *letter_workloads(const struct letter *l);
/* The last measurement of a workload in a session that judges, or in one
 * beside it: "T1" one thread, "OC" the other cache state. NULL: none. */
const cJSON *letter_measure(const struct letter *l, const char *workload,
                            const char *beside);
/* Members of these objects: "", 0 and false when missing. */
const char *letter_text(const cJSON *node, const char *key);
double letter_number(const cJSON *node, const char *key);
bool letter_true(const cJSON *node, const char *key);

#endif
