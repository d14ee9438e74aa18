/*
 * Thread programs: the program itself, its arrays, stages and statements.
 *
 * Lowerings are long chains of builder calls, so no call can be asked to
 * check the one before: the first failure sticks in program->failure, every
 * builder still returns something harmless, and thread_finish tells. What
 * leaves thread_finish with 0 is complete: every block closed, every stage
 * knowing the arrays that it touches. Nothing here may depend on a language.
 */
#include "lower/thread.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"

/* A name that is taken inside a stage. */
struct thread_name {
        const char *text;
        struct thread_name *next;
};

struct thread_program *thread_new(const struct spec *spec)
{
        struct thread_program *program = calloc(1, sizeof *program);

        if (!program)
                return NULL;
        program->arena = arena_new(THREAD_ARENA_BYTES);
        if (!program->arena) {
                free(program);
                return NULL;
        }
        program->spec = spec;
        for (int i = 0; i < LIMIT_SIZES; i++)
                program->fixed[i] = -1;
        for (int i = 0; i < spec->tensor_count; i++)
                if (spec->tensor[i]->nonfinite)
                        program->nonfinite = true;
        /* All of them, so that no variable takes an argument's name. */
        for (int i = 0; i < spec->tensor_count; i++)
                if (spec->tensor[i]->role == TENSOR_IN ||
                    spec->tensor[i]->role == TENSOR_OUT)
                        thread_tensor(program, spec->tensor[i]);
        return program;
}

void thread_free(struct thread_program *program)
{
        if (!program)
                return;
        arena_free(program->arena);
        free(program);
}

void thread_fail(struct thread_program *program, int code, const char *format,
                 ...)
{
        va_list arguments;
        char text[ERROR_TEXT_BYTES];

        if (program->failure.code)
                return;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        error_set(&program->failure, code, "%s", text);
}

/* --- what a stage touches ----------------------------------------------- */

static void stage_use(struct thread_program *program,
                      struct thread_stage *stage, struct thread_array *array,
                      bool store)
{
        if (array->space == THREAD_PRIVATE)
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

/* --- what is used ----------------------------------------------------------
 */

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
                changed |= use_expr(s->offset) | use_expr(s->active) |
                           use_expr(s->low) | use_expr(s->high);
                changed |= use_block(&s->body) | use_block(&s->otherwise);
        }
        return changed;
}

int thread_finish(struct thread_program *program, struct error *err)
{
        if (arena_failed(program->arena))
                thread_fail(program, ERR_MEMORY,
                            "out of memory for the program of kernel %s",
                            program->spec->name);
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

/* --- facts about the whole ---------------------------------------------- */

static char *print_text(struct thread_program *program, const char *format,
                        va_list arguments)
{
        char text[1024];
        char *copy;

        vsnprintf(text, sizeof text, format, arguments);
        copy = arena_strdup(program->arena, text);
        return copy;
}

void thread_describe(struct thread_program *program, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        program->comment = print_text(program, format, arguments);
        va_end(arguments);
}

/* A fixed size becomes a macro of its own name, which must not rewrite
 * anything else in a source: capitals, digits and _ only. */
bool thread_can_fix(const struct size *size)
{
        for (const char *c = size->name; *c; c++)
                if (*c != '_' && !(*c >= 'A' && *c <= 'Z') &&
                    !(*c >= '0' && *c <= '9'))
                        return false;
        return size->name[0] >= 'A' && size->name[0] <= 'Z';
}

void thread_fix(struct thread_program *program, const struct size *size,
                int64_t value)
{
        if (!thread_can_fix(size))
                thread_fail(program, ERR_UNSUPPORTED,
                            "size %s cannot be fixed: its name would be a "
                            "macro; write it in capitals",
                            size->name);
        else if (value < 0)
                thread_fail(program, ERR_UNSUPPORTED,
                            "size %s has no value to fix", size->name);
        else
                program->fixed[size->number] = value;
}

void thread_when(struct thread_program *program, const char *format, ...)
{
        va_list arguments;
        char *text;

        va_start(arguments, format);
        text = print_text(program, format, arguments);
        va_end(arguments);
        for (int i = 0; text && i < program->when_count; i++)
                if (strcmp(program->when[i], text) == 0)
                        return;
        if (program->when_count == THREAD_WHENS)
                thread_fail(program, ERR_LIMIT, "too many `when` conditions");
        else if (text)
                program->when[program->when_count++] = text;
}

void thread_when_multiple(struct thread_program *program,
                          const struct size *size, int64_t factor)
{
        int64_t *multiple = &program->multiple[size->number];

        if (*multiple == 0 || *multiple % factor != 0) {
                thread_when(program, "%s %% %lld == 0", size->name,
                            (long long)factor);
                *multiple = factor;
        }
}

/* --- names -------------------------------------------------------------- */

/* Words that a variable of a printed source must not be called: of C, and of
 * the C library where a program may call it. */
static const char *const reserved_words[] = {
        "auto",     "break",    "case",     "char",     "const",   "continue",
        "default",  "do",       "double",   "else",     "enum",    "extern",
        "float",    "for",      "goto",     "if",       "inline",  "int",
        "long",     "register", "restrict", "return",   "short",   "signed",
        "sizeof",   "static",   "struct",   "switch",   "typedef", "typeof",
        "union",    "unsigned", "void",     "volatile", "while",   "asm",
        "task",     "main",     "memcpy",   "memset",   "isnan",   "isinf",
        "half",     "double2",  "kernel",   "global",   "local",   "private",
        "int8_t",   "int16_t",  "int32_t",  "int64_t",  "uint8_t", "uint16_t",
        "uint32_t", "uint64_t", "unix",     "linux",    NULL};

bool thread_reserved(const char *name)
{
        for (int i = 0; reserved_words[i]; i++)
                if (strcmp(reserved_words[i], name) == 0)
                        return true;
        /* The math library's functions, with and without suffix. */
        for (int i = 0; i < FN_COUNT; i++) {
                const char *word = function_name((enum function)i);
                size_t length = strlen(word);

                if (strncmp(word, name, length) == 0 &&
                    (name[length] == 0 ||
                     (name[length] == 'f' && name[length + 1] == 0)))
                        return true;
        }
        return false;
}

static bool name_is_taken(const struct thread_program *program,
                          const char *name)
{
        const struct spec *spec = program->spec;

        if (thread_reserved(name) || text_equal(name, spec->name) ||
            spec_find_size(spec, name) || spec_find_param(spec, name))
                return true;
        for (int i = 0; i < program->array_count; i++)
                if (text_equal(program->array[i]->name, name))
                        return true;
        for (int i = 0; i < program->stage_count; i++)
                if (text_equal(program->stage[i]->name, name))
                        return true;
        for (const struct thread_block *b = program->cursor; b; b = b->outer)
                for (const struct thread_name *n = b->names; n; n = n->next)
                        if (text_equal(n->text, name))
                                return true;
        return false;
}

/* name itself when it is free at the cursor, else name_2, name_3, ... */
static const char *name_take(struct thread_program *program, const char *name)
{
        char text[2 * LIMIT_NAME_BYTES];
        struct thread_name *taken;
        int number = 1;

        snprintf(text, sizeof text, "%.64s", name);
        while (name_is_taken(program, text))
                snprintf(text, sizeof text, "%.64s_%d", name, ++number);
        taken = arena_alloc(program->arena, sizeof *taken);
        if (!taken || !(taken->text = arena_strdup(program->arena, text)))
                return "_";
        if (program->cursor) {
                taken->next = program->cursor->names;
                program->cursor->names = taken;
        }
        return taken->text;
}

/* --- arrays ------------------------------------------------------------- */

static struct thread_array *array_new(struct thread_program *program,
                                      const char *name,
                                      enum thread_space space,
                                      struct thread_type type,
                                      const struct thread_expr *elements)
{
        struct thread_array *array =
                arena_alloc(program->arena, sizeof *array);

        if (!array)
                return &program->spare_array;
        array->name = name;
        array->space = space;
        array->type = type;
        array->elements = elements;
        if (space == THREAD_PRIVATE)
                return array;
        if (program->array_count == THREAD_ARRAYS)
                thread_fail(program, ERR_LIMIT, "too many arrays");
        else
                program->array[program->array_count++] = array;
        return array;
}

struct thread_array *thread_tensor(struct thread_program *program,
                                   const struct tensor *tensor)
{
        struct thread_array *array;
        enum thread_space space =
                tensor->role == TENSOR_IN ? THREAD_INPUT : THREAD_OUTPUT;

        for (int i = 0; i < program->array_count; i++)
                if (program->array[i]->tensor == tensor)
                        return program->array[i];
        if (tensor->role != TENSOR_IN && tensor->role != TENSOR_OUT)
                thread_fail(program, ERR_INTERNAL,
                            "%s has no storage of its own", tensor->name);
        array = array_new(program, tensor->name, space,
                          thread_scalar(tensor->dtype), NULL);
        array->tensor = tensor;
        return array;
}

/* Buffers are named in the source's header next to tensors: what a tensor of
 * the spec is called, its buffer is not. */
static const char *buffer_name(struct thread_program *program,
                               const char *name)
{
        const char *made = name;

        if (spec_find_tensor(program->spec, name))
                made = arena_printf(program->arena, "%s_all", name);
        return name_take(program, made ? made : name);
}

struct thread_array *thread_scratch(struct thread_program *program,
                                    const char *name, enum dtype dtype,
                                    const struct thread_expr *elements,
                                    bool zero)
{
        struct thread_array *array =
                array_new(program, buffer_name(program, name), THREAD_SCRATCH,
                          thread_scalar(dtype), elements);

        array->zero = zero;
        return array;
}

struct thread_array *thread_local_buffer(struct thread_program *program,
                                         const char *name, enum dtype dtype,
                                         const struct thread_expr *elements)
{
        struct thread_array *array =
                array_new(program, buffer_name(program, name), THREAD_LOCAL,
                          thread_scalar(dtype), elements);

        array->owner = program->open;
        return array;
}

/* --- statements --------------------------------------------------------- */

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
        variable->name = name_take(program, name);
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

        statement->array =
                array_new(program, name_take(program, name), THREAD_PRIVATE,
                          type, thread_int(program, count));
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
        stage->name = name_take(program, name);
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

void thread_stage_comment(struct thread_program *program, const char *format,
                          ...)
{
        va_list arguments;

        if (!program->open)
                return;
        va_start(arguments, format);
        program->open->comment = print_text(program, format, arguments);
        va_end(arguments);
}

void thread_comment(struct thread_program *program, const char *format, ...)
{
        va_list arguments;
        struct thread_statement *statement =
                statement_add(program, THREAD_COMMENT);

        va_start(arguments, format);
        statement->text = print_text(program, format, arguments);
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
            !variable->value.variable->assigned) {
                thread_fail(program, ERR_INTERNAL,
                            "an assignment to what is not a variable");
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

void thread_prefetch(struct thread_program *program,
                     struct thread_array *array,
                     const struct thread_expr *offset)
{
        struct thread_statement *statement =
                statement_add(program, THREAD_PREFETCH);

        statement->array = array;
        statement->offset = offset;
}
