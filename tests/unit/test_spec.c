/*
 * Specs that mean harm: bounded time and memory whatever is written, and an
 * error that has a place. Each is read in a child whose processor time and
 * memory end where a hang or a bomb would begin; how fast it is otherwise is
 * no matter of this test.
 */
#include "spec/spec.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check_main.h"
#include "core/buf.h"
#include "core/rng.h"
#include "spec/costs.h"
#include "spec/inputs.h"
#include "spec/oracle_emit.h"

enum { CHILD_SECONDS = 5, CHILD_BYTES = 200 << 20 };

#define HEAD "kernel t {\nsize N, M\nin x: f32[N], k: i64[N] in 0..N\n"
#define OUT "out y: f32[N]\n"

#define FIVE(text) text text text text text
#define FIFTY(text) FIVE(FIVE(text)) FIVE(FIVE(text))

/* before, then piece repeated (a %d in it counts, a %n is the next number),
 * then after. */
static const struct {
        const char *name, *before, *piece;
        int times;
        const char *after;
        bool valid;
} hostile[] = {
        {"parentheses alone", "", "(", 256 << 10, "", false},
        {"parentheses", HEAD OUT "y[i] = ", "(", 200000, "1\n}", false},
        {"reads in reads", HEAD OUT "y[i] = ", "x[", 100000, "0\n}", false},
        {"nots", HEAD OUT "y[i] = ", "!", 200000, "1\n}", false},
        {"minuses", HEAD OUT "y[i] = ", "-", 200000, "1\n}", false},
        {"choices", HEAD OUT "y[i] = ", "x[i] > 0 ? 1 : ", 15000, "1\n}",
         false},
        {"elses", HEAD OUT "y[i] = ", "x[i] else (", 20000, "1\n}", false},
        {"sums in sums", HEAD OUT "y[i] = ", "sum[a%d in 0..N] ", 12000,
         "1\n}", false},
        {"tops in tops", HEAD OUT "y[i] = ", "top[a%d, 3] ", 12000, "1\n}",
         false},
        {"terms", HEAD OUT "y[i] = 0", " + x[i]", 30000, "\n}", false},
        {"statements", HEAD OUT, "a%d[i] = x[i]\n", 12000, "}", false},
        {"one target", HEAD OUT, "y[i] = x[i]\n", 10000, "}", false},
        {"chained statements", HEAD OUT "a0[i] = x[i]\n",
         "b%d[i] = a0[i] + x[i]\n", 60, "y[i] = b59[i]\n}", true},
        {"sizes", HEAD OUT, "size S%d\n", 12000, "}", false},
        {"one line of sizes", "kernel t {\nsize A", ", S%d", 30000, "\n}",
         false},
        {"outputs", HEAD, "out q%d: f32[N]\n", 10000, "}", false},
        {"macros", HEAD OUT, "fn g%d(a) = a + 1\n", 10000, "}", false},
        {"parameters of a macro", HEAD OUT "fn g(a", ", b%d", 30000,
         ") = a\n}", false},
        {"macros that leave nothing",
         HEAD OUT "fn g(a, b) = a\nfn q0(x) = x\n",
         "fn q%n(x) = g(q%d(x), q%d(x))\n", 60, "y[i] = q60(x[i])\n}", false},
        {"macros in macros", HEAD OUT "fn q0(x) = x\n", "fn q%n(x) = q%d(x)\n",
         900, "y[i] = q900(x[i])\n}", false},
        {"deep macros in macros", HEAD OUT "fn q0(x) = x\n",
         "fn q%n(x) = " FIFTY("abs(") "q%d(x)" FIFTY(")") "\n", 900,
         "y[i] = q900(x[i])\n}", false},
        {"few macros in macros", HEAD OUT "fn q0(x) = x\n",
         "fn q%n(x) = q%d(x) + 1\n", 60, "y[i] = q60(x[i])\n}", true},
        {"ranges of ranges", HEAD OUT "y[i] = sum[a0 in 0..i + i] ",
         "sum[a%n in 0..a%d + a%d] ", 39, "(x[a39] else 0)\n}", true},
        {"real subscripts", HEAD OUT "y[i] = ", "x[i64(", 30,
         "x[i]" FIVE(FIVE(")]!")) FIVE(")]!") "\n}", true},
        {"workloads", HEAD OUT "y[i] = x[i]\n", "workload w%d N=8 M=8\n",
         10000, "}", false},
        {"settings", HEAD OUT "y[i] = x[i]\nworkload w", " N=8", 60000, "\n}",
         false},
        {"a long name", HEAD OUT, "a", 200000, " = 1\n}", false},
        {"a long number", HEAD OUT "y[i] = ", "9", 200000, "\n}", false},
        {"a long fraction", HEAD OUT "y[i] = 0.", "9", 200000, "\n}", false},
        {"a long comment", "#", "#", 250000, "", false},
        {"newlines", "kernel t {", "\n", 250000, "}", false},
        {"semicolons", "kernel t {", ";", 250000, "}", false},
        {"commas", HEAD "in ", ",", 200000, "\n}", false},
        {"constraints", HEAD "in z: i64[N]", " sorted", 30000, "\n}", false},
        {"a reference's name", HEAD OUT "reference c \"", "r", 200000,
         ".c\" tolerance 0 0\n}", false},
        {"a tolerance", HEAD OUT "reference c \"r.c\" tolerance ", "(", 200000,
         "1\n}", false},
        {"lengths", HEAD "out n: i64, y: f32[N", " upto n", 30000, "]\n}",
         false},
        {"zero bytes", "\001", "\001", 200000, "", false},
        {"divisions", HEAD OUT "y[i] = x[i", " // 3", 60, "]\n}", true},
        {"quotients of data", HEAD OUT "y[i] = x[(k[i]",
         " + k[(k[i] + %d) %% N]", 50, ") // 60]!\n}", true},
        {"products of data", HEAD OUT "y[i] = x[(k[i] + M)",
         " * (k[(i + %d) %% N] + N*M - 3)", 15, "]!\n}", true},
        {"least of largest", HEAD OUT "y[i] = x[i", " + max(k[i], %d)", 40,
         " - 10]!\n}", true},
        {"constants that grow", HEAD OUT "const c0 = 3\n",
         "const d%d = c0 * c0 * c0 * 1\n", 900, "y[i] = x[i]\n}", true},
        {"a constant beyond 64 bits", HEAD OUT "const c = 3", " * 3", 60,
         "\ny[i] = x[i]\n}", false},
        {"tensors of odd extents", HEAD OUT,
         "in a%d: f32[N*M - %d, N // 7 + M, (N*M + 3) // 5, N*N - M]\n", 55,
         "y[i] = x[i]\n}", true},
};

/* What no repetition makes. */
static const struct {
        const char *name, *text;
        bool valid, shapes; /* has inputs at all */
} odd[] = {
        {"an empty domain",
         "kernel t { size N in 5..=4; out y: f32[N]\n"
         "y[i] = 1 }",
         false, false},
        {"a domain of 0",
         "kernel t { size N in 0..=0; in x: f32[N]; out y: f32[N]\n"
         "y[i] = x[i] }",
         true, true},
        {"more distinct values than there are",
         "kernel t { size N in 8..=8; in x: i64[N] sorted distinct in 0..4\n"
         "out y: i64[N]\ny[i] = x[i] }",
         true, false},
        {"values of nothing",
         "kernel t { size N in 8..=8; in x: i64[N] in 4..4\n"
         "out y: i64[N]\ny[i] = x[i] }",
         true, false},
        {"offsets to below 0",
         "kernel t { size N; in x: i64[N] offsets 0 - 5\n"
         "out y: f32[N]\ny[i] = x[i] }",
         true, false},
        {"an extent below 0",
         "kernel t { size N in 1..=4; in x: f32[N - 9]; out y: f32[N]\n"
         "y[i] = 1 }",
         true, false},
        {"sizes near the end",
         "kernel t { size A, B, C in 2147483647..=2147483647\n"
         "in x: f32[A, B, C]; out y: f32[A*B*C*A*B]\ny[i] = 1 }",
         true, false},
        {"sixteen sizes near the end",
         "kernel t { size A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P in "
         "2147483640..=2147483647\n"
         "in x: f32[A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P]\n"
         "out y: f32[P, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O]\n"
         "y[p, a, b, c, d, e, f, g, h, q, j, k, l, m, n, o] =\n"
         "x[a, b, c, d, e, f, g, h, q, j, k, l, m, n, o, p] }",
         true, false},
        {"one extent of sixteen sizes",
         "kernel t { size A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P\n"
         "in x: f32[A*B*C*D*E*F*G*H*I*J*K*L*M*N*O*P]; out y: f32[A]\n"
         "y[i] = x[i*B*C*D*E*F*G*H*I*J*K*L*M*N*O*P]! }",
         true, false},
        {"sixteen indices",
         "kernel t { size N in 1..=2; in x: f32[N]; out y: f32[N]\n"
         "y[i] = sum[a in 0..N, b in 0..N, c in 0..N, d in 0..N, e in 0..N, "
         "f in 0..N, g in 0..N, h in 0..N, j in 0..N, k in 0..N, l in 0..N, "
         "m in 0..N, n in 0..N, o in 0..N, p in 0..N, q in 0..N] "
         "x[(a + b + c + d + e + f + g + h + j + k + l + m + n + o + p + q) "
         "% N] }",
         true, true},
        {"seventeen indices",
         "kernel t { size N; in x: f32[N]; out y: f32[N]\n"
         "y[i] = sum[a in 0..N, b in 0..N, c in 0..N, d in 0..N, e in 0..N, "
         "f in 0..N, g in 0..N, h in 0..N, j in 0..N, k in 0..N, l in 0..N, "
         "m in 0..N, n in 0..N, o in 0..N, p in 0..N, q in 0..N, r in 0..N] "
         "x[i] }",
         false, false},
        {"products beyond 64 bits",
         HEAD OUT "const Q = 9223372036854775807\n"
                  "y[i] = x[(i + Q) * Q]! }",
         true, true},
        {"a step that never fits",
         "kernel t { size N in 7..=8 step 5; out y: f32[N]\ny[i] = 1 }", false,
         false},
};

/* The text of its oracle, or an error: that it is too long. */
static void print(const struct spec *spec)
{
        struct oracle_class class;
        struct error ignored;
        struct buf text;

        ck_assert(oracle_class_init(&class, spec, &ignored) == 0);
        for (int honest = 0; honest < 2; honest++) {
                buf_init(&text, ORACLE_TEXT_BYTES);
                (void)!oracle_print(&class, honest, &text, &ignored);
                buf_dispose(&text);
        }
        oracle_class_dispose(&class);
}

/* Everything that reads a spec without running it. */
static int digest(const char *text, size_t length, bool shapes,
                  struct error *err)
{
        struct binding binding;
        struct error ignored;
        struct costs costs;
        struct spec *spec;
        int rc = spec_parse(text, length, "t", &spec, err);

        if (rc < 0)
                return rc;
        print(spec);
        for (int kind = 0; kind < 8; kind++) {
                rc = inputs_hidden_shape(spec, 1, kind, NULL, NULL, 0, 1e8,
                                         1 << 20, NULL, NULL, &binding, NULL,
                                         &ignored);
                if (rc == 0)
                        costs_of(spec, &binding, &costs);
                if (rc == 0 && shapes) {
                        void *input[LIMIT_TENSORS] = {NULL};

                        rc = inputs_make(spec, &binding, 1, DIST_NORMAL, 1,
                                         input, &ignored);
                        ck_assert_msg(rc == 0, "%s", ignored.text);
                        inputs_free(input);
                }
        }
        for (int i = 0; i < spec->size_count; i++)
                binding.size[i] = spec->size[i]->high;
        if (binding_check(&binding, spec, &ignored) == 0)
                costs_of(spec, &binding, &costs);
        spec_free(spec);
        return 0;
}

/* In a child with an end; status 0: read, 1: refused with a place. */
static int digest_in_child(const char *text, size_t length, bool shapes,
                           char *said, size_t size)
{
        struct rlimit time = {CHILD_SECONDS, CHILD_SECONDS + 1};
        int pipe_ends[2], status;
        ssize_t n;
        pid_t child;

        ck_assert_int_eq(pipe(pipe_ends), 0);
        child = fork();
        if (child == 0) {
                struct error err = {0};
                int rc;

                setrlimit(RLIMIT_CPU, &time);
#if !defined(__SANITIZE_ADDRESS__)
                struct rlimit room = {CHILD_BYTES, CHILD_BYTES};

                setrlimit(RLIMIT_AS, &room);
#endif
                rc = digest(text, length, shapes, &err);
                (void)!write(pipe_ends[1], err.text, strlen(err.text));
                _exit(rc == 0 ? 0 : strncmp(err.text, "t:", 2) == 0 ? 1 : 2);
        }
        close(pipe_ends[1]);
        n = read(pipe_ends[0], said, size - 1);
        said[n > 0 ? n : 0] = 0;
        close(pipe_ends[0]);
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void expect(const char *name, const char *text, size_t length,
                   bool shapes, bool valid)
{
        char said[1024];
        int status = digest_in_child(text, length, shapes, said, sizeof said);

        ck_assert_msg(status == !valid, "%s: status %d, %s", name, status,
                      said);
}

START_TEST(repetition_ends_in_an_error)
{
        struct buf text;

        buf_init(&text, LIMIT_SPEC_BYTES + 1);
        buf_puts(&text, hostile[_i].before);
        for (int n = 0; n < hostile[_i].times; n++) {
                size_t left = LIMIT_SPEC_BYTES - text.length;

                if (left <
                    64 + strlen(hostile[_i].piece) + strlen(hostile[_i].after))
                        break;
                for (const char *p = hostile[_i].piece; *p; p++)
                        if (p[0] == '%' && (p[1] == 'd' || p[1] == 'n'))
                                buf_printf(&text, "%d", n + (*++p == 'n'));
                        else if (p[0] != '%' || p[1] != '%')
                                buf_putc(&text, *p);
        }
        buf_puts(&text, hostile[_i].after);
        ck_assert(!text.failed);
        expect(hostile[_i].name, text.data, text.length, false,
               hostile[_i].valid);
        buf_dispose(&text);
}
END_TEST

START_TEST(contradictions_are_told)
{
        expect(odd[_i].name, odd[_i].text, strlen(odd[_i].text),
               odd[_i].shapes, odd[_i].valid);
}
END_TEST

/* Words of the language in any order, a whole file of them. */
START_TEST(word_salad_is_refused)
{
        static const char *const words[] = {
                "kernel", "t",   "{",       "}",    "(",   ")",     "[",
                "]",      "sum", "max",     "i",    "j",   "x",     "y",
                "N",      "M",   "in",      "out",  "f32", "i64",   ":",
                ",",      "..",  "..=",     "+",    "-",   "*",     "/",
                "//",     "%",   "?",       "!",    "=",   "+=",    "for",
                "else",   "top", "sort",    "upto", "\n",  ";",     "1",
                "2.5",    "fn",  "offsets", "init", "tmp", "param", "size",
                "const",  "<",   "==",      "&&",   "~"};
        struct rng rng = {(uint64_t)_i + 1, 0};
        struct buf text;

        buf_init(&text, LIMIT_SPEC_BYTES + 1);
        buf_puts(&text, HEAD OUT);
        while (text.length < LIMIT_SPEC_BYTES - 64)
                buf_printf(
                        &text, "%s ",
                        words[rng_below(&rng, sizeof words / sizeof *words)]);
        expect("words", text.data, text.length, false, false);
        buf_dispose(&text);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("spec");
        TCase *cases = tcase_create("spec");
        SRunner *runner;
        int failed;

        tcase_set_timeout(cases, 60);
        tcase_add_loop_test(cases, repetition_ends_in_an_error, 0,
                            sizeof hostile / sizeof *hostile);
        tcase_add_loop_test(cases, contradictions_are_told, 0,
                            sizeof odd / sizeof *odd);
        tcase_add_loop_test(cases, word_salad_is_refused, 0, 16);
        suite_add_tcase(suite, cases);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
