"""Run snippets as a reader would, without paying for `import torch` each time: see server.py."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import fourbit
from fourbit.book.snippets import Snippet

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Outcome:
    stdout: str
    stderr: str
    exit_code: int  # negative: ended by that signal
    seconds: float
    timed_out: bool
    truncated: bool


class Runner:
    """Runs snippets of the book under `root`; a context manager, as it holds a server process."""

    def __init__(self, root: Path, threads: int = 2):
        self.root = root
        self.threads = threads

    def __enter__(self) -> Self:
        self._server = subprocess.Popen(
            [sys.executable, "-W", "ignore:This process:DeprecationWarning", "-m", "fourbit.book.server"],
            cwd=self.root,
            env={**os.environ, **environment(self.threads)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_) -> None:
        self._server.communicate()  # the end of its input is the server's sign to leave

    def run(self, snippet: Snippet) -> Outcome:
        """Run a snippet from the root."""
        if snippet.path.suffix == ".sh":
            return self._ask(snippet, command=[*above(snippet), "bash", "-euo", "pipefail", snippet.file])
        if snippet.environment or snippet.overlays:
            return self._ask(snippet, command=[*above(snippet), str(python(snippet)), snippet.file])
        return self._ask(snippet, path=snippet.file)

    def run_cells(self, snippet: Snippet, cells: list[str]) -> Outcome:
        """Run code cells in order in one process, each output ended by CELL, as a notebook would."""
        return self._ask(snippet, path=snippet.file, cells=cells)

    def _ask(self, snippet: Snippet, **request) -> Outcome:
        request |= {"timeout": snippet.timeout, "search": search_path(snippet)}
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline()
        if not answer:
            raise RuntimeError(f"the server ended while it ran {snippet.name}; its messages are above")
        return Outcome(**json.loads(answer))


def environment(threads: int) -> dict[str, str]:
    """Variables that make two runs of a snippet print the same."""
    return {
        "PYTHONPATH": str(Path(fourbit.__file__).parents[1]),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "MPLBACKEND": "Agg",
        "HF_HUB_OFFLINE": "1",
        "OMP_WAIT_POLICY": "passive",  # threads that wait do not take time from those that work
        "TOKENIZERS_PARALLELISM": "false",  # the tokenizers' pool does not survive a fork
        **dict.fromkeys(THREAD_VARIABLES, str(threads)),
    }


def python(snippet: Snippet) -> Path:
    """The interpreter that runs a snippet: this one, or that of its side environment."""
    if snippet.environment:
        return snippet.root / f".venv-{snippet.environment}" / "bin" / "python"
    return Path(sys.executable)


def overlay(name: str) -> Path:
    """The folder of packages that `environments/overlays/NAME.txt` pins; its .ready says that all are there."""
    return Path(sys.prefix) / "overlays" / name


def import_path(snippet: Snippet) -> str:
    """PYTHONPATH for a snippet: its overlays in order, then this package."""
    ours = environment(1)["PYTHONPATH"]
    return os.pathsep.join([*(str(overlay(name)) for name in snippet.overlays), ours])


def above(snippet: Snippet) -> list[str]:
    """What a command begins with to have the overlays of a snippet on its path."""
    return ["env", f"PYTHONPATH={import_path(snippet)}"] if snippet.overlays else []


def search_path(snippet: Snippet) -> str:
    """PATH for a snippet: the commands of its environment first, then ours, `fourbit` among them."""
    folders = dict.fromkeys(str(one.parent) for one in (python(snippet), Path(sys.executable)))
    return os.pathsep.join([*folders, os.environ["PATH"]])


def missing_needs(snippet: Snippet) -> str | None:
    """What a snippet lacks to run here, and how to get it; None when it can run."""
    interpreter = python(snippet)
    if not interpreter.exists():
        folder = f".venv-{snippet.environment}"
        return (
            f"needs the environment {folder}: python -m venv {folder} && "
            f"{folder}/bin/python -m pip install -r environments/{snippet.environment}.txt"
        )
    for name in snippet.overlays:
        if not (overlay(name) / ".ready").exists():
            return f"needs the overlay {name}: make {Path(sys.prefix).name}/overlays/{name}/.ready"
    for need in snippet.needs:
        if shutil.which(need, path=search_path(snippet)):
            continue
        probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)"
        command = [*above(snippet), interpreter, "-c", probe, need]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return (
                f"needs {need}, which is neither a command nor a Python package here: "
                f"pip install {need}, or your system's package manager"
            )
    return None
