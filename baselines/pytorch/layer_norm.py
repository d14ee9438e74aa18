import torch.nn.functional as F


def run(x, gain, bias, eps):
    return F.layer_norm(x, x.shape[-1:], gain, bias, eps)
