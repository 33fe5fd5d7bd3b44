"""What `fourbit gguf` prints for people: what will be done, and what was."""

import math
from collections import Counter, defaultdict
from pathlib import Path
from statistics import median

from rich.table import Table

from fourbit.cli.console import out, warn
from fourbit.cli.tables import duration, size


def outline(work, forecast, model: str, to: Path) -> None:
    """Before the work. work: a fourbit.gguf.outline.Outline;  forecast: its Forecast."""
    table = Table("type", "tensors", "weights", "bytes", "which", title=f"{model} as {work.file_type}")
    for column in table.columns[1:4]:
        column.justify = "right"
    total = sum(math.prod(shape) for _, shape, _ in work.tensors)
    groups = defaultdict(list)
    for name, shape, kind in work.tensors:
        groups[kind].append((name, math.prod(shape), math.prod(shape[:-1]) * kind.row_bytes(shape[-1])))
    for kind, rows in sorted(groups.items(), key=lambda group: -sum(row[1] for row in group[1])):
        weights = sum(row[1] for row in rows)
        table.add_row(
            kind.name,
            f"{len(rows)}",
            f"{weights / total:.1%}",
            size(sum(row[2] for row in rows)),
            _kinds([row[0] for row in rows]),
        )
    out.print(table)
    if falls := work.fallbacks():
        widths = ", ".join(f"{width:,}" for width in sorted({width for _, _, width in falls}))
        changes = Counter()
        for (wanted, taken, _), count in falls.items():
            changes[f"{wanted} to {taken}"] += count
        said = ", ".join(f"{count} from {change}" for change, count in changes.items())
        out.print(
            f"{sum(falls.values())} of {len(work.tensors)} tensors fall back, as blocks do not fill their rows of "
            f"{widths}: {said}",
            highlight=False,
        )
    for note in work.notes:
        warn(note)
    _forecast(forecast, work)


def _forecast(forecast, work) -> None:
    parts = ", ".join(f"{name} {duration(seconds)}" for name, seconds in forecast.time.items())
    used = ", ".join(f"{name} {size(value)}" for name, value in forecast.memory.items())
    calibration = (
        f"calibrated on {work.text.windows.size:,} tokens of {work.text.name}\n" if work.text else ""
    )
    out.print(
        f"{calibration}file: {forecast.bytes:,} bytes, {work.bits_per_weight:.2f} bits per weight\n"
        f"memory, estimated: {size(sum(forecast.memory.values()))}\n"
        f"time, estimated: {duration(forecast.seconds)} ({parts})",
        highlight=False,
    )
    out.print(f"memory: {used}", style="dim", highlight=False)
    for line in forecast.basis:
        out.print(f"- {line}", style="dim", highlight=False)


def _kinds(names: list[str]) -> str:
    """Parts of the blocks, each once, and what is outside them."""
    parts = (name.removesuffix(".weight") for name in names)
    return ", ".join(
        dict.fromkeys(part.split(".", 2)[2] if part.startswith("blk.") else part for part in parts)
    )


def written(work, report, model: str, to: Path) -> None:
    """After the work. report: of fourbit.gguf.feedback, or None"""
    if report:
        error, before = (
            median(getattr(layer, of) for layer in report.layers) for of in ("error", "rounding_error")
        )
        out.print(
            f"error feedback on {len(report.layers)} layers: median error {error:.2e} of the output's energy, "
            f"llama.cpp's own quantizer with the same text {before:.2e}",
            highlight=False,
        )
    out.print(
        f"\n{model} -> {to}: {to.stat().st_size:,} bytes, {work.bits_per_weight:.2f} bits per weight",
        highlight=False,
    )
    _next(model, to)


def repacked(report, model: str, to: Path, stored: int | None, dry_run: bool) -> None:
    """A lossless file, made or not. report: fourbit.gguf.verdicts.Report;  stored: bytes of the file"""
    table = Table("in the checkpoint", "type", "verdict", "tensors", "bytes", title=f"{model}, lossless")
    for column in table.columns[3:]:
        column.justify = "right"
    groups = defaultdict(list)
    for row in report.rows:
        groups[row.origin, row.type or "-", row.verdict].append(row)
    for (origin, kind, verdict), rows in groups.items():
        if verdict == "inexact":
            verdict += f", by up to {max(row.difference for row in rows):.2g}"
        table.add_row(origin, kind, verdict, f"{len(rows)}", size(sum(row.nbytes for row in rows)))
    out.print(table)
    for note in report.notes:
        warn(note)
    if report.refused:
        row = report.refused[0]
        warn(f"{len(report.refused)} tensors are refused, such as {row.name}: {row.note}; see --inexact")
    if dry_run:
        if stored is not None:
            out.print(f"file: {stored:,} bytes", highlight=False)
        return
    if report.verified:
        out.print(f"read back: {report.verified:,} weights, all as reported", highlight=False)
    out.print(f"{model} -> {to}: {to.stat().st_size:,} bytes", highlight=False)
    _next(model, to)


def _next(model: str, to: Path) -> None:
    out.print(f'run it: fourbit run {to} "A question"', style="dim", highlight=False, soft_wrap=True)
    out.print(
        f"measure it: fourbit evaluate {to} --against {model}", style="dim", highlight=False, soft_wrap=True
    )
