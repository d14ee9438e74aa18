/*
 * Stages and their buffers: the part of a header that says which functions
 * run, over how many tasks or threads, with which arguments (header.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "repo/header.h"

/* A stage may run functions of device code (grid) or of C (tasks). */
enum field { TASKS, GRID, BLOCK, SHARED, COOPERATIVE, LOCAL, ARGS, RESERVED };

static const struct keyword {
        const char *name;
        enum field field;
} keywords[] = {
        {"tasks", TASKS},
        {"grid", GRID},
        {"block", BLOCK},
        {"shared", SHARED},
        {"cooperative", COOPERATIVE},
        {"local", LOCAL},
        {"args", ARGS},
        {"cluster", RESERVED},
        {"tensormap", RESERVED},
        {"prepare", RESERVED},
};

enum { KEYWORDS = sizeof keywords / sizeof keywords[0] };

static bool is_c(const struct header *h)
{
        return text_equal(h->source->language, "c");
}

/* The keyword that the text begins with as a whole word, or NULL. */
static const struct keyword *keyword_at(const char *text)
{
        size_t n = strcspn(text, " \t");

        for (int i = 0; i < KEYWORDS; i++)
                if (strlen(keywords[i].name) == n &&
                    strncmp(text, keywords[i].name, n) == 0)
                        return &keywords[i];
        return NULL;
}

/* What stands before the next keyword outside brackets, cut off and moved
 * past; may contain blanks. */
static char *take_expression(char **rest)
{
        char *begin = *rest, *p = begin;
        int depth = 0;

        for (; *p; p++) {
                depth += (*p == '(' || *p == '[') - (*p == ')' || *p == ']');
                if (depth == 0 && strchr(" \t", *p) &&
                    keyword_at(p + strspn(p, " \t"))) {
                        *p++ = 0;
                        break;
                }
        }
        *rest = p + strspn(p, " \t");
        return begin;
}

static struct scratch *find_local(const struct stage *stage, const char *name)
{
        for (int i = 0; i < stage->local_count; i++)
                if (text_equal(stage->local[i].name, name))
                        return &stage->local[i];
        return NULL;
}

static int parse_local(struct header *h, struct stage *stage, char **rest,
                       struct error *err)
{
        struct scratch *buffer;
        char *name = header_word(rest), *shape = take_expression(rest);
        int rc;

        if (!is_c(h))
                return error_set(err, ERR_INPUT,
                                 "%s: `local` belongs to C stages; device "
                                 "code has `shared` and its own arrays",
                                 h->where);
        if (!stage->local)
                stage->local = arena_alloc(h->source->arena,
                                           SOURCE_LOCALS * sizeof *buffer);
        if (!stage->local)
                return error_memory(err);
        if (stage->local_count == SOURCE_LOCALS)
                return error_set(err, ERR_LIMIT,
                                 "%s: more than %d `local` buffers", h->where,
                                 SOURCE_LOCALS);
        buffer = &stage->local[stage->local_count];
        rc = header_new_name(h, name, "local buffer", &buffer->name, err);
        if (rc < 0)
                return rc;
        if (find_local(stage, name))
                return error_set(err, ERR_INPUT,
                                 "%s: local buffer %s is declared twice; keep "
                                 "one",
                                 h->where, name);
        buffer->line = h->line->line;
        rc = scratch_parse_shape(h, shape, buffer, err);
        if (rc == 0)
                stage->local_count++;
        return rc;
}

/* May name be passed to this stage? */
static bool is_argument(const struct header *h, const struct stage *stage,
                        const char *name)
{
        const struct tensor *tensor = spec_find_tensor(h->spec, name);

        if (tensor)
                return tensor->role == TENSOR_IN || tensor->role == TENSOR_OUT;
        for (int i = 0; i < h->source->scratch_count; i++)
                if (text_equal(h->source->scratch[i].name, name))
                        return true;
        return find_local(stage, name) != NULL;
}

static int refuse_argument(const struct header *h, const char *name,
                           struct error *err)
{
        const char *names[LIMIT_TENSORS + LIMIT_STAGES + 1], *near;
        int n = 0;

        if (spec_find_size(h->spec, name) || spec_find_param(h->spec, name))
                return error_set(err, ERR_INPUT,
                                 "%s: %s is not listed under `args`: every "
                                 "unfixed size and every parameter is passed "
                                 "behind them anyway; remove it",
                                 h->where, name);
        for (int i = 0; i < h->spec->tensor_count; i++)
                if (h->spec->tensor[i]->role <= TENSOR_OUT)
                        names[n++] = h->spec->tensor[i]->name;
        for (int i = 0; i < h->source->scratch_count; i++)
                names[n++] = h->source->scratch[i].name;
        names[n] = NULL;
        near = text_suggest(name, names);
        return error_set(err, ERR_INPUT,
                         "%s: argument %s is no input, output, scratch or "
                         "local buffer%s%s%s",
                         h->where, name, near ? "; did you mean " : "",
                         near ? near : "", near ? "?" : "");
}

static int parse_args(struct header *h, struct stage *stage, char *rest,
                      struct error *err)
{
        if (!*rest)
                return error_set(err, ERR_INPUT,
                                 "%s: `args` is empty; list what the function "
                                 "receives, such as `args x y`",
                                 h->where);
        stage->arg = arena_alloc(h->source->arena,
                                 LIMIT_TENSORS * sizeof *stage->arg);
        if (!stage->arg)
                return error_memory(err);
        while (*rest) {
                char *word = header_word(&rest);

                if (!is_argument(h, stage, word))
                        return refuse_argument(h, word, err);
                for (int i = 0; i < stage->arg_count; i++)
                        if (text_equal(stage->arg[i], word))
                                return error_set(err, ERR_INPUT,
                                                 "%s: %s is passed twice; "
                                                 "arguments do not alias, "
                                                 "pass it once",
                                                 h->where, word);
                if (stage->arg_count == LIMIT_TENSORS)
                        return error_set(err, ERR_LIMIT,
                                         "%s: more than %d arguments",
                                         h->where, LIMIT_TENSORS);
                stage->arg[stage->arg_count] =
                        arena_strdup(h->source->arena, word);
                if (!stage->arg[stage->arg_count++])
                        return error_memory(err);
        }
        return 0;
}

/* Which field a keyword fills; NULL for those without an expression. */
static struct intexpr **field_of(struct stage *stage, enum field field)
{
        switch (field) {
        case TASKS:
                return &stage->tasks;
        case GRID:
                return &stage->grid;
        case BLOCK:
                return &stage->block;
        case SHARED:
                return &stage->shared;
        default:
                return NULL;
        }
}

static int parse_expression(struct header *h, struct stage *stage,
                            const struct keyword *keyword, char **rest,
                            struct error *err)
{
        struct intexpr **field = field_of(stage, keyword->field);

        if (is_c(h) != (keyword->field == TASKS))
                return error_set(err, ERR_INPUT, "%s: `%s` in a %s stage; %s",
                                 h->where, keyword->name, h->source->language,
                                 is_c(h) ? "a C stage has `tasks`"
                                         : "it has `grid` and `block`");
        if (*field)
                return error_set(err, ERR_INPUT,
                                 "%s: `%s` appears twice; keep one", h->where,
                                 keyword->name);
        return header_expression(h, take_expression(rest), false, true, field,
                                 err);
}

static int refuse_word(const struct header *h, char *rest, struct error *err)
{
        const char *names[KEYWORDS + 1], *near;
        int n = 0;
        char *word = header_word(&rest);

        for (int i = 0; i < KEYWORDS; i++)
                if (keywords[i].field != RESERVED)
                        names[n++] = keywords[i].name;
        names[n] = NULL;
        near = text_suggest(word, names);
        return error_set(err, ERR_INPUT,
                         "%s: \"%s\" in a stage line%s%s%s; the form is "
                         "`stage NAME %s args ...`",
                         h->where, word, near ? ", did you mean " : "",
                         near ? near : "", near ? "?" : "",
                         is_c(h) ? "tasks COUNT [local NAME TYPE[COUNT]]"
                                 : "grid COUNT block COUNT [shared BYTES] "
                                   "[cooperative]");
}

/* One keyword and what follows it. */
static int parse_field(struct header *h, struct stage *stage, char **rest,
                       struct error *err)
{
        const struct keyword *keyword = keyword_at(*rest);

        if (!keyword)
                return refuse_word(h, *rest, err);
        header_word(rest);
        switch (keyword->field) {
        case RESERVED:
                return error_set(err, ERR_UNSUPPORTED,
                                 "%s: `%s` is reserved for a later version; "
                                 "leave it out",
                                 h->where, keyword->name);
        case COOPERATIVE:
                stage->cooperative = true;
                if (!is_c(h))
                        return 0;
                return error_set(err, ERR_INPUT,
                                 "%s: `cooperative` in a C stage; its tasks "
                                 "run in any order and never wait",
                                 h->where);
        case LOCAL:
                return parse_local(h, stage, rest, err);
        case ARGS: {
                int rc = parse_args(h, stage, *rest, err);

                *rest += strlen(*rest);
                return rc;
        }
        default:
                return parse_expression(h, stage, keyword, rest, err);
        }
}

/* Everything that must have been said. */
static int check_stage(const struct header *h, const struct stage *stage,
                       struct error *err)
{
        bool gpu = text_equal(h->source->language, "cuda") ||
                   text_equal(h->source->language, "hip") ||
                   text_equal(h->source->language, "opencl");
        const char *missing = NULL;

        if (is_c(h) ? !stage->tasks : !stage->grid)
                missing = is_c(h) ? "tasks" : "grid";
        else if (gpu && !stage->block)
                missing = "block";
        else if (stage->arg_count == 0)
                missing = "args";
        if (missing)
                return error_set(err, ERR_INPUT,
                                 "%s: stage %s has no `%s`; add it", h->where,
                                 stage->name, missing);
        for (int i = 0; i < stage->local_count; i++) {
                bool passed = false;

                for (int j = 0; j < stage->arg_count; j++)
                        passed |= text_equal(stage->local[i].name,
                                             stage->arg[j]);
                if (!passed)
                        return error_set(err, ERR_INPUT,
                                         "%s: local buffer %s is not among "
                                         "the args; pass it or remove it",
                                         h->where, stage->local[i].name);
        }
        if (!scan_mentions_function(h->scan, stage->name))
                return error_set(err, ERR_INPUT,
                                 "%s: the source has no function %s(...); "
                                 "define it or correct the stage's name",
                                 h->where, stage->name);
        return 0;
}

int stage_parse(struct header *h, char *rest, struct error *err)
{
        struct source *s = h->source;
        /* Counted at once: source_free then finds its expressions. */
        struct stage *stage = &s->stage[s->stage_count++];
        const char *name = header_word(&rest);
        int rc = 0;

        stage->line = h->line->line;
        if (!header_is_identifier(name))
                return error_set(err, ERR_INPUT,
                                 "%s: `stage` needs the name of a function "
                                 "first",
                                 h->where);
        stage->name = arena_strdup(s->arena, name);
        if (!stage->name)
                return error_memory(err);
        while (*rest && rc == 0)
                rc = parse_field(h, stage, &rest, err);
        return rc < 0 ? rc : check_stage(h, stage, err);
}

/* A headerless function takes (ins, outs, sizes, params). */
static int add_tensors(struct header *h, struct stage *stage,
                       enum tensor_role role)
{
        for (int i = 0; i < h->spec->tensor_count; i++) {
                const struct tensor *tensor = h->spec->tensor[i];

                if (tensor->role != role)
                        continue;
                stage->arg[stage->arg_count++] =
                        arena_strdup(h->source->arena, tensor->name);
        }
        return arena_failed(h->source->arena) ? -1 : 0;
}

int stage_parse_none(struct header *h, struct error *err)
{
        struct source *s = h->source;
        struct stage *stage = &s->stage[s->stage_count++];

        snprintf(h->where, sizeof h->where, "%s", s->file);
        if (!is_c(h))
                return error_set(err, ERR_INPUT,
                                 "%s: a %s source needs a `stage` line",
                                 h->where, s->language);
        if (s->scratch_count || s->fix_count)
                return error_set(err, ERR_INPUT,
                                 "%s: `scratch` and `fix` need a `stage` "
                                 "line, which says what the function receives",
                                 h->where);
        s->headerless = true;
        stage->name = arena_strdup(s->arena, h->spec->name);
        stage->arg = arena_alloc(s->arena, LIMIT_TENSORS * sizeof *stage->arg);
        if (!stage->name || !stage->arg || add_tensors(h, stage, TENSOR_IN) ||
            add_tensors(h, stage, TENSOR_OUT))
                return error_memory(err);
        if (!scan_mentions_function(h->scan, stage->name))
                return error_set(err, ERR_INPUT,
                                 "%s: a C source without a `stage` line "
                                 "defines a function %s(inputs, outputs, "
                                 "sizes, parameters), and this one has none",
                                 h->where, stage->name);
        return intexpr_parse("1", h->where, false, &stage->tasks, err);
}

static bool is_passed(const struct source *source, const char *name)
{
        for (int i = 0; i < source->stage_count; i++)
                for (int j = 0; j < source->stage[i].arg_count; j++)
                        if (text_equal(source->stage[i].arg[j], name))
                                return true;
        return false;
}

int stage_check_all(struct header *h, struct error *err)
{
        const struct source *s = h->source;

        for (int i = 0; i < h->spec->tensor_count; i++) {
                const struct tensor *tensor = h->spec->tensor[i];

                if (tensor->role == TENSOR_OUT && !is_passed(s, tensor->name))
                        return error_set(err, ERR_INPUT,
                                         "%s:%d: output %s is not among the "
                                         "args of any stage, so nothing "
                                         "writes it; add it",
                                         s->file, s->stage[0].line,
                                         tensor->name);
        }
        for (int i = 0; i < s->scratch_count; i++)
                if (!is_passed(s, s->scratch[i].name))
                        return error_set(err, ERR_INPUT,
                                         "%s:%d: scratch buffer %s is not "
                                         "among the args of any stage; pass "
                                         "it or remove it",
                                         s->file, s->scratch[i].line,
                                         s->scratch[i].name);
        return 0;
}
