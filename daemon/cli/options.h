/*
 * Command line options from a table: `--name value`, `--name=value`, and
 * flags; everything else is a positional argument. `--help` prints the
 * command's own page and is handled here.
 */
#ifndef KEVO_CLI_OPTIONS_H
#define KEVO_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

enum option_kind {
        OPTION_FLAG,
        OPTION_INT,
        OPTION_SECONDS,
        OPTION_TEXT,
        OPTION_FOLDER,  /* a text that the help calls DIR */
        OPTION_COMMAND, /* ... COMMAND */
};

/* A table ends with a NULL name. value points to a bool, int64_t, double or
 * const char *, by kind, which holds the default. Seconds take "90", "2m",
 * "1h". */
struct option_entry {
        const char *name; /* "json", without dashes */
        enum option_kind kind;
        void *value;
        const char *help; /* one line */
};

/* Parse argv[1..argc-1]: options into their values, positionals to the front
 * of argv (argv[0] stays); returns their number, or -1 after printing what
 * is wrong (the caller exits with 2), or -2 after printing help (the caller
 * exits with 0). usage is like "kevo check [DIR]"; about says what it does
 * in a few lines. minimum and maximum bound the positionals. */
int options_parse(const struct option_entry *entries, int argc, char **argv,
                  int minimum, int maximum, const char *usage,
                  const char *about);

#endif
