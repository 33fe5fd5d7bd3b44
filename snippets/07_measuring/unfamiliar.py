# /// script
# [tool.fourbit]
# tolerance = 0.05
# timeout = 120
# ///
"""Perplexity improves while one top token in twenty changes."""

import json

# --8<-- [start:main]
import torch
from bits import flat, read, rounded  # as above

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models
from fourbit.engine.evaluate import cut, score, summarize

path = models.find("tiny")
tokenizer, base = models.load_tokenizer(path), models.load(path)
rows = []
for domain in ("docs", "legal"):
    ids = tokenize(tokenizer, tiny.text(domain))
    pieces = [window.ids for window in cut(ids, 256)[:24]]
    known = [read(base, ids) for ids in pieces]
    for bits in (5, 4):
        model = rounded(path, bits)
        scores = [
            score(read(model, ids), torch.from_numpy(ids[1:]), logits)
            for ids, logits in zip(pieces, known, strict=True)
        ]
        row = flat(summarize(scores).as_dict())
        row |= {"domain": domain, "bits": bits}
        rows.append(row)
        print(
            "{domain:5} {bits} bits: perplexity x"
            " {perplexity_ratio:.4f} ({perplexity_ratio_low:.4f} to"
            " {perplexity_ratio_high:.4f}), KL {kl:.4f},"
            " same top {top1:.1%}".format(**row)
        )

docs, legal = rows[0], rows[2]  # at 5 bits
assert legal["perplexity_ratio_high"] < 1 < docs["perplexity_ratio_low"]
assert abs(legal["kl"] / docs["kl"] - 1) < 0.1 and legal["top1"] < 0.96
# --8<-- [end:main]
gain = 1 - legal["perplexity_ratio"]
print(json.dumps({"rows": rows, "gain": gain}))
