# /// script
# [tool.fourbit]
# tier = "shown"
# reason = "the comparison scripts take their layers from it"
# ///
"""Layers to compare solvers on: weights, and inputs of two kinds.

Every layer comes as W (d_out, d_in), H of the calibration inputs, H of
held-out inputs and the number of calibration tokens.
"""

import numpy as np
import torch

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.hessian import Hessian

BLOCKS = (2, 15, 27)  # early, middle and late, of 30
NAMES = ("self_attn.q_proj", "self_attn.o_proj")
NAMES += ("mlp.up_proj", "mlp.down_proj")


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


def synthetic_inputs(width, tokens, seed=0):
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


def synthetic(width, tokens=8192):
    sample = synthetic_inputs(width, tokens)
    rng = np.random.default_rng(1)
    W = 0.02 * rng.standard_normal((width, width), np.float32)
    return W, hessian(next(sample)), hessian(next(sample)), tokens


@torch.inference_mode()
def smollm2(tokens=8192):
    """Real layers on real text: the held-out text is another one."""
    folder = models.find("smollm2")
    model, tokenizer = (
        models.load(folder),
        models.load_tokenizer(folder),
    )
    layers = {
        name: model.get_submodule(name)
        for block in BLOCKS
        for name in (f"model.layers.{block}.{kind}" for kind in NAMES)
    }
    sums = []
    for split in ("calibration", "evaluation"):
        text = calibration.tokenize(tokenizer, tiny.text("docs", split))
        sums.append(
            {n: Hessian(m.in_features) for n, m in layers.items()}
        )
        hooks = [
            layer.register_forward_pre_hook(
                lambda _, x, total=sums[-1][name]: total.add(x[0])
            )
            for name, layer in layers.items()
        ]
        for window in calibration.windows(text, tokens // 512, 512):
            model.model(torch.from_numpy(window)[None], use_cache=False)
        for hook in hooks:
            hook.remove()
    for name, layer in layers.items():
        H, held_out = (one[name].matrix().numpy() for one in sums)
        W = layer.weight.numpy()
        yield name, W, H, held_out, sums[0][name].tokens
