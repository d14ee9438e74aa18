import torch.nn.functional as F


def run(x, mean, var, gain, bias, eps):
    return F.batch_norm(x, mean, var, gain, bias, training=False, eps=eps)
