/*
 * Selections: v[i, k], p[i, k] = top[j, K] x[i, j].
 *
 * For every value of the other indices of the target there is one list, the
 * terms over the reduced index; k runs over its first K places in order. The
 * rank k is the one index of the target that the term does not use, so its
 * range needs no writing: 0..K. A pair of targets is two statements by now
 * (parse.c), one for the values and one for the indices. A selection is the
 * whole value of its statement, so that nothing else has a rank.
 */
#include <string.h>

#include "spec/check.h"
#include "spec/functions.h"

bool check_is_selection(const struct syntax *s)
{
        return s->op == SYNTAX_REDUCE &&
               selection_from_name(s->name) != RED_COUNT;
}

/* Is the name used at any place of the tree? */
static bool uses_name(const struct syntax *s, const char *name)
{
        bool used = s->op == SYNTAX_NAME && strcmp(s->name, name) == 0;

        for (int i = 0; i < s->count; i++)
                used = used || uses_name(s->arg[i], name);
        if (s->fallback)
                used = used || uses_name(s->fallback, name);
        for (int i = 0; i < s->binding_count; i++)
                if (s->binding[i].lo)
                        used = used || uses_name(s->binding[i].lo, name) ||
                               uses_name(s->binding[i].hi, name);
        return used;
}

/* The one subscript of the target that the selection does not use. */
static int find_rank(struct statement_work *work, int *dimension)
{
        const struct syntax_statement *s = work->syntax;
        const struct syntax *value = s->value;

        for (int d = 0; d < s->rank; d++) {
                const char *name = s->subscript[d]->name;

                if (strcmp(name, value->binding[0].name) == 0)
                        return check_error(
                                work->check, s->subscript[d]->line,
                                s->subscript[d]->column,
                                "'%s' is what %s runs over; the rank in the "
                                "target needs a name of its own, as in "
                                "v[i, k] = %s[j%s] x[i, j]",
                                name, value->name, value->name,
                                value->count > 1 ? ", K" : "");
                if (uses_name(value, name))
                        continue;
                if (work->rank)
                        return check_error(
                                work->check, s->subscript[d]->line,
                                s->subscript[d]->column,
                                "the rank is the one index of the target "
                                "that the term does not use, but '%s' and "
                                "'%s' are none of its; define the selection "
                                "without one, then read it",
                                work->rank, name);
                work->rank = name;
                *dimension = d;
        }
        if (work->rank)
                return 0;
        return check_error(work->check, s->line, s->column,
                           "%s gives a list: the target needs one more index, "
                           "which the term does not use and which is the "
                           "rank, as in v[i, k] = %s[j%s] x[i, j]",
                           value->name, value->name,
                           value->count > 1 ? ", K" : "");
}

/* The length of all: where the reduced index begins and ends. */
static int whole_length(struct statement_work *work, const struct syntax *s)
{
        struct check *check = work->check;
        const struct syntax_binding *b = s->binding;
        struct range_roots roots = {.value = s->arg[0]};
        const struct expr *end[2];
        struct expr *length;
        int rc;

        if (!b->lo)
                return check_inferred_end(check, b, s->name, &roots,
                                          &work->taken);
        rc = check_size_expr(check, b->lo, "the range of a sort", &end[1]);
        if (!rc)
                rc = check_size_expr(check, b->hi, "the range of a sort",
                                     &end[0]);
        if (rc || ranges_same_constant(check->ranges, end[1], 0)) {
                work->taken = end[0];
                return rc;
        }
        length = check_new(check, EXPR_SUB, KIND_INTEGER, s->line, s->column);
        if (!length)
                return check_memory(check);
        work->taken = length;
        return check_arguments(check, length, 2, end);
}

/* What is declared must hold just what is taken. */
static int check_extent(const struct statement_work *work, int d)
{
        const struct syntax_statement *s = work->syntax;
        const struct check *check = work->check;

        if (!work->target ||
            ranges_same(check->ranges, work->taken, work->target->extent[d]))
                return 0;
        return check_error(
                check, s->subscript[d]->line, s->subscript[d]->column,
                "%s takes %s, but dimension %d of '%s' has %s "
                "elements; declare it with the same number",
                s->value->name, check_text(check, work->taken), d + 1, s->name,
                check_text(check, work->target->extent[d]));
}

int check_select_rank(struct statement_work *work)
{
        const struct syntax_statement *s = work->syntax;
        const struct syntax *value = s->value;
        int rc, dimension = 0;

        if (s->mark != TOKEN_ASSIGN || !work->bare)
                return check_error(work->check, s->line, s->column,
                                   "a selection defines its target: bare, "
                                   "different indices and '=', as in v[i, k] "
                                   "= %s[...] ...; update another tensor "
                                   "from v",
                                   value->name);
        rc = find_rank(work, &dimension);
        if (rc)
                return rc;
        if (value->count == 1)
                rc = whole_length(work, value);
        else
                rc = check_size_expr(work->check, value->arg[1],
                                     "how many a selection takes",
                                     &work->taken);
        return rc ? rc : check_extent(work, dimension);
}

/* An explicit `for k in 0..K` may say what is so anyway. */
int check_select_value(struct statement_work *work)
{
        const struct syntax_statement *s = work->syntax;
        struct statement *st = work->statement;
        struct check *check = work->check;
        const struct index *rank = NULL;
        int rc;

        for (int i = 0; i < st->index_count; i++)
                if (strcmp(st->index[i]->name, work->rank) == 0)
                        rank = st->index[i];
        if (!ranges_same_constant(check->ranges, rank->lo, 0) ||
            !ranges_same(check->ranges, rank->hi, work->taken))
                return check_error(check, rank->line, rank->column,
                                   "the rank '%s' runs over 0..%s; leave its "
                                   "range out",
                                   rank->name, check_text(check, work->taken));
        check->rank = rank;
        rc = check_expr(check, s->value, &st->value);
        check->rank = NULL;
        return rc;
}

int check_select_room(struct check *check, const struct syntax *s,
                      const struct expr *reduce)
{
        const struct index *index = reduce->value.reduce.index[0];
        const struct expr *taken = reduce->arg[1]->value.index->hi;
        const char *count = check_text(check, taken);

        if (!ranges_at_least(check->ranges, taken, 0))
                return check_error(check, s->line, s->column,
                                   "%s cannot take %s: it may be negative",
                                   s->name, count);
        if (index->data_dependent)
                return check_error(
                        check, s->line, s->column,
                        "the range of '%s' depends on data, so it may hold "
                        "fewer than %s; select over a fixed range with a "
                        "guarded term, as in %s[%s in 0..N, %s] (x[...] else "
                        "-inf)",
                        index->name, count, s->name, index->name, count);
        if (ranges_has_room(check->ranges, index->lo, index->hi, taken))
                return 0;
        return check_error(
                check, s->line, s->column,
                "%s takes %s of '%s' in %s..%s, which may hold "
                "fewer; state it in the domain of a size, as in "
                "size N in 8..=65536 for 8 of N, or an extent K + R for "
                "K of them",
                s->name, count, index->name, check_text(check, index->lo),
                check_text(check, index->hi));
}
