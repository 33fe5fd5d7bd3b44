"""The `fourbit` command for shell scripts of entries, without its start: a process with everything imported forks.

`stub` writes a small program that hands its arguments, folder, variables and open files over a socket and waits for
the exit code; `listen` answers it. A script cannot tell the difference, except that it need not wait for `import torch`.
"""

import json
import os
import shlex
import signal
import socket
import sys
import types
from pathlib import Path

LONGEST = 600  # seconds that a command may take; the script that waits for it has a shorter limit of its own
CLIENT = """\
import json, os, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect({address!r})
text = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(line, [len(text).to_bytes(8, "big")], [0, 1, 2])
line.sendall(text)
code = line.recv(1)
sys.exit(code[0] if code else 1)
"""


def stub(folder: Path) -> str:
    """Write the program `fourbit` into a folder; returns the address at which it asks."""
    address = str(folder / "socket")
    (folder / "client.py").write_text(CLIENT.format(address=address), encoding="utf-8")
    program = folder / "fourbit"
    program.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -SE {shlex.quote(str(folder))}/client.py "$@"\n'
    )
    program.chmod(0o755)
    return address


def listen(address: str) -> None:
    """Fork a process that answers at an address for as long as this one lives."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen(16)
    parent = os.getpid()
    if os.fork():
        server.close()
        return
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that end
    server.settimeout(1)
    while os.getppid() == parent:
        try:
            line, _ = server.accept()
        except TimeoutError:
            continue
        line.setblocking(True)
        if os.fork() == 0:
            server.close()
            _answer(line)
        line.close()
    os._exit(0)


def _answer(line: socket.socket) -> None:
    """In the child: become the command; does not return."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.alarm(LONGEST)
    code = 1
    try:
        size, files, *_ = socket.recv_fds(line, 8, 3)
        text = b""
        while len(text) < int.from_bytes(size, "big"):
            text += line.recv(65536)
        arguments, folder, variables = json.loads(text)
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(variables)
        sys.argv = ["fourbit", *arguments]
        sys.modules["__main__"] = types.ModuleType("__main__")
        from fourbit.cli import main

        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException:  # noqa: BLE001  as the interpreter does
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        line.sendall(bytes([code or 0]))
        os._exit(0)
