/*
 * The first kernel, statement by statement.
 *
 * A definition runs one task for each value of its outermost index; an
 * update (its targets may collide) runs in one task that fills the target
 * with `init`, applies every update in order, and rounds to the declared
 * type at the end. Speed is not a concern here; clarity is, because people
 * read this source when a kernel has no other.
 */
#include "lower/first.h"

#include <stdio.h>

#include "lower/plan.h"
#include "lower/select.h"

/* Where a defined tensor lives: an output in its argument, all else in
 * scratch of its own type or of the type it is computed in. */
static void place_tensor(struct vector_scope *scope,
                         const struct tensor *tensor)
{
        struct thread_program *program = scope->program;

        if (tensor->role == TENSOR_OUT)
                return;
        scope->storage[tensor->number].array = thread_scratch(
                program, tensor->name, vector_stored(scope, tensor),
                vector_elements(program, tensor), false);
}

static void lower_define(struct vector_scope *scope,
                         const struct statement *statement, bool tasks,
                         const struct thread_expr *task)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *value;

        for (int i = 0; i < statement->index_count; i++) {
                const struct index *index = statement->index[i];
                const struct thread_expr *low = vector_lower(scope, index->lo);

                if (i == 0 && tasks)
                        value = thread_declare(program, index->name,
                                               thread_add(program, low, task));
                else
                        value = thread_for(program, index->name, low,
                                           vector_lower(scope, index->hi), 1);
                vector_bind(scope, index, value);
        }
        value = vector_lower(scope, statement->value);
        if (statement->target->kind == KIND_REAL &&
            statement->value->kind != KIND_REAL)
                value = vector_lower_real(scope, statement->value);
        vector_write(scope, statement->target, statement->subscript, value,
                     false);
        for (int i = tasks ? 1 : 0; i < statement->index_count; i++)
                thread_end(program);
}

/* --- updates --- */

/* Loops over all elements of the target, flat; body by the caller. */
static const struct thread_expr *each_element(struct vector_scope *scope,
                                              const struct tensor *tensor)
{
        return thread_for(scope->program, "e", thread_int(scope->program, 0),
                          vector_elements(scope->program, tensor), 1);
}

static void lower_init(struct vector_scope *scope, const struct tensor *tensor,
                       struct thread_array *total)
{
        struct thread_program *program = scope->program;
        const struct expr *init = tensor->init;
        const struct thread_expr *element, *value;

        thread_comment(program, "every element starts from its init");
        element = each_element(scope, tensor);
        if (init->op == EXPR_READ && init->value.read.tensor->rank) {
                struct thread_array *array =
                        thread_tensor(program, init->value.read.tensor);

                value = thread_load(program, array, element, 1);
        } else {
                value = vector_lower(scope, init);
        }
        thread_store(program, total, element, value);
        thread_end(program);
}

static enum reduction update_reduction(enum update update)
{
        switch (update) {
        case UPDATE_MAX:
                return RED_MAX;
        case UPDATE_MIN:
                return RED_MIN;
        default:
                return RED_SUM;
        }
}

static void lower_updates(struct vector_scope *scope,
                          const struct statement *statement,
                          struct thread_array *total)
{
        struct thread_program *program = scope->program;
        const struct tensor *target = statement->target;
        const struct thread_expr *value, *offset;

        for (int i = 0; i < statement->index_count; i++) {
                const struct index *index = statement->index[i];

                value = thread_for(program, index->name,
                                   vector_lower(scope, index->lo),
                                   vector_lower(scope, index->hi), 1);
                vector_bind(scope, index, value);
        }
        offset =
                thread_let(program, "at",
                           vector_offset(scope, target, statement->subscript));
        value = statement->value->kind == KIND_REAL ||
                                target->kind == KIND_REAL
                        ? vector_lower_real(scope, statement->value)
                        : vector_lower(scope, statement->value);
        if (statement->update != UPDATE_SCATTER)
                value = reduce_step(
                        program, update_reduction(statement->update),
                        thread_cast(program,
                                    thread_load(program, total, offset, 1),
                                    vector_dtype(scope, target->kind)),
                        value);
        thread_store(program, total, offset, value);
        for (int i = 0; i < statement->index_count; i++)
                thread_end(program);
}

static void lower_update(struct vector_scope *scope,
                         const struct statement *statement)
{
        struct thread_program *program = scope->program;
        const struct tensor *target = statement->target;
        struct thread_array *home = scope->storage[target->number].array;
        enum dtype wide = vector_dtype(scope, target->kind);
        struct thread_array *total;
        char name[LIMIT_NAME_BYTES + 8];

        if (!home)
                home = thread_tensor(program, target);
        total = home;
        if (home->type.dtype != wide && target->kind != KIND_BOOLEAN &&
            statement->update != UPDATE_SCATTER) {
                /* Sums round once, at the end. */
                snprintf(name, sizeof name, "%.40s_sum", target->name);
                total = thread_scratch(program, name, wide,
                                       vector_elements(program, target),
                                       false);
        }
        lower_init(scope, target, total);
        scope->storage[target->number].array = total;
        lower_updates(scope, statement, total);
        scope->storage[target->number].array =
                home->tensor == target ? NULL : home;
        if (total != home) {
                const struct thread_expr *e = each_element(scope, target);

                thread_store(program, home, e,
                             thread_load(program, total, e, 1));
                thread_end(program);
        }
}

/* --- the program --- */

/* What it holds is declared in its own loops and stage. */
static void lower_statement(struct vector_scope *scope,
                            const struct statement *statement, bool tasks,
                            const struct thread_expr *task)
{
        const struct vector_memo *memo = scope->memo;

        if (expr_selects(statement->value))
                select_lower(scope, statement,
                             tasks && select_task_index(statement) >= 0
                                     ? task
                                     : NULL);
        else if (statement->update == UPDATE_DEFINE)
                lower_define(scope, statement,
                             tasks && statement->index_count > 0, task);
        else
                lower_update(scope, statement);
        scope->memo = memo;
}

/* The index whose values are tasks, or -1: there is one task. */
static int task_index(const struct statement *statement)
{
        if (expr_selects(statement->value))
                return select_task_index(statement);
        return statement->update == UPDATE_DEFINE && statement->index_count
                       ? 0
                       : -1;
}

void first_lower_stage(struct vector_scope *scope,
                       const struct statement *statement,
                       const struct expr *value)
{
        struct thread_program *program = scope->program;
        const struct thread_expr *tasks = thread_int(program, 1), *task;
        struct statement changed = *statement;
        char name[2 * LIMIT_NAME_BYTES + 2];
        int first;

        if (!scope->index)
                return;
        if (value)
                changed.value = value;
        first = task_index(&changed);
        if (first >= 0)
                tasks = thread_sub(
                        program,
                        vector_lower(scope, statement->index[first]->hi),
                        vector_lower(scope, statement->index[first]->lo));
        snprintf(name, sizeof name, "%s_%s", program->spec->name,
                 statement->target->name);
        task = thread_stage_begin(program, name, tasks);
        thread_stage_comment(program, "%s", plan_text(program, statement));
        lower_statement(scope, &changed, true, task);
        thread_stage_end(program);
}

void first_lower(const struct spec *spec, struct thread_program *program)
{
        struct vector_scope scope;

        vector_open(&scope, program);
        if (!scope.index)
                return;
        thread_describe(program,
                        "The first kernel: every statement as it is written.");
        for (int i = 0; i < spec->statement_count; i++)
                place_tensor(&scope, spec->statement[i]->target);
        if (spec->statement_count <= LIMIT_STAGES) {
                for (int i = 0; i < spec->statement_count; i++)
                        first_lower_stage(&scope, spec->statement[i], NULL);
                return;
        }
        /* More statements than stages: one task runs them in order. */
        thread_stage_begin(program, "all_statements", thread_int(program, 1));
        for (int i = 0; i < spec->statement_count; i++)
                lower_statement(&scope, spec->statement[i], false, NULL);
        thread_stage_end(program);
}
