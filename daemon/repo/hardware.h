/* hardware/<name>.json: which device a generation's name means. */
#ifndef KEVO_REPO_HARDWARE_H
#define KEVO_REPO_HARDWARE_H

#include "repo/repository.h"

/* name: what the file is called, and must say inside. Texts live in arena. */
int hardware_parse(struct hardware *hardware, struct arena *arena,
                   const char *text, size_t length, const char *file,
                   const char *name, struct error *err) KEVO_MUST_CHECK;

#endif
