/* Small text helpers shared by every parser and printer. */
#ifndef KEVO_CORE_TEXT_H
#define KEVO_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool text_equal(const char *a, const char *b);
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);

/* The candidate nearest to word by edit distance, or NULL when none is
 * near enough to be a likely slip. candidates ends with NULL. */
const char *text_suggest(const char *word, const char *const *candidates);

/* A C identifier in lower case of fewer than LIMIT_NAME_BYTES, as a spec
 * takes its names. */
bool text_is_kernel_name(const char *text);
/* [a-z0-9-]{1,48} */
bool text_is_hardware_name(const char *text);

/* Whole text as a decimal int64: true and *value, else false. */
bool text_to_int64(const char *text, int64_t *value);
/* Whole text as a finite double. */
bool text_to_double(const char *text, double *value);
/* Holds a byte that a terminal may take for a command: below a space, or
 * DEL. */
bool text_has_control(const char *text);
/* Replace such bytes by '?', in place: for sentences that quote a name. */
void text_hide_control(char *text);
/* Shell-style wildcard: * and ?. */
bool text_glob(const char *pattern, const char *text);

#endif
