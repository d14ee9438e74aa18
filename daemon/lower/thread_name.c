/*
 * Names of variables and buffers: unique where they can be seen, and never a
 * word that a printed source means something else with.
 */
#include <stdio.h>
#include <string.h>

#include "core/arena.h"
#include "core/text.h"
#include "lower/thread_inner.h"

/* A name that is taken inside a stage. */
struct thread_name {
        const char *text;
        struct thread_name *next;
};

/* Words that a variable of a printed source must not be called: of C, of
 * OpenCL C, and of their libraries where a program may call them. */
static const char *const reserved_words[] = {
        "auto", "break", "case", "char", "const", "continue", "default", "do",
        "double", "else", "enum", "extern", "float", "for", "goto", "if",
        "inline", "int", "long", "register", "restrict", "return", "short",
        "signed", "sizeof", "static", "struct", "switch", "typedef", "typeof",
        "union", "unsigned", "void", "volatile", "while", "asm", "task",
        "main", "memcpy", "memset", "isnan", "isinf", "fabs", "fabsf", "rint",
        "rintf", "fmin", "fmax", "int8_t", "int16_t", "int32_t", "int64_t",
        "uint8_t", "uint16_t", "uint32_t", "uint64_t", "unix", "linux", "NAN",
        "INFINITY", "NULL", "bool", "true", "false",
        /* Of OpenCL C. */
        "kernel", "global", "local", "constant", "private", "generic",
        "read_only", "write_only", "read_write", "uniform", "pipe", "half",
        "quad", "complex", "imaginary", "uchar", "ushort", "uint", "ulong",
        "size_t", "ptrdiff_t", "intptr_t", "uintptr_t", "event_t", "queue_t",
        "sampler_t", "ndrange_t", "clk_event_t", "reserve_id_t", "image1d_t",
        "image1d_array_t", "image1d_buffer_t", "image2d_t", "image2d_array_t",
        "image2d_depth_t", "image2d_array_depth_t", "image2d_msaa_t",
        "image2d_array_msaa_t", "image2d_msaa_depth_t",
        "image2d_array_msaa_depth_t", "image3d_t", "barrier", "vload_half",
        "vstore_half_rte", "as_float", "as_uint", "get_group_id",
        "get_local_id", "floor_div", "floor_mod", "min_int", "max_int", NULL};

/* float4, uchar16: the vectors of OpenCL C. */
static bool is_vector_type(const char *name)
{
        static const char *const elements[] = {
                "char", "uchar", "short",  "ushort", "int",  "uint", "long",
                "half", "float", "double", "ulong",  "quad", "bool"};
        static const char *const lanes[] = {"2", "3", "4", "8", "16"};
        size_t length = strcspn(name, "0123456789");

        for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
                if (strlen(elements[i]) != length ||
                    strncmp(elements[i], name, length) != 0)
                        continue;
                for (size_t k = 0; k < sizeof lanes / sizeof *lanes; k++)
                        if (text_equal(name + length, lanes[k]))
                                return true;
        }
        return false;
}

bool thread_reserved(const char *name)
{
        for (int i = 0; reserved_words[i]; i++)
                if (strcmp(reserved_words[i], name) == 0)
                        return true;
        if (is_vector_type(name))
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
const char *thread_take_name(struct thread_program *program, const char *name)
{
        /* Headers know names as long as those of specs. */
        const int most = LIMIT_NAME_BYTES - 1, cut = LIMIT_NAME_BYTES - 8;
        char text[LIMIT_NAME_BYTES];
        struct thread_name *taken;
        int number = 1;

        snprintf(text, sizeof text, "%.*s",
                 strlen(name) > (size_t)most ? cut : most, name);
        while (name_is_taken(program, text))
                snprintf(text, sizeof text, "%.*s_%d", cut, name, ++number);
        taken = arena_alloc(program->arena, sizeof *taken);
        if (!taken || !(taken->text = arena_strdup(program->arena, text)))
                return "_";
        if (program->cursor) {
                taken->next = program->cursor->names;
                program->cursor->names = taken;
        }
        return taken->text;
}
