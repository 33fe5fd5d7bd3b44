"""What `fourbit diagnose` prints: step by step what was measured, then what to try first; and the same as JSON."""

from dataclasses import asdict

from rich.table import Table

from fourbit.cli.console import out

SHOWN = 8  # layers


def as_dict(facts, found) -> dict:
    """For JSON: facts of fourbit.engine.examine, and the causes found in them."""
    from fourbit.engine.diagnose import outliers, reports

    record = facts.record
    return {
        "model": facts.model,
        "against": facts.base,
        "general": {"text": facts.general_name} | facts.general.as_dict(),
        "deployment": facts.deployment and {"text": facts.deployment_name} | facts.deployment.as_dict(),
        "rounding": facts.rounding and [evaluation.as_dict() for evaluation in facts.rounding],
        "tasks": {name: comparison.as_dict() for name, comparison in facts.tasks.items()},
        "outliers": [asdict(odd) for odd in outliers(reports(record))] if record else None,
        "calibration": record and record["calibration"],
        "head": {"bits": facts.head_bits, "quantized": facts.head_quantized},
        "embedding": {"bits": facts.embedding_bits},
        "sensitivity": [harm.as_dict() for harm in facts.harms] or None,
        "causes": [cause.as_dict() for cause in found],
    }


def show(facts, found) -> None:
    """The steps as tables, the causes in words."""
    _texts(facts)
    _tasks(facts)
    _layers(facts)
    _record(facts)
    first, *others = found
    _say(f"\nMost likely: {first.name}", style="bold")
    _cause(first)
    for cause in others:
        _say(f"\nThen: {cause.name}")
        _cause(cause)


def _say(text: str, style: str | None = None) -> None:
    out.print(text, style=style, highlight=False, markup=False)


def _cause(cause) -> None:
    _say(f"  measured: {cause.because}")
    _say(f"  try: {cause.attempt}")
    if cause.command:
        out.print(f"  {cause.command}", style="bold", highlight=False, markup=False, soft_wrap=True)


def _texts(facts) -> None:
    table = Table("", title=f"1. {facts.model} against {facts.base}: predictions, with 95 % intervals")
    texts = [(facts.general_name, facts.general), (facts.deployment_name, facts.deployment)]
    texts = [(name, evaluation) for name, evaluation in texts if evaluation]
    for name, evaluation in texts:
        table.add_column(f"{name}: {evaluation.tokens:,} tokens")
    for name, key, spec in (
        ("perplexity", "perplexity", ".2f"),
        (f"perplexity / {facts.base}", "perplexity_ratio", ".4f"),
        ("KL divergence (nats)", "kl", ".4f"),
        ("same top token", "top1", ".1%"),
    ):
        values = [getattr(evaluation, key) for _, evaluation in texts]
        table.add_row(name, *(f"{v.value:{spec}} ({v.low:{spec}} to {v.high:{spec}})" for v in values))
    if facts.rounding:
        table.add_row("KL of rounding at the same bits", *(f"{e.kl.value:.4f}" for e in facts.rounding))
    out.print(table)
    if facts.deployment is None:
        _say(
            "Only general text was measured; --text FILE adds text like what the model is used on.", "yellow"
        )
    elif facts.record and facts.record["calibration"].get("source") == facts.deployment_name.split("/")[-1] and (
        "." in facts.deployment_name
    ):  # fmt: skip
        _say(f"{facts.model} was calibrated on {facts.deployment_name}: its figures there flatter.", "yellow")


def _tasks(facts) -> None:
    from fourbit.engine.examine import worse
    from fourbit.engine.tasks import detectable_drop

    if not facts.tasks:
        return _say("2. tasks: none (--items 0, or the texts are too short)")
    head = ("task", "items", "base", "model", "flips", "p", "drop", "would show")
    table = Table(*head, title="2. Tasks, the same items for both")
    for name, c in facts.tasks.items():
        least, verdict = detectable_drop(c), "yes" if worse(c, len(facts.tasks)) else "no"
        shows = f">= {least:.1%}" if least else "nothing"
        shares = (f"{c.base:.1%}", f"{c.model:.1%}", f"-{c.lost} +{c.gained}", f"{c.p_value:.3f}")
        table.add_row(name, str(c.items), *shares, verdict, shows)
    out.print(table)
    return _say(
        "flips: items lost and gained; p: exact McNemar test; drop: whether p is under 0.05 over the number of tasks; would "
        "show: the drop that so many items show four times in five",
        "dim",
    )


def _layers(facts) -> None:
    from fourbit.engine.diagnose import outliers, reports
    from fourbit.engine.sensitivity import worst

    if facts.record is None:
        _say("3. layers: no fourbit.json, so what each lost is not known (--sensitivity measures it)")
    elif odd := outliers(reports(facts.record)):
        table = Table("layer", "error", "likely cause", title="3. Layers far above their kind's median")
        for outlier in odd[:SHOWN]:
            table.add_row(outlier.name, f"{outlier.ratio:.1f} x", outlier.cause)
        out.print(table)
    else:
        _say(f"3. layers: none of {len(facts.record['layers'])} stands out by its output error")
    if facts.harms:
        total = sum(harm.kl for harm in facts.harms)
        table = Table("layer", "KL alone (nats)", "of all", "output error", title="   Layers that hurt most")
        for harm in worst(list(facts.harms))[:SHOWN]:
            table.add_row(harm.name, f"{harm.kl:.1e}", f"{harm.kl / total:.1%}", f"{harm.error:.2e}")
        out.print(table)


def _record(facts) -> None:
    if facts.record is None:
        _say("4. calibration: no fourbit.json, so it is not known")
    elif facts.record["recipe"]["method"] == "rtn":
        _say("4. calibration: none, the weights were rounded")
    else:
        data, widest = facts.record["calibration"], max(layer["d_in"] for layer in facts.record["layers"])
        _say(
            f"4. calibration: {data['tokens']:,} tokens of {data.get('source', 'a text not recorded')}, "
            f"{data['tokens'] / widest:.1f} for each of the {widest:,} inputs of the widest layer"
        )
    head = (
        f"quantized to {facts.head_bits} bits"
        if facts.head_quantized
        else f"{facts.head_bits}-bit, not quantized"
    )
    _say(f"5. LM head: {head}; embeddings: {facts.embedding_bits}-bit")
