/*
 * kevo eval K N=5 v=[1, 2, ...]: a kernel's outputs by its oracle, from
 * tensors given as JSON arrays. Sizes that stand alone as an extent are read
 * off the arrays. With --seed the inputs that are not given are generated as
 * the verifier generates them, and with --hidden the sizes too.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/eval_array.h"
#include "cli/eval_raw.h"
#include "cli/options.h"
#include "core/buf.h"
#include "core/json.h"
#include "core/text.h"
#include "evaluate/reference.h"
#include "spec/inputs.h"
#include "spec/inputs_check.h"
#include "spec/oracle.h"

enum { EVAL_ELEMENTS = 1 << 20, EVAL_BYTES = 16 << 20 };

/* Of shapes drawn by --hidden: small enough for any other implementation,
 * and for eval with elements of a byte. */
static const double hidden_operations = 4e6;
enum { HIDDEN_BYTES = EVAL_ELEMENTS };

/* What the command line gave. */
struct eval {
        const struct spec *spec;
        struct binding binding;
        bool bound[LIMIT_SIZES];
        cJSON *given[LIMIT_TENSORS];
        void *inputs[LIMIT_TENSORS];
        struct oracle_values values[LIMIT_TENSORS];
        int64_t extent[LIMIT_TENSORS][LIMIT_RANK]; /* of outputs */
        bool scale;
        int64_t seed, hidden; /* -1: not given */
        const char *distribution_name;
        enum distribution distribution;
        const char *raw; /* folder, or NULL */
};

static int take_tensor(struct eval *e, const struct tensor *tensor,
                       const char *text, struct error *err)
{
        if (tensor->role != TENSOR_IN)
                return error_set(err, ERR_INPUT, "%s is not an input of %s",
                                 tensor->name, e->spec->name);
        cJSON_Delete(e->given[tensor->number]);
        e->given[tensor->number] = NULL;
        return json_parse(text, strlen(text), EVAL_BYTES, tensor->name,
                          &e->given[tensor->number], err);
}

/* Inputs are given like sizes here, so they are offered too. */
static int unknown_name(const struct spec *spec, const char *name,
                        struct error *err)
{
        const char *names[2 * LIMIT_SIZES + LIMIT_TENSORS + 2], *near;
        struct buf inputs;
        int n = 0;

        buf_init(&inputs, 1 << 12);
        for (int i = 0; i < spec->tensor_count; i++) {
                if (spec->tensor[i]->role != TENSOR_IN)
                        continue;
                names[n++] = spec->tensor[i]->name;
                buf_printf(&inputs, "%s%s", n > 1 ? ", " : "",
                           spec->tensor[i]->name);
        }
        for (int i = 0; i < spec->size_count; i++)
                names[n++] = spec->size[i]->name;
        for (int i = 0; i < spec->param_count; i++)
                names[n++] = spec->param[i]->name;
        names[n] = NULL;
        near = text_suggest(name, names);
        error_set(err, ERR_NOT_FOUND,
                  "kernel %s has no size, parameter or input '%s'; %s%s%s",
                  spec->name, name, near ? "did you mean " : "its inputs are ",
                  near            ? near
                  : inputs.failed ? "others"
                                  : inputs.data,
                  near ? "?" : "");
        buf_dispose(&inputs);
        return ERR_NOT_FOUND;
}

static int take_argument(struct eval *e, const char *argument,
                         struct error *err)
{
        const char *equal = strchr(argument, '=');
        const struct tensor *tensor;
        const struct size *size;
        char name[128];

        if (!equal || equal == argument ||
            equal - argument >= (long)sizeof name)
                return error_set(err, ERR_INPUT,
                                 "\"%s\": give sizes and inputs as "
                                 "NAME=VALUE",
                                 argument);
        snprintf(name, sizeof name, "%.*s", (int)(equal - argument), argument);
        tensor = spec_find_tensor(e->spec, name);
        if (tensor)
                return take_tensor(e, tensor, equal + 1, err);
        size = spec_find_size(e->spec, name);
        if (size)
                e->bound[size->number] = true;
        if (!size && !spec_find_param(e->spec, name) &&
            !text_equal(name, "data"))
                return unknown_name(e->spec, name, err);
        return binding_set(&e->binding, e->spec, name, equal + 1, err);
}

/* "B", or "B + 1" as offsets have: the size, and what is added to it. */
static const struct size *size_of_extent(const struct expr *extent,
                                         int64_t *added)
{
        *added = 0;
        for (int i = 0; extent->op == EXPR_ADD && i < 2; i++) {
                if (extent->arg[i]->op != EXPR_INTEGER ||
                    extent->arg[1 - i]->op != EXPR_SIZE)
                        continue;
                *added = extent->arg[i]->value.integer;
                return extent->arg[1 - i]->value.size;
        }
        return extent->op == EXPR_SIZE ? extent->value.size : NULL;
}

/* Sizes that a given array shows. */
static void infer_sizes(struct eval *e, const struct tensor *tensor)
{
        const cJSON *level = e->given[tensor->number];

        for (int d = 0; d < tensor->rank && cJSON_IsArray(level); d++) {
                int64_t added;
                const struct size *size =
                        size_of_extent(tensor->extent[d], &added);

                if (size && !e->bound[size->number]) {
                        e->binding.size[size->number] =
                                cJSON_GetArraySize(level) - added;
                        e->bound[size->number] = true;
                }
                level = level->child;
        }
}

/* The sizes come from the options and from the first input that has them. */
static int wrong_count(const struct eval *e, const struct tensor *tensor,
                       int64_t elements, int64_t n, struct error *err)
{
        char *sizes = binding_text(&e->binding, e->spec);
        int rc = error_set(err, ERR_INPUT,
                           "%s has %d dimension%s and needs %lld values for "
                           "%s, but got %lld",
                           tensor->name, tensor->rank,
                           tensor->rank == 1 ? "" : "s", (long long)elements,
                           sizes ? sizes : "these sizes", (long long)n);

        free(sizes);
        return rc;
}

static int fill_input(struct eval *e, const struct tensor *tensor,
                      struct error *err)
{
        int64_t elements, n = 0, extent[LIMIT_RANK];
        const cJSON *given = e->given[tensor->number];
        void *data;
        int rc = 0;

        if (!e->given[tensor->number] && e->seed < 0)
                return error_set(err, ERR_INPUT,
                                 "input %s is missing: give %s=[...], or "
                                 "--seed to have it made",
                                 tensor->name, tensor->name);
        elements = spec_tensor_elements(tensor, &e->binding, extent);
        if (elements > EVAL_ELEMENTS)
                return error_set(
                        err, ERR_LIMIT, "%s has %lld elements; eval takes %d",
                        tensor->name, (long long)elements, EVAL_ELEMENTS);
        data = aligned_alloc(
                256, ((size_t)elements * dtype_bytes(tensor->dtype) + 256) /
                             256 * 256);
        if (!data)
                return error_memory(err);
        e->inputs[tensor->number] = data;
        if (!e->given[tensor->number])
                return inputs_fill(e->spec, &e->binding, tensor,
                                   (uint64_t)e->seed, e->distribution, 1, data,
                                   err);
        rc = eval_array_read(given, tensor, extent, data, elements, &n, err);
        if (rc == 0 && n != elements)
                rc = wrong_count(e, tensor, elements, n, err);
        return rc ? rc : inputs_check(&e->binding, tensor, data, err);
}

/* Sizes and parameters that are not given, as a hidden shape has them. */
static int draw_shape(struct eval *e, struct error *err)
{
        int64_t fixed[LIMIT_SIZES];
        struct binding shape;
        int rc;

        for (int i = 0; i < LIMIT_SIZES; i++)
                fixed[i] = e->bound[i] ? e->binding.size[i] : -1;
        rc = inputs_hidden_shape(e->spec, (uint64_t)e->seed, (int)e->hidden,
                                 fixed, NULL, 0, hidden_operations,
                                 HIDDEN_BYTES, NULL, NULL, &shape, NULL, err);
        if (rc < 0)
                return rc;
        for (int i = 0; i < e->spec->param_count; i++) {
                if (e->binding.param[i] != e->spec->param[i]->value)
                        shape.param[i] = e->binding.param[i];
        }
        shape.zipf |= e->binding.zipf;
        e->binding = shape;
        memset(e->bound, true, sizeof e->bound);
        return 0;
}

static int fill_inputs(struct eval *e, struct error *err)
{
        const struct spec *spec = e->spec;
        int rc = 0;

        for (int i = 0; i < spec->tensor_count; i++) {
                if (e->given[i])
                        infer_sizes(e, spec->tensor[i]);
        }
        if (e->hidden >= 0)
                rc = draw_shape(e, err);
        for (int i = 0; rc == 0 && i < spec->size_count; i++) {
                if (!e->bound[i])
                        return error_set(err, ERR_INPUT,
                                         "size %s is missing: give %s=...",
                                         spec->size[i]->name,
                                         spec->size[i]->name);
        }
        if (rc == 0)
                rc = binding_check(&e->binding, spec, err);
        for (int i = 0; rc == 0 && i < spec->tensor_count; i++) {
                if (spec->tensor[i]->role == TENSOR_IN)
                        rc = fill_input(e, spec->tensor[i], err);
        }
        return rc;
}

/* Nested brackets, one innermost row a line. */
static void print_values(const struct tensor *tensor, const int64_t *extent,
                         const struct oracle_values *values, bool scale)
{
        int64_t elements = 1, row;

        for (int d = 0; d < tensor->rank; d++)
                elements *= extent[d];
        row = tensor->rank ? extent[tensor->rank - 1] : 1;
        printf("%s =%s%s", tensor->name, elements > row ? "\n" : " ",
               elements ? "" : "[]\n");
        for (int64_t i = 0; i < elements; i++) {
                printf("%s", i % row == 0 ? "[" : ", ");
                if (values->integer)
                        printf("%lld", (long long)values->integer[i]);
                else
                        printf("%.9g", values->v[i]);
                if (scale && values->e)
                        printf(" (e %.3g)", values->e[i]);
                if (i % row == row - 1)
                        printf("]\n");
        }
}

/* The whole of one output, into values that the caller frees. */
static int compute_output(struct eval *e, const struct oracle *oracle,
                          const struct tensor *tensor, struct error *err)
{
        struct oracle_values *values = &e->values[tensor->number];
        int64_t low[LIMIT_RANK] = {0}, *high = e->extent[tensor->number];
        int64_t elements;
        size_t room;
        int rc;

        elements = spec_tensor_elements(tensor, &e->binding, high);
        if (elements > EVAL_ELEMENTS)
                return error_set(
                        err, ERR_LIMIT, "%s has %lld elements; eval gives %d",
                        tensor->name, (long long)elements, EVAL_ELEMENTS);
        room = (size_t)elements + 1;
        values->undecided = calloc(room, 1);
        if (dtype_is_float(tensor->dtype)) {
                values->v = calloc(room, sizeof *values->v);
                values->e = calloc(room, sizeof *values->e);
        } else {
                values->integer = calloc(room, sizeof *values->integer);
        }
        if (!values->undecided || (!values->v && !values->integer) ||
            (values->v && !values->e))
                return error_memory(err);
        rc = oracle_extent(oracle, &e->binding, (const void *const *)e->inputs,
                           tensor, 1, high, &elements, err);
        if (rc == 0 && elements)
                rc = oracle_box(oracle, &e->binding,
                                (const void *const *)e->inputs, tensor, low,
                                high, 1, values, err);
        return rc;
}

static int evaluate(struct eval *e, const char *cache, struct error *err)
{
        struct reference_runner *reference = NULL;
        struct oracle *oracle = NULL;
        int rc = fill_inputs(e, err);

        if (rc == 0)
                rc = oracle_open(&oracle, e->spec, cache, err);
        if (rc == 0)
                rc = reference_open(&reference, e->spec, oracle, NULL, cache,
                                    err);
        for (int i = 0; rc == 0 && i < e->spec->tensor_count; i++) {
                const struct tensor *tensor = e->spec->tensor[i];

                if (tensor->role != TENSOR_OUT)
                        continue;
                rc = compute_output(e, oracle, tensor, err);
                if (rc < 0 || e->raw)
                        continue;
                print_values(tensor, e->extent[i], &e->values[i], e->scale);
        }
        if (rc == 0 && e->raw)
                rc = eval_raw_write(
                        &(struct eval_raw){e->spec, &e->binding, e->seed,
                                           distribution_name(e->distribution),
                                           e->inputs, e->values, e->extent},
                        e->raw, err);
        oracle_close(oracle);
        reference_close(reference);
        return rc;
}

/* --hidden and --distribution ask for generated inputs too. */
static int settle_options(struct eval *e, struct error *err)
{
        const char *names[DIST_COUNT + 1] = {0}, *near;

        if (e->seed < 0 && (e->hidden >= 0 || e->distribution_name))
                e->seed = 1;
        if (!e->distribution_name)
                return 0;
        for (int d = 0; d < DIST_COUNT; d++) {
                names[d] = distribution_name((enum distribution)d);
                if (strcmp(names[d], e->distribution_name) == 0) {
                        e->distribution = (enum distribution)d;
                        return 0;
                }
        }
        near = text_suggest(e->distribution_name, names);
        return error_set(err, ERR_INPUT,
                         "no distribution is called %s%s%s%s: there are "
                         "normal, offset, wide, ties, sparse, small-ints",
                         e->distribution_name, near ? "; did you mean " : "",
                         near ? near : "", near ? "?" : "");
}

static void dispose(struct eval *e)
{
        for (int i = 0; i < LIMIT_TENSORS; i++) {
                cJSON_Delete(e->given[i]);
                free(e->inputs[i]);
                free(e->values[i].v);
                free(e->values[i].e);
                free(e->values[i].integer);
                free(e->values[i].undecided);
        }
}

int cmd_eval(int argc, char **argv)
{
        struct eval e = {.seed = -1, .hidden = -1};
        const struct option_entry options[] = {
                {"scale", OPTION_FLAG, &e.scale,
                 "add the error scale e of each value"},
                {"seed", OPTION_INT, &e.seed,
                 "make the inputs that are not given"},
                {"distribution", OPTION_TEXT, &e.distribution_name,
                 "normal, offset, wide, ties, sparse, small-ints"},
                {"hidden", OPTION_INT, &e.hidden,
                 "draw what is not bound as hidden shape number N"},
                {"raw", OPTION_FOLDER, &e.raw,
                 "write all tensors into this folder, for programs"},
                {0}};
        struct cli_context context;
        const struct kernel *kernel;
        struct spec *spec = NULL;
        struct error err = {0};
        bool file;
        int n, rc;

        n = options_parse(
                options, argc, argv, 1, 128,
                "kevo eval KERNEL|FILE.kernel [SIZE=N ...] [INPUT=JSON ...] "
                "[--seed N] [--raw DIR]",
                "Compute a kernel's outputs in float64 from inputs "
                "given as JSON arrays, as in\n  kevo eval softmax "
                "'x=[[1, 2, 3]]'\nor from generated ones, as in\n"
                "  kevo eval softmax M=2 N=5 --seed 7 "
                "--distribution ties\nwhich --raw writes too.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        rc = settle_options(&e, &err);
        if (rc < 0)
                return command_fail(&err);
        file = text_ends(argv[1], ".kernel");
        rc = cli_context_open(&context,
                              file ? CONTEXT_HOST
                                   : CONTEXT_HOST | CONTEXT_REPOSITORY,
                              NULL, &err);
        if (rc < 0)
                return command_fail(&err);
        if (file)
                rc = cli_read_spec(argv[1], &spec, &err);
        else
                rc = cli_find_kernel(&context, argv[1], &kernel, &err);
        if (rc == 0) {
                e.spec = file ? spec : kernel->spec;
                binding_init(&e.binding, e.spec);
        }
        for (int i = 2; rc == 0 && i <= n; i++)
                rc = take_argument(&e, argv[i], &err);
        if (rc == 0)
                rc = evaluate(&e, context.host->cache, &err);
        dispose(&e);
        spec_free(spec);
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : 0;
}
