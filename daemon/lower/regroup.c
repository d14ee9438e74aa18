/*
 * Finding and making the orders of a chained product; see regroup.h.
 *
 * Statements and tensors are copied, because a definition and what it defines
 * point at each other; indices and what inputs say are shared. An index of
 * the new tensor is one of the statement's or of the sum's with the same
 * number: in this room indices are told apart by their numbers alone.
 */
#include "lower/regroup.h"

#include "lower/node.h"
#include "lower/plan.h"
#include "lower/rewrite.h"

enum { FACTORS = 8, EXPANDED = 4, REDUCED = 16 };

/* One sum of a statement, taken apart. Masks have the statement's indices
 * in the low half and the reduced ones in the high half. */
struct product {
        struct arena *arena;
        const struct spec *spec;
        const struct statement *statement;
        const struct expr *sum; /* in the statement's value */
        int count;
        const struct expr *factor[FACTORS];
        bool divides[FACTORS], reads[FACTORS];
        uint32_t mask[FACTORS];
        int group[FACTORS]; /* which sum it was a factor of */
        int groups;
        bool named[FACTORS + 1]; /* by group: the spec gave it a statement */
        bool negative;
        int reduced_count;
        const struct index *reduced[REDUCED];
        int expanded_count;
        const struct tensor *expanded[EXPANDED];
        bool failed;
};

/* Two factors that come first, and the reduced indices of them alone. */
struct order {
        struct product product;
        int first, second;
        uint32_t inner;
};

/* --- facts --- */

struct count_reads {
        const struct tensor *tensor;
        int count;
};

static bool visit_tensor(const struct expr *expr, void *data)
{
        struct count_reads *reads = data;

        if (expr->op == EXPR_READ && expr->value.read.tensor == reads->tensor)
                reads->count++;
        return true;
}

static bool is_read_once(const struct spec *spec, const struct tensor *tensor)
{
        struct count_reads reads = {tensor, 0};

        for (int s = 0; s < spec->statement_count; s++)
                expr_walk(spec->statement[s]->value, visit_tensor, &reads);
        return reads.count == 1;
}

static bool is_sum(const struct expr *expr)
{
        return expr->op == EXPR_REDUCE && expr->kind == KIND_REAL &&
               expr->value.reduce.reduction == RED_SUM;
}

/* What a tensor's dimension can be run over by: 0 .. a size. */
static bool is_extent(const struct index *index)
{
        return regroup_is_plain(index) && index->lo->op == EXPR_INTEGER &&
               index->lo->value.integer == 0;
}

/* --- taking apart --- */

static void add_factor(struct product *p, const struct expr *expr,
                       bool divides, int group)
{
        if (p->count == FACTORS) {
                p->failed = true;
                return;
        }
        p->factor[p->count] = expr;
        p->group[p->count] = group;
        p->divides[p->count++] = divides;
}

static void take_apart(struct product *p, const struct expr *expr,
                       bool divides, int group);

static void open_sum(struct product *p, const struct expr *sum, bool named)
{
        int group = p->groups++;

        p->named[group] = named;
        for (int i = 0; i < sum->value.reduce.count; i++) {
                if (p->reduced_count == REDUCED) {
                        p->failed = true;
                        return;
                }
                p->reduced[p->reduced_count++] = sum->value.reduce.index[i];
        }
        take_apart(p, sum->arg[0], false, group);
}

/* The sum that an intermediate is, at the read's subscripts; else NULL. */
static const struct expr *expansion(struct product *p, const struct expr *expr)
{
        const struct read *read = &expr->value.read;
        const struct tensor *tensor;

        if (expr->op != EXPR_READ || read->safety != READ_PROVED)
                return NULL;
        tensor = read->tensor;
        if (tensor->role != TENSOR_INTERMEDIATE || !tensor->defined_by ||
            tensor->defined_by->update != UPDATE_DEFINE ||
            !is_sum(tensor->defined_by->value) ||
            p->expanded_count == EXPANDED || !is_read_once(p->spec, tensor))
                return NULL;
        p->expanded[p->expanded_count++] = tensor;
        return rewrite_substitute(p->arena, tensor->defined_by->value,
                                  tensor->defined_by->index_count,
                                  tensor->defined_by->index, read->subscript);
}

static void take_apart(struct product *p, const struct expr *expr,
                       bool divides, int group)
{
        const struct expr *sum = NULL;

        if (expr->kind == KIND_REAL && expr->op == EXPR_MUL) {
                take_apart(p, expr->arg[0], divides, group);
                take_apart(p, expr->arg[1], divides, group);
                return;
        }
        if (expr->kind == KIND_REAL && expr->op == EXPR_DIV) {
                take_apart(p, expr->arg[0], divides, group);
                take_apart(p, expr->arg[1], !divides, group);
                return;
        }
        if (expr->op == EXPR_NEGATE) {
                p->negative = !p->negative;
                take_apart(p, expr->arg[0], divides, group);
                return;
        }
        if (!divides)
                sum = is_sum(expr) ? expr : expansion(p, expr);
        if (sum && p->groups <= FACTORS)
                open_sum(p, sum, sum != expr);
        else
                add_factor(p, expr, divides, group);
}

struct survey {
        const struct product *product;
        uint32_t mask;
        bool reads;
};

static bool visit_factor(const struct expr *expr, void *data)
{
        struct survey *survey = data;
        const struct product *p = survey->product;
        const struct statement *s = p->statement;

        if (expr->op == EXPR_READ)
                survey->reads = true;
        if (expr->op != EXPR_INDEX)
                return true;
        for (int i = 0; i < s->index_count; i++)
                if (s->index[i]->number == expr->value.index->number)
                        survey->mask |= 1u << i;
        for (int i = 0; i < p->reduced_count; i++)
                if (p->reduced[i]->number == expr->value.index->number)
                        survey->mask |= 1u << (REDUCED + i);
        return true;
}

static bool open_product(struct product *p, const struct expr *sum)
{
        p->sum = sum;
        open_sum(p, sum, false);
        for (int i = 0; i < p->count; i++) {
                struct survey survey = {.product = p};

                expr_walk(p->factor[i], visit_factor, &survey);
                p->mask[i] = survey.mask;
                p->reads[i] = survey.reads;
        }
        for (int i = 0; i < p->reduced_count; i++)
                if (!regroup_is_plain(p->reduced[i]))
                        return false;
        return !p->failed && !arena_failed(p->arena);
}

/* --- orders --- */

static const struct index *index_of(const struct product *p, int bit)
{
        return bit < REDUCED ? p->statement->index[bit]
                             : p->reduced[bit - REDUCED];
}

/* Indices of the pair's product, which becomes a tensor. */
static bool is_storable(const struct order *order)
{
        const struct product *p = &order->product;
        uint32_t mask = (p->mask[order->first] | p->mask[order->second]) &
                        ~order->inner;
        int rank = 0;

        for (int bit = 0; bit < 2 * REDUCED; bit++)
                if (mask & 1u << bit) {
                        rank++;
                        if (!is_extent(index_of(p, bit)))
                                return false;
                }
        return rank > 0 && rank <= LIMIT_RANK;
}

/* Is that what the spec says already, with a statement for it? */
static bool is_own(const struct order *order)
{
        const struct product *p = &order->product;
        int group = p->group[order->first];

        if (!p->named[group] || p->group[order->second] != group)
                return false;
        for (int i = 0; i < p->count; i++)
                if (i != order->first && i != order->second && p->reads[i] &&
                    p->group[i] == group)
                        return false;
        return true;
}

static bool is_order(struct order *order)
{
        const struct product *p = &order->product;
        const uint32_t reduced = 0xffff0000u;
        uint32_t others = 0, pair;
        bool rest = false;

        if (p->divides[order->first] || p->divides[order->second] ||
            !p->reads[order->first] || !p->reads[order->second])
                return false;
        for (int i = 0; i < p->count; i++)
                if (i != order->first && i != order->second) {
                        others |= p->mask[i];
                        rest |= p->reads[i];
                }
        pair = p->mask[order->first] | p->mask[order->second];
        order->inner = pair & reduced & ~others;
        return rest && order->inner && (others & reduced) &&
               is_storable(order) && !is_own(order);
}

/* Walk all orders: counts them, and keeps the one that is wanted. */
struct search {
        struct arena *arena;
        const struct spec *spec;
        int count, wanted;
        struct order *found;
};

static void search_sum(struct search *search,
                       const struct statement *statement,
                       const struct expr *sum)
{
        struct order order = {.product = {.arena = search->arena,
                                          .spec = search->spec,
                                          .statement = statement}};

        if (!open_product(&order.product, sum))
                return;
        for (int i = 0; i < order.product.count; i++)
                for (int j = i + 1; j < order.product.count; j++) {
                        order.first = i;
                        order.second = j;
                        if (search->count == REGROUP_ORDERS ||
                            !is_order(&order))
                                continue;
                        if (++search->count == search->wanted)
                                *search->found = order;
                }
}

static void search_expr(struct search *search,
                        const struct statement *statement,
                        const struct expr *expr)
{
        if (is_sum(expr)) {
                search_sum(search, statement, expr);
                return;
        }
        for (int i = 0; i < expr->count; i++)
                search_expr(search, statement, expr->arg[i]);
}

/* Ranges are shared by the copy, so they must not read what is copied. */
static bool visit_defined(const struct expr *expr, void *data)
{
        bool *defined = data;

        if (expr->op == EXPR_READ && expr->value.read.tensor->defined_by)
                *defined = true;
        return !*defined;
}

static bool can_copy(const struct spec *spec)
{
        bool defined = false;

        for (int i = 0; i < spec->index_count; i++) {
                expr_walk(spec->index[i]->lo, visit_defined, &defined);
                expr_walk(spec->index[i]->hi, visit_defined, &defined);
        }
        return !defined && spec->tensor_count < LIMIT_TENSORS;
}

static void search_all(struct search *search)
{
        const struct spec *spec = search->spec;

        for (int s = 0; can_copy(spec) && s < spec->statement_count; s++)
                if (spec->statement[s]->update == UPDATE_DEFINE &&
                    spec->statement[s]->index_count <= REDUCED)
                        search_expr(search, spec->statement[s],
                                    spec->statement[s]->value);
}

int regroup_count(struct arena *arena, const struct spec *spec)
{
        struct search search = {.arena = arena, .spec = spec};

        search_all(&search);
        return search.count;
}

/* --- making one --- */

struct copying {
        const struct order *order;
        struct spec *made;
        const struct expr *instead; /* of the product's sum */
};

static const struct expr *copy(struct copying *c, const struct expr *expr)
{
        struct arena *arena = c->made->arena;
        struct expr *made;

        if (c->instead && expr == c->order->product.sum)
                return c->instead;
        made = arena_alloc(arena, sizeof *made);
        if (!made)
                return expr;
        *made = *expr;
        for (int i = 0; i < expr->count; i++)
                made->arg[i] = copy(c, expr->arg[i]);
        if (expr->op == EXPR_READ) {
                struct read *read = &made->value.read;

                read->tensor = c->made->tensor[read->tensor->number];
                for (int d = 0; d < read->tensor->rank; d++)
                        read->subscript[d] = copy(c, read->subscript[d]);
                if (read->fallback)
                        read->fallback = copy(c, read->fallback);
        }
        return made;
}

/* The sum over the reduced indices in mask of term. */
static const struct expr *sum_over(struct copying *c, uint32_t mask,
                                   const struct expr *term)
{
        const struct product *p = &c->order->product;
        struct expr sum = *p->sum;

        sum.arg[0] = term;
        sum.value.reduce.count = 0;
        for (int i = 0; i < p->reduced_count; i++)
                if (mask & 1u << (REDUCED + i) &&
                    sum.value.reduce.count < LIMIT_RANK)
                        sum.value.reduce.index[sum.value.reduce.count++] =
                                p->reduced[i];
        return node_keep(c->made->arena, sum);
}

/* The pair's indices as a tensor's dimensions: the statement's, then what is
 * still to be reduced; the statement's last one runs fastest, as it does in
 * the result. */
static void add_dimension(struct copying *c, struct tensor *tensor,
                          struct statement *statement,
                          const struct index *index)
{
        struct index *own = arena_alloc(c->made->arena, sizeof *own);

        if (!own)
                return;
        *own = *index;
        own->reduced = false;
        tensor->extent[tensor->rank++] = index->hi;
        statement->subscript[statement->index_count] =
                node_index(c->made->arena, own);
        statement->index[statement->index_count++] = own;
}

static void add_dimensions(struct copying *c, struct tensor *tensor,
                           struct statement *statement)
{
        const struct order *order = c->order;
        const struct product *p = &order->product;
        uint32_t mask = (p->mask[order->first] | p->mask[order->second]) &
                        ~order->inner;
        int last = p->statement->index_count - 1;

        for (int bit = 0; bit < 2 * REDUCED; bit++)
                if (mask & 1u << bit && bit != last)
                        add_dimension(c, tensor, statement, index_of(p, bit));
        if (last >= 0 && mask & 1u << last)
                add_dimension(c, tensor, statement, index_of(p, last));
}

/* The statement that computes the pair's product; NULL without memory. */
static struct statement *make_pair(struct copying *c)
{
        const struct order *order = c->order;
        const struct product *p = &order->product;
        struct arena *arena = c->made->arena;
        struct tensor *tensor = arena_alloc(arena, sizeof *tensor);
        struct statement *statement = arena_alloc(arena, sizeof *statement);

        if (!tensor || !statement)
                return NULL;
        tensor->name =
                arena_printf(arena, "%.40s_inner", p->statement->target->name);
        tensor->number = c->made->tensor_count;
        tensor->role = TENSOR_INTERMEDIATE;
        tensor->dtype = DTYPE_NONE;
        tensor->kind = KIND_REAL;
        tensor->line = p->sum->line;
        tensor->defined_by = statement;
        c->made->tensor[c->made->tensor_count++] = tensor;
        statement->target = tensor;
        statement->update = UPDATE_DEFINE;
        statement->line = p->statement->line;
        statement->column = p->statement->column;
        add_dimensions(c, tensor, statement);
        statement->value =
                sum_over(c, order->inner,
                         node_binary(c->made->arena, EXPR_MUL,
                                     copy(c, p->factor[order->first]),
                                     copy(c, p->factor[order->second])));
        return statement;
}

/* The sum of the other factors times the pair's tensor. */
static const struct expr *make_rest(struct copying *c,
                                    const struct statement *pair)
{
        const struct product *p = &c->order->product;
        struct arena *arena = c->made->arena;
        const struct expr *term =
                node_read(arena, pair->target, pair->subscript);
        uint32_t reduced = 0xffff0000u & ~c->order->inner;
        const struct expr *sum;

        for (int i = 0; i < p->count; i++)
                if (i != c->order->first && i != c->order->second)
                        term = node_binary(arena,
                                           p->divides[i] ? EXPR_DIV : EXPR_MUL,
                                           term, copy(c, p->factor[i]));
        sum = sum_over(c, reduced, term);
        if (!p->negative)
                return sum;
        return node_keep(arena, (struct expr){.op = EXPR_NEGATE,
                                              .kind = KIND_REAL,
                                              .line = sum->line,
                                              .column = sum->column,
                                              .count = 1,
                                              .arg = {sum}});
}

static bool is_expanded(const struct product *p, const struct tensor *tensor)
{
        for (int i = 0; i < p->expanded_count; i++)
                if (p->expanded[i] == tensor)
                        return true;
        return false;
}

static void copy_tensors(struct copying *c, const struct spec *spec)
{
        for (int t = 0; t < spec->tensor_count; t++) {
                struct tensor *tensor;

                if (!spec->tensor[t]->defined_by)
                        continue;
                tensor = arena_alloc(c->made->arena, sizeof *tensor);
                if (!tensor)
                        return;
                *tensor = *spec->tensor[t];
                c->made->tensor[t] = tensor;
        }
        for (int t = 0; t < spec->tensor_count; t++) {
                struct tensor *tensor = (struct tensor *)c->made->tensor[t];

                if (spec->tensor[t]->defined_by && tensor->init)
                        tensor->init = copy(c, tensor->init);
        }
}

static void add_statement(struct copying *c, const struct statement **list,
                          struct statement *statement)
{
        statement->number = c->made->statement_count;
        list[c->made->statement_count++] = statement;
}

static void copy_statements(struct copying *c, const struct spec *spec,
                            const struct statement **list)
{
        const struct product *p = &c->order->product;

        c->made->statement_count = 0;
        c->made->statement = list;
        for (int s = 0; s < spec->statement_count; s++) {
                const struct statement *from = spec->statement[s];
                struct statement *statement, *pair;

                if (is_expanded(p, from->target))
                        continue;
                statement = arena_alloc(c->made->arena, sizeof *statement);
                if (!statement)
                        return;
                *statement = *from;
                if (from == p->statement) {
                        pair = make_pair(c);
                        if (!pair)
                                return;
                        add_statement(c, list, pair);
                        c->instead = make_rest(c, pair);
                }
                statement->target = c->made->tensor[from->target->number];
                ((struct tensor *)statement->target)->defined_by = statement;
                statement->value = copy(c, from->value);
                c->instead = NULL;
                for (int d = 0; d < statement->target->rank; d++)
                        statement->subscript[d] = copy(c, from->subscript[d]);
                add_statement(c, list, statement);
        }
}

const struct spec *regroup_make(struct arena *arena, const struct spec *spec,
                                int order)
{
        struct search search = {.arena = arena, .spec = spec, .wanted = order};
        struct copying c = {0};
        const struct statement **list;

        if (order == 0)
                return spec;
        search.found = arena_alloc(arena, sizeof *search.found);
        c.made = arena_alloc(arena, sizeof *c.made);
        list = arena_alloc(arena, ((size_t)spec->statement_count + 1) *
                                          sizeof(struct statement *));
        if (!search.found || !c.made || !list)
                return NULL;
        search_all(&search);
        if (search.count < order)
                return NULL;
        *c.made = *spec;
        c.made->arena = arena;
        c.order = search.found;
        copy_tensors(&c, spec);
        copy_statements(&c, spec, list);
        return arena_failed(arena) ? NULL : c.made;
}

/* --- choosing one --- */

int regroup_best(struct arena *arena, const struct spec *spec,
                 const struct binding *binding,
                 bool (*can)(struct arena *arena, const struct spec *spec))
{
        int orders = regroup_count(arena, spec), best = -1;
        double least = 0;

        for (int order = 0; order <= orders; order++) {
                const struct spec *made = regroup_make(arena, spec, order);
                double steps;

                if (!made || !can(arena, made))
                        continue;
                if (!binding)
                        return order;
                steps = regroup_steps(made, binding);
                if (best < 0 || steps < least) {
                        least = steps;
                        best = order;
                }
        }
        return best;
}

void regroup_field(struct arena *arena, const struct spec *spec,
                   const struct binding *workload, int guess,
                   struct schedule_space *space)
{
        int orders = regroup_count(arena, spec), count = 1;
        int64_t values[REGROUP_ORDERS + 2] = {0};
        double own = regroup_steps(spec, workload);

        for (int i = 1; i <= orders; i++) {
                const struct spec *made = regroup_make(arena, spec, i);

                if (made &&
                    (i == guess || regroup_steps(made, workload) <= own))
                        values[count++] = i;
        }
        values[count] = -1;
        if (count > 1)
                plan_field(space, "order",
                           "which product of a chain comes first, 0: as the "
                           "spec says",
                           values, guess);
}
