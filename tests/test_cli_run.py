"""`fourbit run`: what goes where, and what is refused."""

import json
import signal
import subprocess
import sys

import pytest

pytest.importorskip("xllamacpp")
pytest.importorskip("gguf")

from tiny_gguf import write

from fourbit import cli
from fourbit.cli.run import _print
from fourbit.errors import UserError


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    place = tmp_path_factory.mktemp("place")
    content = write(place / "tiny.gguf").read_bytes()
    (place / "short.gguf").write_bytes(content[:-100_000])
    (place / "text.gguf").write_bytes(b"This is no model. It is only a text.")
    (place / "strange.gguf").write_bytes(
        content.replace(b"\5\0\0\0\0\0\0\0llama", b"\5\0\0\0\0\0\0\0lemma", 1)
    )
    return place


@pytest.fixture
def run(place, monkeypatch, capsys):
    """The command within this process: what --json prints, and what it says on standard error."""
    monkeypatch.chdir(place)

    def run(*arguments):
        cli.build(["run"])(["run", *map(str, arguments), "--json"], standalone_mode=False)
        said = capsys.readouterr()
        return json.loads(said.out), said.err

    return run


def test_the_answer_and_the_speed_go_different_ways(place, fourbit):
    done = fourbit("run", "tiny.gguf", "The argument", "--tokens", 12, cwd=place)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) > 12 and "tokens" not in done.stdout
    prompt, answer, ceiling, cache = done.stderr.splitlines()[-4:]
    assert prompt.startswith("prompt: ") and prompt.endswith(" tokens/s")
    assert answer.startswith("answer: 12 tokens, ") and answer.endswith(" tokens/s; ended by --tokens")
    assert ceiling.startswith("at most ") and ceiling.endswith(" GB/s measured")
    assert "cache, so memory is no limit here" in cache
    assert "warning: tiny.gguf: no chat template in it" in done.stderr


def test_json(run, place):
    told, said = run("tiny.gguf", "The argument", "--tokens", 4, "--raw", "--threads", 1)
    assert told["tokens"] == 4 and told["stop"] == "tokens" and told["text"] and not said
    assert told["ceiling"] == pytest.approx(told["bandwidth"] / told["bytes_per_token"])
    assert told["bytes_per_token"] < (place / "tiny.gguf").stat().st_size
    assert 1e8 < told["bandwidth"] < 1e13


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("none.gguf", "a"), "none.gguf: cannot be read"),
        (("text.gguf", "a"), "text.gguf: not a GGUF file"),
        (("short.gguf", "a"), "short.gguf: truncated"),
        (("strange.gguf", "a"), "strange.gguf: .*unknown model architecture: 'lemma'"),
        (("tiny.gguf", ""), "the prompt is empty"),
        (("tiny.gguf", "a", "--tokens", 0), "--tokens 0: must be at least 1"),
        (("tiny.gguf", "a", "--temperature", -1), "--temperature -1: must be 0 or more"),
        (("tiny.gguf", "a", "--temperature", "nan"), "--temperature nan: must be 0 or more"),
        (("tiny.gguf", "a", "--seed", 2**32), "--seed 4294967296: must be from 0"),
        (("tiny.gguf", "a", "--context", 4096), "--context 4,096: tiny.gguf was trained with 512"),
        (("tiny.gguf", "a", "--context", 0), "--context 0: must be at least 1"),
        (("tiny.gguf", "a", "--threads", 0), "--threads 0: must be at least 1"),
    ],
)
def test_refused(run, arguments, message):
    with pytest.raises(UserError, match=message):
        run(*arguments)


def test_ctrl_c_ends_the_answer_and_nothing_else(place):
    command = [sys.executable, "-m", "fourbit.cli", "run", "tiny.gguf", "The", "--tokens", "500"]
    command += ["--temperature", "1"]  # its own end does not come before ours
    with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        first = process.stdout.read(8)
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert first + rest
    assert b"; interrupted" in said and b"at most " in said and b"Traceback" not in said


def test_a_model_cannot_command_the_terminal(capsys):
    _print("a\x1b[31mb\r\x07\x9bc\n\tä👩‍🔬")
    assert capsys.readouterr().out == "a[31mbc\n\tä👩‍🔬"
