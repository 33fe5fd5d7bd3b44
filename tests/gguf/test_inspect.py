"""What a model file holds, what each part costs, and which damage the weights themselves have."""

import io
import json
import struct
import time
import tracemalloc
from itertools import pairwise
from pathlib import Path
from random import Random

import numpy as np
import pytest
from handmade import entry, gguf, safetensors, sound, sound_safetensors
from test_header import mutated

from fourbit.errors import UserError
from fourbit.gguf import inspect as inspection
from fourbit.gguf import safetensors as stored
from fourbit.gguf.inspect import inspect
from fourbit.gguf.parts import layer_of, part_of
from fourbit.gguf.scan import EXPONENTS, IQ1_M, SCALES, Place, scan
from fourbit.gguf.types import TYPES

F32, F16, Q4_0, Q8_0 = 0, 1, 2, 8
MODEL = [entry("general.architecture", 8, "llama"), entry("llama.block_count", 4, 3)]
LAYER = [("attn_q", (4, 64), Q4_0), ("attn_norm", (64,), F32), ("ffn_down", (4, 64), Q4_0)]


def _layer(i: int, kind: int = Q4_0):
    return [(f"blk.{i}.{name}.weight", shape, kind if name == "ffn_down" else k) for name, shape, k in LAYER]


def _write(path: Path, octets: bytes) -> Path:
    path.write_bytes(octets)
    return path


def test_what_each_part_of_a_gguf_costs(tmp_path):
    tensors = [("token_embd.weight", (10, 64), Q8_0), *_layer(0, Q8_0), *_layer(1), *_layer(2)]
    report = inspect(_write(tmp_path / "m.gguf", gguf(MODEL, tensors)))
    assert (report.format, report.damage, report.scanned) == ("GGUF 3", [], True)
    embedding, q4, q8, norm = 10 * 68, 4 * 36, 4 * 68, 256
    assert report.total.nbytes == embedding + 3 * (q4 + norm) + 2 * q4 + q8
    assert report.total.weights == 640 + 3 * (256 + 64 + 256)
    assert report.total.bits == 8 * report.total.nbytes / report.total.weights
    assert {part: group.nbytes for part, group in report.by_part().items()} == {
        "embeddings": embedding,
        "attention": 3 * q4,
        "ffn": 2 * q4 + q8,
        "norms": 3 * norm,
    }
    assert {kind: group.tensors for kind, group in report.by_type().items()} == {
        "Q8_0": 2,
        "F32": 3,
        "Q4_0": 5,
    }
    layers = report.by_layer()
    assert [(numbers, dict(one.types)) for numbers, one in layers] == [
        ([0], {"Q4_0": 1, "Q8_0": 1, "F32": 1}),
        ([1, 2], {"Q4_0": 2, "F32": 1}),
    ]
    assert layers[1][1].nbytes == 2 * q4 + norm


@pytest.mark.parametrize(
    ("name", "part", "layer"),
    [
        ("token_embd.weight", "embeddings", None),
        ("output.weight", "output head", None),
        ("output_norm.weight", "norms", None),
        ("blk.7.attn_output.weight", "attention", 7),
        ("blk.7.attn_q_norm.weight", "norms", 7),
        ("blk.12.ffn_down_exps.weight", "experts", 12),
        ("blk.12.ffn_gate_inp.weight", "experts", 12),
        ("blk.3.ssm_conv1d.weight", "state space", 3),
        ("model.embed_tokens.weight", "embeddings", None),
        ("model.layers.11.self_attn.k_proj.qweight", "attention", 11),
        ("model.layers.11.post_attention_layernorm.weight", "norms", 11),
        ("model.layers.0.mlp.gate_proj.weight", "ffn", 0),
        ("model.layers.0.mlp.gate.weight", "experts", 0),
        ("model.layers.0.mlp.experts.5.up_proj.weight", "experts", 0),
        ("transformer.h.2.attn.c_attn.weight", "attention", 2),
        ("lm_head.weight", "output head", None),
        ("rope_freqs.weight", "other", None),
    ],
)
def test_parts_and_layers_by_name(name, part, layer):
    assert (part_of(name), layer_of(name)) == (part, layer)


def test_types_are_compared_with_those_of_the_file_type(tmp_path):
    entries = [*MODEL, entry("general.file_type", 4, 2)]  # Q4_0: the tied embeddings want Q6_K and get Q8_0
    embedding = ("token_embd.weight", (10, 64), Q8_0)
    as_chosen = gguf(entries, [embedding, *_layer(0), *_layer(1), *_layer(2)])
    assert (
        inspect(_write(tmp_path / "a.gguf", as_chosen)).mix
        == "the types are those that llama.cpp chooses for Q4_0"
    )
    other = gguf(entries, [embedding, *_layer(0), *_layer(1, Q8_0), *_layer(2)])
    assert inspect(_write(tmp_path / "b.gguf", other)).mix == (
        "1 of 7 matrices have another type than llama.cpp chooses for Q4_0, such as blk.1.ffn_down.weight: Q8_0, not Q4_0"
    )
    assert inspect(_write(tmp_path / "c.gguf", gguf(MODEL, [embedding]))).mix == ""


def test_what_llama_cpp_would_not_load(tmp_path):
    tensors = [("blk.0.a.weight", (64,), F32), ("blk." + "n" * 70, (64,), F32)]
    octets = bytearray(gguf(MODEL, tensors) + bytes(32))
    place = octets.index(b"n" * 70) + 70 + 4 + 8 + 4
    octets[place : place + 8] = struct.pack("<Q", 256 + 32)  # 32 bytes further than the first one ends
    report = inspect(_write(tmp_path / "gap.gguf", bytes(octets)))
    gap, *rest = report.damage
    assert gap.startswith(
        f"gap.gguf: tensor blk.{'n' * 70} starts at 288 of the data, the one before it ends at 256: "
    )
    assert rest == [
        f"gap.gguf: 1 tensor names are longer than llama.cpp's 63 bytes: blk.{'n' * 70}",
        "2 of the 3 layers have no tensors, the first is 1",
    ]


def test_the_parts_of_a_split_model_are_taken_together(tmp_path):
    for i in range(3):
        _write(tmp_path / f"big-0000{i + 1}-of-00003.gguf", gguf(MODEL if i == 0 else [], _layer(i)))
    for path in (tmp_path, tmp_path / "big-00002-of-00003.gguf"):
        report = inspect(path)
        assert (report.total.tensors, report.damage) == (9, []) and report.metadata["llama.block_count"] == 3
    (tmp_path / "big-00003-of-00003.gguf").unlink()
    assert inspect(tmp_path).damage == ["1 of 3 parts are missing: big-00003-of-00003.gguf"]
    _write(tmp_path / "other.gguf", gguf())
    with pytest.raises(UserError, match=r"holds 2 GGUF models; name one"):
        inspect(tmp_path)


def test_the_chat_template_is_text(tmp_path):
    template = "{{ ''.__class__.__mro__ }}{% for m in messages %}"
    report = inspect(_write(tmp_path / "m.gguf", gguf([entry("tokenizer.chat_template", 8, template)])))
    assert report.template == template and "tokenizer.chat_template" not in report.metadata


@pytest.mark.parametrize("name", [*SCALES, "IQ1_M"])
def test_a_scale_that_is_no_number_is_found_where_the_type_keeps_it(name, tmp_path):
    """Against the official library: a NaN at that place, and there only, makes weights NaN."""
    from gguf import GGMLQuantizationType, dequantize

    size = SCALES[name][0] if name in SCALES else IQ1_M
    offsets, number = SCALES[name][1:] if name in SCALES else ((48,), "")
    nan = {
        "F16": b"\0\x7e",
        "F32": b"\0\0\xc0\x7f",
        "F8_E8M0": b"\xff",
        "": bytes.fromhex("00000000 00e000f0"),
    }[number]
    if name in TYPES:
        assert TYPES[name].size == size
    for at in offsets:
        blocks = np.full((5, size), 0xFF, np.uint8)  # whatever stands elsewhere must not count
        for place in offsets:
            blocks[:, place : place + len(nan)] = 0
        path = _write(tmp_path / "data", blocks.tobytes())
        assert list(scan([Place("t", path, 0, blocks.nbytes, name)])) == []
        blocks[3, at : at + len(nan)] = np.frombuffer(nan, np.uint8)
        _write(path, blocks.tobytes())
        first = 3 * len(offsets) + offsets.index(at)
        assert list(scan([Place("t", path, 0, blocks.nbytes, name)])) == [
            f"t: 1 of {5 * len(offsets)} scales are NaN or infinite, the first is number {first}"
        ]
        if name in (
            "Q1_0",
            "Q2_0",
            "Q8_1",
            "Q8_K",
            "MXFP4",
        ):  # the library cannot decode these, or reads 255 as 2^128
            continue
        with np.errstate(invalid="ignore"):
            values = dequantize(blocks, GGMLQuantizationType[name])
        assert np.isnan(values[3]).any() and not np.isnan(np.delete(values, 3, axis=0)).any()


@pytest.mark.parametrize("name", ["F64", "F32", "F16", "BF16"])
def test_weights_that_are_no_numbers_are_counted(name, tmp_path):
    torch = pytest.importorskip("torch")
    dtype = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[name]
    numbers = torch.randn(100, dtype=torch.float64).to(dtype)
    numbers[[7, 50, 99]] = torch.tensor([float("nan"), float("inf"), -float("inf")], dtype=dtype)
    numbers[0] = torch.finfo(dtype).max
    path = _write(tmp_path / "data", numbers.view(torch.uint8).numpy().tobytes())
    (found,) = scan([Place("t", path, 0, path.stat().st_size, name)])
    assert found == "t: 3 of 100 weights are NaN or infinite, the first is number 7"


def test_the_search_goes_on_over_chunks_and_says_what_was_cut(tmp_path, monkeypatch):
    monkeypatch.setattr("fourbit.gguf.scan.CHUNK", 1000)  # no multiple of 34
    blocks = np.zeros((400, 34), np.uint8)
    blocks[[29, 350], 1] = 0x7C  # infinity
    path = _write(tmp_path / "data", bytes(10) + blocks.tobytes())
    (found,) = scan([Place("t", path, 10, blocks.nbytes, "Q8_0")])
    assert found == "t: 2 of 400 scales are NaN or infinite, the first is number 29"
    with pytest.raises(UserError, match="ends within t; it was longer"):
        list(scan([Place("t", path, 11, blocks.nbytes, "Q8_0")]))
    assert list(scan([Place("t", path, 0, 8, "I32")])) == [] and "I32" not in EXPONENTS


def test_large_files_are_searched_only_when_asked(tmp_path, monkeypatch):
    octets = bytearray(gguf(MODEL, [*_layer(0), *_layer(1), *_layer(2)]))
    path = _write(tmp_path / "m.gguf", bytes(octets))
    last = inspect(path).tensors[-1].start
    octets[last + 2 : last + 18] = b"\xff" * 16  # codes ...
    octets[last + 18 : last + 20] = b"\0\x7e"  # ... and the scale of the second block
    _write(path, bytes(octets))
    monkeypatch.setattr(inspection, "DEEP", 100)
    assert (inspect(path).scanned, inspect(path).damage) == (False, [])
    assert (inspect(path, deep=False).scanned, inspect(path, deep=True).scanned) == (False, True)
    read = []
    found = inspect(path, deep=True, progress=lambda total: read.append(total) or read.append)
    assert len(found.damage) == 1 and found.damage[0].startswith(
        "blk.2.ffn_down.weight: 1 of 8 scales are NaN"
    )
    assert read[0] == 9 and read[-1] == "blk.2.ffn_down.weight" and len(read) == 10


def test_a_safetensors_file_is_read_like_the_official_library_does(tmp_path):
    from safetensors import safe_open
    from safetensors.numpy import save_file

    random = np.random.default_rng(0)
    arrays = {
        "model.layers.0.mlp.up_proj.weight": random.normal(size=(6, 4)).astype(np.float32),
        "model.embed_tokens.weight": random.normal(size=(3, 4)).astype(np.float16),
        "steps": np.arange(5),
    }
    path = tmp_path / "m.safetensors"
    save_file(arrays, path, metadata={"format": "np"})
    report = inspect(path)
    assert report.metadata == {"__metadata__.format": "np"} and report.damage == []
    with safe_open(path, "np") as reference:
        assert {t.name for t in report.tensors} == set(reference.keys())
    for t in report.tensors:
        octets = path.read_bytes()[t.start : t.start + t.nbytes]
        assert octets == arrays[t.name].tobytes() and t.shape == arrays[t.name].shape
    arrays["model.embed_tokens.weight"][2, 1] = np.nan
    save_file(arrays, path)
    (damage,) = inspect(path).damage
    assert damage == "model.embed_tokens.weight: 1 of 12 weights are NaN or infinite, the first is number 9"


def test_packed_weights_count_as_what_they_stand_for(tmp_path):
    """A GPTQ layer of 64 by 32 and an AWQ layer of the same size."""
    shapes = {
        "qweight": ("I32", [8, 32]),
        "qzeros": ("I32", [2, 4]),
        "scales": ("F16", [2, 32]),
        "g_idx": ("I32", [64]),
    }
    awq = {
        "qweight": ("I32", [64, 4]),
        "qzeros": ("I32", [2, 4]),
        "scales": ("F16", [2, 32]),
        "bias": ("F16", [32]),
    }
    entries, end = {}, 0
    for layer, parts in (("model.layers.0.mlp.a", shapes), ("model.layers.0.mlp.b", awq)):
        for name, (dtype, shape) in parts.items():
            size = int(np.prod(shape)) * (4 if dtype == "I32" else 2)
            entries[f"{layer}.{name}"] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
            end += size
    total = inspect(_write(tmp_path / "m.safetensors", safetensors(entries, end))).total
    assert total.weights == 64 * 32 + 64 * 32 + 32 and total.nbytes == end


def test_a_folder_shows_its_config_and_names_what_its_index_misses(tmp_path):
    _write(tmp_path / "model-1.safetensors", sound_safetensors())
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "llama", "quantization_config": {"bits": 4}})
    )
    (tmp_path / "chat_template.jinja").write_text("{{ messages }}")
    report = inspect(tmp_path)
    assert report.metadata["quantization_config.bits"] == 4 and report.template == "{{ messages }}"
    assert report.damage == []
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(
        json.dumps({"weight_map": {"lm_head.weight": "model-1.safetensors", "x": "model-2.safetensors"}})
    )
    assert inspect(tmp_path).damage == [f"1 of 2 files of {index.name} are missing: model-2.safetensors"]
    index.write_text(json.dumps({"weight_map": {"x": "model-1.safetensors"}}))
    assert inspect(tmp_path).damage == [f"1 tensors of {index.name} are in no file: x"]
    _write(tmp_path / "model-3.safetensors", sound_safetensors())
    assert "tensor lm_head.weight is in 2 files" in inspect(tmp_path).damage
    (tmp_path / "config.json").write_text("[")
    with pytest.raises(UserError, match=r"config.json: damaged: no JSON object"):
        inspect(tmp_path)


def _one(**changes) -> bytes:
    return safetensors({"a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]} | changes}, 24)


PAIR = {"dtype": "U8", "shape": [8]}
DAMAGED = {
    "empty": (b"", r"empty or all zeros"),
    "zeros": (bytes(99), r"empty or all zeros"),
    "git lfs": (b"version https://git-lfs.github.com/spec/v1\noid", r"a Git LFS pointer"),
    "header length": (
        struct.pack("<Q", 1 << 62) + b"{}" * 9,
        r"no safetensors file: its header would have 4,611,",
    ),
    "cut header": (_one()[:40], r"truncated within its header: 40 of \d+ bytes"),
    "no JSON": (safetensors(b"{'a': 1}", 8), r"its header is no JSON$|its header is no JSON;"),
    "no UTF-8": (safetensors(b'{"\xff": 1}', 8), r"its header is no JSON"),
    "deep": (safetensors(b"[" * 200_000, 8), r"its header is no JSON"),
    "digits": (safetensors(b'{"a": ' + b"9" * 9999 + b"}", 8), r"its header is no JSON"),
    "list": (safetensors([1], 8), r"its header is no JSON object"),
    "twice": (safetensors(b'{"a": 1, "a": 2}', 8), r"a is there twice"),
    "notes": (safetensors({"__metadata__": {"a": 1}}), r"its __metadata__ are not strings"),
    "no entry": (safetensors({"a": 3}), r"tensor a lacks its dtype, shape or data_offsets"),
    "dtype": (_one(dtype="F\x1b[31m"), r"tensor a has unknown dtype F\\x1b\[31m"),
    "shape": (_one(shape=[2, -3]), r"tensor a has shape \[2, -3\]"),
    "shape of floats": (_one(shape=[2.0, 3]), r"tensor a has shape \[2.0, 3\]"),
    "shape too large": (_one(shape=[1 << 60, 1 << 60]), r"tensor a has shape \[1152921504606846976, "),
    "bytes": (_one(shape=[2, 4]), r"tensor a takes 24 bytes; 2 x 4 F32 would be 32"),
    "offsets": (_one(data_offsets=[24, 0]), r"tensor a has data_offsets \[24, 0\]"),
    "name": (
        safetensors({"\x1b" * 2000: PAIR | {"data_offsets": [0, 8]}}, 8),
        r"has a name of 2,000 characters",
    ),
    "overlap": (
        safetensors({"a": PAIR | {"data_offsets": [0, 8]}, "b": PAIR | {"data_offsets": [4, 12]}}, 12),
        r"tensors a and b overlap",
    ),
    "gap": (
        safetensors({"a": PAIR | {"data_offsets": [4, 12]}}, 12),
        r"4 bytes before tensor a belong to none",
    ),
    "tail": (_one() + b"x", r"1 bytes after the last tensor belong to none"),
    "truncated": (
        _one()[:-3],
        r"truncated: 3 of the \d+ bytes it should have are missing, from tensor a on \(1 of 1\)",
    ),
}


@pytest.mark.parametrize("case", DAMAGED)
def test_damage_of_a_safetensors_file_is_named(case, tmp_path):
    octets, message = DAMAGED[case]
    with pytest.raises(UserError, match=message) as caught:
        inspect(_write(tmp_path / "m.safetensors", octets))
    assert str(caught.value).isprintable()


def test_what_is_no_model_file(tmp_path):
    with pytest.raises(UserError, match=r"missing.gguf: no such file; give a GGUF or safetensors file"):
        inspect(tmp_path / "missing.gguf")
    with pytest.raises(UserError, match=r"no \*.gguf or \*.safetensors in this folder"):
        inspect(tmp_path)
    with pytest.raises(UserError, match=r"notes.txt: not a GGUF file"):
        inspect(_write(tmp_path / "notes.txt", b"some notes that are long enough"))
    # What a file is, its first bytes say, not its name.
    assert inspect(_write(tmp_path / "a.safetensors", sound())).format == "GGUF 3"
    assert inspect(_write(tmp_path / "b.gguf", sound_safetensors())).format == "safetensors"


def test_thousands_of_mutated_safetensors_headers():
    random, slowest, refused, octets = Random(6), 0.0, 0, sound_safetensors()
    for i in range(3000):
        if i == 2700:
            tracemalloc.start()
        made = mutated(octets, random)
        started = time.process_time()
        try:
            stored.parse(io.BytesIO(made), len(made))
        except UserError as error:
            refused += 1
            assert str(error).isprintable()
        slowest = max(slowest, time.process_time() - started)
    (_, peak) = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused > 2500 and slowest < 2 and peak < 20 << 20


def test_mutated_files_never_do_worse_than_a_report_of_damage(tmp_path):
    """All the way through: header, sums, search, on files that still have all their bytes."""
    random, octets, seen = Random(7), sound(), {"report": 0, "refused": 0}
    path = tmp_path / "m.gguf"
    for _ in range(300):
        _write(path, mutated(octets, random, most=1))
        try:
            report = inspect(path)
        except UserError:
            seen["refused"] += 1
        else:
            seen["report"] += 1
            assert all(a.nbytes >= b.nbytes for a, b in pairwise(report.by_type().values()))
            assert report.by_part() and report.by_layer() and all(map(str.isprintable, report.damage))
    assert min(seen.values()) > 20
