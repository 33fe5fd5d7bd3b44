"""Calibration sets: windows of real tokens, from mixtures, the same for the same seed."""

import hashlib
import itertools

import numpy as np
import pytest

from fourbit import calibration, tiny
from fourbit.calibration.build import share
from fourbit.calibration.draw import Blocks, Separator, sample
from fourbit.calibration.sources import Document, parse, shuffled
from fourbit.errors import UserError


class Words:
    """A tokenizer that knows numbers; `bos` stands in front of every text, `eos` is the end of one."""

    def __init__(self, bos=None, eos=None, template=None, extra=()):
        self.bos, self.eos, self.chat_template = bos, eos, template
        self.eos_token = None if eos is None else f"<{eos}>"
        self.all_special_tokens = [f"<{t}>" for t in (bos, eos) if t is not None] + list(extra)

    def __call__(self, text, add_special_tokens=True, verbose=True):
        ids = [int(word) if word.isdigit() else 7 for word in text.split()]
        return {"input_ids": ([self.bos] if add_special_tokens and self.bos is not None else []) + ids}

    def convert_tokens_to_ids(self, token):
        return 99 if token == "<|endoftext|>" else self.eos


def texts(sizes):
    """Documents of numbers that count on through all of them."""
    numbers = itertools.count(1000)
    return [Document(" ".join(str(next(numbers)) for _ in range(size)), "numbers") for size in sizes]


def blocks(documents, length, tokenizer, most=10**9, seed=0):
    cutter = Blocks(tokenizer, length, most, np.random.default_rng(seed))
    return cutter, list(cutter.cut(documents))


def test_blocks_are_consecutive_and_every_token_is_in_at_most_one():
    for seed in range(5):
        cutter, found = blocks(texts([5, 1, 40, 13, 2, 60, 3]), 8, Words(), seed=seed)
        assert cutter.whole and cutter.seen == 124
        assert len(found) == 124 // 8 and all(len(block) == 8 for block in found)
        assert len(np.unique(np.concatenate(found))) == 15 * 8
        whole = np.arange(1000, 1124)
        assert all(
            block.tolist() in [np.roll(whole, -i)[:8].tolist() for i in whole - 1000] for block in found
        )


def test_documents_end_with_the_end_token():
    _, found = blocks(texts([5, 6]), 4, Words(eos=1))
    stream = np.concatenate(found).tolist()
    assert stream.count(1) >= 1 and set(stream) - {1} <= set(range(1000, 1011))
    assert all(block[place + 1] in (1000, 1005) for block in found for place in range(3) if block[place] == 1)


def test_a_model_that_knows_bos_gets_it_in_front_of_each_document_and_each_window():
    _, found = blocks(texts([9, 30, 7, 2]), 6, Words(bos=5, eos=1))
    assert all(block[0] == 5 and len(block) == 6 for block in found)
    starts = {1000, 1009, 1039, 1046}
    stream = [block.tolist() for block in found]
    assert all(row[i + 1] in starts for row in stream for i in range(1, 5) if row[i] == 5)
    assert not any(row[0] == row[1] for row in stream)
    assert 1 not in np.concatenate(found)


def test_a_chat_model_keeps_the_end_of_a_document_that_it_was_pretrained_with():
    assert Separator.of(Words(eos=1)) == Separator(end=(1,))
    assert Separator.of(Words(eos=1, template="{{ '<1>' }}")) == Separator(end=(1,))
    assert Separator.of(Words(eos=1, template="{{ '<1>' }}", extra=["<|endoftext|>"])) == Separator(end=(99,))
    assert Separator.of(Words()) == Separator()


def test_an_endless_stream_is_read_in_part():
    def endless():
        for number in itertools.count():
            yield Document(f"{number} " * 10, "endless")

    cutter, found = blocks(endless(), 8, Words(), most=1000)
    assert not cutter.whole and cutter.seen == 1000 and len(found) >= 123


def test_every_block_has_the_same_chance():
    counts = np.zeros(20)
    for seed in range(2000):
        rows, seen = sample((np.array([i]) for i in range(20)), 4, 1, np.random.default_rng(seed))
        assert seen == 20 and len(np.unique(rows)) == 4
        counts[rows[:, 0]] += 1
    assert abs(counts / 2000 - 0.2).max() < 4 * (0.2 * 0.8 / 2000) ** 0.5


def test_a_buffer_shuffles_and_loses_nothing():
    documents = [Document(str(i), "") for i in range(3000)]
    order = [int(d.text) for d in shuffled(iter(documents), np.random.default_rng(0))]
    assert sorted(order) == list(range(3000)) and order != sorted(order)


def test_the_largest_remainder_decides():
    assert share(32, [3, 1]) == [24, 8]
    assert share(10, [1, 1, 1]) == [4, 3, 3]
    assert share(8, [20, 1]) == [8, 0]
    assert all(sum(share(n, [0.3, 2.5, 1.7])) == n for n in range(50))


@pytest.mark.parametrize(
    ("spec", "parts"),
    [
        ("docs", [("docs", 1.0)]),
        ("docs:3,code:1.5", [("docs", 3.0), ("code", 1.5)]),
        ("a/b.jsonl#body:2", [("a/b.jsonl#body", 2.0)]),
        ("hf:a/b", [("hf:a/b", 1.0)]),
        ("hf:a/b/c@test#text:2, docs", [("hf:a/b/c@test#text", 2.0), ("docs", 1.0)]),
        ("chat:x.jsonl", [("chat:x.jsonl", 1.0)]),
        ("chat:x.jsonl:2", [("chat:x.jsonl", 2.0)]),
    ],
)
def test_mixtures_are_read(spec, parts):
    assert parse(spec) == parts


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("docs:x", "'x' is not a weight"),
        ("docs:", "'' is not a weight"),
        ("docs:0", "must be above 0"),
        ("docs:nan", "must be above 0"),
        ("docs,,code", "a source is empty"),
        ("docs,none.txt", "none.txt: no such file, and no bundled text of that name"),
        ("hf:wikitext", "must be hf:OWNER/NAME"),
        ("docs:1000,code:1", "code:1: its share of 8 windows is none"),
    ],
)
def test_a_mixture_that_cannot_be_read_is_refused(spec, message, tokenizer):
    with pytest.raises(UserError, match=message):
        calibration.build(spec, tokenizer, 8, 64)


def test_the_same_seed_gives_the_same_tokens(tokenizer):
    first, again, other = (
        calibration.build("docs:3,code:1", tokenizer, 8, 64, seed, spare=4) for seed in (1, 1, 2)
    )
    assert first.windows.shape == (8, 64) and first.spare.shape == (4, 64)
    assert np.array_equal(first.windows, again.windows) and np.array_equal(first.spare, again.spare)
    assert first.sha256 == again.sha256 != other.sha256
    assert first.sha256 == hashlib.sha256(first.windows.astype("<i8").tobytes()).hexdigest()
    assert [part.windows for part in first.parts] == [6, 2] and [part.spare for part in first.parts] == [3, 1]
    assert first.name == "docs:3,code:1" and first.summary()["sha256"] == first.sha256


def test_windows_and_spare_share_no_text(tokenizer, tmp_path):
    """A text in which no place is like another."""
    (tmp_path / "own.txt").write_text(" ".join(f"number {i} of many" for i in range(4000)))
    found = calibration.build(str(tmp_path / "own.txt"), tokenizer, 20, 32, spare=20)
    both = {row.tobytes() for row in np.concatenate([found.windows, found.spare])}
    assert len(both) == 40
    text = [tokenizer.decode(row) for row in np.concatenate([found.windows, found.spare])]
    numbers = [{word for word in piece.split()[1:-1] if word.isdigit()} for piece in text]
    assert not any(a & b for a, b in itertools.combinations(numbers, 2))


def test_a_source_that_is_too_short_gives_what_it_has(tokenizer, tmp_path):
    (tmp_path / "own.txt").write_text("A sentence of several words, and another. " * 20)
    found = calibration.build(str(tmp_path / "own.txt"), tokenizer, 50, 32, spare=8)
    part = found.parts[0]
    assert 0 < part.windows == len(found.windows) < part.wanted == 50
    assert part.whole and part.available == part.windows and len(found.spare) == 0
    with pytest.raises(UserError, match=r"own.txt: has \d+ tokens, fewer than one window of 4,096"):
        calibration.build(str(tmp_path / "own.txt"), tokenizer, 1, 4096)


def test_copies_are_dropped_and_counted(tokenizer, tmp_path):
    text = tiny.documents("docs", "calibration")[0]
    for name, content in {
        "a": text,
        "b": text + "\n",
        "c": text.replace("the", "that", 1),
        "d": "Other. " * 200,
    }.items():
        (tmp_path / f"{name}.txt").write_text(content)
    part = calibration.build(str(tmp_path), tokenizer, 4, 32).parts[0]
    assert (part.documents, part.exact_duplicates, part.near_duplicates) == (2, 1, 1)
    with pytest.raises(UserError, match=r"b\.txt: only copies of other text"):
        calibration.build(f"{tmp_path / 'a.txt'},{tmp_path / 'b.txt'}", tokenizer, 4, 32)


def test_the_bundled_texts_are_the_documents_they_are_made_of():
    for domain, split in itertools.product(tiny.DOMAINS, ("calibration", "evaluation")):
        documents = tiny.documents(domain, split)
        assert "\n\n\n".join(documents) + "\n" == tiny.text(domain, split)
        assert all(document == document.strip() for document in documents) and len(documents) >= 5


def test_the_record_holds_no_folders(tokenizer, tmp_path):
    (tmp_path / "own.txt").write_text(tiny.text("docs"))
    found = calibration.build(f"{tmp_path / 'own.txt'}:2,docs:1", tokenizer, 4, 32)
    assert found.name == "own.txt:2,docs:1" and str(tmp_path) not in str(found.summary())
