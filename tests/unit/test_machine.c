/* repo/machine.h: names, hardware files, and which of them match. */
#include "repo_fixture.h"

#include <sched.h>

#include "core/text.h"
#include "repo/hardware.h"
#include "repo/machine.h"
#include "core/arena.h"

static struct machine amd(int family, int model, const char *brand)
{
        struct machine machine = {.vendor = "AuthenticAMD",
                                  .family = family,
                                  .model = model,
                                  .threads = 2,
                                  .isa_count = 2,
                                  .isa = {"avx2", "fma"}};

        snprintf(machine.model_name, sizeof machine.model_name, "%s", brand);
        return machine;
}

START_TEST(test_names)
{
        static const struct {
                const char *vendor, *brand;
                int family, model, stepping;
                const char *name;
        } cases[] = {
                {"AuthenticAMD", "AMD EPYC 7763", 25, 1, 1, "amd-epyc-zen3"},
                {"AuthenticAMD", "AMD EPYC 9654", 25, 17, 1, "amd-epyc-zen4"},
                {"AuthenticAMD", "AMD EPYC 9754", 25, 0xa0, 1,
                 "amd-epyc-zen4"},
                {"AuthenticAMD", "AMD Ryzen 9 5950X", 25, 0x21, 0,
                 "amd-ryzen-zen3"},
                {"AuthenticAMD", "AMD Ryzen 9 7950X", 25, 0x61, 2,
                 "amd-ryzen-zen4"},
                {"AuthenticAMD", "AMD EPYC 7742", 23, 0x31, 0,
                 "amd-epyc-zen2"},
                {"AuthenticAMD", "AMD EPYC 7601", 23, 1, 2, "amd-epyc-zen"},
                {"AuthenticAMD", "AMD EPYC 9755", 26, 2, 1, "amd-epyc-zen5"},
                {"AuthenticAMD", "", 25, 0x90, 1, "amd-f25m144"},
                {"GenuineIntel", "Intel(R) Xeon(R) Gold 6148", 6, 0x55, 4,
                 "intel-xeon-skylake-sp"},
                {"GenuineIntel", "Intel(R) Xeon(R) Gold 6248", 6, 0x55, 7,
                 "intel-xeon-cascadelake"},
                {"GenuineIntel", "Intel(R) Xeon(R) Gold 6338", 6, 0x6a, 6,
                 "intel-xeon-icelake-sp"},
                {"GenuineIntel", "Intel(R) Xeon(R) Platinum 8480+", 6, 0x8f, 8,
                 "intel-xeon-sapphirerapids"},
                {"GenuineIntel", "INTEL(R) XEON(R) PLATINUM 8592+", 6, 0xcf, 2,
                 "intel-xeon-emeraldrapids"},
                {"GenuineIntel", "Intel(R) Core(TM) i9", 6, 0xb7, 1,
                 "intel-core-raptorlake"},
                {"SomeVendor!", "", 7, 3, 0, "somevendor-f7m3"},
                {"", "", 0, 0, 0, "cpu-f0m0"},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct machine machine = {.family = cases[i].family,
                                          .model = cases[i].model,
                                          .stepping = cases[i].stepping};
                char name[LIMIT_NAME_BYTES + 1];

                snprintf(machine.vendor, sizeof machine.vendor, "%s",
                         cases[i].vendor);
                snprintf(machine.model_name, sizeof machine.model_name, "%s",
                         cases[i].brand);
                machine_hardware_name(&machine, name);
                ck_assert_str_eq(name, cases[i].name);
                ck_assert(text_is_hardware_name(name));
        }
}
END_TEST

START_TEST(test_this_machine)
{
        struct machine machine;
        char name[LIMIT_NAME_BYTES + 1];

        machine_probe(&machine);
        machine_hardware_name(&machine, name);
        ck_assert(text_is_hardware_name(name));
        ck_assert_int_ge(machine.threads, 1);
        ck_assert_int_ge(machine.cores, 1);
        ck_assert_int_le(machine.cores, machine.threads);
        ck_assert_int_gt(machine.l1_bytes, 0);
        ck_assert_int_ge(machine.llc_bytes, machine.l2_bytes);
        ck_assert_int_gt(machine.memory_bytes, 1 << 20);
        ck_assert(machine.vector_bytes == 16 || machine.vector_bytes == 32 ||
                  machine.vector_bytes == 64);
        for (int i = 1; i < machine.isa_count; i++)
                ck_assert_int_lt(strcmp(machine.isa[i - 1], machine.isa[i]),
                                 0);
}
END_TEST

/* What affinity takes away is not counted. */
START_TEST(test_threads_follow_affinity)
{
        struct machine machine;
        cpu_set_t one;

        machine_probe(&machine);
        CPU_ZERO(&one);
        ck_assert_int_eq(sched_getaffinity(0, sizeof one, &one), 0);
        for (int i = 0, kept = 0; i < CPU_SETSIZE; i++)
                if (CPU_ISSET(i, &one) && kept++)
                        CPU_CLR(i, &one);
        ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
        machine_probe(&machine);
        ck_assert_int_eq(machine.threads, 1);
        ck_assert_int_eq(machine.cores, 1);
}
END_TEST

static void parse(struct hardware *hardware, struct arena *arena,
                  const char *text, const char *name)
{
        struct error err = {0};

        ck_assert_msg(hardware_parse(hardware, arena, text, strlen(text),
                                     "hardware/x.json", name, &err) == 0,
                      "%s", err.text);
}

/* The file that a machine writes for itself matches it, and not others. */
START_TEST(test_own_file_matches)
{
        struct machine machine, other;
        struct hardware hardware;
        struct arena *arena = arena_new(1 << 20);
        char name[LIMIT_NAME_BYTES + 1], *text;

        machine_probe(&machine);
        machine_hardware_name(&machine, name);
        text = machine_hardware_json(&machine, name);
        parse(&hardware, arena, text, name);
        ck_assert(machine_matches(&machine, &hardware));
        other = machine;
        other.threads++;
        ck_assert(!machine_matches(&other, &hardware));
        other = machine;
        other.family++;
        ck_assert(!machine_matches(&other, &hardware));
        other = machine;
        other.vendor[0] ^= 1;
        ck_assert(!machine_matches(&other, &hardware));
        other = machine;
        other.arch[0] ^= 1;
        ck_assert(!machine_matches(&other, &hardware));
        if (hardware.isa_count) {
                other = machine;
                other.isa_count = 0;
                ck_assert(!machine_matches(&other, &hardware));
        }
        free(text);
        arena_free(arena);
}
END_TEST

START_TEST(test_match_fields)
{
        static const struct {
                const char *kind, *match;
                bool matches;
        } cases[] = {
                {"cpu", "\"vendor\": \"AuthenticAMD\"", true},
                {"cpu", "\"vendor\": \"GenuineIntel\"", false},
                {"cuda", "\"vendor\": \"AuthenticAMD\"", false},
                {"cpu", "\"family\": 25, \"model\": 1", true},
                {"cpu", "\"family\": 25, \"model\": 2", false},
                {"cpu", "\"isa\": [\"fma\"]", true},
                {"cpu", "\"isa\": [\"fma\", \"avx512f\"]", false},
                {"cpu", "\"threads\": 2", true},
                {"cpu", "\"threads\": 3", false},
                {"cpu", "\"name\": \"AMD EPYC 7*\"", true},
                {"cpu", "\"name\": \"AMD EPYC 9*\"", false},
                {"cpu", "\"mig\": \"1g.10gb\"", false},
        };
        struct machine machine = amd(25, 1, "AMD EPYC 7763");
        struct arena *arena = arena_new(1 << 20);

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct hardware hardware;
                char text[512];

                snprintf(text, sizeof text,
                         "{\"kevo\": 1, \"hardware\": \"x\", \"kind\": "
                         "\"%s\", \"match\": {%s}}",
                         cases[i].kind, cases[i].match);
                parse(&hardware, arena, text, "x");
                ck_assert_msg(machine_matches(&machine, &hardware) ==
                                      cases[i].matches,
                              "%s", cases[i].match);
        }
        arena_free(arena);
}
END_TEST

START_TEST(test_find)
{
        struct machine machine = amd(25, 1, "AMD EPYC 7763");
        struct hardware list[3];
        struct repository r = {.label = "label", .hardware = list};
        const struct hardware *found;
        struct arena *arena = arena_new(1 << 20);
        struct error err = {0};
        char name[LIMIT_NAME_BYTES + 1];

        parse(&list[0], arena,
              "{\"kevo\": 1, \"hardware\": \"other\", \"kind\": \"cpu\","
              " \"match\": {\"vendor\": \"GenuineIntel\"}}",
              "other");
        parse(&list[1], arena,
              "{\"kevo\": 1, \"hardware\": \"amd-epyc-zen3\", \"kind\": "
              "\"cpu\", \"match\": {\"family\": 25}}",
              "amd-epyc-zen3");
        parse(&list[2], arena,
              "{\"kevo\": 1, \"hardware\": \"second\", \"kind\": \"cpu\","
              " \"match\": {\"threads\": 2}}",
              "second");
        r.hardware_count = 1;
        ck_assert_int_eq(machine_find_hardware(&machine, &r, &found, &err),
                         ERR_NOT_FOUND);
        ck_error_has(err, "kevo hardware add");
        ck_error_has(err, "hardware/amd-epyc-zen3.json");
        r.hardware_count = 2;
        ck_assert_int_eq(machine_find_hardware(&machine, &r, &found, &err), 0);
        ck_assert_ptr_eq(found, &list[1]);
        r.hardware_count = 3;
        ck_assert_int_eq(machine_find_hardware(&machine, &r, &found, &err),
                         ERR_INPUT);
        ck_error_has(err, "hardware/amd-epyc-zen3.json");
        ck_error_has(err, "hardware/second.json");
        ck_assert_ptr_null(found);
        machine_new_hardware_name(&machine, &r, name);
        ck_assert_str_eq(name, "amd-epyc-zen3-2t");
        ck_assert(text_is_hardware_name(name));
        arena_free(arena);
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("machine");

        tcase_add_test(tcase, test_names);
        tcase_add_test(tcase, test_this_machine);
        tcase_add_test(tcase, test_threads_follow_affinity);
        tcase_add_test(tcase, test_own_file_matches);
        tcase_add_test(tcase, test_match_fields);
        tcase_add_test(tcase, test_find);
        return run_case(tcase, "machine");
}
