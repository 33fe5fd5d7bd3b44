# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the comparison scripts take their layers from it"
# ///
"""A made-up layer to compare solvers on, and the measure of its error.

It comes as W (d_out, d_in), H of the calibration inputs, H of held-out
inputs and the number of calibration tokens.
"""

import numpy as np
import torch

from fourbit.engine.hessian import Hessian


def save(folder, **matrices):
    """Paths of the matrices' files, by name."""
    paths = {name: f"{folder}/{name}.npy" for name in matrices}
    for name, matrix in matrices.items():
        np.save(paths[name], np.asarray(matrix, dtype=np.float32))
    return paths


def output_error(W, W_hat, H):
    """The share of the output's energy that is error."""
    W, W_hat, H = (torch.as_tensor(m).double() for m in (W, W_hat, H))
    E = W - W_hat
    return float(torch.vdot((E @ H).ravel(), E.ravel())) / float(
        torch.vdot((W @ H).ravel(), W.ravel())
    )


def inputs(width, tokens, seed=0):
    """Correlated channels of unequal size; yields sample after sample.

    A low-rank part whose directions decay, noise of three tenths its
    size, log-normal channel sizes, one channel in a hundred 8 times
    larger: the Hessian's condition number is about 1e5.
    """
    rng = np.random.default_rng(seed)
    rank = width // 4
    size = np.exp(rng.normal(0, 0.5, width))
    size[rng.permutation(width)[: width // 100 + 1]] *= 8
    decay = np.exp(-2 * np.arange(rank) / rank)
    decay /= np.linalg.norm(decay)
    mix = rng.normal(size=(rank, width)) * decay[:, None] * size
    mix, noise = np.float32(mix), np.float32(0.3 * size)
    while True:
        x = rng.standard_normal((tokens, rank), np.float32) @ mix
        yield x + noise * rng.standard_normal(x.shape, np.float32)


def hessian(x):
    total = Hessian(x.shape[1])
    total.add(torch.from_numpy(x))
    return total.matrix().numpy()


def layer(width, tokens=8192):
    sample = inputs(width, tokens)
    rng = np.random.default_rng(1)
    W = 0.02 * rng.standard_normal((width, width), np.float32)
    return W, hessian(next(sample)), hessian(next(sample)), tokens
