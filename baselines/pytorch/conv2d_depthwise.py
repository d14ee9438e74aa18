import torch.nn.functional as F


def run(x, w, bias, C):
    return F.conv2d(x, w[:, None], bias, padding=1, groups=C)
