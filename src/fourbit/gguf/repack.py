"""A GPTQ or AWQ checkpoint as a GGUF file, its codes and scales moved into blocks instead of rounded again.

Each tensor gets the smallest type that holds all of its weights to the last bit (`exact`); what no type can hold is
refused, or rounded when the user says so. Nothing is assumed from the settings of the checkpoint: types are chosen by
the codes, zero points and scales themselves, and the finished file is read back and compared (`verify`).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from fourbit.engine.checkpoint.gptq import dtype_name
from fourbit.errors import UserError
from fourbit.gguf import exact, metadata, plan, quantize, write
from fourbit.gguf.absorb import Sorted
from fourbit.gguf.mix import FILE_TYPES
from fourbit.gguf.names import stored_as_f32
from fourbit.gguf.plan import Plan, Planned
from fourbit.gguf.types import TYPES, Type
from fourbit.gguf.verdicts import Refused, Report, Row
from fourbit.gguf.verify import compare, value
from fourbit.gguf.verify import verify as read_back
from fourbit.grid import Quantized

INEXACT = {None: None, "q8_0": TYPES["Q8_0"], "f16": TYPES["F16"]}
ASYMMETRIC = ("q5_0", "q4_1")
KEPT = ("exact", "f16", "bf16", "f32", "q8_0")
FLOATS = ("F16", "BF16", "F32")  # what holds unquantized weights, the most widely supported first

Progress = Callable[[str], None]


def examine(
    folder: Path,
    inexact: str | None = None,
    asym: str = "q5_0",
    keep: str = "exact",
    progress: Progress = lambda text: None,
) -> Report:
    """What `repack` would write, without writing; arguments as there. Reads every tensor once."""
    return _Repack(plan.read(folder), inexact, asym, keep).report(progress)


def repack(
    folder: Path,
    out: Path,
    inexact: str | None = None,
    asym: str = "q5_0",
    keep: str = "exact",
    verify: bool = True,
    pre: str | None = None,
    progress: Progress = lambda text: None,
) -> Report:
    """Write the GGUF file of a quantized checkpoint.

    inexact   None refuses layers that no type holds exactly; "q8_0" or "f16" rounds them to that
    asym      for 4-bit weights with zero points: "q5_0", exact, or "q4_1", half a bit smaller and nearly exact
    keep      for matrices that are not quantized: "exact" (F16, BF16 or F32, the first that has every value), or
              "f16", "bf16", "f32" or "q8_0", exact or not
    verify    read the file back and compare every weight; the file gets its name only when all are right
    pre       name of the pre-tokenizer, for a tokenizer that is not recognized
    progress  called with a text for each tensor that is examined, written and (with `verify`) compared
    Raises Refused, a UserError with a report, before anything is written.
    """
    planned = plan.read(folder)
    job = _Repack(planned, inexact, asym, keep)
    report = job.report(progress)
    if report.refused:
        raise Refused(folder, report)
    unchecked = out.with_name(f"{out.name}.unchecked") if verify else out
    write.write(
        unchecked,
        planned.arch,
        metadata.read(planned, FILE_TYPES[report.file_type].id, pre),
        [(row.name, row.shape, TYPES[row.type]) for row in report.rows],
        lambda i: job.produce(planned.tensors[i], report.rows[i]),
        lambda i: progress(f"written: {report.rows[i].name}"),
    )
    if not verify:
        return report
    try:
        compared = _check(out, unchecked, planned, report, progress)
        unchecked.replace(out)
    except BaseException:
        unchecked.unlink(missing_ok=True)
        raise
    return replace(report, verified=compared)


def _check(out: Path, written: Path, planned: Plan, report: Report, progress: Progress) -> int:
    """Read the file back, and count its weights; UserError when a tensor is not what its row says."""
    found = read_back(written, planned, lambda name: progress(f"compared: {name}"))
    for row in report.rows:
        seen = found[row.name]
        if (seen.differing and row.verdict != "inexact") or seen.largest > row.difference:
            raise UserError(
                f"{out}: {row.name} came back with {seen.differing:,} of {seen.weights:,} weights changed, by up to "
                f"{seen.largest:.3g}; no file was kept. Try another disk; if it stays, it is a fault of fourbit"
            )
    return sum(seen.weights for seen in found.values())


class _Repack:
    """The choices for one checkpoint."""

    def __init__(self, planned: Plan, inexact: str | None, asym: str, keep: str):
        for option, given, allowed in (
            ("inexact", inexact, INEXACT),
            ("asym", asym, ASYMMETRIC),
            ("keep", keep, KEPT),
        ):
            if given not in allowed:
                raise UserError(
                    f"--{option} {given}: must be {' or '.join(name for name in allowed if name)}"
                )
        if not any(
            planned.weights.is_quantized(name.removesuffix(".weight")) for name in planned.weights.names
        ):
            raise UserError(
                f"{planned.folder}: no layer is quantized, so there are no codes to keep; "
                "give a GPTQ or AWQ checkpoint, or another --type such as f16 or q4_k_m"
            )
        self.plan, self.asym, self.keep, self.inexact = planned, asym, keep, INEXACT[inexact]
        self.source = Sorted(planned.weights)
        self.packed: set[str] = set()  # tensors whose codes are moved; others are encoded from values

    def report(self, progress: Progress) -> Report:
        rows = []
        for tensor in self.plan.tensors:
            rows.append(self.examine(tensor))
            progress(f"examined: {tensor.name}")
        return Report(self.plan.arch, tuple(rows), self.plan.notes)

    def examine(self, tensor: Planned) -> Row:
        """What becomes of one tensor."""
        modules = tuple(name.removesuffix(".weight") for name in tensor.sources)
        layers = [self.source.quantized(module) for module in modules]
        if not any(layers):
            return self._kept(tensor)
        row = Row(
            tensor.name, tensor.shape, _origin(layers), None, "refused", modules=modules, quantized=True
        )
        if None in layers:
            return self._rounded(tensor, row, "some of its parts are quantized and others are not")
        obstacles = {
            module: why
            for module, layer in zip(modules, layers, strict=True)
            if (why := exact.obstacle(layer))
        }
        if obstacles:
            row = replace(row, modules=tuple(obstacles))
            return self._rounded(tensor, row, next(iter(obstacles.values())))
        steps = self._steps(tensor, layers)
        kind = exact.narrowest(steps)
        if kind is None:
            return self._rounded(tensor, row, "its codes less their zero points go beyond -128 to 127")
        self.packed.add(tensor.name)
        moved = "columns sorted by group, the rows of gate and up with them"
        note = moved if any(map(self.source.moved, modules)) else ""
        if kind.name == "Q5_0" and self.asym == "q4_1" and exact.fits_q4_1(steps):
            lost = self._difference(tensor, TYPES["Q4_1"], exact.pack(steps, TYPES["Q4_1"]))
            verdict, kind = "inexact" if lost else "exact", TYPES["Q4_1"]
            return replace(
                row, type=kind.name, verdict=verdict, difference=lost, note=note or "its minima are rounded"
            )
        wider = exact.CODE_BITS[kind.name] > max(layer.bits for layer in layers)
        return replace(row, type=kind.name, verdict="exact, wider" if wider else "exact", note=note)

    def produce(self, tensor: Planned, row: Row) -> np.ndarray:
        """The bytes of one tensor in the type that its row says."""
        kind = TYPES[row.type]
        if row.name in self.packed:
            layers = [self.source.quantized(module) for module in row.modules]
            return exact.pack(self._steps(tensor, layers), kind)
        return quantize.encode(value(tensor, self.source), kind, name=row.name)

    def _steps(self, tensor: Planned, layers: list[Quantized]) -> exact.Steps:
        counted = [exact.steps(layer) for layer in layers]
        parts = {}
        for field in ("steps", "scales", "zeros"):
            whole = tensor.assemble([getattr(one, field) for one in counted])
            parts[field] = whole.reshape(-1, whole.shape[-1])
        return exact.Steps(**parts)

    def _rounded(self, tensor: Planned, row: Row, why: str) -> Row:
        """A tensor that cannot be exact: refused, or rounded to what the user accepts."""
        kind = self.inexact
        if "not finite" in why:
            raise UserError(
                f"{self.plan.folder}: {row.modules[0]}: {why}; the checkpoint is damaged, download it again"
            )
        if kind is None:
            return replace(row, note=why)
        if tensor.shape[-1] % kind.block:
            kind = TYPES["F16"]
        lost = self._difference(
            tensor, kind, quantize.encode(value(tensor, self.source), kind, name=row.name)
        )
        verdict = "inexact" if lost else "exact, wider"
        return replace(row, type=kind.name, verdict=verdict, difference=lost, note=why)

    def _kept(self, tensor: Planned) -> Row:
        """A tensor that the checkpoint has as floats."""
        meta = self.plan.weights.meta
        origin = dtype_name(meta(tensor.sources[0])[0]) if tensor.sources else "computed"
        row = Row(tensor.name, tensor.shape, origin, "F32", "kept", modules=tensor.sources)
        if stored_as_f32(tensor.name, tensor.shape):  # llama.cpp has vectors and routers so
            return row
        values = value(tensor, self.source)
        kind = TYPES.get(self.keep.upper())
        if kind and tensor.shape[-1] % kind.block == 0:
            lost = self._difference(tensor, kind, quantize.encode(values, kind, name=row.name))
            return replace(row, type=kind.name, verdict="inexact" if lost else "kept", difference=lost)
        for name in FLOATS:
            if _holds(TYPES[name], values):
                return replace(row, type=name)
        raise UserError(
            f"{self.plan.folder}: {tensor.sources[0]}: not finite; the checkpoint is damaged, download it again"
        )

    def _difference(self, tensor: Planned, kind: Type, data: np.ndarray) -> float:
        """The largest that encoded data is off by."""
        width, rows = tensor.shape[-1], data.reshape(-1, kind.row_bytes(tensor.shape[-1]))
        parts = (quantize.decode(part, kind, (len(part), width)) for part in _parts(rows, width))
        return compare(value(tensor, self.source), parts).largest


def _parts(rows: np.ndarray, width: int) -> Iterator[np.ndarray]:
    """Some rows at a time."""
    count = max(1, exact.CHUNK // width)
    return (rows[start : start + count] for start in range(0, len(rows), count))


def _holds(kind: Type, values: np.ndarray) -> bool:
    """Whether a float type has every value."""
    rows = values.reshape(-1, values.shape[-1])
    return all(_holds_part(kind, np.ascontiguousarray(part)) for part in _parts(rows, rows.shape[1]))


def _holds_part(kind: Type, values: np.ndarray) -> bool:
    if not np.isfinite(values).all():
        return False
    if kind.name == "BF16":
        return not (values.view(np.uint32) & 0xFFFF).any()
    with np.errstate(over="ignore"):
        return kind.name == "F32" or bool((values.astype(np.float16) == values).all())


def _origin(layers: list[Quantized | None]) -> str:
    """How the checkpoint has a tensor's layers."""
    found = set()
    for layer in layers:
        if layer is None:
            found.add("float")
            continue
        middle = "symmetric" if (layer.zeros == 2 ** (layer.bits - 1)).all() else "asymmetric"
        groups = layer.scales.shape[1]
        size = "one group a row" if groups == 1 else f"groups of {math.ceil(layer.codes.shape[1] / groups)}"
        found.add(f"{layer.bits}-bit {middle}, {size}")
    return " and ".join(sorted(found))
