/*
 * See cpuid.h. Source of the bits: Intel SDM volume 2A, CPUID; AMD APM
 * volume 3, appendix E. An instruction set counts only when the operating
 * system saves its registers (XCR0), or using it would trap.
 */
#include "repo/cpuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/text.h"

bool cpuid_is_notable(const char *isa)
{
        static const char *const notable[] = {
                "amx-tile",   "avx2", "avx512bf16", "avx512f", "avx512fp16",
                "avx512vnni", "fma",  "neon",       "sve",     NULL};

        for (const char *const *n = notable; *n; n++)
                if (text_equal(*n, isa))
                        return true;
        return false;
}

bool cpuid_knows(const char *isa, const char **near)
{
        static const char *const known[] = {
                "amx-bf16", "amx-int8",   "amx-tile", "avx",        "avx-vnni",
                "avx2",     "avx512bf16", "avx512bw", "avx512cd",   "avx512dq",
                "avx512f",  "avx512fp16", "avx512vl", "avx512vnni", "bmi2",
                "f16c",     "fma",        "neon",     "sse4.2",     "sve",
                NULL};

        if (near)
                *near = text_suggest(isa, known);
        for (const char *const *k = known; *k; k++)
                if (text_equal(*k, isa))
                        return true;
        return false;
}

enum { EAX, EBX, ECX, EDX };

/* What XCR0 must have for the registers of a set. */
enum {
        SSE_STATE = 0,
        AVX_STATE = 0x6,
        AVX512_STATE = 0xe6,
        AMX_STATE = 0x60000
};

/* Sorted by name. */
static const struct cpuid_feature features[] = {
        {"amx-bf16", 7, 0, EDX, 22, AMX_STATE},
        {"amx-int8", 7, 0, EDX, 25, AMX_STATE},
        {"amx-tile", 7, 0, EDX, 24, AMX_STATE},
        {"avx", 1, 0, ECX, 28, AVX_STATE},
        {"avx-vnni", 7, 1, EAX, 4, AVX_STATE},
        {"avx2", 7, 0, EBX, 5, AVX_STATE},
        {"avx512bf16", 7, 1, EAX, 5, AVX512_STATE},
        {"avx512bw", 7, 0, EBX, 30, AVX512_STATE},
        {"avx512cd", 7, 0, EBX, 28, AVX512_STATE},
        {"avx512dq", 7, 0, EBX, 17, AVX512_STATE},
        {"avx512f", 7, 0, EBX, 16, AVX512_STATE},
        {"avx512fp16", 7, 0, EDX, 23, AVX512_STATE},
        {"avx512vl", 7, 0, EBX, 31, AVX512_STATE},
        {"avx512vnni", 7, 0, ECX, 11, AVX512_STATE},
        {"bmi2", 7, 0, EBX, 8, SSE_STATE},
        {"f16c", 1, 0, ECX, 29, AVX_STATE},
        {"fma", 1, 0, ECX, 12, AVX_STATE},
        {"sse4.2", 1, 0, ECX, 20, SSE_STATE},
};

const struct cpuid_feature *cpuid_find_feature(const char *isa)
{
        for (size_t i = 0; i < sizeof features / sizeof *features; i++)
                if (text_equal(features[i].name, isa))
                        return features + i;
        return NULL;
}

static void add_isa(struct machine *machine, const char *name)
{
        int room = (int)(sizeof machine->isa / sizeof *machine->isa);

        if (machine->isa_count < room)
                snprintf(machine->isa[machine->isa_count++],
                         sizeof machine->isa[0], "%s", name);
}

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>

static bool query(unsigned leaf, unsigned subleaf, unsigned r[4])
{
        return __get_cpuid_count(leaf, subleaf, &r[EAX], &r[EBX], &r[ECX],
                                 &r[EDX]);
}

static uint64_t saved_state(void)
{
        unsigned r[4], low, high;

        /* OSXSAVE: the operating system lets us ask. */
        if (!query(1, 0, r) || !(r[ECX] & 1u << 27))
                return 0;
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        return (uint64_t)high << 32 | low;
}

static void read_identity(struct machine *machine)
{
        unsigned r[4];
        int family, model;

        if (!query(0, 0, r))
                return;
        memcpy(machine->vendor, &r[EBX], 4);
        memcpy(machine->vendor + 4, &r[EDX], 4);
        memcpy(machine->vendor + 8, &r[ECX], 4);
        if (!query(1, 0, r))
                return;
        family = (int)(r[EAX] >> 8 & 0xf);
        model = (int)(r[EAX] >> 4 & 0xf);
        if (family == 6 || family == 15)
                model |= (int)(r[EAX] >> 12 & 0xf0);
        if (family == 15)
                family += (int)(r[EAX] >> 20 & 0xff);
        machine->family = family;
        machine->model = model;
        machine->stepping = (int)(r[EAX] & 0xf);
}

/* Without the blanks that vendors pad with. */
static void read_brand(struct machine *machine)
{
        char brand[49] = "";
        unsigned r[4];
        size_t n = 0;

        for (unsigned i = 0; i < 3; i++) {
                if (!query(0x80000002 + i, 0, r))
                        return;
                memcpy(brand + 16 * i, r, 16);
        }
        for (const char *p = brand; *p; p++)
                if (*p != ' ' || (n && machine->model_name[n - 1] != ' '))
                        machine->model_name[n++] = *p;
        while (n && machine->model_name[n - 1] == ' ')
                n--;
        machine->model_name[n] = 0;
}

static void read_features(struct machine *machine)
{
        uint64_t state = saved_state();

        for (size_t i = 0; i < sizeof features / sizeof *features; i++) {
                const struct cpuid_feature *f = &features[i];
                unsigned r[4];

                if (query(f->leaf, f->subleaf, r) && r[f->reg] >> f->bit & 1 &&
                    (state & f->state) == f->state)
                        add_isa(machine, f->name);
        }
}

/* Leaf 4 of Intel and 0x8000001D of AMD have the same layout. */
static void read_caches(struct machine *machine)
{
        unsigned leaf =
                text_equal(machine->vendor, "GenuineIntel") ? 4 : 0x8000001d;
        unsigned r[4];

        for (unsigned i = 0; i < 16 && query(leaf, i, r); i++) {
                unsigned type = r[EAX] & 31, level = r[EAX] >> 5 & 7;
                int64_t bytes = (int64_t)((r[EBX] >> 22) + 1) *
                                ((r[EBX] >> 12 & 1023) + 1) *
                                ((r[EBX] & 4095) + 1) * ((int64_t)r[ECX] + 1);

                if (type == 0)
                        return;
                if (type == 2)
                        continue; /* instructions */
                if (level == 1)
                        machine->l1_bytes = bytes;
                else if (level == 2)
                        machine->l2_bytes = bytes;
                if (level >= 2)
                        machine->llc_bytes = bytes;
        }
}

void cpuid_read(struct machine *machine)
{
        read_identity(machine);
        read_brand(machine);
        read_features(machine);
        read_caches(machine);
}

#else

#include <sys/auxv.h>

/* Hexadecimal or decimal number of a line "CPU part	: 0xd0c". */
static int read_field(const char *text, const char *name)
{
        const char *line = strstr(text, name), *colon;

        colon = line ? strchr(line, ':') : NULL;
        return colon ? (int)strtol(colon + 1, NULL, 0) : 0;
}

void cpuid_read(struct machine *machine)
{
        char *text;

        snprintf(machine->vendor, sizeof machine->vendor, "%s", machine->arch);
        snprintf(machine->model_name, sizeof machine->model_name, "%s",
                 machine->arch);
        if (file_read("/proc/cpuinfo", 4 << 20, &text, NULL, NULL) == 0) {
                machine->family = read_field(text, "CPU implementer");
                machine->model = read_field(text, "CPU part");
                machine->stepping = read_field(text, "CPU revision");
                free(text);
        }
#ifdef __aarch64__
        add_isa(machine, "fma");
        add_isa(machine, "neon");
        if (getauxval(AT_HWCAP) & 1ul << 22)
                add_isa(machine, "sve");
#endif
}

#endif
