/*
 * The cost model's guess for a matrix product against OpenBLAS, with the same
 * number of threads, in one run: blocks of calls alternate, and the median of
 * the paired ratios is what counts. OpenBLAS is loaded at run time and only
 * here; nothing of the product links with it.
 *
 *   matmul_openblas [M N K [threads [field=value ...]]]
 *
 * Fields replace the guess's. Exits 1 when a result is wrong, 77 without
 * OpenBLAS.
 */
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "core/clock.h"
#include "core/file.h"
#include "lower/lower.h"
#include "native.h"

enum { ROUNDS = 15, BLOCK_NS = 20 * 1000 * 1000 };

typedef void sgemm(int order, int trans_a, int trans_b, int m, int n, int k,
                   float alpha, const float *a, int lda, const float *b,
                   int ldb, float beta, float *c, int ldc);

static const char matmul[] =
        "kernel matmul {\n size M, N, K in 1..=65536\n"
        " in a: f32[M, K], b: f32[K, N]\n out c: f32[M, N]\n"
        " c[i, j] = sum[k] a[i, k] * b[k, j]\n}\n";

struct bench {
        struct spec *spec;
        struct binding binding;
        struct native *native;
        sgemm *blas;
        int m, n, k, threads, calls;
        void *tensor[LIMIT_TENSORS]; /* a, b, c by number */
        float *expected;
};

static int compare_doubles(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static double median(double *value, int count)
{
        qsort(value, (size_t)count, sizeof(*value), compare_doubles);
        return value[count / 2];
}

static void call_blas(struct bench *b)
{
        enum { ROW_MAJOR = 101, PLAIN = 111 };

        b->blas(ROW_MAJOR, PLAIN, PLAIN, b->m, b->n, b->k, 1, b->tensor[0],
                b->k, b->tensor[1], b->n, 0, b->expected, b->n);
}

static void call_native(struct bench *b)
{
        native_call(b->native, b->tensor);
}

/* Nanoseconds a call: one to warm up, then a block. */
static double time_block(struct bench *b, void (*call)(struct bench *))
{
        int64_t start;

        call(b);
        start = clock_monotonic_ns();
        for (int i = 0; i < b->calls; i++)
                call(b);
        return (double)(clock_monotonic_ns() - start) / b->calls;
}

static int load_blas(struct bench *b)
{
        void (*set_threads)(int);
        void *library;

        /* Its threads would spin into our blocks. */
        setenv("OPENBLAS_THREAD_TIMEOUT", "4", 1);
        library = dlopen("libopenblas.so.0", RTLD_NOW);
        if (!library)
                return 77;
        *(void **)&b->blas = dlsym(library, "cblas_sgemm");
        *(void **)&set_threads = dlsym(library, "openblas_set_num_threads");
        if (!b->blas || !set_threads)
                return 77;
        set_threads(b->threads);
        return 0;
}

/* --- one problem ------------------------------------------------------------
 */

static void change_field(struct schedule *schedule, const char *text)
{
        const char *equals = strchr(text, '=');

        for (int f = 0; equals && f < schedule->count; f++) {
                const char *name = schedule->field[f].name;

                if (strlen(name) == (size_t)(equals - text) &&
                    !strncmp(name, text, strlen(name)))
                        schedule->field[f].value = atoll(equals + 1);
        }
}

static int build(struct bench *b, char **field, int fields, char *text,
                 const char *cache, struct error *err)
{
        struct thread_program *program;
        struct schedule_space space;
        struct schedule schedule;
        struct machine machine;
        struct target target;
        int rc;

        machine_probe(&machine);
        backend_c.target(&machine, &target);
        target.threads = b->threads;
        rc = lower_fields(b->spec, &b->binding, &target, SCHEDULE_CONTRACTION,
                          &space, err);
        if (rc)
                return rc;
        schedule_guess(&space, &schedule);
        for (int f = 0; f < fields; f++)
                change_field(&schedule, field[f]);
        schedule_print(&schedule, text);
        rc = lower_schedule(b->spec, &b->binding, &target, &schedule, &program,
                            err);
        if (rc)
                return rc;
        rc = native_open(&b->native, b->spec, program, &b->binding, b->threads,
                         cache, err);
        if (rc == 0 && getenv("PRINT_SOURCE"))
                puts(native_source(b->native));
        thread_free(program);
        return rc;
}

static void fill(struct bench *b)
{
        size_t count[3] = {(size_t)b->m * (size_t)b->k,
                           (size_t)b->k * (size_t)b->n,
                           (size_t)b->m * (size_t)b->n};

        for (int t = 0; t < 3; t++) {
                float *data = aligned_alloc(
                        4096, (count[t] * sizeof(float) / 4096 + 1) * 4096);

                for (size_t i = 0; data && i < count[t]; i++)
                        data[i] = (float)(drand48() - 0.5);
                b->tensor[t] = data;
        }
        b->expected = calloc(count[2], sizeof(float));
}

/* Largest difference over the size that rounding may have. */
static double worst(const struct bench *b)
{
        const float *c = b->tensor[2];
        double most = 0;

        for (size_t i = 0; i < (size_t)b->m * (size_t)b->n; i++)
                most = fmax(most, fabs((double)c[i] - (double)b->expected[i]));
        return most / (1e-7 * sqrt(b->k) * (1 + sqrt(b->k) / 8));
}

static void measure(struct bench *b, const char *text)
{
        double ratio[ROUNDS], mine[ROUNDS], blas[ROUNDS];
        double gigaflop = 2e-9 * b->m * b->n * b->k;

        b->calls = 1;
        b->calls = 1 + (int)(BLOCK_NS / time_block(b, call_native));
        for (int r = 0; r < ROUNDS; r++) {
                mine[r] = time_block(b, call_native);
                blas[r] = time_block(b, call_blas);
                ratio[r] = blas[r] / mine[r];
        }
        printf("%5d %5d %5d  %d threads  ratio %.3f  %7.1f GFLOP/s, OpenBLAS "
               "%7.1f  %s\n",
               b->m, b->n, b->k, b->threads, median(ratio, ROUNDS),
               gigaflop / (median(mine, ROUNDS) * 1e-9),
               gigaflop / (median(blas, ROUNDS) * 1e-9), text);
}

static int run(struct bench *b, char **field, int fields, const char *cache)
{
        char text[SCHEDULE_TEXT_BYTES];
        struct error err = {0};
        int rc = spec_parse(matmul, strlen(matmul), "matmul", &b->spec, &err);
        int status = 1;

        if (rc)
                goto out;
        binding_init(&b->binding, b->spec);
        b->binding.size[spec_find_size(b->spec, "M")->number] = b->m;
        b->binding.size[spec_find_size(b->spec, "N")->number] = b->n;
        b->binding.size[spec_find_size(b->spec, "K")->number] = b->k;
        rc = build(b, field, fields, text, cache, &err);
        if (rc)
                goto out;
        fill(b);
        call_native(b);
        call_blas(b);
        status = worst(b) > 4;
        if (status)
                printf("%d %d %d: wrong by %g under %s\n", b->m, b->n, b->k,
                       worst(b), text);
        else
                measure(b, text);
out:
        if (rc)
                fprintf(stderr, "%s\n", err.text);
        native_close(b->native);
        for (int t = 0; t < 3; t++)
                free(b->tensor[t]);
        free(b->expected);
        spec_free(b->spec);
        return status;
}

int main(int argc, char **argv)
{
        static const int size[][3] = {
                {1024, 1024, 1024}, {512, 256, 512}, {2048, 2048, 2048},
                {64, 512, 512},     {1, 1024, 1024}, {1000, 1000, 1000},
                {128, 1024, 4096},  {2048, 64, 512}, {384, 4096, 64},
                {33, 65, 129},
        };
        struct machine machine;
        struct bench bench = {0};
        struct error err = {0};
        char cache[LIMIT_PATH_BYTES];
        int status = 0, fixed = argc >= 4;

        machine_probe(&machine);
        bench.threads = argc >= 5 ? atoi(argv[4]) : machine.threads;
        status = load_blas(&bench);
        if (status) {
                printf("OpenBLAS (libopenblas.so.0) is not installed\n");
                return status;
        }
        if (file_make_temporary(cache, &err))
                return 1;
        for (size_t s = 0; s < (fixed ? 1 : sizeof(size) / sizeof(*size));
             s++) {
                struct bench one = bench;

                one.m = fixed ? atoi(argv[1]) : size[s][0];
                one.n = fixed ? atoi(argv[2]) : size[s][1];
                one.k = fixed ? atoi(argv[3]) : size[s][2];
                status |= run(&one, argv + 5, argc > 5 ? argc - 5 : 0, cache);
                fflush(stdout);
        }
        file_remove_tree(cache);
        return status;
}
