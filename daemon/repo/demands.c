/*
 * What a kernel is asked for: the workloads of its spec and the calls of all
 * models, one entry a binding. Merging sorts, so that ten thousand calls of
 * one kernel stay cheap.
 */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/text.h"
#include "repo/repository.h"

/* A demand and where it was first asked for. */
struct asked {
        struct demand demand;
        int position;
};

/* The identity of a workload within its spec: sizes, parameters, data. */
static int identify(struct demand *demand, const struct spec *spec,
                    struct error *err)
{
        demand->text = binding_text(&demand->binding, spec);
        return demand->text ? 0 : error_memory(err);
}

static int compare_identity(const void *a, const void *b)
{
        const struct asked *x = a, *y = b;
        int order = strcmp(x->demand.text, y->demand.text);

        return order ? order : x->position - y->position;
}

static int compare_position(const void *a, const void *b)
{
        return ((const struct asked *)a)->position -
               ((const struct asked *)b)->position;
}

static int fill(struct asked *list, int *count, const struct kernel *kernel,
                struct error *err)
{
        const struct spec *spec = kernel->spec;
        int rc = 0;

        for (int i = 0; i < spec->workload_count + kernel->call_count; i++) {
                struct demand *demand = &list[i].demand;
                const char *name;

                list[i].position = i;
                if (i < spec->workload_count) {
                        binding_from_workload(&demand->binding, spec,
                                              spec->workload[i]);
                        name = spec->workload[i]->name;
                        demand->calls = 1;
                } else {
                        const struct kernel_call *call =
                                &kernel->call[i - spec->workload_count];

                        demand->binding = call->call->binding;
                        name = call->model->name;
                        demand->calls = call->model->weight *
                                        (double)call->call->count;
                        demand->from_model = true;
                }
                *count = i + 1;
                demand->name = strdup(name);
                rc = demand->name ? identify(demand, spec, err)
                                  : error_memory(err);
                if (rc < 0)
                        break;
        }
        return rc;
}

/* Equal neighbours become the one that was asked for first. */
static int merge(struct asked *list, int count)
{
        int kept = 0;

        qsort(list, (size_t)count, sizeof *list, compare_identity);
        for (int i = 0; i < count; i++) {
                struct demand *last = kept ? &list[kept - 1].demand : NULL;

                if (!last || !text_equal(last->text, list[i].demand.text)) {
                        list[kept++] = list[i];
                        continue;
                }
                last->calls += list[i].demand.calls;
                last->from_model |= list[i].demand.from_model;
                free(list[i].demand.name);
                free(list[i].demand.text);
        }
        qsort(list, (size_t)kept, sizeof *list, compare_position);
        return kept;
}

int repository_demands(const struct repository *r, const struct kernel *kernel,
                       struct demand **demand, int *count, struct error *err)
{
        size_t room = (size_t)kernel->spec->workload_count +
                      (size_t)kernel->call_count + 1;
        struct asked *list = calloc(room, sizeof *list);
        int rc;

        (void)r; /* a kernel carries its calls since loading */
        *count = 0;
        *demand = calloc(room, sizeof **demand);
        if (!list || !*demand) {
                free(list);
                free(*demand);
                *demand = NULL;
                return error_memory(err);
        }
        rc = fill(list, count, kernel, err);
        if (rc == 0)
                *count = merge(list, *count);
        for (int i = 0; i < *count; i++)
                (*demand)[i] = list[i].demand;
        free(list);
        if (rc < 0) {
                repository_free_demands(*demand, *count);
                *demand = NULL;
                *count = 0;
        }
        return rc;
}

void repository_free_demands(struct demand *demand, int count)
{
        for (int i = 0; i < count; i++) {
                free(demand[i].text);
                free(demand[i].name);
        }
        free(demand);
}
