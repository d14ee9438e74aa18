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
        bool first;       /* is the generated first kernel a candidate? */
        bool any_size;    /* no candidate compiles sizes in */
        int source_count; /* people's sources with tune lines */
        const struct source *source[LIMIT_STAGES];
        const char *source_name[LIMIT_STAGES]; /* "generic.c" */
};

/* One thing tried before, parents before their children. */
struct propose_memory {
        int space; /* position, -1: of none of today's spaces */
        struct point point;
        int parent;     /* position in the memory, -1: a start */
        double fitness; /* 0: wrong, or did not build */
};

struct propose_context {
        int parent; /* position in the memory; -1: start afresh */
        int mate;   /* a second parent in the same space, whose fields are
                       mixed with the parent's; -1: none */
        int memory_count;
        const struct propose_memory *memory;
        /* Points that were found to be the same source as one of these:
         * not proposed again, but nothing is learned from them. */
        int twin_count;
        const struct propose_memory *twin;
        bool forget; /* draw moves without what the memory says of them */
        /* Of the points drawn, the one ranked highest is proposed; NULL:
         * the first that is drawn. */
        double (*rank)(int space, const struct point *point, void *data);
        void *data;
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

/* The next candidate for a context, not tried before by memory; the same
 * for the same context and random numbers. ERR_NOT_FOUND when nothing new
 * is left near the parent (or, without a parent, was found anywhere). */
int propose(const struct proposer *proposer,
            const struct propose_context *context, struct rng *rng,
            struct candidate *candidate, struct error *err) KEVO_MUST_CHECK;

/* The candidate of one schedule text, as from the store. */
int propose_render(const struct proposer *proposer, const char *schedule,
                   struct candidate *candidate,
                   struct error *err) KEVO_MUST_CHECK;

/* What a schedule text is, as a start without a result. false: no space has
 * it. */
bool propose_locate(const struct proposer *proposer, const char *schedule,
                    struct propose_memory *where);
/* The point of today's spaces nearest to a text that was made for other
 * sizes, hardware or a similar spec: unknown fields are left out, missing
 * ones take the guess. false: no space has its label. */
bool propose_adapt(const struct proposer *proposer, const char *schedule,
                   struct propose_memory *where);
/* The candidate of one point; its move is left NULL. ERR_UNSUPPORTED when
 * that schedule cannot be made, be it for a defect of kevo (which the first
 * time goes to standard error as well). */
int propose_point(const struct proposer *proposer, int space,
                  const struct point *point, struct candidate *candidate,
                  struct error *err) KEVO_MUST_CHECK;

/* What lower/estimate.h says of a point, in nanoseconds; 0: nothing. data is
 * the proposer: for ranker_new. */
double propose_estimate(int space, const struct point *point, void *data);

int propose_space_count(const struct proposer *proposer);
const struct space *propose_space(const struct proposer *proposer, int space);
const struct propose_task *propose_task_of(const struct proposer *proposer);

/* From now on only points for which this holds are proposed, as schedules
 * without a source (text stays NULL): a search over recorded results. */
void propose_recorded(struct proposer *proposer,
                      bool (*available)(int space, const struct point *point,
                                        void *data),
                      void *data);
/* Leave out values until the spaces have at most so many points together:
 * the guess of every field stays, which others stay is drawn. */
void propose_narrow(struct proposer *proposer, int64_t maximum,
                    struct rng *rng);

/* Distinct points of all spaces, at most maximum: for people. */
int64_t propose_space_size(const struct proposer *proposer, int64_t maximum);

/* The generated first kernel of a spec as a source; caller frees. */
int propose_first(const struct spec *spec, const struct backend *backend,
                  char **text, struct error *err) KEVO_MUST_CHECK;

#endif
