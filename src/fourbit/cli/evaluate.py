"""`fourbit evaluate`: how much worse a model is."""

import json
import re
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from fourbit.cli.console import AsJson, err, out, progress_bar, warn
from fourbit.cli.sides import Directory, compare, open_side
from fourbit.errors import UserError

PROTOCOLS = ("fourbit", "llama.cpp", "harness")


def evaluate(
    model: Annotated[
        str, typer.Argument(help="`tiny`, `smollm2`, a directory, a Hugging Face id, or a GGUF file")
    ],
    against: Annotated[
        str | None, typer.Option(help="Base model or GGUF file, for KL divergence and top-1 agreement")
    ] = None,
    text: Annotated[str, typer.Option(help="docs, code, legal, or a UTF-8 file")] = "docs",
    length: Annotated[int, typer.Option(help="Tokens in each window")] = 512,
    stride: Annotated[
        int | None,
        typer.Option(
            help="Tokens from window to window; less gives every token more context, and takes longer"
        ),
    ] = None,
    windows: Annotated[
        int | None, typer.Option(help="At most this many windows; default: the whole text")
    ] = None,
    protocol: Annotated[
        str,
        typer.Option(
            help=f"Whose windows: {', '.join(PROTOCOLS)}; the others are for comparison with figures from there"
        ),
    ] = "fourbit",
    base_store: Annotated[
        Path | None,
        typer.Option(help="File with the base model's predictions: made when it does not exist, else read"),
    ] = None,
    tasks: Annotated[
        str | None, typer.Option(help="Tasks of lm-evaluation-harness instead of a text, as arc_easy,piqa")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure MODEL's perplexity on text it was not trained on and, with --against, its distance from a base model."""
    _check(length, stride, windows, protocol, against, base_store)
    if tasks:
        _tasks(model, against, tasks, as_json)
        return
    from fourbit import calibration
    from fourbit.engine.evaluate import evaluate as measure
    from fourbit.engine.protocols import per_text

    content = calibration.read_text(text, "evaluation")
    with ExitStack() as stack:
        sides = [open_side(name, length, protocol, stack) for name in (model, against) if name]
        compare(sides)
        own, base = sides[0], sides[-1]
        # A GGUF gets the token ids of its base: the same text must be the same tokens on both sides.
        teller = base if base.path.is_dir() else own
        tokens = teller.tokenize(content)
        for side in sides:
            if len(cut := side.tokenize(content)) != len(tokens) or (cut != tokens).any():
                warn(
                    f"{side.name}: its own tokenizer makes {len(cut):,} tokens of {text}, that of {teller.name} "
                    f"{len(tokens):,}; measured on the latter"
                )
        pieces = _windows(tokens, length, stride, protocol, teller)[:windows]
        if not pieces:
            raise UserError(f"{text}: {len(tokens)} tokens are too few to score; give more text")
        step = stride or length - 1 if protocol == "fourbit" else None
        made = {"text": text, "length": length, "stride": step, "protocol": protocol}
        predictor = None
        if against:
            predictor = _stored(base_store, base, pieces, made, as_json) if base_store else base.load()
        loaded = own.load()
        with progress_bar(len(pieces), as_json) as advance:
            result = measure(loaded, pieces, predictor, lambda: advance("windows"))
    units = per_text(result, content) if protocol == "harness" and not windows else None
    if as_json:
        named = {"model": model, "against": against} | made | result.as_dict()
        print(json.dumps(named | {"per_text": units and vars(units)}))
        return
    show(result, f"{model} on {text}", against)
    if units:
        out.print(
            f"perplexity by words {units.word:.4f}, by bytes {units.byte:.4f}; {units.bits_per_byte:.4f} bits per byte"
        )


def _check(length, stride, windows, protocol, against, base_store) -> None:
    """What can be said of the options alone."""
    if length < 2:
        raise UserError(
            f"--length {length}: a window needs 2 tokens, one to read and one to score; give more"
        )
    if stride is not None and not 1 <= stride < length:
        raise UserError(
            f"--stride {stride}: must be from 1 to {length - 1}, one less than --length, "
            "for every token to be scored after at least one other"
        )
    if windows is not None and windows < 1:
        raise UserError(f"--windows {windows}: must be at least 1")
    if protocol not in PROTOCOLS:
        raise UserError(f"--protocol {protocol}: must be one of {', '.join(PROTOCOLS)}")
    if stride is not None and protocol != "fourbit":
        raise UserError(
            f"--stride {stride}: --protocol {protocol} has a stride of its own; leave --stride out"
        )
    if base_store and not against:
        raise UserError(f"--base-store {base_store}: needs --against, the model whose predictions it holds")
    if base_store and against.endswith(".gguf"):
        raise UserError(
            f"--base-store {base_store}: {against} is a GGUF file; only the predictions of a model directory are stored"
        )


def _windows(tokens, length: int, stride: int | None, protocol: str, teller):
    from fourbit.engine import protocols
    from fourbit.engine.evaluate import cut

    if protocol == "llama.cpp":
        return protocols.llamacpp(tokens, length, teller.opening)
    if protocol == "harness":
        if teller.prefix is None:
            raise UserError(
                f"--protocol harness: {teller.name} has neither a BOS nor an EOS token to begin with; "
                "take another --protocol"
            )
        return protocols.harness(tokens, length, teller.prefix)
    return cut(tokens, length, stride)


def _stored(file: Path, base: Directory, pieces, made: dict, as_json: bool):
    """The base model's predictions from a file, which is made first when there is none."""
    from fourbit.engine.base import Base, store

    if not file.exists():
        steps = len(pieces) * base.config.num_hidden_layers
        with progress_bar(steps, as_json) as advance:
            store(file, base.path, pieces, made, lambda: advance(f"{base.name} -> {file.name}"))
        err.print(f"{file}: {file.stat().st_size / 1e6:,.1f} MB", style="dim", highlight=False)
    return Base(file, base.path, pieces)


def _tasks(model: str, against: str | None, tasks: str, as_json: bool) -> None:
    """Tasks of lm-evaluation-harness for both models."""
    from fourbit.engine import harness

    names = [name for name in re.split(r"[,\s]+", tasks) if name]
    results = {name: harness.run(name, names) for name in (model, against) if name}
    if as_json:
        print(json.dumps({"model": model, "against": against, "tasks": results}))
        return
    table = Table("task", "measure", *results, title="lm-evaluation-harness, value and standard error")
    for task, measures in results[model].items():
        for measure in measures:
            cells = [results[name][task][measure] for name in results]
            shown = (
                f"{value:.4f}" + (f" ± {error:.4f}" if error is not None else "") for value, error in cells
            )
            table.add_row(task, measure, *shown)
    out.print(table)


def show(result, title: str, against: str | None) -> None:
    """The table of an Evaluation; `against` names the base model, where there is one."""
    table = Table(
        "",
        "value",
        "95 % interval",
        title=f"{title}: {result.tokens:,} tokens in {result.windows} windows",
    )
    rows = [("perplexity", result.perplexity, ".2f")]
    if against:
        from fourbit.engine.evaluate import KL_BOUND

        rows += [
            (f"perplexity / {against}", result.perplexity_ratio, ".4f"),
            ("KL divergence (nats)", result.kl, ".4f"),
            ("  median", result.kl_median, ".4f"),
            ("  99th percentile", result.kl_p99, ".4f"),
            (f"  tokens above {KL_BOUND}", result.kl_above, ".1%"),
            ("same top token", result.top1, ".1%"),
        ]
    for name, estimate, spec in rows:
        if isinstance(estimate, float):
            table.add_row(name, format(estimate, spec), "")
        elif result.windows == 1:
            table.add_row(name, format(estimate.value, spec), "one window gives none")
        else:
            interval = f"{estimate.low:{spec}} to {estimate.high:{spec}}"
            table.add_row(name, format(estimate.value, spec), interval)
    out.print(table)
