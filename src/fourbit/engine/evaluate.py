"""How much worse: perplexity, and against a base model KL divergence and top-1 agreement, with intervals."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from inspect import signature
from typing import Protocol

import numpy as np
import torch

from fourbit.engine.onednn import OneDNN

RESAMPLES = 2000
KL_BOUND = 0.1  # nats; the share of tokens above it is reported
CHUNK = 64  # tokens whose logits are compared at once: larger chunks leave the cache


@dataclass(frozen=True)
class Estimate:
    """A value and its 95 % interval from resampling whole windows (tokens within one are not independent)."""

    value: float
    low: float
    high: float


def _estimate(sums: np.ndarray, counts: np.ndarray, transform: Callable = lambda x: x) -> Estimate:
    """transform(sum / count) over windows (n,), with a bootstrap interval; one window alone gives none."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(sums), size=(RESAMPLES, len(sums)))
    means = transform(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    low, high = np.quantile(means, (0.025, 0.975)) if len(sums) > 1 else (math.nan, math.nan)
    return Estimate(float(transform(sums.sum() / counts.sum())), float(low), float(high))


@dataclass(frozen=True)
class Evaluation:
    """Measured over `tokens` scored tokens in `windows` windows; all but perplexity need a base model.

    perplexity        exp of the mean negative log-likelihood (nats) of a token
    perplexity_ratio  this model's perplexity over the base model's, on the same tokens
    kl                mean KL divergence from the base model's next-token distribution (nats)
    kl_median, kl_p99 of the tokens, median and 99th percentile of the same
    kl_above          share of tokens where it is above KL_BOUND
    top1              share of tokens for which both models rank the same token first
    """

    tokens: int
    windows: int
    perplexity: Estimate
    perplexity_ratio: Estimate | None = None
    kl: Estimate | None = None
    kl_median: float | None = None
    kl_p99: float | None = None
    kl_above: Estimate | None = None
    top1: Estimate | None = None

    def as_dict(self) -> dict:
        """For JSON, which has no NaN: the interval of one window, or a value that overflowed, is null."""
        return json.loads(json.dumps(asdict(self)), parse_constant=lambda _: None)


@dataclass(frozen=True)
class Window:
    """Consecutive token ids; the first `context` of them are only read, the others are scored."""

    ids: np.ndarray
    context: int = 1


def cut(tokens: np.ndarray, length: int, stride: int | None = None) -> list[Window]:
    """Windows of `length` tokens (the last one shorter), each `stride` after the one before it.

    Every token but the very first, which nothing predicts, is scored exactly once: in the first window that has
    it. stride None is length - 1: each window sees one token of the one before, and scores all others. A smaller
    stride gives every token at least length - stride tokens of context, and costs length / stride times as much.
    """
    stride = length - 1 if stride is None else stride
    if not 1 <= stride < length:
        raise ValueError(f"stride must be from 1 to {length - 1}, one less than the length, got {stride}")
    windows, scored = [], 1
    for start in range(0, len(tokens), stride):
        end = min(start + length, len(tokens))
        if end > scored:
            windows.append(Window(tokens[start:end], scored - start))
            scored = end
    return windows


def score(logits: torch.Tensor, target: torch.Tensor, base_logits: torch.Tensor | None = None) -> np.ndarray:
    """One row a token, for `summarize`: its negative log-likelihood, and with a base model that under the base
    model, the KL divergence from it, and whether both rank the same token first: (tokens, 1 or 4) float64.

    Logits (tokens, vocabulary), target (tokens,) ids.
    """
    parts = [slice(start, start + CHUNK) for start in range(0, len(target), CHUNK)]
    rows = [_score(logits[p], target[p], None if base_logits is None else base_logits[p]) for p in parts]
    return torch.cat(rows).double().numpy()


def _score(logits: torch.Tensor, target: torch.Tensor, base_logits: torch.Tensor | None) -> torch.Tensor:
    logits, target = logits.float(), target[:, None]
    total = logits.logsumexp(-1)
    nll = total - logits.gather(1, target)[:, 0]
    if base_logits is None:
        return nll[:, None]
    base = base_logits.float()
    base_total = base.logsumexp(-1)
    base_nll = base_total - base.gather(1, target)[:, 0]
    agree = base.argmax(-1) == logits.argmax(-1)
    chance = (base - base_total[:, None]).exp_()
    kl = (chance * (base - logits)).sum(-1) + total - base_total
    return torch.stack((nll, base_nll, kl, agree), dim=1)


def summarize(windows: list[np.ndarray]) -> Evaluation:
    """From what `score` gave for each window."""
    counts = np.array([len(window) for window in windows])
    sums = np.array([window.sum(axis=0) for window in windows]).T
    perplexity = _estimate(sums[0], counts, np.exp)
    if len(sums) == 1:
        return Evaluation(int(counts.sum()), len(windows), perplexity)
    nll, base_nll, kl, agree = sums
    each = np.concatenate([window[:, 2] for window in windows])
    above = np.array([(window[:, 2] > KL_BOUND).sum() for window in windows])
    return Evaluation(
        int(counts.sum()),
        len(windows),
        perplexity,
        _estimate(nll - base_nll, counts, np.exp),
        _estimate(kl, counts),
        float(np.median(each)),
        float(np.quantile(each, 0.99)),
        _estimate(above, counts),
        _estimate(agree, counts),
    )


class Predictor(Protocol):
    """What predicts without being a transformers model: a stored base (engine.base), a GGUF (engine.llamacpp)."""

    def logits(self, window: Window) -> torch.Tensor:
        """Logits (scored tokens, vocabulary), the row of a token from the position before it; valid until called again."""


Model = torch.nn.Module | Predictor


def predict(model: Model, window: Window) -> torch.Tensor:
    """Logits (scored tokens, vocabulary) for the tokens of a window that are scored."""
    if not isinstance(model, torch.nn.Module):
        return model.logits(window)
    keep = len(window.ids) - window.context + 1  # the logits at a position predict the next token
    known = "logits_to_keep" in signature(model.forward).parameters
    head = {"logits_to_keep": keep} if known else {}
    with OneDNN():
        return model(torch.from_numpy(window.ids)[None], use_cache=False, **head).logits[0, -keep:-1]


@torch.inference_mode()
def evaluate(
    model: Model,
    windows: list[Window],
    base: Model | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Score the windows of `cut`; every token counts the same."""
    scores = []
    for window in windows:
        target = torch.from_numpy(window.ids[window.context :])
        base_logits = None if base is None else predict(base, window)
        scores.append(score(predict(model, window), target, base_logits))
        progress()
    return summarize(scores)
