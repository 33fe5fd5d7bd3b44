"""The header of a safetensors file, for looking at it; the engine's reader for loading is engine/checkpoint/shards.py.

That one knows the types that PyTorch knows and imports it, which takes seconds; this one starts at once, knows every
type of the format, and names the damage. A file is the length of its header (8 bytes), a JSON header, and the tensors'
bytes without gaps: https://github.com/huggingface/safetensors#format. Standard library only.
"""

import json
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import BinaryIO, NamedTuple

from fourbit.errors import UserError
from fourbit.gguf.header import STRANGERS
from fourbit.gguf.reader import plain

MAX_HEADER = 100_000_000  # bytes, the limit of the official reader
MAX_NAME = 1_000
BITS = {
    "F64": 64,
    "F32": 32,
    "F16": 16,
    "BF16": 16,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F8_E8M0": 8,
    "F8_E4M3FNUZ": 8,
}
BITS |= {"F8_E5M2FNUZ": 8, "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4, "C64": 64, "BOOL": 8}
BITS |= {f"{sign}{bits}": bits for sign in "IU" for bits in (8, 16, 32, 64)}


class StoredTensor(NamedTuple):
    """dtype: as the file writes it, such as "BF16";  offset: bytes from the start of the data."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    offset: int
    nbytes: int


@dataclass(frozen=True)
class Header:
    """metadata: the file's own notes;  data_start, size (of the file): bytes."""

    metadata: dict[str, str]
    tensors: list[StoredTensor]
    data_start: int
    size: int


def read(path: Path) -> Header:
    """The header of a file. Raises UserError that names the damage."""
    path = Path(path)
    try:
        with path.open("rb") as stream:
            return parse(stream, path.stat().st_size, str(path))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def parse(stream: BinaryIO, size: int, name: str = "this file") -> Header:
    """The header that starts the stream of a file of `size` bytes."""

    def damage(what: str) -> UserError:
        return UserError(f"{name}: damaged: {what}; download it again")

    first = stream.read(24)
    for magic, what in STRANGERS.items():
        if first.startswith(magic) and len(magic) > 1 and int.from_bytes(first[:8], "little") > MAX_HEADER:
            raise UserError(f"{name}: {what.replace('GGUF', 'safetensors')}")
    length = int.from_bytes(first[:8], "little")
    if size < 10 or not first.strip(b"\0"):
        raise UserError(f"{name}: empty or all zeros: the download did not finish; download it again")
    if length > MAX_HEADER:
        raise UserError(
            f"{name}: no safetensors file: its header would have {length:,} bytes; download it again"
        )
    if 8 + length > size:
        raise UserError(
            f"{name}: truncated within its header: {size:,} of {8 + length:,} bytes; download it again"
        )
    stream.seek(8)
    try:
        entries = json.loads(stream.read(length), object_pairs_hook=_once)
    except _Twice as error:
        raise damage(f"{plain(error)} is there twice") from None
    except (ValueError, RecursionError):
        raise damage("its header is no JSON") from None
    if not isinstance(entries, dict):
        raise damage("its header is no JSON object")
    notes = entries.pop("__metadata__", {})
    if not isinstance(notes, dict) or not all(isinstance(value, str) for value in notes.values()):
        raise damage("its __metadata__ are not strings")
    tensors = []
    for key, entry in entries.items():
        try:
            tensors.append(_tensor(key, entry))
        except _Bad as error:
            raise damage(f"tensor {plain(key[:80])} {error}") from None
    tensors.sort(key=lambda tensor: (tensor.offset, tensor.nbytes))
    end = 0
    for before, after in pairwise([None, *tensors]):
        if after.offset < end:
            raise damage(f"tensors {plain(before.name)} and {plain(after.name)} overlap")
        if after.offset > end:
            raise damage(f"{after.offset - end:,} bytes before tensor {plain(after.name)} belong to none")
        end = after.offset + after.nbytes
    promised = 8 + length + end
    if size < promised:
        past = [tensor for tensor in tensors if 8 + length + tensor.offset + tensor.nbytes > size]
        raise UserError(
            f"{name}: truncated: {promised - size:,} of the {promised:,} bytes it should have are missing, "
            f"from tensor {plain(past[0].name)} on ({len(past)} of {len(tensors)}); download it again"
        )
    if size > promised:
        raise damage(f"{size - promised:,} bytes after the last tensor belong to none")
    return Header(notes, tensors, 8 + length, size)


class _Twice(Exception):
    """A key that an object has twice."""


class _Bad(Exception):
    """What is wrong with a tensor's entry."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen = set()
        raise _Twice(next(key for key, _ in pairs if key in seen or seen.add(key))[:80])
    return made


def _tensor(name: str, entry: object) -> StoredTensor:
    if not 0 < len(name) <= MAX_NAME:
        raise _Bad(f"has a name of {len(name):,} characters")
    if not isinstance(entry, dict) or not {"dtype", "shape", "data_offsets"} <= entry.keys():
        raise _Bad("lacks its dtype, shape or data_offsets")
    dtype, shape, place = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in BITS:
        raise _Bad(f"has unknown dtype {plain(dtype)[:40]}")
    if not _numbers(shape) or len(shape) > 16 or prod(shape) >= 1 << 60:
        raise _Bad(f"has shape {plain(shape)[:80]}")
    if not _numbers(place) or len(place) != 2 or place[0] > place[1] or place[1] >= 1 << 63:
        raise _Bad(f"has data_offsets {plain(place)[:80]}")
    bits, found = prod(shape) * BITS[dtype], place[1] - place[0]
    if bits % 8 or bits // 8 != found:
        raise _Bad(
            f"takes {found:,} bytes; {' x '.join(map(str, shape)) or 'one'} {dtype} would be {bits / 8:,.0f}"
        )
    return StoredTensor(name, tuple(shape), dtype, place[0], found)


def _numbers(value: object) -> bool:
    """Whether it is a list of integers that are not negative."""
    return isinstance(value, list) and all(type(item) is int and 0 <= item < 1 << 64 for item in value)
