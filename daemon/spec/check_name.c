/* What a bare name in an expression means, and what to say if nothing. */
#include <string.h>

#include "spec/check.h"

/* A bare name that is nothing: the likely reasons, most telling first. */
static int unknown_name(struct check *check, const struct syntax *s)
{
        if (check->sizes_only)
                return check_error(
                        check, s->line, s->column,
                        "'%s' is neither a size nor a constant%s; declare it: "
                        "size %s",
                        s->name,
                        check_suggest(check, s->name,
                                      1 << NAMED_SIZE | 1 << NAMED_CONST),
                        s->name);
        for (int i = 0; i < check->closed_count; i++) {
                const struct scope *closed = &check->closed[i];

                if (strcmp(closed->index->name, s->name) == 0)
                        return check_error(
                                check, s->line, s->column,
                                "the index '%s' of the %s at %d:%d is known "
                                "only inside its term, which ended before "
                                "this: a term is one chain of * / // %%; "
                                "write %s[%s] ( ... ) around all of it",
                                s->name, closed->reduction,
                                closed->index->line, closed->index->column,
                                closed->reduction, s->name);
        }
        return check_error(
                check, s->line, s->column,
                "'%s' is not declared, and no index of this "
                "statement%s; an index comes from the target, "
                "from a reduction such as sum[%s], or from `for "
                "%s in lo..hi`%s",
                s->name,
                check_suggest(check, s->name,
                              1 << NAMED_SIZE | 1 << NAMED_CONST |
                                      1 << NAMED_PARAM | 1 << NAMED_TENSOR |
                                      SUGGEST_INDICES),
                s->name, s->name,
                s->mark == TOKEN_FLOOR_DIV ? "; a comment begins with #" : "");
}

/* A constant leaves no trace in the tree but its value. */
static int constant_expr(struct check *check, const struct constant *c,
                         const struct syntax *s, const struct expr **result)
{
        enum expr_op op = c->kind == KIND_REAL      ? EXPR_REAL
                          : c->kind == KIND_INTEGER ? EXPR_INTEGER
                                                    : EXPR_BOOLEAN;
        struct expr *expr = check_new(check, op, c->kind, s->line, s->column);

        if (!expr)
                return check_memory(check);
        if (op == EXPR_REAL)
                expr->value.real = c->real;
        else
                expr->value.integer = c->integer;
        *result = expr;
        return 0;
}

/* A tensor without dimensions is read by its name alone. */
static int named_expr(struct check *check, const struct named *named,
                      const struct syntax *s, const struct expr **result)
{
        struct expr *expr;
        int rc;

        if (check->sizes_only && named->what != NAMED_SIZE &&
            named->what != NAMED_CONST)
                return unknown_name(check, s);
        if (named->what == NAMED_CONST)
                return constant_expr(check, named->constant, s, result);
        if (named->what == NAMED_MACRO)
                return check_error(check, s->line, s->column,
                                   "'%s' is a macro; write %s(...)", s->name,
                                   s->name);
        expr = check_new(check, EXPR_SIZE, KIND_INTEGER, s->line, s->column);
        if (!expr)
                return check_memory(check);
        *result = expr;
        if (named->what == NAMED_SIZE) {
                expr->value.size = named->size;
                return 0;
        }
        if (named->what == NAMED_PARAM) {
                expr->op = EXPR_PARAM;
                expr->kind = named->param->dtype == DTYPE_BOOL ? KIND_BOOLEAN
                             : dtype_is_float(named->param->dtype)
                                     ? KIND_REAL
                                     : KIND_INTEGER;
                expr->value.param = named->param;
                return 0;
        }
        rc = check_tensor_name(check, named, s->line, s->column);
        if (!rc && named->tensor->rank)
                rc = check_error(check, s->line, s->column,
                                 "'%s' has %d dimensions; write %s[...] with "
                                 "as many subscripts",
                                 s->name, named->tensor->rank, s->name);
        expr->op = EXPR_READ;
        expr->kind = named->tensor->kind;
        expr->value.read.tensor = named->tensor;
        return rc;
}

/* Inside a macro its parameters come first and indices are invisible. */
int check_name(struct check *check, const struct syntax *s,
               const struct expr **result)
{
        const struct expansion *e = check->expansion;
        const struct named *named;
        struct expr *expr;

        for (int i = 0; e && i < e->macro->count; i++)
                if (strcmp(e->macro->parameter[i], s->name) == 0) {
                        *result = e->argument[i];
                        return 0;
                }
        for (int i = check->scope_count; !e && i-- > 0;) {
                if (strcmp(check->scope[i].index->name, s->name) != 0)
                        continue;
                expr = check_new(check, EXPR_INDEX, KIND_INTEGER, s->line,
                                 s->column);
                if (!expr)
                        return check_memory(check);
                expr->value.index = check->scope[i].index;
                *result = expr;
                return 0;
        }
        named = check_find(check, s->name);
        if (e && (!named || named->what == NAMED_TENSOR))
                return check_error(check, s->line, s->column,
                                   "'%s' is no parameter of the macro '%s'; "
                                   "a macro uses its parameters, sizes, "
                                   "constants and params",
                                   s->name, e->macro->name);
        return named ? named_expr(check, named, s, result)
                     : unknown_name(check, s);
}
