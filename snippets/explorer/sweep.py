"""Halfway through GPTQ: the errors of one half have moved the other."""

import json
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from read import Layer

from fourbit.gptq import gptq, inverse_factor

folder = Path("docs/assets/figures/explorer")
folder.mkdir(parents=True, exist_ok=True)

# --8<-- [start:main]
layer = Layer("tiny-q")
W, (H, _) = layer.W, layer.calibrate(4096)
q = gptq(W, H, bits=3, group_size=64, symmetric=False)
U = inverse_factor(H, 0.01)
half = 128  # of 256 columns
moved = np.zeros_like(W)
for j in range(half):  # the errors of the first half, pushed ahead
    error = (W[:, j] + moved[:, j] - q.dequantize()[:, j]) / U[j, j]
    moved[:, j + 1 :] -= np.outer(error, U[j, j + 1 :])
rounded = q.dequantize()[:, :half] - W[:, :half]
ahead = moved[:, half:]  # weights that nobody has rounded yet
step = q.scales.mean(dtype=float)
share = (ahead**2).mean() / (rounded**2).mean()
print(f"free weights moved: {np.abs(ahead).mean() / step:.2f} steps")
assert 0.05 < np.abs(ahead).mean() / step < 0.5
# --8<-- [end:main]

plt.rcParams.update({"svg.hashsalt": "fourbit", "font.size": 11})
plt.figure(figsize=(7, 3.6))
picture = np.hstack([rounded, ahead])[:128] / step
look = {"cmap": "PuOr_r", "vmin": -1, "vmax": 1}
plt.imshow(picture, **look, aspect="auto", interpolation="none")
plt.axvline(half - 0.5, color="#24292f", lw=1.5)
plt.xlabel("column: rounded to the left, still free to the right")
plt.ylabel("row")
plt.colorbar(label="steps of the grid")
plt.tight_layout()
plt.savefig(folder / "sweep.svg", metadata={"Date": None})
print(json.dumps({"share": share, "columns": half}))
