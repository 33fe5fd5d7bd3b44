# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "its numbers are those of one machine"
# timeout = 300
# ///
"""The roofline of one core: a matrix times more and more vectors."""

import json

# --8<-- [start:main]
from time import perf_counter

import torch

from fourbit.gguf import bandwidth

torch.set_num_threads(1)
speed = bandwidth.measure(threads=1)  # bytes a second
W = torch.ones(4096, 8192)  # float32: more than any cache holds
rows = []
for n in (1, 2, 4, 8, 16, 32, 64, 128):  # vectors at once
    x, best = torch.ones(n, 8192), float("inf")
    for _ in range(40):
        began = perf_counter()
        torch.nn.functional.linear(x, W)
        best = min(best, perf_counter() - began)
    row = {"n": n, "ops": 2 * n * W.numel() / best, "per_byte": n / 2}
    rows.append(row | {"bytes": W.nbytes / best, "vectors": n / best})
    speed = max(speed, bandwidth.measure(threads=1))
# --8<-- [end:main]
peak = max(row["ops"] for row in rows)
assert all(row["bytes"] < 1.05 * speed for row in rows)
assert rows[-1]["bytes"] < rows[0]["bytes"] / 8  # far below memory
gain = rows[-1]["vectors"] / rows[0]["vectors"]
result = {"bandwidth": speed, "peak": peak, "balance": peak / speed}
print(json.dumps(result | {"gain": gain, "rows": rows}))
