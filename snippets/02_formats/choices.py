# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""One choice at a time: the grid at a fixed group, then the group."""

import json

# --8<-- [start:main]
import numpy as np
from grids import E2M1, EIGHT, SEVEN, asymmetric, encode, half, nf4

rng = np.random.default_rng(0)
W = rng.standard_normal((512, 4096), dtype=np.float32)
GRIDS = {  # every scale in float16, so that only the levels differ
    "-7 to 7": lambda g: encode(W, SEVEN, g, lambda m: half(m / 7)),
    "-8 to 7": lambda g: encode(W, EIGHT, g, lambda m: half(m / 7.5)),
    "min to max": lambda g: asymmetric(W, g),
    "NF4": lambda g: encode(W, nf4(), g, half),
    "E2M1": lambda g: encode(W, E2M1, g, lambda m: half(m / 6)),
}
rows = []
for name, quantize in GRIDS.items():
    row = {"grid": name}
    for group in (32, 64, 128, 4096):
        V = quantize(group)
        row[f"g{group}"] = float(((V - W) ** 2).sum() / (W**2).sum())
        if group == 4096:  # all codes of a row's grid
            row["levels"] = int(max(len(np.unique(r)) for r in V[:64]))
    rows.append(row)
    print("{grid:10} {levels} levels".format(**row), end="")
    print(*(f"{row[f'g{g}']:9.3%}" for g in (32, 64, 128, 4096)))
# --8<-- [end:main]

seven, eight, asym, nf, e2m1 = rows
assert seven["levels"] == e2m1["levels"] == 15
assert eight["levels"] == asym["levels"] == nf["levels"] == 16
for g in ("g32", "g64", "g128"):
    assert eight[g] < seven[g]  # the sixteenth level is worth having
    assert nf[g] < eight[g]
for row in rows:
    assert row["g32"] < row["g64"] < row["g128"] < row["g4096"]
saved = 1 - eight["g128"] / seven["g128"]
lost = seven["g128"] / eight["g128"] - 1
print(json.dumps({"rows": rows, "saved": saved, "lost": lost}))
