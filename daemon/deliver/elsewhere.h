/*
 * Is this where a commit's claim was measured? A speedup holds for its
 * environment; elsewhere it is another question.
 */
#ifndef KEVO_DELIVER_ELSEWHERE_H
#define KEVO_DELIVER_ELSEWHERE_H

#include "core/buf.h"
#include "deliver/trailer.h"

/* What differs from where it was measured: fields of the environment, the
 * method, the version of generated code. text stays empty when nothing
 * does. */
int elsewhere_differences(const struct trailers *trailers, const char *message,
                          struct buf *text, struct error *err) KEVO_MUST_CHECK;

/* The "Environment:" lines of a message as a JSON object; caller frees, NULL
 * when there are none. */
char *elsewhere_fields(const char *message);

#endif
