/* A request as it travels from client to worker. */
#ifndef KEVO_EVALUATE_REQUEST_H
#define KEVO_EVALUATE_REQUEST_H

#include <cjson/cJSON.h>

#include "evaluate/evaluate.h"

/* NULL when out of memory; caller deletes. */
cJSON *request_to_json(const struct evaluate_request *request);

/* The text and file name of the spec in a message, and the text of its
 * reference (NULL without one), borrowed from it. */
int request_spec(const cJSON *json, const char **text, const char **file,
                 const char **reference, struct error *err) KEVO_MUST_CHECK;

/* Read everything else; texts are borrowed from json, *workload is the
 * caller's to free. */
int request_from_json(const cJSON *json, const struct spec *spec,
                      struct evaluate_request *request,
                      struct evaluate_workload **workload,
                      struct error *err) KEVO_MUST_CHECK;

#endif
