/*
 * Closing a thread program: which arrays each stage touches, which variables
 * anything reads. What leaves thread_finish with 0 is complete.
 */

#include "core/arena.h"
#include "lower/thread_inner.h"

/* --- what a stage touches --- */

static void stage_use(struct thread_program *program,
                      struct thread_stage *stage, struct thread_array *array,
                      bool store)
{
        if (array->space == THREAD_PRIVATE || array->space == THREAD_SHARED)
                return;
        if (array->space == THREAD_LOCAL && array->owner != stage)
                thread_fail(program, ERR_INTERNAL,
                            "stage %s uses local %s of another stage",
                            stage->name, array->name);
        for (int i = 0; i < stage->array_count; i++)
                if (stage->array[i] == array) {
                        stage->stores[i] |= store;
                        return;
                }
        if (stage->array_count ==
            (int)(sizeof stage->array / sizeof *stage->array)) {
                thread_fail(program, ERR_LIMIT,
                            "stage %s uses too many arrays", stage->name);
                return;
        }
        stage->stores[stage->array_count] = store;
        stage->array[stage->array_count++] = array;
}

static void stage_use_expr(struct thread_program *program,
                           struct thread_stage *stage,
                           const struct thread_expr *expr)
{
        if (!expr)
                return;
        if (expr->op == THREAD_LOAD || expr->op == THREAD_GATHER)
                stage_use(program, stage, expr->value.array, false);
        for (int i = 0; i < expr->count; i++)
                stage_use_expr(program, stage, expr->arg[i]);
}

static void stage_use_block(struct thread_program *program,
                            struct thread_stage *stage,
                            const struct thread_block *block)
{
        for (const struct thread_statement *s = block->first; s; s = s->next) {
                if (s->kind == THREAD_STORE || s->kind == THREAD_PREFETCH)
                        stage_use(program, stage, s->array,
                                  s->kind == THREAD_STORE);
                stage_use_expr(program, stage, s->value);
                stage_use_expr(program, stage, s->offset);
                stage_use_expr(program, stage, s->active);
                stage_use_expr(program, stage, s->low);
                stage_use_expr(program, stage, s->high);
                stage_use_block(program, stage, &s->body);
                stage_use_block(program, stage, &s->otherwise);
        }
}

/* Inputs, outputs, scratch, locals; in the order of program->array. */
static void stage_sort_arrays(const struct thread_program *program,
                              struct thread_stage *stage)
{
        int count = 0;
        struct thread_array *sorted[THREAD_ARRAYS];
        bool stores[THREAD_ARRAYS];

        for (int space = THREAD_INPUT; space < THREAD_PRIVATE; space++)
                for (int i = 0; i < program->array_count; i++)
                        for (int k = 0; k < stage->array_count; k++)
                                if (stage->array[k] == program->array[i] &&
                                    (int)program->array[i]->space == space) {
                                        stores[count] = stage->stores[k];
                                        sorted[count++] = program->array[i];
                                }
        for (int i = 0; i < count; i++) {
                stage->array[i] = sorted[i];
                stage->stores[i] = stores[i];
        }
}

/* --- what is used --- */

static bool use_expr(const struct thread_expr *expr)
{
        bool changed = false;

        if (!expr)
                return false;
        if (expr->op == THREAD_VARIABLE && !expr->value.variable->used) {
                expr->value.variable->used = true;
                changed = true;
        }
        for (int i = 0; i < expr->count; i++)
                changed |= use_expr(expr->arg[i]);
        return changed;
}

/* Mark the variables that statements read, but not those that only unused
 * declarations read; true when something was new. */
static bool use_block(const struct thread_block *block)
{
        bool changed = false;

        for (const struct thread_statement *s = block->first; s; s = s->next) {
                bool idle = (s->kind == THREAD_DECLARE ||
                             s->kind == THREAD_ASSIGN) &&
                            !s->variable->used;

                if (!idle)
                        changed |= use_expr(s->value);
                changed |= use_expr(s->offset);
                if (s->active && s->value->type.lanes > 1)
                        changed |= use_expr(s->active);
                changed |= use_expr(s->low);
                changed |= use_expr(s->high);
                changed |= use_block(&s->body);
                changed |= use_block(&s->otherwise);
        }
        return changed;
}

int thread_finish(struct thread_program *program, struct error *err)
{
        if (arena_failed(program->arena))
                thread_fail(program, ERR_MEMORY, "out of memory");
        if (program->open)
                thread_fail(program, ERR_INTERNAL, "stage %s is still open",
                            program->open->name);
        if (program->stage_count == 0)
                thread_fail(program, ERR_INTERNAL, "a program without stages");
        for (int i = 0; i < program->stage_count && !program->failure.code;
             i++) {
                struct thread_stage *stage = program->stage[i];

                stage_use_block(program, stage, &stage->block);
                stage_sort_arrays(program, stage);
                while (use_block(&stage->block))
                        ;
        }
        if (program->failure.code)
                return error_set(err, program->failure.code, "%s",
                                 program->failure.text);
        return 0;
}
