/*
 * What a search times, and against what: workloads that cannot be measured
 * make place for others, and fitness means the incumbent's time / the
 * candidate's whoever the opponent was.
 */
#include "check_main.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "search/scope.h"
#include "subject_fixture.h"

/* Weights fall from wide to small; only small is no 10^9 operations. */
static const char spec_text[] = "kernel product {\n"
                                "    size M, N, K\n"
                                "    in  a: f32[M, K], b: f32[K, N]\n"
                                "    out c: f32[M, N]\n"
                                "    c[i, j] = sum[k] a[i, k] * b[k, j]\n"
                                "    workload wide  M=4096 N=4096 K=4096\n"
                                "    workload large M=4096 N=2048 K=4096\n"
                                "    workload small M=8 N=8 K=8\n"
                                "    workload flat  M=1024 N=64 K=1024\n"
                                "}\n";

enum { WIDE, LARGE, FLAT, SMALL, WORKLOADS };

struct bed {
        struct ground ground;
        struct scope scope;
};

static void lay(struct bed *bed)
{
        struct error err = {0};

        ground_lay(&bed->ground, "kernels/product/product.kernel", spec_text);
        ck_assert_msg(ground_look(&bed->ground, "product", &err) == 0, "%s",
                      err.text);
        ck_assert_int_eq(bed->ground.subject->workload_count, WORKLOADS);
        ck_assert_str_eq(bed->ground.subject->workload[FLAT].name, "flat");
        ck_assert_int_eq(scope_init(&bed->scope, bed->ground.subject, &err),
                         0);
}

static void strike(struct bed *bed)
{
        scope_dispose(&bed->scope);
        ground_remove(&bed->ground);
}

/* A result as the worker gives it: positions are the request's. ratio 0: was
 * not measured; below 0: the candidate does not apply. */
struct told {
        struct evaluate_measure measure[WORKLOADS];
        struct evaluate_result result;
};

static void tell(struct told *told, const struct scope *scope,
                 const double *ratio)
{
        *told = (struct told){.result = {.correct = true,
                                         .fitness = 1,
                                         .measure = told->measure,
                                         .measure_count = scope->count}};
        for (int i = 0; i < scope->count; i++) {
                told->measure[i] = (struct evaluate_measure){
                        .workload = i,
                        .applies = ratio[i] >= 0,
                        .ratio = ratio[i] > 0 ? ratio[i] : 1,
                        .candidate_ns = ratio[i] > 0 ? 1000 : 0};
                if (scope->count == 1 && ratio[i] > 0)
                        told->result.fitness = ratio[i];
        }
        scope_widen(scope, &told->result);
}

static void learn(struct scope *scope, int node, struct told *told)
{
        struct error err = {0};

        ck_assert_int_eq(
                scope_learn(scope, node, "c", "the text", &told->result, &err),
                0);
}

/* Leave only the workload `flat`. */
static void leave_flat(struct bed *bed)
{
        static const double ratio[] = {0, 0, 1, 1};
        struct told told;

        tell(&told, &bed->scope, ratio);
        /* The request was wide, large, small. */
        ck_assert_int_eq(told.measure[2].workload, SMALL);
        learn(&bed->scope, 0, &told);
}

START_TEST(what_cannot_be_measured_makes_place)
{
        struct bed bed;

        lay(&bed);
        ck_assert_int_eq(bed.ground.subject->search_count, 2);
        ck_assert(bed.scope.survey);
        ck_assert_int_eq(bed.scope.count, 3);
        ck_assert_int_eq(bed.scope.at[2], SMALL);
        leave_flat(&bed);
        ck_assert(!bed.scope.survey);
        ck_assert_int_eq(bed.scope.count, 1);
        ck_assert_int_eq(bed.scope.at[0], FLAT);
        strike(&bed);
}
END_TEST

START_TEST(what_can_be_measured_is_searched)
{
        static const double ratio[] = {1, 1, 1};
        struct told told;
        struct bed bed;

        lay(&bed);
        tell(&told, &bed.scope, ratio);
        learn(&bed.scope, 0, &told);
        ck_assert_int_eq(bed.scope.count, bed.ground.subject->search_count);
        ck_assert_int_eq(bed.scope.at[0], WIDE);
        ck_assert_int_eq(bed.scope.at[1], LARGE);
        strike(&bed);
}
END_TEST

/* A wrong candidate says nothing of the incumbent's times. */
START_TEST(a_wrong_candidate_changes_nothing)
{
        static const double ratio[] = {0, 0, 50};
        struct told told;
        struct bed bed;

        lay(&bed);
        tell(&told, &bed.scope, ratio);
        told.result.correct = false;
        told.result.fitness = 0;
        learn(&bed.scope, 0, &told);
        ck_assert(bed.scope.survey);
        ck_assert_int_eq(bed.scope.count, 3);
        ck_assert_ptr_null(scope_opponent(&bed.scope));
        strike(&bed);
}
END_TEST

START_TEST(a_large_lead_makes_the_opponent_and_fitness_stays)
{
        const double little = OPPONENT_LEAD * 0.99, much = 5, more = 3;
        struct evaluate_workload *list;
        struct evaluate_request request;
        struct error err = {0};
        struct told told;
        struct bed bed;

        lay(&bed);
        leave_flat(&bed);
        tell(&told, &bed.scope, &little);
        learn(&bed.scope, 1, &told);
        ck_assert_ptr_null(scope_opponent(&bed.scope));
        tell(&told, &bed.scope, &much);
        ck_assert(scope_leads(&bed.scope, &told.result));
        learn(&bed.scope, 2, &told);
        ck_assert_int_eq(bed.scope.node, 2);

        ck_assert_int_eq(subject_request(bed.ground.subject, WORKLOADS, "c",
                                         "other", &list, &request, &err),
                         0);
        scope_narrow(&bed.scope, list, &request);
        ck_assert_int_eq(request.workload_count, 1);
        ck_assert_str_eq(list[0].name, "flat");
        ck_assert_str_eq(list[0].incumbent, "the text");
        free(list);

        /* Three times as fast as what is five times as fast. */
        tell(&told, &bed.scope, &more);
        ck_assert_double_eq_tol(told.result.fitness, much * more, 1e-9);
        learn(&bed.scope, 3, &told);
        ck_assert_double_eq_tol(bed.scope.fitness, much * more, 1e-9);
        ck_assert_double_eq_tol(bed.scope.lead[FLAT], much * more, 1e-9);
        scope_restore(&bed.scope);
        tell(&told, &bed.scope, &more);
        ck_assert_double_eq_tol(told.result.fitness, more, 1e-9);
        strike(&bed);
}
END_TEST

/* Where a candidate does not apply the incumbent runs, not the opponent. */
START_TEST(where_nothing_applies_the_incumbent_runs)
{
        static const double lead[] = {4, 4, 4}, half[] = {2, -1};
        const struct subject_workload *w;
        struct told told;
        struct bed bed;
        double share;

        lay(&bed);
        tell(&told, &bed.scope, lead);
        told.result.fitness = 4;
        learn(&bed.scope, 0, &told);
        ck_assert_ptr_nonnull(scope_opponent(&bed.scope));
        ck_assert_int_eq(bed.scope.count, 2);
        tell(&told, &bed.scope, half);
        w = bed.ground.subject->workload;
        share = w[WIDE].weight / (w[WIDE].weight + w[LARGE].weight);
        ck_assert_double_eq_tol(told.result.fitness, pow(8, share), 1e-9);
        /* It is not measured everywhere: it cannot be an opponent. */
        told.result.fitness = 100;
        learn(&bed.scope, 7, &told);
        ck_assert_int_eq(bed.scope.node, 0);
        strike(&bed);
}
END_TEST

START_TEST(a_recording_keeps_its_opponent)
{
        const double much = 50;
        struct told told;
        struct bed bed;

        lay(&bed);
        bed.scope.fixed = true;
        leave_flat(&bed);
        tell(&told, &bed.scope, &much);
        ck_assert(!scope_leads(&bed.scope, &told.result));
        learn(&bed.scope, 1, &told);
        ck_assert_ptr_null(scope_opponent(&bed.scope));
        strike(&bed);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                what_cannot_be_measured_makes_place,
                what_can_be_measured_is_searched,
                a_wrong_candidate_changes_nothing,
                a_large_lead_makes_the_opponent_and_fitness_stays,
                where_nothing_applies_the_incumbent_runs,
                a_recording_keeps_its_opponent,
        };

        return check_main("scope", tests, sizeof tests / sizeof *tests);
}
