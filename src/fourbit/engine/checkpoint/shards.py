"""Safetensors files, read one tensor at a time and written in any order.

A file is the length of its header (8 bytes, little-endian), a JSON header with dtype, shape and place of every tensor,
and the tensors' bytes without gaps: https://github.com/huggingface/safetensors#format
Files are read and written at offsets, never mapped: a mapped file counts as this process's memory.
"""

import json
import math
import os
from dataclasses import dataclass
from errno import EINVAL, EOPNOTSUPP
from pathlib import Path

import torch

from fourbit.errors import UserError

Meta = tuple[torch.dtype, tuple[int, ...]]

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
CODES = {dtype: code for code, dtype in DTYPES.items()}
INDEX = "model.safetensors.index.json"


def nbytes(meta: Meta) -> int:
    """Bytes of a tensor of this dtype and shape."""
    return meta[0].itemsize * math.prod(meta[1])


class ShardReader:
    """The tensors of a folder's safetensors files; each `get` reads the bytes of one.

    Raises UserError when a file is missing, truncated or damaged: headers are checked here, before any tensor.
    """

    def __init__(self, folder: Path):
        self._places: dict[str, tuple[Path, int, Meta]] = {}
        for file in _files(folder):
            for name, place in _read_header(file).items():
                if name in self._places:
                    raise UserError(f"{file}: {name} is in {self._places[name][0].name} too")
                self._places[name] = place

    @property
    def names(self) -> list[str]:
        return list(self._places)

    def meta(self, name: str) -> Meta:
        """Dtype and shape."""
        return self._places[name][2]

    def get(self, name: str) -> torch.Tensor:
        file, start, (dtype, shape) = self._places[name]
        octets = torch.empty(nbytes((dtype, shape)), dtype=torch.uint8)
        with file.open("rb", buffering=0) as opened:
            opened.seek(start)
            view, done = memoryview(octets.numpy()), 0
            while done < len(view):  # one call reads at most 2 GiB
                read = opened.readinto(view[done:])
                if not read:
                    raise UserError(f"{file}: ends within {name}; it was complete when it was opened")
                done += read
        return octets.view(dtype).reshape(shape)


def _files(folder: Path) -> list[Path]:
    """The safetensors files of a model: the usual one, those of the index, or all."""
    single, index = folder / "model.safetensors", folder / INDEX
    if single.is_file():
        return [single]
    if not index.is_file():
        if found := sorted(folder.glob("*.safetensors")):
            return found
        raise UserError(f"{folder}: no *.safetensors in this directory, so there are no weights to load")
    try:
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, AttributeError, TypeError):
        raise UserError(f"{index}: damaged: no JSON object with a weight_map; download it again") from None
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise UserError(
            f"{folder}: {len(missing)} of the {len(names)} files that {INDEX} names are missing, "
            f"the first is {missing[0]}; download them again"
        )
    return [folder / name for name in names]


def _read_header(file: Path) -> dict[str, tuple[Path, int, Meta]]:
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if size < 8 or length > size - 8:
            raise UserError(f"{file}: truncated or no safetensors file: {size:,} bytes; download it again")
        try:
            header = json.loads(opened.read(length))
            entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
            places = {}
            for name, entry in entries.items():
                begin, end = entry["data_offsets"]
                meta = (DTYPES.get(entry["dtype"]), tuple(entry["shape"]))
                if meta[0] is None:
                    raise UserError(f"{file}: {name} has dtype {entry['dtype']!r}, which is not supported")
                if not 0 <= begin <= end or end - begin != nbytes(meta):
                    raise ValueError(name)
                places[name] = (file, 8 + length + begin, meta)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UserError(f"{file}: its header is damaged; download it again") from None
    promised = 8 + length + max((entry["data_offsets"][1] for entry in entries.values()), default=0)
    if size != promised:
        raise UserError(
            f"{file}: truncated or damaged: {size:,} bytes, its header promises {promised:,}; download it again"
        )
    return places


@dataclass(frozen=True)
class Shard:
    """One planned file. header: all bytes before the first tensor;  places: byte offsets in the file, by name."""

    name: str
    header: bytes
    places: dict[str, int]
    size: int


class PlannedShards:
    """Safetensors files whose tensors are known before the first of them exists.

    folder  exists; if it holds files of the same plan already, writing goes on in them
    plan    dtype and shape of every tensor by name, in the order in which they are dealt out to files
    The space of all files is taken at once. Raises UserError when the disk is full, the folder cannot be written,
    or its files are of another plan.
    """

    def __init__(self, folder: Path, plan: dict[str, Meta], max_bytes: int = 4_000_000_000):
        self._plan = plan
        self._places: dict[str, tuple[int, int]] = {}  # descriptor of the file, offset in it
        self._open: list[int] = []
        shards = _divide(plan, max_bytes)
        total = sum(map(nbytes, plan.values()))
        try:
            _create(folder, shards)
            for shard in shards:
                self._open.append(os.open(folder / shard.name, os.O_WRONLY))
                self._places |= {name: (self._open[-1], start) for name, start in shard.places.items()}
            if len(shards) > 1:
                index = {name: shard.name for shard in shards for name in shard.places}
                text = json.dumps({"metadata": {"total_size": total}, "weight_map": index}, indent=2) + "\n"
                (folder / INDEX).write_text(text, encoding="utf-8")
        except OSError as error:
            raise UserError(
                f"{folder}: cannot take {total / 1e6:,.1f} MB for the weights: {error.strerror}"
            ) from None

    def write(self, name: str, tensor: torch.Tensor) -> None:
        """Put a tensor in its place; ValueError when it is not the one that was planned."""
        dtype, shape = self._plan[name]
        if (tensor.dtype, tuple(tensor.shape)) != (dtype, tuple(shape)):
            raise ValueError(f"{name}: planned {dtype} {shape}, got {tensor.dtype} {tuple(tensor.shape)}")
        file, start = self._places[name]
        octets = memoryview(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
        done = 0
        try:
            while done < len(octets):  # one call writes at most 2 GiB
                done += os.pwrite(file, octets[done:], start + done)
        except OSError as error:  # a disk that fills up where space cannot be reserved
            raise UserError(f"{name}: could not be written: {error.strerror}") from None

    def flush(self) -> None:
        """Return once all that was written is on the disk."""
        for file in self._open:
            os.fsync(file)

    def close(self) -> None:
        """Flush, and let the files go."""
        self.flush()
        while self._open:
            os.close(self._open.pop())


def _divide(plan: dict[str, Meta], max_bytes: int) -> list[Shard]:
    """The plan's tensors in order, in files of at most `max_bytes`, or of one tensor that is larger."""
    parts: list[dict[str, Meta]] = [{}]
    filled = 0
    for name, meta in plan.items():
        if filled and filled + nbytes(meta) > max_bytes:
            parts.append({})
            filled = 0
        parts[-1][name] = meta
        filled += nbytes(meta)
    if len(parts) == 1:
        return [_shard("model.safetensors", plan)]
    return [
        _shard(f"model-{i:05}-of-{len(parts):05}.safetensors", part) for i, part in enumerate(parts, start=1)
    ]


def _shard(name: str, part: dict[str, Meta]) -> Shard:
    entries, places, end = {"__metadata__": {"format": "pt"}}, {}, 0
    # Wide elements first: readers that map the file want each tensor at a multiple of its element's size.
    for key, (dtype, shape) in sorted(part.items(), key=lambda item: -item[1][0].itemsize):
        places[key], end = end, end + nbytes((dtype, shape))
        entries[key] = {"dtype": CODES[dtype], "shape": list(shape), "data_offsets": [places[key], end]}
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    header = len(text).to_bytes(8, "little") + text
    starts = {key: len(header) + place for key, place in places.items()}
    return Shard(name, header, starts, len(header) + end)


def _create(folder: Path, shards: list[Shard]) -> None:
    """Make the files that do not exist; they get their names when all of them have their space."""
    present = {path.name for path in folder.glob("*.safetensors")}
    for shard in shards:
        if shard.name in present:
            with (folder / shard.name).open("rb") as file:
                same = file.read(len(shard.header)) == shard.header
            if same and (folder / shard.name).stat().st_size == shard.size:
                present.remove(shard.name)
    if present:
        raise UserError(f"{folder / min(present)}: holds other weights; remove it or give a new folder")
    made = {}
    try:
        for shard in shards:
            if not (folder / shard.name).exists():
                unnamed = folder / f"{shard.name}.part"
                made[unnamed] = folder / shard.name
                _reserve(unnamed, shard)
    except BaseException:
        for unnamed in made:
            unnamed.unlink(missing_ok=True)
        raise
    for unnamed, named in made.items():
        unnamed.rename(named)


def _reserve(path: Path, shard: Shard) -> None:
    """A file with the shard's header and space for all of it."""
    with path.open("wb") as file:
        file.write(shard.header)
        file.flush()
        try:
            os.posix_fallocate(file.fileno(), 0, shard.size)
        except (AttributeError, OSError) as error:  # not on macOS, nor on every file system
            if isinstance(error, OSError) and error.errno not in (EINVAL, EOPNOTSUPP):
                raise
            file.truncate(shard.size)
