"""A run on disk: what is in the finished folder, and that a run which was stopped goes on to the same bytes."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from architectures import ARCHITECTURES, build
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM

from fourbit.engine.checkpoint import weights
from fourbit.engine.recipe import Recipe, Rule
from fourbit.engine.walk import job
from fourbit.engine.walk.activations import Activations
from fourbit.engine.walk.job import Job
from fourbit.engine.walk.walk import quantize_model
from fourbit.errors import UserError

WINDOWS = np.random.default_rng(0).integers(96, size=(6, 32))
RECIPE = Recipe(group_size=32, effort="fast")


def save_llama(folder: Path, dtype=torch.float32, change=lambda model: None, **options) -> Path:
    """A small random Llama on disk, in several shards; `change` may damage the model."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=96,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        **options,
    )
    model = LlamaForCausalLM(config).to(dtype)
    with torch.no_grad():
        change(model.model)
    model.save_pretrained(folder, max_shard_size="50KB")
    (folder / "tokenizer.json").write_text("{}")
    (folder / "LICENSE").write_text("Apache")
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    return save_llama(tmp_path_factory.mktemp("source"))


@pytest.fixture(scope="module")
def finished(source, tmp_path_factory) -> Path:
    """The result of an uninterrupted run."""
    out = tmp_path_factory.mktemp("finished") / "out"
    job.run(Job(source, out, WINDOWS, RECIPE, {"source": "random", "seed": 0}))
    return out


def contents(folder: Path) -> dict[str, str]:
    """SHA-256 of every file, by name."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def logits(model) -> torch.Tensor:
    with torch.inference_mode():
        return model(torch.from_numpy(WINDOWS), use_cache=False).logits


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_streamed_in_memory_and_reloaded_agree(name, tmp_path):
    model = build(name).eval()
    model.save_pretrained(tmp_path / "source")
    windows = WINDOWS % model.config.vocab_size
    layers, reports = quantize_model(model, windows, RECIPE)
    record = job.run(Job(tmp_path / "source", tmp_path / "out", windows, RECIPE))
    assert [layer["name"] for layer in record["layers"]] == [report.name for report in reports]
    stored = weights.Weights(tmp_path / "out")
    for layer, q in layers.items():
        found = stored.quantized(layer)
        for part in ("codes", "scales", "zeros", "g_idx"):
            assert np.array_equal(getattr(found, part), getattr(q, part)), (layer, part)
    assert torch.equal(logits(weights.load(tmp_path / "out")), logits(model))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_what_is_not_quantized_keeps_its_bytes(tmp_path, dtype):
    source = save_llama(tmp_path / "source", dtype)
    rules = (Rule("layers.1.*", None),)
    job.run(Job(source, tmp_path / "out", WINDOWS, Recipe(group_size=32, effort="fast", rules=rules)))
    before, after = read(source), read(tmp_path / "out")
    kept = before.keys() & after.keys()
    assert {"model.embed_tokens.weight", "model.norm.weight", "model.layers.1.mlp.up_proj.weight"} <= kept
    assert all(before[name].dtype == dtype and torch.equal(before[name], after[name]) for name in kept)
    assert {name.removesuffix(".weight") for name in before.keys() - kept} == {
        name.removesuffix(".qweight") for name in after if name.endswith(".qweight")
    }
    model = LlamaForCausalLM.from_pretrained(source, dtype=torch.float32).eval()
    quantize_model(model, WINDOWS, Recipe(group_size=32, effort="fast", rules=rules))
    assert torch.equal(logits(weights.load(tmp_path / "out")), logits(model))


def read(folder: Path) -> dict[str, torch.Tensor]:
    return {name: t for file in folder.glob("*.safetensors") for name, t in load_file(file).items()}


@pytest.mark.parametrize("tied", [False, True])
def test_a_quantized_head_is_stored_beside_its_embedding(tmp_path, tied):
    source = save_llama(tmp_path / "source", tie_word_embeddings=tied)
    recipe = Recipe(group_size=32, effort="fast", head=True)
    job.run(Job(source, tmp_path / "out", WINDOWS, recipe))
    after = read(tmp_path / "out")
    assert "lm_head.qweight" in after and "lm_head.weight" not in after
    assert torch.equal(after["model.embed_tokens.weight"], read(source)["model.embed_tokens.weight"])
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["tie_word_embeddings"] is False and config["quantization_config"]["lm_head"] is True
    model = LlamaForCausalLM.from_pretrained(source).eval()
    quantize_model(model, WINDOWS, recipe)
    assert torch.equal(logits(weights.load(tmp_path / "out")), logits(model))


def test_what_is_propagated_is_what_is_stored(tmp_path, monkeypatch):
    """AWQ changes norms, which are stored in bfloat16: later blocks are calibrated on the rounded norms."""

    def widen(model):
        model.layers[1].input_layernorm.weight[::16] = 9.0

    source = save_llama(tmp_path / "source", torch.bfloat16, widen)
    propagated, finish = [], job.finish

    def spy(this, *others):
        propagated.append(Activations(this.partial, 32, 64).read(3, range(6)))
        return finish(this, *others)

    monkeypatch.setattr(job, "finish", spy)
    recipe = Recipe("awq+gptq", group_size=32, effort="fast", head=True)
    record = job.run(Job(source, tmp_path / "out", WINDOWS, recipe))
    before, after = read(source), read(tmp_path / "out")
    norm = "model.layers.1.input_layernorm.weight"
    assert after[norm].dtype == torch.bfloat16 and not torch.equal(before[norm], after[norm])
    notes = [layer["notes"][0] for layer in record["layers"] if layer["name"].endswith("1.self_attn.q_proj")]
    assert notes[0].startswith("AWQ: scaled by mean|x|^0.") and "folded into input_layernorm" in notes[0]
    model, seen = weights.load(tmp_path / "out"), []
    model.model.norm.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    logits(model)
    assert torch.allclose(seen[0], propagated[0], atol=1e-6)


def test_tied_embeddings_stay_tied(tmp_path):
    source = save_llama(tmp_path / "source", tie_word_embeddings=True)
    job.run(Job(source, tmp_path / "out", WINDOWS, RECIPE))
    assert not any(name.startswith("lm_head") for name in read(tmp_path / "out"))
    model = weights.load(tmp_path / "out")
    assert model.lm_head.weight is model.model.embed_tokens.weight


def test_the_folder_is_complete_and_says_what_was_done(source, finished):
    names = {path.name for path in finished.iterdir()}
    assert {
        "config.json",
        "quantize_config.json",
        "fourbit.json",
        "README.md",
        "tokenizer.json",
        "LICENSE",
    } <= names
    assert not list(finished.parent.glob("*.partial*")) and not any(name.startswith(".") for name in names)
    record = json.loads((finished / "fourbit.json").read_text())
    assert record["calibration"] == {
        "source": "random",
        "seed": 0,
        "tokens": 192,
        "windows": 6,
        "length": 32,
        "sha256": hashlib.sha256(WINDOWS.astype("<i8").tobytes()).hexdigest(),
    }
    for key, folder in (("bytes_before", source), ("bytes_after", finished)):
        assert record[key] == sum(tensor.nbytes for tensor in read(folder).values())
    stored = [t.nbytes for name, t in read(finished).items() if "_proj." in name]
    assert record["bits_per_weight"] == pytest.approx(8 * sum(stored) / record["quantized_weights"])
    assert len(record["layers"]) == 21 and record["quality"] is None
    config = json.loads((finished / "config.json").read_text())
    assert config["quantization_config"] == json.loads((finished / "quantize_config.json").read_text())


def test_the_same_inputs_give_the_same_bytes(source, finished, tmp_path):
    job.run(Job(source, tmp_path / "again", WINDOWS, RECIPE, {"source": "random", "seed": 0}))
    assert contents(tmp_path / "again") == contents(finished)


def test_nothing_has_the_final_name_before_it_has_passed_the_gate(source, tmp_path):
    out = tmp_path / "out"
    one = {"value": 1.0, "low": 1.0, "high": 1.0}
    quality = {"text": "docs", "tokens": 9, "kl_p99": 1.0} | dict.fromkeys(
        ("kl", "kl_above", "top1", "perplexity", "perplexity_ratio"), one
    )
    seen = []

    def gate(folder: Path) -> dict:
        assert not out.exists()
        with safe_open(next(folder.glob("*.safetensors")), "pt") as file:
            seen.append(len(file.keys()))
        return quality

    record = job.run(
        Job(source, out, WINDOWS, RECIPE), progress=lambda _: seen.append(out.exists()), gate=gate
    )
    assert seen[:-1] == [False] * 21 and seen[-1] > 21
    assert record["quality"] == json.loads((out / "fourbit.json").read_text())["quality"] == quality


def test_a_folder_that_fails_the_gate_can_be_finished_later(source, finished, tmp_path):
    this = Job(source, tmp_path / "out", WINDOWS, RECIPE, {"source": "random", "seed": 0})

    def gate(folder):
        raise UserError("KL too high")

    with pytest.raises(UserError, match="KL too high"):
        job.run(this, gate=gate)
    assert not this.out.exists() and this.partial.is_dir()
    reports = []
    job.run(this, resume=True, progress=reports.append)
    assert len(reports) == 21 and contents(this.out) == contents(finished)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"recipe": Recipe(bits=8, group_size=32)}, "the recipe differs; bits was 4, now 8; effort was"),
        ({"windows": WINDOWS[1:]}, "the calibration tokens differs"),
        ({"source": "other"}, "the source model differs"),
    ],
)
def test_another_job_is_not_resumed(source, tmp_path, monkeypatch, options, message):
    this = Job(source, tmp_path / "out", WINDOWS, RECIPE)
    monkeypatch.setattr(job, "finish", lambda *_: {})
    job.run(this)
    if "source" in options:
        options = {"source": save_llama(tmp_path / "other", initializer_range=0.03)}
    with pytest.raises(UserError, match=f"out.partial belongs to another job, {message}"):
        job.run(Job(**vars(this) | options), resume=True)


def test_resume_without_a_run_and_a_run_over_another_are_refused(source, tmp_path):
    this = Job(source, tmp_path / "out", WINDOWS, RECIPE)
    with pytest.raises(UserError, match=r"--resume: .*out.partial holds no run to go on with"):
        job.run(this, resume=True)
    this.partial.mkdir()
    with pytest.raises(
        UserError, match=r"out.partial: is left from a run that was stopped; --resume goes on"
    ):
        job.run(this)
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file").touch()
    with pytest.raises(UserError, match=r"--out .*used: exists already"):
        job.run(Job(source, tmp_path / "used", WINDOWS, RECIPE))


def test_a_quantized_model_is_not_quantized_again(finished, tmp_path):
    with pytest.raises(UserError, match="is quantized already; quantize the original model instead"):
        job.run(Job(finished, tmp_path / "out", WINDOWS, RECIPE))
    assert not list(tmp_path.iterdir())
