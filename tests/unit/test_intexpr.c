/*
 * Integer expressions: values against C's own, printing against parsing,
 * hostile texts against limits.
 */
#include "check_main.h"

#include <string.h>

#include "core/rng.h"
#include "spec/intexpr.h"

/* M is 100, N is 7, Z is 0, BIG is INT64_MAX; others have no value. */
static bool look_up(const char *name, int64_t *value, void *data)
{
        const struct {
                const char *name;
                int64_t value;
        } known[] = {{"M", 100}, {"N", 7}, {"Z", 0}, {"BIG", INT64_MAX}};

        (void)data;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                if (strcmp(known[i].name, name) == 0) {
                        *value = known[i].value;
                        return true;
                }
        return false;
}

static int evaluate(const char *text, bool condition, int64_t *value,
                    struct error *err)
{
        struct intexpr *expr;
        int rc = intexpr_parse(text, "a.c:3", condition, &expr, err);

        if (!rc)
                rc = intexpr_eval(expr, look_up, NULL, value, err);
        intexpr_free(expr);
        return rc;
}

static void check_value(const char *text, bool condition, int64_t want)
{
        struct error err = {0};
        int64_t value;

        ck_assert_msg(evaluate(text, condition, &value, &err) == 0, "%s: %s",
                      text, err.text);
        ck_assert_msg(value == want, "%s is %lld", text, (long long)value);
}

START_TEST(numbers_have_their_values)
{
        check_value("ceil(M, 32)", false, 4);
        check_value("ceil(M, 50)", false, 2);
        check_value("ceil(-M, 32)", false, -3);
        check_value("M // 32", false, 3);
        check_value("-M // 32", false, -4);
        check_value("-M % 32", false, 28);
        check_value("2 + 3 * 4 - 5", false, 9);
        check_value("(2 + 3) * 4", false, 20);
        check_value("10 - 3 - 2", false, 5);
        check_value("min(M, 2*N, 50)", false, 14);
        check_value("max(M, N)", false, 100);
        check_value("--5", false, 5);
        check_value("BIG", false, INT64_MAX);
}
END_TEST

START_TEST(conditions_are_zero_or_one)
{
        check_value("M % 4 == 0 && M <= 16384", true, 1);
        check_value("N % 4 == 0 && M <= 16384", true, 0);
        check_value("M*4 + N*4 <= 428", true, 1);
        check_value("M > N && N >= 7 && Z < 1 && M != N", true, 1);
        check_value("(M < N)", true, 0);
        /* The right side of a false && is not evaluated. */
        check_value("Z != 0 && M // Z > 1", true, 0);
}
END_TEST

static void check_error(const char *text, bool condition, const char *part)
{
        struct error err = {0};
        int64_t value;

        ck_assert_msg(evaluate(text, condition, &value, &err) < 0, "%s", text);
        ck_assert_msg(strstr(err.text, part), "%s: %s", text, err.text);
        ck_assert_msg(strncmp(err.text, "a.c:3", 5) == 0, "%s", err.text);
}

START_TEST(mistakes_name_their_column)
{
        check_error("M +", false, "column 4");
        check_error("M + * 2", false, "column 5");
        check_error("", false, "empty");
        check_error("  # only a comment", false, "empty");
        check_error("M / 2", false, "//");
        check_error("M = 2", true, "==");
        check_error("M < 2 || N < 2", true, "&&");
        check_error("1 < M < 3", true, "chain");
        check_error("M < 2", false, "number");
        check_error("M + 2", true, "condition");
        check_error("(M < 2) + 1", false, "number");
        check_error("M && N", true, "condition");
        check_error("1.5 * M", false, "integers");
        check_error("f(M)", false, "min, max and ceil");
        check_error("ceil(M)", false, "two");
        check_error("ceil(M, 2, 3)", false, "two");
        check_error("min(M)", false, "two or more");
        check_error("(M", false, "')'");
        check_error("M)", false, "end");
        check_error("M\nN", false, "end");
        check_error("\"a\"", false, "quotation");
        check_error("99999999999999999999", false, "64 bits");
        check_error("system(1)", false, "functions");
}
END_TEST

START_TEST(evaluation_refuses_what_has_no_value)
{
        check_error("Q + 1", false, "'Q' has no value");
        check_error("BIG + 1", false, "64 bits");
        check_error("BIG * 2", false, "64 bits");
        check_error("-BIG - 2", false, "64 bits");
        check_error("-(-BIG - 1)", false, "64 bits");
        check_error("M // Z", false, "divisor");
        check_error("M % Z", false, "divisor");
        check_error("ceil(M, Z)", false, "divisor");
        check_error("M // (Z - 1)", false, "divisor");
}
END_TEST

START_TEST(limits_hold)
{
        char text[INTEXPR_BYTES + 2];
        struct buf names;

        memset(text, '(', sizeof(text));
        text[sizeof(text) - 1] = '\0';
        check_error(text, false, "at most");
        text[1000] = '\0';
        check_error(text, false, "inside each other");
        memset(text, '-', 1000);
        check_error(text, false, "inside each other");
        for (int i = 0; i < 1000; i += 2)
                memcpy(&text[i], "1+", 2);
        check_error(text, false, "at most");
        buf_init(&names, sizeof(text));
        for (int i = 0; i < 80; i++)
                buf_printf(&names, "a%d + ", i);
        buf_puts(&names, "1");
        check_error(names.data, false, "names");
        buf_dispose(&names);
}
END_TEST

/* A random expression as text; depth bounds it. */
static void write_random(struct rng *rng, int depth, struct buf *out)
{
        static const char *const marks[] = {"+", "-", "*", "//", "%"};
        static const char *const calls[] = {"min", "max", "ceil"};
        uint64_t pick = rng_below(rng, depth > 0 ? 10 : 2);

        if (pick == 0) {
                buf_printf(out, "%d", (int)rng_below(rng, 9));
        } else if (pick == 1) {
                buf_puts(out, rng_below(rng, 2) ? "M" : "N");
        } else if (pick == 2) {
                buf_puts(out, "-(");
                write_random(rng, depth - 1, out);
                buf_putc(out, ')');
        } else if (pick < 5) {
                buf_printf(out, "%s(", calls[rng_below(rng, 3)]);
                write_random(rng, depth - 1, out);
                buf_puts(out, ", ");
                write_random(rng, depth - 1, out);
                buf_putc(out, ')');
        } else {
                buf_putc(out, '(');
                write_random(rng, depth - 1, out);
                buf_printf(out, ") %s (", marks[rng_below(rng, 5)]);
                write_random(rng, depth - 1, out);
                buf_putc(out, ')');
        }
}

START_TEST(printed_expressions_mean_the_same)
{
        struct rng rng = {.seed = 42};
        int compared = 0;
        struct buf text, again;

        buf_init(&text, 1 << 16);
        buf_init(&again, 1 << 16);
        for (int i = 0; i < 3000; i++) {
                struct error err = {0};
                struct intexpr *expr;
                int64_t a = 0, b = 0;
                int first, second;

                buf_clear(&text);
                buf_clear(&again);
                write_random(&rng, 4, &text);
                if (intexpr_parse(text.data, "a.c:3", false, &expr, &err))
                        continue;
                intexpr_print(expr, &again);
                first = intexpr_eval(expr, look_up, NULL, &a, &err);
                intexpr_free(expr);
                second = evaluate(again.data, false, &b, &err);
                ck_assert_msg(first == second && a == b, "%s / %s", text.data,
                              again.data);
                ck_assert_uint_le(again.length, text.length + 8);
                compared += first == 0;
        }
        ck_assert_int_gt(compared, 1000);
        buf_dispose(&again);
        buf_dispose(&text);
}
END_TEST

START_TEST(c_text_is_complete)
{
        struct error err = {0};
        struct intexpr *expr;
        struct buf out;

        ck_assert_int_eq(intexpr_parse("ceil(M, 2) // 3 - min(N, -1) % 4 < M",
                                       "a.c:3", true, &expr, &err),
                         0);
        buf_init(&out, 1 << 16);
        intexpr_print_c(expr, &out);
        ck_assert_str_eq(out.data,
                         "((kevo_floor_div(kevo_ceil_div(((int64_t)M), "
                         "((int64_t)2)), ((int64_t)3)) - kevo_floor_mod("
                         "kevo_min(((int64_t)N), ((int64_t)-1)), "
                         "((int64_t)4))) < ((int64_t)M))");
        ck_assert_int_eq(intexpr_name_count(expr), 2);
        ck_assert_str_eq(intexpr_name(expr, 0), "M");
        ck_assert(intexpr_uses(expr, "N"));
        ck_assert(!intexpr_uses(expr, "K"));
        ck_assert_int_eq(intexpr_node(expr, intexpr_node_count(expr) - 1)->op,
                         INTEXPR_LT);
        buf_dispose(&out);
        intexpr_free(expr);
}
END_TEST

/* The helpers that the C text calls agree with evaluation. */
INTEXPR_C_FUNCTIONS(static inline)

START_TEST(helpers_agree_with_evaluation)
{
        for (int64_t a = -9; a <= 9; a++)
                for (int64_t b = 1; b <= 4; b++) {
                        int64_t q = a >= 0 ? a / b : -((-a + b - 1) / b);

                        ck_assert_int_eq(kevo_floor_div(a, b), q);
                        ck_assert_int_eq(kevo_floor_mod(a, b), a - q * b);
                        ck_assert_int_eq(kevo_ceil_div(a, b),
                                         -kevo_floor_div(-a, b));
                }
        ck_assert_ptr_nonnull(strstr(INTEXPR_C_HELPERS(__device__),
                                     "__device__ int64_t kevo_min("));
        ck_assert_int_eq(kevo_min(3, -4), -4);
        ck_assert_int_eq(kevo_max(3, -4), 3);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {numbers_have_their_values,
                                      conditions_are_zero_or_one,
                                      mistakes_name_their_column,
                                      evaluation_refuses_what_has_no_value,
                                      limits_hold,
                                      printed_expressions_mean_the_same,
                                      c_text_is_complete,
                                      helpers_agree_with_evaluation};

        return check_main("intexpr", tests, 8);
}
