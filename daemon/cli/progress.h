/*
 * What a command that takes minutes says meanwhile, on standard error: a live
 * line on a terminal; elsewhere, in a log, a line when something new has begun
 * and one every ten seconds. That a count goes up is nothing new, nor what is
 * over within a second.
 */
#ifndef KEVO_CLI_PROGRESS_H
#define KEVO_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
        bool terminal, quiet;
        int64_t began_ns, printed_ns; /* monotonic; 0: nothing printed */
        const char *label;            /* whose it is, for progress_watch */
        char doing[192], printed[192];
};

/* quiet: say nothing, as for --json. label is borrowed, may be NULL. */
void progress_begin(struct progress *progress, const char *label, bool quiet);
/* The live line goes: what comes next is the result. */
void progress_end(const struct progress *progress);

/* Is a line due? doing: what is being done; news: something else of interest
 * has changed. */
bool progress_is_due(const struct progress *progress, const char *doing,
                     bool news);
/* Print it. */
void progress_print(struct progress *progress, const char *doing,
                    const char *line);

/* evaluate_request's watch, with a progress as its data: prints
 * "LABEL: DOING, 12 s". Never gives up. */
bool progress_watch(const char *doing, void *progress);

#endif
