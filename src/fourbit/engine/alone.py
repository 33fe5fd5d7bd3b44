"""The model's predictions with some layers alone quantized: for bit budgets and for sensitivity."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from fourbit.engine.hessian import Hessian
from fourbit.engine.walk.skeleton import Skeleton
from fourbit.grid import Quantized


class Alone:
    """A model's predictions on some windows with a few layers quantized, all others as they were.

    What leaves each block of the unquantized model is kept, so that blocks before the first quantized layer need not
    be computed again. seconds: what one pass over all windows took.
    """

    def __init__(self, skeleton: Skeleton, windows: np.ndarray):
        self._skeleton, self._windows = skeleton, torch.from_numpy(windows)
        self._left: list[list] = [[] for _ in skeleton.blocks]
        hooks = [
            block.register_forward_hook(lambda _, inputs, out, left=left: left.append(out))
            for block, left in zip(skeleton.blocks, self._left, strict=True)
        ]
        started = time.monotonic()
        self._base = [self._predict(window) for window in self._windows]
        self.seconds = time.monotonic() - started
        for hook in hooks:
            hook.remove()

    def layer(self, name: str) -> nn.Linear:
        return self._skeleton.model.get_submodule(name)

    def _predict(self, window: Tensor) -> Tensor:
        logits = self._skeleton.model(window[None], use_cache=False).logits
        return logits[0, :-1].float().log_softmax(-1)  # (tokens, vocabulary)

    def _predictions(self, start: int) -> Iterator[Tensor]:
        """Log-probabilities window by window, the blocks before `start` not computed but remembered."""
        known = list(zip(self._skeleton.blocks[:start], self._left, strict=False))
        for index, window in enumerate(self._windows):
            for block, left in known:
                block.forward = lambda *_, out=left[index], **__: out
            try:
                yield self._predict(window)
            finally:
                for block, _ in known:
                    del block.forward

    def harm(self, quantized: dict[str, Quantized]) -> float:
        """Mean KL divergence (nats) from the model's own predictions with these layers quantized, by name."""
        start = first_block(self._skeleton, quantized)
        with _replaced({self.layer(name): q for name, q in quantized.items()}):
            kl = [
                (base.exp() * (base - logp)).sum(-1)
                for base, logp in zip(self._base, self._predictions(start), strict=True)
            ]
        return torch.cat(kl).mean().item()

    def hessians(self, names: list[str]) -> dict[str, Tensor]:
        """The Hessian of what each of the layers reads in the unquantized model; zero where no token comes."""
        layers = {name: self.layer(name) for name in names}
        found = {name: Hessian(layer.in_features, layer.weight.device) for name, layer in layers.items()}
        hooks = [
            layer.register_forward_pre_hook(lambda _, inputs, hessian=found[name]: hessian.add(inputs[0]))
            for name, layer in layers.items()
        ]
        for _ in self._predictions(first_block(self._skeleton, names)):
            pass
        for hook in hooks:
            hook.remove()
        return {name: hessian.matrix() for name, hessian in found.items()}


@contextmanager
def _replaced(layers: dict[nn.Linear, Quantized]):
    original = {layer: layer.weight.data for layer in layers}
    try:
        for layer, q in layers.items():
            layer.weight.data = torch.from_numpy(q.dequantize()).to(layer.weight.device)
        yield
    finally:
        for layer, weight in original.items():
            layer.weight.data = weight


def first_block(skeleton: Skeleton, names: Iterable[str]) -> int:
    """The first block that one of the layers is in; the number of blocks for the LM head, after all of them."""
    inner = (name.removeprefix(f"{skeleton.prefix}.") for name in names)
    return min(int(i) if (i := name.partition(".")[0]).isdigit() else len(skeleton.blocks) for name in inner)
