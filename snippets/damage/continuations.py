# /// script
# [tool.fourbit]
# needs = ["gguf", "libgguf", "xllamacpp"]
# timeout = 300
# tolerance = 0.3
# ///
"""What each version writes, and its distance from F16, by token."""

import json
import tempfile
from pathlib import Path

# --8<-- [start:main]
import numpy as np
from dice import choose
from tokenizers import Tokenizer
from writing import score, write

from fourbit import tiny
from fourbit.book import damage
from fourbit.engine.llamacpp import Gguf

text = Tokenizer.from_file(str(tiny.MODEL / "tokenizer.json"))


def compare(base, model, f16, ids, start, how):
    shared, p, q = score(base, model, f16, start)
    own, theirs, _ = score(base, model, ids, start)
    wanted = [choose(x, *how, i) for i, x in enumerate(theirs)]
    return {
        "pieces": [text.decode([x]) for x in ids[start:]],
        "picked": [float(x) for x in np.equal(wanted, ids[start:])],
        "own": [float(f"{x:.3g}") for x in own],
        "shared": [float(f"{x:.3g}") for x in shared],
        "kl": float(shared.mean()),
        "top1": float((p.argmax(-1) == q.argmax(-1)).mean()),
    }


found = {}
with tempfile.TemporaryDirectory() as folder:
    files = damage.make(Path(folder), Path.cwd())
    models = {name: Gguf(file, 128) for name, file in files.items()}
    base = models["f16"]
    for preset in damage.PRESETS:
        how = preset.temperature, preset.seed
        ids = list(map(int, base.tokenize(preset.prompt)))
        f16 = write(base, ids, preset.tokens, *how)
        rows = {}
        found[preset.id] = preset._asdict() | {"versions": rows}
        for name, model in models.items():
            ours = write(model, ids, preset.tokens, *how)
            rows[name] = compare(base, model, f16, ours, len(ids), how)
        picked = {n: sum(row["picked"]) for n, row in rows.items()}
        assert picked["f16"] == preset.tokens
        assert picked["q4_k"] > picked["q2_k"] > picked["rtn2"]
        # --8<-- [end:main]
        print(preset.id, picked)
print(json.dumps(found))
