/*
 * See worth.h. The unit of the score is estimated nanoseconds of the models'
 * time that a second of search could save; only its order matters.
 */
#include "plan/worth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "spec/costs.h"
#include "store/records.h"

/* At this share of the floor a search is not started; a kernel below this
 * share of every model's time is not worth one. */
#define WORTH_FLOOR_SHARE 0.85
#define WORTH_MODEL_SHARE 0.01

/* Where nothing is measured: half of the time may be won, every other time. */
#define WORTH_GUESS_SHARE 0.5
#define WORTH_CHANCE 0.5

/* Measured time of one call of a source; 0: never in this environment. */
static double last_time(struct planning *p, const struct spec *spec,
                        const char *source_hash, const char *workload)
{
        double ns = 0;

        if (record_last_time(p->store, spec->hash, source_hash, workload,
                             p->environment_hash, &ns, NULL) < 0)
                return 0;
        return ns;
}

/* By what the repository resolves to, or by the generated first kernel. */
static double workload_ns(struct planning *p, const struct subject *subject,
                          const struct subject_workload *w)
{
        char hash[HASH_TEXT_BYTES];
        const char *source = hash;

        if (w->incumbent)
                source = w->incumbent->source->hash;
        else if (subject->first_text)
                hash_bytes(subject->first_text, strlen(subject->first_text),
                           hash);
        else
                return 0;
        return last_time(p, subject->kernel->spec, source, w->text);
}

/* Share of the floor that a time reaches; 0 where the peaks are unknown. */
static double share_of_floor(const struct subject *subject,
                             const struct subject_workload *w, double ns)
{
        struct costs costs;

        if (ns <= 0)
                return 0;
        costs_of(subject->kernel->spec, &w->binding, &costs);
        return costs_floor_ns(&costs, subject->hardware->peak_gbs * 1e9,
                              subject->hardware->peak_gflops * 1e9) /
               ns;
}

/* Time of a model's call by what it resolves to; 0: unknown. */
static double call_ns(struct planning *p, const struct hardware *hardware,
                      const struct call *call)
{
        const struct kernel *kernel =
                repository_find_kernel(p->repository, call->kernel);
        struct device_constants device = {.cores = p->machine.threads,
                                          .l2_bytes = p->machine.l2_bytes};
        const struct variant *v;
        double ns = 0;
        char *text;

        if (!kernel)
                return 0;
        v = repository_resolve(p->repository, kernel, hardware, &call->binding,
                               &device, NULL, NULL);
        text = v ? binding_text(&call->binding, kernel->spec) : NULL;
        if (text)
                ns = last_time(p, kernel->spec, v->source->hash, text);
        free(text);
        return ns;
}

/* The kernel's share of a model's time; -1 when a time is unknown. */
static double share_of_model(struct planning *p, const struct subject *subject,
                             const struct model *model)
{
        double ours = 0, all = 0, ns;

        for (int i = 0; i < model->call_count; i++) {
                const struct call *call = &model->call[i];

                ns = call_ns(p, subject->hardware, call);
                if (ns <= 0)
                        return -1;
                all += (double)call->count * ns;
                if (text_equal(call->kernel, subject->kernel->name))
                        ours += (double)call->count * ns;
        }
        return all > 0 ? ours / all : -1;
}

/* Do models alone ask for this kernel, and all of them hardly? The largest
 * share, or 1 when anything about it is unknown. */
static double largest_share(struct planning *p, const struct subject *subject)
{
        double largest = 0, share;
        bool asked = false;

        if (subject->kernel->spec->workload_count > 0)
                return 1;
        for (int i = 0; i < p->repository->model_count; i++) {
                const struct model *model = &p->repository->model[i];

                for (int k = 0; k < model->call_count; k++)
                        asked = asked || text_equal(model->call[k].kernel,
                                                    subject->kernel->name);
                share = share_of_model(p, subject, model);
                if (share < 0)
                        return 1;
                if (share > largest)
                        largest = share;
        }
        return asked ? largest : 1;
}

/* A kernel that C code states has only the tunables of its sources. */
static bool has_tunables(const struct kernel *kernel)
{
        if (!kernel->spec->reference)
                return true;
        for (int i = 0; i < kernel->variant_count; i++)
                if (kernel->variant[i].source &&
                    kernel->variant[i].source->tune_count)
                        return true;
        return false;
}

void worth_of(struct planning *p, const struct subject *subject,
              struct worth *worth)
{
        double gain = 0, weight = 0, reached = 0, share, ns;
        int measured = 0;

        *worth = (struct worth){0};
        if (!has_tunables(subject->kernel)) {
                snprintf(worth->no, sizeof worth->no,
                         "stated by C code, and no source of it has tune "
                         "lines: there is nothing to search");
                return;
        }
        for (int i = 0; i < subject->workload_count; i++) {
                const struct subject_workload *w = &subject->workload[i];

                ns = workload_ns(p, subject, w);
                share = share_of_floor(subject, w, ns);
                measured += share > 0;
                reached += w->weight * share;
                weight += w->weight;
                gain += w->weight *
                        (share > 0 ? 1 - share : WORTH_GUESS_SHARE);
        }
        worth->score = gain * WORTH_CHANCE / (double)p->host->search_seconds;
        if (weight > 0 && measured == subject->workload_count &&
            reached / weight >= WORTH_FLOOR_SHARE) {
                snprintf(worth->no, sizeof worth->no,
                         "at %.0f %% of the floor already: nothing is left "
                         "to win",
                         100 * reached / weight);
                return;
        }
        share = largest_share(p, subject);
        if (share < WORTH_MODEL_SHARE)
                snprintf(worth->no, sizeof worth->no,
                         "at most %.2f %% of any model's time: below 1 %%",
                         100 * share);
}
