/*
 * No memory: every program below is run with its first allocation failing,
 * its second, and so on, once alone and once with all behind it, until it
 * needs no more. It must end with ERR_MEMORY and a sentence, or with the
 * right answer; sanitizers see what it leaks or touches. Allocations are those
 * of kevo and of its JSON library, not of other libraries.
 *
 * TORTURE_ALL=1 takes every allocation and every kernel of the library;
 * otherwise long programs lose their allocations in growing steps.
 */
#include "check_main.h"

#include <dirent.h>
#include <execinfo.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "backends/backend.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/limits.h"
#include "evaluate/request.h"
#include "evaluate/result.h"
#include "evaluate/wire.h"
#include "propose/propose.h"
#include "repo/host.h"
#include "repo/repository.h"
#include "spec/spec.h"
#include "store/events.h"
#include "store/jobs.h"

/* --- the allocator --------------------------------------------------------
 */

enum { FRAMES = 12 };

static struct {
        long count;  /* allocations so far */
        long target; /* the one that fails; 0: none */
        bool on;     /* and all behind it */
        bool hit;
        void *frame[FRAMES]; /* who asked for the first that failed */
        int frames;
} memory;

__attribute__((noinline)) static bool is_out(void)
{
        memory.count++;
        if (!memory.target || memory.count < memory.target ||
            (!memory.on && memory.count > memory.target))
                return false;
        if (!memory.hit)
                memory.frames = backtrace(memory.frame, FRAMES);
        memory.hit = true;
        return true;
}

#define WRAP(type, name, parameters, arguments)                   \
        type __real_##name parameters;                            \
        type __wrap_##name parameters;                            \
        type __wrap_##name parameters                             \
        {                                                         \
                return is_out() ? NULL : __real_##name arguments; \
        }

WRAP(void *, malloc, (size_t n), (n))
WRAP(void *, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, (void *old, size_t n), (old, n))
WRAP(char *, strdup, (const char *text), (text))
WRAP(char *, strndup, (const char *text, size_t n), (text, n))

int __real_vasprintf(char **text, const char *format, va_list args);
int __wrap_vasprintf(char **text, const char *format, va_list args);
int __wrap_asprintf(char **text, const char *format, ...);

int __wrap_vasprintf(char **text, const char *format, va_list args)
{
        return is_out() ? -1 : __real_vasprintf(text, format, args);
}

int __wrap_asprintf(char **text, const char *format, ...)
{
        va_list args;
        int n;

        va_start(args, format);
        n = __wrap_vasprintf(text, format, args);
        va_end(args);
        return n;
}

static void arm(long target, bool on)
{
        memory.count = 0;
        memory.target = target;
        memory.on = on;
        memory.hit = false;
}

/* For addr2line -fe PROGRAM. */
static bool wrong(void)
{
        fflush(stdout);
        backtrace_symbols_fd(memory.frame, memory.frames, STDOUT_FILENO);
        return false;
}

/* --- one program ----------------------------------------------------------
 */

/* Do something and say what came of it. */
typedef int program(char answer[HASH_TEXT_BYTES], struct error *err);

static void fail_once(program *run, const char *what, long n, bool on,
                      const char *right)
{
        char answer[HASH_TEXT_BYTES] = "";
        struct error err = {0};
        int rc;

        arm(n, on);
        rc = run(answer, &err);
        memory.target = 0;
        if (rc == 0)
                ck_assert_msg(strcmp(answer, right) == 0 || wrong(),
                              "%s: another answer without allocation %ld%s",
                              what, n, on ? " and all behind it" : "");
        else
                ck_assert_msg(
                        (rc == ERR_MEMORY && err.code == rc && err.text[0]) ||
                                wrong(),
                        "%s: without allocation %ld%s: %d: %s", what, n,
                        on ? " and all behind it" : "", rc, err.text);
}

static void torture(program *run, const char *what)
{
        char right[HASH_TEXT_BYTES] = "";
        struct error err = {0};
        bool all = getenv("TORTURE_ALL") != NULL;
        long n = 1;

        arm(0, false);
        ck_assert_msg(run(right, &err) == 0, "%s: %s", what, err.text);
        ck_assert_msg(memory.count > 0, "%s allocates nothing", what);
        do {
                fail_once(run, what, n, false, right);
                fail_once(run, what, n, true, right);
                n += 1 + (all ? 0 : n / 64);
        } while (memory.hit);
}

/* --- language, headers, lowering --------------------------------------------
 */

static char *text;
static size_t text_length;
static struct spec *spec;

static void load(const char *path)
{
        struct error err = {0};

        ck_assert_msg(file_read(path, LIMIT_SPEC_BYTES, &text, &text_length,
                                &err) == 0,
                      "%s", err.text);
}

static int parse_spec(char answer[HASH_TEXT_BYTES], struct error *err)
{
        struct spec *made = NULL;
        int rc = spec_parse(text, text_length, "a.kernel", &made, err);

        if (rc == 0)
                snprintf(answer, HASH_TEXT_BYTES, "%s", made->hash);
        spec_free(made);
        return rc;
}

static int parse_source(char answer[HASH_TEXT_BYTES], struct error *err)
{
        struct source *made = NULL;
        int rc = source_parse(text, text_length, "generic.c", "c", spec, &made,
                              err);

        if (rc == 0)
                snprintf(answer, HASH_TEXT_BYTES, "%s", made->hash);
        source_free(made);
        return rc;
}

static int print_first(char answer[HASH_TEXT_BYTES], struct error *err)
{
        char *made = NULL;
        int rc = propose_first(spec, &backend_c, &made, err);

        if (rc == 0)
                hash_bytes(made, strlen(made), answer);
        free(made);
        return rc;
}

static void parse_here(void)
{
        struct error err = {0};

        ck_assert_msg(spec_parse(text, text_length, "a.kernel", &spec, &err) ==
                              0,
                      "%s", err.text);
}

/* Of some kernels of the starter library, or of all. */
START_TEST(language_and_lowering)
{
        static const char root[] = SOURCE_DIR "/kernels";
        char path[LIMIT_PATH_BYTES];
        DIR *folder = opendir(root);
        struct dirent *entry;
        int at = 0;

        while (folder && (entry = readdir(folder))) {
                snprintf(path, sizeof path, "%s/%s/%s.kernel", root,
                         entry->d_name, entry->d_name);
                if (!file_exists(path) || (at++ % 6 && !getenv("TORTURE_ALL")))
                        continue;
                load(path);
                torture(parse_spec, entry->d_name);
                parse_here();
                if (!spec->reference)
                        torture(print_first, entry->d_name);
                spec_free(spec);
                free(text);
        }
        closedir(folder);
        ck_assert_int_gt(at, 20);
}
END_TEST

START_TEST(headers)
{
        static const char folder[] =
                SOURCE_DIR "/ci/demo.d/first/kernels/softmax";
        char path[LIMIT_PATH_BYTES];

        snprintf(path, sizeof path, "%s/softmax.kernel", folder);
        load(path);
        parse_here();
        free(text);
        snprintf(path, sizeof path, "%s/generic.c", folder);
        load(path);
        torture(parse_source, "a source");
        free(text);
        spec_free(spec);
}
END_TEST

/* --- files --------------------------------------------------------------- */

static char folder[LIMIT_PATH_BYTES];

static void put(const char *name, const char *content)
{
        char path[LIMIT_PATH_BYTES + 64], parent[LIMIT_PATH_BYTES + 64];
        struct error err = {0};

        snprintf(path, sizeof path, "%s/%s", folder, name);
        snprintf(parent, sizeof parent, "%.*s",
                 (int)(strrchr(path, '/') - path), path);
        ck_assert_msg(file_make_directories(parent, 0755, &err) == 0 &&
                              file_write(path, content, strlen(content), 0644,
                                         &err) == 0,
                      "%s", err.text);
}

static void hash_number(struct hash *hash, int number)
{
        hash_add(hash, &number, sizeof number);
}

static int load_repository(char answer[HASH_TEXT_BYTES], struct error *err)
{
        struct repository *made = NULL;
        struct tree *tree = NULL;
        struct hash hash;
        int rc = tree_open_folder(&tree, folder, err);

        if (rc == 0)
                rc = repository_load(&made, tree, err);
        if (rc == 0) {
                hash_begin(&hash);
                hash_number(&hash, made->kernel_count);
                hash_number(&hash, made->hardware_count);
                hash_number(&hash, made->problem_count);
                for (int i = 0; i < made->kernel_count; i++) {
                        hash_add_text(&hash, made->kernel[i].spec->hash);
                        hash_number(&hash, made->kernel[i].variant_count);
                }
                hash_end(&hash, answer);
        }
        repository_free(made);
        tree_close(tree);
        return rc;
}

static int load_host(char answer[HASH_TEXT_BYTES], struct error *err)
{
        struct host *made = NULL;
        int rc = host_load(&made, err);

        if (rc == 0)
                hash_bytes(made->store, strlen(made->store), answer);
        host_free(made);
        return rc;
}

START_TEST(files_of_people)
{
        struct error err = {0};
        char path[LIMIT_PATH_BYTES + 64];

        ck_assert_int_eq(file_make_temporary(folder, &err), 0);
        put("kevo.json", "{\"kevo\": 1, \"branches\": [\"main\"]}");
        put("kernels/twice/twice.kernel",
            "kernel twice {\n size N in 1..=64\n in x: f32[N]\n"
            " out y: f32[N]\n y[i] = 2 * x[i]\n workload a N = 8\n}\n");
        put("kernels/twice/generic.c",
            "void twice(const float *x, float *y, long N)\n{\n}\n");
        put("models/m.json", "{\"kevo\": 1, \"model\": \"m\", \"calls\":"
                             " [{\"kernel\": \"twice\","
                             " \"sizes\": {\"N\": [8, 16]}}]}");
        torture(load_repository, "a repository");
        put("host.json", "{\"kevo\": 1, \"store\": \"/a/b\","
                         " \"repositories\": [{\"path\": \"/r\"}]}");
        snprintf(path, sizeof path, "%s/host.json", folder);
        setenv("KEVO_CONFIG", path, 1);
        torture(load_host, "the host file");
        file_remove_tree(folder);
}
END_TEST

/* --- the store ------------------------------------------------------------
 */

static int use_store(char answer[HASH_TEXT_BYTES], struct error *err)
{
        struct job job = {.kind = "search", .key = "k"}, *claimed = NULL;
        struct event event = {.kind = "push"};
        char path[LIMIT_PATH_BYTES + 16];
        struct event **events = NULL;
        struct job **jobs = NULL;
        struct store *store = NULL;
        int job_count = 0, event_count = 0, rc;

        snprintf(path, sizeof path, "%s/kevo.db", folder);
        rc = store_open(&store, path, err);
        if (rc == 0)
                rc = job_add(store, &job, NULL, NULL, err);
        if (rc == 0)
                rc = event_add(store, &event, NULL, NULL, err);
        if (rc == 0)
                rc = event_unplanned(store, &events, &event_count, err);
        if (rc == 0)
                rc = job_claim(store, 1, &claimed, err);
        if (rc == 0 && claimed)
                rc = job_finish(store, claimed->id, "done", "", err);
        if (rc == 0)
                rc = job_list(store, "queued", 0, &jobs, &job_count, err);
        if (rc == 0)
                snprintf(answer, HASH_TEXT_BYTES, "%d %d", event_count > 0,
                         job_count);
        events_free(events, event_count);
        jobs_free(jobs, job_count);
        job_free(claimed);
        store_close(store);
        return rc;
}

START_TEST(the_store)
{
        struct store *store = NULL;
        char path[LIMIT_PATH_BYTES + 16];
        struct error err = {0};

        ck_assert_int_eq(file_make_temporary(folder, &err), 0);
        torture(use_store, "the store");
        snprintf(path, sizeof path, "%s/kevo.db", folder);
        ck_assert_int_eq(store_open(&store, path, &err), 0);
        ck_assert_int_eq(store_check(store, &err), 0);
        store_close(store);
        file_remove_tree(folder);
}
END_TEST

/* --- messages between client and worker -----------------------------------
 */

static const char scale_text[] = "kernel scale {\n size M, N\n"
                                 " param f: f32 in 0..=4 = 1\n"
                                 " in x: f32[M, N]\n out y: f32[M, N]\n"
                                 " y[i, j] = x[i, j] * f\n"
                                 " workload w M=8 N=16\n}\n";

/* Through a file; the caller deletes *back. */
static int send(const cJSON *json, cJSON **back, struct error *err)
{
        int fd = memfd_create("message", 0), rc;

        *back = NULL;
        if (!json)
                rc = error_memory(err);
        else
                rc = wire_write(fd, json, 0, err);
        if (rc == 0 && lseek(fd, 0, SEEK_SET) < 0)
                rc = ERR_IO;
        if (rc == 0)
                rc = wire_read(fd, 0, back, err);
        close(fd);
        return rc;
}

/* What arrived, as text. */
static int hash_json(cJSON *json, char answer[HASH_TEXT_BYTES],
                     struct error *err)
{
        char *made = json ? json_print(json) : NULL;

        if (made)
                hash_bytes(made, strlen(made), answer);
        free(made);
        cJSON_Delete(json);
        return made ? 0 : error_memory(err);
}

static int send_request(char answer[HASH_TEXT_BYTES], struct error *err)
{
        struct evaluate_workload workload = {.name = "w",
                                             .weight = 1,
                                             .incumbent = "void f(void) {}",
                                             .incumbent_language = "c",
                                             .incumbent_label = "generic.c"};
        struct evaluate_request request = {.spec = spec,
                                           .campaign = "c",
                                           .language = "c",
                                           .candidate = "void g(void) {}",
                                           .candidate_label = "node 3",
                                           .workload_count = 1,
                                           .workload = &workload,
                                           .stage = STAGE_S3,
                                           .threads = 2,
                                           .timeout_ns = 1000000000};
        struct evaluate_workload *arrived = NULL;
        struct evaluate_request read;
        cJSON *json, *back = NULL;
        int rc;

        binding_from_workload(&workload.binding, spec, spec->workload[0]);
        json = request_to_json(&request);
        rc = send(json, &back, err);
        if (rc == 0)
                rc = request_from_json(back, spec, &read, &arrived, err);
        if (rc == 0)
                rc = hash_json(request_to_json(&read), answer, err);
        free(arrived);
        cJSON_Delete(json);
        cJSON_Delete(back);
        return rc;
}

static int make_result(struct evaluate_result *r, struct error *err)
{
        struct evaluate_measure *m;
        struct evaluate_outside *o;
        int rc = result_add_check(r, STAGE_S1, "oracle", true, "d", "h", err);

        if (rc == 0)
                rc = result_add_measure(r, "S3", 0, &m, err);
        if (rc == 0)
                rc = result_add_outside(r, 0, "pytorch", &o, err);
        if (rc == 0 && result_set_reason(r, "faster by %d %%", 3) < 0)
                rc = error_memory(err);
        return rc;
}

static int send_result(char answer[HASH_TEXT_BYTES], struct error *err)
{
        struct evaluate_result *result = result_new(), *arrived = NULL;
        cJSON *json = NULL, *back = NULL;
        int rc = result ? make_result(result, err) : error_memory(err);

        if (rc == 0) {
                json = evaluate_result_to_json(result, true);
                rc = send(json, &back, err);
        }
        if (rc == 0)
                rc = evaluate_result_from_json(back, &arrived, err);
        if (rc == 0)
                rc = hash_json(evaluate_result_to_json(arrived, true), answer,
                               err);
        cJSON_Delete(json);
        cJSON_Delete(back);
        evaluate_result_free(result);
        evaluate_result_free(arrived);
        return rc;
}

START_TEST(messages)
{
        struct error err = {0};

        ck_assert_int_eq(
                spec_parse(scale_text, strlen(scale_text), "s", &spec, &err),
                0);
        torture(send_request, "a request");
        torture(send_result, "a result");
        spec_free(spec);
}
END_TEST

int main(void)
{
        const TTest *tests[] = {language_and_lowering, headers,
                                files_of_people, the_store, messages};
        cJSON_Hooks hooks = {malloc, free};

        cJSON_InitHooks(&hooks);
        return check_main("torture", tests, 5);
}
