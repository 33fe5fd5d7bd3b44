"""Scattered groups of a down projection, put together: its columns are sorted, and the rows of gate and up with them.

In down(act(gate(x)) * up(x)) nothing but the three matrices knows in which order the units between them come. So
activation order, which scatters the columns of a group, can be undone in `down` when the rows of `gate` and `up` move
along: the model computes the same. No other layer has that freedom: the inputs of q, k, v, gate and up are shared with
every other layer, those of o are bound to heads.
"""

import numpy as np

from fourbit.engine.checkpoint.weights import Weights
from fourbit.gguf import exact
from fourbit.grid import Quantized

FEEDS = {  # down projection -> gate and up; gate_up_proj holds both, gate's rows first
    "down_proj": (("gate_proj", "up_proj"), ("gate_up_proj",)),
    "w2": (("w1", "w3"),),
}


class Sorted:
    """The tensors of a checkpoint by name, the groups of its down projections put together where that is possible.

    Everything but those projections, and gate and up beside them, comes as `weights` has it.
    """

    def __init__(self, weights: Weights):
        self.weights = weights
        self._names = set(weights.names)
        self._orders: dict[str, np.ndarray | None] = {}
        self._down_of = {}  # gate or up -> the down projection that its outputs reach, and nothing else
        for name in weights.names:
            down = name.removesuffix(".weight")
            if _leaf(down) in FEEDS and weights.is_quantized(down):
                for module in self._feeds(down):
                    self._down_of[module] = down

    def _feeds(self, down: str) -> list[str]:
        """Gate and up of a down projection; none when the block holds anything else, which might use the same units."""
        parent = down.removesuffix(_leaf(down))
        inside = {name.removeprefix(parent) for name in self._names if name.startswith(parent)}
        for feeds in FEEDS[_leaf(down)]:
            known = {f"{module}.{leaf}" for module in (_leaf(down), *feeds) for leaf in ("weight", "bias")}
            if inside <= known and inside >= {f"{feed}.weight" for feed in feeds}:
                return [parent + feed for feed in feeds]
        return []

    def moved(self, module: str) -> bool:
        """Whether the columns of this layer come in another order than the checkpoint's."""
        return _leaf(module) in FEEDS and self._order(module) is not None

    def _order(self, down: str) -> np.ndarray | None:
        """The order in which columns are taken, None for the checkpoint's own."""
        if down not in self._orders:
            self._orders[down] = self._find_order(down)
        return self._orders[down]

    def _find_order(self, down: str) -> np.ndarray | None:
        feeds = [module for module, reached in self._down_of.items() if reached == down]
        q = self.weights.quantized(down) if feeds else None
        if q is None or exact.whole(q):
            return None
        rows = sum(self.weights.meta(f"{module}.weight")[1][0] for module in feeds)
        together, order = exact.sort_columns(q)
        return order if exact.whole(together) and rows == 2 * len(order) else None

    def _row_order(self, module: str) -> np.ndarray | None:
        down = self._down_of.get(module)
        order = None if down is None else self._order(down)
        if order is not None and module.endswith("gate_up_proj"):
            return np.concatenate((order, order + len(order)))
        return order

    def quantized(self, module: str) -> Quantized | None:
        """The codes of a layer, None when it is not quantized."""
        q = self.weights.quantized(module)
        if q is None:
            return None
        if self.moved(module):
            q = exact.sort_columns(q)[0]
        order = self._row_order(module)
        return q if order is None else exact.take_rows(q, order)

    def get(self, name: str) -> np.ndarray:
        """One tensor in float32; a quantized layer dequantized."""
        module, _, leaf = name.rpartition(".")
        values = self.weights.get(name).numpy()
        if leaf == "weight" and self.moved(module):
            values = values[:, self._order(module)]
        order = self._row_order(module) if leaf in ("weight", "bias") else None
        return values if order is None else values[order]


def _leaf(name: str) -> str:
    return name.rpartition(".")[2]
