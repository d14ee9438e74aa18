/*
 * `reference c "ref.c" tolerance ABSOLUTE RELATIVE`: what a kernel computes,
 * said by C code where statements cannot. It stands instead of statements,
 * never beside them: there must be one answer to what is right.
 */
#include <math.h>

#include "spec/check.h"

/* A number that is neither negative nor without end. */
static int tolerance(struct check *check, const struct syntax *syntax,
                     double *value)
{
        struct number number;
        int rc = check_constant(check, syntax, "a tolerance", &number);

        if (rc)
                return rc;
        if (number.kind == KIND_BOOLEAN || !(number.real >= 0) ||
            !isfinite(number.real))
                return check_error(check, syntax->line, syntax->column,
                                   "a tolerance is a number of 0 or more, "
                                   "such as 1e-5");
        *value = number.real;
        return 0;
}

/* What has no meaning without statements. */
static int others(const struct check *check)
{
        const struct syntax_file *file = check->file;

        if (file->statement)
                return check_error(
                        check, file->statement->line, file->statement->column,
                        "a kernel is stated by statements or by "
                        "the reference at %d:%d, not by both; "
                        "compute '%s' there too",
                        file->reference_line, file->reference_column,
                        file->statement->name);
        if (file->accuracy)
                return check_error(check, file->accuracy->line,
                                   file->accuracy->column,
                                   "`accuracy` needs statements; the "
                                   "tolerance of the reference says what is "
                                   "right");
        for (int i = 0; i < check->spec->tensor_count; i++) {
                const struct tensor *t = check->spec->tensor[i];

                if (t->role == TENSOR_TMP || t->init)
                        return check_error(
                                check, t->line, t->column,
                                "'%s' %s, which needs statements; "
                                "this kernel is stated by C code",
                                t->name, t->init ? "has an init" : "is a tmp");
        }
        return 0;
}

int check_reference(struct check *check)
{
        const struct syntax_file *file = check->file;
        struct reference *r;
        int rc;

        if (!file->reference)
                return 0;
        rc = others(check);
        if (rc)
                return rc;
        r = arena_alloc(check->arena, sizeof(*r));
        if (!r)
                return check_memory(check);
        r->file = arena_strdup(check->arena, file->reference);
        r->line = file->reference_line;
        r->column = file->reference_column;
        rc = tolerance(check, file->tolerance[0], &r->absolute);
        if (!rc)
                rc = tolerance(check, file->tolerance[1], &r->relative);
        check->spec->reference = r;
        return rc ? rc : r->file ? 0 : check_memory(check);
}
