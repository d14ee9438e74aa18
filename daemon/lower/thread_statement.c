/*
 * Stages and statements of a thread program, appended at its cursor.
 */
#include <stdarg.h>

#include "core/arena.h"
#include "lower/thread_inner.h"

static struct thread_statement *statement_add(struct thread_program *program,
                                              enum thread_statement_kind kind)
{
        struct thread_statement *statement =
                arena_alloc(program->arena, sizeof *statement);
        struct thread_block *block = program->cursor;

        if (!block) {
                thread_fail(program, ERR_INTERNAL,
                            "a statement outside a stage");
                return &program->spare_statement;
        }
        if (!statement)
                return &program->spare_statement;
        statement->kind = kind;
        if (block->last)
                block->last->next = statement;
        else
                block->first = statement;
        block->last = statement;
        return statement;
}

static void block_open(struct thread_program *program,
                       struct thread_statement *owner,
                       struct thread_block *block)
{
        if (owner == &program->spare_statement)
                return;
        block->outer = program->cursor;
        block->owner = owner;
        program->cursor = block;
}

static struct thread_variable *variable_new(struct thread_program *program,
                                            const char *name,
                                            struct thread_type type)
{
        struct thread_variable *variable =
                arena_alloc(program->arena, sizeof *variable);

        if (!variable)
                return &program->spare_variable;
        variable->name = thread_take_name(program, name);
        variable->type = type;
        return variable;
}

static const struct thread_expr *variable_read(
        struct thread_program *program, struct thread_variable *variable)
{
        struct thread_expr *expr = arena_alloc(program->arena, sizeof *expr);

        if (!expr)
                return &program->spare_expr;
        expr->op = THREAD_VARIABLE;
        expr->type = variable->type;
        expr->value.variable = variable;
        return expr;
}

struct thread_array *thread_private(struct thread_program *program,
                                    const char *name, struct thread_type type,
                                    int64_t count)
{
        struct thread_statement *statement =
                statement_add(program, THREAD_ARRAY);

        statement->array = thread_array_new(
                program, thread_take_name(program, name), THREAD_PRIVATE, type,
                thread_int(program, count));
        return statement->array;
}

const struct thread_expr *thread_stage_begin(struct thread_program *program,
                                             const char *name,
                                             const struct thread_expr *tasks)
{
        struct thread_stage *stage =
                arena_alloc(program->arena, sizeof *stage);
        struct thread_variable *task =
                arena_alloc(program->arena, sizeof *task);

        if (program->open)
                thread_fail(program, ERR_INTERNAL, "stage %s is still open",
                            program->open->name);
        if (program->stage_count == LIMIT_STAGES)
                thread_fail(program, ERR_UNSUPPORTED,
                            "the kernel needs more than %d stages",
                            LIMIT_STAGES);
        if (!stage || !task || program->failure.code)
                stage = &program->spare_stage;
        else
                program->stage[program->stage_count] = stage;
        stage->name = thread_take_name(program, name);
        if (stage != &program->spare_stage)
                program->stage_count++;
        if (!task)
                task = &program->spare_variable;
        task->name = "task";
        task->type = thread_scalar(DTYPE_I64);
        stage->tasks = tasks;
        stage->task = task;
        program->open = stage;
        program->cursor = &stage->block;
        return variable_read(program, task);
}

void thread_stage_end(struct thread_program *program)
{
        if (!program->open || program->cursor != &program->open->block)
                thread_fail(program, ERR_INTERNAL,
                            "a loop or condition is still open");
        program->open = NULL;
        program->cursor = NULL;
}

const struct thread_expr *thread_group(struct thread_program *program,
                                       int items)
{
        struct thread_stage *stage = program->open;
        struct thread_variable *item;

        if (!stage || stage->group || items < 1 || items & (items - 1)) {
                thread_fail(program, ERR_INTERNAL,
                            "no stage can be a group of %d here", items);
                return &program->spare_expr;
        }
        item = variable_new(program, "item", thread_scalar(DTYPE_I64));
        stage->group = items;
        stage->item = item;
        return variable_read(program, item);
}

struct thread_array *thread_shared(struct thread_program *program,
                                   const char *name, enum dtype dtype,
                                   int64_t count)
{
        struct thread_block *cursor = program->cursor;
        struct thread_statement *statement;

        if (!program->open || !program->open->group) {
                thread_fail(program, ERR_INTERNAL,
                            "array %s is shared by no group", name);
                return &program->spare_array;
        }
        statement = statement_add(program, THREAD_ARRAY);
        /* Its name is taken in all of the stage. */
        program->cursor = &program->open->block;
        statement->array = thread_array_new(
                program, thread_take_name(program, name), THREAD_SHARED,
                thread_scalar(dtype), thread_int(program, count));
        program->cursor = cursor;
        return statement->array;
}

void thread_barrier(struct thread_program *program)
{
        if (!program->open || !program->open->group)
                thread_fail(program, ERR_INTERNAL, "a barrier of no group");
        statement_add(program, THREAD_BARRIER);
}

void thread_stage_comment(struct thread_program *program, const char *format,
                          ...)
{
        va_list arguments;

        if (!program->open)
                return;
        va_start(arguments, format);
        program->open->comment = thread_text(program, format, arguments);
        va_end(arguments);
}

void thread_comment(struct thread_program *program, const char *format, ...)
{
        va_list arguments;
        struct thread_statement *statement =
                statement_add(program, THREAD_COMMENT);

        va_start(arguments, format);
        statement->text = thread_text(program, format, arguments);
        va_end(arguments);
}

static const struct thread_expr *declare(struct thread_program *program,
                                         const char *name,
                                         const struct thread_expr *value,
                                         bool assigned)
{
        struct thread_variable *variable =
                variable_new(program, name, value->type);
        struct thread_statement *statement =
                statement_add(program, THREAD_DECLARE);

        variable->value = value;
        variable->assigned = assigned;
        statement->variable = variable;
        statement->value = value;
        return variable_read(program, variable);
}

const struct thread_expr *thread_let(struct thread_program *program,
                                     const char *name,
                                     const struct thread_expr *value)
{
        switch (value->op) {
        case THREAD_INTEGER:
        case THREAD_REAL:
        case THREAD_SIZE:
        case THREAD_PARAM:
                return value;
        case THREAD_VARIABLE:
                if (!value->value.variable->assigned)
                        return value;
                break;
        default:
                break;
        }
        return declare(program, name, value, false);
}

const struct thread_expr *thread_declare(struct thread_program *program,
                                         const char *name,
                                         const struct thread_expr *value)
{
        return declare(program, name, value, false);
}

const struct thread_expr *thread_var(struct thread_program *program,
                                     const char *name,
                                     const struct thread_expr *value)
{
        return declare(program, name, value, true);
}

void thread_assign(struct thread_program *program,
                   const struct thread_expr *variable,
                   const struct thread_expr *value)
{
        struct thread_statement *statement;

        if (variable->op != THREAD_VARIABLE ||
            !variable->value.variable->assigned ||
            value->type.lanes > variable->type.lanes) {
                thread_fail(program, ERR_INTERNAL,
                            "an assignment to what is not a variable of "
                            "that type");
                return;
        }
        if (value->type.lanes < variable->type.lanes)
                value = thread_broadcast(program, value, variable->type.lanes);
        statement = statement_add(program, THREAD_ASSIGN);
        statement->variable = variable->value.variable;
        statement->value = thread_cast(program, value, variable->type.dtype);
}

const struct thread_expr *thread_loop(struct thread_program *program,
                                      const char *name,
                                      const struct thread_expr *low,
                                      const struct thread_expr *high,
                                      int64_t step, enum thread_loop loop,
                                      int unroll)
{
        struct thread_statement *statement =
                statement_add(program, THREAD_FOR);
        struct thread_variable *variable;

        statement->low = low;
        statement->high = high;
        statement->step = step;
        statement->loop = loop;
        statement->unroll = unroll;
        /* The variable's name is taken inside the loop only. */
        block_open(program, statement, &statement->body);
        variable = variable_new(program, name, thread_scalar(DTYPE_I64));
        statement->variable = variable;
        return variable_read(program, variable);
}

const struct thread_expr *thread_for(struct thread_program *program,
                                     const char *name,
                                     const struct thread_expr *low,
                                     const struct thread_expr *high,
                                     int64_t step)
{
        return thread_loop(program, name, low, high, step, THREAD_SERIAL, 0);
}

void thread_if(struct thread_program *program,
               const struct thread_expr *condition)
{
        struct thread_statement *statement = statement_add(program, THREAD_IF);

        statement->value = condition;
        block_open(program, statement, &statement->body);
}

void thread_else(struct thread_program *program)
{
        struct thread_block *block = program->cursor;

        if (!block || !block->owner || block->owner->kind != THREAD_IF ||
            block != &block->owner->body) {
                thread_fail(program, ERR_INTERNAL, "an else without an if");
                return;
        }
        program->cursor = block->outer;
        block_open(program, block->owner, &block->owner->otherwise);
}

void thread_end(struct thread_program *program)
{
        if (!program->cursor || !program->cursor->outer)
                thread_fail(program, ERR_INTERNAL,
                            "an end without a loop or condition");
        else
                program->cursor = program->cursor->outer;
}

void thread_store(struct thread_program *program, struct thread_array *array,
                  const struct thread_expr *offset,
                  const struct thread_expr *value)
{
        thread_store_part(program, array, offset, value, NULL, false);
}

void thread_store_part(struct thread_program *program,
                       struct thread_array *array,
                       const struct thread_expr *offset,
                       const struct thread_expr *value,
                       const struct thread_expr *active, bool stream)
{
        struct thread_statement *statement =
                statement_add(program, THREAD_STORE);

        if (array->space == THREAD_INPUT)
                thread_fail(program, ERR_INTERNAL, "a store to input %s",
                            array->name);
        if (value->type.lanes < array->type.lanes)
                value = thread_broadcast(program, value, array->type.lanes);
        statement->array = array;
        statement->offset = offset;
        statement->value = thread_cast(program, value, array->type.dtype);
        statement->active = active;
        statement->stream = stream;
}

void thread_turn(struct thread_program *program, struct thread_array *array)
{
        statement_add(program, THREAD_TURN)->array = array;
}

void thread_prefetch(struct thread_program *program,
                     struct thread_array *array,
                     const struct thread_expr *offset)
{
        struct thread_statement *statement =
                statement_add(program, THREAD_PREFETCH);

        statement->array = array;
        statement->offset = offset;
}
