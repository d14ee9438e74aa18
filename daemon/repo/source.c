/*
 * See source.h. Reading is in scan.c, header.c, tune.c and stage.c; here are
 * a source's life, its languages, and the values of its expressions.
 */
#include "repo/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "repo/header.h"

/* In the order in which `languages` defaults when nothing was measured. */
static const struct language {
        const char *name, *suffix, *comment;
        const char *kinds[5]; /* of hardware that runs it */
} languages[] = {
        {"c", ".c", "//", {"cpu"}},
        {"cuda", ".cu", "//", {"cuda"}},
        {"hip", ".hip", "//", {"hip"}},
        {"triton", ".triton.py", "#", {"cuda", "hip"}},
        {"cutedsl", ".cute.py", "#", {"cuda"}},
        {"opencl", ".cl", "//", {"opencl", "cuda", "hip", "cpu"}},
};

enum { LANGUAGES = sizeof languages / sizeof languages[0] };

static const struct language *find_language(const char *name)
{
        for (int i = 0; i < LANGUAGES; i++)
                if (text_equal(languages[i].name, name))
                        return &languages[i];
        return NULL;
}

const char *source_language(const char *file_name)
{
        for (int i = 0; i < LANGUAGES; i++)
                if (text_ends(file_name, languages[i].suffix))
                        return languages[i].name;
        return NULL;
}

const char *source_suffix(const char *language)
{
        const struct language *found = find_language(language);

        return found ? found->suffix : NULL;
}

const char *source_comment(const char *language)
{
        const struct language *found = find_language(language);

        return found ? found->comment : NULL;
}

const char *const *source_languages(void)
{
        static const char *const names[] = {
                "c", "cuda", "hip", "triton", "cutedsl", "opencl", NULL};

        return names;
}

bool source_runs_on(const char *language, const char *kind)
{
        const struct language *found = find_language(language);

        for (int i = 0; found && i < 5 && found->kinds[i]; i++)
                if (text_equal(found->kinds[i], kind))
                        return true;
        return false;
}

void source_free(struct source *source)
{
        if (!source)
                return;
        intexpr_free(source->when);
        for (int i = 0; i < source->check_count; i++)
                intexpr_free(source->check[i]);
        for (int i = 0; i < source->scratch_count; i++)
                intexpr_free(source->scratch[i].elements);
        for (int i = 0; i < source->stage_count; i++) {
                struct stage *stage = &source->stage[i];

                intexpr_free(stage->tasks);
                intexpr_free(stage->grid);
                intexpr_free(stage->block);
                intexpr_free(stage->shared);
                for (int j = 0; j < stage->local_count; j++)
                        intexpr_free(stage->local[j].elements);
        }
        arena_free(source->arena);
        free(source->text);
        free(source);
}

const struct constant *source_find_constant(const struct spec *spec,
                                            const char *name)
{
        for (int i = 0; i < spec->constant_count; i++)
                if (spec->constant[i]->kind == KIND_INTEGER &&
                    text_equal(spec->constant[i]->name, name))
                        return spec->constant[i];
        return NULL;
}

/* Does the expression depend on the device, not only on sizes and tunes? */
static bool uses_device(const struct intexpr *expr,
                        const struct source *source, const struct spec *spec)
{
        for (int i = 0; i < intexpr_name_count(expr); i++) {
                const char *name = intexpr_name(expr, i);
                bool known = spec_find_size(spec, name) ||
                             source_find_constant(spec, name);

                for (int j = 0; j < source->tune_count && !known; j++)
                        known = text_equal(source->tune[j].name, name);
                if (!known)
                        return true;
        }
        return false;
}

/* The buffers must be possible for every declared workload. */
static int check_buffer(const struct source *source,
                        const struct scratch *buffer, const struct spec *spec,
                        struct error *err)
{
        struct binding binding;
        int64_t bytes;
        int rc = 0;

        if (uses_device(buffer->elements, source, spec))
                return 0;
        for (int i = 0; i < spec->workload_count && rc == 0; i++) {
                binding_from_workload(&binding, spec, spec->workload[i]);
                if (!source_holds(source, spec, &binding))
                        continue;
                rc = source_scratch_bytes(source, buffer, spec, &binding, NULL,
                                          &bytes, err);
                if (rc < 0)
                        error_wrap(err, "workload %s",
                                   spec->workload[i]->name);
        }
        return rc;
}

static int check_buffers(const struct source *source, const struct spec *spec,
                         struct error *err)
{
        int rc = 0;

        for (int i = 0; i < source->scratch_count && rc == 0; i++)
                rc = check_buffer(source, &source->scratch[i], spec, err);
        for (int i = 0; i < source->stage_count && rc == 0; i++)
                for (int j = 0; j < source->stage[i].local_count && rc == 0;
                     j++)
                        rc = check_buffer(source, &source->stage[i].local[j],
                                          spec, err);
        return rc;
}

/* A source with its texts, nothing read yet. */
static struct source *new_source(const char *text, size_t length,
                                 const char *file, const char *language)
{
        struct source *source = calloc(1, sizeof *source);

        if (!source)
                return NULL;
        source->arena = arena_new(1 << 20);
        source->language = find_language(language)->name;
        source->text = malloc(length + 1);
        if (source->arena)
                source->file = arena_strdup(source->arena, file);
        if (!source->file || !source->text) {
                source_free(source);
                return NULL;
        }
        memcpy(source->text, text, length);
        source->text[length] = 0;
        source->length = length;
        hash_bytes(text, length, source->hash);
        return source;
}

int source_parse(const char *text, size_t length, const char *file,
                 const char *language, const struct spec *spec,
                 struct source **source, struct error *err)
{
        struct scan scan = {0};
        int rc;

        *source = NULL;
        if (!find_language(language))
                return error_set(err, ERR_INPUT, "%s: unknown language %s",
                                 file, language);
        if (length > LIMIT_SOURCE_BYTES)
                return error_set(err, ERR_LIMIT,
                                 "%s: %zu bytes; a source has at most %d",
                                 file, length, LIMIT_SOURCE_BYTES);
        *source = new_source(text, length, file, language);
        if (!*source)
                return error_memory(err);
        rc = scan_source(&scan, text, length, file, source_comment(language),
                         err);
        if (rc == 0)
                rc = header_parse(*source, &scan, spec, err);
        if (rc == 0)
                rc = check_buffers(*source, spec, err);
        scan_dispose(&scan);
        if (rc < 0) {
                source_free(*source);
                *source = NULL;
        }
        return rc;
}

/* What names mean while one expression is evaluated. */
struct scope {
        const struct source *source;
        const struct spec *spec;
        const struct binding *binding;
        const struct device_constants *device;
};

static bool look_up_device(const struct device_constants *device,
                           const char *name, int64_t *value)
{
        const struct {
                const char *name;
                int64_t value;
        } constants[] = {{"SMS", device->sms},
                         {"SHARED", device->shared_bytes},
                         {"L2", device->l2_bytes},
                         {"CORES", device->cores},
                         {"WARP", device->warp}};

        for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
                if (text_equal(constants[i].name, name)) {
                        *value = constants[i].value;
                        return true;
                }
        }
        return false;
}

static bool look_up(const char *name, int64_t *value, void *data)
{
        const struct scope *scope = data;
        const struct size *size = spec_find_size(scope->spec, name);
        const struct constant *constant;

        if (size) {
                *value = scope->binding->size[size->number];
                return true;
        }
        constant = source_find_constant(scope->spec, name);
        if (constant) {
                *value = constant->integer;
                return true;
        }
        for (int i = 0; i < scope->source->tune_count; i++) {
                if (text_equal(scope->source->tune[i].name, name)) {
                        *value = scope->source->tune[i].value;
                        return true;
                }
        }
        return scope->device && look_up_device(scope->device, name, value);
}

int source_eval(const struct source *source, const struct intexpr *expr,
                const struct spec *spec, const struct binding *binding,
                const struct device_constants *device, int64_t *value,
                struct error *err)
{
        struct scope scope = {source, spec, binding, device};

        return intexpr_eval(expr, look_up, &scope, value, err);
}

int source_scratch_bytes(const struct source *source,
                         const struct scratch *scratch,
                         const struct spec *spec,
                         const struct binding *binding,
                         const struct device_constants *device, int64_t *bytes,
                         struct error *err)
{
        int64_t size = (int64_t)dtype_bytes(scratch->dtype), elements;
        int rc = source_eval(source, scratch->elements, spec, binding, device,
                             &elements, err);

        if (rc < 0)
                return error_wrap(err, "%s:%d: buffer %s", source->file,
                                  scratch->line, scratch->name);
        if (elements < 0 || elements > SOURCE_SCRATCH_BYTES / size)
                return error_set(err, ERR_LIMIT,
                                 "%s:%d: buffer %s would have %lld elements "
                                 "of %s; the most is %lld bytes",
                                 source->file, scratch->line, scratch->name,
                                 (long long)elements,
                                 dtype_name(scratch->dtype),
                                 (long long)SOURCE_SCRATCH_BYTES);
        *bytes = elements * size;
        return 0;
}

bool source_holds(const struct source *source, const struct spec *spec,
                  const struct binding *binding)
{
        int64_t value;

        return !source->when ||
               (source_eval(source, source->when, spec, binding, NULL, &value,
                            NULL) == 0 &&
                value != 0);
}

bool source_applies(const struct source *source, const struct spec *spec,
                    const struct binding *binding,
                    const struct device_constants *device)
{
        int64_t value;

        if (!source_holds(source, spec, binding))
                return false;
        for (int i = 0; i < source->check_count; i++)
                if (source_eval(source, source->check[i], spec, binding,
                                device, &value, NULL) < 0 ||
                    value == 0)
                        return false;
        return true;
}
