/*
 * kevo doctor: is this machine fit to judge kernels? Compilers, isolation,
 * disk, the repositories here and watched, and the noise of a measurement.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "cli/commands.h"
#include "cli/doctor_repository.h"
#include "cli/options.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/proc.h"
#include "evaluate/outside_python.h"
#include "propose/propose.h"

/* What the noise is measured with: a map of 1 MiB, built two ways. */
static const char noise_spec[] = "kernel noise {\n"
                                 "    size N\n"
                                 "    in   x: f32[N]\n"
                                 "    out  y: f32[N]\n"
                                 "    y[i] = x[i] * 2 + 1\n"
                                 "    workload probe N=262144\n"
                                 "}\n";

static const char noise_source[] =
        "// kevo: kernel noise\n"
        "// kevo: stage probe tasks ceil(N, 4096) args x y\n"
        "#include <stdint.h>\n"
        "void probe(int64_t task, const float *x, float *y, int64_t N)\n"
        "{\n"
        "        int64_t end = (task + 1) * 4096;\n"
        "        for (int64_t i = task * 4096; i < end && i < N; i++)\n"
        "                y[i] = x[i] * 2 + 1;\n"
        "}\n";

static int findings; /* things that a person should mend */

static void say(const char *what, bool fine, const char *text)
{
        printf("%-12s %s%s\n", what, fine ? "" : "! ", text);
        findings += !fine;
}

static void check_machine(const struct cli_context *context)
{
        const struct machine *m = &context->machine;
        char name[LIMIT_NAME_BYTES + 1], text[512];

        machine_hardware_name(m, name);
        snprintf(text, sizeof text,
                 "%s (%s), %d threads, vectors of %d bytes, L2 %lld KiB, "
                 "last level %lld KiB",
                 m->model_name, name, m->threads, m->vector_bytes,
                 (long long)m->l2_bytes / 1024,
                 (long long)m->llc_bytes / 1024);
        say("machine", true, text);
}

static void check_compiler(const struct cli_context *context)
{
        char hash[HASH_TEXT_BYTES], *fields = NULL;
        struct error err = {0};

        if (subject_environment(&context->machine, "cpu", hash, &fields,
                                &err) < 0)
                say("compiler", false, err.text);
        else
                say("compiler", true, fields);
        free(fields);
}

/* Devices of other kinds; a machine without any is fit too. */
static void check_devices(void)
{
        const struct backend *const *all = backend_all();

        for (int i = 0; all[i]; i++) {
                const struct device_info *info, *used;
                int count = 0, number = -1;
                struct error err = {0};
                char text[512];

                if (!all[i]->driver)
                        continue;
                if (device_list(all[i]->driver, &info, &count, &err) < 0)
                        say(all[i]->kind, err.code == ERR_NOT_FOUND, err.text);
                else if (count == 0)
                        say(all[i]->kind, true, "no device");
                if (count)
                        (void)!device_choose(all[i]->driver, &used, &number,
                                             &err);
                for (int k = 0; k < count; k++) {
                        snprintf(text, sizeof text,
                                 "%s%.100s (%.60s), %.100s %.60s, %d units; "
                                 "programs run at grade B",
                                 k == number ? "" : "not used: ", info[k].name,
                                 info[k].vendor, info[k].platform,
                                 info[k].driver, (int)info[k].units);
                        say(all[i]->kind, true, text);
                }
        }
}

static void check_sandbox(void)
{
        char reason[256], text[512];

        if (proc_sandbox_works(reason)) {
                say("sandbox", true,
                    "bubblewrap works: foreign code is compiled isolated");
                return;
        }
        snprintf(text, sizeof text,
                 "bubblewrap does not work (%s): nothing foreign can be "
                 "compiled; install it, and allow user namespaces",
                 reason);
        say("sandbox", false, text);
}

/* What a verdict may be measured beside, and need not be. */
static void check_pytorch(const struct host *host)
{
        const char *python = *host->python ? host->python : NULL;
        char found[OUTSIDE_REASON_BYTES], text[1024];
        bool fine;

        if (host->baseline_seconds == 0) {
                say("pytorch", true,
                    "not measured: \"baselines\" of the host file gives it 0 "
                    "seconds");
                return;
        }
        fine = outside_python_look(python, found);
        if (fine)
                snprintf(text, sizeof text, "%s, of %.300s", found,
                         python ? python : "python3 of the PATH");
        else if (python)
                snprintf(text, sizeof text,
                         "%s; \"baselines\": {\"python\": ...} of %.300s must "
                         "name a Python whose `import torch` works",
                         found, host->file);
        else
                snprintf(text, sizeof text,
                         "%s, so wins are not measured beside it; `pip "
                         "install torch` in a virtual environment, and name "
                         "its python3 as \"baselines\": {\"python\": ...} in "
                         "the host file",
                         found);
        say("pytorch", fine || !python, text);
}

static void check_store(const struct cli_context *context)
{
        char text[LIMIT_PATH_BYTES + 128];
        struct store *store = NULL;
        struct error err = {0};
        int64_t free_bytes;

        if (!file_exists(context->host->store)) {
                snprintf(text, sizeof text,
                         "%s: not made yet; the first "
                         "search makes it",
                         context->host->store);
                say("store", true, text);
                return;
        }
        if (store_open_readonly(&store, context->host->store, &err) < 0) {
                say("store", false, err.text);
                return;
        }
        store_close(store);
        free_bytes = file_free_bytes(context->host->store);
        snprintf(text, sizeof text, "%s: schema %d, %lld MiB free",
                 context->host->store, store_schema_version(),
                 (long long)(free_bytes >> 20));
        say("store", free_bytes < 0 || free_bytes > context->host->free_bytes,
            text);
}

static void check_daemon(const struct cli_context *context)
{
        bool there = file_exists(context->host->socket);
        char text[LIMIT_PATH_BYTES + 128];

        snprintf(text, sizeof text, "%s%s", context->host->socket,
                 there ? ": a daemon's socket"
                       : ": no daemon runs; `kevo daemon` starts one");
        say("daemon", true, text);
}

static void report_noise(const struct evaluate_result *result)
{
        const struct evaluate_measure *m;
        double half = 0;
        char text[256];

        for (int i = 0; i < result->measure_count; i++) {
                m = &result->measure[i];
                if (m->null_high - m->null_low > 2 * half)
                        half = (m->null_high - m->null_low) / 2;
        }
        if (half <= 0) {
                say("noise", false, "could not be measured");
                return;
        }
        snprintf(text, sizeof text,
                 "a kernel against itself: 95 %% interval +- %.1f %%; a win "
                 "must exceed %.1f %%%s",
                 100 * half, 100 * (half > 0.02 ? half : 0.02),
                 half > 0.05 ? "; is other work running?" : "");
        say("noise", half <= 0.05, text);
}

static int measure_noise(struct evaluator *evaluator, struct error *err)
{
        struct evaluate_result *result = NULL;
        struct evaluate_workload workload = {.name = "probe",
                                             .weight = 1,
                                             .incumbent_language = "c",
                                             .incumbent_label = "generated"};
        struct evaluate_request request = {.campaign = "doctor",
                                           .language = "c",
                                           .candidate = noise_source,
                                           .candidate_label = "noise probe",
                                           .workload_count = 1,
                                           .workload = &workload,
                                           .stage = STAGE_S3,
                                           .measure_only = true,
                                           .timeout_ns = INT64_C(60) *
                                                         CLOCK_SECOND_NS};
        struct spec *spec = NULL;
        int rc;

        rc = spec_parse(noise_spec, sizeof noise_spec - 1, "noise", &spec,
                        err);
        if (rc < 0)
                return rc;
        request.spec = spec;
        binding_from_workload(&workload.binding, spec, spec->workload[0]);
        rc = evaluator_run(evaluator, &request, &result, err);
        if (rc == 0)
                report_noise(result);
        evaluate_result_free(result);
        spec_free(spec);
        return rc;
}

static void check_isolation(bool noise)
{
        struct evaluator *evaluator = NULL;
        struct error err = {0};
        char text[512];
        int rc = evaluator_start(&evaluator, NULL, &err);

        if (rc < 0) {
                say("isolation", false, err.text);
                return;
        }
        snprintf(text, sizeof text, "grade %c", evaluator_grade(evaluator));
        if (evaluator_grade(evaluator) != 'A')
                snprintf(text, sizeof text,
                         "grade %c: %s; own schedules and repository sources "
                         "run, model-written code is refused",
                         evaluator_grade(evaluator),
                         evaluator_grade_reason(evaluator));
        say("isolation", evaluator_grade(evaluator) == 'A', text);
        if (noise && measure_noise(evaluator, &err) < 0)
                say("noise", false, err.text);
        evaluator_stop(evaluator);
}

int cmd_doctor(int argc, char **argv)
{
        bool quick = false;
        const struct option_entry options[] = {
                {"quick", OPTION_FLAG, &quick,
                 "leave out the measurement of noise (10 s)"},
                {0}};
        struct cli_context context;
        struct error err = {0};
        int n;

        n = options_parse(options, argc, argv, 0, 1,
                          "kevo doctor [REPOSITORY] [--quick]",
                          "Check what a judgement depends on. Lines marked "
                          "with ! want a person; exit 1\nwhen there are any.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        if (cli_context_open(&context, CONTEXT_HOST, NULL, &err) < 0)
                return command_fail(&err);
        machine_probe(&context.machine);
        check_machine(&context);
        check_compiler(&context);
        check_devices();
        check_sandbox();
        check_pytorch(context.host);
        check_store(&context);
        doctor_repositories(context.host, n ? argv[1] : NULL, say);
        check_daemon(&context);
        check_isolation(!quick);
        cli_context_close(&context);
        return findings > 0;
}
