/* See openblas.h. */
#include "evaluate/openblas.h"

#include <dlfcn.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "core/json.h"
#include "core/limits.h"
#include "core/text.h"

enum { ROW_MAJOR = 101, PLAIN = 111, TRANSPOSED = 112, SETS = 1024 };

typedef void gemm_f32(int order, int trans_a, int trans_b, int m, int n, int k,
                      float alpha, const float *a, int lda, const float *b,
                      int ldb, float beta, float *c, int ldc);
typedef void gemm_f64(int order, int trans_a, int trans_b, int m, int n, int k,
                      double alpha, const double *a, int lda, const double *b,
                      int ldb, double beta, double *c, int ldc);

struct blas {
        gemm_f32 *f32;
        gemm_f64 *f64;
        char version[96];
        bool wide; /* f64 */
        int64_t batch, m, n, k, trans_a, trans_b, sets;
        const char *a[SETS], *b[SETS], *bias[SETS]; /* bias[0] NULL: none */
        char *c;
};

static bool load(struct blas *blas)
{
        static const char *const names[] = {"libopenblas.so.0",
                                            "libopenblas.so"};
        char *(*config)(void);
        void *library = NULL;

        for (int i = 0; !library && i < 2; i++)
                library = dlopen(names[i], RTLD_NOW);
        if (!library)
                return false;
        *(void **)&blas->f32 = dlsym(library, "cblas_sgemm");
        *(void **)&blas->f64 = dlsym(library, "cblas_dgemm");
        *(void **)&config = dlsym(library, "openblas_get_config");
        /* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...": name and number. */
        snprintf(blas->version, sizeof blas->version, "OpenBLAS");
        if (config) {
                const char *text = config();
                const char *space = strchr(text, ' ');

                space = space ? strchr(space + 1, ' ') : NULL;
                snprintf(blas->version, sizeof blas->version, "%.*s",
                         space ? (int)(space - text) : 60, text);
        }
        return blas->f32 && blas->f64;
}

/* --- calls ------------------------------------------------------------ */

/* The bias in every row, which the product is then added to. */
static void spread(const struct blas *s, int64_t set, size_t size)
{
        size_t row = (size_t)s->n * size;

        for (int64_t i = 0; i < s->batch * s->m; i++)
                memcpy(s->c + (size_t)i * row, s->bias[set], row);
}

static void call(const struct blas *s, int64_t set)
{
        size_t size = s->wide ? sizeof(double) : sizeof(float);
        size_t a = (size_t)(s->m * s->k) * size;
        size_t b = (size_t)(s->k * s->n) * size;
        size_t c = (size_t)(s->m * s->n) * size;
        int ta = s->trans_a ? TRANSPOSED : PLAIN;
        int tb = s->trans_b ? TRANSPOSED : PLAIN;
        int m = (int)s->m, n = (int)s->n, k = (int)s->k;
        int lda = s->trans_a ? m : k, ldb = s->trans_b ? k : n;
        double beta = s->bias[0] ? 1 : 0;

        if (s->bias[0])
                spread(s, set, size);
        lda = lda > 0 ? lda : 1;
        ldb = ldb > 0 ? ldb : 1;
        for (size_t t = 0; t < (size_t)s->batch; t++) {
                const char *left = s->a[set] + t * a;
                const char *right = s->b[set] + t * b;
                char *to = s->c + t * c;

                if (s->wide)
                        s->f64(ROW_MAJOR, ta, tb, m, n, k, 1,
                               (const double *)left, lda,
                               (const double *)right, ldb, beta, (double *)to,
                               n > 0 ? n : 1);
                else
                        s->f32(ROW_MAJOR, ta, tb, m, n, k, 1,
                               (const float *)left, lda, (const float *)right,
                               ldb, (float)beta, (float *)to, n > 0 ? n : 1);
        }
}

/* --- the job ---------------------------------------------------------- */

static char *map(int fd, int protection)
{
        struct stat info;
        void *at;

        if (fstat(fd, &info) < 0 || info.st_size == 0)
                return NULL;
        at = mmap(NULL, (size_t)info.st_size, protection, MAP_SHARED, fd, 0);
        return at == MAP_FAILED ? NULL : at;
}

static int64_t number(const cJSON *node, const char *key)
{
        int64_t value = 0;

        return json_to_int64(cJSON_GetObjectItemCaseSensitive(node, key),
                             &value)
                       ? value
                       : 0;
}

/* Where input `which` of each set lies. */
static bool find_input(const struct blas *s, const cJSON *job, int64_t which,
                       const char *base, const char **at)
{
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(job, "inputs");
        const cJSON *input = cJSON_GetArrayItem(list, (int)which);
        const cJSON *places = cJSON_GetObjectItemCaseSensitive(input, "at");

        for (int i = 0; i < s->sets; i++) {
                int64_t offset;

                if (!json_to_int64(cJSON_GetArrayItem(places, i), &offset))
                        return false;
                at[i] = base + offset;
        }
        return true;
}

static bool take_job(struct blas *s, const cJSON *job)
{
        const cJSON *gemm = cJSON_GetObjectItemCaseSensitive(job, "gemm");
        const cJSON *outputs =
                cJSON_GetObjectItemCaseSensitive(job, "outputs");
        const char *in = map(3, PROT_READ);
        char *out = map(4, PROT_READ | PROT_WRITE);

        s->wide = number(gemm, "f64") != 0;
        s->batch = number(gemm, "batch");
        s->m = number(gemm, "m");
        s->n = number(gemm, "n");
        s->k = number(gemm, "k");
        s->trans_a = number(gemm, "trans_a");
        s->trans_b = number(gemm, "trans_b");
        s->sets = number(job, "sets");
        if (!in || !out || s->sets < 1 || s->sets > SETS)
                return false;
        s->c = out + number(cJSON_GetArrayItem(outputs, 0), "at");
        return find_input(s, job, number(gemm, "a"), in, s->a) &&
               find_input(s, job, number(gemm, "b"), in, s->b) &&
               (number(gemm, "bias") < 0 ||
                find_input(s, job, number(gemm, "bias"), in, s->bias));
}

static void answer(const char *text)
{
        printf("%s\n", text);
        fflush(stdout);
}

/* Before the library makes its threads. */
static void choose_threads(const cJSON *job)
{
        const cJSON *cpu;
        cpu_set_t set;
        char text[16];

        CPU_ZERO(&set);
        cJSON_ArrayForEach(cpu, cJSON_GetObjectItemCaseSensitive(job, "cpus"))
        {
                if (cpu->valueint >= 0 && cpu->valueint < CPU_SETSIZE)
                        CPU_SET(cpu->valueint, &set);
        }
        if (CPU_COUNT(&set) > 0)
                (void)!sched_setaffinity(0, sizeof set, &set);
        snprintf(text, sizeof text, "%d", (int)number(job, "threads"));
        setenv("OPENBLAS_NUM_THREADS", text, 1);
        setenv("OMP_NUM_THREADS", text, 1);
}

static bool start(struct blas *s, const char *line)
{
        cJSON *job = NULL;
        char text[128];
        bool fine;

        if (json_parse_message(line, strlen(line), LIMIT_JSON_BYTES, &job,
                               NULL) < 0) {
                answer("no the job could not be read");
                return false;
        }
        choose_threads(job);
        fine = take_job(s, job);
        cJSON_Delete(job);
        if (!fine) {
                answer("no the tensors could not be mapped");
                return false;
        }
        if (!load(s)) {
                answer("no OpenBLAS is not installed (libopenblas.so.0)");
                return false;
        }
        snprintf(text, sizeof text, "ok %s", s->version);
        answer(text);
        return true;
}

/* "store MODE SET" and "run MODE N SET STEP". */
static void obey(const struct blas *s, const char *line)
{
        long long n, set, step;

        if (sscanf(line, "store %*s %lld", &set) == 1 && set >= 0 &&
            set < s->sets) {
                call(s, set);
        } else if (sscanf(line, "run %*s %lld %lld %lld", &n, &set, &step) ==
                           3 &&
                   set >= 0 && step >= 0) {
                for (long long i = 0; i < n; i++, set += step)
                        call(s, set % s->sets);
        } else if (!text_starts(line, "prepare")) {
                answer("no unknown command");
                return;
        }
        answer("ok");
}

int openblas_serve(void)
{
        static struct blas blas;
        char *line = NULL;
        size_t room = 0;

        if (getline(&line, &room, stdin) > 0 && start(&blas, line)) {
                while (getline(&line, &room, stdin) > 0)
                        obey(&blas, line);
        }
        free(line);
        return 0;
}
