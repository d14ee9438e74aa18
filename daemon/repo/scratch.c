/*
 * Buffers of a header (header.h): `scratch` between the stages of one call,
 * and the shape of a C stage's `local`.
 */
#include <string.h>

#include "core/text.h"
#include "repo/header.h"

static int refuse_dtype(const struct header *h, const char *name,
                        struct error *err)
{
        const char *names[DTYPE_BOOL + 1] = {0}, *near;

        for (int i = DTYPE_NONE + 1; i <= DTYPE_BOOL; i++)
                names[i - 1] = dtype_name((enum dtype)i);
        near = dtype_name(dtype_from_foreign(name));
        if (!*near)
                near = text_suggest(name, names);
        return error_set(err, ERR_INPUT,
                         "%s: unknown type %s%s%s%s; buffers are written as "
                         "f32[M*2]",
                         h->where, name, near ? ", did you mean " : "",
                         near ? near : "", near ? "?" : "");
}

int scratch_parse_shape(struct header *h, char *text, struct scratch *buffer,
                        struct error *err)
{
        char *open = strchr(text, '['), *close = strrchr(text, ']');
        size_t n;

        if (!open || !close || close < open ||
            close[1 + strspn(close + 1, " \t")])
                return error_set(err, ERR_INPUT,
                                 "%s: buffer %s needs a type and a length, "
                                 "such as f32[M*2]",
                                 h->where, buffer->name);
        *open = *close = 0;
        n = strlen(text);
        while (n && strchr(" \t", text[n - 1]))
                text[--n] = 0;
        buffer->dtype = dtype_from_name(text);
        if (buffer->dtype == DTYPE_NONE)
                return refuse_dtype(h, text, err);
        return header_expression(h, open + 1, false, true, &buffer->elements,
                                 err);
}

int scratch_parse(struct header *h, char *rest, struct error *err)
{
        struct source *s = h->source;
        struct scratch *buffer = &s->scratch[s->scratch_count];
        char *name = header_word(&rest), *close = strrchr(rest, ']');
        int rc;

        rc = header_new_name(h, name, "scratch buffer", &buffer->name, err);
        if (rc < 0)
                return rc;
        if (close) {
                char *word = close + 1 + strspn(close + 1, " \t");

                buffer->zero = text_equal(word, "zero");
                if (*word && !buffer->zero)
                        return error_set(err, ERR_INPUT,
                                         "%s: \"%s\" behind the buffer; only "
                                         "`zero` may stand there",
                                         h->where, word);
                close[1] = 0;
        }
        rc = scratch_parse_shape(h, rest, buffer, err);
        buffer->line = h->line->line;
        if (rc == 0)
                s->scratch_count++;
        return rc;
}
