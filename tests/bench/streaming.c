/*
 * How near schedules of a kernel come to moving its data once: beside a loop
 * that only reads as many bytes as the kernel's inputs have and writes as
 * many as its outputs, on as many threads, in turn with it.
 *
 *   streaming FILE.kernel [NAME=VALUE ...] [-t THREADS] [-r ROUNDS] [-w]
 *             ["SCHEDULE" ...]
 *
 * Without NAME=VALUE the first workload of the file is taken, without
 * SCHEDULE each class's guess; "first" is the generated first kernel. Calls
 * take different tensors in turn, from a ring of 2.5 times the last-level
 * cache (docs/trust.md); -w: as warm calls are judged, two sets of inputs in
 * turn and one of outputs. Two loops are timed, with plain stores and with
 * stores around the caches; a share is the time of the faster one / the
 * schedule's, the median over rounds in which each side ran once.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "backends/backend.h"
#include "bench_spec.h"
#include "core/clock.h"
#include "core/file.h"
#include "lower/lower.h"
#include "native.h"
#include "search/traffic.h"
#include "spec/inputs.h"

enum {
        SIDES = 32,
        LOOPS = 2, /* plain, around the caches */
        ROUNDS_MAX = 1000,
        SETS = 64,
        THREADS = 64,
        BLOCK_NS = 10 * 1000 * 1000,
        SPINS = 20000,
        TASKS = 16 /* of a loop, for each thread */
};

struct side {
        char name[SCHEDULE_TEXT_BYTES];
        struct native *native; /* NULL: a loop */
        bool around;
        int calls;
        double took[ROUNDS_MAX];
};

struct bench {
        struct spec *spec;
        struct binding binding;
        struct target target;
        int sets, at, rounds;
        void *tensor[SETS][LIMIT_TENSORS];
        char cache[LIMIT_PATH_BYTES];
        int count;
        struct side side[SIDES];
};

/* --- the loops --- */

/* One call on all threads: tasks that take their part of every tensor. */
struct pool {
        pthread_t thread[THREADS];
        int threads;
        atomic_int call, finished, next, started;
        atomic_bool stop;
        const struct bench *bench;
        void *const *tensor;
        bool around;
};

/* What of all tensors a task moves. A gain or a bias is left out. */
static void move(const struct pool *pool, size_t task)
{
        size_t tasks = (size_t)(TASKS * pool->threads);
        const struct spec *spec = pool->bench->spec;
        struct traffic piece[LIMIT_TENSORS];
        size_t most = 0;
        int count = 0;

        for (int t = 0; t < spec->tensor_count; t++) {
                enum tensor_role role = spec->tensor[t]->role;
                size_t all, low;

                if (role != TENSOR_IN && role != TENSOR_OUT)
                        continue;
                all = (size_t)spec_tensor_bytes(spec->tensor[t],
                                                &pool->bench->binding) /
                      TRAFFIC_BYTES;
                low = all * task / tasks;
                piece[count] = (struct traffic){
                        .at = (char *)pool->tensor[t] + low * TRAFFIC_BYTES,
                        .count = all * (task + 1) / tasks - low,
                        .out = role == TENSOR_OUT};
                most = piece[count].count > most ? piece[count].count : most;
                count++;
        }
        for (int p = count - 1; p >= 0; p--)
                if (piece[p].count < most / 32)
                        piece[p] = piece[--count];
        traffic_move(piece, count, pool->around);
}

static void move_tasks(struct pool *pool)
{
        int task;

        while ((task = atomic_fetch_add(&pool->next, 1)) <
               TASKS * pool->threads)
                move(pool, (size_t)task);
}

static void *pool_worker(void *data)
{
        struct pool *pool = data;
        int seen = 0;

        native_pin(1 + atomic_fetch_add(&pool->started, 1));
        for (;;) {
                for (int spins = 0; atomic_load(&pool->call) == seen;
                     spins++) {
                        if (atomic_load(&pool->stop))
                                return NULL;
                        if (spins > SPINS)
                                sched_yield();
                }
                seen++;
                move_tasks(pool);
                atomic_fetch_add(&pool->finished, 1);
        }
}

/* Threads of the loop live for one batch: they spin between its calls. */
static void pool_open(struct pool *pool, const struct bench *b, bool around)
{
        *pool = (struct pool){
                .threads = b->target.threads, .bench = b, .around = around};
        for (int i = 1; i < pool->threads; i++)
                if (pthread_create(&pool->thread[i], NULL, pool_worker, pool))
                        abort();
}

static void pool_call(struct pool *pool, void *const *tensor)
{
        pool->tensor = tensor;
        atomic_store(&pool->finished, 0);
        atomic_store(&pool->next, 0);
        atomic_fetch_add(&pool->call, 1);
        move_tasks(pool);
        while (atomic_load(&pool->finished) < pool->threads - 1)
                sched_yield();
}

static void pool_close(struct pool *pool)
{
        atomic_store(&pool->stop, true);
        for (int i = 1; i < pool->threads; i++)
                pthread_join(pool->thread[i], NULL);
}

/* --- timing --- */

/* With one thread, time of this process: what others do beside it does not
 * count, as far as caches and memory let it. */
static int64_t now_ns(const struct bench *b)
{
        struct timespec now;

        if (b->target.threads > 1)
                return clock_monotonic_ns();
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Nanoseconds a call over `calls` of them, behind one that is not timed. */
static double batch(struct bench *b, struct side *side, int calls)
{
        struct pool pool;
        int64_t start = 0;

        if (!side->native)
                pool_open(&pool, b, side->around);
        for (int i = -1; i < calls; i++) {
                if (i == 0)
                        start = now_ns(b);
                b->at = (b->at + 1) % b->sets;
                if (side->native)
                        native_call(side->native, b->tensor[b->at]);
                else
                        pool_call(&pool, b->tensor[b->at]);
        }
        start = now_ns(b) - start;
        if (!side->native)
                pool_close(&pool);
        return (double)start / calls;
}

static int compare_doubles(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static double median(const double *value, int count)
{
        double sorted[ROUNDS_MAX];

        memcpy(sorted, value, (size_t)count * sizeof *value);
        qsort(sorted, (size_t)count, sizeof *sorted, compare_doubles);
        return sorted[count / 2];
}

static void run(struct bench *b)
{
        double ratio[ROUNDS_MAX], bytes = 0;
        const struct side *loop = &b->side[0];

        for (int i = 0; i < b->count; i++)
                b->side[i].calls =
                        1 + (int)(BLOCK_NS / batch(b, &b->side[i], 2));
        for (int r = 0; r < b->rounds; r++)
                for (int i = 0; i < b->count; i++) {
                        struct side *s = &b->side[(i + r) % b->count];

                        s->took[r] = batch(b, s, s->calls);
                }
        for (int t = 0; t < b->spec->tensor_count; t++)
                if (b->spec->tensor[t]->role == TENSOR_IN ||
                    b->spec->tensor[t]->role == TENSOR_OUT)
                        bytes += (double)spec_tensor_bytes(b->spec->tensor[t],
                                                           &b->binding);
        if (median(b->side[1].took, b->rounds) < median(loop->took, b->rounds))
                loop = &b->side[1];
        for (int i = 0; i < b->count; i++) {
                const struct side *s = &b->side[i];

                for (int r = 0; r < b->rounds; r++)
                        ratio[r] = loop->took[r] / s->took[r];
                printf("%8.1f us %6.1f GB/s %5.2f  %s\n",
                       median(s->took, b->rounds) / 1e3,
                       bytes / median(s->took, b->rounds),
                       median(ratio, b->rounds), s->name);
        }
}

/* --- opening --- */

static int add_schedule(struct bench *b, const struct schedule *schedule,
                        struct error *err)
{
        struct side *side = &b->side[b->count];
        struct thread_program *program;
        int rc;

        if (b->count == SIDES)
                return error_set(err, ERR_INPUT, "at most %d schedules",
                                 SIDES - LOOPS);
        rc = lower_schedule(b->spec, &b->binding, &b->target, schedule,
                            &program, err);
        if (rc)
                return rc;
        schedule_print(schedule, side->name);
        rc = native_open(&side->native, b->spec, program, &b->binding,
                         b->target.threads, b->cache, err);
        thread_free(program);
        if (rc == 0)
                b->count++;
        return rc;
}

static int add_guesses(struct bench *b, struct error *err)
{
        enum schedule_class classes[SIDES];
        int count = lower_classes(b->spec, &b->target, classes, SIDES - LOOPS),
            rc = 0;

        for (int i = 0; rc == 0 && i < count; i++) {
                struct schedule_space space;
                struct schedule guess;

                rc = lower_fields(b->spec, &b->binding, &b->target, classes[i],
                                  &space, err);
                if (rc == 0) {
                        schedule_guess(&space, &guess);
                        rc = add_schedule(b, &guess, err);
                }
        }
        return rc;
}

/* "row vector=16 ..." : fields that are not named take the guess. */
static int add_text(struct bench *b, const char *text, struct error *err)
{
        enum schedule_class classes[SIDES];
        int count = lower_classes(b->spec, &b->target, classes, SIDES);
        struct schedule schedule = {.class = SCHEDULE_FIRST};
        size_t length = strcspn(text, " ");

        if (strcmp(text, "first") == 0)
                return add_schedule(b, &schedule, err);
        for (int i = 0; i < count; i++) {
                const char *name = schedule_class_name(classes[i]);
                struct schedule_space space;
                int rc;

                if (strlen(name) != length || strncmp(text, name, length) != 0)
                        continue;
                rc = lower_fields(b->spec, &b->binding, &b->target, classes[i],
                                  &space, err);
                if (rc == 0)
                        rc = schedule_parse(text, &space, &schedule, err);
                return rc ? rc : add_schedule(b, &schedule, err);
        }
        return error_set(err, ERR_INPUT, "no class of this kernel: %s", text);
}

static int open_tensors(struct bench *b, int64_t ring, struct error *err)
{
        int64_t bytes = 0;
        int rc = inputs_make(b->spec, &b->binding, 1, DIST_NORMAL, 1,
                             b->tensor[0], err);

        for (int t = 0; rc == 0 && t < b->spec->tensor_count; t++)
                if (b->spec->tensor[t]->role == TENSOR_IN ||
                    b->spec->tensor[t]->role == TENSOR_OUT)
                        bytes += spec_tensor_bytes(b->spec->tensor[t],
                                                   &b->binding);
        b->sets = (int)(ring / (bytes + 1)) + 2;
        b->sets = !ring ? 2 : b->sets > SETS ? SETS : b->sets;
        for (int s = 0; rc == 0 && s < b->sets; s++)
                for (int t = 0; t < b->spec->tensor_count; t++) {
                        const struct tensor *tensor = b->spec->tensor[t];
                        size_t size =
                                (size_t)spec_tensor_bytes(tensor, &b->binding);
                        void *copy;

                        if (tensor->role != TENSOR_IN &&
                            tensor->role != TENSOR_OUT)
                                continue;
                        if (!ring && s && tensor->role == TENSOR_OUT) {
                                b->tensor[s][t] = b->tensor[0][t];
                                continue;
                        }
                        copy = aligned_alloc(4096, (size / 4096 + 1) * 4096);
                        if (!copy)
                                return error_memory(err);
                        memset(copy, 0, size);
                        if (tensor->role == TENSOR_IN)
                                memcpy(copy, b->tensor[0][t], size);
                        b->tensor[s][t] = copy;
                }
        return rc;
}

static int open_all(struct bench *b, char **argument, int count, bool warm,
                    int64_t llc_bytes, struct error *err)
{
        int rc = bench_open_spec(argument[0], &b->spec, &b->binding, err);
        int i;

        for (i = 1; rc == 0 && i < count && strchr(argument[i], '=') &&
                    !strchr(argument[i], ' ');
             i++) {
                char *equals = strchr(argument[i], '=');

                *equals = 0;
                rc = binding_set(&b->binding, b->spec, argument[i], equals + 1,
                                 err);
        }
        if (rc == 0)
                rc = binding_check(&b->binding, b->spec, err);
        if (rc == 0)
                rc = open_tensors(b, warm ? 0 : llc_bytes * 5 / 2, err);
        if (rc == 0)
                rc = file_make_temporary(b->cache, err);
        for (int k = 0; k < LOOPS; k++) {
                struct side *side = &b->side[b->count++];

                side->around = k == 1;
                snprintf(side->name, sizeof side->name, "moved once%s",
                         k ? ", around the caches" : "");
        }
        if (rc == 0 && i == count)
                rc = add_guesses(b, err);
        for (; rc == 0 && i < count; i++)
                rc = add_text(b, argument[i], err);
        return rc;
}

int main(int argc, char **argv)
{
        static struct bench b;
        struct error err = {0};
        struct machine machine;
        bool warm = false;
        int option, rc;

        machine_probe(&machine);
        native_pin(0);
        backend_c.target(&machine, &b.target);
        b.rounds = 21;
        while ((option = getopt(argc, argv, "t:r:w")) != -1)
                if (option == 't')
                        b.target.threads = atoi(optarg);
                else if (option == 'r')
                        b.rounds = atoi(optarg);
                else if (option == 'w')
                        warm = true;
        if (optind == argc || b.rounds < 1 || b.rounds > ROUNDS_MAX ||
            b.target.threads < 1 || b.target.threads > THREADS) {
                fprintf(stderr,
                        "usage: streaming FILE.kernel [NAME=VALUE ...] "
                        "[-t THREADS] [-r ROUNDS] [-w] [\"SCHEDULE\" ...]\n");
                return 2;
        }
        rc = open_all(&b, argv + optind, argc - optind, warm,
                      b.target.llc_bytes, &err);
        if (rc == 0)
                run(&b);
        else
                fprintf(stderr, "%s\n", err.text);
        for (int i = 0; i < b.count; i++)
                native_close(b.side[i].native);
        if (b.cache[0])
                file_remove_tree(b.cache);
        return rc != 0;
}
