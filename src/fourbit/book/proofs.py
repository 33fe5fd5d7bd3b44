"""The proof of an entry: its repro ends with the message that its page shows, and its fix runs clean."""

import re
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from textwrap import indent

from fourbit import kb
from fourbit.book.checked import check_syntax
from fourbit.book.contents import Contents
from fourbit.book.errors import Entry, build_index, find_entries, index_text, is_entry, read_entry, script
from fourbit.book.fences import OUTPUT
from fourbit.book.normalize import normalize
from fourbit.book.page import Mistake
from fourbit.book.problem import Problem
from fourbit.book.prover import Prover, Run
from fourbit.book.runner import missing_needs
from fourbit.book.snippets import TIERS, Snippet
from fourbit.errors import UserError
from fourbit.kb.match import ANY, contains, pattern, words

STEMS = ("repro", "fix")
MESSAGE = "expected.txt"
HEADINGS = ["Cause", "Fix", "Check"]
LONG = 400  # characters of a line of a message that are kept
COLUMNS = 72
CLOCK = re.compile(r"^\d+(?:\.\d+){3} [A-Z] ", re.MULTILINE)  # llama.cpp: time since start, level
# A thread of it may break into a line that Python prints.
BETWEEN = re.compile(r"(?<=[^\s\d])(?=\d+(?:\.\d+){3} [A-Z] )")
FRAME = re.compile(r'  File "')


def check_errors(
    root: Path,
    slug: str | None = None,
    update: bool = False,
    progress: Callable[[str], None] = lambda line: None,
) -> list[Problem]:
    """Everything that is wrong with the entries, or with one: its page, its folder, its proof.

    `update` writes the message of the repro into expected.txt, and the index that `fourbit errors` searches.
    """
    contents = Contents(root)
    problems = [
        mistake.at(page.name, 1) for page in contents.pages if is_entry(page) and (mistake := _unread(page))
    ]
    if problems:
        return problems
    entries = find_entries(contents.pages)
    chosen = [one for one in entries if slug in (None, one.slug)]
    if not chosen:
        raise UserError(f"no entry {slug!r} under docs/errors; correct the name")
    with Prover(root) as prover:
        prover.start(scripts(chosen, root))
        for one in chosen:
            found = prove(one, root, prover, update)
            progress(f"{one.slug}: {len(found) or 'no'} problem{'s' * (len(found) != 1)}")
            problems += found
    for one in chosen:
        problems += check_entry(one, contents, entries)
    if slug is None:
        problems += check_folders(root, entries)
    return sorted(problems + check_index(contents, update))


def _unread(page) -> Mistake | None:
    try:
        read_entry(page)
    except Mistake as mistake:
        return mistake
    return None


def scripts(entries: list[Entry], root: Path) -> list[Snippet]:
    """What can run here: repros and fixes of tier run, and repros that are said not to run, to see whether they do."""
    found = ((stem, one) for entry in entries for stem in STEMS if (one := script(entry, root, stem)))
    return [one for stem, one in found if (one.tier == "run" or stem == "repro") and not missing_needs(one)]


def skipped(entry: Entry, root: Path) -> list[str]:
    """Why a repro or fix that every test run should execute cannot run here."""
    pair = (script(entry, root, stem) for stem in STEMS)
    return [
        f"{one.name} {lack}" for one in pair if one and one.tier == "run" and (lack := missing_needs(one))
    ]


def prove(entry: Entry, root: Path, prover: Prover, update: bool = False) -> list[Problem]:
    """What its repro and fix did wrong; both were given to the prover, if they can run here."""
    problems = []
    able = {one.name for one in scripts([entry], root)}
    repro, fix = (script(entry, root, stem) for stem in STEMS)
    if repro and repro.name in able:
        run = prover.run(repro.name)
        if update and repro.tier == "run" and (run.exit_code or entry.warning):
            path = entry.folder(root) / MESSAGE
            if not path.is_file() or _shown(path, run, root) or not _own(entry, path.read_text("utf-8")):
                path.write_text(message(entry, run, root), encoding="utf-8")
        wrong = _wrong_repro(entry, root, run)
        if repro.tier == "run" and wrong:
            problems.append(Problem(repro.file, 1, *wrong))
        elif repro.tier != "run" and not wrong:
            found = f"tier {repro.tier!r}, while it raises the message here"
            problems.append(Problem(repro.file, 1, "no exemption that is not needed", found, "make it `run`"))
    if fix and fix.name in able:
        run = prover.run(fix.name)
        if run.exit_code or run.timed_out:
            problems.append(
                Problem(fix.file, 1, "a fix that ends with exit code 0", _end(run, root), "mend it")
            )
    return problems


def _wrong_repro(entry: Entry, root: Path, run: Run) -> tuple[str, str, str] | None:
    mend = f"mend it, or take over the message: fourbit check errors/{entry.slug} --update"
    if run.timed_out:
        return "an end in time", "it still running, and stopped it", "make it faster or raise its timeout"
    if bool(run.exit_code) == entry.warning:
        return f"exit code {'0' if entry.warning else 'other than 0'}", _end(run, root), "mend it"
    path = entry.folder(root) / MESSAGE
    if not path.is_file():
        return f"its message in {MESSAGE}", "no such file", mend
    return ("the message of its page", _end(run, root), mend) if _shown(path, run, root) else None


def _shown(path: Path, run: Run, root: Path) -> bool:
    """Whether the message in a file is missing from what was printed."""
    lines = path.read_text(encoding="utf-8").strip("\n").split("\n")
    parts = [
        r"(?:.*\n)*?.*" if line == ANY else r".*?".join(map(re.escape, line.split(ANY))) for line in lines
    ]
    wanted = re.compile(r"^[ \t]*" + r"[ \t]*\n[ \t]*".join(parts) + "[ \t]*$", re.MULTILINE)
    return not wanted.search(_printed(run, root))


def _printed(run: Run, root: Path) -> str:
    return CLOCK.sub("", BETWEEN.sub("\n", normalize(f"{run.stdout}\n{run.stderr}", root)))


def _end(run: Run, root: Path) -> str:
    last = _printed(run, root).rstrip().splitlines()[-12:]
    return f"exit code {run.exit_code}\n" + indent("\n".join(line[:LONG] for line in last), "    ") + "\n"


def message(entry: Entry, run: Run, root: Path) -> str:
    """What a page shows: the end of the output if its pattern fits there, else the last line that it fits."""
    text = _last(run, root)
    if not _own(entry, text):
        lines = _printed(run, root).split("\n")
        text = next((line for line in reversed(lines) if _own(entry, line)), text)
    cut = (line if len(line) <= LONG else f"{line[:LONG].rstrip()}{ANY}" for line in text.split("\n"))
    return "\n".join(line.strip() for line in cut) + "\n"


def _last(run: Run, root: Path) -> str:
    """What follows the last frame of a traceback, or the last line."""
    lines = normalize(run.stderr or run.stdout, root).rstrip("\n").split("\n")
    inside = [number for number, line in enumerate(lines) if FRAME.match(line)]
    start = len(lines) - 1
    if inside:
        start = inside[-1] + 1
        while start < len(lines) - 1 and lines[start].startswith("    "):
            start += 1
    return "\n".join(lines[start:])


def check_entry(entry: Entry, contents: Contents, entries: list[Entry]) -> Iterator[Problem]:
    """Page and folder agree, the page has its order, the pattern fits this message and no other."""
    yield from _page(entry, contents.root)
    yield from _tier(entry, contents.root)
    folder = entry.folder(contents.root)
    if not (folder / MESSAGE).is_file():
        yield Problem(
            entry.page.name, 1, f"the message in {folder.name}/{MESSAGE}", "no such file", "write it"
        )
        return
    message = (folder / MESSAGE).read_text(encoding="utf-8")
    if not _own(entry, message):
        found = f"{entry.patterns} and {message.strip()!r}"
        yield Problem(entry.page.name, 1, "a pattern that fits its message", found, "correct the pattern")
    for other in entries:
        if other is not entry and _fits(other, message):
            found = f"that of {other.slug}, too"
            yield Problem(
                entry.page.name, 1, "a message that fits one entry", found, "make the patterns differ"
            )
    for slug in entry.related:
        if slug == entry.slug or slug not in {one.slug for one in entries}:
            yield Problem(entry.page.name, 1, "related entries that exist", repr(slug), "correct the slug")


def _own(entry: Entry, message: str) -> bool:
    return any(contains(pattern(one), words(message)) for one in entry.patterns)


def _fits(entry: Entry, message: str) -> bool:
    here = not entry.where or any(word.lower() in message.lower() for word in entry.where)
    return here and _own(entry, message)


def _page(entry: Entry, root: Path) -> Iterator[Problem]:
    page, folder = entry.page, f"errors/{entry.slug}"
    headings = re.findall(r"^## (.+)$", page.markup, re.MULTILINE)
    if headings != HEADINGS:
        yield Problem(
            page.name, 1, f"the sections {', '.join(HEADINGS)}", ", ".join(headings) or "none", "so"
        )
    if page.title != entry.title:
        yield Problem(page.name, 1, "its title as heading", repr(page.title), f"write # {entry.title}")
    if page.markup.rstrip().rpartition("\n")[2] != "[[entry]]":
        yield Problem(page.name, len(page.lines), "[[entry]] as last line", "none", "add it")
    shown = [(fence.language, name) for fence in page.fences for name, _ in fence.includes]
    if shown[:1] != [(OUTPUT, f"{folder}/{MESSAGE}")]:
        yield Problem(page.name, 1, f"the message, {folder}/{MESSAGE}, first", str(shown[:1]), "show it")
    opening = re.search(r"^# .+\n+([\s\S]*?)^## ", page.markup, re.MULTILINE)
    if not opening or not opening[1].strip():
        yield Problem(page.name, 1, "a sentence on what it means after the message", "none", "write it")
    names = {name for _, name in shown}
    for stem in STEMS:
        one = script(entry, root, stem)
        if one and one.name not in names:
            yield Problem(page.name, 1, f"a fence that shows {one.name}", "none", "show it")
        if one:
            yield from check_syntax(one)
            for number, line in enumerate(one.text.split("\n"), 1):
                if len(line) > COLUMNS:
                    yield Problem(one.file, number, f"at most {COLUMNS} columns", str(len(line)), "wrap it")


def _tier(entry: Entry, root: Path) -> Iterator[Problem]:
    pair = [script(entry, root, stem) for stem in STEMS]
    weakest = max((one.tier if one else "shown" for one in pair), key=TIERS.index)
    if entry.tier != weakest:
        found = f"{entry.tier!r}, while repro and fix make it {weakest!r}"
        yield Problem(entry.page.name, 1, "the weakest tier of repro and fix", found, "correct `tier`")
    reasons = [entry.exempt, *(one.reason for one in pair if one)]
    if weakest != "run" and not any(reasons):
        yield Problem(entry.page.name, 1, "a reason why it is not run", "none", "add `exempt: kind: why`")
    if entry.exempt and weakest == "run":
        yield Problem(entry.page.name, 1, "no exemption that is not needed", entry.exempt, "delete `exempt`")
    needs = re.match(r"package ([\w.-]+):", entry.exempt)
    if needs and (shutil.which(needs[1]) or find_spec(needs[1].split(".")[0].replace("-", "_"))):
        found = f"{entry.exempt!r}, and {needs[1]} is installed"
        yield Problem(entry.page.name, 1, "no exemption that is not needed", found, "write repro and fix")


def check_folders(root: Path, entries: list[Entry]) -> Iterator[Problem]:
    """Folders without a page, and files in them that nothing knows."""
    slugs = {one.slug for one in entries}
    for folder in sorted((root / "snippets" / "errors").glob("*")):
        if folder.name not in slugs and folder.is_dir():
            page = folder.relative_to(root).as_posix()
            yield Problem(page, 1, f"the page docs/errors/{folder.name}.md", "none", "write or delete it")


def check_index(contents: Contents, update: bool = False) -> list[Problem]:
    """The index in the package must be what the pages say."""
    text = index_text(build_index(contents.root, contents.pages))
    if kb.INDEX.is_file() and kb.INDEX.read_text(encoding="utf-8") == text:
        return []
    if update:
        kb.INDEX.write_text(text, encoding="utf-8")
        return []
    page = kb.INDEX.name
    mend = "fourbit check errors --update"
    return [Problem(f"src/fourbit/kb/{page}", 1, "the index of the pages", "another", mend)]
