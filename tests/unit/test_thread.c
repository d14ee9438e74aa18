/*
 * Thread programs: what builders make, which names they give, what finishing
 * finds, and that failures stick instead of crashing.
 */
#include "lower/thread.h"

#include "check_main.h"
#include "spec_fixture.h"

static struct spec *parse(void)
{
        return spec_must_parse("kernel t {\nsize M\nsize N in 4..=64 step 4\n"
                               "in x: f32[M, N]\nout y: f32[M, N]\n"
                               "y[i, j] = x[i, j]\n}\n");
}

START_TEST(test_copy_program)
{
        struct spec *spec = parse();
        struct thread_program *p = thread_new(spec);
        const struct thread_expr *task, *i, *at;
        struct thread_array *x = thread_tensor(p, spec->tensor[0]);
        struct thread_array *y = thread_tensor(p, spec->tensor[1]);
        struct error err = {0};

        ck_assert(x == thread_tensor(p, spec->tensor[0]));
        task = thread_stage_begin(p, "copy", thread_size(p, spec->size[0]));
        i = thread_for(p, "j", thread_int(p, 0), thread_size(p, spec->size[1]),
                       4);
        at = thread_add(p, thread_mul(p, task, thread_size(p, spec->size[1])),
                        i);
        thread_store(p, y, at, thread_load(p, x, at, 4));
        thread_end(p);
        thread_stage_end(p);
        ck_assert_int_eq(thread_finish(p, &err), 0);
        ck_assert_int_eq(p->stage_count, 1);
        ck_assert_int_eq(p->stage[0]->array_count, 2);
        ck_assert(p->stage[0]->array[0] == x && !p->stage[0]->stores[0]);
        ck_assert(p->stage[0]->array[1] == y && p->stage[0]->stores[1]);
        thread_free(p);
        spec_free(spec);
}
END_TEST

/* Sibling loops share names; what can be seen is never hidden; words of C
 * and of the library are avoided. */
START_TEST(test_names)
{
        struct spec *spec = parse();
        struct thread_program *p = thread_new(spec);
        const struct thread_expr *one = thread_int(p, 1), *a, *b, *c, *d, *x;
        struct error err = {0};

        thread_stage_begin(p, "names", one);
        a = thread_for(p, "j", thread_int(p, 0), one, 1);
        x = thread_declare(p, "x", one);
        thread_end(p);
        b = thread_for(p, "j", thread_int(p, 0), one, 1);
        c = thread_declare(p, "j", one);
        d = thread_declare(p, "exp", one);
        thread_end(p);
        thread_stage_end(p);
        ck_assert_str_eq(a->value.variable->name, "j");
        ck_assert_str_eq(b->value.variable->name, "j");
        ck_assert_str_eq(c->value.variable->name, "j_2");
        ck_assert_str_ne(d->value.variable->name, "exp");
        /* An argument's name stays the argument's. */
        ck_assert_str_ne(x->value.variable->name, "x");
        ck_assert_int_eq(thread_finish(p, &err), 0);
        thread_free(p);
        spec_free(spec);
}
END_TEST

START_TEST(test_used_variables)
{
        struct spec *spec = parse();
        struct thread_program *p = thread_new(spec);
        struct thread_array *y = thread_tensor(p, spec->tensor[1]);
        const struct thread_expr *idle, *chain, *live;
        struct error err = {0};

        thread_stage_begin(p, "used", thread_int(p, 1));
        idle = thread_declare(p, "idle", thread_int(p, 1));
        chain = thread_declare(p, "chain", thread_add(p, idle, idle));
        live = thread_declare(p, "live", thread_int(p, 2));
        thread_store(p, y, live, thread_real(p, DTYPE_F32, 0));
        thread_stage_end(p);
        ck_assert_int_eq(thread_finish(p, &err), 0);
        ck_assert(!idle->value.variable->used);
        ck_assert(!chain->value.variable->used);
        ck_assert(live->value.variable->used);
        thread_free(p);
        spec_free(spec);
}
END_TEST

/* Each of these is a defect of a lowering: the first one is told. */
static void break_store(struct thread_program *p)
{
        thread_store(p, thread_tensor(p, p->spec->tensor[0]), thread_int(p, 0),
                     thread_real(p, DTYPE_F32, 1));
}

static void break_end(struct thread_program *p)
{
        thread_end(p);
}

static void break_else(struct thread_program *p)
{
        thread_else(p);
}

static void break_assign(struct thread_program *p)
{
        thread_assign(p, thread_int(p, 1), thread_int(p, 2));
}

static void break_loop(struct thread_program *p)
{
        thread_for(p, "i", thread_int(p, 0), thread_int(p, 1), 1);
}

static void break_fix(struct thread_program *p)
{
        thread_fix(p, p->spec->size[0], -5);
}

START_TEST(test_failures_stick)
{
        static void (*const broken[])(struct thread_program * p) = {
                break_store,  break_end,  break_else,
                break_assign, break_loop, break_fix};

        for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
                struct spec *spec = parse();
                struct thread_program *p = thread_new(spec);
                struct error err = {0};

                thread_stage_begin(p, "broken", thread_int(p, 1));
                broken[i](p);
                thread_stage_end(p);
                ck_assert_int_ne(thread_finish(p, &err), 0);
                ck_assert_int_gt((int)strlen(err.text), 5);
                thread_free(p);
                spec_free(spec);
        }
}
END_TEST

/* Nothing crashes when the arena is used up, and finishing says so. */
START_TEST(test_memory_runs_out)
{
        struct spec *spec = parse();
        struct thread_program *p = thread_new(spec);
        const struct thread_expr *e;
        struct error err = {0};

        thread_stage_begin(p, "large", thread_int(p, 1));
        e = thread_var(p, "v", thread_int(p, 0));
        for (int i = 0; i < 700000; i++)
                thread_assign(p, e, thread_add(p, e, thread_int(p, i)));
        thread_for(p, "i", thread_int(p, 0), e, 1);
        thread_if(p, thread_less(p, e, e));
        thread_else(p);
        thread_end(p);
        thread_end(p);
        thread_stage_end(p);
        ck_assert_int_eq(thread_finish(p, &err), ERR_MEMORY);
        thread_free(p);
        spec_free(spec);
}
END_TEST

START_TEST(test_conditions)
{
        struct spec *spec = parse();
        struct thread_program *p = thread_new(spec);
        const struct thread_expr *m = thread_size(p, spec->size[0]);
        const struct thread_expr *n = thread_size(p, spec->size[1]);

        ck_assert(!thread_is_multiple(p, m, 8));
        ck_assert(thread_is_multiple(p, n, 4)); /* its domain */
        ck_assert(!thread_is_multiple(p, n, 8));
        thread_when_multiple(p, spec->size[0], 8);
        ck_assert(thread_is_multiple(p, m, 8));
        ck_assert(thread_is_multiple(p, m, 4));
        thread_when_multiple(p, spec->size[0], 8);
        ck_assert_int_eq(p->when_count, 1);
        ck_assert_str_eq(p->when[0], "M % 8 == 0");
        thread_fix(p, spec->size[1], 16);
        ck_assert_int_eq(p->fixed[1], 16);
        ck_assert_int_eq(p->fixed[0], -1);
        thread_free(p);
        spec_free(spec);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {
                test_copy_program,   test_names,      test_used_variables,
                test_failures_stick, test_conditions, test_memory_runs_out};

        return check_main("thread", tests, sizeof tests / sizeof *tests);
}
