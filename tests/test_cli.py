"""The command as a user meets it: tables, JSON, and mistakes that end in one line."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from fourbit import cli
from fourbit.cli import console
from fourbit.tiny import MODEL

QUICK = ("--windows", 4, "--length", 256, "--effort", "fast")


@pytest.fixture(scope="module")
def fourbit():
    """As the fixture of that name for all tests, in this process: PyTorch is imported once, not sixty times."""

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


def test_the_installed_command(tmp_path):
    """The other tests call what it calls."""
    command = Path(sys.executable).with_name("fourbit")
    done = subprocess.run([command, "report", tmp_path], check=False, capture_output=True, text=True)
    assert done.returncode == 1 and not done.stdout
    assert (
        done.stderr
        == f"error: {tmp_path}: no fourbit.json there; give a directory made by `fourbit quantize`\n"
    )


@pytest.fixture(scope="module")
def tokenizer():
    from fourbit.engine import models

    return models.load_tokenizer(MODEL)


@pytest.fixture(scope="module")
def quantized(tmp_path_factory, fourbit):
    folder = tmp_path_factory.mktemp("cli")
    done = fourbit("quantize", "tiny", "--out", folder / "model", *QUICK, "--json")
    assert done.returncode == 0, done.stderr
    return folder / "model", json.loads(done.stdout)


def test_quantize_reports_what_is_stored(quantized):
    folder, report = quantized
    stored = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    assert 0 < stored - report["bytes_after"] < 20_000  # the header of the file
    assert report["bytes_after"] < 0.5 * report["bytes_before"]
    assert 4.3 < report["bits_per_weight"] < 4.5  # 4 + 20/64, and g_idx
    assert len(report["layers"]) == 28 and report["calibration"]["tokens"] == 1024
    assert all(layer["error"] < layer["rounding_error"] for layer in report["layers"])
    assert report["model"] == "tiny" and report["outliers"] == []
    assert (folder / "tokenizer.json").is_file() and (folder / "README.md").is_file()


def test_quantize_measures_the_result_on_text_it_did_not_see(quantized):
    quality = quantized[1]["quality"]
    assert quality["text"] == "docs (evaluation part)" and quality["tokens"] == 8 * 255
    assert quality["kl"]["low"] < quality["kl"]["value"] < quality["kl"]["high"] < 0.1
    assert quality["sample"]["base"] and quality["sample"]["quantized"]


def test_a_plan_promises_what_is_stored_and_starts_nothing(quantized, tmp_path, fourbit):
    promised = ("quantize", "tiny", "--out", tmp_path / "x", *QUICK, "--dry-run")
    plan = json.loads(fourbit(*promised, "--json").stdout)
    for key in ("bytes_before", "bytes_after", "bits_per_weight"):
        assert plan[key] == quantized[1][key]
    assert plan["seconds"] == pytest.approx(sum(plan["time"].values())) and plan["time"]["quality gate"] > 0
    assert plan["bytes_memory"] == sum(plan["memory"].values())
    table = fourbit(*promised, "--no-gate").stdout
    assert "bits per quantized weight" in table and "4.396" in table and "GFLOP/s" in table
    assert "quality gate  " not in table
    assert not list(tmp_path.iterdir())


def test_the_result_as_a_table(tmp_path, fourbit):
    done = fourbit(
        "quantize", "tiny", "--out", tmp_path / "m", *QUICK, "--rule", "layers.0.*=8", "--rule", "v_proj=skip"
    )
    assert done.returncode == 0, done.stderr
    assert "4 x q_proj" in done.stdout and "4, 8" in done.stdout and "1 x v_proj" in done.stdout
    assert "held-out tokens: KL 0.0" in done.stdout and "it says: '" in done.stdout
    assert f"fourbit report {tmp_path / 'm'}" in done.stdout


def test_text_of_ones_own_is_split_for_the_gate(tmp_path, fourbit, quantized):
    from fourbit import tiny

    (tmp_path / "own.txt").write_text(tiny.text("docs", "calibration")[:20_000])
    done = fourbit("quantize", "tiny", "--out", "m", *QUICK, "--calib", "own.txt", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["quality"]["text"] == "the part of own.txt that was not drawn"


def test_a_mixture_is_recorded_and_measured_on_its_evaluation_parts(tmp_path, fourbit):
    options = ("--windows", 8, "--length", 64, "--effort", "fast", "--method", "rtn", "--json")
    done = fourbit(
        "quantize", "tiny", "--out", "m", *options, "--calib", "docs:6,code:1,legal:1", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "m/fourbit.json").read_text())
    data = record["calibration"]
    assert data["source"] == "docs:6,code:1,legal:1" and data["seed"] == 0 and data["tokens"] == 8 * 64
    assert [(part["name"], part["windows"]) for part in data["parts"]] == [
        ("docs", 6),
        ("code", 1),
        ("legal", 1),
    ]
    assert record["quality"]["text"] == "docs:6,code:1,legal:1 (evaluation part)"
    assert f"from `{data['source']}`" in (tmp_path / "m/README.md").read_text()


def test_a_small_share_is_not_measured(tokenizer):
    from fourbit import calibration
    from fourbit.cli.quantize import _held_out

    held_out, name = _held_out(tokenizer, calibration.build("docs:20,code:1", tokenizer, 42, 64))
    assert held_out.shape == (8, 64) and name == "docs:20 (evaluation part)"


def test_a_budget_chooses_bits(tmp_path, fourbit):
    done = fourbit("quantize", "tiny", "--out", tmp_path / "m", *QUICK, "--budget", "3.5bpw", "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert 3.2 < record["bits_per_weight"] <= 3.5
    assert len({layer["bits"] for layer in record["layers"]}) > 1


def test_evaluate_against_the_base(quantized, fourbit):
    folder, _ = quantized
    report = json.loads(fourbit("evaluate", folder, "--against", "tiny", "--windows", 4, "--json").stdout)
    assert report["windows"] == 4 and report["tokens"] == 4 * 511
    assert report["kl"]["low"] < report["kl"]["value"] < report["kl"]["high"] < 0.5
    assert report["perplexity_ratio"]["value"] > 0.95
    table = fourbit("evaluate", "tiny", "--windows", 2)
    assert "perplexity" in table.stdout and table.returncode == 0


def test_one_window_has_no_interval(fourbit):
    done = fourbit("evaluate", "tiny", "--windows", 1, "--json")
    report = json.loads(done.stdout, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert report["perplexity"]["low"] is None


def test_report_writes_a_page(quantized, tmp_path, fourbit):
    done = fourbit("report", quantized[0], "--out", tmp_path / "page.html")
    assert done.returncode == 0, done.stderr
    assert "<svg" in (tmp_path / "page.html").read_text() and "page.html" in done.stdout
    done = fourbit("report", quantized[0], "--out", tmp_path / "none" / "page.html")
    assert done.returncode == 1 and "page.html: cannot be written: No such file" in done.stderr


QUANTIZE = ("quantize", "tiny", "--out", "x")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("evaluate", "nosuch"), "error: nosuch: no such directory, and not a Hugging Face id"),
        (
            ("evaluate", "tiny", "--text", "nosuch.txt"),
            "error: nosuch.txt: no such file, and no bundled text",
        ),
        (("evaluate", "tiny", "--length", 1), "error: --length 1: a window needs 2 tokens"),
        (("evaluate", "tiny", "--length", 513), "error: --length 513: tiny takes at most 512 tokens"),
        (("evaluate", "tiny", "--windows", 0), "error: --windows 0: must be at least 1"),
        ((*QUANTIZE, "--group-size", 100), "error: --group-size 100 does not divide the width"),
        ((*QUANTIZE, "--method", "magic"), "error: --method magic: must be one of gptq, rtn, awq, awq+gptq"),
        ((*QUANTIZE, "--bits", 5), "error: --bits 5: must be one of 2, 3, 4, 8"),
        ((*QUANTIZE, "--order", "up"), "error: --order up: must be one of none, activation"),
        ((*QUANTIZE, "--effort", "max"), "error: --effort max: must be one of fast, default, best"),
        ((*QUANTIZE, "--format", "gguf"), "error: --format gguf: must be one of gptq, gptq_v2"),
        ((*QUANTIZE, "--damp", -1), "error: --damp -1: must be between 0 and 1"),
        ((*QUANTIZE, "--damp", "nan"), "error: --damp nan: must be between 0 and 1"),
        ((*QUANTIZE, "--rule", "q_proj"), "error: --rule q_proj: must be PATTERN=BITS or PATTERN=skip"),
        ((*QUANTIZE, "--rule", "q_proj=5"), "error: --rule q_proj=5: bits must be one of"),
        ((*QUANTIZE, "--rule", "*=skip"), "error: --rule: the rules leave no layer to quantize"),
        ((*QUANTIZE, "--budget", "small"), "error: --budget small: must be a size such as 4.25bpw"),
        ((*QUANTIZE, "--budget", "1MB", *QUICK), "error: --budget 1MB: with the fewest bits everywhere"),
        ((*QUANTIZE, "--windows", 0), "error: --windows 0: must be at least 1"),
        ((*QUANTIZE, "--seed", -1), "error: --seed -1: must be at least 0"),
        ((*QUANTIZE, "--length", 4096), "error: --length 4096: tiny takes at most 512 tokens"),
        ((*QUANTIZE, "--calib", "empty.txt"), "error: empty.txt: holds no text"),
        ((*QUANTIZE, "--calib", "short.txt"), "fewer than one window of 512"),
        ((*QUANTIZE, "--calib", "docs:3,none.txt"), "error: none.txt: no such file, and no bundled text"),
        ((*QUANTIZE, "--calib", "docs:three"), "error: --calib docs:three: 'three' is not a weight"),
        ((*QUANTIZE, "--calib", "hf:a/b"), "error: hf:a/b: the Hugging Face hub cannot be reached"),
        (
            (*QUANTIZE, "--calib", "chat:short.txt"),
            "error: chat:short.txt: the model's tokenizer has no chat template",
        ),
        ((*QUANTIZE, "--resume"), "error: --resume: x.partial holds no run to go on with"),
        (("quantize", "tiny", "--out", "used"), "error: --out used: exists already"),
        (("quantize", "hollow", "--out", "x"), "error: hollow: no config.json in this directory"),
        (("quantize", "broken", "--out", "x"), "error: broken: no *.safetensors in this directory"),
        (("report", "hollow"), "error: hollow: no fourbit.json there"),
        (("check",), "no mkdocs.yml here or in a parent folder"),
    ],
)
def test_a_mistake_ends_in_one_line(tmp_path, fourbit, arguments, message):
    (tmp_path / "empty.txt").write_text("  \n")
    (tmp_path / "short.txt").write_text("A few words.")
    for folder, file in (("used", "file"), ("hollow", "notes.txt"), ("broken", "config.json")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / file).write_text("{}")
    done = fourbit(*arguments, cwd=tmp_path)
    assert done.returncode == 1 and not done.stdout
    assert message in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "x").exists() and not (tmp_path / "x.partial").exists()


def test_a_broken_model_is_not_finished(tmp_path, fourbit):
    """The tiny model with an outlier input in every layer that follows a norm, which 2-bit rounding cannot bear."""
    shutil.copytree(MODEL, tmp_path / "odd")
    state = load_file(MODEL / "model.safetensors")
    for name, tensor in state.items():
        if name.endswith("layernorm.weight"):
            tensor[0] /= 256
        elif name.endswith(
            ("q_proj.weight", "k_proj.weight", "v_proj.weight", "gate_proj.weight", "up_proj.weight")
        ):
            tensor[:, 0] *= 256  # the same function as before
    save_file(state, tmp_path / "odd" / "model.safetensors", metadata={"format": "pt"})
    broken = ("quantize", "odd", "--out", "m", *QUICK, "--method", "rtn", "--bits", 2, "--group-size", -1)
    done = fourbit(*broken, cwd=tmp_path)
    assert done.returncode == 1 and not (tmp_path / "m").exists()
    assert "the quantized model is broken: KL divergence" in done.stderr and "--no-gate" in done.stderr
    done = fourbit(*broken, "--resume", "--no-gate", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "quality: not measured" in done.stdout and (tmp_path / "m" / "config.json").is_file()
    assert not (tmp_path / "m.partial").exists()


def test_ctrl_c_says_how_to_go_on(tmp_path, fourbit):
    command = ("quantize", "tiny", "--out", str(tmp_path / "m"), "--windows", "32", "--effort", "fast")
    run = subprocess.Popen([sys.executable, "-m", "fourbit.cli", *command], stderr=subprocess.PIPE, text=True)
    state = tmp_path / "m.partial" / "job.json"
    deadline = time.monotonic() + 120
    while not (state.is_file() and json.loads(state.read_text())["done"]):
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 1 and "Traceback" not in said
    assert "error: interrupted: stopped after" in said and "with --resume goes on" in said
    assert len(said.strip().splitlines()) == 1
    done = fourbit(*command, "--resume", "--no-gate")
    assert done.returncode == 0 and (tmp_path / "m" / "fourbit.json").is_file(), done.stderr


def test_a_quantized_model_is_not_quantized_again(quantized, tmp_path, fourbit):
    done = fourbit("quantize", quantized[0], "--out", tmp_path / "again")
    assert done.returncode == 1 and "is quantized already" in done.stderr


def test_too_few_calibration_tokens_draw_a_warning(tmp_path, fourbit):
    done = fourbit("quantize", "tiny", "--out", tmp_path / "m", "--windows", 1, "--length", 128)
    assert done.returncode == 0
    assert "warning: 128 calibration tokens are fewer than the 768 inputs of the widest layer" in done.stderr


def test_usage_errors_exit_with_2(fourbit):
    assert fourbit("quantize", "tiny").returncode == 2
    assert fourbit("nonsense").returncode == 2


def test_every_command_has_help_with_an_example(fourbit):
    for command in cli.COMMANDS:
        done = fourbit(command, "--help")
        assert done.returncode == 0 and f"Example: fourbit {command}" in done.stdout


def test_a_missing_library_is_named(monkeypatch, capsys):
    def absent(names):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(cli, "build", absent)
    with pytest.raises(SystemExit, match="1"):
        cli.main()
    assert "needs torch; run: pip install 'fourbit[engine]'" in capsys.readouterr().err
