import math

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from fourbit.engine.evaluate import cut, evaluate

TOKENS = np.random.default_rng(0).integers(64, size=333)


@pytest.fixture(scope="module")
def models():
    def build(seed):
        torch.manual_seed(seed)
        return LlamaForCausalLM(
            LlamaConfig(
                vocab_size=64,
                hidden_size=32,
                intermediate_size=32,
                num_hidden_layers=1,
                num_attention_heads=2,
                max_position_embeddings=64,
            )
        ).eval()

    return build(0), build(1)


@pytest.mark.parametrize(
    "length, stride", [(50, None), (50, 10), (50, 49), (2, 1), (400, 7), (333, None), (334, 1)]
)
@pytest.mark.parametrize("total", [2, 50, 51, 99, 100, 333])
def test_every_token_but_the_first_is_scored_once_after_what_stands_before_it(total, length, stride):
    tokens = np.arange(total)
    windows = cut(tokens, length, stride)
    scored = np.concatenate([window.ids[window.context :] for window in windows])
    assert np.array_equal(scored, tokens[1:])
    least = length - (length - 1 if stride is None else stride)
    for window in windows:
        assert len(window.ids) <= length and np.all(np.diff(window.ids) == 1)
        assert window.context >= least or window is windows[0]


@pytest.mark.parametrize("stride", [0, 50, 51])
def test_a_stride_that_leaves_tokens_without_context_is_refused(stride):
    with pytest.raises(ValueError, match="stride must be from 1 to 49"):
        cut(TOKENS, 50, stride)


@pytest.mark.parametrize("stride", [None, 20])
def test_perplexity_weights_every_token_alike(models, stride):
    pieces = cut(TOKENS, 50, stride)
    result = evaluate(models[0], pieces)
    losses = []
    for piece in pieces:  # one token at a time, by the definition
        for end in range(piece.context, len(piece.ids)):
            logits = models[0](torch.from_numpy(piece.ids[:end])[None]).logits[0, -1]
            losses.append(-logits.log_softmax(-1)[piece.ids[end]].item())
    assert result.tokens == len(losses) == len(TOKENS) - 1
    assert result.perplexity.value == pytest.approx(math.exp(np.mean(losses)), rel=1e-5)
    assert result.perplexity.low < result.perplexity.value < result.perplexity.high
    assert result.kl is None


def test_a_model_against_itself_and_against_another(models):
    pieces = cut(TOKENS, 150)
    same, other = evaluate(models[0], pieces, models[0]), evaluate(models[1], pieces, models[0])
    assert same.kl.value == same.kl_p99 == 0 and same.top1.value == 1 and same.perplexity_ratio.value == 1
    assert other.kl.low < other.kl.value < other.kl.high
    whole = evaluate(models[1], cut(TOKENS, len(TOKENS)), models[0])
    ids = torch.from_numpy(TOKENS)[None]
    p, q = (model(ids).logits[0, :-1].log_softmax(-1) for model in models)
    each = (p.exp() * (p - q)).sum(-1).detach().numpy()
    assert whole.kl.value == pytest.approx(each.mean(), rel=1e-4)
    assert whole.kl_median == pytest.approx(np.median(each), rel=1e-4)
    assert whole.kl_p99 == pytest.approx(np.quantile(each, 0.99), rel=1e-4)
    assert whole.kl_above.value == np.mean(each > 0.1)
    assert whole.top1.value == pytest.approx((p.argmax(-1) == q.argmax(-1)).float().mean().item())


def test_one_window_has_no_interval(models):
    result = evaluate(models[0], cut(TOKENS[:40], 50))
    assert math.isnan(result.perplexity.low)
