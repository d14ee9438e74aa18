/*
 * The macros that ship: each against its definition, written another way,
 * over a range of values. The tree is evaluated here, in double.
 */
#include "check_main.h"

#include <math.h>

#include "spec_fixture.h"

static double call_at(enum function function, double a, double b)
{
        switch (function) {
        case FN_ABS:
                return fabs(a);
        case FN_MIN:
                return fmin(a, b);
        case FN_MAX:
                return fmax(a, b);
        case FN_EXP:
                return exp(a);
        case FN_EXPM1:
                return expm1(a);
        case FN_LOG1P:
                return log1p(a);
        case FN_TANH:
                return tanh(a);
        case FN_ERF:
                return erf(a);
        default:
                ck_abort_msg("a function that the test does not know");
        }
}

static double value_at(const struct expr *e, double x)
{
        double a = e->count > 0 ? value_at(e->arg[0], x) : 0;
        double b = e->count > 1 ? value_at(e->arg[1], x) : 0;

        switch (e->op) {
        case EXPR_INTEGER:
                return (double)e->value.integer;
        case EXPR_REAL:
                return e->value.real;
        case EXPR_READ:
                return x;
        case EXPR_NEGATE:
                return -a;
        case EXPR_ADD:
                return a + b;
        case EXPR_SUB:
                return a - b;
        case EXPR_MUL:
                return a * b;
        case EXPR_DIV:
                return a / b;
        case EXPR_LT:
                return a < b;
        case EXPR_SELECT:
                return a != 0 ? b : value_at(e->arg[2], x);
        case EXPR_CALL:
                return call_at(e->value.function, a, b);
        default:
                ck_abort_msg("an operation that the test does not know");
        }
}

static double sigmoid(double x)
{
        return (1 + tanh(x / 2)) / 2;
}

static double softplus(double x)
{
        return x > 30 ? x : log(1 + exp(x));
}

static double definition(int k, double x)
{
        const double cube = x + 0.044715 * pow(x, 3);

        switch (k) {
        case 0:
                return x * x;
        case 1:
                return x < -1 ? -1 : x > 2 ? 2 : x;
        case 2:
                return x > 0 ? x : 0;
        case 3:
                return x < 0 ? 0 : x > 6 ? 6 : x;
        case 4:
                return x < 0 ? x / 100 : x;
        case 5:
                return x < 0 ? 1.5 * (exp(x) - 1) : x;
        case 6:
                return sigmoid(x);
        case 7:
                return x * sigmoid(x);
        case 8:
                return softplus(x);
        case 9:
                return x / 2 * erfc(-x / sqrt(2));
        case 10:
                return x * sigmoid(2 * sqrt(2 / acos(-1)) * cube);
        case 11:
                return x * tanh(softplus(x));
        case 12:
                return x < -1 ? -1 : x > 1 ? 1 : x;
        case 13:
                return x < -3 ? 0 : x > 3 ? 1 : x / 6 + 0.5;
        case 14:
                return x < -3 ? 0 : x > 3 ? x : x * (x + 3) / 6;
        case 15:
                return x / (1 + fabs(x));
        default:
                return -softplus(-x);
        }
}

START_TEST(macros_keep_to_their_definitions)
{
        static const char *const calls[] = {"square(x[i])",
                                            "clamp(x[i], -1, 2)",
                                            "relu(x[i])",
                                            "relu6(x[i])",
                                            "leaky_relu(x[i], 0.01)",
                                            "elu(x[i], 1.5)",
                                            "sigmoid(x[i])",
                                            "silu(x[i])",
                                            "softplus(x[i])",
                                            "gelu(x[i])",
                                            "gelu_tanh(x[i])",
                                            "mish(x[i])",
                                            "hardtanh(x[i])",
                                            "hardsigmoid(x[i])",
                                            "hardswish(x[i])",
                                            "softsign(x[i])",
                                            "logsigmoid(x[i])"};

        for (size_t k = 0; k < sizeof(calls) / sizeof(calls[0]); k++) {
                char text[256];
                struct spec *spec;

                snprintf(text, sizeof(text),
                         "kernel t { size N; in x: f32[N]; out y: f32[N]\n"
                         "y[i] = %s }",
                         calls[k]);
                spec = spec_must_parse(text);
                for (double x = -20; x <= 20; x += 0.37) {
                        double got = value_at(spec->statement[0]->value, x);
                        double want = definition((int)k, x);

                        ck_assert_msg(fabs(got - want) <=
                                              1e-12 + 1e-9 * fabs(want),
                                      "%s at %g: %g, not %g", calls[k], x, got,
                                      want);
                }
                spec_free(spec);
        }
}
END_TEST

START_TEST(own_names_win)
{
        struct spec *spec = spec_must_parse(
                "kernel t { size N; in x: f32[N], mish: f32[N]\n"
                "out y: f32[N]\nfn relu(x) = x + 1\n"
                "y[i] = relu(x[i]) * mish[i] }");

        ck_assert(value_at(spec->statement[0]->value->arg[0], 2) == 3);
        spec_free(spec);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {macros_keep_to_their_definitions,
                                      own_names_win};

        return check_main("library", tests, 2);
}
