"""`fourbit gguf` as a user meets it."""

import io
import json
import os
import subprocess
import sys

import gguf
import numpy as np
import pytest

from fourbit import cli
from fourbit.cli import console
from fourbit.gguf import header
from fourbit.tiny import MODEL

QUICK = ("--windows", 2, "--length", 128)


@pytest.fixture(scope="module")
def fourbit():
    """As the fixture of that name for all tests, in this process: PyTorch is imported once."""

    def run(*arguments, width=80, command="gguf") -> subprocess.CompletedProcess:
        said, complained = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["fourbit", command, *map(str, arguments)])
            patch.setattr(sys, "stdout", said)
            patch.setattr(sys, "stderr", complained)
            patch.setattr(console.out, "width", width)
            with pytest.raises(SystemExit) as ended:
                cli.main()
        return subprocess.CompletedProcess(
            arguments, ended.value.code or 0, said.getvalue(), complained.getvalue()
        )

    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory, fourbit):
    """A file with an importance matrix, and what was said as JSON."""
    folder = tmp_path_factory.mktemp("gguf")
    done = fourbit(
        *("tiny", "--type", "q4_k_m", "--out", folder / "x.gguf", "--calib", "code", *QUICK),
        *("--save-imatrix", folder / "imatrix.gguf", "--json"),
    )
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def test_the_size_is_predicted_to_the_byte(made, fourbit, tmp_path):
    folder, told = made
    size = (folder / "x.gguf").stat().st_size
    assert told["bytes"] == told["forecast"]["bytes"] == size
    for kind in ("f16", "q8_0", "q3_k_s"):
        to = tmp_path / f"{kind}.gguf"
        done = fourbit("tiny", "--type", kind, "--out", to, "--json")
        assert json.loads(done.stdout)["forecast"]["bytes"] == to.stat().st_size
    assert sorted(file.name for file in folder.iterdir()) == ["imatrix.gguf", "x.gguf"]


def test_the_file_has_the_types_that_were_told(made):
    folder, told = made
    head = header.read(folder / "x.gguf")
    assert {t.name: t.type.name for t in head.tensors} == {t["name"]: t["type"] for t in told["tensors"]}
    assert sum(t["bytes"] for t in told["tensors"]) == sum(t.nbytes for t in head.tensors)
    assert head.metadata["general.file_type"] == 15
    assert head.metadata["quantize.imatrix.dataset"] == "code"
    assert head.metadata["quantize.imatrix.chunks_count"] == 2
    bits = 8 * sum(t.nbytes for t in head.tensors) / sum(t.weights for t in head.tensors)
    assert told["bits_per_weight"] == pytest.approx(bits)
    assert told["fell_back"] == 0 and told["calibration"]["tokens"] == 256


def test_a_stored_importance_matrix_gives_the_same_file(made, fourbit, tmp_path):
    folder, _ = made
    matrix = folder / "imatrix.gguf"
    again, plain = tmp_path / "again.gguf", tmp_path / "plain.gguf"
    done = fourbit("tiny", "--type", "Q4_K", "--out", again, "--imatrix", matrix)
    assert done.returncode == 0, done.stderr
    assert again.read_bytes() == (folder / "x.gguf").read_bytes()
    fourbit("tiny", "--type", "q4_k_m", "--out", plain)
    tensors = [{t.name: t.data for t in gguf.GGUFReader(path).tensors} for path in (again, plain)]
    names = [name for name in tensors[0] if not np.array_equal(tensors[0][name], tensors[1][name])]
    assert names and all(name.startswith("blk.") for name in names)


def test_what_will_be_done_is_shown_and_not_done(fourbit, tmp_path):
    done = fourbit(
        "tiny", "--type", "q4_k_m", "--out", tmp_path / "x.gguf", "--calib", "docs", *QUICK, "--dry-run"
    )
    assert done.returncode == 0 and not done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    for text in (
        "tiny as Q4_K_M",
        "Q4_K ",
        "Q6_K ",
        "calibrated on 256 tokens of docs",
        "bits per weight",
        "memory, estimated",
    ):
        assert text in done.stdout
    assert "time, estimated" in done.stdout and "million weights a second" in done.stdout
    assert not list(tmp_path.iterdir())


def test_the_report_at_the_end(fourbit, tmp_path):
    to = tmp_path / "x.gguf"
    done = fourbit("tiny", "--type", "q8_0", "--out", to, width=200)
    assert done.returncode == 0 and not done.stderr
    assert f"tiny -> {to}: {to.stat().st_size:,} bytes, 8.5" in done.stdout
    assert (
        f"run it: fourbit run {to}" in done.stdout and f"fourbit evaluate {to} --against tiny" in done.stdout
    )


def test_pure_uses_one_type(fourbit, tmp_path):
    to = tmp_path / "x.gguf"
    told = json.loads(fourbit("tiny", "--type", "q4_k_s", "--pure", "--out", to, "--json").stdout)
    assert {t["type"] for t in told["tensors"]} == {"Q4_K", "F32"}


@pytest.mark.parametrize(
    "options, message",
    [
        (("--type", "q4km"), "--type q4km: no such type; did you mean q4_k_m or"),
        (("--type", "zzz"), "--type zzz: no such type; there are: lossless, f32, f16"),
        (("--type", "q4_0", "--method", "awq"), "--method awq: must be rtn or gptq"),
        (("--type", "iq4_xs", "--method", "gptq"), "--method gptq: has no grid for iq4_xs; it has for: q4_0"),
        (("--type", "f16", "--method", "gptq"), "--method gptq rounds weights; --type f16 rounds none"),
        (("--type", "f16", "--calib", "docs"), "an importance matrix is of no use for --type f16"),
        (("--type", "f16", "--pure"), "--pure chooses among quantized types; --type f16 has no mix"),
        (("--type", "q4_0", "--inexact", "f16"), "--inexact is for --type lossless"),
        (("--type", "q4_0", "--asym", "q4_1"), "--asym is for --type lossless"),
        (("--type", "q4_0", "--keep", "q8_0"), "--keep is for --type lossless"),
        (("--type", "q4_0", "--no-verify"), "--no-verify is for --type lossless; nothing else is verified"),
        (("--type", "q4_0", "--calib", "docs", "--imatrix", "x"), "--imatrix and --calib exclude each other"),
        (("--type", "q4_0", "--method", "gptq", "--imatrix", "x"), "--imatrix is for --method rtn"),
        (("--type", "q4_0", "--save-imatrix", "x"), "--save-imatrix needs --calib and --method rtn"),
        (("--type", "q4_0", "--calib", "docs", "--windows", "0"), "--windows 0: must be at least 1"),
        (("--type", "q4_0", "--calib", "docs", "--length", "99999"), "--length 99999: tiny takes at most"),
        (("--type", "q4_0", "--calib", "nothing.txt"), "nothing.txt: no such file"),
        (("--type", "q4_0", "--imatrix", "nothing.dat"), "nothing.dat: cannot be read: No such file"),
        (("--type", "iq2_xs"), "--type iq2_xs: 24 tensors get about two bits or less, such as blk.0."),
        (("--type", "q2_k_s"), "give --calib docs, or --imatrix FILE"),
        (
            ("--type", "iq2_xs", "--calib", "docs", "--pure"),
            "output.weight would be IQ2_XS, which needs importances",
        ),
        (("--type", "q2_0"), "would be Q2_0, which nothing here can make"),
        (("--type", "lossless"), "no layer is quantized, so there are no codes to keep"),
    ],
)
def test_mistakes_end_in_one_line(options, message, fourbit, tmp_path):
    done = fourbit("tiny", "--out", tmp_path / "x.gguf", *options)
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and done.stderr.startswith("error: ")
    assert message in done.stderr
    assert not list(tmp_path.iterdir())


def test_targets_are_checked_before_the_work(fourbit, tmp_path):
    (tmp_path / "x.gguf").write_text("mine")
    quick = ("tiny", "--type", "q4_0", "--out")
    assert (
        "x.gguf: exists already; give a new name or remove it" in fourbit(*quick, tmp_path / "x.gguf").stderr
    )
    assert (
        f"there is no directory {tmp_path}/a; make it first"
        in fourbit(*quick, tmp_path / "a" / "x.gguf").stderr
    )
    calib = ("--calib", "docs", "--save-imatrix", tmp_path / "x.gguf")
    assert "--save-imatrix" in fourbit(*quick, tmp_path / "y.gguf", *calib).stderr
    assert (tmp_path / "x.gguf").read_text() == "mine" and len(list(tmp_path.iterdir())) == 1
    if os.geteuid():  # root may write anywhere
        tmp_path.chmod(0o500)
        assert "cannot be written to" in fourbit(*quick, tmp_path / "y.gguf").stderr


def test_an_importance_matrix_of_another_model_is_refused(made, fourbit, tmp_path):
    from fourbit.gguf import imatrix
    from fourbit.gguf.imatrix_files import Imatrix

    found = imatrix.read(made[0] / "imatrix.gguf")
    deeper = found.entries | {"blk.99.attn_q.weight": found.entries["blk.0.attn_q.weight"]}
    Imatrix(deeper, ("x",)).write(tmp_path / "deeper.gguf")
    narrow = {name: entry._replace(sums=entry.sums[:, :-1]) for name, entry in found.entries.items()}
    Imatrix(narrow, ("x",)).write(tmp_path / "narrow.gguf")
    del found.entries["blk.0.attn_q.weight"]
    found.write(tmp_path / "part.gguf")

    def run(name):
        return fourbit(
            "tiny",
            "--type",
            "q4_0",
            "--out",
            tmp_path / "out.gguf",
            "--imatrix",
            tmp_path / name,
            "--dry-run",
        )

    assert (
        "of another model: 1 of its 29 tensors are not in this one, such as blk.99"
        in run("deeper.gguf").stderr
    )
    assert "of another model: 255 importances for blk.0." in run("narrow.gguf").stderr
    done = run("part.gguf")
    assert done.returncode == 0
    assert (
        "warning" in done.stderr and "has no importances for 1 matrices, such as blk.0.attn_q" in done.stderr
    )


def test_a_damaged_model_is_named(fourbit, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for file in MODEL.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "model.safetensors").write_bytes((MODEL / "model.safetensors").read_bytes()[:-100])
    done = fourbit(folder, "--type", "q4_0", "--out", tmp_path / "x.gguf")
    assert done.returncode == 1 and "truncated or damaged" in done.stderr


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, fourbit):
    folder = tmp_path_factory.mktemp("checkpoint") / "model"
    options = ("--method", "rtn", "--out", folder, "--no-gate", *QUICK)
    done = fourbit("tiny", *options, command="quantize")
    assert done.returncode == 0, done.stderr
    return folder


def test_a_checkpoint_without_loss(checkpoint, fourbit, tmp_path):
    to = tmp_path / "x.gguf"
    plan = fourbit(checkpoint, "--type", "lossless", "--out", to, "--dry-run")
    assert plan.returncode == 0 and "exact" in plan.stdout and not list(tmp_path.iterdir())
    told = json.loads(fourbit(checkpoint, "--type", "lossless", "--out", to, "--json").stdout)
    assert told["bytes"] == to.stat().st_size and f"file: {told['bytes']:,} bytes" in plan.stdout
    assert told["count"]["exact"] == 28 and told["verified"] > 0
    assert sum(t.type.name == "Q4_0" for t in header.read(to).tensors) == 28
    options = ("--type", "lossless", "--keep", "q8_0", "--out", tmp_path / "y.gguf", "--json")
    small = json.loads(fourbit(checkpoint, *options).stdout)
    assert small["bytes"] < told["bytes"]
    assert small["count"]["exact"] == 28 and small["count"]["inexact"] == 2


def test_a_checkpoint_is_not_rounded_again_in_silence(checkpoint, fourbit, tmp_path):
    done = fourbit(checkpoint, "--type", "q4_0", "--out", tmp_path / "x.gguf", "--dry-run")
    assert (
        "28 layers are quantized already and will be rounded again; --type lossless keeps them" in done.stderr
    )


def test_error_feedback_loses_less_than_rounding(fourbit, tmp_path):
    to = tmp_path / "x.gguf"
    done = fourbit("tiny", "--type", "q4_0", "--method", "gptq", "--out", to, *QUICK, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["bytes"] == told["forecast"]["bytes"] == to.stat().st_size
    assert {t.name: t.type.name for t in header.read(to).tensors} == {
        t["name"]: t["type"] for t in told["tensors"]
    }
    assert len(told["layers"]) == 28 and told["calibration"]["source"] == "docs"
    assert all(layer["error"] <= layer["rounding_error"] for layer in told["layers"])
    assert {"error feedback", "encoding", "forward passes"} == told["forecast"]["time"].keys()


def test_error_feedback_wants_the_original(checkpoint, fourbit, tmp_path):
    done = fourbit(checkpoint, "--type", "q4_0", "--method", "gptq", "--out", tmp_path / "x.gguf")
    assert done.returncode == 1
    assert "28 layers are quantized already; --type lossless keeps their codes" in done.stderr
