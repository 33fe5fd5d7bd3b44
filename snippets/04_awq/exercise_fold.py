# ruff: noqa: F811
"""Exercise: fold the scales of a feed-forward part, and lose none."""

import json

# --8<-- [start:start]
import numpy as np


def forward(x, norm, gate, up, down):  # x: (tokens, 8)
    x = x / np.sqrt((x**2).mean(axis=-1, keepdims=True)) * norm
    a = x @ gate.T
    return (a / (1 + np.exp(-a)) * (x @ up.T)) @ down.T


def fold(norm, gate, up, down, s, t):
    """Scales of the inputs: s (8,) of gate and up, t (24,) of down."""
    # The columns of a matrix are multiplied by their input's scale.
    # What makes the inputs must undo it, so that forward() is the same.
    return norm, gate, up, down


# --8<-- [end:start]


# --8<-- [start:solution]
def fold(norm, gate, up, down, s, t):
    return norm / s, gate * s, up * s / t[:, None], down * t


# --8<-- [end:solution]

rng = np.random.default_rng(0)
shapes = {"norm": (8,), "gate": (24, 8), "up": (24, 8), "down": (8, 24)}
parts = {k: rng.standard_normal(n) for k, n in shapes.items()}
x = rng.standard_normal((5, 8))
s, t = np.exp(rng.standard_normal(8)), np.exp(rng.standard_normal(24))

# --8<-- [start:check]
copies = (part.copy() for part in parts.values())
norm, gate, up, down = fold(*copies, s.copy(), t.copy())
hint = "Multiply the columns of gate by s: one input, one column."
assert not np.allclose(gate, parts["gate"]), hint
hint = "gate takes s and no t: silu stands between it and down."
assert np.allclose(gate, parts["gate"] * s), hint
assert np.allclose(norm * s, parts["norm"]), "The norm undoes s."
assert np.allclose(down, parts["down"] * t), "down's columns get t."
rows = np.allclose(up, parts["up"] * s / t[:, None])
assert rows, "up takes part twice: columns times s, rows by t."
before = forward(x, *parts.values())
after = forward(x, norm, gate, up, down)
assert np.allclose(before, after), "The outputs differ."
moved = float(np.abs(down / parts["down"]).max())
print(f"Same outputs; a column of down grew {moved:.1f} times.")
# --8<-- [end:check]
print(json.dumps({"moved": moved}))
