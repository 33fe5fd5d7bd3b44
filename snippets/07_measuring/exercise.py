"""Exercise: mend a perplexity that counts wrong, and prove it."""

import math

# --8<-- [start:start]
import numpy as np


def perplexity(nll, tokens, length, stride, most=50):
    """nll(ids) gives the loss of each of ids[1:], in nats."""
    means = []
    last = min(len(tokens) - length, most * stride)
    for start in range(0, last, stride):
        loss = nll(tokens[start : start + length])
        means.append(loss[-(length - stride) :].mean())
    return math.exp(sum(means) / len(means))


# --8<-- [end:start]
popular = perplexity


# --8<-- [start:solution]
def perplexity(nll, tokens, length, stride):
    total, scored = 0.0, 1  # nothing predicts the first
    for start in range(0, len(tokens), stride):
        end = min(start + length, len(tokens))  # the tail counts
        loss = nll(tokens[start:end])
        total += loss[-(end - scored) :].sum()  # what is new
        scored = end
        if end == len(tokens):
            return math.exp(total / (scored - 1))  # over tokens


# --8<-- [end:solution]


# --8<-- [start:check]
def coded(ids):  # a model whose loss on token t is t / 1000
    return ids[1:] / 1000


CASES = {  # tokens, stride
    (512, 511): "A text of one window counts too.",
    (2000, 511): "The tail, shorter than a window, counts too.",
    (2000, 100): "Score each token once: only what is new in a window.",
    (9000, 100): "It reads the whole text, not only `most` windows.",
}
for (n, stride), hint in CASES.items():
    tokens = np.arange(n)
    right = math.exp(tokens[1:].mean() / 1000)  # each token once
    try:
        found = perplexity(coded, tokens, 512, stride)
    except ZeroDivisionError:
        raise AssertionError(hint) from None
    assert found and math.isclose(found, right), hint
# --8<-- [end:check]
wrong = popular(coded, tokens, 512, 100)
assert not math.isclose(wrong, right, rel_tol=0.01)
print(f"right {right:.3f}, popular {wrong:.3f}")
