/* See progress.h. */
#include "cli/progress.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/wrap.h"
#include "core/clock.h"

enum { TERMINAL_SECONDS = 1, LOG_SECONDS = 10 };

void progress_begin(struct progress *p, const char *label, bool quiet)
{
        *p = (struct progress){.terminal = isatty(2),
                               .quiet = quiet,
                               .label = label,
                               .began_ns = clock_monotonic_ns()};
}

void progress_end(const struct progress *p)
{
        if (p->terminal && !p->quiet)
                fprintf(stderr, "\r\033[K");
}

/* The same but for numbers? */
static bool same_words(const char *a, const char *b)
{
        for (;; a++, b++) {
                while (isdigit((unsigned char)*a))
                        a++;
                while (isdigit((unsigned char)*b))
                        b++;
                if (*a != *b || !*a)
                        return *a == *b;
        }
}

bool progress_is_due(const struct progress *p, const char *doing, bool news)
{
        int64_t since = clock_monotonic_ns() - p->printed_ns;
        char now[sizeof p->printed];
        bool changed;

        if (p->quiet)
                return false;
        snprintf(now, sizeof now, "%s", doing);
        if (p->terminal)
                changed = strcmp(now, p->printed) != 0;
        else /* what is over at once is not worth a line */
                changed = since >= (int64_t)CLOCK_SECOND_NS &&
                          !same_words(now, p->printed);
        return news || changed || !p->printed_ns ||
               since >= (p->terminal ? TERMINAL_SECONDS : LOG_SECONDS) *
                                (int64_t)CLOCK_SECOND_NS;
}

void progress_print(struct progress *p, const char *doing, const char *line)
{
        p->printed_ns = clock_monotonic_ns();
        snprintf(p->printed, sizeof p->printed, "%s", doing);
        /* A longer line would wrap, and the next one not cover it. */
        if (p->terminal)
                fprintf(stderr, "\r\033[K%.*s", wrap_columns(2) - 1, line);
        else
                fprintf(stderr, "%s\n", line);
        fflush(stderr);
}

bool progress_watch(const char *doing, void *data)
{
        struct progress *p = data;
        double seconds = (double)(clock_monotonic_ns() - p->began_ns) * 1e-9;
        char line[512];

        if (doing)
                snprintf(p->doing, sizeof p->doing, "%s", doing);
        if (!*p->doing || !progress_is_due(p, p->doing, false))
                return true;
        snprintf(line, sizeof line, "%s%s%s, %.0f s", p->label ? p->label : "",
                 p->label ? ": " : "", p->doing, seconds);
        progress_print(p, p->doing, line);
        return true;
}
