"""`fourbit doctor` on the machine that runs the tests."""

import json
import subprocess
import sys

import pytest

from fourbit import doctor
from fourbit.cli import doctor as command


def test_this_machine_in_a_table(fourbit):
    run = fourbit("doctor")
    assert run.returncode in (0, 1) and not run.stderr
    for name in ("Python", "PyTorch", "GPU", "CPU", "Cores", "Memory", "Model cache", "Packages", "Wheels"):
        assert f"\n{name} " in run.stdout
    assert ("to mend, most urgent first" in run.stdout) == (run.returncode == 1)


def test_json_has_the_same_and_the_same_exit_code(fourbit):
    run = fourbit("doctor", "--json")
    told = json.loads(run.stdout)
    assert {"name", "found"} == told["facts"][0].keys()
    assert run.returncode == any(one["level"] != "note" for one in told["findings"])
    assert all(one["level"] in doctor.LEVELS and one["fix"] for one in told["findings"])
    assert fourbit("doctor", "--nothing").returncode == 2


def test_it_imports_no_pytorch_and_asks_no_network():
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise AssertionError('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from fourbit import doctor\n"
        "doctor.examine(doctor.this())\n"
        "print([name for name in ('torch', 'numpy', 'transformers') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


@pytest.mark.parametrize("level, code", [("broken", 1), ("slow", 1), ("note", 0), (None, 0)])
def test_exit_codes_and_what_is_shown(level, code, monkeypatch, capsys):
    import typer

    findings = (
        [doctor.Finding("x", level, "what [it] is", "why", "the command", "docs/x.md")] if level else []
    )
    monkeypatch.setattr(doctor, "examine", lambda machine: ([doctor.Fact("CPU", "one")], findings))
    if code:
        with pytest.raises(typer.Exit) as ended:
            command.doctor()
        assert ended.value.exit_code == 1
    else:
        command.doctor()
    shown = capsys.readouterr().out
    if level:
        assert "what [it] is" in shown and "do  the command" in shown and "see docs/x.md" in shown
    assert ("Nothing to mend." in shown) == (code == 0)
    assert ("1 thing to mend" in shown) == (code == 1)
