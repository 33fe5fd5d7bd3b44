# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the trials of this chapter import it"
# ///
"""A trial: quantize on some windows, measure KL on unseen text."""

# --8<-- [start:main]
from functools import cache

import numpy as np

from fourbit import tiny
from fourbit.calibration.cut import tokenize, windows
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate, predict
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.walk import quantize_model


class Lab:
    def __init__(self, model="tiny", length=256, n=24):
        self.path, self.length, self.n = models.find(model), length, n
        self.tokenizer = models.load_tokenizer(self.path)
        self.original = models.load(self.path)
        self.tokens, self.known = cache(self.tokens), {}

    def tokens(self, domain, split="calibration"):
        return tokenize(self.tokenizer, tiny.text(domain, split))

    def draw(self, domain, n, seed=0):  # (n, length), unpadded
        return windows(self.tokens(domain), n, self.length, seed)

    def quantized(self, rows, bits=3, method="gptq"):
        model = models.load(self.path)
        recipe = Recipe(method, bits=bits, group_size=64)
        quantize_model(model, rows, recipe)
        return model

    def logits(self, window):  # of the original: we are its predictor
        key = window.ids.tobytes()
        if key not in self.known:  # each window is read once
            self.known[key] = predict(self.original, window)
        return self.known[key]

    def kl(self, model, text):  # (n,): a mean for each unseen window
        if isinstance(text, str):
            text = self.tokens(text, "evaluation")
        unseen = cut(text, self.length)[: self.n]
        found = [evaluate(model, [one], self) for one in unseen]
        return np.array([one.kl.value for one in found])


def interval(values):  # 95 %, from resampling whole windows
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(values), size=(2000, len(values)))
    return np.quantile(values[drawn].mean(axis=1), (0.025, 0.975))


# --8<-- [end:main]
