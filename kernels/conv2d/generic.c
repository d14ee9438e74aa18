// kevo: kernel conv2d
// kevo: stage planes tasks B*K args x w bias y
#include <stdint.h>

/* One window of one channel; top and left may lie outside. */
static float window(const float *restrict in, const float *restrict w,
                    int64_t top, int64_t left, int64_t H, int64_t W)
{
        float sum = 0;

        for (int64_t r = 0; r < R; r++) {
                if (top + r < 0 || top + r >= H)
                        continue;
                for (int64_t s = 0; s < S; s++) {
                        if (left + s >= 0 && left + s < W)
                                sum += w[r * S + s] *
                                       in[(top + r) * W + left + s];
                }
        }
        return sum;
}

void planes(int64_t task, const float *restrict x, const float *restrict w,
            const float *restrict bias, float *restrict y, int64_t B,
            int64_t C, int64_t K, int64_t H, int64_t W)
{
        int64_t height = (H + 2 * P - R) / STRIDE + 1;
        int64_t width = (W + 2 * P - S) / STRIDE + 1;
        float *out = y + task * height * width;

        (void)B;
        x += task / K * C * H * W;
        w += task % K * C * R * S;
        for (int64_t i = 0; i < height * width; i++)
                out[i] = bias[task % K];
        for (int64_t c = 0; c < C; c++) {
                for (int64_t i = 0; i < height * width; i++)
                        out[i] += window(x + c * H * W, w + c * R * S,
                                         i / width * STRIDE - P,
                                         i % width * STRIDE - P, H, W);
        }
}
