import itertools
import re

import numpy as np
import pytest
import torch
from architectures import VOCABULARY, build

from fourbit.engine.awq import quantize_awq
from fourbit.engine.budget import Budget, Choice, allocate, spend
from fourbit.engine.checkpoint.gptq import stored_bytes
from fourbit.engine.recipe import Recipe, Rule
from fourbit.engine.walk.skeleton import quantizable
from fourbit.errors import UserError
from fourbit.gptq import hessian

RECIPE = Recipe(group_size=32)
WINDOWS = np.random.default_rng(0).integers(VOCABULARY, size=(2, 24))


def stored(model, bits_of, group_size=32):
    """Bytes and bits per weight of the quantized layers."""
    layers = quantizable(model)
    size = sum(
        stored_bytes((layer.out_features, layer.in_features), bits_of[name], group_size)
        for name, layer in layers.items()
    )
    return size, 8 * size / sum(layer.weight.numel() for layer in layers.values())


def bits_by_layer(allocation):
    return {name: choice.bits for choice in allocation.choices for name in choice.layers}


@pytest.mark.parametrize(
    ("text", "amount", "unit"), [("4.25bpw", 4.25, "bpw"), ("90MB", 90, "MB"), ("1.5 GB", 1.5, "GB")]
)
def test_a_budget_is_bits_per_weight_or_bytes(text, amount, unit):
    assert Budget.parse(text) == Budget(amount, unit)


@pytest.mark.parametrize("text", ["", "4", "4 bits", "0bpw", "-1MB", "1e3MB", "bpw"])
def test_other_budgets_are_refused(text):
    with pytest.raises(UserError, match=f"--budget {text}: must be a size such as 4.25bpw"):
        Budget.parse(text)


def test_harm_per_byte_decides_and_no_choice_of_the_same_size_harms_less():
    rng = np.random.default_rng(0)
    options = []
    for index in range(5):
        size, harm = rng.integers(1, 9), rng.exponential()
        options.append(
            [Choice((str(index),), bits, harm * 4.0**-bits, int(size * bits)) for bits in (2, 3, 4, 8)]
        )
    steps = [
        ((old.harm - new.harm) / (new.bytes - old.bytes), new.bytes - old.bytes)
        for group in options
        for old, new in itertools.pairwise(group)
    ]
    allowed = sum(group[0].bytes for group in options)
    for _, size in [(0, 0), *sorted(steps, reverse=True)]:
        allowed += size
        chosen = spend(options, allowed)
        affordable = (
            every for every in itertools.product(*options) if sum(c.bytes for c in every) <= allowed
        )
        best = min(affordable, key=lambda every: sum(c.harm for c in every))
        assert sum(c.bytes for c in chosen) == allowed
        assert sum(c.harm for c in chosen) == pytest.approx(sum(c.harm for c in best))
        assert sum(c.bytes for c in spend(options, allowed + 1)) <= allowed + 1


def test_a_choice_that_costs_more_and_harms_more_is_never_made():
    group = [Choice(("a",), bits, harm, bits) for bits, harm in ((2, 1.0), (3, 0.2), (4, 0.3), (8, 0.1))]
    assert [spend([group], allowed)[0].bits for allowed in (2, 3, 4, 7, 8)] == [2, 3, 3, 3, 8]


@pytest.mark.parametrize("name", ["llama", "phi3", "opt", "qwen3_moe"])
def test_the_budget_is_kept_and_the_model_is_left_as_it_was(name):
    model = build(name)
    before = {key: value.clone() for key, value in model(torch.tensor(WINDOWS)).items() if key == "logits"}
    allocation = allocate(model, WINDOWS, RECIPE, Budget(3.9, "bpw"))
    bits = bits_by_layer(allocation)
    assert set(bits) == set(quantizable(model))
    size, per_weight = stored(model, bits)
    assert sum(choice.bytes for choice in allocation.choices) == size and 3.6 < per_weight <= 3.9
    assert len(set(bits.values())) > 1 and allocation.note == ""
    recipe = Recipe(group_size=32, rules=allocation.rules)
    assert all(recipe.for_layer(layer).bits == bits[layer] for layer in bits)
    with torch.no_grad():
        assert torch.allclose(model(torch.tensor(WINDOWS)).logits, before["logits"], atol=1e-5)


def test_layers_that_engines_fuse_get_the_same_bits():
    groups = [choice.layers for choice in allocate(build("llama"), WINDOWS, RECIPE, Budget(4, "bpw")).choices]
    ends = [tuple(name.rpartition(".")[2] for name in group) for group in groups]
    assert ends == 3 * [
        ("q_proj", "k_proj", "v_proj"),
        ("o_proj",),
        ("gate_proj", "up_proj"),
        ("down_proj",),
    ]
    model = build("mixtral")
    groups = [choice.layers for choice in allocate(model, WINDOWS, RECIPE, Budget(4, "bpw")).choices]
    assert [len(group) for group in groups] == 2 * [3, 1, 12]


def test_harm_is_the_divergence_that_a_whole_pass_finds():
    model = build("llama")
    measured = []
    allocate(model, WINDOWS, RECIPE, Budget(4, "bpw"), progress=measured.append)
    assert [choice.bits for choice in measured[:4]] == [2, 3, 4, 8]
    choice = next(c for c in measured if c.layers == ("model.layers.1.mlp.down_proj",) and c.bits == 2)
    layer = model.model.layers[1].mlp.down_proj
    inputs = []
    with torch.no_grad():
        hook = layer.register_forward_pre_hook(lambda _, x: inputs.append(x[0].flatten(0, 1)))
        base = model(torch.tensor(WINDOWS)).logits[:, :-1].log_softmax(-1)
        hook.remove()
        q = quantize_awq(layer.weight, hessian(inputs[0].numpy()), Recipe(group_size=32, bits=2))
        layer.weight.copy_(torch.from_numpy(q.dequantize()))
        logp = model(torch.tensor(WINDOWS)).logits[:, :-1].log_softmax(-1)
    assert choice.harm == pytest.approx((base.exp() * (base - logp)).sum(-1).mean().item(), rel=1e-3)
    harms = [c.harm for c in measured if c.layers == choice.layers]
    assert harms == sorted(harms, reverse=True)


def test_rules_of_the_user_come_first_and_are_paid_for():
    model = build("llama")
    recipe = Recipe(group_size=32, rules=(Rule("layers.0.*", 8), Rule("layers.1.mlp.*", None)))
    allocation = allocate(model, WINDOWS, recipe, Budget(6, "bpw"))
    assert allocation.rules[:2] == recipe.rules
    bits = bits_by_layer(allocation)
    assert not any("layers.0." in name or "layers.1.mlp" in name for name in bits)
    layers = {name: layer for name, layer in quantizable(model).items() if "layers.1.mlp" not in name}
    size = sum(
        stored_bytes((layer.out_features, layer.in_features), bits.get(name, 8), 32)
        for name, layer in layers.items()
    )
    assert 8 * size / sum(layer.weight.numel() for layer in layers.values()) <= 6
    with pytest.raises(UserError, match="with the fewest bits everywhere"):
        allocate(model, WINDOWS, recipe, Budget(4, "bpw"))


def test_the_head_is_measured_too_when_it_is_quantized():
    recipe = Recipe(group_size=32, head=True)
    *_, last = allocate(build("llama"), WINDOWS, recipe, Budget(4, "bpw")).choices
    assert last.layers == ("lm_head",) and last.harm > 0


@pytest.mark.parametrize("unit", ["bpw", "MB"])
def test_a_budget_that_cannot_be_kept_names_the_smallest_that_can(unit):
    model = build("llama")
    with pytest.raises(
        UserError, match=r"--budget 0\.01\w+: with the fewest bits everywhere this model takes"
    ) as error:
        allocate(model, WINDOWS, RECIPE, Budget(0.01, unit), fixed_bytes=50_000)
    smallest = float(re.search(rf"takes ([\d.]+){unit};", str(error.value))[1])
    allocation = allocate(model, WINDOWS, RECIPE, Budget(smallest, unit), fixed_bytes=50_000)
    assert list(bits_by_layer(allocation).values()).count(2) > 10


def test_bytes_count_what_is_not_quantized():
    model = build("llama")
    all_three, _ = stored(model, dict.fromkeys(quantizable(model), 3))
    allocation = allocate(
        model, WINDOWS, RECIPE, Budget((all_three + 10_000) / 1e6, "MB"), fixed_bytes=10_000
    )
    size, _ = stored(model, bits_by_layer(allocation))
    assert 0.95 * all_three < size <= all_three


def test_more_than_enough_gives_eight_bits_everywhere_and_says_so():
    allocation = allocate(build("llama"), WINDOWS, RECIPE, Budget(16, "bpw"))
    assert set(bits_by_layer(allocation).values()) == {8}
    assert (
        allocation.note == "--budget 16bpw: more than the most bits everywhere take, which every layer gets"
    )
