"""Every message that `fourbit` can print as an error has an entry in the knowledge base, or explains itself.

The messages are read from the source, with … for what is filled in. One explains itself when it says what to do, or what
would be taken instead, or passes on the reason that another program gave.
"""

import ast
import re
from pathlib import Path

import pytest

import fourbit
from fourbit import kb
from fourbit.kb.match import ANY

SOURCE = Path(fourbit.__file__).parent
DO = re.compile(  # an imperative or a command: "give a longer text", "run: pip install ..."
    r"(?:^|[;:,.?] |\b(?:and|or|then|to|, ))\b"
    r"(?:add|ask|change|choose|convert|correct|download|drop|free|get|give|install|keep|leave|load|look|lower|make|measure|mend"
    r"|name|pass|pick|put|quantize|raise|reinstall|remove|rename|report|retry|run|say|see|set|start|take|try|update|use|write)\b"
    r"|\b(?:give a|others use|goes on with|goes first|with --resume)\b|`|\bfourbit [a-z]+|--\w+ (?:\S+ )?(?:goes|keeps)\b",
    re.IGNORECASE,
)
TAKES = re.compile(  # what would be taken: a range, a list, a kind
    r"\bmust\b|\bonly\b|\bat (?:most|least)\b|\bfrom \S+ (?:to|up)\b|\bthere (?:are|is)\b|\bknown\b|\bnone of\b|\bneeds\b"
    r"|\bcan$|\bcan be\b|\bdo\b$|\bmay\b|\bare (?:read here|given as)\b|; (?:\S+ )?has\b|\bthat (?:do|divide)\b|\btakes\b|a model directory has"
    r"|\bis no (?:number|quantization|\S+ of)|\bno size of|\bnot (?:a whole|among)|\ba positive number|\bneither a\b|\bwithout a\b|its 8-bit type is"
)
PASSES_ON = re.compile(
    r"(?:: |^|\()…\)?$|; …$|^… …$|^interrupted|\bfound; "
)  # the reason, or a list, is what is filled in
STATES = (  # what is wrong can only be looked at where it says
    "…: no … in this directory",
    "…: not a JSON object",
    "…: ends within …; it was complete when it was opened",
    "…: nothing here can decode it",
    "…: the file has no general.architecture, so it holds no language model",
    "…: the file has no ….…, which the memory depends on",
    "…: … stores … bits",
    "the … of a token are … wide, which blocks of … (…) do not fill",
    "…: … is in … too",
    "…: column … holds … and not text",
)


def template(node: ast.expr) -> str:
    """The text of a message in the source, with … for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else ANY for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return template(node.left) + template(node.right)
    return ANY


def messages() -> dict[str, str]:
    """Each message of a UserError -> where it is raised."""
    found = {}
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "UserError":
                where = f"{file.relative_to(SOURCE).as_posix()}:{node.lineno}"
                found[template(node.args[0])] = where
    return found


def explained(text: str) -> str | None:
    """How a message helps: the slug of its entry, `do`, `takes`, `passes on` or `states`; None when it does not."""
    found = kb.search(f"error: {text.replace(ANY, 'x')}", 1)
    if found and found[0].slug.startswith("fourbit-"):
        return found[0].slug
    for name, words in (("do", DO), ("takes", TAKES), ("passes on", PASSES_ON)):
        if words.search(text):
            return name
    return "states" if text in STATES else None


def test_every_message_has_an_entry_or_explains_itself():
    found = {text: explained(text) for text in messages()}
    assert len(found) > 250
    lacking = [f"{where}: {text}" for text, where in messages().items() if not found[text]]
    assert not lacking, "\n".join(["say what to do, or write an entry:", *lacking])
    entries = {name for name in found.values() if name and name.startswith("fourbit-")}
    assert len(entries) >= 8, sorted(entries)


def test_every_message_names_what_it_is_about():
    named = re.compile(rf"{ANY}|--\w|^interrupted|^llama.cpp |\bprompt\b|\bmessage\b|\bmodel\b")
    assert not [text for text in messages() if not named.search(text) and not DO.search(text)]


def test_no_exception_is_stale():
    assert set(STATES) <= set(messages())


@pytest.mark.parametrize(
    "text, how",
    [
        ("…: cannot do that", None),
        ("…: the model is damaged", None),
        ("--bits …: a wrong number", None),
        ("…: the model is damaged; download it again", "do"),
        ("--stride …: must be from 1 to …", "takes"),
        ("…: cannot be read: …", "passes on"),
        ("…: not a GGUF file: it starts with '…', not with 'GGUF'", "fourbit-not-a-gguf"),
    ],
)
def test_what_counts_as_help(text, how):
    assert explained(text) == how
