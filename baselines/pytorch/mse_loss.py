import torch.nn.functional as F


def run(x, target):
    return F.mse_loss(x, target)
