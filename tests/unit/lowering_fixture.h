/*
 * Running a printed program: compile it as the backend does, load it, call
 * its stages task by task in a scrambled order, with tensors that end at a
 * page that must not be touched, and compare its outputs with the
 * interpreter of spec_interpreter.h.
 */
#ifndef KEVO_TESTS_LOWERING_FIXTURE_H
#define KEVO_TESTS_LOWERING_FIXTURE_H

#include <check.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backends/c/compile.h"
#include "backends/c/inspect.h"
#include "backends/c/print.h"
#include "backends/c/thunk.h"
#include "check_main.h"
#include "core/file.h"
#include "lower/lower.h"
#include "spec/inputs.h"
#include "spec_fixture.h"
#include "spec_interpreter.h"

/* --- memory that ends at a guard --- */

struct guarded {
        char *base;
        size_t mapped;
        void *data;
};

static inline struct guarded guarded_new(size_t bytes, size_t alignment)
{
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        size_t body = (bytes + page - 1) / page * page + page;
        struct guarded g = {.mapped = body + page};

        g.base = mmap(NULL, g.mapped, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert(g.base != MAP_FAILED);
        ck_assert(mprotect(g.base + body, page, PROT_NONE) == 0);
        memset(g.base, 0x7b, body);
        g.data = g.base + body -
                 (bytes + alignment - 1) / alignment * alignment;
        return g;
}

/* True when nothing in front of the data was written. */
static inline bool guarded_intact(const struct guarded *g)
{
        for (const char *p = g->base; p < (const char *)g->data; p++)
                if (*p != 0x7b)
                        return false;
        return true;
}

static inline void guarded_free(struct guarded *g)
{
        if (g->base)
                munmap(g->base, g->mapped);
        memset(g, 0, sizeof *g);
}

/* Show a source beside a failure; check's messages have a limit. */
static inline const char *shown(const char *text)
{
        fprintf(stderr, "%s\n", text);
        return "the source above";
}

/* --- a program in memory --- */

struct loaded {
        struct source *source;
        struct build build;
        void *handle;
        char *text;
};

/* Print, parse the header, compile, inspect, load. The folder holds the
 * cache and the object. */
static inline void loaded_open(struct loaded *l,
                               const struct thread_program *program,
                               const struct binding *binding,
                               const char *folder)
{
        struct error err = {0};
        struct buf out;
        char path[LIMIT_PATH_BYTES];

        memset(l, 0, sizeof *l);
        buf_init(&out, LIMIT_SOURCE_BYTES);
        ck_assert_msg(c_print(program, "a test", &out, &err) == 0, "%s",
                      err.text);
        l->text = buf_take(&out);
        ck_assert_msg(source_parse(l->text, strlen(l->text), "t.c", "c",
                                   program->spec, &l->source, &err) == 0,
                      "%s: %.700s", shown(l->text), err.text);
        ck_assert_msg(compile_source(l->source, program->spec, binding, folder,
                                     &l->build, &err) == 0,
                      "%s: %.700s", shown(l->text), err.text);
        ck_assert_msg(inspect_object(l->build.object, l->build.length,
                                     l->source->stage_count, &err) == 0,
                      "%s: %.700s", shown(l->text), err.text);
        snprintf(path, sizeof path, "%s/object.so", folder);
        ck_assert_msg(file_write(path, l->build.object, l->build.length, 0700,
                                 &err) == 0,
                      "%s", err.text);
        l->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        ck_assert_msg(l->handle != NULL, "%s", dlerror());
        unlink(path);
}

static inline void loaded_close(struct loaded *l)
{
        if (l->handle)
                dlclose(l->handle);
        build_dispose(&l->build);
        source_free(l->source);
        free(l->text);
}

/* --- a call --- */

struct called {
        struct guarded tensor[LIMIT_TENSORS]; /* by number */
        struct guarded scratch[LIMIT_STAGES];
};

static inline void called_stage(struct loaded *l, int stage,
                                const struct launch *launch,
                                const struct thunk_call *call)
{
        struct guarded local[SOURCE_LOCALS] = {{0}};
        void *locals[SOURCE_LOCALS] = {0};
        int64_t tasks = launch->tasks[stage];
        char symbol[32];
        thunk_entry *entry;

        snprintf(symbol, sizeof symbol, "__kevo_stage_%d", stage);
        entry = (thunk_entry *)(uintptr_t)dlsym(l->handle, symbol);
        ck_assert_ptr_nonnull(entry);
        for (int i = 0; i < l->source->stage[stage].local_count; i++) {
                local[i] =
                        guarded_new((size_t)launch->local_bytes[stage][i], 64);
                locals[i] = local[i].data;
        }
        /* Any order: odd tasks backward, then even ones. */
        for (int64_t t = tasks - 1; t >= 0; t--)
                if (t % 2)
                        entry(t, call, locals);
        for (int64_t t = 0; t < tasks; t += 2)
                entry(t, call, locals);
        for (int i = 0; i < SOURCE_LOCALS; i++) {
                ck_assert(!local[i].base || guarded_intact(&local[i]));
                guarded_free(&local[i]);
        }
}

/* Run all stages on inputs; outputs stay in c until called_dispose. */
static inline void called_run(struct called *c, struct loaded *l,
                              const struct spec *spec,
                              const struct binding *binding,
                              void *const *inputs)
{
        struct device_constants constants;
        struct error err = {0};
        struct launch launch;
        void *in[LIMIT_TENSORS], *out[LIMIT_TENSORS], *scratch[LIMIT_STAGES];
        struct thunk_call call = {in, out, scratch, binding->size,
                                  binding->param};
        int in_count = 0, out_count = 0;

        memset(c, 0, sizeof *c);
        compile_constants(&constants);
        ck_assert_msg(thunk_launch(l->source, spec, binding, &constants,
                                   &launch, &err) == 0,
                      "%s: %.700s", shown(l->text), err.text);
        for (int t = 0; t < spec->tensor_count; t++) {
                const struct tensor *tensor = spec->tensor[t];
                size_t bytes = (size_t)spec_tensor_bytes(tensor, binding);

                if (tensor->role != TENSOR_IN && tensor->role != TENSOR_OUT)
                        continue;
                c->tensor[t] = guarded_new(bytes, dtype_bytes(tensor->dtype));
                if (tensor->role == TENSOR_IN) {
                        memcpy(c->tensor[t].data, inputs[t], bytes);
                        in[in_count++] = c->tensor[t].data;
                } else {
                        memset(c->tensor[t].data, 0xa5, bytes);
                        out[out_count++] = c->tensor[t].data;
                }
        }
        for (int s = 0; s < l->source->scratch_count; s++) {
                c->scratch[s] =
                        guarded_new((size_t)launch.scratch_bytes[s], 8);
                scratch[s] = c->scratch[s].data;
                if (l->source->scratch[s].zero)
                        memset(scratch[s], 0, (size_t)launch.scratch_bytes[s]);
        }
        for (int s = 0; s < l->source->stage_count; s++)
                called_stage(l, s, &launch, &call);
        for (int s = 0; s < l->source->scratch_count; s++)
                ck_assert(guarded_intact(&c->scratch[s]));
        for (int t = 0; t < spec->tensor_count; t++)
                ck_assert(!c->tensor[t].base || guarded_intact(&c->tensor[t]));
}

static inline void called_dispose(struct called *c)
{
        for (int t = 0; t < LIMIT_TENSORS; t++)
                guarded_free(&c->tensor[t]);
        for (int s = 0; s < LIMIT_STAGES; s++)
                guarded_free(&c->scratch[s]);
}

/* --- comparison --- */

/* How far a value may be from the interpreter's: a share of the largest
 * value near by would hide errors, so of the value and of one. */
static inline bool close_enough(const struct tensor *tensor, double want,
                                double got, double tolerance)
{
        double ulp = 2 * dtype_roundoff(tensor->dtype);

        if (isnan(want) || isnan(got))
                return isnan(want) && isnan(got);
        if (isinf(want) || isinf(got))
                return want == got;
        return fabs(want - got) <=
               tolerance * (fabs(want) + 1) + ulp * fabs(want) + 1e-7;
}

/* Every element of every output against the interpreter. what names the
 * schedule and the shape in failures. */
static inline void called_compare(const struct called *c,
                                  const struct interpreter *p,
                                  double tolerance, const char *what,
                                  const char *text)
{
        for (int t = 0; t < p->spec->tensor_count; t++) {
                const struct tensor *tensor = p->spec->tensor[t];
                int64_t n = spec_tensor_elements(tensor, p->binding, NULL);

                for (int64_t i = 0; tensor->role == TENSOR_OUT && i < n; i++) {
                        const struct meaning *m = &p->exact[t][i];
                        bool real = dtype_is_float(tensor->dtype);
                        double want = real ? m->real : (double)m->integer;
                        double got = dtype_load(tensor->dtype,
                                                c->tensor[t].data, i);

                        check_each(real ? close_enough(tensor, want, got,
                                                       tolerance)
                                        : dtype_load_int(tensor->dtype,
                                                         c->tensor[t].data,
                                                         i) == m->integer,
                                   "%.900s: %s[%lld] is %.9g, not %.9g; %s",
                                   what, tensor->name, (long long)i, got, want,
                                   shown(text));
                }
        }
}

#endif
