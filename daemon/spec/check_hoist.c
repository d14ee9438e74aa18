/*
 * Arguments of macros that are worth a tensor of their own.
 *
 * In gelu(sum[k] x[i, k] * w[j, k]) the macro uses its argument twice, and a
 * tree that is written out would hold the sum twice. Such an argument becomes
 * an intermediate, gelu_1[i, j], defined by a statement just before: exact,
 * as every intermediate is, so the meaning stays. It is done when the
 * argument contains a reduction, is used more than once, depends on no
 * reduced index, and can be evaluated everywhere.
 */
#include <stdio.h>
#include <string.h>

#include "spec/check.h"

/* How often body uses a name, where the macros it calls are noted. */
static int count_uses(const struct check *check, const struct syntax *body,
                      const char *name)
{
        const struct syntax_macro *inner = NULL;
        int uses = 0;

        if (body->op == SYNTAX_NAME)
                return strcmp(body->name, name) == 0;
        if (body->op == SYNTAX_CALL)
                inner = check_find_macro(check, body->name);
        for (int i = 0; uses < 2 && i < body->count; i++) {
                int here = count_uses(check, body->arg[i], name);

                if (inner && i < inner->count)
                        here *= inner->uses[i];
                uses += here;
        }
        return uses < 2 ? uses : 2;
}

void check_macro_uses(const struct check *check, struct syntax_macro *macro)
{
        for (int i = 0; i < macro->count; i++)
                macro->uses[i] =
                        count_uses(check, macro->body, macro->parameter[i]);
}

/* What the argument contains, by the names that are open around it. */
struct content {
        const struct check *check;
        bool reduces, refused;
        bool used[SCOPE_MAXIMUM]; /* by position in check->scope */
};

static bool is_extreme(const char *name)
{
        return strcmp(name, "max") == 0 || strcmp(name, "min") == 0 ||
               strcmp(name, "argmax") == 0 || strcmp(name, "argmin") == 0;
}

/* Reads that are checked when they run and greatest elements of ranges that
 * may be empty could fail where the written expression is not evaluated. */
static void look_at(struct content *content, const struct syntax *s)
{
        const struct check *check = content->check;

        content->refused = content->refused || s->checked;
        for (int i = 0; s->op == SYNTAX_NAME && i < check->scope_count; i++)
                if (strcmp(check->scope[i].index->name, s->name) == 0)
                        content->used[i] = true;
        if (s->op == SYNTAX_REDUCE)
                content->reduces = true;
        for (int i = 0; i < s->binding_count; i++) {
                if (!s->binding[i].lo)
                        continue;
                content->refused = content->refused || is_extreme(s->name);
                look_at(content, s->binding[i].lo);
                look_at(content, s->binding[i].hi);
        }
        if (s->fallback)
                look_at(content, s->fallback);
        for (int i = 0; i < s->count; i++)
                look_at(content, s->arg[i]);
}

/* The indices of the intermediate, or false when it cannot be one. */
static bool choose_indices(const struct content *content, struct statement *st)
{
        const struct check *check = content->check;

        for (int i = 0; i < check->scope_count; i++) {
                const struct scope *scope = &check->scope[i];

                if (!content->used[i])
                        continue;
                if (scope->reduction || scope->index->data_dependent ||
                    st->index_count == LIMIT_RANK ||
                    !ranges_same_constant(check->ranges, scope->index->lo,
                                          0) ||
                    !check_only_sizes(scope->index->hi))
                        return false;
                st->index[st->index_count++] = scope->index;
        }
        return true;
}

/* NAME_1, NAME_2, ...: the first that nothing in the file is called. */
static const char *choose_name(struct check *check, const char *macro)
{
        for (int k = 1;; k++) {
                const struct syntax_statement *s = check->file->statement;
                char name[LIMIT_NAME_BYTES + 16];

                snprintf(name, sizeof(name), "%.32s_%d", macro, k);
                while (s && strcmp(s->name, name) != 0)
                        s = s->next;
                if (!s && !check_find(check, name))
                        return check_keep(check, name);
        }
}

/* Fresh indices with the names and ranges of the outer ones. */
static int copy_indices(struct check *check, struct statement *st)
{
        struct spec *spec = check->spec;

        check->scope_count = 0;
        for (int i = 0; i < st->index_count; i++) {
                struct index *copy = arena_alloc(check->arena, sizeof(*copy));

                if (!copy)
                        return check_memory(check);
                if (spec->index_count + check->name_count >= LIMIT_SPEC_NAMES)
                        return check_error(check, st->line, st->column,
                                           "a spec has at most %d names, "
                                           "indices included",
                                           LIMIT_SPEC_NAMES);
                *copy = *st->index[i];
                copy->number = spec->index_count;
                copy->inferred = false;
                spec->index[spec->index_count++] = copy;
                ranges_add_index(check->ranges, copy);
                check->scope[check->scope_count].index = copy;
                check->scope[check->scope_count++].reduction = NULL;
                st->index[i] = copy;
        }
        return 0;
}

/* Declared and defined at once; extents are the ends of its ranges. */
static int make_tensor(struct check *check, struct statement *st,
                       const char *name)
{
        struct spec *spec = check->spec;
        struct tensor *t = arena_alloc(check->arena, sizeof(*t));
        struct named named = {name, NAMED_TENSOR, st->line, st->column};

        if (!t)
                return check_memory(check);
        if (spec->tensor_count == LIMIT_TENSORS ||
            spec->statement_count >= check->statement_room)
                return check_error(check, st->line, st->column,
                                   "a spec has at most %d tensors, "
                                   "intermediates included",
                                   LIMIT_TENSORS);
        t->name = name;
        t->number = spec->tensor_count;
        t->role = TENSOR_INTERMEDIATE;
        t->kind = st->value->kind;
        t->rank = st->index_count;
        t->line = st->line;
        t->column = st->column;
        t->defined_by = st;
        for (int i = 0; i < t->rank; i++) {
                struct expr *use = check_new(check, EXPR_INDEX, KIND_INTEGER,
                                             st->line, st->column);

                if (!use)
                        return check_memory(check);
                use->value.index = st->index[i];
                st->subscript[i] = use;
                t->extent[i] = st->index[i]->hi;
        }
        st->target = t;
        st->number = spec->statement_count;
        spec->statement[spec->statement_count++] = st;
        spec->tensor[spec->tensor_count++] = t;
        check->defined[t->number] = true;
        check->weight += check_weight_of(st->value);
        named.tensor = t;
        return check_declare(check, &named);
}

/* The element of the intermediate where the argument stood. */
static int read_tensor(struct check *check, const struct syntax *s,
                       const struct tensor *t, const struct scope *outer,
                       const struct content *content,
                       const struct expr **result)
{
        struct expr *read =
                check_new(check, EXPR_READ, t->kind, s->line, s->column);
        int rank = 0;

        for (int i = 0; read && i < check->scope_count; i++) {
                struct expr *use;

                if (!content->used[i])
                        continue;
                use = check_new(check, EXPR_INDEX, KIND_INTEGER, s->line,
                                s->column);
                if (!use)
                        return check_memory(check);
                use->value.index = outer[i].index;
                read->value.read.subscript[rank++] = use;
        }
        if (!read)
                return check_memory(check);
        read->value.read.tensor = t;
        *result = read;
        return 0;
}

/* The argument is checked in a scope of its own, then read where it stood. */
static int hoist(struct check *check, const struct syntax *s,
                 const char *macro, const struct content *content,
                 struct statement *st, const struct expr **result)
{
        struct scope outer[LIMIT_RANK * 2];
        int count = check->scope_count, rc;
        const char *name;

        memcpy(outer, check->scope, (size_t)count * sizeof(outer[0]));
        st->line = s->line;
        st->column = s->column;
        rc = copy_indices(check, st);
        if (!rc)
                rc = check_expr(check, s, &st->value);
        if (!rc)
                rc = check_weight(check, st->value);
        if (rc)
                return rc;
        memcpy(check->scope, outer, (size_t)count * sizeof(outer[0]));
        check->scope_count = count;
        name = choose_name(check, macro);
        rc = make_tensor(check, st, name);
        return rc ? rc
                  : read_tensor(check, s, st->target, outer, content, result);
}

/* Everything that is not worth a tensor is an expression as usual. */
int check_macro_argument(struct check *check, const struct syntax *s,
                         const struct syntax_macro *macro, int i,
                         const struct expr **result)
{
        struct content content = {.check = check};
        struct statement *st;

        if (check->expansion || !check->ranges || check->sizes_only ||
            check->scope_count > LIMIT_RANK * 2 || i >= macro->count ||
            macro->uses[i] < 2)
                return check_expr(check, s, result);
        look_at(&content, s);
        st = arena_alloc(check->arena, sizeof(*st));
        if (!st)
                return check_memory(check);
        if (!content.reduces || content.refused ||
            !choose_indices(&content, st))
                return check_expr(check, s, result);
        return hoist(check, s, macro->name, &content, st, result);
}
