/*
 * A search by hand works on the files as they are on disk; a delivery on what
 * is committed on the branch that receives proposals. Where the two differ in
 * what a win rests on, it is withdrawn as soon as it is to be delivered.
 */
#ifndef KEVO_CLI_UNCOMMITTED_H
#define KEVO_CLI_UNCOMMITTED_H

#include "cli/commands.h"

/* text is "" when a win for this subject of the context's repository could be
 * delivered now, else a sentence that names a file and says what to do. */
void uncommitted_explain(const struct cli_context *context,
                         const struct subject *subject, char *text,
                         size_t size);

#endif
