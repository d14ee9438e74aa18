/* A spec with its oracle and inputs, for tests of the oracle. */
#ifndef KEVO_TESTS_ORACLE_FIXTURE_H
#define KEVO_TESTS_ORACLE_FIXTURE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/limits.h"
#include "spec/inputs.h"
#include "spec/oracle.h"
#include "spec_fixture.h"

/* Compiled oracles of this program; made and removed by main. */
static char oracle_cache[LIMIT_PATH_BYTES];

struct bench {
        struct spec *spec;
        struct oracle *oracle;
        struct binding binding;
        void *input[LIMIT_TENSORS];
};

struct box {
        const struct tensor *tensor;
        int64_t low[LIMIT_RANK], high[LIMIT_RANK], elements;
        struct oracle_values values;
};

static inline void bench_open(struct bench *b, const char *text)
{
        struct error err = {0};

        memset(b, 0, sizeof *b);
        b->spec = spec_must_parse(text);
        ck_assert_msg(oracle_open(&b->oracle, b->spec, oracle_cache, &err) ==
                              0,
                      "%s\n%s", err.text, text);
        binding_init(&b->binding, b->spec);
}

static inline void bench_close(struct bench *b)
{
        inputs_free(b->input);
        oracle_close(b->oracle);
        spec_free(b->spec);
}

/* "M=3 N=4" */
static inline void bench_bind(struct bench *b, const char *text)
{
        char copy[256], *save = NULL, *word, *equals;
        struct error err = {0};

        snprintf(copy, sizeof copy, "%s", text);
        for (word = strtok_r(copy, " ", &save); word;
             word = strtok_r(NULL, " ", &save)) {
                equals = strchr(word, '=');
                ck_assert_ptr_nonnull(equals);
                *equals = 0;
                ck_assert_msg(binding_set(&b->binding, b->spec, word,
                                          equals + 1, &err) == 0,
                              "%s", err.text);
        }
}

static inline void bench_fill(struct bench *b, uint64_t seed,
                              enum distribution distribution, double amplitude)
{
        struct error err = {0};

        inputs_free(b->input);
        ck_assert_msg(inputs_make(b->spec, &b->binding, seed, distribution,
                                  amplitude, b->input, &err) == 0,
                      "%s", err.text);
}

static inline void *bench_input(struct bench *b, const char *name)
{
        return b->input[spec_find_tensor(b->spec, name)->number];
}

static inline const void *const *bench_inputs(struct bench *b)
{
        return (const void *const *)b->input;
}

static inline void box_allocate(struct box *box)
{
        size_t n;

        box->elements = 1;
        for (int d = 0; d < box->tensor->rank; d++)
                box->elements *= box->high[d] - box->low[d];
        n = (size_t)box->elements + 1;
        box->values.v = calloc(n, sizeof(double));
        box->values.e = calloc(n, sizeof(double));
        box->values.integer = calloc(n, sizeof(int64_t));
        box->values.undecided = calloc(n, 1);
}

/* The whole output, not yet evaluated. */
static inline void box_whole(struct box *box, struct bench *b,
                             const char *name)
{
        memset(box, 0, sizeof *box);
        box->tensor = spec_find_tensor(b->spec, name);
        ck_assert_ptr_nonnull(box->tensor);
        spec_tensor_elements(box->tensor, &b->binding, box->high);
        box_allocate(box);
}

static inline int box_try(struct box *box, struct bench *b, int threads,
                          struct error *err)
{
        return oracle_box(b->oracle, &b->binding, bench_inputs(b), box->tensor,
                          box->low, box->high, threads, &box->values, err);
}

static inline void box_fill(struct box *box, struct bench *b)
{
        struct error err = {0};
        int rc = box_try(box, b, 1, &err);

        ck_assert_msg(rc == 0, "%s", err.text);
}

static inline void box_free(struct box *box)
{
        free(box->values.v);
        free(box->values.e);
        free(box->values.integer);
        free(box->values.undecided);
}

static inline int oracle_fixture_begin(void)
{
        struct error err = {0};

        if (file_make_temporary(oracle_cache, &err) == 0)
                return 0;
        fprintf(stderr, "%s\n", err.text);
        return -1;
}

static inline int oracle_fixture_end(int status)
{
        file_remove_tree(oracle_cache);
        return status;
}

#endif
