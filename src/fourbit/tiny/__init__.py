"""The bundled tiny model and texts: everything the commands and snippets need without a network."""

from contextlib import suppress
from pathlib import Path

from fourbit.errors import UserError

MODEL = Path(__file__).parent / "model"  # a transformers model directory; trained by fourbit.tiny.train
DOMAINS = ("docs", "code")


def text(domain: str, split: str = "evaluation") -> str:
    """The bundled text of a domain ("docs": English technical prose, "code": Python source).

    split  "evaluation": held out, the tiny model never saw it; "calibration": from its training text
    """
    if domain not in DOMAINS:
        raise UserError(f"no bundled text called {domain!r}; there are: {', '.join(DOMAINS)}")
    return (Path(__file__).parent / "texts" / f"{domain}.{split}.txt").read_text(encoding="utf-8")


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
