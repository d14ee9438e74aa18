import torch.nn.functional as F


def run(x0, x, v, w, bias):
    return x0 * F.linear(v, w, bias) + x
