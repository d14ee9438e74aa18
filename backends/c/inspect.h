/*
 * Static inspection of a built object: what a pure function must not contain
 * is refused before any of it is loaded.
 *
 * An object may hold code, constants and relocated constants. It may not hold
 * state (a writable page after relocation, thread-local storage), code that
 * runs by itself (constructors, IFUNC resolvers), text relocations, an
 * executable stack, dependencies beyond libc and libm, or imports beyond
 * libm's functions and the memory copies that compilers emit.
 */
#ifndef KEVO_BACKENDS_C_INSPECT_H
#define KEVO_BACKENDS_C_INSPECT_H

#include <stdbool.h>

#include "backends/c/elf.h"
#include "core/hash.h"

/* ERR_INPUT with a sentence that names the section or symbol. stages: the
 * entry points __kevo_stage_0.. that must be there. */
int inspect_object(const void *data, size_t length, int stages,
                   struct error *err) KEVO_MUST_CHECK;

/* May an object import this symbol? */
bool inspect_allows_import(const char *name);

/* Hash of what is loaded: code, constants, relocations, imports; not names
 * of sections, build ids, paths or notes. */
int inspect_identity(const void *data, size_t length, struct hash *hash,
                     struct error *err) KEVO_MUST_CHECK;

#endif
