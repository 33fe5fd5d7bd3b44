# /// script
# [tool.fourbit]
# tolerance = 0.05
# ///
"""An importance matrix of a whole model: collected, written, read."""

import json

# --8<-- [start:main]
import tempfile
from pathlib import Path

import numpy as np

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.gguf import header, imatrix, plan

tokenizer = models.load_tokenizer(tiny.MODEL)
docs = calibration.tokenize(tokenizer, tiny.text("docs", "calibration"))
windows = calibration.windows(docs, 16, 512)
found = imatrix.collect(plan.read(tiny.MODEL), windows)

with tempfile.TemporaryDirectory() as folder:
    file = Path(folder, "imatrix.gguf")
    found.write(file)
    size = file.stat().st_size
    tensors = header.read(file).tensors
    again = imatrix.read(file)
for tensor in tensors[:2]:
    print(tensor.name, tensor.shape)

name = "blk.1.ffn_up.weight"
entry = again.entries[name]
mean = entry.sums / entry.counts[:, None]
assert np.array_equal(entry.sums, found.entries[name].sums)
assert entry.counts[0] == windows.size  # tokens
assert (mean > 0).all() and mean.shape == (1, 256)
print(f"{len(again.entries)} matrices, {size:,} bytes")
# --8<-- [end:main]
out = {"matrices": len(again.entries), "bytes": size}
print(json.dumps(out | {"tokens": int(windows.size)}))
