import torch
import torch.nn.functional as F


def rms(x, gain, eps):
    return F.rms_norm(x, x.shape[-1:], gain, eps)


def run(x, w1, b1, g1, w2, g2, eps):
    h = rms(F.gelu(torch.baddbmm(b1, x, w1)), g1, eps)
    return rms(torch.bmm(h, w2), g2, eps)
