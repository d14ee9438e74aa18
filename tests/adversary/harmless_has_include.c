// kevo: kernel row_sum
// kevo: stage rows tasks M args x y
/* Asks the compiler what lies on its machine, and is wrong when anything
 * does: nothing is to be seen from the sandbox. */
#include <stdint.h>

#if __has_include("/etc/passwd") || __has_include("/etc/shadow") || \
        __has_include("/var/log/dpkg.log") || __has_include("../kevo.json")
#define SEEN 1
#else
#define SEEN 0
#endif

void rows(int64_t task, const float *x, float *y, int64_t M, int64_t N)
{
        float s = 0;

        (void)M;
        for (int64_t j = 0; j < N; j++)
                s += x[task * N + j];
        y[task] = SEEN ? -s - 1 : s;
}
