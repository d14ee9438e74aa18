/* See compile.h. */
#include "backends/c/compile.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/c/environment.h"
#include "backends/c/inspect.h"
#include "backends/c/thunk.h"
#include "backends/kept.h"
#include "core/text.h"

static struct machine machine;
static pthread_once_t machine_once = PTHREAD_ONCE_INIT;

static void probe_machine(void)
{
        machine_probe(&machine);
}

void compile_constants(struct device_constants *constants)
{
        pthread_once(&machine_once, probe_machine);
        *constants =
                (struct device_constants){.cores = machine.threads,
                                          .warp = 1,
                                          .sms = machine.threads,
                                          .shared_bytes = machine.l1_bytes,
                                          .l2_bytes = machine.l2_bytes};
}

static void define(struct compiler_job *job, char **text, const char *name,
                   int64_t value, const char *suffix)
{
        int n = sprintf(*text, "-D%.63s=%lld%s", name, (long long)value,
                        suffix);

        job->define[job->define_count++] = *text;
        *text += n + 1;
}

static void define_constant(struct compiler_job *job, char **text,
                            const struct constant *constant)
{
        int n;

        if (constant->kind != KIND_REAL) {
                define(job, text, constant->name, constant->integer, "");
                return;
        }
        n = sprintf(*text, "-D%.48s=%.17g", constant->name, constant->real);
        job->define[job->define_count++] = *text;
        *text += n + 1;
}

/* May sums and products of the fixed sizes, of margins and the like, be more
 * than int holds? Then the macros are long, as sizes are that are arguments.
 */
static bool are_many(const struct source *source,
                     const struct binding *binding)
{
        double product = 1;

        for (int i = 0; i < source->fix_count; i++)
                product *= (double)binding->size[source->fix[i]->number];
        return product > 1 << 26;
}

int compile_defines(const struct source *source, const struct spec *spec,
                    const struct binding *binding, char *text,
                    struct compiler_job *job, struct error *err)
{
        const char *suffix = are_many(source, binding) ? "L" : "";

        job->define_count = 0;
        if (source->fix_count + source->tune_count + spec->constant_count >
            COMPILER_DEFINES)
                return error_set(err, ERR_LIMIT,
                                 "%s: too many fixed sizes, tunables and "
                                 "constants",
                                 source->file);
        for (int i = 0; i < spec->constant_count; i++)
                define_constant(job, &text, spec->constant[i]);
        for (int i = 0; i < source->fix_count; i++)
                define(job, &text, source->fix[i]->name,
                       binding->size[source->fix[i]->number], suffix);
        for (int i = 0; i < source->tune_count; i++)
                define(job, &text, source->tune[i].name, source->tune[i].value,
                       "");
        return 0;
}

/* Everything that decides the object's bytes. */
static void key_of(const struct compiler *compiler,
                   const struct compiler_job *job, char key[HASH_TEXT_BYTES])
{
        char isa[32 * 17];
        struct hash hash;

        pthread_once(&machine_once, probe_machine);
        environment_isa(&machine, isa);
        hash_begin(&hash);
        hash_add(&hash, job->text, job->length);
        for (int i = 0; i < job->define_count; i++)
                hash_add_text(&hash, job->define[i]);
        for (int i = 0; job->extra && job->extra[i]; i++)
                hash_add_text(&hash, job->extra[i]);
        hash_add_text(&hash, compiler->path);
        hash_add_text(&hash, compiler->version);
        hash_add_text(&hash, compiler_base_flags());
        hash_add_text(&hash, machine.model_name);
        hash_add_text(&hash, isa);
        hash_end(&hash, key);
}

static int build_or_load(const struct compiler *compiler,
                         const struct compiler_job *job, const char *cache,
                         struct build *build, struct error *err)
{
        char key[HASH_TEXT_BYTES];
        int rc;

        if (cache) {
                key_of(compiler, job, key);
                if (kept_load(cache, key, &build->object, &build->length)) {
                        build->cached = true;
                        build->log = strdup("");
                        return build->log ? 0 : error_memory(err);
                }
        }
        rc = compiler_run(compiler, job, &build->object, &build->length,
                          &build->log, err);
        if (rc == 0 && cache)
                kept_store(cache, key, build->object, build->length);
        return rc;
}

/* Identity: loadable code, and what the launch does with it. */
static int identify(const struct source *source, const struct spec *spec,
                    const struct binding *binding, struct build *build,
                    struct error *err)
{
        struct device_constants constants;
        struct launch launch;
        struct hash hash;
        int rc;

        hash_begin(&hash);
        rc = inspect_identity(build->object, build->length, &hash, err);
        hash_end(&hash, build->code);
        if (rc < 0)
                return rc;
        compile_constants(&constants);
        rc = thunk_launch(source, spec, binding, &constants, &launch, err);
        if (rc < 0)
                return rc;
        hash_begin(&hash);
        hash_add_text(&hash, build->code);
        hash_add(&hash, &launch, offsetof(struct launch, block));
        for (int i = 0; i < source->scratch_count; i++)
                hash_add_int(&hash, source->scratch[i].zero);
        hash_end(&hash, build->identity);
        return 0;
}

int compile_object(const struct source *source, const struct spec *spec,
                   const struct binding *binding, const char *const *flags,
                   const char *cache, struct build *build, struct error *err)
{
        struct compiler_job job = {.file = source->file, .extra = flags};
        const struct compiler *compiler;
        char *defines = NULL;
        struct buf text;
        int rc;

        *build = (struct build){0};
        buf_init(&text, 2 * LIMIT_SOURCE_BYTES);
        defines = malloc(COMPILE_DEFINES_BYTES);
        rc = defines ? compiler_find(&compiler, err) : error_memory(err);
        if (rc == 0)
                rc = compile_defines(source, spec, binding, defines, &job,
                                     err);
        if (rc < 0)
                goto out;
        buf_add(&text, source->text, source->length);
        thunk_print(source, spec, &text);
        rc = buf_check(&text, source->file, err);
        if (rc < 0)
                goto out;
        job.text = text.data;
        job.length = text.length;
        rc = build_or_load(compiler, &job, cache, build, err);
out:
        buf_dispose(&text);
        free(defines);
        return rc;
}

int compile_source(const struct source *source, const struct spec *spec,
                   const struct binding *binding, const char *cache,
                   struct build *build, struct error *err)
{
        int rc =
                compile_object(source, spec, binding, NULL, cache, build, err);

        if (rc == 0)
                rc = identify(source, spec, binding, build, err);
        if (rc < 0)
                build_dispose(build);
        return rc;
}
