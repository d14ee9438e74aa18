/*
 * Whole files: grammar and its advice, the shapes of text that editors make,
 * limits under hostile input, and random damage to valid specs: no crash,
 * no hang, every error with a place, and whatever still parses prints to a
 * text that means the same.
 */
#include "check_main.h"

#include "core/buf.h"
#include "core/file.h"
#include "core/rng.h"
#include "spec/canon.h"
#include "spec_fixture.h"

static void check_error(const char *text, size_t length, const char *place,
                        const char *part)
{
        struct error err = {0};
        struct spec *spec;
        int rc = spec_parse(text, length, "a.kernel", &spec, &err);
        char want[64];

        snprintf(want, sizeof(want), "a.kernel:%s: ", place);
        ck_assert_msg(rc < 0 && !spec, "%.200s", text);
        ck_assert_msg(strncmp(err.text, want, strlen(want)) == 0,
                      "want %s, got %s", place, err.text);
        ck_assert_msg(strstr(err.text, part), "%s", err.text);
}

/* One statement or declaration in line 2 of a kernel with x and y. */
static const struct {
        const char *line, *place, *part;
} mistakes[] = {
        {"y[i] = x[i] +", "3:1", "expected a value"},
        {"y[i] = (x[i]", "3:1", "for the '(' at 2:8"},
        {"y[i] = x[i", "3:1", "for the '[' at 2:9"},
        {"y[i] = x[i])", "2:12", "closes nothing"},
        {"y[i] = x[i] x[i]", "2:13", "';'"},
        {"y[i] = x[i] = 2", "2:13", "=="},
        {"y[i] == x[i]", "2:6", "compares"},
        {"y[i] -= x[i]", "2:6", "+="},
        {"y[i], z[i] = x[i]", "2:5", "one tensor"},
        {"y[i] x[i]", "2:6", "'='"},
        {"+ x[i]", "2:1", "cannot begin"},
        {"siez Q", "2:1", "'size'"},
        {"y[i] = a < b < c", "2:14", "chain"},
        {"y[i] = x[i] ** 2", "2:13", "pow"},
        {"y[i] = +x[i]", "2:8", "unary"},
        {"y[i] = sum x[i]", "2:12", "end of the statement"},
        {"y[i] = sum[] x[i]", "2:12", "name the indices"},
        {"y[i] = mean[k in 0..4] x[k]", "2:8", "(sum[k in 0..N] ...) / N"},
        {"y[i] = mean[k] x[k]", "2:8", "mean is no reduction"},
        {"y[i] = mean[k] (x[k] + 1)", "2:8", "mean is no reduction"},
        {"y[i] = total[k in 0..4] x[k]", "2:8", "'total' is no reduction"},
        {"y[i] = (summ[k] x[k])", "2:9", "did you mean sum?"},
        {"y[i] = all[i] / 2", "2:15", "a tensor needs another name"},
        {"y[i] = (sum[i])", "2:15", "a tensor needs another name"},
        {"y[i] = summ[k] (x[k] + 1)", "2:8", "'summ' is no reduction"},
        {"y[i] = cuont[k in 0..4] x[k]", "2:8", "did you mean count?"},
        {"y[i] = add[k] 2 * x[k]", "2:8", "did you mean sum?"},
        {"y[i] = avg[k] x[k]", "2:8", "avg is no reduction"},
        {"y[i] = max(j) x[j]", "2:8", "write max[j] term"},
        {"y[i] = 1 + sum(j, k) (x[j] * x[k])", "2:12", "sum[j, k] term"},
        {"y[i] = sum(2 * j) x[j]", "2:8", "write sum[i] term"},
        {"y[i] = sum(j in 0..N) x[j]", "2:8", "write sum[j in lo..hi]"},
        {"y[i] = summ(j in 0..N) x[j]", "2:8", "did you mean sum?"},
        {"// doubles x", "2:1", "a comment begins with #"},
        {"/* doubles x */", "2:1", "a comment begins with #"},
        {"size Q // rows of x", "2:8", "a comment begins with #"},
        {"y[i] = 2 * x[i] // double it", "2:27", "a comment begins with #"},
        {"y[i] = 2 * x[i] // it's twice", "2:22", "a comment begins with #"},
        {"y[i] = 2 * x[i] // doubled", "2:20", "a comment begins with #"},
        {"y[i] = x[i] /* twice */", "2:14", "a comment begins with #"},
        {"y[i] = sum[j, x[j]", "2:16", "',' or ']'"},
        {"y[i] = any[j] x[j] > 0 ? 1 : 0", "2:20", "parentheses"},
        {"y[i] = sum[j] x[j] ? 1 : 0", "2:20", "parentheses"},
        {"y[i] = all[j] b[j] && true", "2:20", "parentheses"},
        {"y[i] = -sum[j] x[j] == 3", "2:21", "parentheses"},
        {"y[i] = x[i] ? 1", "2:16", "':'"},
        {"y[i] = x[i][0]", "2:12", "one pair"},
        {"y[i] = x[i] else x[i]", "2:18", "else (x...)"},
        {"y[i] = x[i] else -x[i]", "2:18", "parenthesis"},
        {"y[i] = x[i]! else 0", "2:14", "not both"},
        {"y[i] = 1 else 0", "2:10", "c ? a : b"},
        {"y[i] = 0..4", "2:9", "in lo..hi"},
        {"y[i] = x[i] for i", "2:18", "in lo..hi"},
        {"y[i] = x[i] for i in 4", "2:23", "lo..hi"},
        {"y[i] = max= x[i]", "2:8", "updates"},
        {"y[i] = 2x", "2:8", "2 * x"},
        {"y[i] = 1e999", "2:8", "inf"},
        {"y[i] = 99999999999999999999", "2:8", "64 bits"},
        {"y[i] = 0x", "2:8", "64 bits"},
        {"y[i] = 'a'", "2:8", "strings"},
        {"y[i] = x[i] \\", "2:13", "backslash"},
        {"y[i] = x . i", "2:10", "dot"},
        {"y[i] = x @ w", "2:10", "sum[k]"},
        {"y[i] = x $ w", "2:10", "'$'"},
        {"y[i] = x[i] \xc3\x97 2", "2:13", "write *"},
        {"y[i] = x[i] \xe2\x88\x92 2", "2:13", "write -"},
        {"y[i] = \xce\xb1 + 2", "2:8", "ASCII"},
        {"y[i] = \x01", "2:8", "byte 1"},
        {"sort[j, 3] = x[i]", "2:1", "word"},
        {"y[i] = top[j] x[j]", "2:13", "top[j, K]"},
        {"y[i] = argtop[] x[j]", "2:15", "argtop[i]"},
        {"y[i] = sort[j, 3] x[j]", "2:14", "bottom[j, K]"},
        {"y[i] = argsort[j, 3] x[j]", "2:17", "argbottom[j, K]"},
        {"y[i] = top[j, 3, 4] x[j]", "2:16", "',' or ']'"},
        {"y[i] = top[3, j] x[j]", "2:12", "the name of an index"},
        {"y[i], p[i] = x[i]", "2:5", "only top, bottom and sort"},
        {"y[i], p[i] = argtop[j, 3] x[j]", "2:5", "only top"},
        {"y[i], p[i] = 1 + top[j, 3] x[j]", "2:5", "only top"},
        {"y[i], p[i], q[i] = top[j, 3] x[j]", "2:11", "one statement"},
        {"y[i], = top[j, 3] x[j]", "2:7", "a statement"},
        {"y[i] = top[j, 3] x[j] > 0", "2:23", "one chain"},
        {"out v: f32[N, N upto n]", "2:17", "first dimension"},
        {"out v: f32[N upto 3]", "2:19", "name of the output"},
        {"out v: f32[upto n]", "2:17", "',' or ']'"},
        {"y[i]!! = x[i]", "2:6", "expected '='"},
        {"reference c ref.c tolerance 0 0", "2:13", "quotation marks"},
        {"reference c \"ref.c", "2:13", "not closed"},
        {"reference \"ref.c\" tolerance 0 0", "2:11", "only `reference c`"},
        {"reference python \"ref.py\"", "2:11", "written in C"},
        {"reference c \"../ref.c\"", "2:11", "beside the spec"},
        {"reference c \"generic.c\"", "2:11", "is a source"},
        {"reference c \"ref.c\"", "2:20", "expected 'tolerance'"},
        {"reference c \"ref.c\" tolerance 0", "2:32", "value"},
        {"reference c \"a.c\" tolerance 0 0; reference c \"a.c\"", "2:44",
         "second reference"},
        {"reference c \"ref.c\" tolerance 0 (-1)", "2:34", "0 or more"},
        {"reference c \"ref.c\" tolerance 0 inf", "2:33", "0 or more"},
        {"reference c \"ref.c\" tolerance 0 0; y[i] = 1", "2:36",
         "not by both"},
        {"reference c \"ref.c\" tolerance 0 0; tmp t: f32", "2:40",
         "is a tmp"},
        {"in w: f32[N] alias y", "2:14", "not supported yet"},
        {"const in w: f32[N]", "2:7", "not supported yet"},
        {"in w", "2:5", "a type"},
        {"in w: f33", "2:7", "did you mean"},
        {"in w: float32[N]", "2:7", "did you mean f32?"},
        {"in w: float[N]", "2:7", "did you mean f32?"},
        {"in w: double[N]", "2:7", "did you mean f64?"},
        {"in w: half[N]", "2:7", "did you mean f16?"},
        {"in w: bfloat16[N]", "2:7", "did you mean bf16?"},
        {"in w: int[N]", "2:7", "did you mean i32?"},
        {"in w: int32_t[N]", "2:7", "did you mean i32?"},
        {"in w: long[N]", "2:7", "did you mean i64?"},
        {"param q: boolean = true", "2:10", "did you mean bool?"},
        {"in w: f32 sortd", "2:11", "did you mean sorted?"},
        {"in w: f32[N", "3:1", "for the '[' at 2:10"},
        {"in w: f32 ~ gauss(0, 1)", "2:13", "normal"},
        {"in w: f32 ~ normal(0)", "2:19", "two numbers"},
        {"size Q = 4", "2:8", "const Q"},
        {"const Q", "2:8", "'='"},
        {"param q: f32 in 0..1", "2:21", "default"},
        {"fn f x = x", "2:6", "'('"},
        {"workload M=3", "2:10", "name"},
        {"workload w M", "2:13", "'='"},
        {"workload w data=", "3:1", "zipf"},
        {"allow fp8", "2:7", "tf32"},
        {"kernel b {", "2:1", "one kernel"},
};

START_TEST(mistakes_have_a_place_and_advice)
{
        for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
                char text[512];

                snprintf(text, sizeof(text),
                         "kernel t { size N; in x: f32[N]; out y: f32[N]\n"
                         "%s\n}\n",
                         mistakes[i].line);
                check_error(text, strlen(text), mistakes[i].place,
                            mistakes[i].part);
        }
}
END_TEST

START_TEST(files_are_one_kernel)
{
        static const struct {
                const char *text, *place, *part;
        } files[] = {
                {"", "1:1", "empty"},
                {"\n\n# nothing\n", "4:1", "empty"},
                {"x = 3", "1:1", "'kernel'"},
                {"kernel", "1:7", "name of the kernel"},
                {"kernel Softmax {", "1:8", "lower case"},
                {"kernel a\n{", "1:9", "'{'"},
                {"kernel a {\n size N\n", "3:1", "'{' at 1:10"},
                {"kernel a {\n}", "1:8", "needs an output"},
                {"kernel a { size N; out y: f32[N]; y[i] = 0 }\nkernel b {}",
                 "2:1", "nothing may follow"},
        };

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
                check_error(files[i].text, strlen(files[i].text),
                            files[i].place, files[i].part);
        check_error("kernel a {\0}", 12, "1:11", "byte 0");
        /* A binary file. */
        check_error("\x7f"
                    "ELF\x02",
                    5, "1:1", "text file");
}
END_TEST

static bool same_hash(const char *a, const char *b)
{
        struct spec *first = spec_must_parse(a);
        struct spec *second = spec_must_parse(b);
        bool same = strcmp(first->hash, second->hash) == 0;

        spec_free(first);
        spec_free(second);
        return same;
}

START_TEST(line_ends_and_marks_do_not_matter)
{
        const char *plain = "kernel t {\nsize N # a \xe2\x82\xac comment\n"
                            "in x: f32[N]\nout y: f32[N]\n\ny[i] = x[i] +\n"
                            "       1\n}\n";

        ck_assert(same_hash(plain, "\xef\xbb\xbfkernel t {\r\nsize N # a\r\n"
                                   "in x: f32[N]\r\nout y: f32[N]\r\n\r\n"
                                   "y[i] = x[i] +\r\n       1\r\n}\r\n"));
        ck_assert(same_hash(plain, "kernel t {\rsize N\rin x: f32[N]\r"
                                   "out y: f32[N]\ry[i] = x[i] +\r 1\r}"));
        ck_assert(same_hash(plain, "kernel\tt\t{ size N;\tin x:f32[N];"
                                   "out y:f32[N];y[i]=x[i]+1 }"));
}
END_TEST

START_TEST(columns_count_characters)
{
        const char *text = "kernel t { #\xe2\x82\xac\n\tsize N, int }";

        /* The comment's three-byte character is one column; so is a tab. */
        check_error(text, strlen(text), "2:10", "keyword");
        check_error("\xef\xbb\xbfKernel", 9, "1:1", "'kernel'");
}
END_TEST

START_TEST(lines_continue_where_they_must)
{
        ck_assert(same_hash(
                "kernel t { size N, M; in x: f32[N, M]; out y: f32[N]\n"
                "y[i] = (sum[j] x[i, j]) / M + (x[i, 0 + 1] else 0) }",
                "kernel t {\nsize N,\n\n M\n in\tx: f32[\nN,\nM\n]\n"
                "out y:\nf32[N]\ny[\ni] =\n# why\n(sum[j]\nx[i, j]) /\nM +\n"
                "(x[i, 0 +\n1]\nelse\n0)\n}"));
        ck_assert(same_hash("kernel t { size N; in x: f32[N]; out y: f32[N]\n"
                            "y[i] = x[i] > 0 ? 1 : 2 }",
                            "kernel t { size N; in x: f32[N]; out y: f32[N]\n"
                            "y[i] = x[i] >\n0 ?\n1 :\n2 }"));
}
END_TEST

START_TEST(size_groups_share_a_domain)
{
        struct spec *spec = spec_must_parse(
                "kernel t { size A, B in 2..=8 step 2, C, D in 1..4, E\n"
                "out y: f32[A]; y[i] = i\n workload w A=2 B=8 C=3 D=1 E=9 }");

        ck_assert_int_eq(spec->size[0]->step, 2);
        ck_assert_int_eq(spec->size[1]->high, 8);
        ck_assert_int_eq(spec->size[2]->high, 3);
        ck_assert_int_eq(spec->size[3]->high, 3);
        ck_assert_int_eq(spec->size[4]->high, 2147483647);
        ck_assert_int_eq(spec->size[4]->low, 1);
        spec_free(spec);
}
END_TEST

/* text repeated n times between head and tail; the error names a limit. */
static void check_repeated(const char *head, const char *piece, int n,
                           const char *tail, const char *part)
{
        struct error err = {0};
        struct spec *spec;
        struct buf text;

        buf_init(&text, 1 << 20);
        buf_puts(&text, head);
        for (int i = 0; i < n; i++)
                buf_puts(&text, piece);
        buf_puts(&text, tail);
        ck_assert_int_eq(text.failed, 0);
        ck_assert_msg(spec_parse(text.data, text.length, "t", &spec, &err) < 0,
                      "%s x %d", piece, n);
        ck_assert_msg(strstr(err.text, part), "%s x %d: %s", piece, n,
                      err.text);
        buf_dispose(&text);
}

#define OPEN "kernel t { size N; in x: f32[N]; out y: f32[N]\n"

START_TEST(limits_are_errors)
{
        check_repeated(OPEN "y[i] = ", "(", 50000, "1 }", "inside each");
        check_repeated(OPEN "y[i] = ", "-", 50000, "x[i] }", "inside each");
        check_repeated(OPEN "y[i] = ", "!", 50000, "x[i] }", "inside each");
        check_repeated(OPEN "y[i] = ", "1 + ", 50000, "1 }", "inside each");
        check_repeated(OPEN "y[i] = ", "sum[q] ", 30000, "1 }", "inside");
        check_repeated(OPEN "y[i] = ", "x[", 50000, "1 }", "inside each");
        check_repeated(OPEN "y[i] = ", "sin(", 50000, "1 }", "inside each");
        check_repeated(OPEN "y[i] = ", "x[i] else (", 20000, "1 }",
                       "inside each");
        check_repeated(OPEN "y[i] = ", "1 ? 2 : ", 20000, "1 }",
                       "inside each");
        check_repeated(OPEN "y[i] = min(", "1, ", 20000, "1) }", "at most 16");
        check_repeated(OPEN "y[", "i, ", 20000, "i] = 1 }", "at most 16");
        check_repeated(OPEN "y[i] = sum[", "q, ", 20000, "q] 1 }",
                       "at most 16");
        check_repeated(OPEN "in z: f32[", "1, ", 20000, "1]; y[i] = 1 }",
                       "at most 16");
        check_repeated(OPEN "size a", ", a", 50000, "; y[i] = 1 }",
                       "at most 32");
        check_repeated(OPEN, "in a: f32\n", 20000, "y[i] = 1 }",
                       "at most 1024 names");
        check_repeated(OPEN, "fn a() = 1\n", 20000, "y[i] = 1 }",
                       "at most 1024 names");
        check_repeated(OPEN, "y[i] = 1\n", 20000, "}",
                       "at most 512 statements");
        check_repeated(OPEN "y[i] = 1\n", "workload w N=1\n", 10000, "}",
                       "at most 256 workloads");
        check_repeated(OPEN "y[i] = 1\nworkload w ", "N=1 ", 10000, "}",
                       "at most 32");
        check_repeated(OPEN "y[i] = ", "a", 300, " }", "at most 47");
        check_repeated(OPEN "y[i] = ", "1", 300, " }", "at most 200");
        check_repeated("", "# padding\n", 27000, "", "256 KiB");
        check_repeated("kernel ", "a", 300, " {", "at most 47");
}
END_TEST

/* Macros that double what they are given: 2^40 operations written out. */
START_TEST(macros_cannot_explode)
{
        struct error err = {0};
        struct spec *spec;
        struct buf text;

        buf_init(&text, 1 << 20);
        buf_puts(&text, OPEN "fn g0(a) = a * a\n");
        for (int i = 1; i < 40; i++)
                buf_printf(&text, "fn g%d(a) = g%d(a) + g%d(a)\n", i, i - 1,
                           i - 1);
        buf_puts(&text, "y[i] = g39(x[i]) }");
        ck_assert_int_lt(spec_parse(text.data, text.length, "t", &spec, &err),
                         0);
        ck_assert_msg(strstr(err.text, "written out"), "%s", err.text);
        buf_dispose(&text);
}
END_TEST

/* Many reads with hard proofs: bounded work, then "not known". */
START_TEST(proofs_are_bounded)
{
        struct error err = {0};
        struct spec *spec;
        struct buf text;

        buf_init(&text, 1 << 20);
        buf_puts(&text, "kernel t {\nsize A, B, C, D, E, F\n"
                        "in x: f32[A*B*C*D*E*F]\nout y: f32[A]\n");
        for (int i = 0; i < 400; i++)
                buf_printf(&text,
                           "m%d[a] = sum[b in 0..B, c in 0..C, d in 0..D, "
                           "e in 0..E, f in 0..F] (x[((((a*B + b)*C + c)*D + "
                           "d)*E + e)*F + f - (a*b*c*d*e*f) // 7 %% A] else 0)"
                           " for a in 0..A\n",
                           i % 40);
        buf_puts(&text, "}\n");
        ck_assert_int_lt(spec_parse(text.data, text.length, "t", &spec, &err),
                         0);
        buf_dispose(&text);
}
END_TEST

/* A piece of some example. */
static void take_piece(struct rng *rng, struct buf *out)
{
        const char *from = spec_examples[rng_below(rng, SPEC_EXAMPLES)];
        size_t length = strlen(from);
        size_t at = rng_below(rng, length);
        size_t n = 1 + rng_below(rng, rng_below(rng, 2) ? 8 : 60);

        buf_add(out, from + at, n < length - at ? n : length - at);
}

static void damage(struct rng *rng, const char *from, struct buf *out)
{
        static const char *const words[] = {
                "0",       "1",     "-1",    "i",
                "j",       "N",     "M",     "[",
                "]",       "(",     ")",     "..",
                " else",   "!",     "max",   "\n",
                ";",       "* ",    " in",   "+=",
                " = ",     " for ", " init", "//",
                "%",       "?",     ":",     "9223372036854775807",
                "sum[q] ", "f16",   "\xff",  "{"};
        size_t length = strlen(from);
        size_t at = rng_below(rng, length);
        size_t skip = rng_below(rng, 3) ? rng_below(rng, 6) : 0;

        buf_clear(out);
        buf_add(out, from, at);
        switch (rng_below(rng, 4)) {
        case 0:
                buf_puts(out, words[rng_below(rng, sizeof(words) /
                                                           sizeof(words[0]))]);
                break;
        case 1:
                take_piece(rng, out);
                break;
        case 2:
                buf_putc(out, (char)(1 + rng_below(rng, 255)));
                break;
        default:
                break;
        }
        at += skip < length - at ? skip : length - at;
        buf_puts(out, from + at);
}

/* What parses must print to a text with the same meaning. */
static void check_survivor(const struct spec *spec, const char *from)
{
        struct error err = {0};
        struct spec *again;
        struct buf out;

        buf_init(&out, 1 << 20);
        for (int readable = 0; readable < 2; readable++) {
                buf_clear(&out);
                if (readable)
                        canon_print_readable(spec, true, &out);
                else
                        canon_print(spec, &out);
                ck_assert_msg(spec_parse(out.data, out.length, "again", &again,
                                         &err) == 0,
                              "%s\n%s\n%s", err.text, out.data, from);
                ck_assert_msg(strcmp(again->hash, spec->hash) == 0, "%s\n%s",
                              out.data, from);
                spec_free(again);
        }
        buf_dispose(&out);
}

START_TEST(damage_never_crashes)
{
        const char *rounds = getenv("KEVO_FUZZ_ROUNDS");
        const char *seed = getenv("KEVO_FUZZ_SEED");
        struct rng rng = {.seed = seed ? (uint64_t)atoll(seed) : 5};
        int survivors = 0;
        struct buf a, b;

        buf_init(&a, 1 << 16);
        buf_init(&b, 1 << 16);
        for (int i = rounds ? atoi(rounds) : 3000; i > 0; i--) {
                struct error err = {0};
                struct spec *spec;

                damage(&rng, spec_examples[rng_below(&rng, SPEC_EXAMPLES)],
                       &a);
                for (uint64_t more = rng_below(&rng, 3); more > 0; more--) {
                        struct buf swap = a;

                        damage(&rng, a.data, &b);
                        a = b;
                        b = swap;
                }
                if (spec_parse(a.data, a.length, "t", &spec, &err)) {
                        ck_assert_msg(strncmp(err.text, "t:", 2) == 0, "%s",
                                      err.text);
                        ck_assert_ptr_null(spec);
                        continue;
                }
                survivors++;
                check_survivor(spec, a.data);
                spec_free(spec);
        }
        ck_assert_int_gt(survivors, 0);
        buf_dispose(&b);
        buf_dispose(&a);
}
END_TEST

/* Every ```kernel block of the manual. */
START_TEST(examples_of_the_manual_are_valid)
{
        const char *fence = "```kernel\n";
        struct error err = {0};
        char *manual, *at, *end;
        int count = 0;

        ck_assert_msg(file_read(SOURCE_DIR "/docs/language.md", 1 << 20,
                                &manual, NULL, &err) == 0,
                      "%s", err.text);
        for (at = strstr(manual, fence); at; at = strstr(end + 3, fence)) {
                at += strlen(fence);
                end = strstr(at, "```");
                ck_assert_ptr_nonnull(end);
                *end = '\0';
                spec_free(spec_must_parse(at));
                *end = '`';
                count++;
        }
        ck_assert_int_gt(count, 8);
        free(manual);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {mistakes_have_a_place_and_advice,
                                      files_are_one_kernel,
                                      line_ends_and_marks_do_not_matter,
                                      columns_count_characters,
                                      lines_continue_where_they_must,
                                      size_groups_share_a_domain,
                                      limits_are_errors,
                                      macros_cannot_explode,
                                      proofs_are_bounded,
                                      damage_never_crashes,
                                      examples_of_the_manual_are_valid};

        return check_main("parse", tests, 11);
}
