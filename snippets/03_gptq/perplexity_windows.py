"""Popular sliding-window code scores most tokens three times."""

import json

# --8<-- [start:count]
import numpy as np

n, max_length, stride = 26_000, 2048, 512  # tokens


# Each window: its first token, the first it scores, its end.
def popular():
    target_len = max_length - stride  # should be: stride
    for start in range(0, n - max_length, stride):
        end = start + max_length
        yield start, end - target_len, end


def sliding():
    scored = 1  # nothing stands before the first token
    for start in range(0, n, stride):
        end = min(start + max_length, n)
        yield start, scored, end  # what no window has scored yet
        scored = end
        if end == n:
            return


def separate():
    for start in range(0, n, max_length):
        yield start, start + 1, min(start + max_length, n)


rows = []
for windows in popular, sliding, separate:
    times = np.zeros(n, int)
    for _, first, end in windows():
        times[first:end] += 1
    never, once, most = sum(times == 0), sum(times == 1), max(times)
    mean = times.sum() / np.count_nonzero(times)
    name = windows.__name__
    print(f"{name:9}{never:5} never, {once:6} once, most {most}")
    rows.append({"windows": name, "never": int(never), "mean": mean})
    rows[-1] |= {"once": int(once), "most": int(most)}
    if windows is sliding:  # every token but the first, once
        assert times[0] == 0 and (times[1:] == 1).all()
# --8<-- [end:count]

# --8<-- [start:ragged]
tokens = np.array([2047, 2047, 2047, 100])  # scored in each window
nll = np.array([2.0, 2.0, 2.0, 3.0])  # nats a token, mean of each
of_windows = np.exp(nll.mean())
of_tokens = np.exp((tokens * nll).sum() / tokens.sum())
print(f"perplexity: windows {of_windows:.2f}, tokens {of_tokens:.2f}")
assert of_windows > 1.2 * of_tokens
# --8<-- [end:ragged]
result = {"by_windows": of_windows, "by_tokens": of_tokens}
print(json.dumps(result | {"rows": rows}))
