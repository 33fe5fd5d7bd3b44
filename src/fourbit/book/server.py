"""The process that runs snippets: it imports the heavy libraries once and forks a child per request.

It reads one request per line and answers one line. It never computes, so no thread pool exists yet when it
forks and each child starts its own.
"""

import ast
import gc
import json
import os
import selectors
import shutil
import signal
import sys
import tempfile
import time
import traceback
import types
from pathlib import Path

PRELOAD = ("numpy", "torch", "transformers")
LIMIT = 200_000  # bytes kept of each of stdout and stderr
CUT = "\n[output cut at 200 kB]\n"
CELL = "\x1e"  # in the output of a notebook: a cell ends
VALUE = "\x1f"  # the value of the cell's last expression follows
TEMPORARY = "fourbit-"  # start of the name of a child's folder for temporary files


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
        folder = tempfile.mkdtemp(prefix=TEMPORARY)
        pid = os.fork()
        if pid == 0:
            answers.close()
            become(request, out[1], err[1], folder)
        os.close(out[1])
        os.close(err[1])
        outcome = collect(pid, out[0], err[0], request["timeout"])
        shutil.rmtree(folder, ignore_errors=True)  # a process that left the group may still write
        answers.write(json.dumps(outcome) + "\n")
        answers.flush()


def become(request: dict, out: int, err: int, folder: str) -> None:
    """In the child: turn into the snippet, with `folder` for temporary files; does not return."""
    os.setsid()  # a group of its own, to be ended as a whole
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.environ["PATH"] = request["search"]
    os.environ["TMPDIR"] = tempfile.tempdir = folder
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
