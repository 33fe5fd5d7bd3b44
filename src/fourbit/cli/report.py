"""`fourbit report`: what a quantized model cost, as one HTML page."""

from pathlib import Path
from typing import Annotated

import typer

from fourbit.cli.console import out
from fourbit.errors import UserError


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A model made by `fourbit quantize`")],
    to: Annotated[
        Path | None, typer.Option("--out", help="The page to write; default: DIR/report.html")
    ] = None,
) -> None:
    """Write an HTML page with plots: error by layer and kind, outliers, quality, recipe."""
    from fourbit.engine.report import html

    page, target = html(folder), to or folder / "report.html"
    try:
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        raise UserError(f"--out {target}: cannot be written: {error.strerror}") from None
    out.print(f"wrote {target}", soft_wrap=True, highlight=False, markup=False)
