"""The plots of a report: SVG that takes its colors from the page and is read without them."""

import io
import re
from collections.abc import Callable
from html import escape
from statistics import median

from fourbit.engine.diagnose import by_kind, outliers
from fourbit.engine.recipe import LayerReport
from fourbit.errors import UserError

# Stand-ins that matplotlib draws with; the page's CSS variables take their place.
INK, STORED, ROUNDING = "#010101", "#020202", "#030303"
VARIABLES = {INK: "var(--ink)", STORED: "var(--stored)", ROUNDING: "var(--rounding)"}
SETTINGS = {
    "svg.fonttype": "none",  # text stays text, in the page's font
    "svg.hashsalt": "fourbit",  # same data, same bytes
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
}


def draw(width: float, height: float, label: str, paint: Callable) -> str:
    """An <svg> element (width and height in inches of 72 px) that scales; `label` is read out instead of it.

    UserError when matplotlib is not installed.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise UserError("plots are drawn with matplotlib; run: pip install matplotlib") from None

    stream = io.StringIO()
    with rc_context(SETTINGS):
        figure = Figure(figsize=(width, height), layout="constrained")
        paint(figure.subplots())
        figure.savefig(stream, format="svg", transparent=True, metadata={"Date": None})
    svg = stream.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    svg = re.sub(
        r'width="[\d.]+pt" height="[\d.]+pt"', f'role="img" aria-label="{escape(label)}"', svg, count=1
    )
    svg = re.sub(r"font: [^;\"]*?([\d.]+px)[^;\"]*", r"font-size: \1", svg)
    own = re.sub(r"\W+", "-", label)  # ids are unique in a page
    svg = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{own}-", svg)
    for color, variable in VARIABLES.items():
        svg = svg.replace(color, variable)
    return svg


def _percent(axis) -> None:
    """Label a logarithmic axis of shares: 0.1% reads better than a power of ten."""
    from matplotlib.ticker import LogLocator

    axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=6))
    axis.set_major_formatter(lambda value, _: f"{100 * value:.3g}%")
    axis.set_minor_formatter(lambda value, _: "")


def kinds(layers: list[LayerReport]) -> str:
    """One row a kind: the median error of what is stored (filled) and of rounding (hollow), with the worst layer."""
    groups = by_kind(layers)

    def paint(axes) -> None:
        for row, alike in enumerate(groups.values()):
            stored, rounded = (median(getattr(a, key) for a in alike) for key in ("error", "rounding_error"))
            axes.plot([stored, rounded], [row, row], color=INK, linewidth=0.8)
            axes.plot(rounded, row, "o", color=ROUNDING, fillstyle="none", markersize=7)
            axes.plot(stored, row, "o", color=STORED, markersize=7)
            axes.plot(max(a.error for a in alike), row, "|", color=STORED, markersize=11)
        axes.set_xscale("log")
        _percent(axes.xaxis)
        axes.set_yticks(range(len(groups)), list(groups))
        axes.set_ylim(len(groups) - 0.5, -0.5)
        axes.set_xlabel("share of the output's energy lost")

    return draw(
        4.2, 0.9 + 0.27 * len(groups), "Median error by kind of layer, beside that of rounding", paint
    )


def by_depth(name: str, alike: list[LayerReport]) -> str:
    """One kind from the first block to the last: stored (filled, solid) and rounding (hollow, dashed)."""
    odd = {outlier.name for outlier in outliers(alike)}
    depth = range(len(alike))

    def paint(axes) -> None:
        rounding = [a.rounding_error for a in alike]
        axes.plot(depth, rounding, "o--", color=ROUNDING, fillstyle="none", markersize=4)
        axes.plot(depth, [a.error for a in alike], "o-", color=STORED, markersize=4)
        for index, layer in enumerate(alike):
            if layer.name in odd:
                axes.plot(index, layer.error, "s", color=INK, fillstyle="none", markersize=10)
                axes.annotate(
                    str(index), (index, layer.error), (0, 8), textcoords="offset points", ha="center"
                )
        axes.set_yscale("log")
        _percent(axes.yaxis)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set_title(name, loc="left", fontsize=10)
        axes.set_xlabel("layer of this kind, in the model's order")

    return draw(3.6, 2.2, f"Error of {name} by depth, beside that of rounding", paint)


def experts(layers: list[LayerReport]) -> str:
    """Tokens that reached each expert, one point each, against the inputs that a full-rank Hessian needs."""
    routed = [layer for layer in layers if "experts." in layer.name]

    def paint(axes) -> None:
        axes.plot([layer.d_in for layer in routed], "--", color=ROUNDING, linewidth=1)
        axes.plot([layer.tokens for layer in routed], ".", color=STORED)
        axes.set_yscale("symlog", linthresh=10)
        axes.set_ylim(bottom=-1)
        axes.set_xlabel("layer of an expert, in the model's order")
        axes.set_ylabel("calibration tokens")

    return draw(4.2, 2.4, "Calibration tokens that reached each expert", paint)
