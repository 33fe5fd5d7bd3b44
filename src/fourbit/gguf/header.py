"""The header of a GGUF file: its metadata, and name, shape, type and place of every tensor.

Whatever the bytes say, little memory and time are used: a count or a length is compared with the size of the file and
with a limit before anything is made of it, long arrays are skipped, and the file is read at offsets, never mapped.
Source: docs/gguf.md of ggml and ggml/src/gguf.cpp of llama.cpp. Standard library only: it runs in the browser.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import BinaryIO, NamedTuple

from fourbit.errors import UserError
from fourbit.gguf.reader import Reader, plain
from fourbit.gguf.types import BY_ID, Type

KEEP = 1024  # elements of an array that are kept; no layer list is longer, every vocabulary is
MAX_KEYS = 65_536
MAX_TENSORS = 131_072
MAX_NAME = 255  # bytes of a tensor's name; llama.cpp itself stops at 63
MAX_KEY = 65_535  # bytes, by the specification
MAX_ALIGNMENT = 1 << 20
MAX_DEPTH = 4  # arrays inside arrays

SCALARS = {  # id -> name, struct code
    0: ("u8", "<B"),
    1: ("i8", "<b"),
    2: ("u16", "<H"),
    3: ("i16", "<h"),
    4: ("u32", "<I"),
    5: ("i32", "<i"),
    6: ("f32", "<f"),
    7: ("bool", "<B"),
    10: ("u64", "<Q"),
    11: ("i64", "<q"),
    12: ("f64", "<d"),
}
STRING, ARRAY = 8, 9
LEAST = {STRING: 8, ARRAY: 12} | {kind: struct.calcsize(code) for kind, (_, code) in SCALARS.items()}
GONE = {4: "Q4_2", 5: "Q4_3", 31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8", 36: "IQ4_NL_4_4"}
STRANGERS = {  # first bytes of what is often taken for a GGUF file
    b"version https://git-lfs": "a Git LFS pointer, not the file itself; fetch it with `git lfs pull`",
    b"<!": "a web page, not a model; the download link needs a login or has moved",
    b"<h": "a web page, not a model; the download link needs a login or has moved",
    b"PK": "a zip archive (a PyTorch checkpoint?), not a GGUF file",
    b"tjgg": "a GGML file of 2023 (ggjt), from before GGUF; get the model as GGUF",
    b"lmgg": "a GGML file of 2023, from before GGUF; get the model as GGUF",
    b"fmgg": "a GGML file of 2023 (ggmf), from before GGUF; get the model as GGUF",
    b"FUGG": "a big-endian GGUF file; convert it with gguf_convert_endian.py of llama.cpp",
}


class Array(list):
    """An array of the metadata. kind: "u8" .. "str", "array";  total: elements in the file; the list has the first KEEP."""

    def __init__(self, kind: str, total: int):
        super().__init__()
        self.kind, self.total = kind, total


class TensorInfo(NamedTuple):
    """shape: rows first, blocks cut the last;  offset: bytes from the start of the data."""

    name: str
    shape: tuple[int, ...]
    type: Type
    offset: int

    @property
    def weights(self) -> int:
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        return self.weights // self.type.block * self.type.size


@dataclass(frozen=True)
class Header:
    """metadata: int, float, bool, str or Array by key;  data_start, size (of the file), alignment: bytes."""

    version: int
    metadata: dict[str, object]
    tensors: list[TensorInfo]
    data_start: int
    size: int
    alignment: int = 32

    @property
    def arch(self) -> str:
        """The architecture by llama.cpp's name, such as "llama"; empty when the file does not say."""
        value = self.metadata.get("general.architecture")
        return value if isinstance(value, str) else ""


def read(path: Path) -> Header:
    """The header of a file. Raises UserError that names the damage."""
    path = Path(path)
    try:
        with path.open("rb", buffering=0) as stream:
            return parse(stream, path.stat().st_size, str(path))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def parse(stream: BinaryIO, size: int, name: str = "this file") -> Header:
    """The header that starts the stream of a file of `size` bytes; the stream may hold the first bytes only.

    Raises fourbit.gguf.reader.Incomplete when those were too few, and any other UserError when the file is damaged.
    """
    reader = Reader(stream, size, name)
    version = _version(reader)
    tensors, keys = reader.scalar("<Q"), reader.scalar("<Q")
    # The least an entry can take: name, type, value; name, dimensions, type, offset.
    for count, what, most, least in (
        (tensors, "tensors", MAX_TENSORS, 24),
        (keys, "metadata entries", MAX_KEYS, 13),
    ):
        if count > most or count * least > size:
            raise reader.damage(f"an absurd count: {count:,} {what} in {size:,} bytes")
    metadata: dict[str, object] = {}
    for i in range(keys):
        key = reader.name(MAX_KEY, f"the key of metadata entry {i}")
        if key in metadata:
            raise reader.damage(f"metadata key {plain(key)} appears twice")
        metadata[key] = _value(reader, reader.scalar("<I"), key)
    alignment = metadata.get("general.alignment", 32)
    if type(alignment) is not int or not 0 < alignment <= MAX_ALIGNMENT or alignment & (alignment - 1):
        raise reader.damage(f"general.alignment is {plain(alignment)}, which is no power of two")
    infos = [_tensor(reader, i, alignment) for i in range(tensors)]
    start = -(-reader.place // alignment) * alignment if infos else reader.place
    _check_places(reader, infos, start)
    return Header(version, metadata, infos, start, size, alignment)


def _version(reader: Reader) -> int:
    first = reader.peek(24)
    if not first.startswith(b"GGUF"):
        for magic, what in STRANGERS.items():
            if first.startswith(magic):
                raise UserError(f"{reader.file}: {what}")
        if not first.strip(b"\0"):
            raise UserError(
                f"{reader.file}: empty or all zeros: the download did not finish; download it again"
            )
        shown = plain(first[:4].decode("latin-1"))
        raise UserError(f"{reader.file}: not a GGUF file: it starts with '{shown}', not with 'GGUF'")
    reader.take(4)
    version = reader.scalar("<I")
    if version and not version & 0xFFFF:
        raise UserError(f"{reader.file}: {STRANGERS[b'FUGG']}")
    if version == 1:
        raise UserError(
            f"{reader.file}: GGUF version 1 of August 2023; no program reads it now, get a newer file"
        )
    if version not in (2, 3):
        raise reader.damage(f"GGUF version {version:,}; this program reads 2 and 3")
    return version


def _value(reader: Reader, kind: int, key: str, depth: int = 0) -> object:
    what = f"the value of {plain(key)}"
    if kind == STRING:
        return reader.text(what)
    if kind == ARRAY:
        return _array(reader, key, depth)
    if kind not in SCALARS:
        raise reader.damage(f"{what} has unknown type {kind:,}")
    name, code = SCALARS[kind]
    value = reader.scalar(code, what)
    if name == "bool":
        if value > 1:
            raise reader.damage(f"{what} is a bool of {value}")
        return bool(value)
    return value


def _array(reader: Reader, key: str, depth: int) -> Array:
    what = f"the array {plain(key)}"
    kind, count = reader.scalar("<I", what), reader.scalar("<Q", what)
    if kind not in LEAST:
        raise reader.damage(f"{what} has elements of unknown type {kind:,}")
    if depth >= MAX_DEPTH:
        raise reader.damage(f"{what} holds arrays more than {MAX_DEPTH} deep")
    if count * LEAST[kind] > reader.size - reader.place:
        raise reader.damage(f"{what} says {count:,} elements; the rest of the file cannot hold them")
    array = Array({STRING: "str", ARRAY: "array"}.get(kind) or SCALARS[kind][0], count)
    kept = min(count, KEEP)
    if kind == STRING:
        reader.count(count)
        array.extend(reader.text(what) for _ in range(kept))
        reader.skip_strings(count - kept, what)
    elif kind == ARRAY:
        reader.count(16 * count)  # each costs about as much time as that many strings
        for i in range(count):
            element = _array(reader, key, depth + 1)
            if i < KEEP >> 4 * depth + 4:
                array.append(element)
    else:
        code, size = SCALARS[kind][1], LEAST[kind]
        reader.keep(kept * 32)
        array.extend(value for (value,) in struct.iter_unpack(code, reader.take(kept * size, what)))
        reader.skip((count - kept) * size, what)
        if array.kind == "bool":
            array[:] = map(bool, array)
    return array


def _tensor(reader: Reader, i: int, alignment: int) -> TensorInfo:
    name = reader.name(MAX_NAME, f"the name of tensor {i}")
    what = f"tensor {plain(name)}"
    dims = reader.scalar("<I", what)
    if dims > 4:
        raise reader.damage(f"{what} has {dims:,} dimensions")
    shape = struct.unpack(f"<{dims}Q", reader.take(8 * dims, what))[::-1]
    kind, offset = reader.scalar("<I", what), reader.scalar("<Q", what)
    if kind in GONE:
        raise UserError(
            f"{reader.file}: {what} has type {GONE[kind]}, which llama.cpp has removed; get a newer file"
        )
    if kind not in BY_ID:
        raise reader.damage(f"{what} has type {kind:,}, which is unknown here")
    if prod(shape) >= 1 << 63:
        raise reader.damage(f"{what} has an absurd shape, {' x '.join(map(str, shape))}")
    width = shape[-1] if shape else 1
    if width % BY_ID[kind].block:
        raise reader.damage(
            f"{what} has rows of {width:,}, no multiple of {BY_ID[kind].name}'s {BY_ID[kind].block}"
        )
    if offset % alignment:
        raise reader.damage(f"{what} starts at {offset:,}, no multiple of the alignment {alignment}")
    return TensorInfo(name, shape, BY_ID[kind], offset)


def _check_places(reader: Reader, infos: list[TensorInfo], start: int) -> None:
    """Every name once, every tensor inside the file, no two in the same place."""
    seen = set()
    for info in infos:
        if info.name in seen:
            raise reader.damage(f"two tensors are named {plain(info.name)}")
        seen.add(info.name)
    infos = sorted(infos, key=lambda info: (info.offset, info.nbytes))
    for before, after in pairwise(infos):
        if before.offset + before.nbytes > after.offset:
            raise reader.damage(f"tensors {plain(before.name)} and {plain(after.name)} overlap")
    past = [info for info in infos if start + info.offset + info.nbytes > reader.size]
    if past:
        last = past[-1]
        missing = start + last.offset + last.nbytes - reader.size
        raise UserError(
            f"{reader.file}: truncated: {missing:,} of the {reader.size + missing:,} bytes it should have are missing, "
            f"from tensor {plain(past[0].name)} on ({len(past)} of {len(infos)}); download it again"
        )
