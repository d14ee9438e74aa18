/* See export.h: which programs, in which order, and writing the files. */
#include "export/export.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/backend.h"
#include "core/file.h"
#include "core/json.h"
#include "core/text.h"
#include "export/export_plan.h"
#include "propose/propose.h"
#include "search/campaign.h"
#include "store/verdicts.h"

/* --- which programs --------------------------------------------------- */

/* What was decided about a source, when the store knows it. */
static void find_verdict(const struct export_plan *plan,
                         struct export_program *p)
{
        struct record_verdict **list = NULL;
        int count = 0;

        if (!plan->options->store ||
            record_verdict_list(plan->options->store, NULL, p->kernel->name,
                                NULL, 0, &list, &count, NULL) < 0)
                return;
        for (int i = 0; i < count; i++) {
                const struct record_verdict *v = list[i];

                if (!text_equal(v->source_hash, p->source->hash))
                        continue;
                snprintf(p->verdict, sizeof p->verdict,
                         "%s %.3fx (%.3f to %.3f) on %s", v->verdict, v->ratio,
                         v->low, v->high, v->hardware);
                break;
        }
        record_verdicts_free(list, count);
}

static bool same_fixed(const struct source *source, const struct binding *a,
                       const struct binding *b)
{
        for (int i = 0; i < source->fix_count; i++) {
                int n = source->fix[i]->number;

                if (a->size[n] != b->size[n])
                        return false;
        }
        return true;
}

static int add_program(struct export_plan *plan, const struct kernel *kernel,
                       const struct hardware *hardware,
                       const struct source *source, const char *path,
                       const char *blob, const struct binding *binding,
                       struct error *err)
{
        struct export_program *p = plan->program + plan->count;

        for (int i = plan->count - 1; i >= 0; i--) {
                struct export_program *q = plan->program + i;

                if (q->kernel == kernel && q->hardware == hardware &&
                    q->source == source &&
                    same_fixed(source, &q->binding, binding))
                        return 0;
        }
        if (plan->count == EXPORT_PROGRAMS)
                return error_set(err, ERR_LIMIT,
                                 "more than %d programs to export; name the "
                                 "kernels that are wanted",
                                 EXPORT_PROGRAMS);
        *p = (struct export_program){.kernel = kernel,
                                     .hardware = hardware,
                                     .source = source,
                                     .path = path,
                                     .blob = blob,
                                     .binding = *binding};
        snprintf(p->symbol, sizeof p->symbol, "%.40s_%.48s_%d",
                 plan->options->name, kernel->name, plan->count);
        find_verdict(plan, p);
        plan->count++;
        return 0;
}

/* A source with fixed sizes is one program for each set of them that a
 * workload asks for. */
static int add_source(struct export_plan *plan, const struct kernel *kernel,
                      const struct hardware *hardware,
                      const struct source *source, const char *path,
                      const char *blob, struct error *err)
{
        struct demand *demand = NULL;
        struct binding plain;
        int count = 0, rc;

        binding_init(&plain, kernel->spec);
        if (!source->fix_count)
                return add_program(plan, kernel, hardware, source, path, blob,
                                   &plain, err);
        rc = repository_demands(plan->repository, kernel, &demand, &count,
                                err);
        for (int i = 0; i < count && rc == 0; i++)
                rc = add_program(plan, kernel, hardware, source, path, blob,
                                 &demand[i].binding, err);
        repository_free_demands(demand, count);
        return rc;
}

/* The C sources of a target, cases before the target itself. */
static int add_target(struct export_plan *plan, const struct kernel *kernel,
                      const struct hardware *hardware, const char *target,
                      struct error *err)
{
        struct known_wrong wrong = {plan->options->store, kernel};
        int rc = 0;

        for (int cased = 1; cased >= 0; cased--) {
                for (int i = 0; i < kernel->variant_count && rc == 0; i++) {
                        const struct variant *v = kernel->variant + i;

                        if (!text_equal(v->target, target) ||
                            (*v->label != 0) != (cased != 0) ||
                            !text_equal(v->source->language, "c") ||
                            campaign_skip_wrong(v, &wrong))
                                continue;
                        rc = add_source(plan, kernel, hardware, v->source,
                                        v->path, v->blob, err);
                }
        }
        return rc;
}

/* In the order of resolution, for one hardware or for any. */
static int add_chain(struct export_plan *plan, const struct kernel *kernel,
                     const struct hardware *hardware,
                     const struct source *generated, struct error *err)
{
        struct binding plain;
        int rc = 0;

        binding_init(&plain, kernel->spec);
        if (hardware)
                rc = add_target(plan, kernel, hardware, hardware->name, err);
        for (int i = 0; hardware && i < hardware->family_count && rc == 0; i++)
                rc = add_target(plan, kernel, hardware, hardware->family[i],
                                err);
        if (rc == 0)
                rc = add_target(plan, kernel, hardware, "generic", err);
        if (rc == 0 && generated)
                rc = add_program(plan, kernel, hardware, generated,
                                 "generated code", "", &plain, err);
        return rc;
}

static int add_kernel(struct export_plan *plan, const struct kernel *kernel,
                      struct error *err)
{
        const struct repository *r = plan->repository;
        struct source *generated = NULL;
        int first = plan->count, rc = 0;
        char *text = NULL;

        /* From a kernel that C code states nothing is generated. */
        if (!kernel->spec->reference)
                rc = propose_first(kernel->spec, &backend_c, &text, err);
        if (rc == 0 && text)
                rc = source_parse(text, strlen(text), "generated code", "c",
                                  kernel->spec, &generated, err);
        free(text);
        for (int i = 0; i < r->hardware_count && rc == 0; i++) {
                if (text_equal(r->hardware[i].kind, "cpu"))
                        rc = add_chain(plan, kernel, r->hardware + i,
                                       generated, err);
        }
        if (rc == 0)
                rc = add_chain(plan, kernel, NULL, generated, err);
        if (plan->count > first)
                plan->program[first].owned = generated;
        else
                source_free(generated);
        if (rc == 0 && plan->count == first)
                rc = error_set(err, ERR_NOT_FOUND,
                               "it has no C source, and nothing can be "
                               "generated from C code; write its generic.c");
        return rc < 0 ? error_wrap(err, "kernel %s", kernel->name) : 0;
}

/* --- files ------------------------------------------------------------ */

static int write_text(const struct export_plan *plan, const char *path,
                      const struct buf *text, struct export_outcome *outcome,
                      struct error *err)
{
        char full[LIMIT_PATH_BYTES];
        int rc = buf_check(text, path, err);

        snprintf(full, sizeof full, "%.3000s/%.1000s", plan->options->folder,
                 path);
        if (rc == 0)
                rc = file_write(full, text->data, text->length, 0644, err);
        outcome->files += rc == 0;
        return rc;
}

/* A program that does not build is no reason to have no library, unless
 * nothing else serves its kernel: the others do where it would, or it is said
 * that none of them may. */
static int leave_out(struct export_plan *plan, int i, const struct error *why,
                     struct export_outcome *outcome, struct error *err)
{
        struct export_program *p = plan->program + i;
        bool served = false, there = false;

        for (int k = 0; k < plan->count; k++) {
                const struct export_program *q = plan->program + k;

                if (k == i || q->kernel != p->kernel)
                        continue;
                served = true;
                there = there || !q->hardware || q->hardware == p->hardware;
        }
        if (!served)
                return error_set(err, why->code, "%s", why->text);
        buf_printf(&outcome->left_out, "for %s: %.*s\n",
                   p->hardware ? p->hardware->name : "any processor",
                   (int)strcspn(why->text, "\n"), why->text);
        if (!there)
                buf_printf(&outcome->left_out,
                           "  calls of %s return %s_OUT_OF_DOMAIN where no "
                           "program of other hardware fits\n",
                           p->kernel->name, plan->upper);
        /* Generated code, which stands behind all others, is never it. */
        if (p->owned)
                p[1].owned = p->owned;
        plan->count--;
        memmove(p, p + 1, (size_t)(plan->count - i) * sizeof *p);
        return 0;
}

static int write_source(const struct export_plan *plan, int i,
                        struct export_outcome *outcome, struct error *err)
{
        char path[256];
        struct buf text;
        int rc;

        buf_init(&text, EXPORT_FILE_BYTES);
        snprintf(path, sizeof path, "src/%s.c", plan->program[i].symbol);
        rc = export_source(plan, plan->program + i, &text, err);
        if (rc == 0)
                rc = write_text(plan, path, &text, outcome, err);
        buf_dispose(&text);
        return rc;
}

static int write_sources(struct export_plan *plan,
                         struct export_outcome *outcome, struct error *err)
{
        int i = 0, rc = 0;

        while (i < plan->count && rc == 0) {
                struct error why = {0};

                rc = write_source(plan, i, outcome, &why);
                if (rc == ERR_INPUT)
                        rc = leave_out(plan, i, &why, outcome, err);
                else if (rc < 0)
                        error_set(err, rc, "%s", why.text);
                else
                        i++;
        }
        return rc;
}

static int write_record(const struct export_plan *plan,
                        struct export_outcome *outcome, struct error *err)
{
        cJSON *json = export_record(plan);
        char *text = json ? cJSON_Print(json) : NULL;
        struct buf out;
        int rc;

        buf_init(&out, EXPORT_FILE_BYTES);
        if (text)
                buf_printf(&out, "%s\n", text);
        rc = text ? write_text(plan, "export.json", &out, outcome, err)
                  : error_memory(err);
        buf_dispose(&out);
        free(text);
        cJSON_Delete(json);
        return rc;
}

/* Those beside the programs; the first says who made the folder. */
static const struct {
        void (*print)(const struct export_plan *plan, struct buf *out);
        const char *path; /* with the library's name for %s */
} shared[] = {{export_cmake, "CMakeLists.txt"},
              {export_dispatch, "src/dispatch.c"},
              {export_header, "include/%s.h"},
              {export_config, "%s-config.cmake.in"}};

enum { SHARED = sizeof shared / sizeof *shared, SHARED_BYTES = 256 };

static void shared_path(const struct export_plan *plan, int i,
                        char path[SHARED_BYTES])
{
        const char *format = shared[i].path, *name = strstr(format, "%s");

        if (name)
                snprintf(path, SHARED_BYTES, "%.*s%.64s%s",
                         (int)(name - format), format, plan->options->name,
                         name + 2);
        else
                snprintf(path, SHARED_BYTES, "%s", format);
}

static int write_shared(const struct export_plan *plan,
                        struct export_outcome *outcome, struct error *err)
{
        int rc = 0;

        for (int i = 0; i < SHARED && rc == 0; i++) {
                char path[SHARED_BYTES];
                struct buf text;

                buf_init(&text, EXPORT_FILE_BYTES);
                shared_path(plan, i, path);
                shared[i].print(plan, &text);
                rc = write_text(plan, path, &text, outcome, err);
                buf_dispose(&text);
        }
        return rc;
}

/* What a person wrote is not replaced: a folder that has files of these
 * names must be one that an export made. */
static int check_folder(const struct export_plan *plan, struct error *err)
{
        const char *folder = plan->options->folder;

        if (!*folder)
                return error_set(err, ERR_INPUT,
                                 "name the folder of the library");
        for (int i = 0; i <= SHARED; i++) {
                char path[SHARED_BYTES] = "export.json";
                char full[LIMIT_PATH_BYTES], *text = NULL;
                bool ours = false;

                if (i < SHARED)
                        shared_path(plan, i, path);
                snprintf(full, sizeof full, "%.3000s/%.1000s", folder, path);
                if (!file_exists(full))
                        continue;
                if (i == 0 &&
                    file_read(full, EXPORT_FILE_BYTES, &text, NULL, NULL) == 0)
                        ours = text_starts(text, EXPORT_MARK);
                free(text);
                return ours ? 0
                            : error_set(err, ERR_INPUT,
                                        "%s exists and is not from an export "
                                        "of kevo; name another folder",
                                        full);
        }
        return 0;
}

static int make_folders(const struct export_options *options,
                        struct error *err)
{
        static const char *const folders[] = {"src", "include"};
        char path[LIMIT_PATH_BYTES];
        int rc = 0;

        for (int i = 0; i < 2 && rc == 0; i++) {
                snprintf(path, sizeof path, "%.4000s/%s", options->folder,
                         folders[i]);
                rc = file_make_directories(path, 0755, err);
        }
        return rc;
}

static const struct kernel *kernel_at(const struct export_plan *plan, int i)
{
        return plan->options->kernel_count ? plan->options->kernel[i]
                                           : plan->repository->kernel + i;
}

/* Beside the function x stands x_source. */
static int check_kernels(const struct export_plan *plan, int count,
                         struct error *err)
{
        for (int i = 0; i < count; i++) {
                const char *name = kernel_at(plan, i)->name;

                for (int j = 0; j < count; j++) {
                        const char *other = kernel_at(plan, j)->name;

                        if (text_starts(other, name) &&
                            text_equal(other + strlen(name), "_source"))
                                return error_set(
                                        err, ERR_INPUT,
                                        "kernels %s and %s: both would "
                                        "declare a function %s_%s; name the "
                                        "kernels of two libraries",
                                        name, other, plan->options->name,
                                        other);
                }
        }
        return 0;
}

/* A target of CMake may not have these names (its policy CMP0037). */
static int check_library_name(const char *name, struct error *err)
{
        static const char *const taken[] = {
                "kevo",       "all",           "help",          "install",
                "preinstall", "clean",         "edit_cache",    "test",
                "package",    "rebuild_cache", "package_source"};
        bool fits = text_is_kernel_name(name);

        for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
                fits = fits && !text_equal(name, taken[i]);
        if (fits)
                return 0;
        return error_set(err, ERR_INPUT,
                         "\"%s\" cannot name the library; use a C identifier "
                         "in lower case that neither kevo nor CMake has taken",
                         name);
}

int export_write(const struct repository *repository,
                 const struct export_options *options,
                 struct export_outcome *outcome, struct error *err)
{
        struct export_plan plan = {.repository = repository,
                                   .options = options};
        int n = options->kernel_count ? options->kernel_count
                                      : repository->kernel_count;
        int rc = 0;

        *outcome = (struct export_outcome){.kernels = n};
        buf_init(&outcome->left_out, EXPORT_FILE_BYTES);
        rc = check_library_name(options->name, err);
        if (rc < 0)
                return rc;
        for (size_t i = 0; options->name[i] && i < sizeof plan.upper - 1; i++)
                plan.upper[i] = (char)toupper((unsigned char)options->name[i]);
        rc = check_folder(&plan, err);
        if (rc == 0)
                rc = check_kernels(&plan, n, err);
        if (rc < 0)
                return rc;
        plan.program = calloc(EXPORT_PROGRAMS, sizeof *plan.program);
        if (!plan.program)
                return error_memory(err);
        for (int i = 0; i < n && rc == 0; i++)
                rc = add_kernel(&plan, kernel_at(&plan, i), err);
        if (rc == 0)
                rc = make_folders(options, err);
        if (rc == 0)
                rc = write_sources(&plan, outcome, err);
        if (rc == 0)
                rc = write_shared(&plan, outcome, err);
        if (rc == 0)
                rc = write_record(&plan, outcome, err);
        outcome->programs = plan.count;
        for (int i = 0; i < plan.count; i++)
                source_free(plan.program[i].owned);
        free(plan.program);
        return rc;
}
