/*
 * See eval_raw.h. Sizes and shapes are numbers of the JSON; values never
 * are, so that no digit of a float64 is lost on the way.
 */
#include "cli/eval_raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"

/* FOLDER/NAME.PART gets bytes of data; the file's name goes into node[key]. */
static int write_part(cJSON *node, const char *key, const char *folder,
                      const struct tensor *tensor, const char *part,
                      const void *data, int64_t bytes, struct error *err)
{
        char file[LIMIT_NAME_BYTES + 32], path[LIMIT_PATH_BYTES];

        snprintf(file, sizeof file, "%s.%s", tensor->name, part);
        if (snprintf(path, sizeof path, "%s/%s", folder, file) >=
            (int)sizeof path)
                return error_set(err, ERR_INPUT, "the path %s is too long",
                                 folder);
        if (!cJSON_AddStringToObject(node, key, file))
                return error_memory(err);
        return file_write(path, data, (size_t)bytes, 0644, err);
}

static int64_t product(const int64_t *extent, int rank)
{
        int64_t elements = 1;

        for (int d = 0; d < rank; d++)
                elements *= extent[d];
        return elements;
}

static int add_shape(cJSON *node, const int64_t *extent, int rank,
                     struct error *err)
{
        cJSON *shape = cJSON_AddArrayToObject(node, "shape");

        for (int d = 0; shape && d < rank; d++) {
                cJSON *number = cJSON_CreateNumber((double)extent[d]);

                if (!number || !cJSON_AddItemToArray(shape, number)) {
                        cJSON_Delete(number);
                        shape = NULL;
                }
        }
        return shape ? 0 : error_memory(err);
}

static int write_output(const struct eval_raw *raw, const char *folder,
                        const struct tensor *tensor, int64_t elements,
                        cJSON *node, struct error *err)
{
        const struct oracle_values *values = &raw->values[tensor->number];
        int rc;

        rc = write_part(node, "undecided", folder, tensor, "undecided",
                        values->undecided, elements, err);
        if (rc == 0 && values->integer)
                return write_part(node, "value", folder, tensor, "value",
                                  values->integer, 8 * elements, err);
        if (rc == 0)
                rc = write_part(node, "value", folder, tensor, "value",
                                values->v, 8 * elements, err);
        if (rc == 0)
                rc = write_part(node, "scale", folder, tensor, "scale",
                                values->e, 8 * elements, err);
        return rc;
}

static int write_tensor(const struct eval_raw *raw, const char *folder,
                        const struct tensor *tensor, cJSON *list,
                        struct error *err)
{
        int64_t declared[LIMIT_RANK], *extent = declared, elements;
        bool in = tensor->role == TENSOR_IN;
        cJSON *node = cJSON_CreateObject();
        int rc;

        if (!node || !cJSON_AddItemToArray(list, node)) {
                cJSON_Delete(node);
                return error_memory(err);
        }
        spec_tensor_elements(tensor, raw->binding, declared);
        if (!in)
                extent = raw->extent[tensor->number];
        elements = product(extent, tensor->rank);
        if (!cJSON_AddStringToObject(node, "name", tensor->name) ||
            !cJSON_AddStringToObject(node, "role", in ? "in" : "out") ||
            !cJSON_AddStringToObject(node, "dtype", dtype_name(tensor->dtype)))
                return error_memory(err);
        rc = add_shape(node, extent, tensor->rank, err);
        if (rc < 0)
                return rc;
        if (!in)
                return write_output(raw, folder, tensor, elements, node, err);
        return write_part(node, "file", folder, tensor, "in",
                          raw->inputs[tensor->number],
                          elements * (int64_t)dtype_bytes(tensor->dtype), err);
}

/* What was bound: sizes, parameters, and where the inputs came from. */
static int describe(const struct eval_raw *raw, cJSON *json, struct error *err)
{
        const struct spec *spec = raw->spec;
        cJSON *sizes, *params;

        if (!cJSON_AddNumberToObject(json, "kevo", 1) ||
            !cJSON_AddStringToObject(json, "kernel", spec->name) ||
            !cJSON_AddStringToObject(json, "distribution",
                                     raw->distribution) ||
            (raw->seed >= 0 &&
             !cJSON_AddNumberToObject(json, "seed", (double)raw->seed)))
                return error_memory(err);
        sizes = cJSON_AddObjectToObject(json, "sizes");
        params = cJSON_AddObjectToObject(json, "params");
        for (int i = 0; sizes && i < spec->size_count; i++) {
                if (!cJSON_AddNumberToObject(sizes, spec->size[i]->name,
                                             (double)raw->binding->size[i]))
                        return error_memory(err);
        }
        for (int i = 0; params && i < spec->param_count; i++) {
                if (!cJSON_AddNumberToObject(params, spec->param[i]->name,
                                             raw->binding->param[i]))
                        return error_memory(err);
        }
        return sizes && params ? 0 : error_memory(err);
}

static int write_description(const cJSON *json, const char *folder,
                             struct error *err)
{
        char path[LIMIT_PATH_BYTES], *text = json_print(json);
        int rc;

        if (!text)
                return error_memory(err);
        if (snprintf(path, sizeof path, "%s/eval.json", folder) >=
            (int)sizeof path)
                rc = error_set(err, ERR_INPUT, "the path %s is too long",
                               folder);
        else
                rc = file_write(path, text, strlen(text), 0644, err);
        free(text);
        return rc;
}

int eval_raw_write(const struct eval_raw *raw, const char *folder,
                   struct error *err)
{
        cJSON *json = cJSON_CreateObject(), *tensors;
        int rc = file_make_directories(folder, 0755, err);

        if (rc == 0)
                rc = json ? describe(raw, json, err) : error_memory(err);
        if (rc < 0)
                goto out;
        tensors = cJSON_AddArrayToObject(json, "tensors");
        if (!tensors)
                rc = error_memory(err);
        for (int i = 0; rc == 0 && i < raw->spec->tensor_count; i++) {
                const struct tensor *tensor = raw->spec->tensor[i];

                if (tensor->role == TENSOR_IN || tensor->role == TENSOR_OUT)
                        rc = write_tensor(raw, folder, tensor, tensors, err);
        }
        if (rc == 0)
                rc = write_description(json, folder, err);
out:
        cJSON_Delete(json);
        return rc;
}
