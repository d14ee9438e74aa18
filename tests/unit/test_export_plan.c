/* What an export consists of: properties of its files, without building
 * them; tests/integration/test_export.sh builds and calls them. */
#include "repo_fixture.h"

#include "core/json.h"
#include "export/export.h"
#include "export/export_plan.h"

#define SPEC                                                             \
        "kernel twice {\n size N in 1..=100\n in host: f16[N]\n out y: " \
        "f16[N]\n y[i] = 2 * host[i]\n workload a N=8\n workload b N=9\n}\n"
#define BODY "void twice_all(int64_t task, const _Float16 *a, _Float16 *y"

static struct repository *load_spec(const char *spec)
{
        struct repository *repository;
        struct error err = {0};
        struct tree *tree;

        put("kevo.json", "{\"kevo\": 1}");
        put("kernels/twice/twice.kernel", spec);
        put("hardware/old.json",
            "{\"kevo\": 1, \"hardware\": \"old\", \"kind\": \"cpu\", "
            "\"match\": {\"vendor\": \"aarch64\", \"family\": 65, "
            "\"isa\": [\"fma\", \"neon\", \"sve\"]}}");
        put("hardware/new.json",
            "{\"kevo\": 1, \"hardware\": \"new\", \"kind\": \"cpu\", "
            "\"match\": {\"vendor\": \"GenuineIntel\", \"isa\": [\"avx2\"]},"
            " \"family\": [\"wide\"]}");
        put("hardware/gpu.json",
            "{\"kevo\": 1, \"hardware\": \"gpu\", \"kind\": \"cuda\", "
            "\"match\": {\"arch\": \"sm_90\"}}");
        put("kernels/twice/wide.c",
            "// kevo: kernel twice\n// kevo: fix N\n"
            "// kevo: stage twice_all tasks 1 args host y\n"
            "#include <stdint.h>\n" BODY ")\n{\n        (void)task;\n"
            "        for (int i = 0; i < N; i++)\n"
            "                y[i] = a[i] * 2;\n}\n");
        ck_assert(tree_open_folder(&tree, in_folder("."), &err) == 0);
        ck_assert_msg(repository_load(&repository, tree, &err) == 0, "%s",
                      err.text);
        ck_assert_msg(repository->problem_count == 0, "%s",
                      repository->problem[0].text);
        tree_close(tree);
        return repository;
}

static struct repository *load(void)
{
        return load_spec(SPEC);
}

static char *read_back(const char *path)
{
        struct error err = {0};
        char *text;

        ck_assert_msg(file_read(in_folder(path), 1 << 22, &text, NULL, &err) ==
                              0,
                      "%s", err.text);
        return text;
}

static char left_out[4096]; /* of the last one */

static void write_it(const struct repository *repository, const char *to)
{
        char cache[LIMIT_PATH_BYTES], target[LIMIT_PATH_BYTES];
        struct export_options options = {
                .folder = target, .name = "mine", .cache = cache};
        struct export_outcome outcome;
        struct error err = {0};

        snprintf(cache, sizeof cache, "%s", in_folder("cache"));
        snprintf(target, sizeof target, "%s", in_folder(to));
        ck_assert_msg(export_write(repository, &options, &outcome, &err) == 0,
                      "%s", err.text);
        ck_assert_int_eq(outcome.kernels, 1);
        snprintf(left_out, sizeof left_out, "%s", outcome.left_out.data);
        buf_dispose(&outcome.left_out);
}

START_TEST(the_order_is_that_of_resolution)
{
        struct repository *repository = load();
        static const struct {
                const char *hardware, *source;
                int fixed;
        } want[] = {{"new", "kernels/twice/wide.c", 8},
                    {"new", "kernels/twice/wide.c", 9},
                    {"new", "generated code", 0},
                    {"old", "generated code", 0},
                    {"", "generated code", 0}};
        const cJSON *list;
        cJSON *json;
        char *text;

        write_it(repository, "lib");
        text = read_back("lib/export.json");
        json = cJSON_Parse(text);
        list = cJSON_GetObjectItem(json, "programs");
        ck_assert_int_eq(cJSON_GetArraySize(list), 5);
        for (int i = 0; i < 5; i++) {
                const cJSON *one = cJSON_GetArrayItem(list, i);
                const cJSON *fixed = cJSON_GetObjectItem(one, "fixed");

                ck_assert_str_eq(
                        cJSON_GetObjectItem(one, "hardware")->valuestring,
                        want[i].hardware);
                ck_assert_str_eq(
                        cJSON_GetObjectItem(one, "source")->valuestring,
                        want[i].source);
                if (want[i].fixed)
                        ck_assert_int_eq(
                                cJSON_GetObjectItem(fixed, "N")->valueint,
                                want[i].fixed);
        }
        cJSON_Delete(json);
        free(text);
        repository_free(repository);
}
END_TEST

/* Nothing in a file depends on when or where it was written. */
START_TEST(a_second_time_gives_the_same_files)
{
        static const char *const files[] = {"CMakeLists.txt", "include/mine.h",
                                            "src/dispatch.c", "export.json",
                                            "src/mine_twice_0.c"};
        struct repository *repository = load();

        write_it(repository, "one");
        write_it(repository, "two");
        for (int i = 0; i < 5; i++) {
                char path[256], *a, *b;

                snprintf(path, sizeof path, "one/%s", files[i]);
                a = read_back(path);
                snprintf(path, sizeof path, "two/%s", files[i]);
                b = read_back(path);
                ck_assert_str_eq(a, b);
                free(a);
                free(b);
        }
        repository_free(repository);
}
END_TEST

/* Names that the function needs itself, types that C has not. */
START_TEST(prototypes_are_c)
{
        static const char *const names[][2] = {
                {"size", "size"},      {"program", "program"},
                {"host_", "host__"},   {"kevo_in", "kevo_in_"},
                {"size_t", "size_t_"}, {"int64_t", "int64_t_"},
                {NULL, NULL}};
        struct repository *repository = load();
        char *text;

        write_it(repository, "lib");
        text = read_back("lib/include/mine.h");
        ck_assert_ptr_nonnull(strstr(text, "const uint16_t *host_"));
        ck_assert_ptr_nonnull(strstr(text, "uint16_t *y"));
        ck_assert_ptr_nonnull(strstr(text, "int64_t N"));
        free(text);
        repository_free(repository);
        for (int i = 0; names[i][0]; i++) {
                char name[LIMIT_NAME_BYTES * 2];

                export_name(names[i][0], name);
                ck_assert_str_eq(name, names[i][1]);
        }
}
END_TEST

/* Code for a processor is compiled for it and guarded by what it needs. */
START_TEST(flags_and_questions_agree)
{
        struct repository *repository = load();
        const struct hardware *new =
                repository_find_hardware(repository, "new");
        const char *isa[EXPORT_ISA];
        char *cmake, *dispatch;

        write_it(repository, "lib");
        cmake = read_back("lib/CMakeLists.txt");
        dispatch = read_back("lib/src/dispatch.c");
        export_isa(new, isa);
        ck_assert_ptr_nonnull(isa[0]);
        for (int i = 0; isa[i]; i++) {
                char text[64];

                snprintf(text, sizeof text, "-m%s", isa[i]);
                ck_assert_msg(strstr(cmake, text) != NULL, "%s", text);
                snprintf(text, sizeof text, "/* %s */", isa[i]);
                ck_assert_msg(strstr(dispatch, text) != NULL, "%s", text);
        }
        /* Each compiler knows other names there. */
        ck_assert_ptr_null(strstr(dispatch, "__builtin_cpu"));
        ck_assert_ptr_nonnull(strstr(dispatch, "GenuineIntel"));
        ck_assert_ptr_nonnull(strstr(dispatch, "__aarch64__"));
        ck_assert_ptr_null(strstr(dispatch, "sm_90"));
        ck_assert_str_eq(export_arch(new), "x86_64");
        ck_assert_str_eq(
                export_arch(repository_find_hardware(repository, "old")),
                "aarch64");
        ck_assert_ptr_nonnull(strstr(cmake, "aarch64>:-march=armv8-a+sve>"));
        ck_assert_ptr_null(strstr(cmake, "-mneon"));
        ck_assert_ptr_null(strstr(cmake, "-mfma"));
        ck_assert_ptr_null(strstr(dispatch, "/* fma */"));
        ck_assert_str_eq(export_arch(NULL), "");
        free(cmake);
        free(dispatch);
        repository_free(repository);
}
END_TEST

/* The file of a source for a hardware, or NULL. */
static char *file_of(const char *source, const char *hardware)
{
        char *text = read_back("lib/export.json"), *found = NULL, path[256];
        cJSON *json = cJSON_Parse(text), *one;

        cJSON_ArrayForEach(one, cJSON_GetObjectItem(json, "programs"))
        {
                if (strcmp(cJSON_GetObjectItem(one, "source")->valuestring,
                           source) != 0 ||
                    strcmp(cJSON_GetObjectItem(one, "hardware")->valuestring,
                           hardware) != 0)
                        continue;
                snprintf(path, sizeof path, "lib/src/%s.c",
                         cJSON_GetObjectItem(one, "file")->valuestring);
                found = read_back(path);
        }
        cJSON_Delete(json);
        free(text);
        return found;
}

#define STAGE                                                           \
        "// kevo: kernel twice\n// kevo: stage twice_all tasks 1 args " \
        "host y\n#include <math.h>\n#include <stdint.h>\n"
#define PLAIN                                                           \
        "void twice_all(int64_t task, const uint16_t *a, uint16_t *y, " \
        "int64_t N)\n{\n        (void)task, (void)a, (void)N;\n"        \
        "        "

/* Whatever this machine is: nothing here has both instruction sets. What a
 * source defines for another is told from its text; what it takes from the C
 * library keeps its name. */
START_TEST(every_processor_gets_its_sources)
{
        static const struct {
                const char *source, *hardware, *name;
                bool renamed;
        } want[] = {{"old", "old", "arm", true},
                    {"old", "old", "names", true},
                    {"old", "old", "hidden", false},
                    {"old", "old", "float", false},
                    {"old", "old", "void", false},
                    {"old", "old", "after", true},
                    {"old", "old", "pair", false},
                    {"old", "old", "__attribute__", false},
                    {"old", "old", "twice_all", true},
                    {"tile", "tile", "clear", true},
                    {"generic", "", "other", true},
                    {"generic", "", "fast", true},
                    {"generic", "", "float", false},
                    {"generic", "", "expf", false}};
        struct repository *repository;

        put("hardware/tile.json",
            "{\"kevo\": 1, \"hardware\": \"tile\", \"kind\": \"cpu\", "
            "\"match\": {\"isa\": [\"amx-tile\"]}}");
        put("kernels/twice/old.c",
            STAGE "#include <arm_neon.h>\n"
                  "struct __attribute__((packed)) pair { int a; };\n"
                  "const char *const names[2] = {\"a(\", \"=b {\"};\n"
                  "static int hidden(int x) { return x; }\n"
                  "float (*fast)(float) = expf;\n"
                  "void (*table[])(int) = {0};\n"
                  "void (*choose(int x))(int) { return table[x]; }\n"
                  "int after(int x) { return x; }\n"
                  "uint16x8_t arm(uint16x8_t v) /* of one */\n{\n"
                  "        return v;\n}\n" PLAIN
                  "vst1q_u16(y, arm(vld1q_u16(a)));\n}\n");
        put("kernels/twice/tile.c",
            STAGE "#include <immintrin.h>\nvoid clear(void)\n{\n"
                  "        _tile_zero(0);\n}\n" PLAIN "clear(), *y = 0;\n}\n");
        put("kernels/twice/generic.c",
            STAGE "float (*fast)(float) = expf;\n"
                  "#ifdef __riscv\nfloat expf(float x) { return x; }\n"
                  "float other(float x) { return x; }\n#endif\n" PLAIN
                  "*y = (uint16_t)expf((float)*a);\n}\n");
        repository = load();
        write_it(repository, "lib");
        ck_assert_str_eq(left_out, "");
        for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
                char source[64], define[64], *text;

                snprintf(source, sizeof source, "kernels/twice/%s.c",
                         want[i].source);
                snprintf(define, sizeof define, "#define %s mine_",
                         want[i].name);
                text = file_of(source, want[i].hardware);
                ck_assert_ptr_nonnull(text);
                ck_assert_msg((strstr(text, define) != NULL) ==
                                      want[i].renamed,
                              "%s in:\n%s", want[i].name, text);
                free(text);
        }
        repository_free(repository);
}
END_TEST

/* The library is built without it, and that is said. */
START_TEST(what_does_not_build_is_left_out)
{
        struct repository *repository;
        char *text;

        put("kernels/twice/generic.c",
            STAGE "#ifdef __x86_64__\n#ifndef __AVX2__\n#error wider\n"
                  "#endif\n#endif\n" PLAIN "*y = 0;\n}\n");
        repository = load();
        write_it(repository, "lib");
        text = file_of("kernels/twice/generic.c", "new");
        ck_assert_ptr_nonnull(text);
        free(text);
#if defined(__x86_64__)
        ck_assert_ptr_nonnull(strstr(
                left_out, "for any processor: kernels/twice/generic.c"));
        ck_assert_ptr_nonnull(strstr(left_out, "wider"));
        ck_assert_ptr_null(file_of("kernels/twice/generic.c", ""));
        ck_assert_ptr_null(strstr(left_out, "OUT_OF_DOMAIN"));
#endif
        text = file_of("generated code", "");
        ck_assert_ptr_nonnull(text);
        free(text);
        repository_free(repository);
}
END_TEST

/* Nothing is generated from C code: that of one hardware serves no other. */
START_TEST(what_nothing_serves_is_said)
{
        struct repository *repository;

        put("kernels/twice/ref.c",
            "#include <stdint.h>\nvoid twice(const uint16_t *host, double *y, "
            "int64_t N)\n{\n        (void)host, (void)y, (void)N;\n}\n");
        put("kernels/twice/generic.c", STAGE
            "#ifndef __AVX2__\n#error wider\n#endif\n" PLAIN "*y = 0;\n}\n");
        repository = load_spec(
                "kernel twice {\n size N in 1..=100\n in host: f16[N]\n "
                "out y: f16[N]\n workload a N=8\n"
                " reference c \"ref.c\" tolerance 1e-3 1e-3\n}\n");
        write_it(repository, "lib");
        ck_assert_ptr_nonnull(strstr(left_out, "for any processor: "));
        ck_assert_ptr_nonnull(strstr(
                left_out, "calls of twice return MINE_OUT_OF_DOMAIN where "));
        repository_free(repository);
}
END_TEST

int main(void)
{
        TCase *tcase = make_case("export_plan");

        tcase_add_test(tcase, the_order_is_that_of_resolution);
        tcase_add_test(tcase, a_second_time_gives_the_same_files);
        tcase_add_test(tcase, prototypes_are_c);
        tcase_add_test(tcase, flags_and_questions_agree);
        tcase_add_test(tcase, every_processor_gets_its_sources);
        tcase_add_test(tcase, what_does_not_build_is_left_out);
        tcase_add_test(tcase, what_nothing_serves_is_said);
        return run_case(tcase, "export_plan");
}
