import torch


def run(events, inner, values, N):
    first, count = events[:-1], events.diff()
    kept = count.clamp(max=N)
    user = torch.repeat_interleave(torch.arange(len(kept)), count)
    event = torch.arange(len(user))
    chosen = event < first[user] + kept[user]
    per_event = inner.diff()
    taken = torch.repeat_interleave(chosen, per_event)
    lengths, y = per_event[chosen], values[taken]
    return kept, kept.sum(), lengths.sum(), lengths, y
