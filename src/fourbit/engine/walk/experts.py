"""Mixtures of experts as transformers 5 keeps them, three-dimensional weights, made linear layers again.

A fused module holds gate_up_proj (experts, 2 * inner, width) and down_proj (experts, width, inner). Hessians
and every quantized format want one linear layer per expert, which is also what most checkpoints store.
"""

import torch
from torch import nn

from fourbit.engine.walk.names import FileNames, Source
from fourbit.errors import UserError


class Experts(nn.ModuleList):
    """The experts of one block, three linear layers each; called as the fused module was, same result.

    names  what files call gate, up and down: ("gate_proj", "up_proj", "down_proj"); Mixtral's are w1, w3, w2
    """

    def __init__(self, fused: nn.Module, names: tuple[str, str, str]):
        super().__init__()
        self.names = names
        self._gated = fused._apply_gate  # the model's own: some clamp before they multiply
        for gate_up, down in zip(fused.gate_up_proj, fused.down_proj, strict=True):
            weights = (*gate_up.chunk(2), down)  # views: nothing is copied
            self.append(nn.ModuleDict({name: _linear(w) for name, w in zip(names, weights, strict=True)}))
        del fused.gate_up_proj, fused.down_proj  # `_gated` keeps the module, which now holds no weights

    def forward(self, hidden_states, top_k_index, top_k_weights):
        """(tokens, width), chosen experts (tokens, k), their weights (tokens, k) -> (tokens, width)."""
        gate, up, down = self.names
        out = torch.zeros_like(hidden_states)
        for index in top_k_index.unique().tolist():
            token, choice = torch.where(top_k_index == index)
            x, expert = hidden_states[token], self[index]
            y = expert[down](self._gated(torch.cat((expert[gate](x), expert[up](x)), dim=-1)))
            out.index_add_(0, token, y * top_k_weights[token, choice, None])
        return out

    def fused_places(self) -> dict[str, Source]:
        """For each parameter, as "3.up_proj.weight": the fused one that held it, and where."""
        gate, up, down = self.names
        places = {}
        for index, expert in enumerate(self):
            inner = expert[gate].out_features
            places[f"{index}.{gate}.weight"] = "gate_up_proj", (index, slice(inner))
            places[f"{index}.{up}.weight"] = "gate_up_proj", (index, slice(inner, None))
            places[f"{index}.{down}.weight"] = "down_proj", (index,)
        return places


def _linear(weight: torch.Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], bias=False, device="meta")
    layer.weight = nn.Parameter(weight, requires_grad=False)
    return layer


def separate_experts(model: nn.Module, prefix: str, names: FileNames) -> None:
    """Give the blocks in the list at `prefix` linear experts in place of fused ones, named as in files.

    Works on weights and on the meta device alike. UserError names a module that has three-dimensional weights
    and is not a mixture of gated experts, for nothing in it could be quantized.
    """
    for path, module in list(model.get_submodule(prefix).named_modules(prefix=prefix)):
        if not _has_stacked_weights(module):
            continue
        if not _is_fused_experts(module):
            raise UserError(
                f"{path} ({type(module).__name__}): keeps its weights in three dimensions in a way that "
                "cannot be split into linear layers; this model cannot be quantized here; try GPTQModel or llm-compressor"
            )
        model.set_submodule(path, Experts(module, names.of_experts(path)))


def fused_places(model: nn.Module) -> dict[str, Source]:
    """For each parameter of separated experts: the fused one that held it, and where."""
    return {
        f"{path}.{name}": (f"{path}.{fused}", index)
        for path, module in model.named_modules()
        if isinstance(module, Experts)
        for name, (fused, index) in module.fused_places().items()
    }


def _has_stacked_weights(module: nn.Module) -> bool:
    stacked = (p.ndim == 3 and min(p.shape) > 1 for p in module.parameters(recurse=False))
    return any(stacked) and not isinstance(module, nn.Conv1d)


def _is_fused_experts(module: nn.Module) -> bool:
    """Gated experts without biases, [gate; up] rows and (out, in) matrices, as the module itself declares."""
    if not getattr(module, "has_gate", False) or not module.is_concatenated:
        return False
    if module.is_transposed or module.has_bias or module.has_post_expert_norm:
        return False
    shapes = {name: tuple(p.shape) for name, p in module.named_parameters(recurse=False)}
    if shapes.keys() != {"gate_up_proj", "down_proj"}:
        return False
    count, width, inner = shapes["down_proj"]
    return shapes["gate_up_proj"] == (count, 2 * inner, width)
