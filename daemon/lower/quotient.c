/* See quotient.h. */
#include "lower/quotient.h"

#include <string.h>

#include "lower/node.h"
#include "lower/plan.h"
#include "lower/rewrite.h"

/* One definition that is split. */
struct split {
        struct arena *arena;
        const struct index *index; /* j */
        const struct expr *by;     /* G, NULL: nothing to split by */
        const struct expr *blocks; /* values of j // G, NULL: not known */
        /* What replaces j // G, j % G, j. */
        const struct expr *quotient, *remainder, *element;
        int64_t least; /* a literal G that is worth it */
};

/* --- finding --- */

static bool is_index(const struct expr *expr, const struct index *index)
{
        return expr->op == EXPR_INDEX &&
               expr->value.index->number == index->number;
}

static bool is_quotient(const struct split *split, const struct expr *expr)
{
        return expr->op == EXPR_FLOOR_DIV &&
               is_index(expr->arg[0], split->index) &&
               (split->by ? rewrite_equal(expr->arg[1], split->by)
                          : expr->arg[1]->op == EXPR_SIZE ||
                                    (expr->arg[1]->op == EXPR_INTEGER &&
                                     expr->arg[1]->value.integer >=
                                             split->least));
}

/* The first divisor; and from a read at j // G that is proved to be inside,
 * how many blocks there are. */
static bool visit_quotients(const struct expr *expr, void *data)
{
        struct split *split = data;

        if (!split->by && is_quotient(split, expr))
                split->by = expr->arg[1];
        if (expr->op != EXPR_READ || expr->value.read.safety != READ_PROVED)
                return true;
        for (int d = 0; d < expr->value.read.tensor->rank; d++) {
                const struct expr *s = expr->value.read.subscript[d];

                if (!is_quotient(split, s))
                        continue;
                if (!split->by)
                        split->by = s->arg[1];
                if (!split->blocks)
                        split->blocks = expr->value.read.tensor->extent[d];
        }
        return true;
}

/* Is a length known to be a multiple of G? */
static bool is_multiple(const struct expr *length, const struct expr *by)
{
        int64_t g = by->op == EXPR_INTEGER ? by->value.integer : 0;

        if (rewrite_equal(length, by))
                return true;
        if (length->op == EXPR_MUL)
                return is_multiple(length->arg[0], by) ||
                       is_multiple(length->arg[1], by);
        if (g && length->op == EXPR_INTEGER)
                return length->value.integer % g == 0;
        return g && length->op == EXPR_SIZE &&
               length->value.size->step % g == 0 &&
               length->value.size->low % g == 0;
}

/* --- making --- */

/* A new index of made, 0 .. high. */
static const struct index *add_index(struct spec *made, const char *name,
                                     const struct expr *high)
{
        struct index *index = arena_alloc(made->arena, sizeof *index);
        const struct index **list =
                arena_alloc(made->arena, ((size_t)made->index_count + 1) *
                                                 sizeof(const struct index *));

        if (!index || !list)
                return NULL;
        memcpy(list, made->index,
               (size_t)made->index_count * sizeof(const struct index *));
        index->name = name;
        index->number = made->index_count;
        index->lo = node_integer(made->arena, 0);
        index->hi = high;
        list[made->index_count++] = index;
        made->index = list;
        return index;
}

/* ceil(length / G), or length // G where it is a multiple. */
static const struct expr *count_blocks(struct split *split, bool whole)
{
        const struct expr *up = split->index->hi;
        struct arena *arena = split->arena;

        if (!whole)
                up = node_binary(arena, EXPR_SUB,
                                 node_binary(arena, EXPR_ADD, up, split->by),
                                 node_integer(arena, 1));
        return node_binary(arena, EXPR_FLOOR_DIV, up, split->by);
}

/* Elements of block g: G, or min(G, length - g*G). */
static const struct expr *block_length(struct split *split, bool whole)
{
        struct arena *arena = split->arena;
        const struct expr *rest;

        if (whole)
                return split->by;
        rest = node_binary(
                arena, EXPR_SUB, split->index->hi,
                node_binary(arena, EXPR_MUL, split->quotient, split->by));
        return node_keep(arena, (struct expr){.op = EXPR_CALL,
                                              .kind = KIND_INTEGER,
                                              .count = 2,
                                              .arg = {split->by, rest},
                                              .value.function = FN_MIN});
}

/* expr with j // G, j % G and j replaced; NULL when memory is out. */
static const struct expr *replace(struct split *split, const struct expr *expr)
{
        struct arena *arena = split->arena;
        const struct expr *use = node_index(arena, split->index);
        const struct expr *const old[] = {
                node_binary(arena, EXPR_FLOOR_DIV, use, split->by),
                node_binary(arena, EXPR_FLOOR_MOD, use, split->by), use};
        const struct expr *const made[] = {split->quotient, split->remainder,
                                           split->element};

        return rewrite_replace(arena, expr, 3, old, made);
}

/* The definition over g and k; NULL: nothing to split, or no memory. */
static const struct statement *split_statement(struct spec *made,
                                               const struct plan_item *item,
                                               int64_t least)
{
        const struct statement *s = item->statement;
        struct arena *arena = made->arena;
        struct split split = {.arena = arena, .least = least};
        const struct index *block, *inside;
        const int last = s->index_count - 1;
        struct statement *own;
        bool whole;

        if (!item->value || last < 0 || s->index_count == LIMIT_RANK ||
            s->target->role != TENSOR_OUT)
                return NULL;
        split.index = s->index[last];
        expr_walk(item->value, visit_quotients, &split);
        if (!split.by)
                return NULL;
        whole = is_multiple(split.index->hi, split.by);
        if (!split.blocks)
                split.blocks = count_blocks(&split, whole);
        block = add_index(made, "block", split.blocks);
        split.quotient = node_index(arena, block);
        inside = add_index(made, split.index->name,
                           block_length(&split, whole));
        split.remainder = node_index(arena, inside);
        own = arena_alloc(arena, sizeof *own);
        if (arena_failed(arena))
                return NULL;
        split.element = node_binary(
                arena, EXPR_ADD,
                node_binary(arena, EXPR_MUL, split.quotient, split.by),
                split.remainder);
        *own = *s;
        own->index[last] = block;
        own->index[s->index_count] = inside;
        own->index_count++;
        own->subscript[last] = split.element;
        own->value = replace(&split, item->value);
        return own->value ? own : NULL;
}

const struct spec *quotient_split(struct arena *arena, const struct spec *spec,
                                  bool reductions, int64_t least)
{
        struct plan *plan = arena_alloc(arena, sizeof *plan);
        struct spec *made = arena_alloc(arena, sizeof *made);
        const struct statement **list =
                arena_alloc(arena, (size_t)spec->statement_count *
                                           sizeof(const struct statement *));
        bool changed = false;

        if (!plan || !made || !list)
                return NULL;
        if (!plan_make(plan, arena, spec, reductions))
                return spec;
        *made = *spec;
        made->arena = arena;
        made->statement = list;
        memcpy(list, spec->statement,
               (size_t)spec->statement_count * sizeof *list);
        for (int i = 0; i < plan->count; i++) {
                const struct statement *own =
                        split_statement(made, &plan->item[i], least);

                if (!own)
                        continue;
                list[own->number] = own;
                changed = true;
        }
        if (arena_failed(arena))
                return NULL;
        return changed ? made : spec;
}
