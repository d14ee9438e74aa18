/*
 * The schema as an ordered array: migration n takes a store from version n
 * to n + 1. What was released is never edited, only added to. The text keeps
 * its comments, so that `.schema` of the sqlite3 shell explains the file.
 *
 * docs/store.md has the picture.
 */
#ifndef KEVO_STORE_MIGRATIONS_H
#define KEVO_STORE_MIGRATIONS_H

struct migration {
        const char *title;
        const char *const *statement; /* ends with NULL */
};

extern const struct migration migrations[];
extern const int migration_count;

#endif
