/*
 * The checker: what the tree looks like for valid specs, and for each kind of
 * mistake the place and the advice.
 */
#include "check_main.h"

#include <math.h>

#include "core/buf.h"
#include "spec/canon.h"
#include "spec_fixture.h"

/* A mistake in line 5 and after of SPEC_HEAD: its place and part of the
 * sentence. */
static const struct {
        const char *lines, *place, *part;
} mistakes[] = {
        /* names */
        {"y[i, j] = z[i, j]", "t:5:11", "no tensor 'z'"},
        {"y[i, j] = idy[i]", "t:5:11", "did you mean idx?"},
        {"y[i, j] = exq(v[j])", "t:5:11", "did you mean exp?"},
        {"y[i, j] = rleu(v[j])", "t:5:11", "did you mean relu?"},
        {"fn half(a) = a / 2\ny[i, j] = hafl(v[j])", "t:6:11",
         "did you mean half?"},
        {"y[i, j] = int(v[j])", "t:5:11", "i64(x)"},
        {"y[i, j] = float32(v[j])", "t:5:11", "write f32(x)"},
        {"y[i, j] = alpha", "t:5:11", "'alpha' is not declared"},
        {"y[i, j] = v(j)", "t:5:11", "brackets"},
        {"y[i, j] = M(j)", "t:5:11", "M * (...)"},
        {"y[i, j] = M[j]", "t:5:11", "no tensor"},
        {"y[i, j] = v", "t:5:11", "'v' has 1 dimension"},
        {"y[i, j] = relu", "t:5:11", "not declared"},
        {"y[i, j] = v[j, i]", "t:5:11", "has 1 dimension, but"},
        {"size M", "t:5:6", "already declared at 2:6"},
        {"size sum", "t:5:6", "a reduction"},
        {"size exp", "t:5:6", "a function"},
        {"size f32", "t:5:6", "a type"},
        {"size for", "t:5:6", "a word"},
        {"size int", "t:5:6", "keyword"},
        {"size using", "t:5:6", "keyword"},
        {"size virtual", "t:5:6", "keyword"},
        {"size nonlocal", "t:5:6", "keyword"},
        {"size from", "t:5:6", "keyword"},
        {"size yield", "t:5:6", "keyword"},
        {"size _a", "t:5:6", "underscore"},
        {"exp[i] = v[i]", "t:5:1", "a function"},
        {"y[i, j] = sum[M] v[M]", "t:5:15", "cannot be an index"},
        {"y[i, j] = sum[j] v[j]", "t:5:15", "already an index"},
        {"y[i, j] = sum[q, q] v[q]", "t:5:18", "already an index"},
        /* definitions */
        {"x[i, j] = 0", "t:5:1", "input"},
        {"M = 0", "t:5:1", "no tensor"},
        {"y[i, j] = 0; y[i, j] = 1", "t:5:14", "already defined at 5:1"},
        {"y[i, j] = y[i, j]", "t:5:11", "before"},
        {"y[i, j] = m[i]; m[i] = v[i]", "t:5:11", "above"},
        {"tmp q: f32[M]\ny[i, j] = 0", "t:5:5", "no statement defines"},
        {"out z: f32[M]\nzz[i] = sum[j] x[i, j]", "t:5:5",
         "'zz', defined at 6:1, is read nowhere: did you mean z there?"},
        {"out z: f32[M]\nq[i] = sum[j] x[i, j]", "t:5:5",
         "did you mean z there?"},
        {"out z: f32[M]\nq[i] = sum[j] x[i, j]\ny[i, j] = q[i]", "t:5:5",
         "no statement defines it"},
        {"out total: f32[M]\ntotl[i] = 1.0\ny[i, j] = 0", "t:6:6",
         "did you mean total?"},
        {"y[v[0], j]! = 0", "t:5:3", "must be an integer"},
        {"y[M, j]! = 0 for j in 0..N", "t:5:3", "not known to be below M"},
        /* data-dependent lengths */
        {"out z: f32[M upto q]", "t:5:19", "declare `out q: i64`"},
        {"out z: f32[M upto M]", "t:5:19", "without dimensions"},
        {"out z: f32[M upto k]", "t:5:19", "without dimensions"},
        {"out n: i32, z: f32[M upto n]", "t:5:27", "i64 output"},
        {"out n: i64\ntmp z: f32[M upto n]", "t:6:19", "only an output"},
        {"in z: f32[M upto M]", "t:5:18", "an input of its own"},
        {"out n: i64, z: f32[M upto n]\nn = M\nz[i] = i\n"
         "y[i, j] = z[i]",
         "t:8:11", "only up to 'n'"},
        {"out n: i64, z: f32[M upto n]\nout w: f32[M] init z\n", "t:6:20",
         "only up to 'n'"},
        {"out n: i64, z: f32[N upto n]\nn = M\nq[j] = v[k[j]]!\n"
         "z[j] = q[j] + 1",
         "t:7:8", "nobody checks"},
        {"y[i] = v[i]", "t:5:1", "2 dimensions"},
        {"y[i, j] = 0 for i in 1..M", "t:5:1", "part of 'y'"},
        {"y[i, j] = 0 for q in 0..M", "t:5:1", "'q' is no index"},
        {"y[i, j] += v[j]", "t:5:1", "init"},
        {"y[i, i] = v[i]", "t:5:6", "runs over"},
        {"m[i] += v[i]", "t:5:1", "tmp m"},
        {"m[i + 1] = v[i]", "t:5:1", "bare"},
        {"m[i, i] = v[i]", "t:5:1", "bare"},
        {"m[p] = v[p] for p in 1..N", "t:5:17", "begins at 0"},
        {"m[p] = 1.0 for p in 0..idx[0]", "t:5:16", "depend on data"},
        {"m[p] = 1.0 for q in 0..M, p in 0..q", "t:5:27", "sizes only"},
        {"m[p] = 1.0 for q in 0..M, p in 0..N", "t:5:1", "every index"},
        /* kinds */
        {"y[i, j] = v[j] > 0", "t:5:16", "boolean"},
        {"y[i, j] = v[j] && true", "t:5:11", "compare"},
        {"y[i, j] = v[j] // 2", "t:5:11", "integer"},
        {"y[i, j] = v[j] & 1", "t:5:11", "integer"},
        {"y[i, j] = !k[j] ? 1 : 0", "t:5:12", "boolean"},
        {"y[i, j] = -(k[j] > 0)", "t:5:18", "c ? 1 : 0"},
        {"y[i, j] = k[j] ? 1 : 0", "t:5:11", "condition"},
        {"y[i, j] = k[j] > 0 ? 1 : true", "t:5:22", "one kind"},
        {"y[i, j] = x[i, v[j]]", "t:5:16", "subscript"},
        {"y[i, j] = any[q] v[q]", "t:5:18", "any and all"},
        {"y[i, j] = count[q] k[q]", "t:5:20", "count"},
        {"y[i, j] = sum[q] (k[q] > 1)", "t:5:24", "boolean"},
        {"y[i, j] = div(v[j], 2)", "t:5:15", "div and rem"},
        {"y[i, j] = sqrt(k[j] > 0)", "t:5:21", "boolean"},
        {"y[i, j] = bool(k[j]) ? 1 : 0", "t:5:16", "compare"},
        {"out z: i32[N]; z[i] = v[i]; y[i, j] = 0", "t:5:23", "i64(x)"},
        {"out z: i32[N]; z[i] = k[i] / 2; y[i, j] = 0", "t:5:28",
         "rounds down"},
        {"y[i, j] = (x[i, j + 1] else true)", "t:5:29", "else"},
        {"y[i, j] = sin(v[j], 2)", "t:5:11", "1 argument, not 2"},
        {"y[i, j] = min(v[j])", "t:5:11", "min[i]"},
        {"y[i, j] = f32(v[j], 1)", "t:5:11", "1 argument"},
        /* ranges */
        {"y[j, i] = x[i, j]", "t:5:16", "but over 0..N as subscript 2"},
        {"y[i, j] = sum[q] 1.0", "t:5:15", "sum[q in lo..hi]"},
        {"m[q] = 1.0", "t:5:3", "for q in lo..hi"},
        {"y[i, j] = sum[q] (x[i, q] + x[q, j])", "t:5:31", "0..M"},
        {"y[i, j] = sum[q in 0..v[j]] 1.0", "t:5:23", "bound of a range"},
        {"m[i] = k[i]\ny[i, j] = sum[q in 0..m[j]] 1.0", "t:6:23",
         "write here what it is computed from"},
        {"m[i] = argmax[q] x[i, q]\np[i] = m[i] + 1\n"
         "y[i, j] = sum[q in 0..p[i]] 1.0",
         "t:7:23", "choose inside, as in (k < p[i] ? ... : 0)"},
        {"tmp h: i64[M] init 0\nh[idx[j]] += 1\n"
         "y[i, j] = sum[q in 0..h[i]] 1.0",
         "t:7:23", "`tmp ... init -1`"},
        {"y[i, j] = sum[q in 0..(sum[r] k[r])] 1.0", "t:5:24",
         "cannot contain a reduction"},
        {"param p: i32 in 0..9 = 3\ny[i, j] = sum[q in 0..p] 1.0", "t:6:23",
         "make 'p' a size"},
        {"y[i, j] = sum[k2] x[i, k2] + v[k2]", "t:5:32", "sum[k2] ("},
        {"y[i, j] = max[q in 0..j] x[i, q]", "t:5:11", "empty"},
        {"y[i, j] = argmin[q in 0..N - 1] x[i, q]", "t:5:11", "empty"},
        {"y[i, j] = argmax[q, r] x[q, r]", "t:5:11", "one index"},
        /* selections */
        {"y[i, j] = 1 + sort[q] x[i, q]", "t:5:15", "stands alone"},
        {"y[i, j] = sum[q] (top[r, 3] x[q, r])", "t:5:19", "stands alone"},
        {"a[i, p] = top[j, 8] x[i, j]\ny[i, j] = 0", "t:5:11",
         "size N in 8..=65536"},
        {"a[i, p] = top[j, N + 1] x[i, j]\ny[i, j] = 0", "t:5:11", "fewer"},
        {"a[i, p] = top[j in 0..N - 1, N] x[i, j]\ny[i, j] = 0", "t:5:11",
         "of 'j' in 0..N - 1"},
        {"a[i, p] = top[j in 0..k[0], 1] x[i, j]!\ny[i, j] = 0", "t:5:11",
         "depends on data"},
        {"a[i, p] = top[j, -1] x[i, j]\ny[i, j] = 0", "t:5:11", "negative"},
        {"a[i, p] = top[j, k[0]] x[i, j]\ny[i, j] = 0", "t:5:18", "data"},
        {"a[i, p] = top[j, 1.0] x[i, j]\ny[i, j] = 0", "t:5:18",
         "how many a selection takes"},
        {"a[i] = top[j, 1] x[i, j]\ny[i, j] = 0", "t:5:1", "one more index"},
        {"a[i, p, q] = top[j, 1] x[i, j]\ny[i, j] = 0", "t:5:9",
         "'p' and 'q'"},
        {"a[i, i] = top[j, 1] x[i, j]\ny[i, j] = 0", "t:5:1", "bare"},
        {"y[i, p] += sort[j] x[i, j]", "t:5:1", "defines its target"},
        {"y[i, p] = top[j, 1] x[i, j]", "t:5:6", "dimension 2 of 'y' has N"},
        {"y[i, p] = sort[j] x[i, j] for p in 0..M", "t:5:31", "0..N"},
        {"a[i, p] = sort[j in 0..k[0]] x[i, j]!\ny[i, j] = 0", "t:5:24",
         "data"},
        {"a[i, p] = top[j, 1] (x[i, j] > 0)\ny[i, j] = 0", "t:5:30",
         "boolean"},
        {"y[i, j] = sort[j] x[i, j]", "t:5:6", "a name of its own"},
        {"in w: f32[M]; a[i, p] = argtop[j, 1] x[i, j]\n"
         "y[i, j] = w[a[i, 0]]",
         "t:6:11", "below M"},
        {"out z: i8[M, 1]; z[i, p] = argtop[j, 1] x[i, j]\n"
         "y[i, j] = v[z[i, 0]]",
         "t:6:11", "at least 0"},
        /* reads */
        {"y[i, j] = x[i, j + 1]", "t:5:11", "below N"},
        {"y[i, j] = x[i - 1, j]", "t:5:11", "at least 0"},
        {"y[i, j] = x[i, N]", "t:5:11", "always outside"},
        {"y[i, j] = x[i, -1]", "t:5:11", "always outside"},
        {"y[i, j] = x[i, -1]!", "t:5:11", "always outside"},
        {"y[i, j] = (x[i, j - N] else 0)", "t:5:12", "always outside"},
        {"y[i, j] = x[i, k[j]]", "t:5:11", "in 0..hi"},
        {"y[i, j] = v[idx[j]]", "t:5:11", "below N"},
        {"in off: i64[M + 1] offsets N\nd[b] = off[b + 1] - off[b]", "t:6:8",
         "end the statement with `for b in 0..M`, or write (off[...] else"},
        {"in off: i64[M + 1] offsets N\n"
         "y[i, j] = sum[b] (off[b + 1] - off[b])",
         "t:6:19", "write sum[b in 0..M], or"},
        {"d[j] = v[j + 2] - v[j]", "t:5:8", "for j in 0..N - 2`"},
        {"tmp w: i64[M, N] init -1\na[j] = argmax[q] x[q, j]\n"
         "s[j] = count[t in 0..j] (a[t] == a[j])\nw[a[j], s[j]] = j",
         "t:8:9", "what 's' holds is computed"},
        {"in off: i64[M + 1]\ny[i, j] = sum[p in off[i]..off[i + 1]] v[p]",
         "t:6:40", "declare 'off' with `offsets N`"},
        {"out z: f32[M] init 0\nz[idx[j] + 1] += v[j]; y[i, j] = 0", "t:6:10",
         "below M"},
        {"out z: f32[M] init 0\nz[k[j]] += v[j]; y[i, j] = 0", "t:6:3",
         "in 0..hi"},
        {"y[i, j] = k[j] // k[j]", "t:5:19", "exclude 0"},
        {"y[i, j] = rem(k[j], N - 1)", "t:5:23", "exclude 0"},
        {"y[i, j] = 1 << k[j]", "t:5:16", "0..64"},
        /* declarations */
        {"in w: f32[Q]", "t:5:11", "declare it: size Q"},
        {"in w: f32[M / 2]", "t:5:13", "//"},
        {"in w: f32[M // (N - 1)]", "t:5:19", "positive"},
        {"in w: f32[idx[0]]", "t:5:11", "data"},
        {"in w: f32[M] in 0..4", "t:5:17", "uniform"},
        {"in w: f32[M] sorted offsets M", "t:5:29", "one dimension"},
        {"in w: i32[M] sorted offsets M", "t:5:29", "alone"},
        {"in w: i32[M, N] lengths", "t:5:4", "one dimension"},
        {"in w: i32[M, N] distinct", "t:5:4", "one dimension"},
        {"in w: i32 sorted", "t:5:4", "dimensions"},
        {"in w: i32[M] nonfinite", "t:5:4", "float"},
        {"in w: i32[M] ~ normal(0, 1)", "t:5:4", "float"},
        {"in w: f32[M] ~ normal(0, -1)", "t:5:23", "deviation"},
        {"in w: f32[M] ~ uniform(2, 1)", "t:5:24", "low below high"},
        {"in w: f32[M] init 0", "t:5:19", "input"},
        {"out w: f32[M] sorted", "t:5:5", "computed"},
        {"out w: f32[M] init v; w[i] += 1 for i in 0..M", "t:5:20",
         "dimension 1 of 'v' is N"},
        {"out w: f32[M] init v[0]; w[i] += 1 for i in 0..M", "t:5:20",
         "constants"},
        {"tmp a: f32[M] init b, b: f32[M] init a\n"
         "a[i] += 1 for i in 0..M; b[i] += 1 for i in 0..M",
         "t:5:20", "not defined before"},
        {"out w: i32[M] init 0.5; w[i] += 1 for i in 0..M", "t:5:20",
         "integer"},
        {"out w: f32[M] init 0; w[i] = 1 for i in 0..M", "t:5:23",
         "never seen"},
        {"out w: bool[M] init false; w[i] += true for i in 0..M", "t:5:28",
         "any[i]"},
        {"size Q in 0..0", "t:5:11", "empty"},
        {"size Q in -1..4", "t:5:11", "0..="},
        {"size Q in 1..=2147483648", "t:5:11", "2147483647"},
        {"size Q in 8..=64 step 0", "t:5:23", "at least 1"},
        {"size Q in 4..=64 step 8", "t:5:23", "begin at 8"},
        {"size Q in 1..=M", "t:5:15", "constant"},
        {"const Q = M", "t:5:11", "not declared"},
        {"const Q = 1 // 0", "t:5:13", "division by 0"},
        {"const Q = 9223372036854775807 + 1", "t:5:31", "64 bits"},
        {"const Q = 0.0 / 0.0", "t:5:15", "not a number"},
        {"const Q = v[0]", "t:5:11", "no tensor"},
        {"param p: f32 = 1", "t:5:7", "give its range"},
        {"param p: f32 in 0..=1 = 2", "t:5:25", "outside its range"},
        {"param p: f32 in 1..=0 = 1", "t:5:17", "empty"},
        {"param p: f32 in 0..=inf = 1", "t:5:21", "finite"},
        {"param p: i32 in 0..=1.5 = 1", "t:5:21", "integer"},
        {"param p: u8 in 0..=256 = 1", "t:5:20", "outside u8"},
        {"param p: bool = 1", "t:5:17", "true or false"},
        {"accuracy 0", "t:5:10", "between 0 and 1"},
        {"accuracy true", "t:5:10", "number"},
        /* macros */
        {"fn f(a) = f(a)\ny[i, j] = f(1)", "t:5:11", "defined before"},
        {"fn f(a) = g(a)\nfn g(a) = a\ny[i, j] = f(1)", "t:5:11",
         "defined before"},
        {"fn f(a) = v[a]\ny[i, j] = f(1)", "t:5:11", "elementwise"},
        {"fn f(a) = sum[q] a\ny[i, j] = f(1)", "t:5:11", "elementwise"},
        {"fn f(a) = a + i\ny[i, j] = f(1)", "t:5:15", "no parameter"},
        {"fn f(a, a) = a", "t:5:4", "twice"},
        {"fn f(a) = a\ny[i, j] = f(1, 2)", "t:6:11", "1 argument, not 2"},
        {"y[i, j] = sigmoid(k[j] > 0)", "t:5:11", "inside sigmoid"},
        {"fn f(a) = a && true\ny[i, j] = f(1)", "t:6:13", "used at 6:11"},
        /* workloads */
        {"workload w M=3", "t:5:10", "no value for the size 'N'"},
        {"workload w M=3 N=4 Q=5", "t:5:20", "the sizes are M, N"},
        {"workload w M=3 N=0", "t:5:18", "domain"},
        {"workload w M=3 M=3 N=1", "t:5:16", "twice"},
        {"workload w M=3 N=1.5", "t:5:18", "integer"},
        {"workload w M=3 N=1 data=normal", "t:5:20", "zipf"},
        {"workload w M=3 N=1; workload w M=3 N=2", "t:5:30",
         "already a workload"},
        {"workload w M=2147483647 N=2147483647", "t:5:10", "2^40"},
};

static int parse_lines(const char *lines, struct spec **spec,
                       struct error *err)
{
        char text[4096];

        snprintf(text, sizeof(text), "%s%s\n%s}\n", SPEC_HEAD, lines,
                 strstr(lines, "y[") ? "" : "y[i, j] = x[i, j]\n");
        return spec_parse(text, strlen(text), "t", spec, err);
}

START_TEST(mistakes_have_a_place_and_advice)
{
        for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
                struct error err = {0};
                struct spec *spec;
                int rc = parse_lines(mistakes[i].lines, &spec, &err);
                size_t n = strlen(mistakes[i].place);

                ck_assert_msg(rc == ERR_INPUT, "%s", mistakes[i].lines);
                ck_assert_ptr_null(spec);
                ck_assert_msg(strncmp(err.text, mistakes[i].place, n) == 0 &&
                                      err.text[n] == ':',
                              "%s\n%s", mistakes[i].lines, err.text);
                ck_assert_msg(strstr(err.text, mistakes[i].part), "%s\n%s",
                              mistakes[i].lines, err.text);
        }
}
END_TEST

START_TEST(examples_are_valid)
{
        for (int i = 0; i < SPEC_EXAMPLES; i++)
                spec_free(spec_must_parse(spec_examples[i]));
}
END_TEST

static void check_range(const struct index *index, const char *lo,
                        const char *hi)
{
        struct buf out;

        buf_init(&out, 1 << 12);
        canon_print_expr(index->lo, &out);
        ck_assert_str_eq(out.data, lo);
        buf_clear(&out);
        canon_print_expr(index->hi, &out);
        ck_assert_str_eq(out.data, hi);
        buf_dispose(&out);
}

START_TEST(softmax_has_its_tree)
{
        struct spec *spec = spec_must_parse(spec_examples[0]);
        const struct tensor *m = spec_find_tensor(spec, "m");
        const struct statement *st = spec->statement[0];
        const struct expr *max = st->value;

        ck_assert_str_eq(spec->name, "softmax");
        ck_assert_int_eq(spec->statement_count, 3);
        ck_assert_int_eq(spec->tensor_count, 4);
        ck_assert_int_eq(spec->size[0]->high, 65536);
        ck_assert_int_eq(m->role, TENSOR_INTERMEDIATE);
        ck_assert_int_eq(m->rank, 1);
        ck_assert(m->defined_by == st && m->dtype == DTYPE_NONE);
        ck_assert_int_eq(st->update, UPDATE_DEFINE);
        ck_assert_int_eq(max->op, EXPR_REDUCE);
        ck_assert_int_eq(max->value.reduce.reduction, RED_MAX);
        check_range(st->index[0], "0", "M");
        check_range(max->value.reduce.index[0], "0", "N");
        ck_assert(max->value.reduce.index[0]->reduced);
        ck_assert(!st->index[0]->reduced);
        ck_assert_int_eq(max->arg[0]->value.read.safety, READ_PROVED);
        for (int i = 0; i < spec->index_count; i++)
                ck_assert_int_eq(spec->index[i]->number, i);
        spec_free(spec);
}
END_TEST

START_TEST(guards_and_ragged_ranges)
{
        struct spec *conv = spec_must_parse(spec_examples[1]);
        struct spec *bag = spec_must_parse(spec_examples[2]);
        const struct expr *product, *sum;

        product = conv->statement[0]->value->arg[1]->arg[0];
        ck_assert_int_eq(product->arg[0]->value.read.safety, READ_ELSE);
        ck_assert_int_eq(product->arg[1]->value.read.safety, READ_PROVED);
        ck_assert_int_eq(conv->constant_count, 2);
        ck_assert_int_eq(conv->constant[0]->integer, 3);
        sum = bag->statement[0]->value;
        ck_assert(sum->value.reduce.index[0]->data_dependent);
        check_range(sum->value.reduce.index[0], "off[b]", "off[b + 1]");
        /* b runs over y's rows, not over the elements of off. */
        check_range(bag->statement[0]->index[0], "0", "B");
        spec_free(bag);
        spec_free(conv);
}
END_TEST

START_TEST(updates_keep_their_iteration_space)
{
        struct spec *scatter = spec_must_parse(spec_examples[5]);
        const struct statement *st = scatter->statement[0];
        struct spec *spec;
        struct error err = {0};

        ck_assert_int_eq(st->update, UPDATE_ADD);
        ck_assert_int_eq(st->index_count, 2);
        ck_assert_str_eq(st->index[0]->name, "t");
        ck_assert_str_eq(st->index[1]->name, "d");
        ck_assert_int_eq(st->subscript[0]->op, EXPR_READ);
        ck_assert_int_eq(st->target->init->value.integer, 0);
        spec_free(scatter);
        ck_assert_int_eq(parse_lines("out z: f32[M] init 0, w: f32[N] init v\n"
                                     "z[idx[j]] = v[j]\n"
                                     "w[N - 1 - j] min= v[j]\n"
                                     "y[i, j] = z[i] for j in 0..N",
                                     &spec, &err),
                         0);
        ck_assert_int_eq(spec->statement[0]->update, UPDATE_SCATTER);
        ck_assert_int_eq(spec->statement[1]->update, UPDATE_MIN);
        ck_assert_ptr_null(
                spec_find_tensor(spec, "w")->init->value.read.subscript[0]);
        ck_assert_int_eq(spec->statement[2]->update, UPDATE_DEFINE);
        ck_assert_str_eq(spec->statement[2]->index[0]->name, "i");
        spec_free(spec);
}
END_TEST

static enum kind kind_of(const char *value)
{
        char lines[256];
        struct error err = {0};
        struct spec *spec;
        enum kind kind;

        snprintf(lines, sizeof(lines), "q[j] = %s for j in 0..N", value);
        ck_assert_msg(parse_lines(lines, &spec, &err) == 0, "%s", err.text);
        kind = spec->statement[0]->value->kind;
        ck_assert_int_eq(spec_find_tensor(spec, "q")->kind, kind);
        spec_free(spec);
        return kind;
}

START_TEST(kinds_follow_from_operands)
{
        ck_assert_int_eq(kind_of("k[j] + 1"), KIND_INTEGER);
        ck_assert_int_eq(kind_of("k[j] + 1.0"), KIND_REAL);
        ck_assert_int_eq(kind_of("k[j] / 2"), KIND_REAL);
        ck_assert_int_eq(kind_of("k[j] // 2"), KIND_INTEGER);
        ck_assert_int_eq(kind_of("k[j] > 0"), KIND_BOOLEAN);
        ck_assert_int_eq(kind_of("k[j] > 0 ? 1 : 0.5"), KIND_REAL);
        ck_assert_int_eq(kind_of("max(k[j], 0)"), KIND_INTEGER);
        ck_assert_int_eq(kind_of("max(k[j], v[j])"), KIND_REAL);
        ck_assert_int_eq(kind_of("relu(k[j])"), KIND_INTEGER);
        ck_assert_int_eq(kind_of("floor(k[j])"), KIND_INTEGER);
        ck_assert_int_eq(kind_of("floor(v[j])"), KIND_REAL);
        ck_assert_int_eq(kind_of("i64(floor(v[j]))"), KIND_INTEGER);
        ck_assert_int_eq(kind_of("isnan(v[j])"), KIND_BOOLEAN);
        ck_assert_int_eq(kind_of("argmax[q] v[q]"), KIND_INTEGER);
        ck_assert_int_eq(kind_of("count[q] (v[q] > 0)"), KIND_INTEGER);
        ck_assert_int_eq(kind_of("sum[q] k[q]"), KIND_INTEGER);
        ck_assert_int_eq(kind_of("all[q] (k[q] == j)"), KIND_BOOLEAN);
        ck_assert_int_eq(kind_of("(k[j + 1] else 0.5)"), KIND_REAL);
        ck_assert_int_eq(kind_of("f16(k[j])"), KIND_REAL);
}
END_TEST

START_TEST(parameters_live_in_their_type)
{
        struct error err = {0};
        struct spec *spec;
        const struct param *p;

        ck_assert_int_eq(
                parse_lines("param e: f32 in 0..1 = 0.1, n: i8 in -3..4 = -1"
                            ", h: f16 in 0.1..=0.2 = 0.1",
                            &spec, &err),
                0);
        p = spec->param[0];
        ck_assert(p->value == (float)0.1);
        ck_assert(p->high == nextafterf(1, 0) && p->low == 0);
        ck_assert(spec->param[1]->low == -3 && spec->param[1]->high == 3);
        ck_assert(spec->param[2]->low == spec->param[2]->value);
        spec_free(spec);
}
END_TEST

/* A macro's argument is checked where it is written: no capture. */
/* 2^53 and 2^53 + 1 are one double. */
START_TEST(whole_constants_are_exact)
{
        static const int64_t want[] = {9007199254740993,
                                       9007199254740992,
                                       9007199254740993,
                                       9007199254740992,
                                       1,
                                       0,
                                       0,
                                       1};
        struct spec *spec = spec_must_parse(
                "kernel t {\nsize N\n"
                "const A = 9007199254740993, B = 9007199254740992\n"
                "const C = max(B, A), D = min(A, B)\n"
                "const E = B < A, F = A <= B, G = A == B, H = A != B\n"
                "in x: f32[N]\nout y: f32[N]\ny[i] = x[i]\n}\n");

        ck_assert_int_eq(spec->constant_count, 8);
        for (int i = 0; i < 8; i++)
                ck_assert_msg(spec->constant[i]->integer == want[i], "%s",
                              spec->constant[i]->name);
        spec_free(spec);
}
END_TEST

START_TEST(macros_do_not_capture)
{
        struct error err = {0};
        struct spec *spec;
        const struct expr *e;

        ck_assert_int_eq(parse_lines("fn twice(q) = q + q\n"
                                     "fn relu(x) = twice(x)\n"
                                     "y[i, j] = sum[q] relu(x[i, q] * q)",
                                     &spec, &err),
                         0);
        e = spec->statement[0]->value->arg[0];
        ck_assert_int_eq(e->op, EXPR_ADD);
        ck_assert_ptr_eq(e->arg[0], e->arg[1]);
        ck_assert_int_eq(e->arg[0]->op, EXPR_MUL);
        ck_assert_int_eq(e->arg[0]->arg[1]->op, EXPR_INDEX);
        spec_free(spec);
}
END_TEST

/* A reduction that a macro would write out twice gets a tensor. */
START_TEST(macros_do_not_repeat_reductions)
{
        struct spec *spec;
        struct error err = {0};
        const struct statement *st;

        ck_assert_int_eq(parse_lines("y[i, j] = gelu(sum[q] x[i, q]) + v[j]",
                                     &spec, &err),
                         0);
        ck_assert_int_eq(spec->statement_count, 2);
        st = spec->statement[0];
        ck_assert_str_eq(st->target->name, "gelu_1");
        ck_assert_int_eq(st->target->role, TENSOR_INTERMEDIATE);
        ck_assert_int_eq(st->target->rank, 1);
        ck_assert_int_eq(st->number, 0);
        ck_assert_int_eq(st->value->op, EXPR_REDUCE);
        check_range(st->index[0], "0", "M");
        ck_assert_ptr_ne(st->index[0], spec->statement[1]->index[0]);
        spec_free(spec);
}
END_TEST

/* Used once, without a reduction, over a reduced index, or checked when it
 * runs: it stays where it is. The author's names are left alone. */
START_TEST(other_arguments_stay)
{
        static const char *const lines[] = {
                "y[i, j] = relu(sum[q] x[i, q])",
                "y[i, j] = gelu(x[i, j])",
                "y[i, j] = sum[p] gelu(sum[q] x[i, q] * v[p])",
                "y[i, j] = gelu(sum[q in 0..N] x[i, q + 1]!)",
                "y[i, j] = x[i, j] > 0 ? square(max[q in 0..j + 1] v[q]) : 0",
        };
        struct spec *spec;
        struct error err = {0};

        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
                ck_assert_msg(parse_lines(lines[i], &spec, &err) == 0, "%s",
                              err.text);
                ck_assert_msg(spec->statement_count == 1, "%s", lines[i]);
                spec_free(spec);
        }
        ck_assert_int_eq(parse_lines("gelu_1[i] = v[i] for i in 0..N\n"
                                     "gelu_2[i] = v[i] for i in 0..N\n"
                                     "y[i, j] = gelu(sum[q] gelu_1[q])",
                                     &spec, &err),
                         0);
        ck_assert_str_eq(spec->statement[2]->target->name, "gelu_3");
        ck_assert_int_eq(spec->statement[2]->index_count, 0);
        spec_free(spec);
}
END_TEST

static bool count_visit(const struct expr *expr, void *data)
{
        int *left = data;

        (void)expr;
        return --*left > 0;
}

START_TEST(walks_reach_everything_and_stop)
{
        struct spec *spec = spec_must_parse(spec_examples[2]);
        int left = 1000;

        /* sum, off[b], b, off[b+1], b+1, b, 1, table, idx[p], p, d */
        expr_walk(spec->statement[0]->value, count_visit, &left);
        ck_assert_int_eq(1000 - left, 11);
        left = 5;
        expr_walk(spec->statement[0]->value, count_visit, &left);
        ck_assert_int_eq(left, 0);
        spec_free(spec);
}
END_TEST

START_TEST(permissions_are_kept)
{
        struct error err = {0};
        struct spec *spec;

        ck_assert_int_eq(
                parse_lines("allow tf32\nbitwise; accuracy 2e-3", &spec, &err),
                0);
        ck_assert(spec->allow_tf32 && spec->bitwise);
        ck_assert(spec->accuracy == 2e-3);
        spec_free(spec);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {mistakes_have_a_place_and_advice,
                                      examples_are_valid,
                                      softmax_has_its_tree,
                                      guards_and_ragged_ranges,
                                      updates_keep_their_iteration_space,
                                      kinds_follow_from_operands,
                                      parameters_live_in_their_type,
                                      whole_constants_are_exact,
                                      macros_do_not_capture,
                                      macros_do_not_repeat_reductions,
                                      other_arguments_stay,
                                      walks_reach_everything_and_stop,
                                      permissions_are_kept};

        return check_main("check", tests, 13);
}
