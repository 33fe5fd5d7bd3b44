# /// script
# [tool.fourbit]
# tolerance = 0.001
# timeout = 120
# ///
"""The base model's predictions in a file: small, and exact."""

import json
import tempfile
from pathlib import Path

# --8<-- [start:main]
from bits import rounded  # as above

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models
from fourbit.engine.base import Base, store
from fourbit.engine.evaluate import cut, evaluate

path = models.find("tiny")
tokens = tokenize(models.load_tokenizer(path), tiny.text("docs"))
pieces = cut(tokens, 256)[:8]
file = Path(tempfile.mkdtemp()) / "tiny.base"
store(file, path, pieces)  # hidden states, not logits

model, base = rounded(path, 4), models.load(path)
stored = evaluate(model, pieces, Base(file, path, pieces))
direct = evaluate(model, pieces, base)
assert abs(stored.kl.value - direct.kl.value) < 1e-5 * direct.kl.value

each = file.stat().st_size / stored.tokens  # bytes a token
logits = 2 * base.config.vocab_size  # as llama.cpp stores them
print(f"{each:,.0f} bytes a token, logits would take {logits:,}")
# --8<-- [end:main]

sizes = {"smollm2": (576, 49152), "llama3": (4096, 128256)}
result = {
    name: {"states": 4 * width, "logits": 2 * vocabulary}
    for name, (width, vocabulary) in sizes.items()
}
result |= {"tiny": {"states": each, "logits": logits}}
print(json.dumps(result))
