"""Ceilings of speed: no token sooner than its bytes can be read, no prompt faster than its products can be computed.

Real runs stay below: kernels do not reach the peak, and small ones wait. Source: Williams, Waterman, Patterson 2009
(roofline); each generated token reads the weights in use and the cache once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

ROOFLINE = "Williams, Waterman, Patterson 2009: time >= bytes / bandwidth, time >= operations / peak"


@dataclass(frozen=True)
class Speed:
    """decode, prefill: tokens a second at most; 0 where bandwidth or peak is not known."""

    decode: float
    prefill: float
    formula: str
    reference: str = ROOFLINE


def ceiling(read: Sequence[tuple[str, int, float]], in_prompt: int, tflops: float, sequences: int = 1) -> Speed:
    """From what a token reads: (place, bytes, GB/s). in_prompt: weights a token of a prompt is multiplied with."""
    parts = [(name, size, rate) for name, size, rate in read if size]
    decode, text = 0.0, "bandwidth not known"
    if parts and all(rate > 0 for _, _, rate in parts):
        seconds = sum(size / (rate * 1e9) for _, size, rate in parts)
        decode = sequences / seconds
        text = " + ".join(f"{size / 1e9:.2f} GB / {rate:g} GB/s ({name})" for name, size, rate in parts)
        text = f"{sequences} / ({text})"
    prefill = tflops * 1e12 / (2 * in_prompt) if tflops and in_prompt else 0.0
    if prefill:
        text += f"; prompt: {tflops:g} TFLOPS / (2 x {in_prompt / 1e9:.2f} billion weights, the head aside)"
    return Speed(decode, prefill, text)
