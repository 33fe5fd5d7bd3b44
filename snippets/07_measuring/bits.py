# /// script
# [tool.fourbit]
# timeout = 300
# tolerance = 0.02
# ///
"""Which measure sees the damage first? Bit widths by plain rounding."""

import json

# --8<-- [start:rounded]
import torch

from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models, tasks
from fourbit.engine.evaluate import cut, score, summarize
from fourbit.engine.walk.skeleton import quantizable


def rounded(path, bits, group=64):  # chapter 3's grid, any width
    model, top = models.load(path), 2 ** (bits - 1)
    for layer in quantizable(model).values():
        W = layer.weight.data.unflatten(1, (-1, group))
        step = W.abs().amax(-1, keepdim=True) / (top - 0.5)
        codes = (W / step).round().clamp(-top, top - 1)
        layer.weight.data = (codes * step).flatten(1)
    return model


# --8<-- [end:rounded]


# --8<-- [start:measure]
@torch.inference_mode()
def read(model, ids):  # logits of ids[1:]
    return model(torch.from_numpy(ids)[None]).logits[0, :-1]


def measure(name, text, windows, length, items, widths):
    path = models.find(name)
    tokens = tokenize(models.load_tokenizer(path), text)
    pieces = [w.ids for w in cut(tokens, length)[:windows]]
    base = models.load(path)
    logits = [read(base, ids) for ids in pieces]  # once, for all
    quiz = tasks.multiple_choice(tokens, items)
    right = tasks.answer(base, quiz)
    for bits in widths:
        model = rounded(path, bits)
        scores = [
            score(read(model, ids), torch.from_numpy(ids[1:]), known)
            for ids, known in zip(pieces, logits, strict=True)
        ]
        seen = summarize(scores).as_dict()
        task = tasks.compare(right, tasks.answer(model, quiz))
        yield {"bits": bits} | flat(seen) | task.as_dict()


def flat(seen):  # an estimate as three numbers
    row = {}
    for key, value in seen.items():
        row[key] = value["value"] if isinstance(value, dict) else value
        if isinstance(value, dict):
            row |= {
                f"{key}_{end}": value[end] for end in ("low", "high")
            }
    return row


# --8<-- [end:measure]


def show(row):
    print(
        "{bits} bits: perplexity x {perplexity_ratio:.4f}"
        " ({perplexity_ratio_low:.4f} to {perplexity_ratio_high:.4f}),"
        " KL {kl:.5f} ({kl_low:.5f} to {kl_high:.5f}),"
        " same top {top1:.1%}, right {model:.1%},"
        " p {p_value:.2f}".format(**row),
        flush=True,
    )
    return row


if __name__ == "__main__":
    # --8<-- [start:tiny]
    widths, text = (8, 6, 5, 4, 3, 2), tiny.text("docs")
    rows = [
        show(r) for r in measure("tiny", text, 24, 256, 300, widths)
    ]
    kl_sees = [row["bits"] for row in rows if row["kl_low"] > 0]
    ppl_sees = [
        r["bits"] for r in rows if r["perplexity_ratio_low"] > 1
    ]
    task_sees = [row["bits"] for row in rows if row["p_value"] < 0.05]
    assert max(kl_sees) > max(ppl_sees) > max(task_sees, default=0)
    # --8<-- [end:tiny]
    result = {"rows": rows, "tokens": rows[0]["tokens"]}
    result |= {
        "ppl_sees": max(ppl_sees),
        "task_sees": max(task_sees, default=0),
    }
    print(json.dumps(result | {"base": rows[0]["base"]}))
