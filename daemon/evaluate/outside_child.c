/* See outside_child.h. */
#include "evaluate/outside_child.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "baselines_embedded.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/text.h"
#include "evaluate/outside_python.h"

enum { LINE_BYTES = 1024 };

/* Importing PyTorch from a cold disk takes a while. */
static const int64_t start_ns = 60 * (int64_t)CLOCK_SECOND_NS;

const char *outside_script(const char *kernel)
{
        for (int i = 0; scripts[i].kernel; i++) {
                if (text_equal(scripts[i].kernel, kernel))
                        return scripts[i].text;
        }
        return NULL;
}

/* --- the job ---------------------------------------------------------- */

static cJSON *describe(const struct tensor *tensor,
                       const struct binding *binding)
{
        cJSON *json = cJSON_CreateObject(), *shape;
        int64_t extent[LIMIT_RANK];

        spec_tensor_elements(tensor, binding, extent);
        cJSON_AddStringToObject(json, "name", tensor->name);
        cJSON_AddStringToObject(json, "dtype", dtype_name(tensor->dtype));
        shape = cJSON_AddArrayToObject(json, "shape");
        for (int d = 0; d < tensor->rank; d++)
                cJSON_AddItemToArray(shape,
                                     cJSON_CreateNumber((double)extent[d]));
        return json;
}

static double place(const struct cell_piece *piece)
{
        return (double)(piece->offset + piece->lead);
}

static void add_tensors(cJSON *job, const struct outside_child *child,
                        const struct stock *stock)
{
        cJSON *list = cJSON_AddArrayToObject(job, "inputs"), *one, *at;

        for (int i = 0; i < stock->inputs; i++) {
                one = describe(stock->input[i], &stock->binding);
                at = cJSON_AddArrayToObject(one, "at");
                for (int s = 0; s < stock->sets; s++)
                        cJSON_AddItemToArray(
                                at, cJSON_CreateNumber(
                                            place(stock->piece +
                                                  s * stock->inputs + i)));
                cJSON_AddItemToArray(list, one);
        }
        list = cJSON_AddArrayToObject(job, "outputs");
        for (int o = 0; o < stock->outputs; o++) {
                one = describe(stock->output[o], &stock->binding);
                cJSON_AddNumberToObject(one, "at", place(child->output + o));
                cJSON_AddItemToArray(list, one);
        }
}

static void add_binding(cJSON *job, const struct stock *stock)
{
        const struct spec *spec = stock->spec;
        cJSON *sizes = cJSON_AddObjectToObject(job, "sizes");
        cJSON *params = cJSON_AddObjectToObject(job, "params");

        for (int i = 0; i < spec->size_count; i++)
                cJSON_AddNumberToObject(sizes, spec->size[i]->name,
                                        (double)stock->binding.size[i]);
        for (int i = 0; i < spec->param_count; i++)
                cJSON_AddNumberToObject(params, spec->param[i]->name,
                                        stock->binding.param[i]);
}

static void add_gemm(cJSON *job, const struct gemm *g)
{
        cJSON *json = cJSON_AddObjectToObject(job, "gemm");

        cJSON_AddNumberToObject(json, "f64", g->f64);
        cJSON_AddNumberToObject(json, "batch", (double)g->batch);
        cJSON_AddNumberToObject(json, "m", (double)g->m);
        cJSON_AddNumberToObject(json, "n", (double)g->n);
        cJSON_AddNumberToObject(json, "k", (double)g->k);
        cJSON_AddNumberToObject(json, "trans_a", g->trans_a);
        cJSON_AddNumberToObject(json, "trans_b", g->trans_b);
        cJSON_AddNumberToObject(json, "a", g->a);
        cJSON_AddNumberToObject(json, "b", g->b);
        cJSON_AddNumberToObject(json, "bias", g->bias);
}

/* As many processors as threads: those that the kernels' threads have. */
static void add_processors(cJSON *job, int threads)
{
        cJSON *list = cJSON_AddArrayToObject(job, "cpus");
        cpu_set_t set;
        int n = 0;

        if (sched_getaffinity(0, sizeof set, &set) < 0)
                return;
        for (int cpu = 0; cpu < CPU_SETSIZE && n < threads; cpu++) {
                if (!CPU_ISSET(cpu, &set))
                        continue;
                cJSON_AddItemToArray(list, cJSON_CreateNumber(cpu));
                n++;
        }
}

/* The first line. */
static char *job_line(const struct outside_child *child,
                      const struct outside_setup *setup,
                      const struct stock *stock, const struct gemm *gemm)
{
        cJSON *job = cJSON_CreateObject();
        char *text, *line = NULL;

        cJSON_AddNumberToObject(job, "threads", setup->threads);
        cJSON_AddNumberToObject(job, "sets", stock->sets);
        cJSON_AddStringToObject(job, "name", stock->spec->name);
        cJSON_AddStringToObject(job, "cache", setup->cache);
        if (setup->script)
                cJSON_AddStringToObject(job, "script", setup->script);
        add_processors(job, setup->threads);
        add_tensors(job, child, stock);
        add_binding(job, stock);
        if (gemm)
                add_gemm(job, gemm);
        text = json_print(job);
        if (text && asprintf(&line, "%s\n", text) < 0)
                line = NULL;
        free(text);
        cJSON_Delete(job);
        return line;
}

/* --- lines ------------------------------------------------------------ */

static bool give_up(struct outside_child *child, const char *reason)
{
        snprintf(child->reason, sizeof child->reason, "%s", reason);
        return false;
}

static bool send_line(struct outside_child *child, const char *text,
                      size_t length, int64_t deadline_ns)
{
        struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
        size_t done = 0;

        sigaction(SIGPIPE, &ignore, &before);
        while (done < length && clock_monotonic_ns() < deadline_ns) {
                ssize_t n =
                        write(child->process.in, text + done, length - done);

                if (n < 0 && errno != EINTR)
                        break;
                done += n > 0 ? (size_t)n : 0;
        }
        sigaction(SIGPIPE, &before, NULL);
        return done == length;
}

/* The answer, a line. It comes in one piece or byte by byte. */
static bool read_answer(struct outside_child *child, int64_t deadline_ns,
                        char line[LINE_BYTES])
{
        struct pollfd poll_fd = {child->process.out, POLLIN, 0};
        size_t length = 0;

        while (length < LINE_BYTES - 1) {
                int64_t left = deadline_ns - clock_monotonic_ns();
                ssize_t n;

                if (left <= 0)
                        return give_up(child, "it did not answer in time");
                if (poll(&poll_fd, 1, (int)(left / 1000000) + 1) <= 0)
                        continue;
                n = read(child->process.out, line + length,
                         LINE_BYTES - 1 - length);
                if (n <= 0)
                        return give_up(child, "its process ended");
                length += (size_t)n;
                if (line[length - 1] == '\n') {
                        line[length - 1] = 0;
                        return true;
                }
        }
        return give_up(child, "its answer is too long");
}

static bool converse(struct outside_child *child, const char *text,
                     size_t length, int64_t timeout_ns, char line[LINE_BYTES])
{
        int64_t deadline = clock_monotonic_ns() + timeout_ns;

        if (!send_line(child, text, length, deadline))
                return give_up(child, "its process ended");
        if (!read_answer(child, deadline, line))
                return false;
        if (text_starts(line, "no "))
                return give_up(child, line + 3);
        return text_starts(line, "ok") || give_up(child, "it spoke nonsense");
}

bool outside_child_ask(struct outside_child *child, int64_t timeout_ns,
                       int64_t *elapsed_ns, const char *format, ...)
{
        char text[LINE_BYTES], line[LINE_BYTES];
        int64_t before;
        va_list args;
        int length;
        bool fine;

        va_start(args, format);
        length = vsnprintf(text, sizeof text - 1, format, args);
        va_end(args);
        text[length++] = '\n';
        outside_child_continue(child);
        before = clock_monotonic_ns();
        fine = converse(child, text, (size_t)length, timeout_ns, line);
        if (elapsed_ns)
                *elapsed_ns = clock_monotonic_ns() - before;
        return fine;
}

/* --- life ------------------------------------------------------------- */

static int start_openblas(struct outside_child *child, const int file[2],
                          struct error *err)
{
        char self[LIMIT_PATH_BYTES];
        const char *argv[] = {self, "baseline", NULL};
        struct proc_options options = {.argv = argv};
        int rc = file_self(self, err);

        if (rc < 0)
                return rc;
        return proc_start(&options, file, 2, &child->process, err);
}

static int make_outputs(struct outside_child *child, const struct stock *stock,
                        struct error *err)
{
        uint64_t end = 0;

        for (int o = 0; o < stock->outputs; o++)
                memory_place(child->output + o, &end,
                             (uint64_t)spec_tensor_bytes(stock->output[o],
                                                         &stock->binding),
                             MEMORY_AT_START);
        return memory_create(&child->work, end, err);
}

bool outside_child_start(struct outside_child *child,
                         const struct outside_setup *setup,
                         const struct stock *stock, const struct gemm *gemm)
{
        char line[LINE_BYTES], *job;
        struct error err = {0};
        int file[2], rc;
        bool fine;

        *child = (struct outside_child){0};
        rc = make_outputs(child, stock, &err);
        file[0] = stock->memory.fd;
        file[1] = child->work.fd;
        if (rc == 0 && gemm)
                rc = start_openblas(child, file, &err);
        else if (rc == 0)
                rc = outside_python_start(setup, driver, file, 2,
                                          &child->process, &err);
        if (rc < 0)
                return give_up(child, err.text);
        job = job_line(child, setup, stock, gemm);
        if (!job)
                return give_up(child, "out of memory");
        fine = converse(child, job, strlen(job), start_ns, line);
        free(job);
        if (!fine) {
                if (!gemm && text_equal(child->reason, "its process ended"))
                        snprintf(child->reason, sizeof child->reason,
                                 "%s does not run",
                                 setup->python ? setup->python : "python3");
                return false;
        }
        snprintf(child->version, sizeof child->version, "%.127s",
                 line[2] ? line + 3 : "");
        outside_child_stop(child);
        return true;
}

void outside_child_end(struct outside_child *child)
{
        proc_end(&child->process);
        memory_dispose(&child->work);
        *child = (struct outside_child){0};
}

void outside_child_stop(struct outside_child *child)
{
        if (child->process.pid > 0 && !child->stopped)
                kill(-child->process.pid, SIGSTOP);
        child->stopped = true;
}

void outside_child_continue(struct outside_child *child)
{
        if (child->process.pid > 0 && child->stopped)
                kill(-child->process.pid, SIGCONT);
        child->stopped = false;
}

const void *outside_child_output(const struct outside_child *child, int o)
{
        return memory_data(&child->work, child->output + o);
}
