/* See compile.h. */
#include "backends/opencl/compile.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/c/compile.h"
#include "backends/device_code.h"
#include "backends/opencl/driver.h"
#include "core/text.h"

enum { EXTRAS = 96, NAME_BYTES = 64 };

const char opencl_flags[] = "-cl-std=CL1.2 -cl-kernel-arg-info";

/* What an OpenCL compiler would define itself and a source may ask for. */
struct extras {
        const char *flag[EXTRAS + 16];
        char name[EXTRAS][NAME_BYTES];
};

static void collect_extras(struct extras *e, const struct device_info *info)
{
        static const char *const plain[] = {"-E",
                                            "-x",
                                            "c",
                                            "-undef",
                                            "-nostdinc",
                                            "-D__OPENCL_VERSION__=120",
                                            "-D__OPENCL_C_VERSION__=120",
                                            "-DCL_VERSION_1_2=120",
                                            "-D__ENDIAN_LITTLE__=1"};
        const char *p = info->extensions;
        int n = 0, made = 0;

        for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
                e->flag[n++] = plain[i];
        while (*p && made < EXTRAS) {
                int length = (int)strcspn(p, " ");

                if (length > 3 && length < NAME_BYTES - 8) {
                        snprintf(e->name[made], NAME_BYTES, "-D%.*s=1", length,
                                 p);
                        e->flag[n++] = e->name[made++];
                }
                p += length;
                p += strspn(p, " ");
        }
        e->flag[n] = NULL;
}

/* Line markers of the preprocessor as directives of the language, without
 * its made-up files. */
static void clean(const char *text, struct buf *out)
{
        while (*text) {
                size_t length = strcspn(text, "\n");
                long line = 0;

                if (text[0] == '#' && text[1] == ' ' &&
                    sscanf(text + 2, "%ld", &line) == 1) {
                        if (line > 0 && memchr(text, '<', length) == NULL)
                                buf_printf(out, "#line %ld\n", line);
                } else {
                        buf_add(out, text, length);
                        buf_putc(out, '\n');
                }
                text += length + (text[length] == '\n');
        }
}

static int preprocess(const struct source *source, const struct spec *spec,
                      const struct binding *binding,
                      const struct device_info *info, struct buf *out,
                      char **log, struct error *err)
{
        struct compiler_job job = {.text = source->text,
                                   .length = source->length,
                                   .file = source->file,
                                   .executable = true};
        struct extras *extras = calloc(1, sizeof *extras);
        char *defines = malloc(COMPILE_DEFINES_BYTES), *text = NULL;
        const struct compiler *compiler;
        size_t length = 0;
        int rc = extras && defines ? compiler_find(&compiler, err)
                                   : error_memory(err);

        if (rc == 0)
                rc = compile_defines(source, spec, binding, defines, &job,
                                     err);
        if (rc == 0) {
                collect_extras(extras, info);
                job.extra = extras->flag;
                rc = compiler_run(compiler, &job, &text, &length, log, err);
        }
        if (rc == 0 && memchr(text, 0, length))
                rc = error_set(err, ERR_INPUT, "%s: not a text", source->file);
        if (rc == 0) {
                text[length ? length - 1 : 0] = 0; /* ends with a newline */
                clean(text, out);
                rc = buf_check(out, source->file, err);
        }
        free(text);
        free(defines);
        free(extras);
        return rc;
}

/* What the header may say and OpenCL cannot do. */
static int check_stages(const struct source *source, struct error *err)
{
        for (int i = 0; i < source->stage_count; i++)
                if (source->stage[i].cooperative)
                        return error_set(err, ERR_UNSUPPORTED,
                                         "%s:%d: stage %s is cooperative; "
                                         "OpenCL has no barrier between "
                                         "groups, make it two stages",
                                         source->file, source->stage[i].line,
                                         source->stage[i].name);
        return 0;
}

static bool uses_f64(const struct spec *spec)
{
        for (int i = 0; i < spec->tensor_count; i++)
                if (spec->tensor[i]->dtype == DTYPE_F64)
                        return true;
        for (int i = 0; i < spec->param_count; i++)
                if (spec->param[i]->dtype == DTYPE_F64)
                        return true;
        return false;
}

/* Identity: the text that is built, with what, for which device, and what
 * the launch does with it. */
static void identify(const struct device_info *info,
                     const struct launch *launch, const struct source *source,
                     const char *text, struct build *build)
{
        struct hash hash;

        hash_begin(&hash);
        hash_add_text(&hash, text);
        hash_add_text(&hash, opencl_flags);
        hash_add_text(&hash, info->platform);
        hash_add_text(&hash, info->name);
        hash_add_text(&hash, info->driver);
        hash_end(&hash, build->code);
        hash_begin(&hash);
        hash_add_text(&hash, build->code);
        hash_add(&hash, launch, sizeof *launch);
        for (int i = 0; i < source->scratch_count; i++)
                hash_add_int(&hash, source->scratch[i].zero);
        hash_end(&hash, build->identity);
}

int opencl_compile(const struct source *source, const struct spec *spec,
                   const struct binding *binding, const char *cache,
                   struct build *build, struct error *err)
{
        struct device_constants constants;
        const struct device_info *info;
        struct device_code *code = NULL;
        struct launch launch;
        struct buf text;
        int number, rc;

        (void)cache; /* what is worth keeping is made by the driver */
        *build = (struct build){0};
        buf_init(&text, 4 * LIMIT_SOURCE_BYTES);
        rc = check_stages(source, err);
        if (rc == 0)
                rc = device_choose(&opencl_driver, &info, &number, err);
        if (rc == 0 && uses_f64(spec) && !info->f64)
                rc = error_set(err, ERR_UNSUPPORTED,
                               "kernel %s needs doubles, which %s has not "
                               "(cl_khr_fp64)",
                               spec->name, info->name);
        if (rc == 0)
                rc = backend_constants(&backend_opencl, &constants, err);
        if (rc == 0)
                rc = thunk_launch(source, spec, binding, &constants, &launch,
                                  err);
        if (rc == 0)
                rc = preprocess(source, spec, binding, info, &text,
                                &build->log, err);
        if (rc == 0)
                rc = device_code_make(&code, &opencl_driver, number, info,
                                      source, spec, &launch, opencl_flags,
                                      text.data, text.length, err);
        if (rc == 0) {
                build->object = (char *)code;
                build->length = device_code_bytes(code);
                identify(info, &launch, source, text.data, build);
        } else {
                build_dispose(build);
        }
        buf_dispose(&text);
        return rc;
}
