"""Calls that tutorials show and that no longer work: each is run here, and so is what replaces it.

A row is a block of three lines: the last version that took the call and the entry of the knowledge base about it (or -),
the old call, the new one.
"""

import json
import logging
import os
import tempfile
import warnings
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

SHOWN = 100  # characters of an error that the table has


def prove(text: str, names: dict | None = None) -> None:
    """Run every old and new call and print them as JSON, as rows of old, last, now, new, entry.

    text   blocks of three lines
    names  what the calls may use
    AssertionError when an old call works, or a new one does not.
    """
    rows = []
    for block in text.strip().split("\n\n"):
        head, old, new = block.split("\n")
        last, entry = head.rsplit(" ", 1)
        error, failure = attempt(old, names), attempt(new, names)
        assert error, f"works again: {old}"
        assert not failure, f"{new}: {failure}"
        link = f"[{entry}](errors/{entry}.md)" if entry != "-" else ""
        shown = error if len(error) <= SHOWN else f"{error[:SHOWN].rstrip()}…"
        rows.append({"old": f"`{old}`", "last": last, "now": f"`{shown}`", "new": f"`{new}`", "entry": link})
    print(json.dumps({"rows": rows}))


def attempt(call: str, names: dict | None) -> str:
    """The error of a call, run in an empty folder, as one line of Markdown text; empty when it works."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        os.chdir(folder)
        try:
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                exec(call, dict(names or {}))  # noqa: S102  running it is the purpose
        except Exception as error:  # noqa: BLE001  whatever it says is shown
            text = error.args[0] if isinstance(error, KeyError) else error
            first = str(text).strip().split("\n")[0].split(" (/")[0]
            return f"{type(error).__name__}: {first}".replace("`", "'").rstrip(": ")
        finally:
            os.chdir(before)
            logging.disable(logging.NOTSET)
    return ""
