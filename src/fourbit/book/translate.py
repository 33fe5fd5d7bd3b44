"""The arithmetic of `fourbit.vram` as JavaScript: `python -m fourbit.book.translate` writes docs/assets/js/vram-core.js
and vram-tables.js, the modules and the tables of models and hardware. tests/vram/test_parity.py finds them stale."""

import ast
import json
import re
from pathlib import Path

import fourbit
from fourbit.book.javascript.module import Module

SOURCE = Path(fourbit.__file__).parent
MODULES = (  # each after those that it imports
    "errors",
    *(
        "gguf.types",
        "gguf.dims",
        "gguf.architectures",
        "gguf.hybrids",
        "gguf.known",
        "gguf.modules",
        "gguf.layout",
    ),
    *("gguf.names", "gguf.mixes", "gguf.mix", "gguf.reader", "gguf.header"),
    *(
        "vram.lines",
        "vram.tables",
        "vram.devices",
        "vram.metadata",
        "vram.model",
        "vram.settings",
        "vram.cache",
    ),
    *("vram.weights", "vram.compute", "vram.runtimes", "vram.speed", "vram.place", "vram.estimate"),
)
ABSENT = {  # what asks the machine or its files
    "gguf.header": {"read"},
    "vram.devices": {"here", "ram", "_run", "_nvidia", "_known", "_mac"},
    "vram.model": {"read", "from_config_file", "from_gguf"},
}
HEAD = "// Made from src/fourbit/{} by `python -m fourbit.book.translate`; edit those, not this.\n"


def core() -> str:
    """All modules as one script."""
    trees = {
        name: ast.parse((SOURCE / f"{name.replace('.', '/')}.py").read_text("utf-8")) for name in MODULES
    }
    classes = {
        name: {n.name for n in tree.body if isinstance(n, ast.ClassDef)} for name, tree in trees.items()
    }
    calls = [n for tree in trees.values() for n in ast.walk(tree) if isinstance(n, ast.Call) and n.keywords]
    worded = {getattr(n.func, "id", getattr(n.func, "attr", "")) for n in calls}
    parts = [
        Module(name, classes, worded, ABSENT.get(name, set())).module(tree) for name, tree in trees.items()
    ]
    return (
        HEAD.format("gguf and src/fourbit/vram")
        + '"use strict";\nglobalThis.fourbit = ((py) => {\nconst M = {};\n'
        + "".join(parts)
        + "return M;\n})(globalThis.fourbitPython);\n"
    )


def tables() -> str:
    """models.toml and hardware.toml, without comments."""
    found = {}
    for name in ("models.toml", "hardware.toml"):
        text = (SOURCE / "vram" / name).read_text("utf-8")
        found[name] = re.sub(r"^(#.*)?\n", "", text, flags=re.MULTILINE)
    return (
        HEAD.format("vram/*.toml")
        + f"globalThis.fourbitTables = {json.dumps(found, ensure_ascii=False, indent=0)};\n"
    )


FILES = {"vram-tables.js": tables, "vram-core.js": core}


def main() -> None:
    """Writes both files."""
    folder = SOURCE.parents[1] / "docs/assets/js"
    for name, make in FILES.items():
        partial = folder / f"{name}.partial"
        partial.write_text(make(), "utf-8")
        partial.replace(folder / name)


if __name__ == "__main__":
    main()
