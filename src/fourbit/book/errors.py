"""Entries of the knowledge base: one page `docs/errors/<slug>.md`, one folder `snippets/errors/<slug>/`.

What an entry is stands in the front matter of its page; the index page and the end of each page are generated from it.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from fourbit.book.page import Mistake, Page
from fourbit.book.snippets import TIERS, Snippet, load
from fourbit.kb import match

if TYPE_CHECKING:
    from fourbit.book.contents import Place

FOLDER = "docs/errors"
CATEGORIES = {
    "install": "Installation and versions",
    "download": "Downloads and access",
    "loading": "Loading a model",
    "quantizing": "Quantizing",
    "calibration": "Calibration data",
    "tokenizer": "Tokenizers and chat templates",
    "gguf": "GGUF files and llama.cpp",
    "running": "Running a model",
    "memory": "Memory",
    "training": "Fine-tuning",
    "fourbit": "The fourbit command",
}
REQUIRED = ("title", "description", "pattern", "tools", "category", "tier", "seen", "thread", "related")
OPTIONAL = ("where", "general", "warning", "exempt")
EXEMPT = re.compile(r"(gpu|macos|windows|network|binary|package [\w.-]+): \S.*")


@dataclass(frozen=True)
class Entry:
    """One error.

    patterns  wordings of the message; `…` stands for what differs from case to case
    tools     tool -> versions that say it
    tier      run: raised and mended by every test run; else the weakest tier of its repro and fix
    seen      day on which it was first raised or read here
    thread    address of a public thread about it, or "none: " and the reason
    where     words of which a paste must have one, for messages that other programs print too
    general   it follows from another error, which the paste often has as well
    warning   the program goes on after it
    exempt    what it needs and why nothing raises it here: "gpu: ..."
    """

    page: Page
    title: str
    description: str
    patterns: tuple[str, ...]
    tools: dict[str, str]
    category: str
    tier: str
    seen: str
    thread: str
    related: tuple[str, ...]
    where: tuple[str, ...] = ()
    general: bool = False
    warning: bool = False
    exempt: str = ""

    @property
    def slug(self) -> str:
        return Path(self.page.name).stem

    def folder(self, root: Path) -> Path:
        return root / "snippets" / "errors" / self.slug


def is_entry(page: Page) -> bool:
    return page.name.startswith(f"{FOLDER}/") and not page.name.endswith("/index.md")


@cache
def read_entry(page: Page) -> Entry:
    """The entry of a page; Mistake when its front matter is not as it must be."""
    import yaml  # with MkDocs and with transformers

    head = "\n".join(page.lines[1 : page.lines.index("---", 1)]) if page.text.startswith("---\n") else ""
    try:
        fields = yaml.safe_load(head)
    except yaml.YAMLError as error:
        raise Mistake("front matter in YAML", str(error).replace("\n", " "), "correct it") from None
    if not isinstance(fields, dict):
        raise Mistake("front matter", "none", f"start with --- and the fields {', '.join(REQUIRED)}")
    for name in fields:
        if name not in REQUIRED + OPTIONAL:
            raise Mistake(f"the fields {', '.join(REQUIRED + OPTIONAL)}", repr(name), "correct or delete it")
    for name in REQUIRED:
        if not fields.get(name) and name != "related":
            raise Mistake(f"a field {name!r}", "none", "add it to the front matter")
    patterns = _list(fields.pop("pattern"))
    fields |= {name: tuple(_list(fields.get(name))) for name in ("related", "where")}
    entry = Entry(page, patterns=tuple(patterns), **(fields | {"seen": str(fields["seen"])}))
    _check_fields(entry)
    return entry


def _list(value) -> list[str]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _check_fields(entry: Entry) -> None:
    if entry.category not in CATEGORIES:
        raise Mistake(f"a category of {', '.join(CATEGORIES)}", repr(entry.category), "take one of these")
    if entry.tier not in TIERS:
        raise Mistake(f"a tier of {', '.join(TIERS)}", repr(entry.tier), "take one of these")
    if not isinstance(entry.tools, dict):
        raise Mistake("tools as `name: versions` pairs", repr(entry.tools), "write `tools: {gguf: all}`")
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", entry.seen):
        raise Mistake("`seen` as YYYY-MM-DD", repr(entry.seen), "write the day")
    if not re.fullmatch(r"https://\S+|none: \S.*", entry.thread):
        raise Mistake("`thread` as an address or `none: ` and the reason", repr(entry.thread), "correct it")
    if entry.exempt and not EXEMPT.fullmatch(entry.exempt):
        found = repr(entry.exempt)
        raise Mistake("`exempt` as `gpu: why` (or macos, windows, network, binary, package X)", found, "so")
    if any(not match.pattern(one) for one in entry.patterns):
        raise Mistake("words in every pattern", repr(entry.patterns), "give the message's own words")


def find_entries(pages: list[Page]) -> list[Entry]:
    """All entries, by title within their category."""
    entries = [read_entry(page) for page in pages if is_entry(page)]
    order = list(CATEGORIES)
    return sorted(entries, key=lambda one: (order.index(one.category), one.title.casefold()))


def script(entry: Entry, root: Path, stem: str) -> Snippet | None:
    """Its `repro` or `fix`, a Python or shell script; None when there is none."""
    paths = (entry.folder(root) / f"{stem}{suffix}" for suffix in (".py", ".sh"))
    return next((load(path, root) for path in paths if path.is_file()), None)


def build_index(root: Path, pages: list[Page]) -> dict:
    """What `fourbit.kb` searches: entries, and the weight of each word of their patterns."""
    from fourbit.book.weights import weights

    entries = []
    for one in sorted((read_entry(page) for page in pages if is_entry(page)), key=lambda one: one.slug):
        fix = script(one, root, "fix")
        entries.append(
            {
                "slug": one.slug,
                "title": one.title,
                "meaning": one.description,
                "category": one.category,
                "tools": list(one.tools),
                "patterns": [match.pattern(text) for text in one.patterns],
                "where": [word.lower() for word in one.where],
                "general": one.general,
                "fix": section(fix.text, "fix") if fix else "",
            }
        )
    return {"entries": entries, "words": weights([one["patterns"] for one in entries])}


def section(text: str, name: str) -> str:
    """A named section of a snippet, or all of it below its header."""
    found = re.search(rf"^.*\[start: ?{name}\].*\n([\s\S]*?)^.*\[end: ?{name}\]", text, re.MULTILINE)
    return (found[1] if found else re.sub(r"^# /// script\n(?:#.*\n)+?# ///\n+", "", text)).strip("\n")


def index_text(index: dict) -> str:
    """The index as its file has it: one entry a line, for small diffs."""
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in index["entries"])
    return f'{{"entries": [\n{lines}\n],\n"words": {json.dumps(index["words"])}}}\n'


def errors(place: "Place", argument: str) -> str:
    """`[[errors]]`: the place of the paste box, and every entry by category."""
    contents = place.contents
    data = build_index(contents.root, contents.pages)
    for one in data["entries"]:
        del one["fix"], one["meaning"]
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    head = f'<div id="fb-errors" hidden></div><script type="application/json" id="fb-errors-index">{text}</script>'
    lines, category = [place.stash(head)], None
    for one in find_entries(contents.pages):
        if one.category != category:
            category = one.category
            lines += ["", f"## {CATEGORIES[category]} {{: #{category} }}", ""]
        data = f'data-slug="{one.slug}" data-tools="{" ".join(one.tools)}" data-category="{category}"'
        lines.append(f"- [{one.title}]({place.link(one.page.name)}){{: {data} }}: {one.description}")
    return "\n".join(lines)


def exempt(place: "Place", argument: str) -> str:
    """`[[exempt]]`: the entries that no test raises, each with its reason."""
    rows = ["| Entry | Why no test raises or mends it |", "|---|---|"]
    for one in find_entries(place.contents.pages):
        reason = one.exempt or _reasons(place, one)
        if one.tier != "run":
            rows.append(f"| [{one.title}]({place.link(one.page.name)}) | {reason} |")
    return "\n".join(rows) if len(rows) > 2 else "None: every entry is raised and mended by the tests."


def _reasons(place: "Place", entry: Entry) -> str:
    found = (script(entry, place.contents.root, stem) for stem in ("repro", "fix"))
    return "; ".join(f"{one.path.name}: {one.reason}" for one in found if one and one.reason)


def entry(place: "Place", argument: str) -> str:
    """`[[entry]]`: versions, source and related entries, from the front matter of the page it stands on."""
    pages = {page.name: page for page in place.contents.pages}
    if place.page not in pages or not is_entry(pages[place.page]):
        raise Mistake(f"[[entry]] on a page under {FOLDER}/", f"it on {place.page}", "remove it")
    one = read_entry(pages[place.page])
    pins = _pins(place.contents.root, one)
    lines = ["## Versions", "", "| Tool | Says it | Raised here with |", "|---|---|---|"]
    for tool, versions in one.tools.items():
        lines.append(f"| {tool} | {versions} | {pins.get(tool.lower(), '')} |")
    kind = "warning" if one.warning else "error"
    lines += [
        "",
        "## Source",
        "",
        f"First recorded here on {one.seen}, as {'a' * (kind == 'warning')}{'an' * (kind == 'error')} {kind}. {_source(one)}",
    ]
    known = {read_entry(page).slug: read_entry(page) for page in pages.values() if is_entry(page)}
    lines += ["", "## Related", ""]
    for slug in one.related:
        if slug not in known:
            raise Mistake("related entries that exist", repr(slug), "correct the slug")
        lines.append(f"- [{known[slug].title}]({slug}.md)")
    lines.append(f"- [All of “{CATEGORIES[one.category]}”](index.md#{one.category})")
    return "\n".join(lines)


def _source(entry: Entry) -> str:
    if entry.thread.startswith("none: "):
        return f"No public thread: {entry.thread.removeprefix('none: ')}."
    name = re.sub(r"^https://(?:github\.com/)?", "", entry.thread)
    return f"People who met it: [{re.sub(r'/(?:issues|pull)/', '#', name)}]({entry.thread})."


def _pins(root: Path, entry: Entry) -> dict[str, str]:
    """tool -> version that the tests install, from the constraints of the environment its repro runs in."""
    repro = script(entry, root, "repro")
    if not repro or repro.tier != "run":
        return {}
    files = [f"environments/{repro.environment}.txt" if repro.environment else "constraints.txt"]
    files += [f"environments/overlays/{name}.txt" for name in repro.overlays[::-1]]  # the first is on top
    text = "\n".join((root / file).read_text(encoding="utf-8") for file in files)
    pins = {
        name.lower().replace("_", "-"): version
        for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    }
    if version := pins.get("xllamacpp"):
        pins["llama.cpp"] = f"xllamacpp {version}"
    return pins | {name.replace("-", "_"): version for name, version in pins.items()}
