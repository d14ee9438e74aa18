/*
 * traffic_move and the bandwidth made with it: every byte of what is written,
 * none beside it, none of what is read; a bandwidth for whatever is moved.
 */
#include <stdlib.h>
#include <string.h>

#include "check_main.h"
#include "search/floor.h"
#include "search/traffic.h"

enum { PIECES = 4, MARGIN = 64, OLD = 0xaa };

/* Pieces with margins in one block: the first two are read. */
static void check_pieces(const size_t count[PIECES], bool around)
{
        struct traffic piece[PIECES];
        size_t size = MARGIN, at[PIECES];
        char *block;

        for (int p = 0; p < PIECES; p++) {
                at[p] = size;
                size += count[p] * TRAFFIC_BYTES + MARGIN;
        }
        block = aligned_alloc(64, size);
        ck_assert_ptr_nonnull(block);
        memset(block, OLD, size);
        for (int p = 0; p < PIECES; p++) {
                piece[p] = (struct traffic){
                        .at = block + at[p], .count = count[p], .out = p > 1};
                if (p < 2)
                        memset(block + at[p], 0, count[p] * TRAFFIC_BYTES);
        }
        traffic_move(piece, PIECES, around);
        for (size_t i = 0; i < size; i++) {
                bool inside = false;

                for (int p = 0; p < PIECES; p++)
                        inside |= i >= at[p] &&
                                  i < at[p] + count[p] * TRAFFIC_BYTES;
                ck_assert_int_eq((unsigned char)block[i], inside ? 0 : OLD);
        }
        free(block);
}

START_TEST(moves_all_and_nothing_else)
{
        static const size_t counts[][PIECES] = {
                {0, 0, 0, 0},  {1, 0, 0, 0},   {0, 0, 1, 0},  {1, 1, 1, 1},
                {7, 3, 5, 11}, {64, 1, 63, 2}, {0, 0, 3, 17}, {40, 40, 1, 0}};

        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
                check_pieces(counts[i], false);
                check_pieces(counts[i], true);
        }
}
END_TEST

START_TEST(bandwidth_of_what_is_moved)
{
        static const struct costs reads = {.read_bytes = 1 << 20},
                                  writes = {.write_bytes = 1 << 20},
                                  few = {.read_bytes = 3, .write_bytes = 1},
                                  none = {0};

        ck_assert(floor_bandwidth(&reads, true, 1) > 0);
        ck_assert(floor_bandwidth(&writes, false, 2) > 0);
        ck_assert(floor_bandwidth(&few, false, 3) > 0);
        ck_assert(floor_bandwidth(&none, true, 1) == 0);
}
END_TEST

int main(void)
{
        const TTest *const tests[] = {moves_all_and_nothing_else,
                                      bandwidth_of_what_is_moved};

        return check_main("traffic", tests, 2);
}
