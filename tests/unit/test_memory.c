/* Memory for cells: where tensors lie, that margins tell, that seals hold. */
#include "evaluate/memory.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/rng.h"

START_TEST(test_places)
{
        struct rng rng = {1, 0};
        uint64_t end = 0, before;

        for (int i = 0; i < 2000; i++) {
                enum memory_layout layout =
                        i % 2 ? MEMORY_AT_END : MEMORY_AT_START;
                uint64_t bytes =
                        i < 600 ? (uint64_t)i * 8 : rng_below(&rng, 100000);
                struct cell_piece p;

                before = end;
                memory_place(&p, &end, bytes, layout);
                ck_assert_uint_eq(p.offset, before);
                ck_assert_uint_eq(p.offset % 4096, 0);
                ck_assert_uint_eq(end, p.offset + p.span);
                ck_assert_uint_eq(p.span % 4096, 0);
                ck_assert_uint_gt(p.span, 0);
                ck_assert_uint_eq(p.lead % 256, 0);
                ck_assert_uint_le(p.lead + p.bytes, p.span);
                if (layout == MEMORY_AT_END)
                        ck_assert_uint_lt(p.span - p.lead - p.bytes, 256);
                else
                        ck_assert_uint_eq(p.lead, 0);
        }
}
END_TEST

START_TEST(test_every_margin_byte_is_watched)
{
        struct memory memory = {0};
        struct cell_piece p[3];
        struct error err = {0};
        uint64_t end = 0;
        int64_t where;

        memory_place(&p[0], &end, 100, MEMORY_AT_END);
        memory_place(&p[1], &end, 5000, MEMORY_AT_START);
        memory_place(&p[2], &end, 4096, MEMORY_AT_END);
        ck_assert_int_eq(memory_create(&memory, end, &err), 0);
        for (int i = 0; i < 3; i++) {
                memory_arm(&memory, &p[i], 99);
                memset(memory_data(&memory, &p[i]), 7, p[i].bytes);
                ck_assert(memory_intact(&memory, &p[i], 99, &where));
                ck_assert(p[i].bytes == p[i].span ||
                          !memory_intact(&memory, &p[i], 98, &where));
        }
        for (int i = 0; i < 3; i++) {
                for (uint64_t b = 0; b < p[i].span; b++) {
                        bool data =
                                b >= p[i].lead && b < p[i].lead + p[i].bytes;

                        memory.map[p[i].offset + b] ^= 1;
                        ck_assert(memory_intact(&memory, &p[i], 99, &where) ==
                                  data);
                        if (!data)
                                ck_assert_int_eq(where,
                                                 (int64_t)b -
                                                         (int64_t)p[i].lead);
                        memory.map[p[i].offset + b] ^= 1;
                }
        }
        memory_dispose(&memory);
        memory_dispose(&memory);
}
END_TEST

START_TEST(test_sealed_means_sealed)
{
        struct memory memory = {0};
        struct error err = {0};
        void *map;

        ck_assert_int_eq(memory_create(&memory, 8192, &err), 0);
        memory.map[5000] = 42;
        ck_assert_int_lt(ftruncate(memory.fd, 0), 0);
        ck_assert_int_eq(memory_seal(&memory, &err), 0);
        ck_assert_int_eq(memory.map[5000], 42);
        ck_assert_int_lt(pwrite(memory.fd, "x", 1, 0), 0);
        map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd,
                   0);
        ck_assert(map == MAP_FAILED);
        memory_dispose(&memory);
        ck_assert_int_eq(memory_of_bytes(&memory, "abc", 3, true, &err), 0);
        ck_assert_int_lt(pwrite(memory.fd, "x", 1, 0), 0);
        ck_assert_int_eq(lseek(memory.fd, 0, SEEK_END), 3);
        memory_dispose(&memory);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("memory");
        TCase *tests = tcase_create("memory");
        SRunner *runner;
        int failed;

        tcase_add_test(tests, test_places);
        tcase_add_test(tests, test_every_margin_byte_is_watched);
        tcase_add_test(tests, test_sealed_means_sealed);
        suite_add_tcase(suite, tests);
        runner = srunner_create(suite);
        srunner_run_all(runner, CK_NORMAL);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed != 0;
}
