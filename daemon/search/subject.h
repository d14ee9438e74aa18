/*
 * The subject of a campaign: one kernel on one hardware with its workloads,
 * weights and resolved incumbents, read from one tree of a repository. From
 * it come the search key (is this search done already?) and the inputs hash
 * (does an old result still speak about today's repository?).
 */
#ifndef KEVO_SEARCH_SUBJECT_H
#define KEVO_SEARCH_SUBJECT_H

#include "evaluate/evaluate.h"
#include "repo/machine.h"
#include "repo/repository.h"

enum { SUBJECT_WORKLOADS = 12 };

struct subject_workload {
        char *name; /* "serving", "dlrm-rm2" */
        char *text; /* binding_text */
        struct binding binding;
        double weight;                   /* calls; 1 for spec lines */
        const struct variant *incumbent; /* NULL: the generated first */
        char label[72];                  /* blob id, or "generated@1" */
};

struct subject {
        const struct repository *repository; /* borrowed */
        const struct kernel *kernel;
        const struct hardware *hardware;
        const struct backend *backend; /* of the hardware's kind */
        int workload_count;            /* all of them: every one is verified */
        int search_count; /* the first ones, 95 % of the weight and
                             at most SUBJECT_WORKLOADS: searched */
        struct subject_workload *workload; /* by falling weight */
        char *first_text; /* the generated first kernel's source; NULL for a
                             kernel that C code states */
        bool cold;
        bool may_fix; /* may generated sources compile sizes in? */
        char environment_hash[HASH_TEXT_BYTES];
        char key[HASH_TEXT_BYTES]; /* search key */
        char inputs_hash[HASH_TEXT_BYTES];
};

/* Workloads, incumbents and hashes. store-independent: skip as in
 * repository_resolve. ERR_NOT_FOUND when the kernel has no workload ("add a
 * workload line or a model"). Freed with subject_free. */
int subject_make(struct subject **subject, const struct repository *repository,
                 const struct kernel *kernel, const struct hardware *hardware,
                 const struct machine *machine, const char *environment_hash,
                 bool (*skip)(const struct variant *variant, void *data),
                 void *data, struct error *err) KEVO_MUST_CHECK;
/* The same for verifying a kernel that may have no workload yet: then one
 * small shape of the spec's domain stands for them. */
int subject_make_sample(struct subject **subject,
                        const struct repository *repository,
                        const struct kernel *kernel,
                        const struct hardware *hardware,
                        const struct machine *machine,
                        const char *environment_hash,
                        struct error *err) KEVO_MUST_CHECK;
void subject_free(struct subject *subject);
/* first_text where it cannot be done without: ERR_UNSUPPORTED says that a
 * person's source is needed. */
int subject_first(const struct subject *subject, const char **text,
                  struct error *err) KEVO_MUST_CHECK;

/* The environment of this machine for a kind of hardware, without a worker:
 * the backend's named versions. hash has HASH_TEXT_BYTES; *fields (caller
 * frees, may be NULL) is the JSON. */
int subject_environment(const struct machine *machine, const char *kind,
                        char *hash, char **fields,
                        struct error *err) KEVO_MUST_CHECK;

/* A request that measures `candidate` against the incumbents over the first
 * `count` workloads; arrays are owned by *workloads (free it). */
int subject_request(const struct subject *subject, int count,
                    const char *language, const char *candidate,
                    struct evaluate_workload **workloads,
                    struct evaluate_request *request,
                    struct error *err) KEVO_MUST_CHECK;

#endif
