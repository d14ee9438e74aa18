/*
 * The part of an exported library that knows processors: is this one of the
 * hardware that a program was tuned for? The answers must be those of
 * repo/cpuid.c, from which the questions are made.
 */
#include "core/text.h"
#include "export/export_plan.h"
#include "repo/cpuid.h"

static void put_conditions(const struct hardware *h, struct buf *out)
{
        bool x86 = text_equal(export_arch(h), "x86_64");
        const char *isa[EXPORT_ISA];

        export_isa(h, isa);
        for (int i = 0; isa[i]; i++) {
                const struct cpuid_feature *f = cpuid_find_feature(isa[i]);

                if (f && x86)
                        buf_printf(out,
                                   "                if (!has(%u, %u, %u, %u, "
                                   "0x%x)) /* %s */\n"
                                   "                        return 0;\n",
                                   f->leaf, f->subleaf, f->reg, f->bit,
                                   (unsigned)f->state, f->name);
                else if (!x86 && text_equal(isa[i], "sve"))
                        buf_puts(out, "                if (!has_sve())\n"
                                      "                        return 0;\n");
        }
        if (h->vendor)
                buf_printf(out,
                           "                if (strcmp(vendor, \"%s\"))\n"
                           "                        return 0;\n",
                           h->vendor);
        if (h->cpu_family >= 0)
                buf_printf(out,
                           "                if (family != %lld)\n"
                           "                        return 0;\n",
                           (long long)h->cpu_family);
        if (h->cpu_model >= 0)
                buf_printf(out,
                           "                if (model != %lld)\n"
                           "                        return 0;\n",
                           (long long)h->cpu_model);
}

/* Vendor, family, model and instruction sets as the processor says them, by
 * the names that kevo gives them (repo/cpuid.c). */
static const char identify[] =
        "#if defined(__x86_64__)\n"
        "static void identify(char vendor[13], int *family, int *model)\n"
        "{\n"
        "        unsigned a = 0, b = 0, c = 0, d = 0;\n\n"
        "        memset(vendor, 0, 13);\n"
        "        if (__get_cpuid(0, &a, &b, &c, &d)) {\n"
        "                memcpy(vendor, &b, 4);\n"
        "                memcpy(vendor + 4, &d, 4);\n"
        "                memcpy(vendor + 8, &c, 4);\n"
        "        }\n"
        "        if (!__get_cpuid(1, &a, &b, &c, &d))\n"
        "                return;\n"
        "        *family = a >> 8 & 0xf;\n"
        "        *model = a >> 4 & 0xf;\n"
        "        if (*family == 6 || *family == 15)\n"
        "                *model |= a >> 12 & 0xf0;\n"
        "        if (*family == 15)\n"
        "                *family += a >> 20 & 0xff;\n"
        "}\n\n"
        "/* A bit of CPUID, and of XCR0 what its registers need: the\n"
        " * compilers' own function knows fewer names, each other ones. */\n"
        "__attribute__((unused)) static int has(unsigned leaf, unsigned "
        "subleaf,\n"
        "                                       int word, int bit, unsigned "
        "state)\n"
        "{\n"
        "        unsigned r[4] = {0}, saved = 0;\n\n"
        "        if (__get_cpuid_count(1, 0, r, r + 1, r + 2, r + 3) &&\n"
        "            r[2] >> 27 & 1)\n"
        "                __asm__ volatile(\"xgetbv\" : \"=a\"(saved)\n"
        "                                 : \"c\"(0) : \"edx\");\n"
        "        return (saved & state) == state &&\n"
        "               __get_cpuid_count(leaf, subleaf, r, r + 1, r + 2,\n"
        "                                 r + 3) &&\n"
        "               r[word] >> bit & 1;\n"
        "}\n"
        "#elif defined(__aarch64__) && defined(__linux__)\n"
        "/* Implementer and part, where the system lets a program read them.\n"
        " */\n"
        "static void identify(char vendor[13], int *family, int *model)\n"
        "{\n"
        "        unsigned long id = 0;\n\n"
        "        memcpy(vendor, \"aarch64\", 8);\n"
        "        if (getauxval(AT_HWCAP) >> 11 & 1)\n"
        "                __asm__(\"mrs %0, MIDR_EL1\" : \"=r\"(id));\n"
        "        *family = (int)(id >> 24 & 0xff);\n"
        "        *model = (int)(id >> 4 & 0xfff);\n"
        "}\n\n"
        "__attribute__((unused)) static int has_sve(void)\n"
        "{\n"
        "        return getauxval(AT_HWCAP) >> 22 & 1;\n"
        "}\n"
        "#else\n"
        "static void identify(char vendor[13], int *family, int *model)\n"
        "{\n"
        "        *vendor = 0;\n"
        "        *family = *model = 0;\n"
        "}\n\n"
        "__attribute__((unused)) static int has_sve(void)\n"
        "{\n"
        "        return 0;\n"
        "}\n"
        "#endif\n\n";

void export_processors(const struct export_plan *plan, struct buf *out)
{
        const struct repository *r = plan->repository;

        buf_puts(out, identify);
        buf_puts(out, "static int test_hardware(int number)\n{\n"
                      "        char vendor[13];\n"
                      "        int family = 0, model = 0;\n\n"
                      "        identify(vendor, &family, &model);\n"
                      "        (void)vendor;\n"
                      "        switch (number) {\n");
        for (int i = 0; i < r->hardware_count; i++) {
                const struct hardware *h = r->hardware + i;
                const char *arch = export_arch(h);

                if (!text_equal(h->kind, "cpu"))
                        continue;
                buf_printf(out, "        case %d: /* %s */\n", i, h->name);
                if (*arch)
                        buf_printf(out, "#if defined(__%s__)\n", arch);
                put_conditions(h, out);
                buf_puts(out, "                return 1;\n");
                if (*arch)
                        buf_puts(out, "#else\n                return 0;\n"
                                      "#endif\n");
        }
        buf_puts(
                out,
                "        default:\n                return 0;\n        }\n}\n\n"
                "/* Asked once; a race asks twice and gets the same. */\n"
                "static bool hardware_is(int number)\n{\n");
        buf_printf(out,
                   "        static signed char known[%d]; /* 1 yes, -1 no */"
                   "\n\n"
                   "        if (!known[number])\n"
                   "                known[number] = test_hardware(number) ? 1 "
                   ": -1;\n        return known[number] > 0;\n}\n\n"
                   "/* -1: with any number of threads. */\n"
                   "static const int hardware_threads[] = {",
                   r->hardware_count + 1);
        for (int i = 0; i < r->hardware_count; i++)
                buf_printf(out, "%lld, ", (long long)r->hardware[i].threads);
        buf_puts(out, "-1};\n\n");
}
