/* Printing declarations and whole specs, and the hash. */
#include "spec/canon.h"

#include <stdlib.h>
#include <string.h>

#include "spec/canon_printer.h"

enum { TEXT_BYTES = 32 << 20 };

/* In the fewest digits that the type reads back as the same value. */
static void print_value(struct buf *out, enum dtype dtype, double value)
{
        if (dtype == DTYPE_BOOL)
                buf_puts(out, value ? "true" : "false");
        else if (dtype == DTYPE_F64)
                canon_put_real(out, value);
        else
                binding_put_value(out, dtype, value);
}

/* Constants stay although their uses are literals: sources see them by name.
 * */
static void print_scalars(struct canon_printer *p, const struct spec *spec)
{
        for (int i = 0; i < spec->constant_count; i++) {
                const struct constant *c = spec->constant[i];

                buf_printf(p->out, "    const %s = ", c->name);
                if (c->kind == KIND_INTEGER)
                        canon_put_integer(p->out, c->integer);
                else
                        print_value(p->out,
                                    c->kind == KIND_REAL ? DTYPE_F64
                                                         : DTYPE_BOOL,
                                    c->real);
                buf_putc(p->out, '\n');
        }
        for (int i = 0; i < spec->size_count; i++) {
                const struct size *s = spec->size[i];

                buf_printf(p->out, "    size %s", s->name);
                if (p->canonical || s->low != 1 || s->high != INT32_MAX)
                        buf_printf(p->out, " in %lld..=%lld",
                                   (long long)s->low, (long long)s->high);
                if (s->step > 1)
                        buf_printf(p->out, " step %lld", (long long)s->step);
                buf_putc(p->out, '\n');
        }
        for (int i = 0; i < spec->param_count; i++) {
                const struct param *q = spec->param[i];

                buf_printf(p->out, "    param %s: %s", q->name,
                           dtype_name(q->dtype));
                if (q->dtype != DTYPE_BOOL) {
                        buf_puts(p->out, " in ");
                        print_value(p->out, q->dtype, q->low);
                        buf_puts(p->out, "..=");
                        print_value(p->out, q->dtype, q->high);
                }
                buf_puts(p->out, " = ");
                print_value(p->out, q->dtype, q->value);
                buf_putc(p->out, '\n');
        }
}

/* In a fixed order, whatever order the author chose. */
static void print_constraints(struct canon_printer *p, const struct tensor *t)
{
        if (t->low) {
                buf_puts(p->out, " in ");
                canon_put_expr(p, t->low);
                buf_puts(p->out, "..");
                canon_put_expr(p, t->high);
        }
        if (t->sorted)
                buf_puts(p->out, " sorted");
        if (t->distinct)
                buf_puts(p->out, " distinct");
        if (t->nonfinite)
                buf_puts(p->out, " nonfinite");
        if (t->offsets) {
                buf_puts(p->out, " offsets ");
                canon_put_expr(p, t->offsets);
        }
        if (t->lengths)
                buf_puts(p->out, " lengths");
        if (t->lengths_sum) {
                buf_puts(p->out, " (");
                canon_put_expr(p, t->lengths_sum);
                buf_putc(p->out, ')');
        }
        if (t->hint != HINT_NONE) {
                buf_printf(p->out, " ~ %s(",
                           t->hint == HINT_NORMAL ? "normal" : "uniform");
                canon_put_real(p->out, t->hint_a);
                buf_puts(p->out, ", ");
                canon_put_real(p->out, t->hint_b);
                buf_putc(p->out, ')');
        }
        if (t->init) {
                buf_puts(p->out, " init ");
                canon_put_expr(p, t->init);
        }
}

/* Intermediates are declared by the statement that defines them. */
static void print_tensor(struct canon_printer *p, const struct tensor *t)
{
        static const char *const roles[] = {[TENSOR_IN] = "in",
                                            [TENSOR_OUT] = "out",
                                            [TENSOR_TMP] = "tmp"};

        if (t->role == TENSOR_INTERMEDIATE)
                return;
        buf_printf(p->out, "    %s %s: %s", roles[t->role], t->name,
                   dtype_name(t->dtype));
        if (t->rank) {
                buf_putc(p->out, '[');
                canon_put_list(p, 1, t->extent);
                if (t->length)
                        buf_printf(p->out, " upto %s", t->length->name);
                if (t->rank > 1)
                        buf_puts(p->out, ", ");
                canon_put_list(p, t->rank - 1, t->extent + 1);
                buf_putc(p->out, ']');
        }
        print_constraints(p, t);
        buf_putc(p->out, '\n');
}

static void print_permissions(struct canon_printer *p, const struct spec *spec)
{
        if (spec->allow_tf32)
                buf_puts(p->out, "    allow tf32\n");
        if (spec->bitwise)
                buf_puts(p->out, "    bitwise\n");
        if (spec->accuracy > 0) {
                buf_puts(p->out, "    accuracy ");
                canon_put_real(p->out, spec->accuracy);
                buf_putc(p->out, '\n');
        }
}

/* binding_text gives what the parser of workloads takes. */
static void print_workloads(struct canon_printer *p, const struct spec *spec)
{
        for (int i = 0; i < spec->workload_count; i++) {
                const struct workload *w = spec->workload[i];
                struct binding binding;
                char *text;

                binding_from_workload(&binding, spec, w);
                text = binding_text(&binding, spec);
                buf_printf(p->out, "    workload %s %s\n", w->name,
                           text ? text : "");
                free(text);
        }
}

/* A prefix that, with a digit, begins no name of the spec. */
static void choose_prefix(struct canon_printer *p, const struct spec *spec)
{
        bool taken = true;

        strcpy(p->prefix, "i");
        while (taken && strlen(p->prefix) < LIMIT_NAME_BYTES - 8) {
                size_t n = strlen(p->prefix);
                const char *name;

                taken = false;
#define LOOK(list, count)                                                 \
        for (int i = 0; i < (count); i++) {                               \
                name = (list)[i]->name;                                   \
                if (strncmp(name, p->prefix, n) == 0 && name[n] >= '0' && \
                    name[n] <= '9')                                       \
                        taken = true;                                     \
        }
                LOOK(spec->size, spec->size_count)
                LOOK(spec->constant, spec->constant_count)
                LOOK(spec->param, spec->param_count)
                LOOK(spec->tensor, spec->tensor_count)
#undef LOOK
                if (taken)
                        strcat(p->prefix, "x");
        }
}

/* Declarations in their order: it is the order of the arguments of a source.
 * */
static void print_spec(struct canon_printer *p, const struct spec *spec,
                       bool workloads)
{
        buf_printf(p->out, "kernel %s {\n", spec->name);
        print_scalars(p, spec);
        for (int i = 0; i < spec->tensor_count; i++)
                print_tensor(p, spec->tensor[i]);
        print_permissions(p, spec);
        if (spec->reference) {
                buf_printf(p->out, "    reference c \"%s\" tolerance ",
                           spec->reference->file);
                canon_put_real(p->out, spec->reference->absolute);
                buf_putc(p->out, ' ');
                canon_put_real(p->out, spec->reference->relative);
                buf_putc(p->out, '\n');
        }
        for (int i = 0; i < spec->statement_count; i++) {
                buf_puts(p->out, "    ");
                canon_put_statement(p, spec->statement[i]);
                buf_putc(p->out, '\n');
        }
        if (workloads)
                print_workloads(p, spec);
        buf_puts(p->out, "}\n");
}

void canon_print(const struct spec *spec, struct buf *out)
{
        struct canon_printer p = {.out = out, .canonical = true};

        choose_prefix(&p, spec);
        print_spec(&p, spec, false);
}

void canon_print_readable(const struct spec *spec, bool workloads,
                          struct buf *out)
{
        struct canon_printer p = {.out = out};

        print_spec(&p, spec, workloads);
}

void canon_print_expr(const struct expr *expr, struct buf *out)
{
        struct canon_printer p = {.out = out};

        canon_put_expr(&p, expr);
}

void canon_print_statement(const struct statement *statement, struct buf *out)
{
        struct canon_printer p = {.out = out};

        canon_put_statement(&p, statement);
}

/* A text that does not fit is an error, never a hash of its beginning. */
int canon_hash(const struct spec *spec, char hash[HASH_TEXT_BYTES],
               struct error *err)
{
        struct buf out;
        int rc;

        buf_init(&out, TEXT_BYTES);
        canon_print(spec, &out);
        rc = buf_check(&out, "the canonical text of a spec", err);
        if (!rc)
                hash_bytes(out.data, out.length, hash);
        buf_dispose(&out);
        return rc;
}
