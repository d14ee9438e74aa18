import torch.nn.functional as F


def run(x, w, bias):
    return F.conv1d(x, w, bias, padding=1)
