"""Other programs' windows: to compare a perplexity with one that llama.cpp or the evaluation harness printed."""

import re
from dataclasses import dataclass

import numpy as np

from fourbit.engine.evaluate import Evaluation, Window, cut
from fourbit.errors import UserError


def llamacpp(tokens: np.ndarray, length: int, bos: int | None = None) -> list[Window]:
    """Windows of `llama-perplexity`: side by side, with the tokens of the second half scored, less the first of them.

    length  its --ctx-size (-c), 512 unless given
    bos     the token that the model wants before a text, or None. It goes before the text, and takes the place of
            the first token of every window
    What does not fill a window at the end is left out. UserError when the text is shorter than two windows.
    Source: ggml-org/llama.cpp, tools/perplexity/perplexity.cpp, `perplexity` without a stride.
    """
    if bos is not None:
        tokens = np.concatenate([[bos], tokens])
    if len(tokens) < 2 * length:
        raise UserError(
            f"{len(tokens):,} tokens are too few: llama.cpp wants two windows of {length:,}; give more text or a "
            "smaller --length"
        )
    if length < 4:
        raise UserError(
            f"--length {length}: llama.cpp scores nothing in a window of fewer than 4 tokens; give more"
        )
    windows = tokens[: len(tokens) // length * length].reshape(-1, length).copy()
    if bos is not None:
        windows[:, 0] = bos
    return [Window(window, length // 2 + 1) for window in windows]


def harness(tokens: np.ndarray, length: int, prefix: int) -> list[Window]:
    """Windows of `loglikelihood_rolling` of lm-evaluation-harness: those of `cut` on the prefix and the text.

    length  its max_length: tokens that the model reads at once, one less than the tokens of a window
    prefix  what the first token is predicted from, by default the tokenizer's BOS token, else its EOS token
    Each token is scored once, and only the last window differs from cut: it reaches back to be a full one.
    Source: EleutherAI/lm-evaluation-harness, lm_eval/utils.py, get_rolling_token_windows with context_len=1.
    """
    text = np.concatenate([[prefix], tokens])
    windows = cut(text, length + 1)
    scored = len(windows[-1].ids) - windows[-1].context
    last = text[-(length + 1) :]
    return [*windows[:-1], Window(last, len(last) - scored)]


@dataclass(frozen=True)
class PerText:
    """Perplexities by units that do not depend on a tokenizer, as the harness' tasks of the wikitext kind print them.

    words are what whitespace separates, bytes are UTF-8
    """

    word: float
    byte: float
    bits_per_byte: float


def per_text(result: Evaluation, text: str) -> PerText:
    """From the perplexity by tokens, when every token of `text` was scored."""
    nll = np.log(result.perplexity.value) * result.tokens
    words, octets = len(re.split(r"\s+", text)), len(text.encode())
    return PerText(float(np.exp(nll / words)), float(np.exp(nll / octets)), float(nll / octets / np.log(2)))
