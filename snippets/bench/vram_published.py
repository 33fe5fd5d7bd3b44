"""Sizes that others published against fourbit.vram's."""

import csv
import json
from pathlib import Path

from fourbit.vram import model, weights

lines = Path("tests/vram/published.csv").read_text().splitlines()
found = []
for row in csv.DictReader(s for s in lines if s[0] != "#"):
    read = model.from_table(row["model"])
    quant = weights.Quant.parse(row["quant"], row["imatrix"] == "1")
    ours = weights.weigh(read, quant)
    bits = row["unit"] == "bpw"
    size = ours.bits if bits else weights.file_bytes(read, ours) / 1e9
    found.append(
        {
            "model": row["model"],
            "quant": row["quant"],
            "published": f"{row['size']} {row['unit']}",
            "predicted": f"{size:.{4 if bits else 3}f} {row['unit']}",
            "off": size / float(row["size"]) - 1,
            "why": row["exception"],
        }
    )
kept = [f for f in found if not f["why"]]
assert all(abs(f["off"]) <= 0.005 for f in kept)
worst = sorted(found, key=lambda f: -abs(f["off"]))[:10]
for f in worst[:3]:
    print(f"{f['model']} {f['quant']}: {f['off']:+.2%} {f['why']}")
result = {
    "rows": len(found),
    "exceptions": len(found) - len(kept),
    "models": len({f["model"] for f in found}),
    "most": max(abs(f["off"]) for f in kept),
    "worst": worst,
}
print(json.dumps(result))
