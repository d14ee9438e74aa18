import torch


# torch.topk leaves open which of equals it takes; a stable sort does not.
def run(x):
    v, i = torch.sort(x, dim=1, descending=True, stable=True)
    return v[:, :8], i[:, :8]
