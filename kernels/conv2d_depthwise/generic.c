// kevo: kernel conv2d_depthwise
// kevo: stage planes tasks B*C args x w bias y
#include <stdint.h>

/* top and left may lie outside. */
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
            int64_t C, int64_t H, int64_t W)
{
        const float *in = x + task * H * W;
        const float *taps = w + task % C * R * S;
        int64_t height = H + 2 * P - R + 1, width = W + 2 * P - S + 1;

        (void)B;
        for (int64_t i = 0; i < height; i++) {
                for (int64_t j = 0; j < width; j++)
                        y[(task * height + i) * width + j] =
                                bias[task % C] +
                                window(in, taps, i - P, j - P, H, W);
        }
}
