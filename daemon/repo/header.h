/*
 * The directives of a source's header, inside this room: header.c reads all
 * but `tune` (tune.c), `scratch` (scratch.c) and `stage` (stage.c).
 */
#ifndef KEVO_REPO_HEADER_H
#define KEVO_REPO_HEADER_H

#include "repo/scan.h"
#include "repo/source.h"

/* What reading one header carries along. */
struct header {
        struct source *source;
        const struct spec *spec;
        const struct scan *scan;
        const struct scan_line *line;      /* being read */
        char where[LIMIT_PATH_BYTES + 16]; /* "FILE:LINE" */
};

/* Fill source (language, file, text and arena are set) from the header lines
 * and check them against spec. */
int header_parse(struct source *source, const struct scan *scan,
                 const struct spec *spec, struct error *err) KEVO_MUST_CHECK;

/* A number or condition over sizes, constants of the spec, tunables and, with
 * device set, device constants; anything else is an error that suggests. text
 * lies in the line that is being read. */
int header_expression(struct header *header, const char *text, bool condition,
                      bool device, struct intexpr **expr,
                      struct error *err) KEVO_MUST_CHECK;
/* A new name of this header: a C identifier that nothing else has. what:
 * "tunable", "scratch buffer". Copied to *name. */
int header_new_name(struct header *header, const char *text, const char *what,
                    char **name, struct error *err) KEVO_MUST_CHECK;
/* The first word of *rest as a NUL-terminated text, "" at the end; *rest
 * moves behind it. Words end at white space; writes into the text. */
char *header_word(char **rest);
bool header_is_identifier(const char *text);

/* `tune NAME = VALUE [in VALUES]`, behind its first word; tune.c. */
int tune_parse(struct header *header, char *rest,
               struct error *err) KEVO_MUST_CHECK;
/* `scratch NAME DTYPE[EXPR] [zero]`, behind its first word; scratch.c. */
int scratch_parse(struct header *header, char *rest,
                  struct error *err) KEVO_MUST_CHECK;
/* "f32[M*2]" with nothing behind the bracket, into a buffer with a name. */
int scratch_parse_shape(struct header *header, char *text,
                        struct scratch *buffer,
                        struct error *err) KEVO_MUST_CHECK;
/* `stage NAME ...`, behind its first word. Each of these appends to source,
 * whose arrays have room. */
int stage_parse(struct header *header, char *rest,
                struct error *err) KEVO_MUST_CHECK;
/* The one stage of a C file without stage lines. */
int stage_parse_none(struct header *header, struct error *err) KEVO_MUST_CHECK;
/* What can be said once all stages are known: every output is written
 * somewhere, every scratch buffer is used. */
int stage_check_all(struct header *header, struct error *err) KEVO_MUST_CHECK;

#endif
