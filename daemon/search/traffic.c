/*
 * The loop once for each width of vectors, chosen at run time: the daemon is
 * built for any machine of its kind.
 */
#include "search/traffic.h"

#include <stdint.h>

typedef uint64_t line __attribute__((vector_size(64), aligned(64)));

enum { LINES = TRAFFIC_BYTES / sizeof(line) };

static volatile uint64_t traffic_sink;

/* Pieces of the largest count move at every step, others as often as they
 * are smaller. What is read is combined, so that no load can be left out. */
#define TRAFFIC_LOOP(name, store)                                       \
        static void name(struct traffic *piece, int count, size_t most) \
        {                                                               \
                line sum = {0};                                         \
                                                                        \
                for (size_t step = 0; step < most; step++)              \
                        for (int p = 0; p < count; p++) {               \
                                line *at = (line *)piece[p].at;         \
                                                                        \
                                piece[p].due += piece[p].count;         \
                                if (piece[p].due < most)                \
                                        continue;                       \
                                piece[p].due -= most;                   \
                                piece[p].at += TRAFFIC_BYTES;           \
                                if (piece[p].out)                       \
                                        for (int i = 0; i < LINES; i++) \
                                                store(at + i, sum);     \
                                else                                    \
                                        for (int i = 0; i < LINES; i++) \
                                                sum ^= at[i];           \
                        }                                               \
                traffic_sink = sum[0];                                  \
        }

#define STORE_PLAIN(to, v) (*(to) = (v))

#if defined(__x86_64__) && !defined(__clang__)
typedef float block16 __attribute__((vector_size(16)));
typedef float block32 __attribute__((vector_size(32)));
typedef float block64 __attribute__((vector_size(64)));

#define STORE_16(to, v)             \
        for (int k = 0; k < 4; k++) \
        __builtin_ia32_movntps((float *)(to) + 4 * k, ((block16 *)&(v))[k])
#define STORE_32(to, v)             \
        for (int k = 0; k < 2; k++) \
        __builtin_ia32_movntps256((float *)(to) + 8 * k, ((block32 *)&(v))[k])
#define STORE_64(to, v) __builtin_ia32_movntps512((float *)(to), (block64)(v))

__attribute__((target("avx512f")))
TRAFFIC_LOOP(plain_64, STORE_PLAIN) __attribute__((target("avx512f")))
TRAFFIC_LOOP(around_64, STORE_64) __attribute__((target("avx2")))
TRAFFIC_LOOP(plain_32, STORE_PLAIN) __attribute__((target("avx2")))
TRAFFIC_LOOP(around_32, STORE_32) TRAFFIC_LOOP(plain_16, STORE_PLAIN)
        TRAFFIC_LOOP(around_16, STORE_16)

                static void move(struct traffic *piece, int count, size_t most,
                                 bool around)
{
        static void (*const loop[][2])(struct traffic *, int,
                                       size_t) = {{plain_16, around_16},
                                                  {plain_32, around_32},
                                                  {plain_64, around_64}};
        int width = __builtin_cpu_supports("avx512f") ? 2
                    : __builtin_cpu_supports("avx2")  ? 1
                                                      : 0;

        loop[width][around](piece, count, most);
        __builtin_ia32_sfence();
}
#else
TRAFFIC_LOOP(plain, STORE_PLAIN)

static void move(struct traffic *piece, int count, size_t most, bool around)
{
        (void)around;
        plain(piece, count, most);
}
#endif

void traffic_move(struct traffic *piece, int count, bool around)
{
        size_t most = 0;

        for (int p = 0; p < count; p++) {
                piece[p].due = 0;
                most = piece[p].count > most ? piece[p].count : most;
        }
        move(piece, count, most, around);
}
