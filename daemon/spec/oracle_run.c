/*
 * See oracle_run.h. A statement's box is cut into pieces along its longest
 * dimension that does not carry lanes or a scan; threads take pieces as they
 * get free. What statements share is thus computed once a call.
 */
#include "spec/oracle_run.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spec/oracle_build.h"
#include "spec/oracle_emit.h"
#include "spec/oracle_lanes.h"
#include "spec/oracle_layout.h"

enum {
        PIECES_A_THREAD = 8,
        THREADS_MAX = 256,
        WORK_OF_A_THREAD = 200000 /* operations; less is not worth one */
};

int oracle_code_open(struct oracle_code *code,
                     const struct oracle_class *class, bool honest,
                     const char *cache_dir, struct error *err)
{
        int count = class->spec->statement_count;
        char name[32];
        struct buf text;
        int rc;

        *code = (struct oracle_code){.honest = honest,
                                     .orders = oracle_orders(class)};
        buf_init(&text, ORACLE_TEXT_BYTES);
        rc = oracle_print(class, honest, &text, err);
        if (rc == 0)
                rc = oracle_build(text.data, text.length, cache_dir,
                                  &code->library, err);
        buf_dispose(&text);
        if (rc < 0)
                return rc;
        code->function = calloc((size_t)count + 1, sizeof *code->function);
        if (!code->function)
                return error_memory(err);
        if (honest)
                *(void **)&code->overflowed =
                        dlsym(code->library, "oracle_overflowed");
        for (int s = 0; s < count; s++) {
                snprintf(name, sizeof name, "s%d",
                         class->spec->statement[s]->number);
                *(void **)&code->function[s] = dlsym(code->library, name);
                if (!code->function[s])
                        return error_set(err, ERR_INTERNAL,
                                         "the oracle lacks %s", name);
        }
        return 0;
}

void oracle_code_close(struct oracle_code *code)
{
        free(code->function);
        if (code->library)
                dlclose(code->library);
        *code = (struct oracle_code){0};
}

/* ---- planes ---- */

/* Bytes an element takes in each plane; 0: there is no such plane. */
struct planes {
        size_t v, e, a, i, u, w;
};

static struct planes planes_of(const struct oracle_code *code,
                               const struct oracle_class *class,
                               const struct tensor *tensor)
{
        size_t real = class->wide ? sizeof(long double) : sizeof(double);
        size_t working = class->wide ? sizeof(double) : sizeof(float);
        struct planes planes = {0};

        if (tensor->kind != KIND_REAL)
                planes.i = sizeof(int64_t);
        else
                planes.v = real;
        if (tensor->kind == KIND_REAL && !class->exact[tensor->number]) {
                planes.e = real;
                if (code->honest)
                        planes.a = working * (size_t)code->orders;
        }
        planes.u = class->soft[tensor->number];
        planes.w = tensor->defined_by &&
                   tensor->defined_by->update == UPDATE_SCATTER;
        return planes;
}

int64_t oracle_run_bytes(const struct oracle_code *code,
                         const struct oracle_class *class,
                         const struct oracle_plan *plan)
{
        struct planes p;
        int64_t bytes = 0, each;

        for (int t = 0; t < class->spec->tensor_count; t++) {
                if (class->spec->tensor[t]->role == TENSOR_IN)
                        continue;
                p = planes_of(code, class, class->spec->tensor[t]);
                each = (int64_t)(p.v + p.e + p.a + p.i + p.u + p.w);
                if (__builtin_mul_overflow(
                            each,
                            oracle_plan_elements(plan, class->spec->tensor[t]),
                            &each) ||
                    __builtin_add_overflow(bytes, each, &bytes))
                        return INT64_MAX;
        }
        return bytes;
}

/* bytes 0 gives NULL and is no failure. */
static bool plane(void **where, size_t bytes, int64_t elements)
{
        *where = NULL;
        if (bytes == 0)
                return true;
        *where = malloc(bytes * (size_t)(elements > 0 ? elements : 1));
        return *where != NULL;
}

static int view_tensor(struct oracle_run *run,
                       const struct oracle_request *request,
                       const struct tensor *tensor, struct error *err)
{
        const struct oracle_need *need = &run->plan.need[tensor->number];
        struct oracle_view *view = &run->call->t[tensor->number];
        int unit = request->class->unit[tensor->number];
        struct planes p;
        int64_t elements;
        bool done;

        memcpy(view->extent, run->plan.extent[tensor->number],
               sizeof view->extent);
        if (tensor->role == TENSOR_IN)
                return oracle_layout_input(view, tensor, need, unit,
                                           request->inputs[tensor->number],
                                           err);
        if (!need->needed)
                return 0;
        oracle_layout_box(view, tensor->rank, need->low, need->high, unit);
        p = planes_of(request->code, request->class, tensor);
        elements = oracle_plan_elements(&run->plan, tensor);
        done = plane(&view->v, p.v, elements) &&
               plane(&view->e, p.e, elements) &&
               plane(&view->a, p.a, elements) &&
               plane((void **)&view->i, p.i, elements) &&
               plane((void **)&view->u, p.u, elements) &&
               plane((void **)&view->w, p.w, elements);
        return done ? 0 : error_memory(err);
}

/* ---- one statement by several threads ---- */

struct pieces {
        oracle_function *function;
        struct oracle_call *call;
        const struct oracle_view *target;
        int rank, dimension; /* -1: one piece */
        int64_t length, count, next;
};

static void *work(void *data)
{
        struct pieces *p = data;
        int64_t low[LIMIT_RANK], high[LIMIT_RANK], n;

        memcpy(low, p->target->lo, sizeof low);
        memcpy(high, p->target->hi, sizeof high);
        while ((n = __atomic_fetch_add(&p->next, 1, __ATOMIC_RELAXED)) <
               p->count) {
                if (p->dimension >= 0) {
                        low[p->dimension] =
                                p->target->lo[p->dimension] + n * p->length;
                        high[p->dimension] = low[p->dimension] + p->length;
                        if (high[p->dimension] > p->target->hi[p->dimension])
                                high[p->dimension] =
                                        p->target->hi[p->dimension];
                }
                p->function(p->call, low, high);
        }
        return NULL;
}

/* The longest dimension that is free to be cut; lanes as a last resort. */
static int cut_dimension(const struct oracle_class *class,
                         const struct statement *statement,
                         const struct oracle_view *view, int *width)
{
        int scan = oracle_scan_dimension(statement), lane, best = -1;

        *width = 1;
        if (statement->update != UPDATE_DEFINE)
                return -1;
        lane = scan >= 0 ? -1 : oracle_lane_dimension(class, statement, width);
        for (int d = 0; d < statement->target->rank; d++)
                if (d != scan && d != lane &&
                    (best < 0 || view->hi[d] - view->lo[d] >
                                         view->hi[best] - view->lo[best]))
                        best = d;
        if (lane >= 0 && (best < 0 || view->hi[best] - view->lo[best] < 4))
                return lane;
        *width = 1;
        return best;
}

static void run_statement(struct oracle_run *run,
                          const struct oracle_request *request,
                          const struct statement *statement)
{
        const struct oracle_view *view =
                &run->call->t[statement->target->number];
        struct pieces p = {.function =
                                   request->code->function[statement->number],
                           .call = run->call,
                           .target = view,
                           .rank = statement->target->rank,
                           .dimension = -1,
                           .count = 1};
        pthread_t thread[THREADS_MAX];
        double operations = oracle_plan_work(&run->plan, statement).operations;
        int64_t extent, threads = request->threads;
        int width, started = 0;

        if (threads > 1 + (int64_t)(operations / WORK_OF_A_THREAD))
                threads = 1 + (int64_t)(operations / WORK_OF_A_THREAD);
        threads = threads > THREADS_MAX ? THREADS_MAX : threads;
        if (threads > 1 && !request->code->honest)
                p.dimension =
                        cut_dimension(request->class, statement, view, &width);
        if (p.dimension >= 0) {
                extent = view->hi[p.dimension] - view->lo[p.dimension];
                p.length = extent / (threads * PIECES_A_THREAD) + 1;
                p.length = (p.length + width - 1) / width * width;
                p.count = (extent + p.length - 1) / p.length;
        }
        for (; started < threads - 1 && started < p.count - 1; started++)
                if (pthread_create(&thread[started], NULL, work, &p) != 0)
                        break;
        work(&p);
        while (started > 0)
                pthread_join(thread[--started], NULL);
}

/* ---- the whole ---- */

static int failure(const struct oracle_run *run,
                   const struct oracle_request *request, struct error *err)
{
        const struct oracle_call *call = run->call;
        const struct spec *spec = request->class->spec;

        if (call->code == FAIL_MEMORY)
                return error_memory(err);
        return error_set(err, ERR_INPUT, "%s:%d:%d: with these inputs %s",
                         spec->file, (int)call->line, (int)call->column,
                         oracle_failure_text(call->code));
}

static int check_request(const struct oracle_request *request,
                         struct error *err)
{
        const struct spec *spec = request->class->spec;
        int64_t extent[LIMIT_RANK];

        for (int t = 0; t < spec->tensor_count; t++)
                if (spec->tensor[t]->role == TENSOR_IN && !request->inputs[t])
                        return error_set(err, ERR_INTERNAL,
                                         "the oracle of %s needs input %s",
                                         spec->name, spec->tensor[t]->name);
        spec_tensor_elements(request->output, request->binding, extent);
        for (int d = 0; d < request->output->rank; d++)
                if (request->low[d] < 0 || request->high[d] > extent[d] ||
                    request->low[d] >= request->high[d])
                        return error_set(err, ERR_INTERNAL,
                                         "a box outside output %s",
                                         request->output->name);
        return 0;
}

/* Half of the machine's memory. */
static int64_t planes_maximum(void)
{
        int64_t pages = sysconf(_SC_PHYS_PAGES);

        return pages > 0 ? pages * sysconf(_SC_PAGESIZE) / 2 : INT64_MAX;
}

static int execute(struct oracle_run *run,
                   const struct oracle_request *request, struct error *err)
{
        const struct spec *spec = request->class->spec;
        int rc = 0;

        if (oracle_run_bytes(request->code, request->class, &run->plan) >
            planes_maximum())
                return error_set(err, ERR_LIMIT,
                                 "the oracle of %s needs over %lld MiB for "
                                 "this box, half of this machine's memory; "
                                 "use a smaller workload",
                                 spec->name,
                                 (long long)(planes_maximum() >> 20));
        for (int t = 0; t < spec->tensor_count && rc == 0; t++)
                rc = view_tensor(run, request, spec->tensor[t], err);
        for (int s = 0; s < spec->statement_count && rc == 0; s++) {
                if (!run->plan.need[spec->statement[s]->target->number].needed)
                        continue;
                run_statement(run, request, spec->statement[s]);
                if (run->call->code)
                        rc = failure(run, request, err);
        }
        return rc;
}

int oracle_run(struct oracle_run *run, const struct oracle_request *request,
               struct error *err)
{
        int rc;

        run->call = NULL;
        run->plan.index = NULL;
        rc = check_request(request, err);
        if (rc < 0)
                return rc;
        rc = oracle_plan_init(&run->plan, request->class->spec,
                              request->binding, request->inputs, err);
        if (rc < 0)
                return rc;
        run->call = calloc(1, sizeof *run->call);
        if (!run->call)
                return error_memory(err);
        run->call->size = request->binding->size;
        run->call->param = request->binding->param;
        run->call->drop = request->drop;
        run->call->forced_tensor =
                request->force ? request->output->number : -1;
        run->call->forced = request->forced;
        oracle_plan_box(&run->plan, request->output, request->low,
                        request->high);
        return execute(run, request, err);
}

void oracle_run_dispose(struct oracle_run *run,
                        const struct oracle_request *request)
{
        struct oracle_view *view;

        for (int t = 0; run->call && t < request->class->spec->tensor_count;
             t++) {
                view = &run->call->t[t];
                free(view->copy);
                free(view->v);
                free(view->e);
                free(view->a);
                free(view->i);
                free(view->u);
                free(view->w);
        }
        if (run->call)
                free(run->call->terms);
        free(run->call);
        oracle_plan_dispose(&run->plan);
        run->call = NULL;
}
