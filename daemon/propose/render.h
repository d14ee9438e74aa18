/* From a point of a space to a complete source. */
#ifndef KEVO_PROPOSE_RENDER_H
#define KEVO_PROPOSE_RENDER_H

#include "propose/propose.h"

/* Fills language, text, origin, schedule (and for tunes header_only, use).
 * ERR_UNSUPPORTED when the lowering cannot do this combination or a check
 * line of the source refuses it. On errors the candidate is disposed. */
int render_point(const struct propose_task *task, const struct space *space,
                 const struct point *point, struct candidate *candidate,
                 struct error *err) KEVO_MUST_CHECK;

#endif
