/*
 * A spec as text. The canonical text has every range written out, macros and
 * constants replaced by what they stand for, and indices named by position;
 * specs that mean the same by the rules of docs/language.md have the same
 * one, and its hash is the identity of the spec. The readable text is the
 * same with the author's names of indices; both are valid specs again.
 */
#ifndef KEVO_SPEC_CANON_H
#define KEVO_SPEC_CANON_H

#include "core/buf.h"
#include "core/error.h"
#include "spec/spec.h"

/* Without workloads. */
void canon_print(const struct spec *spec, struct buf *out);
/* With the author's index names and, if wanted, workloads: for people and
 * for prompts. */
void canon_print_readable(const struct spec *spec, bool workloads,
                          struct buf *out);
/* One expression or statement with the author's names. */
void canon_print_expr(const struct expr *expr, struct buf *out);
void canon_print_statement(const struct statement *statement, struct buf *out);

/* SHA-256 of the canonical text. */
int canon_hash(const struct spec *spec, char hash[HASH_TEXT_BYTES],
               struct error *err) KEVO_MUST_CHECK;

#endif
