"""`fourbit errors`: what a message means and what helps, from the knowledge base, without a network."""

import json
import sys
from typing import Annotated

import typer

from fourbit.cli.console import AsJson, err, out
from fourbit.errors import UserError


def errors(
    message: Annotated[
        str | None, typer.Argument(help="The message or the whole log; default: what is piped in")
    ] = None,
    most: Annotated[int, typer.Option(help="Show at most this many entries")] = 1,
    as_json: AsJson = False,
) -> None:
    """Find the entry of the knowledge base that explains a message. Exit code 1 when none fits.

    Paths, numbers, versions and quotes do not matter, nor do the lines around the message.
    """
    from fourbit import kb

    if most < 1:
        raise UserError(f"--most {most}: must be at least 1")
    found = kb.search(_read(message), most)
    if as_json:
        known = [kb.entry(one.slug) | {"score": one.score, "words": list(one.words)} for one in found]
        print(
            json.dumps([{key: one[key] for key in one if key not in ("patterns", "where")} for one in known])
        )
    elif not found:
        err.print("nothing matches: the knowledge base has no entry for this message", highlight=False)
        err.print("report it with the error form of the repository, and it may get one", style="dim")
    for number, one in enumerate([] if as_json else found):
        if number:
            out.print()
        _show(kb.entry(one.slug), one.words)
    if not found:
        raise typer.Exit(1)


def explain(text: str) -> str | None:
    """One line that names the entry for a traceback or message of fourbit itself; None when there is none."""
    from fourbit import kb

    found = kb.search(text, 1)
    if not found:
        return None
    entry = kb.entry(found[0].slug)
    return f"the knowledge base explains it: {entry['title']}; see docs/errors/{entry['slug']}.md"


def _read(message: str | None) -> str:
    if message is None and sys.stdin.isatty():
        raise UserError("no message; give it in quotes, or pipe a log in: fourbit errors < log.txt")
    text = sys.stdin.buffer.read().decode(errors="replace") if message in (None, "-") else message
    if not text.strip():
        raise UserError("the message is empty; give it in quotes, or pipe a log in: fourbit errors < log.txt")
    return text


def _show(entry: dict, words: tuple[str, ...]) -> None:
    """Title, meaning, fix, and the page with the rest."""
    plain = {"soft_wrap": True, "highlight": False, "markup": False}
    out.print(entry["title"], style="bold", **plain)
    out.print(entry["meaning"], **plain)
    if entry["fix"]:
        out.print("\nWhat helps:\n", **plain)
        out.print("\n".join(f"    {line}".rstrip() for line in entry["fix"].split("\n")), **plain)
        out.print(**plain)
    out.print(f"The whole entry: docs/errors/{entry['slug']}.md", style="dim", **plain)
    out.print(f"Words that matched: {' '.join(words)}", style="dim", **plain)
