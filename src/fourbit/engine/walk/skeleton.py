"""A causal language model whose weights stay on disk until they are needed, block by block."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten

import torch
from huggingface_hub.errors import StrictDataclassError
from torch import nn
from torch.nn.modules.module import register_module_parameter_registration_hook
from transformers import AutoConfig, AutoModelForCausalLM

from fourbit.engine.walk.experts import separate_experts
from fourbit.engine.walk.names import FileNames, rename_modules
from fourbit.engine.walk.tensors import Tensors
from fourbit.errors import UserError

# What transformers raises about a config.json that it cannot make a causal LM of.
UNFIT = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, StrictDataclassError)

Arguments = tuple[tuple, dict]  # what a block is called with beside the hidden states


class _Reached(Exception):
    """Leaves a forward pass once everything needed has been seen."""


def linear_layers(module: nn.Module) -> dict[str, nn.Linear]:
    """The linear layers inside `module`, by name relative to it."""
    return {name: layer for name, layer in module.named_modules() if isinstance(layer, nn.Linear)}


def decoder_blocks(model: nn.Module) -> tuple[str, nn.ModuleList]:
    """The name and the list of the decoder blocks: the longest ModuleList of modules with linear layers.

    Lists inside other such lists (experts of a block) do not count, nor what is outside the text decoder of a
    model that knows its own. UserError when there is none.
    """
    decoder = model.get_decoder() if hasattr(model, "get_decoder") else model
    within, lists = set(decoder.modules()), {}
    for name, module in model.named_modules():
        inside = any(name.startswith(f"{outer}.") for outer in lists)
        if module in within and isinstance(module, nn.ModuleList) and not inside and linear_layers(module):
            lists[name] = module
    if not lists:
        raise UserError(
            f"{type(model).__name__}: found no list of decoder blocks with linear layers in this model; "
            "try GPTQModel or llm-compressor"
        )
    return max(lists.items(), key=lambda item: len(item[1]))


def quantizable(model: "nn.Module | Skeleton") -> dict[str, nn.Linear]:
    """What is quantized: the linear layers of the decoder blocks, by full name.

    Not embeddings, norms, the LM head; nor routers and gates, which have one output per expert, or just one.
    """
    prefix, blocks = (model.prefix, model.blocks) if isinstance(model, Skeleton) else decoder_blocks(model)
    routers = {
        child
        for module in blocks.modules()
        if isinstance(experts := getattr(module, "experts", None), nn.ModuleList)
        for child in module.children()
        if isinstance(child, nn.Linear) and child.out_features == len(experts)
    }
    return {
        f"{prefix}.{name}": layer
        for name, layer in linear_layers(blocks).items()
        if layer not in routers and layer.out_features > 1
    }


def _build(folder: Path) -> nn.Module:
    """The model that config.json describes: parameters on the meta device, buffers real."""

    def on_meta(module: nn.Module, name: str, parameter: nn.Parameter | None) -> nn.Parameter | None:
        if parameter is None or parameter.is_meta:  # a tied parameter stays the one that it is
            return None
        return nn.Parameter(parameter.to("meta"), requires_grad=False)

    # A parameter is moved as it is registered, before an initializer touches its memory. A meta device as the
    # default would take the buffers along, and rotary frequencies are in no file.
    hook = register_module_parameter_registration_hook(on_meta)
    try:
        config = AutoConfig.from_pretrained(folder)
        if hasattr(config, "quantization_config"):
            del config.quantization_config  # weights arrive dequantized
        return AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    except UNFIT as error:
        reason = shorten(f"{type(error).__name__}: {error}", 300)
        raise UserError(f"{folder / 'config.json'}: no causal LM can be built from it: {reason}") from None
    finally:
        hook.remove()


class Skeleton:
    """The model of a directory, its parameters on the meta device but for what is loaded.

    model    the transformers model, with linear experts (walk.experts) and the names of files (walk.names)
    prefix   name of the list of decoder blocks, as "model.layers";  blocks  that list;  config  model.config
    tensors  what is stored, by name (walk.tensors); None around a model in memory

    Embeddings, final norm and head load themselves when first called; `release` lets them go.
    """

    def __init__(self, folder: Path):
        """UserError when config.json describes no causal LM of linear layers, or the tensors do not fit."""
        self._adopt(_build(folder))
        self.tensors = Tensors(self.model, folder, self._file_names)
        own = defaultdict(list)
        for name in self.tensors.outside(self.prefix):
            own[name.rpartition(".")[0]].append(name)
        for path, names in own.items():
            self._fill_on_call(self.model.get_submodule(path), names)

    @classmethod
    def of(cls, model: nn.Module) -> "Skeleton":
        """Around a model in memory, whose fused experts become linear; nothing is loaded or let go."""
        self = cls.__new__(cls)
        self._adopt(model.eval())
        return self

    def _adopt(self, model: nn.Module) -> None:
        self.model, self.config = model, model.config
        self._file_names = FileNames(model)
        separate_experts(model, decoder_blocks(model)[0], self._file_names)
        rename_modules(model, self._file_names)
        self.prefix, self.blocks = decoder_blocks(model)
        self.tensors: Tensors | None = None
        self._tuples = False  # whether blocks return (hidden, ...)
        self._arguments: dict[torch.Size, list[Arguments]] = {}
        self._arguments_vary: bool | None = None  # with the token ids; None: not known yet

    def _fill_on_call(self, module: nn.Module, names: list[str]) -> None:
        def fill(_, __) -> None:
            replaced = "forward" in vars(module)  # then it needs no weights
            if not replaced and any(getattr(module, name.rpartition(".")[2]).is_meta for name in names):
                self.tensors.fill(names)

        module.register_forward_pre_hook(fill)

    def load(self, index: int) -> nn.Module:
        """Read one decoder block from disk, in float32, and return it."""
        if self.tensors:
            self.tensors.fill(self.tensors.of(f"{self.prefix}.{index}"))
        return self.blocks[index]

    def unload(self, index: int) -> None:
        """Let go of one block's weights, changed or not."""
        if self.tensors:
            self.tensors.drop(self.tensors.of(f"{self.prefix}.{index}"))

    def release(self) -> None:
        """Let go of embeddings, final norm and head; they load themselves again when called."""
        if self.tensors:
            self.tensors.drop(self.tensors.outside(self.prefix))

    # The forward pass, cut at the blocks

    @torch.no_grad()
    def enter(self, ids: torch.Tensor) -> tuple[torch.Tensor, list[Arguments]]:
        """What reaches the decoder blocks for token ids (batch, tokens).

        Returns the hidden states (batch, tokens, width) before block 0 and, for each block, the arguments and
        keywords it is called with after the hidden states: block(hidden, *arguments, **keywords).
        """
        start, calls = None, []

        def note(hidden, *arguments, **keywords):
            nonlocal start
            if start is None:
                start = hidden
            elif len(calls) == 1:  # a model that takes the first of (hidden, ...) has taken the first row
                self._tuples = hidden.shape != start.shape
            calls.append((arguments, keywords))
            if len(calls) == len(self.blocks):
                raise _Reached
            return start

        try:
            self._forward(ids, note)
        except _Reached:
            pass
        return start, calls

    def arguments(self, ids: torch.Tensor) -> list[Arguments]:
        """The second part of `enter`, kept for each shape of ids: no embeddings are needed to have it again.

        Where it depends on the ids themselves (Gemma 3n hands embeddings to every block), it is made anew.
        """
        if self._arguments_vary is None:
            other = (ids == 0).to(ids.dtype)  # another id for every token
            self._arguments_vary = not _same(self.enter(ids)[1], self.enter(other)[1])
        if self._arguments_vary:
            return self.enter(ids)[1]
        if ids.shape not in self._arguments:
            self._arguments[ids.shape] = self.enter(ids)[1]
        return self._arguments[ids.shape]

    @torch.no_grad()
    def leave(self, hidden: torch.Tensor) -> torch.Tensor:
        """Logits (batch, tokens, vocabulary) of what leaves the last block, by the model's norm and head."""
        ids = torch.zeros(hidden.shape[:2], dtype=torch.long, device=hidden.device)
        embeddings = self.model.get_input_embeddings()
        with _replaced([embeddings], lambda ids: hidden.new_zeros(*ids.shape, embeddings.embedding_dim)):
            return self._forward(ids, lambda *_, **__: (hidden,) if self._tuples else hidden).logits

    def _forward(self, ids: torch.Tensor, block: Callable):
        """The model's forward pass with `block` in place of each decoder block."""

        def stub(*arguments, **keywords):
            first = arguments or (keywords.pop("hidden_states"),)
            return block(*first, **keywords)

        with _replaced(self.blocks, stub):
            return self.model(ids, use_cache=False)


@contextmanager
def _replaced(modules: Iterable[nn.Module], forward: Callable) -> Iterator[None]:
    """Another forward for some modules, as their own attribute: `del` brings back that of their class."""
    for module in modules:
        module.forward = forward
    try:
        yield
    finally:
        for module in modules:
            del module.forward


def _same(a, b) -> bool:
    """Whether all tensors in two nests of tuples, lists and dicts are equal."""
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return _same(list(a.values()), list(b.values()))
    return all(map(_same, a, b)) if isinstance(a, tuple | list) else True
