/*
 * What comes from other processes: messages on the wire as they are and as
 * the body of a whole one (requests, results, and what they hold), the
 * control page of a cell that foreign code wrote over, and the answers of an
 * outside baseline.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/text.h"
#include "evaluate/cell.h"
#include "evaluate/outside_child.h"
#include "evaluate/request.h"
#include "evaluate/result.h"
#include "evaluate/wire.h"

static const char spec_text[] = "kernel scale {\n size M, N\n"
                                " param f: f32 in 0..=4 = 1\n"
                                " in x: f32[M, N]\n out y: f32[M, N]\n"
                                " y[i, j] = x[i, j] * f\n"
                                " workload w M=8 N=16\n}\n";

/* --- examples ---------------------------------------------------------- */

static void leave(const char *name, cJSON *json)
{
        char *text = json_print(json);

        if (!text)
                abort();
        fuzz_seed(name, text);
        free(text);
        cJSON_Delete(json);
}

static void leave_request(void)
{
        struct evaluate_workload workload = {.name = "w",
                                             .weight = 1,
                                             .incumbent = "void f(void) {}",
                                             .incumbent_language = "c",
                                             .incumbent_label = "generic.c"};
        struct evaluate_request request = {.campaign = "c",
                                           .language = "c",
                                           .candidate = "void g(void) {}",
                                           .candidate_label = "node 3",
                                           .workload_count = 1,
                                           .workload = &workload,
                                           .stage = STAGE_S3,
                                           .threads = 2,
                                           .timeout_ns = 1000000000};
        struct spec *spec = NULL;
        struct error err = {0};

        if (spec_parse(spec_text, strlen(spec_text), "s", &spec, &err) < 0)
                abort();
        binding_from_workload(&workload.binding, spec, spec->workload[0]);
        request.spec = spec;
        leave("request", request_to_json(&request));
        spec_free(spec);
}

static void leave_result(void)
{
        struct evaluate_result *r = result_new();
        double sample[2][3] = {{1, 2, 3}, {4, 5, 6}};
        struct evaluate_measure *m;
        struct evaluate_outside *o;
        struct error err = {0};

        if (!r ||
            result_add_check(r, STAGE_S1, "oracle", true, "d", "h", &err) ||
            result_add_measure(r, "S3", 0, &m, &err) ||
            result_add_outside(r, 0, "pytorch", &o, &err))
                abort();
        m->sample_count = 3;
        m->candidate_sample = sample[0];
        m->baseline_sample = sample[1];
        leave("result", evaluate_result_to_json(r, true));
        m->candidate_sample = m->baseline_sample = NULL;
        evaluate_result_free(r);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        (void)argc, (void)argv;
        signal(SIGPIPE, SIG_IGN);
        leave_request();
        leave_result();
        return 0;
}

/* --- messages ---------------------------------------------------------- */

static void read_request(const cJSON *json)
{
        const char *text = NULL, *name = NULL, *reference = NULL;
        struct evaluate_workload *workload = NULL;
        struct evaluate_request request;
        struct spec *spec = NULL;
        struct error err = {0};
        int rc = request_spec(json, &text, &name, &reference, &err);

        if (rc == 0)
                rc = spec_parse(text, strlen(text), name, &spec, &err);
        if (rc == 0 && reference)
                rc = spec_set_reference(spec, reference, strlen(reference),
                                        &err);
        if (rc == 0)
                rc = request_from_json(json, spec, &request, &workload, &err);
        fuzz_check_error(rc, &err);
        if (rc == 0)
                cJSON_Delete(request_to_json(&request));
        free(workload);
        spec_free(spec);
}

static void read_result(const cJSON *json)
{
        struct evaluate_result *result = NULL, *again = NULL;
        struct error err = {0};
        int rc = evaluate_result_from_json(json, &result, &err);
        cJSON *back;

        fuzz_check_error(rc, &err);
        if (rc < 0)
                return;
        back = evaluate_result_to_json(result, true);
        fuzz_promise(evaluate_result_from_json(back, &again, &err) == 0,
                     "a result comes back", err.text);
        fuzz_promise(again->check_count == result->check_count &&
                             again->measure_count == result->measure_count &&
                             again->outside_count == result->outside_count,
                     "a result comes back whole", "");
        for (int i = 0; i < result->measure_count; i++)
                (void)evaluate_measure_counts(result, i);
        cJSON_Delete(back);
        evaluate_result_free(result);
        evaluate_result_free(again);
}

static void read_message(const char *bytes, size_t size)
{
        int fd = memfd_create("message", 0);
        cJSON *json = NULL;
        struct error err = {0};
        int rc;

        if (fd < 0 || write(fd, bytes, size) != (ssize_t)size ||
            lseek(fd, 0, SEEK_SET) < 0)
                abort();
        rc = wire_read(fd, 0, &json, &err);
        close(fd);
        fuzz_check_error(rc, &err);
        if (rc < 0)
                return;
        read_request(json);
        read_result(json);
        cJSON_Delete(json);
}

/* With the head that it should have. */
static void read_body(const char *text, size_t size)
{
        char *message = malloc(size + 16);
        int head;

        if (!message)
                abort();
        head = sprintf(message, "%08zx\n", size);
        memcpy(message + head, text, size);
        read_message(message, (size_t)head + size);
        free(message);
}

/* --- pages and lines --------------------------------------------------- */

enum { PIECES = 6 };

/* A cell that ends with whatever its page then holds. */
static void read_page(const uint8_t *data, size_t size)
{
        static _Alignas(struct cell_plan) char
                bytes[sizeof(struct cell_plan) +
                      PIECES * sizeof(struct cell_piece)];
        static _Alignas(struct cell_control) char page[CELL_CONTROL_BYTES];
        struct cell_plan *plan = (struct cell_plan *)(void *)bytes;
        struct cell_batch batch = {.calls = 1};
        struct cell cell = {.plan = {.map = bytes}};
        struct error err = {0};
        int rc;

        *plan = (struct cell_plan){.inputs = 1,
                                   .outputs = 1,
                                   .sets = 2,
                                   .slots = 2,
                                   .first_output = 2,
                                   .first_scratch = 4,
                                   .pieces = PIECES};
        for (int i = 0; i < PIECES; i++)
                plan->piece[i].bytes = 4096;
        memset(page, 0, sizeof page);
        memcpy(page, data, size < sizeof page ? size : sizeof page);
        cell.control = (struct cell_control *)(void *)page;
        atomic_store(&cell.control->done, UINT32_MAX);
        cell.pid = fork();
        if (cell.pid == 0) {
                pause();
                _exit(0);
        }
        rc = cell_run(&cell, &batch, 1000000000, NULL, &err);
        fuzz_check_error(rc, &err);
        fuzz_promise(cell.pid == 0 || rc == 0, "a faulty cell is gone", "");
        if (cell.pid > 0) {
                kill(cell.pid, SIGKILL);
                waitpid(cell.pid, NULL, 0);
        }
}

static void read_answer(const uint8_t *data, size_t size)
{
        struct outside_child child = {0};
        int answer[2];

        if (pipe(answer) < 0 || write(answer[1], data, size) != (ssize_t)size)
                abort();
        close(answer[1]);
        child.process.in = open("/dev/null", O_WRONLY | O_CLOEXEC);
        child.process.out = answer[0];
        while (outside_child_ask(&child, 1000000000, NULL, "store eager %d",
                                 3))
                ;
        fuzz_promise(child.reason[0] != 0 || size > 0, "a loss is said", "");
        close(child.process.in);
        close(answer[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text;

        if (size == 0)
                return 0;
        /* A fork takes a hundred times as long as reading a message. */
        if (data[0] == 'P') {
                read_page(data + 1, size - 1);
                return 0;
        }
        if (size < 4096)
                read_answer(data, size);
        text = fuzz_text(data, size);
        read_message(text, size);
        read_body(text, size);
        free(text);
        return 0;
}
