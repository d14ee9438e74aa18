/* See program.h. */
#include "evaluate/program.h"

#include <stdlib.h>

#include "core/clock.h"
#include "evaluate/device_build.h"

void program_free(struct program *program)
{
        if (!program)
                return;
        build_dispose(&program->build);
        memory_dispose(&program->object);
        free(program);
}

bool program_applies(const struct source *source, const struct spec *spec,
                     const struct binding *binding)
{
        struct device_constants constants;

        if (backend_constants(backend_find(source->language), &constants,
                              NULL) < 0)
                return false;
        return source_applies(source, spec, binding, &constants);
}

int program_threads(const struct program *program, int threads)
{
        int64_t most = 1;

        if (program->backend->driver)
                return 1;
        for (int i = 0; i < program->source->stage_count; i++) {
                if (program->launch.tasks[i] > most)
                        most = program->launch.tasks[i];
        }
        return most < threads ? (int)most : threads;
}

int program_make(struct program **program, const struct source *source,
                 const struct spec *spec, const struct binding *binding,
                 struct zygote *zygote, const char *cache, const char **stage,
                 struct error *err)
{
        const struct backend *backend = backend_find(source->language);
        struct device_constants constants;
        struct program *p = calloc(1, sizeof *p);
        int64_t start = clock_monotonic_ns();
        const char *ignored;
        int rc;

        *program = NULL;
        stage = stage ? stage : &ignored;
        *stage = "build";
        if (!p)
                return error_memory(err);
        p->spec = spec;
        p->source = source;
        p->binding = *binding;
        p->backend = backend;
        if (!backend)
                rc = error_set(err, ERR_UNSUPPORTED,
                               "%s: no backend for the language %s here",
                               source->file, source->language);
        else
                rc = backend_constants(backend, &constants, err);
        if (rc == 0)
                rc = backend->compile(source, spec, binding, cache, &p->build,
                                      err);
        if (rc == 0)
                rc = thunk_launch(source, spec, binding, &constants,
                                  &p->launch, err);
        if (rc == 0) {
                *stage = "inspect";
                rc = backend->inspect(&p->build, source, err);
        }
        if (rc == 0 && backend->driver) {
                *stage = "build";
                rc = device_build(&p->build, zygote, cache, err);
                if (rc < 0)
                        error_wrap(err, "%s", source->file);
        }
        if (rc == 0)
                p->compile_ns =
                        p->build.cached ? 0 : clock_monotonic_ns() - start;
        if (rc == 0)
                rc = memory_of_bytes(&p->object, p->build.object,
                                     p->build.length, !backend->driver, err);
        if (rc < 0) {
                program_free(p);
                return rc;
        }
        *program = p;
        return 0;
}
