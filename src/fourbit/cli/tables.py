"""What `fourbit quantize` prints for people: the plan of a dry run, and the result."""

from pathlib import Path
from statistics import median

from rich.table import Table

from fourbit.cli.console import out


def plan(plan, model: str) -> None:
    """A fourbit.engine.estimate.Plan."""
    table = Table("", "", title=f"{model}: what it would take", show_header=False)
    kept = f", {plan.kept} kept as they are" if plan.kept else ""
    table.add_row("layers", f"{plan.layers} quantized{kept}")
    table.add_row("result", f"{size(plan.bytes_after)} (now {size(plan.bytes_before)})")
    table.add_row("bits per quantized weight", f"{plan.bits_per_weight:.3f}")
    table.add_row("disk while it runs", f"{size(plan.bytes_disk)}, result and activations")
    table.add_row("memory, estimated", size(plan.bytes_memory))
    for name, value in plan.memory.items():
        table.add_row(f"  {name}", size(value), style="dim")
    table.add_row("time, estimated", duration(plan.seconds))
    for name, value in plan.time.items():
        if value:
            table.add_row(f"  {name}", duration(value), style="dim")
    out.print(table)
    out.print("How the time is estimated:", style="dim")
    for line in plan.basis:
        out.print(f"- {line}", style="dim", highlight=False)


def result(record: dict, model: str, to: Path) -> None:
    """The record of a finished run."""
    from fourbit.engine.diagnose import by_kind, outliers, reports

    layers = reports(record)
    table = Table("layers", "shape", "bits", "error", "of rounding", "worst", title=f"{model} -> {to}")
    for kind, rows in by_kind(layers).items():
        shapes = sorted({f"{row.d_out} x {row.d_in}" for row in rows})
        worst = max(row.error for row in rows)
        table.add_row(
            f"{len(rows)} x {kind}",
            shapes[0] if len(shapes) == 1 else f"{len(shapes)} shapes",
            ", ".join(map(str, sorted({row.bits for row in rows}))),
            f"{median(row.error for row in rows):.2e}",
            f"{median(row.rounding_error for row in rows):.2e}",
            f"{worst:.2e}",
        )
    out.print(table)
    out.print("error: share of the output's energy lost on the calibration text, median layer", style="dim")
    if odd := outliers(layers):
        table = Table("layer", "error", "likely cause", title="Layers far above their kind's median")
        for outlier in odd:
            table.add_row(outlier.name, f"{outlier.ratio:.1f} x", outlier.cause)
        out.print(table)
    _notes(layers)
    data, quality = record["calibration"], record["quality"]
    out.print(f"calibrated on {data['tokens']:,} tokens")
    out.print(
        f"{size(record['bytes_before'])} -> {size(record['bytes_after'])} stored; {record['bits_per_weight']:.3f} bits "
        "per quantized weight with scales, zero points and g_idx"
    )
    if quality is None:
        out.print("quality: not measured (--no-gate)")
        return
    out.print(
        f"against {model} on {quality['tokens']:,} held-out tokens: KL {quality['kl']['value']:.4f} nats, same top "
        f"token {quality['top1']['value']:.1%}, perplexity x {quality['perplexity_ratio']['value']:.4f}"
    )
    if sample := quality["sample"]:
        for name, said in (("prompt", "prompt"), ("it says", "quantized"), ("before", "base")):
            out.print(f"{name}: {sample[said]!r}", highlight=False, markup=False)
    else:
        out.print(f"no sample: {quality['no_sample']}", style="dim")


def _notes(layers) -> None:
    """How many layers have something to say; the report has it all."""
    noted = [layer for layer in layers if any(not note.startswith("AWQ: scaled") for note in layer.notes)]
    if noted:
        first = next(note for note in noted[0].notes if not note.startswith("AWQ: scaled"))
        more = f" (and {len(noted) - 1} more layers with notes)" if len(noted) > 1 else ""
        out.print(f"note: {noted[0].name}: {first}{more}", highlight=False, markup=False)


def size(value: float) -> str:
    """Bytes for people, decimal units."""
    return f"{value / 1e9:,.2f} GB" if value >= 1e9 else f"{value / 1e6:,.1f} MB"


def duration(seconds: float) -> str:
    """Seconds for people."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
