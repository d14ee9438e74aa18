/*
 * See reference.h. One evaluation is one cell: the inputs are copied into a
 * sealed file, the program runs once with every output between guard pages,
 * and the cell is gone before its values are used.
 */
#include "evaluate/reference.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/rng.h"
#include "evaluate/rig.h"

enum { RUN_SECONDS = 60, THREADS = 8 };

struct reference_runner {
        struct spec shadow; /* the spec with outputs in double */
        struct tensor output[LIMIT_TENSORS];
        struct source *source;
        struct zygote *zygote, own;
        bool owns_zygote;
        char cache[LIMIT_PATH_BYTES];
        pthread_mutex_t lock;
        struct program *program; /* of the last binding */
};

static enum dtype reference_dtype(enum dtype dtype)
{
        return dtype_is_float(dtype)     ? DTYPE_F64
               : dtype_is_integer(dtype) ? DTYPE_I64
                                         : dtype;
}

/* No statement mentions a tensor, so copies may stand for the outputs. */
static void cast_shadow(struct reference_runner *runner,
                        const struct spec *spec)
{
        runner->shadow = *spec;
        for (int t = 0; t < spec->tensor_count; t++) {
                if (spec->tensor[t]->role != TENSOR_OUT)
                        continue;
                runner->output[t] = *spec->tensor[t];
                runner->output[t].dtype =
                        reference_dtype(spec->tensor[t]->dtype);
                runner->output[t].length = NULL; /* all of it is looked at */
                runner->shadow.tensor[t] = &runner->output[t];
        }
}

static int parse_text(struct reference_runner *runner, struct error *err)
{
        const struct reference *r = runner->shadow.reference;
        int rc;

        if (!r->text)
                return error_set(err, ERR_INPUT,
                                 "%s:%d:%d: the reference %s is not there; "
                                 "put it beside the spec",
                                 runner->shadow.file, r->line, r->column,
                                 r->file);
        rc = source_parse(r->text, strlen(r->text), r->file, "c",
                          &runner->shadow, &runner->source, err);
        if (rc == 0 && runner->source->use)
                rc = error_set(err, ERR_INPUT,
                               "%s: a reference stands alone, without `use`",
                               r->file);
        return rc;
}

int reference_check(const struct spec *spec, struct error *err)
{
        struct reference_runner *runner = calloc(1, sizeof *runner);
        int rc;

        if (!runner)
                return error_memory(err);
        cast_shadow(runner, spec);
        rc = parse_text(runner, err);
        source_free(runner->source);
        free(runner);
        return rc;
}

/* --- one evaluation --- */

/* The inputs where a cell can map them. */
static int stock_inputs_of(struct reference_runner *runner,
                           const struct binding *binding,
                           const void *const *inputs, struct stock *s,
                           struct error *err)
{
        const struct spec *spec = &runner->shadow;
        uint64_t end = 0;
        int rc;

        s->spec = spec;
        s->binding = *binding;
        s->sets = 1;
        for (int t = 0; t < spec->tensor_count; t++) {
                if (spec->tensor[t]->role == TENSOR_IN)
                        s->input[s->inputs++] = spec->tensor[t];
                else
                        s->output[s->outputs++] = spec->tensor[t];
        }
        s->piece = calloc((size_t)s->inputs + 1, sizeof *s->piece);
        s->expected = calloc((size_t)s->outputs + 1, sizeof *s->expected);
        if (!s->piece || !s->expected)
                return error_memory(err);
        for (int o = 0; o < s->outputs; o++)
                s->expected[o].elements =
                        spec_tensor_elements(s->output[o], binding, NULL);
        for (int i = 0; i < s->inputs; i++)
                memory_place(s->piece + i, &end,
                             (uint64_t)spec_tensor_bytes(s->input[i], binding),
                             MEMORY_AT_END);
        rc = memory_create(&s->memory, end, err);
        for (int i = 0; rc == 0 && i < s->inputs; i++) {
                memory_arm(&s->memory, s->piece + i, rng_secret());
                memcpy(memory_data(&s->memory, s->piece + i),
                       inputs[s->input[i]->number],
                       (size_t)spec_tensor_bytes(s->input[i], binding));
        }
        return rc < 0 ? rc : memory_seal(&s->memory, err);
}

static void dispose_stock(struct stock *s)
{
        free(s->expected);
        free(s->piece);
        memory_dispose(&s->memory);
}

/* Builds are kept on disk; this saves looking. */
static int find_program(struct reference_runner *runner,
                        const struct binding *binding, struct error *err)
{
        struct program *p = runner->program;

        if (p && memcmp(&p->binding, binding, sizeof *binding) == 0)
                return 0;
        program_free(p);
        runner->program = NULL;
        if (!program_applies(runner->source, &runner->shadow, binding))
                return error_set(err, ERR_INPUT,
                                 "its `when` or `check` is false for these "
                                 "sizes; a reference answers for all of the "
                                 "spec's domain");
        return program_make(&runner->program, runner->source, &runner->shadow,
                            binding, runner->zygote,
                            *runner->cache ? runner->cache : NULL, NULL, err);
}

/* Written in full, and nothing else? Then the values are right by
 * definition. */
static int judge(const struct rig *rig, const struct stock *s,
                 uint64_t pattern, struct error *err)
{
        char text[256];
        int64_t n;

        if (!rig_bounds(rig, text))
                return error_set(err, ERR_INPUT, "it %s", text);
        for (int o = 0; o < s->outputs; o++) {
                n = rig_unwritten(rig, 0, o, pattern, rig, 0, pattern);
                if (n >= 0)
                        return error_set(err, ERR_INPUT,
                                         "it leaves element %lld of %s "
                                         "unwritten",
                                         (long long)n, s->output[o]->name);
        }
        return 0;
}

static int run(struct reference_runner *runner, const struct stock *s,
               const struct tensor *output, void *values, struct error *err)
{
        struct cell_batch batch = {.calls = 1};
        uint64_t pattern = rng_secret();
        struct rig rig;
        int rc = rig_open(&rig, runner->zygote, runner->program, s, 1, THREADS,
                          RIG_VERIFY, err);

        if (rc < 0)
                return rc;
        rig_poison(&rig, 0, pattern);
        rc = rig_run(&rig, &batch, RUN_SECONDS * (int64_t)CLOCK_SECOND_NS,
                     NULL, err);
        if (rc == 0)
                rc = cell_stop(&rig.cell, err);
        if (rc == 0)
                rc = judge(&rig, s, pattern, err);
        for (int o = 0; rc == 0 && o < s->outputs; o++)
                if (s->output[o]->number == output->number)
                        memcpy(values, rig_output(&rig, 0, o),
                               (size_t)s->expected[o].elements *
                                       dtype_bytes(s->output[o]->dtype));
        rig_close(&rig);
        return rc;
}

/* An oracle_reference. */
static int reference_values(void *data, const struct binding *binding,
                            const void *const *inputs,
                            const struct tensor *output, void *values,
                            struct error *err)
{
        struct reference_runner *runner = data;
        struct stock s = {0};
        int rc;

        pthread_mutex_lock(&runner->lock);
        rc = find_program(runner, binding, err);
        if (rc == 0)
                rc = stock_inputs_of(runner, binding, inputs, &s, err);
        if (rc == 0)
                rc = run(runner, &s, output, values, err);
        dispose_stock(&s);
        pthread_mutex_unlock(&runner->lock);
        if (rc < 0)
                error_wrap(err, "the reference %s",
                           runner->shadow.reference->file);
        return rc;
}

/* --- opening --- */

static int find_zygote(struct reference_runner *runner, struct zygote *zygote,
                       struct error *err)
{
        int rc = 0;

        runner->zygote = zygote ? zygote : &runner->own;
        if (!zygote) {
                rc = zygote_start(&runner->own, err);
                runner->owns_zygote = rc == 0;
        }
        if (rc == 0 && !runner->zygote->grade)
                rc = error_set(err, ERR_UNSUPPORTED, "%s",
                               runner->zygote->reason);
        return rc;
}

int reference_open(struct reference_runner **result, const struct spec *spec,
                   struct oracle *oracle, struct zygote *zygote,
                   const char *cache, struct error *err)
{
        struct reference_runner *runner;
        int rc;

        *result = NULL;
        if (!spec->reference)
                return 0;
        runner = calloc(1, sizeof *runner);
        if (!runner)
                return error_memory(err);
        pthread_mutex_init(&runner->lock, NULL);
        cast_shadow(runner, spec);
        if (cache)
                snprintf(runner->cache, sizeof runner->cache, "%s", cache);
        rc = parse_text(runner, err);
        if (rc == 0)
                rc = find_zygote(runner, zygote, err);
        if (rc < 0) {
                reference_close(runner);
                return rc;
        }
        oracle_set_reference(oracle, reference_values, runner);
        *result = runner;
        return 0;
}

void reference_close(struct reference_runner *runner)
{
        if (!runner)
                return;
        program_free(runner->program);
        source_free(runner->source);
        if (runner->owns_zygote)
                zygote_stop(&runner->own);
        pthread_mutex_destroy(&runner->lock);
        free(runner);
}
