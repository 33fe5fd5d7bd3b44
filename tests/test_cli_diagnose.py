"""`fourbit diagnose` as a user meets it."""

import io
import json
import os
import shlex
import shutil
import subprocess
import sys

import pytest

from fourbit import cli, tiny
from fourbit.cli import console

QUICK = ("--tokens", 1024, "--length", 256, "--items", 60)
STEPS = ("1. ", "2. ", "3. ", "4. ", "5. ", "Most likely: ")


@pytest.fixture(scope="module")
def fourbit():
    """As the fixture of that name for all tests, in this process: PyTorch is imported once."""

    def run(*arguments, cwd=None) -> subprocess.CompletedProcess:
        said, complained = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["fourbit", *map(str, arguments)])
            patch.setattr(sys, "stdout", said)
            patch.setattr(sys, "stderr", complained)
            patch.setattr(console.out, "width", 200)
            patch.chdir(cwd or os.getcwd())
            with pytest.raises(SystemExit) as ended:
                cli.main()
        return subprocess.CompletedProcess(
            arguments, ended.value.code or 0, said.getvalue(), complained.getvalue()
        )

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory, fourbit):
    """With a model of 3 bits, calibrated on too little text, its head quantized too."""
    folder = tmp_path_factory.mktemp("diagnose")
    options = ("--bits", 3, "--windows", 2, "--length", 256, "--effort", "fast", "--head", "--no-gate")
    done = fourbit("quantize", "tiny", "--out", "worn", *options, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def told(fourbit, folder):
    done = fourbit("diagnose", "worn", "--against", "tiny", "--text", "code", *QUICK, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_json_has_every_figure(told):
    assert told["general"]["text"] == "docs" and told["deployment"]["text"] == "code"
    assert told["deployment"]["tokens"] == 1023
    assert 0 < told["general"]["kl"]["low"] < told["general"]["kl"]["high"]
    assert len(told["rounding"]) == 2 and told["sensitivity"] is None
    assert list(told["tasks"]) == [
        f"{t}: {k}" for t in ("docs", "code") for k in ("multiple choice", "continuation")
    ]
    for task in told["tasks"].values():
        assert task["items"] == 60 and 0 <= task["p_value"] <= 1
        assert task["drop"] == pytest.approx(task["base"] - task["model"])
    assert told["head"] == {"bits": 3, "quantized": True} and told["embedding"] == {"bits": 16}


def test_what_is_wrong_with_the_model_is_found_and_tried_in_order(told):
    found = [cause["name"] for cause in told["causes"]]
    assert found[0] == "too little calibration text" and "the LM head has few bits" in found
    assert "512 tokens for 768 inputs" in told["causes"][0]["because"]


def test_the_commands_can_be_given_as_they_are_printed(told, fourbit, folder):
    for cause in told["causes"]:
        if ":1" in cause["command"]:  # mixtures: tests of calibration
            continue
        program, *arguments = shlex.split(cause["command"])
        assert program == "fourbit"
        done = fourbit(*arguments, "--dry-run", "--json", cwd=folder)
        assert done.returncode == 0, done.stderr


def test_the_steps_are_printed_in_order(fourbit, folder):
    done = fourbit("diagnose", "worn", "--against", "tiny", *QUICK, cwd=folder)
    assert done.returncode == 0, done.stderr
    places = [done.stdout.find(step) for step in STEPS]
    assert -1 not in places and places == sorted(places)
    assert "Only general text was measured" in done.stdout


def test_the_base_itself_is_not_blamed(fourbit):
    done = fourbit("diagnose", "tiny", "--against", "tiny", *QUICK, "--json")
    told = json.loads(done.stdout)
    assert [cause["name"] for cause in told["causes"]] == ["not the quantization"]
    assert told["general"]["kl"]["value"] == pytest.approx(0, abs=1e-6)
    assert all(task["lost"] == task["gained"] == 0 for task in told["tasks"].values())
    assert told["calibration"] is told["outliers"] is None


def test_sensitivity_names_layers_and_draws_them(fourbit, folder):
    pytest.importorskip("matplotlib")
    few = ("--tokens", 512, "--length", 128, "--items", 0)
    options = ("--sensitivity", "--plot", "layers.svg")
    done = fourbit("diagnose", "worn", "--against", "tiny", *few, *options, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "Layers that hurt most" in done.stdout and "2. tasks: none" in done.stdout
    assert "sensitivity: 29 layers, about 21 passes over 512 tokens" in done.stderr
    assert "measuring them takes about" in done.stderr
    assert (folder / "layers.svg").read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--items", 10), "--items 10: fewer than 50 show nothing"),
        (("--tokens", 1), "--tokens 1: must be at least 2"),
        (("--plot", "x.svg"), "--plot: draws what --sensitivity measures"),
        (("--text", "docs"), "--text docs: is the general text too"),
        (("--text", "gone.txt"), "gone.txt"),
        (("--length", 4096), "--length 4096: tiny takes at most 512 tokens"),
    ],
)
def test_mistakes_end_in_one_line(fourbit, tmp_path, options, message):
    done = fourbit("diagnose", "tiny", "--against", "tiny", *options, cwd=tmp_path)
    assert done.returncode == 1 and message in done.stderr and not done.stdout
    assert done.stderr.count("\n") == 1


def test_a_record_that_is_not_one_is_refused(fourbit, tmp_path):
    shutil.copytree(tiny.MODEL, tmp_path / "model")
    for content, message in (("{", "not valid JSON"), ('{"layers": []}', "has no calibration")):
        (tmp_path / "model" / "fourbit.json").write_text(content)
        done = fourbit("diagnose", "model", "--against", "tiny", cwd=tmp_path)
        assert done.returncode == 1 and message in done.stderr


def test_another_base_is_refused(fourbit, folder):
    record = json.loads((folder / "worn" / "fourbit.json").read_text())
    record["layers"][0]["d_in"] = 999
    shutil.copytree(folder / "worn", folder / "other")
    (folder / "other" / "fourbit.json").write_text(json.dumps(record))
    done = fourbit("diagnose", "other", "--against", "tiny", "--text", "code", *QUICK, cwd=folder)
    assert done.returncode == 1 and "is it the base of MODEL?" in done.stderr
