"""The folder of a quantized model while it is being made: tensors as they are finished, then what goes with them."""

import json
import math
import os
import shutil
from pathlib import Path

from fourbit.engine.checkpoint import gptq
from fourbit.engine.checkpoint.shards import Meta, PlannedShards, nbytes
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.skeleton import Skeleton, quantizable
from fourbit.engine.walk.walk import Step

COMPANIONS = ("*.json", "*.txt", "*.model", "*.jinja", "*.tiktoken", "LICENSE*", "NOTICE*")  # of the weights
NOT_COMPANIONS = ("config.json", "quantize_config.json", "fourbit.json", "model.safetensors.index.json")

Layers = dict[str, tuple[Recipe, tuple[int, int]]]  # by full name: its recipe and (d_out, d_in)


class Output:
    """What the finished folder will hold is known from the start; `open` reserves the space for it.

    source, folder  model directories, to read and to make;  layers: those that are quantized
    """

    def __init__(self, source: Path, folder: Path, skeleton: Skeleton, layers: Layers):
        self.folder, self._source, self._skeleton, self._layers = folder, source, skeleton, layers
        self._tensors = skeleton.tensors
        self.plan = self._planned()
        self.bytes = sum(map(nbytes, self.plan.values()))

    def _planned(self) -> dict[str, Meta]:
        """Name, dtype and shape of every tensor, in the order of the source."""
        todo = dict(self._layers)
        plan = {}
        for name in self._tensors.names:
            layer = name.removesuffix(".weight")
            if layer in todo:
                plan |= _parts(layer, *todo.pop(layer))
            else:
                plan[name] = self._tensors.meta(name)
        for layer, (recipe, shape) in todo.items():  # a tied head, whose weights the source has elsewhere
            plan |= _parts(layer, recipe, shape)
        return plan

    def open(self) -> None:
        """Make the folder, or go on with the one of a run that was stopped."""
        self.folder.mkdir(exist_ok=True)
        self._shards = PlannedShards(self.folder, self.plan)

    def write(self, step: Step, index: int) -> None:
        """Store what block `index` (or the head, the step after the last block) has become."""
        for name, q in step.layers.items():
            for part, tensor in gptq.tensors(q, self._layers[name][0].format).items():
                self._shards.write(f"{name}.{part}", tensor)
        for name, tensor in step.changed.items():
            self._shards.write(name, tensor)
        self._copy(
            name
            for name in self._tensors.names
            if name.startswith(f"{self._skeleton.prefix}.{index}.") and name not in step.changed
        )
        self._shards.flush()

    def _copy(self, names) -> None:
        for name in names:
            if name in self.plan:
                self._shards.write(name, self._tensors.get(name, raw=True))

    def finish(self, recipe: Recipe) -> None:
        """Store everything outside the blocks: other tensors, configuration, tokenizer, licence."""
        self._copy(name for name in self._tensors.names if not name.startswith(f"{self._skeleton.prefix}."))
        self._shards.close()
        bits = dict.fromkeys(quantizable(self._skeleton))
        bits |= {name: own.bits for name, (own, _) in self._layers.items()}
        settings = gptq.settings(recipe, bits, self._skeleton.prefix)
        config = read_config(self._source) | {"quantization_config": settings}
        if recipe.head:
            config["tie_word_embeddings"] = False
        for pattern in COMPANIONS:
            for file in sorted(self._source.glob(pattern)):
                if file.name not in NOT_COMPANIONS:
                    shutil.copyfile(file, self.folder / file.name)
        store(self.folder / "config.json", _pretty(config))
        store(self.folder / "quantize_config.json", _pretty(settings))

    def sizes(self) -> dict:
        """For the record: bytes of all tensors before and after, bits per quantized weight."""
        stored = sum(
            gptq.stored_bytes(shape, recipe.bits, recipe.group_size)
            for recipe, shape in self._layers.values()
        )
        weights = sum(math.prod(shape) for _, shape in self._layers.values())
        return {
            "bytes_before": sum(nbytes(self._tensors.meta(name)) for name in self._tensors.names),
            "bytes_after": self.bytes,
            "quantized_weights": weights,
            "bits_per_weight": 8 * stored / weights,
        }


def read_config(folder: Path) -> dict:
    """The config.json of a model directory."""
    return json.loads((folder / "config.json").read_text(encoding="utf-8"))


def _parts(layer: str, recipe: Recipe, shape: tuple[int, int]) -> dict[str, Meta]:
    layout = gptq.layout(*shape, recipe.bits, recipe.group_size)
    return {f"{layer}.{part}": meta for part, meta in layout.items()}


def _pretty(content: dict) -> str:
    return json.dumps(content, indent=2) + "\n"


def sync(folder: Path) -> None:
    """Return once the files of a folder are on the disk."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def store(path: Path, text: str) -> None:
    """Write a file in one move, so that a reader finds the old one or the new one, and it is on the disk."""
    partial = path.with_name(f".{path.name}")
    with partial.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
