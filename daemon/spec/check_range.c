/*
 * Ranges of indices. An explicit `i in lo..hi` wins. Otherwise every bare
 * use of i as a subscript of a known tensor defines 0..extent, and all of
 * them must agree as polynomials of sizes. Uses count by strength: plain
 * reads and the target; then reads that have `else` or `!`, which may reach
 * outside; then reads in the bounds of other ranges (off[b]..off[b + 1] has
 * one element more than there are b). Only the strongest present count.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "spec/check.h"
#include "spec/oracle_form.h"

enum strength { IN_BOUND, IN_GUARDED, IN_PLAIN, STRENGTHS };

/* The first use of each strength, and the first that disagrees with it. */
struct uses {
        struct check *check;
        const char *name;
        struct use {
                const struct expr *extent;
                const char *tensor;
                int dimension, line, column;
        } first[STRENGTHS], other[STRENGTHS];
};

/* Only the first use and the first that disagrees with it matter. */
static void note_use(struct uses *uses, enum strength strength,
                     const struct tensor *tensor, int d,
                     const struct syntax *at)
{
        struct use *first = &uses->first[strength];
        struct use use = {tensor->extent[d], tensor->name, d, at->line,
                          at->column};

        if (!first->extent)
                *first = use;
        else if (!uses->other[strength].extent &&
                 !ranges_same(uses->check->ranges, first->extent, use.extent))
                uses->other[strength] = use;
}

static bool is_name(const struct syntax *s, const char *name)
{
        return s->op == SYNTAX_NAME && strcmp(s->name, name) == 0;
}

static void find_uses(struct uses *uses, const struct syntax *s, bool bound);

/* Bounds are weak evidence: off[b + 1] needs one element more. */
static void find_in_bindings(struct uses *uses, int count,
                             const struct syntax_binding *binding)
{
        for (int i = 0; i < count; i++) {
                if (!binding[i].lo)
                        continue;
                find_uses(uses, binding[i].lo, true);
                find_uses(uses, binding[i].hi, true);
        }
}

/* Every read at any depth, also inside subscripts and guards. */
static void find_uses(struct uses *uses, const struct syntax *s, bool bound)
{
        const struct named *named;

        if (s->op == SYNTAX_READ) {
                enum strength strength = bound ? IN_BOUND
                                         : s->checked || s->fallback
                                                 ? IN_GUARDED
                                                 : IN_PLAIN;

                named = check_find(uses->check, s->name);
                if (named && named->what == NAMED_TENSOR &&
                    named->tensor->rank == s->count &&
                    uses->check->defined[named->tensor->number])
                        for (int d = 0; d < s->count; d++)
                                if (is_name(s->arg[d], uses->name))
                                        note_use(uses, strength, named->tensor,
                                                 d, s->arg[d]);
                if (s->fallback)
                        find_uses(uses, s->fallback, bound);
        }
        for (int i = 0; i < s->count; i++)
                find_uses(uses, s->arg[i], bound);
        find_in_bindings(uses, s->binding_count, s->binding);
}

/* Where a statement or reduction can use its index. */
static void find_in_roots(struct uses *uses, const struct range_roots *roots)
{
        for (int d = 0; d < roots->target_rank; d++) {
                if (is_name(roots->subscript[d], uses->name) && roots->target)
                        note_use(uses, IN_PLAIN, roots->target, d,
                                 roots->subscript[d]);
                else
                        find_uses(uses, roots->subscript[d], false);
        }
        find_uses(uses, roots->value, false);
        find_in_bindings(uses, roots->binding_count, roots->binding);
}

/* Names that mean something below, though not yet: those of the statement
 * and of reductions in it. */
static bool is_bound(const struct syntax *s, const char *name)
{
        for (int i = 0; i < s->binding_count; i++)
                if (strcmp(s->binding[i].name, name) == 0)
                        return true;
        for (int i = 0; i < s->count; i++)
                if (is_bound(s->arg[i], name))
                        return true;
        return s->fallback && is_bound(s->fallback, name);
}

static bool is_known(struct check *check, const struct range_roots *roots,
                     const struct syntax_binding *b, const char *name)
{
        for (int i = 0; i < check->scope_count; i++)
                if (strcmp(check->scope[i].index->name, name) == 0)
                        return true;
        for (int i = 0; i < roots->binding_count; i++)
                if (strcmp(roots->binding[i].name, name) == 0)
                        return true;
        for (int d = 0; d < roots->target_rank; d++)
                if (is_name(roots->subscript[d], name))
                        return true;
        return strcmp(b->name, name) == 0 || check_find(check, name) ||
               is_bound(roots->value, name);
}

/* The first slip in s for which an index lost its range: a name that is
 * nothing, or a read with too many or few subscripts; or NULL. */
static const struct syntax *find_slip(struct check *check,
                                      const struct range_roots *roots,
                                      const struct syntax_binding *b,
                                      const struct syntax *s)
{
        const struct named *named;
        const struct syntax *slip = NULL;

        if (s->op == SYNTAX_NAME && !is_known(check, roots, b, s->name))
                return s;
        if (s->op == SYNTAX_READ) {
                named = check_find(check, s->name);
                if (!named || (named->what == NAMED_TENSOR &&
                               named->tensor->rank != s->count))
                        return s;
        }
        for (int i = 0; i < s->count && !slip; i++)
                slip = find_slip(check, roots, b, s->arg[i]);
        if (s->fallback && !slip)
                slip = find_slip(check, roots, b, s->fallback);
        return slip;
}

/* The advice differs, because only reductions have brackets. */
static int no_range(struct check *check, const struct syntax_binding *b,
                    const char *reduction, const struct range_roots *roots)
{
        const struct syntax *slip =
                check->expansion ? NULL
                                 : find_slip(check, roots, b, roots->value);
        const struct expr *ignored;
        const char *meant = NULL;
        int rc = slip ? check_expr(check, slip, &ignored) : 0;

        if (rc)
                return rc;
        if (reduction)
                return check_error(check, b->line, b->column,
                                   "the range of '%s' is not known: it is no "
                                   "bare subscript of a tensor in the term; "
                                   "write %s[%s in lo..hi]",
                                   b->name, reduction, b->name);
        if (check->work && !check->work->target)
                meant = check_target_meant(check, check->work->syntax->name);
        return check_error(check, b->line, b->column,
                           "the range of '%s' is not known: it is no bare "
                           "subscript of a tensor in this statement; end the "
                           "statement with `for %s in lo..hi`%s%s%s%s%s",
                           b->name, b->name, meant ? "; '" : "",
                           meant ? check->work->syntax->name : "",
                           meant ? "' is not declared (did you mean " : "",
                           meant ? meant : "", meant ? "?)" : "");
}

/* A guard that is proved unnecessary is not in the tree; printed and read
 * again, its read would be a plain one and could disagree. */
static bool differs(const struct uses *uses, const struct use *chosen)
{
        const struct use *guarded = &uses->first[IN_GUARDED];

        return uses->other[IN_GUARDED].extent ||
               (guarded->extent &&
                !ranges_same(uses->check->ranges, guarded->extent,
                             chosen->extent));
}

/* Two uses of the same strength; the first one is offered as the range. */
static int disagreement(struct check *check, const char *name,
                        const char *reduction, const struct use *first,
                        const struct use *other)
{
        const char *end = check_text(check, first->extent);
        const char *second = check_text(check, other->extent);
        char range[256];

        snprintf(range, sizeof range, " in 0..min(%.100s, %.100s)]", end,
                 second);

        return check_error(
                check, other->line, other->column,
                "'%s' runs over 0..%s as subscript %d of '%s' at "
                "%d:%d, but over 0..%s as subscript %d of '%s' "
                "here; if both are always the same, declare both with the "
                "same size; if not, %s%s%s%s%s%sguard the read that may lie "
                "outside, as in (%s[...] else 0)",
                name, end, first->dimension + 1, first->tensor, first->line,
                first->column, second, other->dimension + 1, other->tensor,
                reduction ? "write " : "", reduction ? reduction : "",
                reduction ? "[" : "", reduction ? name : "",
                reduction ? range : "", reduction ? ", or " : "",
                other->tensor);
}

/* From the strongest uses that there are. */
static int inferred_range(struct check *check, const struct syntax_binding *b,
                          const char *reduction,
                          const struct range_roots *roots, struct index *index)
{
        struct uses uses = {check, b->name};
        const struct use *first, *other;
        int k = IN_PLAIN;

        find_in_roots(&uses, roots);
        while (k > 0 && !uses.first[k].extent)
                k--;
        first = &uses.first[k];
        other = &uses.other[k];
        if (!first->extent)
                return no_range(check, b, reduction, roots);
        if (other->extent)
                return disagreement(check, b->name, reduction, first, other);
        index->inferred = !differs(&uses, first);
        index->hi = first->extent;
        index->lo = check_integer(check, 0, b->line, b->column);
        return index->lo ? 0 : check_memory(check);
}

int check_inferred_end(struct check *check, const struct syntax_binding *b,
                       const char *reduction, const struct range_roots *roots,
                       const struct expr **end)
{
        struct index index;
        int rc = inferred_range(check, b, reduction, roots, &index);

        *end = rc ? NULL : index.hi;
        return rc;
}

/* The index is visible from here until check_close_indices. */
int check_open_index(struct check *check, const struct syntax_binding *b,
                     const char *reduction, const struct range_roots *roots,
                     struct index **result)
{
        struct spec *spec = check->spec;
        struct index *index = arena_alloc(check->arena, sizeof(*index));
        int rc = check_index_name(check, b->name, b->line, b->column);

        if (rc)
                return rc;
        if (spec->index_count + check->name_count >= LIMIT_SPEC_NAMES ||
            check->scope_count == SCOPE_MAXIMUM)
                return check_error(check, b->line, b->column,
                                   "a spec has at most %d names, indices "
                                   "included",
                                   LIMIT_SPEC_NAMES);
        if (!index)
                return check_memory(check);
        index->name = arena_strdup(check->arena, b->name);
        if (!index->name)
                return check_memory(check);
        index->reduced = reduction != NULL;
        index->line = b->line;
        index->column = b->column;
        if (b->lo) {
                rc = check_bound(check, b->lo, index, &index->lo);
                if (!rc)
                        rc = check_bound(check, b->hi, index, &index->hi);
        } else if (roots->count) {
                index->inferred = true;
                index->hi = roots->count;
                index->lo = check_integer(check, 0, b->line, b->column);
                rc = index->lo ? 0 : check_memory(check);
        } else {
                rc = inferred_range(check, b, reduction, roots, index);
        }
        if (rc)
                return rc;
        index->magnitude =
                fmax(oracle_magnitude(index->lo), oracle_magnitude(index->hi));
        index->number = spec->index_count;
        spec->index[spec->index_count++] = index;
        ranges_add_index(check->ranges, index);
        check->scope[check->scope_count].index = index;
        check->scope[check->scope_count++].reduction = reduction;
        *result = index;
        return 0;
}

/* They are kept for the hint in check_name.c. */
void check_close_indices(struct check *check, int count)
{
        check->scope_count -= count;
        check->closed_count = 0;
        for (int i = 0; i < count && i < LIMIT_RANK; i++)
                if (check->scope[check->scope_count + i].reduction)
                        check->closed[check->closed_count++] =
                                check->scope[check->scope_count + i];
}
