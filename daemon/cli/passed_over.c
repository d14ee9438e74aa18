/*
 * See passed_over.h. The sources are those that the resolution of a call
 * skips: of others, for another device or other sizes, nothing is said.
 */
#include "cli/passed_over.h"

#include <stdio.h>

#include "core/buf.h"
#include "core/text.h"
#include "search/campaign.h"

enum { SKIPPED = 4 }; /* more are not named */

struct skipped {
        struct known_wrong known;
        int count;
        const struct variant *variant[SKIPPED];
};

static bool skip(const struct variant *variant, void *data)
{
        struct skipped *s = data;

        if (!campaign_skip_wrong(variant, &s->known))
                return false;
        for (int i = 0; i < s->count; i++) {
                if (s->variant[i] == variant)
                        return true;
        }
        if (s->count < SKIPPED)
                s->variant[s->count++] = variant;
        return true;
}

static const char *incumbent(const struct subject *subject, int workload)
{
        if (subject->workload[workload].incumbent)
                return subject->workload[workload].incumbent->path;
        return subject->first_text ? "generated code" : "themselves";
}

/* "a.c and generated code" */
static void list_incumbents(const struct subject *subject, struct buf *out)
{
        for (int i = 0; i < subject->workload_count; i++) {
                bool again = false;

                for (int j = 0; j < i; j++)
                        again |= text_equal(incumbent(subject, i),
                                            incumbent(subject, j));
                if (!again)
                        buf_printf(out, "%s%s", i ? " and " : "",
                                   incumbent(subject, i));
        }
}

void passed_over_explain(const struct cli_context *context,
                         const struct subject *subject, char *text,
                         size_t size)
{
        struct skipped s = {.known = {context->store, subject->kernel}};
        const char *kernel = subject->kernel->name;
        struct subject *again = NULL;
        struct error ignored = {0};
        struct buf out;

        *text = 0;
        if (!context->store ||
            subject_make(&again, subject->repository, subject->kernel,
                         subject->hardware, &context->machine,
                         context->environment_hash, skip, &s, &ignored) < 0)
                return;
        buf_init(&out, size);
        for (int i = 0; i < s.count; i++)
                buf_printf(&out,
                           "%s is wrong and passed over (`kevo verify "
                           "%s %s` shows why: mend or remove it); ",
                           s.variant[i]->path, kernel, s.variant[i]->path);
        buf_puts(&out, "candidates are compared with ");
        list_incumbents(subject, &out);
        if (s.count && !buf_check(&out, "the sentence", &ignored))
                snprintf(text, size, "%s", out.data);
        buf_dispose(&out);
        subject_free(again);
}

void passed_over_tell(const struct cli_context *context,
                      const struct subject *subject)
{
        char text[ERROR_TEXT_BYTES];

        passed_over_explain(context, subject, text, sizeof text);
        if (*text)
                fprintf(stderr, "kevo: %s: %s\n", subject->kernel->name, text);
}
