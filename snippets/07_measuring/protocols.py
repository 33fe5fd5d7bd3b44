# /// script
# [tool.fourbit]
# tolerance = 0.002
# timeout = 120
# ///
"""One model, one text, many perplexities: each protocol's windows."""

import json

# --8<-- [start:windows]
from fourbit import tiny
from fourbit.calibration.cut import tokenize
from fourbit.engine import models
from fourbit.engine.evaluate import Window, cut, evaluate
from fourbit.engine.protocols import harness, llamacpp, per_text


def separate(tokens, length):  # the first of each goes unscored
    starts = range(0, len(tokens) - 1, length)
    return [Window(tokens[start : start + length]) for start in starts]


def popular(tokens, length, stride):  # scores what is not new
    starts = range(0, len(tokens) - length, stride)
    return [Window(tokens[s : s + length], stride) for s in starts]


def protocols(tokens, lengths, bos):
    for length in lengths:
        yield "separate", length, separate(tokens, length)
    stride = length // 4
    yield "sliding", length, cut(tokens, length, stride)
    yield "popular loop", length, popular(tokens, length, stride)
    for length in lengths[-2:]:
        yield "llama.cpp", length, llamacpp(tokens, length)
    yield "llama.cpp, BOS", length, llamacpp(tokens, length, bos)
    yield "harness", length, harness(tokens, length, bos)


# --8<-- [end:windows]


# --8<-- [start:measure]
def measure(name, text, lengths):
    path = models.find(name)
    model, tokenizer = models.load(path), models.load_tokenizer(path)
    tokens = tokenize(tokenizer, text)
    for way, length, windows in protocols(
        tokens, lengths, tokenizer.bos_token_id
    ):
        result = evaluate(model, windows)
        row = {"way": way, "length": length, "scored": result.tokens}
        row["perplexity"] = result.perplexity.value
        print(
            "{way:14} {length:4}: {scored:6,d} tokens scored,"
            " perplexity {perplexity:.2f}".format(**row),
            flush=True,
        )
        yield row
    units = per_text(result, text)  # the harness scored all tokens
    print(
        f"harness, by words {units.word:.0f},"
        f" bits per byte {units.bits_per_byte:.3f}"
    )
    yield {"words": units.word, "bits": units.bits_per_byte}


# --8<-- [end:measure]

if __name__ == "__main__":
    # --8<-- [start:tiny]
    text = tiny.text("docs")[:16_000]
    *rows, units = measure("tiny", text, (64, 128, 256, 512))
    ppl = [row["perplexity"] for row in rows]
    assert ppl[0] > ppl[1] > ppl[2] > ppl[3] > ppl[4]  # more context
    # --8<-- [end:tiny]
    most = max(ppl) / min(ppl)
    print(json.dumps({"rows": rows, "most": most} | units))
