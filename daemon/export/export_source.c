/*
 * One program as a C file: the source as it was verified, with its fixed
 * sizes, tunables and constants as macros in front, and the entry points
 * behind it through which the harness called it too.
 *
 * Many sources end up in one library, so everything that a source defines
 * gets the program's prefix. Which names that are is read from its object,
 * compiled as the library compiles it, and from its text: other processors
 * see other parts of it, and for some nothing can be compiled here.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/c/compile.h"
#include "backends/c/elf.h"
#include "backends/c/thunk.h"
#include "core/text.h"
#include "export/export_plan.h"
#include "repo/scan.h"

/* What a person can have written: the linker's own begin with _ and a
 * capital letter, the compiler's clones hold a dot. */
static bool is_identifier(const char *name)
{
        if (name[0] == '_' && isupper((unsigned char)name[1]))
                return false;
        if (!isalpha((unsigned char)*name) && *name != '_')
                return false;
        while (isalnum((unsigned char)*name) || *name == '_')
                name++;
        return *name == 0;
}

/* Each once, and no macro of the program. */
static void rename_one(const struct export_program *p, const char *name,
                       struct buf *out)
{
        static const char entry[] = "__kevo_stage_";
        char line[512];

        snprintf(line, sizeof line, "#define %.400s ", name);
        if (!is_identifier(name) || strstr(out->data, line))
                return;
        if (text_starts(name, entry))
                buf_printf(out, "%s%s_stage_%s\n", line, p->symbol,
                           name + strlen(entry));
        else
                buf_printf(out, "%s%s_%s\n", line, p->symbol, name);
}

/* --- names of an object ------------------------------------------------ */

struct symbols {
        struct elf elf;
        const Elf64_Shdr *strings;
        const Elf64_Sym *symbol;
        size_t count; /* 0: nothing was compiled */
};

static int read_symbols(struct symbols *s, const struct build *build,
                        const char *path, struct error *err)
{
        const Elf64_Shdr *table;
        int rc = elf_open(&s->elf, build->object, build->length, err);

        if (rc < 0)
                return rc;
        table = elf_find_section(&s->elf, SHT_SYMTAB);
        s->symbol = table ? elf_section_data(&s->elf, table) : NULL;
        if (!s->symbol || table->sh_link >= (unsigned)s->elf.section_count)
                return error_set(err, ERR_INTERNAL,
                                 "%s: the build has no symbols", path);
        s->strings = s->elf.section + table->sh_link;
        s->count = table->sh_size / sizeof *s->symbol;
        return 0;
}

static const char *symbol_name(const struct symbols *s, size_t i)
{
        return elf_string(&s->elf, s->strings, s->symbol[i].st_name);
}

/* Functions and objects that the build defines. */
static void rename_symbols(const struct export_program *p,
                           const struct symbols *s, struct buf *out)
{
        for (size_t i = 0; i < s->count; i++) {
                int type = ELF64_ST_TYPE(s->symbol[i].st_info);

                if (s->symbol[i].st_shndx != SHN_UNDEF &&
                    (type == STT_FUNC || type == STT_OBJECT))
                        rename_one(p, symbol_name(s, i), out);
        }
}

/* Does the build take it from a library? "expf@GLIBC_2.27" */
static bool is_outside(const struct symbols *s, const char *name)
{
        size_t n = strlen(name);

        for (size_t i = 0; i < s->count; i++) {
                const char *other = symbol_name(s, i);

                if (s->symbol[i].st_shndx == SHN_UNDEF &&
                    strncmp(other, name, n) == 0 &&
                    (other[n] == 0 || other[n] == '@'))
                        return true;
        }
        return false;
}

/* --- names of a text --------------------------------------------------- */

/* A declaration outside of all functions, as far as it was read. */
struct declaration {
        char last[LIMIT_NAME_BYTES * 2];     /* word */
        char function[LIMIT_NAME_BYTES * 2]; /* the word before the last ( */
        bool local; /* static, which no other file sees */
        bool value; /* has one: no function follows */
};

static bool is_word(char c)
{
        return isalnum((unsigned char)c) || c == '_';
}

/* Behind a line of the preprocessor. */
static const char *skip_directive(const char *at)
{
        while (*at && (*at != '\n' || at[-1] == '\\'))
                at++;
        return at;
}

static const char *read_word(struct declaration *d, const char *at)
{
        const char *from = at;

        while (is_word(*at))
                at++;
        snprintf(d->last, sizeof d->last, "%.*s", (int)(at - from), from);
        d->local = d->local || text_equal(d->last, "static");
        return at;
}

/* In float (*fast)(float) = expf; float is no name of anything: what stands
 * before a ( is taken as that of a function, once. */
static void read_parenthesis(struct declaration *d)
{
        snprintf(d->function, sizeof d->function, "%s",
                 *d->last ? d->last : "(");
        *d->last = 0;
}

/* What a text defines for other files in any of its #if, by the form of its
 * declarations: a name before ( ) { or before =. code has no comments and no
 * literals. */
static void rename_words(const struct export_program *p, const char *code,
                         const struct symbols *symbols, struct buf *out)
{
        struct declaration d = {0};
        const char *name = NULL;
        int depth = 0;

        for (const char *at = code; *at; name = NULL) {
                if (*at == '#') {
                        at = skip_directive(at);
                        continue;
                }
                if (depth == 0 && is_word(*at)) {
                        at = read_word(&d, at);
                        continue;
                }
                if (depth == 0 && *at == '(')
                        read_parenthesis(&d);
                else if (depth == 0 && *at == '{' && !d.value)
                        name = d.function;
                else if (depth == 0 && *at == '=')
                        name = d.last, d.value = true;
                /* Not __attribute__((...)) struct s { */
                if (name && *name && !d.local && !text_starts(name, "__") &&
                    !is_outside(symbols, name))
                        rename_one(p, name, out);
                if (strchr("({[", *at))
                        depth++;
                else if (strchr(")}]", *at) && depth > 0)
                        depth--;
                if (depth == 0 &&
                    (*at == ';' || (*at == '}' && !d.value && *d.function)))
                        d = (struct declaration){0};
                at++;
        }
}

static int rename_all(const struct export_program *p,
                      const struct build *build, struct buf *out,
                      struct error *err)
{
        const struct source *source = p->source;
        struct symbols symbols = {0};
        struct scan scan = {0};
        char entry[64];
        int rc = 0;

        for (int i = 0; i < source->stage_count; i++) {
                snprintf(entry, sizeof entry, "__kevo_stage_%d", i);
                rename_one(p, entry, out);
                rename_one(p, source->stage[i].name, out);
        }
        if (build->object)
                rc = read_symbols(&symbols, build, p->path, err);
        if (rc == 0)
                rename_symbols(p, &symbols, out);
        if (rc == 0)
                rc = scan_source(&scan, source->text, source->length,
                                 source->file, "//", err);
        if (rc == 0)
                rename_words(p, scan.code, &symbols, out);
        scan_dispose(&scan);
        return rc;
}

/* --- the file ---------------------------------------------------------- */

/* "-DN=8" as a line. */
static int define_all(const struct export_program *p, struct buf *out,
                      struct error *err)
{
        struct compiler_job *job = calloc(1, sizeof *job);
        char *text = malloc(COMPILE_DEFINES_BYTES);
        int rc;

        if (!job || !text)
                rc = error_memory(err);
        else
                rc = compile_defines(p->source, p->kernel->spec, &p->binding,
                                     text, job, err);
        for (int i = 0; rc == 0 && i < job->define_count; i++) {
                const char *define = job->define[i] + 2;
                const char *equal = strchr(define, '=');

                buf_printf(out, "#define %.*s %s\n", (int)(equal - define),
                           define, equal + 1);
        }
        free(job);
        free(text);
        return rc;
}

/* As the library's own CMakeLists.txt has it compiled, where that can be
 * done here; what kevo generates defines its stages alone. */
static int compile(const struct export_plan *plan,
                   const struct export_program *p, struct build *build,
                   struct error *err)
{
#if defined(__x86_64__)
        static const char here[] = "x86_64", plain[] = "-march=x86-64";
#elif defined(__aarch64__)
        static const char here[] = "aarch64", plain[] = "-march=armv8-a";
#else
        static const char here[] = "", plain[] = "-O3";
#endif
        const char *arch = export_arch(p->hardware), *all[EXPORT_ISA + 1];
        struct export_flags flags;
        int n = 0;

        *build = (struct build){0};
        if (!*p->blob || (*arch && !text_equal(arch, here)))
                return 0;
        export_flags(p->hardware, &flags);
        all[n++] = plain;
        for (int i = 0; flags.flag[i]; i++)
                all[n++] = flags.flag[i];
        all[n] = NULL;
        return compile_object(p->source, p->kernel->spec, &p->binding, all,
                              plan->options->cache, build, err);
}

int export_source(const struct export_plan *plan,
                  const struct export_program *p, struct buf *out,
                  struct error *err)
{
        const char *arch = export_arch(p->hardware);
        struct build build;
        int rc = compile(plan, p, &build, err);

        if (rc < 0) {
                build_dispose(&build);
                return error_wrap(err, "%s", p->path);
        }
        buf_printf(out, "/* %s%s%s, exported by kevo. */\n", p->path,
                   *p->blob ? ", blob " : "", p->blob);
        if (*arch)
                buf_printf(out, "#if defined(__%s__)\n", arch);
        rc = define_all(p, out, err);
        if (rc == 0)
                rc = rename_all(p, &build, out, err);
        buf_printf(out, "#line 1 \"%s\"\n", p->path);
        buf_add(out, p->source->text, p->source->length);
        thunk_print(p->source, p->kernel->spec, out);
        if (*arch)
                buf_printf(out, "#else\ntypedef int %s_nothing;\n#endif\n",
                           p->symbol);
        build_dispose(&build);
        return rc;
}
