"""The same dice for every version: noise from seed, place and token."""

import json

# --8<-- [start:main]
import numpy as np


def mix(x):
    """A hash of 32-bit integers."""
    x = np.atleast_1d(np.asarray(x, np.uint32))
    x = (x ^ x >> 16) * np.uint32(0x7FEB352D)
    x = (x ^ x >> 15) * np.uint32(0x846CA68B)
    return x ^ x >> 16


def dice(seed, place, count):
    """Gumbel noise (count,), a number for each token."""
    start = mix(mix(seed) + np.uint32(place))
    mixed = mix(start + np.arange(count, dtype=np.uint32))
    return -np.log(-np.log((mixed + 0.5) / 2**32))


def choose(logp, temperature, seed, place):
    """A token, drawn with probability ~ exp(logp / temperature)."""
    noise = dice(seed, place, len(logp))
    return int(np.argmax(logp + temperature * noise))


# --8<-- [end:main]


# --8<-- [start:proof]
if __name__ == "__main__":
    whole = np.array([0.5, 0.3, 0.15, 0.05])
    damaged = np.array([0.45, 0.35, 0.14, 0.06])
    drawn, same, other = (
        [choose(np.log(chance), 1.0, seed, i) for i in range(20_000)]
        for chance, seed in ((whole, 7), (damaged, 7), (damaged, 8))
    )
    share = np.bincount(drawn) / len(drawn)
    assert np.abs(share - whole).max() < 0.01  # draws as it should
    shared = float(np.mean(np.equal(drawn, same)))
    separate = float(np.mean(np.equal(drawn, other)))
    assert shared > 0.9 and separate < 0.45
    print(f"the same dice: {shared:.1%} of the tokens agree")
    print(f"other dice:    {separate:.1%}")
    print(json.dumps({"shared": shared, "separate": separate}))
# --8<-- [end:proof]
