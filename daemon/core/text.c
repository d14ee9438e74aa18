/* See text.h. */
#include "core/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/limits.h"

bool text_equal(const char *a, const char *b)
{
        return strcmp(a, b) == 0;
}

bool text_starts(const char *text, const char *prefix)
{
        return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
        size_t t = strlen(text), s = strlen(suffix);

        return t >= s && strcmp(text + t - s, suffix) == 0;
}

enum { LONGEST = 64 };

/* Levenshtein distance of two words shorter than LONGEST, where two letters
 * that changed places count once: fingers do that more often than they miss
 * two letters. */
static int distance(const char *a, const char *b)
{
        int row[3][LONGEST + 1], m = (int)strlen(a), n = (int)strlen(b);

        if (m >= LONGEST || n >= LONGEST)
                return LONGEST;
        for (int j = 0; j <= n; j++)
                row[0][j] = j;
        for (int i = 1; i <= m; i++) {
                const int *above = row[(i - 1) % 3];
                int *now = row[i % 3];

                now[0] = i;
                for (int j = 1; j <= n; j++) {
                        now[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
                        if (above[j] + 1 < now[j])
                                now[j] = above[j] + 1;
                        if (now[j - 1] + 1 < now[j])
                                now[j] = now[j - 1] + 1;
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                            a[i - 2] == b[j - 1] &&
                            row[(i - 2) % 3][j - 2] + 1 < now[j])
                                now[j] = row[(i - 2) % 3][j - 2] + 1;
                }
        }
        return row[m % 3][n];
}

const char *text_suggest(const char *word, const char *const *candidates)
{
        const char *best = NULL;
        int least = (int)strlen(word) / 3 + 1;

        for (; *candidates; candidates++) {
                int d = distance(word, *candidates);

                /* Any letter is as near to any other, but to its own. */
                if (!word[0] || (!word[1] && strcasecmp(word, *candidates)))
                        continue;

                if (d <= least && (!best || d < least)) {
                        least = d;
                        best = *candidates;
                }
        }
        return best;
}

bool text_is_kernel_name(const char *text)
{
        size_t n = strlen(text);

        if (n == 0 || n >= LIMIT_NAME_BYTES || isdigit((unsigned char)*text))
                return false;
        return strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == n;
}

bool text_is_hardware_name(const char *text)
{
        size_t n = strlen(text);

        return n > 0 && n <= LIMIT_NAME_BYTES &&
               strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

bool text_to_int64(const char *text, int64_t *value)
{
        char *end;
        long long v;

        if (*text != '-' && !isdigit((unsigned char)*text))
                return false;
        errno = 0;
        v = strtoll(text, &end, 10);
        if (errno || *end || end == text)
                return false;
        *value = v;
        return true;
}

bool text_to_double(const char *text, double *value)
{
        char *end;
        double v;

        if (!*text || isspace((unsigned char)*text))
                return false;
        v = strtod(text, &end);
        if (*end || !isfinite(v))
                return false;
        *value = v;
        return true;
}

bool text_has_control(const char *text)
{
        for (; *text; text++) {
                if ((unsigned char)*text < 0x20 || *text == 0x7f)
                        return true;
        }
        return false;
}

void text_hide_control(char *text)
{
        for (; *text; text++)
                if ((unsigned char)*text < ' ' || *text == 0x7f)
                        *text = '?';
}

bool text_glob(const char *pattern, const char *text)
{
        const char *star = NULL, *resume = NULL;

        while (*text) {
                if (*pattern == '*') {
                        star = pattern++;
                        resume = text;
                } else if (*pattern == '?' || *pattern == *text) {
                        pattern++;
                        text++;
                } else if (star) {
                        pattern = star + 1;
                        text = ++resume;
                } else {
                        return false;
                }
        }
        while (*pattern == '*')
                pattern++;
        return !*pattern;
}
