"""The bundled tiny model and texts: everything the commands and snippets need without a network."""

import json
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from fourbit.errors import UserError

MODEL = Path(__file__).parent / "model"  # a transformers model directory; trained by fourbit.tiny.train
DOMAINS = ("docs", "code", "legal")
BETWEEN = "\n\n\n"  # documents of a bundled text; some have it inside too


def text(domain: str, split: str = "evaluation") -> str:
    """The bundled text of a domain ("docs": English technical prose, "code": Python source, "legal": licenses and law).

    split  "evaluation": held out; "calibration": other documents. The tiny model was trained on those of "docs" and
           "code", and on no legal text
    """
    if domain not in DOMAINS:
        raise UserError(f"no bundled text called {domain!r}; there are: {', '.join(DOMAINS)}")
    return (Path(__file__).parent / "texts" / f"{domain}.{split}.txt").read_text(encoding="utf-8")


def documents(domain: str, split: str = "evaluation") -> list[str]:
    """The documents that `text` consists of, in their order."""
    whole, ends = text(domain, split), [0]
    lengths = json.loads((Path(__file__).parent / "texts" / "documents.json").read_text(encoding="utf-8"))
    for length in lengths[f"{domain}.{split}"]:
        ends.append(ends[-1] + length + len(BETWEEN))
    return [whole[start : stop - len(BETWEEN)] for start, stop in pairwise(ends)]


class _Reached(Exception):
    """The layer has its inputs; the blocks after it need not run."""


def layer(
    name: str = "model.layers.0.mlp.down_proj",
    domain: str = "docs",
    split: str = "calibration",
    tokens: int = 8192,
    model: str = "tiny",
) -> tuple:
    """A real layer to experiment on: its weights (d_out, d_in) and its inputs (tokens, d_in), float32 arrays."""
    import torch

    from fourbit.calibration.cut import tokenize, windows
    from fourbit.engine import models

    path = models.find(model)
    loaded = models.load(path)
    ids = tokenize(models.load_tokenizer(path), text(domain, split))
    seen = []

    def keep(_, inputs):
        seen.append(inputs[0][0])
        raise _Reached

    linear = loaded.get_submodule(name)
    linear.register_forward_pre_hook(keep)
    with torch.inference_mode():
        for window in windows(ids, tokens // 256, 256):
            with suppress(_Reached):
                loaded.model(torch.from_numpy(window)[None], use_cache=False)
    return linear.weight.detach().numpy(), torch.cat(seen).numpy()
