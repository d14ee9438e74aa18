// kevo: kernel softmax
// kevo: stage rows tasks M args x y
/* Most of the stack that a kernel has, and the memory in front of it left
 * alone. */
#include <math.h>
#include <stdint.h>

enum { ROOM = 12288 };

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N)
{
        const float *a = x + task * N;
        float room[ROOM], *b = y + task * N, m = a[0], s = 0;

        (void)M;
        for (int64_t j = 1; j < N; j++)
                m = a[j] > m ? a[j] : m;
        for (int64_t j = 0; j < N; j++)
                s += room[ROOM - 1 - j] = expf(a[j] - m);
        for (int64_t j = 0; j < N; j++)
                b[j] = room[ROOM - 1 - j] / s;
}
