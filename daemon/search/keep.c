/*
 * From an evaluation to the store's rows: the one place where what the
 * worker reports becomes what is kept; see campaign.h.
 */
#include <stdlib.h>
#include <string.h>

#include "search/campaign.h"

static void fill_checks(const struct evaluate_result *result,
                        struct record_check *check)
{
        for (int i = 0; i < result->check_count; i++) {
                const struct evaluate_check *c = &result->check[i];

                check[i] = (struct record_check){c->name, c->stage, c->detail,
                                                 c->passed};
        }
}

static void fill_measures(const struct subject *subject, const char *opponent,
                          const struct evaluate_result *result,
                          struct record_measure *measure)
{
        for (int i = 0; i < result->measure_count; i++) {
                const struct evaluate_measure *m = &result->measure[i];
                const struct subject_workload *w =
                        &subject->workload[m->workload];

                measure[i] = (struct record_measure){
                        .workload = w->text,
                        .stage = m->stage,
                        .baseline = opponent ? opponent : w->label,
                        .identical = m->identical,
                        .ratio = m->ratio,
                        .low = m->low,
                        .high = m->high,
                        .null_low = m->null_low,
                        .null_high = m->null_high,
                        .candidate_ns = m->candidate_ns,
                        .baseline_ns = m->baseline_ns,
                        .rounds = m->rounds,
                        .sample_count = m->sample_count,
                        .candidate_sample = m->candidate_sample,
                        .baseline_sample = m->baseline_sample};
        }
}

static void fill_outsides(const struct subject *subject,
                          const struct evaluate_result *result,
                          struct record_outside *outside)
{
        for (int i = 0; i < result->outside_count; i++) {
                const struct evaluate_outside *o = &result->outside[i];

                outside[i] = (struct record_outside){
                        .workload = subject->workload[o->workload].text,
                        .name = o->name,
                        .version = o->version,
                        .skipped = o->skipped,
                        .ratio = o->ratio,
                        .low = o->low,
                        .high = o->high,
                        .outside_ns = o->outside_ns,
                        .candidate_ns = o->candidate_ns,
                        .rounds = o->rounds};
        }
}

static struct record_run run_of(const struct evaluate_result *result)
{
        static const char *const names[] = {"S0", "S1", "S2", "S3", "S4"};

        return (struct record_run){.environment_hash =
                                           result->environment_hash,
                                   .stage = names[result->reached],
                                   .correct = result->correct,
                                   .fitness = result->fitness,
                                   .ratio = result->ratio,
                                   .low = result->low,
                                   .high = result->high,
                                   .method = EVALUATE_METHOD,
                                   .threads = result->threads,
                                   .grade = result->grade,
                                   .wall_ns = result->wall_ns,
                                   .compile_ns = result->compile_ns,
                                   .calls_ns = result->calls_ns,
                                   .identity = result->identity,
                                   .seeds = result->seeds,
                                   .reason = result->reason,
                                   .check_count = result->check_count,
                                   .measure_count = result->measure_count,
                                   .outside_count = result->outside_count};
}

/* What the run refers to comes first. */
static int keep_texts(struct store *store, const struct subject *subject,
                      const char *hash, const char *language, const char *text,
                      const struct evaluate_result *result, struct error *err)
{
        const struct spec *spec = subject->kernel->spec;
        int rc = record_spec(store, spec->hash, spec->name, spec->text, err);

        if (rc == 0)
                rc = record_source(store, hash, language, text, err);
        if (rc == 0)
                rc = record_environment(store, result->environment_hash,
                                        subject->hardware->name,
                                        result->environment, err);
        return rc;
}

int campaign_record(struct store *store, const struct subject *subject,
                    int64_t node, const char *language, const char *text,
                    const char *opponent, const struct evaluate_result *result,
                    int64_t *run, int64_t *verification, struct error *err)
{
        struct record_run row = run_of(result);
        struct record_check *check = NULL;
        struct record_measure *measure = NULL;
        struct record_outside *outside = NULL;
        char hash[HASH_TEXT_BYTES];
        int rc;

        check = calloc((size_t)result->check_count + 1, sizeof *check);
        measure = calloc((size_t)result->measure_count + 1, sizeof *measure);
        outside = calloc((size_t)result->outside_count + 1, sizeof *outside);
        if (!check || !measure || !outside) {
                rc = error_memory(err);
                goto out;
        }
        fill_checks(result, check);
        fill_measures(subject, opponent, result, measure);
        fill_outsides(subject, result, outside);
        hash_bytes(text, strlen(text), hash);
        row.node = node;
        row.spec_hash = subject->kernel->spec->hash;
        row.source_hash = hash;
        row.cold = subject->cold;
        row.check = check;
        row.measure = measure;
        row.outside = outside;
        rc = keep_texts(store, subject, hash, language, text, result, err);
        if (rc == 0)
                rc = record_run_add(store, &row, run, verification, err);
out:
        free(check);
        free(measure);
        free(outside);
        return rc;
}

bool campaign_skip_wrong(const struct variant *variant, void *data)
{
        const struct known_wrong *known = data;

        return known->store && variant->source &&
               record_is_wrong(known->store, known->kernel->spec->hash,
                               variant->source->hash);
}
