/*
 * Statements: their indices in order, and how the target is written: defined
 * once in full, scattered, or accumulated.
 */
#include <string.h>

#include "spec/check.h"

/* Indices without a range first: their ranges depend on no other index. */
static int open_indices(struct statement_work *work)
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

                roots.count = work->rank && strcmp(b->name, work->rank) == 0
                                      ? work->taken
                                      : NULL;
                rc = check_open_index(work->check, b, NULL, &roots, &index);
                if (!rc)
                        st->index[st->index_count++] = index;
        }
        return rc;
}

/* In the order of a target of bare indices, others after them. */
static void order_indices(struct statement_work *work)
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
static bool covers(const struct statement_work *work)
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

/* An update needs a starting value, a definition has no use for one. */
static int check_init(const struct statement_work *work)
{
        const struct statement *st = work->statement;
        const struct syntax_statement *s = work->syntax;
        const struct tensor *t = work->target;
        const struct check *check = work->check;

        if (st->update == UPDATE_SCATTER && work->bare &&
            st->index_count > t->rank)
                return check_error(check, s->line, s->column,
                                   "'%s' is no index of the target, so the "
                                   "same element would be written several "
                                   "times; accumulate with +=, max= or min=, "
                                   "or reduce",
                                   st->index[t->rank]->name);
        if (st->update == UPDATE_DEFINE && t->init)
                return check_error(check, s->line, s->column,
                                   "the init of '%s' is never seen, because "
                                   "this defines every element; leave it out",
                                   t->name);
        if (st->update == UPDATE_SCATTER && work->bare && !t->init)
                return check_error(check, s->line, s->column,
                                   "this defines only a part of '%s'; declare "
                                   "it with `init value` for the rest",
                                   t->name);
        if (st->update != UPDATE_DEFINE && !t->init)
                return check_error(check, s->line, s->column,
                                   "an update or a computed target needs a "
                                   "starting value; declare '%s' with `init 0`"
                                   " (or -inf, or a tensor)",
                                   t->name);
        return 0;
}

/* What the starting value must be, and that it exists by now. */
static int check_start(const struct statement_work *work)
{
        const struct statement *st = work->statement;
        const struct syntax_statement *s = work->syntax;
        const struct tensor *t = work->target;
        int rc = check_init(work);

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

/* How the target is written decides what a kernel may assume of it. */
static int classify(struct statement_work *work)
{
        const struct syntax_statement *s = work->syntax;
        struct statement *st = work->statement;
        const struct tensor *t = work->target;
        bool whole = covers(work);

        st->update = s->mark == TOKEN_ADD_ASSIGN   ? UPDATE_ADD
                     : s->mark == TOKEN_MAX_ASSIGN ? UPDATE_MAX
                     : s->mark == TOKEN_MIN_ASSIGN ? UPDATE_MIN
                     : whole                       ? UPDATE_DEFINE
                                                   : UPDATE_SCATTER;
        /* One way to write a range, for the canonical text. */
        for (int d = 0; whole && d < t->rank; d++)
                ((struct index *)st->index[d])->hi = t->extent[d];
        return check_start(work);
}

/* The kind must fit what is declared; an intermediate takes any. */
static int statement_value(struct statement_work *work)
{
        const struct syntax_statement *s = work->syntax;
        struct statement *st = work->statement;
        int rc = work->rank ? check_select_value(work)
                            : check_expr(work->check, s->value, &st->value);

        if (!rc)
                rc = check_weight(work->check, st->value);
        if (rc || !work->target)
                return rc;
        return check_kind(work->check, st->value, work->target->kind,
                          arena_printf(work->check->scratch,
                                       "the value of '%s' (%s)", s->name,
                                       dtype_name(work->target->dtype)));
}

/* Names, ranges, value, target: each step needs the one before. */
static int check_statement(struct statement_work *work)
{
        const struct syntax_statement *s = work->syntax;
        struct check *check = work->check;
        int rc = check_target_find(work);

        for (int d = 0; !rc && d < s->rank; d++)
                rc = check_target_names(work, s->subscript[d]);
        work->bare = check_target_bare(work);
        if (!rc && !work->target)
                rc = check_target_undeclared(work);
        if (!rc && check_is_selection(s->value))
                rc = check_select_rank(work);
        if (!rc)
                rc = open_indices(work);
        if (rc)
                return rc;
        if (work->bare)
                order_indices(work);
        rc = statement_value(work);
        check->closed_count = 0;
        if (!rc && !work->target)
                rc = check_target_intermediate(work);
        if (!rc)
                rc = check_target_subscripts(work);
        if (!rc)
                rc = classify(work);
        work->statement->target = work->target;
        if (!rc)
                rc = check_length_statement(check, work->statement);
        if (rc)
                return rc;
        work->target->defined_by = work->statement;
        check->defined[work->target->number] = true;
        check->weight += check_weight_of(work->statement->value);
        check_close_indices(check, work->statement->index_count);
        check->closed_count = 0;
        return 0;
}

/* A failure may only mean that proofs were given up; then say that. */
int check_statements(struct check *check)
{
        const struct syntax_statement *s = check->file->statement;
        struct spec *spec = check->spec;
        int rc = 0;

        /* Arguments of macros may become intermediates. */
        check->statement_room = check->file->statement_count + LIMIT_TENSORS;
        spec->statement =
                arena_alloc(check->arena, (size_t)check->statement_room *
                                                  sizeof(*spec->statement));
        spec->index = arena_alloc(check->arena,
                                  LIMIT_SPEC_NAMES * sizeof(*spec->index));
        if (!spec->statement || !spec->index)
                return check_memory(check);
        for (; !rc && s; s = s->next) {
                struct statement_work work = {.check = check, .syntax = s};

                work.statement =
                        arena_alloc(check->arena, sizeof(*work.statement));
                if (!work.statement)
                        return check_memory(check);
                check->work = &work;
                work.statement->line = s->line;
                work.statement->column = s->column;
                rc = check_statement(&work);
                check->work = NULL;
                if (rc && ranges_exhausted(check->ranges))
                        return check_error(check, s->line, s->column,
                                           "the subscripts and ranges up to "
                                           "here are too complex to be "
                                           "proved inside; simplify them");
                work.statement->number = spec->statement_count;
                spec->statement[spec->statement_count++] = work.statement;
        }
        return rc;
}
