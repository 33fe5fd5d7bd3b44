"""`fourbit calibration`: what a calibration text is worth, before any work."""

import json
import re
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from fourbit.cli.console import AsJson, out, progress_bar
from fourbit.errors import UserError

EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts")  # in the config.json of various models


def calibration(
    spec: Annotated[
        str,
        typer.Argument(
            metavar="SPEC",
            help="Calibration text: docs, code, legal, a file, a folder, hf:owner/name; docs:3,my.jsonl:1 mixes",
        ),
    ],
    model: Annotated[str, typer.Option(help="`tiny`, `smollm2`, a directory, or a Hugging Face id")],
    deploy: Annotated[
        str | None, typer.Option(metavar="FILE", help="Text as the quantized model will see it")
    ] = None,
    windows: Annotated[int, typer.Option(help="Calibration windows")] = 32,
    length: Annotated[int, typer.Option(help="Tokens in each window")] = 512,
    seed: Annotated[int, typer.Option(help="Which windows are drawn")] = 0,
    as_json: AsJson = False,
) -> None:
    """Say whether SPEC is enough text, and of the right kind, to calibrate MODEL on; and what to add.

    Nothing is quantized. With --deploy both texts are compared: their tokens, and their perplexity under MODEL.
    """
    from fourbit.calibration.build import build
    from fourbit.calibration.report import SCORED, report
    from fourbit.engine import models
    from fourbit.engine.walk.skeleton import Skeleton

    for option, value, least in (("windows", windows, 1), ("length", length, 2), ("seed", seed, 0)):
        if value < least:
            raise UserError(f"--{option} {value}: must be at least {least}")
    path = models.find(model)
    skeleton = Skeleton(path)
    limit = getattr(skeleton.config.get_text_config(), "max_position_embeddings", length)
    if length > limit:
        raise UserError(f"--length {length}: {model} takes at most {limit} tokens")
    widest, share = _widest(skeleton)
    tokenizer = models.load_tokenizer(path)
    with progress_bar(None, as_json) as advance:
        advance("reading")
        found = build(spec, tokenizer, windows, length, seed)
    with progress_bar(SCORED * (2 if deploy else 1), as_json) as advance:
        result = report(
            found,
            tokenizer,
            widest,
            deploy,
            models.load(path),
            share=share,
            hidden=getattr(skeleton.config.get_text_config(), "hidden_size", None),
            spec=spec,
            progress=lambda: advance("perplexity"),
        )
    if as_json:
        print(json.dumps({"model": model, "spec": spec, "seed": seed} | result.as_dict()))
    else:
        show(result, model)


def _widest(skeleton) -> tuple[int, float]:
    """Inputs of the layer that needs the most tokens, and the share of them that reaches it: an expert sees few."""
    from fourbit.engine.walk.skeleton import quantizable

    config = skeleton.config.get_text_config()
    count = next((n for name in EXPERTS if (n := getattr(config, name, None))), None)
    chosen = getattr(config, "num_experts_per_tok", None)
    routed = chosen / count if count and chosen else 1.0
    layers = [
        (layer.in_features, routed if re.search(r"\bexperts\.\d", name) else 1.0)
        for name, layer in quantizable(skeleton).items()
    ]
    return max(layers, key=lambda layer: layer[0] / layer[1])


def show(report, model: str) -> None:
    """A fourbit.calibration.report.Report, as tables and a verdict."""
    from fourbit.calibration.distance import FAR

    texts = [report.calibration] + ([report.deployment] if report.deployment else [])
    rest = [""] * (len(texts) - 1)
    table = Table("", *("calibration", "deployment")[: len(texts)], title=f"calibration text for {model}")
    table.add_row("text", *(escape(text.name) for text in texts))
    table.add_row("tokens", *(f"{text.tokens:,}" for text in texts))
    table.add_row("in windows", f"{report.windows} of {report.length}", *rest)
    table.add_row("documents read", f"{report.documents:,}", *rest)
    table.add_row("duplicates dropped", f"{report.exact:.1%} exact, {report.near:.1%} near", *rest)
    table.add_row("different tokens", *(f"{text.unique:,}" for text in texts))
    table.add_row("share of the vocabulary", *(f"{text.vocabulary:.1%}" for text in texts))
    table.add_row(
        "tokens for each input",
        f"{report.ratio:.1f} (widest layer: {report.widest:,} inputs; enough: {report.needed:,} tokens)",
        *rest,
    )
    table.add_row("language, a guess", *(text.guess.language or "unclear" for text in texts))
    table.add_row("script", *(text.guess.script_shares() for text in texts))
    table.add_row("perplexity", *(_perplexity(text.perplexity) for text in texts))
    out.print(table)
    if apart := report.distance:
        out.print(
            f"divergence of their tokens: {apart.divergence:.3f} bits; between halves of the calibration text "
            f"{apart.halves:.3f}, of the deployment text {apart.deployed_halves:.3f} ({apart.compared:,} tokens each): "
            f"excess {apart.excess:.3f}, another domain above {FAR}"
        )
        out.print(
            f"{apart.unseen:.1%} of the deployment text is tokens that the calibration text lacks",
            highlight=False,
        )
    out.print(f"verdict: {', '.join(report.verdict)}", style="bold", highlight=False)
    for line in report.advice:
        out.print(f"- {line}", highlight=False, markup=False, emoji=False, soft_wrap=True)


def _perplexity(estimate: dict | None) -> str:
    if estimate is None:
        return "too short"
    return f"{estimate['value']:.2f} ({estimate['low']:.2f} to {estimate['high']:.2f})"
