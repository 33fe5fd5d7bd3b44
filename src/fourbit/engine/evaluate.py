"""How much worse: perplexity, and against a base model KL divergence and top-1 agreement, with intervals."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

RESAMPLES = 2000


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
    """Measured over `tokens` scored tokens in `windows` windows; the last three need a base model.

    perplexity        exp of the mean negative log-likelihood (nats) of a token
    perplexity_ratio  this model's perplexity over the base model's, on the same tokens
    kl                mean KL divergence from the base model's next-token distribution (nats)
    top1              share of positions where both models rank the same token first
    """

    tokens: int
    windows: int
    perplexity: Estimate
    perplexity_ratio: Estimate | None = None
    kl: Estimate | None = None
    top1: Estimate | None = None


def cut(tokens: np.ndarray, length: int) -> list[np.ndarray]:
    """Non-overlapping windows of `length` tokens, the shorter tail included when it has a token to score."""
    pieces = [tokens[start : start + length] for start in range(0, len(tokens), length)]
    return [piece for piece in pieces if len(piece) > 1]


@torch.inference_mode()
def evaluate(
    model: torch.nn.Module,
    windows: list[np.ndarray],
    base: torch.nn.Module | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Score each window's tokens but its first, which has no context; every token counts the same."""
    counts, nll, base_nll, kl, agree = [], [], [], [], []
    for window in windows:
        ids = torch.from_numpy(window)[None]
        target = ids[0, 1:, None]
        logp = model(ids, use_cache=False).logits[0, :-1].float().log_softmax(-1)  # (tokens, vocabulary)
        counts.append(len(target))
        nll.append(-logp.gather(1, target).sum().item())
        if base is not None:
            base_logp = base(ids, use_cache=False).logits[0, :-1].float().log_softmax(-1)
            base_nll.append(-base_logp.gather(1, target).sum().item())
            kl.append((base_logp.exp() * (base_logp - logp)).sum().item())
            agree.append((base_logp.argmax(-1) == logp.argmax(-1)).sum().item())
        progress()
    counts, nll = np.array(counts), np.array(nll)
    perplexity = _estimate(nll, counts, np.exp)
    if base is None:
        return Evaluation(int(counts.sum()), len(windows), perplexity)
    return Evaluation(
        int(counts.sum()),
        len(windows),
        perplexity,
        _estimate(nll - np.array(base_nll), counts, np.exp),
        _estimate(np.array(kl), counts),
        _estimate(np.array(agree), counts),
    )
