"""`fourbit check`: the book against its code."""

from typing import Annotated

import typer

from fourbit.cli.console import err, out
from fourbit.errors import UserError


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
        raise UserError(
            f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found; mend what is listed above"
        )
    out.print("no problems found")
