"""Results: every number that prose may show, by key, with where it came from."""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from fourbit.book.snippets import Snippet, discover
from fourbit.errors import UserError

RECORDS = "results.json"  # in a chapter's folder
PROVENANCE = {"machine", "versions", "date", "runs", "command", "seconds", "fingerprint"}


def split_output(text: str) -> tuple[str, str, dict | None]:
    """A recorded output as (command line, text to show, result: a last line that is a JSON object)."""
    command, _, body = text.partition("\n")
    shown, _, last = body.rstrip("\n").rpartition("\n")
    if last.startswith("{"):
        try:
            return command, shown.rstrip() + "\n", json.loads(last)
        except json.JSONDecodeError:
            pass
    return command, body, None


def read_records(folder: Path) -> dict:
    """The records of a chapter's recorded snippets, by stem; UserError when the file is not JSON."""
    file = folder / RECORDS
    if not file.is_file():
        return {}
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise UserError(f"snippets/{folder.name}/{RECORDS}: not valid JSON: {error}") from None


def _children(value: Any) -> dict[str, Any]:
    """What lies below a value, by the part of a key that names it; nothing below a leaf."""
    if isinstance(value, list):
        return {str(index): child for index, child in enumerate(value)}
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Result:
    value: Any
    snippet: Snippet
    provenance: dict | None  # recorded results only

    @property
    def stale(self) -> bool:
        """Whether the script, or a module of ours it uses, has changed since the value was recorded."""
        return self.provenance is not None and self.provenance["fingerprint"] != self.snippet.fingerprint

    @property
    def origin(self) -> str:
        """One line for readers: how this number came to be."""
        if self.provenance is None:
            return f"recomputed by every test run: {self.snippet.command}"
        where = f"{self.provenance['date']} on {self.provenance['machine']['cpu']}"
        changed = "; the code has changed since" if self.stale else ""
        return f"measured {where}: {self.snippet.command}{changed}"


class Results:
    """All results of the book under `root`; look one up with `results["03_gptq.x.field"]`."""

    def __init__(self, root: Path):
        self.root = root

    @cached_property
    def by_snippet(self) -> dict[str, Result]:
        """The whole result of each snippet that has one, by the snippet's key."""
        found = {}
        for snippet in discover(self.root):
            if snippet.tier == "recorded":
                record = self._records(snippet.path.parent).get(snippet.path.stem)
                if record:
                    found[snippet.key] = Result(record["value"], snippet, record["provenance"])
            elif snippet.output.is_file():
                value = split_output(snippet.output.read_text(encoding="utf-8"))[2]
                if value is not None:
                    found[snippet.key] = Result(value, snippet, None)
        return found

    def _records(self, folder: Path) -> dict:
        records = read_records(folder)
        for name, record in records.items():
            missing = PROVENANCE - set(record.get("provenance", ()))
            if missing or "value" not in record:
                gap = ", ".join(sorted(missing)) or "value"
                where = f"{(folder / RECORDS).relative_to(self.root)}: {name!r}"
                raise UserError(f"{where} lacks {gap}; measure it again: fourbit check --record {name}")
        return records

    def __getitem__(self, key: str) -> Result:
        """The result under a dotted key; KeyError when there is none."""
        parts = key.split(".")
        result = self.by_snippet[".".join(parts[:2])]
        for part in parts[2:]:
            result = replace(result, value=_children(result.value)[part])
        return result

    def keys(self) -> list[str]:
        """Every leaf key, dotted."""
        leaves = []

        def walk(prefix: str, value: Any) -> None:
            for name, child in _children(value).items():
                walk(f"{prefix}.{name}", child)
            if not isinstance(value, (dict, list)):
                leaves.append(prefix)

        for key, result in self.by_snippet.items():
            walk(key, result.value)
        return leaves
