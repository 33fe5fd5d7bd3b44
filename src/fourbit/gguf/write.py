"""A GGUF file, written tensor by tensor."""

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from errno import EINVAL, EISDIR, EOPNOTSUPP
from pathlib import Path

import numpy as np
from gguf import GGUFWriter
from gguf.gguf_writer import GGUFValue

from fourbit.errors import UserError
from fourbit.gguf.types import Type

Metadata = Mapping[str, GGUFValue]


def write(
    out: Path,
    arch: str,
    metadata: Metadata,
    tensors: Sequence[tuple[str, tuple[int, ...], Type]],
    produce: Callable[[int], np.ndarray],
    progress: Callable[[int], None] = lambda index: None,
) -> None:
    """Write `out`; while it grows it is called OUT.partial. Same arguments, same bytes.

    metadata  key and value, as `metadata.read` gives them; the architecture is added
    tensors   name, shape (rows first) and type of each, in the order of the file
    produce   the data of the tensor with this index, asked for in order and let go of when written: uint8, or the
              floats of its type; any shape with the right number of bytes
    progress  is called with the index of each tensor that is written
    Raises UserError when `out` cannot be written; then there is no file, complete or not.
    """
    partial = out.with_name(f"{out.name}.partial")
    sizes = [math.prod(shape[:-1]) * kind.row_bytes(shape[-1]) for _, shape, kind in tensors]
    writer = GGUFWriter(None, arch)
    for key, value in metadata.items():
        if key != "general.architecture":
            writer.add_key_value(key, value.value, value.type, value.sub_type)
    for (name, shape, kind), size in zip(tensors, sizes, strict=True):
        writer.add_tensor_info(name, shape, np.dtype(np.float32), size, raw_dtype=kind.id)
    total = sum(sizes)
    try:
        with _writing(out, total):
            if out.is_dir():
                raise IsADirectoryError(EISDIR, "it is a directory; name the file")
            writer.write_header_to_file(partial)
            writer.write_kv_data_to_file()
            writer.write_ti_data_to_file()
            _reserve(writer, sizes)
        for index, (name, _, kind) in enumerate(tensors):
            data = np.ascontiguousarray(produce(index))
            if data.nbytes != sizes[index]:
                raise ValueError(f"{name}: {data.nbytes:,} bytes; {kind.name} takes {sizes[index]:,}")
            with _writing(out, total):
                writer.write_tensor_data(data)
            progress(index)
        with _writing(out, total):
            writer.flush()
            os.fsync(writer.fout[0].fileno())
            writer.close()
            partial.replace(out)
    except BaseException:
        with suppress(OSError):  # what a full disk did not take, it does not take now
            writer.close()
        with suppress(OSError):
            partial.unlink()
        raise


@contextmanager
def _writing(out: Path, total: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # NumPy raises one without a code when a write falls short
        reason = error.strerror or "no space left on the device"
        raise UserError(f"{out}: cannot be written ({total / 1e6:,.1f} MB): {reason}") from None


def _reserve(writer: GGUFWriter, sizes: list[int]) -> None:
    """Take the space of the whole file now: a full disk shows before the work, not after it."""
    file, align = writer.fout[0], writer.data_alignment
    total = sum(GGUFWriter.ggml_pad(size, align) for size in [file.tell(), *sizes])
    try:
        os.posix_fallocate(file.fileno(), 0, total)
    except (AttributeError, OSError) as error:  # not on macOS, nor on every file system
        if isinstance(error, OSError) and error.errno not in (EINVAL, EOPNOTSUPP):
            raise
