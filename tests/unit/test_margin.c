/*
 * Which guarded reads a copy with margins stands for, how large it is, and
 * that what it stands for is read from inside of it. That values are right
 * is tested with the classes that use copies (test_lower, test_contraction).
 */
#include "lower/margin.h"

#include "check_main.h"
#include "core/arena.h"
#include "spec_fixture.h"

static const struct expr *find_guarded(const struct expr *expr)
{
        const struct expr *found = NULL;

        if (expr->op == EXPR_READ && expr->value.read.safety == READ_ELSE)
                return expr;
        for (int i = 0; i < expr->count && !found; i++)
                found = find_guarded(expr->arg[i]);
        return found;
}

static const struct expr *guarded(const struct spec *spec)
{
        const struct expr *found = find_guarded(spec->statement[0]->value);

        ck_assert_ptr_nonnull(found);
        return found;
}

static const char strided[] =
        "kernel pool {\n size C, W in 1..=100\n in x: f32[C, W]\n"
        " out y: f32[C, (W + 1) // 2]\n"
        " y[c, j] = max[s in 0..3] (x[c, j * 2 + s - 1] else -inf)\n}\n";

/* Columns -1 to W: one in front and none or one behind. */
START_TEST(test_extent)
{
        struct spec *spec = spec_must_parse(strided);
        struct margins margins = {.arena = arena_new(1 << 20), .spec = spec};
        const struct expr *read = guarded(spec), *made;
        struct binding binding;

        binding_init(&binding, spec);
        binding.size[0] = 5;
        for (int64_t w = 1; w < 9; w++) {
                int64_t columns = (w + 1) / 2;

                binding.size[1] = w;
                ck_assert(margin_elements(read, &binding) ==
                          5.0 * (double)(2 * columns + 1));
        }
        made = margin_rewrite(&margins, read);
        ck_assert_int_eq(margins.count, 1);
        ck_assert_int_eq(made->value.read.safety, READ_PROVED);
        ck_assert_int_eq(margins.margin[0]->low[0], 0);
        ck_assert_int_eq(margins.margin[0]->low[1], 1);
        ck_assert(spec_tensor_elements(&margins.margin[0]->tensor, &binding,
                                       NULL) ==
                  (int64_t)margin_elements(read, &binding));
        /* An equal read shares the copy. */
        ck_assert_ptr_nonnull(margin_rewrite(&margins, read));
        ck_assert_int_eq(margins.count, 1);
        arena_free(margins.arena);
        spec_free(spec);
}
END_TEST

/* Copies that would be out of proportion, or that cannot be told. */
START_TEST(test_refusals)
{
        static const char *const value[] = {
                "sum[r in 0..3] (x[i + r, i - r] else 0)",
                "sum[r in 0..N] (x[i, r + 1] else 0)",
                "sum[r in 0..3] (x[i, r * i] else 0)",
                "sum[r in 0..3] (x[i, r + 9 * i] else 0)",
                "sum[r in 0..3] (x[i, r // 2] else 0)",
                "sum[r in 0..3] (x[i, r + k[i]] else 0)",
                "sum[r in 0..3] (x[i, r + 1] else (x[0, 0]))",
                "sum[r in 0..3] (x[i, r - 1] else 0)",
        };
        static const bool can[] = {false, false, false, false,
                                   false, false, false, true};

        for (size_t i = 0; i < sizeof value / sizeof *value; i++) {
                char text[400];
                struct spec *spec;

                snprintf(text, sizeof text,
                         "kernel t {\n size M, N, P in 1..=100\n"
                         " in x: f32[M, P], k: i32[M] in 0..9\n"
                         " out y: f32[M]\n y[i] = %s\n}\n",
                         value[i]);
                spec = spec_must_parse(text);
                ck_assert_msg(margin_can(guarded(spec)) == can[i], "%s",
                              value[i]);
                spec_free(spec);
        }
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {test_extent, test_refusals};

        return check_main("margin", tests, sizeof tests / sizeof *tests);
}
