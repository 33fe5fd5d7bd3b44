"""The `fourbit` command: quantize, evaluate, check."""

import json
import sys
import warnings
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from fourbit.errors import UserError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="markdown"
)
out = Console()
err = Console(stderr=True)

Model = Annotated[str, typer.Argument(help="`tiny`, `smollm2`, a directory, or a Hugging Face id")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table")]


@app.callback()
def program() -> None:
    """Quantize language models and measure what it cost."""


@contextmanager
def _progress(total: int, quiet: bool):
    """A bar on standard error with the current item and the time left; nothing when its output is for machines."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=quiet or not err.is_terminal, transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda text="": progress.update(task, advance=1, description=text)


def _warn(message, *_, **__) -> None:
    err.print(f"warning: {message}", style="yellow", soft_wrap=True, highlight=False)


@app.command(epilog="Example: `fourbit quantize tiny --bits 4 --group-size 64 --out tiny-4bit`")
def quantize(
    model: Model,
    to: Annotated[Path, typer.Option("--out", help="New directory for the quantized model")],
    method: Annotated[str, typer.Option(help="gptq, or rtn: round to nearest")] = "gptq",
    bits: Annotated[int, typer.Option(help="2, 3, 4 or 8")] = 4,
    group_size: Annotated[
        int, typer.Option(help="Input columns that share a scale; -1: one group a row")
    ] = 64,
    symmetric: Annotated[
        bool, typer.Option("--symmetric/--asymmetric", help="Grid around zero, or from min to max")
    ] = True,
    order: Annotated[
        str, typer.Option(help="none, or activation: columns with the largest inputs first")
    ] = "none",
    static_groups: Annotated[
        bool, typer.Option("--static-groups/--dynamic-groups", help="Fit grids before, or while, errors move")
    ] = True,
    damp: Annotated[float, typer.Option(help="Share of the mean diagonal added to the Hessian")] = 0.01,
    calib: Annotated[str, typer.Option(help="Calibration text: docs, code, or a UTF-8 file")] = "docs",
    windows: Annotated[int, typer.Option(help="Calibration windows")] = 32,
    length: Annotated[int, typer.Option(help="Tokens in each window")] = 512,
    seed: Annotated[int, typer.Option(help="Which windows are drawn")] = 0,
    as_json: AsJson = False,
) -> None:
    """Quantize the linear layers of MODEL and store a GPTQ checkpoint.

    Embeddings, norms and the LM head stay as they are. Each layer is calibrated on the activations of the
    already quantized layers before it.
    """
    from fourbit import calibration
    from fourbit.engine import models
    from fourbit.engine import quantize as engine

    for name, value, allowed in (
        ("--method", method, ("gptq", "rtn")),
        ("--order", order, ("none", "activation")),
    ):
        if value not in allowed:
            raise UserError(f"{name} {value}: must be {' or '.join(allowed)}")
    for name, value in (("--windows", windows), ("--length", length)):
        if value < 1:
            raise UserError(f"{name} {value}: must be at least 1")
    recipe = engine.Recipe(method, bits, group_size, symmetric, order, static_groups, damp)
    path = models.find(model)
    loaded = models.load(path)
    if getattr(loaded.config, "quantization_config", None) or (path / "quantize_config.json").is_file():
        raise UserError(f"{model}: is quantized already; quantize the original model instead")
    linear = engine.quantizable(loaded)
    engine.check_recipe(recipe, linear)
    before, after, weights = engine.bytes_after(path, loaded, recipe)
    engine.check_target(to, after)
    tokens = calibration.tokenize(models.load_tokenizer(path), calibration.read_text(calib))
    limit = getattr(loaded.config, "max_position_embeddings", length)
    if length > limit:
        raise UserError(f"--length {length}: {model} takes at most {limit} tokens")
    rows = calibration.windows(tokens, windows, length, seed)
    widest = max(layer.in_features for layer in linear.values())
    if len(rows) < windows:
        _warn(f"{calib} holds {len(rows)} windows of {length} tokens, not {windows}")
    if method == "gptq" and rows.size < widest:
        _warn(
            f"{rows.size:,} calibration tokens are fewer than the {widest:,} inputs of the widest layer: its Hessian "
            "is singular and GPTQ may do worse than rounding; use more windows"
        )
    with _progress(len(linear), as_json) as advance, warnings.catch_warnings():
        warnings.showwarning = _warn
        layers, reports = engine.quantize_model(
            loaded, rows, recipe, lambda r: advance(f"{r.name.partition('.')[2]} error {r.error:.2e}")
        )
    engine.write_checkpoint(path, to, layers, recipe)
    result = {"model": model, "out": str(to), "calibration_tokens": int(rows.size)} | engine.summary(
        before, after, weights, reports, recipe
    )
    if as_json:
        print(json.dumps(result))
    else:
        _show_quantized(result)


def _show_quantized(result: dict) -> None:
    kinds: dict[str, list[dict]] = {}
    for layer in result["layers"]:
        kinds.setdefault(layer["name"].rpartition(".")[2], []).append(layer)
    table = Table("layers", "shape", "error", "of rounding", title=f"{result['model']} -> {result['out']}")
    for kind, rows in kinds.items():
        error, rounding = (sum(row[key] for row in rows) / len(rows) for key in ("error", "rounding_error"))
        table.add_row(
            f"{len(rows)} x {kind}",
            f"{rows[0]['d_out']} x {rows[0]['d_in']}",
            f"{error:.2e}",
            f"{rounding:.2e}",
        )
    out.print(table)
    out.print(
        "error: share of the output's energy lost on the calibration text, mean over the layers", style="dim"
    )
    before, after = result["bytes_before"], result["bytes_after"]
    out.print(f"calibrated on {result['calibration_tokens']:,} tokens")
    out.print(
        f"{before / 1e6:,.1f} MB -> {after / 1e6:,.1f} MB stored; {result['bits_per_weight']:.3f} bits per "
        "quantized weight with scales, zero points and g_idx"
    )


@app.command(epilog="Example: `fourbit evaluate tiny-4bit --against tiny`")
def evaluate(
    model: Model,
    against: Annotated[
        str | None, typer.Option(help="Base model for KL divergence and top-1 agreement")
    ] = None,
    text: Annotated[str, typer.Option(help="docs, code, or a UTF-8 file")] = "docs",
    length: Annotated[int, typer.Option(help="Tokens in each window")] = 512,
    windows: Annotated[
        int | None, typer.Option(help="At most this many windows; default: the whole text")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure MODEL's perplexity on text it was not trained on and, with --against, its distance from a base model."""
    from fourbit import calibration
    from fourbit.engine import models
    from fourbit.engine.evaluate import cut
    from fourbit.engine.evaluate import evaluate as measure

    if length < 2:
        raise UserError(f"--length {length}: a window needs 2 tokens, one to read and one to score")
    path = models.find(model)
    base_path = models.find(against) if against else None
    tokens = calibration.tokenize(models.load_tokenizer(path), calibration.read_text(text, "evaluation"))
    pieces = cut(tokens, length)[:windows]
    if not pieces:
        raise UserError(f"{text}: {len(tokens)} tokens are too few to score")
    loaded = models.load(path)
    base = models.load(base_path) if base_path else None
    if base is not None and base.config.vocab_size != loaded.config.vocab_size:
        raise UserError(
            f"--against {against}: its vocabulary has {base.config.vocab_size:,} entries, that of {model} "
            f"{loaded.config.vocab_size:,}; only versions of one model can be compared"
        )
    with _progress(len(pieces), as_json) as advance:
        result = measure(loaded, pieces, base, lambda: advance("windows"))
    if as_json:
        print(
            json.dumps({"model": model, "against": against, "text": text, "length": length} | asdict(result))
        )
        return
    table = Table(
        "",
        "value",
        "95 % interval",
        title=f"{model} on {text}: {result.tokens:,} tokens in {result.windows} windows",
    )
    rows = [("perplexity", result.perplexity, ".2f")]
    if base is not None:
        rows += [
            (f"perplexity / {against}", result.perplexity_ratio, ".4f"),
            ("KL divergence (nats)", result.kl, ".4f"),
            ("same top token", result.top1, ".1%"),
        ]
    for name, estimate, spec in rows:
        table.add_row(name, format(estimate.value, spec), f"{estimate.low:{spec}} to {estimate.high:{spec}}")
    out.print(table)


@app.command(epilog="Example: `fourbit check 03_gptq --update`")
def check(
    slug: Annotated[
        str | None, typer.Argument(help="A chapter, e.g. 03_gptq; default: the whole book")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Rewrite recorded outputs instead of comparing")
    ] = False,
    record: Annotated[
        str | None, typer.Option(help="Measure one recorded snippet of the chapter anew")
    ] = None,
) -> None:
    """Run the snippets of the book, compare their outputs with the recorded ones, and check the pages."""
    from fourbit.book import find_root
    from fourbit.book.check import check as run_check

    problems = run_check(
        find_root(), slug, update, record, lambda name: err.print(name, style="dim", highlight=False)
    )
    for problem in problems:
        err.print(str(problem), soft_wrap=True, highlight=False, markup=False)
    if problems:
        raise UserError(f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found")
    out.print("no problems found")


def main() -> None:
    """Entry point: a user's mistake ends with one line and exit code 1, never a traceback."""
    try:
        app()
    except UserError as error:
        err.print(f"error: {error}", style="red", soft_wrap=True, highlight=False, markup=False)
        sys.exit(1)
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "transformers", "safetensors", "huggingface_hub", "gguf"):
            raise
        err.print(
            f"error: this command needs {error.name}; run: pip install 'fourbit[engine]'",
            style="red",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
