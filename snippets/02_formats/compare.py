# /// script
# [tool.fourbit]
# tolerance = 0.02
# ///
"""Ten formats on three tensors: levels, bits, error of the weights."""

import json

# --8<-- [start:main]
import numpy as np
from named import FORMATS

from fourbit import tiny

rng = np.random.default_rng(0)
gauss = rng.standard_normal((512, 1024), dtype=np.float32)
loud = rng.random(gauss.shape) < 0.002  # one weight in 500
TENSORS = {
    "gauss": gauss,
    "real": tiny.layer("model.layers.1.mlp.down_proj")[0],
    "outliers": np.where(loud, 15 * gauss, gauss),
}
rows = []
for name, (levels, group, bits, there_and_back) in FORMATS.items():
    row = {"format": name, "levels": levels, "group": group}
    row["bits"] = bits
    for kind, W in TENSORS.items():
        error = there_and_back(W) - W
        row[kind] = float((error**2).sum() / (W**2).sum())
    rows.append(row)
    print(
        "{format:17} {bits:.3f} bits: {gauss:.3%} {real:.3%}"
        " {outliers:.3%}".format(**row)
    )
# --8<-- [end:main]
by = {row["format"]: row for row in rows}
assert by["FP8 (E4M3)"]["levels"] == 253 and by["NF4"]["levels"] == 16
for kind in TENSORS:
    assert by["Q4_K"][kind] < by["Q4_0"][kind] < by["-7 to 7"][kind]
    assert by["Q8_0"][kind] < by["FP8 (E4M3)"][kind]
print(json.dumps({"rows": rows}))
