/*
 * Events that ask about what is there already: the environment changed, or
 * a check said no.
 */
#ifndef KEVO_PLAN_RECHECK_H
#define KEVO_PLAN_RECHECK_H

#include "plan/kinds.h"

/* Merged proposals of every watched repository are proved and measured
 * again, against what they replaced. No search starts. */
int recheck_environment(struct kind_context *context,
                        struct error *err) KEVO_MUST_CHECK;

/* A verification that said no: searches of the kernel wait; or a merged win
 * that is lost in a new environment: it is searched again. */
int recheck_result(struct kind_context *context,
                   struct error *err) KEVO_MUST_CHECK;

#endif
