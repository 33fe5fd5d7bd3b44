"""The header of a GGUF file: read like the official library, and every damage named without much memory or time."""

import io
import struct
import time
import tracemalloc
from random import Random

import pytest
from handmade import ALL_KINDS, SOME_TENSORS, entry, gguf, sound, string, tensor

from fourbit.errors import UserError
from fourbit.gguf import header
from fourbit.gguf.reader import MAX_STRINGS, Incomplete, plain


def parse(octets: bytes, size: int | None = None):
    return header.parse(io.BytesIO(octets), len(octets) if size is None else size, "x.gguf")


def test_every_kind_of_value_and_the_place_of_every_tensor():
    octets = sound()
    found = parse(octets)
    assert found.metadata["general.architecture"] == found.arch == "llama"
    assert all(found.metadata[f"number.{kind}"] == 1 for kind in (0, 1, 2, 3, 4, 5, 6, 10, 11, 12))
    assert found.metadata["number.7"] is True
    assert found.metadata["strings"] == ["a", "b", "ü"] and found.metadata["numbers"] == [-1, 0, 1]
    assert found.metadata["flags"] == [True, False] and found.metadata["flags"].kind == "bool"
    assert found.metadata["nested"] == [[1, 2], ["x"]]
    assert found.metadata["last"] == "after the arrays"
    for name, first in (("vocabulary", "token 0"), ("token types", 0)):
        array = found.metadata[name]
        assert (array.total, len(array), array[0]) == (2000, header.KEEP, first)
    assert (found.version, found.alignment, found.size) == (3, 64, len(octets))
    assert [(t.name, t.shape) for t in found.tensors] == [(name, shape) for name, shape, _ in SOME_TENSORS]
    assert [t.type.name for t in found.tensors] == ["Q8_0", "Q4_K", "F32", "Q4_0", "F16"]
    assert [t.nbytes for t in found.tensors] == [16 * 272, 8 * 144, 1024, 108, 128]
    assert found.data_start % 64 == 0 and found.data_start + found.tensors[-1].offset + 128 == len(octets)


def test_reads_what_the_official_library_writes(tmp_path):
    import gguf as official
    import numpy as np

    path = tmp_path / "made.gguf"
    writer = official.GGUFWriter(path, "llama")
    writer.add_block_count(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_token_list([f"t{i}" for i in range(1500)])
    writer.add_array("llama.attention.head_count_kv", [4, 0])
    writer.add_tensor("output.weight", np.arange(512, dtype=np.float32).reshape(2, 256))
    packed = official.quants.quantize(np.ones((3, 4, 64), np.float32), official.GGMLQuantizationType.Q8_0)
    writer.add_tensor("blk.0.ffn_up_exps.weight", packed, raw_dtype=official.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    found, reference = header.read(path), official.GGUFReader(path)
    assert found.metadata["llama.attention.head_count_kv"] == [4, 0]
    assert found.metadata["tokenizer.ggml.tokens"].total == 1500
    assert found.metadata["llama.attention.layer_norm_rms_epsilon"] == pytest.approx(1e-5)
    assert {key for key in reference.fields if not key.startswith("GGUF.")} == found.metadata.keys()
    for mine, theirs in zip(found.tensors, reference.tensors, strict=True):
        assert (mine.name, mine.type.id) == (theirs.name, theirs.tensor_type.value)
        assert mine.shape == tuple(int(n) for n in theirs.shape[::-1])
        assert (found.data_start + mine.offset, mine.nbytes) == (theirs.data_offset, theirs.n_bytes)


def test_version_2_is_read_as_well():
    assert parse(gguf(ALL_KINDS, SOME_TENSORS, version=2, alignment=64)).version == 2


def test_the_first_bytes_are_enough_and_say_how_many_they_must_be():
    """As in a browser, where a slice of the file is read."""
    octets = sound()
    given, rounds = 24, 0
    while True:
        try:
            found = parse(octets[:given], len(octets))
            break
        except Incomplete as error:
            assert error.needed > given
            given, rounds = max(error.needed, given + 2000), rounds + 1
    assert found.tensors == parse(octets).tensors and given < found.data_start + 2000
    assert rounds > 5


ONE = entry("general.architecture", 8, "llama")
NAMED = ("a.weight", (2, 32), 2)  # 36 bytes
CASES = {
    "empty": (b"", r"x.gguf: empty or all zeros"),
    "zeros": (bytes(400), r"empty or all zeros: the download did not finish"),
    "not gguf": (b"hello, world, this is text", r"not a GGUF file: it starts with 'hell'"),
    "escape": (b"\x1b[2J and the rest of a file", r"it starts with '\\x1b\[2J'"),
    "git lfs": (b"version https://git-lfs.github.com/spec/v1\noid", r"a Git LFS pointer"),
    "web page": (b"<!doctype html><html><head>", r"a web page, not a model"),
    "ggml": (b"tjgg" + bytes(40), r"a GGML file of 2023"),
    "big-endian": (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), r"a big-endian GGUF file; convert it"),
    "version 1": (gguf(version=1), r"version 1 of August 2023"),
    "version 4": (gguf(version=4), r"GGUF version 4; this program reads 2 and 3"),
    "cut magic": (b"GGUF\x03\0", r"needs 4 bytes at 4, and the file ends at 6"),
    "cut counts": (gguf()[:20], r"truncated or damaged: the header needs 8 bytes at 16"),
    "tensor count": (gguf(counts=(1 << 63, 0)), r"absurd count: 9,223,372,036,854,775,808 tensors"),
    "key count": (gguf(counts=(0, 1 << 40)), r"absurd count: 1,099,511,627,776 metadata entries"),
    "key length": (
        gguf([struct.pack("<Q", 1 << 50)], counts=(0, 1)) + bytes(20),
        r"key of metadata entry 0 has",
    ),
    "empty key": (gguf([entry("", 4, 1)]), r"key of metadata entry 0 has 0 bytes"),
    "key no text": (gguf([entry(b"\xff\xfe", 4, 1)]), r"key of metadata entry 0 is not text"),
    "key twice": (gguf([ONE, ONE]), r"metadata key general.architecture appears twice"),
    "unknown kind": (
        gguf([string("k") + struct.pack("<I", 13) + bytes(9)]),
        r"value of k has unknown type 13",
    ),
    "bool of 7": (gguf([string("k") + struct.pack("<IB", 7, 7)]), r"value of k is a bool of 7"),
    "string length": (
        gguf([string("k") + struct.pack("<IQ", 8, 1 << 60)]),
        r"value of k would be a string of",
    ),
    "string end": (gguf([string("k") + struct.pack("<IQ", 8, 99)]), r"value of k needs 99 bytes"),
    "array kind": (
        gguf([string("k") + struct.pack("<IIQ", 9, 77, 0)]),
        r"array k has elements of unknown type 77",
    ),
    "array count": (
        gguf([string("k") + struct.pack("<IIQ", 9, 5, 1 << 62)]),
        r"array k says 4,611,686,018,427,387,904",
    ),
    "array depth": (gguf([entry("k", 9, (9, [(9, [(9, [(9, [(9, [])])])])]))]), r"arrays more than 4 deep"),
    "alignment": (
        gguf([entry("general.alignment", 4, 48)]),
        r"general.alignment is 48, which is no power of two",
    ),
    "alignment kind": (
        gguf([entry("general.alignment", 8, "\x1b]0;")]),
        r"general.alignment is \\x1b\]0;, which",
    ),
    "alignment 0": (gguf([entry("general.alignment", 4, 0)]), r"general.alignment is 0"),
    "name length": (gguf([], [tensor("n" * 256, (32,), 0, 0)]), r"name of tensor 0 has 256 bytes"),
    "dimensions": (gguf([], [tensor("a", (1,) * 5, 0, 0)]), r"tensor a has 5 dimensions"),
    "unknown type": (gguf([], [tensor("a", (32,), 99, 0)]), r"tensor a has type 99, which is unknown here"),
    "removed type": (
        gguf([], [tensor("a", (32,), 31, 0)]),
        r"tensor a has type Q4_0_4_4, which llama.cpp has removed",
    ),
    "row": (gguf([], [tensor("a", (2, 33), 2, 0)]), r"tensor a has rows of 33, no multiple of Q4_0's 32"),
    "shape": (
        gguf([], [tensor("a", (1 << 40, 1 << 40), 0, 0)]),
        r"tensor a has an absurd shape, 1099511627776 x",
    ),
    "offset": (
        gguf([], [tensor("a", (32,), 0, 8)]),
        r"tensor a starts at 8, no multiple of the alignment 32",
    ),
    "past the end": (
        gguf([], [("first", (32,), 0), tensor("far", (32,), 0, 1 << 40)]),
        r"truncated: 1,099,511,627,776 of the [\d,]+ bytes .* from tensor far on \(1 of 2\)",
    ),
    "cut data": (
        gguf([], [NAMED, ("b", (4, 32), 0)])[:-100],
        r"truncated: 100 of the [\d,]+ .* tensor b on \(1 of 2\)",
    ),
    "overlap": (
        gguf([], [NAMED, tensor("b", (32,), 0, 32)], data=bytes(200)),
        r"tensors a.weight and b overlap",
    ),
    "inside": (
        gguf([], [tensor("big", (64, 64), 0, 0), tensor("b", (8,), 0, 512)], data=bytes(1 << 14)),
        r"tensors big and b overlap",
    ),
    "twice": (gguf([], [NAMED, NAMED]), r"two tensors are named a.weight"),
    "name escapes": (
        gguf([], [tensor("\x1b[31m\u202ered", (33,), 2, 0)]),
        r"tensor \\x1b\[31m\\u202ered has rows of 33",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_damage_is_named(case):
    octets, message = CASES[case]
    with pytest.raises(UserError, match=message) as caught:
        parse(octets)
    assert str(caught.value).isprintable() and not isinstance(caught.value, Incomplete)


def test_files_that_cannot_be_opened(tmp_path):
    with pytest.raises(UserError, match=r"missing.gguf: cannot be read: No such file"):
        header.read(tmp_path / "missing.gguf")
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        header.read(tmp_path)


def test_no_cut_goes_unnoticed():
    octets = sound()
    for end in [*range(600), *range(600, len(octets), 997), len(octets) - 1]:
        with pytest.raises(UserError):
            parse(octets[:end])


def test_as_many_strings_as_are_believed_take_a_second_or_two():
    first = gguf([string("k") + struct.pack("<IIQ", 9, 8, MAX_STRINGS)], counts=(0, 1))
    started = time.process_time()
    assert header.parse(Endless(first), 1 << 40).metadata["k"].total == MAX_STRINGS
    assert time.process_time() - started < 5


class Endless(io.RawIOBase):
    """A file of a terabyte: some first bytes, then zeros; counts what is read."""

    def __init__(self, first: bytes):
        self.first, self.place, self.read_bytes = first, 0, 0

    def seek(self, place, whence=0):
        self.place = place
        return place

    def read(self, n=-1):
        octets = self.first[self.place : self.place + n].ljust(n, b"\0")
        self.place += n
        self.read_bytes += n
        return octets


LIES = {
    "empty strings": gguf([string("k") + struct.pack("<IIQ", 9, 8, 1 << 36)], counts=(0, 1)),
    "empty arrays": gguf([string("k") + struct.pack("<IIQ", 9, 9, 1 << 36)], counts=(0, 1)),
    "bytes": gguf([string("k") + struct.pack("<IIQ", 9, 0, 1 << 39)], counts=(0, 2)),
    "tensors": gguf(counts=(131_072, 0)),
    "entries": gguf(counts=(0, 65_536)),
    "a long string": gguf([string("k") + struct.pack("<IQ", 8, 1 << 24)], counts=(0, 4)),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_header_of_a_huge_file_costs_little(lie):
    stream = Endless(LIES[lie])
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(UserError):
        header.parse(stream, 1 << 40, "x.gguf")
    seconds, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 5 and peak < 100 << 20 and stream.read_bytes <= 300 << 20


def mutated(octets: bytes, random: Random, most: int = 4) -> bytes:
    """A copy with one change to `most` of them, of the kinds that hurt."""
    made = bytearray(octets)
    for _ in range(random.randint(1, most)):
        # Half of the changes hit the first bytes, where the counts and the first entries are.
        at = random.randrange(min(len(made), 600) if random.random() < 0.5 else len(made))
        kind = random.randrange(6)
        if kind == 0:
            made[at] = random.randrange(256)
        elif kind == 1:
            made[at] ^= 1 << random.randrange(8)
        elif kind == 2:
            number = random.choice(
                [0, 1, 255, 1 << 16, 1 << 31, 1 << 32, 1 << 40, (1 << 63) - 1, (1 << 64) - 1]
            )
            made[at : at + 8] = struct.pack("<Q", number)
        elif kind == 3:
            del made[at : at + random.randint(1, 40)]
        elif kind == 4:
            made[at:at] = random.randbytes(random.randint(1, 40))
        else:
            made = made[: max(at, 1)]
        if not made:
            made = bytearray(b"G")
    return bytes(made)


def test_thousands_of_mutated_headers():
    """Only a header or a UserError; little memory and time for each."""
    small = gguf(
        [item for item in ALL_KINDS if b"vocabulary" not in item and b"token types" not in item],
        SOME_TENSORS,
        alignment=64,
    )
    random, slowest, refused = Random(5), 0.0, 0
    for i in range(4000):
        if i == 3600:
            tracemalloc.start()  # it makes everything slow, so only the last ones are measured
        octets = mutated(small if i % 20 else sound(), random)
        size = len(octets) if i % 3 else 1 << 40  # or so large that it believes in long arrays
        started = time.process_time()
        try:
            parse(octets, size)
        except UserError as error:
            refused += 1
            assert str(error).isprintable()
        slowest = max(slowest, time.process_time() - started)
    (_, peak) = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused > 3000 and slowest < 2 and peak < 20 << 20


def test_plain_shows_what_a_terminal_would_obey():
    assert plain("tok\x1b[2J\x07\x9b1m\u202e\u200b\n") == r"tok\x1b[2J\x07\x9b1m\u202e\u200b\n"
    assert plain("Ġ größer 漢字") == "Ġ größer 漢字"
