"""The models that `fourbit evaluate` compares: a model directory or a GGUF file, seen alike."""

from contextlib import ExitStack
from pathlib import Path

from fourbit.errors import UserError


class Directory:
    """A transformers model.

    limit    tokens that it reads at once, None where config.json does not say;  size  rows of its logits
    ids      token to id, without added tokens
    opening  the token that its tokenizer puts before a text, or None
    prefix   the token to predict a first token from: BOS, else EOS, else None
    """

    def __init__(self, name: str):
        from transformers import AutoConfig

        from fourbit.engine import models

        self.name, self.path = name, models.find(name)
        self.config = AutoConfig.from_pretrained(self.path).get_text_config()
        self.tokenizer = models.load_tokenizer(self.path)
        self.limit = getattr(self.config, "max_position_embeddings", None)
        self.size = self.config.vocab_size
        added = self.tokenizer.get_added_vocab()
        self.ids = {token: i for token, i in self.tokenizer.get_vocab().items() if token not in added}
        self.bos = self.tokenizer.bos_token_id
        self.prefix = self.tokenizer.eos_token_id if self.bos is None else self.bos
        puts_bos = self.tokenizer("a").input_ids[:1] == [self.bos]
        self.opening = self.bos if puts_bos else None

    def tokenize(self, text: str):
        from fourbit import calibration

        return calibration.tokenize(self.tokenizer, text)

    def load(self):
        from fourbit.engine import models

        return models.load(self.path)


class File:
    """A GGUF file; with the same attributes as a Directory."""

    def __init__(self, name: str, length: int, stack: ExitStack):
        from fourbit.engine.llamacpp import Gguf

        self.name, self.path = name, Path(name)
        self.gguf = stack.enter_context(Gguf(self.path, length))
        self.limit, self.size = self.gguf.limit, len(self.gguf.vocabulary)
        self.ids = {token: i for i, token in enumerate(self.gguf.vocabulary)}
        self.opening, self.prefix = self.gguf.opening, self.gguf.prefix

    def tokenize(self, text: str):
        return self.gguf.tokenize(text)

    def load(self):
        return self.gguf


def open_side(name: str, length: int, protocol: str, stack: ExitStack) -> Directory | File:
    """One of the models that are compared; UserError when it cannot read windows of this length."""
    side = File(name, length, stack) if name.endswith(".gguf") else Directory(name)
    if side.limit and length > side.limit:
        raise UserError(f"--length {length}: {name} takes at most {side.limit} tokens")
    if side.limit == length and protocol == "harness":
        raise UserError(
            f"--length {length}: a window of --protocol harness has one token more, "
            f"and {name} takes at most {side.limit}"
        )
    return side


def compare(sides: list) -> None:
    """UserError unless the vocabularies are one: as many entries, and every token under the same id."""
    own, base = sides[0], sides[-1]
    if own.size != base.size:
        raise UserError(
            f"--against {base.name}: its vocabulary has {base.size:,} entries, that of {own.name} {own.size:,}; "
            "only versions of one model can be compared"
        )
    fewer, more = sorted((own.ids, base.ids), key=len)
    if other := sum(more.get(token) != i for token, i in fewer.items()):
        raise UserError(
            f"--against {base.name}: {other:,} of {len(fewer):,} tokens have another id in {own.name}; "
            "only versions of one model can be compared"
        )
