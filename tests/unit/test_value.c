/*
 * Expression builders: folding keeps values, operands meet in one type, and
 * only what is known is called known.
 */
#include "lower/value.h"

#include <stdio.h>

#include "check_main.h"
#include "core/rng.h"
#include "spec_fixture.h"

static struct spec *spec;
static struct thread_program *p;

static void open_program(void)
{
        spec = spec_must_parse(
                "kernel t {\nsize N\nparam s: f32 in 0..=1 = 1\n"
                "in x: f32[N]\nout y: f32[N]\n"
                "y[i] = x[i] * s\n}\n");
        p = thread_new(spec);
}

static void close_program(void)
{
        thread_free(p);
        spec_free(spec);
}

/* The value of an integer expression where N is n. */
static int64_t value_at(const struct thread_expr *e, int64_t n)
{
        int64_t a, b;

        if (e->op == THREAD_INTEGER)
                return e->value.integer;
        if (e->op == THREAD_SIZE)
                return n;
        a = value_at(e->arg[0], n);
        b = e->count > 1 ? value_at(e->arg[1], n) : 0;
        switch (e->op) {
        case THREAD_ADD:
                return a + b;
        case THREAD_SUB:
                return a - b;
        case THREAD_MUL:
                return a * b;
        case THREAD_DIV:
                return a / b;
        case THREAD_REM:
                return a % b;
        case THREAD_CEIL_DIV:
                return (a + b - 1) / b;
        case THREAD_MIN:
                return a < b ? a : b;
        case THREAD_MAX:
                return a > b ? a : b;
        default:
                ck_abort_msg("op %d", (int)e->op);
                return 0;
        }
}

/* Random trees of literals and N, built twice: once plainly computed. */
static const struct thread_expr *random_tree(struct rng *rng, int depth,
                                             int64_t n, int64_t *value)
{
        static const enum thread_op ops[] = {THREAD_ADD, THREAD_SUB,
                                             THREAD_MUL, THREAD_MIN,
                                             THREAD_MAX, THREAD_ADD};
        const struct thread_expr *a, *b;
        int64_t x, y;
        enum thread_op op;

        if (depth == 0 || rng_below(rng, 4) == 0) {
                *value = (int64_t)rng_below(rng, 4) - 1;
                if (rng_below(rng, 3))
                        return thread_int(p, *value);
                *value = n;
                return thread_size(p, spec->size[0]);
        }
        a = random_tree(rng, depth - 1, n, &x);
        b = random_tree(rng, depth - 1, n, &y);
        op = ops[rng_below(rng, sizeof ops / sizeof *ops)];
        *value = op == THREAD_ADD   ? x + y
                 : op == THREAD_SUB ? x - y
                 : op == THREAD_MUL ? x * y
                 : op == THREAD_MIN ? (x < y ? x : y)
                                    : (x > y ? x : y);
        return thread_binary(p, op, a, b);
}

START_TEST(test_folding_keeps_values)
{
        struct rng rng = {5, 0};

        for (int i = 0; i < 3000; i++) {
                int64_t n = (int64_t)rng_below(&rng, 50), want, known;
                const struct thread_expr *e = random_tree(&rng, 5, n, &want);

                ck_assert_int_eq(value_at(e, n), want);
                if (thread_known(p, e, &known))
                        ck_assert_int_eq(known, want);
                ck_assert(thread_equal(e, e));
        }
}
END_TEST

START_TEST(test_multiples_hold)
{
        struct rng rng = {6, 0};

        for (int i = 0; i < 3000; i++) {
                int64_t n = (int64_t)rng_below(&rng, 20), want;
                int64_t factor = 1 + (int64_t)rng_below(&rng, 6);
                const struct thread_expr *e = random_tree(&rng, 4, n, &want);

                if (thread_is_multiple(p, e, factor))
                        ck_assert_int_eq(want % factor, 0);
        }
}
END_TEST

START_TEST(test_simple_forms)
{
        const struct thread_expr *n = thread_size(p, spec->size[0]);
        const struct thread_expr *zero = thread_int(p, 0);
        const struct thread_expr *one = thread_int(p, 1), *e;

        ck_assert(thread_add(p, n, zero) == n);
        ck_assert(thread_mul(p, one, n) == n);
        ck_assert(thread_quotient(p, n, one) == n);
        ck_assert_int_eq(thread_mul(p, n, zero)->value.integer, 0);
        ck_assert(thread_min(p, n, n) == n);
        /* (n + 1) + 2 is n + 3. */
        e = thread_add(p, thread_add(p, n, one), thread_int(p, 2));
        ck_assert_int_eq(e->arg[1]->value.integer, 3);
        /* Reals stay as written but for a factor of 1. */
        e = thread_real(p, DTYPE_F32, 0);
        ck_assert_int_eq(thread_add(p, thread_param(p, spec->param[0]), e)->op,
                         THREAD_ADD);
}
END_TEST

START_TEST(test_operands_meet)
{
        const struct thread_expr *n = thread_size(p, spec->size[0]);
        const struct thread_expr *s = thread_param(p, spec->param[0]), *e;
        const struct thread_expr *v = thread_broadcast(p, s, 8);

        /* A scalar meets lanes, a literal the other's type. */
        e = thread_mul(p, v, thread_int(p, 2));
        ck_assert_int_eq(e->type.lanes, 8);
        ck_assert_int_eq(e->type.dtype, DTYPE_F32);
        ck_assert_int_eq(e->arg[1]->arg[0]->op, THREAD_REAL);
        /* An integer variable becomes a float. */
        ck_assert_int_eq(thread_add(p, s, n)->type.dtype, DTYPE_F32);
        /* Comparisons: a truth, or a mask as wide as the operands. */
        ck_assert_int_eq(thread_less(p, s, s)->type.dtype, DTYPE_BOOL);
        e = thread_less(p, v, v);
        ck_assert_int_eq(e->type.dtype, DTYPE_I32);
        ck_assert_int_eq(e->type.lanes, 8);
        /* A selection widens the mask to its values. */
        e = thread_select(p, e, thread_int(p, 1), thread_int(p, 0));
        ck_assert_int_eq(e->arg[0]->type.dtype, DTYPE_I64);
        ck_assert_int_eq(e->type.lanes, 8);
        /* A scalar truth in lanes is a mask too. */
        e = thread_select(p, thread_less(p, s, s), v, v);
        ck_assert_int_eq(e->arg[0]->type.lanes, 8);
        ck_assert_int_eq(p->failure.code, 0);
        /* Lanes that do not fit are a failure, not a crash. */
        thread_add(p, v, thread_broadcast(p, s, 4));
        ck_assert_int_eq(p->failure.code, ERR_INTERNAL);
}
END_TEST

START_TEST(test_casts)
{
        const struct thread_expr *e =
                thread_cast(p, thread_int(p, 300), DTYPE_U8);

        /* 300 does not fit: the conversion stays in the program. */
        ck_assert_int_eq(e->op, THREAD_CAST);
        e = thread_cast(p, thread_int(p, 7), DTYPE_I8);
        ck_assert_int_eq(e->op, THREAD_INTEGER);
        ck_assert_int_eq(e->type.dtype, DTYPE_I8);
        e = thread_cast(p, thread_int(p, 7), DTYPE_F64);
        ck_assert_int_eq(e->op, THREAD_REAL);
        ck_assert(thread_cast(p, e, DTYPE_F64) == e);
        ck_assert(!thread_equal(e, thread_real(p, DTYPE_F64, 8)));
        ck_assert(thread_equal(e, thread_real(p, DTYPE_F64, 7)));
        ck_assert(!thread_equal(thread_real(p, DTYPE_F32, 0.0),
                                thread_real(p, DTYPE_F32, -0.0)));
}
END_TEST

/* The types from the outside in of a chain of casts, such as "i8 i32 f32". */
static const char *chain(const struct thread_expr *e)
{
        static char text[64];
        size_t used = 0;

        for (; e->op == THREAD_CAST; e = e->arg[0])
                used += (size_t)snprintf(text + used, sizeof text - used,
                                         "%s ", dtype_name(e->type.dtype));
        snprintf(text + used, sizeof text - used, "%s",
                 dtype_name(e->type.dtype));
        return text;
}

/* Lanes go through i64 only where a value may need it. */
START_TEST(test_short_lanes)
{
        const struct thread_type bytes = thread_vector(DTYPE_I8, 16);
        const struct thread_type reals = thread_vector(DTYPE_F32, 16);
        const struct thread_expr *a, *x, *low, *high, *clamped, *wide;

        thread_stage_begin(p, "s", thread_int(p, 1));
        a = thread_declare(p, "a", thread_iota(p, bytes));
        x = thread_var(p, "x", thread_constant(p, reals, 1));
        low = thread_real(p, DTYPE_F32, -128);
        high = thread_real(p, DTYPE_F32, 127);
        wide = thread_cast(p, a, DTYPE_I64);
        ck_assert_str_eq(chain(thread_cast(p, wide, DTYPE_F32)), "f32 i8");
        ck_assert(thread_cast(p, wide, DTYPE_I8) == a);
        wide = thread_add(p, wide, wide);
        ck_assert_str_eq(chain(thread_cast(p, wide, DTYPE_F32)), "f32 i64");

        clamped =
                thread_let(p, "c", thread_max(p, low, thread_min(p, x, high)));
        wide = thread_cast(p, clamped, DTYPE_I64);
        ck_assert_str_eq(chain(thread_cast(p, wide, DTYPE_I8)), "i8 i32 f32");
        wide = thread_cast(p, thread_min(p, x, high), DTYPE_I64);
        ck_assert_str_eq(chain(thread_cast(p, wide, DTYPE_I8)), "i8 i64 f32");
        wide = thread_cast(p, thread_max(p, low, x), DTYPE_I64);
        ck_assert_str_eq(chain(thread_cast(p, wide, DTYPE_I8)), "i8 i64 f32");
        wide = thread_cast(p, thread_max(p, thread_min(p, x, high), x),
                           DTYPE_I64);
        ck_assert_str_eq(chain(thread_cast(p, wide, DTYPE_I8)), "i8 i64 f32");
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("value");
        TCase *tc = tcase_create("value");
        SRunner *runner;
        int failed;

        tcase_add_checked_fixture(tc, open_program, close_program);
        tcase_add_test(tc, test_folding_keeps_values);
        tcase_add_test(tc, test_multiples_hold);
        tcase_add_test(tc, test_simple_forms);
        tcase_add_test(tc, test_operands_meet);
        tcase_add_test(tc, test_casts);
        tcase_add_test(tc, test_short_lanes);
        suite_add_tcase(suite, tc);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
