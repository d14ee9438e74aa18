import torch.nn.functional as F


def run(x, target):
    return F.cross_entropy(x, target)
