"""`fourbit diagnose`: a model that does worse than its base: where, why, and what to try first."""

import json
from pathlib import Path
from typing import Annotated

import typer

from fourbit.cli import diagnosis
from fourbit.cli.console import AsJson, Model, err, progress_bar
from fourbit.cli.tables import duration
from fourbit.errors import UserError

FEWEST_ITEMS = 50  # of a task: with fewer even a large drop would not show
CALIBRATION, MEASURED = (16, 512), (4, 256)  # windows and tokens in each, for sensitivity


def diagnose(
    model: Model,
    against: Annotated[str, typer.Option(help="The base model that MODEL was made from")],
    text: Annotated[
        str | None, typer.Option(help="Text like what the model is used on: docs, code, or a UTF-8 file")
    ] = None,
    general: Annotated[str, typer.Option(help="Text of no special kind, to compare with")] = "docs",
    tokens: Annotated[int, typer.Option(help="At most so many tokens of each text")] = 8192,
    items: Annotated[int, typer.Option(help="Items of each task on each text; 0: no tasks")] = 400,
    length: Annotated[int, typer.Option(help="Tokens in each window")] = 512,
    sensitivity: Annotated[
        bool, typer.Option("--sensitivity", help="Also quantize each layer of BASE alone; takes minutes")
    ] = False,
    plot: Annotated[Path | None, typer.Option(help="With --sensitivity: an SVG file to write")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare MODEL with the base it was made from, on general text and on yours, and say what to try first.

    In this order: perplexity and KL divergence on both texts; two tasks, with a paired test; layers that stand out;
    what it was calibrated on; the LM head and the embeddings. With --text, the base model is also rounded at MODEL's
    bits: that tells what calibration did from what the bits did.
    """
    from fourbit.engine import models
    from fourbit.engine.examine import causes

    for option, value, least in (("tokens", tokens, 2), ("items", items, 0), ("length", length, 2)):
        if value < least:
            raise UserError(f"--{option} {value}: must be at least {least}")
    if 0 < items < FEWEST_ITEMS:
        raise UserError(
            f"--items {items}: fewer than {FEWEST_ITEMS} show nothing; give more, or 0 for no tasks"
        )
    if plot and not sensitivity:
        raise UserError("--plot: draws what --sensitivity measures; give both")
    if text == general:
        raise UserError(f"--text {text}: is the general text too; give another one, or another --general")
    paths = models.find(model), models.find(against)
    record = read_record(paths[0])
    facts = _measure((model, against), paths, record, (general, text), tokens, items, length, as_json)
    if sensitivity:
        facts = _sensitivity(facts, paths[1], text or general, length, plot, as_json)
    found = causes(facts)
    if as_json:
        print(json.dumps(diagnosis.as_dict(facts, found), allow_nan=False))
    else:
        diagnosis.show(facts, found)


def read_record(folder: Path) -> dict | None:
    """fourbit.json of a folder; None when `fourbit quantize` did not make it."""
    path = folder / "fourbit.json"
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path}: not valid JSON: {error}") from None
    if missing := {"recipe", "calibration", "layers"} - set(record):
        raise UserError(f"{path}: has no {min(missing)}; it is not what `fourbit quantize` wrote")
    return record


def _measure(names, paths, record, sources, tokens: int, items: int, length: int, quiet: bool):
    """The Facts about a model and its base, without sensitivity."""
    from fourbit import calibration
    from fourbit.engine import models, tasks
    from fourbit.engine.evaluate import cut, evaluate
    from fourbit.engine.examine import Facts

    tokenizer = models.load_tokenizer(paths[0])
    texts = {source: calibration.read_text(source, "evaluation") for source in sources if source}
    ids = {source: calibration.tokenize(tokenizer, text) for source, text in texts.items()}
    windows = {source: cut(every[:tokens], length) for source, every in ids.items()}
    for source, pieces in windows.items():
        if not pieces:
            raise UserError(f"{source}: {len(ids[source])} tokens are too few to score; give more text")
    questions = {}
    for source, text in texts.items() if items else ():
        questions |= _questions(source, text, ids[source], tokenizer, items)
    ours, base = (models.load(path) for path in paths)
    limit = getattr(ours.config.get_text_config(), "max_position_embeddings", length)
    if length > limit:
        raise UserError(f"--length {length}: {names[0]} takes at most {limit} tokens")
    if base.config.vocab_size != ours.config.vocab_size:
        raise UserError(
            f"--against {names[1]}: its vocabulary has {base.config.vocab_size:,} entries, that of {names[0]} "
            f"{ours.config.vocab_size:,}; only versions of one model can be compared"
        )
    rounded = bool(sources[1] and record and record["recipe"]["method"] != "rtn")
    steps = (1 + rounded) * sum(map(len, windows.values())) + 2 * sum(map(len, questions.values()))
    with progress_bar(steps, quiet) as advance:
        measured = {
            source: evaluate(
                ours, pieces, base, lambda source=source: advance(f"perplexity and KL on {source}")
            )
            for source, pieces in windows.items()
        }
        compared = {}
        for name, asked in questions.items():
            answers = [tasks.answer(of, asked, lambda name=name: advance(name)) for of in (base, ours)]
            compared[name] = tasks.compare(*answers)
        head = _stored(paths[0], ours)
        rounding = None
        if rounded:
            del ours
            control = _rounded(models.load(paths[1]), record)
            rounding = tuple(
                evaluate(control, pieces, base, lambda: advance("the base model, rounded"))
                for pieces in windows.values()
            )
    return Facts(
        *names, sources[0], measured[sources[0]], sources[1], measured.get(sources[1]), rounding, compared, record, *head
    )  # fmt: skip


def _questions(source: str, text: str, ids, tokenizer, items: int) -> dict:
    """Both tasks on a text, by name; without those for which it is too short."""
    from fourbit.engine import tasks

    found = {}
    for name, make in (
        ("multiple choice", lambda: tasks.multiple_choice(ids, items)),
        ("continuation", lambda: tasks.continuation(tokenizer, text, items)),
    ):
        try:
            asked = make()
        except UserError:
            continue
        if len(asked) >= FEWEST_ITEMS:
            found[f"{source}: {name}"] = asked
    return found


def _stored(folder: Path, model) -> tuple[int, bool, int]:
    """Bits of the LM head, whether it is quantized, bits of the embeddings."""
    from fourbit.engine.checkpoint.weights import Weights

    weights = Weights(folder)
    modules = {module: name for name, module in model.named_modules()}
    embedding = modules[model.get_input_embeddings()]
    head = modules.get(model.get_output_embeddings(), "lm_head")
    bits = {
        name: 8 * weights.meta(f"{name}.weight")[0].itemsize for name in (head, embedding) if f"{name}.weight" in weights.names
    }  # fmt: skip
    if weights.is_quantized(head):
        bits[head] = weights.quantized(head).bits
    own = bits.get(embedding, 16)
    return bits.get(head, own), weights.is_quantized(head), own


def _rounded(model, record: dict):
    """The base model with the layers of a run rounded at their bits."""
    from dataclasses import replace

    import torch

    from fourbit.engine.examine import recipe_of
    from fourbit.engine.walk.layer import replace_weight, round_to_nearest
    from fourbit.engine.walk.skeleton import Skeleton

    recipe, modules = recipe_of(record), dict(Skeleton.of(model).model.named_modules())
    with torch.no_grad():
        for layer in record["layers"]:
            module = modules.get(layer["name"])
            if module is None or tuple(module.weight.shape) != (layer["d_out"], layer["d_in"]):
                raise UserError(
                    f"--against: has no layer {layer['name']} as in fourbit.json; is it the base of MODEL? Give that"
                )
            q = round_to_nearest(module.weight.detach(), replace(recipe, bits=layer["bits"]))
            if (
                module is model.get_output_embeddings()
                and module.weight is model.get_input_embeddings().weight
            ):
                module.weight = torch.nn.Parameter(module.weight.clone(), requires_grad=False)
            replace_weight(module, q)
    return model


def _sensitivity(facts, path: Path, source: str, length: int, plot: Path | None, quiet: bool):
    from dataclasses import replace

    from fourbit import calibration
    from fourbit.engine import models
    from fourbit.engine import sensitivity as engine
    from fourbit.engine.examine import recipe_of
    from fourbit.engine.recipe import Recipe
    from fourbit.engine.walk.skeleton import Skeleton

    tokenizer, skeleton = models.load_tokenizer(path), Skeleton.of(models.load(path))
    if facts.record:
        recipe = recipe_of(facts.record)
    else:
        recipe = Recipe(method="rtn")
    rows = [
        calibration.windows(
            calibration.tokenize(tokenizer, calibration.read_text(name, split)), n, min(size, length)
        )
        for name, split, (n, size) in (("docs", "calibration", CALIBRATION), (source, "evaluation", MEASURED))
    ]
    layers = len(engine.units(skeleton, recipe))
    if not quiet:
        again = engine.passes(skeleton, recipe)
        err.print(
            f"sensitivity: {layers} layers, about {again:.0f} passes over {rows[1].size:,} tokens", style="dim", highlight=False
        )  # fmt: skip
    with progress_bar(2 * layers, quiet) as advance:

        def told(seconds: float) -> None:
            if not quiet:
                err.print(f"measuring them takes about {duration(seconds)}", style="dim", highlight=False)

        harms = engine.sensitivity(skeleton, rows[1], rows[0], recipe, "layer", advance, told)
    if plot:
        _write(plot, engine.plot(harms))
    return replace(facts, harms=tuple(harms))


def _write(path: Path, svg: str) -> None:
    """The plot as a file of its own, which has no page to take colors from."""
    colors = "<style>:root{--ink:#1d2330;--stored:#0b5cad;--rounding:#a8480a}</style>"
    start = svg.index(">") + 1
    try:
        path.write_text(svg[:start] + colors + svg[start:], encoding="utf-8")
    except OSError as error:
        raise UserError(f"--plot {path}: cannot be written: {error.strerror}") from None
