"""Reads the start of a file that may say anything: every count and length is checked before it is believed.

Standard library only: it runs in the browser.
"""

import struct
from collections.abc import Callable
from typing import BinaryIO

from fourbit.errors import UserError

MAX_HEADER = 256 << 20  # bytes; real ones have up to 30 MB, nearly all of it vocabulary
MAX_STRING = 16 << 20  # bytes of one string
MAX_KEPT = 64 << 20  # bytes of memory, about, that all names and values take
MAX_STRINGS = 1 << 21  # passed over one by one; large vocabularies have 0.8 million with their merges
CHUNK = 256 << 10


class Incomplete(UserError):
    """The stream ends before the header does, and the file is longer than the stream: give `needed` bytes or more."""

    def __init__(self, message: str, needed: int):
        super().__init__(message)
        self.needed = needed


def plain(text: object) -> str:
    """A value of a file as one line that a terminal only prints: control and invisible characters become escapes."""
    text = str(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Reader:
    """Reads forward through a stream in chunks, and knows what is being read when it ends."""

    def __init__(self, stream: BinaryIO, size: int, name: str):
        self.stream, self.size, self.file = stream, size, name
        self._chunk, self._start, self._at = b"", 0, 0  # bytes [start, start + len(chunk)) of the file
        self._kept = self._strings = 0

    @property
    def place(self) -> int:
        """Offset in the file of what is read next."""
        return self._start + self._at

    def damage(self, what: str) -> UserError:
        return UserError(f"{self.file}: damaged: {what}; download it again")

    def peek(self, n: int) -> bytes:
        """Up to n bytes, without moving on."""
        if self._at + n > len(self._chunk):
            self._start, self._at = self.place, 0
            self.stream.seek(self._start)
            wanted, parts = min(max(n, CHUNK), self.size - self._start), []
            while wanted > 0 and (part := self.stream.read(wanted)):  # a raw file may give less than asked
                parts.append(part)
                wanted -= len(part)
            self._chunk = b"".join(parts)
        return self._chunk[self._at : self._at + n]

    def need(self, n: int, what: str) -> None:
        """Raise when fewer than n bytes of the file are left, or the header is longer than any."""
        if self.place + n > self.size:
            raise UserError(
                f"{self.file}: truncated or damaged: {what} needs {n:,} bytes at {self.place:,}, "
                f"and the file ends at {self.size:,}; download it again"
            )
        if self.place + n > MAX_HEADER:
            raise self.damage(f"its header is longer than {MAX_HEADER:,} bytes")

    def take(self, n: int, what: str = "the header") -> bytes:
        self.need(n, what)
        octets = self.peek(n)
        if len(octets) < n:
            end = self.place + n
            raise Incomplete(
                f"{self.file}: {what} goes to byte {end:,}; only its first bytes were given", end
            )
        self._at += n
        return octets

    def skip(self, n: int, what: str) -> None:
        self.need(n, what)
        if self._at + n <= len(self._chunk):
            self._at += n
        else:
            self._start, self._chunk, self._at = self.place + n, b"", 0

    def scalar(self, code: str, what: str = "the header"):
        return struct.unpack(code, self.take(struct.calcsize(code), what))[0]

    def name(self, most: int, what: str) -> str:
        """A key or a tensor's name: short, not empty, valid UTF-8."""
        length = self.scalar("<Q", what)
        if not 0 < length <= most:
            raise self.damage(f"{what} has {length:,} bytes")
        self.keep(length)
        try:
            return self.take(length, what).decode()
        except UnicodeDecodeError:
            raise self.damage(f"{what} is not text") from None

    def text(self, what: str) -> str:
        """A string value; bytes that are no UTF-8 become escapes (vocabularies have such tokens)."""
        length = self.scalar("<Q", what)
        if length > MAX_STRING:
            raise self.damage(f"{what} would be a string of {length:,} bytes")
        self.keep(length)
        return self.take(length, what).decode(errors="backslashreplace")

    def keep(self, length: int) -> None:
        """Account for a value of `length` bytes that stays in memory."""
        self._kept += 64 + length
        if self._kept > MAX_KEPT:
            raise self.damage(f"its names and values take more than {MAX_KEPT:,} bytes")

    def count(self, strings: int) -> None:
        """Account for the time that so many strings take."""
        self._strings += strings
        if self._strings > MAX_STRINGS:
            raise self.damage(f"its metadata holds more than {MAX_STRINGS:,} strings")

    def skip_strings(self, count: int, what: str) -> None:
        """Pass over strings, a chunk at a time: the one loop that runs hundreds of thousands of times."""
        length_at: Callable = struct.Struct("<Q").unpack_from
        while count:
            self.need(8, what)
            chunk = self.peek(CHUNK)
            at, end = 0, len(chunk) - 8
            if end < 0:
                self.take(8, what)  # raises: the stream is too short
            while count and at <= end:
                at += 8 + length_at(chunk, at)[0]
                count -= 1
            self.skip(at, what)
