/*
 * The universal operator: one function, propose(context) -> candidate. Not
 * draft, debug and improve: behaviour follows from the context, that is the
 * parent (none: an independent start), and the history of what was tried,
 * what failed and why (negative memory).
 *
 * The paper's operator (arXiv 2512.23236, 3.2) is a language model's prompt;
 * here the sources of candidates are spaces (space.h) of the built-in
 * lowering and of people's tune lines. Each source is a file in this room
 * and a line in propose_open.
 */
#ifndef KEVO_PROPOSE_PROPOSE_H
#define KEVO_PROPOSE_PROPOSE_H

#include "backends/backend.h"
#include "propose/space.h"

/* What is searched. All borrowed; must outlive the proposer. */
struct propose_task {
        const struct spec *spec;
        const struct binding *workload; /* the heaviest */
        const struct backend *backend;
        struct target target;
        int source_count; /* people's sources with tune lines */
        const struct source *source[LIMIT_STAGES];
        const char *source_name[LIMIT_STAGES]; /* "generic.c" */
};

/* One thing tried before, in any order; texts borrowed. */
struct propose_memory {
        const char *schedule; /* space_print text */
        const char *parent;   /* the same of its parent, NULL: a start */
        double fitness;       /* 0: wrong, or did not build */
        double parent_fitness;
};

struct propose_context {
        const char *parent; /* space_print text; NULL: start afresh */
        int start;          /* number of this independent start */
        int memory_count;
        const struct propose_memory *memory;
};

struct candidate {
        char *language;
        char *text;        /* the whole source */
        char *origin;      /* "schedule" or "tune" */
        char *schedule;    /* space_print text */
        char *move;        /* what changed against the parent */
        char *header_only; /* tune: the file that selects the values,
                              NULL otherwise */
        char *use;         /* tune: the file it selects from */
};

void candidate_dispose(struct candidate *candidate);

struct proposer; /* opaque */

/* Build the spaces. ERR_UNSUPPORTED when there is nothing to search: no
 * class applies and no source has tune lines. */
int propose_open(struct proposer **proposer, const struct propose_task *task,
                 struct error *err) KEVO_MUST_CHECK;
void propose_close(struct proposer *proposer);

/* The next candidate for a context, not tried before by memory.
 * ERR_NOT_FOUND when nothing new is left near the parent (or, without a
 * parent, anywhere). */
int propose(const struct proposer *proposer,
            const struct propose_context *context, struct rng *rng,
            struct candidate *candidate, struct error *err) KEVO_MUST_CHECK;

/* The candidate of one schedule text, as from the store. */
int propose_render(const struct proposer *proposer, const char *schedule,
                   struct candidate *candidate,
                   struct error *err) KEVO_MUST_CHECK;

/* Distinct points of all spaces, at most maximum: for people. */
int64_t propose_space_size(const struct proposer *proposer, int64_t maximum);

/* The generated first kernel of a spec as a source; caller frees. */
int propose_first(const struct spec *spec, const struct backend *backend,
                  char **text, struct error *err) KEVO_MUST_CHECK;

#endif
