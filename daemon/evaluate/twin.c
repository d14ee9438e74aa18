/*
 * See twin.h. The driver below is printed behind the source and its entry
 * points: it reads the inputs from a file, puts each tensor between zones
 * that AddressSanitizer knows as poisoned (heap blocks alone would let an
 * access reach the next block), runs every stage's tasks, and writes the
 * outputs to a file.
 */
#include "evaluate/twin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/c/compile.h"
#include "core/clock.h"
#include "core/file.h"
#include "core/proc.h"
#include "core/text.h"

enum { RUN_SECONDS = 60, REPORT_BYTES = 16384 };

static const char *const driver_head =
        "\n#line 1 \"twin\"\n"
        "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
        "void __asan_poison_memory_region(void const volatile *, size_t);\n"
        "void __asan_unpoison_memory_region(void const volatile *, size_t);\n"
        /* What leaks is the driver's: a kernel cannot allocate. */
        "__attribute__((visibility(\"default\")))\n"
        "const char *__asan_default_options(void);\n"
        "const char *__asan_default_options(void)\n"
        "{\n"
        "        return \"detect_leaks=0\";\n"
        "}\n"
        "static void *__kevo_room(size_t bytes, int fill)\n"
        "{\n"
        "        size_t span = (bytes + 7) / 8 * 8;\n"
        "        char *all = aligned_alloc(4096, (2 * 4096 + span + 8191) /\n"
        "                                                4096 * 4096);\n"
        "        char *at = all + 4096;\n"
        "        if (!all)\n"
        "                exit(99);\n"
        "        memset(at, fill, span);\n"
        "        __asan_poison_memory_region(all, 4096);\n"
        "        __asan_poison_memory_region(at + bytes, 4096);\n"
        "        return at;\n"
        "}\n"
        "static void __kevo_read(FILE *file, void *at, size_t bytes)\n"
        "{\n"
        "        if (bytes && fread(at, 1, bytes, file) != bytes)\n"
        "                exit(98);\n"
        "}\n";

static void print_numbers(const struct program *program, struct buf *out)
{
        const struct spec *spec = program->spec;

        buf_puts(out, "static const __INT64_TYPE__ __kevo_size[] = {0");
        for (int i = 0; i < spec->size_count; i++)
                buf_printf(out, ", %lldLL",
                           (long long)program->binding.size[i]);
        buf_puts(out, "};\nstatic const double __kevo_param[] = {0");
        for (int i = 0; i < spec->param_count; i++)
                buf_printf(out, ", %a", program->binding.param[i]);
        buf_puts(out, "};\n");
}

static void print_rooms(const struct program *program,
                        const struct stock *stock, struct buf *out)
{
        const struct source *source = program->source;

        buf_puts(out, "int main(void)\n{\n"
                      "        static void *in[65], *out[65], *scratch[65],\n"
                      "                *local[65];\n"
                      "        struct __kevo_call call = {in, out, scratch,\n"
                      "                __kevo_size + 1, __kevo_param + 1};\n"
                      "        FILE *file = fopen(\"inputs\", \"rb\");\n"
                      "        if (!file)\n                exit(97);\n");
        for (int i = 0; i < stock->inputs; i++) {
                long long bytes = (long long)spec_tensor_bytes(
                        stock->input[i], &stock->binding);

                buf_printf(out,
                           "        in[%d] = __kevo_room(%lld, 0);\n"
                           "        __kevo_read(file, in[%d], %lld);\n",
                           i, bytes, i, bytes);
        }
        for (int o = 0; o < stock->outputs; o++)
                buf_printf(out, "        out[%d] = __kevo_room(%lld, 0x7f);\n",
                           o,
                           (long long)spec_tensor_bytes(stock->output[o],
                                                        &stock->binding));
        for (int i = 0; i < source->scratch_count; i++)
                buf_printf(out,
                           "        scratch[%d] = __kevo_room(%lld, "
                           "%d);\n",
                           i, (long long)program->launch.scratch_bytes[i],
                           source->scratch[i].zero ? 0 : 0xa5);
}

static void print_stages(const struct program *program,
                         const struct stock *stock, struct buf *out)
{
        const struct source *source = program->source;

        for (int s = 0; s < source->stage_count; s++) {
                for (int i = 0; i < source->stage[s].local_count; i++)
                        buf_printf(
                                out,
                                "        local[%d] = __kevo_room(%lld,"
                                " 0xa5);\n",
                                i,
                                (long long)program->launch.local_bytes[s][i]);
                buf_printf(out,
                           "        for (__INT64_TYPE__ t = 0; t < %lldLL; "
                           "t++)\n                __kevo_stage_%d(t, &call, "
                           "local);\n",
                           (long long)program->launch.tasks[s], s);
        }
        buf_puts(out, "        file = fopen(\"outputs\", \"r+b\");\n"
                      "        if (!file)\n                exit(96);\n");
        for (int o = 0; o < stock->outputs; o++)
                buf_printf(out, "        fwrite(out[%d], 1, %lld, file);\n", o,
                           (long long)spec_tensor_bytes(stock->output[o],
                                                        &stock->binding));
        buf_puts(out, "        return fclose(file) ? 95 : 0;\n}\n");
}

static int build(const struct program *program, const struct stock *stock,
                 char **executable, size_t *length, struct error *err)
{
        /* A negative number shifted left is what every compiler makes of it,
         * and what specs mean. */
        static const char *const extra[] = {"-O1",
                                            "-g1",
                                            "-fsanitize=address,undefined",
                                            "-fno-sanitize=shift-base",
                                            "-fno-sanitize-recover=all",
                                            "-fno-omit-frame-pointer",
                                            NULL};
        struct compiler_job job = {.file = program->source->file,
                                   .extra = extra,
                                   .executable = true};
        const struct compiler *compiler;
        char *defines = malloc(COMPILE_DEFINES_BYTES), *log = NULL;
        struct buf text;
        int rc;

        buf_init(&text, 2 * LIMIT_SOURCE_BYTES);
        buf_add(&text, program->source->text, program->source->length);
        thunk_print(program->source, program->spec, &text);
        buf_puts(&text, driver_head);
        print_numbers(program, &text);
        print_rooms(program, stock, &text);
        print_stages(program, stock, &text);
        rc = defines ? buf_check(&text, job.file, err) : error_memory(err);
        if (rc == 0)
                rc = compiler_find(&compiler, err);
        if (rc == 0)
                rc = compile_defines(program->source, program->spec,
                                     &program->binding, defines, &job, err);
        job.text = text.data;
        job.length = text.length;
        if (rc == 0)
                rc = compiler_run(compiler, &job, executable, length, &log,
                                  err);
        if (rc == ERR_INPUT && strstr(err->text, "asan"))
                rc = error_set(err, ERR_UNSUPPORTED,
                               "the sanitised twin cannot be built; install "
                               "the compiler's sanitizer libraries (libasan, "
                               "libubsan)");
        free(log);
        free(defines);
        buf_dispose(&text);
        return rc;
}

static int write_inputs(const struct stock *stock, const char *folder,
                        struct error *err)
{
        char path[LIMIT_PATH_BYTES + 16];
        FILE *file;
        bool good;

        snprintf(path, sizeof path, "%s/inputs", folder);
        file = fopen(path, "wbe");
        good = file != NULL;
        for (int i = 0; good && i < stock->inputs; i++) {
                const struct cell_piece *p = stock->piece + i;

                good = !p->bytes || fwrite(memory_data(&stock->memory, p), 1,
                                           p->bytes, file) == p->bytes;
        }
        if (file && fclose(file))
                good = false;
        return good ? 0 : file_fail(path, err);
}

/* The space for what the twin will write, taken before it runs: a full disk
 * must not look like a source that computes nothing. A file system that
 * cannot reserve is asked to be large enough. */
static int reserve_outputs(const struct stock *stock, const char *folder,
                           struct error *err)
{
        char path[LIMIT_PATH_BYTES + 16];
        int fd, rc = 0;

        snprintf(path, sizeof path, "%s/outputs", folder);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return file_fail(path, err);
        if (stock->output_bytes &&
            fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, stock->output_bytes) < 0 &&
            errno != EOPNOTSUPP && errno != ENOSYS)
                rc = file_fail(path, err);
        close(fd);
        return rc;
}

/* The part of a sanitizer's report that says what and where. */
static void summarise(const char *report, char text[400])
{
        const char *at = strstr(report, "ERROR: AddressSanitizer");

        if (!at)
                at = strstr(report, "runtime error");
        for (; at && at > report && at[-1] != '\n'; at--)
                ;
        snprintf(text, 400, "%.380s", at ? at : report);
        text[strcspn(text, "\n")] = 0;
}

static int judge_outputs(const struct stock *stock, const char *folder,
                         const char *label, const char *hidden,
                         struct findings *findings, struct error *err)
{
        char path[LIMIT_PATH_BYTES + 16], *data = NULL;
        struct expected_miss miss;
        size_t length = 0, at = 0;
        int rc;

        snprintf(path, sizeof path, "%s/outputs", folder);
        rc = file_read(path, (size_t)stock->output_bytes + 1, &data, &length,
                       err);
        if (rc < 0 || (int64_t)length != stock->output_bytes) {
                findings_fail(findings, CHECK_SANITISED, hidden,
                              "%s: the sanitised twin wrote no result", label);
                free(data);
                return 0;
        }
        for (int o = 0; o < stock->outputs; o++) {
                if (!stock_accepts(stock, 0, o, data + at, &miss))
                        findings_fail(findings, CHECK_SANITISED, hidden,
                                      "%s, sanitised twin: %s", label,
                                      miss.text);
                at += (size_t)spec_tensor_bytes(stock->output[o],
                                                &stock->binding);
        }
        free(data);
        return 0;
}

static int run(const struct stock *stock, const char *folder,
               const char *label, const char *hidden, int64_t timeout_ns,
               struct findings *findings, struct error *err)
{
        char program[LIMIT_PATH_BYTES + 16], text[400];
        const char *argv[] = {program, NULL};
        const char *writable[] = {folder, NULL};
        struct proc_options options = {.argv = argv,
                                       .timeout_ns = timeout_ns,
                                       .sandbox = true,
                                       .writable = writable,
                                       .directory = folder,
                                       .file_bytes = stock->output_bytes +
                                                     (1 << 20)};
        struct proc_result result;
        int rc;

        snprintf(program, sizeof program, "%s/twin", folder);
        rc = proc_run(&options, REPORT_BYTES, &result, err);
        if (rc == 0 && result.timed_out)
                findings_fail(findings, CHECK_SANITISED, hidden,
                              "%s: the sanitised twin did not end within "
                              "%.3g s",
                              label, (double)timeout_ns / 1e9);
        else if (rc == 0 && proc_was_killed(&result))
                rc = error_set(err, ERR_LOST,
                               "the sanitised twin was ended from outside, "
                               "or for want of memory");
        else if (rc == 0 && result.status != 0) {
                summarise(result.output.data, text);
                findings_fail(findings, CHECK_SANITISED, hidden,
                              "%s, sanitised twin (status %d): %s", label,
                              result.status, text);
        } else if (rc == 0) {
                findings_pass(findings, CHECK_SANITISED);
                rc = judge_outputs(stock, folder, label, hidden, findings,
                                   err);
        }
        buf_dispose(&result.output);
        return rc;
}

int twin_check(const struct program *program, const struct stock *stock,
               const char *label, const char *hidden, int64_t timeout_ns,
               struct findings *findings, struct error *err)
{
        char folder[LIMIT_PATH_BYTES], path[LIMIT_PATH_BYTES + 16];
        char *executable = NULL;
        size_t length = 0;
        int rc;

        if (program->backend->driver)
                return error_set(err, ERR_UNSUPPORTED,
                                 "%s code has no sanitised twin",
                                 program->backend->language);
        if (timeout_ns > RUN_SECONDS * (int64_t)CLOCK_SECOND_NS)
                timeout_ns = RUN_SECONDS * (int64_t)CLOCK_SECOND_NS;
        rc = build(program, stock, &executable, &length, err);
        if (rc < 0)
                return rc;
        rc = file_make_temporary(folder, err);
        if (rc < 0) {
                free(executable);
                return rc;
        }
        snprintf(path, sizeof path, "%s/twin", folder);
        rc = file_write(path, executable, length, 0700, err);
        if (rc == 0)
                rc = write_inputs(stock, folder, err);
        if (rc == 0)
                rc = reserve_outputs(stock, folder, err);
        if (rc == 0)
                rc = run(stock, folder, label, hidden, timeout_ns, findings,
                         err);
        file_remove_tree(folder);
        free(executable);
        return rc;
}
