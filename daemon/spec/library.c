/*
 * The macros that ship with the language: activations as PyTorch defines
 * them. A spec's own macro of the same name wins.
 */
#include "spec/check.h"

const char library_text[] =
        "kernel library {\n"
        "fn square(x) = x * x\n"
        "fn clamp(x, lo, hi) = min(max(x, lo), hi)\n"
        "fn relu(x) = max(x, 0)\n"
        "fn relu6(x) = min(max(x, 0), 6)\n"
        "fn leaky_relu(x, slope) = x > 0 ? x : slope * x\n"
        "fn elu(x, alpha) = x > 0 ? x : alpha * expm1(x)\n"
        "fn sigmoid(x) = 1 / (1 + exp(-x))\n"
        "fn silu(x) = x / (1 + exp(-x))\n"
        "fn softplus(x) = max(x, 0) + log1p(exp(-abs(x)))\n"
        "fn gelu(x) = 0.5 * x * (1 + erf(x * 0.70710678118654752440))\n"
        "fn gelu_tanh(x) = 0.5 * x * (1 + tanh(0.79788456080286535588 *\n"
        "        (x + 0.044715 * x * x * x)))\n"
        "fn mish(x) = x * tanh(max(x, 0) + log1p(exp(-abs(x))))\n"
        "fn hardtanh(x) = min(max(x, -1), 1)\n"
        "fn hardsigmoid(x) = min(max(x + 3, 0), 6) / 6\n"
        "fn hardswish(x) = x * min(max(x + 3, 0), 6) / 6\n"
        "fn softsign(x) = x / (1 + abs(x))\n"
        "fn logsigmoid(x) = min(x, 0) - log1p(exp(-abs(x)))\n"
        "}\n";
