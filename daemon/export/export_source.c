/*
 * One program as a C file: the source as it was verified, with its fixed
 * sizes, tunables and constants as macros in front, and the entry points
 * behind it through which the harness called it too.
 *
 * Many sources end up in one library, so everything that a source defines
 * gets the program's prefix. Which names that are is read from its object.
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

static bool is_defined(const Elf64_Sym *symbol)
{
        int type = ELF64_ST_TYPE(symbol->st_info);

        return symbol->st_shndx != SHN_UNDEF &&
               (type == STT_FUNC || type == STT_OBJECT);
}

/* Functions and objects that the build defines, each once. */
static int rename_all(const struct export_program *p,
                      const struct build *build, struct buf *out,
                      struct error *err)
{
        const Elf64_Shdr *table, *strings;
        const Elf64_Sym *symbol;
        struct elf elf;
        size_t count;
        int rc = elf_open(&elf, build->object, build->length, err);

        if (rc < 0)
                return rc;
        table = elf_find_section(&elf, SHT_SYMTAB);
        symbol = table ? elf_section_data(&elf, table) : NULL;
        if (!symbol || table->sh_link >= (unsigned)elf.section_count)
                return error_set(err, ERR_INTERNAL,
                                 "%s: the build has no symbols", p->path);
        strings = elf.section + table->sh_link;
        count = table->sh_size / sizeof *symbol;
        for (size_t i = 0; i < count; i++) {
                const char *name =
                        elf_string(&elf, strings, symbol[i].st_name);
                bool told = !is_defined(symbol + i) || !is_identifier(name);

                for (size_t j = 0; j < i && !told; j++)
                        told = is_defined(symbol + j) &&
                               text_equal(elf_string(&elf, strings,
                                                     symbol[j].st_name),
                                          name);
                if (told)
                        continue;
                if (text_starts(name, "__kevo_stage_"))
                        buf_printf(out, "#define %s %s_stage_%s\n", name,
                                   p->symbol, name + strlen("__kevo_stage_"));
                else
                        buf_printf(out, "#define %s %s_%s\n", name, p->symbol,
                                   name);
        }
        return 0;
}

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

int export_source(const struct export_plan *plan,
                  const struct export_program *p, struct buf *out,
                  struct error *err)
{
        const char *arch = export_arch(p->hardware);
        struct build build;
        int rc;

        rc = compile_source(p->source, p->kernel->spec, &p->binding,
                            plan->options->cache, &build, err);
        if (rc < 0)
                return error_wrap(err, "%s", p->path);
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
