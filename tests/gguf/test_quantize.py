"""The bytes of every type are those of llama.cpp itself, called inside xllamacpp, and of the gguf library."""

import ctypes
import os
from functools import cache

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from fourbit import tiny
from fourbit.errors import UserError
from fourbit.gguf import quantize
from fourbit.gguf.quantize import FLOATS, QUANTIZED, WEIGHTED
from fourbit.gguf.types import TYPES

WIDTH, ROWS = 512, 96  # from 64 rows on libgguf divides them among threads
SLOW = (
    "IQ1_S",
    "IQ1_M",
    "IQ2_XS",
    "IQ2_S",
)  # 5 to 20 seconds for the tables of each, in libgguf and again in ggml
COMPARED = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            name in SLOW and "FOURBIT_ALL_TYPES" not in os.environ,
            reason="its tables take long; FOURBIT_ALL_TYPES=1 compares it as well",
        ),
    )
    for name in FLOATS + QUANTIZED
]


@cache
def ggml():
    from xllamacpp import xllamacpp as extension

    library = ctypes.CDLL(extension.__file__)
    number, address = ctypes.c_int64, ctypes.c_void_p
    library.ggml_quantize_chunk.restype = ctypes.c_size_t
    library.ggml_quantize_chunk.argtypes = [ctypes.c_int, address, address, number, number, number, address]
    return library


def by_ggml(values, kind, importance=None):
    """What llama-quantize stores for a matrix of float32."""
    encoded = np.empty((len(values), kind.row_bytes(values.shape[1])), np.uint8)
    weights = None if importance is None else importance.ctypes.data
    size = ggml().ggml_quantize_chunk(
        kind.id, values.ctypes.data, encoded.ctypes.data, 0, *values.shape, weights
    )
    assert size == encoded.nbytes
    return encoded


@pytest.fixture(scope="module")
def matrices():
    """Gaussian weights with a few outliers, zeros and tiny values; and a layer of the tiny model."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((ROWS, WIDTH), np.float32) * rng.uniform(0.01, 2, (ROWS, 1)).astype(
        np.float32
    )
    values[::7, ::31] *= 9
    values[3] = 0
    values[4, :256] = 0
    values[5] *= 1e-7
    values[6] = 1.5
    layer = load_file(tiny.MODEL / "model.safetensors")["model.layers.1.self_attn.q_proj.weight"]
    return values, np.ascontiguousarray(layer.float().numpy()[:ROWS])


@pytest.fixture(scope="module")
def importances():
    rng = np.random.default_rng(1)
    wide = rng.chisquare(1, WIDTH).astype(np.float32)
    wide[::50] *= 1000
    wide[1::50] = 0
    return wide


@pytest.mark.parametrize("name", COMPARED)
def test_the_bytes_are_those_of_llama_cpp(name, matrices, importances):
    kind = TYPES[name]
    for values in matrices:
        importance = np.ascontiguousarray(np.resize(importances, values.shape[1]))
        for given in [importance] if name in WEIGHTED else [None, importance]:
            if name in FLOATS and given is not None:
                continue
            ours = quantize.encode(values, kind, given)
            assert ours.dtype == np.uint8 and ours.shape == (len(values), kind.row_bytes(values.shape[1]))
            same = (ours == by_ggml(values, kind, given)).all(1)
            if name == "IQ1_M" and given is not None:  # llama.cpp has another order of sums since 2026
                assert 0.6 < same.mean() < 1
            else:
                assert same.all()


@pytest.mark.parametrize("name", ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "TQ1_0", "TQ2_0", "F16", "BF16"])
def test_the_bytes_are_those_of_the_gguf_library(name, matrices):
    kind = gguf.GGMLQuantizationType[name]
    for values in matrices:
        assert np.array_equal(
            quantize.encode(values, TYPES[name]), gguf.quants.quantize(values, kind).view(np.uint8)
        )


@pytest.mark.parametrize("name", COMPARED)
def test_decoding_is_that_of_the_gguf_library(name, matrices, importances):
    values, kind = matrices[0], TYPES[name]
    encoded = quantize.encode(values, kind, importances)
    decoded = quantize.decode(encoded, kind, values.shape)
    expected = gguf.quants.dequantize(encoded, gguf.GGMLQuantizationType[name])
    assert decoded.dtype == np.float32 and np.array_equal(decoded, expected.reshape(values.shape))


def test_importance_moves_the_error_to_where_it_costs_least(matrices, importances):
    values = matrices[0]
    for name in ("Q4_0", "Q2_K", "Q4_K", "IQ4_NL"):
        kind = TYPES[name]
        plain, weighted = (
            quantize.decode(quantize.encode(values, kind, given), kind, values.shape) - values
            for given in (None, importances)
        )
        assert (weighted**2 * importances).sum() < (plain**2 * importances).sum()


def test_stacked_experts_have_an_importance_each(matrices, importances):
    kind, values = TYPES["Q4_K"], np.stack([matrices[0], matrices[0] + 1])
    each = np.stack([importances, importances[::-1]])
    encoded = quantize.encode(values, kind, each)
    assert encoded.shape == (2, ROWS, kind.row_bytes(WIDTH))
    for index in range(2):
        assert np.array_equal(encoded[index], quantize.encode(values[index], kind, each[index]))
    assert not np.array_equal(encoded[0], quantize.encode(values[0], kind, each[1]))
    assert np.array_equal(quantize.decode(encoded, kind, values.shape)[1].shape, values[1].shape)


def test_large_tensors_are_encoded_in_slabs(monkeypatch, matrices):
    whole = quantize.encode(matrices[0], TYPES["Q4_K"])
    monkeypatch.setattr(quantize, "SLAB", 7 * WIDTH)
    assert np.array_equal(quantize.encode(matrices[0], TYPES["Q4_K"]), whole)


def test_other_floats_are_taken_as_they_are(matrices):
    half = torch.from_numpy(matrices[0]).half().numpy()
    assert np.array_equal(
        quantize.encode(half, TYPES["Q6_K"]), quantize.encode(half.astype(np.float32), TYPES["Q6_K"])
    )


@pytest.mark.parametrize("name", WEIGHTED)
def test_types_that_need_importances_refuse_without(name, matrices):
    with pytest.raises(
        UserError, match=f"blk.0.x: {name} needs the importance of every column; give --calib"
    ):
        quantize.encode(matrices[0], TYPES[name], name="blk.0.x")


@pytest.mark.parametrize("name", sorted(TYPES.keys() - set(FLOATS + QUANTIZED)))
def test_types_that_cannot_be_made_are_named(name, matrices):
    with pytest.raises(UserError, match=f"quantize to {name}; these can be made: Q4_0"):
        quantize.encode(matrices[0], TYPES[name])


def test_bad_weights_are_refused(matrices):
    values = matrices[0].copy()
    values[2, 5] = np.nan
    values[2, 6] = np.inf
    with pytest.raises(UserError, match=r"tensor: 2 of 49,152 weights are not finite"):
        quantize.encode(values, TYPES["Q4_K"])
    values[2, 5:7] = 70_000
    with pytest.raises(UserError, match="up to 70,000 are too large for F16; use bf16 or f32"):
        quantize.encode(values, TYPES["F16"])
    for name in ("F32", "BF16", "Q4_0"):  # whose scales are an eighth of that
        encoded = quantize.encode(values, TYPES[name])
        assert quantize.decode(encoded, TYPES[name], values.shape)[2, 5] == pytest.approx(70_000, rel=0.01)


def test_blocks_must_fill_rows(matrices, importances):
    with pytest.raises(ValueError, match="Q4_K stores blocks of 256 weights; 500 is no multiple"):
        quantize.encode(matrices[0][:, :500], TYPES["Q4_K"])
    with pytest.raises(ValueError, match=r"importances \(500,\) for 1 matrices of 512 columns"):
        quantize.encode(matrices[0], TYPES["Q4_0"], importances[:500])
