"""Where a model is read from: table, config.json, GGUF header, numbers. And what is said of one that is not right."""

import importlib.util
import json
from pathlib import Path

import pytest

from fourbit.errors import UserError
from fourbit.gguf import header, layout, mix
from fourbit.vram import cache, compute, estimate, metadata, model, tables, weights
from fourbit.vram.settings import Settings
from fourbit.vram.weights import Quant

ASKED = (
    Settings(8192),
    Settings(8192, flash=False),
    Settings(16384, 4),
    Settings(8192, type_k="q8_0", type_v="q8_0"),
)
LLAMA = tables.model("llama-3.2-1b")[1]["config"]
SPARSE = Path(__file__).parents[2] / "snippets/bench/sparse_gguf.py"
FROM_FILE = (
    *(
        "llama-3.2-1b",
        "qwen2.5-7b",
        "qwen3-30b-a3b",
        "qwen3.5-9b",
        "gemma-3-12b",
        "gemma-3n-e4b",
        "gemma-4-e4b",
    ),
    *("gemma-4-26b-a4b", "phi-4", "deepseek-v2-lite", "gpt-oss-20b", "granite-4.0-h-tiny", "lfm2-8b-a1b"),
    *("nemotron-3-nano-30b-a3b", "falcon-mamba-7b", "llama-4-scout", "command-r7b", "kimi-linear-48b-a3b"),
)


@pytest.fixture(scope="module")
def writer():
    """The script that writes files without data."""
    pytest.importorskip("gguf")
    spec = importlib.util.spec_from_file_location("sparse_gguf", SPARSE)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.parametrize("name", FROM_FILE)
def test_a_header_says_the_same_as_the_config(name, writer, tmp_path):
    known = model.from_table(name)
    shapes = [(tensor.name, tensor.shape) for tensor in known.tensors]
    chosen = mix.choose(shapes, "Q4_K_M", known.dims.arch, **weights.facts(known))
    path = tmp_path / "sparse.gguf"
    writer.sparse(path, layout.of(known.dims), {name: choice.type.name for name, choice in chosen.items()})
    read = model.read(str(path))
    assert read.parameters == known.parameters
    assert read.active == known.active
    assert weights.weigh(read, None).bytes == weights.weigh(known, Quant.parse("Q4_K_M")).bytes
    assert read.file_bytes == path.stat().st_size
    for asked in ASKED:
        assert [k.bytes for k in cache.layers(read.dims, asked)] == [
            k.bytes for k in cache.layers(known.dims, asked)
        ]
        assert compute.planned(read.dims, asked) == pytest.approx(
            compute.planned(known.dims, asked), abs=1 << 20
        )


def test_a_config_file_and_its_folder(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(LLAMA))
    read = model.read(str(tmp_path))
    assert (
        read.parameters
        == model.read(str(tmp_path / "config.json")).parameters
        == model.from_table("llama-3.2-1b").parameters
    )
    assert read.notes == ()


def test_numbers():
    read = model.from_numbers(layers=16, embed=2048, heads=32, kv_heads=8, feed=8192, vocab=128256)
    tied = model.from_table("llama-3.2-1b")
    assert read.parameters == tied.parameters + 128256 * 2048 - 32  # an untied head; no frequencies
    with pytest.raises(UserError, match="colour: not among the numbers layers, embed"):
        model.from_numbers(layers=2, colour=3)
    with pytest.raises(UserError, match="no 'vocab_size'"):
        model.from_numbers(layers=2, embed=64, heads=2, feed=64)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hidden_size": -4096}, "'hidden_size' of the config is -4096, not between 1 and"),
        ({"hidden_size": 1 << 40}, "not between 1 and"),
        ({"hidden_size": "large"}, "'hidden_size' of the config is 'large', not a whole number"),
        ({"num_hidden_layers": 16.5}, "'num_hidden_layers' of the config is 16.5, not a whole number"),
        ({"num_hidden_layers": 1000000}, "no model has so many"),
        (
            {"vocab_size": None},
            "the config has no 'vocab_size', which the memory of 'LlamaForCausalLM' depends on",
        ),
        ({"num_key_value_heads": 7}, "32 attention heads do not share 7 key-value heads evenly"),
        ({"num_attention_heads": True}, "'num_attention_heads' of the config is True"),
    ],
)
def test_a_config_that_cannot_be(change, message):
    with pytest.raises(UserError, match=message):
        model.from_config(LLAMA | change)


def test_an_unknown_architecture_is_counted_like_llama_and_says_so():
    read = model.from_config(LLAMA | {"architectures": ["FooForCausalLM"], "model_type": "foo"})
    assert "the architecture FooForCausalLM is not known: counted as a decoder like Llama" in read.notes[0]
    assert read.parameters == model.from_table("llama-3.2-1b").parameters
    with pytest.raises(ValueError, match="FooForCausalLM is not known; known are apertus, arcee"):
        layout.read(LLAMA | {"architectures": ["FooForCausalLM"], "model_type": "foo"})


def test_what_was_assumed_is_said():
    fields = {key: value for key, value in LLAMA.items() if key != "num_key_value_heads"}
    read = model.from_config(fields)
    assert read.notes == ("no num_key_value_heads: 32 assumed, one for each head (multi-head attention)",)


def test_a_vision_tower_is_counted_on_request():
    tower = {"hidden_size": 1152, "num_hidden_layers": 27, "intermediate_size": 4304, "patch_size": 14}
    read = model.from_config(LLAMA | {"vision_config": tower})
    assert read.vision == 27 * (4 * 1152**2 + 2 * 1152 * 4304) + 3 * 14 * 14 * 1152
    with_it = estimate.estimate(read, Quant.parse("Q8_0"), vision=True)
    without = estimate.estimate(read, Quant.parse("Q8_0"))
    assert sum(x.bytes for x in with_it.lines) - sum(x.bytes for x in without.lines) == 2 * read.vision


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("config.json", "{", "config.json: no JSON"),
        ("config.json", "[1]", "config.json: a config.json holds an object, not list"),
        ("config.json", "{}", "the config has no 'hidden_size'"),
        ("model.gguf", "GGML", "model.gguf"),
        ("notes.txt", "x", "neither a .json nor a .gguf file"),
    ],
)
def test_a_file_that_is_none(name, text, message, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        model.read(str(path))


def test_a_context_past_the_limit_is_counted_with_a_warning():
    read = model.from_table("gemma-2-9b")
    found = estimate.estimate(read, Quant.parse("Q4_K_M"), Settings(16384))
    assert "16,384 tokens of context: gemma-2-9b was trained for 8,192" in found.warnings[0]
    assert estimate.estimate(read, Quant.parse("Q4_K_M"), Settings(8192)).warnings == ()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"context": 0}, "context is 0; give a number from 1"),
        ({"context": -5}, "context is -5"),
        ({"context": 1 << 40}, "context is 1,099,511,627,776"),
        ({"context": "many"}, "context is 'many', not a whole number"),
        ({"sequences": 0}, "sequences is 0"),
        ({"type_k": "q3_k"}, "'q3_k' is no type of cache; known: f32, f16"),
        (
            {"type_v": "q8_0", "flash": False},
            "llama.cpp refuses a q8_0 cache of values without flash attention",
        ),
        ({"runtime": "ollama"}, "'ollama' is no runtime; known: llama.cpp, vllm"),
        ({"runtime": "vllm", "type_k": "q8_0"}, "'q8_0' is a cache type of llama.cpp"),
        ({"type_k": "fp8"}, "llama.cpp has no fp8 cache"),
        ({"utilization": 1.5}, "utilization is 1.5"),
    ],
)
def test_settings_that_cannot_be(fields, message):
    with pytest.raises(UserError, match=message):
        Settings(**fields)


JUNK = (-1, 0, 1 << 60, "x", [], {}, True, [1, 2], ["x"] * 3)


def test_no_field_of_a_config_can_break_it():
    """Whatever stands in one field, the answer is a layout or a UserError."""
    seen = set()
    for entry in tables.models().values():
        fields = entry["config"]
        if fields["architectures"][0] in seen:
            continue
        seen.add(fields["architectures"][0])
        for key in fields:
            for junk in JUNK:
                try:
                    layout.read(
                        fields | {key: junk, "num_hidden_layers": fields["num_hidden_layers"]}, assume=True
                    )
                except UserError as error:
                    assert "\n" not in str(error)
    assert len(seen) > 40


@pytest.mark.parametrize(
    "name", ["llama-3.2-1b", "gemma-4-e2b", "deepseek-v2-lite", "qwen3.5-0.8b", "lfm2-350m"]
)
def test_no_key_of_a_gguf_file_can_break_it(name, writer, tmp_path):
    known = model.from_table(name)
    writer.sparse(tmp_path / "sparse.gguf", layout.of(known.dims), {t.name: "F16" for t in known.tensors})
    read = header.read(tmp_path / "sparse.gguf")
    shapes = {info.name: info.shape for info in read.tensors}
    for key in read.metadata:
        for junk in (None, *JUNK):
            changed = {k: v for k, v in read.metadata.items() if k != key} | (
                {key: junk} if junk is not None else {}
            )
            try:
                compute.lines(metadata.dims(changed, shapes, name), Settings())
            except UserError as error:
                assert "\n" not in str(error)
