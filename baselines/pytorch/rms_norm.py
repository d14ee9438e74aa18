import torch.nn.functional as F


def run(x, gain, eps):
    return F.rms_norm(x, x.shape[-1:], gain, eps)
