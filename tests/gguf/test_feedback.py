import gguf
import numpy as np
import pytest
import torch
from small_models import save

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.evaluate import cut, evaluate
from fourbit.engine.refine import errors
from fourbit.engine.walk.skeleton import quantizable
from fourbit.errors import UserError
from fourbit.gguf import feedback, kgrids, onto_grid, plan, quantize
from fourbit.gguf.header import read
from fourbit.gguf.kgrids import KINDS, search
from fourbit.gguf.types import TYPES

D_OUT, D_IN = 24, 512


def layer(seed: int = 0, tokens: int = 2048):
    """Weights (d_out, d_in) with outliers, and Hessians of correlated inputs: seen and unseen ones."""
    rng = np.random.default_rng(seed)
    mixing = rng.standard_normal((64, D_IN)) / 8
    X = rng.standard_normal((tokens, 64)) @ mixing + 0.4 * rng.standard_normal((tokens, D_IN))
    X *= np.exp(rng.standard_normal(D_IN) / 2)
    W = (rng.standard_t(5, (D_OUT, D_IN)) / 30).astype(np.float32)
    return W, *(torch.from_numpy(x.T @ x * (2 / len(x))) for x in np.array_split(X, 2))


def error(W, blocks, kind, H) -> np.ndarray:
    """Output error of each row."""
    E = torch.from_numpy(W - quantize.decode(blocks, kind, W.shape)).double()
    return ((E @ H) * E).sum(1).numpy()


@pytest.mark.parametrize("name", KINDS)
def test_blocks_decode_to_the_weights_of_the_grid_to_the_last_bit(name):
    kind, rng = KINDS[name], np.random.default_rng(1)
    W = torch.from_numpy(layer()[0].T.copy())
    stored = search(W, torch.rand(D_IN, generator=torch.Generator().manual_seed(0)), kind)
    if kind.blocks > 1:  # every integer that a block can hold, not only what the search likes
        low, high = max(kind.a[0], 1) if kind.b else kind.a[0], kind.a[1]
        stored.a = torch.from_numpy(rng.integers(low, high + 1, stored.a.shape)).float()
        if kind.b:
            stored.b = torch.from_numpy(rng.integers(kind.b[0], kind.b[1] + 1, stored.b.shape)).float()
    codes = torch.from_numpy(rng.integers(0, kind.top + 1, W.shape).astype(np.uint8))
    assert codes.min() == 0 and codes.max() == kind.top
    weights = (stored.grids().weights(codes) + stored.offset()).T.numpy()
    blocks = onto_grid.pack_layer(codes, stored, TYPES[name])
    assert blocks.shape == (D_OUT, TYPES[name].row_bytes(D_IN)) and blocks.dtype == np.uint8
    assert np.array_equal(quantize.decode(blocks, TYPES[name], W.T.shape), weights)
    assert np.array_equal(gguf.quants.dequantize(blocks, gguf.GGMLQuantizationType[name]), weights)


@pytest.mark.parametrize("name", KINDS)
def test_better_than_the_importance_matrix_on_inputs_it_has_not_seen(name):
    W, H, unseen = layer(2)
    kind = TYPES[name]
    default, best = (onto_grid.solve(W, H, kind, effort=effort) for effort in ("default", "best"))
    imatrix = quantize.encode(W, kind, H.diagonal().float().numpy())
    assert best.loss < default.loss < 0.6 * default.reference
    ours, theirs = (error(W, blocks, kind, unseen).sum() for blocks in (best.blocks, imatrix))
    assert ours < 0.7 * theirs
    assert ours < error(W, default.blocks, kind, unseen).sum()


def test_the_loss_is_half_the_trace_of_the_damped_error():
    W, H, _ = layer(3)
    found = onto_grid.solve(W, H, TYPES["Q4_K"], damp=0.02)
    damped = H + 0.02 * H.diagonal().mean() * torch.eye(D_IN)
    assert found.loss == pytest.approx(error(W, found.blocks, TYPES["Q4_K"], damped).sum() / 2, rel=1e-4)
    imatrix = quantize.encode(W, TYPES["Q4_K"], H.diagonal().float().numpy())
    assert found.reference == pytest.approx(error(W, imatrix, TYPES["Q4_K"], damped).sum() / 2, rel=1e-4)


def test_each_row_is_the_better_one_of_ours_and_llama_cpps(monkeypatch):
    W, H, _ = layer(4)
    kind, honest = TYPES["Q4_K"], kgrids.search

    def spoiled(W, importance, kind):
        stored = honest(W, importance, kind)
        stored.d[:, :5] *= 8  # rows 0 to 4: too coarse
        return stored

    monkeypatch.setattr(onto_grid, "search", spoiled)
    found = onto_grid.solve(W, H, kind, effort="default")
    imatrix = quantize.encode(W, kind, H.diagonal().float().numpy())
    assert found.taken == 5 and np.array_equal(found.blocks[:5], imatrix[:5])
    assert not (found.blocks[5:] == imatrix[5:]).all(axis=1).any()


@pytest.mark.parametrize("name", KINDS)
def test_new_scales_for_the_same_codes_never_raise_the_error(name):
    W, H, _ = layer(5)
    kind, by_column, H = KINDS[name], torch.from_numpy(W.T.copy()), H.float()
    stored = search(by_column, torch.ones(D_IN), kind)
    rng = np.random.default_rng(0)
    rest = by_column - stored.offset()
    steps = (rest / stored.scale().repeat_interleave(kind.size, 0)).round().clamp(kind.low, kind.high)
    codes = (steps - kind.low).to(torch.uint8)
    wrong = torch.from_numpy(rng.random(codes.shape) < 0.1)
    codes[wrong] = torch.from_numpy(rng.integers(0, kind.top + 1, codes.shape).astype(np.uint8))[wrong]

    def now():
        return errors(H, by_column - stored.offset() - stored.grids().weights(codes))

    before = now()
    E = by_column - stored.offset() - stored.grids().weights(codes)
    R = H @ E
    for _ in range(3):
        onto_grid.rescale(H, codes, stored, E, R)
        after = now()
        assert (after <= before * (1 + 1e-4)).all()
        before = after
    assert torch.allclose(E, by_column - stored.offset() - stored.grids().weights(codes), atol=1e-6)
    assert torch.allclose(R, H @ E, rtol=1e-3, atol=1e-4 * R.abs().max().item())
    weights = (stored.grids().weights(codes) + stored.offset()).T.numpy()
    blocks = onto_grid.pack_layer(codes, stored, TYPES[name])
    assert np.array_equal(quantize.decode(blocks, TYPES[name], W.shape), weights)  # still what can be stored


@pytest.mark.parametrize("name", ["Q4_0", "Q4_1", "Q3_K", "Q4_K", "Q6_K"])
def test_rows_and_inputs_of_zeros(name):
    W, H, _ = layer(6)
    W[3] = 0
    W[:, :64] = 0
    H[256:300] = H[:, 256:300] = 0
    found = onto_grid.solve(W, H, TYPES[name])
    weights = quantize.decode(found.blocks, TYPES[name], W.shape)
    assert not weights[3].any() and np.isfinite(weights).all()
    assert np.abs(weights[:, 256:300] - W[:, 256:300]).max() < 0.5 * np.abs(W).max()
    assert found.notes == ("44 of 512 inputs were always zero",)
    assert found.loss < 0.6 * found.reference


def test_a_layer_that_nothing_reaches_is_rounded():
    W, H, _ = layer()
    found = onto_grid.solve(W, H * 0, TYPES["Q4_0"])
    assert np.array_equal(found.blocks, quantize.encode(W, TYPES["Q4_0"]))
    assert found.notes == ("no calibration token reached this layer",)


def test_the_hessian_is_not_changed_and_the_same_bytes_come_again():
    W, H, _ = layer()
    H = H.float()
    before = H.clone()
    first, second = (onto_grid.solve(W, H, TYPES["Q3_K"]).blocks for _ in range(2))
    assert torch.equal(H, before) and np.array_equal(first, second)


def test_types_without_a_grid_and_widths_that_do_not_fit_are_refused():
    W, H, _ = layer()
    with pytest.raises(ValueError, match="no error feedback for IQ4_XS; there is for Q4_0"):
        onto_grid.solve(W, H, TYPES["IQ4_XS"])
    with pytest.raises(ValueError, match="Q4_K stores blocks of 256 weights; 288 is no multiple"):
        onto_grid.solve(W[:, :288], H[:288, :288], TYPES["Q4_K"])


@pytest.fixture(scope="module")
def texts():
    tokenizer = models.load_tokenizer(tiny.MODEL)
    seen, unseen = (
        calibration.tokenize(tokenizer, tiny.text("docs", split)) for split in ("calibration", "evaluation")
    )
    return calibration.windows(seen, 4, 256), cut(unseen, 256)[:4]


def test_a_file_of_the_tiny_model_holds_the_mix_and_beats_the_importance_matrix(texts, tmp_path):
    windows, unseen = texts
    reports = []
    report = feedback.convert(
        tiny.MODEL, tmp_path / "tiny.gguf", "Q3_K_S", windows, "default", progress=reports.append
    )
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.gguf"]
    assert list(report.layers) == reports and len(reports) == 28
    assert report.rounded == ("output.weight", "token_embd.weight")
    assert all(r.error < r.rounding_error for r in reports)
    header = read(tmp_path / "tiny.gguf")
    assert {tensor.name: tensor.type for tensor in header.tensors} == {
        name: choice.type for name, choice in report.choices.items()
    }
    assert {choice.type.name for choice in report.choices.values()} == {"F32", "Q3_K", "Q6_K"}

    base = models.load(tiny.MODEL)
    importance = mean_squares(base, windows)
    ours, theirs = models.load(tiny.MODEL), models.load(tiny.MODEL)
    stored = {tensor.name: tensor for tensor in gguf.GGUFReader(tmp_path / "tiny.gguf").tensors}
    sources = {planned.sources[0]: planned.name for planned in plan.read(tiny.MODEL).tensors}
    for name, linear in quantizable(ours).items():
        blocks = stored[sources[f"{name}.weight"]].data
        if heads := {"q_proj": 8, "k_proj": 4}.get(
            name.rpartition(".")[2]
        ):  # llama.cpp has their rows in pairs
            blocks = blocks.reshape(heads, 32, 2, -1).swapaxes(1, 2).reshape(blocks.shape)
        imatrix = quantize.encode(linear.weight.detach().numpy(), TYPES["Q3_K"], importance[name])
        for model, data in (ours, blocks), (theirs, imatrix):
            weight = model.get_submodule(name).weight
            with torch.no_grad():
                weight.copy_(torch.from_numpy(quantize.decode(data, TYPES["Q3_K"], tuple(weight.shape))))
    kl, imatrix_kl = (evaluate(model, unseen, base).kl.value for model in (ours, theirs))
    assert kl < 0.8 * imatrix_kl


@torch.no_grad()
def mean_squares(model, windows) -> dict[str, np.ndarray]:
    """The importance matrix of a model, by layer."""
    found = {}

    def note(name):
        def hook(_, arguments):
            found[name] = arguments[0].square().mean((0, 1)).numpy()

        return hook

    hooks = [linear.register_forward_pre_hook(note(name)) for name, linear in quantizable(model).items()]
    model(torch.from_numpy(windows))
    for hook in hooks:
        hook.remove()
    return found


@pytest.mark.parametrize("family", ["llama", "mixtral", "qwen3 experts"])
def test_rows_and_experts_stand_where_llama_cpp_wants_them(family, tmp_path):
    folder = save(tmp_path / "model", family)
    planned = plan.read(folder)
    windows = np.random.default_rng(0).integers(10, planned.config["vocab_size"] - 1, (4, 64))
    report = feedback.convert(folder, tmp_path / "x.gguf", "Q8_0", windows, "default")
    assert not any("experts" in name or "exps" in name for name in report.rounded)
    stored = {tensor.name: tensor for tensor in gguf.GGUFReader(tmp_path / "x.gguf").tensors}
    for tensor in planned.tensors:
        kind = report.choices[tensor.name].type
        weights = quantize.decode(stored[tensor.name].data, kind, tensor.shape)
        assert np.abs(weights - tensor.value()).max() <= 0.03 * np.abs(tensor.value()).max()


def test_what_no_grid_can_hold_is_refused_and_leaves_nothing(texts, tmp_path):
    with pytest.raises(UserError, match="--type f16 --method gptq: no error feedback for F16; there is for"):
        feedback.convert(tiny.MODEL, tmp_path / "x.gguf", "F16", texts[0])
    assert not any(tmp_path.iterdir())
    (tmp_path / "x.gguf").mkdir()
    with pytest.raises(UserError, match="cannot be written: it is a directory; name the file"):
        feedback.convert(tiny.MODEL, tmp_path / "x.gguf", "Q4_0", texts[0])
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        feedback.convert(tiny.MODEL, tmp_path / "file" / "x.gguf", "Q4_0", texts[0])
