"""Check the book: run its snippets, compare their output with the record, look at what cannot run."""

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import indent

from fourbit.book.checked import check_api, check_syntax
from fourbit.book.footprint import footprint
from fourbit.book.normalize import compare, normalize
from fourbit.book.notebook import check_lab
from fourbit.book.page import read_pages
from fourbit.book.pages import check_pages, stale_results
from fourbit.book.problem import Problem
from fourbit.book.proofs import check_errors
from fourbit.book.provenance import cores, provenance
from fourbit.book.results import RECORDS, read_records, split_output
from fourbit.book.runner import Outcome, Runner, missing_needs
from fourbit.book.snippets import Snippet, discover
from fourbit.errors import UserError


def check(
    root: Path,
    chapter: str | None = None,
    update: bool = False,
    record: str | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Problem]:
    """Everything that is wrong with the book, or with one chapter of it (`03_gptq` or `03-gptq`).

    `errors` stands for all entries of the knowledge base, `errors/SLUG` for one.

    `update` rewrites outputs, figures and notebooks that changed. `record` names one recorded snippet
    (`bench` or `03_gptq.bench`), which is measured on this machine; nothing else is done then.
    `progress` is told a line per snippet, and `warning: ...` per recorded result that is stale.
    """
    if chapter and chapter.split("/")[0] == "errors":
        return check_errors(root, chapter.partition("/")[2] or None, update, progress)
    folder = chapter and _folder(root, chapter)
    snippets = [one for one in discover(root) if folder in (None, one.chapter)]
    if record:
        return record_snippet(_named(snippets, record))
    problems = []
    with Runner(root) as runner:
        for snippet in snippets:
            lack = lacks(snippet)
            found = check_text(snippet) if lack else check_snippet(runner, snippet, update)
            count = f"{len(found)} problem{'s' * (len(found) > 1)}" if found else "ok"
            progress(f"{snippet.name}: {f'skipped, {lack}' if lack else count}")
            problems += found
    for stale in stale_results(root, folder):
        progress(f"warning: {stale}")
    return problems + check_orphans(root, folder) + check_pages(root, folder)


def lacks(snippet: Snippet) -> str | None:
    """Why a snippet that every test run should execute cannot run here; None when it can."""
    return missing_needs(snippet) if snippet.tier == "run" else None


def check_text(snippet: Snippet) -> list[Problem]:
    """What is wrong with a snippet as far as reading it tells."""
    return [] if snippet.tier == "shown" else check_syntax(snippet) or check_api(snippet)


def check_snippet(runner: Runner, snippet: Snippet, update: bool = False) -> list[Problem]:
    """What is wrong with one snippet, and with the notebook it makes, as far as its tier lets us look."""
    found = check_text(snippet)
    if found or snippet.tier in ("checked", "shown"):
        return found
    if snippet.tier == "recorded":
        return _check_recorded(snippet)
    found = _check_run(runner, snippet, update)
    return found + check_lab(runner, snippet, update) if snippet.path.name == "lab.py" else found


def _check_run(runner: Runner, snippet: Snippet, update: bool) -> list[Problem]:
    before = footprint(snippet)
    outcome = runner.run(snippet)
    problems = [problem(snippet, *one) for one in before.settle(update and outcome.exit_code == 0)]
    failure = _failure(snippet, outcome)
    if failure:
        return [failure, *problems]
    text = _recording(snippet, outcome)
    recorded = snippet.output.read_text(encoding="utf-8") if snippet.output.is_file() else ""
    diff = compare(recorded, text, snippet.tolerance)
    if diff and update:
        snippet.output.write_text(text, encoding="utf-8")
    elif diff:
        found = f"another (- recorded, + now)\n{indent(diff, '    ')}\n" if recorded else "no such file"
        mend = f"fourbit check {snippet.chapter} --update"
        problems.append(problem(snippet, f"its output in {_output(snippet)}", found, mend))
    return problems


def _recording(snippet: Snippet, outcome: Outcome) -> str:
    """The text of a snippet's .out file."""
    return f"$ {snippet.command}\n{normalize(outcome.stdout, snippet.root)}"


def _output(snippet: Snippet) -> str:
    return snippet.output.relative_to(snippet.root).as_posix()


def _failure(snippet: Snippet, outcome: Outcome) -> Problem | None:
    again = f"fourbit check {snippet.chapter}"
    if outcome.timed_out:
        expected, found = f"an end within {snippet.timeout:g} s", "it still running, and stopped it"
        mend = f"make it faster or raise `timeout` in its header, then {again}"
        return problem(snippet, expected, found, mend)
    if outcome.truncated:
        return problem(snippet, "at most 200 kB of output", "more", f"print less, then {again}")
    if outcome.exit_code:
        last = "\n".join((outcome.stderr or outcome.stdout).rstrip().splitlines()[-15:])
        found = f"{outcome.exit_code}\n{indent(normalize(last, snippet.root), '    ')}"
        return problem(snippet, "exit code 0", found, f"mend the snippet, then {again}")
    return None


def _check_recorded(snippet: Snippet) -> list[Problem]:
    mend = f"fourbit check {snippet.chapter} --record {snippet.path.stem}"
    name = _output(snippet)
    record = read_records(snippet.path.parent).get(snippet.path.stem)
    if not snippet.output.is_file():
        return [problem(snippet, f"its recorded output in {name}", "no such file", mend)]
    if record is None:
        return [problem(snippet, f"{snippet.path.stem!r} in results.json beside it", "no such entry", mend)]
    command, _, value = split_output(snippet.output.read_text(encoding="utf-8"))
    if command != f"$ {snippet.command}":
        return [problem(snippet, f"`$ {snippet.command}` as line 1 of {name}", f"`{command}`", mend)]
    if (value or {}) != record["value"]:
        found = f"{json.dumps(value or {})}, while results.json has {json.dumps(record['value'])}"
        return [problem(snippet, f"one result in {name} and results.json", found, mend)]
    return []


def record_snippet(snippet: Snippet) -> list[Problem]:
    """Run a recorded snippet with all cores of this machine; write its output, result and provenance."""
    if snippet.tier != "recorded":
        mend = f"fourbit check {snippet.chapter} --update"
        raise UserError(f"{snippet.file}: tier {snippet.tier!r} is not measured by hand; {mend}")
    lack = missing_needs(snippet)
    if lack:
        raise UserError(f"{snippet.file}: {lack}")
    with Runner(snippet.root, threads=cores()) as runner:
        outcome = runner.run(snippet)
    failure = _failure(snippet, outcome)
    if failure:
        return [failure]
    text = _recording(snippet, outcome)
    value = split_output(text)[2] or {}
    records = read_records(snippet.path.parent)
    records[snippet.path.stem] = {"value": value, "provenance": provenance(snippet, value, outcome.seconds)}
    snippet.output.write_text(text, encoding="utf-8")
    body = json.dumps(dict(sorted(records.items())), indent=2, ensure_ascii=False)
    (snippet.path.parent / RECORDS).write_text(body + "\n", encoding="utf-8")
    return []


def check_orphans(root: Path, folder: str | None = None) -> list[Problem]:
    """Recorded outputs and results that no snippet makes any more."""
    made = {one.path.with_suffix("") for one in discover(root)}
    problems = []
    for output in sorted((root / "snippets").glob(f"{folder or '*'}/*.out")):
        if output.with_suffix("") not in made:
            page = output.relative_to(root).as_posix()
            problems.append(Problem(page, 1, "the snippet that makes it", "none", "remove this file"))
    for file in sorted((root / "snippets").glob(f"{folder or '*'}/{RECORDS}")):
        for stem in read_records(file.parent):
            if file.parent / stem not in made:
                page = file.relative_to(root).as_posix()
                problems.append(Problem(page, 1, f"a snippet {stem}", "none", f"remove the entry {stem!r}"))
    return problems


def problem(snippet: Snippet, expected: str, found: str, mend: str) -> Problem:
    """A Problem at the line of the page that shows the snippet's output, or else its code."""
    output = snippet.output.relative_to(snippet.root / "snippets").as_posix()
    for wanted in (output, snippet.name):
        for page in read_pages(snippet.root):
            for fence in page.fences:
                for line, (file, _) in enumerate(fence.includes, fence.first + 1):
                    if file == wanted:
                        return Problem(page.name, line, expected, found, mend)
    return Problem(snippet.file, 1, expected, found, mend)


def _folder(root: Path, chapter: str) -> str:
    """The snippet folder of a chapter; UserError when there is neither such a folder nor such a page."""
    pages = {path.stem for path in (root / "docs" / "learn").glob("[0-9][0-9]-*.md")}
    known = {name.replace("-", "_") for name in pages} | {one.chapter for one in discover(root)}
    folder = chapter.replace("-", "_")
    if folder not in known:
        raise UserError(f"no chapter {chapter!r}; there are: {', '.join(sorted(known)) or 'none yet'}")
    return folder


def _named(snippets: list[Snippet], name: str) -> Snippet:
    found = [one for one in snippets if name in (one.path.stem, one.key, one.name)]
    if len(found) != 1:
        among = ", ".join(one.key for one in found or snippets if one.tier == "recorded") or "none"
        many = "several snippets are" if found else "no snippet is"
        raise UserError(f"{many} named {name!r}; recorded: {among}")
    return found[0]
