/*
 * The samples of a measure: one packed blob of doubles a side, with the
 * numbers that lists and charts need beside it. As rows they would reach a
 * million in a day.
 */
#ifndef KEVO_STORE_SAMPLES_H
#define KEVO_STORE_SAMPLES_H

#include <cjson/cJSON.h>

#include "store/store.h"

enum { SAMPLE_COUNT = 1 << 20 }; /* the most of one side */

/* Inside the transaction of the run: side is "candidate" or "baseline";
 * sample holds count times in ns. Nothing is stored for count 0. */
int sample_add(struct store *store, int64_t measure, const char *side,
               const double *sample, int count,
               struct error *err) KEVO_MUST_CHECK;

/* Drop the packed samples of all runs of a source whose text has expired, or
 * the database refuses; the numbers beside them stay. */
int sample_expire(struct store *store, const char *source_hash,
                  struct error *err) KEVO_MUST_CHECK;

/* Put a side's summary into json as "<side>", with its samples as "ns" in
 * the order they were taken when asked and not expired. Nothing when there is
 * none. */
int sample_add_json(struct store *store, int64_t measure, const char *side,
                    bool samples, cJSON *json,
                    struct error *err) KEVO_MUST_CHECK;

#endif
