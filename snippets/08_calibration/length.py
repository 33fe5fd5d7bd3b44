# /// script
# [tool.fourbit]
# timeout = 600
# tolerance = 0.3
# ///
"""The same number of tokens in short windows and in long ones."""

import json

# --8<-- [start:main]
import numpy as np
from trial import Lab

from fourbit.calibration.cut import windows

lab = Lab(length=512, n=8)
text = lab.tokens("docs")
rows = []
for length in (16, 128, 512):
    sets = [
        windows(text, 4096 // length, length, seed) for seed in range(3)
    ]
    kl = [lab.kl(lab.quantized(one), "docs").mean() for one in sets]
    row = {"length": length, "windows": 4096 // length}
    row |= {"kl": np.mean(kl), "least": min(kl), "most": max(kl)}
    rows.append(row)
    print(
        f"{4096 // length:3} x {length:3}:", *(f"{k:.4f}" for k in kl)
    )

means = [row["kl"] for row in rows]
spread = max(row["most"] - row["least"] for row in rows)
assert max(means) - min(means) < spread  # less than a seed changes
# --8<-- [end:main]
result = {"rows": rows, "differ": max(means) - min(means)}
print(json.dumps(result | {"spread": spread}))
