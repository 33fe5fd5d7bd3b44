"""`fourbit evaluate`: GGUF files, a stored base, protocols, and what is refused."""

import json
import re
import shutil
import sys
from types import ModuleType, SimpleNamespace

import pytest

pytest.importorskip("torch")
pytest.importorskip("gguf")

from gguf import GGMLQuantizationType
from tiny_gguf import write

from fourbit import cli, tiny
from fourbit.engine import harness
from fourbit.errors import UserError

FEW = ("--windows", 4, "--length", 128)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with GGUF files of the tiny model, and a second model directory with other token ids."""
    place = tmp_path_factory.mktemp("place")
    write(place / "f32.gguf")
    write(place / "q8.gguf", GGMLQuantizationType.Q8_0)
    write(place / "swapped.gguf", swapped=True)
    other = shutil.copytree(tiny.MODEL, place / "other")
    tokenizer = json.loads((other / "tokenizer.json").read_text())
    vocabulary = tokenizer["model"]["vocab"]
    first, second = list(vocabulary)[-2:]
    vocabulary[first], vocabulary[second] = vocabulary[second], vocabulary[first]
    (other / "tokenizer.json").write_text(json.dumps(tokenizer))
    (place / "bad.gguf").write_bytes(b"GGUF")
    (place / "short.txt").write_text("a")
    (place / "old.base").write_text("{}")
    return place


@pytest.fixture
def run(place, monkeypatch, capsys):
    """The command within this process: what --json prints, and what it says on standard error."""
    monkeypatch.chdir(place)

    def run(*arguments):
        cli.build(["evaluate"])(["evaluate", *map(str, arguments), "--json"], standalone_mode=False)
        said = capsys.readouterr()
        return json.loads(said.out), said.err

    return run


def test_a_table_for_people(place, fourbit):
    done = fourbit("evaluate", "q8.gguf", "--against", "tiny", *FEW, cwd=place)
    assert done.returncode == 0, done.stderr
    for row in ("perplexity / tiny", "median", "99th percentile", "tokens above 0.1", "same top token"):
        assert row in done.stdout
    assert "q8.gguf on docs: 508 tokens in 4 windows" in done.stdout


def test_a_gguf_against_a_directory_and_another_gguf(run):
    one, said = run("q8.gguf", "--against", "tiny", *FEW)
    assert said == "" and 0 < one["kl"]["value"] < 0.01
    two, _ = run("q8.gguf", "--against", "f32.gguf", *FEW)
    assert two["kl"]["value"] == pytest.approx(one["kl"]["value"], rel=0.05)
    turned, _ = run("tiny", "--against", "f32.gguf", *FEW)
    assert turned["kl"]["value"] < 1e-4
    alone, _ = run("q8.gguf", *FEW)
    assert alone["perplexity"] == one["perplexity"] and alone["kl"] is None


def test_a_stored_base_gives_the_same_figures(run, place):
    arguments = ("q8.gguf", "--against", "tiny", *FEW, "--stride", 64)
    without, _ = run(*arguments)
    first, said = run(*arguments, "--base-store", "kept.base")
    assert "kept.base: 0." in said
    made = (place / "kept.base").stat()
    second, said = run(*arguments, "--base-store", "kept.base")
    assert (place / "kept.base").stat() == made and said == ""
    assert first == second and first["stride"] == 64
    assert first["kl"]["value"] == pytest.approx(without["kl"]["value"], rel=1e-3)


@pytest.mark.parametrize("protocol, tokens", [("llama.cpp", 4 * 63), ("harness", 4 * 128)])
def test_protocols(run, protocol, tokens):
    report, _ = run("tiny", *FEW, "--protocol", protocol)
    assert report["tokens"] == tokens and report["protocol"] == protocol
    assert report["stride"] is None
    assert report["per_text"] is None  # the text was cut


def test_the_harness_counts_words_and_bytes_of_a_whole_text(run, place):
    text = "A model is quantized. " * 20
    (place / "whole.txt").write_text(text)
    report, _ = run("tiny", "--text", "whole.txt", "--length", 32, "--protocol", "harness")
    units, nll = report["per_text"], report["perplexity"]["value"]
    assert units["byte"] == pytest.approx(nll ** (report["tokens"] / len(text)))


def test_a_text_that_one_tokenizer_cuts_otherwise(place, run):
    path = shutil.copytree(tiny.MODEL, place / "cut")
    tokenizer = json.loads((path / "tokenizer.json").read_text())
    tokenizer["model"]["merges"] = tokenizer["model"]["merges"][:100]
    (path / "tokenizer.json").write_text(json.dumps(tokenizer))
    report, said = run("q8.gguf", "--against", "cut", *FEW)
    assert "warning: q8.gguf: its own tokenizer makes" in said and "that of cut" in said
    assert report["tokens"] == 508


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("tiny", "--stride", 512), "--stride 512: must be from 1 to 511, one less than --length"),
        (("tiny", "--stride", 0), "--stride 0: must be from 1"),
        (("tiny", "--protocol", "mine"), "--protocol mine: must be one of fourbit, llama.cpp, harness"),
        (("tiny", "--protocol", "harness", "--stride", 9), "--stride 9: --protocol harness has a stride"),
        (("tiny", "--protocol", "harness"), "one token more, and tiny takes at most 512"),
        (("tiny", "--protocol", "llama.cpp", "--text", "short.txt"), "1 tokens are too few: llama.cpp wants"),
        (("tiny", "--text", "short.txt"), "short.txt: 1 tokens are too few to score"),
        (("tiny", "--base-store", "x"), "--base-store x: needs --against"),
        (("tiny", "--against", "f32.gguf", "--base-store", "x"), "--base-store x: f32.gguf is a GGUF file"),
        (("tiny", "--against", "tiny", "--base-store", "old.base"), "old.base: holds no base predictions"),
        (("tiny", "--against", "tiny", "--base-store", "no/x"), "no/x: could not be written"),
        (("none.gguf",), "none.gguf: no such file"),
        (("bad.gguf",), "bad.gguf: llama.cpp cannot load it"),
        (("f32.gguf", "--length", 1024), "--length 1024: f32.gguf takes at most 512 tokens"),
        (("swapped.gguf", "--against", "tiny"), "2 of 2,047 tokens have another id in swapped.gguf"),
        (("tiny", "--against", "other"), "2 of 2,047 tokens have another id in tiny"),
        (("f32.gguf", "--tasks", "piqa"), "--tasks: f32.gguf is a GGUF file"),
    ],
)
def test_mistakes(run, arguments, message):
    with pytest.raises(UserError, match=re.escape(message)):
        run(*arguments)


def test_a_mistake_ends_with_one_line(place, fourbit):
    done = fourbit("evaluate", "bad.gguf", cwd=place)
    assert done.returncode == 1 and done.stderr.startswith("error: bad.gguf: ")
    assert "Traceback" not in done.stderr


def test_tasks_need_the_harness(monkeypatch):
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    with pytest.raises(UserError, match=r"lm-evaluation-harness is not installed .*pip install lm_eval"):
        harness.run("tiny", ["piqa"])


def test_tasks_with_a_stand_in_for_the_harness(monkeypatch, run, capsys):
    asked = {}

    def simple_evaluate(model, tasks, **_):
        asked.update(model=model, tasks=tasks)
        measures = {"acc,none": 0.5, "acc_stderr,none": 0.1, "f1,strict": 1, "f1_stderr,strict": "N/A"}
        return {"results": {"piqa": {"alias": "piqa", **measures}}}

    parts = {
        "lm_eval": {"simple_evaluate": simple_evaluate},
        "lm_eval.models": {},
        "lm_eval.models.huggingface": {"HFLM": lambda **given: SimpleNamespace(**given)},
        "lm_eval.tasks": {"TaskManager": lambda: SimpleNamespace(all_tasks=["piqa"])},
    }
    for name, members in parts.items():
        module = ModuleType(name)
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    found = harness.run("tiny", ["piqa"])
    assert found["piqa"]["acc"] == (0.5, 0.1)
    assert found["piqa"]["f1,strict"] == (1.0, None) and list(found["piqa"]) == ["acc", "f1,strict"]
    assert asked["model"].pretrained.config.vocab_size == 2048
    assert run("tiny", "--tasks", "piqa")[0]["tasks"]["tiny"]["piqa"]["acc"] == [0.5, 0.1]
    cli.build(["evaluate"])(["evaluate", "tiny", "--tasks", "piqa"], standalone_mode=False)
    assert "0.5000 ± 0.1000" in capsys.readouterr().out
    with pytest.raises(UserError, match="has no task arc_easy"):
        harness.run("tiny", ["arc_easy"])
