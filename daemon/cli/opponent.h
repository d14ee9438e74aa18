/*
 * What a person's changed source is measured against in a verification: its
 * last version that was right. One that is wrong, does not build or cannot
 * run at these sizes is no measure for its repair, and would take the
 * verification down with it.
 */
#ifndef KEVO_CLI_OPPONENT_H
#define KEVO_CLI_OPPONENT_H

#include "cli/trial.h"

/* The newest version of the file at path in commit `before` or a first parent
 * of it that passed its verification under this spec and serves every
 * workload. ERR_NOT_FOUND when there is none, or no `before` (""). Fills
 * against, its label and language of trial. */
int opponent_last_good(struct cli_context *context,
                       const struct subject *subject, const char *before,
                       const char *path, struct cli_trial *trial,
                       struct error *err) KEVO_MUST_CHECK;

/* What would be dispatched to without the file at path: the portable source
 * that people own, unless it is that file or known to be wrong, else the
 * generated one. ERR_UNSUPPORTED where nothing can be generated. */
int opponent_replaced(struct cli_context *context,
                      const struct subject *subject, const char *path,
                      struct cli_trial *trial,
                      struct error *err) KEVO_MUST_CHECK;

#endif
