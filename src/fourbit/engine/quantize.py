"""Quantize a whole model, block by block, each layer on the activations of the quantized layers before it."""

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from fourbit.engine import checkpoint, models
from fourbit.errors import UserError
from fourbit.gptq import gptq, relative_error
from fourbit.grid import BITS, Quantized, quantize_rtn

BATCH = 4  # calibration windows per forward pass


@dataclass(frozen=True)
class Recipe:
    """How to quantize; see fourbit.gptq.gptq for the meaning of each field."""

    method: str = "gptq"  # or "rtn"
    bits: int = 4
    group_size: int = 64
    symmetric: bool = True
    order: str = "none"
    static_groups: bool = True
    damp: float = 0.01


@dataclass(frozen=True)
class LayerReport:
    """One quantized layer; errors are shares of the output's energy on the calibration text."""

    name: str
    d_out: int
    d_in: int
    error: float
    rounding_error: float


def decoder_blocks(model: torch.nn.Module) -> tuple[str, torch.nn.ModuleList]:
    """The name and the list of the model's decoder blocks: its longest ModuleList that holds linear layers."""
    lists = [
        (name, module)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.ModuleList) and linear_layers(module)
    ]
    if not lists:
        raise UserError(
            f"{type(model).__name__}: found no list of decoder blocks with linear layers in this model"
        )
    return max(lists, key=lambda item: len(item[1]))


def linear_layers(module: torch.nn.Module) -> dict[str, torch.nn.Linear]:
    """The linear layers inside `module`, by name relative to it."""
    return {name: layer for name, layer in module.named_modules() if isinstance(layer, torch.nn.Linear)}


def quantizable(model: torch.nn.Module) -> dict[str, torch.nn.Linear]:
    """What is quantized: the linear layers of the decoder blocks, by full name. Not embeddings, norms, LM head."""
    prefix, blocks = decoder_blocks(model)
    return {f"{prefix}.{name}": layer for name, layer in linear_layers(blocks).items()}


def check_recipe(recipe: Recipe, layers: dict[str, torch.nn.Linear]) -> None:
    """UserError when a layer cannot be quantized or stored as asked, before any work is done."""
    if recipe.bits not in BITS:
        raise UserError(f"--bits {recipe.bits}: must be one of {', '.join(map(str, BITS))}")
    widths = sorted({layer.in_features for layer in layers.values()})
    for name, layer in layers.items():
        shape = (layer.out_features, layer.in_features)
        if recipe.group_size != -1 and (recipe.group_size < 1 or shape[1] % recipe.group_size):
            fitting = [
                size for size in (32, 64, 96, 128, 192, 256) if all(width % size == 0 for width in widths)
            ]
            sizes = ", ".join(map(str, fitting)) or "only -1"
            raise UserError(
                f"--group-size {recipe.group_size} does not divide the width {shape[1]} of {name}; "
                f"sizes that divide every layer of this model: {sizes} (-1: one group a row)"
            )
        if not checkpoint.packable(shape, recipe.bits):
            raise UserError(
                f"{name}: {shape[0]} x {shape[1]} codes of {recipe.bits} bits do not fill 32-bit words"
            )


class _Reached(Exception):
    """Raised by a hook to leave a forward pass once everything needed has been seen."""


class BlockInputs:
    """What each batch of calibration windows brings to the next decoder block: arguments, keywords."""

    def __init__(self, model: torch.nn.Module, first: torch.nn.Module, windows: torch.Tensor):
        self.batches: list[tuple[tuple, dict]] = []

        def keep(_, arguments, keywords):
            self.batches.append((arguments, keywords))
            raise _Reached

        hook = first.register_forward_pre_hook(keep, with_kwargs=True)
        for batch in windows.split(BATCH):
            try:
                model(batch, use_cache=False)
            except _Reached:
                pass
        hook.remove()

    def hessian(self, block: torch.nn.Module, layer: torch.nn.Linear) -> np.ndarray:
        """2/n X^T X (float64) of the inputs of one linear layer in the block."""
        total = torch.zeros(layer.in_features, layer.in_features, dtype=torch.float64)
        tokens = 0

        def add(_, arguments):
            nonlocal tokens
            x = arguments[0].flatten(0, -2)
            total.add_(x.T @ x)  # float32 products of one batch, summed in float64
            tokens += len(x)
            raise _Reached

        hook = layer.register_forward_pre_hook(add)
        for arguments, keywords in self.batches:
            try:
                block(*arguments, **keywords)
            except _Reached:
                pass
        hook.remove()
        return total.mul_(2 / max(tokens, 1)).numpy()

    def layers_by_input(self, block: torch.nn.Module) -> list[list[str]]:
        """The block's linear layers in the order of use, those that read the same tensor together."""
        seen: dict[int, list[str]] = {}
        inputs = []  # kept alive, so that no two tensors share an id
        hooks = []
        for name, layer in linear_layers(block).items():

            def note(_, arguments, name=name):
                inputs.append(arguments[0])
                seen.setdefault(id(arguments[0]), []).append(name)

            hooks.append(layer.register_forward_pre_hook(note))
        arguments, keywords = self.batches[0]
        block(*arguments, **keywords)
        for hook in hooks:
            hook.remove()
        used = {name for group in seen.values() for name in group}
        return [*seen.values(), *([name] for name in linear_layers(block) if name not in used)]

    def advance(self, block: torch.nn.Module) -> None:
        """Pass every batch through the block."""
        for index, (arguments, keywords) in enumerate(self.batches):
            out = block(*arguments, **keywords)
            self.batches[index] = ((out[0] if isinstance(out, tuple) else out, *arguments[1:]), keywords)


def _quantize_layer(
    name: str, layer: torch.nn.Linear, H: np.ndarray, recipe: Recipe
) -> tuple[Quantized, LayerReport]:
    W = layer.weight.detach().float().numpy()
    try:
        rounded = quantize_rtn(W, recipe.bits, recipe.group_size, recipe.symmetric)
        q = rounded
        if recipe.method == "gptq":
            q = gptq(
                W,
                H,
                recipe.bits,
                recipe.group_size,
                recipe.symmetric,
                recipe.order,
                recipe.static_groups,
                recipe.damp,
            )
    except ValueError as error:
        raise UserError(f"{name}: {error}") from None
    W_hat = q.dequantize()
    error, rounding = relative_error(W, W_hat, H), relative_error(W, rounded.dequantize(), H)
    layer.weight.data.copy_(torch.from_numpy(W_hat))
    return q, LayerReport(name, *W.shape, error, rounding)


@torch.inference_mode()
def quantize_model(
    model: torch.nn.Module,
    windows: np.ndarray,
    recipe: Recipe,
    progress: Callable[[LayerReport], None] = lambda report: None,
) -> tuple[dict[str, Quantized], list[LayerReport]]:
    """Quantize every linear layer of the decoder blocks in place; embeddings, norms and LM head stay.

    windows  (n, length) token ids; with method "rtn" they only measure the error
    Returns the quantized layers by module name and one report a layer, in the order of work.
    """
    prefix, blocks = decoder_blocks(model)
    check_recipe(recipe, quantizable(model))
    inputs = BlockInputs(model, blocks[0], torch.from_numpy(windows))
    layers, reports = {}, []
    for index, block in enumerate(blocks):
        linear = linear_layers(block)
        for group in inputs.layers_by_input(block):
            H = inputs.hessian(block, linear[group[0]])
            for short in group:
                name = f"{prefix}.{index}.{short}"
                layers[name], report = _quantize_layer(name, linear[short], H, recipe)
                reports.append(report)
                progress(report)
        inputs.advance(block)
    return layers, reports


def bytes_after(path: Path, model: torch.nn.Module, recipe: Recipe) -> tuple[int, int, int]:
    """Bytes (before, after) of all stored tensors and the number of weights to be quantized."""
    sizes = {name: tensor.nbytes for name, tensor in checkpoint.read_state(path).items()}
    before = after = sum(sizes.values())
    weights = 0
    for name, layer in quantizable(model).items():
        shape = (layer.out_features, layer.in_features)
        after += checkpoint.stored_bytes(shape, recipe.bits, recipe.group_size) - sizes[f"{name}.weight"]
        weights += layer.weight.numel()
    return before, after, weights


def check_target(out: Path, needed: int) -> None:
    """UserError unless `out` can be created and its disk has room for `needed` bytes."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(f"--out {out}: exists already; give a new directory or remove it")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out.parent).close()
    except OSError as error:
        raise UserError(f"--out {out}: cannot write there: {error.strerror}") from None
    free = shutil.disk_usage(out.parent).free
    if free < needed * 1.05:
        raise UserError(
            f"--out {out}: the result takes {needed / 1e6:,.1f} MB, its disk has {free / 1e6:,.1f} MB free"
        )


def write_checkpoint(source: Path, out: Path, layers: dict[str, Quantized], recipe: Recipe) -> int:
    """Store the quantized model beside the tokenizer of `source`; returns the bytes of its tensors."""
    state = checkpoint.read_state(source)
    for name, q in layers.items():
        del state[f"{name}.weight"]
        state |= {
            f"{name}.{part}": tensor for part, tensor in checkpoint.tensors(q, recipe.symmetric).items()
        }
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    config["quantization_config"] = checkpoint.settings(
        recipe.bits,
        recipe.group_size,
        recipe.symmetric,
        recipe.order == "activation",
        recipe.static_groups,
        recipe.damp,
    )
    partial = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        checkpoint.save(partial, state, config)
        for pattern in (
            "tokenizer*",
            "generation_config.json",
            "special_tokens_map.json",
            "*.model",
            "*.txt",
            "*.jinja",
        ):
            for file in source.glob(pattern):
                shutil.copyfile(file, partial / file.name)
        partial.chmod(0o755)
        if out.is_dir():
            out.rmdir()  # empty, as check_target saw
        partial.rename(out)
    except OSError as error:
        raise UserError(f"--out {out}: could not be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return sum(tensor.nbytes for tensor in state.values())


def summary(before: int, after: int, weights: int, reports: list[LayerReport], recipe: Recipe) -> dict:
    """What was done, for tables and --json: bytes as stored, bits per quantized weight, errors."""
    quantized = sum(
        checkpoint.stored_bytes((r.d_out, r.d_in), recipe.bits, recipe.group_size) for r in reports
    )
    return {
        "recipe": asdict(recipe),
        "bytes_before": before,
        "bytes_after": after,
        "quantized_weights": weights,
        "bits_per_weight": 8 * quantized / weights,
        "mean_error": float(np.mean([r.error for r in reports])),
        "mean_rounding_error": float(np.mean([r.rounding_error for r in reports])),
        "layers": [asdict(r) for r in reports],
    }
