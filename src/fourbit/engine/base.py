"""A base model's predictions, computed once and kept in a file, to compare any number of models with it.

What is kept are the hidden states that reach the final norm, float32: the norm and the head of the base model turn them
into logits again. A row takes 4 bytes for each of the model's `hidden_size` values, where llama.cpp's file for the same
purpose (`llama-perplexity --kl-divergence-base`) takes 2 bytes for each entry of the vocabulary. In float16 it would
be half of that, at a KL divergence of 5e-7 nats on SmolLM2-135M, but states of other models exceed float16's range.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open

from fourbit.engine.evaluate import Window
from fourbit.engine.onednn import OneDNN
from fourbit.engine.walk.job import versions
from fourbit.engine.walk.skeleton import Skeleton
from fourbit.errors import UserError

FORMAT = "fourbit base predictions, 1"
TENSOR = "hidden"


class Base:
    """The stored predictions of a model, for windows that the file holds: `evaluate(..., base=Base(...))`.

    Only the norm, the head and the embeddings of the model are loaded, and of the file one window at a time.
    """

    def __init__(self, file: Path, folder: Path, windows: list[Window]):
        """UserError when `file` holds no predictions, or those of another model than `folder`'s or for other windows."""
        self._file = file
        about = describe(file)
        if about["model"] != fingerprint(folder):
            raise UserError(
                f"{file}: holds the predictions of another model, read from {about['folder']}; "
                f"give another file for those of {folder}, or remove this one"
            )
        self._rows, start = {}, 0
        for key, count in about["windows"]:
            self._rows[key] = slice(start, start + count)
            start += count
        if missing := sum(_key(window) not in self._rows for window in windows):
            made = ", ".join(f"{name} {value}" for name, value in about["made"].items())
            raise UserError(
                f"{file}: lacks {missing} of the {len(windows)} windows; it was made with {made}. Take the same text, "
                "length and stride, or give another file"
            )
        self._skeleton = Skeleton(folder)
        self._opened = safe_open(file, "pt")

    def logits(self, window: Window) -> torch.Tensor:
        """Logits (scored tokens, vocabulary)."""
        hidden = self._opened.get_slice(TENSOR)[self._rows[_key(window)]]
        with OneDNN():
            return self._skeleton.leave(hidden[None].float())[0]


def describe(file: Path) -> dict:
    """What a file of `store` says of itself: model, folder, made, windows, versions; UserError when it is no such file."""
    try:
        with safe_open(file, "pt") as opened:
            about = opened.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise UserError(f"{file}: holds no base predictions: {error}") from None
    if about.get("format") != FORMAT:
        raise UserError(f"{file}: a safetensors file, but without base predictions ({FORMAT!r})")
    return json.loads(about["about"])


@torch.inference_mode()
def store(
    file: Path,
    folder: Path,
    windows: list[Window],
    made: dict | None = None,
    progress: Callable[[], None] = lambda: None,
) -> None:
    """Compute the predictions of the model in `folder` for the windows, with one decoder block in memory at a time.

    made      what to say of the windows when they do not fit later: text, length, stride
    progress  is called after each window in each block
    The file takes its name when it is complete. UserError when it cannot be written.
    """
    skeleton = Skeleton(folder)
    counts = [len(window.ids) - window.context for window in windows]
    about = {
        "model": fingerprint(folder),
        "folder": folder.name,
        "made": made or {},
        "windows": [(_key(window), count) for window, count in zip(windows, counts, strict=True)],
        "versions": versions(),
    }
    width = skeleton.enter(torch.from_numpy(windows[0].ids[:1])[None])[0].shape[-1]
    with _scratch(file, sum(len(window.ids) for window in windows), width) as (hidden, partial):
        _through(skeleton, windows, hidden, progress)
        with partial.open("wb") as out:
            out.write(_header((sum(counts), width), about))
            end = 0
            for window in windows:
                end += len(window.ids)
                # A position's state predicts the next token: the last one predicts nothing that is known.
                hidden[end - len(window.ids) + window.context - 1 : end - 1].tofile(out)
        partial.rename(file)


def _through(
    skeleton: Skeleton, windows: list[Window], hidden: np.ndarray, progress: Callable[[], None]
) -> None:
    """Fill hidden (tokens of all windows, width) with what leaves the last block."""
    ids = [torch.from_numpy(window.ids)[None] for window in windows]
    ends = np.cumsum([len(window.ids) for window in windows])
    rows = [slice(end - len(window.ids), end) for end, window in zip(ends, windows, strict=True)]
    for own, row in zip(ids, rows, strict=True):
        hidden[row] = skeleton.enter(own)[0][0]
    for index in range(len(skeleton.blocks)):
        block = skeleton.load(index)
        for own, row in zip(ids, rows, strict=True):
            arguments, keywords = skeleton.arguments(own)[index]
            with OneDNN():
                out = block(torch.from_numpy(hidden[row])[None], *arguments, **keywords)
            hidden[row] = (out[0] if isinstance(out, tuple) else out)[0]
            progress()
        skeleton.unload(index)
    skeleton.release()


@contextmanager
def _scratch(file: Path, rows: int, width: int):
    """A float32 array (rows, width) on the disk beside `file`, and a free name beside it."""
    try:
        with tempfile.TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as folder:
            hidden = np.memmap(Path(folder) / "states", np.float32, "w+", shape=(rows, width))
            yield hidden, Path(folder) / file.name
    except OSError as error:
        size = rows * width * 4 / 1e6
        raise UserError(f"{file}: could not be written ({size:,.0f} MB twice): {error.strerror}") from None


def _header(shape: tuple[int, int], about: dict) -> bytes:
    """Of a safetensors file with one float32 tensor, whose bytes follow."""
    tensor = {"dtype": "F32", "shape": shape, "data_offsets": [0, 4 * shape[0] * shape[1]]}
    header = {"__metadata__": {"format": FORMAT, "about": json.dumps(about)}, TENSOR: tensor}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def fingerprint(folder: Path) -> str:
    """SHA-256 of a model directory's config.json and weight files."""
    digest = hashlib.sha256((folder / "config.json").read_bytes())
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _key(window: Window) -> str:
    """SHA-256, shortened, of a window's tokens and of how many are scored."""
    digest = hashlib.sha256(window.ids.astype("<i8").tobytes())
    digest.update(window.context.to_bytes(8, "little"))
    return digest.hexdigest()[:24]
