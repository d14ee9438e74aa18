/*
 * Tune lines: reading them (header.h) and writing them, which is the one way
 * in which the search edits a source that a person wrote.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "repo/header.h"

/* The list behind `in`: distinct integers, spaces or commas between. */
static int parse_values(struct header *h, struct tune *tune, char *rest,
                        struct error *err)
{
        int64_t value;

        for (char *p = rest; *p; p++)
                if (*p == ',')
                        *p = ' ';
        tune->values = arena_alloc(h->source->arena,
                                   LIMIT_TUNE_VALUES * sizeof(int64_t));
        if (!tune->values)
                return error_memory(err);
        while (*rest) {
                char *word = header_word(&rest);

                if (!*word)
                        break;
                if (!text_to_int64(word, &value))
                        return error_set(err, ERR_INPUT,
                                         "%s: \"%s\" is not a whole number; "
                                         "tunables are integers",
                                         h->where, word);
                for (int i = 0; i < tune->count; i++)
                        if (tune->values[i] == value)
                                return error_set(err, ERR_INPUT,
                                                 "%s: value %s is listed "
                                                 "twice; keep one",
                                                 h->where, word);
                if (tune->count == LIMIT_TUNE_VALUES)
                        return error_set(err, ERR_LIMIT,
                                         "%s: more than %d values", h->where,
                                         LIMIT_TUNE_VALUES);
                tune->values[tune->count++] = value;
        }
        return 0;
}

static int check_default(const struct header *h, const struct tune *tune,
                         struct error *err)
{
        for (int i = 0; i < tune->count; i++)
                if (tune->values[i] == tune->value)
                        return 0;
        return error_set(err, ERR_INPUT,
                         "%s: the value %lld of %s is not in its list; add it "
                         "there or choose one of them",
                         h->where, (long long)tune->value, tune->name);
}

int tune_parse(struct header *h, char *rest, struct error *err)
{
        struct source *s = h->source;
        struct tune *tune = &s->tune[s->tune_count];
        char *equals = strchr(rest, '='), *word;
        int rc;

        if (!equals)
                return error_set(err, ERR_INPUT,
                                 "%s: write `tune NAME = VALUE in VALUES`, "
                                 "such as `tune W = 8 in 4 8 16`",
                                 h->where);
        *equals = 0;
        rc = header_new_name(h, header_word(&rest), "tunable", &tune->name,
                             err);
        if (rc < 0)
                return rc;
        rest = equals + 1 + strspn(equals + 1, " \t");
        word = header_word(&rest);
        if (!text_to_int64(word, &tune->value))
                return error_set(err, ERR_INPUT,
                                 "%s: tunable %s has the value \"%s\"; "
                                 "tunables are integers, never texts or flags",
                                 h->where, tune->name, word);
        tune->line = h->line->line;
        s->tune_count++;
        word = header_word(&rest);
        if (*word && (!text_equal(word, "in") || !*rest))
                return error_set(
                        err, ERR_INPUT,
                        "%s: \"%s\" after the value of %s; write `in` "
                        "and the values that the search may try",
                        h->where, word, tune->name);
        if (!*word && s->use)
                return 0; /* the list is that of the used file */
        if (!*word) {
                tune->values = arena_alloc(s->arena, sizeof(int64_t));
                if (!tune->values)
                        return error_memory(err);
                tune->values[tune->count++] = tune->value;
                return 0;
        }
        rc = parse_values(h, tune, rest, err);
        return rc < 0 ? rc : check_default(h, tune, err);
}

/* Is value one that the tune line lists? */
static int check_value(const struct source *source, const struct tune *tune,
                       int64_t value, struct error *err)
{
        for (int i = 0; i < tune->count; i++)
                if (tune->values[i] == value)
                        return 0;
        return error_set(err, ERR_INPUT,
                         "%s:%d: %lld is not in the list of tunable %s; "
                         "choose one of its values",
                         source->file, tune->line, (long long)value,
                         tune->name);
}

/* The text of the number behind `=` on a tune line, which exists because
 * the line was parsed. */
static const char *number_at(const char *text, int line, size_t *length)
{
        for (int i = 1; i < line; i++)
                text = strchr(text, '\n') + 1;
        text = strchr(text, '=') + 1;
        text += strspn(text, " \t");
        *length = strspn(text, "-0123456789");
        return text;
}

int source_with_tunes(const struct source *source, const int64_t *values,
                      char **text, struct error *err)
{
        const char *from = source->text;
        struct buf out;
        int next = 0, rc = 0;

        *text = NULL;
        buf_init(&out, LIMIT_SOURCE_BYTES);
        for (int i = 0; i < source->tune_count && rc == 0; i++)
                rc = check_value(source, &source->tune[i], values[i], err);
        if (rc < 0)
                goto out;
        /* Tunes are in the order of the file. */
        for (; next < source->tune_count; next++) {
                size_t length;
                const char *at = number_at(source->text,
                                           source->tune[next].line, &length);

                buf_add(&out, from, (size_t)(at - from));
                buf_printf(&out, "%lld", (long long)values[next]);
                from = at + length;
        }
        buf_puts(&out, from);
        rc = buf_check(&out, source->file, err);
        if (rc == 0)
                *text = buf_take(&out);
        if (rc == 0 && !*text)
                rc = error_memory(err);
out:
        buf_dispose(&out);
        return rc;
}

int source_header_only(const struct source *source, const char *use,
                       const int64_t *values, char **text, struct error *err)
{
        const char *mark = source_comment(source->language);
        struct buf out;
        int rc = 0;

        *text = NULL;
        buf_init(&out, LIMIT_SOURCE_BYTES);
        buf_printf(&out, "%s kevo: use %s\n", mark, use);
        for (int i = 0; i < source->tune_count && rc == 0; i++) {
                rc = check_value(source, &source->tune[i], values[i], err);
                buf_printf(&out, "%s kevo: tune %s = %lld\n", mark,
                           source->tune[i].name, (long long)values[i]);
        }
        if (rc == 0)
                rc = buf_check(&out, use, err);
        if (rc == 0)
                *text = buf_take(&out);
        if (rc == 0 && !*text)
                rc = error_memory(err);
        buf_dispose(&out);
        return rc;
}
