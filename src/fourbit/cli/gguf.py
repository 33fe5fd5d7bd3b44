"""`fourbit gguf`: a model, or a GPTQ checkpoint, as a GGUF file for llama.cpp."""

import json
import os
import time
from dataclasses import asdict
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from fourbit.cli.console import AsJson, Model, progress_bar, warn
from fourbit.errors import UserError

METHODS = ("rtn", "gptq")


def gguf(
    model: Model,
    kind: Annotated[
        str,
        typer.Option(
            "--type",
            help="lossless (of a GPTQ or AWQ checkpoint), f16, bf16, f32, q8_0, q4_0, q4_k_m, ... as llama-quantize "
            "names them",
        ),
    ],
    to: Annotated[Path, typer.Option("--out", help="New GGUF file")],
    method: Annotated[
        str, typer.Option(help="rtn: the bytes of llama-quantize; gptq: error feedback onto the same grids")
    ] = "rtn",
    pure: Annotated[bool, typer.Option("--pure", help="One type for all matrices, no mix")] = False,
    calib: Annotated[
        str | None,
        typer.Option(
            help="Calibration text as in `fourbit quantize`: docs, code, legal, a file, hf:OWNER/NAME, ...; with rtn "
            "for an importance matrix, with gptq for error feedback (default there: docs)"
        ),
    ] = None,
    windows: Annotated[int, typer.Option(help="Calibration windows")] = 32,
    length: Annotated[int, typer.Option(help="Tokens in each window")] = 512,
    seed: Annotated[int, typer.Option(help="Which windows are drawn")] = 0,
    imatrix: Annotated[
        Path | None, typer.Option(help="Importance matrix of llama-imatrix (GGUF or .dat) instead of --calib")
    ] = None,
    save_imatrix: Annotated[
        Path | None, typer.Option(help="Store that of --calib here, for llama-quantize --imatrix")
    ] = None,
    inexact: Annotated[
        str | None, typer.Option(help="lossless: q8_0 or f16 for layers that no type holds exactly")
    ] = None,
    asym: Annotated[
        str | None, typer.Option(help="lossless: 4-bit with zero points to q5_0, exact, or q4_1, nearly")
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(
            help="lossless: embeddings and other matrices without codes to exact, q8_0, f16, bf16 or f32"
        ),
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify/--no-verify", help="lossless: read back and compare every weight")
    ] = True,
    pre: Annotated[
        str | None, typer.Option(help="Name of the pre-tokenizer, where it is not recognized")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would take: types, size, memory, time")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Store MODEL as a GGUF file that llama.cpp runs.

    A GPTQ checkpoint goes into it bit for bit with `--type lossless`. Any other type rounds the weights as
    llama-quantize does, or better with `--method gptq`. What will be done is shown before it starts.
    """
    file_type = _file_type(kind)
    lossless = file_type == "lossless"
    _check(file_type, method, pure, calib, imatrix, save_imatrix, inexact, asym, keep, verify)
    for option, value, least in (("windows", windows, 1), ("length", length, 2), ("seed", seed, 0)):
        if value < least:
            raise UserError(f"--{option} {value}: must be at least {least}")
    for option, path in (("out", to), ("save-imatrix", save_imatrix)):
        if path:
            _check_target(option, path)
    from fourbit.engine import models
    from fourbit.gguf import plan

    folder = models.find(model)
    start = time.perf_counter()
    try:
        if lossless:
            record = _lossless(
                folder, model, to, inexact, asym or "q5_0", keep or "exact", verify, pre, dry_run, as_json
            )
        else:
            planned = plan.read(folder)
            text = _calibration(folder, model, calib, method, windows, length, seed)
            given = _read_imatrix(imatrix, planned) if imatrix else None
            record = _quantized(
                planned, model, to, file_type, method, pure, text, given, save_imatrix, pre, dry_run, as_json
            )
    except KeyboardInterrupt:
        raise UserError("interrupted; nothing was kept") from None
    if as_json:
        done = {} if dry_run else {"seconds": time.perf_counter() - start}
        print(json.dumps({"model": model, "out": str(to), "dry_run": dry_run} | record | done))


def _file_type(text: str) -> str:
    """A name in FILE_TYPES, or "lossless"."""
    from fourbit.gguf.mix import ALIASES, FILE_TYPES

    name = text.strip().upper().replace("-", "_")
    name = ALIASES.get(name, name)
    if name == "LOSSLESS":
        return "lossless"
    if name in FILE_TYPES:
        return name
    known = ["lossless", *(known.lower() for known in FILE_TYPES)]
    near = get_close_matches(text.lower(), known, 3, 0.5)
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UserError(f"--type {text}: no such type{meant}; there are: {', '.join(known)}")


def _check(file_type, method, pure, calib, imatrix, save_imatrix, inexact, asym, keep, verify) -> None:
    """Options that do not go together."""
    from fourbit.gguf.mix import FILE_TYPES

    if method not in METHODS:
        raise UserError(f"--method {method}: must be {' or '.join(METHODS)}")
    lossless = file_type == "lossless"
    floats = not lossless and FILE_TYPES[file_type].base.block == 1
    name = file_type.lower()
    for given, option, wrong, why in (
        (inexact, "--inexact", not lossless, "is for --type lossless"),
        (asym, "--asym", not lossless, "is for --type lossless"),
        (keep, "--keep", not lossless, "is for --type lossless"),
        (not verify, "--no-verify", not lossless, "is for --type lossless; nothing else is verified"),
        (pure, "--pure", lossless or floats, f"chooses among quantized types; --type {name} has no mix"),
        (method == "gptq", "--method gptq", lossless or floats, f"rounds weights; --type {name} rounds none"),
        (calib or imatrix, "an importance matrix", lossless or floats, f"is of no use for --type {name}"),
        (
            imatrix,
            "--imatrix",
            method == "gptq",
            "is for --method rtn; gptq takes its own statistics (--calib)",
        ),
        (imatrix, "--imatrix", calib, "and --calib exclude each other: one gives the importances"),
        (save_imatrix, "--save-imatrix", not calib or method == "gptq", "needs --calib and --method rtn"),
    ):
        if given and wrong:
            raise UserError(f"{option} {why}")
    if method == "gptq":
        from fourbit.gguf.kgrids import KINDS

        if FILE_TYPES[file_type].base.name not in KINDS:
            fitting = ", ".join(n.lower() for n, (_, base) in FILE_TYPES.items() if base.name in KINDS)
            raise UserError(f"--method gptq: has no grid for {name}; it has for: {fitting}")


def _check_target(option: str, path: Path) -> None:
    """UserError when a new file of that name cannot be made."""
    folder = path.absolute().parent
    if path.exists():
        raise UserError(f"--{option} {path}: exists already; give a new name or remove it")
    if not folder.is_dir():
        raise UserError(f"--{option} {path}: there is no directory {folder}; make it first")
    if not os.access(folder, os.W_OK):
        raise UserError(f"--{option} {path}: {folder} cannot be written to; give another place")


def _calibration(folder: Path, model: str, calib, method: str, windows: int, length: int, seed: int):
    """The CalibrationSet to use, or None."""
    if calib is None and method == "gptq":
        calib = "docs"
    if calib is None:
        return None
    from transformers import AutoConfig

    from fourbit import calibration
    from fourbit.engine import models

    limit = getattr(AutoConfig.from_pretrained(folder).get_text_config(), "max_position_embeddings", length)
    if length > limit:
        raise UserError(f"--length {length}: {model} takes at most {limit} tokens")
    text = calibration.build(calib, models.load_tokenizer(folder), windows, length, seed)
    for part in text.parts:
        if part.windows < part.wanted:
            warn(f"{part.name} holds {part.windows} windows of {length} tokens, not {part.wanted}")
    return text


def _read_imatrix(path: Path, planned):
    from fourbit.gguf import imatrix

    found = imatrix.read(path)
    missing = found.check([(tensor.name, tensor.shape) for tensor in planned.tensors], str(path))
    missing = [name for name in missing if "ffn_gate_inp" not in name]  # routers are not quantized
    if missing:
        warn(f"{path}: has no importances for {len(missing)} matrices, such as {missing[0]}")
    return found


def _quantized(
    planned,
    model: str,
    to: Path,
    file_type: str,
    method: str,
    pure: bool,
    text,
    given,
    save,
    pre,
    dry_run,
    quiet,
) -> dict:
    """Convert, or convert and quantize; returns the record for JSON."""
    from fourbit.cli import gguf_tables
    from fourbit.gguf import convert, imatrix
    from fourbit.gguf.outline import Outline

    work = Outline.of(planned, file_type, method, pure, text, given, pre)
    forecast = work.forecast()
    if not quiet:
        gguf_tables.outline(work, forecast, model, to)
    record = work.as_dict() | {"forecast": forecast.as_dict()}
    if dry_run:
        return record
    if method == "rtn" and text is not None:
        with progress_bar(planned.config["num_hidden_layers"], quiet) as advance:
            given = imatrix.collect(planned, text.windows, advance, text.name)
        if save:
            given.write(save)
    with progress_bar(work.steps, quiet) as advance:
        if method == "gptq":
            from fourbit.gguf import feedback

            report = feedback.convert(
                *(planned.folder, to, file_type, text.windows),
                pure=pure,
                pre=pre,
                progress=lambda layer: advance(f"{layer.name} error {layer.error:.2e}"),
            )
            record["layers"] = [asdict(layer) for layer in report.layers]
        else:
            report = None
            convert.convert(
                planned.folder, to, file_type, imatrix=given, pure=pure, pre=pre, progress=advance
            )
    record["bytes"] = to.stat().st_size
    if not quiet:
        gguf_tables.written(work, report, model, to)
    return record


def _lossless(
    folder: Path, model: str, to: Path, inexact, asym: str, keep: str, verify: bool, pre, dry_run, quiet
) -> dict:
    from fourbit.cli import gguf_tables
    from fourbit.gguf import forecast, metadata, mix, plan, repack
    from fourbit.gguf.types import TYPES

    planned = plan.read(folder)
    with progress_bar(len(planned.tensors) * (1 if dry_run else 2 + verify), quiet) as advance:
        if dry_run:
            report = repack.examine(folder, inexact, asym, keep, progress=advance)
        else:
            report = repack.repack(folder, to, inexact, asym, keep, verify=verify, pre=pre, progress=advance)
    stored = None
    if not report.refused:
        keys = metadata.read(planned, mix.FILE_TYPES[report.file_type].id, pre)
        stored = forecast.file_size(keys, [(row.name, row.shape, TYPES[row.type]) for row in report.rows])
    if not quiet:
        gguf_tables.repacked(report, model, to, stored, dry_run)
    return {"type": "lossless", "method": "lossless", "bytes": stored} | report.as_dict()
