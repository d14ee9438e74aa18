/* Inspection: what a pure function must not contain, built by the real
 * compiler, and objects that are no objects. */
#include "backends/c/inspect.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/c/compiler.h"
#include "core/rng.h"

static void build(const char *text, char **object, size_t *length)
{
        struct compiler_job job = {
                .text = text, .length = strlen(text), .file = "test.c"};
        const struct compiler *compiler;
        struct error err = {0};
        char *log = NULL;

        ck_assert_msg(compiler_find(&compiler, &err) == 0, "%s", err.text);
        ck_assert_msg(
                compiler_run(compiler, &job, object, length, &log, &err) == 0,
                "%s", err.text);
        free(log);
}

#define STAGE                                                                \
        "__attribute__((visibility(\"default\"))) void __kevo_stage_0(long " \
        "t)"

static const struct {
        const char *text, *says; /* NULL: accepted */
} objects[] = {
        {"void *memcpy(void *, const void *, unsigned long);\n"
         "float expf(float);\n"
         "static const char *const names[] = {\"a\", \"b\"};\n"
         "static const float table[4] = {1, 2, 3, 4};\n" STAGE
         "{ float f = expf(table[t & 3]) + names[t & 1][0]; "
         "memcpy((void *)t, &f, 4); }",
         NULL},
        {"static int counter;\n" STAGE
         "{ counter += t; *(int *)t = counter; }",
         "static variable"},
        {"int counter = 3;\n" STAGE "{ *(int *)t = counter++; }", "static"},
        {"static _Thread_local int counter;\n" STAGE
         "{ *(int *)t = counter++; }",
         "thread-local"},
        {"static __thread int n = 4;\n" STAGE "{ *(int *)t = n++; }",
         "thread-local"},
        {"__attribute__((section(\"mine\"))) int n = 4;\n" STAGE
         "{ *(int *)t = n++; }",
         "writable"},
        {"__attribute__((constructor)) static void f(void) { *(int *)8 = 1; }"
         "\n" STAGE "{ }",
         "constructor"},
        {"__attribute__((destructor)) static void f(void) { *(int *)8 = 1; }"
         "\n" STAGE "{ }",
         "constructor or destructor"},
        {"__asm__(\".section .init,\\\"ax\\\"\\nnop\\n.text\");\n" STAGE "{ }",
         "by itself"},
        {"static int one(void) { return 1; }\n"
         "static void *pick(void) { return (void *)one; }\n"
         "int f(void) __attribute__((ifunc(\"pick\")));\n" STAGE
         "{ *(int *)t = f(); }",
         "IFUNC"},
        {"int open(const char *, int, ...);\n" STAGE "{ open(\"x\", t); }",
         "open"},
        {"int system(const char *);\n" STAGE "{ system(\"x\"); }", "system"},
        {"void *malloc(unsigned long);\n" STAGE "{ *(void **)t = malloc(4); }",
         "malloc"},
        {"extern int errno_location;\nint *__errno_location(void);\n" STAGE
         "{ *(int *)t = *__errno_location(); }",
         "__errno_location"},
        {"long clock(void);\n" STAGE "{ *(long *)t = clock(); }", "clock"},
        {"__asm__(\".section .dynamic,\\\"aw\\\"\\n.quad 12, "
         "0\\n.text\");\n" STAGE "{ }",
         "dynamic table"},
        {"void other(void) { }", "entry point"},
};

START_TEST(test_objects)
{
        char *object = NULL;
        size_t length = 0;
        struct error err = {0};
        int rc;

        build(objects[_i].text, &object, &length);
        rc = inspect_object(object, length, 1, &err);
        if (objects[_i].says)
                ck_assert_msg(rc == ERR_INPUT &&
                                      strstr(err.text, objects[_i].says),
                              "%s\n%d %s", objects[_i].text, rc, err.text);
        else
                ck_assert_msg(rc == 0, "%s", err.text);
        free(object);
}
END_TEST

/* What no flag of ours lets a compiler write, written by hand. */
START_TEST(test_program_headers)
{
        char *object = NULL;
        size_t length = 0;
        struct error err = {0};
        Elf64_Phdr *p;
        int stack = -1, relro = -1;

        build(objects[0].text, &object, &length);
        p = (Elf64_Phdr *)(void *)(object +
                                   ((Elf64_Ehdr *)(void *)object)->e_phoff);
        for (int i = 0; i < ((Elf64_Ehdr *)(void *)object)->e_phnum; i++) {
                stack = p[i].p_type == PT_GNU_STACK ? i : stack;
                relro = p[i].p_type == PT_GNU_RELRO ? i : relro;
        }
        ck_assert_int_ge(stack, 0);
        ck_assert_int_ge(relro, 0);
        p[stack].p_flags |= PF_X;
        ck_assert_int_eq(inspect_object(object, length, 1, &err), ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "executable stack"));
        p[stack].p_flags &= ~(unsigned)PF_X;
        ck_assert_int_eq(inspect_object(object, length, 1, &err), 0);
        p[relro].p_memsz -= 4096;
        ck_assert_int_eq(inspect_object(object, length, 1, &err), ERR_INPUT);
        ck_assert_ptr_nonnull(strstr(err.text, "writable"));
        p[relro].p_memsz += 4096;
        p[relro].p_type = PT_INTERP;
        ck_assert_int_eq(inspect_object(object, length, 1, &err), ERR_INPUT);
        free(object);
}
END_TEST

START_TEST(test_imports)
{
        static const char *const yes[] = {"expf",   "exp",    "expl", "memcpy",
                                          "memset", "fmaxf",  "erf",  "tanhf",
                                          "powl",   "memcmp", "fma"};
        static const char *const no[] = {
                "",        "expq",  "exff",    "printf",     "mmap",
                "memcpyf", "expfl", "syscall", "fesetround", "pthread_create"};

        for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
                ck_assert_msg(inspect_allows_import(yes[i]), "%s", yes[i]);
        for (size_t i = 0; i < sizeof no / sizeof *no; i++)
                ck_assert_msg(!inspect_allows_import(no[i]), "%s", no[i]);
}
END_TEST

/* Damage anywhere is refused or harmless, never followed: sanitizers watch. */
START_TEST(test_damaged_objects)
{
        struct rng rng = {11, 0};
        char *object = NULL, *copy;
        size_t length = 0, cut;
        struct error err = {0};
        struct hash hash;
        char text[HASH_TEXT_BYTES];

        build(objects[0].text, &object, &length);
        for (int i = 0; i < 3000; i++) {
                copy = malloc(length);
                memcpy(copy, object, length);
                for (int k = 0; k < 1 + i % 4; k++) {
                        /* Headers and tables more often than code. */
                        cut = i % 2 ? 1024 : length;
                        copy[rng_below(&rng, cut)] = (char)rng_next(&rng);
                }
                cut = i % 7 ? length : rng_below(&rng, length);
                err.code = 0;
                (void)!inspect_object(copy, cut, 1, &err);
                hash_begin(&hash);
                (void)!inspect_identity(copy, cut, &hash, &err);
                hash_end(&hash, text);
                free(copy);
        }
        ck_assert_int_lt(inspect_object("", 0, 1, &err), 0);
        free(object);
}
END_TEST

static void identify(const char *text, char identity[HASH_TEXT_BYTES])
{
        struct error err = {0};
        struct hash hash;
        char *object = NULL;
        size_t length = 0;

        build(text, &object, &length);
        hash_begin(&hash);
        ck_assert_int_eq(inspect_identity(object, length, &hash, &err), 0);
        hash_end(&hash, identity);
        free(object);
}

START_TEST(test_identity_is_of_what_is_loaded)
{
        char a[HASH_TEXT_BYTES], b[HASH_TEXT_BYTES], c[HASH_TEXT_BYTES],
                d[HASH_TEXT_BYTES];

        identify("float expf(float);\n" STAGE "{ *(float *)t = expf(1); }", a);
        identify("/* other names and lines */\n\nfloat expf(float);\n"
                 "static void inner(long where) { *(float *)where = expf(1); "
                 "}\n" STAGE "{ inner(t); }",
                 b);
        identify("float logf(float);\n" STAGE "{ *(float *)t = logf(1); }", c);
        identify("float expf(float);\n" STAGE "{ *(float *)t = expf(2); }", d);
        ck_assert_str_eq(a, b);
        ck_assert_str_ne(a, c);
        ck_assert_str_ne(a, d);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("inspect");
        TCase *tests = tcase_create("inspect");
        SRunner *runner;
        int failed;

        tcase_set_timeout(tests, 120);
        tcase_add_loop_test(tests, test_objects, 0,
                            sizeof objects / sizeof *objects);
        tcase_add_test(tests, test_program_headers);
        tcase_add_test(tests, test_imports);
        tcase_add_test(tests, test_damaged_objects);
        tcase_add_test(tests, test_identity_is_of_what_is_loaded);
        suite_add_tcase(suite, tests);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
