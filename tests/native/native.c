/*
 * The caller is the first thread. The others spin for a moment between calls
 * and then sleep, so that they leave the cores to whatever they are compared
 * with; between stages all spin.
 */
#include "native.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/backend.h"
#include "backends/c/compile.h"
#include "backends/c/print.h"
#include "backends/c/thunk.h"
#include "core/file.h"

enum { NATIVE_THREADS = 64, NATIVE_ALIGN = 4096, NATIVE_SPINS = 20000 };

struct native {
        const struct spec *spec;
        struct binding binding;
        struct buf text;
        struct source *source;
        struct build build;
        struct launch launch;
        void *library;
        thunk_entry *entry[LIMIT_STAGES];
        void *scratch[LIMIT_STAGES];
        void *local[NATIVE_THREADS][LIMIT_STAGES][SOURCE_LOCALS];
        struct thunk_call call;
        void *in[LIMIT_TENSORS], *out[LIMIT_TENSORS];
        int threads, started;
        pthread_t thread[NATIVE_THREADS];
        pthread_mutex_t lock;
        pthread_cond_t begin;
        atomic_int call_number, finished;
        atomic_bool stop;
        atomic_llong next[LIMIT_STAGES];
        atomic_int arrived[LIMIT_STAGES];
        atomic_int ticket;
};

/* --- threads ----------------------------------------------------------------
 */

static void run_stages(struct native *native, int thread)
{
        for (int s = 0; s < native->source->stage_count; s++) {
                long long task;

                while ((task = atomic_fetch_add(&native->next[s], 1)) <
                       native->launch.tasks[s])
                        native->entry[s](task, &native->call,
                                         native->local[thread][s]);
                atomic_fetch_add(&native->arrived[s], 1);
                for (int spins = 0;
                     atomic_load(&native->arrived[s]) < native->threads;
                     spins++)
                        if (spins > 10000)
                                sched_yield();
        }
}

/* The processors that the process had before any thread was pinned. */
static void read_processors(cpu_set_t *all)
{
        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        static cpu_set_t found;

        pthread_mutex_lock(&lock);
        if (CPU_COUNT(&found) == 0)
                (void)sched_getaffinity(0, sizeof(found), &found);
        *all = found;
        pthread_mutex_unlock(&lock);
}

void native_pin(int number)
{
        cpu_set_t all, one;

        read_processors(&all);
        if (CPU_COUNT(&all) == 0)
                return;
        number %= CPU_COUNT(&all);
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
                if (CPU_ISSET(cpu, &all) && number-- == 0) {
                        CPU_ZERO(&one);
                        CPU_SET(cpu, &one);
                        (void)sched_setaffinity(0, sizeof(one), &one);
                        return;
                }
}

/* Until a call after number `seen` begins; returns its number. */
static int wait_call(struct native *native, int seen)
{
        for (int spins = 0; spins < NATIVE_SPINS; spins++)
                if (atomic_load(&native->call_number) != seen)
                        return seen + 1;
        pthread_mutex_lock(&native->lock);
        while (atomic_load(&native->call_number) == seen)
                pthread_cond_wait(&native->begin, &native->lock);
        pthread_mutex_unlock(&native->lock);
        return seen + 1;
}

static void begin_call(struct native *native)
{
        pthread_mutex_lock(&native->lock);
        atomic_fetch_add(&native->call_number, 1);
        pthread_cond_broadcast(&native->begin);
        pthread_mutex_unlock(&native->lock);
}

static void *worker(void *data)
{
        struct native *native = data;
        int thread = 1 + atomic_fetch_add(&native->ticket, 1), seen = 0;

        native_pin(thread);
        for (;;) {
                seen = wait_call(native, seen);
                if (atomic_load(&native->stop))
                        return NULL;
                run_stages(native, thread);
                atomic_fetch_add(&native->finished, 1);
        }
}

void native_call(struct native *native, void *const *tensor)
{
        int in = 0, out = 0;

        for (int t = 0; t < native->spec->tensor_count; t++) {
                if (native->spec->tensor[t]->role == TENSOR_IN)
                        native->in[in++] = tensor[t];
                if (native->spec->tensor[t]->role == TENSOR_OUT)
                        native->out[out++] = tensor[t];
        }
        for (int s = 0; s < native->source->stage_count; s++) {
                atomic_store(&native->next[s], 0);
                atomic_store(&native->arrived[s], 0);
        }
        for (int s = 0; s < native->source->scratch_count; s++)
                if (native->source->scratch[s].zero)
                        memset(native->scratch[s], 0,
                               (size_t)native->launch.scratch_bytes[s]);
        atomic_store(&native->finished, 0);
        begin_call(native);
        run_stages(native, 0);
        while (atomic_load(&native->finished) < native->started)
                sched_yield();
}

/* --- building ---------------------------------------------------------------
 */

static void *allocate(int64_t bytes)
{
        size_t size = ((size_t)bytes / NATIVE_ALIGN + 2) * NATIVE_ALIGN;
        void *data = aligned_alloc(NATIVE_ALIGN, size);

        if (data)
                memset(data, 0xff, size);
        return data;
}

static int load(struct native *native, struct error *err)
{
        char folder[LIMIT_PATH_BYTES], path[LIMIT_PATH_BYTES + 16];
        int rc = file_make_temporary(folder, err);

        if (rc)
                return rc;
        snprintf(path, sizeof(path), "%s/kernel.so", folder);
        rc = file_write(path, native->build.object, native->build.length, 0700,
                        err);
        if (rc == 0)
                native->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        file_remove_tree(folder);
        if (rc == 0 && !native->library)
                rc = error_set(err, ERR_IO, "%s", dlerror());
        for (int s = 0; rc == 0 && s < native->source->stage_count; s++) {
                char name[32];

                snprintf(name, sizeof(name), "__kevo_stage_%d", s);
                *(void **)&native->entry[s] = dlsym(native->library, name);
                if (!native->entry[s])
                        rc = error_set(err, ERR_INTERNAL, "no %s", name);
        }
        return rc;
}

static int prepare(struct native *native, struct error *err)
{
        struct device_constants constants;
        int rc;

        compile_constants(&constants);
        rc = thunk_launch(native->source, native->spec, &native->binding,
                          &constants, &native->launch, err);
        for (int s = 0; rc == 0 && s < native->source->scratch_count; s++)
                native->scratch[s] = allocate(native->launch.scratch_bytes[s]);
        for (int t = 0; rc == 0 && t < native->threads; t++)
                for (int s = 0; s < native->source->stage_count; s++)
                        for (int l = 0;
                             l < native->source->stage[s].local_count; l++)
                                native->local[t][s][l] = allocate(
                                        native->launch.local_bytes[s][l]);
        native->call = (struct thunk_call){
                .in = native->in,
                .out = native->out,
                .scratch = native->scratch,
                .size = native->binding.size,
                .param = native->binding.param,
        };
        return rc;
}

static int start(struct native *native, struct error *err)
{
        while (native->started < native->threads - 1) {
                if (pthread_create(&native->thread[native->started], NULL,
                                   worker, native))
                        return error_set(err, ERR_IO, "cannot start threads");
                native->started++;
        }
        return 0;
}

int native_open(struct native **result, const struct spec *spec,
                const struct thread_program *program,
                const struct binding *binding, int threads, const char *cache,
                struct error *err)
{
        struct native *native = calloc(1, sizeof(*native));
        int rc;

        *result = NULL;
        if (!native)
                return error_memory(err);
        native->spec = spec;
        native->binding = *binding;
        native->threads = threads;
        pthread_mutex_init(&native->lock, NULL);
        pthread_cond_init(&native->begin, NULL);
        buf_init(&native->text, LIMIT_SOURCE_BYTES);
        rc = c_print(program, "a test", &native->text, err);
        if (rc == 0)
                rc = source_parse(native->text.data, native->text.length,
                                  "test.c", "c", native->spec, &native->source,
                                  err);
        if (rc == 0)
                rc = compile_source(native->source, native->spec, binding,
                                    cache, &native->build, err);
        if (rc == 0)
                rc = load(native, err);
        if (rc == 0)
                rc = prepare(native, err);
        if (rc == 0)
                rc = start(native, err);
        if (rc) {
                native_close(native);
                return rc;
        }
        *result = native;
        return 0;
}

static void free_buffers(struct native *native)
{
        for (int s = 0; s < LIMIT_STAGES; s++) {
                free(native->scratch[s]);
                native->scratch[s] = NULL;
        }
        for (int t = 0; t < native->threads; t++)
                for (int s = 0; s < LIMIT_STAGES; s++)
                        for (int l = 0; l < SOURCE_LOCALS; l++) {
                                free(native->local[t][s][l]);
                                native->local[t][s][l] = NULL;
                        }
}

int native_bind(struct native *native, const struct binding *binding,
                struct error *err)
{
        free_buffers(native);
        native->binding = *binding;
        return prepare(native, err);
}

void native_close(struct native *native)
{
        if (!native)
                return;
        atomic_store(&native->stop, true);
        begin_call(native);
        for (int t = 0; t < native->started; t++)
                pthread_join(native->thread[t], NULL);
        pthread_cond_destroy(&native->begin);
        pthread_mutex_destroy(&native->lock);
        free_buffers(native);
        if (native->library)
                dlclose(native->library);
        build_dispose(&native->build);
        source_free(native->source);
        buf_dispose(&native->text);
        free(native);
}

const char *native_source(const struct native *native)
{
        return native->text.data;
}
