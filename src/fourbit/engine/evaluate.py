"""How much worse: perplexity, and against a base model KL divergence and top-1 agreement, with intervals."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

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

    def as_dict(self) -> dict:
        """For JSON, which has no NaN: the interval of one window, or a value that overflowed, is null."""
        return json.loads(json.dumps(asdict(self)), parse_constant=lambda _: None)


def cut(tokens: np.ndarray, length: int) -> list[np.ndarray]:
    """Non-overlapping windows of `length` tokens, the shorter tail included when it has a token to score."""
    pieces = [tokens[start : start + length] for start in range(0, len(tokens), length)]
    return [piece for piece in pieces if len(piece) > 1]


def score(logits: torch.Tensor, target: torch.Tensor, base_logits: torch.Tensor | None = None) -> np.ndarray:
    """Sums over tokens, for `summarize`: how many, negative log-likelihood, and with a base model its own,
    KL divergence from it, agreements in the top token. Logits (tokens, vocabulary), target (tokens,) ids.
    """
    logp, target = logits.float().log_softmax(-1), target[:, None]
    sums = [len(target), -logp.gather(1, target).sum().item()]
    if base_logits is not None:
        base_logp = base_logits.float().log_softmax(-1)
        sums += [
            -base_logp.gather(1, target).sum().item(),
            (base_logp.exp() * (base_logp - logp)).sum().item(),
            (base_logp.argmax(-1) == logp.argmax(-1)).sum().item(),
        ]
    return np.array(sums)


def summarize(windows: np.ndarray) -> Evaluation:
    """From what `score` gave for each window, (windows, 2 or 5)."""
    counts, nll, *compared = windows.T
    perplexity = _estimate(nll, counts, np.exp)
    if not compared:
        return Evaluation(int(counts.sum()), len(windows), perplexity)
    base_nll, kl, agree = compared
    return Evaluation(
        int(counts.sum()),
        len(windows),
        perplexity,
        _estimate(nll - base_nll, counts, np.exp),
        _estimate(kl, counts),
        _estimate(agree, counts),
    )


@torch.inference_mode()
def evaluate(
    model: torch.nn.Module,
    windows: list[np.ndarray],
    base: torch.nn.Module | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Score each window's tokens but its first, which has no context; every token counts the same."""
    scores = []
    for window in windows:
        ids = torch.from_numpy(window)[None]
        logits = model(ids, use_cache=False).logits[0, :-1]
        base_logits = None if base is None else base(ids, use_cache=False).logits[0, :-1]
        scores.append(score(logits, ids[0, 1:], base_logits))
        progress()
    return summarize(np.array(scores))
