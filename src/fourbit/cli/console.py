"""What the commands share: two consoles, a progress bar, warnings."""

from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

out = Console(emoji=False)  # "docs:x" is a source, not a sign
err = Console(stderr=True, emoji=False)

Model = Annotated[str, typer.Argument(help="`tiny`, `smollm2`, a directory, or a Hugging Face id")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table")]


@contextmanager
def progress_bar(total: int | None, quiet: bool):
    """A bar on standard error with the current item and the time left; nothing when no person reads it.

    Yields advance(text): one more of `total` items (None: their number is not known) is done.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=quiet or not err.is_terminal, transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda text="": progress.update(task, advance=1, description=text)


def warn(message: object, *_, **__) -> None:
    """One yellow line on standard error; also fits warnings.showwarning."""
    err.print(f"warning: {message}", style="yellow", soft_wrap=True, highlight=False, markup=False)


def fail(message: object) -> None:
    """One red line on standard error."""
    err.print(f"error: {message}", style="red", soft_wrap=True, highlight=False, markup=False)
