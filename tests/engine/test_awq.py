import numpy as np
import pytest
import torch
from architectures import ARCHITECTURES, VOCABULARY, build

from fourbit.engine.awq import clip, quantize_awq, scale_block, search
from fourbit.engine.fold import find_sites
from fourbit.engine.recipe import Recipe
from fourbit.engine.walk.skeleton import Skeleton, linear_layers
from fourbit.gptq import hessian, relative_error
from fourbit.grid import quantize_rtn

RECIPE = Recipe(method="awq", bits=4, group_size=32)


def batches(model, block, windows=4, length=24):
    """How a block is called on windows of random tokens, by window."""
    ids = torch.randint(VOCABULARY, (windows, length), generator=torch.Generator().manual_seed(0))
    calls = []
    hook = block.register_forward_pre_hook(lambda _, *call: calls.append(call), with_kwargs=True)
    for window in ids:
        model(window[None], use_cache=False)
    hook.remove()
    return calls


def groups(block, call):
    """Layers that read one tensor; those that no token reached each alone."""
    layers = linear_layers(block)
    found, alive = {}, []

    def note(_, inputs, name):
        alive.append(inputs)
        found.setdefault(id(inputs[0]), []).append(name)

    hooks = [
        layer.register_forward_pre_hook(lambda _, inputs, name=name: note(_, inputs, name))
        for name, layer in layers.items()
    ]
    block(*call[0], **call[1])
    for hook in hooks:
        hook.remove()
    reached = {name for group in found.values() for name in group}
    return [*found.values(), *([name] for name in layers if name not in reached)]


def opened(name, index=0, **changes):
    """A model, one of its blocks, the calls of that block and its groups."""
    skeleton = Skeleton.of(build(name, **changes))
    block = skeleton.blocks[index]
    calls = batches(skeleton.model, block)
    return skeleton.model, block, calls, groups(block, calls[0])


def logits(model):
    ids = torch.randint(VOCABULARY, (3, 24), generator=torch.Generator().manual_seed(1))
    return model(ids, use_cache=False).logits


def difference(a, b):
    return ((a - b).norm() / b.norm()).item()


@pytest.fixture(autouse=True)
def no_grad():
    with torch.no_grad():
        yield


LLAMA = {
    "input_layernorm": "qkv",
    "self_attn.v_proj": "o",
    "post_attention_layernorm": "gate up",
    "mlp.up_proj": "down",
}
SOURCES = {
    "gemma3_text": {"input_layernorm", "self_attn.v_proj", "pre_feedforward_layernorm", "mlp.up_proj"},
    "phi3": {"input_layernorm", "self_attn.qkv_proj", "post_attention_layernorm", "mlp.gate_up_proj"},
    "opt": {"self_attn_layer_norm", "self_attn.v_proj", "final_layer_norm", "fc1"},
    "mixtral": {"input_layernorm", "self_attn.v_proj", "post_attention_layernorm"}
    | {f"block_sparse_moe.experts.{i}.w3" for i in range(4)},
    "qwen3_moe": {"input_layernorm", "self_attn.v_proj", "post_attention_layernorm"}
    | {f"mlp.experts.{i}.up_proj" for i in range(4)},
}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_input_of_every_architecture_can_be_rescaled_and_nothing_changes(name):
    model, block, calls, names = opened(name, index=1)
    before = logits(model)
    sites, reasons = find_sites(block, names, calls[0])
    assert {site.source for site in sites} == SOURCES.get(name, set(LLAMA)) and reasons == {}
    generator = torch.Generator().manual_seed(0)
    for site in sites:
        s = site.share(4 ** (2 * torch.rand(len(site.rows), generator=generator) - 1))
        site.apply(block, s)
        assert difference(logits(model), before) < 2e-6, site.source
    block.get_submodule(sites[-1].readers[0]).weight.mul_(s)  # the proof that this would be noticed
    assert difference(logits(model), before) > 1e-3


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_scaled_blocks_compute_the_same_and_round_better(name):
    model, block, _, names = opened(name, index=1)
    for path, parameter in block.named_parameters():
        if parameter.ndim == 1 and path.endswith("weight"):
            parameter[:2] = 15.0  # norms as trained models have them: a few channels are much larger
    calls = batches(model, block)
    before = logits(model)
    folds = scale_block(block, names, calls, lambda _: RECIPE)
    assert {layer for fold in folds for layer in fold.layers} == set(linear_layers(block))
    assert all(fold.after <= fold.before for fold in folds)
    scaled = [fold for fold in folds if fold.source]
    assert scaled
    assert all(0 < fold.ratio < 1 and fold.after < fold.before and fold.reason == "" for fold in scaled)
    assert difference(logits(model), before) < 2e-6


def test_grouped_queries_are_scaled_alike():
    _, block, calls, names = opened("llama")  # four query heads, two key/value heads, 16 channels each
    sites, _ = find_sites(block, names, calls[0])
    attention = next(site for site in sites if site.source == "self_attn.v_proj")
    heads = attention.rows.reshape(4, 16)
    assert torch.equal(heads[0], torch.arange(16)) and torch.equal(heads[3], torch.arange(16, 32))
    assert torch.equal(heads[0], heads[1]) and torch.equal(heads[2], heads[3])
    shared = attention.share(torch.arange(64.0)).reshape(4, 16)
    assert shared[0, 0] == shared[1, 0] == 8 and shared[2, 15] == shared[3, 15] == 55


def test_experts_that_no_token_reached_are_scaled_with_the_others_and_so_is_the_router():
    model, block, _, _ = opened("mixtral")
    calls = batches(model, block, windows=1, length=1)
    names = groups(block, calls[0])
    sites, reasons = find_sites(block, names, calls[0])
    experts = next(site for site in sites if len(site.readers) > 4)
    linear = {f"block_sparse_moe.experts.{i}.{kind}" for i in range(4) for kind in ("w1", "w3")}
    assert set(experts.readers) == linear | {"block_sparse_moe.gate"}
    assert len(reasons) == 2 and set(reasons.values()) == {"no token of the first batch reached it"}
    before = logits(model)
    experts.apply(block, torch.linspace(0.5, 2, 64))
    assert difference(logits(model), before) < 2e-6


@pytest.mark.parametrize(
    ("name", "changes", "kept"),
    [
        (
            "opt",
            {"do_layer_norm_before": False},
            {"self_attn.q_proj", "fc1"},
        ),  # the norm feeds the residual too
        ("opt", {"activation_function": "gelu"}, {"fc2"}),
        ("gpt_neox", {}, {"attention.dense", "mlp.dense_4h_to_h"}),  # q, k, v by turns in one matrix; GELU
        ("nemotron", {}, {"mlp.down_proj"}),  # squared ReLU
        ("olmo", {}, {"self_attn.q_proj", "mlp.gate_proj"}),  # norms without weights
    ],
)
def test_what_cannot_be_folded_is_left_alone_with_the_reason(name, changes, kept):
    model, block, calls, names = opened(name, index=1, **changes)
    before = logits(model)
    folds = scale_block(block, names, calls, lambda _: RECIPE)
    alone = {fold.layers[0]: fold for fold in folds if fold.before is None}
    assert set(alone) == kept
    for fold in alone.values():
        assert fold.source is None
        assert fold.reason == "neither a norm nor rows of another layer make its input, and nothing else"
    assert difference(logits(model), before) < 2e-6


def test_layers_that_are_not_quantized_take_no_part_but_follow():
    model, block, calls, names = opened("llama")
    before = {name: parameter.clone() for name, parameter in block.named_parameters()}
    assert scale_block(block, names, calls, lambda _: None) == []
    assert all(torch.equal(parameter, before[name]) for name, parameter in block.named_parameters())
    out = logits(model)
    recipes = {"self_attn.k_proj": RECIPE}
    (fold,) = scale_block(block, names, calls, recipes.get)
    assert fold.layers == ("self_attn.k_proj",) and fold.source == "input_layernorm"
    assert not torch.equal(block.self_attn.q_proj.weight, before["self_attn.q_proj.weight"])
    assert difference(logits(model), out) < 2e-6


def layer(d_out=24, d_in=64, outliers=1, seed=0):
    """Weights, and the Hessian of inputs that are correlated and have channels twenty times larger."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((500, d_in)) @ (np.eye(d_in) + 0.3 * rng.standard_normal((d_in, d_in)))
    X[:, :outliers] *= 20
    return rng.standard_t(4, (d_out, d_in)).astype(np.float32), hessian(X), np.abs(X).mean(axis=0)


def test_the_search_finds_the_best_of_its_scales():
    W, H, mean = layer()
    ratio, s = search(
        [(torch.from_numpy(W.T), RECIPE)], torch.from_numpy(H).float(), torch.from_numpy(mean).float()
    )
    s = s.numpy()
    assert s.max() * s.min() == pytest.approx(1) and np.allclose(s / s[0], (mean / mean[0]) ** ratio)
    losses = {}
    for step in range(20):
        scale = (mean ** (step / 20)).astype(np.float32)
        W_hat = quantize_awq(W * scale, H / np.outer(scale, scale), RECIPE).dequantize() / scale
        losses[step / 20] = relative_error(W, W_hat, H)
    assert 0 < ratio < 1 and losses[ratio] < 1.05 * min(losses.values())  # it tries fewer ranges
    assert losses[ratio] < 0.7 * losses[0.0] < 0.7 * relative_error(W, quantize_rtn(W, 4, 32).dequantize(), H)


@pytest.mark.parametrize("symmetric", [True, False])
def test_clipping_takes_the_best_range_of_every_group(symmetric):
    W, H, _ = layer()
    recipe = Recipe(bits=3, group_size=32, symmetric=symmetric, format="gptq_v2")
    H[:32, 32:] = H[32:, :32] = 0  # so that the groups do not meddle with each other
    steps, scales, _, _ = clip(torch.from_numpy(W.T), torch.from_numpy(H).float(), recipe)
    H = H[32:, 32:]
    for row in (0, 7, 23):
        w = W[row, 32:]
        best = np.inf
        for share in np.linspace(1, 0.5, 20, dtype=np.float32):
            ends = share * np.array([[w.min(), w.max()]], np.float32)
            q = quantize_rtn(ends, 3, 2, symmetric)
            scale, zero = q.scales[0, 0].astype(np.float32), q.zeros[0, 0].astype(np.float32)
            e = w - scale * np.clip(np.rint(w / scale), -zero, 7 - zero)
            best = min(best, e @ H @ e)
        e = w - (steps[32:, row] * scales[1, row]).numpy()
        assert e @ H @ e == pytest.approx(best, rel=1e-4)


@pytest.mark.parametrize("group_size", [32, -1])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_no_row_is_worse_than_rounded(bits, symmetric, group_size):
    W, H, _ = layer(d_out=64, outliers=8, seed=bits)
    recipe = Recipe(bits=bits, group_size=group_size, symmetric=symmetric, format="gptq_v2")
    q = quantize_awq(W, H, recipe)
    rounded = quantize_rtn(W, bits, group_size, symmetric).dequantize()
    errors = [
        [relative_error(w[None], v[None], H) for w, v in zip(W, V, strict=True)]
        for V in (q.dequantize(), rounded)
    ]
    assert (np.array(errors[0]) <= np.array(errors[1]) * (1 + 1e-4)).all()
    assert np.mean(errors[0]) < (0.9 if bits < 8 else 1.0) * np.mean(errors[1])
    E = W - q.dequantize().astype(np.float64)
    assert q.loss == pytest.approx(np.vdot(E @ H, E) / 2, rel=1e-3)
    assert q.codes.dtype == q.zeros.dtype == np.uint8 and q.scales.dtype == np.float16


def test_zero_points_fit_the_format():
    W, H, _ = layer()
    W = np.abs(W)  # the zero point of all groups would be 0
    for format, lowest in (("gptq_v2", 0), ("gptq", 1)):
        q = quantize_awq(W, H, Recipe(group_size=32, symmetric=False, format=format))
        assert q.zeros.min() == lowest


def test_without_a_token_weights_are_rounded():
    W, H, _ = layer()
    q = quantize_awq(W, np.zeros_like(H), RECIPE)
    assert np.array_equal(q.dequantize(), quantize_rtn(W, 4, 32).dequantize())


def test_what_cannot_be_rounded_is_named():
    W, H, _ = layer()
    with pytest.raises(
        ValueError, match=r"Hessian of a layer of width 64 is square of that size, got \(32, 32"
    ):
        quantize_awq(W, H[:32, :32], RECIPE)
    with pytest.raises(ValueError, match="group size 48 does not divide the width 64"):
        quantize_awq(W, H, Recipe(group_size=48))
    with pytest.raises(ValueError, match="Hessian: 1 values are not finite"):
        quantize_awq(W, np.where(H == H.max(), np.nan, H), RECIPE)
    with pytest.raises(ValueError, match="weights: 1,536 values are not finite"):
        quantize_awq(W * np.inf, H, RECIPE)
    with pytest.raises(ValueError, match="does not fit float16"):
        quantize_awq(W * 1e7, H, RECIPE)
