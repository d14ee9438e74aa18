/*
 * What the classes make of one kernel, in this process and beside each other:
 * the first kernel, each class's guess, and the best of a hill climb from
 * there, as microseconds a call and as times faster than the first kernel.
 *
 *   lowering FILE.kernel [NAME=VALUE ...] [-t THREADS] [-s SECONDS]
 *            [-c "SCHEDULE"] [-p]
 *
 * Without NAME=VALUE the first workload of the file is taken. SECONDS is for
 * the climb of each class (default 0: only the guess). -c adds one schedule;
 * -p prints the source of the last one. The results of all are compared with
 * the first kernel's; differences beyond rounding exit 1.
 */
#include <math.h>
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
#include "spec/inputs.h"

enum { ROUNDS = 9, BLOCK_NS = 10 * 1000 * 1000, CLASSES = 8 };

struct bench {
        struct spec *spec;
        struct binding binding;
        struct target target;
        void *tensor[LIMIT_TENSORS], *expected[LIMIT_TENSORS];
        char cache[LIMIT_PATH_BYTES];
        double first_ns;
        bool wrong, print;
};

static int compare_doubles(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

/* With one thread, time of this process: what others do beside it does not
 * count, as far as caches let it. */
static int64_t now_ns(const struct bench *b)
{
        struct timespec now;

        if (b->target.threads > 1)
                return clock_monotonic_ns();
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double time_native(struct bench *b, struct native *native)
{
        double took[ROUNDS];
        int64_t start, calls;

        native_call(native, b->tensor);
        start = now_ns(b);
        native_call(native, b->tensor);
        calls = 1 + BLOCK_NS / (now_ns(b) - start + 1);
        for (int r = 0; r < ROUNDS; r++) {
                start = now_ns(b);
                for (int64_t i = 0; i < calls; i++)
                        native_call(native, b->tensor);
                took[r] = (double)(now_ns(b) - start) / (double)calls;
                if (took[0] > 3e8 && r == 0)
                        return took[0];
        }
        qsort(took, ROUNDS, sizeof *took, compare_doubles);
        return took[ROUNDS / 4];
}

/* Largest difference from the first kernel, in units of the largest value's
 * rounding. */
static double difference(const struct bench *b)
{
        double worst = 0;

        for (int t = 0; t < b->spec->tensor_count; t++) {
                const struct tensor *tensor = b->spec->tensor[t];
                int64_t n = spec_tensor_elements(tensor, &b->binding, NULL);
                double most = 1e-30, far = 0;

                if (tensor->role != TENSOR_OUT ||
                    !dtype_is_float(tensor->dtype))
                        continue;
                for (int64_t i = 0; i < n; i++) {
                        double x = dtype_load(tensor->dtype, b->tensor[t], i);
                        double y =
                                dtype_load(tensor->dtype, b->expected[t], i);

                        most = fmax(most, fabs(y));
                        far = fmax(far, isnan(x) ? INFINITY : fabs(x - y));
                }
                worst = fmax(worst,
                             far / most / dtype_roundoff(tensor->dtype));
        }
        return worst;
}

/* Nanoseconds a call; -1 when the schedule is refused. */
static double try_program(struct bench *b, struct thread_program *program)
{
        struct native *native;
        struct error err = {0};
        double ns;

        if (native_open(&native, b->spec, program, &b->binding,
                        b->target.threads, b->cache, &err)) {
                fprintf(stderr, "%s\n", err.text);
                return -1;
        }
        if (b->print)
                puts(native_source(native));
        ns = time_native(b, native);
        native_close(native);
        return ns;
}

static double try_schedule(struct bench *b, const struct schedule *schedule)
{
        struct thread_program *program;
        struct error err = {0};
        double ns;

        if (lower_schedule(b->spec, &b->binding, &b->target, schedule,
                           &program, &err)) {
                if (err.code != ERR_UNSUPPORTED)
                        fprintf(stderr, "%s\n", err.text);
                return -1;
        }
        ns = try_program(b, program);
        thread_free(program);
        return ns;
}

static void report(struct bench *b, const char *what, double ns,
                   const struct schedule *schedule)
{
        char text[SCHEDULE_TEXT_BYTES];
        double far = difference(b);

        schedule_print(schedule, text);
        printf("%-8s %12.1f us %9.2f x   (off by %.2g)  %s\n", what, ns / 1e3,
               b->first_ns / ns, far, text);
        fflush(stdout);
        if (!(far < 2000))
                b->wrong = true;
}

static void climb(struct bench *b, enum schedule_class class, double seconds)
{
        struct schedule_space space;
        struct schedule best, next;
        struct error err = {0};
        struct rng rng = {7, 0};
        int64_t end;
        double least, ns;

        if (lower_fields(b->spec, &b->binding, &b->target, class, &space,
                         &err)) {
                fprintf(stderr, "%s\n", err.text);
                return;
        }
        schedule_guess(&space, &best);
        least = try_schedule(b, &best);
        report(b, "guess", least, &best);
        end = clock_monotonic_ns() + (int64_t)(seconds * 1e9);
        while (space.count && clock_monotonic_ns() < end) {
                int changes = 1 + (int)rng_below(&rng, 2);

                next = best;
                for (int i = 0; i < changes; i++) {
                        int f = (int)rng_below(&rng, (uint64_t)space.count);

                        next.field[f].value = space.field[f].value[rng_below(
                                &rng, (uint64_t)space.field[f].count)];
                }
                ns = try_schedule(b, &next);
                if (ns > 0 && (ns < least || least < 0)) {
                        least = ns;
                        best = next;
                }
        }
        if (seconds > 0) {
                least = try_schedule(b, &best);
                report(b, "climbed", least, &best);
        }
}

static void try_text(struct bench *b, const char *text)
{
        enum schedule_class classes[CLASSES];
        int count = lower_classes(b->spec, &b->target, classes, CLASSES);
        struct schedule_space space;
        struct schedule schedule;
        struct error err = {0};

        for (int i = 0; i < count; i++)
                if (strncmp(text, schedule_class_name(classes[i]),
                            strcspn(text, " ")) == 0 &&
                    lower_fields(b->spec, &b->binding, &b->target, classes[i],
                                 &space, &err) == 0 &&
                    schedule_parse(text, &space, &schedule, &err) == 0)
                        report(b, "given", try_schedule(b, &schedule),
                               &schedule);
        if (err.code)
                fprintf(stderr, "%s\n", err.text);
}

static int open_tensors(struct bench *b, struct error *err)
{
        int rc = inputs_make(b->spec, &b->binding, 1, DIST_NORMAL, 1,
                             b->tensor, err);

        for (int t = 0; rc == 0 && t < b->spec->tensor_count; t++) {
                size_t bytes;

                if (b->spec->tensor[t]->role != TENSOR_OUT)
                        continue;
                bytes = (size_t)spec_tensor_bytes(b->spec->tensor[t],
                                                  &b->binding);
                b->tensor[t] = aligned_alloc(4096, (bytes / 4096 + 1) * 4096);
                b->expected[t] = malloc(bytes + 1);
        }
        return rc;
}

static int set_value(struct bench *b, char *text, struct error *err)
{
        char *equals = strchr(text, '=');

        if (!equals)
                return error_set(err, ERR_INPUT, "%s is not NAME=VALUE", text);
        *equals = 0;
        return binding_set(&b->binding, b->spec, text, equals + 1, err);
}

static int run_first(struct bench *b, struct error *err)
{
        struct thread_program *program;
        struct schedule first = {.class = SCHEDULE_FIRST};
        int rc = lower_first(b->spec, &program, err);

        if (rc)
                return rc;
        b->first_ns = try_program(b, program);
        thread_free(program);
        for (int t = 0; t < b->spec->tensor_count; t++)
                if (b->expected[t])
                        memcpy(b->expected[t], b->tensor[t],
                               (size_t)spec_tensor_bytes(b->spec->tensor[t],
                                                         &b->binding));
        report(b, "first", b->first_ns, &first);
        return 0;
}

int main(int argc, char **argv)
{
        struct bench b = {0};
        struct error err = {0};
        struct machine machine;
        enum schedule_class classes[CLASSES];
        const char *given = NULL;
        double seconds = 0;
        bool print = false;
        int option, count, rc;

        machine_probe(&machine);
        native_pin(0);
        backend_c.target(&machine, &b.target);
        while ((option = getopt(argc, argv, "t:s:c:p")) != -1)
                if (option == 't')
                        b.target.threads = atoi(optarg);
                else if (option == 's')
                        seconds = atof(optarg);
                else if (option == 'c')
                        given = optarg;
                else if (option == 'p')
                        print = true;
        if (optind == argc) {
                fprintf(stderr, "usage: lowering FILE.kernel [NAME=VALUE ...] "
                                "[-t THREADS] [-s SECONDS] [-c SCHEDULE]\n");
                return 2;
        }
        rc = bench_open_spec(argv[optind], &b.spec, &b.binding, &err);
        for (int i = optind + 1; rc == 0 && i < argc; i++)
                rc = set_value(&b, argv[i], &err);
        if (rc == 0)
                rc = binding_check(&b.binding, b.spec, &err);
        if (rc == 0)
                rc = file_make_temporary(b.cache, &err);
        if (rc == 0)
                rc = open_tensors(&b, &err);
        if (rc == 0)
                rc = run_first(&b, &err);
        if (rc) {
                fprintf(stderr, "%s\n", err.text);
                return 1;
        }
        count = lower_classes(b.spec, &b.target, classes, CLASSES);
        b.print = print && !given;
        for (int i = 0; i < count && !(given && seconds <= 0); i++)
                climb(&b, classes[i], seconds);
        b.print = print;
        if (given)
                try_text(&b, given);
        file_remove_tree(b.cache);
        return b.wrong;
}
