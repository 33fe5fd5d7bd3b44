"""Run snippets as a reader would, without paying for `import torch` each time.

One server process imports the heavy libraries and forks a child per snippet. The server itself never
computes, so no thread pool exists yet when it forks and each child starts its own.
"""

import ast
import gc
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
import traceback
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import fourbit
from fourbit.book.snippets import Snippet

PRELOAD = ("numpy", "torch", "transformers")
LIMIT = 200_000  # bytes kept of each of stdout and stderr
CUT = "\n[output cut at 200 kB]\n"
CELL, VALUE = (
    "\x1e",
    "\x1f",
)  # in the output of a notebook: a cell ends; the value of its last expression follows
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
            [sys.executable, "-W", "ignore:This process:DeprecationWarning", "-m", "fourbit.book.runner"],
            cwd=self.root,
            env={**os.environ, **environment(self.root, self.threads)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_) -> None:
        self._server.communicate()  # the end of its input is the server's sign to leave

    def run(self, snippet: Snippet) -> Outcome:
        """Run a snippet from the root."""
        path = f"snippets/{snippet.name}"
        if snippet.path.suffix == ".sh":
            command = ["bash", "-euo", "pipefail", path]
        elif snippet.environment:
            command = [str(python(snippet)), path]
        else:
            return self._ask(snippet, path=path)
        return self._ask(snippet, command=command)

    def run_cells(self, snippet: Snippet, cells: list[str]) -> Outcome:
        """Run code cells in order in one process, each output ended by CELL, as a notebook would."""
        return self._ask(snippet, path=f"snippets/{snippet.name}", cells=cells)

    def _ask(self, snippet: Snippet, **request) -> Outcome:
        request |= {"timeout": snippet.timeout, "search": search_path(snippet)}
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline()
        if not answer:
            raise RuntimeError(
                f"the snippet server ended while it ran {snippet.name}; its messages are above"
            )
        return Outcome(**json.loads(answer))


def environment(root: Path, threads: int) -> dict[str, str]:
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
        "TOKENIZERS_PARALLELISM": "false",  # the tokenizers' pool does not survive a fork
        **dict.fromkeys(THREAD_VARIABLES, str(threads)),
    }


def python(snippet: Snippet) -> Path:
    """The interpreter that runs a snippet: this one, or that of its side environment."""
    if snippet.environment:
        return snippet.root / f".venv-{snippet.environment}" / "bin" / "python"
    return Path(sys.executable)


def search_path(snippet: Snippet) -> str:
    """PATH for a snippet: the commands of its environment come first."""
    return os.pathsep.join([str(python(snippet).parent), os.environ["PATH"]])


def missing_needs(snippet: Snippet, root: Path) -> str | None:
    """What a snippet lacks to run here, and how to get it; None when it can run."""
    interpreter = python(snippet)
    if not interpreter.exists():
        folder = f".venv-{snippet.environment}"
        return (
            f"needs the environment {folder}: python -m venv {folder} && "
            f"{folder}/bin/python -m pip install -r environments/{snippet.environment}.txt"
        )
    for need in snippet.needs:
        if shutil.which(need, path=search_path(snippet)):
            continue
        probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)"
        if subprocess.run(
            [interpreter, "-c", probe, need], cwd=root, capture_output=True, check=False
        ).returncode:
            return (
                f"needs {need}, which is neither a command nor a Python package here: "
                f"pip install {need}, or your system's package manager"
            )
    return None


# The server: reads one request per line, answers one line.


def serve() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever an import prints must not mix with the answers
    for name in PRELOAD:
        try:
            __import__(name)
        except ImportError:
            pass  # snippets that need it fail or are skipped; the others still run
    gc.freeze()  # a child that ends need not look through all that was imported
    for line in sys.stdin:
        request = json.loads(line)
        out, err = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            answers.close()
            become(request, out[1], err[1])
        os.close(out[1])
        os.close(err[1])
        answers.write(json.dumps(collect(pid, out[0], err[0], request["timeout"])) + "\n")
        answers.flush()


def become(request: dict, out: int, err: int) -> None:
    """In the child: turn into the snippet; does not return."""
    os.setsid()  # a group of its own, to be ended as a whole
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.environ["PATH"] = request["search"]
    if "command" in request:
        os.execvp(request["command"][0], request["command"])
    sys.exit(execute(request["path"], request.get("cells")))


def execute(path: str, cells: list[str] | None) -> int:
    """Run a script as `python path` does; the exit code."""
    script = os.path.abspath(path)
    main = types.ModuleType("__main__")
    main.__file__ = script
    sys.modules["__main__"] = main
    sys.argv = [path]
    sys.path[0] = os.path.dirname(script)
    sys.stdout.reconfigure(line_buffering=True)  # what was printed before a timeout is worth seeing
    try:
        if cells is None:
            source = Path(script).read_text(encoding="utf-8")
            exec(compile(source, script, "exec"), main.__dict__)  # noqa: S102  running it is the purpose
        for number, cell in enumerate(cells or (), 1):
            execute_cell(cell, f"<cell {number}>", main.__dict__)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:  # noqa: BLE001  as the interpreter does
        trace = error.__traceback__
        while trace and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next  # readers see their own frames only
        traceback.print_exception(error.with_traceback(trace))
        return 1
    return 0


def execute_cell(cell: str, name: str, names: dict) -> None:
    """Run one cell and print the value of its last expression, as a notebook shows it."""
    body = ast.parse(cell).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), name, "exec"), names)  # noqa: S102
    if last is not None:
        value = eval(compile(ast.Expression(last.value), name, "eval"), names)
        if value is not None:
            print(VALUE + repr(value), end="")
    print(CELL, end="", flush=True)


def collect(pid: int, out: int, err: int, timeout: float) -> dict:
    """Wait for a child and its output; end its whole group when it is done or its time is up."""
    start = time.monotonic()
    kept = {out: bytearray(), err: bytearray()}
    cut = set()
    timed_out = False
    status, seconds = None, 0.0
    with selectors.DefaultSelector() as selector:
        for end in kept:
            selector.register(end, selectors.EVENT_READ)
        try:
            # A process that left the group may hold the pipes open for ever: wait one second at the end.
            while status is None or (selector.get_map() and time.monotonic() < start + seconds + 1):
                for key, _ in selector.select(timeout=0.02):
                    chunk = os.read(key.fd, 65536)
                    if not chunk:
                        selector.unregister(key.fd)
                    room = LIMIT - len(kept[key.fd])
                    if len(chunk) > room:
                        cut.add(key.fd)
                    kept[key.fd] += chunk[:room]
                if status is None:
                    seconds = time.monotonic() - start
                    done, code = os.waitpid(pid, os.WNOHANG)
                    if done:
                        status = code
                    elif seconds > timeout:
                        timed_out = True
                    if done or timed_out:
                        end_group(pid)  # with what it left running in the background
        except BaseException:
            end_group(pid)
            raise
    for end in kept:
        os.close(end)
    stdout, stderr = (kept[end].decode(errors="replace") + CUT * (end in cut) for end in (out, err))
    return {
        "stdout": stdout,
        "stderr": stderr,
        "exit_code": os.waitstatus_to_exitcode(status),
        "seconds": seconds,
        "timed_out": timed_out,
        "truncated": bool(cut),
    }


def end_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # all gone already; macOS says the latter for a zombie
        pass


if __name__ == "__main__":
    try:
        serve()
    except KeyboardInterrupt:
        pass
