"""Fused experts become linear layers: same output, names of the files, no copy."""

import pytest
import torch
from architectures import build, rewrite, save, stored
from test_skeleton import IDS, agree

from fourbit.engine.checkpoint.weights import Weights
from fourbit.engine.walk.experts import Experts
from fourbit.engine.walk.skeleton import Skeleton, quantizable
from fourbit.errors import UserError

MIXTURES = ("mixtral", "qwen3_moe")


def logits(model: torch.nn.Module, ids: torch.Tensor = IDS) -> torch.Tensor:
    with torch.no_grad():
        return model(ids, use_cache=False).logits


@pytest.mark.parametrize("name", MIXTURES)
def test_separate_experts_compute_the_same(name):
    model = build(name)
    few = IDS[:1, :1]  # one token: half of the experts see nothing
    expected = logits(model), logits(model, few)
    Skeleton.of(model)
    assert [type(m) for m in model.modules() if isinstance(m, Experts)]
    assert (logits(model) - expected[0]).abs().max() < 1e-5
    assert (logits(model, few) - expected[1]).abs().max() < 1e-5


@pytest.mark.parametrize("name", MIXTURES)
def test_modules_in_memory_have_the_names_of_the_files(name, tmp_path):
    save(tmp_path, name)
    skeleton = Skeleton.of(build(name))
    assert skeleton.model.state_dict().keys() == stored(tmp_path).keys()


def test_every_expert_has_its_three_layers(tmp_path):
    names = quantizable(Skeleton(save(tmp_path, "mixtral")))
    experts = [
        f"model.layers.1.block_sparse_moe.experts.{e}.{w}" for e in range(4) for w in ("w1", "w3", "w2")
    ]
    assert [name for name in names if name.startswith("model.layers.1.block_sparse_moe")] == experts
    assert names[experts[0]].weight.shape == (96, 64) and names[experts[2]].weight.shape == (64, 96)


def test_weights_are_shared_with_the_fused_tensor_not_copied():
    model = build("qwen3_moe")
    fused = model.model.layers[1].mlp.experts.gate_up_proj
    layers = quantizable(Skeleton.of(model))
    gate, up = (layers[f"model.layers.1.mlp.experts.2.{kind}"].weight for kind in ("gate_proj", "up_proj"))
    assert gate.data_ptr() == fused[2].data_ptr() and torch.equal(torch.cat((gate, up)), fused[2])


def test_experts_that_files_keep_fused_are_read_from_there_once(tmp_path, monkeypatch):
    save(tmp_path, "qwen3_moe")
    fused = {k: v.detach().clone() for k, v in build("qwen3_moe").state_dict().items()}
    assert fused["model.layers.1.mlp.experts.gate_up_proj"].ndim == 3
    rewrite(tmp_path, fused)
    assert agree(tmp_path, IDS)
    skeleton = Skeleton(tmp_path)
    part = "model.layers.1.mlp.experts.3.up_proj.weight"
    assert part in skeleton.tensors.names and skeleton.tensors.meta(part) == (torch.float32, (32, 64))
    assert torch.equal(skeleton.tensors.get(part), fused["model.layers.1.mlp.experts.gate_up_proj"][3, 32:])
    read, get = [], Weights.get
    monkeypatch.setattr(
        Weights, "get", lambda self, name, raw=False: read.append(name) or get(self, name, raw)
    )
    skeleton.load(1)
    assert sorted(read) == sorted(name for name in fused if ".layers.1." in name)


@pytest.mark.parametrize("name", ["gpt_oss", "llama4_text"])
def test_experts_of_another_kind_are_refused_by_name(name):
    model = build(name, num_local_experts=4, num_experts_per_tok=2, head_dim=16)
    with pytest.raises(
        UserError, match=r"model.layers.0.\w+.experts \(\w+\): keeps its weights in three dimen"
    ):
        Skeleton.of(model)
