/* See request.h. Sizes and parameters travel by name: two builds of kevo
 * need not number them alike. */
#include "evaluate/request.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/text.h"

static void add_text(cJSON *json, const char *key, const char *text)
{
        if (text)
                cJSON_AddStringToObject(json, key, text);
}

static cJSON *binding_to_json(const struct binding *binding,
                              const struct spec *spec)
{
        cJSON *json = cJSON_CreateObject();
        cJSON *sizes = cJSON_AddObjectToObject(json, "sizes");
        cJSON *params = cJSON_AddObjectToObject(json, "params");

        for (int i = 0; i < spec->size_count; i++)
                cJSON_AddNumberToObject(sizes, spec->size[i]->name,
                                        (double)binding->size[i]);
        for (int i = 0; i < spec->param_count; i++)
                cJSON_AddNumberToObject(params, spec->param[i]->name,
                                        binding->param[i]);
        cJSON_AddBoolToObject(json, "zipf", binding->zipf);
        return json;
}

cJSON *request_to_json(const struct evaluate_request *r)
{
        cJSON *json = json_begin(), *list;

        cJSON_AddNumberToObject(json, "protocol", EVALUATE_PROTOCOL);
        cJSON_AddStringToObject(json, "do", "evaluate");
        add_text(json, "spec", r->spec->text);
        add_text(json, "file", r->spec->file);
        if (r->spec->reference)
                add_text(json, "reference", r->spec->reference->text);
        add_text(json, "campaign", r->campaign);
        add_text(json, "language", r->language);
        add_text(json, "candidate", r->candidate);
        add_text(json, "candidate_label", r->candidate_label);
        cJSON_AddNumberToObject(json, "stage", r->stage);
        cJSON_AddNumberToObject(json, "threads", r->threads);
        cJSON_AddBoolToObject(json, "cold", r->cold);
        cJSON_AddBoolToObject(json, "measure_only", r->measure_only);
        cJSON_AddBoolToObject(json, "model_written", r->model_written);
        cJSON_AddBoolToObject(json, "outside", r->outside);
        add_text(json, "outside_script", r->outside_script);
        cJSON_AddNumberToObject(json, "timeout_ns", (double)r->timeout_ns);
        list = cJSON_AddArrayToObject(json, "workloads");
        for (int i = 0; i < r->workload_count; i++) {
                const struct evaluate_workload *w = r->workload + i;
                cJSON *item = binding_to_json(&w->binding, r->spec);

                add_text(item, "name", w->name);
                cJSON_AddNumberToObject(item, "weight", w->weight);
                add_text(item, "incumbent", w->incumbent);
                add_text(item, "incumbent_language", w->incumbent_language);
                add_text(item, "incumbent_label", w->incumbent_label);
                json_append(list, item);
        }
        return json_whole(json);
}

int request_spec(const cJSON *json, const char **text, const char **file,
                 const char **reference, struct error *err)
{
        int rc = json_get_text(json, "spec", "request", text, err);

        *file = "spec";
        *reference = NULL;
        if (rc == 0)
                rc = json_get_text_or(json, "reference", "request", reference,
                                      err);
        if (rc == 0)
                rc = json_get_text_or(json, "file", "request", file, err);
        return rc;
}

static int read_binding(const cJSON *json, const struct spec *spec,
                        struct binding *binding, struct error *err)
{
        const cJSON *sizes = cJSON_GetObjectItemCaseSensitive(json, "sizes");
        const cJSON *params = cJSON_GetObjectItemCaseSensitive(json, "params");
        double value;
        int rc = 0;

        binding_init(binding, spec);
        for (int i = 0; i < spec->size_count && rc == 0; i++)
                rc = json_get_int(sizes, spec->size[i]->name, "request", 0,
                                  INT64_C(1) << 53, &binding->size[i], err);
        for (int i = 0; i < spec->param_count && rc == 0; i++) {
                value = spec->param[i]->value;
                rc = json_get_double_or(params, spec->param[i]->name,
                                        "request", spec->param[i]->low,
                                        spec->param[i]->high, &value, err);
                /* JSON may lose the last bit. */
                binding->param[i] = dtype_round(spec->param[i]->dtype, value);
        }
        if (rc == 0)
                rc = json_get_bool_or(json, "zipf", "request", &binding->zipf,
                                      err);
        return rc;
}

static int read_workload(const cJSON *json, const struct spec *spec,
                         struct evaluate_workload *w, struct error *err)
{
        int rc = read_binding(json, spec, &w->binding, err);

        if (rc == 0)
                rc = json_get_text_or(json, "name", "request", &w->name, err);
        if (rc == 0)
                rc = json_get_double_or(json, "weight", "request", 0, 1e300,
                                        &w->weight, err);
        if (rc == 0)
                rc = json_get_text_or(json, "incumbent", "request",
                                      &w->incumbent, err);
        if (rc == 0)
                rc = json_get_text_or(json, "incumbent_language", "request",
                                      &w->incumbent_language, err);
        if (rc == 0)
                rc = json_get_text_or(json, "incumbent_label", "request",
                                      &w->incumbent_label, err);
        return rc;
}

static int read_flags(const cJSON *json, struct evaluate_request *r,
                      struct error *err)
{
        int64_t stage = STAGE_S0, threads = 0;
        double timeout = 0;
        int rc;

        rc = json_get_int(json, "stage", "request", STAGE_S0, STAGE_S4, &stage,
                          err);
        if (rc == 0)
                rc = json_get_int_or(json, "threads", "request", 0, 4096,
                                     &threads, err);
        if (rc == 0)
                rc = json_get_bool_or(json, "cold", "request", &r->cold, err);
        if (rc == 0)
                rc = json_get_bool_or(json, "measure_only", "request",
                                      &r->measure_only, err);
        if (rc == 0)
                rc = json_get_bool_or(json, "model_written", "request",
                                      &r->model_written, err);
        if (rc == 0)
                rc = json_get_bool_or(json, "outside", "request", &r->outside,
                                      err);
        if (rc == 0)
                rc = json_get_text_or(json, "outside_script", "request",
                                      &r->outside_script, err);
        if (rc == 0)
                rc = json_get_double_or(json, "timeout_ns", "request", 0, 1e18,
                                        &timeout, err);
        r->stage = (enum stage_level)stage;
        r->threads = (int)threads;
        r->timeout_ns = (int64_t)timeout;
        return rc;
}

int request_from_json(const cJSON *json, const struct spec *spec,
                      struct evaluate_request *r,
                      struct evaluate_workload **workload, struct error *err)
{
        const cJSON *list =
                cJSON_GetObjectItemCaseSensitive(json, "workloads");
        const cJSON *item;
        int count = cJSON_GetArraySize(list), i = 0, rc;

        *workload = NULL;
        *r = (struct evaluate_request){.spec = spec};
        if (count > LIMIT_WORKLOADS)
                return error_set(err, ERR_LIMIT, "a request with %d workloads",
                                 count);
        rc = json_get_text(json, "candidate", "request", &r->candidate, err);
        if (rc == 0)
                rc = json_get_text(json, "language", "request", &r->language,
                                   err);
        if (rc == 0)
                rc = json_get_text_or(json, "campaign", "request",
                                      &r->campaign, err);
        if (rc == 0)
                rc = json_get_text_or(json, "candidate_label", "request",
                                      &r->candidate_label, err);
        if (rc == 0)
                rc = read_flags(json, r, err);
        if (rc < 0)
                return rc;
        *workload = calloc((size_t)count + 1, sizeof **workload);
        if (!*workload)
                return error_memory(err);
        cJSON_ArrayForEach(item, list)
        {
                rc = read_workload(item, spec, *workload + i++, err);
                if (rc < 0)
                        break;
        }
        r->workload = *workload;
        r->workload_count = count;
        if (rc < 0) {
                free(*workload);
                *workload = NULL;
        }
        return rc;
}
