/*
 * See microarch.h. Sources: AMD's processor programming references and
 * Intel's software developer manual, volume 4, table of display family and
 * model. The first row that fits decides.
 */
#include "repo/microarch.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

enum { ANY_STEPPING = 255 };

static const struct row {
        const char *vendor;
        int family, model_low, model_high, stepping_high;
        const char *name;
} rows[] = {
        {"AuthenticAMD", 23, 0x00, 0x2f, ANY_STEPPING, "zen"},
        {"AuthenticAMD", 23, 0x30, 0xff, ANY_STEPPING, "zen2"},
        {"AuthenticAMD", 25, 0x00, 0x0f, ANY_STEPPING, "zen3"},
        {"AuthenticAMD", 25, 0x10, 0x1f, ANY_STEPPING, "zen4"},
        {"AuthenticAMD", 25, 0x20, 0x5f, ANY_STEPPING, "zen3"},
        {"AuthenticAMD", 25, 0x60, 0x7f, ANY_STEPPING, "zen4"},
        {"AuthenticAMD", 25, 0xa0, 0xaf, ANY_STEPPING, "zen4"},
        {"AuthenticAMD", 26, 0x00, 0xff, ANY_STEPPING, "zen5"},
        {"HygonGenuine", 24, 0x00, 0xff, ANY_STEPPING, "dhyana"},
        {"GenuineIntel", 6, 0x3c, 0x3c, ANY_STEPPING, "haswell"},
        {"GenuineIntel", 6, 0x3d, 0x3d, ANY_STEPPING, "broadwell"},
        {"GenuineIntel", 6, 0x3f, 0x3f, ANY_STEPPING, "haswell-ep"},
        {"GenuineIntel", 6, 0x45, 0x46, ANY_STEPPING, "haswell"},
        {"GenuineIntel", 6, 0x47, 0x47, ANY_STEPPING, "broadwell"},
        {"GenuineIntel", 6, 0x4e, 0x4e, ANY_STEPPING, "skylake"},
        {"GenuineIntel", 6, 0x4f, 0x4f, ANY_STEPPING, "broadwell-ep"},
        {"GenuineIntel", 6, 0x55, 0x55, 4, "skylake-sp"},
        {"GenuineIntel", 6, 0x55, 0x55, 9, "cascadelake"},
        {"GenuineIntel", 6, 0x55, 0x55, ANY_STEPPING, "cooperlake"},
        {"GenuineIntel", 6, 0x56, 0x56, ANY_STEPPING, "broadwell-ep"},
        {"GenuineIntel", 6, 0x5e, 0x5e, ANY_STEPPING, "skylake"},
        {"GenuineIntel", 6, 0x6a, 0x6c, ANY_STEPPING, "icelake-sp"},
        {"GenuineIntel", 6, 0x7d, 0x7e, ANY_STEPPING, "icelake"},
        {"GenuineIntel", 6, 0x8c, 0x8d, ANY_STEPPING, "tigerlake"},
        {"GenuineIntel", 6, 0x8e, 0x8e, ANY_STEPPING, "kabylake"},
        {"GenuineIntel", 6, 0x8f, 0x8f, ANY_STEPPING, "sapphirerapids"},
        {"GenuineIntel", 6, 0x97, 0x9a, ANY_STEPPING, "alderlake"},
        {"GenuineIntel", 6, 0x9e, 0x9e, ANY_STEPPING, "kabylake"},
        {"GenuineIntel", 6, 0xa5, 0xa6, ANY_STEPPING, "cometlake"},
        {"GenuineIntel", 6, 0xa7, 0xa7, ANY_STEPPING, "rocketlake"},
        {"GenuineIntel", 6, 0xaa, 0xaa, ANY_STEPPING, "meteorlake"},
        {"GenuineIntel", 6, 0xad, 0xae, ANY_STEPPING, "graniterapids"},
        {"GenuineIntel", 6, 0xaf, 0xaf, ANY_STEPPING, "sierraforest"},
        {"GenuineIntel", 6, 0xb7, 0xb7, ANY_STEPPING, "raptorlake"},
        {"GenuineIntel", 6, 0xba, 0xba, ANY_STEPPING, "raptorlake"},
        {"GenuineIntel", 6, 0xbd, 0xbd, ANY_STEPPING, "lunarlake"},
        {"GenuineIntel", 6, 0xbf, 0xbf, ANY_STEPPING, "raptorlake"},
        {"GenuineIntel", 6, 0xc5, 0xc6, ANY_STEPPING, "arrowlake"},
        {"GenuineIntel", 6, 0xcf, 0xcf, ANY_STEPPING, "emeraldrapids"},
};

const char *microarch_name(const struct machine *machine)
{
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                const struct row *row = &rows[i];

                if (text_equal(row->vendor, machine->vendor) &&
                    row->family == machine->family &&
                    row->model_low <= machine->model &&
                    machine->model <= row->model_high &&
                    machine->stepping <= row->stepping_high)
                        return row->name;
        }
        return NULL;
}

void microarch_vendor(const struct machine *machine, char text[16])
{
        static const struct {
                const char *vendor, *name;
        } names[] = {{"AuthenticAMD", "amd"},
                     {"GenuineIntel", "intel"},
                     {"HygonGenuine", "hygon"}};
        size_t n = 0;

        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
                if (text_equal(names[i].vendor, machine->vendor)) {
                        snprintf(text, 16, "%s", names[i].name);
                        return;
                }
        }
        for (const char *p = machine->vendor; *p && n < 15; p++)
                if (isalnum((unsigned char)*p))
                        text[n++] = (char)tolower((unsigned char)*p);
        text[n] = 0;
        if (!n)
                snprintf(text, 16, "cpu");
}

const char *microarch_line(const struct machine *machine)
{
        static const struct {
                const char *brand, *name;
        } lines[] = {{"EPYC", "epyc"},      {"Threadripper", "threadripper"},
                     {"Ryzen", "ryzen"},    {"Xeon", "xeon"},
                     {"Core(TM)", "core"},  {"Pentium", "pentium"},
                     {"Celeron", "celeron"}};

        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
                if (strcasestr(machine->model_name, lines[i].brand))
                        return lines[i].name;
        return NULL;
}
