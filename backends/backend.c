/* The table of backends: see backend.h. */
#include "backends/backend.h"

#include <stdlib.h>

#include "backends/c/compile.h"
#include "core/text.h"

static const struct backend *const backend_table[] = {&backend_c,
                                                      &backend_opencl, NULL};

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

const struct backend *backend_for_kind(const char *kind)
{
        for (int i = 0; backend_table[i]; i++) {
                if (text_equal(backend_table[i]->kind, kind))
                        return backend_table[i];
        }
        return NULL;
}

int backend_constants(const struct backend *backend,
                      struct device_constants *constants, struct error *err)
{
        if (backend && backend->constants)
                return backend->constants(constants, err);
        compile_constants(constants);
        return 0;
}

void build_dispose(struct build *build)
{
        free(build->object);
        free(build->log);
        *build = (struct build){0};
}
