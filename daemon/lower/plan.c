/*
 * Plans: which tensors are stored, what their definitions become, and how
 * their iteration may be flattened.
 *
 * An undeclared intermediate has no storage of its own by the language's
 * rules, so inlining it is always allowed; the question is only what is
 * computed twice. Elementwise definitions are inlined freely; reductions only
 * by a class that computes equal ones once. A declared tensor that is inlined
 * keeps its rounding as a cast (rewrite.c).
 */
#include "lower/plan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lower/rewrite.h"

/* --- what is stored -------------------------------------------------------
 */

static bool is_inlined(const struct tensor *tensor, void *data)
{
        const struct plan *plan = data;

        return !plan->stored[tensor->number];
}

struct else_reads {
        const struct plan *plan;
        bool *stored;
};

/* What is read with `else` must lie in memory. */
static bool visit_else(const struct expr *expr, void *data)
{
        struct else_reads *reads = data;

        if (expr->op == EXPR_READ && expr->value.read.safety == READ_ELSE &&
            expr->value.read.tensor->defined_by)
                reads->stored[expr->value.read.tensor->number] = true;
        return true;
}

const struct expr *plan_inlined(struct plan *plan, const struct expr *expr)
{
        return rewrite_inline(plan->arena, expr, is_inlined, plan);
}

/* Decide in the order of the file: a definition only reads earlier ones. An
 * output that is read later is inlined there too (its rounding stays), so
 * `stored` here means: cannot be inlined. */
static bool decide(struct plan *plan, bool reductions)
{
        const struct spec *spec = plan->spec;
        struct else_reads reads = {plan, plan->stored};

        for (int i = 0; i < spec->statement_count; i++)
                expr_walk(spec->statement[i]->value, visit_else, &reads);
        for (int i = 0; i < spec->statement_count; i++) {
                const struct statement *s = spec->statement[i];
                const struct expr *value;

                if (s->update != UPDATE_DEFINE) {
                        plan->stored[s->target->number] = true;
                        continue;
                }
                value = plan_inlined(plan, s->value);
                if (!value)
                        return false;
                if (!reductions && rewrite_has_reduction(value))
                        plan->stored[s->target->number] = true;
        }
        return true;
}

/* --- what is needed -------------------------------------------------------
 */

struct needs {
        struct plan *plan;
        bool needed[LIMIT_TENSORS];
        bool changed;
};

static bool visit_needs(const struct expr *expr, void *data)
{
        struct needs *needs = data;

        if (expr->op == EXPR_READ && expr->value.read.tensor->defined_by &&
            !needs->needed[expr->value.read.tensor->number]) {
                needs->needed[expr->value.read.tensor->number] = true;
                needs->changed = true;
        }
        return true;
}

/* From the last statement to the first: who reads what is stored. */
static void find_needs(struct needs *needs, const struct expr *const *value)
{
        const struct spec *spec = needs->plan->spec;

        for (int i = spec->statement_count - 1; i >= 0; i--) {
                const struct statement *s = spec->statement[i];

                if (s->target->role == TENSOR_OUT)
                        needs->needed[s->target->number] = true;
                if (!needs->needed[s->target->number])
                        continue;
                expr_walk(value[i], visit_needs, needs);
                for (int k = 0; k < s->target->rank; k++)
                        expr_walk(s->subscript[k], visit_needs, needs);
                for (int k = 0; k < s->index_count; k++) {
                        expr_walk(s->index[k]->lo, visit_needs, needs);
                        expr_walk(s->index[k]->hi, visit_needs, needs);
                }
                if (s->target->init)
                        expr_walk(s->target->init, visit_needs, needs);
        }
}

/* Ranges and subscripts of updates are not rewritten: what they read must
 * be stored. */
static void store_bounds(struct plan *plan)
{
        const struct spec *spec = plan->spec;
        struct needs needs = {.plan = plan};

        for (int i = 0; i < spec->statement_count; i++) {
                const struct statement *s = spec->statement[i];

                if (s->update == UPDATE_DEFINE)
                        continue;
                expr_walk(s->value, visit_needs, &needs);
                for (int k = 0; k < s->target->rank; k++)
                        expr_walk(s->subscript[k], visit_needs, &needs);
                for (int k = 0; k < s->index_count; k++) {
                        expr_walk(s->index[k]->lo, visit_needs, &needs);
                        expr_walk(s->index[k]->hi, visit_needs, &needs);
                }
                if (s->target->init)
                        expr_walk(s->target->init, visit_needs, &needs);
        }
        for (int i = 0; i < LIMIT_TENSORS; i++)
                plan->stored[i] |= needs.needed[i];
}

bool plan_make(struct plan *plan, struct arena *arena, const struct spec *spec,
               bool reductions)
{
        const struct expr *value[LIMIT_SPEC_STATEMENTS];
        struct needs needs = {.plan = plan};

        memset(plan, 0, sizeof *plan);
        plan->arena = arena;
        plan->spec = spec;
        store_bounds(plan);
        if (!decide(plan, reductions))
                return false;
        for (int i = 0; i < spec->statement_count; i++) {
                const struct statement *s = spec->statement[i];

                value[i] = s->update == UPDATE_DEFINE
                                   ? plan_inlined(plan, s->value)
                                   : s->value;
                if (!value[i])
                        return false;
        }
        find_needs(&needs, value);
        for (int i = 0; i < spec->statement_count; i++) {
                const struct statement *s = spec->statement[i];

                if (!needs.needed[s->target->number])
                        continue;
                if (plan->count == PLAN_ITEMS)
                        return false;
                plan->stored[s->target->number] = true;
                plan->item[plan->count].statement = s;
                plan->item[plan->count++].value =
                        s->update == UPDATE_DEFINE ? value[i] : NULL;
        }
        return plan->count > 0;
}

void plan_place(const struct plan *plan, struct vector_scope *scope)
{
        for (int i = 0; i < plan->count; i++) {
                const struct tensor *tensor = plan->item[i].statement->target;
                enum dtype dtype = tensor->dtype;

                if (tensor->role == TENSOR_OUT)
                        continue;
                if (dtype == DTYPE_NONE)
                        dtype = tensor->kind == KIND_BOOLEAN
                                        ? DTYPE_U8
                                        : vector_dtype(scope, tensor->kind);
                scope->storage[tensor->number].array = thread_scratch(
                        scope->program, tensor->name, dtype,
                        vector_elements(scope->program, tensor), false);
        }
}

/* --- flattening ------------------------------------------------------------
 */

/* Indices that are to run together. */
struct flat {
        int count;
        const struct index *const *index;
        bool refused;
};

static bool depends_on_flat(const struct flat *flat, const struct expr *expr)
{
        for (int i = 0; i < flat->count; i++)
                if (vector_depends(expr, flat->index[i]))
                        return true;
        return false;
}

/* Do the last subscripts walk through the tensor as the indices do? */
static bool moves_along(const struct flat *flat, const struct read *read)
{
        int rank = read->tensor->rank;

        if (rank < flat->count)
                return false;
        for (int d = 0; d < rank; d++) {
                const struct expr *s = read->subscript[d];
                const struct index *index;

                if (d < rank - flat->count) {
                        if (depends_on_flat(flat, s))
                                return false;
                        continue;
                }
                index = flat->index[d - (rank - flat->count)];
                if (s->op != EXPR_INDEX ||
                    s->value.index->number != index->number ||
                    !rewrite_equal(read->tensor->extent[d], index->hi))
                        return false;
        }
        return true;
}

static void check_flat(struct flat *flat, const struct expr *expr);

static void check_flat_read(struct flat *flat, const struct read *read)
{
        bool still = true;

        for (int d = 0; d < read->tensor->rank; d++)
                if (depends_on_flat(flat, read->subscript[d]))
                        still = false;
        if (read->fallback)
                check_flat(flat, read->fallback);
        if (!still &&
            (read->safety != READ_PROVED || !moves_along(flat, read)))
                flat->refused = true;
}

static void check_flat(struct flat *flat, const struct expr *expr)
{
        if (expr->op == EXPR_READ) {
                check_flat_read(flat, &expr->value.read);
                return;
        }
        if (expr->op == EXPR_INDEX && depends_on_flat(flat, expr))
                flat->refused = true;
        for (int i = 0;
             expr->op == EXPR_REDUCE && i < expr->value.reduce.count; i++)
                if (depends_on_flat(flat, expr->value.reduce.index[i]->lo) ||
                    depends_on_flat(flat, expr->value.reduce.index[i]->hi))
                        flat->refused = true;
        for (int i = 0; i < expr->count && !flat->refused; i++)
                check_flat(flat, expr->arg[i]);
}

bool plan_runs_together(const struct expr *expr, int count,
                        const struct index *const *index)
{
        struct flat flat = {count, index, false};

        for (int i = 0; i < count; i++) {
                if (index[i]->lo->op != EXPR_INTEGER ||
                    index[i]->lo->value.integer != 0)
                        return false;
                if (depends_on_flat(&flat, index[i]->hi))
                        return false;
        }
        check_flat(&flat, expr);
        return !flat.refused;
}

int plan_collapse(const struct plan_item *item)
{
        const struct statement *s = item->statement;

        for (int first = 0; first < s->index_count - 1; first++)
                if (plan_runs_together(item->value, s->index_count - first,
                                       &s->index[first]))
                        return s->index_count - first;
        return s->index_count ? 1 : 0;
}

void plan_bind_rows(struct vector_scope *scope, int count,
                    const struct index *const *index,
                    const struct thread_expr *row)
{
        struct thread_program *program = scope->program;

        for (int i = count - 1; i >= 0; i--) {
                const struct thread_expr *extent =
                        vector_lower(scope, index[i]->hi);
                const struct thread_expr *at =
                        i ? thread_remainder(program, row, extent) : row;

                if (count > 1)
                        at = thread_let(program, index[i]->name, at);
                vector_bind(scope, index[i], at);
                if (i)
                        row = thread_quotient(program, row, extent);
        }
}

const struct thread_expr *plan_bind_collapsed(struct vector_scope *scope,
                                              const struct plan_item *item,
                                              int count)
{
        const struct statement *s = item->statement;
        const struct thread_expr *product = thread_int(scope->program, 1);

        for (int i = s->index_count - count; i < s->index_count; i++) {
                product = thread_mul(scope->program, product,
                                     vector_lower(scope, s->index[i]->hi));
                if (i < s->index_count - 1)
                        vector_bind(scope, s->index[i],
                                    thread_int(scope->program, 0));
        }
        return product;
}

/* --- invariants -------------------------------------------------------------
 */

static bool visit_worth(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_READ || expr->op == EXPR_CALL ||
            expr->op == EXPR_REDUCE || expr->op == EXPR_DIV)
                *found = true;
        return !*found;
}

static bool is_worth_hoisting(const struct expr *expr)
{
        bool found = false;

        expr_walk(expr, visit_worth, &found);
        return found;
}

/* What means something at this place: every index is bound or reduced. */
struct meaning {
        const struct vector_scope *scope;
        const struct expr *whole;
        bool refused;
};

static bool visit_reduced(const struct expr *expr, void *data)
{
        int *number = data;

        for (int i = 0;
             expr->op == EXPR_REDUCE && i < expr->value.reduce.count; i++)
                if (expr->value.reduce.index[i]->number == *number)
                        *number = -1;
        return *number >= 0;
}

static bool visit_meaning(const struct expr *expr, void *data)
{
        struct meaning *meaning = data;
        int number;

        if (expr->op != EXPR_INDEX ||
            meaning->scope->index[expr->value.index->number].base)
                return true;
        /* Not bound: then some reduction of the whole must bind it. */
        number = expr->value.index->number;
        expr_walk(meaning->whole, visit_reduced, &number);
        meaning->refused = number >= 0;
        return !meaning->refused;
}

static bool means_something(const struct vector_scope *scope,
                            const struct expr *expr)
{
        struct meaning meaning = {scope, expr, false};

        expr_walk(expr, visit_meaning, &meaning);
        return !meaning.refused;
}

static void hoist_one(struct vector_scope *scope, const struct expr *expr)
{
        const struct thread_expr *value = vector_lower(scope, expr);
        char name[LIMIT_NAME_BYTES + 8];

        if (value->op == THREAD_VARIABLE)
                return;
        vector_name(scope, expr, name, sizeof name);
        value = thread_let(scope->program, name, value);
        vector_hold(scope, expr, value);
}

void plan_hoist(struct vector_scope *scope, const struct expr *expr,
                const struct index *index)
{
        if (!vector_depends(expr, index) && means_something(scope, expr)) {
                if (is_worth_hoisting(expr))
                        hoist_one(scope, expr);
                return;
        }
        /* A branch may guard what it reads; a reduction has indices that
         * mean nothing out here; a subscript is the read's business. */
        if (expr->op == EXPR_SELECT)
                plan_hoist(scope, expr->arg[0], index);
        if (expr->op == EXPR_SELECT || expr->op == EXPR_REDUCE ||
            expr->op == EXPR_READ || expr->op == EXPR_AND ||
            expr->op == EXPR_OR)
                return;
        for (int i = 0; i < expr->count; i++)
                plan_hoist(scope, expr->arg[i], index);
}

static struct expr *node(struct arena *arena, const struct expr *like,
                         enum expr_op op, int count)
{
        struct expr *made = arena_alloc(arena, sizeof *made);

        if (!made)
                return NULL;
        made->op = op;
        made->kind = KIND_REAL;
        made->line = like->line;
        made->column = like->column;
        made->count = count;
        return made;
}

static const struct expr *inverse_of(struct arena *arena,
                                     const struct expr *expr)
{
        struct expr *one = node(arena, expr, EXPR_REAL, 0);
        struct expr *inverse = node(arena, expr, EXPR_DIV, 2);
        struct expr *product = node(arena, expr, EXPR_MUL, 2);

        if (!one || !inverse || !product)
                return NULL;
        one->value.real = 1;
        inverse->arg[0] = one;
        inverse->arg[1] = expr->arg[1];
        product->arg[0] = expr->arg[0];
        product->arg[1] = inverse;
        return product;
}

const struct expr *plan_reciprocals(struct arena *arena,
                                    const struct expr *expr,
                                    const struct index *index)
{
        struct expr *made;

        if (expr->count == 0 || !vector_depends(expr, index))
                return expr;
        made = arena_alloc(arena, sizeof *made);
        if (!made)
                return NULL;
        *made = *expr;
        for (int i = 0; i < expr->count; i++) {
                made->arg[i] = plan_reciprocals(arena, expr->arg[i], index);
                if (!made->arg[i])
                        return NULL;
        }
        if (expr->op != EXPR_DIV || !vector_depends(expr->arg[0], index) ||
            vector_depends(expr->arg[1], index))
                return made;
        return inverse_of(arena, made);
}

/* --- for people */

/* Does a line that ends with c go on in the next one? */
static bool goes_on(char c)
{
        return c && strchr("+-*/%,<>=&|?:^(", c) != NULL;
}

const char *plan_text(struct thread_program *program,
                      const struct statement *statement)
{
        const char *c = program->spec->text;
        char text[240];
        size_t n = 0;
        int depth = 0;

        for (int line = 1; c && *c && line < statement->line; c++)
                line += *c == '\n';
        for (; c && *c && n + 1 < sizeof text; c++) {
                if (*c == '#')
                        c += strcspn(c, "\n");
                depth += (*c == '(' || *c == '[') - (*c == ')' || *c == ']');
                if ((*c == '\n' && depth <= 0 &&
                     !goes_on(n ? text[n - 1] : ',')) ||
                    (*c == ';' && depth <= 0) || *c == '}' || !*c)
                        break;
                if (!isspace((unsigned char)*c))
                        text[n++] = *c;
                else if (n && text[n - 1] != ' ')
                        text[n++] = ' ';
        }
        while (n && text[n - 1] == ' ')
                n--;
        text[n] = 0;
        return arena_strdup(program->arena, text);
}

/* --- facts for schedule spaces
 * ------------------------------------------------ */

static bool visit_variants(const struct expr *expr, void *data)
{
        bool *found = data;

        if (expr->op == EXPR_CALL && (expr->value.function == FN_TANH ||
                                      expr->value.function == FN_ERF))
                *found = true;
        return !*found;
}

bool plan_has_variants(const struct plan *plan)
{
        bool found = false;

        for (int i = 0; i < plan->count; i++)
                if (plan->item[i].value)
                        expr_walk(plan->item[i].value, visit_variants, &found);
        return found;
}

int plan_lanes(const struct spec *spec, int bytes)
{
        bool real = false;

        for (int i = 0; i < spec->tensor_count; i++)
                if (spec->tensor[i]->kind == KIND_REAL)
                        real = true;
        if (!real || vector_real(spec) == DTYPE_F64)
                return bytes / 8;
        return bytes / 4;
}

double plan_bytes(const struct spec *spec, const struct binding *workload)
{
        double bytes = 0;

        for (int i = 0; i < spec->tensor_count; i++)
                if (spec->tensor[i]->role == TENSOR_IN ||
                    spec->tensor[i]->role == TENSOR_OUT)
                        bytes += (double)spec_tensor_bytes(spec->tensor[i],
                                                           workload);
        return bytes;
}

int64_t plan_value(const struct expr *expr, const struct binding *workload)
{
        switch (expr->op) {
        case EXPR_INTEGER:
        case EXPR_SIZE:
                return spec_eval_size(expr, workload);
        case EXPR_ADD:
        case EXPR_SUB:
        case EXPR_MUL:
        case EXPR_FLOOR_DIV:
        case EXPR_FLOOR_MOD:
        case EXPR_NEGATE:
                for (int i = 0; i < expr->count; i++)
                        if (expr->arg[i]->op == EXPR_INDEX ||
                            expr->arg[i]->op == EXPR_READ)
                                return 1;
                return spec_eval_size(expr, workload);
        default:
                return 1;
        }
}

void plan_field(struct schedule_space *space, const char *name,
                const char *meaning, const int64_t *values, int64_t guess)
{
        struct schedule_field *field = &space->field[space->count];

        if (space->count == SCHEDULE_FIELDS)
                return;
        field->name = name;
        field->meaning = meaning;
        field->count = 0;
        field->guess = 0;
        for (int i = 0; values[i] >= 0 && i < SCHEDULE_VALUES; i++) {
                field->value[field->count++] = values[i];
                if (llabs(values[i] - guess) <
                    llabs(field->value[field->guess] - guess))
                        field->guess = i;
        }
        space->count++;
}

struct size_uses {
        bool inner[LIMIT_SIZES];
};

static bool visit_sizes(const struct expr *expr, void *data)
{
        struct size_uses *uses = data;

        if (expr->op == EXPR_SIZE)
                uses->inner[expr->value.size->number] = true;
        return true;
}

/* Sizes that shape the inner loops: extents behind the first, and those of
 * tensors of rank 1 that are not the first of another. */
static bool find_fixable(const struct spec *spec, struct size_uses *uses)
{
        bool any = false;

        memset(uses, 0, sizeof *uses);
        for (int i = 0; i < spec->tensor_count; i++)
                for (int d = 1; d < spec->tensor[i]->rank; d++)
                        expr_walk(spec->tensor[i]->extent[d], visit_sizes,
                                  uses);
        for (int i = 0; i < spec->size_count; i++) {
                if (!thread_can_fix(spec->size[i]))
                        uses->inner[i] = false;
                any = any || uses->inner[i];
        }
        return any;
}

void plan_field_fix(struct schedule_space *space, const struct spec *spec)
{
        static const int64_t values[] = {0, 1, -1};
        struct size_uses uses;

        if (find_fixable(spec, &uses))
                plan_field(space, "fix",
                           "1: inner sizes are compiled in, one build a value",
                           values, 0);
}

void plan_fix(struct thread_program *program, const struct binding *workload,
              const struct schedule *schedule)
{
        struct size_uses uses;

        if (!schedule_get(schedule, "fix", 0) ||
            !find_fixable(program->spec, &uses))
                return;
        for (int i = 0; i < program->spec->size_count; i++)
                if (uses.inner[i])
                        thread_fix(program, program->spec->size[i],
                                   workload->size[i]);
}
