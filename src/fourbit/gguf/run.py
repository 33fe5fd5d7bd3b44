"""A GGUF file that writes: one prompt through llama.cpp, token by token.

Tokens are chosen by llama.cpp's samplers: the most likely one at temperature 0; else one drawn among those at least a
twentieth as likely as the best (min-p, at llama.cpp's default). The same seed gives the same text.
"""

import codecs
import ctypes
import os
from collections.abc import Callable
from ctypes import c_int32
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Self

import numpy as np

from fourbit.errors import UserError
from fourbit.gguf import chat, libllama

BATCH = 512  # tokens of the prompt that are computed at once
MIN_P = 0.05
NO_TOKENIZER = 0  # of enum llama_vocab_type


@dataclass(frozen=True)
class Result:
    """What was written, and how fast; rates in tokens per second, None where nothing was timed.

    stop  "end" (the model ended its answer), "tokens", "context" (both: no room) or "interrupted"
    """

    text: str
    stop: str
    prompt_tokens: int
    tokens: int
    prompt_rate: float | None
    rate: float | None
    mean_context: float  # tokens in the cache when one was computed, on average


class Llama:
    """A GGUF file, loaded; a context manager.

    limit     tokens of context that the model was trained with
    template  its chat template, or None
    gpu       whether this build of llama.cpp computes on a GPU
    """

    def __init__(self, path: Path):
        """UserError when llama.cpp cannot load the file, or when the model does not continue text."""
        library = self._library = libllama.load()
        self.path, self._model = path, None
        self._model = library.open_model(path)
        self._vocab = library.model_get_vocab(self._model)
        if library.vocab_type(self._vocab) == NO_TOKENIZER:
            self._refuse("there is no tokenizer in it")
        if library.model_has_encoder(self._model) or not library.model_has_decoder(self._model):
            self._refuse("its model has an encoder; only decoders, which continue text, are run")
        self.limit = library.model_n_ctx_train(self._model)
        template = library.model_chat_template(self._model, None)
        self.gpu = library.supports_gpu_offload()
        self.template = template.decode(errors="replace") if template else None

    def _refuse(self, why: str):
        self.close()
        raise UserError(f"{self.path}: {why}")

    def encode(self, prompt: str, raw: bool) -> list[int]:
        """Token ids of a prompt, through the chat template unless `raw` or there is none."""
        text, bos = prompt, self._special(self._library.vocab_bos(self._vocab))
        if self.template and not raw:
            eos = self._special(self._library.vocab_eos(self._vocab))
            try:
                text = chat.render(self.template, prompt, bos, eos)
            except UserError as error:
                raise UserError(f"{self.path}: {error}") from None
        try:
            octets = text.encode()
        except UnicodeEncodeError:
            raise UserError("the prompt is not UTF-8; convert it, or set a UTF-8 locale") from None
        opened = bool(bos) and text.startswith(bos)  # the template has put it there: not twice
        space = len(octets) + 16
        ids = (c_int32 * space)()
        count = self._library.tokenize(self._vocab, octets, len(octets), ids, space, not opened, True)
        if count < 0:
            raise UserError(f"{self.path}: llama.cpp could not tokenize the prompt ({count})")
        return ids[:count]

    def _special(self, token: int) -> str:
        if token < 0:
            return ""
        return self._library.vocab_get_text(self._vocab, token).decode(errors="replace")

    def _piece(self, token: int) -> bytes:
        """What a token adds to the text; nothing for a control token."""
        size = 64
        while True:
            piece = ctypes.create_string_buffer(size)
            count = self._library.token_to_piece(self._vocab, token, piece, size, 0, False)
            if count >= 0:
                return piece.raw[:count]
            size = -count

    def generate(
        self,
        ids: list[int],
        show: Callable[[str], None],
        tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        context: int | None = None,
        threads: int | None = None,
    ) -> Result:
        """Continue `ids` by up to `tokens` tokens; `show` gets the text as it comes. Ctrl-C ends it, with what there is.

        context  tokens of the prompt and the text together; default: as many as are asked for, up to the model's limit
        """
        library, limit = self._library, self.limit
        if context is not None and context > limit:
            raise UserError(
                f"--context {context:,}: {self.path} was trained with {limit:,} tokens; give at most as many"
            )
        length = min(len(ids) + tokens, limit) if context is None else context
        if len(ids) >= length:
            raise UserError(
                f"the prompt has {len(ids):,} tokens, and {length:,} of context leave no room for an answer; "
                + (f"set --context up to {limit:,}" if length < limit else "give a shorter prompt")
            )
        handle = library.open_context(
            self.path, self._model, length, min(length, BATCH), threads or default_threads()
        )
        batch, sampler = library.batch_init(BATCH, 0, 1), self._sampler(temperature, seed)
        decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a character may span tokens
        parts, made, stop = [], [], "tokens"
        reading = writing = 0.0
        steps = 0  # tokens computed one at a time; the first comes with the prompt

        def write(octets: bytes, final: bool = False) -> None:
            if text := decoder.decode(octets, final):
                parts.append(text)
                show(text)

        try:
            began = perf_counter()
            for start in range(0, len(ids), BATCH):
                chunk = ids[start : start + BATCH]
                self._decode(handle, batch, chunk, start, last=start + len(chunk) == len(ids))
            reading = perf_counter() - began
            while len(made) < tokens:
                began = perf_counter()
                token = library.sampler_sample(sampler, handle, -1)
                if library.vocab_is_eog(self._vocab, token):
                    stop = "end"
                    break
                made.append(token)
                write(self._piece(token))
                if len(ids) + len(made) == length:
                    stop = "tokens" if len(made) == tokens else "context"
                    break
                if len(made) < tokens:
                    self._decode(handle, batch, [token], len(ids) + len(made) - 1, last=True)
                    writing += perf_counter() - began
                    steps += 1
        except KeyboardInterrupt:
            stop = "interrupted"
        finally:
            library.sampler_free(sampler)
            library.batch_free(batch)
            library.free(handle)
        write(b"", final=True)
        return Result(
            text="".join(parts),
            stop=stop,
            prompt_tokens=len(ids),
            tokens=len(made),
            prompt_rate=len(ids) / reading if reading else None,
            rate=steps / writing if writing else None,
            mean_context=len(ids) + steps / 2,
        )

    def _sampler(self, temperature: float, seed: int) -> int:
        library = self._library
        chain = library.sampler_chain_init(library.sampler_chain_default_params())
        if temperature == 0:
            stages = [library.sampler_init_greedy()]
        else:
            stages = [
                library.sampler_init_min_p(MIN_P, 1),
                library.sampler_init_temp(temperature),
                library.sampler_init_dist(seed),
            ]
        for stage in stages:
            library.sampler_chain_add(chain, stage)
        return chain

    def _decode(self, context: int, batch: libllama.Batch, ids: list[int], start: int, last: bool) -> None:
        """Compute `ids` at positions from `start`; logits for the final one when it is the `last` of the prompt."""
        count = len(ids)
        for index, token in enumerate(ids):
            batch.token[index], batch.pos[index] = token, start + index
            batch.n_seq_id[index], batch.seq_id[index][0] = 1, 0
            batch.logits[index] = last and index == count - 1
        batch.n_tokens = count
        self._library.why()
        if code := self._library.decode(context, batch):
            raise UserError(
                f"{self.path}: llama.cpp could not run {count} tokens ({code}): {self._library.why()}"
            )
        if last:
            size = self._library.vocab_n_tokens(self._vocab)
            logits = np.ctypeslib.as_array(self._library.get_logits_ith(context, -1), (size,))
            if np.isnan(logits).any():
                raise UserError(
                    f"{self.path}: it computes no numbers (NaN); look for damage with: fourbit inspect {self.path}"
                )

    def close(self) -> None:
        """Let go of the memory; the object is of no use after that."""
        if self._model:
            self._library.model_free(self._model)
        self._model = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.close()


def default_threads() -> int:
    """Physical cores that this process may use: a second thread on a core only takes the first one's time."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    cores = set()
    for cpu in allowed:
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.add(siblings.read_text() if siblings.is_file() else cpu)
    return len(cores)
