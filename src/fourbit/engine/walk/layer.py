"""One layer on the walk: its codes, what they cost, and what a user should know about it."""

import warnings
from dataclasses import replace

import torch

from fourbit.engine.awq import Fold, quantize_awq
from fourbit.engine.recipe import LayerReport, Recipe
from fourbit.engine.solve import solve
from fourbit.errors import UserError
from fourbit.grid import Quantized, quantize_rtn

ROWS = 512  # outputs of a layer whose error is measured


def quantize_layer(
    name: str, layer: torch.nn.Linear, H: torch.Tensor, tokens: int, recipe: Recipe
) -> tuple[Quantized, LayerReport]:
    """One layer's codes and its report, from the Hessian (d_in, d_in) of so many tokens.

    A recipe for other grids (fourbit.gguf.feedback) quantizes by itself.
    UserError with the layer's name when it cannot be quantized.
    """
    if hasattr(recipe, "quantize_layer"):
        return recipe.quantize_layer(name, layer, H, tokens)
    W = layer.weight.detach()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            q = _solve(W, H, recipe)
        except ValueError as error:
            raise UserError(f"{name}: {error}") from None
    notes = [*q.notes, *(str(warning.message) for warning in caught)]
    if tokens == 0:
        notes.append("no calibration token reached this layer: errors are shares of the weights' energy")
        H = torch.eye(len(H), device=H.device)
    elif tokens < len(H):
        notes.append(f"{tokens:,} tokens for {len(H):,} inputs: more calibration text would help")
    error, rounding_error = relative_errors(W, q, H, recipe)
    stored = "rtn" if q.loss is None and "gptq" in recipe.method else recipe.method
    report = LayerReport(
        name, *W.shape, q.bits, tokens, error, rounding_error, stored, tuple(dict.fromkeys(notes))
    )
    return replace(q, notes=()), report


def _solve(W: torch.Tensor, H: torch.Tensor, recipe: Recipe) -> Quantized:
    if recipe.method == "rtn":
        return round_to_nearest(W, recipe)
    if recipe.method == "awq":
        return quantize_awq(W, H, recipe)
    return solve(
        W,
        H,
        recipe.bits,
        recipe.group_size,
        recipe.symmetric,
        recipe.order,
        recipe.static_groups,
        recipe.damp,
        recipe.effort,
        recipe.lowest_zero,
    )


def round_to_nearest(W: torch.Tensor, recipe: Recipe) -> Quantized:
    """Plain rounding, on the grids of the recipe."""
    return quantize_rtn(W.cpu().numpy(), recipe.bits, recipe.group_size, recipe.symmetric, recipe.lowest_zero)


def relative_errors(W: torch.Tensor, q: Quantized, H: torch.Tensor, recipe: Recipe) -> tuple[float, float]:
    """tr(E H E^T) / tr(W H W^T), E = W - W_hat: the share of output energy that is error, in q and after rounding.

    Of large layers, ROWS outputs are measured: all of them would cost more than finding the codes did.
    """
    rows = torch.linspace(0, len(W) - 1, min(ROWS, len(W))).long()
    some = replace(q, codes=q.codes[rows], scales=q.scales[rows], zeros=q.zeros[rows])
    W, H = W[rows], H.float()
    total = max(_energy(W, H), torch.finfo(torch.float32).tiny)
    found = [
        _energy(W - torch.from_numpy(version.dequantize()).to(W.device), H) / total
        for version in (some, round_to_nearest(W, recipe))
    ]
    return found[0], found[1]


def _energy(E: torch.Tensor, H: torch.Tensor) -> float:
    """tr(E H E^T)"""
    return torch.vdot((E @ H).flatten(), E.flatten()).item()


def scaling_note(fold: Fold) -> str:
    """What AWQ did to the layers that read one tensor, for their reports."""
    if fold.reason:
        return f"AWQ: not scaled: {fold.reason}"
    if fold.source is None:
        return "AWQ: not scaled: no scale lowered the error of rounding"
    return (
        f"AWQ: scaled by mean|x|^{fold.ratio:.2f}, folded into {fold.source}; error of rounding {fold.before:.2e} "
        f"before, {fold.after:.2e} after"
    )


def replace_weight(layer: torch.nn.Linear, q: Quantized) -> None:
    """Put the weights that will be read back from the checkpoint in place of the original ones."""
    layer.weight.copy_(torch.from_numpy(q.dequantize()))
