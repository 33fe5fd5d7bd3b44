# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the other snippets of this chapter import it"
# ///
"""Three ways to put keys or values into blocks of 32."""

# --8<-- [start:main]
import torch

from fourbit.gguf import quantize
from fourbit.gguf.types import TYPES


def per_token(x, kind):  # (1, heads, tokens, width)
    """Blocks of 32 neighboring numbers of one token."""
    blocks = quantize.encode(x.numpy(), TYPES[kind])
    found = quantize.decode(blocks, TYPES[kind], x.shape)
    return torch.from_numpy(found)


def per_channel(x, kind):
    """Blocks of 32 tokens of one channel."""
    return per_token(x.mT.contiguous(), kind).mT


def rotated(x, kind):
    """As llama.cpp does it: the blocks are of rotated vectors."""
    turn = torch.ones(1, 1)
    while len(turn) < x.shape[-1]:  # of plus and minus one: Hadamard
        turn = torch.kron(torch.tensor([[1.0, 1], [1, -1]]), turn)
    turn /= len(turn) ** 0.5  # orthogonal, and its own inverse
    return per_token(x @ turn, kind) @ turn


# --8<-- [end:main]
