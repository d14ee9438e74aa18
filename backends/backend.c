/* The table of backends: see backend.h. */
#include "backends/backend.h"

#include <stdlib.h>

#include "core/text.h"

static const struct backend *const backend_table[] = {&backend_c, NULL};

const struct backend *const *backend_all(void)
{
        return backend_table;
}

const struct backend *backend_find(const char *language)
{
        for (int i = 0; backend_table[i]; i++) {
                if (text_equal(backend_table[i]->language, language))
                        return backend_table[i];
        }
        return NULL;
}

void build_dispose(struct build *build)
{
        free(build->object);
        free(build->log);
        *build = (struct build){0};
}
