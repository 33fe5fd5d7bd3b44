"""The weights of a model directory in one way, however they are stored: plain, GPTQ or AWQ."""

import json
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

from fourbit.engine.checkpoint import awq, gptq
from fourbit.engine.checkpoint.shards import Meta, ShardReader
from fourbit.errors import UserError
from fourbit.grid import Quantized

FORMATS = {"gptq": gptq, "awq": awq}


class Weights:
    """Tensors of a model directory by the names that they have in a plain model, read one at a time.

    config  config.json;  names  of all tensors, a quantized layer's codes, scales, ... being one "NAME.weight"
    notes   what a user should know about how the directory is stored
    Raises UserError when files are missing or damaged, or the storage is of a kind that is not read here.
    """

    def __init__(self, folder: Path):
        self.config = _read_json(folder / "config.json")
        self._settings = self.config.get("quantization_config")
        if self._settings is None and (folder / "quantize_config.json").is_file():
            # AutoGPTQ's first versions wrote this file only
            self._settings = {"quant_method": "gptq"} | _read_json(folder / "quantize_config.json")
        self._reader = ShardReader(folder)
        self._layers = {} if self._settings is None else self._find_layers()
        parts = {f"{layer}.{part}" for layer, metas in self._layers.items() for part in metas}
        self.names = [name for name in self._reader.names if name not in parts]
        self.names += [f"{layer}.weight" for layer in self._layers]
        self.notes = self._look_at_a_layer() if self._layers else ()

    def _find_layers(self) -> dict[str, dict[str, Meta]]:
        """Dtypes and shapes of the stored parts of every quantized layer."""
        method = self._settings.get("quant_method")
        if method not in FORMATS:
            raise UserError(
                f"quantization_config: method {method!r} cannot be read here; {' and '.join(FORMATS)} can"
            )
        self._format = FORMATS[method]
        self._format.check_settings(self._settings)
        stored, layers = set(self._reader.names), {}
        for name in self._reader.names:
            layer, _, leaf = name.rpartition(".")
            if leaf != "qweight":
                continue
            parts = [part for part in self._format.PARTS if f"{layer}.{part}" in stored]
            if missing := set(self._format.PARTS) - set(self._format.OPTIONAL) - set(parts):
                raise UserError(f"{layer}: the checkpoint has no {min(missing)} for this layer")
            layers[layer] = {part: self._reader.meta(f"{layer}.{part}") for part in parts}
            self._format.shape(layer, layers[layer])
        return layers

    def _look_at_a_layer(self) -> tuple[str, ...]:
        """What is unusual about one layer is so of all: one program wrote them."""
        name = min(self._layers, key=lambda layer: self._reader.meta(f"{layer}.qweight")[1])
        return tuple(f"{name}: {note}" for note in self.quantized(name).notes)

    def meta(self, name: str) -> Meta:
        """Dtype and shape of a tensor: as stored, or as dequantized."""
        layer = name.removesuffix(".weight")
        if layer in self._layers:
            return torch.float32, self._format.shape(layer, self._layers[layer])[0]
        return self._reader.meta(name)

    def quantized(self, layer: str) -> Quantized | None:
        """The codes of a layer, by the name of its module; None when it is not quantized."""
        if layer not in self._layers:
            return None
        parts = {part: self._reader.get(f"{layer}.{part}") for part in self._layers[layer]}
        return self._format.read(layer, parts, self._settings)

    def get(self, name: str, raw: bool = False) -> torch.Tensor:
        """One tensor: floats as float32, with `raw` in the stored dtype; a quantized layer dequantized."""
        q = self.quantized(name.removesuffix(".weight"))
        if q is not None:
            return torch.from_numpy(q.dequantize())
        tensor = self._reader.get(name)
        return tensor.float() if tensor.is_floating_point() and not raw else tensor

    def is_quantized(self, layer: str) -> bool:
        return layer in self._layers


def _read_json(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path.parent}: no {path.name} in this directory") from None
    except ValueError as error:
        raise UserError(f"{path}: not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise UserError(f"{path}: not a JSON object")
    return content


def load(folder: Path) -> torch.nn.Module:
    """The causal LM of a directory in float32, quantized layers dequantized.

    Raises UserError when its tensors are not those that config.json describes.
    """
    weights = Weights(folder)
    state = {name: weights.get(name) for name in weights.names}
    try:
        config = AutoConfig.from_pretrained(folder)
        if hasattr(config, "quantization_config"):
            del config.quantization_config
        if weights.is_quantized("lm_head"):  # its codes are not those of the embeddings
            config.tie_word_embeddings = False
        with torch.device("meta"):
            architecture = type(AutoModelForCausalLM.from_config(config))
        model, report = architecture.from_pretrained(
            None,
            config=config,
            state_dict=state,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,  # refused below, with their names
            output_loading_info=True,
        )
        if (folder / "generation_config.json").is_file():
            model.generation_config = GenerationConfig.from_pretrained(folder)
    except (OSError, ValueError, RuntimeError) as error:
        raise UserError(f"{folder}: the model could not be loaded: {str(error).splitlines()[0]}") from None
    for name, found, planned in sorted(report["mismatched_keys"]):
        raise UserError(f"{folder}: {name} has shape {tuple(found)}; by config.json it is {tuple(planned)}")
    missing = sorted(report["missing_keys"])
    # AutoGPTQ's first versions gave every layer a bias, of zeros where the model has none.
    unexpected = sorted(name for name in report["unexpected_keys"] if not _empty_bias(name, weights))
    if missing or unexpected:
        raise UserError(
            f"{folder}: its tensors are not those of the model in config.json: "
            f"missing {missing[:3]}, unexpected {unexpected[:3]}"
        )
    return model


def _empty_bias(name: str, weights: Weights) -> bool:
    layer, _, leaf = name.rpartition(".")
    return leaf == "bias" and weights.is_quantized(layer) and not weights.get(name).any()
