"""Attention piece by piece gives what attention at once gives."""

import json

import numpy as np

rng = np.random.default_rng(0)
query = rng.normal(size=64).astype(np.float32)
keys = rng.normal(size=(4096, 64)).astype(np.float32)
values = rng.normal(size=(4096, 64)).astype(np.float32)


# --8<-- [start:main]
def at_once(q, k, v):
    """All scores, then the softmax, then the weighted mean."""
    scores = k @ q / np.sqrt(q.size)
    weights = np.exp(scores - scores.max())
    return weights @ v / weights.sum()


def in_pieces(q, k, v, piece=128):
    """The same with running sums: flash attention's idea."""
    top, total, mean = -np.inf, 0.0, np.zeros(v.shape[1])
    for start in range(0, len(k), piece):
        scores = k[start : start + piece] @ q / np.sqrt(q.size)
        new = max(top, scores.max())
        weights = np.exp(scores - new)
        keep = np.exp(top - new)
        mean = mean * keep + weights @ v[start : start + piece]
        total, top = total * keep + weights.sum(), new
    return mean / total


whole, pieces = (
    at_once(query, keys, values),
    in_pieces(query, keys, values),
)
difference = float(np.abs(pieces - whole).max() / np.abs(whole).max())
assert 0 < difference < 1e-5  # the rounding of 32-bit floats, no more
# --8<-- [end:main]
print("largest difference: less than one in 100,000")
print(json.dumps({"below": 1e-5, "tokens": len(keys)}))
