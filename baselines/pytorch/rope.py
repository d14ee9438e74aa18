import torch


def run(x, c, s):
    a, b = x[..., 0], x[..., 1]
    return torch.stack((a * c - b * s, a * s + b * c), dim=-1)
