/*
 * Files and folders: bounded reads, atomic writes. Paths in errors are given
 * as the caller gave them.
 */
#ifndef KEVO_CORE_FILE_H
#define KEVO_CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* What the system said (errno) of a path, and what to do when the disk is
 * full; returns ERR_IO. */
int file_fail(const char *path, struct error *err);

/* Read a whole file; *text is NUL-terminated and the caller's to free.
 * ERR_NOT_FOUND, ERR_LIMIT when larger than maximum, ERR_IO. */
int file_read(const char *path, size_t maximum, char **text, size_t *length,
              struct error *err) KEVO_MUST_CHECK;

/* Write through a temporary file and rename: the old or the new content,
 * never a part. mode as for open(2). */
int file_write(const char *path, const void *data, size_t length,
               unsigned mode, struct error *err) KEVO_MUST_CHECK;

bool file_exists(const char *path);
bool file_is_directory(const char *path);
/* Is path the folder or below it, as the two are written? "/a/bc" is not
 * inside "/a/b". */
bool file_is_inside(const char *folder, const char *path);
/* mkdir -p */
int file_make_directories(const char *path, unsigned mode,
                          struct error *err) KEVO_MUST_CHECK;
/* A fresh private folder in parent, $TMPDIR when that is NULL; path holds
 * LIMIT_PATH_BYTES. Those there that processes left behind which did not live
 * to remove them are removed. */
int file_make_temporary_in(const char *parent, char *path,
                           struct error *err) KEVO_MUST_CHECK;
int file_make_temporary(char *path, struct error *err) KEVO_MUST_CHECK;
/* rm -rf, for folders that kevo made; never follows links. */
void file_remove_tree(const char *path);
/* Free bytes on the file system that holds path, -1 when unknown. */
int64_t file_free_bytes(const char *path);
/* The absolute path of the running program; holds LIMIT_PATH_BYTES. */
int file_self(char *path, struct error *err) KEVO_MUST_CHECK;
/* $XDG_CACHE_HOME/kevo, $XDG_STATE_HOME/kevo, $XDG_CONFIG_HOME/kevo with
 * their usual defaults under $HOME: written to path, not created. */
void file_cache_home(char *path);
void file_state_home(char *path);
void file_config_home(char *path);

#endif
