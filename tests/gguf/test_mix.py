"""The types that llama.cpp's quantizer chooses, tensor by tensor, and the sizes that follow."""

import json
import re
from collections import Counter
from math import prod
from pathlib import Path
from random import Random
from zlib import crc32

import pytest

from fourbit.errors import UserError
from fourbit.gguf import mix
from fourbit.gguf.types import TYPES

SNAPSHOTS = json.loads((Path(__file__).parent / "llamacpp_mixes.json").read_text(encoding="utf-8"))


def _attention(width: int, heads: int, ffn: int = 0) -> dict[str, tuple[int, ...]]:
    """Shapes by name in the layer; only the last size decides, so rows that do not are 64."""
    shapes = {name: (64, width) for name in ("attn_q", "attn_k", "attn_v")} | {"attn_output": (width, heads)}
    return shapes | (
        {"ffn_gate": (ffn, width), "ffn_up": (ffn, width), "ffn_down": (width, ffn)} if ffn else {}
    )


def _experts(width: int, number: int, inner: int, shared: int = 0, gate: bool = True):
    sizes = [("exps", (number,), inner)] + ([("shexp", (), shared)] if shared else [])
    shapes = {}
    for end, stack, size in sizes:
        shapes |= {f"ffn_up_{end}": (*stack, size, width), f"ffn_down_{end}": (*stack, width, size)}
        shapes |= {f"ffn_gate_{end}": (*stack, size, width)} if gate else {}
    return shapes


def _linear(width: int, heads: int, *small: str) -> dict[str, tuple[int, ...]]:
    """Linear attention as in Qwen3-Next."""
    shapes = {name: (64, width) for name in small} | {"ssm_out": (width, heads)}
    return shapes | {"attn_gate": (heads, width), "attn_qkv": (8192, width)}


def _model(width: int, layers: list[dict[str, tuple[int, ...]]], tied: bool = False):
    names = ["token_embd.weight"] + ([] if tied else ["output.weight"])
    tensors = [(name, (1000, width)) for name in names]
    for i, layer in enumerate(layers):
        tensors += [(f"blk.{i}.{name}.weight", shape) for name, shape in layer.items()]
    return tensors


def _hybrid(layers: int, full: dict, linear: dict, rest: dict) -> list[dict]:
    """Every fourth layer attends to everything."""
    return [rest | (full if i % 4 == 3 else linear) for i in range(layers)]


MLA = {"attn_k_b": (128, 512, 128), "attn_v_b": (128, 128, 512), "attn_kv_a_mqa": (576, 7168)}
MLA |= {"attn_q_a": (1536, 7168), "attn_q_b": (24576, 1536), "attn_output": (7168, 16384)}
NEMOTRON = "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME"  # Mamba, Experts, attention
STATE = {"ssm_in": (10304, 2688), "ssm_out": (2688, 4096)}
DENSE_FFN = _attention(7168, 0, 18432)
MODELS = {  # architecture, experts, query heads to a key-value head, tensors; sizes from the published configs
    "deepseek-v3.1": (
        *("deepseek2", 256, 128),
        _model(
            7168,
            [MLA | {name: DENSE_FFN[name] for name in ("ffn_gate", "ffn_up", "ffn_down")}] * 3
            + [MLA | _experts(7168, 256, 2048, 2048)] * 58,
        ),
    ),
    "gemma-3-4b-it": ("gemma3", 0, 2, _model(2560, [_attention(2560, 2048, 10240)] * 34, tied=True)),
    "glm-4.6v": (
        *("glm4moe", 128, 12),
        _model(
            4096,
            [_attention(4096, 12288, 10944)]
            + [_attention(4096, 12288) | _experts(4096, 128, 1408, 1408)] * 45,
        ),
    ),
    "gpt-oss-120b": (
        *("gpt-oss", 128, 8),
        _model(2880, [_attention(2880, 4096) | _experts(2880, 128, 2880)] * 36),
    ),
    "meta-llama-3.1-70b-instruct": ("llama", 0, 8, _model(8192, [_attention(8192, 8192, 28672)] * 80)),
    "nvidia-nemotron-3-nano-30b-a3b": (
        *("nemotron_h_moe", 128, 0),
        _model(
            2688,
            [
                {"M": STATE, "E": _experts(2688, 128, 1856, 3712, gate=False), "*": _attention(2688, 4096)}[c]
                for c in NEMOTRON
            ],
        ),
    ),
    "qwen3-0.6b": ("qwen3", 0, 2, _model(1024, [_attention(1024, 2048, 3072)] * 28)),
    "qwen3-14b": ("qwen3", 0, 5, _model(5120, [_attention(5120, 5120, 17408)] * 40)),
    "qwen3-coder-next": (
        *("qwen3next", 512, 8),
        _model(
            2048,
            _hybrid(48, _attention(2048, 4096), _linear(2048, 4096, "ssm_ba"), _experts(2048, 512, 512, 512)),
        ),
    ),
    "qwen3.5-397b-a17b": (
        *("qwen35moe", 512, 16),
        _model(
            4096,
            _hybrid(
                60,
                _attention(4096, 8192),
                _linear(4096, 8192, "ssm_alpha", "ssm_beta"),
                _experts(4096, 512, 1024, 1024),
            ),
        ),
    ),
    "qwen3.6-27b": (
        *("qwen35", 0, 6),
        _model(
            5120,
            _hybrid(
                64,
                _attention(5120, 6144),
                _linear(5120, 6144, "ssm_alpha", "ssm_beta"),
                {name: s for name, s in _attention(5120, 0, 17408).items() if name.startswith("ffn")},
            ),
        ),
    ),
    "step-3.5-flash": (
        *("step35", 288, 8),
        _model(
            4096,
            [_attention(4096, 8192, 11264) | {"attn_gate": (64, 4096)}] * 3
            + [_attention(4096, 8192) | {"attn_gate": (64, 4096)} | _experts(4096, 288, 1280, 1280)] * 42,
        ),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_tensor_gets_the_type_that_llama_cpp_gives_it(name):
    arch, experts, gqa, tensors = MODELS[name]
    Random(0).shuffle(tensors)  # the order in the file must not matter: llama.cpp sorts
    differ = {}
    for file_type, recorded in SNAPSHOTS[name].items():
        choices = mix.choose(tensors, file_type, arch, n_expert=experts, n_gqa=gqa)
        lines = "\n".join(f"{key} {choices[key].type.name}" for key in sorted(choices))
        if f"{crc32(lines.encode()):08x}" != recorded:
            differ[file_type] = Counter(choice.type.name for choice in choices.values())
    assert len(SNAPSHOTS[name]) == 33 and differ == {}


def _llama(layers=32, width=4096, ffn=14336, heads=32, shared=8, vocabulary=128256, tied=False, freqs=64):
    """All tensors of a Llama, in the order of its file; the sizes of Llama-3.1-8B unless told otherwise."""
    narrow = width // heads * shared
    tensors = [("token_embd.weight", (vocabulary, width)), ("output_norm.weight", (width,))]
    tensors += [] if tied else [("output.weight", (vocabulary, width))]
    tensors += [("rope_freqs.weight", (freqs,))] if freqs else []
    for i in range(layers):
        for name, shape in (
            ("attn_norm", (width,)),
            ("attn_q", (width, width)),
            ("attn_k", (narrow, width)),
            ("attn_v", (narrow, width)),
            ("attn_output", (width, width)),
            ("ffn_norm", (width,)),
            ("ffn_gate", (ffn, width)),
            ("ffn_up", (ffn, width)),
            ("ffn_down", (width, ffn)),
        ):
            tensors.append((f"blk.{i}.{name}.weight", shape))
    return tensors


PUBLISHED = """
IQ1_S 2.0042 1.87   IQ1_M 2.1460 2.01   IQ2_XXS 2.3824 2.23  IQ2_XS 2.5882 2.42  IQ2_S 2.7403 2.56  IQ2_M 2.9294 2.74
IQ3_XXS 3.2548 3.04 IQ3_XS 3.4977 3.27  IQ3_S 3.6606 3.42    IQ3_M 3.7628 3.52   IQ4_XS 4.4597 4.17 IQ4_NL 4.6818 4.38
Q2_K_S 2.9697 2.78  Q2_K 3.1593 2.95    Q3_K_S 3.6429 3.41   Q3_K_M 3.9960 3.74  Q3_K_L 4.2979 4.02 Q4_K_S 4.6672 4.36
Q4_K_M 4.8944 4.58  Q5_K_S 5.5704 5.21  Q5_K_M 5.7036 5.33   Q6_K 6.5633 6.14    Q8_0 8.5008 7.95   F16 16.0005 14.96
"""


def test_sizes_of_llama_3_1_8b_as_published():
    """Bits per weight and GiB of tools/quantize/README.md of llama.cpp, all 24 file types."""
    tensors = _llama()
    weights = sum(prod(shape) for _, shape in tensors)
    rows = re.findall(r"(\S+) ([\d.]+) ([\d.]+)", PUBLISHED)
    assert len(rows) == 24
    for name, bits, gib in rows:
        # Published with a matrix for those that need one; then IQ3_XXS puts less into the down projection.
        choices = mix.choose(tensors, name, "llama", n_gqa=4, imatrix=name == "IQ3_XXS")
        size = mix.bytes_of(choices, tensors)
        assert (f"{8 * size / weights:.4f}", f"{size / 2**30:.2f}") == (bits, gib), name


def test_rows_of_576_make_most_of_smollm2_fall_back():
    tensors = _llama(30, 576, 1536, 9, 3, 49152, tied=True, freqs=0)
    choices = mix.choose(tensors, "Q4_K_M", "llama", n_gqa=3)
    assert len(tensors) == 272 and sum(choice.fell_back for choice in choices.values()) == 180
    # The file that llama.cpp wrote has 105,453,920 bytes, 1,785,440 of them metadata.
    assert mix.bytes_of(choices, tensors, alignment=32) == 105_453_920 - 1_785_440
    query, down = choices["blk.0.attn_q.weight"], choices["blk.0.ffn_down.weight"]
    assert (query.type.name, query.wanted.name, down.type.name) == ("Q5_0", "Q4_K", "Q6_K")
    assert query.reason == ("rows of 576 are no multiple of 256: Q5_0 in place of Q4_K (base type of Q4_K_M)")
    assert down.reason == (
        "feed-forward down, more bits in the first and last eighth of the layers and every third between"
    )


@pytest.mark.parametrize(
    ("file_type", "without", "with_matrix"),
    [
        ("Q4_0", {"Q4_0": 8}, {"Q4_1": 1, "Q4_0": 7}),
        ("Q5_0", {"Q5_0": 8}, {"Q5_1": 1, "Q5_0": 7}),
        ("IQ4_XS", {"Q5_K": 1, "IQ4_XS": 7}, {"IQ4_XS": 8}),
        ("IQ4_NL", {"Q5_K": 1, "IQ4_NL": 7}, {"IQ4_NL": 8}),
        ("IQ3_XXS", {"Q4_K": 1, "Q3_K": 7}, {"IQ3_XXS": 8}),
        ("Q4_K_M", {"Q6_K": 4, "Q4_K": 4}, {"Q6_K": 4, "Q4_K": 4}),
    ],
)
def test_an_importance_matrix_changes_the_down_projection(file_type, without, with_matrix):
    tensors = _llama(layers=8)
    for imatrix, expected in ((False, without), (True, with_matrix)):
        choices = mix.choose(tensors, file_type, "llama", n_gqa=4, imatrix=imatrix)
        assert Counter(choices[f"blk.{i}.ffn_down.weight"].type.name for i in range(8)) == expected


def test_the_value_projection_of_iq3_xxs_follows_matrix_and_sharing():
    tensors, name = _llama(layers=8), "blk.5.attn_v.weight"

    def kind(**facts):
        return mix.choose(tensors, "IQ3_XXS", "llama", **facts)[name].type.name

    assert kind(n_gqa=4) == "Q4_K"
    assert (kind(n_gqa=1), kind(n_gqa=1, imatrix=True)) == ("IQ3_S", "IQ3_XXS")


def test_pure_means_the_base_type_everywhere_that_rows_allow():
    tensors = _llama(4, 576, 1536, 9, 3, 49152, tied=True, freqs=0)
    choices = mix.choose(tensors, "Q4_K_M", "llama", pure=True)
    assert choices["token_embd.weight"].type.name == "Q5_0"  # the mix has Q8_0 here
    assert {choices[f"blk.{i}.ffn_down.weight"].type.name for i in range(4)} == {"Q4_K"}
    assert choices["blk.0.attn_norm.weight"].type.name == "F32"


def test_eight_experts():
    """Mixtral: 8-bit keys and values, the layer of an expert read from its name."""
    layer = _attention(4096, 4096) | _experts(4096, 8, 14336) | {"ffn_gate_inp": (8, 4096)}
    choices = mix.choose(_model(4096, [layer] * 32), "Q4_K_M", "llama", n_expert=8, n_gqa=4)

    def kinds(name):
        return [choices[f"blk.{i}.{name}.weight"].type.name for i in range(32)]

    assert {*kinds("attn_k"), *kinds("attn_v")} == {"Q8_0"} and set(kinds("attn_output")) == {"Q5_K"}
    outer = [*range(4), *range(6, 28, 3), *range(28, 32)]
    assert [i for i, kind in enumerate(kinds("ffn_down_exps")) if kind == "Q6_K"] == outer
    assert set(kinds("ffn_gate_inp")) == {"F32"}


def test_falcon_has_its_own_rules():
    layer = {"attn_qkv": (4672, 4544), "attn_output": (4544, 4544), "ffn_up": (18176, 4544)}
    tensors = _model(4544, [layer | {"ffn_down": (4544, 18176)}] * 32)
    choices = mix.choose(tensors, "Q4_K_M", "falcon", n_gqa=71)
    downs = [choices[f"blk.{i}.ffn_down.weight"].type.name for i in range(32)]
    assert downs[:7] == ["Q6_K", "Q6_K", "Q5_K", "Q5_K", "Q4_K", "Q4_K", "Q5_K"]
    assert choices["output.weight"].type.name == "Q8_0"
    assert mix.choose(tensors, "Q2_K", "falcon")["blk.0.attn_output.weight"].wanted.name == "Q2_K"


@pytest.mark.parametrize(
    ("arch", "layers", "gqa", "expected"),
    [("llama", 80, 8, "Q5_K"), ("llama", 80, 1, "Q4_K"), ("llama", 79, 8, "Q4_K"), ("qwen2", 80, 8, "Q5_K")],
)
def test_the_values_of_a_70b_model_get_more_bits(arch, layers, gqa, expected):
    tensors = _model(8192, [{"attn_v": (1024, 8192)}] * layers)
    choices = mix.choose(tensors, "Q4_K_M", arch, n_gqa=gqa)
    assert choices["blk.10.attn_v.weight"].type.name == expected  # a layer between those with Q6_K


def test_widths_that_nothing_fits_become_f16():
    for width, expected in ((64, "IQ4_NL"), (48, "F16")):
        (choice,) = mix.choose([("blk.0.attn_q.weight", (64, width))], "IQ4_XS", "llama").values()
        assert (choice.type.name, choice.wanted.name) == (expected, "IQ4_XS")


def test_what_is_never_quantized():
    kept = {
        "blk.0.attn_norm.weight": ((64,), "F32"),
        "blk.0.attn_q.bias": ((64,), "F32"),
        "blk.0.ffn_gate_inp.weight": ((8, 256), "F32"),
        "blk.0.ssm_conv1d.weight": ((256, 4), "F32"),
        "position_embd.weight": ((512, 256), "F32"),
        "per_layer_model_proj.weight": ((512, 256), "BF16"),
        "blk.0.attn_k.weight": ((1, 256), "BF16"),  # a single row is a vector to llama.cpp
    }
    tensors = [(name, shape) for name, (shape, _) in kept.items()]
    choices = mix.choose(tensors, "Q4_K_M", "llama", source="BF16")
    assert {name: choice.type.name for name, choice in choices.items()} == {
        name: kind for name, (_, kind) in kept.items()
    }


def test_tensors_that_need_an_importance_matrix():
    tensors = _llama(layers=8)
    for file_type, needed in (("IQ2_XS", 47), ("Q2_K_S", 47), ("Q2_K", 0), ("Q4_K_M", 0), ("IQ3_XXS", 40)):
        choices = mix.choose(tensors, file_type, "llama", n_gqa=4, imatrix=True)
        assert len(mix.needs_imatrix(choices, file_type)) == needed, file_type


def test_facts_come_from_the_metadata():
    metadata = {"general.architecture": "llama", "llama.block_count": 30, "llama.attention.head_count": 9}
    assert mix.facts(metadata) == {"n_layer": 30, "n_gqa": 1}
    assert mix.facts(metadata | {"llama.attention.head_count_kv": 3, "llama.expert_count": 8}) == {
        "n_layer": 30,
        "n_gqa": 3,
        "n_expert": 8,
    }
    assert mix.facts(metadata | {"llama.attention.head_count_kv": [0, 3]})["n_gqa"] == 0
    assert mix.facts({}) == {}


def test_names_on_the_command_line():
    assert [mix.file_type(name) for name in ("q4_k", "Q4_K_M", "iq4-xs", "f16")] == [
        *("Q4_K_M", "Q4_K_M", "IQ4_XS", "F16")
    ]
    with pytest.raises(UserError, match=r"'q4_k_xl' is no GGUF file type; known: f32, f16"):
        mix.file_type("q4_k_xl")
    assert all(kind.base is TYPES[kind.base.name] for kind in mix.FILE_TYPES.values())
    assert len({kind.id for kind in mix.FILE_TYPES.values()}) == len(mix.FILE_TYPES)
