import torch.nn.functional as F


def run(x, gain, bias, eps, B, G, C, L):
    y = F.group_norm(
        x.view(B, G * C, L), G, gain.flatten(), bias.flatten(), eps
    )
    return y.view(B, G, C, L)
