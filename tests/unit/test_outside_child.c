/* The conversation with a process that runs an outside baseline, played by a
 * shell script that takes Python's place. */
#include "evaluate/outside_child.h"

#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/file.h"

static char folder[LIMIT_PATH_BYTES], python[LIMIT_PATH_BYTES + 32],
        cache[LIMIT_PATH_BYTES + 32];
static struct spec *spec;
static struct stock stock;

static void set_up(const char *script)
{
        static const char text[] = "kernel twice {\n size N\n in x: f32[N]\n"
                                   " out y: f32[N]\n y[i] = 2 * x[i]\n}\n";
        struct error err = {0};
        uint64_t end = 0;

        ck_assert(file_make_temporary(folder, &err) == 0);
        snprintf(python, sizeof python, "%s/bin", folder);
        ck_assert(file_make_directories(python, 0700, &err) == 0);
        snprintf(python, sizeof python, "%s/bin/python3", folder);
        snprintf(cache, sizeof cache, "%s/cache", folder);
        ck_assert(file_write(python, script, strlen(script), 0755, &err) == 0);
        ck_assert(spec_parse(text, strlen(text), "twice", &spec, &err) == 0);
        stock = (struct stock){.spec = spec,
                               .sets = 2,
                               .inputs = 1,
                               .outputs = 1,
                               .input = {spec->tensor[0]},
                               .output = {spec->tensor[1]}};
        binding_init(&stock.binding, spec);
        stock.binding.size[0] = 8;
        stock.piece = calloc(2, sizeof *stock.piece);
        memory_place(stock.piece, &end, 32, MEMORY_AT_END);
        memory_place(stock.piece + 1, &end, 32, MEMORY_AT_END);
        ck_assert(memory_create(&stock.memory, end, &err) == 0);
}

static void tear_down(void)
{
        free(stock.piece);
        memory_dispose(&stock.memory);
        spec_free(spec);
        file_remove_tree(folder);
}

static bool start(struct outside_child *child)
{
        struct outside_setup setup = {.python = python,
                                      .cache = cache,
                                      .script = "run = 1",
                                      .threads = 1};

        return outside_child_start(child, &setup, &stock, NULL);
}

START_TEST(it_says_who_it_is_and_obeys)
{
        struct outside_child child;
        int64_t elapsed = 0;

        /* Writes what it was told into the outputs. */
        set_up("#!/bin/sh\nread -r job\necho 'ok Fake 1.0'\n"
               "while read -r line; do printf '%s' \"$line\" >&4; echo ok; "
               "done\n");
        ck_assert_msg(start(&child), "%s", child.reason);
        ck_assert_str_eq(child.version, "Fake 1.0");
        ck_assert(outside_child_ask(&child, CLOCK_SECOND_NS * INT64_C(30),
                                    &elapsed, "run %s %d", "x", 17));
        ck_assert_int_gt(elapsed, 0);
        outside_child_stop(&child);
        ck_assert_int_eq(
                memcmp(outside_child_output(&child, 0), "run x 17", 8), 0);
        /* Stopped processes are woken by the next command. */
        ck_assert(outside_child_ask(&child, CLOCK_SECOND_NS * INT64_C(30),
                                    NULL, "again"));
        outside_child_end(&child);
        tear_down();
}
END_TEST

START_TEST(reasons_are_kept)
{
        static const struct {
                const char *script, *reason;
        } cases[] = {
                {"#!/bin/sh\nread -r j\necho 'no PyTorch is not there'\n",
                 "PyTorch is not there"},
                {"#!/bin/sh\nexit 1\n", "does not run"},
                {"not a program\n", "does not run"},
                {"#!/bin/sh\nread -r j\necho hello\n", "spoke nonsense"},
        };

        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
                struct outside_child child;

                set_up(cases[i].script);
                ck_assert(!start(&child));
                ck_assert_msg(strstr(child.reason, cases[i].reason) != NULL,
                              "%s", child.reason);
                outside_child_end(&child);
                tear_down();
        }
}
END_TEST

START_TEST(a_failure_later_is_a_reason_too)
{
        struct outside_child child;

        set_up("#!/bin/sh\nread -r job\necho ok\nread -r line\n"
               "echo 'no it broke'\nread -r line\nsleep 60\n");
        ck_assert_msg(start(&child), "%s", child.reason);
        ck_assert(!outside_child_ask(&child, CLOCK_SECOND_NS * INT64_C(30),
                                     NULL, "prepare"));
        ck_assert_str_eq(child.reason, "it broke");
        ck_assert(
                !outside_child_ask(&child, CLOCK_SECOND_NS / 20, NULL, "run"));
        ck_assert_str_eq(child.reason, "it did not answer in time");
        outside_child_end(&child);
        tear_down();
}
END_TEST

/* What ships is found by the kernel's name and has the function. */
START_TEST(scripts_ship_with_the_program)
{
        ck_assert_ptr_nonnull(outside_script("softmax"));
        ck_assert_ptr_nonnull(strstr(outside_script("softmax"), "def run("));
        ck_assert_ptr_null(outside_script("no_such_kernel"));
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {it_says_who_it_is_and_obeys,
                                      reasons_are_kept,
                                      a_failure_later_is_a_reason_too,
                                      scripts_ship_with_the_program};

        return check_main("outside_child", tests, 4);
}
