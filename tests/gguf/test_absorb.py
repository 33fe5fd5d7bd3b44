"""Checkpoints with groups in activation order."""

import numpy as np
import pytest
from gptq_checkpoints import EXPERTS, build, checkpoint, close, decoded, same, scatter

from fourbit.engine.checkpoint.weights import Weights
from fourbit.errors import UserError
from fourbit.gguf import plan
from fourbit.gguf.absorb import Sorted
from fourbit.gguf.repack import repack


def test_scattered_groups_are_refused_by_name(tmp_path):
    change = scatter("0.self_attn.q_proj", "1.mlp.up_proj")
    folder = checkpoint(tmp_path / "model", build(), change=change, desc_act=True)
    named = r"2 of 21 tensors.*model.layers.0.self_attn.q_proj, model.layers.1.mlp.up_proj: its groups are scattered"
    with pytest.raises(UserError, match=named):
        repack(folder, tmp_path / "out.gguf")
    report = repack(folder, tmp_path / "out.gguf", inexact="f16")
    assert report.count() == {"kept": 7, "exact": 12, "inexact": 2}
    same(tmp_path / "out.gguf", folder, but={"blk.0.attn_q.weight", "blk.1.ffn_up.weight"})


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("llama", {"mlp_bias": True}),
        ("qwen3", {}),
        ("gemma3_text", {"query_pre_attn_scalar": 32}),
        ("phi3", {"rope_scaling": None}),
        ("qwen3_moe", EXPERTS),
        ("mixtral", {"num_local_experts": 4, "num_experts_per_tok": 2}),
    ],
)
def test_a_scattered_down_projection_moves_the_rows_of_gate_and_up(tmp_path, kind, changes):
    model = build(kind, **changes)
    folder = checkpoint(tmp_path / "model", model, change=scatter("down_proj", "w2"), desc_act=True)
    out = tmp_path / "out.gguf"
    report = repack(folder, out)
    assert set(report.count()) == {"kept", "exact"}
    moved = {row.name for row in report.rows if row.note}
    assert {name.split(".")[2].removesuffix("_exps") for name in moved} == {"ffn_down"}
    found = decoded(out)
    for row, tensor in zip(report.rows, plan.read(folder).tensors, strict=True):
        values = tensor.value()
        if ".ffn_down" in row.name and row.name.endswith("weight"):
            assert not np.array_equal(found[row.name], values)
        assert np.array_equal(np.sort(found[row.name], axis=None), np.sort(values, axis=None)), row.name
    close(out, folder)


def test_rows_move_only_where_nothing_else_uses_them(tmp_path):
    folder = checkpoint(tmp_path / "model", build(), change=scatter("down_proj"))
    weights = Weights(folder)
    assert Sorted(weights).moved("model.layers.0.mlp.down_proj")
    weights.names.append("model.layers.0.mlp.norm.weight")
    assert not Sorted(weights).moved("model.layers.0.mlp.down_proj")
    assert Sorted(weights).moved("model.layers.1.mlp.down_proj")


def test_of_stacked_experts_only_those_to_blame_are_named(tmp_path):
    change = scatter("layers.0.mlp.experts.1.up_proj", "layers.0.mlp.experts.2.up_proj")
    folder = checkpoint(tmp_path / "model", build("qwen3_moe", **EXPERTS), change=change, desc_act=True)
    with pytest.raises(
        UserError, match=r"1 of \d+ tensors.* model.layers.0.mlp.experts.\{1-2\}.up_proj: its groups"
    ):
        repack(folder, tmp_path / "out.gguf")
    report = repack(folder, tmp_path / "out.gguf", inexact="q8_0")
    assert report.count()["inexact"] == 1
    same(tmp_path / "out.gguf", folder, but={"blk.0.ffn_up_exps.weight"})
