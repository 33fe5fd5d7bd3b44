# /// script
# [tool.fourbit]
# timeout = 600
# tolerance = 0.05
# ///
"""A copy adds nothing: the same codes, however often it is seen."""

import json

# --8<-- [start:main]
import numpy as np
from trial import Lab

from fourbit import tiny
from fourbit.calibration.cut import tokenize

lab = Lab(n=16)
header = tokenize(lab.tokenizer, tiny.documents("legal")[0])[:128]


def kl(seen):
    return lab.kl(lab.quantized(seen), "code").mean()


fresh = lab.draw("code", 16)
rows = []
for name, seen in [
    ("16 windows", fresh),
    ("4 of them", fresh[:4]),
    ("those 4, four times each", np.concatenate([fresh[:4]] * 4)),
]:
    row = {"name": name, "tokens": seen.size, "kl": kl(seen)}
    rows.append(row)
    print("{tokens:5} {name:25} KL {kl:.4f}".format(**row))

every, few, copied = (row["kl"] for row in rows)
assert abs(copied / few - 1) < 0.1 < few / every - 1

pairs = []  # every window begins with a license, or lacks that half
for seed in range(3):
    seen = lab.draw("code", 16, seed)
    half = seen[:, 128:].copy()
    seen[:, :128] = header
    pairs.append({"license": kl(seen), "half": kl(half)})
    print("license {license:.4f}, half {half:.4f}".format(**pairs[-1]))
assert all(pair["half"] < pair["license"] for pair in pairs)
# --8<-- [end:main]
print(json.dumps({"rows": rows, "pairs": pairs}))
