/*
 * See subject.h.
 *
 * A workload's weight is calls x an estimate of the time of one call (bytes
 * and operations from the spec), not a measured time: a weight must not
 * change from run to run, or a search key would never be found again.
 */
#include "search/subject.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "core/json.h"
#include "propose/propose.h"
#include "search/selection.h"
#include "spec/costs.h"
#include "spec/inputs.h"

/* Plain rates of one core of any server of these years: only ratios between
 * workloads of one kernel matter. */
enum { SAMPLE_OPERATIONS = 1000000, SAMPLE_BYTES = 1 << 20 };

#define ESTIMATE_BYTES_PER_SECOND 10e9
#define ESTIMATE_OPERATIONS_PER_SECOND 20e9

static double weight_of(const struct spec *spec, const struct demand *demand)
{
        struct costs costs;
        double ns;

        costs_of(spec, &demand->binding, &costs);
        ns = (costs.read_bytes + costs.write_bytes) * 1e9 /
                     ESTIMATE_BYTES_PER_SECOND +
             costs.operations * 1e9 / ESTIMATE_OPERATIONS_PER_SECOND;
        return demand->calls * (ns > 1 ? ns : 1);
}

static int by_falling_weight(const void *a, const void *b)
{
        const struct subject_workload *x = a, *y = b;

        if (x->weight != y->weight)
                return x->weight < y->weight ? 1 : -1;
        return strcmp(x->text, y->text);
}

static void choose_searched(struct subject *s)
{
        double total = 0, covered = 0;

        for (int i = 0; i < s->workload_count; i++)
                total += s->workload[i].weight;
        while (s->search_count < s->workload_count &&
               s->search_count < SUBJECT_WORKLOADS &&
               (s->search_count == 0 || covered < 0.95 * total))
                covered += s->workload[s->search_count++].weight;
}

/* Is there something to compute and to time? */
static bool has_elements(const struct binding *shape, void *data)
{
        const struct spec *spec = data;

        for (int t = 0; t < spec->tensor_count; t++)
                if (spec_tensor_elements(spec->tensor[t], shape, NULL) < 1)
                        return false;
        return true;
}

/* One small shape of the spec's domain, for a kernel without workloads. */
static int sample_demand(const struct spec *spec, struct demand **demand,
                         int *count, struct error *err)
{
        struct demand *one = calloc(1, sizeof *one);
        int rc;

        *demand = one;
        *count = 1;
        if (!one)
                return error_memory(err);
        rc = inputs_hidden_shape(spec, 1, 3, NULL, NULL, 0, SAMPLE_OPERATIONS,
                                 SAMPLE_BYTES, has_elements, (void *)spec,
                                 &one->binding, NULL, err);
        if (rc < 0)
                return rc;
        one->calls = 1;
        one->name = strdup("sample");
        one->text = binding_text(&one->binding, spec);
        return one->name && one->text ? 0 : error_memory(err);
}

static int add_workloads(struct subject *s, bool sample, struct error *err)
{
        struct demand *demand = NULL;
        int count = 0, rc;

        rc = repository_demands(s->repository, s->kernel, &demand, &count,
                                err);
        if (rc < 0)
                return rc;
        if (count == 0 && sample) {
                rc = sample_demand(s->kernel->spec, &demand, &count, err);
                if (rc < 0)
                        goto out;
        }
        if (count == 0) {
                rc = error_set(err, ERR_NOT_FOUND,
                               "%s: no workload to search or measure; add a "
                               "line such as `workload serving M=8` to the "
                               "spec, or a model under models/ that calls it",
                               s->kernel->path);
                goto out;
        }
        s->workload = calloc((size_t)count, sizeof *s->workload);
        if (!s->workload) {
                rc = error_memory(err);
                goto out;
        }
        for (int i = 0; i < count; i++) {
                struct subject_workload *w = &s->workload[i];

                w->name = strdup(demand[i].name);
                w->text = strdup(demand[i].text);
                w->binding = demand[i].binding;
                w->weight = weight_of(s->kernel->spec, &demand[i]);
                s->workload_count++;
                if (!w->name || !w->text) {
                        rc = error_memory(err);
                        goto out;
                }
        }
        qsort(s->workload, (size_t)count, sizeof *s->workload,
              by_falling_weight);
        choose_searched(s);
out:
        repository_free_demands(demand, count);
        return rc;
}

static void resolve_incumbents(struct subject *s,
                               const struct machine *machine,
                               bool (*skip)(const struct variant *v, void *),
                               void *data)
{
        struct device_constants device = {.cores = machine->threads,
                                          .l2_bytes = machine->l2_bytes};

        /* Without its device nothing of it can be run anyway. */
        if (s->backend->constants)
                (void)!s->backend->constants(&device, NULL);

        for (int i = 0; i < s->workload_count; i++) {
                struct subject_workload *w = &s->workload[i];

                w->incumbent = repository_resolve(s->repository, s->kernel,
                                                  s->hardware, &w->binding,
                                                  &device, skip, data);
                if (w->incumbent)
                        snprintf(w->label, sizeof w->label, "%s",
                                 w->incumbent->blob);
                else if (s->first_text)
                        snprintf(w->label, sizeof w->label, "generated@%d",
                                 LOWER_VERSION);
                else
                        snprintf(w->label, sizeof w->label, "no source");
        }
}

/* Shares of the weight in steps of about 10 %, so that small shifts of a
 * manifest do not make old results stale. */
static int64_t share_step(double share)
{
        return share > 0 ? llround(log(share) / log(1.1)) : -1000;
}

static void hash_inputs(struct subject *s)
{
        struct hash hash;
        double total = 0;

        for (int i = 0; i < s->workload_count; i++)
                total += s->workload[i].weight;
        hash_begin(&hash);
        hash_add_text(&hash, s->kernel->spec->hash);
        hash_add_text(&hash, s->hardware->name);
        hash_add_text(&hash, s->environment_hash);
        hash_add_int(&hash, s->cold);
        if (!s->may_fix)
                hash_add_text(&hash, "any size");
        hash_add_int(&hash, s->workload_count);
        for (int i = 0; i < s->workload_count; i++) {
                hash_add_text(&hash, s->workload[i].text);
                hash_add_text(&hash, s->workload[i].label);
                /* A header-only file is as old as what it uses. */
                if (s->workload[i].incumbent)
                        hash_add_text(&hash,
                                      s->workload[i].incumbent->source->hash);
                hash_add_int(&hash, share_step(s->workload[i].weight / total));
        }
        hash_end(&hash, s->inputs_hash);
}

static void hash_key(struct subject *s)
{
        struct hash hash;

        hash_begin(&hash);
        hash_add_text(&hash, s->inputs_hash);
        hash_add_int(&hash, LOWER_VERSION);
        hash_add_int(&hash, SEARCH_VERSION);
        hash_add_int(&hash, EVALUATE_METHOD);
        hash_add_text(&hash, s->backend->language); /* the allowed ones */
        hash_end(&hash, s->key);
}

static int make(struct subject **subject, const struct repository *repository,
                const struct kernel *kernel, const struct hardware *hardware,
                const struct machine *machine, const char *environment_hash,
                bool sample,
                bool (*skip)(const struct variant *variant, void *data),
                void *data, struct error *err)
{
        struct subject *s = calloc(1, sizeof *s);
        int rc;

        *subject = NULL;
        if (!s)
                return error_memory(err);
        s->backend = backend_for_kind(hardware->kind);
        if (!s->backend) {
                free(s);
                return error_set(err, ERR_UNSUPPORTED,
                                 "hardware %s: no backend of this kevo runs "
                                 "on \"%s\"",
                                 hardware->name, hardware->kind);
        }
        s->repository = repository;
        s->kernel = kernel;
        s->hardware = hardware;
        s->cold = repository->policy.cold;
        s->may_fix = repository_may_fix(repository, kernel->name);
        snprintf(s->environment_hash, sizeof s->environment_hash, "%s",
                 environment_hash);
        rc = add_workloads(s, sample, err);
        if (rc == 0 && !kernel->spec->reference)
                rc = propose_first(kernel->spec, s->backend, &s->first_text,
                                   err);
        if (rc < 0) {
                subject_free(s);
                return rc;
        }
        resolve_incumbents(s, machine, skip, data);
        hash_inputs(s);
        hash_key(s);
        *subject = s;
        return 0;
}

int subject_first(const struct subject *subject, const char **text,
                  struct error *err)
{
        const struct spec *spec = subject->kernel->spec;

        *text = subject->first_text;
        if (*text)
                return 0;
        return error_set(err, ERR_UNSUPPORTED,
                         "%s is stated by C code (%s), from which nothing is "
                         "generated; write a source (docs/sources.md), "
                         "kernels/%s/generic.c",
                         spec->name, spec->reference->file, spec->name);
}

int subject_make(struct subject **subject, const struct repository *repository,
                 const struct kernel *kernel, const struct hardware *hardware,
                 const struct machine *machine, const char *environment_hash,
                 bool (*skip)(const struct variant *variant, void *data),
                 void *data, struct error *err)
{
        return make(subject, repository, kernel, hardware, machine,
                    environment_hash, false, skip, data, err);
}

int subject_make_sample(struct subject **subject,
                        const struct repository *repository,
                        const struct kernel *kernel,
                        const struct hardware *hardware,
                        const struct machine *machine,
                        const char *environment_hash, struct error *err)
{
        return make(subject, repository, kernel, hardware, machine,
                    environment_hash, true, NULL, NULL, err);
}

void subject_free(struct subject *subject)
{
        if (!subject)
                return;
        for (int i = 0; i < subject->workload_count; i++) {
                free(subject->workload[i].name);
                free(subject->workload[i].text);
        }
        free(subject->workload);
        free(subject->first_text);
        free(subject);
}

int subject_environment(const struct machine *machine, const char *kind,
                        char *hash, char **fields, struct error *err)
{
        const struct backend *backend = backend_for_kind(kind);
        cJSON *json = NULL;
        char *text;
        int rc;

        if (!backend)
                return error_set(err, ERR_UNSUPPORTED,
                                 "no backend of this kevo runs on \"%s\"",
                                 kind);
        rc = backend->environment(machine, &json, err);
        if (rc < 0)
                return rc;
        text = json_print(json);
        cJSON_Delete(json);
        if (!text)
                return error_memory(err);
        hash_bytes(text, strlen(text), hash);
        if (fields)
                *fields = text;
        else
                free(text);
        return 0;
}

int subject_request(const struct subject *subject, int count,
                    const char *language, const char *candidate,
                    struct evaluate_workload **workloads,
                    struct evaluate_request *request, struct error *err)
{
        struct evaluate_workload *list = calloc((size_t)count, sizeof *list);

        *workloads = NULL;
        if (!list)
                return error_memory(err);
        for (int i = 0; i < count; i++) {
                const struct subject_workload *w = &subject->workload[i];
                const struct variant *v = w->incumbent;

                list[i] = (struct evaluate_workload){
                        .name = w->name,
                        .binding = w->binding,
                        .weight = w->weight,
                        .incumbent = v ? v->source->text : NULL,
                        .incumbent_language = v ? v->source->language
                                                : subject->backend->language,
                        .incumbent_label = v ? v->path : w->label};
        }
        *workloads = list;
        *request = (struct evaluate_request){.spec = subject->kernel->spec,
                                             .campaign = subject->key,
                                             .language = language,
                                             .candidate = candidate,
                                             .candidate_label = "candidate",
                                             .workload_count = count,
                                             .workload = list,
                                             .outside_script =
                                                     subject->kernel->baseline,
                                             .cold = subject->cold};
        return 0;
}
