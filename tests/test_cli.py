"""The command as a user meets it: tables, JSON, and mistakes that end in one line."""

import json

import pytest


@pytest.fixture(scope="module")
def quantized(tmp_path_factory, fourbit):
    folder = tmp_path_factory.mktemp("cli")
    done = fourbit("quantize", "tiny", "--out", folder / "model", "--windows", 4, "--length", 256, "--json")
    assert done.returncode == 0, done.stderr
    return folder / "model", json.loads(done.stdout)


def test_quantize_reports_what_is_stored(quantized):
    folder, report = quantized
    stored = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    assert 0 < stored - report["bytes_after"] < 20_000  # the header of the file
    assert report["bytes_after"] < 0.5 * report["bytes_before"]
    assert 4.3 < report["bits_per_weight"] < 4.5  # 4 + 20/64, and g_idx
    assert len(report["layers"]) == 28 and report["calibration_tokens"] == 1024
    assert report["mean_error"] < report["mean_rounding_error"]
    assert (folder / "tokenizer.json").is_file()


def test_evaluate_against_the_base(quantized, fourbit):
    folder, _ = quantized
    report = json.loads(fourbit("evaluate", folder, "--against", "tiny", "--windows", 4, "--json").stdout)
    assert report["windows"] == 4 and report["tokens"] == 4 * 511
    assert report["kl"]["low"] < report["kl"]["value"] < report["kl"]["high"] < 0.5
    assert report["perplexity_ratio"]["value"] > 0.95
    table = fourbit("evaluate", "tiny", "--windows", 2)
    assert "perplexity" in table.stdout and table.returncode == 0


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("evaluate", "nosuch"), "error: nosuch: no such directory, and not a Hugging Face id"),
        (
            ("evaluate", "tiny", "--text", "nosuch.txt"),
            "error: nosuch.txt: no such file, and no bundled text",
        ),
        (("evaluate", "tiny", "--length", 1), "error: --length 1: a window needs 2 tokens"),
        (
            ("quantize", "tiny", "--out", "x", "--group-size", 100),
            "error: --group-size 100 does not divide the width",
        ),
        (("quantize", "tiny", "--out", "x", "--method", "awq"), "error: --method awq: must be gptq or rtn"),
        (("quantize", "tiny", "--out", "x", "--windows", 0), "error: --windows 0: must be at least 1"),
        (
            ("quantize", "tiny", "--out", "x", "--length", 4096),
            "error: --length 4096: tiny takes at most 512 tokens",
        ),
        (
            ("quantize", "tiny", "--out", "x", "--calib", "empty.txt"),
            "error: empty.txt: the file holds no text",
        ),
        (("quantize", "tiny", "--out", "x", "--calib", "short.txt"), "fewer than one window of 512"),
        (("quantize", "tiny", "--out", "used"), "error: --out used: exists already"),
        (("quantize", "hollow", "--out", "x"), "error: hollow: no config.json in this directory"),
        (("quantize", "broken", "--out", "x"), "error: broken: no *.safetensors in this directory"),
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
    assert not (tmp_path / "x").exists()


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
