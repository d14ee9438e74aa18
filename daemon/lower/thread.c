/*
 * Thread programs: the program itself, facts about the whole, arrays.
 *
 * Lowerings are long chains of builder calls, so no call can be asked to
 * check the one before: the first failure sticks in program->failure, every
 * builder still returns something harmless, and thread_finish tells. What
 * leaves thread_finish with 0 is complete: every block closed, every stage
 * knowing the arrays that it touches. Nothing here may depend on a language.
 */
#include "lower/thread_inner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

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

void thread_respec(struct thread_program *program, const struct spec *spec)
{
        program->spec = spec;
        for (int i = 0; i < program->array_count; i++)
                if (program->array[i]->tensor)
                        program->array[i]->tensor =
                                spec->tensor[program->array[i]
                                                     ->tensor->number];
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
        /* Whatever a lowering says after that follows from it. */
        if (arena_failed(program->arena)) {
                error_set(&program->failure, ERR_MEMORY,
                          "out of memory for the program of kernel %s",
                          program->spec->name);
                return;
        }
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        error_set(&program->failure, code, "%s", text);
}

/* --- facts about the whole --- */

char *thread_text(struct thread_program *program, const char *format,
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
        program->comment = thread_text(program, format, arguments);
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
        text = thread_text(program, format, arguments);
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

/* --- arrays --- */

struct thread_array *thread_array_new(struct thread_program *program,
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
        if (space == THREAD_PRIVATE || space == THREAD_SHARED)
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
        array = thread_array_new(program, tensor->name, space,
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
        return thread_take_name(program, made ? made : name);
}

struct thread_array *thread_scratch(struct thread_program *program,
                                    const char *name, enum dtype dtype,
                                    const struct thread_expr *elements,
                                    bool zero)
{
        struct thread_array *array = thread_array_new(
                program, buffer_name(program, name), THREAD_SCRATCH,
                thread_scalar(dtype), elements);

        array->zero = zero;
        return array;
}

struct thread_array *thread_local_buffer(struct thread_program *program,
                                         const char *name, enum dtype dtype,
                                         const struct thread_expr *elements)
{
        struct thread_array *array =
                thread_array_new(program, buffer_name(program, name),
                                 THREAD_LOCAL, thread_scalar(dtype), elements);

        array->owner = program->open;
        return array;
}
