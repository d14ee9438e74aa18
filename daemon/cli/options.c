/* See options.h. */
#include "cli/options.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

static void print_help(const struct option_entry *entries, const char *usage,
                       const char *about)
{
        static const char *const hint[] = {
                [OPTION_FLAG] = "",         [OPTION_INT] = " N",
                [OPTION_SECONDS] = " TIME", [OPTION_TEXT] = " VALUE",
                [OPTION_FOLDER] = " DIR",   [OPTION_COMMAND] = " COMMAND"};
        char left[64];

        printf("usage: %s\n\n%s\n", usage, about);
        if (entries->name)
                printf("\n");
        for (; entries->name; entries++) {
                snprintf(left, sizeof left, "--%s%s", entries->name,
                         hint[entries->kind]);
                printf("  %-22s %s\n", left, entries->help);
        }
}

static const struct option_entry *find(const struct option_entry *entries,
                                       const char *name, size_t length)
{
        for (; entries->name; entries++) {
                if (strlen(entries->name) == length &&
                    memcmp(entries->name, name, length) == 0)
                        return entries;
        }
        return NULL;
}

static void complain_unknown(const struct option_entry *entries,
                             const char *option, const char *usage)
{
        const char *names[64];
        const char *near;
        char word[64];
        int n = 0;

        for (; entries->name && n < 63; entries++)
                names[n++] = entries->name;
        names[n] = NULL;
        snprintf(word, sizeof word, "%.*s", (int)strcspn(option + 2, "="),
                 option + 2);
        near = text_suggest(word, names);
        fprintf(stderr, "kevo: unknown option --%s%s%s%s\nusage: %s\n", word,
                near ? "; did you mean --" : "", near ? near : "",
                near ? "?" : "", usage);
}

/* What the first positional is, as the usage calls it: KERNEL of "kevo search
 * [KERNEL] ..."; "" where that begins otherwise. */
static void name_first(const char *usage, char name[64])
{
        const char *at = strchr(usage, ' ');

        at = at ? strchr(at + 1, ' ') : NULL;
        at += at ? 1 + strspn(at + 1, "[") : 0;
        *name = 0;
        if (at && isupper((unsigned char)*at))
                snprintf(name, 64, "%.*s", (int)strcspn(at, " ]"), at);
}

/* Too many words, or too few. */
static void complain_count(char **argv, int count, int maximum,
                           const char *usage)
{
        char name[64];

        name_first(usage, name);
        if (count > maximum && maximum == 0)
                fprintf(stderr, "kevo: %s takes options only, and no \"%s\"",
                        argv[0], argv[1]);
        else if (count > maximum && maximum == 1 && *name)
                fprintf(stderr, "kevo: %s takes one %s: \"%s\" is too much",
                        argv[0], name, argv[2]);
        else if (count > maximum)
                fprintf(stderr, "kevo: %s: \"%s\" is too much", argv[0],
                        argv[maximum + 1]);
        else
                fprintf(stderr, "kevo: %s needs %s", argv[0],
                        count == 0 && *name ? name : "more than that");
        fprintf(stderr, "\nusage: %s\n", usage);
}

/* "90", "1.5", "2m", "1h" */
static bool parse_seconds(const char *text, double *seconds)
{
        char number[64];
        size_t n = strlen(text);
        double factor = 1;

        if (n == 0 || n >= sizeof number)
                return false;
        memcpy(number, text, n + 1);
        if (number[n - 1] == 's' || number[n - 1] == 'm' ||
            number[n - 1] == 'h') {
                factor = number[n - 1] == 's'   ? 1
                         : number[n - 1] == 'm' ? 60
                                                : 3600;
                number[n - 1] = 0;
        }
        if (!text_to_double(number, seconds) || *seconds < 0)
                return false;
        *seconds *= factor;
        return true;
}

static bool assign(const struct option_entry *entry, const char *text)
{
        switch (entry->kind) {
        case OPTION_FLAG:
                *(bool *)entry->value = true;
                return true;
        case OPTION_INT:
                return text_to_int64(text, entry->value);
        case OPTION_SECONDS:
                return parse_seconds(text, entry->value);
        case OPTION_TEXT:
        case OPTION_FOLDER:
        case OPTION_COMMAND:
                *(const char **)entry->value = text;
                return true;
        }
        return false;
}

/* One "--option": how many arguments it used, or -1. */
static int take_option(const struct option_entry *entries, int left,
                       char **argv, const char *usage)
{
        const char *name = argv[0] + 2, *value = strchr(name, '=');
        size_t length = value ? (size_t)(value - name) : strlen(name);
        const struct option_entry *entry = find(entries, name, length);
        int used = 1;

        if (!entry) {
                complain_unknown(entries, argv[0], usage);
                return -1;
        }
        if (value && entry->kind == OPTION_FLAG) {
                fprintf(stderr, "kevo: --%s takes no value\n", entry->name);
                return -1;
        }
        if (value) {
                value++;
        } else if (entry->kind != OPTION_FLAG) {
                if (left < 2) {
                        fprintf(stderr, "kevo: --%s needs a value\n",
                                entry->name);
                        return -1;
                }
                value = argv[1];
                used = 2;
        }
        if (!assign(entry, value)) {
                fprintf(stderr, "kevo: --%s: \"%s\" is not %s\n", entry->name,
                        value,
                        entry->kind == OPTION_INT ? "a whole number"
                                                  : "a time such as 90 or 2m");
                return -1;
        }
        return used;
}

int options_parse(const struct option_entry *entries, int argc, char **argv,
                  int minimum, int maximum, const char *usage,
                  const char *about)
{
        int kept = 1, used;
        bool only_positionals = false;

        for (int i = 1; i < argc; i += used) {
                used = 1;
                if (!only_positionals && text_equal(argv[i], "--")) {
                        only_positionals = true;
                } else if (!only_positionals &&
                           (text_equal(argv[i], "--help") ||
                            text_equal(argv[i], "-h"))) {
                        print_help(entries, usage, about);
                        return -2;
                } else if (!only_positionals && text_starts(argv[i], "--")) {
                        used = take_option(entries, argc - i, argv + i, usage);
                        if (used < 0)
                                return -1;
                } else {
                        argv[kept++] = argv[i];
                }
        }
        if (kept - 1 < minimum || kept - 1 > maximum) {
                complain_count(argv, kept - 1, maximum, usage);
                return -1;
        }
        return kept - 1;
}
