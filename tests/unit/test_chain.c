/*
 * The chain class against a double evaluation of the spec: many specs, random
 * schedules, shapes that are no multiple of anything; and what it is for: no
 * tensor between two statements of a chain is in memory.
 */
#include "lower/chain.h"

#include "check_main.h"
#include "contraction_cases.h"
#include "thread_interpreter.h"

static const struct target wide = {.language = "c",
                                   .vector_bytes = 64,
                                   .fma = true,
                                   .threads = 2,
                                   .l1_bytes = 32 << 10,
                                   .l2_bytes = 1 << 20,
                                   .llc_bytes = 16 << 20};

/* Lower and run; false when the combination is not possible. */
static bool try_schedule(struct sample *p, const struct schedule *schedule,
                         uint64_t seed)
{
        struct thread_program *program;
        char text[SCHEDULE_TEXT_BYTES], failure[256];
        struct error err = {0};
        int rc;

        schedule_print(schedule, text);
        rc = lower_schedule(p->spec, &p->binding, &wide, schedule, &program,
                            &err);
        ck_assert_msg(rc == 0 || rc == ERR_UNSUPPORTED, "%s under %s: %s",
                      p->spec->name, text, err.text);
        if (rc == 0) {
                bool ok = interpreter_run(program, &p->binding, p->data, seed,
                                          failure);

                ck_assert_msg(ok, "%s under %s: %s", p->spec->name, text,
                              failure);
                sample_compare(p, text);
        }
        thread_free(program);
        return rc == 0;
}

static void open_space(const struct sample *p, struct schedule_space *space)
{
        struct error err = {0};
        int rc = lower_fields(p->spec, &p->binding, &wide, SCHEDULE_CHAIN,
                              space, &err);

        ck_assert_msg(rc == 0, "%s: %s", p->spec->name, err.text);
}

static void check_chain(const char *text, uint64_t seed)
{
        struct sample p = {.spec = parse(text)};
        struct rng rng = {seed, 0};
        int possible = 0, draws = 12;

        ck_assert_msg(chain_applies(p.spec, &wide), "%s", p.spec->name);
        for (int n = 0; n < draws; n++) {
                struct schedule_space space;
                struct schedule schedule;

                draw_shape(p.spec, &rng, &p.binding);
                open_space(&p, &space);
                schedule_guess(&space, &schedule);
                if (n >= draws / 4)
                        schedule_draw(&space, &rng, &schedule);
                /* A schedule made for one shape serves all others, unless it
                 * fixes sizes. */
                if (n % 2 && !schedule_get(&schedule, "fix", 0))
                        draw_shape(p.spec, &rng, &p.binding);
                sample_fill(&p, &rng);
                possible += try_schedule(&p, &schedule, (uint64_t)n);
                sample_dispose(&p);
        }
        ck_assert_int_gt(possible, draws / 4);
        spec_free(p.spec);
}

START_TEST(test_chains_are_right)
{
        for (int i = 0; i < CHAINS; i++)
                check_chain(chain_text[i], (uint64_t)i + 50);
}
END_TEST

START_TEST(test_others_do_not_apply)
{
        static const char *const text[] = {
                "matmul", "interaction", "conv1d", "linear", "gathered",
        };

        for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++)
                for (int k = 0; k < SPECS; k++) {
                        struct spec *spec = parse(spec_text[k]);

                        if (!strcmp(spec->name, text[i]))
                                ck_assert_msg(!chain_applies(spec, &wide),
                                              "%s", text[i]);
                        spec_free(spec);
                }
}
END_TEST

/* Attention's scores and weights are the task's own. */
START_TEST(test_rows_are_resident)
{
        struct sample p = {.spec = parse(chain_text[0])};
        struct thread_program *program;
        struct schedule_space space;
        struct schedule schedule;
        struct error err = {0};
        int locals = 0;

        binding_init(&p.binding, p.spec);
        for (int i = 0; i < p.spec->size_count; i++)
                p.binding.size[i] = 64;
        open_space(&p, &space);
        schedule_guess(&space, &schedule);
        for (int f = 0; f < schedule.count; f++)
                if (!strcmp(schedule.field[f].name, "right"))
                        schedule.field[f].value = 1;
        ck_assert_int_eq(lower_schedule(p.spec, &p.binding, &wide, &schedule,
                                        &program, &err),
                         0);
        ck_assert_int_eq(program->stage_count, 1);
        for (int a = 0; a < program->array_count; a++) {
                ck_assert_int_ne(program->array[a]->space, THREAD_SCRATCH);
                locals += program->array[a]->space == THREAD_LOCAL;
        }
        ck_assert_int_ge(locals, 2);
        thread_free(program);
        spec_free(p.spec);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {test_chains_are_right,
                                      test_others_do_not_apply,
                                      test_rows_are_resident};

        return check_main("chain", tests, 3);
}
