"""A GGUF file run by llama.cpp: the logits of every position, for `fourbit.engine.evaluate`.

The Python classes of xllamacpp give log-probabilities of generated tokens only. Its shared library, however, exports
llama.cpp's C interface (include/llama.h), and that is what is called here, through ctypes. Functions are stable there;
the structures of parameters grow. They are taken from llama.cpp with its defaults, passed back with as much space as
any version needs, and only three fields at the front are set, after a check that they are where they should be.

Settings are llama.cpp's own: activations in 8 bits where its kernels want them so, keys and values in float16.
"""

import ctypes
from ctypes import POINTER, c_bool, c_char_p, c_float, c_int8, c_int32, c_uint32, c_void_p
from pathlib import Path
from typing import Self

import numpy as np
import torch
import xllamacpp
from xllamacpp import xllamacpp as extension

from fourbit.engine.evaluate import Window
from fourbit.errors import UserError

UBATCH = 512  # positions that llama.cpp computes at once; its default


class _Parameters(ctypes.Structure):
    """llama_model_params or llama_context_params of any version, with space to spare: 4-byte words."""

    _fields_ = (("words", c_uint32 * 128),)


class _Batch(ctypes.Structure):
    """llama_batch."""

    _fields_ = (
        ("n_tokens", c_int32),
        ("token", POINTER(c_int32)),
        ("embd", c_void_p),
        ("pos", POINTER(c_int32)),
        ("n_seq_id", POINTER(c_int32)),
        ("seq_id", POINTER(POINTER(c_int32))),
        ("logits", POINTER(c_int8)),
    )


N_CTX, N_BATCH, N_UBATCH, N_SEQ_MAX = range(4)  # words of llama_context_params
DEFAULTS = [512, 2048, 512, 1]

_Log = ctypes.CFUNCTYPE(None, ctypes.c_int, c_char_p, c_void_p)
ERROR = 4  # level of ggml's log

SIGNATURES = {
    "llama_log_set": (None, _Log, c_void_p),
    "llama_backend_init": (None,),
    "llama_model_default_params": (_Parameters,),
    "llama_context_default_params": (_Parameters,),
    "llama_model_load_from_file": (c_void_p, c_char_p, _Parameters),
    "llama_init_from_model": (c_void_p, c_void_p, _Parameters),
    "llama_model_free": (None, c_void_p),
    "llama_free": (None, c_void_p),
    "llama_n_ctx": (c_uint32, c_void_p),
    "llama_n_batch": (c_uint32, c_void_p),
    "llama_n_ubatch": (c_uint32, c_void_p),
    "llama_set_n_threads": (None, c_void_p, c_int32, c_int32),
    "llama_model_n_ctx_train": (c_int32, c_void_p),
    "llama_model_get_vocab": (c_void_p, c_void_p),
    "llama_vocab_n_tokens": (c_int32, c_void_p),
    "llama_vocab_get_text": (c_char_p, c_void_p, c_int32),
    "llama_vocab_get_add_bos": (c_bool, c_void_p),
    "llama_vocab_bos": (c_int32, c_void_p),
    "llama_vocab_eos": (c_int32, c_void_p),
    "llama_tokenize": (c_int32, c_void_p, c_char_p, c_int32, POINTER(c_int32), c_int32, c_bool, c_bool),
    "llama_get_memory": (c_void_p, c_void_p),
    "llama_memory_clear": (None, c_void_p, c_bool),
    "llama_batch_init": (_Batch, c_int32, c_int32, c_int32),
    "llama_batch_free": (None, _Batch),
    "llama_decode": (c_int32, c_void_p, _Batch),
    "llama_get_logits": (POINTER(c_float), c_void_p),
}


class _Library:
    """llama.cpp's functions by name without the prefix; errors that it logs are kept for messages."""

    def __init__(self):
        library = ctypes.CDLL(extension.__file__)
        try:
            for name, (result, *arguments) in SIGNATURES.items():
                function = getattr(library, name)
                function.restype, function.argtypes = result, arguments
                setattr(self, name.removeprefix("llama_"), function)
        except AttributeError as error:
            raise UserError(
                f"xllamacpp {xllamacpp.__version__} does not export llama.cpp's functions here: {error}; "
                "the wheels for Linux and macOS do"
            ) from None
        self.errors: list[str] = []
        self._log = _Log(self._note)  # a callback lives as long as something holds it
        self.log_set(self._log, None)
        self.backend_init()

    def _note(self, level: int, text: bytes, _) -> None:
        if level == ERROR:
            self.errors.append(text.decode(errors="replace").strip())

    def why(self) -> str:
        """What was logged since the last call."""
        said, self.errors = "; ".join(self.errors), []
        return said or "llama.cpp gave no reason"


_library: _Library | None = None


def _load() -> _Library:
    global _library
    _library = _library or _Library()
    return _library


class Gguf:
    """A GGUF file, loaded: `evaluate(Gguf(path, length), windows, base)`; close it, or use it in a with statement.

    vocabulary  the text of every token, as the file has it
    limit       tokens of context that the model was trained with
    opening     the token that llama.cpp puts before a text (BOS), or None where the model wants none
    prefix      the BOS token whether or not it is put before a text, else the EOS token, else None
    """

    def __init__(self, path: Path, length: int):
        """Takes windows of up to `length` tokens. UserError when llama.cpp cannot load the file."""
        self._library, self._path = _load(), path
        self._model = self._context = self._batch = None
        if not path.is_file():
            raise UserError(f"{path}: no such file")
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise UserError(f"{path}: no GGUF file: it does not begin with the bytes 'GGUF'")
        library = self._library
        library.why()
        self._model = library.model_load_from_file(str(path).encode(), library.model_default_params())
        if not self._model:
            raise UserError(f"{path}: llama.cpp cannot load it: {library.why()}")
        parameters = library.context_default_params()
        if list(parameters.words[:4]) != DEFAULTS:
            raise UserError(
                f"xllamacpp {xllamacpp.__version__} orders llama.cpp's parameters in another way than 2026.10 does; "
                "run: pip install xllamacpp==2026.10.11549"
            )
        parameters.words[N_CTX] = parameters.words[N_BATCH] = length
        parameters.words[N_UBATCH] = min(length, UBATCH)
        self._context = library.init_from_model(self._model, parameters)
        if not self._context:
            raise UserError(f"{path}: llama.cpp cannot make a context of {length:,} tokens: {library.why()}")
        taken = library.n_ctx(self._context), library.n_batch(self._context)
        if min(taken) < length:
            raise UserError(f"{path}: llama.cpp takes windows of {min(taken):,} tokens, not {length:,}")
        library.set_n_threads(self._context, torch.get_num_threads(), torch.get_num_threads())
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
