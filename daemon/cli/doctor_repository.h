/* The part of `kevo doctor` that looks at repositories. */
#ifndef KEVO_CLI_DOCTOR_REPOSITORY_H
#define KEVO_CLI_DOCTOR_REPOSITORY_H

#include <stdbool.h>

#include "repo/host.h"

/* A line of the report; fine false: a person should mend it. */
typedef void doctor_say(const char *what, bool fine, const char *text);

/* The repository around path (NULL: around this folder, where there is one),
 * then those that the host file watches: what kevo reads in them, whose they
 * are, and whether proposals can be written. */
void doctor_repositories(const struct host *host, const char *path,
                         doctor_say *say);

#endif
