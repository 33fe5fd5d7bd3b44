"""Exercise: mend a perplexity that counts wrong, and prove it."""

import math

# --8<-- [start:broken]
import numpy as np


def popular(nll, tokens, length, stride, most=50):
    """nll(ids) gives the loss of each of ids[1:], in nats."""
    means = []
    last = min(len(tokens) - length, most * stride)
    for start in range(0, last, stride):
        loss = nll(tokens[start : start + length])
        means.append(loss[-(length - stride) :].mean())
    return math.exp(sum(means) / len(means))


# --8<-- [end:broken]


# --8<-- [start:mended]
def mended(nll, tokens, length, stride):
    total, scored = 0.0, 1  # nothing predicts the first
    for start in range(0, len(tokens), stride):
        end = min(start + length, len(tokens))  # the tail counts
        loss = nll(tokens[start:end])
        total += loss[-(end - scored) :].sum()  # what is new
        scored = end
        if end == len(tokens):
            return math.exp(total / (scored - 1))  # over tokens


def coded(ids):  # a model whose loss on token t is t / 1000
    return ids[1:] / 1000


for n in (2, 300, 512, 513, 2000, 2001):
    tokens = np.arange(n)
    right = math.exp(tokens[1:].mean() / 1000)  # each token once
    for stride in (1, 100, 511):
        found = mended(coded, tokens, 512, stride)
        assert math.isclose(found, right)
wrong = popular(coded, tokens, 512, 128)
assert not math.isclose(wrong, right, rel_tol=0.01)
try:
    popular(coded, tokens[:512], 512, 128)
except ZeroDivisionError:
    print("popular: a text of one window has no window")
# --8<-- [end:mended]

print(f"right {right:.3f}, popular {wrong:.3f}")
