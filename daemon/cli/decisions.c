/* See decisions.h. */
#include "cli/decisions.h"

#include <stdio.h>

#include "core/limits.h"

enum { DECISIONS_SHOWN = 200 };

int64_t decisions_newest(struct store *store)
{
        struct decision **list = NULL;
        int64_t newest = 0;
        int count = 0;

        if (decision_list(store, 0, 1, &list, &count, NULL) < 0)
                return 0;
        if (count)
                newest = list[0]->id;
        decisions_free(list, count);
        return newest;
}

void decisions_add(struct buf *out, const struct decision *d)
{
        buf_printf(out, "%s%s%s%s%s: %s", d->action, *d->kernel ? " " : "",
                   d->kernel, *d->hardware ? " " : "", d->hardware, d->reason);
}

int decisions_print_since(struct store *store, int64_t since)
{
        struct decision **list = NULL;
        int count = 0, shown = 0;
        struct buf text;

        if (decision_list(store, 0, DECISIONS_SHOWN, &list, &count, NULL) < 0)
                return 0;
        buf_init(&text, LIMIT_JSON_BYTES);
        for (int i = count - 1; i >= 0; i--) {
                if (list[i]->id <= since)
                        continue;
                buf_clear(&text);
                decisions_add(&text, list[i]);
                puts(text.data);
                shown++;
        }
        buf_dispose(&text);
        decisions_free(list, count);
        return shown;
}
