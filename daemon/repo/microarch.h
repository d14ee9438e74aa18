/*
 * Names of processors for people: "amd-epyc-zen4". Several models share a
 * name when the same code is fast on them.
 */
#ifndef KEVO_REPO_MICROARCH_H
#define KEVO_REPO_MICROARCH_H

#include "repo/machine.h"

/* "zen3", "sapphirerapids", ...; NULL when the table does not know it. */
const char *microarch_name(const struct machine *machine);
/* "amd", "intel", ... ; else vendor in lower case. text holds 16 bytes. */
void microarch_vendor(const struct machine *machine, char text[16]);
/* "epyc", "xeon", "core", ... by the brand string; NULL when none fits. */
const char *microarch_line(const struct machine *machine);

#endif
