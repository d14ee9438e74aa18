/*
 * Reads: the tensor must have been defined, the subscripts must be whole
 * numbers, and each must be proved to lie inside; what is not proved needs
 * `else` or `!`. A proof drops the else: it would never be used; proved to
 * be outside, the read is a mistake, with an else too.
 */
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

/* What else could make the proof, from the declaration of an input. */
static const char *declare_hint(struct check *check, const struct read *read,
                                int d)
{
        const struct expr *subscript = read->subscript[d];
        const struct tensor *offsets = bare_offsets(subscript);

        if (subscript->op == EXPR_READ)
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
                "write (%s[...] else value) for what lies outside, "
                "or %s[...]! to have it checked when it runs%s",
                d + 1, s->name, subscript,
                below ? "at least 0"
                      : arena_printf(check->scratch, "below %s", extent),
                s->name, s->name, declare_hint(check, read, d));
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
