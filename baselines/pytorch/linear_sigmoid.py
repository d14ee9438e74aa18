import torch
import torch.nn.functional as F


def run(x, w, bias):
    return torch.sigmoid(F.linear(x, w, bias))
