"""Memory that one solve leaves to the next: on a CPU, the first touch of fresh pages costs a tenth of a solve."""

import math

import torch

LARGEST = 2**27  # bytes kept for each name; above, computing takes so long that fresh pages no longer matter

_buffers: dict[tuple[str, torch.device], torch.Tensor] = {}


def take(name: str, shape: tuple[int, ...], device: torch.device) -> torch.Tensor:
    """A contiguous float32 tensor with arbitrary contents, valid until the same name is taken again."""
    size = math.prod(shape)
    if 4 * size > LARGEST:
        return torch.empty(shape, device=device)
    buffer = _buffers.get((name, device))
    if buffer is None or len(buffer) < size:
        with torch.inference_mode(False):  # else nobody outside of inference mode could write to it
            buffer = _buffers[name, device] = torch.empty(size, device=device)
    return buffer[:size].view(shape)


def release() -> None:
    """Give all of it back."""
    _buffers.clear()
