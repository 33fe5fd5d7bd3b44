"""Our windows against the definitions of others, written out here as plain loops over one token at a time."""

import math

import numpy as np
import pytest
import torch
from architectures import VOCABULARY, build

from fourbit.engine import protocols
from fourbit.engine.evaluate import cut, evaluate
from fourbit.errors import UserError

TOKENS = np.random.default_rng(1).integers(VOCABULARY, size=103)
BOS = 1


@pytest.fixture(scope="module")
def model():
    return build("llama")


@pytest.fixture(scope="module")
def loss(model):
    """Negative log-likelihood (nats) of a token after a context of token ids."""

    def of(context, token):
        with torch.inference_mode():
            logits = model(torch.tensor([[int(i) for i in context]])).logits[0, -1].double()
        return float(logits.logsumexp(-1) - logits[int(token)])

    return of


def llamacpp_perplexity(loss, text, n_ctx, bos):
    """tools/perplexity/perplexity.cpp: non-overlapping chunks, tokens from the middle on, the rest dropped."""
    tokens = [bos, *text] if bos is not None else list(text)
    nll, count = 0.0, 0
    first = n_ctx // 2
    for chunk in range(len(tokens) // n_ctx):
        here = tokens[chunk * n_ctx : (chunk + 1) * n_ctx]
        if bos is not None:
            here[0] = bos
        for position in range(first, n_ctx - 1):  # whose logits are used, for the token after it
            nll += loss(here[: position + 1], here[position + 1])
            count += 1
    return math.exp(nll / count), count


@pytest.mark.parametrize("bos", [None, BOS])
@pytest.mark.parametrize("n_ctx", [16, 25])
def test_llamacpp(model, loss, n_ctx, bos):
    expected, count = llamacpp_perplexity(loss, TOKENS, n_ctx, bos)
    windows = protocols.llamacpp(TOKENS, n_ctx, bos)
    result = evaluate(model, windows)
    assert result.tokens == count == len(windows) * (n_ctx - 1 - n_ctx // 2)
    assert result.perplexity.value == pytest.approx(expected, rel=1e-5)


def test_llamacpp_leaves_the_tokens_as_they_are():
    before = TOKENS.copy()
    protocols.llamacpp(TOKENS, 16, BOS)
    assert np.array_equal(TOKENS, before)


@pytest.mark.parametrize("length, message", [(52, "103 tokens are too few"), (3, "scores nothing")])
def test_llamacpp_refuses(length, message):
    with pytest.raises(UserError, match=message):
        protocols.llamacpp(TOKENS, length)


def harness_log_likelihood(loss, text, prefix, max_length):
    """lm_eval/utils.py, get_rolling_token_windows with context_len 1, then make_disjoint_window."""
    log_likelihood, seen, done = 0.0, [prefix, *text], 0
    while done < len(text):
        taken = min(max_length, len(text) - done)
        end = done + taken  # the model reads the max_length tokens before the last that is predicted
        start = max(0, end - max_length)
        for token in range(done, end):
            log_likelihood -= loss(seen[start : token + 1], text[token])
        done = end
    return log_likelihood


@pytest.mark.parametrize("max_length", [1, 16, 25, 102, 103, 200])
def test_harness(model, loss, max_length):
    expected = harness_log_likelihood(loss, TOKENS, BOS, max_length)
    result = evaluate(model, protocols.harness(TOKENS, max_length, BOS))
    assert result.tokens == len(TOKENS)  # all: the first one too, after the prefix
    assert -math.log(result.perplexity.value) * result.tokens == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("max_length", [16, 25])
def test_harness_differs_from_cut_in_the_last_window_only(max_length):
    text = np.concatenate([[BOS], TOKENS])
    plain, theirs = cut(text, max_length + 1), protocols.harness(TOKENS, max_length, BOS)
    for ours, window in zip(plain[:-1], theirs[:-1], strict=True):
        assert np.array_equal(ours.ids, window.ids) and ours.context == window.context
    ours, window = plain[-1], theirs[-1]
    assert np.array_equal(ours.ids[ours.context :], window.ids[window.context :])
    assert len(window.ids) == max_length + 1 and window.context > ours.context == 1


def test_perplexity_by_words_and_bytes(model):
    text = "zwei  Wörter\nund drei"
    result = evaluate(model, protocols.harness(TOKENS, 50, BOS))
    units = protocols.per_text(result, text)
    nll = math.log(result.perplexity.value) * len(TOKENS)
    assert units.word == pytest.approx(math.exp(nll / 4))
    assert units.byte == pytest.approx(math.exp(nll / 22))  # the umlaut takes two
    assert units.bits_per_byte == pytest.approx(nll / 22 / math.log(2))
