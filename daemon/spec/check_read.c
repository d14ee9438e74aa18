/*
 * Reads: the tensor must have been defined, the subscripts must be whole
 * numbers, and each must be proved to lie inside; what is not proved needs
 * `else` or `!`. A proof drops the else: it would never be used; proved to
 * be outside, the read is a mistake, with an else too.
 */
#include <string.h>

#include "spec/check.h"

/* Order matters: what is read must have been defined above. */
int check_tensor_name(struct check *check, const struct named *named, int line,
                      int column)
{
        const char *name = named->name;

        if (named->what != NAMED_TENSOR)
                return check_error(check, line, column,
                                   "'%s', declared at %d:%d, is no tensor and "
                                   "has no elements",
                                   name, named->line, named->column);
        if (check->defined[named->tensor->number])
                return 0;
        return check_error(check, line, column,
                           "'%s' is read before a statement defines it; for "
                           "a running value write a reduction such as sum[k "
                           "in 0..j + 1]",
                           name);
}

/* NULL with *rc set when there is none to read. */
static const struct named *find_tensor(struct check *check,
                                       const struct syntax *s, int *rc)
{
        const struct named *named = check_find(check, s->name);

        if (named) {
                *rc = check_tensor_name(check, named, s->line, s->column);
                return named;
        }
        *rc = check_error(
                check, s->line, s->column,
                "there is no tensor '%s'%s; declare it, or define "
                "it by a statement above",
                s->name,
                check_suggest(check, s->name,
                              1 << NAMED_TENSOR | SUGGEST_FUNCTIONS));
        return NULL;
}

/* The integers of an input that bound the range of an index in the subscript:
 * offsets that were not declared as such. NULL: there are none. */
static const struct tensor *bare_offsets(const struct expr *subscript)
{
        const struct index *index;
        const struct expr *bound;
        const struct tensor *tensor;

        for (int i = 0;
             i < 2 && (subscript->op == EXPR_ADD || subscript->op == EXPR_SUB);
             i++)
                subscript = subscript->arg[0];
        if (subscript->op != EXPR_INDEX)
                return NULL;
        index = subscript->value.index;
        bound = index->hi;
        if (!bound || bound->op != EXPR_READ || !index->lo ||
            index->lo->op != EXPR_READ)
                return NULL;
        tensor = bound->value.read.tensor;
        return tensor->role == TENSOR_IN && tensor->rank == 1 &&
                               !tensor->offsets &&
                               index->lo->value.read.tensor == tensor
                       ? tensor
                       : NULL;
}

static bool visit_computed(const struct expr *expr, void *data)
{
        const struct tensor **found = data;

        if (!*found && expr->op == EXPR_READ &&
            expr->value.read.tensor->role != TENSOR_IN)
                *found = expr->value.read.tensor;
        return !*found;
}

const struct tensor *check_computed(const struct expr *expr)
{
        const struct tensor *found = NULL;

        expr_walk(expr, visit_computed, &found);
        return found;
}

/* Is a name a subscript of the target, whose extents were declared? */
static bool in_declared_target(const struct check *check, const char *name)
{
        const struct statement_work *work = check->work;

        for (int d = 0; work->target && d < work->syntax->rank; d++)
                if (work->syntax->subscript[d]->op == SYNTAX_NAME &&
                    strcmp(work->syntax->subscript[d]->name, name) == 0)
                        return true;
        return false;
}

/* x[i + 1] beside x[i]: the range that x[i] gave i is too long, and nothing
 * else asks for all of it. What to write instead, or "". */
static const char *shorter_range(struct check *check, const struct read *read,
                                 int d)
{
        const struct expr *subscript = read->subscript[d], *index, *step;
        const struct expr *extent = read->tensor->extent[d];
        const char *end, *text, *reduction = NULL;

        if (!check->work || subscript->op != EXPR_ADD)
                return "";
        index = subscript->arg[0];
        step = subscript->arg[1];
        if (index->op != EXPR_INDEX || step->op != EXPR_INTEGER ||
            step->value.integer <= 0 || !index->value.index->inferred)
                return "";
        for (int i = 0; i < check->scope_count; i++)
                if (check->scope[i].index == index->value.index)
                        reduction = check->scope[i].reduction;
        if (!reduction && in_declared_target(check, index->value.index->name))
                return "";
        end = check_text(check, extent);
        if (extent->op == EXPR_ADD && extent->arg[1]->op == EXPR_INTEGER &&
            extent->arg[1]->value.integer == step->value.integer)
                end = check_text(check, extent->arg[0]);
        else
                end = arena_printf(check->scratch, "%s - %lld", end,
                                   (long long)step->value.integer);
        if (!end)
                return "";
        if (reduction)
                text = arena_printf(check->scratch,
                                    "write %s[%s in 0..%s], or ", reduction,
                                    index->value.index->name, end);
        else
                text = arena_printf(check->scratch,
                                    "end the statement with `for %s in "
                                    "0..%s`, or ",
                                    index->value.index->name, end);
        return text ? text : "";
}

/* What else could make the proof, from the declaration of an input. */
static const char *declare_hint(struct check *check, const struct read *read,
                                int d)
{
        const struct expr *subscript = read->subscript[d];
        const struct tensor *offsets = bare_offsets(subscript);

        if (subscript->op == EXPR_READ && !check_computed(subscript))
                return "; or declare the input with `in 0..hi`";
        if (!offsets)
                return "";
        return arena_printf(check->scratch,
                            "; or declare '%s' with `offsets %s` behind its "
                            "type",
                            offsets->name,
                            check_text(check, read->tensor->extent[d]));
}

/* Dimension d of a read that is not proved inside. */
static int not_proved(struct check *check, const struct syntax *s,
                      const struct read *read, int d, enum inside inside,
                      bool below)
{
        const char *subscript = check_text(check, read->subscript[d]);
        const char *extent = check_text(check, read->tensor->extent[d]);

        if (inside == INSIDE_NEVER)
                return check_error(check, s->line, s->column,
                                   "subscript %d of '%s', %s, is always "
                                   "outside 0..%s",
                                   d + 1, s->name, subscript, extent);
        return check_error(
                check, s->line, s->column,
                "subscript %d of '%s', %s, is not known to be %s; "
                "%swrite (%s[...] else value) for what lies outside, "
                "or %s[...]! to have it checked when it runs%s",
                d + 1, s->name, subscript,
                below ? "at least 0"
                      : arena_printf(check->scratch, "below %s", extent),
                below ? "" : shorter_range(check, read, d), s->name, s->name,
                declare_hint(check, read, d));
}

/* All dimensions are looked at before the safety is decided. */
static int read_subscripts(struct check *check, const struct syntax *s,
                           struct expr *expr)
{
        struct read *read = &expr->value.read;
        const struct tensor *tensor = read->tensor;
        bool inside_all = true, below;
        int rc = 0;

        for (int d = 0; d < tensor->rank; d++) {
                enum inside inside;

                rc = check_expr(check, s->arg[d], &read->subscript[d]);
                if (!rc)
                        rc = check_kind(check, read->subscript[d],
                                        KIND_INTEGER, "a subscript");
                if (!rc)
                        rc = check_below(check, expr, read->subscript[d]);
                if (rc)
                        return rc;
                inside = ranges_inside(check->ranges, read->subscript[d],
                                       tensor->extent[d], &below);
                if (inside == INSIDE_ALWAYS)
                        continue;
                inside_all = false;
                if (inside == INSIDE_NEVER || (!s->fallback && !s->checked))
                        return not_proved(check, s, read, d, inside, below);
        }
        if (inside_all)
                read->safety = READ_PROVED;
        else
                read->safety = s->fallback ? READ_ELSE : READ_CHECKED;
        return 0;
}

/* It is checked even when it will be dropped: a mistake in it is a mistake. */
static int read_fallback(struct check *check, const struct syntax *s,
                         struct expr *expr)
{
        struct read *read = &expr->value.read;
        const struct expr *fallback;
        int rc = check_expr(check, s->fallback, &fallback);

        if (rc)
                return rc;
        if ((fallback->kind == KIND_BOOLEAN) != (expr->kind == KIND_BOOLEAN))
                return check_error(check, fallback->line, fallback->column,
                                   "'%s' holds %s values, so its else cannot "
                                   "be %s",
                                   s->name, dtype_name(read->tensor->dtype),
                                   check_kind_name(fallback->kind));
        if (read->safety != READ_ELSE)
                return 0;
        if (fallback->kind == KIND_REAL)
                expr->kind = KIND_REAL;
        read->fallback = fallback;
        return check_below(check, expr, fallback);
}

/* The proof comes last, when the subscripts are known. */
int check_read(struct check *check, const struct syntax *s,
               const struct expr **result)
{
        const struct named *named;
        struct expr *expr;
        int rc;

        named = find_tensor(check, s, &rc);
        if (rc)
                return rc;
        if (check->sizes_only)
                return check_error(check, s->line, s->column,
                                   "a size cannot depend on data");
        if (s->count != named->tensor->rank)
                return check_error(check, s->line, s->column,
                                   "'%s' has %d dimension%s, but here %s %d "
                                   "subscript%s",
                                   s->name, named->tensor->rank,
                                   named->tensor->rank == 1 ? "" : "s",
                                   s->count == 1 ? "is" : "are", s->count,
                                   s->count == 1 ? "" : "s");
        rc = check_length_read(check, named->tensor, s->line, s->column);
        if (rc)
                return rc;
        expr = check_new(check, EXPR_READ, named->tensor->kind, s->line,
                         s->column);
        if (!expr)
                return check_memory(check);
        expr->value.read.tensor = named->tensor;
        *result = expr;
        rc = read_subscripts(check, s, expr);
        if (!rc && s->fallback)
                rc = read_fallback(check, s, expr);
        return rc;
}
