/*
 * What follows the sum: the statement's value, the fused statements, their
 * stores; for a whole tile from its buffer, or for one element (or vector)
 * wherever the sum came from. See contraction_code.h.
 */
#include "lower/contraction_code.h"

#include "core/arena.h"
#include "lower/node.h"

/* --- behind the sum -------------------------------------------------------
 */

/* Compute a target's element (or vector), store it if asked to; returns the
 * value that later statements read, rounded to the declared type. */
static const struct thread_expr *store_one(struct contraction_code *code,
                                           const struct tensor *target,
                                           const struct expr *const *subscript,
                                           const struct expr *expr,
                                           bool stored)
{
        struct vector_scope *scope = &code->scope;
        const struct thread_expr *value =
                target->kind == KIND_REAL ? vector_lower_real(scope, expr)
                                          : vector_lower(scope, expr);

        if (stored)
                vector_write(scope, target, subscript, value, false);
        if (target->dtype == DTYPE_NONE || target->kind != KIND_REAL)
                return value;
        return thread_cast(code->program,
                           thread_cast(code->program, value, target->dtype),
                           scope->real);
}

/* Later statements find the target's element in a variable. */
static void hold_target(struct contraction_code *code,
                        const struct tensor *target,
                        const struct expr *const *subscript,
                        const struct thread_expr *value)
{
        vector_hold(&code->scope,
                    node_read(code->program->arena, target, subscript),
                    thread_let(code->program, target->name, value));
}

void contraction_store_results(struct contraction_code *code,
                               const struct thread_expr *sum)
{
        const struct contraction_form *form = code->form;
        const struct vector_memo *memo = code->scope.memo;
        const struct statement *statement = form->statement;
        const struct thread_expr *value;

        vector_hold(&code->scope, form->sum, sum);
        code->scope.hold = true;
        value = store_one(code, statement->target, statement->subscript,
                          form->value, form->stored);
        if (form->fused_count)
                hold_target(code, statement->target, statement->subscript,
                            value);
        for (int f = 0; f < form->fused_count; f++) {
                const struct contraction_fused *fused = &form->fused[f];
                const struct tensor *target = fused->statement->target;

                value = store_one(code, target, fused->subscript, fused->value,
                                  true);
                if (f + 1 < form->fused_count)
                        hold_target(code, target, fused->subscript, value);
        }
        code->scope.hold = false;
        code->scope.memo = memo;
}

/* Neighbouring columns are neighbours in target. */
static bool writes_vectors(const struct tensor *target,
                           const struct expr *const *subscript,
                           const struct index *vector)
{
        for (int d = 0; d < target->rank - 1; d++)
                if (vector_depends(subscript[d], vector))
                        return false;
        return target->rank > 0 &&
               subscript[target->rank - 1]->op == EXPR_INDEX &&
               contraction_same_index(subscript[target->rank - 1]->value.index,
                                      vector);
}

bool contraction_stores_vectors(const struct contraction_form *form)
{
        const struct statement *statement = form->statement;

        if (!vector_can(form->value, form->vector) ||
            (form->stored &&
             !writes_vectors(statement->target, statement->subscript,
                             form->vector)))
                return false;
        for (int f = 0; f < form->fused_count; f++)
                if (!vector_can(form->fused[f].value, form->vector) ||
                    !writes_vectors(form->fused[f].statement->target,
                                    form->fused[f].subscript, form->vector))
                        return false;
        return true;
}

/* --- a finished tile --------------------------------------------------------
 */

/* `count` columns of one row, held from offset `from` on. */
static void finish_row(struct contraction_code *code,
                       const struct thread_expr *column,
                       const struct thread_expr *from,
                       const struct thread_expr *count, bool whole)
{
        struct thread_program *program = code->program;
        const struct index *vector = code->form->vector;
        bool vectors = contraction_stores_vectors(code->form);
        int lanes = vectors ? code->lanes : 1;
        const struct thread_expr *c, *active = NULL;

        c = thread_for(program, "c", thread_int(program, 0), count, lanes);
        if (vectors && !whole)
                active = thread_let(program, "active",
                                    thread_min(program,
                                               thread_int(program, lanes),
                                               thread_sub(program, count, c)));
        vector_bind_lanes(&code->scope, vector,
                          thread_add(program,
                                     vector_lower(&code->scope, vector->lo),
                                     thread_add(program, column, c)),
                          lanes, active);
        contraction_store_results(
                code, thread_load(program, code->tile,
                                  thread_add(program, from, c), lanes));
        vector_bind_lanes(&code->scope, vector, NULL, 1, NULL);
        thread_end(program);
}

/* The tile's rows that exist, whole or cut to the columns that exist. */
static void finish_rows(struct contraction_code *code,
                        const struct thread_expr *row,
                        const struct thread_expr *column, bool whole)
{
        struct thread_program *program = code->program;
        const struct contraction_indices *rows = &code->form->rows;
        const struct thread_expr *width =
                thread_int(program, code->tile_columns);
        const struct thread_expr *count = width, *r;

        if (!whole)
                count = thread_let(
                        program, "wide",
                        thread_min(
                                program, width,
                                thread_sub(program, code->columns, column)));
        r = thread_for(program, "r", thread_int(program, 0),
                       thread_min(program,
                                  thread_int(program, code->tile_rows),
                                  thread_sub(program, code->rows, row)),
                       1);
        contraction_bind(code, rows, rows->count, thread_add(program, row, r));
        finish_row(code, column, thread_mul(program, r, width), count, whole);
        thread_end(program);
}

void contraction_finish_tile(struct contraction_code *code,
                             const struct thread_expr *row,
                             const struct thread_expr *column)
{
        struct thread_program *program = code->program;

        if (thread_is_multiple(program, code->columns, code->tile_columns)) {
                finish_rows(code, row, column, true);
                return;
        }
        thread_if(program, contraction_is_whole(code, column));
        finish_rows(code, row, column, true);
        thread_else(program);
        finish_rows(code, row, column, false);
        thread_end(program);
}
