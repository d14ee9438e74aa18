/*
 * Stages of statements that are no contraction and fuse with none, such as
 * the row maxima and sums of a softmax between two products: one task a row,
 * in vectors where the statement allows it, and as the first kernel does it
 * where not.
 */
#include "lower/contraction_code.h"

#include <stdio.h>

#include "lower/first.h"
#include "lower/plan.h"
#include "lower/rewrite.h"
#include "lower/sweep.h"

struct rest {
        const struct statement *statement;
        const struct expr *value;
        const struct expr *reduce;       /* along a row, or NULL */
        const struct thread_expr *total; /* its accumulator */
        int lanes;
};

/* --- what can be done -------------------------------------------------------
 */

struct search {
        int reductions;
        const struct expr *found;
};

static bool visit_reductions(const struct expr *expr, void *data)
{
        struct search *search = data;

        if (expr->op == EXPR_REDUCE) {
                search->reductions++;
                search->found = expr;
        }
        return true;
}

/* The one reduction of a value, when it runs over a single index from 0 and
 * may be done in the lanes. */
static const struct expr *single_reduction(const struct expr *value)
{
        struct search search = {0};
        const struct index *index;
        enum reduction reduction;

        expr_walk(value, visit_reductions, &search);
        if (search.reductions != 1 || search.found->value.reduce.count != 1 ||
            search.found->kind != KIND_REAL)
                return NULL;
        index = search.found->value.reduce.index[0];
        reduction = search.found->value.reduce.reduction;
        if (index->data_dependent || !vector_can(search.found->arg[0], index))
                return NULL;
        if (reduction != RED_SUM && reduction != RED_PROD &&
            reduction != RED_MAX && reduction != RED_MIN)
                return NULL;
        return search.found;
}

static bool stores_vectors(const struct rest *rest)
{
        const struct statement *s = rest->statement;
        const struct index *last = s->index[s->index_count - 1];
        int rank = s->target->rank;

        for (int d = 0; d < rank - 1; d++)
                if (vector_depends(s->subscript[d], last))
                        return false;
        return rank > 0 && s->subscript[rank - 1]->op == EXPR_INDEX &&
               contraction_same_index(s->subscript[rank - 1]->value.index,
                                      last) &&
               vector_can(rest->value, last);
}

/* --- rows ------------------------------------------------------------------
 */

static void store_value(struct vector_scope *scope, const struct rest *rest)
{
        const struct statement *s = rest->statement;

        vector_write(scope, s->target, s->subscript,
                     s->target->kind == KIND_REAL
                             ? vector_lower_real(scope, rest->value)
                             : vector_lower(scope, rest->value),
                     false);
}

static void store_body(struct vector_scope *scope,
                       const struct thread_expr *copy, void *data)
{
        (void)copy;
        store_value(scope, data);
}

/* Lanes that are not in use leave the accumulator as it is. */
static void reduce_body(struct vector_scope *scope,
                        const struct thread_expr *copy, void *data)
{
        const struct rest *rest = data;
        struct thread_program *program = scope->program;
        enum reduction reduction = rest->reduce->value.reduce.reduction;
        const struct thread_expr *term, *mask;

        (void)copy;
        term = vector_lower_real(scope, rest->reduce->arg[0]);
        mask = vector_active(scope, scope->real);
        if (mask)
                term = thread_select(program, mask, term,
                                     reduce_identity(program, reduction,
                                                     rest->total->type));
        thread_assign(program, rest->total,
                      reduce_step(program, reduction, rest->total, term));
}

static void run_row(struct vector_scope *scope, struct rest *rest,
                    const struct index *index, sweep_body *body)
{
        struct sweep sweep = {
                .index = index,
                .name = index->name,
                .low = vector_lower(scope, index->lo),
                .high = vector_lower(scope, index->hi),
                .lanes = rest->lanes,
                .copies = 1,
                .unroll = 2,
        };

        sweep_run(scope, &sweep, body, rest);
}

static void reduce_row(struct vector_scope *scope, struct rest *rest)
{
        struct thread_program *program = scope->program;
        enum reduction reduction = rest->reduce->value.reduce.reduction;
        struct thread_type type = thread_vector(scope->real, rest->lanes);
        const struct thread_expr *value;

        rest->total = thread_var(program, "total",
                                 reduce_identity(program, reduction, type));
        run_row(scope, rest, rest->reduce->value.reduce.index[0], reduce_body);
        value = thread_let(program, "value",
                           thread_horizontal(program, reduction, rest->total));
        vector_hold(scope, rest->reduce, value);
        store_value(scope, rest);
}

void contraction_write_rest(struct thread_program *program,
                            const struct statement *statement,
                            const struct expr *value,
                            const struct contraction_storage *storage,
                            const struct contraction_choice *choice)
{
        struct rest rest = {.statement = statement, .value = value};
        const struct thread_expr *tasks = thread_int(program, 1), *task;
        struct vector_scope scope;
        char name[LIMIT_NAME_BYTES + 32];
        int rows = statement->index_count;
        bool define = statement->update == UPDATE_DEFINE && rows > 0;

        vector_open(&scope, program);
        if (!scope.index)
                return;
        for (int t = 0; t < LIMIT_TENSORS; t++)
                scope.storage[t].array = storage->array[t];
        scope.hold = true;
        scope.variant = (int)choice->math;
        rest.lanes = (int)(choice->vector / (int64_t)dtype_bytes(scope.real));
        rest.reduce = define ? single_reduction(value) : NULL;
        if (!rest.reduce) {
                if (!define || rewrite_has_reduction(value) ||
                    !stores_vectors(&rest)) {
                        first_lower_stage(&scope, statement, value);
                        return;
                }
                rows--;
        }
        for (int i = 0; i < rows; i++)
                tasks = thread_mul(
                        program, tasks,
                        vector_lower(&scope, statement->index[i]->hi));
        snprintf(name, sizeof(name), "%.48s_rows", statement->target->name);
        task = thread_stage_begin(program, name, tasks);
        plan_bind_rows(&scope, rows, statement->index, task);
        if (rest.reduce)
                reduce_row(&scope, &rest);
        else
                run_row(&scope, &rest, statement->index[rows], store_body);
        thread_stage_end(program);
}
