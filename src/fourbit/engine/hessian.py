"""The Hessian of a layer's inputs, accumulated batch by batch."""

import torch

PANEL = 256  # columns whose products with all columns to their left are taken at once


class Hessian:
    """2/n X^T X of inputs that arrive in batches; only blocks on and below the diagonal are computed.

    Products of one batch are taken in float32, where a CPU is fast, and summed in float64: float32 has
    24 bits of mantissa and float64 53, so these sums are exact for entries of like size, in any order.

    tokens  rows added;  sums (width, width): of x x^T over them, on and below the diagonal
    """

    def __init__(self, width: int, device: torch.device | str = "cpu"):
        self.tokens = 0
        self.sums = torch.zeros(width, width, dtype=torch.float64, device=device)

    def add(self, x: torch.Tensor) -> None:
        """Add inputs (..., width); every row counts as one token."""
        x = x.reshape(-1, x.shape[-1]).float()
        self.tokens += len(x)
        for start in range(0, x.shape[1], PANEL):
            panel = x[:, start : start + PANEL]
            self.sums[start : start + PANEL, : start + PANEL] += panel.T @ x[:, : start + PANEL]

    def matrix(self) -> torch.Tensor:
        """The Hessian (width, width), float64; zero when nothing was added."""
        for start in range(
            0, len(self.sums), PANEL
        ):  # mirrored in place: a wide layer's copies fill the memory
            end = start + PANEL
            self.sums[:start, start:end] = self.sums[start:end, :start].T
            corner = self.sums[start:end, start:end].tril()
            self.sums[start:end, start:end] = corner + corner.tril(-1).T
        return self.sums * (2 / max(self.tokens, 1))
