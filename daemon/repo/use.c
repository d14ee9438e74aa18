/*
 * Header-only files: `// kevo: use generic.c` and tune lines. What such a
 * file stands for is another file's text with other defaults, so everything
 * above this room sees one kind of source only.
 */
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "repo/source.h"

/* Values parallel to base->tune: its defaults, then the header's own. */
static int override_tunes(const struct source *header,
                          const struct source *base, int64_t *values,
                          struct error *err)
{
        const char *names[LIMIT_TUNES + 1] = {0}, *near;

        for (int i = 0; i < base->tune_count; i++) {
                names[i] = base->tune[i].name;
                values[i] = base->tune[i].value;
        }
        for (int i = 0; i < header->tune_count; i++) {
                const struct tune *tune = &header->tune[i];
                int j = 0;

                while (j < base->tune_count &&
                       !text_equal(names[j], tune->name))
                        j++;
                if (j == base->tune_count) {
                        near = text_suggest(tune->name, names);
                        return error_set(err, ERR_INPUT,
                                         "%s:%d: %s has no tunable %s%s%s%s",
                                         header->file, tune->line, base->file,
                                         tune->name,
                                         near ? "; did you mean " : "",
                                         near ? near : "", near ? "?" : "");
                }
                values[j] = tune->value;
        }
        return 0;
}

/* The header's domain becomes a `when` line above the base's own. */
static int join_texts(const struct source *header, const char *text,
                      struct buf *out, struct error *err)
{
        if (header->when) {
                buf_printf(out, "%s kevo: when ",
                           source_comment(header->language));
                intexpr_print(header->when, out);
                buf_putc(out, '\n');
        }
        buf_puts(out, text);
        return buf_check(out, header->file, err);
}

int source_resolve_use(const struct source *header, const struct source *base,
                       const struct spec *spec, struct source **effective,
                       struct error *err)
{
        int64_t values[LIMIT_TUNES];
        char *text = NULL;
        struct buf out;
        int rc;

        *effective = NULL;
        buf_init(&out, LIMIT_SOURCE_BYTES);
        if (base->use) {
                rc = error_set(err, ERR_INPUT,
                               "%s: uses %s, which is header-only itself; use "
                               "the file with the code, %s",
                               header->file, header->use, base->use);
                goto out;
        }
        rc = override_tunes(header, base, values, err);
        if (rc == 0)
                rc = source_with_tunes(base, values, &text, err);
        if (rc < 0) {
                error_wrap(err, "%s", header->file);
                goto out;
        }
        rc = join_texts(header, text, &out, err);
        if (rc == 0)
                rc = source_parse(out.data, out.length, header->file,
                                  header->language, spec, effective, err);
out:
        free(text);
        buf_dispose(&out);
        return rc;
}
