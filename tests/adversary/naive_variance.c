// kevo: kernel layer_norm
// kevo: stage rows tasks M args x y
/* The mean of the squares less the square of the mean: faster, and wrong
 * where the mean is large. */
#include <math.h>
#include <stdint.h>

void rows(int64_t task, const float *restrict x, float *restrict y, int64_t M,
          int64_t N, float eps)
{
        const float *a = x + task * N;
        float mean = 0, squares = 0, scale;

        (void)M;
        for (int64_t j = 0; j < N; j++) {
                mean += a[j];
                squares += a[j] * a[j];
        }
        mean /= (float)N;
        squares = squares / (float)N - mean * mean;
        scale = 1 / sqrtf((squares > 0 ? squares : 0) + eps);
        for (int64_t j = 0; j < N; j++)
                y[task * N + j] = (a[j] - mean) * scale;
}
