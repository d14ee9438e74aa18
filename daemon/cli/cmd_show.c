/* kevo show: what a kernel is, where it is used, and what it must cost. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "core/buf.h"
#include "core/clock.h"
#include "core/limits.h"
#include "search/floor.h"
#include "spec/canon.h"
#include "spec/costs.h"
#include "store/records.h"

/* "f32[9, H, W]", as the spec writes it. */
static void show_shape(const struct tensor *t)
{
        struct buf out;

        buf_init(&out, LIMIT_SPEC_BYTES);
        buf_puts(&out,
                 t->dtype == DTYPE_NONE ? "exact" : dtype_name(t->dtype));
        for (int d = 0; d < t->rank; d++) {
                buf_puts(&out, d ? ", " : "[");
                canon_print_expr(t->extent[d], &out);
        }
        printf("%s%s\n", out.failed ? "" : out.data, t->rank ? "]" : "");
        buf_dispose(&out);
}

static void show_tensors(const struct spec *spec)
{
        static const char *const roles[] = {"in", "out", "tmp",
                                            "intermediate"};

        for (int i = 0; i < spec->tensor_count; i++) {
                const struct tensor *t = spec->tensor[i];

                printf("  %-12s %-12s ", roles[t->role], t->name);
                show_shape(t);
                if (t->length)
                        printf("  %-12s %-12s rows up to %s\n", "", "",
                               t->length->name);
        }
}

static void show_reference(const struct spec *spec)
{
        const struct reference *r = spec->reference;

        if (r)
                printf("  %-12s %s beside the spec; right is |y - v| <= %g + "
                       "%g |v|\n",
                       "reference", r->file, r->absolute, r->relative);
}

static void show_workload(const struct subject *subject, int number,
                          double bandwidth)
{
        const struct subject_workload *w = &subject->workload[number];
        struct costs costs;
        char floor[32];
        double bytes;

        costs_of(subject->kernel->spec, &w->binding, &costs);
        bytes = costs.read_bytes + costs.write_bytes;
        clock_format((int64_t)costs_floor_ns(&costs, bandwidth, 0), floor);
        printf("  %-14s %-34s %9.3g MB %9.3g Mop  %9s  %s\n", w->name, w->text,
               bytes / 1e6, costs.operations / 1e6, floor,
               w->incumbent ? w->incumbent->path : w->label);
}

static int show_workloads(const struct cli_context *context,
                          const struct kernel *kernel, struct error *err)
{
        struct subject *subject = NULL;
        int rc = cli_make_subject(context, kernel, &subject, err);

        if (rc < 0) {
                printf("workloads: %s\n", err->text);
                return 0;
        }
        printf("workloads on %s (bytes its data must touch, operations, the "
               "time that\nmoving the bytes takes here, and what is "
               "dispatched to today):\n",
               subject->hardware->name);
        for (int i = 0; i < subject->workload_count; i++) {
                struct costs costs;

                costs_of(kernel->spec, &subject->workload[i].binding, &costs);
                show_workload(subject, i,
                              floor_bandwidth(&costs, subject->cold,
                                              context->machine.threads));
        }
        subject_free(subject);
        return 0;
}

/* What the store knows of a source, if there is a store. */
static void show_variant(const struct cli_context *context,
                         const struct kernel *kernel, const struct variant *v)
{
        const char *spec = kernel->spec->hash;

        printf("  variant      %s%s", v->path,
               v->header_only ? " (header only)" : "");
        if (!context->store || !v->source)
                printf("\n");
        else if (record_is_wrong(context->store, spec, v->source->hash))
                printf(": WRONG and passed over; `kevo verify %s %s` shows "
                       "why\n",
                       kernel->name, v->path);
        else if (record_is_right(context->store, spec, v->source->hash))
                printf(": verified\n");
        else
                printf(": not verified yet\n");
}

static void show_kernel(const struct cli_context *context,
                        const struct kernel *kernel)
{
        printf("%s (%s, spec %.12s)\n", kernel->name, kernel->path,
               kernel->spec->hash);
        show_tensors(kernel->spec);
        show_reference(kernel->spec);
        for (int i = 0; i < kernel->variant_count; i++)
                show_variant(context, kernel, &kernel->variant[i]);
}

static void list_kernels(const struct repository *r)
{
        for (int i = 0; i < r->kernel_count; i++) {
                const struct kernel *k = &r->kernel[i];

                printf("%-24s %d source%s, %d workload%s, called by %d "
                       "line%s of models\n",
                       k->name, k->variant_count,
                       k->variant_count == 1 ? "" : "s",
                       k->spec->workload_count,
                       k->spec->workload_count == 1 ? "" : "s", k->call_count,
                       k->call_count == 1 ? "" : "s");
        }
        if (r->problem_count)
                printf("%d problem%s: `kevo check` says where\n",
                       r->problem_count, r->problem_count == 1 ? "" : "s");
        else if (r->kernel_count == 0)
                printf("no kernel yet: docs/language.md says how its spec is "
                       "written\n");
}

/* Without one a kernel is shown all the same. */
static void open_store(struct cli_context *context)
{
        struct error ignored = {0};

        if (host_load(&context->host, &ignored) == 0)
                (void)!store_open_readonly(&context->store,
                                           context->host->store, &ignored);
}

int cmd_show(int argc, char **argv)
{
        static const struct option_entry no_options[] = {{0}};
        struct cli_context context;
        const struct kernel *kernel;
        struct error err = {0};
        int n, rc;

        n = options_parse(no_options, argc, argv, 0, 1, "kevo show [KERNEL]",
                          "Show a kernel's tensors, its variants and its "
                          "workloads with costs and\nfloors; without a name, "
                          "which kernels there are.");
        if (n < 0)
                return n == -2 ? 0 : 2;
        rc = cli_context_open(&context, CONTEXT_REPOSITORY | CONTEXT_MACHINE,
                              NULL, &err);
        if (rc < 0)
                return command_fail(&err);
        if (!n && context.repository->kernel_count != 1) {
                list_kernels(context.repository);
                cli_context_close(&context);
                return 0;
        }
        rc = cli_find_kernel(&context, n ? argv[1] : NULL, &kernel, &err);
        if (rc == 0) {
                open_store(&context);
                show_kernel(&context, kernel);
                rc = show_workloads(&context, kernel, &err);
        }
        cli_context_close(&context);
        return rc < 0 ? command_fail(&err) : 0;
}
