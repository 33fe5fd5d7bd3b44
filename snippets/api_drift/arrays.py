import numpy as np
import torch

from fourbit.book.drift import prove

prove(
    """
NumPy 1.23 numpy-removed-name
np.zeros(4, dtype=np.float)
np.zeros(4, dtype=float)

NumPy 1.23 numpy-removed-name
np.array([1, 2], dtype=np.int)
np.array([1, 2], dtype=int)

NumPy 1.26 numpy-removed-name
np.zeros(4, dtype=np.float_)
np.zeros(4, dtype=np.float64)

NumPy 1.26 numpy-removed-name
np.product([2, 3])
np.prod([2, 3])

NumPy 1.26 numpy-out-of-bounds
np.uint8(-1)
np.array(-1).astype(np.uint8)

NumPy 1.26 -
np.array([1.0], copy=False)
np.asarray([1.0])

torch 2.5 torch-weights-only
torch.save({"a": np.dtype}, "x.pt"); torch.load("x.pt")
torch.save({"a": torch.ones(1)}, "x.pt"); torch.load("x.pt")

NumPy 2.3 -
np.in1d([1, 2], [2]); np.trapz([1, 2])
np.isin([1, 2], [2]); np.trapezoid([1, 2])
""",
    {"np": np, "torch": torch},
)
