# /// script
# [tool.fourbit]
# timeout = 600
# tolerance = 0.3
# ///
"""What changes when nothing does: other windows, another order."""

import json

# --8<-- [start:main]
import numpy as np
from trial import Lab

lab = Lab(n=16)
seen = lab.draw("docs", 16)  # 4,096 tokens
sets = {
    "another draw": [lab.draw("docs", 16, seed) for seed in range(5)],
    "another order": [np.roll(seen, 3 * i, axis=0) for i in range(5)],
}
rows = []
for name, draws in sets.items():
    kl = [lab.kl(lab.quantized(one), "docs").mean() for one in draws]
    print(f"{name:13}:", *(f"{one:.4f}" for one in kl))
    row = {"name": name, "least": min(kl), "most": max(kl)}
    rows.append(row | {"spread": max(kl) / min(kl) - 1})

for row in rows:
    assert 0.005 < row["spread"] < 0.2
# --8<-- [end:main]
print(json.dumps({"rows": rows}))
