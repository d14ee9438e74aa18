import torch


def run(x, borders, F, U):
    buckets = torch.searchsorted(borders, x)
    return buckets + (U + 1) * torch.arange(F)[:, None]
