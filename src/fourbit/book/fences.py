"""Fenced blocks: recorded output is filled in, and each block of included code gets its stamp."""

from collections.abc import Callable
from typing import NoReturn

from fourbit.book import browser
from fourbit.book.contents import Contents
from fourbit.book.page import Fence, Mistake, find_fences
from fourbit.book.results import split_output
from fourbit.book.tiers import CODE

OUTPUT = "output"


def is_code(name: str) -> bool:
    return name.endswith((".py", ".sh"))


def check_includes(fence: Fence, contents: Contents) -> None:
    """Mistake when something that `fence` includes does not exist or does not belong in it."""
    for name, section in fence.includes:
        if fence.language == OUTPUT:
            _output_file(name, contents)
        elif name.endswith(".out"):
            raise Mistake(
                f"recorded output in a fence marked `{OUTPUT}`", f"{name!r} in `{fence.info}`", "mark it so"
            )
        elif is_code(name):
            contents.snippet(name, section)
        else:
            contents.file(name)


def fill(lines: list[str], contents: Contents, complain: Callable[[Mistake, str], NoReturn]) -> list[str]:
    """The lines of a page with recorded output in place and a stamp directive under each block of snippets.

    It has to run before pymdownx.snippets, which replaces the names of the files by what is in them.
    """
    filled, done = [], 0
    for fence in find_fences(lines):
        filled += lines[done : fence.first - 1]
        block = lines[fence.first - 1 : fence.last]
        done = fence.last
        try:
            check_includes(fence, contents)
        except Mistake as mistake:
            complain(mistake, "\n".join(block))
        if fence.includes and fence.language == OUTPUT:
            block = _output(fence, contents)
        stamped = dict.fromkeys(name for name, _ in fence.includes if is_code(name))
        if "sketch" in fence.classes and fence.language in CODE:
            stamped = {"": None}
        empty = fence.indent.rstrip(" ")
        for name in stamped:
            block += [empty, f"{fence.indent}[[stamp:{name}{_run(fence, contents) if name else ''}]]", empty]
        filled += block
    return filled + lines[done:]


def _run(fence: Fence, contents: Contents) -> str:
    """What the stamp of a block says to a reader's browser: its sections, when it can run there."""
    found = browser.block(fence, [contents.snippet(*one) for one in fence.includes])
    return " ".join([" run", *found[1]]) if found else ""


def _output_file(name: str, contents: Contents) -> str:
    if name.endswith(".out") and not (contents.root / "snippets" / name).is_file():
        mend = f"run: fourbit check {name.split('/')[0]} --update"
        raise Mistake("recorded output", f"{name!r}, which does not exist", mend)
    return contents.file(name).read_text(encoding="utf-8")


def _output(fence: Fence, contents: Contents) -> list[str]:
    shown = []
    for name, _ in fence.includes:
        text = _output_file(name, contents)
        shown += (split_output(text)[1] if name.endswith(".out") else text).strip("\n").split("\n")
    header = f"{fence.marker}{{.text .no-copy .fb-output}}"
    return [fence.indent + line for line in (header, *shown, fence.marker)]
