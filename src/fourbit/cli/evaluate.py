"""`fourbit evaluate`: how much worse a model is."""

import json
from typing import Annotated

import typer
from rich.table import Table

from fourbit.cli.console import AsJson, Model, out, progress_bar
from fourbit.errors import UserError


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
    if windows is not None and windows < 1:
        raise UserError(f"--windows {windows}: must be at least 1")
    path = models.find(model)
    base_path = models.find(against) if against else None
    tokens = calibration.tokenize(models.load_tokenizer(path), calibration.read_text(text, "evaluation"))
    pieces = cut(tokens, length)[:windows]
    if not pieces:
        raise UserError(f"{text}: {len(tokens)} tokens are too few to score")
    loaded = models.load(path)
    limit = getattr(loaded.config.get_text_config(), "max_position_embeddings", length)
    if length > limit:
        raise UserError(f"--length {length}: {model} takes at most {limit} tokens")
    base = models.load(base_path) if base_path else None
    if base is not None and base.config.vocab_size != loaded.config.vocab_size:
        raise UserError(
            f"--against {against}: its vocabulary has {base.config.vocab_size:,} entries, that of {model} "
            f"{loaded.config.vocab_size:,}; only versions of one model can be compared"
        )
    with progress_bar(len(pieces), as_json) as advance:
        result = measure(loaded, pieces, base, lambda: advance("windows"))
    if as_json:
        named = {"model": model, "against": against, "text": text, "length": length}
        print(json.dumps(named | result.as_dict()))
        return
    show(result, f"{model} on {text}", against)


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
        rows += [
            (f"perplexity / {against}", result.perplexity_ratio, ".4f"),
            ("KL divergence (nats)", result.kl, ".4f"),
            ("same top token", result.top1, ".1%"),
        ]
    for name, estimate, spec in rows:
        table.add_row(name, format(estimate.value, spec), f"{estimate.low:{spec}} to {estimate.high:{spec}}")
    out.print(table)
