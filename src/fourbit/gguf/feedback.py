"""A whole model onto GGUF's grids with GPTQ's error feedback: block by block, as `fourbit quantize` walks it."""

import tempfile
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from errno import EISDIR
from pathlib import Path

import numpy as np
import torch

from fourbit.engine.recipe import LayerReport
from fourbit.engine.walk.activations import Activations
from fourbit.engine.walk.skeleton import Skeleton, quantizable
from fourbit.engine.walk.walk import hidden_width, walk
from fourbit.errors import UserError
from fourbit.gguf import metadata
from fourbit.gguf.convert import choose
from fourbit.gguf.kgrids import KINDS
from fourbit.gguf.mix import FILE_TYPES, Choice
from fourbit.gguf.onto_grid import solve
from fourbit.gguf.plan import read
from fourbit.gguf.quantize import decode, encode
from fourbit.gguf.types import Type
from fourbit.gguf.write import write


@dataclass(frozen=True)
class Blocks:
    """A layer as GGUF stores it: data uint8 (d_out, bytes of a row), shape (d_out, d_in)."""

    data: np.ndarray
    type: Type
    shape: tuple[int, int]

    def dequantize(self) -> np.ndarray:
        """The weights that the blocks stand for, (d_out, d_in) float32."""
        return decode(self.data, self.type, self.shape)


@dataclass(frozen=True)
class GridRecipe:
    """What `fourbit.engine.walk` asks of a recipe: the type of each layer by its full name; others stay as they are.

    order, damp, effort  as in fourbit.gguf.onto_grid.solve
    """

    types: dict[str, Type]
    order: str = "activation"
    damp: float = 0.05
    effort: str = "best"
    method: str = field(default="gguf", init=False)
    head: bool = field(default=False, init=False)

    def for_layer(self, name: str) -> "GridRecipe | None":
        return self if name in self.types else None

    def quantize_layer(
        self, name: str, layer: torch.nn.Linear, H: torch.Tensor, tokens: int
    ) -> tuple[Blocks, LayerReport]:
        """Called by the walk. The report's `rounding_error` is that of llama.cpp's quantizer with the same text."""
        kind, W = self.types[name], layer.weight.detach()
        try:
            found = solve(W, H, kind, self.order, self.damp, self.effort)
        except ValueError as error:
            raise UserError(f"{name}: {error}") from None
        notes = found.notes
        if found.taken:
            notes += (
                f"for {found.taken:,} of {len(W):,} outputs llama.cpp's own blocks were better and are stored",
            )
        if 0 < tokens < len(H):
            notes += (f"{tokens:,} tokens for {len(H):,} inputs: more calibration text would help",)
        total = max(
            torch.vdot((W @ H.float()).flatten(), W.flatten()).item() / 2, torch.finfo(torch.float32).tiny
        )
        report = LayerReport(
            name,
            *W.shape,
            kind.bits,
            tokens,
            found.loss / total,
            found.reference / total,
            kind.name,
            notes,
        )
        return Blocks(found.blocks, kind, tuple(W.shape)), report


def layer_types(layers: Container[str], types: dict[str, Type], prefix: str = "") -> dict[str, Type]:
    """Types by layer from types by the name of a weight in files, which may lack a prefix of the layers' names.

    Left out is what is no layer among `layers`, and types that have no grid here, such as F16.
    """
    found = {}
    for name, kind in types.items():
        layer = name.removesuffix(".weight")
        layer = layer if layer in layers else prefix + layer
        if layer in layers and kind.name in KINDS:
            found[layer] = kind
    return found


@dataclass(frozen=True)
class Report:
    """choices  the type of every tensor of the file, and why;  layers  what error feedback did, in the order of work

    rounded  quantized tensors that it did not reach, stored as llama.cpp's quantizer does: embeddings, the head
    """

    choices: dict[str, Choice]
    layers: tuple[LayerReport, ...]
    rounded: tuple[str, ...]
    notes: tuple[str, ...] = ()


def convert(
    folder: Path,
    out: Path,
    file_type: str,
    windows: np.ndarray,
    effort: str = "best",
    pure: bool = False,
    progress: Callable[[LayerReport], None] = lambda report: None,
    pre: str | None = None,
) -> Report:
    """Write the GGUF file `out` of a model directory, its linear layers calibrated on windows (n, length) of token ids.

    file_type  a name in mix.FILE_TYPES, as "Q4_K_M": types as llama.cpp chooses them with an importance matrix
    pure       the base type wherever the width allows it;  pre  see metadata.read

    One decoder block is in memory at a time; finished blocks wait on the disk beside `out`. UserError says what is
    wrong with the model; then, and after an interruption, there is no `out`.
    """
    if (kind := FILE_TYPES[file_type].base.name) not in KINDS:
        raise UserError(
            f"--type {file_type.lower()} --method gptq: no error feedback for {kind}; there is for types made of "
            f"{', '.join(KINDS)}; --method rtn converts to this one"
        )
    plan = read(folder)
    if "quantization_config" in plan.config or (folder / "quantize_config.json").exists():
        raise UserError(
            f"{folder}: is quantized already; --type lossless keeps its codes, or give the original model"
        )
    keys = metadata.read(plan, FILE_TYPES[file_type].id, pre)
    choices = choose(plan, file_type, imatrix=True, pure=pure)
    shapes = [(planned.name, planned.shape) for planned in plan.tensors]
    skeleton = Skeleton(folder)
    sources = {source: choices[planned.name].type for planned in plan.tensors for source in planned.sources}
    base = f"{skeleton.model.base_model_prefix}."
    recipe = GridRecipe(layer_types(quantizable(skeleton), sources, base), effort=effort)
    layers = []
    with _work_folder(out) as work:
        activations = Activations(work, windows.shape[1], hidden_width(skeleton, windows))
        for step in walk(skeleton, windows, activations, recipe, progress=progress):
            layers += step.reports
            for name, blocks in step.layers.items():
                np.save(work / f"{name}.npy", blocks.data)

        def stored(source: str) -> Path:
            layer = source.removesuffix(".weight")
            return work / f"{layer if layer in recipe.types else base + layer}.npy"

        def produce(index: int) -> np.ndarray:
            planned = plan.tensors[index]
            paths = [stored(source) for source in planned.sources]
            if paths and all(path.exists() for path in paths):
                return planned.assemble([np.load(path) for path in paths])
            return encode(planned.value(), choices[planned.name].type, name=planned.name)

        write(out, plan.arch, keys, [(n, shape, choices[n].type) for n, shape in shapes], produce)
        rounded = tuple(
            planned.name
            for planned in plan.tensors
            if choices[planned.name].type.block > 1 and not all(stored(s).exists() for s in planned.sources)
        )
    return Report(choices, tuple(layers), rounded, plan.notes)


@contextmanager
def _work_folder(out: Path) -> Iterator[Path]:
    """A folder beside `out` for what waits to be written; UserError when there can be none."""
    try:
        if out.is_dir():
            raise IsADirectoryError(EISDIR, "it is a directory; name the file")
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{out.name}.", dir=out.parent) as folder:
            yield Path(folder)
    except OSError as error:
        raise UserError(f"{out}: cannot be written: {error.strerror or error}") from None
