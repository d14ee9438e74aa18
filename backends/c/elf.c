/* See elf.h. */
#include "backends/c/elf.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
enum { NATIVE_MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { NATIVE_MACHINE = EM_AARCH64 };
#else
enum { NATIVE_MACHINE = EM_NONE };
#endif

static int broken(struct error *err, const char *what)
{
        return error_set(err, ERR_INPUT,
                         "the built object is not a sound ELF file: %s; "
                         "build it again",
                         what);
}

/* Do count items of size at offset lie inside the file? */
static bool inside(const struct elf *elf, uint64_t offset, uint64_t count,
                   uint64_t size)
{
        return offset <= elf->length && offset % 8 == 0 &&
               count <= (elf->length - offset) / size;
}

int elf_open(struct elf *elf, const void *data, size_t length,
             struct error *err)
{
        const Elf64_Ehdr *h = data;
        const Elf64_Shdr *names;

        *elf = (struct elf){.data = data, .length = length, .header = h};
        if (length < sizeof *h || memcmp(h->e_ident, ELFMAG, SELFMAG))
                return broken(err, "no ELF header");
        if (h->e_ident[EI_CLASS] != ELFCLASS64 ||
            h->e_ident[EI_DATA] != ELFDATA2LSB ||
            h->e_machine != NATIVE_MACHINE || h->e_type != ET_DYN)
                return broken(err, "not a 64-bit shared object of this "
                                   "machine");
        if (h->e_phentsize != sizeof(Elf64_Phdr) ||
            !inside(elf, h->e_phoff, h->e_phnum, sizeof(Elf64_Phdr)))
                return broken(err, "program headers outside the file");
        if (h->e_shentsize != sizeof(Elf64_Shdr) || h->e_shnum == 0 ||
            !inside(elf, h->e_shoff, h->e_shnum, sizeof(Elf64_Shdr)) ||
            h->e_shstrndx >= h->e_shnum)
                return broken(err, "section headers outside the file");
        elf->segment = (const void *)(elf->data + h->e_phoff);
        elf->segment_count = h->e_phnum;
        elf->section = (const void *)(elf->data + h->e_shoff);
        elf->section_count = h->e_shnum;
        names = elf->section + h->e_shstrndx;
        elf->names = elf_section_data(elf, names);
        elf->names_length = names->sh_size;
        if (!elf->names)
                return broken(err, "no section names");
        return 0;
}

const void *elf_section_data(const struct elf *elf, const Elf64_Shdr *section)
{
        if (section->sh_type == SHT_NOBITS ||
            section->sh_offset > elf->length ||
            section->sh_size > elf->length - section->sh_offset)
                return NULL;
        return elf->data + section->sh_offset;
}

/* A text at offset of a table, which must end inside it. */
static const char *text_at(const char *table, uint64_t length, uint64_t offset)
{
        if (!table || offset >= length ||
            !memchr(table + offset, 0, length - offset))
                return "?";
        return table + offset;
}

const char *elf_section_name(const struct elf *elf, const Elf64_Shdr *section)
{
        return text_at(elf->names, elf->names_length, section->sh_name);
}

const char *elf_string(const struct elf *elf, const Elf64_Shdr *strings,
                       uint64_t offset)
{
        return text_at(elf_section_data(elf, strings), strings->sh_size,
                       offset);
}

const Elf64_Shdr *elf_find_section(const struct elf *elf, uint32_t type)
{
        for (int i = 0; i < elf->section_count; i++) {
                if (elf->section[i].sh_type == type)
                        return elf->section + i;
        }
        return NULL;
}

const void *elf_at_address(const struct elf *elf, uint64_t address,
                           uint64_t length, unsigned alignment)
{
        for (int i = 0; i < elf->segment_count; i++) {
                const Elf64_Phdr *p = elf->segment + i;
                uint64_t skip = address - p->p_vaddr;

                if (p->p_type != PT_LOAD || address < p->p_vaddr ||
                    skip > p->p_filesz || length > p->p_filesz - skip)
                        continue;
                if (p->p_offset > elf->length ||
                    p->p_filesz > elf->length - p->p_offset ||
                    (p->p_offset + skip) % alignment)
                        return NULL;
                return elf->data + p->p_offset + skip;
        }
        return NULL;
}
