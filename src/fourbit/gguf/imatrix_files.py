"""Files of importance matrices: how large the inputs of every column are, so that rounding errs where it costs least.

The importance of a column is the mean square of what it is multiplied by on some text. Files are those of llama.cpp's
llama-imatrix: GGUF with the sums and the counts of every tensor since 2025, or the .dat before it, which is only read.

Source: tools/imatrix/imatrix.cpp, common/imatrix-loader.cpp and tools/quantize/quantize.cpp of llama.cpp.
"""

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from fourbit.errors import UserError
from fourbit.gguf import header
from fourbit.gguf.types import TYPES

SUMS, COUNTS = ".in_sum2", ".counts"  # endings of the two tensors of an entry
MAX_NAME = 4096  # bytes, in a .dat
DATASETS, CHUNKS, LENGTH = "imatrix.datasets", "imatrix.chunk_count", "imatrix.chunk_size"


class Entry(NamedTuple):
    """sums (matrices, columns) float32 of squared inputs;  counts (matrices,) int64: tokens that were summed."""

    sums: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class Imatrix:
    """entries by name of the GGUF tensor; datasets: names of the texts; chunks of `length` tokens (0: not known)."""

    entries: dict[str, Entry]
    datasets: tuple[str, ...] = ()
    chunks: int = 0
    length: int = 0

    def importance(self, name: str, shape: tuple[int, ...]) -> np.ndarray | None:
        """What `quantize.encode` takes for a tensor: (columns,), or (matrices, columns) for stacked ones.

        An expert that no token reached counts all columns the same. None when there is no entry.
        """
        if name not in self.entries:
            return None
        sums, counts = self.entries[name]
        reached = counts[:, None] > 0
        mean = np.where(reached, sums / np.maximum(counts, 1).astype(np.float32)[:, None], np.float32(1))
        return mean.reshape(*shape[:-2], shape[-1])

    def check(self, tensors: Iterable[tuple[str, tuple[int, ...]]], source: str) -> list[str]:
        """Compare with the tensors (name, shape) of a model; `source` names the file in messages.

        Returns the matrices of its blocks for which there is no entry. UserError when the entries are those of
        another model: a tensor that this one lacks, or one of another width.
        """
        shapes = dict(tensors)
        foreign = [name for name in self.entries if name not in shapes]
        if foreign:
            raise UserError(
                f"{source}: of another model: {len(foreign)} of its {len(self.entries)} tensors are not in this one, "
                f"such as {foreign[0]}; make one of this model"
            )
        for name, (sums, _) in self.entries.items():
            shape = shapes[name]
            if sums.size != shape[-1] * np.prod(shape[:-2], dtype=int):
                raise UserError(
                    f"{source}: of another model: {sums.size:,} importances for {name}, which is "
                    f"{' x '.join(map(str, shape))} here; make one of this model"
                )
        return [
            name
            for name, shape in shapes.items()
            if name.startswith("blk.") and len(shape) > 1 and name not in self.entries
        ]

    def write(self, path: Path) -> None:
        """In llama.cpp's GGUF format. UserError when the file cannot be written."""
        import gguf

        partial = path.with_name(path.name + ".partial")
        try:
            writer = gguf.GGUFWriter(partial, "imatrix")
            del writer.kv_data[0][
                "general.architecture"
            ]  # which the library adds, and llama-imatrix does not
            writer.add_string("general.type", "imatrix")
            writer.add_array(
                DATASETS, list(self.datasets) or ["unknown"]
            )  # must be there; the library drops empty ones
            writer.add_uint32(CHUNKS, self.chunks)
            writer.add_uint32(LENGTH, self.length)
            for name, (sums, counts) in sorted(self.entries.items()):
                counts = counts.astype(np.float32)
                single = len(counts) == 1  # ggml drops a last dimension of 1
                writer.add_tensor(name + SUMS, sums[0] if single else sums)
                writer.add_tensor(name + COUNTS, counts if single else counts[:, None])
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_tensors_to_file()
            writer.close()
            os.replace(partial, path)
        except OSError as error:
            raise UserError(f"{path}: cannot be written: {error.strerror or error}") from None
        finally:
            partial.unlink(missing_ok=True)


def read(path: Path) -> Imatrix:
    """Of either format. UserError when the file is damaged or of another kind."""
    try:
        with path.open("rb") as file:
            modern = file.read(4) == b"GGUF"
            file.seek(0)
            found = _read_gguf(path, file) if modern else _read_legacy(path, file, path.stat().st_size)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    for name, (sums, counts) in found.entries.items():
        if not (np.isfinite(sums).all() and (sums >= 0).all() and (counts >= 0).all()):
            raise UserError(
                f"{path}: damaged: sums of squares of {name} that are negative or not finite; make it again"
            )
    return found


def _read_gguf(path: Path, file: BinaryIO) -> Imatrix:
    head = header.read(path)
    if DATASETS not in head.metadata or not isinstance(length := head.metadata.get(LENGTH), int):
        raise UserError(
            f"{path}: a GGUF file, but no importance matrix: it has no {DATASETS} or no {LENGTH}; give another"
        )
    found: dict[str, dict[str, np.ndarray]] = {}
    for tensor in head.tensors:
        for ending in (SUMS, COUNTS):
            if tensor.name.endswith(ending):
                if tensor.type != TYPES["F32"]:
                    raise UserError(
                        f"{path}: damaged: {tensor.name} is {tensor.type.name}, not F32; make it again"
                    )
                file.seek(head.data_start + tensor.offset)
                found.setdefault(tensor.name.removesuffix(ending), {})[ending] = np.fromfile(
                    file, np.float32, tensor.weights
                )
    entries = {}
    for name, parts in found.items():
        if len(parts) < 2 or not parts[COUNTS].size or parts[SUMS].size % parts[COUNTS].size:
            raise UserError(
                f"{path}: damaged: the sums and the counts of {name} do not belong together; make it again"
            )
        counts = np.rint(np.nan_to_num(parts[COUNTS], nan=-1)).astype(np.int64)
        entries[name] = Entry(parts[SUMS].reshape(len(counts), -1), counts)
    if not entries:
        raise UserError(f"{path}: holds no importances; make it again")
    return Imatrix(
        entries, tuple(map(str, head.metadata[DATASETS])), int(head.metadata.get(CHUNKS, 0)), length
    )


def _read_legacy(path: Path, file: BinaryIO, size: int) -> Imatrix:
    """Entries of mean squares times calls; number of chunks and name of the text may follow."""

    def integer() -> int:
        octets = file.read(4)
        return struct.unpack("<i", octets)[0] if len(octets) == 4 else -1

    def octets(count: int) -> bytes:
        if not 0 <= count <= size - file.tell():
            raise UserError(
                f"{path}: no importance matrix, or damaged: no GGUF file, and no complete .dat of llama-imatrix; "
                "make it again"
            )
        return file.read(count)

    count, entries = integer(), {}
    if not 0 < count <= size // 16:
        octets(-1)
    for _ in range(count):
        length = integer()
        name = octets(length if length <= MAX_NAME else -1).decode(errors="replace")
        calls, columns = integer(), integer()
        sums = np.frombuffer(octets(4 * columns if columns > 0 else -1), np.float32)
        entries[name] = Entry(sums[None], np.array([max(calls, 1)]))
    chunks, length = integer(), integer()
    text = octets(length).decode(errors="replace") if length > 0 else ""
    return Imatrix(entries, (text,) if text else (), max(chunks, 0))
