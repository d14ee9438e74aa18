import torch.nn.functional as F


def run(x):
    return F.silu(x[:, 0]) * x[:, 1]
