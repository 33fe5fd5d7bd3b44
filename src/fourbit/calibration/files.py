"""Local files as documents: text, JSON lines and parquet, some compressed; a file, a folder or a pattern.

Large files are read in pieces, in an order that the seed decides, so that neither the file nor an index of it is
in memory.
"""

import glob
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fourbit import tiny
from fourbit.calibration.sources import Document, shuffled
from fourbit.errors import UserError

COLUMNS = ("text", "content", "code", "document", "article", "body")  # names under which text is looked for
FOLDER = (".txt", ".md", ".jsonl", ".parquet", ".txt.gz", ".md.gz", ".jsonl.gz")  # what counts in a folder
PIECE = 256 * 1024  # bytes; a longer text counts as several documents


class Piece(NamedTuple):
    """Some bytes of a file; of a parquet file, one row group."""

    path: Path
    start: int
    stop: int | None = None


class Files:
    """The files behind `spec`: a file, a folder, or a pattern, each with an optional "#column" for records."""

    def __init__(self, spec: str, text_of: Callable[[dict], Document] | None = None):
        """text_of: from a record of JSON lines to a document, instead of a column; ValueError says what is wrong."""
        path, _, column = (spec, "", "") if Path(spec).exists() else spec.partition("#")
        self.spec, self.column, self.text_of = path, column or None, text_of
        self.name = Path(path).name or spec
        self.paths = _paths(path)

    def documents(self, rng: np.random.Generator) -> Iterator[Document]:
        pieces = [piece for path in self.paths for piece in _pieces(path)]
        order = (pieces[index] for index in rng.permutation(len(pieces)))
        return shuffled((document for piece in order for document in self._read(piece)), rng)

    def _read(self, piece: Piece) -> Iterator[Document]:
        kind = _kind(piece.path)
        if self.text_of and kind != ".jsonl":
            raise UserError(f"chat:{piece.path}: chat transcripts must be JSON lines, in a .jsonl file")
        try:
            if kind == ".parquet":
                yield from _rows(piece, self.column)
            elif kind == ".jsonl":
                for offset, line in _lines(piece):
                    if document := self._record(piece.path, offset, line):
                        yield document
            else:
                yield from _texts(piece)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise UserError(f"{piece.path}: not a whole gzip file: {error}") from None
        except OSError as error:
            raise UserError(f"{piece.path}: {error.strerror or error}") from None

    def _record(self, path: Path, offset: int, line: bytes) -> Document | None:
        if not line.strip():
            return None
        try:
            record = json.loads(decode(line, path, offset))
            if self.text_of:
                return self.text_of(record)
            if isinstance(record, str):
                return Document(record, path.name)
            if not isinstance(record, dict):
                raise TypeError(f"is {type(record).__name__} and not an object with a text")
        except (TypeError, ValueError) as error:
            reason = f"no JSON ({error})" if isinstance(error, json.JSONDecodeError) else error
            raise UserError(f"{path}, line {_line_number(path, offset)}: {reason}") from None
        if "messages" in record and self.column is None and not set(COLUMNS) & set(record):
            raise UserError(
                f"{path}: holds chat transcripts; give chat:{path} to render them as the model sees them"
            )
        text = record[column_of(record, self.column, str(path))]
        return Document(text, path.name) if isinstance(text, str) else None


def column_of(record: dict, asked: str | None, name: str) -> str:
    """The column that holds the text: the one asked for, else one of COLUMNS, else the only one with text in it."""
    there = ", ".join(record) or "none"
    if asked is not None:
        if asked not in record:
            raise UserError(f"{name}: no column {asked!r}; there are: {there}")
        return asked
    for column in COLUMNS:
        if column in record:
            return column
    texts = [column for column, value in record.items() if isinstance(value, str)]
    if len(texts) != 1:
        raise UserError(f"{name}: which column holds the text? Give it as {name}#COLUMN; there are: {there}")
    return texts[0]


def decode(data: bytes, path: Path, offset: int = 0) -> str:
    """UTF-8 to text; UserError names the byte, counted from the start of the file, that is not."""
    if offset == 0 and data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UserError(f"{path}: not UTF-8 text but UTF-16; convert it: iconv -f UTF-16 -t UTF-8")
    if (zero := data.find(b"\0")) >= 0:
        raise UserError(f"{path}: a binary file (byte {offset + zero} is 0x00), not text")
    try:
        return data.decode("utf-8-sig" if offset == 0 else "utf-8")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path}: not UTF-8 text (byte {offset + error.start} is {error.object[error.start]:#04x})"
        ) from None


def _paths(spec: str) -> list[Path]:
    path = Path(spec)
    if path.is_dir():
        found = sorted(
            file
            for file in path.rglob("*")
            if file.is_file()
            and file.name.endswith(FOLDER)
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
        )
        if not found:
            raise UserError(
                f"{spec}: no {', '.join(FOLDER[:4])} file in this folder (or .gz of it); "
                f"for other text files give a pattern: '{spec.rstrip('/')}/**/*.py'"
            )
        return found
    if path.exists():
        return [path]
    if glob.has_magic(spec):
        found = sorted(Path(name) for name in glob.glob(spec, recursive=True) if Path(name).is_file())
        if not found:
            raise UserError(f"{spec}: no file matches this pattern")
        return found
    from fourbit.calibration.hub import PRESETS

    raise UserError(
        f"{spec}: no such file, and no bundled text of that name (there are: {', '.join(tiny.DOMAINS)}), "
        f"and no preset of a hub dataset ({', '.join(PRESETS)}); others are hf:OWNER/NAME"
    )


def _kind(path: Path) -> str:
    """ ".jsonl", ".parquet" or ".txt"."""
    suffix = Path(path.name.removesuffix(".gz")).suffix.lower()
    return {".ndjson": ".jsonl", ".jsonl": ".jsonl", ".parquet": ".parquet"}.get(suffix, ".txt")


def _pieces(path: Path) -> list[Piece]:
    if _kind(path) == ".parquet":
        return [Piece(path, group) for group in range(_parquet(path).metadata.num_row_groups)]
    if path.suffix == ".gz":  # can be read from its start only
        return [Piece(path, 0)]
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None
    return [Piece(path, start, min(size, start + PIECE)) for start in range(0, size, PIECE)]


def _open(path: Path):
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _lines(piece: Piece) -> Iterator[tuple[int, bytes]]:
    """Each line that starts inside the piece, with the byte it starts at."""
    with _open(piece.path) as file:
        if piece.start:  # the line that runs into the piece belongs to the one before
            file.seek(piece.start - 1)
            file.readline()
        while piece.stop is None or file.tell() < piece.stop:
            offset = file.tell()
            line = file.readline()
            if not line:
                return
            yield offset, line


def _texts(piece: Piece) -> Iterator[Document]:
    """The text of a piece, from the end of a line to the end of a line; a gzip file as pieces of that size."""
    with _open(piece.path) as file:
        if piece.stop is not None:
            start, stop = (_line_end(file, place) for place in (piece.start, piece.stop))
            file.seek(start)
            yield Document(decode(file.read(stop - start), piece.path, start), piece.path.name)
            return
        offset = 0
        while data := file.read(PIECE):
            data += file.readline(PIECE) if data[-1:] != b"\n" else b""
            while (ahead := file.peek(1)[:1]) and ahead[0] & 0xC0 == 0x80:  # not within a character
                data += file.read(1)
            yield Document(decode(data, piece.path, offset), piece.path.name)
            offset += len(data)


def _line_end(file, place: int) -> int:
    """Where the line ends that `place` is in; in a file without line ends, the word or the character."""
    if place == 0:
        return 0
    file.seek(place - 1)
    data = file.read(PIECE)
    for sign in (b"\n", b" "):
        if (end := data.find(sign)) >= 0:
            return place + end
    return place + next((i for i, byte in enumerate(data[1:]) if byte & 0xC0 != 0x80), len(data) - 1)


def _line_number(path: Path, offset: int) -> int:
    """Of the line that starts at this byte, from 1."""
    number = 1
    with _open(path) as file:
        while offset > 0 and (data := file.read(min(offset, 1 << 20))):
            number += data.count(b"\n")
            offset -= len(data)
    return number


def _parquet(path: Path):
    try:
        import pyarrow.parquet
        from pyarrow import ArrowInvalid
    except ModuleNotFoundError:
        raise UserError(f"{path}: parquet files need pyarrow; run: pip install 'fourbit[data]'") from None
    try:
        return pyarrow.parquet.ParquetFile(path)
    except (ArrowInvalid, OSError) as error:
        raise UserError(f"{path}: not a parquet file: {str(error).splitlines()[0]}") from None


def _rows(piece: Piece, column: str | None) -> Iterator[Document]:
    """The rows of a row group."""
    import pyarrow as pa

    file = _parquet(piece.path)
    schema = file.schema_arrow
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    values = {field.name: "" if any(kind(field.type) for kind in texts) else None for field in schema}
    column = column_of(values, column, str(piece.path))
    if values[column] is None:
        raise UserError(f"{piece.path}: column {column!r} holds {schema.field(column).type} and not text")
    for batch in file.iter_batches(64, row_groups=[piece.start], columns=[column]):
        for text in batch.column(0).to_pylist():
            if text is not None:
                yield Document(text, piece.path.name)
