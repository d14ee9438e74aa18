/* See quotient.h. */
#include "lower/quotient.h"

#include <string.h>

#include "lower/map_pair.h"
#include "lower/node.h"
#include "lower/plan.h"
#include "lower/rewrite.h"

/* Blocks of fewer do not fill lanes; of fewer are none. */
enum { LANES = 8, SHORTEST = 2 };

/* One definition that is split. */
struct split {
        struct arena *arena;
        const struct index *index; /* j */
        const struct expr *by;     /* G, NULL: nothing to split by */
        const struct expr *blocks; /* values of j // G, NULL: not known */
        /* What replaces j // G, j % G, j. */
        const struct expr *quotient, *remainder, *element;
        int64_t least; /* a literal G that is worth it */
        bool pairs;    /* or 2 alone */
        bool whole;    /* all blocks are of G */
};

/* --- finding --- */

bool quotient_is_multiple(const struct expr *length, int64_t g)
{
        switch (length->op) {
        case EXPR_MUL:
                return quotient_is_multiple(length->arg[0], g) ||
                       quotient_is_multiple(length->arg[1], g);
        case EXPR_ADD:
        case EXPR_SUB:
                return quotient_is_multiple(length->arg[0], g) &&
                       quotient_is_multiple(length->arg[1], g);
        case EXPR_INTEGER:
                return length->value.integer % g == 0;
        case EXPR_SIZE:
                return length->value.size->step % g == 0 &&
                       length->value.size->low % g == 0;
        default:
                return false;
        }
}

/* Of G? */
static bool is_multiple(const struct expr *length, const struct expr *by)
{
        if (by->op == EXPR_INTEGER)
                return quotient_is_multiple(length, by->value.integer);
        if (length->op == EXPR_MUL)
                return is_multiple(length->arg[0], by) ||
                       is_multiple(length->arg[1], by);
        return rewrite_equal(length, by);
}

static bool is_worth(const struct split *split, enum expr_op op,
                     const struct expr *by)
{
        if (by->op != EXPR_INTEGER)
                return op == EXPR_FLOOR_DIV && by->op == EXPR_SIZE;
        if (split->pairs)
                return by->value.integer == 2;
        return by->value.integer >= split->least &&
               (op == EXPR_FLOOR_DIV || split->least == SHORTEST);
}

static bool visit_divisors(const struct expr *expr, void *data)
{
        struct split *split = data;

        if (!split->by &&
            (expr->op == EXPR_FLOOR_DIV || expr->op == EXPR_FLOOR_MOD) &&
            node_is_index(expr->arg[0], split->index) &&
            is_worth(split, expr->op, expr->arg[1]))
                split->by = expr->arg[1];
        return !split->by;
}

/* The first divisor that is worth it. */
static void find_divisor(struct split *split, const struct expr *value,
                         enum quotient_use use)
{
        split->least = use == QUOTIENT_SCALARS ? SHORTEST : LANES;
        expr_walk(value, visit_divisors, split);
        split->pairs = !split->by && use == QUOTIENT_PAIRS &&
                       map_pair_can(value) &&
                       quotient_is_multiple(split->index->hi, 2);
        if (split->pairs)
                expr_walk(value, visit_divisors, split);
        if (split->by)
                split->whole = is_multiple(split->index->hi, split->by);
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
static const struct expr *count_blocks(struct split *split)
{
        const struct expr *up = split->index->hi;
        struct arena *arena = split->arena;

        if (!split->whole)
                up = node_binary(arena, EXPR_SUB,
                                 node_binary(arena, EXPR_ADD, up, split->by),
                                 node_integer(arena, 1));
        return node_binary(arena, EXPR_FLOOR_DIV, up, split->by);
}

/* a + b as it stands, or b + a. */
static bool is_made_of(const struct expr *expr, enum expr_op op,
                       const struct expr *a, const struct expr *b)
{
        return expr->op == op && ((rewrite_equal(expr->arg[0], a) &&
                                   rewrite_equal(expr->arg[1], b)) ||
                                  (rewrite_equal(expr->arg[0], b) &&
                                   rewrite_equal(expr->arg[1], a)));
}

/* Is an extent the number of blocks? It may well be more. */
static bool is_count(struct split *split, const struct expr *extent)
{
        const struct expr *hi = split->index->hi, *by = split->by;

        if (rewrite_equal(extent, split->blocks) ||
            is_made_of(hi, EXPR_MUL, extent, by))
                return true;
        return by->op == EXPR_INTEGER && extent->op == EXPR_FLOOR_DIV &&
               rewrite_equal(extent->arg[1], by) &&
               is_made_of(extent->arg[0], EXPR_ADD, hi,
                          node_integer(split->arena, by->value.integer - 1));
}

/* A read at j // G whose extent says how many blocks there are: by its name
 * the range is the same one as elsewhere. */
static bool visit_blocks(const struct expr *expr, void *data)
{
        struct split *split = data;

        if (expr->op != EXPR_READ)
                return true;
        for (int d = 0; d < expr->value.read.tensor->rank; d++) {
                const struct expr *s = expr->value.read.subscript[d];
                const struct expr *extent = expr->value.read.tensor->extent[d];

                if (s->op == EXPR_FLOOR_DIV &&
                    node_is_index(s->arg[0], split->index) &&
                    rewrite_equal(s->arg[1], split->by) &&
                    is_count(split, extent))
                        split->blocks = extent;
        }
        return true;
}

/* Elements of block g: G, or min(G, length - g*G). */
static const struct expr *block_length(struct split *split)
{
        struct arena *arena = split->arena;
        const struct expr *rest;

        if (split->whole)
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
                                               enum quotient_use use)
{
        const struct statement *s = item->statement;
        struct arena *arena = made->arena;
        struct split split = {.arena = arena};
        const struct index *block, *inside;
        const int last = s->index_count - 1;
        struct statement *own;

        if (!item->value || last < 0 || s->index_count == LIMIT_RANK ||
            s->target->role != TENSOR_OUT)
                return NULL;
        split.index = s->index[last];
        find_divisor(&split, item->value, use);
        if (!split.by)
                return NULL;
        split.blocks = count_blocks(&split);
        expr_walk(item->value, visit_blocks, &split);
        block = add_index(made, "block", split.blocks);
        split.quotient = node_index(arena, block);
        inside = add_index(made, split.index->name, block_length(&split));
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
        if (!own->value || (split.pairs && !vector_can(own->value, block)))
                return NULL;
        return own;
}

const struct spec *quotient_split(struct arena *arena, const struct spec *spec,
                                  bool reductions, enum quotient_use use)
{
        struct plan *plan = arena_alloc(arena, sizeof *plan);
        struct spec *made = arena_alloc(arena, sizeof *made);
        const struct statement **list =
                arena_alloc(arena, (size_t)spec->statement_count *
                                           sizeof(const struct statement *));
        bool changed = false;

        if (!plan || !made || !list)
                return NULL;
        if (!plan_make(plan, arena, spec, reductions ? PLAN_REDUCTIONS : 0))
                return spec;
        *made = *spec;
        made->arena = arena;
        made->statement = list;
        memcpy(list, spec->statement,
               (size_t)spec->statement_count * sizeof *list);
        for (int i = 0; i < plan->count; i++) {
                const struct statement *own =
                        split_statement(made, &plan->item[i], use);

                if (!own)
                        continue;
                list[own->number] = own;
                changed = true;
        }
        if (arena_failed(arena))
                return NULL;
        return changed ? made : spec;
}
