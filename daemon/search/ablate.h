/*
 * Ablation: what each part of the search is worth. Searches with one part
 * exchanged or left out are replayed over recordings, many times with other
 * seeds, and compared by what they find within so many evaluations.
 *
 * Numbers are means over seeds and recordings with 95 % intervals by
 * bootstrap (Efron 1979): seeds are drawn again within each recording. They
 * hold for the recorded parts of these kernels' spaces; intervals say how
 * much is luck of the seed, not how other kernels would do.
 */
#ifndef KEVO_SEARCH_ABLATE_H
#define KEVO_SEARCH_ABLATE_H

#include "search/kin.h"
#include "search/record.h"

enum { ABLATE_BUDGETS = 5, ABLATE_SEEDS_MAX = 1000, ABLATE_STEPS = 256 };

extern const int ablate_budget[ABLATE_BUDGETS]; /* 8, 16, ... evaluations */

struct ablate_variant {
        const char *name;
        const char *policy;
        bool ranked;   /* by the cost model */
        bool learning; /* which is fitted, not the prior alone */
        bool memory;   /* of moves that helped */
        double seeds;  /* chance of each; 0: none */
        bool history;  /* results of kin are rows of the ranker */
};

extern const struct ablate_variant ablate_variants[]; /* ends with NULL */

struct ablate_case {
        const char *name;
        const struct tape *tape;
        const struct kin *kin; /* without the kernel's own campaigns */
};

struct ablate_number {
        double mean, low, high;
};

/* One line of the table. */
struct ablate_row {
        /* Best found / best recorded after each budget; mean 0 where the
         * budget is more than half of a recording. */
        struct ablate_number share[ABLATE_BUDGETS];
        struct ablate_number evaluations; /* to 95 % of the best recorded;
                                             never: all that were made */
        double reached;                   /* share of searches that did */
};

/* A row a variant over all cases; caller frees *rows. */
int ablate_run(const struct ablate_case *cases, int count, int seeds,
               struct ablate_row **rows, struct error *err) KEVO_MUST_CHECK;
int ablate_variant_count(void);

#endif
