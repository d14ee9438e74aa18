/*
 * See header.h. Directives are read kind by kind (tunables before the
 * expressions that name them, buffers before the stages that pass them), so
 * their order in the file does not matter.
 */
#include "repo/header.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "repo/domain.h"

static const char *const device_names[] = {"SMS",   "SHARED", "L2",
                                           "CORES", "WARP",   NULL};

static int parse_kernel(struct header *h, char *rest, struct error *err);
static int parse_use(struct header *h, char *rest, struct error *err);
static int parse_fix(struct header *h, char *rest, struct error *err);
static int parse_when(struct header *h, char *rest, struct error *err);
static int parse_check(struct header *h, char *rest, struct error *err);

/* In the order of reading. with_use: allowed in a header-only file. */
static const struct directive {
        const char *name;
        int maximum; /* lines of one source */
        bool with_use;
        int (*parse)(struct header *h, char *rest, struct error *err);
} directives[] = {
        {"kernel", 1, true, parse_kernel},
        {"use", 1, true, parse_use},
        {"fix", LIMIT_SIZES, false, parse_fix},
        {"tune", LIMIT_TUNES, true, tune_parse},
        {"scratch", LIMIT_STAGES, false, scratch_parse},
        {"when", LIMIT_TUNES, true, parse_when},
        {"check", LIMIT_TUNES, false, parse_check},
        {"stage", LIMIT_STAGES, false, stage_parse},
};

enum { DIRECTIVES = sizeof directives / sizeof directives[0] };

static void set_line(struct header *h, const struct scan_line *line)
{
        h->line = line;
        snprintf(h->where, sizeof h->where, "%s:%d", h->source->file,
                 line->line);
}

/* Errors name the columns of the line, not of its end. */
static int parse_expression(const struct header *h, const char *text,
                            bool condition, struct intexpr **expr,
                            struct error *err)
{
        long before = h->line->column - 1 + (text - h->line->text);

        return intexpr_parse_at(text, h->where, (int)before, condition, expr,
                                err);
}

char *header_word(char **rest)
{
        char *word = *rest + strspn(*rest, " \t");
        char *end = word + strcspn(word, " \t");

        *rest = end;
        if (*end) {
                *end = 0;
                *rest = end + 1 + strspn(end + 1, " \t");
        }
        return word;
}

bool header_is_identifier(const char *text)
{
        size_t n = strlen(text);

        if (n == 0 || n >= LIMIT_NAME_BYTES || isdigit((unsigned char)*text))
                return false;
        for (; *text; text++)
                if (!isalnum((unsigned char)*text) && *text != '_')
                        return false;
        return true;
}

static bool is_device_name(const char *name)
{
        for (const char *const *d = device_names; *d; d++)
                if (text_equal(*d, name))
                        return true;
        return false;
}

/* What already has a name, in words, or NULL. */
static const char *owner_of(const struct header *h, const char *name)
{
        const struct tensor *tensor = spec_find_tensor(h->spec, name);
        const struct source *s = h->source;

        if (spec_find_size(h->spec, name))
                return "a size of the spec";
        if (tensor)
                return tensor->role == TENSOR_INTERMEDIATE
                               ? "an intermediate of the spec"
                               : "a tensor of the spec";
        if (spec_find_param(h->spec, name))
                return "a parameter of the spec";
        for (int i = 0; i < h->spec->constant_count; i++)
                if (text_equal(h->spec->constant[i]->name, name))
                        return "a constant of the spec";
        if (is_device_name(name))
                return "a device constant";
        for (int i = 0; i < s->tune_count; i++)
                if (text_equal(s->tune[i].name, name))
                        return "a tunable";
        for (int i = 0; i < s->scratch_count; i++)
                if (text_equal(s->scratch[i].name, name))
                        return "a scratch buffer";
        return NULL;
}

int header_new_name(struct header *h, const char *text, const char *what,
                    char **name, struct error *err)
{
        const char *owner;

        if (!header_is_identifier(text))
                return error_set(err, ERR_INPUT,
                                 "%s: \"%s\" cannot name a %s; use a C "
                                 "identifier of at most %d characters",
                                 h->where, text, what, LIMIT_NAME_BYTES - 1);
        owner = owner_of(h, text);
        if (owner)
                return error_set(err, ERR_INPUT,
                                 "%s: %s is already %s; choose another name "
                                 "for the %s",
                                 h->where, text, owner, what);
        *name = arena_strdup(h->source->arena, text);
        return *name ? 0 : error_memory(err);
}

/* May an expression use this name? */
static bool is_usable(const struct header *h, bool device, const char *name)
{
        for (int i = 0; i < h->source->tune_count; i++)
                if (text_equal(h->source->tune[i].name, name))
                        return true;
        return spec_find_size(h->spec, name) ||
               source_find_constant(h->spec, name) ||
               (device && is_device_name(name));
}

static int refuse_name(const struct header *h, bool device, const char *name,
                       struct error *err)
{
        const char *names[LIMIT_SIZES + LIMIT_TUNES + 8], *near;
        int n = 0;

        for (int i = 0; i < h->spec->size_count; i++)
                names[n++] = h->spec->size[i]->name;
        for (int i = 0; i < h->source->tune_count; i++)
                names[n++] = h->source->tune[i].name;
        for (int i = 0; device && device_names[i]; i++)
                names[n++] = device_names[i];
        names[n] = NULL;
        near = text_suggest(name, names);
        return error_set(err, ERR_INPUT,
                         "%s: unknown name %s%s%s%s; sizes and constants of "
                         "the spec and tunables%s may be used here",
                         h->where, name, near ? ", did you mean " : "",
                         near ? near : "", near ? "?" : "",
                         device ? " and SMS, SHARED, L2, CORES, WARP" : "");
}

static int check_names(const struct header *h, const struct intexpr *expr,
                       bool device, struct error *err)
{
        for (int i = 0; i < intexpr_name_count(expr); i++)
                if (!is_usable(h, device, intexpr_name(expr, i)))
                        return refuse_name(h, device, intexpr_name(expr, i),
                                           err);
        return 0;
}

int header_expression(struct header *h, const char *text, bool condition,
                      bool device, struct intexpr **expr, struct error *err)
{
        int rc = parse_expression(h, text, condition, expr, err);

        if (rc < 0)
                return rc;
        rc = check_names(h, *expr, device, err);
        if (rc < 0) {
                intexpr_free(*expr);
                *expr = NULL;
        }
        return rc;
}

static int parse_kernel(struct header *h, char *rest, struct error *err)
{
        if (text_equal(rest, h->spec->name))
                return 0;
        return error_set(err, ERR_INPUT,
                         "%s: `kernel %s` in a source of kernel %s; write "
                         "`kernel %s` or move the file",
                         h->where, rest, h->spec->name, h->spec->name);
}

static int parse_use(struct header *h, char *rest, struct error *err)
{
        struct source *s = h->source;
        const char *language;

        if (!*rest || strpbrk(rest, "/ \t") || *rest == '.')
                return error_set(err, ERR_INPUT,
                                 "%s: `use` takes the name of one file in the "
                                 "same folder, such as `use generic.c`",
                                 h->where);
        language = source_language(rest);
        if (!language || !text_equal(language, s->language))
                return error_set(err, ERR_INPUT,
                                 "%s: %s is not a %s source; `use` takes a "
                                 "file of the same language",
                                 h->where, rest, s->language);
        if (h->scan->any_line)
                return error_set(err, ERR_INPUT,
                                 "%s: a file with `use` is header-only, but "
                                 "line %d has code; remove one of them",
                                 h->where, h->scan->any_line);
        s->use = arena_strdup(s->arena, rest);
        return s->use ? 0 : error_memory(err);
}

static int parse_fix(struct header *h, char *rest, struct error *err)
{
        struct source *s = h->source;

        if (!*rest)
                return error_set(err, ERR_INPUT,
                                 "%s: `fix` needs the name of a size",
                                 h->where);
        while (*rest) {
                char *word = header_word(&rest);
                size_t n = strlen(word);
                const struct size *size;

                if (n && word[n - 1] == ',')
                        word[n - 1] = 0;
                size = spec_find_size(h->spec, word);
                if (!size)
                        return error_set(err, ERR_INPUT,
                                         "%s: `fix %s`: the spec has no size "
                                         "of this name; only sizes can be "
                                         "fixed",
                                         h->where, word);
                for (int i = 0; i < s->fix_count; i++)
                        if (s->fix[i] == size)
                                return error_set(err, ERR_INPUT,
                                                 "%s: size %s is fixed twice; "
                                                 "keep one",
                                                 h->where, word);
                s->fix[s->fix_count++] = size;
        }
        return 0;
}

/* Several `when` lines are one conjunction. */
static int parse_when(struct header *h, char *rest, struct error *err)
{
        struct source *s = h->source;
        struct intexpr *more = NULL, *both = NULL;
        struct buf text;
        int rc;

        buf_init(&text, INTEXPR_BYTES);
        /* A header-only file names tunables of the file that it uses: its
         * expressions are checked once both are one text. */
        rc = s->use ? parse_expression(h, rest, true, &more, err)
                    : header_expression(h, rest, true, false, &more, err);
        if (rc < 0)
                goto out;
        if (s->when) {
                intexpr_print(s->when, &text);
                buf_puts(&text, " && ");
        }
        intexpr_print(more, &text);
        rc = buf_check(&text, h->where, err);
        if (rc == 0)
                rc = intexpr_parse(text.data, h->where, true, &both, err);
        if (rc == 0 && !s->use)
                rc = domain_check(both, h->spec, h->where, err);
        if (rc == 0) {
                intexpr_free(s->when);
                s->when = both;
                both = NULL;
        }
out:
        intexpr_free(more);
        intexpr_free(both);
        buf_dispose(&text);
        return rc;
}

static int parse_check(struct header *h, char *rest, struct error *err)
{
        struct source *s = h->source;
        int rc = header_expression(h, rest, true, true,
                                   &s->check[s->check_count], err);

        if (rc == 0)
                s->check_count++;
        return rc;
}

/* The directive that a line begins with; *rest is what follows. */
static int find_directive(struct header *h, const struct scan_line *line,
                          int *found, char **rest, struct error *err)
{
        const char *names[DIRECTIVES + 1] = {0}, *near;
        char word[LIMIT_NAME_BYTES];
        size_t n = strcspn(line->text, " \t");

        *rest = line->text + n + strspn(line->text + n, " \t");
        snprintf(word, sizeof word, "%.*s", (int)n, line->text);
        for (*found = 0; *found < DIRECTIVES; ++*found) {
                names[*found] = directives[*found].name;
                if (text_equal(word, names[*found]))
                        return 0;
        }
        set_line(h, line);
        if (text_equal(word, "prepare"))
                return error_set(err, ERR_UNSUPPORTED,
                                 "%s: `prepare` is reserved for a later "
                                 "version; leave it out",
                                 h->where);
        near = text_suggest(word, names);
        return error_set(err, ERR_INPUT,
                         "%s: unknown header line `%s`%s%s%s; known are "
                         "kernel, when, fix, tune, check, scratch, stage, use",
                         h->where, word, near ? ", did you mean `" : "",
                         near ? near : "", near ? "`?" : "");
}

static int check_directive(struct header *h, const struct directive *d,
                           int count, struct error *err)
{
        if (count > d->maximum)
                return error_set(err, ERR_LIMIT,
                                 "%s: more than %d `%s` line%s", h->where,
                                 d->maximum, d->name,
                                 d->maximum == 1 ? "" : "s");
        if (h->source->use && !d->with_use)
                return error_set(err, ERR_INPUT,
                                 "%s: `%s` in a file with `use`; such a file "
                                 "has only kernel, when and tune lines",
                                 h->where, d->name);
        return 0;
}

/* Arrays of exactly the room that the header lines need. */
static int make_room(struct source *s, const int *count, int words,
                     struct error *err)
{
        struct arena *a = s->arena;

        s->fix = arena_alloc(a, ((size_t)words + 1) * sizeof *s->fix);
        s->tune = arena_alloc(a, ((size_t)count[3] + 1) * sizeof *s->tune);
        s->scratch =
                arena_alloc(a, ((size_t)count[4] + 1) * sizeof *s->scratch);
        s->check = arena_alloc(a, ((size_t)count[6] + 1) * sizeof *s->check);
        s->stage = arena_alloc(a, ((size_t)count[7] + 1) * sizeof *s->stage);
        return arena_failed(a) ? error_memory(err) : 0;
}

/* All lines of one kind. */
static int parse_kind(struct header *h, int kind, const int *kinds,
                      char *const *rests, struct error *err)
{
        int count = 0, rc = 0;

        for (int i = 0; i < h->scan->count && rc == 0; i++) {
                if (kinds[i] != kind)
                        continue;
                set_line(h, &h->scan->line[i]);
                rc = check_directive(h, &directives[kind], ++count, err);
                if (rc == 0)
                        rc = directives[kind].parse(h, rests[i], err);
        }
        return rc;
}

int header_parse(struct source *source, const struct scan *scan,
                 const struct spec *spec, struct error *err)
{
        struct header h = {source, spec, scan, NULL, ""};
        int kinds[SCAN_LINES], count[DIRECTIVES] = {0}, rc = 0;
        char *rests[SCAN_LINES];

        for (int i = 0; i < scan->count && rc == 0; i++) {
                rc = find_directive(&h, &scan->line[i], &kinds[i], &rests[i],
                                    err);
                if (rc == 0)
                        count[kinds[i]]++;
        }
        if (rc == 0)
                rc = make_room(source, count, spec->size_count, err);
        for (int kind = 0; kind < DIRECTIVES && rc == 0; kind++)
                rc = parse_kind(&h, kind, kinds, rests, err);
        if (rc < 0 || source->use)
                return rc;
        if (source->stage_count == 0)
                rc = stage_parse_none(&h, err);
        return rc < 0 ? rc : stage_check_all(&h, err);
}
