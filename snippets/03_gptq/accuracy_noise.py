"""An accuracy from 300 questions is uncertain by five points."""

import json

# --8<-- [start:interval]
import math

import numpy as np


def half_width(p, n):  # of the 95 % interval of an accuracy
    return 1.96 * math.sqrt(p * (1 - p) / n)


for n in (100, 300, 1000, 10_000):
    print(f"70 % of {n:6,d} questions: +- {half_width(0.7, n):.1%}")
assert round(half_width(0.7, 300), 3) == 0.052


def questions(p, difference, power_z=0.84):  # found 4 times in 5
    """Questions for two separate samples to show a difference."""
    q = p - difference
    variance = p * (1 - p) + q * (1 - q)
    return math.ceil((1.96 + power_z) ** 2 * variance / difference**2)


needed = questions(0.70, 0.02)
print(f"to see 70 % against 68 %: {needed:,d} questions each")
assert needed > 8000
# --8<-- [end:interval]


# --8<-- [start:paired]
# Same questions for both models: only those they answer differently
# count. Here 6 % turn wrong, 4 % turn right: again 70 % and 68 %.
rng = np.random.default_rng(0)


def share_found(n, trials=4000, broken=0.06, repaired=0.04):
    paired = separate = 0
    for _ in range(trials):
        b, c = rng.multinomial(n, [broken, repaired, 0.90])[:2]
        paired += abs(b - c) > 1.96 * math.sqrt(b + c)  # McNemar
        x, y = rng.binomial(n, [0.70, 0.68]) / n
        noise = math.hypot(half_width(x, n), half_width(y, n))
        separate += abs(x - y) > noise
    return paired / trials, separate / trials


n = 2000
paired, separate = share_found(n)
print(f"{n:,d} questions find the 2 points in {paired:.0%} of trials")
print(f"when paired, in {separate:.0%} when not")
assert paired > 2 * separate
# --8<-- [end:paired]

result = {"half_300": half_width(0.7, 300), "questions": needed}
result |= {"paired": paired, "separate": separate, "n": n}
print(json.dumps(result))
