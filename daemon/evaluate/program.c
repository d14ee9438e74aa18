/* See program.h. */
#include "evaluate/program.h"

#include <stdlib.h>

#include "backends/c/compile.h"
#include "core/clock.h"

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

        compile_constants(&constants);
        return source_applies(source, spec, binding, &constants);
}

int program_threads(const struct program *program, int threads)
{
        int64_t most = 1;

        for (int i = 0; i < program->source->stage_count; i++) {
                if (program->launch.tasks[i] > most)
                        most = program->launch.tasks[i];
        }
        return most < threads ? (int)most : threads;
}

int program_make(struct program **program, const struct source *source,
                 const struct spec *spec, const struct binding *binding,
                 const char *cache, const char **stage, struct error *err)
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
        compile_constants(&constants);
        if (!backend)
                rc = error_set(err, ERR_UNSUPPORTED,
                               "%s: no backend for the language %s here",
                               source->file, source->language);
        else
                rc = backend->compile(source, spec, binding, cache, &p->build,
                                      err);
        if (rc == 0)
                rc = thunk_launch(source, spec, binding, &constants,
                                  &p->launch, err);
        if (rc == 0) {
                p->compile_ns =
                        p->build.cached ? 0 : clock_monotonic_ns() - start;
                *stage = "inspect";
                rc = backend->inspect(&p->build, source, err);
        }
        if (rc == 0)
                rc = memory_of_bytes(&p->object, p->build.object,
                                     p->build.length, true, err);
        if (rc < 0) {
                program_free(p);
                return rc;
        }
        *program = p;
        return 0;
}
