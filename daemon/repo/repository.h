/*
 * A kernel repository as kevo reads it (docs/repository.md): policy, model
 * manifests, hardware files, kernels with their specs and variants, loaded
 * from one tree. A file with an error is kept as a problem with its sentence
 * and left out; the others still load.
 */
#ifndef KEVO_REPO_REPOSITORY_H
#define KEVO_REPO_REPOSITORY_H

#include "repo/source.h"
#include "repo/tree.h"

enum {
        REPOSITORY_MODEL_CALLS = 1 << 14, /* of one manifest, expanded */
        REPOSITORY_LANGUAGES = 8          /* of one policy entry */
};

struct problem {
        char *file;
        char *text;   /* "FILE:LINE: what; what to do" */
        char *kernel; /* whose folder the file is in, or NULL */
};

/* "languages": {"nvidia-h200": ["cuda", "triton"]} */
struct policy_languages {
        char *hardware;
        int count;
        const char *language[REPOSITORY_LANGUAGES]; /* in order */
};

/* "kernels": {name: {...}} */
struct policy_kernel {
        char *name;
        bool freeze;
        bool fix; /* may sources compile sizes in? */
};

/* kevo.json */
struct policy {
        int branch_count;
        char *branch[16]; /* default: main, then master */
        bool cold;        /* "cache": "cold" (default warm) */
        int proposals_open, proposals_per_day; /* 3; 0: no limit a day */
        bool group_by_kernel;                  /* "group": "kernel" */
        bool llm;
        int language_count;
        struct policy_languages *languages;
        int kernel_count;
        struct policy_kernel *kernel;
};

/* hardware/<name>.json. Unset numbers of a match are -1, texts NULL. */
struct hardware {
        char *name;
        char *kind; /* "cpu", "cuda", "hip", "opencl" */
        /* match: vendor, name (a wildcard), arch, mig */
        char *vendor, *model_name, *arch, *mig;
        int64_t cpu_family, cpu_model, threads, cores;
        int isa_count;
        char *isa[32]; /* all must be present */
        int family_count;
        char *family[16];
        char *generation_vendor;
        int64_t generation_order;
        double peak_gbs, peak_gflops; /* 0: unknown */
};

/* One call of a model: one workload of a kernel. */
struct call {
        char *kernel;
        struct binding binding;
        int64_t count;
};

struct model {
        char *file; /* models/dlrm-rm2.json */
        char *name, *source;
        double weight;
        int call_count;
        struct call *call;
};

/* A call seen from its kernel. */
struct kernel_call {
        const struct model *model;
        const struct call *call;
};

/* One file beside a spec: generic.<ext> or <hardware>[.<case>].<ext>. */
struct variant {
        char *path;            /* kernels/softmax/generic.c */
        char *target;          /* "generic" or a hardware or family */
        char *label;           /* the case, "" if none */
        char blob[41];         /* git blob id */
        struct source *source; /* effective: `use` already resolved */
        bool header_only;
};

struct kernel {
        char *name;
        char *path;    /* kernels/softmax/softmax.kernel */
        char blob[41]; /* git blob id of that file */
        struct spec *spec;
        char *baseline; /* text of baseline.py (docs/baselines.md), or NULL */
        int variant_count;
        struct variant *variant; /* sorted by path */
        int call_count;          /* of all models, to this kernel */
        struct kernel_call *call;
};

struct repository {
        struct arena *arena; /* owns all but specs and sources */
        char *label;         /* tree_label */
        char commit[41];     /* "" for a folder */
        struct policy policy;
        int hardware_count, model_count, kernel_count, problem_count;
        struct hardware *hardware;
        struct model *model;
        struct kernel *kernel; /* sorted by name */
        struct problem *problem;
};

/* Load everything. Fails only when the tree itself cannot be read or has no
 * kevo.json (ERR_NOT_FOUND: "run `kevo init`"); a broken file is a problem
 * of the result. A broken kevo.json is an error. */
int repository_load(struct repository **repository, const struct tree *tree,
                    struct error *err) KEVO_MUST_CHECK;
void repository_free(struct repository *repository);

/* NULL when there is none. */
const struct kernel *repository_find_kernel(const struct repository *r,
                                            const char *name);
const struct hardware *repository_find_hardware(const struct repository *r,
                                                const char *name);
/* The first problem in a kernel's folder: something there is not loaded. */
const struct problem *repository_find_problem(const struct repository *r,
                                              const char *kernel);
bool repository_is_frozen(const struct repository *r, const char *kernel);
/* May its generated sources compile sizes in? */
bool repository_may_fix(const struct repository *r, const char *kernel);
/* The languages that policy lists for a hardware, or NULL: the default. */
const struct policy_languages *repository_find_languages(
        const struct repository *r, const char *hardware);

/* One workload of a kernel as the plan sees it: duplicates merged. */
struct demand {
        struct binding binding;
        char *text;   /* binding_text: its identity within the spec */
        char *name;   /* workload's name, or "dlrm-rm2" of the model */
        double calls; /* model weight x count, summed; 1 for a spec's own
                         workload line */
        bool from_model;
};

/* Every workload of a kernel: spec lines, then calls of models, merged by
 * binding. Caller frees with repository_free_demands. */
int repository_demands(const struct repository *r, const struct kernel *kernel,
                       struct demand **demand, int *count,
                       struct error *err) KEVO_MUST_CHECK;
void repository_free_demands(struct demand *demand, int count);

/*
 * Resolution of (kernel, hardware, sizes) to a variant: <hardware>.<case>
 * whose `when` holds, else <hardware>, else each family, else generic, else
 * NULL: the generated first kernel. A variant whose `when` or a `check` line
 * is false is passed over, and so is one that skip (may be NULL) says is
 * known wrong. Several languages side by side: the order of the policy, then
 * of source_languages, without those that the hardware cannot run. hardware
 * NULL: a processor without a file, so only generic.
 */
const struct variant *repository_resolve(
        const struct repository *r, const struct kernel *kernel,
        const struct hardware *hardware, const struct binding *binding,
        const struct device_constants *device,
        bool (*skip)(const struct variant *variant, void *data), void *data);

/* Write the files of `kevo init` into a folder that exists: kevo.json,
 * kernels/, models/, hardware/ with this machine's file (hardware_json under
 * hardware_name; both NULL: none). Never overwrites. Returns the number of
 * files written, 0 when everything is there already, or an error. */
int repository_init(const char *folder, const char *hardware_name,
                    const char *hardware_json,
                    struct error *err) KEVO_MUST_CHECK;

#endif
