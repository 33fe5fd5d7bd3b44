"""Chat transcripts as the model sees them: rendered by the tokenizer's chat template."""

from collections.abc import Iterator

import numpy as np

from fourbit.calibration.files import Files
from fourbit.calibration.hub import Hub
from fourbit.calibration.sources import Document
from fourbit.errors import UserError


class Chat:
    """Records with "messages": [{"role": ..., "content": ...}, ...], of JSON lines or of a hub dataset ("hf:...").

    Each is one document.
    """

    def __init__(self, spec: str, tokenizer):
        if not tokenizer.chat_template:
            raise UserError(
                f"chat:{spec}: the model's tokenizer has no chat template, so it is no chat model; "
                "give plain text, or take the instruction-tuned model"
            )
        self.tokenizer = tokenizer
        hub = spec.startswith("hf:")
        self.records = Hub(spec, text_of=self._render) if hub else Files(spec, text_of=self._render)
        self.name = f"chat:{self.records.name}"

    def documents(self, rng: np.random.Generator) -> Iterator[Document]:
        return self.records.documents(rng)

    def _render(self, record) -> Document:
        messages = record.get("messages") if isinstance(record, dict) else record
        if not isinstance(messages, list) or not messages:
            there = ", ".join(record) if isinstance(record, dict) else type(record).__name__
            raise ValueError(f"no list of messages in it (there are: {there})")
        for message in messages:
            if not isinstance(message, dict) or "role" not in message:
                raise ValueError('each of the messages must be an object with "role" and "content"')
        try:
            text = self.tokenizer.apply_chat_template(messages, tokenize=False)
        except Exception as error:  # noqa: BLE001  templates are programs by strangers: they raise what they like
            raise ValueError(f"the chat template of the model refuses it: {error}") from None
        return Document(text, self.records.name, delimited=True)
