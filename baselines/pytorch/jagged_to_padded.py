import torch


def run(values, off, pad, L):
    place = off[:-1, None] + torch.arange(L)
    inside = place < off[1:, None]
    rows = values[place.clamp(max=values.shape[0] - 1)]
    return torch.where(inside[..., None], rows, pad)
