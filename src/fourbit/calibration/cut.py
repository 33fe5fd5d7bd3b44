"""A text in memory to windows of tokens, drawn from anywhere in it and never padded."""

import numpy as np

from fourbit.errors import UserError


def tokenize(tokenizer, text: str) -> np.ndarray:
    """Token ids of the whole text, (tokens,) int64, without special tokens and without truncation."""
    return np.array(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"], dtype=np.int64)


def windows(tokens: np.ndarray, n: int, length: int, seed: int = 0) -> np.ndarray:
    """`n` windows of `length` consecutive tokens, (n, length), at random offsets that do not overlap.

    When the text is too short for n windows, all that fit are returned. Never padded: a pad token would enter
    the Hessian as if it were text. Raises UserError when not even one window fits.
    """
    rows, order = _shuffled(tokens, length, seed)
    return rows[np.sort(order[:n])]


def held_out(tokens: np.ndarray, n: int, length: int, seed: int, count: int) -> np.ndarray:
    """At most `count` windows that `windows` with the same arguments does not draw; none when it draws all."""
    rows, order = _shuffled(tokens, length, seed)
    return rows[np.sort(order[n:][:count])]


def _shuffled(tokens: np.ndarray, length: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """All windows (available, length) from a random offset on, and a random order of them."""
    available = len(tokens) // length
    if available == 0:
        raise UserError(
            f"the text has {len(tokens):,} tokens, fewer than one window of {length:,}; "
            "give more text or a smaller --length"
        )
    rng = np.random.default_rng(seed)
    start = rng.integers(len(tokens) - available * length + 1)
    rows = tokens[start : start + available * length].reshape(available, length)
    return rows, rng.permutation(available)
