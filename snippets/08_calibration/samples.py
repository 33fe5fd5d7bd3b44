# /// script
# [tool.fourbit]
# timeout = 600
# tolerance = 0.2
# ///
"""32 samples of 256: of tokens, or of characters and then pads."""

import json

# --8<-- [start:main]
import numpy as np
from trial import Lab, interval

from fourbit import tiny
from fourbit.calibration.cut import tokenize, windows

lab = Lab()
whole = tiny.text("docs", "calibration").split("\n\n")
paragraphs = [text for text in whole if len(text) > 50][:32]
pieces = [tokenize(lab.tokenizer, text[:256]) for text in paragraphs]
padded = np.full((32, 256), lab.tokenizer.eos_token_id)
for row, piece in zip(padded, pieces, strict=True):
    row[: len(piece)] = piece
real = np.concatenate(pieces)

sets = {
    "windows of 256 tokens": (full := lab.draw("docs", 32), full.size),
    "text[:256], padded": (padded, real.size),
    "text[:256], joined": (
        joined := windows(real, 32, 256),
        joined.size,
    ),
}
rows, kl = [], {}
for name, (seen, tokens) in sets.items():
    kl[name] = lab.kl(lab.quantized(seen), "docs")
    rows.append(
        {"name": name, "positions": seen.size, "tokens": tokens}
    )
    rows[-1] |= {"kl": kl[name].mean()}
    print(f"{name:22} {tokens:5} tokens, KL {kl[name].mean():.4f}")

full, padded, joined = kl.values()  # paired: the same windows
low, high = interval(padded - full)
print(f"lost by the recipe: {low:.4f} to {high:.4f}")
pads = interval(padded - joined)
assert low > 0  # the recipe is worse, beyond doubt
assert np.abs(pads).max() < low  # the missing text, not the pads
# --8<-- [end:main]
loss = padded.mean() / full.mean() - 1
print(json.dumps({"rows": rows, "real": real.size, "loss": loss}))
