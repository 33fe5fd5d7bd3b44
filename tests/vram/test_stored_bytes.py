"""Bytes of weights outside of GGUF, against the formats' own packers and against pencil and paper."""

from pathlib import Path

import pytest

from fourbit.errors import UserError
from fourbit.vram import model, weights
from fourbit.vram.weights import Quant

PLAIN = {"layers": 2, "embed": 256, "heads": 4, "kv_heads": 2, "feed": 512, "vocab": 1000}
ATTENTION, FEED = 256 * 256 * 2 + 128 * 256 * 2, 3 * 256 * 512
MATRICES = 2 * (ATTENTION + FEED)
OTHERS = 2 * 1000 * 256 + (2 * 2 + 1) * 256  # embedding, head, norms


@pytest.fixture
def small() -> model.Model:
    return model.from_numbers(**PLAIN)


def weigh(small: model.Model, text: str) -> int:
    return weights.weigh(small, Quant.parse(text)).total


def test_sixteen_and_thirty_two_bits(small):
    assert small.parameters == MATRICES + OTHERS
    assert weigh(small, "bf16") == 2 * (MATRICES + OTHERS)
    assert weigh(small, "f32") == 4 * (MATRICES + OTHERS)


def test_gptq_counts_codes_scales_zeros_and_groups(small):
    widths = 2 * (4 * 256 + 2 * 256 + 512)  # inputs of q, k, v, o, gate, up and down
    outputs = 2 * (2 * 256 + 2 * 128) * 2 + 2 * (2 * 512 * 2 + 256 * 4)  # outputs x groups of 128
    assert weigh(small, "gptq") == MATRICES // 2 + 2 * outputs + outputs // 2 + 4 * widths + 2 * OTHERS
    assert weigh(small, "awq") == weigh(small, "gptq") - 4 * widths


def test_gptq_matches_the_checkpoint_writer(small):
    gptq = pytest.importorskip("fourbit.engine.checkpoint.gptq")
    for bits, group in ((4, 128), (4, 64), (8, 128), (3, 64), (2, 32)):
        found = weights.weigh(small, Quant.parse(f"gptq-{bits}-{group}")).bytes
        for name, shape in (("blk.0.attn_q.weight", (256, 256)), ("blk.1.ffn_down.weight", (256, 512))):
            assert found[name] == gptq.stored_bytes(shape, bits, group), (bits, group, name)


def test_nf4_with_and_without_double_quantization(small):
    assert weigh(small, "nf4") == MATRICES // 2 + 4 * MATRICES // 64 + 2 * OTHERS
    scales = MATRICES // 64
    assert weigh(small, "nf4-dq") == MATRICES // 2 + scales + 4 * scales // 256 + 2 * OTHERS


def test_fp8_and_mxfp4(small):
    assert weigh(small, "mxfp4") == MATRICES * 17 // 32 + 2 * OTHERS
    assert weigh(small, "fp8") == MATRICES + 4 * MATRICES // 128**2 + 2 * OTHERS


def test_gpt_oss_experts_are_mxfp4_and_the_rest_is_not():
    read = model.from_table("gpt-oss-20b")
    found = weights.weigh(read, Quant.parse("mxfp4_moe")).bytes
    assert found["blk.0.ffn_up_exps.weight"] == 32 * 2880 * 2880 * 17 // 32
    assert found["blk.0.attn_q.weight"] > 4096 * 2880


def test_an_mxfp4_checkpoint_has_its_experts_in_mxfp4_only():
    read = model.from_table("gpt-oss-20b")
    assert read.stored == "mxfp4"
    found = weights.weigh(read, Quant.parse(read.stored))
    assert found.bytes["blk.0.attn_q.weight"] == 2 * 4096 * 2880
    assert found.total / 1e9 == pytest.approx(13.76, abs=0.01)  # of its safetensors files


@pytest.mark.parametrize(
    ("config", "stored"),
    [
        ({"quant_method": "gptq", "bits": 4, "group_size": 64}, "gptq-4-64"),
        ({"quant_method": "gptq", "bits": 3, "group_size": -1}, "gptq-3--1"),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, "awq-4-128"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_use_double_quant": True}, "nf4-dq"),
        ({"quant_method": "bitsandbytes", "load_in_8bit": True}, "int8"),
        ({"quant_method": "fp8"}, "fp8"),
        ({"quant_method": "something"}, ""),
        ("junk", ""),
    ],
)
def test_a_config_says_how_its_weights_are_stored(config, stored):
    from fourbit.vram import tables

    read = model.from_config(tables.model("llama-3.2-1b")[1]["config"] | {"quantization_config": config})
    assert read.stored == stored
    if stored:
        assert weights.weigh(read, Quant.parse(stored)).total < 2 * read.parameters


def test_routers_and_norms_are_never_quantized():
    read = model.from_table("qwen3-30b-a3b")
    found = weights.weigh(read, Quant.parse("nf4")).bytes
    assert found["blk.0.ffn_gate_inp.weight"] == 2 * 128 * 2048
    assert found["blk.0.attn_norm.weight"] == 2 * 2048


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q9", "'q9' is no quantization"),
        ("gptq-5", "GPTQ stores 2, 3, 4 or 8 bits"),
        ("awq-3", "AWQ stores 4 bits"),
        ("gptq-4-0", "a group size is a positive number"),
        ("gptq-4--7", "a group size is a positive number"),
        ("", "'' is no quantization"),
    ],
)
def test_what_is_no_quantization(text, message):
    with pytest.raises(UserError, match=message):
        Quant.parse(text)


def test_a_group_size_that_does_not_fit(small):
    with pytest.raises(
        UserError, match=r"group size 96 does not divide the rows of blk\.0\.\w+\.weight \(256 weights\)"
    ):
        weigh(small, "gptq-4-96")
    assert weigh(small, "gptq-4--1") < weigh(small, "gptq-4-128")


def test_a_model_without_a_file_needs_a_quantization(small):
    with pytest.raises(UserError, match="say how its weights are stored"):
        weights.weigh(small, None)


def test_the_library_is_standard_library_only():
    """It runs in a browser: nothing but the standard library and itself is imported."""
    folder = Path(weights.__file__).parent
    for path in [*folder.glob("*.py"), *(folder.parent / "gguf" / f"{n}.py" for n in GGUF)]:
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]):
                assert words[1].split(".")[0] in {"fourbit", *STANDARD}, (path.name, line)


GGUF = (
    "layout",
    "dims",
    "known",
    "architectures",
    "modules",
    "mix",
    "mixes",
    "names",
    "header",
    "reader",
    "types",
)
STANDARD = {
    *("json", "re", "sys", "tomllib", "math", "dataclasses", "typing", "pathlib", "functools", "collections"),
    *("subprocess", "difflib", "collections.abc", "struct", "io", "itertools", "importlib"),
}
