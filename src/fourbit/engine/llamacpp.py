"""A GGUF file run by llama.cpp: the logits of every position, for `fourbit.engine.evaluate`.

The Python classes of xllamacpp give log-probabilities of generated tokens only, so llama.cpp's C interface is called:
see `fourbit.gguf.libllama`. Settings are llama.cpp's own: activations in 8 bits where its kernels want them so, keys
and values in float16.
"""

from ctypes import c_int32
from pathlib import Path
from typing import Self

import numpy as np
import torch

from fourbit.engine.evaluate import Window
from fourbit.errors import UserError
from fourbit.gguf import libllama


class Gguf:
    """A GGUF file, loaded: `evaluate(Gguf(path, length), windows, base)`; close it, or use it in a with statement.

    vocabulary  the text of every token, as the file has it
    limit       tokens of context that the model was trained with
    opening     the token that llama.cpp puts before a text (BOS), or None where the model wants none
    prefix      the BOS token whether or not it is put before a text, else the EOS token, else None
    """

    def __init__(self, path: Path, length: int):
        """Takes windows of up to `length` tokens. UserError when llama.cpp cannot load the file."""
        library = self._library = libllama.load()
        self._path = path
        self._model = self._context = self._batch = None
        self._model = library.open_model(path)
        self._context = library.open_context(path, self._model, length, length, torch.get_num_threads())
        taken = library.n_ctx(self._context), library.n_batch(self._context)
        if min(taken) < length:
            raise UserError(f"{path}: llama.cpp takes windows of {min(taken):,} tokens, not {length:,}")
        self._batch, self._length = library.batch_init(length, 0, 1), length
        vocab = self._vocab = library.model_get_vocab(self._model)
        count = library.vocab_n_tokens(vocab)
        self.vocabulary = [library.vocab_get_text(vocab, i).decode(errors="replace") for i in range(count)]
        self.limit = library.model_n_ctx_train(self._model)
        ends = [token for token in (library.vocab_bos(vocab), library.vocab_eos(vocab)) if token >= 0]
        self.prefix = ends[0] if ends else None
        self.opening = library.vocab_bos(vocab) if library.vocab_get_add_bos(vocab) else None

    def logits(self, window: Window) -> torch.Tensor:
        """Logits (scored tokens, vocabulary), a view of llama.cpp's memory: valid until the next call."""
        library, batch, count = self._library, self._batch, len(window.ids) - 1
        if count > self._length:
            raise ValueError(f"{count} tokens in a window; loaded for {self._length}")
        scored = np.arange(count) >= window.context - 1  # the logits at a position predict the next token
        fields = {"token": window.ids[:-1], "pos": np.arange(count), "n_seq_id": 1, "logits": scored}
        for name, values in fields.items():
            np.ctypeslib.as_array(getattr(batch, name), (count,))[:] = values
        for index in range(count):
            batch.seq_id[index][0] = 0
        batch.n_tokens = count
        library.memory_clear(library.get_memory(self._context), True)
        if code := library.decode(self._context, batch):
            raise UserError(f"{self._path}: llama.cpp could not run {count} tokens ({code}): {library.why()}")
        shape = int(scored.sum()), len(self.vocabulary)
        return torch.from_numpy(np.ctypeslib.as_array(library.get_logits(self._context), shape))

    def tokenize(self, text: str) -> np.ndarray:
        """Token ids (tokens,) int64 of the whole text by the file's own tokenizer, without special tokens around it."""
        octets = text.encode()
        space = len(octets) + 16
        ids = (c_int32 * space)()
        found = self._library.tokenize(self._vocab, octets, len(octets), ids, space, False, True)
        if found < 0:
            raise UserError(f"{self._path}: llama.cpp could not tokenize the text ({found})")
        return np.array(ids[:found], dtype=np.int64)

    def close(self) -> None:
        """Let go of the memory; the object is of no use after that."""
        for held, free in (
            (self._batch, self._library.batch_free),
            (self._context, self._library.free),
            (self._model, self._library.model_free),
        ):
            if held:
                free(held)
        self._model = self._context = self._batch = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.close()
