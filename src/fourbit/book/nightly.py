"""The book against the libraries that are installed, whichever they are: a report of what changed, as Markdown.

The nightly workflow installs the latest versions instead of those of constraints.txt, runs this, and puts the report
into an issue: `python -m fourbit.book.nightly report.md` writes it, and ends with exit code 1 when it has findings.
"""

import re
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from fourbit.book import find_root
from fourbit.book.check import check
from fourbit.book.problem import Problem
from fourbit.book.proofs import check_errors

PIN = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
SHOWN = 1500  # characters of a finding
LIMIT = 60_000  # characters; GitHub takes 65,536


def subject(problem: Problem) -> str:
    """What a finding is about: an entry (`errors/slug`), a snippet (`03_gptq/bench.py`) or another file."""
    path = Path(problem.page)
    if "errors" in path.parts[:-1]:
        return f"errors/{path.stem if path.parts[0] == 'docs' else path.parent.name}"
    return problem.page.removeprefix("snippets/")


def changed_pins(root: Path) -> list[tuple[str, str, str]]:
    """(package, version that the tests install, version here) of those that differ."""
    pins = PIN.findall((root / "constraints.txt").read_text(encoding="utf-8"))
    return [(name, pin, here) for name, pin in pins if (here := installed(name)) not in ("", pin)]


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def report(problems: Iterable[Problem], pins: list[tuple[str, str, str]]) -> str:
    """The findings by subject, entries first, and the versions they were met with."""
    found: dict[str, list[str]] = {}
    for one in problems:
        text = f"expected {one.expected}, found {one.found}"
        found.setdefault(subject(one), []).append(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
    if not found:
        return "Every entry and every snippet behaves with the latest versions as its page says.\n"
    names = sorted(found, key=lambda name: (not name.startswith("errors/"), name))
    lines = ["With the latest versions these entries and snippets no longer behave as their pages say:", ""]
    lines += [f"- [ ] `{name}`" for name in names]
    if pins:
        lines += ["", "| Package | constraints.txt | Latest |", "|---|---|---|"]
        lines += [f"| {name} | {pin} | {here} |" for name, pin, here in pins]
    for name in names:
        lines += ["", f"### {name}", "", "````text", *found[name], "````"]
    text = "\n".join(lines)
    return (
        f"{text}\n"
        if len(text) <= LIMIT
        else f"{text[:LIMIT]}\n…\n````\n\nCut here: the log of the run has it all.\n"
    )


def main(file: str) -> int:
    root = find_root()
    problems = [*check_errors(root, progress=print), *check(root, progress=print)]
    problems = list(dict.fromkeys(problems))
    Path(file).write_text(report(problems, changed_pins(root)), encoding="utf-8")
    print(f"{len(problems)} findings in {file}")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
