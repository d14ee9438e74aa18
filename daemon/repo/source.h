/*
 * The form of a source (docs/sources.md): device code plus header lines that
 * begin with `kevo:` after the language's comment mark. This module reads
 * the header, checks it against the spec, and rewrites tune defaults.
 *
 * A source is always complete text; its tune lines carry the values it is to
 * be built with. So "a candidate" anywhere in the house is a language and a
 * text, nothing else.
 */
#ifndef KEVO_REPO_SOURCE_H
#define KEVO_REPO_SOURCE_H

#include "spec/intexpr.h"
#include "spec/spec.h"

/* The most that one scratch or local buffer may take, in bytes. */
#define SOURCE_SCRATCH_BYTES ((int64_t)4 << 30)

enum { SOURCE_LOCALS = 16, SOURCE_WHEN_TERMS = 3 /* of one size */ };

/* // kevo: tune W = 8 in 4 8 16 */
struct tune {
        char *name;
        int64_t value;   /* the default: what the text is built with */
        int count;       /* 0 only in a file with `use` without `in` */
        int64_t *values; /* at most LIMIT_TUNE_VALUES, value among them */
        int line;
};

/* scratch part f32[M*2] [zero]; also `local buf f32[4*N]` of a C stage. */
struct scratch {
        char *name;
        enum dtype dtype;
        struct intexpr *elements;
        bool zero;
        int line;
};

/* // kevo: stage rows tasks ceil(M, BM) local buf f32[4*N] args x y buf */
struct stage {
        char *name;            /* the function's name */
        struct intexpr *tasks; /* C; others: grid, block, shared */
        struct intexpr *grid, *block, *shared; /* NULL when not given */
        bool cooperative;
        int local_count;
        struct scratch *local;
        int arg_count;
        char **arg; /* in, out, scratch, local by name */
        int line;
};

struct source {
        struct arena *arena;  /* owns all but the expressions and text */
        const char *language; /* "c", ... static text */
        char *file;           /* for messages */
        char *text;           /* complete, NUL-terminated */
        size_t length;
        char hash[HASH_TEXT_BYTES]; /* of text */
        bool headerless;            /* one stage of one task, see below */
        char *use;                  /* header-only: "generic.c", else NULL */
        struct intexpr *when;       /* conjunction, or NULL: always */
        int fix_count, tune_count, check_count, scratch_count, stage_count;
        const struct size **fix; /* LIMIT_SIZES */
        struct tune *tune;       /* LIMIT_TUNES */
        struct intexpr **check;  /* LIMIT_TUNES */
        struct scratch *scratch; /* LIMIT_STAGES */
        struct stage *stage;     /* LIMIT_STAGES */
};

/* Parse a source of a kernel. language is one of source_language's. Errors
 * read "FILE:LINE: ...". A C file without a stage line becomes one stage
 * named like the kernel with one task and args (ins, outs), and, unlike a
 * declared stage, its function has no leading task argument. A file with
 * `use` has no stage: see source_resolve_use. */
int source_parse(const char *text, size_t length, const char *file,
                 const char *language, const struct spec *spec,
                 struct source **source, struct error *err) KEVO_MUST_CHECK;
void source_free(struct source *source);

/* What a header-only file stands for: the text of the file it uses with its
 * own tune values and `when` lines. base is that file, parsed. */
int source_resolve_use(const struct source *header, const struct source *base,
                       const struct spec *spec, struct source **effective,
                       struct error *err) KEVO_MUST_CHECK;

/* The text with the defaults of its tune lines replaced; values parallel to
 * source->tune, each one of its list. Caller frees. */
int source_with_tunes(const struct source *source, const int64_t *values,
                      char **text, struct error *err) KEVO_MUST_CHECK;
/* The header-only file that selects those values of file `use`. */
int source_header_only(const struct source *source, const char *use,
                       const int64_t *values, char **text,
                       struct error *err) KEVO_MUST_CHECK;

/* What expressions of a header may name besides sizes, tunables and the
 * spec's integer constants. */
struct device_constants {
        int64_t cores, warp, sms, shared_bytes, l2_bytes;
};

/* Value of a header expression for a binding (tunes at their defaults).
 * device may be NULL: its constants are then unknown names. */
int source_eval(const struct source *source, const struct intexpr *expr,
                const struct spec *spec, const struct binding *binding,
                const struct device_constants *device, int64_t *value,
                struct error *err) KEVO_MUST_CHECK;
/* Bytes of a scratch or local buffer, 0 to SOURCE_SCRATCH_BYTES, or an error
 * that names it. */
int source_scratch_bytes(const struct source *source,
                         const struct scratch *scratch,
                         const struct spec *spec,
                         const struct binding *binding,
                         const struct device_constants *device, int64_t *bytes,
                         struct error *err) KEVO_MUST_CHECK;
/* Does `when` hold? An evaluation error counts as no. */
bool source_holds(const struct source *source, const struct spec *spec,
                  const struct binding *binding);
/* Does `when` hold and do all `check` lines hold? An evaluation error counts
 * as no. */
bool source_applies(const struct source *source, const struct spec *spec,
                    const struct binding *binding,
                    const struct device_constants *device);

/* An integer constant of a spec that expressions may name, or NULL. */
const struct constant *source_find_constant(const struct spec *spec,
                                            const char *name);

/* "c" for "x.c", "triton" for "x.triton.py", ...; NULL when unknown. The
 * suffix and comment mark of a language. */
const char *source_language(const char *file_name);
const char *source_suffix(const char *language);  /* ".c" */
const char *source_comment(const char *language); /* "//" or "#" */
/* All languages in their default order, ending with NULL. */
const char *const *source_languages(void);
/* Does hardware of a kind ("cpu", "cuda", ...) run the language? */
bool source_runs_on(const char *language, const char *kind);

#endif
