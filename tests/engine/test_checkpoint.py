import numpy as np
import pytest
import torch

from fourbit.engine import checkpoint
from fourbit.errors import UserError
from fourbit.grid import quantize_rtn

rng = np.random.default_rng(0)


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_packing_is_a_bit_stream_down_each_column(bits):
    values = rng.integers(2**bits, size=(64, 5)).astype(np.uint8)
    words = checkpoint.pack(values, bits)
    assert words.dtype == np.int32 and words.shape == (64 * bits // 32, 5)
    stream = sum(int(word) % 2**32 << 32 * i for i, word in enumerate(words[:, 3]))
    assert [stream >> bits * i & (2**bits - 1) for i in range(64)] == values[:, 3].tolist()
    assert np.array_equal(checkpoint.unpack(words, bits), values)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_a_layer_survives_storage_to_the_last_bit(bits, symmetric):
    W = rng.standard_normal((64, 96))
    W[:, :32] = np.abs(W[:, :32])  # asymmetric zero points of 0, which format "gptq" cannot hold
    q = quantize_rtn(W, bits, 32, symmetric)
    stored = {f"layer.{name}": tensor for name, tensor in checkpoint.tensors(q, symmetric).items()}
    assert sum(tensor.nbytes for tensor in stored.values()) == checkpoint.stored_bytes((64, 96), bits, 32)
    config = checkpoint.settings(bits, 32, symmetric, False, True, 0.01)
    assert config["checkpoint_format"] == ("gptq" if symmetric else "gptq_v2")
    back = checkpoint.quantized_layers(stored, config)["layer"]
    assert np.array_equal(back.dequantize(), q.dequantize())
    del stored["layer.g_idx"]  # some writers leave it out when it is sorted
    assert np.array_equal(checkpoint.quantized_layers(stored, config)["layer"].dequantize(), q.dequantize())


def test_symmetric_zero_points_have_the_well_known_words():
    stored = checkpoint.tensors(quantize_rtn(rng.standard_normal((32, 32)), 4, 32), symmetric=True)
    assert (stored["qzeros"] == 0x77777777).all()


def test_a_checkpoint_that_cannot_be_read_is_named():
    with pytest.raises(UserError, match="method 'awq', 4 bits, format 'gptq' cannot be read here"):
        checkpoint.quantized_layers({}, {"quant_method": "awq", "bits": 4})
    stored = {
        f"a.{name}": t for name, t in checkpoint.tensors(quantize_rtn(np.ones((32, 32)), 4, 32), True).items()
    }
    config = checkpoint.settings(4, 32, True, False, True, 0.01)
    with pytest.raises(UserError, match="a: the checkpoint has no scales"):
        checkpoint.quantized_layers({k: v for k, v in stored.items() if k != "a.scales"}, config)
    with pytest.raises(UserError, match="a: its tensors disagree"):
        checkpoint.quantized_layers(stored | {"a.scales": torch.ones(3, 32)}, config)
