"""Stored predictions of a base model: the same figures as with the model itself."""

import json
import shutil

import numpy as np
import pytest
import torch
from architectures import ARCHITECTURES, VOCABULARY, build, rewrite, save, stored
from safetensors.torch import save_file

from fourbit.engine import models
from fourbit.engine.base import Base, describe, store
from fourbit.engine.evaluate import cut, evaluate, predict
from fourbit.errors import UserError

TOKENS = np.random.default_rng(0).integers(VOCABULARY, size=200)
WINDOWS = cut(TOKENS, 30, 20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save(tmp_path_factory.mktemp("base") / "model", "llama")


@pytest.fixture(scope="module")
def file(folder):
    file = folder.parent / "base.safetensors"
    store(file, folder, WINDOWS, {"text": "docs", "length": 30, "stride": 20})
    return file


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_same_figures_as_with_the_model_itself(tmp_path, name):
    folder, file = save(tmp_path / "model", name), tmp_path / "base"
    store(file, folder, WINDOWS)
    base, kept = models.load(folder), Base(file, folder, WINDOWS)
    for window in WINDOWS:
        with torch.inference_mode():
            torch.testing.assert_close(kept.logits(window), predict(base, window), rtol=1e-4, atol=1e-4)
    other = build(name, rms_norm_eps=1e-2)
    for parameter in other.parameters():
        parameter.data *= 1.05
    with_file, without = evaluate(other, WINDOWS, kept), evaluate(other, WINDOWS, base)
    assert with_file.kl.value == pytest.approx(without.kl.value, rel=1e-3, abs=1e-6)
    assert with_file.perplexity_ratio.value == pytest.approx(without.perplexity_ratio.value, rel=1e-4)


def test_it_takes_four_bytes_for_each_hidden_value_of_a_scored_token(folder, file):
    width = build("llama").config.hidden_size
    header = file.stat().st_size - 4 * width * (len(TOKENS) - 1)
    assert 0 < header < 100 * len(WINDOWS) + 1000


def test_it_says_what_it_holds(folder, file):
    about = describe(file)
    assert about["folder"] == "model" and about["made"]["length"] == 30
    assert set(about["versions"]) == {"fourbit", "torch", "transformers"}
    assert sum(count for _, count in about["windows"]) == len(TOKENS) - 1
    assert list(file.parent.glob(".*")) == []  # nothing is left of the work


def test_some_of_the_windows_in_any_order(folder, file):
    some = [WINDOWS[5], WINDOWS[1]]
    base = Base(file, folder, some)
    with torch.inference_mode():
        expected = predict(models.load(folder), some[0])
    torch.testing.assert_close(base.logits(some[0]), expected, rtol=1e-4, atol=1e-4)


def test_the_same_windows_give_the_same_bytes(folder, file, tmp_path):
    again = tmp_path / "base"
    store(again, folder, WINDOWS, {"text": "docs", "length": 30, "stride": 20})
    assert again.read_bytes() == file.read_bytes()


def test_progress_counts_windows_in_blocks(folder, tmp_path):
    steps = []
    store(tmp_path / "base", folder, WINDOWS, progress=lambda: steps.append(1))
    assert len(steps) == len(WINDOWS) * build("llama").config.num_hidden_layers


@pytest.mark.parametrize("windows", [cut(TOKENS, 30, 21), cut(TOKENS, 31, 20), cut(TOKENS[1:], 30, 20)])
def test_other_windows_are_refused(folder, file, windows):
    with pytest.raises(
        UserError, match=r"lacks \d+ of the \d+ windows; it was made with text docs, length 30"
    ):
        Base(file, folder, windows)


def test_another_model_is_refused(folder, file, tmp_path):
    other = shutil.copytree(folder, tmp_path / "other")
    state = stored(other)
    state["model.layers.1.mlp.down_proj.weight"][0, 0] += 1  # deep in a file, and nothing else
    rewrite(other, state)
    with pytest.raises(UserError, match="holds the predictions of another model, read from model"):
        Base(file, other, WINDOWS)


def test_a_file_of_another_kind_is_refused(folder, tmp_path):
    bad, weights = tmp_path / "bad", tmp_path / "weights"
    bad.write_text(json.dumps({}))
    save_file({"a": torch.zeros(2)}, weights)
    with pytest.raises(UserError, match="bad: holds no base predictions"):
        Base(bad, folder, WINDOWS)
    with pytest.raises(UserError, match="weights: a safetensors file, but without base predictions"):
        Base(weights, folder, WINDOWS)


def test_a_place_that_cannot_be_written(folder, tmp_path):
    with pytest.raises(UserError, match=r"base: could not be written \(0 MB twice\): No such file"):
        store(tmp_path / "none" / "base", folder, WINDOWS)
