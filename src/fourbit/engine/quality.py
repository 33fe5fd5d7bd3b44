"""The gate at the end of a run: what was written is read back and compared with the base model.

It is there for models that are broken, not for mediocre ones. On SmolLM2-135M (snippets/03_gptq, group 64) the worst
3-bit model, by rounding, has a KL divergence of 2.1 nats, 31% same top tokens and 7.5 times the perplexity; the best
2-bit one, by GPTQ, has 7.5 nats, 3.8% and 1,775 times. Each limit is near the geometric mean of the two.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from fourbit.engine.checkpoint import weights
from fourbit.engine.evaluate import Evaluation, score, summarize
from fourbit.engine.walk.skeleton import Skeleton
from fourbit.errors import UserError

MOST_KL = 4.0  # nats
LEAST_TOP1 = 0.1
MOST_RATIO = 115.0

WINDOWS = 8
CHUNK = 128  # tokens whose logits are in memory at once
SAMPLE_PARAMETERS = 250_000_000  # 1 GB in float32: above, no sample is drawn
PROMPT, CONTINUATION = 32, 32  # tokens


@dataclass(frozen=True)
class Sample:
    """The same prompt continued greedily by both models."""

    prompt: str
    base: str
    quantized: str


@dataclass(frozen=True)
class Quality:
    """How far a quantized model is from its base. text: what it was measured on; sample: None, or why there is none."""

    evaluation: Evaluation
    text: str = "held-out text"
    sample: Sample | None = None
    no_sample: str = ""

    def faults(self) -> list[str]:
        """What says that the model is broken; empty when it is not."""
        e = self.evaluation
        limits = (
            (not e.kl.value <= MOST_KL, f"KL divergence {e.kl.value:.2f} nats (at most {MOST_KL:g})"),
            (e.top1.value < LEAST_TOP1, f"same top token {e.top1.value:.1%} (at least {LEAST_TOP1:.0%})"),
            (
                not e.perplexity_ratio.value <= MOST_RATIO,
                f"perplexity times {e.perplexity_ratio.value:,.1f} (at most {MOST_RATIO:g})",
            ),
        )
        return [text for broken, text in limits if broken]

    def as_dict(self) -> dict:
        """For JSON."""
        sample = {"sample": self.sample and asdict(self.sample), "no_sample": self.no_sample}
        return {"text": self.text} | self.evaluation.as_dict() | sample


@torch.inference_mode()
def check(
    source: Path, folder: Path, windows: np.ndarray, tokenizer=None, text: str = "held-out text"
) -> Quality:
    """Read `folder` back and compare it with `source` on windows (n, length), one decoder block in memory at a time.

    With a tokenizer both models also continue a prompt, unless they are too large to be loaded whole.
    UserError when what was written cannot be read.
    """
    base, ours = Skeleton(source), Skeleton(folder)
    states = [_through(skeleton, windows) for skeleton in (base, ours)]
    scores = []
    for row, window in enumerate(windows):
        target = torch.from_numpy(window[1:])
        parts = []
        for piece in torch.arange(len(target)).split(CHUNK):
            base_logits, logits = (
                skeleton.leave(hidden[row, piece][None])[0]
                for skeleton, hidden in zip((base, ours), states, strict=True)
            )
            parts.append(score(logits, target[piece], base_logits))
        scores.append(np.concatenate(parts))
    evaluation = summarize(scores)
    if tokenizer is None:
        return Quality(evaluation, text, no_sample="no tokenizer")
    size = sum(parameter.numel() for parameter in base.model.parameters())
    if size > SAMPLE_PARAMETERS:
        reason = f"{size:,} parameters; samples are drawn from models of at most {SAMPLE_PARAMETERS:,}"
        return Quality(evaluation, text, no_sample=reason)
    del base, ours, states
    return Quality(evaluation, text, _sample(source, folder, windows[0], tokenizer))


def _through(skeleton: Skeleton, windows: np.ndarray) -> torch.Tensor:
    """Hidden states (n, length, width) after the last block."""
    ids = torch.from_numpy(windows)
    hidden = torch.cat([skeleton.enter(row[None])[0] for row in ids])
    for index in range(len(skeleton.blocks)):
        block = skeleton.load(index)
        for row, own in enumerate(ids):
            arguments, keywords = skeleton.arguments(own[None])[index]
            out = block(hidden[row : row + 1], *arguments, **keywords)
            hidden[row] = (out[0] if isinstance(out, tuple) else out)[0]
        skeleton.unload(index)
    skeleton.release()
    return hidden


def _sample(source: Path, folder: Path, window: np.ndarray, tokenizer) -> Sample:
    prompt = torch.from_numpy(window[:PROMPT])
    said = []
    for path in (source, folder):
        model, ids = weights.load(path).eval(), prompt
        for _ in range(CONTINUATION):  # by hand: generation_config must not make it random
            ids = torch.cat([ids, model(ids[None]).logits[0, -1:].argmax(-1)])
        said.append(tokenizer.decode(ids[len(prompt) :]))
    return Sample(tokenizer.decode(prompt), *said)


def gate(source: Path, windows: np.ndarray, tokenizer, text: str) -> Callable[[Path], dict]:
    """For job.run: checks a folder and returns what the record says of its quality, or raises UserError."""

    def judge(folder: Path) -> dict:
        quality = check(source, folder, windows, tokenizer, text)
        if faults := quality.faults():
            raise UserError(
                f"the quantized model is broken: {'; '.join(faults)}, on {quality.evaluation.tokens:,} tokens of {text}. "
                "Try more --bits, a smaller --group-size, other or more calibration text (--calib, --windows); or keep "
                "it as it is with the same command, --resume and --no-gate"
            )
        return quality.as_dict()

    return judge
