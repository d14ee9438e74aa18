/*
 * The contraction and chain classes compiled for this machine: the guess and
 * random schedules of every case, each on several shapes, against a double
 * evaluation of the spec.
 */
#include "lower/contraction.h"

#include "backends/backend.h"
#include "contraction_cases.h"
#include "core/file.h"
#include "native.h"

enum { SCHEDULES = 3, SHAPES = 6 };

static char cache[LIMIT_PATH_BYTES];

static void this_machine(struct target *target)
{
        struct machine machine;

        machine_probe(&machine);
        backend_c.target(&machine, target);
}

/* false when the combination is not possible. */
static bool open_schedule(struct sample *p, const struct target *target,
                          const struct schedule *schedule,
                          struct thread_program **program,
                          struct native **native)
{
        char text[SCHEDULE_TEXT_BYTES];
        struct error err = {0};
        int rc;

        schedule_print(schedule, text);
        rc = lower_schedule(p->spec, &p->binding, target, schedule, program,
                            &err);
        ck_assert_msg(rc == 0 || rc == ERR_UNSUPPORTED, "%s", err.text);
        if (rc)
                return false;
        rc = native_open(native, p->spec, *program, &p->binding, 2, cache,
                         &err);
        ck_assert_msg(rc == 0, "%s under %s: %s", p->spec->name, text,
                      err.text);
        return true;
}

static void try_schedule(struct sample *p, const struct target *target,
                         const struct schedule *schedule, struct rng *rng)
{
        char text[SCHEDULE_TEXT_BYTES];
        struct thread_program *program;
        struct native *native;
        bool fixed = schedule_get(schedule, "fix", 0);
        struct error err = {0};

        schedule_print(schedule, text);
        draw_shape(p->spec, rng, &p->binding);
        if (!open_schedule(p, target, schedule, &program, &native))
                return;
        for (int n = 0; n < SHAPES; n++) {
                if (n > 0 && !fixed)
                        draw_shape(p->spec, rng, &p->binding);
                ck_assert_int_eq(native_bind(native, &p->binding, &err), 0);
                sample_fill(p, rng);
                native_call(native, p->data);
                sample_compare(p, text);
                sample_dispose(p);
        }
        native_close(native);
        thread_free(program);
}

static void check_class(const char *text, enum schedule_class class,
                        uint64_t seed)
{
        struct sample p = {.spec = parse(text)};
        struct rng rng = {seed, 0};
        struct schedule_space space;
        struct schedule schedule;
        struct target target;
        struct error err = {0};

        this_machine(&target);
        for (int n = 0; n < SCHEDULES; n++) {
                binding_init(&p.binding, p.spec);
                for (int i = 0; i < p.spec->size_count; i++)
                        p.binding.size[i] = n ? 300 : 24;
                ck_assert_int_eq(lower_fields(p.spec, &p.binding, &target,
                                              class, &space, &err),
                                 0);
                schedule_guess(&space, &schedule);
                if (n)
                        schedule_draw(&space, &rng, &schedule);
                try_schedule(&p, &target, &schedule, &rng);
        }
        spec_free(p.spec);
}

START_TEST(test_compiled_schedules_are_right)
{
        check_class(spec_text[_i], SCHEDULE_CONTRACTION, (uint64_t)_i + 3000);
}
END_TEST

START_TEST(test_compiled_chains_are_right)
{
        check_class(chain_text[_i], SCHEDULE_CHAIN, (uint64_t)_i + 4000);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("contraction_native");
        TCase *tcase = tcase_create("contraction_native");
        SRunner *runner;
        struct error err;
        int failed;

        if (file_make_temporary(cache, &err))
                return EXIT_FAILURE;
        tcase_set_timeout(tcase, 120);
        tcase_add_loop_test(tcase, test_compiled_schedules_are_right, 0,
                            SPECS);
        tcase_add_loop_test(tcase, test_compiled_chains_are_right, 0, CHAINS);
        suite_add_tcase(suite, tcase);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        file_remove_tree(cache);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
