/*
 * The header lines of sources, of every language, read against the spec of
 * the kernel that they name. What is accepted is evaluated for a workload;
 * other values of its tune lines, written into it or into a file that uses
 * it, are read back.
 */
#include "fuzz.h"

#include "core/text.h"
#include "repo/repository.h"

static struct repository *repository;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
        (void)argc, (void)argv;
        repository = fuzz_repository();
        return 0;
}

/* Of the kernel that a header line names, else of softmax. */
static const struct kernel *choose_kernel(const char *text)
{
        static const char word[] = "kevo: kernel ";
        const struct kernel *kernel = NULL;
        const char *at = strstr(text, word);
        char name[LIMIT_NAME_BYTES + 1];

        if (at) {
                at += strlen(word);
                snprintf(name, sizeof name, "%.*s",
                         (int)strcspn(at, " \t\r\n"), at);
                kernel = repository_find_kernel(repository, name);
        }
        return kernel ? kernel : repository_find_kernel(repository, "softmax");
}

static const struct device_constants device = {.cores = 2,
                                               .warp = 32,
                                               .sms = 4,
                                               .shared_bytes = 48 << 10,
                                               .l2_bytes = 512 << 10};

static void evaluate(const struct source *source, const struct spec *spec)
{
        struct binding binding;
        struct error err = {0};
        int64_t value;

        if (spec->workload_count)
                binding_from_workload(&binding, spec, spec->workload[0]);
        else
                binding_init(&binding, spec);
        (void)source_applies(source, spec, &binding, &device);
        for (int i = 0; i < source->scratch_count; i++)
                fuzz_check_error(
                        source_scratch_bytes(source, source->scratch + i, spec,
                                             &binding, &device, &value, &err),
                        &err);
        for (int i = 0; i < source->stage_count; i++) {
                const struct stage *stage = source->stage + i;
                const struct intexpr *all[] = {stage->tasks, stage->grid,
                                               stage->block, stage->shared};

                for (int k = 0; k < 4; k++) {
                        if (all[k])
                                fuzz_check_error(source_eval(source, all[k],
                                                             spec, &binding,
                                                             &device, &value,
                                                             &err),
                                                 &err);
                }
        }
}

static void check_values(const struct source *source,
                         const struct source *back, const int64_t *value,
                         const char *text)
{
        fuzz_promise(back->tune_count == source->tune_count,
                     "the tune lines are kept", text);
        for (int i = 0; i < back->tune_count; i++)
                fuzz_promise(back->tune[i].value == value[i],
                             "a tune line has the value written", text);
}

/* Write other values and read them back, in place and in a file that uses
 * this one. */
static void rewrite(const struct source *source, const struct spec *spec)
{
        struct source *back = NULL, *header = NULL;
        int64_t value[LIMIT_TUNES];
        struct error err = {0};
        char *text;

        for (int i = 0; i < source->tune_count; i++)
                value[i] = source->tune[i].values[source->tune[i].count - 1];
        if (source_with_tunes(source, value, &text, &err) == 0) {
                fuzz_promise(source_parse(text, strlen(text), "f",
                                          source->language, spec, &back,
                                          &err) == 0,
                             "a source with other values is one", err.text);
                check_values(source, back, value, text);
                source_free(back);
                free(text);
        }
        if (source_header_only(source, "generic.c", value, &text, &err) == 0) {
                fuzz_promise(source_parse(text, strlen(text), "h",
                                          source->language, spec, &header,
                                          &err) == 0,
                             "a file of values is a source", err.text);
                fuzz_promise(source_resolve_use(header, source, spec, &back,
                                                &err) == 0,
                             "a file of values can be used", err.text);
                check_values(source, back, value, text);
                source_free(back);
                source_free(header);
                free(text);
        }
}

/* The kernel's own file is what a header that uses one selects from. */
static void resolve(const struct source *header, const struct kernel *kernel)
{
        struct source *effective = NULL;
        struct error err = {0};
        int rc;

        if (!kernel->variant_count)
                return;
        rc = source_resolve_use(header, kernel->variant[0].source,
                                kernel->spec, &effective, &err);
        fuzz_check_error(rc, &err);
        source_free(effective);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const languages[] = {"c", "cuda", "triton"};
        char *text = fuzz_text(data, size);
        const struct kernel *kernel = choose_kernel(text);

        for (int i = 0; i < 3; i++) {
                struct source *source = NULL;
                struct error err = {0};
                int rc = source_parse(text, size, "f", languages[i],
                                      kernel->spec, &source, &err);

                fuzz_check_error(rc, &err);
                if (rc < 0)
                        continue;
                evaluate(source, kernel->spec);
                if (source->use)
                        resolve(source, kernel);
                else
                        rewrite(source, kernel->spec);
                source_free(source);
        }
        free(text);
        return 0;
}
