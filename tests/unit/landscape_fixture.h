/*
 * A space of five fields with six values each, and synthetic results for all
 * of its points: what searches are tried on without measuring anything.
 */
#ifndef KEVO_TEST_LANDSCAPE_FIXTURE_H
#define KEVO_TEST_LANDSCAPE_FIXTURE_H

#include "check_main.h"

#include <math.h>
#include <string.h>

#include "search/replay.h"

enum { FIELDS = 5, VALUES = 6 };

static const char spec_text[] = "kernel matmul {\n"
                                "    size M, N, K in 1..=4096\n"
                                "    in  a: f32[M, K], b: f32[K, N]\n"
                                "    out c: f32[M, N]\n"
                                "    c[i, j] = sum[k] a[i, k] * b[k, j]\n"
                                "    workload w M=64 N=64 K=64\n"
                                "}\n";

static const char tuned[] =
        "// kevo: kernel matmul\n"
        "// kevo: tune A = 1 in 1 2 4 8 16 32\n"
        "// kevo: tune B = 1 in 1 2 4 8 16 32\n"
        "// kevo: tune C = 1 in 1 2 4 8 16 32\n"
        "// kevo: tune D = 1 in 1 2 4 8 16 32\n"
        "// kevo: tune E = 1 in 1 2 4 8 16 32\n"
        "// kevo: stage rows tasks ceil(M, A) args a b c\n"
        "void rows(long task, const float *a, const float *b, float *c,\n"
        "          long M, long N, long K);\n";

struct bed {
        struct spec *spec;
        struct binding binding;
        struct source *source;
        struct proposer *proposer;
        int space; /* that of the source */
        struct recording recording;
};

typedef double landscape(const int *at);

/* Separable, best at 4 1 3 5 2. */
static inline double separable(const int *at)
{
        static const int best[FIELDS] = {4, 1, 3, 5, 2};
        double sum = 0;

        for (int f = 0; f < FIELDS; f++)
                sum += 0.1 * (at[f] - best[f]) * (at[f] - best[f]);
        return 2 * exp(-sum);
}

/* A broad hill, and a narrower and higher one far away; a part is wrong. */
static inline double two_hills(const int *at)
{
        double one = 0, two = 0;

        if (at[0] == 0 && at[1] > 3)
                return 0;
        for (int f = 0; f < FIELDS; f++) {
                one += 0.05 * (at[f] - 1) * (at[f] - 1);
                two += 0.15 * (at[f] - 4) * (at[f] - 4);
        }
        return 0.7 * exp(-one) + exp(-two);
}

static inline double flat(const int *at)
{
        (void)at;
        return 1;
}

static inline void record(struct bed *bed, landscape *fitness)
{
        struct recorded r = {.space = bed->space, .seconds = 0.5};
        struct error err = {0};
        int total = 1;

        for (int f = 0; f < FIELDS; f++)
                total *= VALUES;
        for (int i = 0; i < total; i++) {
                int rest = i;

                for (int f = 0; f < FIELDS; f++) {
                        r.point.at[f] = rest % VALUES;
                        rest /= VALUES;
                }
                r.fitness = fitness(r.point.at);
                ck_assert_int_eq(recording_add(&bed->recording, &r, &err), 0);
        }
}

static inline void make_bed(struct bed *bed, landscape *fitness)
{
        struct propose_task task = {.backend = backend_find("c")};
        struct propose_memory where;
        struct machine machine;
        struct error err = {0};

        *bed = (struct bed){0};
        ck_assert_msg(spec_parse(spec_text, strlen(spec_text), "t.kernel",
                                 &bed->spec, &err) == 0,
                      "%s", err.text);
        binding_from_workload(&bed->binding, bed->spec,
                              bed->spec->workload[0]);
        ck_assert_msg(source_parse(tuned, sizeof tuned - 1, "generic.c", "c",
                                   bed->spec, &bed->source, &err) == 0,
                      "%s", err.text);
        task.spec = bed->spec;
        task.workload = &bed->binding;
        machine_probe(&machine);
        task.backend->target(&machine, &task.target);
        task.source[0] = bed->source;
        task.source_name[0] = "generic.c";
        task.source_count = 1;
        ck_assert_int_eq(propose_open(&bed->proposer, &task, &err), 0);
        ck_assert(propose_locate(
                bed->proposer, "tune generic.c A=1 B=1 C=1 D=1 E=1", &where));
        bed->space = where.space;
        record(bed, fitness);
        propose_recorded(bed->proposer, recording_has, &bed->recording);
}

static inline void drop_bed(struct bed *bed)
{
        recording_dispose(&bed->recording);
        propose_close(bed->proposer);
        source_free(bed->source);
        spec_free(bed->spec);
}

#endif
