/*
 * Estimates: finite and positive for whatever can be lowered, 0 for what
 * cannot, larger for more work, and in the order that anybody would expect
 * of plain cases. They are never compared with a clock.
 */
#include "check_main.h"

#include <math.h>
#include <string.h>

#include "lower/estimate.h"

static const char softmax[] = "kernel softmax {\n"
                              "    size M, N in 1..=65536\n"
                              "    in   x: f32[M, N]\n"
                              "    out  y: f32[M, N]\n"
                              "    m[i]    = max[j] x[i, j]\n"
                              "    s[i]    = sum[j] exp(x[i, j] - m[i])\n"
                              "    y[i, j] = exp(x[i, j] - m[i]) / s[i]\n"
                              "    workload small M=256 N=1024\n"
                              "    workload large M=512 N=1024\n"
                              "}\n";

static const struct target target = {.language = "c",
                                     .vector_bytes = 32,
                                     .fma = true,
                                     .threads = 2,
                                     .l1_bytes = 32 << 10,
                                     .l2_bytes = 1 << 20,
                                     .llc_bytes = 16 << 20};

struct bed {
        struct spec *spec;
        struct binding small, large;
};

static void make_bed(struct bed *bed)
{
        struct error err = {0};

        ck_assert_msg(spec_parse(softmax, strlen(softmax), "t.kernel",
                                 &bed->spec, &err) == 0,
                      "%s", err.text);
        binding_from_workload(&bed->small, bed->spec, bed->spec->workload[0]);
        binding_from_workload(&bed->large, bed->spec, bed->spec->workload[1]);
}

/* The guess of a class with one field set. */
static double with_field(const struct bed *bed, const struct target *t,
                         enum schedule_class class, const char *name,
                         int64_t value)
{
        struct schedule_space space;
        struct schedule schedule;
        struct error err = {0};

        ck_assert_int_eq(
                lower_fields(bed->spec, &bed->small, t, class, &space, &err),
                0);
        schedule_guess(&space, &schedule);
        for (int i = 0; i < schedule.count; i++) {
                if (name && strcmp(schedule.field[i].name, name) == 0)
                        schedule.field[i].value = value;
        }
        return estimate_schedule(bed->spec, &bed->small, t, &schedule);
}

START_TEST(every_schedule_has_one_or_none)
{
        enum schedule_class classes[8];
        struct rng rng = {3, 0};
        struct error err = {0};
        struct bed bed;
        int count, lowered = 0;

        make_bed(&bed);
        count = lower_classes(bed.spec, &target, classes, 8);
        ck_assert_int_gt(count, 0);
        for (int i = 0; i < 60; i++) {
                struct thread_program *program = NULL;
                struct schedule_space space;
                struct schedule schedule;
                double ns;

                ck_assert_int_eq(lower_fields(bed.spec, &bed.small, &target,
                                              classes[i % count], &space,
                                              &err),
                                 0);
                schedule_draw(&space, &rng, &schedule);
                ns = estimate_schedule(bed.spec, &bed.small, &target,
                                       &schedule);
                if (lower_schedule(bed.spec, &bed.small, &target, &schedule,
                                   &program, &err) < 0) {
                        ck_assert(ns == 0);
                        continue;
                }
                lowered++;
                ck_assert(isfinite(ns) && ns > 0);
                ck_assert(estimate_program(program, &bed.large, &target) > ns);
                thread_free(program);
        }
        ck_assert_int_gt(lowered, 20);
        spec_free(bed.spec);
}
END_TEST

START_TEST(plain_cases_are_in_order)
{
        struct target one = target;
        struct thread_program *first = NULL;
        struct error err = {0};
        struct bed bed;
        double guess;

        make_bed(&bed);
        guess = with_field(&bed, &target, SCHEDULE_ROW, NULL, 0);
        /* Narrower vectors, one thread, one task, no vectors at all. */
        ck_assert(with_field(&bed, &target, SCHEDULE_ROW, "vector", 4) >
                  guess);
        one.threads = 1;
        ck_assert(with_field(&bed, &one, SCHEDULE_ROW, NULL, 0) > guess);
        ck_assert_int_eq(lower_first(bed.spec, &first, &err), 0);
        ck_assert(estimate_program(first, &bed.small, &target) > 1.5 * guess);
        thread_free(first);
        spec_free(bed.spec);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {every_schedule_has_one_or_none,
                                      plain_cases_are_in_order};

        return check_main("estimate", tests, 2);
}
