"""The runner runs snippets as a reader would, and ends what does not end."""

import os
import sys
import tempfile
import time
from dataclasses import replace
from importlib.util import find_spec

import pytest
from minibook import without_torch, write

import fourbit
from fourbit.book.normalize import normalize
from fourbit.book.runner import Runner, missing_needs
from fourbit.book.server import CUT, LIMIT
from fourbit.book.snippets import load


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    with Runner(without_torch(tmp_path_factory.mktemp("book"))) as runner:
        yield runner


@pytest.fixture
def run(runner):
    def run(text, name="x.py", **changes):
        write(runner.root, f"snippets/01_a/{name}", text)
        snippet = load(runner.root / "snippets/01_a" / name, runner.root)
        return runner.run(replace(snippet, **changes))

    return run


def test_a_snippet_runs_from_the_root_as_a_script(run, runner):
    outcome = run("import os, sys\nprint(__name__, sys.argv, os.path.relpath(sys.path[0]))")
    assert outcome.stdout == "__main__ ['snippets/01_a/x.py'] snippets/01_a\n"
    assert run("import os; print(os.getcwd())").stdout == f"{runner.root}\n"
    assert run("import sys; print(sys.stdin.read() == '')").stdout == "True\n"
    assert outcome.exit_code == 0 and not outcome.timed_out and not outcome.truncated


def test_a_snippet_starts_with_numpy_and_without_the_last_ones_names(run):
    run("import sys; sys.modules['numpy'].left = 1; left = 2")
    assert run("import numpy; print(hasattr(numpy, 'left'), 'left' in globals())").stdout == "False False\n"


@pytest.mark.skipif(not find_spec("torch"), reason="needs torch")
def test_torch_is_loaded_and_computes_in_a_child_with_two_threads(tmp_path):
    text = "import sys; print('torch' in sys.modules)\nimport torch; x = torch.eye(300) @ torch.eye(300)\n"
    write(tmp_path, "snippets/01_a/x.py", f"{text}print(x.sum().item(), torch.get_num_threads())")
    with Runner(tmp_path) as runner:
        assert runner.run(load(tmp_path / "snippets/01_a/x.py", tmp_path)).stdout == "True\n300.0 2\n"


def test_the_server_works_without_torch(tmp_path):
    write(tmp_path, "snippets/01_a/x.py", "print('runs')")
    with Runner(without_torch(tmp_path)) as runner:
        assert runner.run(load(tmp_path / "snippets/01_a/x.py", tmp_path)).stdout == "runs\n"


def test_a_snippet_can_import_fourbit_and_call_its_command(tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    write(tmp_path, "snippets/01_a/x.sh", "python -c 'import fourbit; print(fourbit.__file__)'; echo $PATH")
    with Runner(without_torch(tmp_path)) as runner:
        snippet = load(tmp_path / "snippets/01_a/x.sh", tmp_path)
        ours, search = runner.run(snippet).stdout.splitlines()
        old = runner.run(replace(snippet, environment="old")).stdout.splitlines()[1]
    assert ours == fourbit.__file__
    scripts = os.path.dirname(sys.executable)  # where installing the package puts `fourbit`
    assert search == f"{scripts}:/usr/bin:/bin"
    assert old == f"{tmp_path}/.venv-old/bin:{search}"


def test_a_snippet_has_a_folder_for_temporary_files_that_goes_with_it(run, runner):
    text = (
        "import os, tempfile\nprint(tempfile.gettempdir(), os.environ['TMPDIR'])\nopen(tempfile.mkstemp()[1])"
    )
    here, told = run(text).stdout.split()
    assert here == told and not os.path.exists(here)
    assert os.path.dirname(here) == tempfile.gettempdir() and normalize(here, runner.root) == "/tmp\n"
    there = run("touch $TMPDIR/x; echo $TMPDIR", "x.sh").stdout.strip()
    assert there != here and not os.path.exists(there)


def test_hashing_and_threads_are_fixed(run):
    assert len({run("print(hash('a'))").stdout for _ in range(2)}) == 1
    assert (
        run("import os; print(os.environ['OMP_NUM_THREADS'], os.environ['HF_HUB_OFFLINE'])").stdout == "2 1\n"
    )


def test_a_failing_assertion_is_an_exit_code_with_a_traceback_of_the_snippet_only(run):
    outcome = run("print('before')\nassert 1 + 1 == 3, 'a claim'")
    assert (outcome.exit_code, outcome.stdout) == (1, "before\n")
    assert "AssertionError: a claim" in outcome.stderr and "runner.py" not in outcome.stderr


def test_a_snippet_that_exits_with_a_message_or_is_no_python(run):
    assert (run("raise SystemExit('no model').").exit_code, run("raise SystemExit(3)").exit_code) == (1, 3)
    outcome = run("import sys; sys.exit('no model')")
    assert (outcome.exit_code, outcome.stderr) == (1, "no model\n")
    assert "SyntaxError" in run("x = (").stderr


def test_a_snippet_that_prints_nothing(run):
    assert (run("x = 1").stdout, run("x = 1").exit_code) == ("", 0)


def test_a_timeout_ends_the_whole_group(run, tmp_path):
    sign = tmp_path / "alive"
    start = time.monotonic()
    outcome = run(f"echo first; (sleep 1.5; touch {sign}) & sleep 60", "x.sh", timeout=0.5)
    assert outcome.timed_out and outcome.exit_code < 0 and outcome.stdout == "first\n"
    assert time.monotonic() - start < 10
    time.sleep(1.6)
    assert not sign.exists()


def test_a_process_left_in_the_background_does_not_hold_the_run(run):
    outcome = run("sleep 60 & echo done", "x.sh")
    assert outcome.stdout == "done\n" and not outcome.timed_out and outcome.seconds < 10


def test_long_output_is_cut_and_says_so(run):
    outcome = run("print('x' * 300_000)")
    assert outcome.truncated and outcome.stdout == "x" * LIMIT + CUT
    assert not run(f"print('x' * {LIMIT - 1})").truncated


def test_shell_snippets_stop_at_the_first_error_and_find_our_commands(run):
    assert run("false | true\necho not reached", "x.sh").exit_code == 1
    assert run("echo $unset_name", "x.sh").exit_code == 1
    assert run("command -v python", "x.sh").stdout == f"{os.path.dirname(sys.executable)}/python\n"


def test_a_side_environment_has_an_interpreter_of_its_own(run, runner):
    (runner.root / ".venv-old" / "bin").mkdir(parents=True)
    python = runner.root / ".venv-old" / "bin" / "python"
    python.write_text("#!/bin/sh\necho old python ran $1\n")
    python.chmod(0o755)
    assert run("print(1)", environment="old").stdout == "old python ran snippets/01_a/x.py\n"


def test_missing_needs_name_the_thing_and_the_way_to_get_it(runner):
    write(runner.root, "snippets/01_a/x.py", "")
    snippet = load(runner.root / "snippets/01_a/x.py", runner.root)
    assert missing_needs(replace(snippet, needs=("bash", "numpy"))) is None
    assert missing_needs(replace(snippet, needs=("no-such-thing",))) == (
        "needs no-such-thing, which is neither a command nor a Python package here: "
        "pip install no-such-thing, or your system's package manager"
    )
    assert missing_needs(replace(snippet, environment="awq")) == (
        "needs the environment .venv-awq: python -m venv .venv-awq && "
        ".venv-awq/bin/python -m pip install -r environments/awq.txt"
    )
