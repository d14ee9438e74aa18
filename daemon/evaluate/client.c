/*
 * The client's side of evaluate.h: a worker process, in a process group of
 * its own so that its end is the end of everything it started.
 */
#include "evaluate/evaluate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/file.h"
#include "core/json.h"
#include "core/proc.h"
#include "core/text.h"
#include "evaluate/wire.h"
#include "evaluate/request.h"

enum {
        HELLO_SECONDS = 60,
        SEND_SECONDS = 60,
        GRACE_SECONDS = 30,    /* beyond a request's own timeout */
        OUTSIDE_SECONDS = 900, /* beyond it for outside baselines, which the
                                  worker bounds by its own settings */
        DEFAULT_SECONDS = 900,
        WATCH_MS = 200 /* between two questions to who waits */
};

struct evaluator {
        pid_t pid;
        int in, out; /* of the worker: we write to in, read from out */
        char *environment;
        char environment_hash[HASH_TEXT_BYTES];
        char grade;
        char grade_reason[256];
};

static int64_t after(int64_t seconds)
{
        return clock_monotonic_ns() + seconds * CLOCK_SECOND_NS;
}

/* In the child: become the worker. */
static void become(const char *command, const char *self, int in, int out,
                   pid_t parent)
{
        char name[] = "worker";
        char *own[] = {(char *)self, name, NULL};
        char shell[] = "/bin/sh", option[] = "-c";
        char *other[] = {shell, option, (char *)command, NULL};
        sigset_t none;

        setpgid(0, 0);
        if (!proc_dies_with(parent, SIGTERM))
                return;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        signal(SIGPIPE, SIG_DFL);
        if (dup2(in, 0) < 0 || dup2(out, 1) < 0)
                return;
        execv(command ? shell : self, command ? other : own);
}

static int spawn(struct evaluator *e, const char *command, const char *self,
                 struct error *err)
{
        pid_t parent = getpid();
        int to[2], from[2];

        if (pipe2(to, O_CLOEXEC) < 0)
                return error_set(err, ERR_IO, "pipe: %s", strerror(errno));
        if (pipe2(from, O_CLOEXEC) < 0) {
                close(to[0]);
                close(to[1]);
                return error_set(err, ERR_IO, "pipe: %s", strerror(errno));
        }
        e->pid = fork();
        if (e->pid == 0) {
                become(command, self, to[0], from[1], parent);
                _exit(127);
        }
        close(to[0]);
        close(from[1]);
        e->in = to[1];
        e->out = from[0];
        if (e->pid < 0)
                return error_set(err, ERR_IO, "fork: %s", strerror(errno));
        setpgid(e->pid, e->pid);
        return 0;
}

static void kill_worker(struct evaluator *e)
{
        if (e->pid > 0) {
                kill(-e->pid, SIGKILL);
                while (waitpid(e->pid, NULL, 0) < 0 && errno == EINTR)
                        ;
        }
        e->pid = 0;
}

/* An "error" message as an error. */
static int take_error(const cJSON *json, struct error *err)
{
        const char *text = "the worker failed";
        int64_t code = ERR_INTERNAL;
        int rc;

        rc = json_get_text_or(json, "text", "worker", &text, err);
        if (rc == 0)
                rc = json_get_int_or(json, "code", "worker", -100, -1, &code,
                                     err);
        return rc < 0 ? rc : error_set(err, (int)code, "%s", text);
}

static const char *kind_of(const cJSON *json)
{
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, "is");

        return cJSON_IsString(item) ? item->valuestring : "";
}

static int read_hello(struct evaluator *e, struct error *err)
{
        const char *environment = "", *hash = "", *grade = "", *reason = "";
        int64_t protocol = 0;
        cJSON *json;
        int rc = wire_read(e->out, after(HELLO_SECONDS), &json, err);

        if (rc < 0)
                return rc;
        if (text_equal(kind_of(json), "error"))
                rc = take_error(json, err);
        if (rc == 0)
                rc = json_get_int(json, "protocol", "hello", 0, 1 << 20,
                                  &protocol, err);
        if (rc == 0)
                rc = json_get_text(json, "environment", "hello", &environment,
                                   err);
        if (rc == 0)
                rc = json_get_text(json, "environment_hash", "hello", &hash,
                                   err);
        if (rc == 0)
                rc = json_get_text(json, "grade", "hello", &grade, err);
        if (rc == 0)
                rc = json_get_text_or(json, "grade_reason", "hello", &reason,
                                      err);
        if (rc == 0 && protocol != EVALUATE_PROTOCOL)
                rc = error_set(
                        err, ERR_UNSUPPORTED,
                        "the worker speaks protocol %lld, this kevo %d; "
                        "install the same version on both",
                        (long long)protocol, EVALUATE_PROTOCOL);
        if (rc == 0) {
                e->environment = strdup(environment);
                snprintf(e->environment_hash, sizeof e->environment_hash,
                         "%.64s", hash);
                snprintf(e->grade_reason, sizeof e->grade_reason, "%.255s",
                         reason);
                e->grade = grade[0];
                if (!e->environment)
                        rc = error_memory(err);
        }
        cJSON_Delete(json);
        return rc;
}

int evaluator_start(struct evaluator **evaluator, const char *command,
                    struct error *err)
{
        const char *override = getenv("KEVO_WORKER");
        char self[LIMIT_PATH_BYTES];
        struct evaluator *e;
        int rc;

        *evaluator = NULL;
        if (!command && override && *override)
                command = override;
        rc = file_self(self, err);
        if (rc < 0)
                return rc;
        e = calloc(1, sizeof *e);
        if (!e)
                return error_memory(err);
        e->in = e->out = -1;
        rc = spawn(e, command, self, err);
        if (rc == 0)
                rc = read_hello(e, err);
        if (rc < 0) {
                error_wrap(err, "starting %s", command ? command : "a worker");
                evaluator_stop(e);
                return rc;
        }
        *evaluator = e;
        return 0;
}

void evaluator_stop(struct evaluator *e)
{
        if (!e)
                return;
        if (e->in >= 0)
                close(e->in);
        if (e->out >= 0)
                close(e->out);
        for (int i = 0; i < 100 && e->pid > 0; i++) {
                if (waitpid(e->pid, NULL, WNOHANG) == e->pid) {
                        /* Whatever it left behind. */
                        kill(-e->pid, SIGKILL);
                        e->pid = 0;
                } else {
                        clock_sleep_ns(10000000);
                }
        }
        kill_worker(e);
        free(e->environment);
        free(e);
}

const char *evaluator_environment(const struct evaluator *e)
{
        return e->environment;
}

const char *evaluator_environment_hash(const struct evaluator *e)
{
        return e->environment_hash;
}

char evaluator_grade(const struct evaluator *e)
{
        return e->grade;
}

const char *evaluator_grade_reason(const struct evaluator *e)
{
        return e->grade_reason;
}

pid_t evaluator_pid(const struct evaluator *e)
{
        return e->pid;
}

static int send_request(struct evaluator *e,
                        const struct evaluate_request *request,
                        struct error *err)
{
        struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
        cJSON *json = request_to_json(request);
        int rc;

        if (!json)
                return error_memory(err);
        sigaction(SIGPIPE, &ignore, &before);
        rc = wire_write(e->in, json, after(SEND_SECONDS), err);
        sigaction(SIGPIPE, &before, NULL);
        cJSON_Delete(json);
        return rc;
}

static bool goes_on(const struct evaluate_request *request, const char *doing)
{
        return !request->watch || request->watch(doing, request->watch_data);
}

static int give_up(struct error *err)
{
        return error_set(err, ERR_INTERRUPTED, "interrupted");
}

/* Until there is something to read, or whoever waits has had enough. */
static int wait_watched(struct evaluator *e,
                        const struct evaluate_request *request,
                        int64_t deadline_ns, struct error *err)
{
        for (;;) {
                int64_t now = clock_monotonic_ns(), slice;
                int rc;

                slice = now + WATCH_MS * INT64_C(1000000);
                rc = wire_wait(e->out,
                               slice < deadline_ns ? slice : deadline_ns, err);
                if (rc != ERR_TIMEOUT || now >= deadline_ns)
                        return rc;
                if (!goes_on(request, NULL))
                        return give_up(err);
        }
}

/* The worker's answer; what it says in between is passed on. */
static int await_answer(struct evaluator *e,
                        const struct evaluate_request *request,
                        int64_t deadline_ns, cJSON **json, struct error *err)
{
        for (;;) {
                const char *doing = "";
                bool more;
                int rc = wait_watched(e, request, deadline_ns, err);

                if (rc == 0)
                        rc = wire_read(e->out, deadline_ns, json, err);
                if (rc < 0 || !text_equal(kind_of(*json), "progress"))
                        return rc;
                rc = json_get_text(*json, "doing", "progress", &doing, err);
                more = rc == 0 && goes_on(request, doing);
                cJSON_Delete(*json);
                *json = NULL;
                if (rc < 0 || !more)
                        return rc < 0 ? rc : give_up(err);
        }
}

/* The caller looks its workloads up by these numbers. */
static int check_workloads(const struct evaluate_result *r, int count,
                           struct error *err)
{
        int most = -1;

        for (int i = 0; i < r->measure_count; i++)
                if (r->measure[i].workload > most)
                        most = r->measure[i].workload;
        for (int i = 0; i < r->outside_count; i++)
                if (r->outside[i].workload > most)
                        most = r->outside[i].workload;
        if (most < count)
                return 0;
        return error_set(err, ERR_INPUT,
                         "the worker tells of workload %d of %d; install the "
                         "same version on both",
                         most + 1, count);
}

int evaluator_run(struct evaluator *e, const struct evaluate_request *request,
                  struct evaluate_result **result, struct error *err)
{
        int64_t timeout = request->timeout_ns
                                  ? request->timeout_ns
                                  : DEFAULT_SECONDS * (int64_t)CLOCK_SECOND_NS;
        cJSON *json = NULL;
        int rc;

        if (request->outside)
                timeout += OUTSIDE_SECONDS * (int64_t)CLOCK_SECOND_NS;
        *result = NULL;
        if (!e->pid)
                return error_set(err, ERR_LOST,
                                 "the worker is gone; start another");
        rc = send_request(e, request, err);
        if (rc == 0)
                rc = await_answer(e, request, after(GRACE_SECONDS) + timeout,
                                  &json, err);
        if (rc < 0) {
                /* Out of step with us, whatever the cause. */
                kill_worker(e);
                return rc == ERR_TIMEOUT
                               ? error_set(err, ERR_TIMEOUT,
                                           "no answer within %lld s: the "
                                           "worker was killed; start another",
                                           (long long)(timeout /
                                                       CLOCK_SECOND_NS) +
                                                   GRACE_SECONDS)
                               : rc;
        }
        if (text_equal(kind_of(json), "error"))
                rc = take_error(json, err);
        else
                rc = evaluate_result_from_json(
                        cJSON_GetObjectItemCaseSensitive(json, "result"),
                        result, err);
        if (rc == 0)
                rc = check_workloads(*result, request->workload_count, err);
        if (rc < 0) {
                evaluate_result_free(*result);
                *result = NULL;
        }
        cJSON_Delete(json);
        return rc;
}
