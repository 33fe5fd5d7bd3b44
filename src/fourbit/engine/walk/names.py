"""What checkpoints call the parts of a model, where transformers calls them otherwise.

transformers renames and fuses tensors while it loads some architectures, and undoes that when it saves.
Quantized layers must carry the names of the files, which are what other runtimes look for.
"""

import re
from collections import defaultdict

from torch import nn
from transformers.conversion_mapping import get_model_conversion_mapping
from transformers.core_model_loading import PrefixChange, WeightConverter, WeightRenaming

Source = tuple[str, tuple]  # a tensor of a file, and an index into it when a parameter is only a part of it


class FileNames:
    """From names of a model's parameters to the names that its checkpoints use."""

    def __init__(self, model: nn.Module):
        # Reversed, as when saving. Prefixes that may or may not be in a file are tried in `locate`.
        loading = get_model_conversion_mapping(model, add_legacy=False)
        self._saving = [t.reverse_transform() for t in reversed(loading) if not isinstance(t, PrefixChange)]
        self._base = f"{model.base_model_prefix}."

    def of(self, name: str) -> str:
        """The name in files of a parameter that is stored whole."""
        for transform in self._saving:
            if isinstance(transform, WeightRenaming):
                name, _ = transform.rename_source_key(name)
        return name

    def of_experts(self, path: str) -> tuple[str, str, str]:
        """What files that store experts one by one call gate, up and down of the fused experts at `path`."""
        parts = []
        for name in (f"{path}.gate_up_proj", f"{path}.down_proj"):
            for transform in self._saving:
                if isinstance(transform, WeightConverter) and transform.rename_source_key(name)[1]:
                    tails = (re.search(r"\*\.(\w+)\.weight$", target) for target in transform.target_patterns)
                    parts += [tail[1] for tail in tails if tail]
        return tuple(parts) if len(parts) == 3 else ("gate_proj", "up_proj", "down_proj")

    def locate(self, name: str, stored: set[str], fused: Source | None) -> Source | None:
        """The tensor among `stored` that holds a parameter; `fused`: where, if experts are stored fused."""
        for place, index in ((name, ()), *([fused] if fused else [])):
            for candidate in (self.of(place), place):
                # Files of a bare base model lack its prefix; some have it where it does not belong.
                for spelled in (candidate, candidate.removeprefix(self._base), self._base + candidate):
                    if spelled in stored:
                        return spelled, index
        return None


def rename_modules(model: nn.Module, names: FileNames) -> None:
    """Give modules the names that files use: Mixtral's `mlp` is `block_sparse_moe` there.

    The old name stays as a plain attribute, since the forward pass reads it. Where parameters below a module
    disagree on its name, files have another tree, as of some multimodal models: there nothing is renamed.
    """
    wanted = defaultdict(set)  # by path of a module
    for name, _ in model.named_parameters(remove_duplicate=False):
        old, new = name.split("."), names.of(name).split(".")
        for depth in range(1, len(old)):
            wanted[tuple(old[:depth])].add(new[depth - 1] if len(old) == len(new) else old[depth - 1])
    split = {path for path, candidates in wanted.items() if len(candidates) > 1}
    for path in sorted(wanted, key=len, reverse=True):  # the deepest first, so that paths stay valid
        new = min(wanted[path])
        if new == path[-1] or any(path[: depth + 1] in split for depth in range(len(path))):
            continue
        parent, child = model.get_submodule(".".join(path[:-1])), model.get_submodule(".".join(path))
        parent._modules = {new if key == path[-1] else key: m for key, m in parent._modules.items()}
        parent.__dict__[path[-1]] = child
