/*
 * See inspect.h. The loader believes program headers and the dynamic table,
 * so those are what is checked; section headers are checked too, because they
 * give the better message, and must agree where both say something.
 */
#include "backends/c/inspect.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"

enum { PAGE = 4096, DYNAMIC_MAX = 256 };

static int refuse(struct error *err, const char *what, const char *name)
{
        return error_set(err, ERR_INPUT, "inspection: %s%s%s", what,
                         *name ? ": " : "", name);
}

/* Functions of libm with a float and a long double form beside them. */
static const char *const math_functions[] = {
        "acos",   "acosh",     "asin",   "asinh",    "atan",      "atan2",
        "atanh",  "cbrt",      "ceil",   "copysign", "cos",       "cosh",
        "erf",    "erfc",      "exp",    "exp2",     "exp10",     "expm1",
        "fabs",   "fdim",      "floor",  "fma",      "fmax",      "fmin",
        "fmod",   "frexp",     "hypot",  "ilogb",    "ldexp",     "lgamma",
        "llrint", "llround",   "log",    "log10",    "log1p",     "log2",
        "logb",   "lrint",     "lround", "modf",     "nearbyint", "nextafter",
        "pow",    "remainder", "rint",   "round",    "roundeven", "scalbln",
        "scalbn", "sin",       "sincos", "sinh",     "sqrt",      "tan",
        "tanh",   "tgamma",    "trunc"};

bool inspect_allows_import(const char *name)
{
        static const char *const copies[] = {"memcpy", "memmove", "memset",
                                             "memcmp"};
        size_t i, n;

        for (i = 0; i < sizeof copies / sizeof *copies; i++) {
                if (text_equal(name, copies[i]))
                        return true;
        }
        for (i = 0; i < sizeof math_functions / sizeof *math_functions; i++) {
                n = strlen(math_functions[i]);
                if (strncmp(name, math_functions[i], n) == 0 &&
                    (!name[n] ||
                     ((name[n] == 'f' || name[n] == 'l') && !name[n + 1])))
                        return true;
        }
        return false;
}

/* Is this writable segment read-only again once relocated? The loader
 * protects whole pages from the start of RELRO to the last full page. */
static bool protected_again(const struct elf *elf, const Elf64_Phdr *p)
{
        for (int i = 0; i < elf->segment_count; i++) {
                const Elf64_Phdr *r = elf->segment + i;
                uint64_t end = r->p_vaddr + r->p_memsz;

                if (r->p_type == PT_GNU_RELRO && p->p_vaddr >= r->p_vaddr &&
                    end >= r->p_vaddr && p->p_memsz <= end - p->p_vaddr &&
                    end % PAGE == 0)
                        return true;
        }
        return false;
}

static int check_segments(const struct elf *elf, struct error *err)
{
        bool stack = false;

        for (int i = 0; i < elf->segment_count; i++) {
                const Elf64_Phdr *p = elf->segment + i;

                switch (p->p_type) {
                case PT_LOAD:
                        if ((p->p_flags & PF_W) && (p->p_flags & PF_X))
                                return refuse(err,
                                              "a segment is writable "
                                              "and executable",
                                              "");
                        if ((p->p_flags & PF_W) && !protected_again(elf, p))
                                return refuse(err,
                                              "writable data stays "
                                              "writable; a kernel keeps "
                                              "no state",
                                              "");
                        break;
                case PT_GNU_STACK:
                        stack = true;
                        if (p->p_flags & PF_X)
                                return refuse(err,
                                              "an executable stack (a "
                                              "nested function?)",
                                              "");
                        break;
                case PT_TLS:
                        return refuse(err,
                                      "thread-local storage; a kernel "
                                      "keeps no state",
                                      "");
                case PT_DYNAMIC:
                case PT_NOTE:
                case PT_NULL:
                case PT_GNU_EH_FRAME:
                case PT_GNU_RELRO:
                case PT_GNU_PROPERTY:
                        break;
                default:
                        return refuse(err, "an unusual program header", "");
                }
        }
        return stack ? 0 : refuse(err, "no stack header", "");
}

static int check_sections(const struct elf *elf, struct error *err)
{
        for (int i = 0; i < elf->section_count; i++) {
                const Elf64_Shdr *s = elf->section + i;
                const char *name = elf_section_name(elf, s);

                if (!(s->sh_flags & SHF_ALLOC))
                        continue;
                if (s->sh_flags & SHF_TLS)
                        return refuse(err,
                                      "thread-local storage; a kernel "
                                      "keeps no state",
                                      name);
                if (s->sh_type == SHT_INIT_ARRAY ||
                    s->sh_type == SHT_FINI_ARRAY ||
                    s->sh_type == SHT_PREINIT_ARRAY ||
                    text_starts(name, ".init") || text_starts(name, ".fini") ||
                    text_starts(name, ".ctors") || text_starts(name, ".dtors"))
                        return refuse(err,
                                      "code that runs by itself (a "
                                      "constructor or destructor)",
                                      name);
                if (s->sh_flags & SHF_WRITE &&
                    (s->sh_type == SHT_NOBITS || text_equal(name, ".data")) &&
                    s->sh_size)
                        return refuse(err,
                                      "a static variable; a kernel keeps "
                                      "no state",
                                      name);
        }
        return 0;
}

/* What the loader needs of the dynamic table. */
struct dynamic {
        uint64_t strings, strings_size, symbols;
        uint64_t rela, rela_size, jump, jump_size;
};

static uint64_t *dynamic_field(struct dynamic *d, int64_t tag)
{
        switch (tag) {
        case DT_STRTAB:
                return &d->strings;
        case DT_STRSZ:
                return &d->strings_size;
        case DT_SYMTAB:
                return &d->symbols;
        case DT_RELA:
                return &d->rela;
        case DT_RELASZ:
                return &d->rela_size;
        case DT_JMPREL:
                return &d->jump;
        case DT_PLTRELSZ:
                return &d->jump_size;
        default:
                return NULL;
        }
}

static int check_needed(const struct elf *elf, const struct dynamic *d,
                        uint64_t offset, struct error *err)
{
        const char *strings =
                elf_at_address(elf, d->strings, d->strings_size, 1);
        const char *name;

        if (!strings || offset >= d->strings_size ||
            !memchr(strings + offset, 0, d->strings_size - offset))
                return refuse(err, "a dependency without a name", "");
        name = strings + offset;
        if (!text_starts(name, "libm.so") && !text_starts(name, "libc.so") &&
            !text_starts(name, "ld-linux"))
                return refuse(err,
                              "depends on a library; a kernel brings its "
                              "own code",
                              name);
        return 0;
}

static bool tag_is_harmless(int64_t tag)
{
        static const int64_t known[] = {DT_NEEDED,  DT_HASH,      DT_GNU_HASH,
                                        DT_SYMENT,  DT_PLTGOT,    DT_PLTREL,
                                        DT_RELAENT, DT_RELACOUNT, DT_VERNEED,
                                        DT_VERSYM,  DT_VERNEEDNUM};

        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
                if (tag == known[i])
                        return true;
        }
        return false;
}

/* One entry of the table; fields appear once. */
static int check_tag(const Elf64_Dyn *e, struct dynamic *d, struct error *err)
{
        uint64_t *field = dynamic_field(d, e->d_tag);
        char text[32];

        if (field) {
                if (*field)
                        return refuse(err, "a dynamic entry appears twice",
                                      "");
                *field = e->d_un.d_val;
                return 0;
        }
        if (e->d_tag == DT_TEXTREL ||
            (e->d_tag == DT_FLAGS && (e->d_un.d_val & DF_TEXTREL)))
                return refuse(err,
                              "text relocations: code that is patched "
                              "while it is loaded",
                              "");
        if (e->d_tag == DT_FLAGS && !(e->d_un.d_val & ~(uint64_t)DF_BIND_NOW))
                return 0;
        if (e->d_tag == DT_FLAGS_1 && !(e->d_un.d_val & ~(uint64_t)DF_1_NOW))
                return 0;
        if (tag_is_harmless(e->d_tag))
                return 0;
        snprintf(text, sizeof text, "tag %#llx", (long long)e->d_tag);
        return refuse(err,
                      "an entry of the dynamic table that a plain build "
                      "does not have",
                      text);
}

static int read_dynamic(const struct elf *elf, struct dynamic *d,
                        struct error *err)
{
        const Elf64_Dyn *table = NULL;
        uint64_t needed[8];
        int count = 0, dependencies = 0, i, rc;

        for (i = 0; i < elf->segment_count; i++) {
                const Elf64_Phdr *p = elf->segment + i;

                if (p->p_type != PT_DYNAMIC)
                        continue;
                if (table || p->p_filesz / sizeof *table > DYNAMIC_MAX)
                        return refuse(err, "an unusual dynamic table", "");
                table = elf_at_address(elf, p->p_vaddr, p->p_filesz, 8);
                count = (int)(p->p_filesz / sizeof *table);
                if (!table)
                        break;
        }
        if (!table)
                return refuse(err, "no dynamic table", "");
        for (i = 0; i < count && table[i].d_tag != DT_NULL; i++) {
                rc = check_tag(table + i, d, err);
                if (rc < 0)
                        return rc;
                if (table[i].d_tag != DT_NEEDED)
                        continue;
                if (dependencies == 8)
                        return refuse(err, "too many libraries", "");
                needed[dependencies++] = table[i].d_un.d_val;
        }
        for (i = 0; i < dependencies; i++) {
                rc = check_needed(elf, d, needed[i], err);
                if (rc < 0)
                        return rc;
        }
        return 0;
}

/* Name of dynamic symbol number n as the loader sees it. */
static const Elf64_Sym *symbol_at(const struct elf *elf,
                                  const struct dynamic *d, uint64_t n,
                                  const char **name)
{
        const Elf64_Sym *s =
                elf_at_address(elf, d->symbols + n * sizeof *s, sizeof *s, 8);
        const char *strings =
                elf_at_address(elf, d->strings, d->strings_size, 1);

        if (!s || !strings || s->st_name >= d->strings_size ||
            !memchr(strings + s->st_name, 0, d->strings_size - s->st_name))
                return NULL;
        *name = strings + s->st_name;
        return s;
}

static bool relocation_is_plain(uint32_t type)
{
#if defined(__x86_64__)
        return type == R_X86_64_RELATIVE || type == R_X86_64_GLOB_DAT ||
               type == R_X86_64_JUMP_SLOT || type == R_X86_64_64;
#elif defined(__aarch64__)
        return type == R_AARCH64_RELATIVE || type == R_AARCH64_GLOB_DAT ||
               type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_ABS64;
#else
        return false;
#endif
}

static int check_relocations(const struct elf *elf, const struct dynamic *d,
                             uint64_t address, uint64_t size,
                             struct error *err)
{
        const Elf64_Rela *r = elf_at_address(elf, address, size, 8);
        const char *name = "";

        if (size && !r)
                return refuse(err, "relocations outside the file", "");
        for (uint64_t i = 0; i < size / sizeof *r; i++) {
                uint32_t n = (uint32_t)ELF64_R_SYM(r[i].r_info);

                if (!relocation_is_plain((uint32_t)ELF64_R_TYPE(r[i].r_info)))
                        return refuse(err,
                                      "a relocation that runs code or "
                                      "reaches thread-local storage (an "
                                      "IFUNC?)",
                                      "");
                if (n && !symbol_at(elf, d, n, &name))
                        return refuse(err, "a relocation without a symbol",
                                      "");
        }
        return 0;
}

/* Every dynamic symbol: kinds, imports, and the entry points. */
static int check_symbols(const struct elf *elf, const struct dynamic *d,
                         int stages, struct error *err)
{
        const Elf64_Shdr *table = elf_find_section(elf, SHT_DYNSYM);
        char wanted[32];
        int found = 0;

        if (!table || table->sh_addr != d->symbols)
                return refuse(err,
                              "the symbol table is not where it should "
                              "be",
                              "");
        for (uint64_t n = 1; n < table->sh_size / sizeof(Elf64_Sym); n++) {
                const char *name = "";
                const Elf64_Sym *s = symbol_at(elf, d, n, &name);

                if (!s)
                        return refuse(err, "a symbol without a name", "");
                if (ELF64_ST_TYPE(s->st_info) == STT_GNU_IFUNC)
                        return refuse(err,
                                      "an IFUNC: code that runs while "
                                      "it is loaded",
                                      name);
                if (ELF64_ST_TYPE(s->st_info) == STT_TLS)
                        return refuse(err,
                                      "thread-local storage; a kernel "
                                      "keeps no state",
                                      name);
                if (s->st_shndx == SHN_UNDEF && !inspect_allows_import(name))
                        return refuse(err,
                                      "imports a function that a pure "
                                      "kernel does not need",
                                      name);
                for (int i = 0; i < stages; i++) {
                        snprintf(wanted, sizeof wanted, "__kevo_stage_%d", i);
                        if (s->st_shndx != SHN_UNDEF &&
                            text_equal(name, wanted))
                                found++;
                }
        }
        if (found != stages)
                return refuse(err, "a stage's entry point is missing", "");
        return 0;
}

int inspect_object(const void *data, size_t length, int stages,
                   struct error *err)
{
        struct dynamic d = {0};
        struct elf elf;
        int rc;

        rc = elf_open(&elf, data, length, err);
        if (rc == 0)
                rc = check_sections(&elf, err);
        if (rc == 0)
                rc = check_segments(&elf, err);
        if (rc == 0)
                rc = read_dynamic(&elf, &d, err);
        if (rc == 0)
                rc = check_relocations(&elf, &d, d.rela, d.rela_size, err);
        if (rc == 0)
                rc = check_relocations(&elf, &d, d.jump, d.jump_size, err);
        if (rc == 0)
                rc = check_symbols(&elf, &d, stages, err);
        return rc;
}

int inspect_identity(const void *data, size_t length, struct hash *hash,
                     struct error *err)
{
        struct elf elf;
        int rc = elf_open(&elf, data, length, err);

        if (rc < 0)
                return rc;
        for (int i = 0; i < elf.section_count; i++) {
                const Elf64_Shdr *s = elf.section + i;
                const void *bytes = elf_section_data(&elf, s);

                if (!(s->sh_flags & SHF_ALLOC) || s->sh_type == SHT_NOTE ||
                    !bytes)
                        continue;
                hash_add_int(hash, (int64_t)s->sh_addr);
                hash_add(hash, bytes, s->sh_size);
        }
        return 0;
}
