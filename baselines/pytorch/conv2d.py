import torch.nn.functional as F


def run(x, w, bias):
    return F.conv2d(x, w, bias, stride=2, padding=1)
