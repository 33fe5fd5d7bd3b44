"""Where the bytes of a super-block go, and what they buy."""

import json

# --8<-- [start:main]
from fourbit import tiny
from fourbit.gguf.decode import FIELDS
from fourbit.gguf.quantize import decode, encode
from fourbit.gguf.types import TYPES
from fourbit.gptq import hessian, relative_error

W, _ = tiny.layer("model.layers.1.mlp.up_proj")
_, X = tiny.layer("model.layers.1.mlp.up_proj", split="evaluation")
H = hessian(X)
K_QUANTS = ("Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K")
rows = []
for name in (*K_QUANTS, "Q4_0", "Q4_1", "Q5_0", "Q8_0"):
    kind = TYPES[name]
    parts = {k: n * 256 // kind.block for k, n in FIELDS[name].items()}
    codes = sum(parts.get(k, 0) for k in ("qs", "ql", "qh", "hmask"))
    whole = sum(parts.get(k, 0) for k in ("d", "dmin", "m"))
    V = decode(encode(W, kind), kind, W.shape)
    rows.append(
        {
            "type": name,
            "bytes": sum(parts.values()),
            "codes": codes,
            "small": parts.get("scales", 0),  # 4 to 8 bits each
            "fp16": whole,
            "bpw": kind.bits,
            "error": float(relative_error(W, V, H)),
        }
    )
for row in rows:
    print(row["type"], row["bytes"], "bytes,", row["bpw"], "bits")
by = {row["type"]: row for row in rows}
assert all(by[n]["bytes"] == TYPES[n].size for n in by if "K" in n)
assert by["Q4_K"]["bpw"] < by["Q4_1"]["bpw"]  # half a bit less
assert by["Q4_K"]["error"] < by["Q4_1"]["error"]  # and better
assert by["Q4_K"]["bpw"] == by["Q4_0"]["bpw"] == 4.5
# --8<-- [end:main]
better = by["Q4_0"]["error"] / by["Q4_K"]["error"]
print(json.dumps({"rows": rows, "q4_0_to_q4_k": better}))
