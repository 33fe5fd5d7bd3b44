"""The proof of an entry finds what is wrong with it; each guard is shown an entry that it must refuse."""

import pytest

from fourbit.book import prover as prover_module
from fourbit.book.contents import Contents
from fourbit.book.errors import build_index, find_entries, read_entry
from fourbit.book.page import Mistake, Page
from fourbit.book.proofs import check_entry, check_errors, check_folders, prove, scripts
from fourbit.book.prover import Prover
from fourbit.errors import UserError

PAGE = """\
---
title: Teapot is empty
description: There is no tea.
pattern: teapot … is empty
tools: {pot: all}
category: running
tier: run
seen: 2026-11-21
thread: "none: a test"
related: []
---

# Teapot is empty

```output
--8<-- "errors/teapot/expected.txt"
```

There is no tea.

## Cause

Thirst.

```python
--8<-- "errors/teapot/repro.py"
```

## Fix

```python
--8<-- "errors/teapot/fix.py"
```

## Check

Drink.

[[entry]]
"""
FILES = {
    "mkdocs.yml": "site_name: x\n",
    "constraints.txt": "pot==1.0\n",
    "docs/errors/teapot.md": PAGE,
    "snippets/errors/teapot/repro.py": 'raise ValueError("teapot 7 is empty")\n',
    "snippets/errors/teapot/fix.py": 'print("tea")\n',
    "snippets/errors/teapot/expected.txt": "ValueError: teapot 7 is empty\n",
}


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.setitem(prover_module.LIBRARIES, "", ())
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def change(book, name, old, new):
    path = book / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def problems(book):
    """All but that of the index, which is the one of this repository."""
    return [str(one) for one in check_errors(book) if not one.page.startswith("src/")]


def test_a_sound_entry_has_no_problem(book):
    assert problems(book) == []


@pytest.mark.parametrize(
    "name, old, new, told",
    [
        ("snippets/errors/teapot/repro.py", "is empty", "is full", "expected the message of its page"),
        ("snippets/errors/teapot/repro.py", "raise ", "", "exit code other than 0"),
        (
            "snippets/errors/teapot/fix.py",
            "print",
            "assert not ",
            "a fix that ends with exit code 0",
        ),
        (
            "snippets/errors/teapot/fix.py",
            'print("tea")',
            "print('" + "tea" * 30 + "')",
            "at most 72 columns",
        ),
        ("snippets/errors/teapot/fix.py", "print", "print(", "valid Python"),
        ("docs/errors/teapot.md", "teapot … is empty", "kettle is empty", "a pattern that fits its message"),
        ("docs/errors/teapot.md", "tier: run", "tier: shown", "the weakest tier of repro and fix"),
        ("docs/errors/teapot.md", "related: []", "related: [kettle]", "related entries that exist"),
        ("docs/errors/teapot.md", "## Check", "## Checks", "the sections Cause, Fix, Check"),
        ("docs/errors/teapot.md", "# Teapot is empty\n", "# Teapot\n", "its title as heading"),
        ("docs/errors/teapot.md", "[[entry]]", "", "[[entry]] as last line"),
        ("docs/errors/teapot.md", "errors/teapot/fix.py", "errors/teapot/repro.py", "a fence that shows"),
        (
            "docs/errors/teapot.md",
            "related: []",
            "related: []\nexempt: 'gpu: none'",
            "exemption that is not needed",
        ),
        ("docs/errors/teapot.md", "category: running", "category: tea", "a category of"),
        ("docs/errors/teapot.md", "thread:", "colour:", "the fields title"),
        ("docs/errors/teapot.md", "seen: 2026-11-21", "seen: lately", "YYYY-MM-DD"),
    ],
)
def test_a_mistake_is_found(book, name, old, new, told):
    change(book, name, old, new)
    assert any(told in one for one in problems(book)), problems(book)


def test_a_message_may_fit_one_entry_only(book):
    text = PAGE.replace("/teapot/", "/kettle/").replace("pattern: teapot … is", "pattern: is")
    (book / "docs/errors/kettle.md").write_text(text, encoding="utf-8")
    entries = find_entries(Contents(book).pages)
    found = [str(one) for one in check_entry(entries[1], Contents(book), entries)]
    assert any("a message that fits one entry" in one for one in found), found


def test_an_exemption_that_is_no_longer_needed_fails(book):
    header = '# /// script\n# [tool.fourbit]\n# tier = "recorded"\n# reason = "needs a kettle"\n# ///\n'
    repro = book / "snippets/errors/teapot/repro.py"
    repro.write_text(header + repro.read_text())
    change(book, "docs/errors/teapot.md", "tier: run", "tier: recorded")
    assert any("no exemption that is not needed" in one for one in problems(book))
    repro.write_text(header + "print('no kettle here')\n")
    assert problems(book) == []


def test_a_package_that_is_installed_exempts_no_more(book):
    change(book, "docs/errors/teapot.md", "related: []", "related: []\nexempt: 'package numpy: not here'")
    for stem in ("repro", "fix"):
        (book / f"snippets/errors/teapot/{stem}.py").unlink()
    found = problems(book)
    assert any("numpy is installed" in one for one in found)


def test_a_folder_without_a_page_is_found(book):
    (book / "snippets/errors/kettle").mkdir()
    (found,) = check_folders(book, find_entries(Contents(book).pages))
    assert "docs/errors/kettle.md" in str(found)


def test_a_warning_ends_well(book):
    change(book, "docs/errors/teapot.md", "related: []", "related: []\nwarning: true")
    assert any("expected exit code 0" in one for one in problems(book))
    (book / "snippets/errors/teapot/repro.py").write_text('print("ValueError: teapot 7 is empty")\n')
    assert problems(book) == []


def test_another_thread_may_log_into_the_message_s_line(book):
    log = "0.00.040.645 I slot release"
    repro = f'import sys\n\nprint("ValueError: teapot 7 is empty{log}")\nsys.exit(1)\n'
    (book / "snippets/errors/teapot/repro.py").write_text(repro)
    assert problems(book) == []


def test_front_matter_must_be_there():
    with pytest.raises(Mistake):
        read_entry(Page("docs/errors/x.md", "# X\n"))


def test_an_unknown_entry_is_told(book):
    with pytest.raises(UserError, match="kettle"):
        check_errors(book, "kettle")


def test_the_index_has_words_and_the_fix(book):
    index = build_index(book, Contents(book).pages)
    (entry,) = index["entries"]
    assert entry["patterns"] == [["teapot", "…", "is", "empty"]] and entry["fix"] == 'print("tea")'
    assert index["words"] == {"empty": 1.0, "is": 0.25, "teapot": 1.0}


SCRIPTS = {
    "cwd.py": "import os\nassert os.listdir() == []\nopen('x', 'w').write('x')\nprint(os.listdir())\n",
    "slow.py": "import time\nprint('begun', flush=True)\ntime.sleep(600)\n",
    "signal.py": "import os\nos.kill(os.getpid(), 9)\n",
    "exit.py": "import sys\nsys.exit(3)\n",
    "command.sh": "fourbit --help > help\ngrep Usage help\nfourbit inspect nothing.gguf || echo ended with $?\npwd > here\n",
    "threads.py": "import os\nprint(len(os.listdir('/proc/self/task')))\n",
}


def test_scripts_run_alone_in_an_empty_folder(book):
    folder = book / "snippets/errors/teapot"
    for name, text in SCRIPTS.items():
        (folder / name).write_text(text)
    from fourbit.book.snippets import Snippet

    with Prover(book, jobs=2) as prover:
        prover.start([Snippet(book, folder / name, timeout=1 if "slow" in name else 20) for name in SCRIPTS])
        runs = {name: prover.run(f"errors/teapot/{name}") for name in SCRIPTS}
    assert runs["cwd.py"].stdout == "['x']\n" and runs["cwd.py"].exit_code == 0, runs["cwd.py"].stderr
    assert runs["slow.py"].timed_out and runs["slow.py"].stdout == "begun\n"
    assert runs["signal.py"].exit_code == -9
    assert runs["exit.py"].exit_code == 3
    assert runs["threads.py"].stdout == "1\n"
    assert "Usage: fourbit" in runs["command.sh"].stdout and runs["command.sh"].stdout.endswith(
        "ended with 1\n"
    )
    assert runs["command.sh"].stderr.startswith("error: nothing.gguf")


def test_only_what_can_run_is_started(book):
    (entry,) = find_entries(Contents(book).pages)
    assert [one.path.name for one in scripts([entry], book)] == ["repro.py", "fix.py"]
    with Prover(book) as prover:
        prover.start(scripts([entry], book))
        assert prove(entry, book, prover) == []
