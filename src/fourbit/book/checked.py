"""Snippets that name a library's record: they must parse, and use only names and arguments that the library has.

What a library has is read from records under `snippets/api/`, made by `fourbit.book.apirecord`.
"""

import ast
import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

from fourbit.book.problem import Problem
from fourbit.book.snippets import Snippet
from fourbit.book.uses import RECORD, Use, near

OPERATORS = set("();<>|&")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
FLAG = re.compile(r"--?[A-Za-z][\w-]*")


def check_syntax(snippet: Snippet) -> list[Problem]:
    """A Problem when a snippet does not parse as Python or as bash."""
    mend = "mend the snippet"
    if snippet.path.suffix == ".sh":
        how = {"cwd": snippet.root, "env": {**os.environ, "LC_ALL": "C"}, "text": True}
        run = subprocess.run(["bash", "-n", snippet.file], **how, capture_output=True, check=False)
        if run.returncode == 0:
            return []
        line, message = re.search(r": line (\d+): (.*)", run.stderr).groups()
        return [Problem(snippet.file, int(line), "valid bash", message, mend)]
    try:
        ast.parse(snippet.text)
    except SyntaxError as error:
        return [Problem(snippet.file, error.lineno or 1, "valid Python", error.msg, mend)]
    return []


def check_api(snippet: Snippet) -> list[Problem]:
    """A Problem for each use of a library that its record does not allow."""
    names, commands = {}, {}
    for pin in snippet.api:
        package, _, version = pin.partition("==")
        file = snippet.root / "snippets" / "api" / f"{package}-{version}.json"
        if not file.is_file():
            mend = f"{RECORD} --package {package} --version {version} --names ..."
            return [Problem(snippet.file, 1, f"the record snippets/api/{file.name}", "no such file", mend)]
        record = json.loads(file.read_text(encoding="utf-8"))
        source = f"{package} {version}"
        names |= {name: {**entry, "source": source} for name, entry in record["names"].items()}
        commands |= {name: {**entry, "source": source} for name, entry in record["commands"].items()}
    if snippet.path.suffix == ".sh":
        found = _check_flags(snippet.text, commands)
    else:
        use = Use(names)
        use.visit(ast.parse(snippet.text))
        found = use.found
    return [Problem(snippet.file, *one) for one in found]


def _check_flags(text: str, commands: dict[str, dict]) -> Iterator[tuple[int, str, str, str]]:
    for line, words in shell_commands(text):
        while words and ASSIGNMENT.match(words[0]):
            words = words[1:]
        parts = [Path(words[0]).name, *words[1:]] if words else []
        fits = [name for name in commands if parts[: len(name.split())] == name.split()]
        if not fits:
            continue
        name = max(fits, key=len)
        entry = commands[name]
        short = any(not flag.startswith("--") for flag in entry["flags"])
        for word in parts:
            flag = FLAG.match(word)
            if flag and (short or word.startswith("--")) and flag[0] not in entry["flags"]:
                expected = f"a flag of {name} of {entry['source']}{near(flag[0], entry['flags'])}"
                yield line, expected, repr(flag[0]), "correct the flag"


def shell_commands(text: str) -> Iterator[tuple[int, list[str]]]:
    """(line, words) of each simple command of a bash script; continued lines joined, pipes split."""
    joined, start = "", 1
    for number, line in enumerate(text.split("\n"), 1):
        if not joined:
            start = number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            joined += line[:-1] + " "
            continue
        lexer = shlex.shlex(joined + line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        joined = ""
        words: list[str] = []
        try:
            tokens = list(lexer)
        except ValueError:  # a quote that spans lines holds text, not flags
            continue
        for token in tokens:
            if set(token) <= OPERATORS:
                yield start, words
                words = []
            else:
                words.append(token)
        yield start, words
