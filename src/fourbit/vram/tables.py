"""The tables of models and hardware: models.toml and hardware.toml, one entry a line.

A name is found without reading the other lines, since parsing all of them would take longer than everything else.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from fourbit.errors import UserError

_ID = re.compile(r'^"([^"]+)" = ', re.MULTILINE)


@cache
def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def models() -> dict[str, dict[str, Any]]:
    """All models by id: name, released, parameters (billions), source, config."""
    return tomllib.loads(_text("models.toml"))


def hardware() -> dict[str, dict[str, Any]]:
    """All hardware by id: name, kind (gpu, mac, cpu), memory (GiB), bandwidth (GB/s), price, source, tflops."""
    return tomllib.loads(_text("hardware.toml"))


def plain(text: str) -> str:
    """A name without case, spaces and punctuation, for comparing."""
    return re.sub(r"[^a-z0-9.]", "", text.lower())


def _line(file: str, wanted: str) -> tuple[str, dict[str, Any]] | None:
    """The id and entry of the line whose id or name is `wanted`."""
    text, key = _text(file), plain(wanted)
    for line in text.splitlines():
        found = _ID.match(line)
        if found and (plain(found[1]) == key or plain(line.split('name = "', 1)[1].split('"', 1)[0]) == key):
            return next(iter(tomllib.loads(line).items()))
    return None


def card(least: float) -> dict[str, Any] | None:
    """The smallest GPU of the table with so many GiB: of several the newest, then the fastest."""
    found = []
    for line in _text("hardware.toml").splitlines():
        memory = re.search(r'kind = "gpu", memory = ([\d.]+), bandwidth = ([\d.]+)', line)
        if memory and float(memory[1]) >= least:
            released = int(re.search(r"released = (\d+)", line)[1])
            found.append((float(memory[1]), -released, -float(memory[2]), line))
    return next(iter(tomllib.loads(min(found)[3]).values())) if found else None


def names(file: str) -> list[str]:
    """Ids in a table, in its order."""
    return _ID.findall(_text(file))


def _find(file: str, wanted: str, what: str) -> tuple[str, dict[str, Any]]:
    found = _line(file, wanted)
    if found:
        return found
    from difflib import get_close_matches  # slow to import, seldom needed

    known, key = names(file), wanted.lower().replace(" ", "-")
    near = [n for n in known if plain(wanted) and plain(wanted) in plain(n)][:4] or get_close_matches(
        key, known, 4, 0.5
    )
    hint = f"; near it: {', '.join(near)}" if near else ""
    raise UserError(f"{wanted!r} is no {what} of the table{hint}")


def model(wanted: str) -> tuple[str, dict[str, Any]]:
    """Id and entry of a model. UserError with near names when there is none."""
    return _find("models.toml", wanted, "model")


def device(wanted: str) -> tuple[str, dict[str, Any]]:
    """Id and entry of a GPU, Mac or CPU. UserError with near names when there is none."""
    short = re.sub(r"^(nvidia|geforce|amd|radeon|intel|apple)\s+", "", wanted.strip(), flags=re.IGNORECASE)
    return _find("hardware.toml", short if _line("hardware.toml", short) else wanted, "GPU, Mac or CPU")
