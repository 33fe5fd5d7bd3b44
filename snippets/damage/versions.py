# /// script
# [tool.fourbit]
# needs = ["gguf", "libgguf", "xllamacpp"]
# timeout = 300
# tolerance = 0.03
# ///
"""Every version: size, distance from F16, perplexity."""

import json
import tempfile
from pathlib import Path

# --8<-- [start:main]
from fourbit import tiny
from fourbit.book import damage
from fourbit.engine.evaluate import Window, cut, evaluate
from fourbit.engine.llamacpp import Gguf

rows = []
with tempfile.TemporaryDirectory() as folder:
    files = damage.make(Path(folder), Path.cwd())
    with Gguf(files["f16"], 512) as base:
        held_out = base.tokenize(tiny.text("docs"))
        windows = cut(held_out, 512)[:4]
        sample = [Window(base.tokenize(damage.SAMPLE))]
        for version in damage.VERSIONS:
            about = damage.describe(version, files[version.id])
            row = {k: about[k] for k in ("id", "name", "bytes", "bits")}
            with Gguf(files[version.id], 512) as model:
                found = evaluate(model, windows, base)
                row["sample"] = evaluate(model, sample).perplexity.value
            row["kl"] = found.kl.value  # nats
            row["top1"] = found.top1.value
            row["perplexity"] = found.perplexity.value
            rows.append(row)
            print(
                "{name:16} {bytes:>10,} bytes: KL {kl:.4f},"
                " same top {top1:.3f}, perplexity {perplexity:.2f}".format(
                    **row
                )
            )
kl = {row["id"]: row["kl"] for row in rows}
assert kl["q8_0"] < kl["q4_k"] < kl["q3_k"] < kl["q2_k"] < kl["rtn2"]
assert kl["gptq"] < kl["q4_0"]  # the same format, other codes
assert rows[-1]["bits"] < rows[-2]["bits"] < 1.1 * rows[-1]["bits"]
assert rows[4]["sample"] < rows[0]["sample"]  # too short a text
assert kl["rtn2"] > 3 * kl["q2_k"]  # at about the same bits
# --8<-- [end:main]

tokens = sum(len(window.ids) - window.context for window in windows)
print(json.dumps({"tokens": tokens, "rows": rows}))
