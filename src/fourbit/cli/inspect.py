"""`fourbit inspect`: what a model file holds, what each part of it costs, and what is damaged."""

import json
import math
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from fourbit.cli.console import AsJson, fail, out, progress_bar
from fourbit.gguf import inspect as inspection
from fourbit.gguf import mix
from fourbit.gguf.contents import Report, Sum
from fourbit.gguf.header import Array
from fourbit.gguf.reader import plain

FILE_TYPES = {kind.id: name for name, kind in mix.FILE_TYPES.items()}
SHOWN = 76  # characters of a value, in the table
FIRST = 8  # elements of a long array, in JSON
TEMPLATE = 1_200  # characters of the chat template
NAMED = 20  # kinds of damage
SLOW = 1_000_000_000  # bytes whose reading takes seconds, so that a bar is worth showing


def inspect(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="A GGUF or safetensors file, or a model's folder")
    ],
    tensors: Annotated[bool, typer.Option("--tensors", help="List every tensor")] = False,
    deep: Annotated[
        bool | None,
        typer.Option(
            "--deep/--no-deep", help="Read all weights and look for NaN and infinity; default: up to 2 GB"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a model file holds and what each part costs, and name any damage. Nothing in it is run."""
    with ExitStack() as stack:

        def progress(total: int):
            quiet = as_json or _bytes(path) < SLOW
            return stack.enter_context(progress_bar(total, quiet))

        report = inspection.inspect(path, deep, progress)
    if as_json:
        print(json.dumps(_record(report, tensors), allow_nan=False))
    else:
        _show(report, tensors)
        for damage in report.damage[:NAMED]:
            fail(damage)
        if (rest := len(report.damage) - NAMED) > 0:
            fail(f"and {rest:,} more like these; --json has them all")
    if report.damage:
        raise typer.Exit(1)


def _bytes(path: Path) -> int:
    files = [file for file in path.iterdir() if file.is_file()] if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files)


def _show(report: Report, every: bool) -> None:
    total = report.total
    what = [report.format, plain(report.metadata.get("general.architecture", ""))]
    _line(f"{report.path.name}: {', '.join(filter(None, what))}, {size(report.size)}")
    _line(f"{total.weights:,} weights in {total.tensors:,} tensors, {total.bits:.2f} bits per weight")
    _metadata(report)
    if report.template is not None:
        _line("chat template (shown, not run)", "bold")
        _line("\n".join(map(plain, report.template[:TEMPLATE].splitlines())))
        if (rest := len(report.template) - TEMPLATE) > 0:
            _line(f"... {rest:,} more characters; --json has all of it", "dim")
    _sums("type", report.by_type(), total)
    if report.mix:
        _line(report.mix, "dim")
    _sums("part", report.by_part(), total, types=True)
    _layers(report)
    if every:
        table = _table("tensor", "shape", "type", "size", right=(3,))
        for tensor in report.tensors:
            shape = " x ".join(map(str, tensor.shape))
            table.add_row(Text(plain(tensor.name)), shape, tensor.type, size(tensor.nbytes))
        out.print(table)
    if not report.scanned:
        _line("the weights were not read: --deep looks for NaN and infinity in all of them", "dim")
    elif not report.damage:
        _line("no damage found: header, places of the tensors, no NaN or infinity", "dim")


def _metadata(report: Report) -> None:
    table = Table.grid(padding=(0, 2))
    widest = max(map(len, report.metadata), default=0)
    table.add_column(min_width=min(widest, 40), overflow="fold")
    table.add_column(overflow="fold")
    for key, value in report.metadata.items():
        text = _short(value)
        if key == "general.file_type" and value in FILE_TYPES:
            text += f" ({FILE_TYPES[value]})"
        table.add_row(Text(plain(key), style="dim"), Text(text))
    out.print(table)


def _sums(title: str, groups: dict[str, Sum], total: Sum, types: bool = False) -> None:
    last = "types" if types else "bits per weight"
    table = _table(
        title, "tensors", "weights", "size", "share", last, right=(1, 2, 3, 4) if types else range(1, 6)
    )
    for name, group in groups.items():
        share = f"{group.nbytes / total.nbytes:.1%}" if total.nbytes else ""
        end = _types(group) if types else f"{group.bits:.2f}" if group.weights else ""
        table.add_row(name, f"{group.tensors:,}", f"{group.weights:,}", size(group.nbytes), share, end)
    out.print(table)


def _layers(report: Report) -> None:
    layers = report.by_layer()
    if not layers:
        return
    table = _table("layers", "how many", "each", "types in each", right=(1, 2))
    for numbers, one in layers:
        table.add_row(_ranges(numbers), str(len(numbers)), size(one.nbytes), _types(one))
    out.print(table)


def _types(group: Sum) -> str:
    return ", ".join(f"{count} {name}" for name, count in group.types.most_common())


def size(value: float) -> str:
    """Bytes for people, decimal units; a norm is too small for megabytes."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if value >= unit:
            return f"{value / unit:,.{2 if name == 'GB' else 1}f} {name}"
    return f"{value:,} B"


def _ranges(numbers: list[int]) -> str:
    """0, 1, 2, 5 as "0-2, 5"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def _table(*columns: str, right: tuple[int, ...] | range) -> Table:
    table = Table()
    for i, column in enumerate(columns):
        # Names and values are folded, numbers never broken.
        table.add_column(
            column, justify="right" if i in right else "left", no_wrap=i in right, overflow="fold"
        )
    return table


def _line(text: str, style: str = "") -> None:
    out.print(Text(text, style=style), soft_wrap=True)


def _short(value: object) -> str:
    """A value on one line; a long array as its length and first elements."""
    if isinstance(value, list):
        total = value.total if isinstance(value, Array) else len(value)
        text = ", ".join(str(item) for item in value[:64])
        if total > 64 or len(text) > SHOWN:
            text = f"{total:,} x {getattr(value, 'kind', 'values')}: {text}"
    else:
        text = f"{value:.7g}" if isinstance(value, float) else str(value)
    text = plain(text[: 10 * SHOWN])
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def _record(report: Report, every: bool) -> dict[str, object]:
    """The report as one JSON object; JSON itself escapes what a terminal would obey."""
    total = report.total
    record = {
        "path": str(report.path),
        "format": report.format,
        "bytes": report.size,
        "tensors": total.tensors,
        "weights": total.weights,
        "bits_per_weight": round(total.bits, 6),
        "metadata": {key: _value(value) for key, value in report.metadata.items()},
        "chat_template": report.template,
        "types": [_sum("type", name, group) for name, group in report.by_type().items()],
        "parts": [_sum("part", name, group) for name, group in report.by_part().items()],
        "layers": [{"layers": numbers} | _sum("each", "layer", one) for numbers, one in report.by_layer()],
        "mix": report.mix,
        "damage": report.damage,
        "weights_read": report.scanned,
    }
    if every:
        record["all_tensors"] = [
            {
                "name": t.name,
                "shape": t.shape,
                "type": t.type,
                "bytes": t.nbytes,
                "file": t.file.name,
                "start": t.start,
            }
            for t in report.tensors
        ]
    return record


def _sum(key: str, name: str, group: Sum) -> dict[str, object]:
    return {
        key: name,
        "tensors": group.tensors,
        "weights": group.weights,
        "bytes": group.nbytes,
        "types": dict(group.types),
    }


def _value(value: object) -> object:
    """A value as JSON has it: NaN in words, a long array as its length and first elements."""
    if isinstance(value, list):
        total = value.total if isinstance(value, Array) else len(value)
        kept = [_value(item) for item in (value if total <= 64 else value[:FIRST])]
        return kept if total <= 64 else {"elements": total, "first": kept}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
