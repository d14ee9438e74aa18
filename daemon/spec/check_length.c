/*
 * Data-dependent lengths: `out v: f32[T upto n]` holds results in its first n
 * rows, with n a scalar output of the same kernel. What lies behind is
 * unspecified, so nothing may read it, and a kernel may compute it or not:
 * therefore nothing that could go wrong there may be left to the oracle,
 * which looks at the first n rows only.
 */
#include "spec/check.h"

/* The output that holds the length. */
static int find_length(struct check *check, const struct syntax_declaration *d,
                       const struct tensor **length)
{
        const struct named *named = check_find(check, d->length);

        if (!named || named->what != NAMED_TENSOR ||
            named->tensor->role != TENSOR_OUT || named->tensor->rank ||
            named->tensor->dtype != DTYPE_I64 || named->tensor->length)
                return check_error(check, d->length_line, d->length_column,
                                   "the length of '%s' is an i64 output "
                                   "without dimensions, computed by a "
                                   "statement; declare `out %s: i64`",
                                   d->name, named ? "its_length" : d->length);
        *length = named->tensor;
        return 0;
}

int check_tensor_length(struct check *check,
                        const struct syntax_declaration *d)
{
        struct tensor *t = check_find(check, d->name)->tensor;

        if (t->role != TENSOR_OUT)
                return check_error(check, d->length_line, d->length_column,
                                   "only an output can have a data-dependent "
                                   "length; %s",
                                   t->role == TENSOR_IN
                                           ? "pass the length of an input as "
                                             "an input of its own"
                                           : "give a tmp its largest length");
        return find_length(check, d, &t->length);
}

int check_length_read(struct check *check, const struct tensor *tensor,
                      int line, int column)
{
        if (!tensor->length)
                return 0;
        return check_error(check, line, column,
                           "'%s' has results only up to '%s' and cannot be "
                           "read; read what it is computed from, or define an "
                           "intermediate",
                           tensor->name, tensor->length->name);
}

/* Looks for x[i]! in a statement and in all that it rests on. */
struct checked_walk {
        const struct expr *found;
        bool seen[LIMIT_TENSORS];
};

static bool visit_checked(const struct expr *expr, void *data);

static void walk_statement(struct checked_walk *walk,
                           const struct statement *statement)
{
        const struct index *index;

        expr_walk(statement->value, visit_checked, walk);
        for (int d = 0; d < statement->target->rank; d++)
                expr_walk(statement->subscript[d], visit_checked, walk);
        for (int i = 0; i < statement->index_count; i++) {
                index = statement->index[i];
                expr_walk(index->lo, visit_checked, walk);
                expr_walk(index->hi, visit_checked, walk);
        }
}

/* Statements come before their uses: this ends. */
static bool visit_checked(const struct expr *expr, void *data)
{
        struct checked_walk *walk = data;
        const struct tensor *tensor;

        if (walk->found || expr->op != EXPR_READ)
                return !walk->found;
        if (expr->value.read.safety == READ_CHECKED) {
                walk->found = expr;
                return false;
        }
        tensor = expr->value.read.tensor;
        if (tensor->defined_by && !walk->seen[tensor->number]) {
                walk->seen[tensor->number] = true;
                walk_statement(walk, tensor->defined_by);
        }
        return !walk->found;
}

int check_length_statement(struct check *check,
                           const struct statement *statement)
{
        const struct tensor *target = statement->target;
        struct checked_walk walk = {NULL, {false}};

        if (!target->length)
                return 0;
        walk_statement(&walk, statement);
        if (!walk.found)
                return 0;
        return check_error(check, walk.found->line, walk.found->column,
                           "'%s' is computed from this, and behind its end at "
                           "'%s' nobody checks what is read; write "
                           "(%s[...] else value) instead of %s[...]!",
                           target->name, target->length->name,
                           walk.found->value.read.tensor->name,
                           walk.found->value.read.tensor->name);
}
