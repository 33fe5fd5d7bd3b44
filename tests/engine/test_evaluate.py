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


def test_windows_hold_every_token_once_and_the_tail():
    pieces = cut(TOKENS, 50)
    assert np.array_equal(np.concatenate(pieces), TOKENS) and len(pieces[-1]) == 33
    assert [len(p) for p in cut(TOKENS[:101], 50)] == [
        50,
        50,
    ]  # one token alone has nothing to be scored against


def test_perplexity_weights_every_token_alike(models):
    pieces = cut(TOKENS, 50)
    result = evaluate(models[0], pieces)
    losses = []
    for piece in pieces:  # one token at a time, by the definition
        for end in range(1, len(piece)):
            logits = models[0](torch.from_numpy(piece[:end])[None]).logits[0, -1]
            losses.append(-logits.log_softmax(-1)[piece[end]].item())
    assert result.tokens == len(losses) == len(TOKENS) - len(pieces)
    assert result.perplexity.value == pytest.approx(math.exp(np.mean(losses)), rel=1e-5)
    assert result.perplexity.low < result.perplexity.value < result.perplexity.high
    assert result.kl is None


def test_a_model_against_itself_and_against_another(models):
    pieces = cut(TOKENS, 50)
    same, other = evaluate(models[0], pieces, models[0]), evaluate(models[1], pieces, models[0])
    assert same.kl.value == 0 and same.top1.value == 1 and same.perplexity_ratio.value == 1
    ids = torch.from_numpy(np.stack(pieces[:-1]))
    p, q = (model(ids).logits[:, :-1].log_softmax(-1) for model in models)
    few = evaluate(models[1], pieces[:-1], models[0])
    assert few.kl.value == pytest.approx((p.exp() * (p - q)).sum(-1).mean().item(), rel=1e-4)
    assert few.top1.value == pytest.approx((p.argmax(-1) == q.argmax(-1)).float().mean().item())
    assert other.kl.low < other.kl.value < other.kl.high


def test_one_window_has_no_interval(models):
    result = evaluate(models[0], cut(TOKENS[:40], 50))
    assert math.isnan(result.perplexity.low)
