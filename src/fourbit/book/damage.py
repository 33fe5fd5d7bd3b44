"""The files of the tiny model that the page "Feel the damage" runs, made by our own tools when the site is built.

Each has one type for all matrices, so that a name means one thing. All but one are made here, from the bundled model,
without PyTorch: NumPy, gguf, libgguf and tokenizers do. Error feedback needs PyTorch; that file is in the repository.
"""

import hashlib
import json
from importlib.metadata import version
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fourbit import gguf as package
from fourbit import grid
from fourbit.gguf import exact, header, metadata, plan
from fourbit.gguf.convert import carry_out, choose
from fourbit.gguf.mix import FILE_TYPES
from fourbit.gguf.plain import Plain
from fourbit.gguf.plan import Plan
from fourbit.gguf.write import write
from fourbit.tiny import MODEL

ASSETS = Path("docs/assets")
BUILT = Path("built/models")  # under ASSETS; not committed
MANIFEST = "models.json"
GROUP = 32  # weights that share a scale in the file that is only rounded
PACKAGES = ("gguf", "libgguf", "numpy", "tokenizers")


class Version(NamedTuple):
    """A file of the model. type: as in `gguf.mix`, None when it is only rounded to 2 bits;  file: under ASSETS"""

    id: str
    name: str
    file: Path
    type: str | None
    about: str


VERSIONS = (
    Version("f16", "F16", BUILT / "tiny-f16.gguf", "F16", "16 bits a weight: what the others are measured against"),
    Version("q8_0", "Q8_0", BUILT / "tiny-q8_0.gguf", "Q8_0", "8 bits, a scale for 32 weights"),
    Version("q4_k", "Q4_K", BUILT / "tiny-q4_k.gguf", "Q4_K_M", "4 bits, two levels of scales"),
    Version("q4_0", "Q4_0", BUILT / "tiny-q4_0.gguf", "Q4_0", "4 bits, a scale for 32 weights"),
    Version("gptq", "Q4_0, GPTQ", Path("models/tiny-gptq-q4_0.gguf"), "Q4_0", "the same format, filled by error feedback"),
    Version("q3_k", "Q3_K", BUILT / "tiny-q3_k.gguf", "Q3_K_M", "3 bits, two levels of scales"),
    Version("q2_k", "Q2_K", BUILT / "tiny-q2_k.gguf", "Q2_K", "2 bits, two levels of scales and minimums"),
    Version("rtn2", "2 bits, rounded", BUILT / "tiny-rtn2.gguf", None, "each weight to the nearest of four levels, nothing else"),
)  # fmt: skip


class Preset(NamedTuple):
    """A prompt, and how it is continued: temperature 0 takes the most likely token."""

    id: str
    prompt: str
    temperature: float
    seed: int
    tokens: int


PRESETS = (
    Preset("docs", "This function returns", 0.6, 2, 36),
    Preset("code", "    if not os.path.exists(path):\n        raise", 0.6, 7, 36),
    Preset("greedy", "If the argument is not", 0.0, 0, 36),
)
SAMPLE = """A dictionary maps keys to values. If the key is not found, a KeyError is raised, unless a default value was \
given. The method get() returns the value for a key, or None if there is none. Keys must be hashable: strings, numbers \
and tuples of these can be used, lists can not.

For example:

    >>> ages = {"Ada": 36}
    >>> ages.get("Alan", 0)
    0

The order of the keys is the order in which they were added. To remove a key, use the "del" statement.
"""


def build(root: Path) -> None:
    """Make the files and their manifest under docs/assets/built/models; nothing when they are there already.

    Without libgguf, which has no wheel for some machines, there are none, and the page shows what was recorded.
    """
    if not find_spec("libgguf"):
        return
    folder, origin = root / ASSETS / BUILT, _origin(root)
    if _up_to_date(root, origin):
        return
    folder.mkdir(parents=True, exist_ok=True)
    files = make(folder, root)
    content = {
        "made_from": origin,
        "versions": [describe(one, files[one.id]) for one in VERSIONS],
        "presets": [one._asdict() for one in PRESETS],
        "sample": SAMPLE,
    }
    (folder / MANIFEST).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def make(folder: Path, root: Path) -> dict[str, Path]:
    """Make the files in a folder that exists; returns those of all versions, by id."""
    files = {}
    for one in VERSIONS:
        if one.file.is_relative_to(BUILT):
            files[one.id] = folder / one.file.name
            planned = plan.read(MODEL, Plain(MODEL))
            if one.type:
                carry_out(planned, files[one.id], one.type, pure=True)
            else:
                _round(planned, files[one.id])
        else:
            files[one.id] = root / ASSETS / one.file
    return files


def _round(planned: Plan, out: Path) -> None:
    """Every matrix rounded to 2 bits, a scale for GROUP weights of a row, in blocks of Q4_0, which hold that exactly."""
    choices = choose(planned, "Q4_0", pure=True)
    tensors = [(tensor.name, tensor.shape, choices[tensor.name].type) for tensor in planned.tensors]

    def produce(index: int) -> np.ndarray:
        _, _, kind = tensors[index]
        values = planned.tensors[index].value()
        if kind.name != "Q4_0":
            return values
        rounded = grid.quantize_rtn(values, bits=2, group_size=GROUP, symmetric=True)
        return exact.pack(exact.steps(rounded), kind)

    write(out, planned.arch, metadata.read(planned, FILE_TYPES["Q4_0"].id), tensors, produce)


def _origin(root: Path) -> str:
    """SHA-256 of all that the files depend on: the model, the code and the libraries."""
    digest = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in PACKAGES).encode())
    code = [*sorted(Path(package.__file__).parent.glob("*.py")), Path(grid.__file__), Path(__file__)]
    ready = [root / ASSETS / one.file for one in VERSIONS if not one.file.is_relative_to(BUILT)]
    for file in [*sorted(MODEL.iterdir()), *code, *ready]:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _up_to_date(root: Path, origin: str) -> bool:
    try:
        found = json.loads((root / ASSETS / BUILT / MANIFEST).read_text(encoding="utf-8"))
        rows = {row["id"]: row for row in found["versions"]}
        return found["made_from"] == origin and all(
            (root / ASSETS / one.file).stat().st_size == rows[one.id]["bytes"] for one in VERSIONS
        )
    except (OSError, ValueError, KeyError):
        return False


def describe(one: Version, file: Path) -> dict:
    """bits: of a weight, over all tensors; for rounded weights what codes and scales take, not what their file does."""
    tensors = header.read(file).tensors
    count = sum(prod(tensor.shape) for tensor in tensors)
    bits = 8 * sum(tensor.nbytes for tensor in tensors) / count if one.type else 2 + 16 / GROUP
    return {
        "id": one.id,
        "name": one.name,
        "about": one.about,
        "file": one.file.as_posix(),
        "bytes": file.stat().st_size,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "bits": round(bits, 3),
        "weights": count,
    }
