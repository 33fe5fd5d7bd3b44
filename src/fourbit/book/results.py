"""Results: every number that prose may show, by key, with where it came from."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from fourbit.book.snippets import Snippet, discover
from fourbit.errors import UserError

PROVENANCE = {"machine", "versions", "date", "runs", "command", "seconds", "fingerprint"}


def split_output(text: str) -> tuple[str, str, dict | None]:
    """A recorded output as (command line, text to show, result); the result is a last line that is a JSON object."""
    command, _, body = text.partition("\n")
    shown, _, last = body.rstrip("\n").rpartition("\n")
    if last.startswith("{"):
        try:
            return command, shown.rstrip() + "\n", json.loads(last)
        except json.JSONDecodeError:
            pass
    return command, body, None


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
        text = f"measured {self.provenance['date']} on {self.provenance['machine']['cpu']}: {self.snippet.command}"
        return text + ("; the code has changed since" if self.stale else "")


class Results:
    """All results of the book under `root`; look one up with `results["03_gptq.x.field"]`."""

    def __init__(self, root: Path):
        self.root = root

    @cached_property
    def _by_snippet(self) -> dict[str, Result]:
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
        file = folder / "results.json"
        if not file.is_file():
            return {}
        where = file.relative_to(self.root)
        try:
            records = json.loads(file.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise UserError(f"{where}: not valid JSON: {error}") from None
        for name, record in records.items():
            missing = PROVENANCE - set(record.get("provenance", ()))
            if missing or "value" not in record:
                gap = ", ".join(sorted(missing)) or "value"
                raise UserError(f"{where}: {name!r} lacks {gap}; measure it again: fourbit check --record {name}")
        return records

    def __getitem__(self, key: str) -> Result:
        """The result under a dotted key; KeyError with the nearest known keys when there is none."""
        parts = key.split(".")
        for cut in range(len(parts), 1, -1):
            result = self._by_snippet.get(".".join(parts[:cut]))
            if result is not None:
                value = result.value
                for part in parts[cut:]:
                    value = value[int(part) if isinstance(value, list) else part]  # KeyError, IndexError
                return Result(value, result.snippet, result.provenance)
        raise KeyError(key)

    def keys(self) -> list[str]:
        """Every leaf key, dotted."""
        leaves = []

        def walk(prefix: str, value: Any) -> None:
            items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            for name, child in items:
                walk(f"{prefix}.{name}", child)
            if not isinstance(value, (dict, list)):
                leaves.append(prefix)

        for key, result in self._by_snippet.items():
            walk(key, result.value)
        return leaves
