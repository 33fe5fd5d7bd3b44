"""A book of two chapters, small enough to read, for the tests of the pages' machinery."""

import json
from pathlib import Path

from markdown import Markdown

from fourbit.book.snippets import load

QUESTION = '!!! quiz "In which order, {}?"\n\n    1. first\n    2. second\n    3. third\n\n    > so it is\n'
QUESTIONS = "\n".join(QUESTION.format(name) for name in ("Ada", "Ben", "Cleo", "Dan", "Eve"))
FILES = {
    "mkdocs.yml": """\
site_name: Mini
theme: {name: material, font: false}
validation: {anchors: warn, links: {not_found: warn, unrecognized_links: warn}}
markdown_extensions:
  - admonition
  - attr_list
  - def_list
  - footnotes
  - md_in_html
  - tables
  - toc: {permalink: true}
  - pymdownx.arithmatex: {generic: true}
  - pymdownx.details
  - pymdownx.highlight
  - pymdownx.inlinehilite
  - pymdownx.snippets: {base_path: [snippets], check_paths: true, dedent_subsections: true}
  - pymdownx.superfences
  - pymdownx.tabbed: {alternate_style: true}
  - fourbit.book.markdown
""",
    "docs/index.md": "# Front\n\n[[course]]\n",
    "docs/glossary.md": "# Glossary\n\n[[glossary]]\n\n*[Token]: A piece of text.\n",
    "docs/glossary.toml": """\
["KV cache"]
unit = "bytes"
related = ["Token"]
not = "prompt caching."
[Token]
related = ["KV cache"]
""",
    "docs/sources.toml": """\
[awq]
short = "AWQ"
title = "The AWQ paper"
authors = "Lin et al."
url = "https://example.org/awq?a=1&b=2"
date = "2023-06"
read = "version 5"
""",
    "docs/learn/course.toml": """\
[[chapter]]
number = 1
slug = "memory-wall"
title = "The Memory Wall"
minutes = 12
question = "How fast?"
[[chapter]]
number = 2
slug = "gptq"
title = "GPTQ"
minutes = 15
question = "How good?"
""",
    "docs/learn/01-memory-wall.md": """\
---
title: The memory wall
description: How fast a model can run.
---

# The memory wall

[[chapter:1]]

!!! abstract "Key insight"
    The file has [[r:01_memory_wall.size.bytes|,d]] bytes.

```python
--8<-- "01_memory_wall/size.py:claim"
```

```output
--8<-- "01_memory_wall/size.out"
```

*[KV cache]: The keys and values of past tokens.

A KV cache is read, too.

## Exercise

```python
--8<-- "01_memory_wall/speed.py"
```

## Self-test

"""
    + QUESTIONS
    + "\n[[around:1]]\n",
    "snippets/01_memory_wall/size.py": """\
# --8<-- [start:claim]
size = 4_617_000_000
# --8<-- [end:claim]
print("size", size)
""",
    "snippets/01_memory_wall/speed.py": """\
# /// script
# [tool.fourbit]
# tier = "recorded"
# reason = "times <this> machine"
# ///
print(1)
""",
}
ROWS = [{"name": "a|b", "ppl": 18.07, "bytes": 4_600_000}, {"name": "plain", "ppl": 20.19}]
RESULT = {"bytes": 4_617_000_000, "share": 0.25, "rows": ROWS}


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def build(root: Path) -> None:
    """Write the book under `root`."""
    for name, text in FILES.items():
        write(root, name, text)
    output = (
        f"$ python snippets/01_memory_wall/size.py\nsize 4617000000\n[[r:no]] is text\n{json.dumps(RESULT)}\n"
    )
    write(root, "snippets/01_memory_wall/size.out", output)
    record(root)


def without_torch(root: Path) -> Path:
    """Let a Runner of `root` start at once: its working folder comes first in the search of `python -m`."""
    for name in ("torch", "transformers"):
        write(root, f"{name}.py", f"raise ImportError('no {name}')")
    return root


def record(root: Path) -> None:
    """Record the result of speed.py as it is now."""
    speed = load(root / "snippets/01_memory_wall/speed.py", root)
    provenance = {
        "machine": {"cpu": "Xeon & Co", "cores": 2, "ram_gb": 8, "gpu": None, "os": "Linux"},
        "versions": {},
        "date": "2026-11-21",
        "runs": 5,
        "command": speed.command,
        "seconds": 1.0,
        "fingerprint": speed.fingerprint,
    }
    records = {"speed": {"value": {"tok_s": 32.46}, "provenance": provenance}}
    write(root, "snippets/01_memory_wall/results.json", json.dumps(records))


def render(root: Path, text: str) -> str:
    """A page's HTML in a host that is neither MkDocs nor Zensical."""
    snippets = {"base_path": [str(root / "snippets")], "check_paths": True, "dedent_subsections": True}
    names = [
        "attr_list",
        "md_in_html",
        "tables",
        "toc",
        "admonition",
        "pymdownx.highlight",
        "pymdownx.superfences",
    ]
    return Markdown(
        extensions=[*names, "pymdownx.snippets", "fourbit.book.markdown"],
        extension_configs={"pymdownx.snippets": snippets, "fourbit.book.markdown": {"root": str(root)}},
    ).convert(text)
