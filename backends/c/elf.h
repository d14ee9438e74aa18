/*
 * A reader of ELF64 shared objects over bytes in memory, as much of it as
 * inspecting and naming a build needs. Every offset in the file is foreign:
 * nothing is followed before it is checked against the length, and nothing
 * is executed or mapped.
 *
 * Format: System V ABI, chapters 4 and 5.
 */
#ifndef KEVO_BACKENDS_C_ELF_H
#define KEVO_BACKENDS_C_ELF_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct elf {
        const uint8_t *data; /* borrowed */
        size_t length;
        const Elf64_Ehdr *header;
        const Elf64_Phdr *segment;
        int segment_count;
        const Elf64_Shdr *section;
        int section_count;
        const char *names; /* of sections */
        size_t names_length;
};

/* data must be aligned to 8 bytes (malloc'd memory is). ERR_INPUT unless it
 * is a complete shared object of this machine's kind. */
int elf_open(struct elf *elf, const void *data, size_t length,
             struct error *err) KEVO_MUST_CHECK;

/* Name of a section or text of a string section; "?" when out of bounds. */
const char *elf_section_name(const struct elf *elf, const Elf64_Shdr *section);
const char *elf_string(const struct elf *elf, const Elf64_Shdr *strings,
                       uint64_t offset);
/* The first section of a type, or NULL. */
const Elf64_Shdr *elf_find_section(const struct elf *elf, uint32_t type);
/* A section's bytes, NULL when it has none in the file. */
const void *elf_section_data(const struct elf *elf, const Elf64_Shdr *section);
/* File bytes behind length bytes at a virtual address, or NULL unless one
 * loaded segment holds them all in the file and they start at a multiple of
 * alignment there. */
const void *elf_at_address(const struct elf *elf, uint64_t address,
                           uint64_t length, unsigned alignment);

#endif
