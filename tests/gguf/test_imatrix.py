"""Importances are the mean squared inputs of the model; their files are those that llama.cpp reads."""

import ctypes
import struct
from pathlib import Path

import libgguf
import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from fourbit import tiny
from fourbit.engine.checkpoint import weights
from fourbit.errors import UserError
from fourbit.gguf import imatrix, plan
from fourbit.gguf.imatrix_files import Entry, Imatrix

SMALL = {
    "vocab_size": 96,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "tie_word_embeddings": False,
}
EXPERTS = {"num_experts_per_tok": 2}
MODELS = {
    "phi3": {"rope_scaling": None, "pad_token_id": 0},
    "mixtral": EXPERTS | {"num_local_experts": 4},
    "qwen3_moe": EXPERTS
    | {"num_experts": 4, "moe_intermediate_size": 32, "head_dim": 32, "norm_topk_prob": True},
}
WINDOWS = np.random.default_rng(0).integers(0, 96, (5, 24))


@pytest.fixture(scope="module", params=MODELS)
def model(request, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    torch.manual_seed(0)
    config = AutoConfig.for_model(request.param, **SMALL | MODELS[request.param])
    made = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    for parameter in made.parameters():
        parameter.data += 0.15 * torch.randn_like(parameter)
    made.save_pretrained(folder)
    return folder


def inputs_of(folder: Path, windows: np.ndarray) -> dict[str, list[torch.Tensor]]:
    """What every linear layer and every group of experts reads, by module name, on the whole model at once."""
    loaded, seen = weights.load(folder).eval(), {}
    for name, module in loaded.named_modules():
        if isinstance(module, torch.nn.Linear) or name.endswith(".experts"):
            module.register_forward_pre_hook(
                lambda _, arguments, name=name: seen.setdefault(name, []).append(arguments)
            )
    with torch.no_grad():
        loaded(torch.from_numpy(windows))
    return loaded, {name: calls[0] for name, calls in seen.items()}


def test_importances_are_mean_squared_inputs(model):
    planned = plan.read(model)
    blocks = []
    found = imatrix.collect(planned, WINDOWS, blocks.append, "text.txt")
    assert blocks == ["model.layers.0", "model.layers.1"]
    assert (found.datasets, found.chunks, found.length) == (("text.txt",), 5, 24)
    loaded, inputs = inputs_of(model, WINDOWS)
    checked = 0
    for tensor in planned.tensors:
        mean = found.importance(tensor.name, tensor.shape)
        module = tensor.sources[0].removesuffix(".weight")
        if (
            len(tensor.shape) == 2
            and module in inputs
            and module != "lm_head"
            and ".gate." not in f"{module}."
        ):
            x = inputs[module][0].flatten(0, -2).double()
            assert mean.shape == (tensor.shape[1],) and mean.dtype == np.float32
            np.testing.assert_allclose(mean, x.square().mean(0), rtol=1e-5)
            assert list(found.entries[tensor.name].counts) == [WINDOWS.size]
            checked += 1
        if len(tensor.shape) == 3:
            block = next(
                name
                for name in inputs
                if name.startswith(f"model.layers.{tensor.name[4]}.") and name.endswith(".experts")
            )
            hidden, chosen, _ = inputs[block]
            experts = loaded.get_submodule(block)
            assert mean.shape == (4, tensor.shape[2])
            for index in range(4):
                x = hidden[(chosen == index).any(1)]
                if "down" in tensor.name:
                    gate, up = (x @ experts.gate_up_proj[index].T).chunk(2, -1)
                    x = torch.nn.functional.silu(gate) * up
                np.testing.assert_allclose(mean[index], x.detach().double().square().mean(0), rtol=1e-4)
                assert found.entries[tensor.name].counts[index] == len(x) > 0
                checked += 1
    assert checked == {"phi3": 8, "mixtral": 32, "qwen3_moe": 32}[loaded.config.model_type]
    shapes = [(tensor.name, tensor.shape) for tensor in planned.tensors]
    missing = found.check(shapes, "x")
    assert all("ffn_gate_inp" in name for name in missing)


@pytest.fixture(scope="module")
def made() -> Imatrix:
    """Of two tensors: one matrix, and three experts, of which one was never reached."""
    rng = np.random.default_rng(0)
    sums = rng.chisquare(3, (3, 40)).astype(np.float32) * 100
    sums[1] = 0
    return Imatrix(
        {
            "blk.0.ffn_up_exps.weight": Entry(sums, np.array([70, 0, 90])),
            "blk.0.attn_q.weight": Entry(rng.chisquare(3, (1, 64)).astype(np.float32), np.array([160])),
        },
        ("docs", "näher.txt"),
        2,
        80,
    )


SHAPES = [("blk.0.attn_q.weight", (32, 64)), ("blk.0.ffn_up_exps.weight", (3, 16, 40))]


class Header(ctypes.Structure):
    _fields_ = (("no_alloc", ctypes.c_bool), ("context", ctypes.POINTER(ctypes.c_void_p)))


@pytest.fixture(scope="module")
def ggml():
    from xllamacpp import xllamacpp as extension

    library, address, number = ctypes.CDLL(extension.__file__), ctypes.c_void_p, ctypes.c_int64
    for name, result, *arguments in (
        ("gguf_init_from_file", address, ctypes.c_char_p, Header),
        ("gguf_find_key", number, address, ctypes.c_char_p),
        ("gguf_get_key", ctypes.c_char_p, address, number),
        ("gguf_get_n_kv", number, address),
        ("gguf_get_kv_type", ctypes.c_int, address, number),
        ("gguf_get_arr_type", ctypes.c_int, address, number),
        ("gguf_get_arr_n", ctypes.c_size_t, address, number),
        ("gguf_get_arr_str", ctypes.c_char_p, address, number, ctypes.c_size_t),
        ("gguf_get_val_u32", ctypes.c_uint32, address, number),
        ("gguf_get_val_str", ctypes.c_char_p, address, number),
        ("gguf_get_n_tensors", number, address),
        ("gguf_get_tensor_name", ctypes.c_char_p, address, number),
        ("gguf_get_tensor_type", ctypes.c_int, address, number),
        ("ggml_get_tensor", address, address, ctypes.c_char_p),
        ("ggml_nelements", number, address),
        ("ggml_n_dims", ctypes.c_int, address),
        ("ggml_get_data_f32", ctypes.POINTER(ctypes.c_float), address),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def test_llama_cpp_reads_what_is_written(made, ggml, tmp_path):
    """Through its own functions, field by field as common/imatrix-loader.cpp reads them."""
    path = tmp_path / "x.gguf"
    made.write(path)
    context = ctypes.c_void_p()
    file = ggml.gguf_init_from_file(str(path).encode(), Header(False, ctypes.pointer(context)))
    assert file
    keys = [ggml.gguf_get_key(file, i).decode() for i in range(ggml.gguf_get_n_kv(file))]
    assert keys == ["general.type", "imatrix.datasets", "imatrix.chunk_count", "imatrix.chunk_size"]
    assert ggml.gguf_get_val_str(file, 0) == b"imatrix"
    assert [ggml.gguf_get_kv_type(file, i) for i in (1, 2, 3)] == [9, 4, 4]  # array, uint32, uint32
    assert ggml.gguf_get_arr_type(file, 1) == 8  # of strings
    names = [ggml.gguf_get_arr_str(file, 1, i).decode() for i in range(ggml.gguf_get_arr_n(file, 1))]
    assert tuple(names) == made.datasets
    assert [ggml.gguf_get_val_u32(file, i) for i in (2, 3)] == [2, 80]
    stored = {}
    for i in range(ggml.gguf_get_n_tensors(file)):
        name = ggml.gguf_get_tensor_name(file, i)
        assert ggml.gguf_get_tensor_type(file, i) == 0  # F32
        tensor = ggml.ggml_get_tensor(context, name)
        values = np.ctypeslib.as_array(ggml.ggml_get_data_f32(tensor), (ggml.ggml_nelements(tensor),))
        stored[name.decode()] = values.copy(), ggml.ggml_n_dims(tensor)
    assert list(stored) == sorted(stored, key=lambda name: name.rpartition(".")[0])  # sums before counts
    assert stored["blk.0.attn_q.weight.counts"][1] == 1 and stored["blk.0.ffn_up_exps.weight.counts"][1] == 2
    for name, (sums, counts) in made.entries.items():
        assert np.array_equal(stored.pop(f"{name}.in_sum2")[0], sums.flatten())
        assert np.array_equal(stored.pop(f"{name}.counts")[0], counts)
    assert not stored


def test_what_is_written_is_read(made, tmp_path):
    path = tmp_path / "x.gguf"
    made.write(path)
    assert [file.name for file in tmp_path.iterdir()] == ["x.gguf"]
    again = imatrix.read(path)
    assert (again.datasets, again.chunks, again.length) == (made.datasets, 2, 80)
    assert again.check(SHAPES, "x") == []
    theirs = libgguf.load_imatrix(path)
    for name, shape in SHAPES:
        assert np.array_equal(again.importance(name, shape).flatten(), theirs[name])
    assert np.array_equal(again.importance(*SHAPES[1])[1], np.ones(40))  # the expert that was not reached
    assert again.importance("output.weight", (8, 8)) is None
    before = path.read_bytes()
    again.write(path)
    assert path.read_bytes() == before


def legacy(entries: dict, tail: bytes = b"") -> bytes:
    """A .dat as llama-imatrix wrote it until 2025: name, calls, mean squares times calls."""
    parts = [struct.pack("<i", len(entries))]
    for name, (calls, values) in entries.items():
        octets = name.encode()
        parts += [
            struct.pack("<i", len(octets)),
            octets,
            struct.pack("<ii", calls, len(values)),
            values.tobytes(),
        ]
    return b"".join(parts) + tail


def test_the_older_format_is_read(tmp_path):
    rng, path = np.random.default_rng(0), tmp_path / "x.dat"
    stored = {
        "blk.0.attn_q.weight": (7, rng.chisquare(2, 64).astype(np.float32)),
        "blk.0.ffn_up_exps.weight": (7, rng.chisquare(2, 120).astype(np.float32)),
    }
    name = b"wiki.txt"
    for tail, chunks, datasets in (
        (b"", 0, ()),
        (struct.pack("<i", 12), 12, ()),
        (struct.pack("<ii", 12, len(name)) + name, 12, ("wiki.txt",)),
    ):
        path.write_bytes(legacy(stored, tail))
        found = imatrix.read(path)
        assert (found.chunks, found.datasets, found.length) == (chunks, datasets, 0)
    assert found.check(SHAPES, "x") == []
    theirs = libgguf.load_imatrix(path)
    for name, shape in SHAPES:
        assert np.array_equal(found.importance(name, shape).flatten(), theirs[name])
    assert found.importance(*SHAPES[1]).shape == (3, 40)


def test_damage_is_named(made, tmp_path):
    path = tmp_path / "x"
    whole = legacy({"blk.0.attn_q.weight": (7, np.ones(64, np.float32))})
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        with pytest.raises(UserError, match=r"x: no importance matrix, or damaged"):
            imatrix.read(path)
    path.write_bytes(legacy({"a": (7, np.array([1, np.nan], np.float32))}))
    with pytest.raises(UserError, match="damaged: sums of squares of a that are negative or not finite"):
        imatrix.read(path)
    path.write_bytes(b"\xff\xff\xff\x7f" * 100)
    with pytest.raises(UserError, match="no importance matrix, or damaged"):
        imatrix.read(path)
    made.write(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UserError, match="truncated"):
        imatrix.read(path)
    with pytest.raises(UserError, match="cannot be read: No such file"):
        imatrix.read(tmp_path / "none")


def test_another_file_is_no_importance_matrix(tmp_path):
    import gguf

    writer = gguf.GGUFWriter(tmp_path / "x.gguf", "llama")
    writer.add_tensor("blk.0.attn_q.weight", np.ones((4, 32), np.float32))
    for step in (
        writer.write_header_to_file,
        writer.write_kv_data_to_file,
        writer.write_tensors_to_file,
        writer.close,
    ):
        step()
    with pytest.raises(
        UserError, match=r"a GGUF file, but no importance matrix: it has no imatrix\.datasets"
    ):
        imatrix.read(tmp_path / "x.gguf")


def test_one_of_another_model_is_refused(made):
    with pytest.raises(
        UserError, match=r"f: of another model: 1 of its 2 tensors are not in this one, such as blk\.0\.ffn"
    ):
        made.check(SHAPES[:1], "f")
    wider = [SHAPES[0], ("blk.0.ffn_up_exps.weight", (4, 16, 40))]
    with pytest.raises(
        UserError, match=r"f: of another model: 120 importances for .*, which is 4 x 16 x 40 here"
    ):
        made.check(wider, "f")
    more = [
        *SHAPES,
        ("blk.1.attn_q.weight", (32, 64)),
        ("blk.1.attn_norm.weight", (64,)),
        ("output.weight", (9, 64)),
    ]
    assert made.check(more, "f") == ["blk.1.attn_q.weight"]


def test_a_model_that_overflows_is_named(tmp_path, model):
    state = {name: weights.Weights(model).get(name) for name in weights.Weights(model).names}
    for file in model.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    from safetensors.torch import save_file

    state["model.layers.1.input_layernorm.weight"][3] = torch.nan
    save_file(state, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        UserError, match=r"model\.layers\.1\.self_attn\.\w+: some of its inputs are not finite"
    ):
        imatrix.collect(plan.read(tmp_path), WINDOWS)


def test_a_file_that_cannot_be_written(made, tmp_path):
    with pytest.raises(UserError, match=r"none/x\.gguf: cannot be written: No such file"):
        made.write(tmp_path / "none" / "x.gguf")


def test_the_tiny_model_has_all(tmp_path):
    planned = plan.read(tiny.MODEL)
    windows = np.random.default_rng(0).integers(0, 500, (2, 64))
    found = imatrix.collect(planned, windows)
    assert found.check([(tensor.name, tensor.shape) for tensor in planned.tensors], "x") == []
    assert not any(name.startswith(("output", "token_embd")) for name in found.entries)
    found.write(tmp_path / "a.gguf")
    imatrix.collect(planned, windows).write(tmp_path / "b.gguf")
    assert (tmp_path / "a.gguf").read_bytes() == (tmp_path / "b.gguf").read_bytes()
