# /// script
# [tool.fourbit]
# needs = ["gguf", "libgguf", "xllamacpp"]
# ///
"""A file writes with given dice; another is scored on the same text."""

import json
import tempfile
from pathlib import Path

# --8<-- [start:main]
import numpy as np
from dice import choose

from fourbit.engine.evaluate import Window
from fourbit.engine.llamacpp import Gguf


def predict(model, ids, known):
    """Log-probabilities of the tokens after the first `known`."""
    window = Window(np.array([*ids, 0]), known)
    return model.logits(window).double().log_softmax(-1).numpy()


def write(model, ids, tokens, temperature, seed):
    for place in range(tokens):
        logp = predict(model, ids, len(ids))[0]
        ids = [*ids, choose(logp, temperature, seed, place)]
    return ids


def score(base, model, ids, start):
    """KL divergence (nats) of each token of ids[start:], and both."""
    p, q = (predict(one, ids[:-1], start) for one in (base, model))
    return (np.exp(p) * (p - q)).sum(-1), p, q


# --8<-- [end:main]


if __name__ == "__main__":
    from fourbit import tiny
    from fourbit.gguf.convert import convert

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "tiny.gguf")
        convert(tiny.MODEL, file, "F16")
        with Gguf(file, 64) as model:
            ids = list(map(int, model.tokenize("This function")))
            texts = [write(model, ids, 12, 0.6, s) for s in (1, 1, 2)]
            assert texts[0] == texts[1] != texts[2]  # by the seed
            kl, p, _ = score(model, model, texts[0], len(ids))
            assert kl.max() == 0 and p.shape == (12, 2048)
    print("the same seed, the same text")
    print(json.dumps({"tokens": len(texts[0]) - len(ids)}))
