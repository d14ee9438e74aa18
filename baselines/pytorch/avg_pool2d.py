import torch.nn.functional as F


def run(x):
    return F.avg_pool2d(x, 3, stride=2, padding=1)
