/*
 * Text and identity: what is printed reads back as the same spec; spelling
 * that does not matter does not change the hash, meaning does.
 */
#include "check_main.h"

#include "spec/canon.h"
#include "spec_fixture.h"

static void hash_of(const char *text, char *hash)
{
        struct spec *spec = spec_must_parse(text);

        strcpy(hash, spec->hash);
        spec_free(spec);
}

static bool same(const char *a, const char *b)
{
        char first[HASH_TEXT_BYTES], second[HASH_TEXT_BYTES];

        hash_of(a, first);
        hash_of(b, second);
        return strcmp(first, second) == 0;
}

static void check_read_back(const char *text)
{
        struct spec *spec = spec_must_parse(text);
        char hash[HASH_TEXT_BYTES];
        struct buf out;

        buf_init(&out, 1 << 20);
        canon_print(spec, &out);
        hash_of(out.data, hash);
        ck_assert_str_eq(hash, spec->hash);
        buf_clear(&out);
        canon_print_readable(spec, true, &out);
        hash_of(out.data, hash);
        ck_assert_msg(strcmp(hash, spec->hash) == 0, "%s", out.data);
        buf_dispose(&out);
        spec_free(spec);
}

START_TEST(printed_specs_read_back)
{
        for (int i = 0; i < SPEC_EXAMPLES; i++)
                check_read_back(spec_examples[i]);
}
END_TEST

START_TEST(readable_text_keeps_workloads_and_names)
{
        struct spec *spec = spec_must_parse(spec_examples[0]), *again;
        struct buf out;

        buf_init(&out, 1 << 20);
        canon_print_readable(spec, true, &out);
        again = spec_must_parse(out.data);
        ck_assert_int_eq(again->workload_count, 1);
        ck_assert_int_eq(again->workload[0]->size[0], 8192);
        ck_assert_ptr_nonnull(strstr(out.data, "x[i, j]"));
        spec_free(again);
        buf_dispose(&out);
        spec_free(spec);
}
END_TEST

static const char base[] = SPEC_HEAD "y[i, j] = sum[q] x[i, q] * v[j]\n}\n";

START_TEST(spelling_does_not_matter)
{
        static const char *const spellings[] = {
                SPEC_HEAD "y[a, b] = sum[c] x[a, c] * v[b]\n}\n",
                SPEC_HEAD "# a comment\n\n y[i,j]=sum[q](x[i,q]*v[j]);\n}\n",
                SPEC_HEAD "y[i, j] = sum[q in 0..N] x[i, q] * v[j]\n}\n",
                SPEC_HEAD "y[i, j] = sum[q in 0..N] x[i, q] * v[j]"
                          " for j in 0..N + M - M, i in 0..M\n}\n",
                SPEC_HEAD "fn mul(a, b) = a * b\n"
                          "y[i, j] = sum[q] mul(x[i, q], v[j])\n}\n",
                SPEC_HEAD "y[i, j] = sum[q] (x[i, q] else 7) * v[j]\n"
                          "workload w M=1 N=2\n}\n",
        };

        for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
                ck_assert_msg(same(base, spellings[i]), "%s", spellings[i]);
}
END_TEST

START_TEST(meaning_matters)
{
        static const char *const others[] = {
                SPEC_HEAD "y[i, j] = sum[q] x[i, q] * v[q]\n}\n",
                SPEC_HEAD "y[i, j] = max[q] x[i, q] * v[j]\n}\n",
                SPEC_HEAD "y[i, j] = (sum[q] x[i, q]) * v[j]\n}\n",
                SPEC_HEAD "accuracy 1e-3\n"
                          "y[i, j] = sum[q] x[i, q] * v[j]\n}\n",
                SPEC_HEAD "bitwise\ny[i, j] = sum[q] x[i, q] * v[j]\n}\n",
                SPEC_HEAD "const Q = 1\n"
                          "y[i, j] = sum[q] x[i, q] * v[j]\n}\n",
                "kernel t {\nsize M in 1..=8, N\n"
                "in x: f32[M, N], v: f32[N], k: i32[N], idx: i64[N] in 0..M\n"
                "out y: f32[M, N]\ny[i, j] = sum[q] x[i, q] * v[j]\n}\n",
                "kernel t {\nsize M, N\n"
                "in x: f16[M, N], v: f32[N], k: i32[N], idx: i64[N] in 0..M\n"
                "out y: f32[M, N]\ny[i, j] = sum[q] x[i, q] * v[j]\n}\n",
        };

        for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
                ck_assert_msg(!same(base, others[i]), "%s", others[i]);
}
END_TEST

/* A chosen index name never meets a declared one. */
START_TEST(canonical_names_avoid_declared_ones)
{
        struct spec *spec = spec_must_parse(
                "kernel t { size M\n in i0: f32[M], ix3: f32[M]\n"
                "out y: f32[M]\n y[a] = i0[a] + ix3[a] }");
        char hash[HASH_TEXT_BYTES];
        struct buf out;

        buf_init(&out, 1 << 16);
        canon_print(spec, &out);
        hash_of(out.data, hash);
        ck_assert_str_eq(hash, spec->hash);
        buf_dispose(&out);
        spec_free(spec);
}
END_TEST

/* Parentheses: value printed and read again is the same tree. */
START_TEST(operators_keep_their_operands)
{
        static const char *const values[] = {
                "v[j] - (v[j] - v[j])",
                "v[j] / (v[j] * v[j])",
                "-(v[j] + 1) * 2",
                "- -v[j]",
                "(k[j] > 1 ? 1 : 2) * 3",
                "k[j] > 1 ? (k[j] > 2 ? 1 : 2) : 3",
                "(k[j] > 1) == (k[j] > 2) ? 1.5 : 2e300",
                "!(k[j] > 1 && k[j] < 3 || k[j] != 5) ? 1 : 2",
                "(k[j] | 3) & 5 ^ k[j] << 2",
                "k[j] & (3 | (k[j] ^ 1))",
                "(sum[q] v[q]) * (sum[q] v[q] * (sum[r] v[r]))",
                "sum[q] -v[q]",
                "max[q] (v[q] + 1)",
                "(x[i, j + 1] else (v[j] + 1)) * (v[j + 1] else -inf)",
                "x[idx[j]!, j] + v[j + 1]! * 1e-30",
                "min(v[j], 1, 2.5) + f16(v[j]) + i8(k[j]) % 3",
                "pow(v[j], 2) * 0.1 + 100000000000000000000.0",
        };

        for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
                char text[1024];

                snprintf(text, sizeof(text), SPEC_HEAD "y[i, j] = %s\n}\n",
                         values[i]);
                check_read_back(text);
        }
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {printed_specs_read_back,
                                      readable_text_keeps_workloads_and_names,
                                      spelling_does_not_matter,
                                      meaning_matters,
                                      canonical_names_avoid_declared_ones,
                                      operators_keep_their_operands};

        return check_main("canon", tests, 6);
}
