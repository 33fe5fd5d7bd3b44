"""What a quantized model cost, as one HTML page that needs nothing else: `fourbit report`."""

import json
from html import escape
from pathlib import Path

from fourbit.engine import plots
from fourbit.engine.card import MEASURED, loading_limits, method_rows, quality_rows
from fourbit.engine.diagnose import by_kind, outliers, reports
from fourbit.engine.recipe import LayerReport
from fourbit.errors import UserError

STYLE = """
:root { color-scheme: light dark; --page: #fff; --ink: #1d2330; --faint: #5a6372; --line: #d5dae2;
  --stored: #0b5cad; --rounding: #a8480a; }
@media (prefers-color-scheme: dark) { :root { --page: #14171c; --ink: #e6e9ef; --faint: #a3acba;
  --line: #363d49; --stored: #7cb8ff; --rounding: #ffb07a; } }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 66rem; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; overflow-wrap: anywhere } h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem }
p { max-width: 44rem } .faint { color: var(--faint) }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line) }
td { overflow-wrap: anywhere } td:first-child { overflow-wrap: normal } th { font-weight: 600 } td.n, th.n { text-align: right }
.wide { overflow-x: auto } .wide td { white-space: nowrap } .wide td:last-child { white-space: normal; min-width: 14rem }
.plots { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)) }
.plots svg, .one svg { width: 100%; height: auto } .one { max-width: 40rem } svg text { font-family: inherit }
.figures { display: grid; gap: 1rem 2rem; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); margin: 1.25rem 0 }
.figures b { display: block; font-size: 1.5rem; line-height: 1.2 }
.said { border-left: 3px solid var(--line); padding-left: .8rem; white-space: pre-wrap; overflow-wrap: anywhere }
code { overflow-wrap: anywhere } summary { cursor: pointer }
.key span { margin-right: 1.2rem } .stored { color: var(--stored) } .rounding { color: var(--rounding) }
"""

KEY = (
    '<p class="key"><span><b class="stored">&#9679;</b> stored</span> '
    '<span><b class="rounding">&#9675;</b> plain rounding, same format</span> {}</p>'
)


def html(folder: Path) -> str:
    """The page about a folder made by fourbit.engine.walk.job.

    UserError when the folder has no readable fourbit.json, or matplotlib is not installed.
    """
    record = _read(folder)
    layers = reports(record)
    title = f"{folder.resolve().name}: what quantization cost"
    body = "\n".join(
        (
            f"<h1>{escape(title)}</h1>",
            _figures(record, layers),
            _kinds(layers),
            _outliers(layers),
            _depth(layers),
            _experts(layers),
            _quality(record),
            _recipe(record),
            _all_layers(layers),
        )
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _read(folder: Path) -> dict:
    path = folder / "fourbit.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(
            f"{folder}: no fourbit.json there; give a directory made by `fourbit quantize`"
        ) from None
    except ValueError as error:
        raise UserError(f"{path}: not valid JSON: {error}") from None


def _section(title: str, *parts: str) -> str:
    return "\n".join((f"<section>\n<h2>{title}</h2>", *parts, "</section>"))


def _table(head: tuple[str, ...], rows: list[tuple], numbers: frozenset[int] = frozenset()) -> str:
    """A table of escaped cells; with `numbers`, the columns aligned to the right, it is wide and scrolls."""

    def line(cells, tag: str) -> str:
        marks = (' class="n"' if i in numbers else "" for i in range(len(cells)))
        return "".join(f"<{tag}{mark}>{escape(str(c))}</{tag}>" for c, mark in zip(cells, marks, strict=True))

    top = f"<thead><tr>{line(head, 'th')}</tr></thead>" if any(head) else ""
    lines = "\n".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
    kind = ' class="wide"' if numbers else ""
    return f"<div{kind}><table>{top}<tbody>\n{lines}\n</tbody></table></div>"


def _figures(record: dict, layers: list[LayerReport]) -> str:
    figures = [
        (f"{record['bytes_after'] / 1e6:,.1f} MB", f"stored, before {record['bytes_before'] / 1e6:,.1f} MB"),
        (f"{record['bits_per_weight']:.3f}", "bits per quantized weight, all told"),
        (f"{len(layers)}", "layers quantized"),
    ]
    if quality := record["quality"]:
        figures += [
            (f"{quality['kl']['value']:.4f}", "nats KL divergence from the base model"),
            (f"{quality['top1']['value']:.1%}", "same most likely token"),
        ]
    cells = "".join(f"<div><b>{value}</b>{label}</div>" for value, label in figures)
    return f'<div class="figures">{cells}</div>'


def _kinds(layers: list[LayerReport]) -> str:
    return _section(
        "Error by kind of layer",
        "<p>The share of the output's energy that is lost on the calibration text; the median of each kind of layer.</p>",
        KEY.format('<span><b class="stored">|</b> worst layer</span>'),
        f'<div class="one">{plots.kinds(layers)}</div>',
    )


def _outliers(layers: list[LayerReport]) -> str:
    odd = outliers(layers)
    if not odd:
        return _section("Layers that stand out", "<p>None: no layer is far above the median of its kind.</p>")
    rows = [(outlier.name, f"{outlier.ratio:.1f} times", outlier.cause) for outlier in odd]
    return _section(
        "Layers that stand out",
        "<p>Far above the median of their kind: more than twice, and a modified z-score of the logarithms over 3.5.</p>",
        _table(("layer", "median of its kind", "likely cause"), rows),
    )


def _depth(layers: list[LayerReport]) -> str:
    figures = "\n".join(
        plots.by_depth(name, alike) for name, alike in by_kind(layers).items() if len(alike) > 1
    )
    if not figures:
        return ""
    return _section(
        "Error by depth",
        KEY.format("<span>&#9633; stands out</span>"),
        f'<div class="plots">{figures}</div>',
    )


def _experts(layers: list[LayerReport]) -> str:
    if not any("experts." in layer.name for layer in layers):
        return ""
    return _section(
        "Tokens per expert",
        "<p>Below the dashed line, a layer saw fewer tokens than it has inputs: its Hessian is singular.</p>",
        f'<div class="one">{plots.experts(layers)}</div>',
    )


def _quality(record: dict) -> str:
    quality = record["quality"]
    if not quality:
        return _section("Quality", "<p>Not measured: the run was made with --no-gate.</p>")
    parts = [
        f"<p>On {quality['tokens']:,} tokens of {escape(quality['text'])}, 95 % intervals from resampled windows.</p>",
        _table(("", "value"), quality_rows(quality)),
    ]
    if sample := quality["sample"]:
        for label, key in (("Prompt", "prompt"), ("Quantized model", "quantized"), ("Base model", "base")):
            parts.append(f'<p class="faint">{label}</p>\n<p class="said">{escape(sample[key])}</p>')
    else:
        parts.append(f'<p class="faint">No sample: {escape(quality["no_sample"])}.</p>')
    return _section("Quality", *parts)


def _recipe(record: dict) -> str:
    data = record["calibration"]
    rows = [
        *((name.strip("`"), value.replace("`", "")) for name, value in method_rows(record)),
        ("calibration", f"{data['tokens']:,} tokens in {data['windows']} windows of {data['length']}"),
        ("from", f"{data.get('source', 'not recorded')}, seed {data.get('seed', 'not recorded')}"),
        ("SHA-256 of its tokens", data["sha256"]),
    ]
    limits = [(name, text.replace("`", "")) for name, text in loading_limits(record).items()]
    return _section("Recipe", _table(("", ""), rows)) + _section(
        "Who can load it", f"<p>As {MEASURED}.</p>", _table(("", ""), limits)
    )


def _all_layers(layers: list[LayerReport]) -> str:
    rows = [
        (a.name, f"{a.d_out} x {a.d_in}", a.bits, f"{a.tokens:,}", f"{a.error:.2e}", f"{a.rounding_error:.2e}",
         a.stored, "; ".join(a.notes))
        for a in layers
    ]  # fmt: skip
    head = ("layer", "shape", "bits", "tokens", "error", "of rounding", "stored", "notes")
    table = _table(head, rows, frozenset({2, 3, 4, 5}))
    return _section(
        "All layers", f"<details><summary>{len(rows)} layers, with notes</summary>{table}</details>"
    )
