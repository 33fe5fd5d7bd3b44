import numpy as np
import pytest
import torch

from fourbit.engine.checkpoint import awq
from fourbit.errors import UserError
from fourbit.grid import quantize_rtn

rng = np.random.default_rng(0)


def words(values: np.ndarray) -> torch.Tensor:
    """(n, d_out) codes as AutoAWQ packs them: columns 0 2 4 6 1 3 5 7 of every eight, from the lowest bits on."""
    packed = np.zeros((len(values), values.shape[1] // 8), np.int64)
    for field, column in enumerate((0, 2, 4, 6, 1, 3, 5, 7)):
        packed |= values[:, column::8].astype(np.int64) << 4 * field
    return torch.from_numpy(packed.astype(np.uint32).view(np.int32))


def stored(q) -> dict[str, torch.Tensor]:
    return {
        "qweight": words(q.codes.T),
        "qzeros": words(q.zeros.T),
        "scales": torch.from_numpy(np.ascontiguousarray(q.scales.T)),
    }


@pytest.mark.parametrize("group_size", [-1, 32])
def test_a_layer_is_read_to_the_last_bit(group_size):
    q = quantize_rtn(rng.standard_normal((40, 96)), 4, group_size, symmetric=False)
    back = awq.read("layer", stored(q), {})
    for part in ("codes", "scales", "zeros", "g_idx"):
        assert np.array_equal(getattr(back, part), getattr(q, part)), part
    assert np.array_equal(back.dequantize(), q.dequantize()) and back.notes == ()


def test_a_known_word():
    parts = stored(quantize_rtn(np.ones((8, 1)), 4, -1))
    parts["qweight"] = torch.tensor([[0x76543210]], dtype=torch.int32)
    assert awq.read("layer", parts, {}).codes.ravel().tolist() == [0, 4, 1, 5, 2, 6, 3, 7]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scales": torch.ones(3, 8).half()}, r"a: its tensors disagree: qweight \(64, 1\), qzeros \(2, 1\)"),
        ({"qzeros": torch.ones(2, 2, dtype=torch.int32)}, "a: its tensors disagree"),
        ({"qweight": torch.ones(63, 1, dtype=torch.int32)}, "a: its tensors disagree"),
        ({"qweight": torch.ones(64, 1, dtype=torch.int64)}, "a.qweight: must be int32, is int64"),
    ],
)
def test_tensors_that_disagree_are_named(change, message):
    parts = stored(quantize_rtn(rng.standard_normal((8, 64)), 4, 32))
    with pytest.raises(UserError, match=message):
        awq.read("a", parts | change, {})


@pytest.mark.parametrize("settings", [{"version": "gemv", "bits": 4}, {"version": "gemm", "bits": 8}])
def test_other_layouts_are_refused(settings):
    with pytest.raises(
        UserError, match=r"AWQ version 'gem.' with . bits cannot be read; gemm with 4 bits can"
    ):
        awq.check_settings(settings)
    awq.check_settings({"version": "GEMM", "bits": 4})
