/*
 * Statements: which indices the target names, how it is written (defined
 * once in full, scattered, accumulated), and what an undeclared intermediate
 * looks like.
 */
#include <string.h>

#include "spec/check.h"

/* One statement while it is checked. */
struct work {
        struct check *check;
        const struct syntax_statement *syntax;
        struct statement *statement;
        struct tensor *target; /* NULL until an intermediate is made */
        bool bare;             /* all subscripts are different indices */
        int count;             /* names found */
        struct syntax_binding name[2 * LIMIT_RANK];
};

static const struct syntax_binding *for_clause(const struct work *work,
                                               const char *name)
{
        for (int i = 0; i < work->syntax->binding_count; i++)
                if (strcmp(work->syntax->binding[i].name, name) == 0)
                        return &work->syntax->binding[i];
        return NULL;
}

static int add_name(struct work *work, const char *name, int line, int column)
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
static int find_names(struct work *work, const struct syntax *s)
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
                rc = find_names(work, s->fallback);
        for (int i = 0; !rc && i < s->count; i++)
                rc = find_names(work, s->arg[i]);
        return rc;
}

static bool is_bare(const struct work *work)
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

static int find_target(struct work *work)
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
static int refuse_intermediate(const struct work *work)
{
        const struct syntax_statement *s = work->syntax;

        if (s->operator!= TOKEN_ASSIGN)
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

/* Indices without a range first: their ranges depend on no other index. */
static int open_indices(struct work *work)
{
        const struct syntax_statement *s = work->syntax;
        struct statement *st = work->statement;
        struct range_roots roots = {work->target,     s->rank,
                                    s->subscript,     s->value,
                                    s->binding_count, s->binding};
        struct index *index;
        int rc = 0;

        if (work->count + s->binding_count > LIMIT_RANK)
                return check_error(work->check, s->line, s->column,
                                   "a statement has at most %d indices",
                                   LIMIT_RANK);
        for (int i = 0; !rc && i < work->count + s->binding_count; i++) {
                const struct syntax_binding *b =
                        i < work->count ? &work->name[i]
                                        : &s->binding[i - work->count];

                rc = check_open_index(work->check, b, NULL, &roots, &index);
                if (!rc)
                        st->index[st->index_count++] = index;
        }
        return rc;
}

/* In the order of a target of bare indices, others after them. */
static void order_indices(struct work *work)
{
        const struct syntax_statement *s = work->syntax;
        struct statement *st = work->statement;

        for (int d = 0; d < s->rank; d++) {
                const struct index *index;
                int at = d;

                while (strcmp(st->index[at]->name, s->subscript[d]->name))
                        at++;
                index = st->index[at];
                memmove(&st->index[d + 1], &st->index[d],
                        (size_t)(at - d) * sizeof(st->index[0]));
                st->index[d] = index;
        }
}

/* Every element of the target once. */
static bool covers(const struct work *work)
{
        const struct statement *st = work->statement;
        struct ranges *r = work->check->ranges;

        if (!work->bare || st->index_count != work->target->rank)
                return false;
        for (int d = 0; d < work->target->rank; d++)
                if (!ranges_same_constant(r, st->index[d]->lo, 0) ||
                    !ranges_same(r, st->index[d]->hi, work->target->extent[d]))
                        return false;
        return true;
}

static int target_subscripts(struct work *work)
{
        const struct syntax_statement *s = work->syntax;
        struct statement *st = work->statement;
        struct check *check = work->check;
        bool below;
        int rc = 0;

        for (int d = 0; !rc && d < s->rank; d++) {
                rc = check_expr(check, s->subscript[d], &st->subscript[d]);
                if (!rc)
                        rc = check_kind(check, st->subscript[d], KIND_INTEGER,
                                        "a subscript");
                if (rc || !work->target ||
                    ranges_inside(check->ranges, st->subscript[d],
                                  work->target->extent[d],
                                  &below) == INSIDE_ALWAYS)
                        continue;
                rc = check_error(
                        check, s->subscript[d]->line, s->subscript[d]->column,
                        "subscript %d of the target '%s', %s, is not known "
                        "to be %s %s; %s",
                        d + 1, s->name, check_text(check, st->subscript[d]),
                        below ? "at least" : "below",
                        below ? "0"
                              : check_text(check, work->target->extent[d]),
                        st->subscript[d]->op == EXPR_READ
                                ? "declare the input with `in 0..hi`"
                                : "narrow the range of its indices with "
                                  "`for i in lo..hi`");
        }
        return rc;
}

/* The extents of an intermediate are the ends of its indices' ranges. */
static int make_intermediate(struct work *work)
{
        const struct syntax_statement *s = work->syntax;
        const struct statement *st = work->statement;
        struct check *check = work->check;
        struct spec *spec = check->spec;
        struct tensor *t = arena_alloc(check->arena, sizeof(*t));
        struct named named = {s->name, NAMED_TENSOR, s->line, s->column};

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

static int ranges_of_intermediate(const struct work *work)
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

static int classify(struct work *work)
{
        const struct syntax_statement *s = work->syntax;
        struct statement *st = work->statement;
        const struct tensor *t = work->target;
        bool whole = covers(work);
        int rc = 0;

        st->update = s->operator== TOKEN_ADD_ASSIGN   ? UPDATE_ADD
                     : s->operator== TOKEN_MAX_ASSIGN ? UPDATE_MAX
                     : s->operator== TOKEN_MIN_ASSIGN ? UPDATE_MIN
                     : whole                          ? UPDATE_DEFINE
                                                      : UPDATE_SCATTER;
        /* One way to write a range, for the canonical text. */
        for (int d = 0; whole && d < t->rank; d++)
                ((struct index *)st->index[d])->hi = t->extent[d];
        if (st->update == UPDATE_DEFINE && t->init)
                rc = check_error(work->check, s->line, s->column,
                                 "the init of '%s' is never seen, because "
                                 "this defines every element; leave it out",
                                 t->name);
        else if (st->update == UPDATE_SCATTER && work->bare && !t->init)
                rc = check_error(work->check, s->line, s->column,
                                 "this defines only a part of '%s'; declare "
                                 "it with `init value` for the rest",
                                 t->name);
        else if (st->update != UPDATE_DEFINE && !t->init)
                rc = check_error(work->check, s->line, s->column,
                                 "an update or a computed target needs a "
                                 "starting value; declare '%s' with `init 0`"
                                 " (or -inf, or a tensor)",
                                 t->name);
        else if (st->update == UPDATE_SCATTER && st->index_count > t->rank &&
                 work->bare)
                rc = check_error(work->check, s->line, s->column,
                                 "several iterations would write the same "
                                 "element; accumulate with +=, max= or min=");
        if (!rc && st->update != UPDATE_DEFINE &&
            st->update != UPDATE_SCATTER && t->kind == KIND_BOOLEAN)
                rc = check_error(work->check, s->line, s->column,
                                 "a bool tensor cannot be accumulated; use "
                                 "any[i] or all[i]");
        if (!rc && t->init && t->init->op == EXPR_READ &&
            !work->check->defined[t->init->value.read.tensor->number])
                rc = check_error(work->check, t->init->line, t->init->column,
                                 "'%s' is not defined before '%s' begins "
                                 "from it",
                                 t->init->value.read.tensor->name, t->name);
        return rc;
}

static int statement_value(struct work *work)
{
        const struct syntax_statement *s = work->syntax;
        struct statement *st = work->statement;
        int rc = check_expr(work->check, s->value, &st->value);

        if (!rc)
                rc = check_weight(work->check, st->value);
        if (rc || !work->target)
                return rc;
        return check_kind(work->check, st->value, work->target->kind,
                          arena_printf(work->check->scratch,
                                       "the value of '%s' (%s)", s->name,
                                       dtype_name(work->target->dtype)));
}

static int check_statement(struct work *work)
{
        const struct syntax_statement *s = work->syntax;
        struct check *check = work->check;
        int rc = find_target(work);

        for (int d = 0; !rc && d < s->rank; d++)
                rc = find_names(work, s->subscript[d]);
        work->bare = is_bare(work);
        if (!rc && !work->target)
                rc = refuse_intermediate(work);
        if (!rc)
                rc = open_indices(work);
        if (rc)
                return rc;
        if (work->bare)
                order_indices(work);
        rc = statement_value(work);
        check->closed_count = 0;
        if (!rc && !work->target) {
                rc = ranges_of_intermediate(work);
                if (!rc)
                        rc = make_intermediate(work);
        }
        if (!rc)
                rc = target_subscripts(work);
        if (!rc)
                rc = classify(work);
        if (rc)
                return rc;
        work->statement->target = work->target;
        work->target->defined_by = work->statement;
        check->defined[work->target->number] = true;
        check->weight += check_weight_of(work->statement->value);
        check_close_indices(check, work->statement->index_count);
        check->closed_count = 0;
        return 0;
}

int check_statements(struct check *check)
{
        const struct syntax_statement *s = check->file->statement;
        struct spec *spec = check->spec;
        int rc = 0;

        spec->statement = arena_alloc(
                check->arena, ((size_t)check->file->statement_count + 1) *
                                      sizeof(*spec->statement));
        spec->index = arena_alloc(check->arena,
                                  LIMIT_SPEC_NAMES * sizeof(*spec->index));
        if (!spec->statement || !spec->index)
                return check_memory(check);
        for (; !rc && s; s = s->next) {
                struct work work = {.check = check, .syntax = s};

                work.statement =
                        arena_alloc(check->arena, sizeof(*work.statement));
                if (!work.statement)
                        return check_memory(check);
                work.statement->number = spec->statement_count;
                work.statement->line = s->line;
                work.statement->column = s->column;
                rc = check_statement(&work);
                spec->statement[spec->statement_count++] = work.statement;
        }
        return rc;
}
