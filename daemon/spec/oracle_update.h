/* Storing an element, shared by definitions (oracle_emit.c) and updates.
 * Internal to the oracle. */
#ifndef KEVO_SPEC_ORACLE_UPDATE_H
#define KEVO_SPEC_ORACLE_UPDATE_H

#include "spec/oracle_emit.h"

/* value -> the target's planes at offset o; NULL: the tensor that an update
 * starts from. rounded: as a tmp of a float type. */
void oracle_print_store(struct oracle_emit *emit, const struct expr *value,
                        bool rounded);
bool oracle_rounds(const struct tensor *tensor);
/* The body of an update's function. */
void oracle_print_update(struct oracle_emit *emit);

#endif
