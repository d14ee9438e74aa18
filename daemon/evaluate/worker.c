/*
 * The worker: one connection, one request at a time (evaluate.h). It owns
 * what a kernel must not know: seeds, expected values, the clock, the
 * statistics. It has no network and needs none; whoever started it may kill
 * it at any time.
 */
#include "evaluate/evaluate.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "backends/backend.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/text.h"
#include "evaluate/contest.h"
#include "evaluate/evaluation.h"
#include "evaluate/wire.h"
#include "evaluate/request.h"
#include "repo/host.h"

_Static_assert((int)EVALUATE_METHOD == (int)BACKEND_METHOD,
               "environments name the method that results have");

struct worker {
        int in, out;
        struct zygote zygote;
        struct machine machine;
        struct bank *bank;
        struct host *settings;
        const struct backend *backend; /* of the present request */
        char *environment;             /* of the processor */
        char environment_hash[HASH_TEXT_BYTES];
};

/* The environment as every part of kevo names it: the text of the backend's
 * fields, and its hash. */
static int find_environment(const struct worker *w,
                            const struct backend *backend, char **text,
                            char hash[HASH_TEXT_BYTES], struct error *err)
{
        cJSON *fields = NULL;
        int rc = backend->environment(&w->machine, &fields, err);

        *text = NULL;
        if (rc < 0)
                return rc;
        *text = json_print(fields);
        cJSON_Delete(fields);
        if (!*text)
                return error_memory(err);
        hash_bytes(*text, strlen(*text), hash);
        return 0;
}

static int say_hello(struct worker *w, struct error *err)
{
        char grade[2] = {w->zygote.grade ? w->zygote.grade : '-', 0};
        cJSON *json = cJSON_CreateObject();
        int rc;

        cJSON_AddStringToObject(json, "is", "hello");
        cJSON_AddNumberToObject(json, "protocol", EVALUATE_PROTOCOL);
        cJSON_AddNumberToObject(json, "method", EVALUATE_METHOD);
        cJSON_AddStringToObject(json, "kevo", KEVO_VERSION);
        cJSON_AddStringToObject(json, "environment", w->environment);
        cJSON_AddStringToObject(json, "environment_hash", w->environment_hash);
        cJSON_AddStringToObject(json, "grade", grade);
        cJSON_AddStringToObject(json, "grade_reason", w->zygote.reason);
        cJSON_AddNumberToObject(json, "threads", w->machine.threads);
        rc = wire_write(w->out, json, 0, err);
        cJSON_Delete(json);
        return rc;
}

static int say_error(struct worker *w, const struct error *failure,
                     struct error *err)
{
        cJSON *json = cJSON_CreateObject();
        int rc;

        cJSON_AddStringToObject(json, "is", "error");
        cJSON_AddNumberToObject(json, "code", failure->code);
        cJSON_AddStringToObject(json, "text", failure->text);
        rc = wire_write(w->out, json, 0, err);
        cJSON_Delete(json);
        return rc;
}

/* Nobody may be listening any more: then the answer fails, not this. */
static void say_progress(const char *doing, void *data)
{
        struct worker *w = data;
        cJSON *json = cJSON_CreateObject();
        struct error ignored;

        cJSON_AddStringToObject(json, "is", "progress");
        cJSON_AddStringToObject(json, "doing", doing);
        (void)!wire_write(w->out, json, 0, &ignored);
        cJSON_Delete(json);
}

/* Complete a result with what the worker knows, and send it. */
static int say_result(struct worker *w, struct evaluate_result *result,
                      struct error *err)
{
        cJSON *json;
        char *environment;
        bool device = w->backend->driver != NULL;
        int rc = find_environment(w, w->backend, &environment,
                                  result->environment_hash, err);

        if (rc < 0)
                return rc;
        free(result->environment);
        result->environment = environment;
        /* A device process keeps files and system calls for its driver. */
        result->grade = device ? 'B' : w->zygote.grade;
        json = cJSON_CreateObject();
        cJSON_AddStringToObject(json, "is", "result");
        cJSON_AddItemToObject(json, "result",
                              evaluate_result_to_json(result, true));
        rc = wire_write(w->out, json, 0, err);
        cJSON_Delete(json);
        return rc;
}

/* One request to its result or its error. */
static int evaluate(struct worker *w, const cJSON *message,
                    struct evaluate_result **result, struct error *err)
{
        struct evaluation_host host = {
                .zygote = &w->zygote,
                .bank = w->bank,
                .machine = &w->machine,
                .python = *w->settings->python ? w->settings->python : NULL,
                .outside_ns = w->settings->baseline_seconds *
                              (int64_t)CLOCK_SECOND_NS,
                .say = say_progress,
                .say_data = w};
        struct evaluate_workload *workload = NULL;
        const struct bank_spec *spec;
        struct evaluate_request request;
        const char *text, *file, *reference;
        int rc;

        if (!w->zygote.grade)
                return error_set(err, ERR_UNSUPPORTED, "%s", w->zygote.reason);
        bank_begin(w->bank);
        rc = request_spec(message, &text, &file, &reference, err);
        if (rc == 0)
                rc = bank_find_spec(w->bank, text, file, reference, &spec,
                                    err);
        if (rc == 0)
                rc = request_from_json(message, spec->spec, &request,
                                       &workload, err);
        w->backend = rc == 0 ? backend_find(request.language) : NULL;
        w->backend = w->backend ? w->backend : &backend_c;
        if (rc == 0)
                rc = evaluation_run(&host, &request, spec, result, err);
        free(workload);
        return rc;
}

static int serve(struct worker *w, struct error *err)
{
        struct evaluate_result *result;
        cJSON *message;
        int rc;

        for (;;) {
                struct error failure = {0};

                rc = wire_read(w->in, 0, &message, err);
                if (rc < 0)
                        return rc == ERR_LOST ? 0 : rc;
                result = NULL;
                rc = evaluate(w, message, &result, &failure);
                cJSON_Delete(message);
                if (rc < 0) {
                        failure.code = rc;
                        rc = say_error(w, &failure, err);
                } else {
                        rc = say_result(w, result, err);
                }
                evaluate_result_free(result);
                if (rc < 0)
                        return rc;
        }
}

static int start(struct worker *w, struct error *err)
{
        int rc = host_load(&w->settings, err);

        if (rc == 0)
                rc = file_make_directories(w->settings->cache, 0700, err);
        if (rc < 0)
                return rc;
        machine_probe(&w->machine);
        w->bank = calloc(1, sizeof *w->bank);
        if (!w->bank)
                return error_memory(err);
        bank_init(w->bank, w->settings->cache, w->machine.threads,
                  w->machine.memory_bytes / 4);
        w->bank->zygote = &w->zygote;
        return find_environment(w, &backend_c, &w->environment,
                                w->environment_hash, err);
}

int worker_main(int in, int out)
{
        struct worker w = {.in = in, .out = out};
        struct error err = {0};
        int rc;

        signal(SIGPIPE, SIG_IGN);
        /* First of all, while there is nothing to hide and one thread. */
        rc = zygote_start(&w.zygote, &err);
        if (rc == 0)
                rc = start(&w, &err);
        if (rc == 0)
                rc = say_hello(&w, &err);
        if (rc == 0)
                rc = serve(&w, &err);
        if (rc < 0) {
                struct error ignored;

                (void)!say_error(&w, &err, &ignored);
                fprintf(stderr, "kevo worker: %s\n", err.text);
        }
        if (w.bank)
                bank_dispose(w.bank);
        free(w.bank);
        host_free(w.settings);
        free(w.environment);
        zygote_stop(&w.zygote);
        return rc < 0;
}
