/* See device_code.h. */
#include "backends/device_code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* Position of a tensor among those of its role. */
static uint8_t rank_of(const struct spec *spec, const struct tensor *tensor)
{
        uint8_t n = 0;

        for (int i = 0; i < tensor->number; i++)
                n += spec->tensor[i]->role == tensor->role;
        return n;
}

static bool is_fixed(const struct source *source, const struct size *size)
{
        for (int i = 0; i < source->fix_count; i++)
                if (source->fix[i] == size)
                        return true;
        return false;
}

/* One name of a stage's args; the header was checked when it was read. */
static struct device_argument argument(const struct source *source,
                                       const struct spec *spec,
                                       const char *name)
{
        const struct tensor *tensor = spec_find_tensor(spec, name);

        for (int i = 0; !tensor && i < source->scratch_count; i++)
                if (text_equal(source->scratch[i].name, name))
                        return (struct device_argument){
                                DEVICE_SCRATCH,
                                (uint8_t)source->scratch[i].dtype, (uint8_t)i};
        return (struct device_argument){
                tensor->role == TENSOR_IN ? DEVICE_INPUT : DEVICE_OUTPUT,
                (uint8_t)tensor->dtype, rank_of(spec, tensor)};
}

static void fill_stage(struct device_stage *out, const struct source *source,
                       int number, const struct spec *spec,
                       const struct launch *launch)
{
        const struct stage *stage = source->stage + number;
        int n = 0;

        snprintf(out->name, sizeof out->name, "%.60s", stage->name);
        out->grid = launch->tasks[number];
        out->block = launch->block[number];
        out->shared = launch->shared[number];
        for (int i = 0; i < stage->arg_count; i++)
                out->argument[n++] = argument(source, spec, stage->arg[i]);
        for (int i = 0; i < spec->size_count; i++)
                if (!is_fixed(source, spec->size[i]))
                        out->argument[n++] = (struct device_argument){
                                DEVICE_SIZE, DTYPE_I64, (uint8_t)i};
        for (int i = 0; i < spec->param_count; i++)
                out->argument[n++] = (struct device_argument){
                        DEVICE_PARAM, (uint8_t)spec->param[i]->dtype,
                        (uint8_t)i};
        out->argument_count = n;
}

static struct device_code *allocate(const char *bytes, size_t length)
{
        struct device_code *code = calloc(1, sizeof *code + length + 1);

        if (!code)
                return NULL;
        code->length = length;
        memcpy(code->bytes, bytes, length);
        return code;
}

int device_code_make(struct device_code **code,
                     const struct device_driver *driver, int number,
                     const struct device_info *info,
                     const struct source *source, const struct spec *spec,
                     const struct launch *launch, const char *options,
                     const char *text, size_t length, struct error *err)
{
        struct device_code *c = allocate(text, length);

        *code = c;
        if (!c)
                return error_memory(err);
        snprintf(c->driver, sizeof c->driver, "%s", driver->name);
        snprintf(c->options, sizeof c->options, "%s", options);
        c->number = number;
        c->processor = info->processor;
        c->stage_count = source->stage_count;
        for (int i = 0; i < source->stage_count; i++)
                fill_stage(c->stage + i, source, i, spec, launch);
        return 0;
}

int device_code_built(struct device_code **built,
                      const struct device_code *code, const char *bytes,
                      size_t length, struct error *err)
{
        struct device_code *c = allocate(bytes, length);

        *built = c;
        if (!c)
                return error_memory(err);
        memcpy(c, code, sizeof *code);
        c->built = true;
        c->length = length;
        return 0;
}
