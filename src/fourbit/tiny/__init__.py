"""The bundled tiny model and texts: everything the commands and snippets need without a network."""

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
