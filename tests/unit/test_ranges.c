/*
 * Proofs against brute force: for random subscripts over small domains,
 * whatever the checker calls inside is inside for every size and index, and
 * whatever it calls outside never is. Known forms must be proved.
 */
#include "check_main.h"

#include "core/buf.h"
#include "core/rng.h"
#include "spec_fixture.h"

/* The place where an expression is evaluated. */
struct place {
        struct binding binding;
        int64_t index[8];
};

static int64_t floor_divide(int64_t a, int64_t b)
{
        return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

static int64_t value_at(const struct expr *e, const struct place *place)
{
        int64_t a, b;

        if (e->op == EXPR_INTEGER)
                return e->value.integer;
        if (e->op == EXPR_SIZE)
                return place->binding.size[e->value.size->number];
        if (e->op == EXPR_INDEX)
                return place->index[e->value.index->number];
        a = value_at(e->arg[0], place);
        b = e->count > 1 ? value_at(e->arg[1], place) : 0;
        switch (e->op) {
        case EXPR_NEGATE:
                return -a;
        case EXPR_ADD:
                return a + b;
        case EXPR_SUB:
                return a - b;
        case EXPR_MUL:
                return a * b;
        case EXPR_FLOOR_DIV:
                return floor_divide(a, b);
        case EXPR_FLOOR_MOD:
                return a - floor_divide(a, b) * b;
        case EXPR_CALL:
                ck_assert(e->value.function == FN_MIN ||
                          e->value.function == FN_MAX);
                return (e->value.function == FN_MIN) == (a < b) ? a : b;
        default:
                ck_abort_msg("an operation that the test does not know");
        }
}

/* A random integer expression over i, j, A, B. */
static void write_random(struct rng *rng, int depth, struct buf *out)
{
        static const char *const leaves[] = {"i", "j", "A", "B", "1",
                                             "2", "3", "i", "j"};
        static const char *const divisors[] = {"2", "3", "A", "B"};
        uint64_t pick = rng_below(rng, depth > 0 ? 9 : 3);

        if (pick < 3) {
                buf_puts(out, leaves[rng_below(rng, 9)]);
                return;
        }
        buf_puts(out, pick == 7 ? "min(" : pick == 8 ? "max(" : "(");
        write_random(rng, depth - 1, out);
        if (pick == 5 || pick == 6) {
                buf_printf(out, " %s %s)", pick == 5 ? "//" : "%",
                           divisors[rng_below(rng, 4)]);
                return;
        }
        buf_puts(out, pick >= 7                ? ", "
                      : rng_below(rng, 3) == 0 ? " - "
                      : rng_below(rng, 2)      ? " + "
                                               : " * ");
        write_random(rng, depth - 1, out);
        buf_putc(out, ')');
}

static const char *const extents[] = {
        "A",     "B",          "A + B",  "A*B",          "A*B + A",
        "A + 2", "(A + 1)//2", "2*A",    "A//2 + 1",     "A + B - 1",
        "A*A",   "3*B - 2",    "B//A+1", "min(A, B) + 1"};
static const char *const ranges[] = {
        "0..B",    "0..i + 1",     "i..A",         "1..B + 1",
        "0..B//2", "0..min(B, i)", "i - 1..i + 2", "0..A - i"};

/* The subscript as a number, or as what it is. */
static void write_spec(struct rng *rng, bool read, const char *subscript,
                       struct buf *out)
{
        buf_printf(
                out,
                "kernel t {\nsize A in 1..=5\nsize B in 2..=6 step 2\n"
                "in x: f32[%s]\nout y: f32[A]\n"
                "y[i] = sum[j in %s] (%s%s%s) for i in 0..A\n}\n",
                extents[rng_below(rng, sizeof(extents) / sizeof(extents[0]))],
                ranges[rng_below(rng, sizeof(ranges) / sizeof(ranges[0]))],
                read ? "x[" : "", subscript, read ? "] else 0" : "");
}

/* How many places are inside and outside over all sizes and indices. */
static void count_places(const struct spec *spec, int *inside, int *outside)
{
        const struct statement *st = spec->statement[0];
        const struct expr *subscript = st->value->arg[0];
        const struct expr *extent = spec->tensor[0]->extent[0];
        const struct index *j = st->value->value.reduce.index[0];
        struct place p = {{{0}}};

        *inside = *outside = 0;
        for (p.binding.size[0] = 1; p.binding.size[0] <= 5;
             p.binding.size[0]++)
                for (p.binding.size[1] = 2; p.binding.size[1] <= 6;
                     p.binding.size[1] += 2)
                        for (int64_t i = 0; i < p.binding.size[0]; i++) {
                                int64_t n, at, lo, hi;

                                n = spec_eval_size(extent, &p.binding);
                                p.index[st->index[0]->number] = i;
                                lo = value_at(j->lo, &p);
                                hi = value_at(j->hi, &p);
                                for (; n >= 0 && lo < hi; lo++) {
                                        p.index[j->number] = lo;
                                        at = value_at(subscript, &p);
                                        if (at >= 0 && at < n)
                                                ++*inside;
                                        else
                                                ++*outside;
                                }
                        }
}

START_TEST(proofs_are_sound)
{
        struct rng rng = {.seed = 11};
        int proved = 0, missed = 0, never = 0;
        struct buf text, subscript;

        buf_init(&text, 1 << 16);
        buf_init(&subscript, 1 << 16);
        for (int round = 0; round < 6000; round++) {
                struct error err = {0};
                struct rng copy;
                struct spec *spec;
                int inside, outside;

                buf_clear(&text);
                buf_clear(&subscript);
                write_random(&rng, 3, &subscript);
                copy = rng;
                write_spec(&rng, false, subscript.data, &text);
                spec = spec_must_parse(text.data);
                count_places(spec, &inside, &outside);
                spec_free(spec);
                buf_clear(&text);
                write_spec(&copy, true, subscript.data, &text);
                if (spec_parse(text.data, text.length, "t", &spec, &err)) {
                        ck_assert_msg(strstr(err.text, "always outside"),
                                      "%s\n%s", err.text, text.data);
                        ck_assert_msg(inside == 0, "%s", text.data);
                        never++;
                        continue;
                }
                if (spec->statement[0]->value->arg[0]->value.read.safety ==
                    READ_PROVED) {
                        ck_assert_msg(outside == 0, "%s", text.data);
                        proved++;
                } else {
                        missed += outside == 0;
                }
                spec_free(spec);
        }
        /* The test would be idle if little were proved either way. */
        ck_assert_int_gt(proved, 300);
        ck_assert_int_gt(never, 100);
        ck_assert_msg(missed < 2 * proved, "%d proved, %d missed", proved,
                      missed);
        buf_dispose(&subscript);
        buf_dispose(&text);
}
END_TEST

/* Each is a read of x: f32[EXTENT] in a statement over i and maybe j. */
static const struct {
        const char *extent, *statement;
} provable[] = {
        {"N", "y[i] = x[N - 1 - i] for i in 0..N"},
        {"N", "y[i] = x[i // 2] for i in 0..N"},
        {"(N + 1) // 2", "y[i] = x[i // 2] for i in 0..N"},
        {"N*M", "y[i] = sum[j in 0..M] x[i * M + j] for i in 0..N"},
        {"N*M", "y[i] = sum[j in 0..M] x[j * N + i] for i in 0..N"},
        {"N", "y[i] = sum[j in 0..N*M] x[j // M] for i in 0..N"},
        {"M", "y[i] = sum[j in 0..N*M] x[j % M] for i in 0..N"},
        {"N", "y[i] = sum[j in i..N] x[j - i] for i in 0..N"},
        {"N", "y[i] = sum[j in 0..i + 1] x[i - j] for i in 0..N"},
        {"N", "y[i] = x[min(i + 5, N - 1)] for i in 0..N"},
        {"N", "y[i] = x[max(i - 5, 0)] for i in 0..N"},
        {"N", "y[i] = x[clamp(i * 3 - 7, 0, N - 1)] for i in 0..N"},
        {"N + 2", "y[i] = sum[j in 0..3] x[i + j] for i in 0..N"},
        {"(N - 1) * S + R", "y[i] = sum[j in 0..R] x[i * S + j] "
                            "for i in 0..N"},
        {"N*S", "y[i] = sum[j in 0..S] x[i * S + j] for i in 0..N"},
        {"E", "y[i] = sum[j in 0..8] x[E // 8 * j + k[i] % (E // 8)]"
              " for i in 0..N"},
        {"V", "y[i] = x[idx[i]] for i in 0..N"},
        {"T", "y[i] = sum[j in off[i]..off[i + 1]] x[j] for i in 0..N"},
        {"T", "y[i] = sum[j in 0..off[i + 1] - off[i]] x[off[i] + j]"
              " for i in 0..N"},
        {"T + 1", "y[i] = x[off[i]] for i in 0..N"},
        {"N*N", "y[i] = sum[j in 0..i + 1] x[i * N + j] for i in 0..N"},
        {"N*(N + 1)", "y[i] = sum[j in 0..i + 1] x[i * N + j] "
                      "for i in 0..N"},
        {"256", "y[i] = x[b[i]] for i in 0..N"},
        {"256", "y[i] = x[k[i] & 255] for i in 0..N"},
        {"10", "y[i] = x[k[i] % 10] for i in 0..N"},
        {"N", "y[i] = x[argmax[q] w[q]] for i in 0..N"},
        {"N", "a[i] = argmax[q] w[q] * w[i]\ny[i] = x[a[i]] for i in 0..N"},
        {"N", "p[i] = argsort[q] w[q]\ny[i] = x[p[i]]"},
        {"N + 3", "p[i] = argtop[q in 2..N + 2, N] w[q - 2]\n"
                  "y[i] = x[p[i] + 1]"},
        {"2*N", "p[i, r] = argbottom[q in 0..2*N, 1] w[q // 2] * w[i]\n"
                "y[i] = x[p[i, 0]] for i in 0..N"},
        {"N + 1", "y[i] = x[count[q] (w[q] > 0)] for i in 0..N"},
        {"2", "y[i] = x[w[i] > 0 ? 1 : 0] for i in 0..N"},
        {"2", "y[i] = x[i64(w[i] > 0)] for i in 0..N"},
        {"N", "y[i] = x[abs(i - N // 2)] for i in 0..N"},
        {"V", "y[i] = x[(idx[i + 1] else 0)] for i in 0..N"},
        {"8", "y[i] = x[k[i] >> 29 & 7] for i in 0..N"},
        {"N", "y[i] = sum[j in 0..N - i] x[i + j] for i in 0..N"},
        /* The other of a pair; the next within a block, around. */
        {"2*N", "y[i] = sum[d in 0..2*N] x[d + 1 - 2*(d % 2)]"
                " for i in 0..N"},
        {"2*N", "y[i] = sum[d in 0..2*N] x[2*(d // 2) + 1 - d % 2]"
                " for i in 0..N"},
        {"E", "y[i] = sum[d in 0..E] x[d // 8 * 8 + (d + 1) % 8]"
              " for i in 0..N"},
        {"E", "y[i] = sum[d in 0..E] x[d // 8 * 8 + 7 - d % 8]"
              " for i in 0..N"},
        {"N", "y[i] = sum[j in max(0, i - 2)..min(N, i + 3)] x[j]"
              " for i in 0..N"},
};

START_TEST(common_forms_are_proved)
{
        for (size_t i = 0; i < sizeof(provable) / sizeof(provable[0]); i++) {
                struct error err = {0};
                char text[1024];
                struct spec *spec;
                int rc;

                snprintf(text, sizeof(text),
                         "kernel t {\nsize N, M, R, S, T, V\n"
                         "size E in 8..=4096 step 8\n"
                         "in x: f32[%s], w: f32[N], k: i32[N], b: u8[N]\n"
                         "in idx: i64[N] in 0..V, off: i32[N + 1] offsets T\n"
                         "out y: f32[N]\n%s\n}\n",
                         provable[i].extent, provable[i].statement);
                rc = spec_parse(text, strlen(text), "t", &spec, &err);
                ck_assert_msg(rc == 0, "%s\n%s", err.text, text);
                spec_free(spec);
        }
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {proofs_are_sound,
                                      common_forms_are_proved};

        return check_main("ranges", tests, 2);
}
