"""`fourbit inspect`, run as a user does."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "gguf"))
from handmade import entry, gguf, sound_safetensors

TEMPLATE = "{% for m in messages %}\x1b[2J{{ ''.__class__.__mro__ }}{% endfor %}"
ENTRIES = [
    entry("general.architecture", 8, "llama"),
    entry("general.name", 8, "evil \x1b]0;title\x07 [red]name[/red] \u202e"),
    entry("general.file_type", 4, 2),
    entry("llama.block_count", 4, 3),
    entry("llama.rope.freq_base", 6, float("inf")),
    entry("tokenizer.ggml.tokens", 9, (8, [f"t{i}" for i in range(3000)])),
    entry("tokenizer.chat_template", 8, TEMPLATE),
]
TENSORS = [
    ("token_embd.weight", (10, 64), 8),
    *((f"blk.{i}.ffn_up.weight", (4, 64), 8 if i == 1 else 2) for i in range(3)),
    ("blk.1.\x1b[31mred", (32,), 0),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("models") / "model.gguf"
    path.write_bytes(gguf(ENTRIES, TENSORS))
    return path


def test_the_table_of_a_gguf(fourbit, model):
    done = fourbit("inspect", model.name, "--tensors", cwd=model.parent)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "model.gguf: GGUF 3, llama, 40.0 kB"
    assert lines[1] == "1,440 weights in 5 tensors, 7.60 bits per weight"
    joined = " ".join(" ".join(line.replace("│", " ").split()) for line in lines)
    for said in (
        r"general.name evil \x1b]0;title\x07 [red]name[/red] \u202e",
        "general.file_type 2 (Q4_0)",
        "llama.rope.freq_base inf",
        "tokenizer.ggml.tokens 3,000 x str: t0, t1, t2",
        r"{% for m in messages %}\x1b[2J{{ ''.__class__.__mro__ }}{% endfor %}",
        "Q8_0 2 896 952 B 69.6% 8.50",
        "embeddings 1 640 680 B 49.7% 1 Q8_0",
        "0, 2 2 144 B 1 Q4_0",
        r"blk.1.\x1b[31mred 32 F32 128 B",
        "no damage found: header, places of the tensors, no NaN or infinity",
    ):
        assert said in joined, said
    assert "tokenizer.chat_template" not in joined
    assert not set(done.stdout) & {"\x1b", "\x07", "\u202e"}


def test_json_has_everything(fourbit, model):
    done = fourbit("inspect", model, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0 and done.stdout.isascii() and done.stdout.count("\n") == 1
    assert found["chat_template"] == TEMPLATE and found["metadata"]["llama.rope.freq_base"] == "inf"
    assert found["metadata"]["tokenizer.ggml.tokens"] == {
        "elements": 3000,
        "first": [f"t{i}" for i in range(8)],
    }
    assert (found["bytes"], found["tensors"], found["weights"]) == (model.stat().st_size, 5, 1440)
    assert (
        sum(part["bytes"] for part in found["parts"]) == sum(kind["bytes"] for kind in found["types"]) == 1368
    )
    assert found["layers"][0] == {
        "layers": [0, 2],
        "each": "layer",
        "tensors": 1,
        "weights": 256,
        "bytes": 144,
        "types": {"Q4_0": 1},
    }
    assert "all_tensors" not in found and found["weights_read"] and found["damage"] == []
    listed = json.loads(fourbit("inspect", model, "--json", "--tensors", "--no-deep").stdout)
    assert listed["all_tensors"][0]["shape"] == [10, 64] and not listed["weights_read"]


def test_damage_ends_with_exit_code_1(fourbit, model, tmp_path):
    octets = bytearray(model.read_bytes())
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(octets[:-200])
    done = fourbit("inspect", cut)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        f"error: {cut}: truncated: 200 of the {len(octets):,} bytes it should have are missing"
    )
    assert "Traceback" not in done.stderr and done.stderr.count("\n") == 1
    place = json.loads(fourbit("inspect", model, "--json", "--tensors").stdout)["all_tensors"][0]["start"]
    octets[place + 34 : place + 36] = b"\x00\x7c"
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(octets)
    done = fourbit("inspect", bad)
    assert done.returncode == 1 and "Q8_0" in done.stdout and "no damage" not in done.stdout
    assert done.stderr == (
        "error: token_embd.weight: 1 of 20 scales are NaN or infinite, the first is number 1\n"
    )
    done = fourbit("inspect", bad, "--json")
    assert done.returncode == 1 and len(json.loads(done.stdout)["damage"]) == 1
    done = fourbit("inspect", bad, "--no-deep")
    assert done.returncode == 0 and "the weights were not read: --deep" in done.stdout


def test_the_folder_of_the_tiny_model(fourbit):
    from fourbit import tiny

    found = json.loads(fourbit("inspect", tiny.MODEL, "--json").stdout)
    assert found["format"] == "safetensors" and found["metadata"]["model_type"] == "llama"
    assert {part["part"] for part in found["parts"]} >= {"embeddings", "attention", "ffn", "norms"}
    assert found["damage"] == [] and found["weights_read"]


def test_a_missing_file_is_one_line(fourbit, tmp_path):
    done = fourbit("inspect", tmp_path / "none.gguf")
    assert done.returncode == 1 and done.stderr.endswith(
        "none.gguf: no such file; give a GGUF or safetensors file, or a model's folder\n"
    )


def test_looking_at_a_file_loads_neither_torch_nor_numpy(model):
    """So that it starts at once."""
    code = (
        "import sys; from fourbit.cli import build; build(['inspect'])(sys.argv[1:], standalone_mode=False);"
        "print(sorted({'torch', 'transformers', 'numpy', 'gguf', 'safetensors'} & sys.modules.keys()))"
    )
    command = [sys.executable, "-c", code, "inspect", str(model), "--no-deep"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_safetensors(fourbit, tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(sound_safetensors())
    done = fourbit("inspect", path)
    assert done.returncode == 0 and done.stdout.startswith("m.safetensors: safetensors, 970 B\n")
    assert "__metadata__.format" in done.stdout and "F8_E4M3" in done.stdout
