// kevo: kernel decode
// kevo: scratch table f32[256]
// kevo: stage fill tasks 1 args table
// kevo: stage rows tasks M args x y table
/* Looks up what it computed before: in this call, not in another. */
#include <math.h>
#include <stdint.h>

void fill(int64_t task, float *table, int64_t M, int64_t N, float scale)
{
        (void)task, (void)M, (void)N;
        for (int v = 0; v < 256; v++)
                table[v] = expf(scale * (float)v);
}

void rows(int64_t task, const uint8_t *x, float *y, float *table, int64_t M,
          int64_t N, float scale)
{
        (void)M, (void)scale;
        for (int64_t j = 0; j < N; j++)
                y[task * N + j] = table[x[task * N + j]];
}
