"""The hidden states between two decoder blocks, in files: only one batch of them is ever in memory."""

import os
from pathlib import Path

import numpy as np
import torch


class Activations:
    """Hidden states (windows, tokens, width) in float32, in two files.

    Generation n is what reaches block n. Even and odd generations take turns, so that the inputs of a block
    are still there while its outputs are written: a run killed anywhere in between can repeat the block.
    Several processes may write different windows at once.
    """

    def __init__(self, folder: Path, tokens: int, width: int):
        self.paths = folder / "activations-even", folder / "activations-odd"
        self._shape = tokens, width
        self._window_bytes = 4 * tokens * width
        for path in self.paths:
            path.touch()

    def read(self, generation: int, rows: range) -> torch.Tensor:
        """The hidden states of consecutive windows, (len(rows), tokens, width)."""
        path = self.paths[generation % 2]
        count = len(rows) * self._window_bytes // 4
        values = np.fromfile(path, np.float32, count, offset=rows.start * self._window_bytes)
        return torch.from_numpy(values.reshape(len(rows), *self._shape))

    def write(self, generation: int, rows: range, hidden: torch.Tensor) -> None:
        """Store the hidden states of consecutive windows."""
        with self.paths[generation % 2].open("r+b") as file:
            file.seek(rows.start * self._window_bytes)
            hidden.float().cpu().contiguous().numpy().tofile(file)

    def sync(self, generation: int) -> None:
        """Return once a generation is on the disk."""
        with self.paths[generation % 2].open("rb") as file:
            os.fsync(file.fileno())

    def remove(self) -> None:
        """Delete the files."""
        for path in self.paths:
            path.unlink(missing_ok=True)
