"""Predicted against planned by llama.cpp, for every oracle row."""

import csv
import json
from pathlib import Path
from statistics import median

from fourbit.vram import cache, compute, model
from fourbit.vram.lines import MIB
from fourbit.vram.settings import Settings

ORACLE = Path("tests/vram/oracle.csv")
lines = ORACLE.read_text().splitlines()
rows = list(csv.DictReader(s for s in lines if s[0] != "#"))
models = {n: model.from_table(n) for n in {r["model"] for r in rows}}
found = []
for row in rows:
    dims = models[row["model"]].dims
    asked = Settings(
        int(row["context"]), int(row["sequences"]), row["cache"],
        row["cache"], row["flash"] == "1", int(row["batch"]),
        int(row["ubatch"]), int(row["outputs"]) or int(row["batch"]),
        row["unified"] == "1",
    )  # fmt: skip
    kept = sum(k.bytes for k in cache.layers(dims, asked)) / MIB
    told = float(row["cache_mib"]) + float(row["state_mib"])
    planned = compute.planned(dims, asked) / MIB
    real = float(row["compute_mib"])
    weights = int(row["weights_bytes"]) / MIB
    total = weights + told + real  # MiB
    thumb = 1.2 * weights  # the rule: weights and a fifth
    found.append(
        {
            **{k: row[k] for k in ("model", "context", "split")},
            "cache_off": abs(kept - told),  # MiB
            "compute": real,
            "predicted": planned,
            "bar": abs(planned - real) / max(5, 0.03 * real),
            "off": abs(weights + kept + planned - total) / total,
            "thumb_off": abs(thumb - total) / total,
        }
    )
assert max(f["cache_off"] for f in found) < 0.03  # of rounding
within = [f["bar"] <= 1 for f in found]
worst = sorted(found, key=lambda f: -f["bar"])[:20]
for f in worst[:5]:
    print(f"{f['model']:18} {f['context']:>6} {f['compute']:7.1f} MiB,"
          f" predicted {f['predicted']:7.1f}")  # fmt: skip
result = {
    "rows": len(found),
    "models": len(models),
    "within": sum(within),
    "share_within": sum(within) / len(found),
    "median_off": median(f["off"] for f in found),
    "worst_off": max(f["off"] for f in found),
    "thumb_median_off": median(f["thumb_off"] for f in found),
    "thumb_worst_off": max(f["thumb_off"] for f in found),
    "held_out_rows": sum(f["split"] == "held out" for f in found),
    "worst": worst,
}
assert result["share_within"] > 0.98
print(json.dumps(result))
