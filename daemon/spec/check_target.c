/*
 * The target of a statement: which tensor, which indices it names, and what
 * an undeclared intermediate looks like.
 */
#include <string.h>

#include "core/text.h"
#include "spec/check.h"

/* The explicit range of a name, or NULL. */
static const struct syntax_binding *for_clause(
        const struct statement_work *work, const char *name)
{
        for (int i = 0; i < work->syntax->binding_count; i++)
                if (strcmp(work->syntax->binding[i].name, name) == 0)
                        return &work->syntax->binding[i];
        return NULL;
}

/* Each name once; more than there can be dimensions is an error. */
static int add_name(struct statement_work *work, const char *name, int line,
                    int column)
{
        struct syntax_binding b = {name, NULL, NULL, line, column};

        for (int i = 0; i < work->count; i++)
                if (strcmp(work->name[i].name, name) == 0)
                        return 0;
        if (work->count == LIMIT_RANK)
                return check_error(work->check, line, column,
                                   "a statement has at most %d indices",
                                   LIMIT_RANK);
        work->name[work->count++] = b;
        return 0;
}

/* Free names of the target are its indices, in order of appearance. */
int check_target_names(struct statement_work *work, const struct syntax *s)
{
        int rc = 0;

        if (s->op == SYNTAX_REDUCE)
                return check_error(work->check, s->line, s->column,
                                   "a target cannot contain a reduction; "
                                   "define an intermediate");
        if (s->op == SYNTAX_NAME && !check_find(work->check, s->name) &&
            !for_clause(work, s->name))
                rc = add_name(work, s->name, s->line, s->column);
        if (!rc && s->fallback)
                rc = check_target_names(work, s->fallback);
        for (int i = 0; !rc && i < s->count; i++)
                rc = check_target_names(work, s->arg[i]);
        return rc;
}

/* Two equal names are a diagonal, which is a computed target. */
bool check_target_bare(const struct statement_work *work)
{
        const struct syntax_statement *s = work->syntax;

        for (int i = 0; i < s->rank; i++) {
                if (s->subscript[i]->op != SYNTAX_NAME ||
                    check_find(work->check, s->subscript[i]->name))
                        return false;
                for (int j = 0; j < i; j++)
                        if (strcmp(s->subscript[i]->name,
                                   s->subscript[j]->name) == 0)
                                return false;
        }
        return true;
}

/* Unknown names are left to check_target_undeclared. */
int check_target_find(struct statement_work *work)
{
        const struct syntax_statement *s = work->syntax;
        const struct named *named = check_find(work->check, s->name);

        if (!named)
                return 0;
        if (named->what != NAMED_TENSOR)
                return check_error(work->check, s->line, s->column,
                                   "'%s', declared at %d:%d, is no tensor "
                                   "and cannot be defined",
                                   s->name, named->line, named->column);
        if (named->tensor->role == TENSOR_IN)
                return check_error(work->check, s->line, s->column,
                                   "'%s' is an input and cannot be written; "
                                   "declare an out or tmp",
                                   s->name);
        if (named->tensor->defined_by)
                return check_error(
                        work->check, s->line, s->column,
                        "'%s' is already defined at %d:%d; one statement "
                        "defines one tensor, once",
                        s->name, named->tensor->defined_by->line,
                        named->tensor->defined_by->column);
        if (named->tensor->rank != s->rank)
                return check_error(work->check, s->line, s->column,
                                   "'%s' has %d dimension%s, but the target "
                                   "has %d subscript%s",
                                   s->name, named->tensor->rank,
                                   named->tensor->rank == 1 ? "" : "s",
                                   s->rank, s->rank == 1 ? "" : "s");
        work->target = named->tensor;
        return 0;
}

/* An undeclared tensor is defined in full by bare indices. */
int check_target_undeclared(const struct statement_work *work)
{
        const struct syntax_statement *s = work->syntax;

        if (check_reserved(work->check, s->name, s->line, s->column))
                return ERR_INPUT;
        if (s->mark != TOKEN_ASSIGN)
                return check_error(
                        work->check, s->line, s->column,
                        "'%s' is not declared%s; an update needs "
                        "tmp %s: TYPE[...] init value",
                        s->name,
                        check_suggest(work->check, s->name, 1 << NAMED_TENSOR),
                        s->name);
        if (!work->bare)
                return check_error(
                        work->check, s->line, s->column,
                        "'%s' is not declared%s; only bare, "
                        "different indices define an intermediate, "
                        "anything else needs tmp %s: TYPE[...] "
                        "init value",
                        s->name,
                        check_suggest(work->check, s->name, 1 << NAMED_TENSOR),
                        s->name);
        return 0;
}

const char *check_target_meant(const struct check *check, const char *name)
{
        const char *list[LIMIT_TENSORS + 1];
        int n = 0;

        for (int i = 0; i < check->name_count; i++) {
                const struct tensor *t = check->name[i].tensor;

                if (t && t->role != TENSOR_IN && !t->defined_by &&
                    n < LIMIT_TENSORS)
                        list[n++] = t->name;
        }
        list[n] = NULL;
        return text_suggest(name, list);
}

/* What helps a target that may lie outside, beside a check when it runs. */
static const char *inside_hint(const struct check *check,
                               const struct expr *subscript)
{
        const struct tensor *computed = check_computed(subscript);
        const char *text;

        if (subscript->op == EXPR_READ && !computed)
                return "declare the input with `in 0..hi`, or ";
        if (!computed)
                return "narrow the range of its indices with `for i in "
                       "lo..hi`, or ";
        text = arena_printf(check->scratch,
                            "what '%s' holds is computed, and no proof knows "
                            "how far it goes: ",
                            computed->name);
        return text ? text : "";
}

/* A write outside has no else: it must be proved, or checked by the oracle.
 */
int check_target_subscripts(struct statement_work *work)
{
        const struct syntax_statement *s = work->syntax;
        struct statement *st = work->statement;
        struct check *check = work->check;
        enum inside inside;
        bool below;
        int rc = 0;

        for (int d = 0; !rc && d < s->rank; d++) {
                rc = check_expr(check, s->subscript[d], &st->subscript[d]);
                if (!rc)
                        rc = check_kind(check, st->subscript[d], KIND_INTEGER,
                                        "a subscript");
                if (rc || !work->target)
                        continue;
                inside = ranges_inside(check->ranges, st->subscript[d],
                                       work->target->extent[d], &below);
                if (inside == INSIDE_ALWAYS)
                        continue;
                if (inside == INSIDE_PERHAPS && s->checked) {
                        st->checked = true;
                        continue;
                }
                rc = check_error(
                        check, s->subscript[d]->line, s->subscript[d]->column,
                        "subscript %d of the target '%s', %s, is not known "
                        "to be %s %s; %swrite %s[...]! to have it checked "
                        "when "
                        "it runs",
                        d + 1, s->name, check_text(check, st->subscript[d]),
                        below ? "at least" : "below",
                        below ? "0"
                              : check_text(check, work->target->extent[d]),
                        inside_hint(check, st->subscript[d]), s->name);
        }
        return rc;
}

/* Its extents are evaluated from sizes alone. */
static int ranges_of_intermediate(const struct statement_work *work)
{
        const struct statement *st = work->statement;

        for (int i = 0; i < st->index_count; i++)
                if (!st->index[i]->data_dependent &&
                    !check_only_sizes(st->index[i]->hi))
                        return check_error(
                                work->check, st->index[i]->line,
                                st->index[i]->column,
                                "the range of '%s' must depend on sizes only,"
                                " because it is an extent of '%s'",
                                st->index[i]->name, work->syntax->name);
        return 0;
}

/* The extents of an intermediate are the ends of its indices' ranges. */
int check_target_intermediate(struct statement_work *work)
{
        const struct syntax_statement *s = work->syntax;
        const struct statement *st = work->statement;
        struct check *check = work->check;
        struct spec *spec = check->spec;
        struct tensor *t = arena_alloc(check->arena, sizeof(*t));
        struct named named = {s->name, NAMED_TENSOR, s->line, s->column};

        if (ranges_of_intermediate(work))
                return ERR_INPUT;
        if (spec->tensor_count == LIMIT_TENSORS)
                return check_error(check, s->line, s->column,
                                   "a spec has at most %d tensors, "
                                   "intermediates included",
                                   LIMIT_TENSORS);
        if (!t)
                return check_memory(check);
        t->name = arena_strdup(check->arena, s->name);
        t->number = spec->tensor_count;
        t->role = TENSOR_INTERMEDIATE;
        t->kind = st->value->kind;
        t->rank = s->rank;
        t->line = s->line;
        t->column = s->column;
        if (st->index_count != s->rank)
                return check_error(check, s->line, s->column,
                                   "every index of an intermediate stands in "
                                   "its target");
        for (int d = 0; d < s->rank; d++) {
                const struct index *index = st->index[d];

                if (index->data_dependent)
                        return check_error(
                                check, index->line, index->column,
                                "the size of an intermediate cannot depend "
                                "on data; reduce over '%s' where it is used",
                                index->name);
                if (!ranges_same_constant(check->ranges, index->lo, 0))
                        return check_error(
                                check, index->line, index->column,
                                "the range of an index of an intermediate "
                                "begins at 0; shift it, or declare tmp %s: "
                                "TYPE[...] init value",
                                s->name);
                t->extent[d] = index->hi;
        }
        check->defined[t->number] = false;
        spec->tensor[spec->tensor_count++] = t;
        work->target = named.tensor = t;
        return check_declare(check, &named);
}

static bool visit_read(const struct expr *expr, void *data)
{
        bool *read = data;

        if (expr->op == EXPR_READ)
                read[expr->value.read.tensor->number] = true;
        return true;
}

/* Which tensors a statement of the spec reads. */
static void find_read(const struct spec *spec, bool read[LIMIT_TENSORS])
{
        for (int i = 0; i < spec->statement_count; i++) {
                const struct statement *st = spec->statement[i];

                expr_walk(st->value, visit_read, read);
                for (int d = 0; d < st->target->rank; d++)
                        expr_walk(st->subscript[d], visit_read, read);
                for (int k = 0; k < st->index_count; k++) {
                        expr_walk(st->index[k]->lo, visit_read, read);
                        expr_walk(st->index[k]->hi, visit_read, read);
                }
        }
}

/* An intermediate that nothing reads may be a misspelt output: one that is
 * nearly called so, or the only one. */
const struct tensor *check_target_unread(const struct spec *spec,
                                         const struct tensor *output)
{
        const struct tensor *only = NULL;
        bool read[LIMIT_TENSORS] = {false};
        int count = 0;

        find_read(spec, read);
        for (int i = 0; i < spec->tensor_count; i++) {
                const struct tensor *t = spec->tensor[i];
                const char *const names[] = {output->name, NULL};

                if (t->role != TENSOR_INTERMEDIATE || read[i] ||
                    t->rank != output->rank)
                        continue;
                if (text_suggest(t->name, names))
                        return t;
                only = t;
                count++;
        }
        return count == 1 ? only : NULL;
}
