"""llama.cpp's C interface (include/llama.h) through ctypes, from the shared library inside xllamacpp.

Functions are stable there; the structures of parameters grow. They are taken from llama.cpp with its defaults, passed
back with as much space as any version needs, and only fields at the front are set, after a check that they are where
they should be.
"""

import ctypes
from ctypes import POINTER, c_bool, c_char_p, c_float, c_int8, c_int32, c_size_t, c_uint32, c_void_p
from functools import cache
from pathlib import Path

import xllamacpp
from xllamacpp import xllamacpp as extension

from fourbit.errors import UserError

UBATCH = 512  # positions that llama.cpp computes at once; its default


class Parameters(ctypes.Structure):
    """llama_model_params or llama_context_params of any version, with space to spare: 4-byte words."""

    _fields_ = (("words", c_uint32 * 128),)


class SamplerParameters(ctypes.Structure):
    """llama_sampler_chain_params."""

    _fields_ = (("no_perf", c_bool),)


class Batch(ctypes.Structure):
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
    "llama_supports_gpu_offload": (c_bool,),
    "llama_model_default_params": (Parameters,),
    "llama_context_default_params": (Parameters,),
    "llama_model_load_from_file": (c_void_p, c_char_p, Parameters),
    "llama_init_from_model": (c_void_p, c_void_p, Parameters),
    "llama_model_free": (None, c_void_p),
    "llama_free": (None, c_void_p),
    "llama_n_ctx": (c_uint32, c_void_p),
    "llama_n_batch": (c_uint32, c_void_p),
    "llama_n_ubatch": (c_uint32, c_void_p),
    "llama_set_n_threads": (None, c_void_p, c_int32, c_int32),
    "llama_model_n_ctx_train": (c_int32, c_void_p),
    "llama_model_has_encoder": (c_bool, c_void_p),
    "llama_model_has_decoder": (c_bool, c_void_p),
    "llama_model_chat_template": (c_char_p, c_void_p, c_char_p),
    "llama_model_get_vocab": (c_void_p, c_void_p),
    "llama_vocab_type": (c_int32, c_void_p),
    "llama_vocab_n_tokens": (c_int32, c_void_p),
    "llama_vocab_get_text": (c_char_p, c_void_p, c_int32),
    "llama_vocab_get_add_bos": (c_bool, c_void_p),
    "llama_vocab_bos": (c_int32, c_void_p),
    "llama_vocab_eos": (c_int32, c_void_p),
    "llama_vocab_is_eog": (c_bool, c_void_p, c_int32),
    "llama_token_to_piece": (c_int32, c_void_p, c_int32, c_char_p, c_int32, c_int32, c_bool),
    "llama_tokenize": (c_int32, c_void_p, c_char_p, c_int32, POINTER(c_int32), c_int32, c_bool, c_bool),
    "llama_get_memory": (c_void_p, c_void_p),
    "llama_memory_clear": (None, c_void_p, c_bool),
    "llama_batch_init": (Batch, c_int32, c_int32, c_int32),
    "llama_batch_free": (None, Batch),
    "llama_decode": (c_int32, c_void_p, Batch),
    "llama_get_logits": (POINTER(c_float), c_void_p),
    "llama_get_logits_ith": (POINTER(c_float), c_void_p, c_int32),
    "llama_sampler_chain_default_params": (SamplerParameters,),
    "llama_sampler_chain_init": (c_void_p, SamplerParameters),
    "llama_sampler_chain_add": (None, c_void_p, c_void_p),
    "llama_sampler_init_greedy": (c_void_p,),
    "llama_sampler_init_min_p": (c_void_p, c_float, c_size_t),
    "llama_sampler_init_temp": (c_void_p, c_float),
    "llama_sampler_init_dist": (c_void_p, c_uint32),
    "llama_sampler_sample": (c_int32, c_void_p, c_void_p, c_int32),
    "llama_sampler_free": (None, c_void_p),
}


class Library:
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
                "use Linux or macOS, whose wheels do"
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

    def open_model(self, path: Path) -> int:
        """A loaded model, to be freed with model_free. UserError when llama.cpp cannot load the file."""
        if not path.is_file():
            raise UserError(f"{path}: no such file; correct the path")
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise UserError(
                    f"{path}: no GGUF file: it does not begin with the bytes 'GGUF'; give another"
                )
        self.why()
        model = self.model_load_from_file(str(path).encode(), self.model_default_params())
        if not model:
            raise UserError(f"{path}: llama.cpp cannot load it: {self.why()}")
        return model

    def open_context(self, path: Path, model: int, length: int, batch: int, threads: int) -> int:
        """A context of `length` tokens that takes `batch` at once, to be freed with `free`."""
        parameters = self.context_default_params()
        if list(parameters.words[:4]) != DEFAULTS:
            raise UserError(
                f"xllamacpp {xllamacpp.__version__} orders llama.cpp's parameters in another way than 2026.10 does; "
                "run: pip install xllamacpp==2026.10.11549"
            )
        parameters.words[N_CTX], parameters.words[N_BATCH] = length, batch
        parameters.words[N_UBATCH] = min(batch, UBATCH)
        context = self.init_from_model(model, parameters)
        if not context:
            raise UserError(f"{path}: llama.cpp cannot make a context of {length:,} tokens: {self.why()}")
        self.set_n_threads(context, threads, threads)
        return context


@cache
def load() -> Library:
    """The library, loaded once."""
    return Library()
