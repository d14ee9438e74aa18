/*
 * The kernel language: any text is a spec or an error with its place. A spec
 * is printed and read again, its workloads are costed, and it is lowered and
 * printed as C, by the first kernel and by the guess of every class.
 */
#include "fuzz.h"

#include "backends/backend.h"
#include "core/text.h"
#include "lower/lower.h"
#include "spec/canon.h"
#include "spec/costs.h"

static const struct target here = {.language = "c",
                                   .vector_bytes = 32,
                                   .fma = true,
                                   .threads = 2,
                                   .l1_bytes = 32 << 10,
                                   .l2_bytes = 512 << 10,
                                   .llc_bytes = 32 << 20};

static struct spec *read_again(const struct buf *text)
{
        struct spec *spec = NULL;
        struct error err = {0};
        int rc = spec_parse(text->data, text->length, "again", &spec, &err);

        fuzz_promise(rc == 0, "a printed spec is a spec", err.text);
        return spec;
}

static void check_text(const struct spec *spec)
{
        struct spec *again;
        struct buf text;

        buf_init(&text, 16 << 20);
        canon_print(spec, &text);
        again = read_again(&text);
        fuzz_promise(text_equal(spec->hash, again->hash),
                     "the canonical text is the same spec", text.data);
        spec_free(again);
        buf_clear(&text);
        canon_print_readable(spec, true, &text);
        again = read_again(&text);
        fuzz_promise(text_equal(spec->hash, again->hash),
                     "the readable text is the same spec", text.data);
        fuzz_promise(spec->workload_count == again->workload_count,
                     "the readable text has the workloads", text.data);
        spec_free(again);
        buf_dispose(&text);
}

/* Take program over; rc is of lowering it. */
static void check_program(const struct spec *spec,
                          struct thread_program *program, int rc,
                          struct error *err)
{
        struct source *source = NULL;
        struct buf text;

        fuzz_check_error(rc, err);
        if (rc < 0)
                return;
        buf_init(&text, LIMIT_SOURCE_BYTES);
        rc = backend_c.print(program, "origin", &text, err);
        fuzz_check_error(rc, err);
        if (rc == 0)
                rc = source_parse(text.data, text.length, "p.c", "c", spec,
                                  &source, err);
        fuzz_promise(rc == 0 || rc == ERR_LIMIT || rc == ERR_UNSUPPORTED,
                     "a printed program is a source", err->text);
        source_free(source);
        buf_dispose(&text);
        thread_free(program);
}

static void check_class(const struct spec *spec, const struct binding *binding,
                        enum schedule_class class)
{
        struct thread_program *program = NULL;
        struct schedule_space space;
        struct schedule schedule;
        struct error err = {0};
        int rc = lower_fields(spec, binding, &here, class, &space, &err);

        fuzz_check_error(rc, &err);
        if (rc < 0)
                return;
        schedule_guess(&space, &schedule);
        rc = lower_schedule(spec, binding, &here, &schedule, &program, &err);
        check_program(spec, program, rc, &err);
}

static void check_lowering(const struct spec *spec)
{
        enum schedule_class class[8];
        struct thread_program *program = NULL;
        struct binding binding;
        struct costs costs;
        struct error err = {0};
        int count = 0, rc = lower_first(spec, &program, &err);

        check_program(spec, program, rc, &err);
        for (int i = 0; i < spec->workload_count && i < 4; i++) {
                binding_from_workload(&binding, spec, spec->workload[i]);
                err = (struct error){0};
                rc = binding_check(&binding, spec, &err);
                fuzz_check_error(rc, &err);
                if (rc < 0)
                        continue;
                costs_of(spec, &binding, &costs);
                if (i == 0)
                        count = lower_classes(spec, &here, class, 8);
                for (int k = 0; i == 0 && k < count; k++)
                        check_class(spec, &binding, class[k]);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct spec *spec = NULL;
        struct error err = {0};
        int rc = spec_parse((const char *)data, size, "f.kernel", &spec, &err);

        fuzz_check_error(rc, &err);
        if (rc < 0) {
                fuzz_promise(text_starts(err.text, "f.kernel"),
                             "an error says the file", err.text);
                return 0;
        }
        if (!spec->reference)
                check_text(spec);
        check_lowering(spec);
        spec_free(spec);
        return 0;
}
