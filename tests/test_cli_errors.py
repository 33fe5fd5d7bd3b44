"""`fourbit errors`: the entry for a message, or clear words that there is none."""

import json
import subprocess
import sys

from fourbit.cli.errors import explain


def test_a_message_gives_its_entry_with_the_fix(fourbit):
    run = fourbit("errors", "ValueError: GGUF magic invalid")
    assert run.returncode == 0 and not run.stderr
    assert run.stdout.startswith("GGUF magic invalid\n")
    assert "What helps:" in run.stdout and "docs/errors/gguf-magic-invalid.md" in run.stdout
    assert "Words that matched: gguf magic invalid" in run.stdout


def test_a_log_is_read_from_a_pipe():
    log = 'INFO start\n  File "/x/y.py", line 3\nValueError: GGUF magic invalid\nbye \udcff'
    command = [sys.executable, "-m", "fourbit.cli", "errors", "--json"]
    run = subprocess.run(command, input=log.encode(errors="surrogateescape"), capture_output=True, check=True)
    (found,) = json.loads(run.stdout)
    assert found["slug"] == "gguf-magic-invalid" and found["words"] == ["gguf", "magic", "invalid"]
    assert {"title", "meaning", "fix", "category", "tools", "score"} <= found.keys()


def test_no_match_says_so_and_ends_with_1(fourbit):
    run = fourbit("errors", "KeyError: 'price'")
    assert run.returncode == 1 and not run.stdout and run.stderr.startswith("nothing matches")
    run = fourbit("errors", "KeyError: 'price'", "--json")
    assert run.returncode == 1 and json.loads(run.stdout) == []


def test_more_than_one_entry_on_demand(fourbit):
    log = "invalid magic characters: '<!do', expected 'GGUF'\nValueError: Failed to load model from file: x"
    run = fourbit("errors", log, "--most", "2", "--json")
    assert [one["slug"] for one in json.loads(run.stdout)] == [
        "llamacpp-invalid-magic",
        "llamacpp-failed-to-load-model",
    ]


def test_mistakes_are_told(fourbit):
    for arguments, told in ((("",), "empty"), (("x", "--most", "0"), "--most 0")):
        run = fourbit("errors", *arguments)
        assert run.returncode == 1 and told in run.stderr and "Traceback" not in run.stderr


def test_it_needs_nothing_but_the_standard_library():
    code = (
        "import sys; before = set(sys.modules); import fourbit.kb; fourbit.kb.search('x');"
        "print([name for name in set(sys.modules) - before if name.split('.')[0] not in"
        " {*sys.stdlib_module_names, 'fourbit'}])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_a_crash_names_its_entry():
    assert "docs/errors/gguf-magic-invalid.md" in explain("Traceback …\nValueError: GGUF magic invalid")
    assert explain("KeyError: 'price'") is None
