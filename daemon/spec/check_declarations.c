/* The passes over declarations, and macros. */
#include <string.h>

#include "spec/check.h"

const char *check_keep(struct check *check, const char *name)
{
        const char *copy = arena_strdup(check->arena, name);

        return copy ? copy : "";
}

int check_room(const struct check *check, const struct syntax_declaration *d,
               int maximum, const char *what)
{
        return check_error(check, d->line, d->column,
                           "a spec has at most %d %s", maximum, what);
}

/* One pass over the declarations of some kinds. */
static int pass(struct check *check, unsigned kinds,
                int (*declare)(struct check *check,
                               const struct syntax_declaration *d))
{
        const struct syntax_declaration *d = check->file->declaration;
        int rc = 0;

        for (; !rc && d; d = d->next)
                if (kinds & 1U << d->kind)
                        rc = declare(check, d);
        return rc;
}

/* Sizes before the ranges, which need all of them; tensors last, and their
 * starting values when every name is known. */
int check_declarations(struct check *check)
{
        struct spec *spec = check->spec;
        int rc;

        spec->constant = arena_alloc(
                check->arena, LIMIT_SPEC_NAMES * sizeof(*spec->constant));
        if (!spec->constant)
                return check_memory(check);
        rc = pass(check, 1U << DECLARE_CONST, check_declare_constant);
        if (!rc)
                rc = pass(check, 1U << DECLARE_SIZE, check_declare_size);
        if (rc)
                return rc;
        check->ranges = ranges_new(check->scratch, spec);
        if (!check->ranges)
                return check_memory(check);
        rc = pass(check, 1U << DECLARE_PARAM, check_declare_param);
        if (!rc)
                rc = pass(check,
                          1U << DECLARE_IN | 1U << DECLARE_OUT |
                                  1U << DECLARE_TMP,
                          check_declare_tensor);
        for (const struct syntax_declaration *d = check->file->declaration;
             !rc && d; d = d->next)
                if (d->length)
                        rc = check_tensor_length(check, d);
        for (const struct syntax_declaration *d = check->file->declaration;
             !rc && d; d = d->next)
                if (d->init)
                        rc = check_tensor_init(check, d);
        return rc;
}

/* A macro's body is elementwise: its parameters and what every expression
 * may use; no indices, so that a use means the same everywhere. */
static int check_body(struct check *check, const struct syntax_macro *macro,
                      const struct syntax *s)
{
        int rc = 0;

        if (s->op == SYNTAX_READ || s->op == SYNTAX_REDUCE)
                return check_error(check, s->line, s->column,
                                   "a macro is elementwise: it cannot %s; "
                                   "pass the value as a parameter",
                                   s->op == SYNTAX_READ ? "read a tensor"
                                                        : "reduce");
        for (int i = 0; !rc && i < s->count; i++)
                rc = check_body(check, macro, s->arg[i]);
        return rc;
}

/* A macro sees only those before it, so their uses are already noted. */
int check_macros(struct check *check)
{
        struct syntax_macro *m = check->file->macro;
        int rc = 0;

        for (; !rc && m; m = m->next) {
                struct named named = {m->name, NAMED_MACRO, m->line,
                                      m->column};

                named.macro = m;
                rc = check_declare(check, &named);
                for (int i = 0; !rc && i < m->count; i++)
                        for (int j = 0; !rc && j < i; j++)
                                if (strcmp(m->parameter[i], m->parameter[j]) ==
                                    0)
                                        rc = check_error(
                                                check, m->line, m->column,
                                                "'%s' is a parameter of '%s' "
                                                "twice",
                                                m->parameter[i], m->name);
                if (!rc)
                        rc = check_body(check, m, m->body);
                if (!rc)
                        check_macro_uses(check, m);
        }
        return rc;
}
