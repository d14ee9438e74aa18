/*
 * Rewriting of spec trees: equality up to the names of reduced indices,
 * substitution, inlining with its exceptions and its limit.
 */
#include "lower/rewrite.h"

#include "check_main.h"
#include "spec_fixture.h"

static bool all(const struct tensor *tensor, void *data)
{
        (void)tensor;
        (void)data;
        return true;
}

static const struct expr *value_of(const struct spec *spec, int i)
{
        return spec->statement[i]->value;
}

START_TEST(test_equality)
{
        struct spec *spec = spec_must_parse(
                "kernel t {\nsize N\nin x: f32[N, N]\n"
                "out a: f32[N], b: f32[N], c: f32[N], d: f32[N]\n"
                "a[i] = sum[j] x[i, j]\nb[i] = sum[k] x[i, k]\n"
                "c[i] = sum[j in 1..N] x[i, j]\nd[i] = max[j] x[i, j]\n}\n");
        struct arena *arena = arena_new(1 << 20);
        const struct expr *b;
        const struct expr use = {.op = EXPR_INDEX,
                                 .kind = KIND_INTEGER,
                                 .value.index = spec->statement[0]->index[0]};
        const struct expr *to = &use;

        /* Rows of different statements are different indices... */
        ck_assert(!rewrite_equal(value_of(spec, 0), value_of(spec, 1)));
        /* ... until one is put for the other; j and k do not matter. */
        b = rewrite_substitute(arena, value_of(spec, 1), 1,
                               spec->statement[1]->index, &to);
        ck_assert(rewrite_equal(value_of(spec, 0), b));
        b = rewrite_substitute(arena, value_of(spec, 2), 1,
                               spec->statement[2]->index, &to);
        ck_assert(!rewrite_equal(value_of(spec, 0), b));
        b = rewrite_substitute(arena, value_of(spec, 3), 1,
                               spec->statement[3]->index, &to);
        ck_assert(!rewrite_equal(value_of(spec, 0), b));
        ck_assert(rewrite_same_range(spec->statement[0]->index[0],
                                     spec->statement[1]->index[0]));
        arena_free(arena);
        spec_free(spec);
}
END_TEST

/* With a literal for the index the two values of a pair read one element. */
START_TEST(test_literals)
{
        struct spec *spec = spec_must_parse(
                "kernel t {\nin x: f32[2]\nout a: f32[2], b: f32[2]\n"
                "a[i] = x[1 - i]\nb[i] = x[i] + (2*i - 1)\n}\n");
        struct arena *arena = arena_new(1 << 20);
        const struct expr *value[2], *other;

        for (int64_t i = 0; i < 2; i++) {
                const struct expr literal = {.op = EXPR_INTEGER,
                                             .kind = KIND_INTEGER,
                                             .value.integer = i};
                const struct expr *to = &literal;

                value[i] = rewrite_substitute(arena, value_of(spec, 0), 1,
                                              spec->statement[0]->index, &to);
                other = rewrite_substitute(arena, value_of(spec, 1), 1,
                                           spec->statement[1]->index, &to);
                ck_assert_int_eq(other->arg[1]->op, EXPR_INTEGER);
                ck_assert_int_eq(other->arg[1]->value.integer, 2 * i - 1);
                if (i == 1)
                        ck_assert(rewrite_equal(value[0], other->arg[0]));
        }
        ck_assert(!rewrite_equal(value[0], value[1]));
        arena_free(arena);
        spec_free(spec);
}
END_TEST

START_TEST(test_inlining)
{
        struct spec *spec = spec_must_parse(
                "kernel t {\nsize N\nin x: f32[N]\n"
                "out y: f32[N], z: f32[N], w: f32[N]\ntmp h: f16[N]\n"
                "g[i] = x[i] * 2\nh[i] = g[i] + 1\ny[i] = h[N - 1 - i]\n"
                "z[i] = g[i - 1] else 0\nw[i] = y[i] + 1\n}\n");
        struct arena *arena = arena_new(1 << 20);
        const struct expr *y =
                rewrite_inline(arena, value_of(spec, 2), all, NULL);
        const struct expr *z =
                rewrite_inline(arena, value_of(spec, 3), all, NULL);
        const struct expr *w =
                rewrite_inline(arena, value_of(spec, 4), all, NULL);

        /* The rounding of tmp h stays as a cast, g is gone. */
        ck_assert_int_eq(y->op, EXPR_CAST);
        ck_assert_int_eq(y->dtype, DTYPE_F16);
        ck_assert(!rewrite_reads(y, spec_find_tensor(spec, "g")));
        ck_assert(rewrite_reads(y, spec_find_tensor(spec, "x")));
        /* A read with else keeps its tensor. */
        ck_assert(rewrite_reads(z, spec_find_tensor(spec, "g")));
        /* An output that is read is inlined too. */
        ck_assert(!rewrite_reads(w, spec_find_tensor(spec, "y")));
        ck_assert(!rewrite_has_reduction(w));
        arena_free(arena);
        spec_free(spec);
}
END_TEST

/* Definitions that use the one before twice grow as 2^n: refused in time. */
START_TEST(test_limit)
{
        char text[4096];
        size_t n = 0;
        struct spec *spec;
        struct arena *arena = arena_new(16 << 20);

        n += (size_t)snprintf(text + n, sizeof text - n,
                              "kernel t {\nsize N\nin x: f32[N]\n"
                              "out y: f32[N]\na0[i] = x[i]\n");
        for (int k = 1; k < 40; k++)
                n += (size_t)snprintf(text + n, sizeof text - n,
                                      "a%d[i] = a%d[i] * a%d[i]\n", k, k - 1,
                                      k - 1);
        snprintf(text + n, sizeof text - n, "y[i] = a39[i]\n}\n");
        spec = spec_must_parse(text);
        ck_assert_ptr_null(
                rewrite_inline(arena, value_of(spec, 40), all, NULL));
        ck_assert_ptr_nonnull(
                rewrite_inline(arena, value_of(spec, 5), all, NULL));
        ck_assert_int_gt(rewrite_count(rewrite_inline(arena, value_of(spec, 6),
                                                      all, NULL)),
                         64);
        arena_free(arena);
        spec_free(spec);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {test_equality, test_literals,
                                      test_inlining, test_limit};

        return check_main("rewrite", tests, sizeof tests / sizeof *tests);
}
