/* repo/source.h: headers, their errors, and rewriting of tune defaults. */
#include "repo_fixture.h"

#include "core/text.h"
#include "repo/source.h"

static struct spec *spec;

static void make_spec(void)
{
        spec = spec_of(SOFTMAX_SPEC);
}

static void free_spec(void)
{
        spec_free(spec);
}

static struct source *parse(const char *text, const char *language)
{
        struct error err = {0};
        struct source *source;

        ck_assert_msg(source_parse(text, strlen(text), "softmax.c", language,
                                   spec, &source, &err) == 0,
                      "%s", err.text);
        return source;
}

/* Every error names the file, and says the part. */
static void refuse(const char *text, const char *language, const char *part)
{
        struct error err = {0};
        struct source *source;
        int rc = source_parse(text, strlen(text), "softmax.c", language, spec,
                              &source, &err);

        ck_assert_msg(rc < 0, "accepted: %s", text);
        ck_assert_int_eq(err.code, rc);
        ck_assert_ptr_null(source);
        ck_error_has(err, "softmax.c");
        ck_error_has(err, part);
}

static const char whole[] =
        "// A person's words first.\n"
        "// kevo: kernel softmax\n"
        "//kevo:when N % 4 == 0 && N <= 16384\n"
        "#include <math.h>\n"
        "  // kevo: fix N\n"
        "// kevo: tune W = 8 in 4 8 16\n"
        "// kevo: tune BM = 4 in 1, 2, 4\n"
        "// kevo: check N*4 + W*4 <= L2\n"
        "// kevo: scratch part f32[M*2]\n"
        "// kevo: scratch ctr u32[1] zero\n"
        "// kevo: stage rows tasks ceil(M, BM) local buf f32[4 * N]"
        " args x part buf\n"
        "// kevo: stage finish tasks min(M, 2*CORES) args ctr part y\n"
        "void rows(long task) {}\n"
        "void finish (long task) {}\n";

static struct binding bound(int64_t m, int64_t n)
{
        struct binding binding;

        binding_init(&binding, spec);
        binding.size[spec_find_size(spec, "M")->number] = m;
        binding.size[spec_find_size(spec, "N")->number] = n;
        return binding;
}

START_TEST(test_whole_header)
{
        struct source *s = parse(whole, "c");

        ck_assert_str_eq(s->language, "c");
        ck_assert(!s->headerless);
        ck_assert_ptr_null(s->use);
        ck_assert_int_eq(s->fix_count, 1);
        ck_assert_str_eq(s->fix[0]->name, "N");
        ck_assert_int_eq(s->tune_count, 2);
        ck_assert_str_eq(s->tune[1].name, "BM");
        ck_assert_int_eq(s->tune[1].count, 3);
        ck_assert_int_eq(s->tune[1].value, 4);
        ck_assert_int_eq(s->tune[0].line, 6);
        ck_assert_int_eq(s->check_count, 1);
        ck_assert_int_eq(s->scratch_count, 2);
        ck_assert_int_eq(s->scratch[0].dtype, DTYPE_F32);
        ck_assert(!s->scratch[0].zero && s->scratch[1].zero);
        ck_assert_int_eq(s->stage_count, 2);
        ck_assert_str_eq(s->stage[0].name, "rows");
        ck_assert_int_eq(s->stage[0].local_count, 1);
        ck_assert_str_eq(s->stage[0].local[0].name, "buf");
        ck_assert_int_eq(s->stage[0].arg_count, 3);
        ck_assert_str_eq(s->stage[0].arg[2], "buf");
        ck_assert_str_eq(s->stage[1].arg[0], "ctr");
        ck_assert_str_eq(s->text, whole);
        source_free(s);
}
END_TEST

START_TEST(test_values)
{
        const struct device_constants device = {.cores = 3, .l2_bytes = 1000};
        struct binding binding = bound(10, 100);
        struct source *s = parse(whole, "c");
        struct error err = {0};
        int64_t value;

        ck_assert_int_eq(source_eval(s, s->stage[0].tasks, spec, &binding,
                                     &device, &value, &err),
                         0);
        ck_assert_int_eq(value, 3); /* ceil(10, 4) */
        ck_assert_int_eq(source_eval(s, s->stage[1].tasks, spec, &binding,
                                     &device, &value, &err),
                         0);
        ck_assert_int_eq(value, 6);
        ck_assert_int_eq(source_eval(s, s->stage[1].tasks, spec, &binding,
                                     NULL, &value, &err),
                         ERR_INPUT);
        ck_assert_int_eq(source_scratch_bytes(s, &s->scratch[0], spec,
                                              &binding, &device, &value, &err),
                         0);
        ck_assert_int_eq(value, 80);
        source_free(s);
}
END_TEST

START_TEST(test_domain)
{
        const struct device_constants device = {.l2_bytes = 1000};
        struct binding inside = bound(1, 64), check = bound(1, 400);
        struct binding odd = bound(1, 63), large = bound(1, 16388);
        struct source *s = parse(whole, "c");

        ck_assert(source_holds(s, spec, &inside));
        ck_assert(source_applies(s, spec, &inside, &device));
        ck_assert(source_holds(s, spec, &check));
        ck_assert(!source_applies(s, spec, &check, &device));
        ck_assert(!source_applies(s, spec, &inside, NULL));
        ck_assert(!source_holds(s, spec, &odd));
        ck_assert(!source_holds(s, spec, &large));
        source_free(s);
}
END_TEST

/* Constants of the spec are macros in the code and names in the header. */
START_TEST(test_constants)
{
        struct spec *conv = spec_of("kernel conv {\n"
                                    " size L in 3..=99\n"
                                    " const R = 3\n"
                                    " in x: f32[L], w: f32[R]\n"
                                    " out y: f32[L - R + 1]\n"
                                    " y[l] = sum[r] x[l + r] * w[r]\n"
                                    " workload a L=9\n}\n");
        const char *text = "// kevo: when L >= 2*R\n"
                           "// kevo: scratch s f32[L - R + 1]\n"
                           "// kevo: stage f tasks L - R args x w s y\n"
                           "void f(void) {}\n";
        struct binding binding;
        struct error err = {0};
        struct source *s;
        int64_t value;

        ck_assert_msg(source_parse(text, strlen(text), "conv.c", "c", conv, &s,
                                   &err) == 0,
                      "%s", err.text);
        binding_init(&binding, conv);
        binding.size[0] = 6;
        ck_assert(source_holds(s, conv, &binding));
        ck_assert_int_eq(source_eval(s, s->stage[0].tasks, conv, &binding,
                                     NULL, &value, &err),
                         0);
        ck_assert_int_eq(value, 3);
        binding.size[0] = 5;
        ck_assert(!source_holds(s, conv, &binding));
        source_free(s);
        text = "// kevo: tune R = 1\n// kevo: stage f tasks 1 args x w y\n"
               "void f(void) {}\n";
        ck_assert_int_lt(source_parse(text, strlen(text), "conv.c", "c", conv,
                                      &s, &err),
                         0);
        ck_error_has(err, "a constant of the spec");
        spec_free(conv);
}
END_TEST

START_TEST(test_headerless)
{
        struct source *s = parse(SOFTMAX_C, "c");
        struct binding binding = bound(7, 7);
        struct error err = {0};
        int64_t tasks;

        ck_assert(s->headerless);
        ck_assert_int_eq(s->stage_count, 1);
        ck_assert_str_eq(s->stage[0].name, "softmax");
        ck_assert_int_eq(s->stage[0].arg_count, 2);
        ck_assert_str_eq(s->stage[0].arg[0], "x");
        ck_assert_str_eq(s->stage[0].arg[1], "y");
        ck_assert_int_eq(source_eval(s, s->stage[0].tasks, spec, &binding,
                                     NULL, &tasks, &err),
                         0);
        ck_assert_int_eq(tasks, 1);
        ck_assert(source_applies(s, spec, &binding, NULL));
        source_free(s);
        refuse("void other(void) {}\n", "c", "softmax(");
        refuse("/* softmax( */ // softmax(\nchar *a = \"softmax(\";\n", "c",
               "softmax(");
        refuse("void my_softmax(void) {}\n", "c", "softmax(");
        refuse(SOFTMAX_C, "cuda", "stage");
        refuse("", "c", "softmax(");
}
END_TEST

#define STAGE "// kevo: stage f tasks M args x y\nvoid f(void) {}\n"

START_TEST(test_stage_errors)
{
        static const struct {
                const char *stage, *part;
        } cases[] = {
                {"stage f args x y", "no `tasks`"},
                {"stage f tasks M", "no `args`"},
                {"stage f tasks M args", "empty"},
                {"stage", "needs the name"},
                {"stage 9f tasks M args x y", "needs the name"},
                {"stage g tasks M args x y", "no function g"},
                {"stage f tasks K args x y", "unknown name K"},
                {"stage f tasks M +  args x y", "softmax.c:1"},
                {"stage f tasks M args x z", "argument z"},
                {"stage f tasks M args x y M", "passed behind them anyway"},
                {"stage f tasks M args x m y", "argument m"},
                {"stage f tasks M args x x y", "passed twice"},
                {"stage f tasks M args x", "nothing writes it"},
                {"stage f tasks M tasks N args x y", "twice"},
                {"stage f task M args x y", "did you mean tasks?"},
                {"stage f grid M args x y", "C stage"},
                {"stage f tasks M cooperative args x y", "cooperative"},
                {"stage f tasks M cluster 2 args x y", "reserved"},
                {"stage f tasks M tensormap x args x y", "reserved"},
                {"stage f tasks M prepare w args x y", "reserved"},
                {"stage f tasks M local b f32[N] args x y", "not among"},
                {"stage f tasks M local b f32 args x y b", "type and a"},
                {"stage f tasks M local b f33[N] args x y b", "f32"},
                {"stage f tasks M local x f32[N] args x y",
                 "already a tensor of the spec"},
                {"stage f tasks M local m f32[N] args x y m",
                 "already an intermediate of the spec"},
                {"stage f tasks M local b float[N] args x y b",
                 "did you mean f32?"},
                {"stage f tasks M local b f32[M-65] args x y b",
                 "-1 elements"},
                {"stage f tasks M local b f32[M*2147483648] args x y b",
                 "the most is"},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char text[512];

                snprintf(text, sizeof text, "// kevo: %s\nvoid f(void) {}\n",
                         cases[i].stage);
                refuse(text, "c", cases[i].part);
        }
}
END_TEST

START_TEST(test_header_errors)
{
        static const struct {
                const char *line, *part;
        } cases[] = {
                {"kernel softmx", "softmax.c:1"},
                {"tunes W = 8", "did you mean `tune`"},
                {"prepare w", "reserved"},
                {"", "unknown header line"},
                {"fix", "name of a size"},
                {"fix K", "no size"},
                {"fix N N", "twice"},
                {"tune W 8", "tune NAME = VALUE"},
                {"tune W = -O3", "integers"},
                {"tune W = 8 of 4 8", "\"of\""},
                {"tune W = 8 in", "`in`"},
                {"tune W = 8 in 4 16", "not in its list"},
                {"tune W = 8 in 8 8", "twice"},
                {"tune W = 8 in 8 x", "\"x\""},
                {"tune M = 8 in 8", "a size"},
                {"tune x = 8 in 8", "a tensor"},
                {"tune SMS = 8 in 8", "device constant"},
                {"tune 2W = 8 in 8", "C identifier"},
                {"check N <= W", "unknown name W"},
                {"check N + 1", "softmax.c:1"},
                {"check N <= SHARD", "did you mean SHARED?"},
                {"when M = 64", "softmax.c:1: column 17: equality"},
                {"scratch p f32[M /  2]", "softmax.c:1: column 26: write //"},
                {"scratch p", "type and a"},
                {"scratch p f32[M] one", "zero"},
                {"scratch p f32[M]", "not among"},
                {"scratch y f32[M]", "already"},
                {"use other.c", "header-only"},
                {"when N == 64", "fix N"},
                {"when N != 64", "a range of one size"},
                {"when M // 2 <= N", "a range of one size"},
                {"when M * N == 64", "a range of one size"},
                {"when M * N <= max(M, 64)", "a range of one size"},
                {"when M*M*M*M <= 64", "may not fit 64 bits"},
                {"when M*M*M*M <= 64 && M <= 512", "may not fit 64 bits"},
                {"when N <= M && M <= 2*N && M*N <= 9 && M <= N*N",
                 "more than 3 comparisons"},
                {"when N % 4 == 1", "a range of one size"},
                {"when N <= SMS", "unknown name SMS"},
                {"when N", "softmax.c:1"},
                {"when N > 1 && N > 2 && N > 3 && N > 4", "more than 3"},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                char text[512];

                snprintf(text, sizeof text, "// kevo: %s\n" STAGE,
                         cases[i].line);
                refuse(text, "c", cases[i].part);
        }
}
END_TEST

START_TEST(test_when_forms)
{
        static const struct {
                const char *when;
                int64_t m, n;
                bool holds;
        } cases[] = {
                {"N <= 64", 1, 64, true},
                {"N <= 64", 1, 65, false},
                {"64 < N", 1, 65, true},
                {"64 < N", 1, 64, false},
                {"N >= 2 * W", 1, 16, true},
                {"N >= 2 * W", 1, 15, false},
                {"N % W == 0 && M < 8", 7, 24, true},
                {"N % W == 0 && M < 8", 8, 24, false},
                {"0 == N % 4 && N > 3 && N < 99", 1, 96, true},
                {"N <= max(8, 3*5)", 1, 15, true},
                {"N <= M", 15, 15, true},
                {"N <= M", 14, 15, false},
                {"M*N + 2*M > 3*N - 1", 1, 1, true},
                {"M*N + 2*M > 3*N - 1", 1, 2, false},
                {"M <= 512 && M*M*M*M*N <= 4*N", 1, 9, true},
                {"M <= 512 && M*M*M*M*N <= 4*N", 2, 9, false},
                {"512 > M && M*M*M*M*N <= 4*N", 600, 9, false},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct binding binding = bound(cases[i].m, cases[i].n);
                struct source *s;
                char text[512];

                snprintf(text, sizeof text,
                         "// kevo: when %s\n// kevo: tune W = 8\n" STAGE,
                         cases[i].when);
                s = parse(text, "c");
                ck_assert_msg(source_holds(s, spec, &binding) ==
                                      cases[i].holds,
                              "%s", cases[i].when);
                source_free(s);
        }
}
END_TEST

START_TEST(test_several_when_lines_are_one)
{
        struct binding both = bound(4, 8), one = bound(4, 9);
        struct source *s = parse("// kevo: when M <= 4\n"
                                 "// kevo: when N % 2 == 0\n" STAGE,
                                 "c");

        ck_assert(source_holds(s, spec, &both));
        ck_assert(!source_holds(s, spec, &one));
        source_free(s);
        refuse("// kevo: when N > 1 && N > 2\n"
               "// kevo: when N > 3 && N > 4\n" STAGE,
               "c", "softmax.c:2");
}
END_TEST

START_TEST(test_only_comments_at_the_top_count)
{
        struct source *s;

        /* In a block comment, in a string, behind a word: no header. */
        s = parse("/*\n// kevo: fix N\n*/\n// see kevo: fix N\n" STAGE
                  "const char *s = \"// kevo: fix N\";\n",
                  "c");
        ck_assert_int_eq(s->fix_count, 0);
        source_free(s);
        refuse("// kevo tune W = 8 in 4 8\n" STAGE, "c",
               "softmax.c:1: a header line has a colon behind kevo; write "
               "`// kevo: tune W = 8 in 4 8`");
        refuse("// kevo : fix N\n" STAGE, "c", "`// kevo: fix N`");
        s = parse("// kevo check says more; kevo tune too\n"
                  "// kevo tune lines would go here\n" STAGE
                  "// kevo tune W = 8\n",
                  "c");
        ck_assert_int_eq(s->tune_count, 0);
        source_free(s);
        refuse("int x;\n// kevo: fix N\n" STAGE, "c", "softmax.c:2");
        refuse("/* kevo: fix N */\n" STAGE, "c", "line comments");
        refuse("/*\n * kevo: fix N\n */\n" STAGE, "c", "softmax.c:2");
        s = parse("// kevo: fix N\r\n// kevo: stage f tasks M args x y\r\n"
                  "void f(void) {}\r\n",
                  "c");
        ck_assert_int_eq(s->fix_count, 1);
        ck_assert_str_eq(s->stage[0].arg[1], "y");
        source_free(s);
}
END_TEST

START_TEST(test_other_languages)
{
        struct source *s = parse(
                "// kevo: scratch part f32[M*2]\n"
                "// kevo: tune W = 8 in 4 8\n"
                "// kevo: stage rows grid ceil(M, 4) block 32*W shared N*4"
                " args x part\n"
                "// kevo: stage fin grid min(M, 2*SMS) block 256 cooperative"
                " args part y\n"
                "__global__ void rows() {}\n__global__ void fin() {}\n",
                "cuda");

        ck_assert_int_eq(s->stage_count, 2);
        ck_assert(!s->stage[0].cooperative && s->stage[1].cooperative);
        ck_assert_ptr_nonnull(s->stage[0].shared);
        ck_assert_ptr_null(s->stage[1].shared);
        ck_assert_ptr_null(s->stage[0].tasks);
        source_free(s);
        s = parse("# kevo: stage rows grid M args x y\n"
                  "import triton\n\n@triton.jit\ndef rows(x, y):\n    pass\n",
                  "triton");
        ck_assert_int_eq(s->stage_count, 1);
        source_free(s);
        refuse("// kevo: stage f grid M args x y\nvoid f() {}\n", "cuda",
               "no `block`");
        refuse("// kevo: stage f block 32 args x y\nvoid f() {}\n", "hip",
               "no `grid`");
        refuse("// kevo: stage f tasks M args x y\nvoid f() {}\n", "opencl",
               "`tasks`");
        refuse("// kevo: stage f grid M block 1 local b f32[1] args x y\n"
               "void f() {}\n",
               "cuda", "local");
}
END_TEST

START_TEST(test_limits)
{
        struct buf text;
        struct source *source;
        struct error err = {0};

        buf_init(&text, 1 << 20);
        for (int i = 0; i <= LIMIT_TUNES; i++)
                buf_printf(&text, "// kevo: tune T%d = 1\n", i);
        buf_puts(&text, STAGE);
        refuse(text.data, "c", "more than 32");
        buf_clear(&text);
        for (int i = 0; i <= LIMIT_STAGES; i++)
                buf_puts(&text, "// kevo: stage f tasks M args x y\n");
        buf_puts(&text, "void f(void) {}\n");
        refuse(text.data, "c", "more than 16");
        buf_clear(&text);
        buf_puts(&text, "// kevo: tune W = 0 in 0");
        for (int i = 1; i <= LIMIT_TUNE_VALUES; i++)
                buf_printf(&text, " %d", i);
        buf_puts(&text, "\n" STAGE);
        refuse(text.data, "c", "more than 64");
        buf_clear(&text);
        for (int i = 0; i < 1000; i++)
                buf_puts(&text, "// kevo: check M > 0\n");
        buf_puts(&text, STAGE);
        refuse(text.data, "c", "more than");
        buf_dispose(&text);
        ck_assert_int_eq(
                source_parse("a\0b", 3, "softmax.c", "c", spec, &source, &err),
                ERR_INPUT);
        ck_error_has(err, "zero byte");
        /* The byte that marks comments inside, where none is. */
        refuse("\1/kevo: tune T = 1\n" STAGE, "c", "below the code of line 1");
        refuse("\1", "c", "");
        ck_assert_int_eq(source_parse("", (size_t)LIMIT_SOURCE_BYTES + 1,
                                      "softmax.c", "c", spec, &source, &err),
                         ERR_LIMIT);
}
END_TEST

/* Rewriting changes values only, and reading it back gives them. */
START_TEST(test_tunes_round_trip)
{
        static const int64_t values[][2] = {{4, 1}, {16, 2}, {8, 4}};
        struct source *s = parse(whole, "c"), *again;
        struct error err = {0};
        char *text;

        for (int i = 0; i < 3; i++) {
                ck_assert_int_eq(source_with_tunes(s, values[i], &text, &err),
                                 0);
                again = parse(text, "c");
                ck_assert_int_eq(again->tune[0].value, values[i][0]);
                ck_assert_int_eq(again->tune[1].value, values[i][1]);
                ck_assert_int_eq(text_equal(text, whole), i == 2);
                ck_assert_int_eq(text_equal(again->hash, s->hash), i == 2);
                source_free(again);
                free(text);
        }
        ck_assert_int_eq(source_with_tunes(s, (int64_t[]){5, 1}, &text, &err),
                         ERR_INPUT);
        ck_error_has(err, "not in the list of tunable W");
        source_free(s);
}
END_TEST

START_TEST(test_header_only)
{
        struct source *base = parse(whole, "c"), *header, *effective;
        struct error err = {0};
        char *text, *wanted;

        ck_assert_int_eq(source_header_only(base, "generic.c",
                                            (int64_t[]){16, 2}, &text, &err),
                         0);
        header = parse(text, "c");
        ck_assert_str_eq(header->use, "generic.c");
        ck_assert_int_eq(header->stage_count, 0);
        ck_assert_int_eq(
                source_resolve_use(header, base, spec, &effective, &err), 0);
        ck_assert_int_eq(
                source_with_tunes(base, (int64_t[]){16, 2}, &wanted, &err), 0);
        ck_assert_str_eq(effective->text, wanted);
        ck_assert_ptr_null(effective->use);
        free(text);
        free(wanted);
        source_free(effective);
        source_free(header);
        source_free(base);
}
END_TEST

START_TEST(test_header_only_narrows)
{
        struct source *base = parse(whole, "c"), *header, *effective;
        struct binding small = bound(1, 8), large = bound(1, 4096);
        struct error err = {0};

        header = parse("// kevo: use generic.c\n// kevo: when N >= 64 * W\n"
                       "// kevo: tune W = 16\n",
                       "c");
        ck_assert_msg(
                source_resolve_use(header, base, spec, &effective, &err) == 0,
                "%s", err.text);
        ck_assert(source_holds(base, spec, &small));
        ck_assert(!source_holds(effective, spec, &small));
        ck_assert(source_holds(effective, spec, &large));
        ck_assert_int_eq(effective->tune[0].value, 16);
        source_free(effective);
        source_free(header);
        source_free(base);
}
END_TEST

START_TEST(test_header_only_errors)
{
        struct source *base = parse(whole, "c"), *header, *effective;
        struct error err = {0};

        refuse("// kevo: use ../generic.c\n", "c", "same folder");
        refuse("// kevo: use generic.cu\n", "c", "same language");
        refuse("// kevo: use generic.c\n// kevo: fix N\n", "c", "`fix`");
        refuse("// kevo: use generic.c\n#include <a.h>\n", "c", "line 2");
        refuse("// kevo: use a.c\n// kevo: use b.c\n", "c", "more than 1");
        header = parse("// kevo: use generic.c\n// kevo: tune WW = 4\n", "c");
        ck_assert_int_eq(
                source_resolve_use(header, base, spec, &effective, &err),
                ERR_INPUT);
        ck_error_has(err, "did you mean W?");
        ck_assert_int_eq(
                source_resolve_use(header, header, spec, &effective, &err),
                ERR_INPUT);
        source_free(header);
        header = parse("// kevo: use generic.c\n// kevo: tune W = 5\n", "c");
        ck_assert_int_eq(
                source_resolve_use(header, base, spec, &effective, &err),
                ERR_INPUT);
        ck_error_has(err, "not in the list");
        source_free(header);
        source_free(base);
}
END_TEST

START_TEST(test_languages)
{
        for (const char *const *l = source_languages(); *l; l++) {
                char name[64];

                snprintf(name, sizeof name, "generic%s", source_suffix(*l));
                ck_assert_str_eq(source_language(name), *l);
                ck_assert_ptr_nonnull(source_comment(*l));
        }
        ck_assert_ptr_null(source_language("x.py"));
        ck_assert_ptr_null(source_language("x.bind.json"));
        ck_assert(source_runs_on("c", "cpu"));
        ck_assert(!source_runs_on("c", "cuda"));
        ck_assert(!source_runs_on("cuda", "cpu"));
}
END_TEST

/* Cutting or damaging a good header anywhere never crashes, and what is
 * accepted can be written back. */
START_TEST(test_damaged_text)
{
        size_t n = strlen(whole);
        char text[sizeof whole];

        for (size_t i = 0; i < 2 * n; i++) {
                struct error err = {0};
                struct source *source = NULL;
                size_t length = i < n ? i : n;

                memcpy(text, whole, n + 1);
                if (i >= n)
                        text[i - n] = "(]#/*\"%,\n"[i % 9];
                if (source_parse(text, length, "softmax.c", "c", spec, &source,
                                 &err) < 0) {
                        ck_error_has(err, "softmax.c");
                        continue;
                }
                ck_assert_uint_eq(source->length, length);
                source_free(source);
        }
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("source");

        tcase_add_checked_fixture(tcase, make_spec, free_spec);
        tcase_add_test(tcase, test_whole_header);
        tcase_add_test(tcase, test_values);
        tcase_add_test(tcase, test_domain);
        tcase_add_test(tcase, test_constants);
        tcase_add_test(tcase, test_headerless);
        tcase_add_test(tcase, test_stage_errors);
        tcase_add_test(tcase, test_header_errors);
        tcase_add_test(tcase, test_when_forms);
        tcase_add_test(tcase, test_several_when_lines_are_one);
        tcase_add_test(tcase, test_only_comments_at_the_top_count);
        tcase_add_test(tcase, test_other_languages);
        tcase_add_test(tcase, test_limits);
        tcase_add_test(tcase, test_tunes_round_trip);
        tcase_add_test(tcase, test_header_only);
        tcase_add_test(tcase, test_header_only_narrows);
        tcase_add_test(tcase, test_header_only_errors);
        tcase_add_test(tcase, test_languages);
        tcase_add_test(tcase, test_damaged_text);
        return run_case(tcase, "source");
}
