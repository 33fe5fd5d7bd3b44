"""`fourbit quantize`: from a model to a quantized one in a new directory."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from fourbit.cli import tables
from fourbit.cli.console import AsJson, Model, out, progress_bar, warn
from fourbit.errors import UserError

BUDGET_WINDOWS = 8  # of the calibration windows, to measure what bits cost
HELD_OUT_LENGTH = 2048  # tokens; the bundled evaluation texts are too short for windows of any length


def quantize(
    model: Model,
    to: Annotated[Path, typer.Option("--out", help="New directory for the quantized model")],
    method: Annotated[str, typer.Option(help="gptq, rtn (round to nearest), awq, or awq+gptq")] = "gptq",
    bits: Annotated[int, typer.Option(help="2, 3, 4 or 8")] = 4,
    group_size: Annotated[
        int, typer.Option(help="Input columns that share a scale; -1: one group a row")
    ] = 64,
    symmetric: Annotated[
        bool, typer.Option("--symmetric/--asymmetric", help="Grid around zero, or from min to max")
    ] = True,
    order: Annotated[
        str, typer.Option(help="none, or activation: columns with the largest inputs first")
    ] = "activation",
    static_groups: Annotated[
        bool, typer.Option("--static-groups/--dynamic-groups", help="Fit grids before, or while, errors move")
    ] = True,
    damp: Annotated[float, typer.Option(help="Share of the mean diagonal added to the Hessian")] = 0.05,
    effort: Annotated[
        str, typer.Option(help="fast, default (scales searched), or best (and refined)")
    ] = "default",
    layout: Annotated[
        str | None,
        typer.Option("--format", help="gptq or gptq_v2; default: gptq if symmetric, else gptq_v2"),
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(help="PATTERN=BITS or PATTERN=skip, by layer name; repeatable, the first match counts"),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            help="Choose bits by layer for a size: 4.25bpw (bits per quantized weight), 90MB, 1.5GB"
        ),
    ] = None,
    head: Annotated[bool, typer.Option("--head", help="Quantize the LM head too")] = False,
    calib: Annotated[
        str,
        typer.Option(
            help="Calibration text: docs, code, legal, a file, folder or pattern, hf:OWNER/NAME, chat:FILE.jsonl; "
            "several with weights: docs:3,my.jsonl:1"
        ),
    ] = "docs",
    windows: Annotated[int, typer.Option(help="Calibration windows")] = 32,
    length: Annotated[int, typer.Option(help="Tokens in each window")] = 512,
    seed: Annotated[int, typer.Option(help="Which windows are drawn")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would take: size, memory, time")
    ] = False,
    no_gate: Annotated[
        bool, typer.Option("--no-gate", help="Do not compare the result with MODEL before it is finished")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Quantize the linear layers of MODEL and store a GPTQ checkpoint.

    Embeddings, norms and (without --head) the LM head stay as they are. Each layer is calibrated on the activations
    of the already quantized layers before it. One decoder block is in memory at a time. The result is compared with
    MODEL on text it was not calibrated on; a broken one is not named DIR but stays in DIR.partial.
    """
    from fourbit import calibration
    from fourbit.engine import models, quality
    from fourbit.engine.budget import Budget
    from fourbit.engine.recipe import Recipe, Rule
    from fourbit.engine.walk import job
    from fourbit.engine.walk.skeleton import Skeleton
    from fourbit.engine.walk.walk import chosen

    rules = tuple(map(Rule.parse, rule or ()))
    recipe = Recipe(
        method, bits, group_size, symmetric, order, static_groups, damp, effort, layout, rules, head
    )
    if not 0 < damp < 1:
        raise UserError(f"--damp {damp:g}: must be between 0 and 1; 0.01 to 0.1 is usual")
    for option, value, least in (("windows", windows, 1), ("length", length, 2), ("seed", seed, 0)):
        if value < least:
            raise UserError(f"--{option} {value}: must be at least {least}")
    size = Budget.parse(budget) if budget else None
    path = models.find(model)
    skeleton = Skeleton(path)
    layers = chosen(skeleton, recipe)
    limit = getattr(skeleton.config.get_text_config(), "max_position_embeddings", length)
    if length > limit:
        raise UserError(f"--length {length}: {model} takes at most {limit} tokens")
    tokenizer = models.load_tokenizer(path)
    text = calibration.build(calib, tokenizer, windows, length, seed, spare=quality.WINDOWS)
    rows = text.windows
    _warn_about_calibration(text, recipe, layers)
    if size:
        recipe = replace(recipe, rules=_allocate(path, rows, recipe, layers, size, as_json))
        layers = chosen(skeleton, recipe)
    held_out, held_out_name = _held_out(tokenizer, text)
    if dry_run:
        from fourbit.engine import estimate

        plan = estimate.plan(path, recipe, rows, 0 if no_gate else held_out.size)
        print(json.dumps({"model": model} | plan.as_dict())) if as_json else tables.plan(plan, model)
        return
    base = None if Path(model).is_dir() else model
    work = job.Job(path, to, rows, recipe, text.summary(), base)
    try:
        with progress_bar(len(layers), as_json) as advance:
            record = job.run(
                work,
                resume,
                lambda report: advance(f"{report.name} error {report.error:.2e}"),
                None if no_gate else quality.gate(path, held_out, tokenizer, held_out_name),
            )
    except KeyboardInterrupt as stop:
        raise UserError(
            f"interrupted: {stop}" if str(stop) else "interrupted before anything was kept"
        ) from None
    if not record:  # another rank has it
        return
    if as_json:
        from fourbit.engine.diagnose import outliers, reports

        odd = [asdict(outlier) for outlier in outliers(reports(record))]
        print(json.dumps({"model": model, "out": str(to), "outliers": odd} | record))
    else:
        tables.result(record, model, to)
        out.print(f"\nwith plots: fourbit report {to}", style="dim", highlight=False, soft_wrap=True)


def _allocate(path: Path, rows, recipe, layers: dict, budget, quiet: bool):
    """The rules that keep to a budget; the model is loaded whole to measure them."""
    from fourbit.engine import models
    from fourbit.engine.budget import allocate
    from fourbit.engine.walk.output import Output
    from fourbit.engine.walk.skeleton import Skeleton

    sizes = Output(path, path, Skeleton(path), layers).sizes()
    fixed = round(sizes["bytes_after"] - sizes["bits_per_weight"] * sizes["quantized_weights"] / 8)
    with progress_bar(None, quiet) as advance:
        found = allocate(
            models.load(path),
            rows[:BUDGET_WINDOWS],
            recipe,
            budget,
            fixed,
            lambda choice: advance(f"{choice.layers[0]} at {choice.bits} bits: KL {choice.harm:.4f}"),
        )
    if found.note:
        warn(found.note)
    return found.rules


def _held_out(tokenizer, text) -> tuple:
    """Windows that calibration does not use, and where they are from. text: a CalibrationSet."""
    from fourbit import calibration
    from fourbit.calibration.build import share
    from fourbit.engine.quality import WINDOWS

    bundled = all(part.name in calibration.DOMAINS for part in text.parts)
    if not bundled and len(text.spare):
        return text.spare, f"the part of {text.name} that was not drawn"
    shares = share(WINDOWS, [part.weight for part in text.parts])
    measured = [part for part, windows in zip(text.parts, shares, strict=True) if windows]
    spec = ",".join(f"{part.name}:{part.weight:g}" for part in measured)
    if not bundled or len(text.parts) == 1:
        spec = text.name if bundled else "docs"
    length = min(text.windows.shape[1], HELD_OUT_LENGTH)
    held_out = calibration.build(spec, tokenizer, WINDOWS, length, text.seed, "evaluation").windows
    return held_out, f"{spec} (evaluation part)"


def _warn_about_calibration(text, recipe, layers: dict) -> None:
    for part in text.parts:
        if part.windows < part.wanted:
            warn(
                f"{part.name} holds {part.windows} windows of {text.windows.shape[1]} tokens, not {part.wanted}"
            )
    rows = text.windows
    widest = max(shape[1] for _, shape in layers.values())
    if recipe.method != "rtn" and rows.size < widest:
        warn(
            f"{rows.size:,} calibration tokens are fewer than the {widest:,} inputs of the widest layer: its Hessian "
            "is singular and little can be gained over rounding; use more windows"
        )
