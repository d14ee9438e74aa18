/*
 * What is said before a search or a measurement beside a source that is known
 * to be wrong: it is not dispatched to, and candidates are compared with what
 * is instead.
 */
#ifndef KEVO_CLI_PASSED_OVER_H
#define KEVO_CLI_PASSED_OVER_H

#include "cli/commands.h"

/* A sentence that names these sources of the subject and what takes their
 * place; "" when there are none, or no store is open. */
void passed_over_explain(const struct cli_context *context,
                         const struct subject *subject, char *text,
                         size_t size);
/* On standard error. */
void passed_over_tell(const struct cli_context *context,
                      const struct subject *subject);

#endif
