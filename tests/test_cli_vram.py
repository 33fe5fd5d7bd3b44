"""`fourbit vram` as a person calls it: output in 80 columns, JSON, mistakes in one line, and its speed."""

import json
import resource
import subprocess
import sys

import pytest

from fourbit.cli import vram
from fourbit.errors import UserError

ASKED = ["llama-3.1-8b", "--quant", "Q4_K_M", "--context", "8192", "--gpu", "RTX 4090"]


def run(capsys, *arguments: str) -> str:
    vram.main(list(arguments))
    return capsys.readouterr().out


def test_the_answer_fits_80_columns(capsys):
    for more in (
        [],
        ["--explain"],
        ["--sequences", "4"],
        ["--layers", "10"],
        ["--context", "100000", "--cache", "q8_0"],
    ):
        text = run(capsys, *ASKED, *more)
        assert max(map(len, text.splitlines())) <= 80, more
    assert max(map(len, run(capsys, "qwen3-30b-a3b", "--compare", "--gpu", "12GB").splitlines())) <= 80
    for table in ("models", "hardware"):
        assert max(map(len, run(capsys, "--list", table).splitlines())) <= 80


def test_the_answer(capsys):
    text = run(capsys, *ASKED)
    assert "llama-3.1-8b: 8.03 billion weights, Q4_K_M, 4.89 bits each" in text
    assert "5.75 GiB of 24.0 GiB" in text
    assert "keys and values             1.00 GiB" in text
    assert "\nfits\n" in text
    assert "ceiling of speed: 177.1 tokens/s" in text
    assert "[llama.cpp" not in text


def test_explained(capsys):
    text = " ".join(run(capsys, *ASKED, "--explain").split())
    assert "= 32 layers x 8,192 cells x 4096 bytes (K f16, V f16)" in text
    assert "src/llama-kv-cache.cpp" in text


def test_json(capsys):
    found = json.loads(run(capsys, *ASKED, "--json"))
    assert found["verdict"] == "fits"
    assert found["layers_on_gpu"] == 33
    assert found["gpu"]["low"] <= found["gpu"]["bytes"] <= found["gpu"]["high"]
    assert sum(line["bytes"] for line in found["lines"]) == found["total"]["bytes"]
    assert {line["part"] for line in found["lines"]} == {"weights", "cache", "compute", "output", "runtime"}
    rows = json.loads(run(capsys, "llama-3.1-8b", "--compare", "--json"))["rows"]
    assert len(rows) == 7 * 6


def test_offload_and_what_would_fit(capsys):
    text = run(capsys, "llama-3.3-70b", "--gpu", "RTX 4090")
    assert "fits with offload: 45 of 81 layers on the GPU (llama.cpp: -ngl 45)" in text
    assert "- --quant IQ2_" in text
    assert "- a GPU with 42" in text
    text = run(capsys, "llama-3.3-70b", "--gpu", "RTX 4090", "--ram", "8")
    assert "does not fit" in text


def test_quantizing(capsys):
    text = run(capsys, "llama-3.1-8b", "--runtime", "quantize")
    assert "Hessians and a solve" in text


def test_numbers_in_place_of_a_model(capsys):
    text = run(capsys, "layers=32,embed=4096,heads=32,kv_heads=8,feed=14336,vocab=128256", "--quant", "Q8_0")
    assert "8.03 billion weights, Q8_0" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "say which model"),
        (["llama-3.1-9b"], "is no model of the table; near it: llama-3.1-8b"),
        ([*ASKED, "--context", "-1"], "context is -1; give a number from 1"),
        ([*ASKED, "--context", "many"], "argument --context: invalid int value: 'many'"),
        ([*ASKED, "--quant", "Q9_K"], "'Q9_K' is no quantization"),
        ([*ASKED, "--quant", "gptq-4-100"], "group size 100 does not divide the rows"),
        ([*ASKED, "--ram", "-3"], "--ram -3: give GB, from 0"),
        ([*ASKED, "--ram-bandwidth", "0"], "--ram-bandwidth 0: give GB/s, more than 0"),
        ([*ASKED, "--layers", "-7"], "--layers -7: give a number of layers"),
        ([*ASKED, "--gpu", "RTX 1"], "'RTX 1' is no GPU, Mac or CPU of the table"),
        (["--list", "cats"], "--list cats: give models or hardware"),
        (["layers=two"], "'layers=two': numbers are given as layers=32,embed=4096"),
        ([*ASKED, "--bogus"], "unrecognized arguments: --bogus"),
    ],
)
def test_a_mistake_is_one_line(arguments, message):
    with pytest.raises(UserError, match=message.replace("(", r"\(")) as caught:
        vram.main(arguments)
    assert "\n" not in str(caught.value)


def program(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from fourbit.cli import main; main()", "vram", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_program_ends_with_one_line_and_code_1():
    found = program("llama-3.1-9b")
    assert found.returncode == 1
    assert found.stderr.startswith("error: 'llama-3.1-9b' is no model of the table")
    assert "Traceback" not in found.stderr
    assert program(*ASKED).returncode == 0


def test_it_imports_nothing_slow():
    code = "import sys; from fourbit.cli import vram; vram.main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    found = subprocess.run([sys.executable, "-c", code, *ASKED], capture_output=True, text=True, check=True)
    loaded = set(found.stderr.split())
    assert not loaded & {"typer", "rich", "numpy", "torch", "pydantic", "gguf", "subprocess", "difflib"}


def test_it_takes_less_than_150_ms():
    """Of processor time, the best of five: other work on the machine does not count."""

    def spent() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        program(*ASKED)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(spent() for _ in range(5)) < 0.15
