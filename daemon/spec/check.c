/*
 * From text to a checked spec: the order of the passes, the table of names,
 * and how errors are said.
 *
 * Declarations may stand in any order, so constants come first, then sizes,
 * parameters, tensors and macros; statements follow in the order of the file
 * because a use must come after its definition.
 */
#include "spec/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "spec/canon.h"
#include "spec/functions.h"

enum { ARENA_BYTES = 96 << 20 };

/* Errors inside a macro of the library point to the call, which is all that
 * the author can change. */
int check_error(const struct check *check, int line, int column,
                const char *format, ...)
{
        char text[ERROR_TEXT_BYTES / 2], inside[128] = "";
        const struct expansion *e = check->expansion;
        va_list list;

        va_start(list, format);
        vsnprintf(text, sizeof(text), format, list);
        va_end(list);
        if (e && e->macro->library) {
                line = e->line;
                column = e->column;
                snprintf(inside, sizeof(inside), " (inside %s)",
                         e->macro->name);
        } else if (e) {
                snprintf(inside, sizeof(inside), " (%s is used at %d:%d)",
                         e->macro->name, e->line, e->column);
        }
        return error_set(check->err, ERR_INPUT, "%s:%d:%d: %s%s",
                         check->spec->file, line, column, text, inside);
}

int check_memory(const struct check *check)
{
        if (arena_failed(check->arena) != ERR_LIMIT &&
            arena_failed(check->scratch) != ERR_LIMIT)
                return error_memory(check->err);
        return error_set(check->err, ERR_LIMIT,
                         "%s: the spec is too large: its tree would pass %d "
                         "MiB",
                         check->spec->file, ARENA_BYTES >> 20);
}

/* Linear: a spec has few names, and a hostile one has a limit of them. */
const struct named *check_find(const struct check *check, const char *name)
{
        for (int i = 0; i < check->name_count; i++)
                if (strcmp(check->name[i].name, name) == 0)
                        return &check->name[i];
        return NULL;
}

int check_reserved(const struct check *check, const char *name, int line,
                   int column)
{
        const char *why;

        if (function_reserved(name, &why))
                return check_error(check, line, column,
                                   "'%s' is %s; choose another name", name,
                                   why);
        if (name[0] == '_')
                return check_error(check, line, column,
                                   "'%s' begins with an underscore; names "
                                   "begin with a letter",
                                   name);
        return 0;
}

/* Indices count too, because each has a place in the spec. */
int check_declare(struct check *check, const struct named *named)
{
        const struct named *other = check_find(check, named->name);
        int rc =
                check_reserved(check, named->name, named->line, named->column);

        if (rc)
                return rc;
        if (other)
                return check_error(check, named->line, named->column,
                                   "'%s' is already declared at %d:%d; "
                                   "choose another name",
                                   named->name, other->line, other->column);
        if (check->name_count + check->spec->index_count >= LIMIT_SPEC_NAMES)
                return check_error(check, named->line, named->column,
                                   "a spec has at most %d names, indices "
                                   "included",
                                   LIMIT_SPEC_NAMES);
        check->name[check->name_count++] = *named;
        return 0;
}

/* An index that hides another would make ranges ambiguous. */
int check_index_name(const struct check *check, const char *name, int line,
                     int column)
{
        static const char *const what[] = {
                "a size", "a constant", "a parameter", "a tensor", "a macro"};
        const struct named *other = check_find(check, name);

        if (other)
                return check_error(check, line, column,
                                   "'%s' is %s, declared at %d:%d, and "
                                   "cannot be an index too; choose another "
                                   "name",
                                   name, what[other->what], other->line,
                                   other->column);
        for (int i = 0; i < check->scope_count; i++)
                if (strcmp(check->scope[i].index->name, name) == 0)
                        return check_error(
                                check, line, column,
                                "'%s' is already an index here, since %d:%d;"
                                " choose another name",
                                name, check->scope[i].index->line,
                                check->scope[i].index->column);
        return check_reserved(check, name, line, column);
}

/* A list of what could stand here, for text_suggest to choose from. */
const char *check_suggest(const struct check *check, const char *name,
                          int what)
{
        const char
                *list[LIMIT_SPEC_NAMES + SCOPE_MAXIMUM + FUNCTION_NAMES + 64];
        const char *near;
        int n = 0;

        /* Any letter is near any other. */
        if (strlen(name) < 2)
                return "";
        for (int i = 0; i < check->name_count; i++)
                if (what & 1 << check->name[i].what)
                        list[n++] = check->name[i].name;
        for (int i = 0; what & SUGGEST_INDICES && i < check->scope_count; i++)
                list[n++] = check->scope[i].index->name;
        if (what & SUGGEST_FUNCTIONS) {
                int room = 60;

                n += function_names(&list[n]);
                for (const struct syntax_macro *m = check->library->macro;
                     m && room > 0; m = m->next, room--)
                        list[n++] = m->name;
        }
        list[n] = NULL;
        near = text_suggest(name, list);
        near = near ? arena_printf(check->scratch, " (did you mean %s?)", near)
                    : "";
        return near ? near : "";
}

/* A text that would fill the message is left out. */
const char *check_text(const struct check *check, const struct expr *expr)
{
        const char *text = NULL;
        struct buf out;

        buf_init(&out, 1 << 12);
        canon_print_expr(expr, &out);
        if (!out.failed)
                text = arena_strndup(check->scratch, out.data, out.length);
        buf_dispose(&out);
        return text ? text : "this expression";
}

/* Every declared tensor has a definition and there is something to compute. */
static int check_outputs(const struct check *check)
{
        const struct spec *spec = check->spec;
        int outputs = 0;

        for (int i = 0; i < spec->tensor_count; i++) {
                const struct tensor *t = spec->tensor[i], *other;

                outputs += t->role == TENSOR_OUT;
                if (t->role == TENSOR_IN || t->defined_by || spec->reference)
                        continue;
                other = check_target_unread(spec, t);
                if (other)
                        return check_error(
                                check, t->line, t->column,
                                "'%s' is declared but no statement defines "
                                "it; '%s', defined at %d:%d, is read nowhere: "
                                "did you mean %s there?",
                                t->name, other->name, other->line,
                                other->column, t->name);
                return check_error(check, t->line, t->column,
                                   "'%s' is declared but no statement "
                                   "defines it",
                                   t->name);
        }
        if (!outputs)
                return check_error(check, check->file->line,
                                   check->file->column,
                                   "a kernel needs an output; declare one "
                                   "with out NAME: TYPE[...]");
        return 0;
}

static int check_accuracy(struct check *check)
{
        const struct syntax *syntax = check->file->accuracy;
        struct number number;
        int rc;

        if (!syntax)
                return 0;
        rc = check_constant(check, syntax, "an accuracy", &number);
        if (rc)
                return rc;
        if (number.kind == KIND_BOOLEAN ||
            !(number.real > 0 && number.real <= 1))
                return check_error(
                        check, syntax->line, syntax->column,
                        "an accuracy is a number between 0 and 1, such "
                        "as 1e-3");
        check->spec->accuracy = number.real;
        return 0;
}

/* The order of the passes; see the head of this file. */
static int check_spec(struct check *check)
{
        int rc;

        check->spec->name = arena_strdup(check->arena, check->file->name);
        if (!check->spec->name)
                return check_memory(check);
        check->spec->allow_tf32 = check->file->allow_tf32;
        check->spec->bitwise = check->file->bitwise;
        rc = check_macros(check);
        if (!rc)
                rc = check_declarations(check);
        if (!rc)
                rc = check_accuracy(check);
        if (!rc)
                rc = check_reference(check);
        if (!rc)
                rc = check_statements(check);
        if (!rc)
                rc = check_outputs(check);
        if (!rc)
                rc = check_workloads(check);
        if (!rc && arena_failed(check->arena))
                rc = check_memory(check);
        return rc;
}

/* Parsed again for every spec: it takes microseconds and shares no state. */
static int parse_library(struct check *check)
{
        struct syntax_file *library;
        int rc = parse_file(library_text, strlen(library_text), "library",
                            check->scratch, &library, check->err);

        if (rc)
                return rc;
        check->library = library;
        for (struct syntax_macro *m = library->macro; m; m = m->next) {
                m->library = true;
                check_macro_uses(check, m);
        }
        return 0;
}

/* Everything that is not part of the result dies with the scratch arena. */
static int spec_build(struct spec *spec, const char *text, size_t length,
                      struct error *err)
{
        struct check *check = calloc(1, sizeof(*check));
        struct syntax_file *file;
        int rc;

        if (!check)
                return error_memory(err);
        check->spec = spec;
        check->arena = spec->arena;
        check->err = err;
        check->scratch = arena_new(ARENA_BYTES);
        rc = check->scratch ? parse_library(check) : error_memory(err);
        if (!rc)
                rc = parse_file(text, length, spec->file, check->scratch,
                                &file, err);
        if (!rc) {
                check->file = file;
                rc = check_spec(check);
        }
        arena_free(check->scratch);
        free(check);
        return rc;
}

/* The spec is made inside its own arena: freeing is one call. */
int spec_parse(const char *text, size_t length, const char *file,
               struct spec **spec, struct error *err)
{
        struct arena *arena;
        struct spec *made;
        int rc;

        *spec = NULL;
        if (length > LIMIT_SPEC_BYTES)
                return error_set(err, ERR_LIMIT,
                                 "%s: a spec has at most %d "
                                 "KiB",
                                 file, LIMIT_SPEC_BYTES >> 10);
        arena = arena_new(ARENA_BYTES);
        made = arena ? arena_alloc(arena, sizeof(*made)) : NULL;
        if (!made) {
                arena_free(arena);
                return error_memory(err);
        }
        made->arena = arena;
        made->file = arena_strdup(arena, file);
        made->text = arena_strndup(arena, text, length);
        rc = made->file && made->text ? spec_build(made, text, length, err)
                                      : error_memory(err);
        if (!rc)
                rc = canon_hash(made, made->hash, err);
        if (rc)
                arena_free(arena);
        else
                *spec = made;
        return rc;
}

int spec_set_reference(struct spec *spec, const char *text, size_t length,
                       struct error *err)
{
        struct reference *r = (struct reference *)spec->reference;
        char parts[2 * HASH_TEXT_BYTES];

        if (length > LIMIT_SOURCE_BYTES / 4)
                return error_set(err, ERR_LIMIT,
                                 "%s: the reference %s has %zu KiB; at most "
                                 "%d are read",
                                 spec->file, r->file, length >> 10,
                                 LIMIT_SOURCE_BYTES >> 12);
        r->text = arena_strndup(spec->arena, text, length);
        if (!r->text)
                return error_memory(err);
        memcpy(parts, spec->hash, HASH_TEXT_BYTES);
        hash_bytes(text, length, parts + HASH_TEXT_BYTES);
        hash_bytes(parts, sizeof(parts), spec->hash);
        return 0;
}

void spec_free(struct spec *spec)
{
        if (spec)
                arena_free(spec->arena);
}
