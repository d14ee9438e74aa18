/*
 * The host side of an exported library, one file: which program serves a
 * call, and running its stages on the caller's threads. Everything that a
 * source's header says about sizes (when, check, tasks, scratch, local) is a
 * small function here; the rest is the same text for every library.
 */
#include <stdio.h>
#include <string.h>

#include "backends/c/compile.h"
#include "core/text.h"
#include "export/export_plan.h"
#include "spec/intexpr.h"

/* --- what is the same for all ----------------------------------------- */

static const char head[] = "#include <stdbool.h>\n"
                           "#include <stdint.h>\n"
                           "#include <stdlib.h>\n"
                           "#include <string.h>\n"
                           "#ifdef _OPENMP\n"
                           "#include <omp.h>\n"
                           "#endif\n"
                           "#if defined(__x86_64__)\n"
                           "#include <cpuid.h>\n"
                           "#elif defined(__aarch64__) && defined(__linux__)\n"
                           "#include <sys/auxv.h>\n"
                           "#endif\n\n";

static const char types[] =
        "struct call {\n"
        "        void *const *in, *const *out, *const *scratch;\n"
        "        const int64_t *size;\n"
        "        const double *param;\n"
        "};\n\n"
        "typedef void stage_entry(int64_t task, const struct call *call,\n"
        "                         void *const *local);\n\n"
        "struct stage {\n"
        "        stage_entry *entry;\n"
        "        int locals;\n"
        "};\n\n"
        "/* What a program needs for some sizes. */\n"
        "struct launch {\n"
        "        int64_t tasks[STAGES];\n"
        "        int64_t scratch[BUFFERS];\n"
        "        int64_t local[STAGES][LOCALS];\n"
        "};\n\n"
        "struct program {\n"
        "        const char *path;\n"
        "        int hardware; /* -1: any */\n"
        "        bool tuned;   /* for that hardware or a family of it */\n"
        "        bool (*applies)(const int64_t *size, int64_t threads);\n"
        "        void (*launch)(const int64_t *size, int64_t threads,\n"
        "                       struct launch *launch);\n"
        "        int stages, scratches;\n"
        "        const struct stage *stage;\n"
        "        const unsigned char *zero; /* of each scratch */\n"
        "};\n\n";

static const char machinery[] =
        "/* --- threads ------------------------------------------------- "
        "*/\n\n"
        "struct work {\n"
        "        const struct call *call;\n"
        "        stage_entry *entry;\n"
        "        void *(*local)[LOCALS]; /* of each thread */\n"
        "};\n\n"
        "static void run_task(int64_t task, int thread, void *data)\n"
        "{\n"
        "        const struct work *work = data;\n\n"
        "        work->entry(task, work->call, work->local[thread]);\n"
        "}\n\n"
        "static void own_parallel(int64_t tasks, int threads,\n"
        "                         void (*body)(int64_t, int, void *),\n"
        "                         void *data)\n"
        "{\n"
        "#ifdef _OPENMP\n"
        "        int64_t chunk = tasks / ((int64_t)threads * SHARE);\n\n"
        "        chunk = chunk ? chunk : 1;\n"
        "#pragma omp parallel for schedule(dynamic, chunk) "
        "num_threads(threads)\n"
        "        for (int64_t task = 0; task < tasks; task++)\n"
        "                body(task, omp_get_thread_num(), data);\n"
        "#else\n"
        "        (void)threads;\n"
        "        for (int64_t task = 0; task < tasks; task++)\n"
        "                body(task, 0, data);\n"
        "#endif\n"
        "}\n\n"
        "static int thread_count(const struct @_host *host)\n"
        "{\n"
        "        if (host && host->parallel)\n"
        "                return host->threads > 0 ? host->threads : 1;\n"
        "#ifdef _OPENMP\n"
        "        return host && host->threads > 0 ? host->threads\n"
        "                                         : omp_get_max_threads();\n"
        "#else\n"
        "        return 1;\n"
        "#endif\n"
        "}\n\n"
        "static void *take(const struct @_host *host, size_t bytes)\n"
        "{\n"
        "        if (host && host->allocate)\n"
        "                return host->allocate(host->memory, bytes);\n"
        "        return aligned_alloc(ALIGNMENT, bytes);\n"
        "}\n\n"
        "static void give_back(const struct @_host *host, void *memory)\n"
        "{\n"
        "        if (host && host->allocate) {\n"
        "                if (host->release)\n"
        "                        host->release(host->memory, memory);\n"
        "                return;\n"
        "        }\n"
        "        free(memory);\n"
        "}\n\n"
        "static size_t rounded(int64_t bytes)\n"
        "{\n"
        "        return ((size_t)bytes + ALIGNMENT - 1) / ALIGNMENT *\n"
        "               ALIGNMENT;\n"
        "}\n\n"
        "/* Bytes of one thread's locals, the most of any stage. */\n"
        "static size_t local_bytes(const struct program *p,\n"
        "                          const struct launch *l)\n"
        "{\n"
        "        size_t most = 0, sum;\n\n"
        "        for (int s = 0; s < p->stages; s++) {\n"
        "                sum = 0;\n"
        "                for (int i = 0; i < p->stage[s].locals; i++)\n"
        "                        sum += rounded(l->local[s][i]);\n"
        "                most = sum > most ? sum : most;\n"
        "        }\n"
        "        return most;\n"
        "}\n\n"
        "static void run_stages(const struct @_host *host,\n"
        "                       const struct program *p,\n"
        "                       const struct launch *l,\n"
        "                       const struct call *call, int threads,\n"
        "                       char *local, size_t each,\n"
        "                       void *(*place)[LOCALS])\n"
        "{\n"
        "        for (int s = 0; s < p->stages; s++) {\n"
        "                struct work work = {call, p->stage[s].entry, "
        "place};\n"
        "\n"
        "                for (int t = 0; t < threads; t++) {\n"
        "                        char *at = local + (size_t)t * each;\n\n"
        "                        for (int i = 0; i < p->stage[s].locals; i++) "
        "{\n"
        "                                place[t][i] = at;\n"
        "                                at += rounded(l->local[s][i]);\n"
        "                        }\n"
        "                }\n"
        "                if (l->tasks[s] == 1)\n"
        "                        run_task(0, 0, &work);\n"
        "                else if (host && host->parallel)\n"
        "                        host->parallel(host->pool, l->tasks[s],\n"
        "                                       run_task, &work);\n"
        "                else\n"
        "                        own_parallel(l->tasks[s], threads, "
        "run_task,\n"
        "                                     &work);\n"
        "        }\n"
        "}\n\n"
        "static int kevo_run(const struct @_host *host,\n"
        "                    const struct program *p, const int64_t *size,\n"
        "                    const double *param, void *const *in,\n"
        "                    void *const *out)\n"
        "{\n"
        "        int threads = thread_count(host);\n"
        "        void *scratch[BUFFERS + 1] = {0};\n"
        "        struct call call = {in, out, scratch, size, param};\n"
        "        size_t table, each, total = 0;\n"
        "        struct launch launch;\n"
        "        char *memory;\n\n"
        "        memset(&launch, 0, sizeof launch);\n"
        "        p->launch(size, threads, &launch);\n"
        "        each = local_bytes(p, &launch);\n"
        "        table = rounded((int64_t)((size_t)threads * LOCALS *\n"
        "                                  sizeof(void *)));\n"
        "        for (int i = 0; i < p->scratches; i++)\n"
        "                total += rounded(launch.scratch[i]);\n"
        "        total += table + each * (size_t)threads;\n"
        "        memory = take(host, total);\n"
        "        if (!memory)\n"
        "                return $_NO_MEMORY;\n"
        "        total = table + each * (size_t)threads;\n"
        "        for (int i = 0; i < p->scratches; i++) {\n"
        "                scratch[i] = memory + total;\n"
        "                if (p->zero[i])\n"
        "                        memset(scratch[i], 0,\n"
        "                               (size_t)launch.scratch[i]);\n"
        "                total += rounded(launch.scratch[i]);\n"
        "        }\n"
        "        run_stages(host, p, &launch, &call, threads, memory + "
        "table,\n"
        "                   each, (void *(*)[LOCALS])(void *)memory);\n"
        "        give_back(host, memory);\n"
        "        return 0;\n"
        "}\n\n"
        "static bool kevo_aligned(void *const *tensor, int count)\n"
        "{\n"
        "        for (int i = 0; i < count; i++) {\n"
        "                if ((uintptr_t)tensor[i] % ALIGNMENT)\n"
        "                        return false;\n"
        "        }\n"
        "        return true;\n"
        "}\n\n"
        "/* First what hardware with as many threads has, or what is tuned "
        "for\n"
        " * any number of them; then what is tuned for others, then anything. "
        "*/\n"
        "static bool is_asked(const struct program *p, int pass, int "
        "threads)\n"
        "{\n"
        "        int wanted;\n\n"
        "        if (p->hardware < 0)\n"
        "                return pass == 2;\n"
        "        wanted = hardware_threads[p->hardware];\n"
        "        if (pass == 0 && wanted != threads && (wanted >= 0 || "
        "!p->tuned))\n"
        "                return false;\n"
        "        if (pass == 1 && !p->tuned)\n"
        "                return false;\n"
        "        return hardware_is(p->hardware);\n"
        "}\n\n"
        "/* The first that serves these sizes on this processor. */\n"
        "static const struct program *choose(const struct program *list,\n"
        "                                    int count, const int64_t *size,\n"
        "                                    int threads)\n"
        "{\n"
        "        for (int pass = 0; pass < 3; pass++) {\n"
        "                for (int i = 0; i < count; i++) {\n"
        "                        if (is_asked(list + i, pass, threads) &&\n"
        "                            list[i].applies(size, threads))\n"
        "                                return list + i;\n"
        "                }\n"
        "        }\n"
        "        return NULL;\n"
        "}\n\n";

/* --- programs --------------------------------------------------------- */

/* What a name in a header expression is worth, as C. */
static void put_value(const struct export_program *p, const char *name,
                      struct buf *out)
{
        const struct spec *spec = p->kernel->spec;
        const struct size *size = spec_find_size(spec, name);
        const struct constant *constant = source_find_constant(spec, name);
        struct device_constants here;

        if (size) {
                buf_printf(out, "size[%d]", size->number);
                return;
        }
        if (constant) {
                buf_printf(out, "%lld", (long long)constant->integer);
                return;
        }
        for (int i = 0; i < p->source->tune_count; i++) {
                if (text_equal(p->source->tune[i].name, name)) {
                        buf_printf(out, "%lld",
                                   (long long)p->source->tune[i].value);
                        return;
                }
        }
        compile_constants(&here);
        if (text_equal(name, "SHARED"))
                buf_printf(out, "%lld", (long long)here.shared_bytes);
        else if (text_equal(name, "L2"))
                buf_printf(out, "%lld", (long long)here.l2_bytes);
        else
                buf_puts(out, text_equal(name, "WARP") ? "1" : "threads");
}

/* An expression without the names in it, which may be those of anything. */
static void put_expression(const struct export_program *p,
                           const struct intexpr *expr, struct buf *out)
{
        static const char cast[] = "(int64_t)"; /* printed before each */
        const char *from, *at;
        struct buf text;

        buf_init(&text, EXPORT_FILE_BYTES);
        intexpr_print_c(expr, &text);
        for (from = text.data; (at = strstr(from, cast)) != NULL;) {
                char name[LIMIT_NAME_BYTES + 1];
                size_t n;

                at += strlen(cast);
                n = strcspn(at, ")");
                buf_add(out, from, (size_t)(at - from));
                snprintf(name, sizeof name, "%.*s", (int)n, at);
                if (intexpr_uses(expr, name))
                        put_value(p, name, out);
                else
                        buf_add(out, at, n); /* a number */
                from = at + n;
        }
        buf_puts(out, from);
        buf_dispose(&text);
}

static void put_applies(const struct export_program *p, struct buf *out)
{
        const struct source *source = p->source;

        buf_printf(out,
                   "static bool %s_applies(const int64_t *size, int64_t "
                   "threads)\n{\n",
                   p->symbol);
        buf_puts(out, "        (void)size, (void)threads;\n        return 1");
        if (source->when) {
                buf_puts(out, " &&\n               ");
                put_expression(p, source->when, out);
        }
        for (int i = 0; i < source->check_count; i++) {
                buf_puts(out, " &&\n               ");
                put_expression(p, source->check[i], out);
        }
        for (int i = 0; i < source->fix_count; i++)
                buf_printf(out, " &&\n               size[%d] == %lld",
                           source->fix[i]->number,
                           (long long)p->binding.size[source->fix[i]->number]);
        buf_puts(out, ";\n}\n\n");
}

static void put_bytes(const struct export_program *p,
                      const struct scratch *scratch, const char *to,
                      struct buf *out)
{
        buf_printf(out, "        %s = %d * ", to,
                   (int)dtype_bytes(scratch->dtype));
        put_expression(p, scratch->elements, out);
        buf_puts(out, ";\n");
}

static void put_launch(const struct export_program *p, struct buf *out)
{
        const struct source *source = p->source;
        char to[64];

        buf_printf(out,
                   "static void %s_launch(const int64_t *size, int64_t "
                   "threads,\n        struct launch *launch)\n{\n",
                   p->symbol);
        buf_puts(out, "        (void)size, (void)threads, (void)launch;\n");
        for (int s = 0; s < source->stage_count; s++) {
                buf_printf(out, "        launch->tasks[%d] = ", s);
                if (source->stage[s].tasks)
                        put_expression(p, source->stage[s].tasks, out);
                else
                        buf_puts(out, "1");
                buf_puts(out, ";\n");
                for (int i = 0; i < source->stage[s].local_count; i++) {
                        snprintf(to, sizeof to, "launch->local[%d][%d]", s, i);
                        put_bytes(p, source->stage[s].local + i, to, out);
                }
        }
        for (int i = 0; i < source->scratch_count; i++) {
                snprintf(to, sizeof to, "launch->scratch[%d]", i);
                put_bytes(p, source->scratch + i, to, out);
        }
        buf_puts(out, "}\n\n");
}

static void put_tables(const struct export_program *p, struct buf *out)
{
        const struct source *source = p->source;

        for (int s = 0; s < source->stage_count; s++)
                buf_printf(out, "stage_entry %s_stage_%d;\n", p->symbol, s);
        buf_printf(out, "static const struct stage %s_stages[] = {\n",
                   p->symbol);
        for (int s = 0; s < source->stage_count; s++)
                buf_printf(out, "        {%s_stage_%d, %d},\n", p->symbol, s,
                           source->stage[s].local_count);
        buf_printf(out, "};\nstatic const unsigned char %s_zero[] = {",
                   p->symbol);
        for (int i = 0; i < source->scratch_count; i++)
                buf_printf(out, "%d, ", source->scratch[i].zero);
        buf_puts(out, "0};\n\n");
}

static int hardware_number(const struct export_plan *plan,
                           const struct export_program *p)
{
        return p->hardware ? (int)(p->hardware - plan->repository->hardware)
                           : -1;
}

static bool is_tuned(const struct export_program *p)
{
        return p->hardware && *p->blob && !strstr(p->path, "/generic.");
}

static void put_row(const struct export_plan *plan,
                    const struct export_program *p, struct buf *out)
{
        const char *arch = export_arch(p->hardware);

        if (*arch)
                buf_printf(out, "#if defined(__%s__)\n", arch);
        buf_printf(out,
                   "        {\"%s\", %d, %d, %s_applies, %s_launch, %d, %d,\n"
                   "         %s_stages, %s_zero},\n",
                   p->path, hardware_number(plan, p), is_tuned(p), p->symbol,
                   p->symbol, p->source->stage_count, p->source->scratch_count,
                   p->symbol, p->symbol);
        if (*arch)
                buf_puts(out, "#endif\n");
}

/* --- kernels ---------------------------------------------------------- */

static void put_domain(const struct spec *spec, struct buf *out)
{
        for (int i = 0; i < spec->size_count; i++) {
                const struct size *size = spec->size[i];

                buf_printf(out,
                           "        if (size[%d] < %lld || size[%d] > %lld || "
                           "size[%d] %% %lld)\n                return 0;\n",
                           i, (long long)size->low, i, (long long)size->high,
                           i, (long long)(size->step > 0 ? size->step : 1));
        }
}

static void put_list(const char *role, const struct spec *spec,
                     enum tensor_role wanted, struct buf *out)
{
        char name[LIMIT_NAME_BYTES * 2];

        buf_printf(out, "        void *const kevo_%s[] = {", role);
        for (int i = 0; i < spec->tensor_count; i++) {
                if (spec->tensor[i]->role != wanted)
                        continue;
                export_name(spec->tensor[i]->name, name);
                buf_printf(out, "(void *)%s, ", name);
        }
        buf_puts(out, "NULL};\n");
}

static void put_sizes(const struct spec *spec, struct buf *out)
{
        char name[LIMIT_NAME_BYTES * 2];

        buf_puts(out, "        const int64_t kevo_size[] = {");
        for (int i = 0; i < spec->size_count; i++) {
                export_name(spec->size[i]->name, name);
                buf_printf(out, "%s, ", name);
        }
        buf_puts(out, "0};\n");
}

static int count_role(const struct spec *spec, enum tensor_role role)
{
        int n = 0;

        for (int i = 0; i < spec->tensor_count; i++)
                n += spec->tensor[i]->role == role;
        return n;
}

static void put_function(const struct export_plan *plan,
                         const struct spec *spec, struct buf *out)
{
        const char *name = plan->options->name;

        buf_printf(out,
                   "static const struct program *kevo_find_%s(const struct "
                   "%s_host "
                   "*host,\n        const int64_t *size)\n{\n",
                   spec->name, name);
        put_domain(spec, out);
        buf_printf(out,
                   "        return choose(%s_programs,\n"
                   "                      sizeof %s_programs / sizeof "
                   "*%s_programs, size,\n                      "
                   "thread_count(host));\n}\n\n",
                   spec->name, spec->name, spec->name);
        buf_printf(out, "int %s_%s(const struct %s_host *host", name,
                   spec->name, name);
        export_parameters(spec, out);
        buf_puts(out, ")\n{\n");
        put_sizes(spec, out);
        buf_puts(out, "        const double kevo_param[] = {");
        for (int i = 0; i < spec->param_count; i++) {
                char text[LIMIT_NAME_BYTES * 2];

                export_name(spec->param[i]->name, text);
                buf_printf(out, "(double)%s, ", text);
        }
        buf_puts(out, "0};\n");
        put_list("in", spec, TENSOR_IN, out);
        put_list("out", spec, TENSOR_OUT, out);
        buf_printf(out,
                   "        const struct program *kevo_program =\n"
                   "                kevo_find_%s(host, kevo_size);\n\n"
                   "        if (!kevo_program)\n"
                   "                return %s_OUT_OF_DOMAIN;\n"
                   "        if (!kevo_aligned(kevo_in, %d) ||\n"
                   "            !kevo_aligned(kevo_out, %d))\n"
                   "                return %s_MISALIGNED;\n"
                   "        return kevo_run(host, kevo_program, kevo_size,\n"
                   "                        kevo_param, kevo_in, kevo_out);\n"
                   "}\n\n",
                   spec->name, plan->upper, count_role(spec, TENSOR_IN),
                   count_role(spec, TENSOR_OUT), plan->upper);
        buf_printf(out, "const char *%s_%s_source(const struct %s_host *host",
                   name, spec->name, name);
        export_sizes(spec, out);
        buf_puts(out, ")\n{\n");
        put_sizes(spec, out);
        buf_printf(out,
                   "        const struct program *kevo_program =\n"
                   "                kevo_find_%s(host, kevo_size);\n\n"
                   "        return kevo_program ? kevo_program->path : NULL;"
                   "\n"
                   "}\n\n",
                   spec->name);
}

void export_dispatch(const struct export_plan *plan, struct buf *out)
{
        int i, j;

        buf_puts(out, "/* Made by kevo export: which program serves a call, "
                      "and its host side. */\n");
        buf_printf(out, "#include \"%s.h\"\n\n", plan->options->name);
        buf_puts(out, head);
        buf_printf(out,
                   "enum { STAGES = %d, LOCALS = %d, BUFFERS = %d, "
                   "ALIGNMENT = 256 };\n\n"
                   "/* Chunks of one stage's tasks that a thread takes, so "
                   "that it does not\n"
                   " * meet the others at each of very many small ones. */\n"
                   "enum { SHARE = 8 };\n\n",
                   LIMIT_STAGES, SOURCE_LOCALS, LIMIT_STAGES);
        buf_puts(out, types);
        buf_puts(out, INTEXPR_C_HELPERS(static inline));
        buf_puts(out, "\n\n");
        export_processors(plan, out);
        export_put(plan, machinery, out);
        for (i = 0; i < plan->count; i = j) {
                const struct kernel *kernel = plan->program[i].kernel;

                for (j = i;
                     j < plan->count && plan->program[j].kernel == kernel;
                     j++) {
                        const char *arch =
                                export_arch(plan->program[j].hardware);

                        if (*arch)
                                buf_printf(out, "#if defined(__%s__)\n", arch);
                        put_applies(plan->program + j, out);
                        put_launch(plan->program + j, out);
                        put_tables(plan->program + j, out);
                        if (*arch)
                                buf_puts(out, "#endif\n");
                }
                buf_printf(out,
                           "static const struct program %s_programs[] = "
                           "{\n",
                           kernel->name);
                for (int k = i; k < j; k++)
                        put_row(plan, plan->program + k, out);
                buf_puts(out, "};\n\n");
                put_function(plan, kernel->spec, out);
        }
}
